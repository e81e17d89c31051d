"""Incidents in PostGIS: taken once, moved by the table alone, told as a chain, owed upwards."""

from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from emergency.incidents.operations import Incidents, StaleIncident
from emergency.incidents.reading import (
    IncidentNotFound,
    OwedReport,
    broken_at,
    get_incident,
    list_calls,
    list_facts,
    list_late,
    list_near,
    list_open,
    list_owed_next,
    list_owed_of,
)
from emergency.rules.commands import (
    AddCall,
    BadMoment,
    Call,
    ChangeLevel,
    Confirm,
    Correct,
    JoinInto,
    LevelNotForClass,
    NoteToll,
    Open,
    SendReport,
    Step,
)
from emergency.rules.incidents import (
    BadToll,
    IncidentWordsMissing,
    NoSuchStep,
    NotYourIncidentStep,
    state_after,
)
from emergency.rules.levels import EventLevel, Toll
from gis_core.db import Sessions
from gis_core.places import LonLat
from tests.case_city import JINGER_ROAD
from tests.incident_city import PLANE, after, by, incidents_in, opened, step

LARGER = Confirm("hazmat", EventLevel.LARGER, words="有扩大危险")
PHONE = SendReport("first", "phone", "省委省政府总值班室", ("city-province-phone",), "首报", "槽车侧翻")


@pytest.fixture
def incidents(sessions: Sessions) -> Incidents:
    return incidents_in(sessions)


def owed(incidents: Incidents, number: str, code: str) -> OwedReport:
    with incidents.sessions() as session:
        known = get_incident(session, PLANE, number)
        (found,) = [one for one in list_owed_of(session, known.id) if one.rule_code == code]
    return found


def test_a_first_report_gets_a_number_of_the_day_a_grid_and_a_proposed_level(incidents: Incidents) -> None:
    number = opened(incidents, Open("hazmat", "泄漏", toll=Toll(dead=3)))
    with incidents.sessions() as session:
        known = get_incident(session, PLANE, number)
    assert (number, known.state.event_level, known.unit_grid_code) == (
        "TF20260918001",
        EventLevel.LARGER,
        "610303008007005",
    )


def test_the_same_report_sent_twice_is_one_incident(incidents: Incidents) -> None:
    client_id = uuid4()
    assert opened(incidents, client_id=client_id) == opened(incidents, client_id=client_id)


def test_drills_have_numbers_of_their_own(incidents: Incidents) -> None:
    assert (opened(incidents, is_drill=True), opened(incidents)) == ("YL20260918001", "TF20260918001")


def test_an_emergency_does_not_stop_at_the_border_of_the_frame(incidents: Incidents) -> None:
    number = opened(incidents, place=LonLat(107.9, 34.9))
    with incidents.sessions() as session:
        known = get_incident(session, PLANE, number)
    assert (known.unit_grid_code, known.place and round(known.place.lon_deg, 4)) == (None, 107.9)


def test_the_state_is_the_fold_of_its_facts_and_the_chain_holds(incidents: Incidents) -> None:
    number = opened(incidents)
    step(incidents, number, LARGER, minutes=5)
    step(incidents, number, NoteToll(Toll(dead=1, injured=4)), minutes=9)
    with incidents.sessions() as session:
        known = get_incident(session, PLANE, number)
        facts = list_facts(session, known.id)
        assert state_after(one.body for one in facts) == known.state
        assert broken_at(session, known) is None


def test_what_happened_cannot_be_changed(incidents: Incidents) -> None:
    opened(incidents)
    with incidents.sessions.begin() as session, pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("UPDATE emergency.incident_fact SET text = '没事'"))


def test_another_level_than_the_proposed_one_needs_a_reason(incidents: Incidents) -> None:
    number = opened(incidents)
    with pytest.raises(IncidentWordsMissing):
        step(incidents, number, Confirm("hazmat", EventLevel.MAJOR), minutes=5)


def test_a_social_security_event_is_confirmed_without_a_level(incidents: Incidents) -> None:
    number = opened(incidents, Open("mass", "人群聚集"))
    with pytest.raises(LevelNotForClass):
        step(incidents, number, Confirm("mass", EventLevel.LARGER, words="人多"), minutes=5)


def test_a_department_does_not_confirm(incidents: Incidents) -> None:
    number = opened(incidents)
    with pytest.raises(NotYourIncidentStep):
        step(incidents, number, LARGER, minutes=5, post="department")


def test_what_is_closed_moves_no_more(incidents: Incidents) -> None:
    number = opened(incidents)
    step(incidents, number, Step("dismiss", "误报"), minutes=5)
    with pytest.raises(NoSuchStep, match="已排除"):
        step(incidents, number, LARGER, minutes=6)


def test_two_officers_at_once_are_told_of_each_other(incidents: Incidents) -> None:
    number = opened(incidents)
    incidents.perform(number, LARGER, by(minutes=5), seen_revision=1)
    with pytest.raises(StaleIncident):
        incidents.perform(number, ChangeLevel(EventLevel.MAJOR, "扩大"), by(minutes=5), seen_revision=1)


def test_a_moment_to_come_is_refused(incidents: Incidents) -> None:
    with pytest.raises(BadMoment, match="还没有到"):
        opened(incidents, Open("hazmat", "泄漏", occurred_at=after(30)))


def test_fewer_than_no_dead_are_refused(incidents: Incidents) -> None:
    number = opened(incidents)
    with pytest.raises(BadToll):
        step(incidents, number, NoteToll(Toll(dead=-1)), minutes=5)


def test_an_incident_that_is_not_there_is_said_so(incidents: Incidents) -> None:
    with pytest.raises(IncidentNotFound):
        step(incidents, "TF20260918999\x00", LARGER, minutes=5)


def test_a_report_that_went_out_is_no_longer_owed(incidents: Incidents) -> None:
    number = opened(incidents, Open("hazmat", "泄漏", toll=Toll(dead=3), occurred_at=after(-10)))
    step(incidents, number, PHONE, minutes=12)
    assert owed(incidents, number, "city-province-phone").standing(after(60)) == "met"


def test_one_that_went_out_late_is_in_the_register_of_lateness(incidents: Incidents) -> None:
    number = opened(incidents, Open("hazmat", "泄漏", toll=Toll(dead=3), occurred_at=after(-10)))
    step(incidents, number, PHONE, minutes=25)
    with incidents.sessions() as session:
        late = list_late(session, since=after(-60), until=after(60), at=after(26))
    assert "city-province-phone" in {one.rule_code for one in late}


def test_when_the_time_of_the_event_is_corrected_its_clocks_follow(incidents: Incidents) -> None:
    number = opened(incidents, Open("hazmat", "泄漏", toll=Toll(dead=3)))
    step(incidents, number, Correct("泄漏", "经二路", after(-15), "报警人更正"), minutes=4)
    assert owed(incidents, number, "city-province-phone").due_at == after(15)


def test_the_most_urgent_report_of_all_incidents_comes_first(incidents: Incidents) -> None:
    opened(incidents, Open("fire", "火灾", toll=Toll(dead=3)))
    earlier = opened(incidents, Open("hazmat", "泄漏", toll=Toll(dead=3), occurred_at=after(-10)))
    with incidents.sessions() as session:
        first = list_owed_next(session, until=after(600))[0]
    assert (first.incident_no, first.rule_code) == (earlier, "district-city-phone")


def test_who_reports_near_by_is_shown_what_is_known(incidents: Incidents) -> None:
    number = opened(incidents)
    with incidents.sessions() as session:
        near = list_near(session, PLANE, PLANE.to_plane(JINGER_ROAD), "hazmat", after(30))
    assert [(one.incident_no, round(metres or 0)) for one, metres in near] == [(number, 0)]


def test_a_joined_incident_owes_nothing_and_the_other_one_tells_of_it(incidents: Incidents) -> None:
    number, other = opened(incidents), opened(incidents)
    step(incidents, other, JoinInto(number, other, "同一辆车"), minutes=3)
    with incidents.sessions() as session:
        known = get_incident(session, PLANE, number)
        told = [one.text for one in list_facts(session, known.id)]
        left = [one.incident_no for one in list_open(session, PLANE)]
    assert (left, other in told[-1]) == ([number], True)


def test_a_second_call_is_written_down_in_the_law_s_fields(incidents: Incidents) -> None:
    number = opened(incidents)
    call = Call("群众", "某公司", "司机", "0917-0000000", "已报 119，09:31", "气味很浓")
    step(incidents, number, AddCall(call), minutes=2)
    with incidents.sessions() as session:
        (shown,) = list_calls(session, get_incident(session, PLANE, number).id)
    assert (shown.told_already, shown.words, shown.written_by) == (
        "已报 119，09:31",
        "气味很浓",
        "应急值班员甲",
    )
