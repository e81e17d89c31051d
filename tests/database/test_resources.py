"""Registers of resources in PostGIS: lives that stay, removal that is undone, files all or none, samples."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from emergency.record.reading import list_destroyed
from emergency.record.subjects import list_held_in_responses
from emergency.resources.operations import (
    ResourceCodeTaken,
    ResourceReasonMissing,
    ResourceRemoved,
    Resources,
    StaleResource,
    UnchangedResource,
)
from emergency.resources.reading import (
    NoSuchResource,
    ResourceFilter,
    get_resource,
    get_version,
    list_facts,
    list_resources,
)
from emergency.resources.sample import draw_resources
from emergency.rules.resource_keeping import NotYourResource
from emergency.rules.resources import BadResource, Contact, Resource, ShelterDetails
from gis_core.db import Sessions
from gis_core.journal import FIRST, chain, seal
from grid.seed import seed
from tests.case_city import FRIDAY_MORNING, baoji
from tests.destroying_city import destroy_all
from tests.resource_city import OFFICER, PLANE, TODAY, WATERWORKS, register, resource


@pytest.fixture
def resources(sessions: Sessions) -> Resources:
    """Empty registers, in a city that knows its organisations."""
    seed(sessions, baoji(), FRIDAY_MORNING)
    return Resources(sessions, PLANE)


def codes(resources: Resources, wanted: ResourceFilter) -> list[str]:
    with resources.sessions() as session:
        return [one.code for one in list_resources(session, wanted=wanted)]


def the(resources: Resources, code: str = "BN-1") -> Resource:
    with resources.sessions() as session:
        return get_resource(session, code).resource


def actions(resources: Resources, code: str = "BN-1") -> list[str]:
    with resources.sessions() as session:
        return [fact.action for fact in list_facts(session, code)]


def test_a_shelter_is_registered_as_it_was_said(resources: Resources) -> None:
    register(resources, resource())
    found = the(resources)
    assert (found.details, found.contact) == (resource().details, resource().contact)
    assert isinstance(found.details, ShelterDetails)


def test_kinds_are_listed_apart(resources: Resources) -> None:
    register(resources, resource(), resource("DW-1", "team"))
    with resources.sessions() as session:
        assert [one.code for one in list_resources(session, ("team",))] == ["DW-1"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ResourceFilter(text="体育"), ["BN-1"]),
        (ResourceFilter(text="%"), []),
        (ResourceFilter(organisation_code="BJ-GS"), ["DW-1"]),
        (ResourceFilter(readiness="repair"), ["DW-1"]),
        (ResourceFilter(is_removed=True), []),
    ],
)
def test_registers_are_searched(resources: Resources, wanted: ResourceFilter, found: list[str]) -> None:
    team = resource("DW-1", "team", name="抢修队", organisation_code="BJ-GS", readiness="repair")
    register(resources, resource(), team)
    assert codes(resources, wanted) == found


def test_a_code_is_given_once(resources: Resources) -> None:
    register(resources, resource())
    with pytest.raises(ResourceCodeTaken):
        register(resources, resource(kind="team"))


def test_an_unknown_organisation_owns_nothing(resources: Resources) -> None:
    with pytest.raises(BadResource):
        register(resources, resource(organisation_code="BJ-XX"))


def test_nothing_is_registered_without_a_reason(resources: Resources) -> None:
    with pytest.raises(ResourceReasonMissing):
        resources.add(resource(), reason=" ", asking=OFFICER)


def test_a_change_says_what_was_before(resources: Resources) -> None:
    register(resources, resource())
    resources.change(resource(name="新体育场"), reason="更名", seen_revision=1, asking=OFFICER)
    with resources.sessions() as session:
        body = list_facts(session, "BN-1")[-1].body
    assert body == {"name": {"before": "体育场避难场所", "after": "新体育场"}}


def test_whoever_changes_something_that_others_changed_is_told(resources: Resources) -> None:
    register(resources, resource())
    resources.change(resource(name="新体育场"), reason="更名", seen_revision=1, asking=OFFICER)
    with pytest.raises(StaleResource):
        resources.change(resource(name="旧体育场"), reason="更名", seen_revision=1, asking=OFFICER)


def test_a_change_that_changes_nothing_is_not_written(resources: Resources) -> None:
    register(resources, resource())
    with pytest.raises(UnchangedResource):
        resources.change(resource(), reason="核对", seen_revision=1, asking=OFFICER)


def test_telephone_numbers_stand_in_facts_with_stars(resources: Resources) -> None:
    register(resources, resource())
    changed = resource(contact=Contact(name="值班室", phone="0917-0000219", confirmed_on=TODAY))
    resources.change(changed, reason="换号", seen_revision=1, asking=OFFICER)
    with resources.sessions() as session:
        facts = session.scalars(text("SELECT body::text FROM emergency.resource_fact ORDER BY seq")).all()
    assert "contact_phone" in facts[-1]
    assert not any("0917" in fact for fact in facts)


def test_the_facts_of_a_resource_are_chained(resources: Resources) -> None:
    register(resources, resource())
    resources.confirm_contact("BN-1", seen_revision=1, asking=OFFICER)
    with resources.sessions() as session:
        first, second = list_facts(session, "BN-1")
    assert seal(first.content, FIRST) == first.hash == second.prev_hash
    assert seal(second.content, first.hash) == second.hash


def test_nobody_changes_what_happened_to_a_resource(resources: Resources) -> None:
    register(resources, resource())
    with pytest.raises(DBAPIError, match="append-only"), resources.sessions.begin() as session:
        session.execute(text("UPDATE emergency.resource_fact SET reason = ''"))


def test_a_removed_resource_is_out_of_the_register_and_comes_back(resources: Resources) -> None:
    register(resources, resource())
    resources.remove("BN-1", reason="拆除", seen_revision=1, asking=OFFICER)
    gone = codes(resources, ResourceFilter()), codes(resources, ResourceFilter(is_removed=True))
    resources.restore("BN-1", reason="误删", seen_revision=2, asking=OFFICER)
    assert (gone, codes(resources, ResourceFilter())) == (([], ["BN-1"]), ["BN-1"])
    assert actions(resources) == ["added", "removed", "restored"]


def test_what_was_removed_is_not_changed(resources: Resources) -> None:
    register(resources, resource())
    resources.remove("BN-1", reason="拆除", seen_revision=1, asking=OFFICER)
    with pytest.raises(ResourceRemoved):
        resources.change(resource(name="体育馆"), reason="更名", seen_revision=2, asking=OFFICER)


def test_a_check_says_since_when_it_is_so(resources: Resources) -> None:
    register(resources, resource(readiness_since=TODAY.replace(day=1)))
    resources.note_check("BN-1", "available", on=TODAY, reason="", seen_revision=1, asking=OFFICER)
    same = the(resources).readiness_since
    resources.note_check("BN-1", "repair", on=TODAY, reason="漏水", seen_revision=2, asking=OFFICER)
    assert (same, the(resources).readiness_since) == (TODAY.replace(day=1), TODAY)


def test_a_department_keeps_its_own(resources: Resources) -> None:
    own = resource("DW-1", "team", organisation_code="BJ-GS")
    resources.add(own, reason="登记", asking=WATERWORKS)
    assert codes(resources, ResourceFilter()) == ["DW-1"]


def test_a_department_does_not_touch_those_of_others(resources: Resources) -> None:
    register(resources, resource())
    with pytest.raises(NotYourResource):
        resources.remove("BN-1", reason="拆除", seen_revision=1, asking=WATERWORKS)


def test_a_department_does_not_give_its_own_to_others(resources: Resources) -> None:
    resources.add(resource("DW-1", "team", organisation_code="BJ-GS"), reason="登记", asking=WATERWORKS)
    given = resource("DW-1", "team", organisation_code="BJ-YJ")
    with pytest.raises(NotYourResource):
        resources.change(given, reason="划转", seen_revision=1, asking=WATERWORKS)


def test_a_file_brings_in_all_or_none(resources: Resources) -> None:
    bad = resource("BN-3", organisation_code="BJ-XX")
    with pytest.raises(BadResource):
        resources.bring_in([resource("BN-2"), bad], reason="导入", asking=OFFICER)
    assert codes(resources, ResourceFilter()) == []


def test_a_file_adds_changes_and_leaves_alone(resources: Resources) -> None:
    register(resources, resource("BN-1"), resource("BN-2"))
    brought = [resource("BN-1"), resource("BN-2", name="公园"), resource("BN-3")]
    done = resources.bring_in(brought, reason="导入", asking=OFFICER)
    assert (done.added, done.changed, done.same) == (1, 1, 1)


def test_a_file_does_not_turn_a_shelter_into_a_team(resources: Resources) -> None:
    register(resources, resource())
    with pytest.raises(ResourceCodeTaken):
        resources.bring_in([resource(kind="team")], reason="导入", asking=OFFICER)


def test_every_write_is_a_new_version_of_the_registers(resources: Resources) -> None:
    register(resources, resource())
    with resources.sessions() as session:
        before = get_version(session)
    resources.confirm_contact("BN-1", seen_revision=1, asking=OFFICER)
    with resources.sessions() as session:
        assert get_version(session) == before + 1


def test_nobody_finds_a_resource_that_is_not_there(resources: Resources) -> None:
    with pytest.raises(NoSuchResource):
        the(resources, "BN-9\x00")


def test_a_contact_without_a_number_is_not_confirmed(resources: Resources) -> None:
    register(resources, replace(resource(), contact=Contact(name="值班室")))
    with pytest.raises(BadResource):
        resources.confirm_contact("BN-1", seen_revision=1, asking=OFFICER)


def test_sample_resources_are_flagged_and_written_once(resources: Resources) -> None:
    drawn = draw_resources(resources.sessions, baoji(), at=FRIDAY_MORNING)
    again = draw_resources(resources.sessions, baoji(), at=FRIDAY_MORNING)
    with resources.sessions() as session:
        gauges = list_resources(session, ("gauge",))
    assert drawn > again == 0
    assert all(one.is_synthetic for one in gauges)
    assert {"林家村站", "益门镇站", "凤州站"} <= {one.name for one in gauges}


# contacts go by the city's rule


def test_a_contact_goes_after_its_resource_or_when_nobody_confirms_it(resources: Resources) -> None:
    register(resources, resource(), resource("DW-1", "team"))
    resources.remove("BN-1", reason="撤销", seen_revision=1, asking=OFFICER)
    counts = [destroy_all(resources.sessions, days) for days in (30, 31, 364, 366)]
    assert [one["removed_contacts"] for one in counts] == [0, 1, 0, 0]
    assert [one["stale_contacts"] for one in counts] == [0, 0, 0, 1]


def test_the_life_of_a_resource_tells_of_it_and_holds_no_name(resources: Resources) -> None:
    register(resources, resource())
    destroy_all(resources.sessions, 800)
    with resources.sessions() as session:
        facts = list_facts(session, "BN-1")
    assert (the(resources).contact, actions(resources)) == (Contact(), ["added", "destroyed"])
    assert [one.hash for one in chain([fact.content for fact in facts])] == [one.hash for one in facts]
    assert "值班室" not in str(facts)


def test_the_log_says_that_contacts_went_without_an_incident(resources: Resources) -> None:
    register(resources, resource())
    destroy_all(resources.sessions, 800)
    with resources.sessions() as session:
        [line] = list_destroyed(session)
    assert (line.what, line.n, line.days, line.incident_no) == ("stale_contacts", 1, 365, None)


def test_a_contact_is_told_to_the_owner_of_its_number(resources: Resources) -> None:
    register(resources, resource())
    with resources.sessions() as session:
        held = list_held_in_responses(session, "09170000119")
    assert [(one["code"], one["contact_name"]) for one in held.contacts] == [("BN-1", "值班室")]
