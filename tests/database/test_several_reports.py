"""Several reports of one problem: merged and parted again, "me too", parts, corrections, look-alikes."""

from pathlib import Path
from threading import Thread
from uuid import uuid4

import pytest
from sqlalchemy import event

from cases.explain import find_broken_cases
from cases.following import find_public_case, list_relatives
from cases.operations import StalePage
from cases.reading import CaseNotFound
from cases.rules.commands import (
    Accept,
    Correct,
    Decline,
    Dispatch,
    FileCase,
    Join,
    Split,
    Unmerge,
)
from cases.rules.duplicates import Seen
from cases.rules.joining import BadMerge
from cases.similar import Alike, list_alike, list_of_caller
from gis_core.clock import FixedClock
from gis_core.db import Sessions
from gis_core.places import LonLat
from tests.case_city import DEPARTMENT, JINGER_ROAD, MISSING_COVER, RATTLING_COVER, CaseCity


@pytest.fixture
def city(sessions: Sessions, tmp_path: Path, clock: FixedClock) -> CaseCity:
    return CaseCity(sessions, tmp_path, clock)


def merged(city: CaseCity) -> tuple[str, str]:
    """A report, and the one that repeats it, merged into it."""
    kept, repeat = city.report().case_no, city.report("public", contact_phone="13800000000").case_no
    city.perform(repeat, Decline("", "duplicate", into=kept), "operator")
    return kept, repeat


def alike(city: CaseCity, **changes: object) -> tuple[Alike, ...]:
    given = {"kind": "component", "type_code": "01002", "component_code": None, "words": "井盖缺失"} | changes
    new = Seen(reported_at=city.clock.at, **given)  # type: ignore[arg-type]
    point = city.cases.plane.to_plane(JINGER_ROAD)
    with city.sessions() as session:
        return list_alike(session, new, point, at=city.clock.at, types=city.cases.types)


def test_a_repeat_ends_and_the_case_it_repeats_counts_it(city: CaseCity) -> None:
    kept, repeat = merged(city)
    ended, case = city.case(repeat).summary, city.case(kept)
    assert (ended.stage, ended.merged_into) == ("declined", kept)
    assert (case.summary.stage, case.summary.join_count, case.facts[-1].action) == ("reported", 1, "join")
    assert repeat in case.facts[-1].reason


def test_the_reporter_of_a_repeat_follows_what_becomes_of_the_problem(city: CaseCity) -> None:
    kept, repeat = merged(city)
    city.perform(kept, Accept(MISSING_COVER), "operator")
    with city.sessions() as session:
        code = city.case(repeat).track_code
        shown = find_public_case(session, repeat, code)
    assert shown is not None
    assert (shown.case_no, shown.stage, shown.merged_into) == (repeat, "handling", kept)


def test_a_merge_is_undone_on_both_sides(city: CaseCity) -> None:
    kept, repeat = merged(city)
    city.perform(repeat, Unmerge("", "not_the_same"), "operator")
    again, case = city.case(repeat).summary, city.case(kept)
    assert (again.stage, again.merged_into, case.summary.join_count) == ("reported", None, 0)
    assert case.facts[-1].action == "part"


def test_a_chain_of_repeats_counts_everybody(city: CaseCity) -> None:
    kept, _ = merged(city)
    first = city.report().case_no
    city.perform(kept, Decline("", "duplicate", into=first), "operator")
    assert city.case(first).summary.join_count == 2
    with city.sessions() as session:
        assert find_broken_cases(session) == {}


@pytest.mark.parametrize(
    ("into", "error"), [("itself", BadMerge), ("61030320260918009999", CaseNotFound), ("closed", BadMerge)]
)
def test_a_merge_that_cannot_be_changes_nothing(city: CaseCity, into: str, error: type[Exception]) -> None:
    case_no, other = city.report().case_no, city.report().case_no
    city.perform(other, Decline("", "out_of_scope"), "operator")
    number = {"itself": case_no, "closed": other}.get(into, into)
    with pytest.raises(error):
        city.perform(case_no, Decline("", "duplicate", into=number), "operator")
    assert (city.case(case_no).summary.stage, len(city.case(other).facts)) == ("reported", 2)


def test_two_reports_merged_into_each_other_at_once_leave_one(city: CaseCity) -> None:
    numbers, refused = [city.report().case_no, city.report().case_no], []

    def merge(one: str, other: str) -> None:
        try:
            city.cases.perform(one, Decline("", "duplicate", into=other), city.asking("operator"), 1)
        except (BadMerge, StalePage) as problem:
            refused.append(problem)

    threads = [Thread(target=merge, args=pair) for pair in (numbers, numbers[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(refused), sorted(city.case(no).summary.stage for no in numbers)) == (
        1,
        ["declined", "reported"],
    )


def test_me_too_is_noted_once_and_followed_with_a_code_of_its_own(city: CaseCity) -> None:
    case_no, client_id = city.report().case_no, uuid4()
    wish = Join(text="我也看见了", contact_phone="13900000000")
    first, again = (city.cases.join(case_no, wish, city.asking("public"), client_id) for _ in range(2))
    assert (again.track_code, again.is_repeat, city.case(case_no).summary.join_count) == (
        first.track_code,
        True,
        1,
    )
    with city.sessions() as session:
        assert find_public_case(session, case_no, first.track_code) is not None
        assert find_public_case(session, case_no, "22222222") is None


def test_a_part_is_a_case_of_its_own_and_knows_its_parent(city: CaseCity) -> None:
    parent = city.report().case_no
    city.perform(parent, Accept(MISSING_COVER), "operator")
    wish = Split("component", "01002", RATTLING_COVER, "旁边一个松动")
    part = city.cases.split(parent, wish, city.asking("chief"), 2).part
    shown = city.case(part.case_no).summary
    assert (shown.stage, shown.parent_no, shown.description) == ("accepted", parent, "旁边一个松动")
    with city.sessions() as session:
        relatives = list_relatives(session, city.case(parent).summary)
    assert [one.case_no for one in relatives] == [part.case_no]


def test_parts_go_their_own_ways(city: CaseCity) -> None:
    parent = city.report().case_no
    city.perform(parent, Accept(MISSING_COVER), "operator")
    city.perform(parent, FileCase(), "chief")
    wish = Split("component", "01002", RATTLING_COVER, "旁边一个松动")
    part = city.cases.split(parent, wish, city.asking("dispatcher"), 3).part
    city.perform(part.case_no, Dispatch(DEPARTMENT), "dispatcher")
    assert [city.case(no).summary.stage for no in (parent, part.case_no)] == ["filed", "dispatched"]


def test_a_split_of_a_page_that_is_stale_makes_no_part(city: CaseCity) -> None:
    parent = city.report().case_no
    city.perform(parent, Accept(MISSING_COVER), "operator")
    with pytest.raises(StalePage):
        city.cases.split(parent, Split("component", "01002", RATTLING_COVER, "x"), city.asking("chief"), 1)
    assert city.count('cases."case"') == 1


def test_a_corrected_place_is_the_place_from_then_on(city: CaseCity) -> None:
    case_no = city.report().case_no
    before = city.case(case_no).summary
    moved = LonLat(JINGER_ROAD.lon_deg + 0.0012, JINGER_ROAD.lat_deg)
    city.perform(case_no, Correct("", "wrong_place", place=moved, place_text="红旗路口"), "operator")
    after = city.case(case_no).summary
    assert (after.place_text, round(after.lon, 5), after.stage) == (
        "红旗路口",
        round(moved.lon_deg, 5),
        "reported",
    )
    assert (after.unit_grid_code != before.unit_grid_code, after.description) == (True, before.description)


def test_a_corrected_type_is_accepted_under_its_own_criterion(city: CaseCity) -> None:
    case_no = city.report().case_no
    city.perform(case_no, Correct("", "wrong_type", kind="component", type_code="01003"), "operator")
    assert city.case(case_no).summary.type_code == "01003"
    criterion = city.cases.catalogue.criteria_of("component", "01003")[0]
    city.perform(case_no, Accept(criterion.code), "operator")


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, True),
        ({"type_code": "02007", "words": ""}, False),
        ({"kind": "matter", "type_code": "01002"}, False),
    ],
    ids=["the same type here", "another major class", "a matter"],
)
def test_look_alikes_are_offered_at_intake(city: CaseCity, changes: dict[str, object], shown: bool) -> None:
    city.report()
    assert bool(alike(city, **changes)) == shown


def test_look_alikes_come_in_one_query_and_say_how_far_and_how_old(city: CaseCity) -> None:
    city.report()
    city.wait(hours=2)
    found, asked = alike(city), []
    engine = city.sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    (one,) = alike(city)
    assert (one.distance_m < 1, one.age.total_seconds(), one.likeness.is_likely) == (True, 7200, True)
    assert (len(asked), found[0].case.case_no) == (1, one.case.case_no)


def test_what_a_caller_said_before_is_found_by_the_number(city: CaseCity) -> None:
    told = city.report("public", contact_phone="13800000000").case_no
    other = city.report().case_no
    city.cases.join(other, Join(contact_phone="13800000000"), city.asking("public"), uuid4())
    city.report("public", contact_phone="13900000000")
    with city.sessions() as session:
        found = list_of_caller(session, "13800000000", at=city.clock.at)
    assert {case.case_no for case in found} == {told, other}
