"""An incident at any moment of its past: folded from facts it is what the rows said at the time."""

from datetime import timedelta

import pytest

from cases.rules.deciding import Asking
from emergency.incidents.reading import get_incident, list_facts, list_owed_of
from emergency.record.reading import Moment, NothingKnownYet, state_at
from emergency.response.operations import Responses
from emergency.response.reading import GivenTask, list_activations, list_tasks
from emergency.rules.commands import MarkMoment, NoteToll, SendReport, Step
from emergency.rules.levels import Toll
from gis_core.db import Sessions
from tests.incident_city import PLANE, after, by, step
from tests.response_city import activated, at_levels, flooded, responses_in, revision_of


@pytest.fixture
def responses(sessions: Sessions) -> Responses:
    return responses_in(sessions)


@pytest.fixture
def number(responses: Responses) -> str:
    return flooded(responses.incidents)


def moment(responses: Responses, number: str, minutes: float) -> Moment:
    with responses.sessions() as session:
        facts = list_facts(session, get_incident(session, PLANE, number).id)
    return state_at(facts, after(minutes), responses.incidents.book)


def tasks_in_rows(responses: Responses, number: str) -> list[GivenTask]:
    with responses.sessions() as session:
        active = list_activations(session, get_incident(session, PLANE, number).id)
        return list_tasks(session, active[0].id) if active else []


def rows_say(responses: Responses, number: str) -> dict[str, object]:
    with responses.sessions() as session:
        incident = get_incident(session, PLANE, number)
        owed = list_owed_of(session, incident.id)
        active = next((one for one in list_activations(session, incident.id) if not one.stood_down_at), None)
    tasks = tasks_in_rows(responses, number)
    return {
        "state": incident.state,
        "response": active and (active.commander, [(one.code, one.level) for one in active.plans]),
        "owed": {(one.rule_code, one.n, one.due_at, one.met_at, one.withdrawn_at) for one in owed},
        "tasks": {
            (one.code, one.text, one.post, one.department, one.due_at, one.state, one.state_by, one.state_at)
            for one in tasks
        },
    }


def facts_say(found: Moment) -> dict[str, object]:
    response = found.stood.response
    plans = [(one["code"], one["level"]) for one in response.plans] if response else []
    return {
        "state": found.stood.state,
        "response": response and (response.commander, plans),
        "owed": {(one.rule.code, one.n, one.due_at, one.met_at, one.withdrawn_at) for one in found.owed},
        "tasks": {
            (one.code, one.text, one.post, one.department, one.due_at, one.state, one.state_by, one.state_at)
            for one in found.stood.tasks
        },
    }


def department(task: GivenTask, minutes: float) -> Asking:
    return Asking(after(minutes), 6, "经办员甲", "department", task.department)


def take(responses: Responses, task: GivenTask, action: str, words: str, minutes: float) -> None:
    responses.take_task(task.id, action, words, department(task, minutes), seen_state=task.state)


def change(responses: Responses, number: str, minutes: float, **levels: int) -> None:
    choice = at_levels(responses.sessions, **levels)
    asking, seen = by("commander", minutes=minutes), revision_of(responses.sessions, number)
    responses.change(number, choice, "水势变化", asking, seen_revision=seen)


def reassign(responses: Responses, task: GivenTask, minutes: float) -> None:
    responses.take_task(
        task.id,
        "reassign",
        "",
        by("commander", minutes=minutes),
        seen_state=task.state,
        post="department@BJ-ZH",
    )


def story(responses: Responses, number: str) -> list[tuple[float, dict[str, object]]]:
    """A flood from first toll to standing down; what the rows said after every step, by its minute."""
    incidents, said = responses.incidents, []

    def note(minutes: float) -> None:
        said.append((minutes, rows_say(responses, number)))

    note(1)
    activated(responses, number, FX=3)
    note(2)
    report = SendReport("first", "written", "市委总值班室", ("city_written",), "首报", "水位上涨，已启动响应")
    step(incidents, number, report, minutes=5)
    note(5)
    one, two, three, *_ = tasks_in_rows(responses, number)
    take(responses, one, "accept", "", 6)
    note(6)
    take(responses, two, "decline", "人员不足", 7)
    note(7)
    reassign(responses, next(task for task in tasks_in_rows(responses, number) if task.id == two.id), 8)
    note(8)
    take(responses, three, "finish", "已到岗，报告已交", 9)
    note(9)
    step(incidents, number, NoteToll(Toll(dead=3, moved=1289)), minutes=10)
    note(10)
    change(responses, number, 12, FX=2)
    note(12)
    change(responses, number, 20, FX=3)
    note(20)
    step(incidents, number, MarkMoment("under_control"), minutes=30)
    note(30)
    asking, seen = by("commander", minutes=40), revision_of(responses.sessions, number)
    responses.stand_down(number, "水位已退到警戒以下", asking, seen_revision=seen)
    note(40)
    step(incidents, number, Step("close", "堤段需加固"), minutes=50)
    note(50)
    return said


def test_folded_facts_say_what_the_rows_said_after_every_step(responses: Responses, number: str) -> None:
    said = story(responses, number)
    folded = [(minutes, facts_say(moment(responses, number, minutes))) for minutes, _ in said]
    assert folded == said


def test_between_two_facts_the_earlier_one_counts(responses: Responses, number: str) -> None:
    story(responses, number)
    assert facts_say(moment(responses, number, 11)) == facts_say(moment(responses, number, 10))


def test_before_the_first_call_nothing_is_known(responses: Responses, number: str) -> None:
    with pytest.raises(NothingKnownYet, match="首次接报之后"):
        moment(responses, number, -1)


def test_a_mark_counts_from_when_it_was_written_though_it_happened_before(
    responses: Responses, number: str
) -> None:
    happened = after(3)
    step(responses.incidents, number, MarkMoment("first_arrival", happened), minutes=9)
    assert dict(moment(responses, number, 8).stood.marks) == {}
    assert moment(responses, number, 9).stood.marks["first_arrival"] - happened == timedelta(0)
