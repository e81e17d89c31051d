"""Everything that names people in a response goes by rule, and what happened can still be told and proven."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from cases.notices.wording import NoticeBook
from cases.rules.evidence import StoredPhoto
from emergency.incidents.reading import IncidentFact, broken_at, get_incident, list_calls, list_facts
from emergency.incidents.tables import WordsOfFactRow
from emergency.record.operations import Records
from emergency.record.reading import list_destroyed, state_at
from emergency.record.subjects import HeldInResponses, erase_from_responses, list_held_in_responses
from emergency.response.operations import Responses
from emergency.response.reading import GivenTask, list_activations, list_tasks
from emergency.room.messages import Messages
from emergency.room.operations import Room
from emergency.room.reading import list_messages, list_photos
from emergency.rules.commands import AddCall, Call, Note, Step
from emergency.rules.record.people import ANSWERED
from emergency.rules.room.commands import ShowPhotos
from gis_core.db import Sessions
from gis_core.places import LonLat
from tests.case_city import baoji
from tests.destroying_city import DAY, destroy_all
from tests.incident_city import PLANE, after, by, opened, step
from tests.response_city import BOOK, activated, flooded, responses_in, revision_of

PHONE = "13800000000"
PHOTO = StoredPhoto("ab" * 32, 640, 480, 1000, None, LonLat(107.14, 34.36))
NAMES = {"BJ-ZH": "应急指挥中心"}


@pytest.fixture
def responses(sessions: Sessions) -> Responses:
    return responses_in(sessions)


def first_task(responses: Responses, number: str) -> GivenTask:
    with responses.sessions() as session:
        incident = get_incident(session, PLANE, number)
        [active] = list_activations(session, incident.id)
        return list_tasks(session, active.id)[0]


@pytest.fixture
def number(responses: Responses) -> str:
    """A flood with a call, a note, a message, an answered task and a photo; a number in each; closed."""
    sessions, incidents = responses.sessions, responses.incidents
    number = flooded(incidents)
    step(
        incidents,
        number,
        AddCall(Call("张三", caller_phone="138-0000 0000", words=f"我的电话 {PHONE}")),
        minutes=2,
    )
    activated(responses, number, FX=3)
    task = first_task(responses, number)
    officer = by("department", minutes=3)
    own = officer.__class__(officer.at, officer.person_id, officer.name, "department", task.department)
    responses.take_task(task.id, "finish", f"已办，找 {PHONE}", own, seen_state="given", photos=[PHOTO])
    room = Room(sessions, incidents)
    room.show_photos(number, ShowPhotos(f"联系 {PHONE}", (PHOTO,)), by(minutes=4))
    messages = Messages(sessions, incidents, NoticeBook.load(baoji()), NAMES, lambda *_: ())
    to = ["post:leader", "org:BJ-ZH"]
    messages.send(number, uuid4(), f"现场联系人 {PHONE}", to, by("commander", minutes=5))
    with sessions() as session:
        [message] = list_messages(session, get_incident(session, PLANE, number).id, NAMES)
    messages.confirm(message.id, ["org:BJ-ZH"], by("department", minutes=6))
    step(incidents, number, Note(f"转告 {PHONE}"), minutes=7)
    responses.stand_down(
        number, "水位回落", by("commander", minutes=8), seen_revision=revision_of(sessions, number)
    )
    step(incidents, number, Step("close", "加强巡查"), minutes=9, post="commander")
    return number


def facts_of(sessions: Sessions, number: str) -> list[IncidentFact]:
    with sessions() as session:
        return list_facts(session, get_incident(session, PLANE, number).id)


def said(sessions: Sessions, number: str) -> str:
    return " ".join(f"{one.by_name} {one.text} {one.body}" for one in facts_of(sessions, number))


def chain_holds(sessions: Sessions, number: str) -> bool:
    with sessions() as session:
        return broken_at(session, get_incident(session, PLANE, number)) is None


def test_while_it_is_kept_everything_reads_as_it_was_said(sessions: Sessions, number: str) -> None:
    told = said(sessions, number)
    assert (told.count(PHONE) >= 5, "部门甲" in told, "'lon': 107.14" in told) == (True, True, True)
    assert chain_holds(sessions, number)


def test_after_its_time_no_number_name_or_place_is_left_and_the_chain_holds(
    sessions: Sessions, number: str
) -> None:
    destroy_all(sessions, 400)
    told = said(sessions, number)
    assert (PHONE in told, "部门甲" in told, "107.14" in told, ANSWERED in told) == (
        False,
        False,
        False,
        True,
    )
    assert chain_holds(sessions, number)


def test_numbers_go_first_and_names_of_departments_wait_for_the_inquiry(
    sessions: Sessions, number: str
) -> None:
    counts = destroy_all(sessions, 31)
    told = said(sessions, number)
    assert (PHONE in told, "部门甲" in told) == (False, True)
    assert (counts["callers"], counts["words"] > 5, counts["places"]) == (1, True, 2)
    assert (counts["answers"], counts["photos"]) == (0, 0)


def test_tasks_messages_calls_and_photos_lose_their_people(
    sessions: Sessions, responses: Responses, number: str
) -> None:
    destroy_all(sessions, 400)
    task = first_task(responses, number)
    with sessions() as session:
        incident_id = get_incident(session, PLANE, number).id
        [call], photos = list_calls(session, incident_id), list_photos(session, incident_id)
        [message] = list_messages(session, incident_id, NAMES)
    assert (task.state_by, task.words) == (ANSWERED, "已办，找 ***")
    assert (message.text, [one.confirmed_by for one in message.receivers]) == (
        "现场联系人 ***", [ANSWERED, None],
    )  # fmt: skip
    assert (call.caller_name, call.words, photos) == ("", "我的电话 ***", [])


def test_the_record_at_a_moment_is_as_the_rows_are(
    sessions: Sessions, responses: Responses, number: str
) -> None:
    destroy_all(sessions, 400)
    moment = state_at(facts_of(sessions, number), after(6), responses.incidents.book)
    task = first_task(responses, number)
    [then] = [one for one in moment.stood.tasks if one.code == task.code]
    assert (then.state, then.state_by, then.words) == (task.state, task.state_by, task.words)


def test_the_log_has_a_line_of_each_kind(sessions: Sessions, number: str) -> None:
    destroy_all(sessions, 400)
    with sessions() as session:
        lines = {one.what: (one.days, one.incident_no) for one in list_destroyed(session)}
    assert lines == {
        "callers": (30, number), "words": (30, number), "places": (30, number), "answers": (365, number),
        "photos": (365, number),
    }  # fmt: skip


def test_again_it_destroys_nothing_and_writes_nothing(sessions: Sessions, number: str) -> None:
    destroy_all(sessions, 400)
    assert set(destroy_all(sessions, 401).values()) == {0}
    with sessions() as session:
        assert len(list_destroyed(session)) == 5


def test_dry_it_counts_alone(sessions: Sessions, number: str) -> None:
    counts = destroy_all(sessions, 400, is_dry=True)
    assert (counts["photos"], counts["callers"], PHONE in said(sessions, number)) == (2, 1, True)


def test_held_as_evidence_all_of_it_stays(sessions: Sessions, number: str) -> None:
    Records(sessions, BOOK.rules).hold(number, "移交公安机关", by("commander", minutes=20))
    assert set(destroy_all(sessions, 400).values()) == {0}
    assert PHONE in said(sessions, number)


def test_what_is_written_after_the_cleaning_is_cleaned_too(sessions: Sessions, responses: Responses) -> None:
    incidents, late = responses.incidents, 40 * DAY
    number = opened(incidents)
    step(incidents, number, Step("dismiss", "误报"), minutes=5)
    assert destroy_all(sessions, 40)["callers"] == 0
    step(incidents, number, Step("reconsider", "又有来电"), minutes=late + 1)
    step(incidents, number, AddCall(Call("李四", words="气味很浓")), minutes=late + 2)
    step(incidents, number, Step("dismiss", "仍是误报"), minutes=late + 3)
    assert [destroy_all(sessions, days)["callers"] for days in (69, 71)] == [0, 1]


def test_sealed_facts_never_held_a_number(sessions: Sessions, number: str) -> None:
    with sessions() as session:
        beside = session.scalars(select(WordsOfFactRow)).all()
    sealed = [one.sealed for one in facts_of(sessions, number) if one.sealed is not None]
    assert len(sealed) == len(beside) > 5
    assert PHONE not in str(sealed)


# a person asks by telephone number


def held_of(sessions: Sessions) -> HeldInResponses:
    with sessions() as session:
        return list_held_in_responses(session, PHONE)


def taken_out(sessions: Sessions) -> dict[str, int]:
    with sessions.begin() as session:
        return erase_from_responses(session, PHONE)


def test_the_owner_of_a_number_is_told_where_it_stands(sessions: Sessions, number: str) -> None:
    held = held_of(sessions)
    assert [(one["incident_no"], one["caller_name"]) for one in held.calls] == [(number, "张三")]
    assert {one["where"] for one in held.response_words} == {"call", "fact", "message", "task", "photo"}
    assert held.sealed_words == []


def test_taken_out_it_stands_nowhere_and_the_chain_holds(sessions: Sessions, number: str) -> None:
    assert taken_out(sessions)["incident_calls"] == 1
    held = held_of(sessions)
    assert (held.calls, held.response_words, PHONE in said(sessions, number)) == ([], [], False)
    assert chain_holds(sessions, number)


def test_evidence_is_not_taken_out(sessions: Sessions, number: str) -> None:
    Records(sessions, BOOK.rules).hold(number, "移交公安机关", by("commander", minutes=20))
    assert taken_out(sessions) == {"incident_calls": 0, "incident_words": 0}
    assert len(held_of(sessions).calls) == 1
