"""Responses in PostGIS: activated whole, changed by exactly the difference, told by the incident's facts."""

from collections import Counter

import pytest
from sqlalchemy import Engine, event

from cases.rules.deciding import Asking
from emergency.incidents.operations import StaleIncident
from emergency.incidents.reading import broken_at, get_incident, list_facts
from emergency.response.operations import (
    Choice,
    MustBeDecided,
    PlanImportRefused,
    PlanVersionKnown,
    Responses,
    seed_plans,
)
from emergency.response.reading import (
    GivenTask,
    list_activations,
    list_heads,
    list_tasks,
    list_tasks_of_department,
    list_versions,
)
from emergency.rules.commands import ResponseInForce, Step
from emergency.rules.incidents import IncidentWordsMissing, NotYourIncidentStep
from emergency.rules.plans.composing import PlanNotInForce
from emergency.rules.plans.frozen import freeze
from emergency.rules.plans.reading import PlanHasCycle
from emergency.rules.responding import NotYourTask, TaskStepNotNow
from gis_core.db import Sessions
from tests.case_city import FRIDAY_MORNING, baoji
from tests.incident_city import PLANE, after, by, step
from tests.response_city import (
    PLANS,
    STATED,
    activated,
    at_levels,
    flooded,
    responses_in,
    revision_of,
)

FLOOD = next(plan for plan in PLANS if plan.code == "BJ-FX")
FLOOD_FILE = (baoji().folder / "plans" / "flood.yaml").read_text(encoding="utf-8")


@pytest.fixture
def responses(sessions: Sessions) -> Responses:
    return responses_in(sessions)


@pytest.fixture
def number(responses: Responses) -> str:
    return flooded(responses.incidents)


def tasks_of(responses: Responses, number: str) -> dict[str, GivenTask]:
    with responses.sessions() as session:
        active = list_activations(session, get_incident(session, PLANE, number).id)[0]
        return {one.code: one for one in list_tasks(session, active.id)}


def change(responses: Responses, number: str, *, minutes: float, **levels: int) -> str:
    choice = at_levels(responses.sessions, **levels)
    seen = revision_of(responses.sessions, number)
    done = responses.change(number, choice, "水势变化", by("commander", minutes=minutes), seen_revision=seen)
    return done.sentence


def department(code: str, *, minutes: float = 10) -> Asking:
    return Asking(after(minutes), 6, "经办员甲", "department", code)


def test_the_sample_plans_are_seeded_once(sessions: Sessions) -> None:
    assert [seed_plans(sessions, baoji(), FRIDAY_MORNING) for _ in range(2)] == [6, 0]
    with sessions() as session:
        heads = list_heads(session)
    assert {(one.state, one.is_sample) for one in heads} == {("approved", True)}


def test_a_kept_plan_comes_back_as_it_was(responses: Responses) -> None:
    with responses.sessions() as session:
        kept = list_versions(session, "BJ-FX")[0].plan
    assert freeze(kept) == freeze(FLOOD)


def test_an_activation_gives_out_every_task_of_the_level(responses: Responses, number: str) -> None:
    n = activated(responses, number, FX=3)
    tasks = tasks_of(responses, number)
    assert n == len(tasks) == len(FLOOD.tasks_at(3))
    assert {(one.state, one.given_at) for one in tasks.values()} == {("given", after(2))}
    assert tasks["BJ-FX/FX-601"].due_at == after(32)


def test_the_incident_responds_and_its_timeline_tells_all_that_the_law_wants_stated(
    responses: Responses, number: str
) -> None:
    activated(responses, number, FX=3)
    with responses.sessions() as session:
        incident = get_incident(session, PLANE, number)
        fact = list_facts(session, incident.id)[-1]
        broken = broken_at(session, incident)
    assert (incident.state.stage, incident.state.response_level, broken) == ("responding", 3, None)
    assert all(word in fact.text for word in ("三级响应", STATED.matter, "24 小时", STATED.evidence))


def test_a_response_names_the_kept_document_also_after_its_plan_was_retired(
    responses: Responses, number: str
) -> None:
    activated(responses, number, FX=3)
    responses.move_plan("BJ-FX", "1.0", "retired", by("commander", minutes=5))
    with responses.sessions() as session:
        incident = get_incident(session, PLANE, number)
        (plan,) = list_activations(session, incident.id)[0].plans
        fact = list_facts(session, incident.id)[-1]
        head = list_versions(session, "BJ-FX")[0].head
    assert plan.sha256 == fact.body["response"]["plans"][0]["sha256"] == head.sha256
    assert "提升为二级响应" in change(responses, number, minutes=9, FX=2)


def test_two_plans_at_once_give_their_common_tasks_once(responses: Responses, number: str) -> None:
    n = activated(responses, number, FX=3, DZ=3)
    shares = len(FLOOD.tasks_at(3)) + len(next(p for p in PLANS if p.code == "BJ-DZ").tasks_at(3))
    assert n == len(tasks_of(responses, number)) < shares


def test_giving_tasks_out_takes_few_statements(responses: Responses, number: str, engine: Engine) -> None:
    choice = at_levels(responses.sessions, FX=1, DZ=1)
    seen, counted = revision_of(responses.sessions, number), Counter[str]()

    def count(*told: object) -> None:
        counted[str(told[2]).split(maxsplit=1)[0]] += 1

    event.listen(engine, "before_cursor_execute", count)
    responses.activate(number, choice, STATED, by("commander", minutes=2), seen_revision=seen)
    event.remove(engine, "before_cursor_execute", count)
    assert counted.total() < 20


def test_the_second_commander_is_told(responses: Responses, number: str) -> None:
    seen = revision_of(responses.sessions, number)
    choice, who = at_levels(responses.sessions, FX=3), by("commander", minutes=2)
    responses.activate(number, choice, STATED, who, seen_revision=seen)
    with pytest.raises(StaleIncident):
        responses.activate(number, choice, STATED, who, seen_revision=seen)
    with responses.sessions() as session:
        assert len(list_activations(session, get_incident(session, PLANE, number).id)) == 1


def test_an_officer_does_not_activate(responses: Responses, number: str) -> None:
    seen, choice = revision_of(responses.sessions, number), at_levels(responses.sessions, FX=3)
    with pytest.raises(NotYourIncidentStep):
        responses.activate(number, choice, STATED, by(minutes=2), seen_revision=seen)


def test_a_raise_adds_exactly_the_difference_and_lowering_takes_it_back(
    responses: Responses, number: str
) -> None:
    activated(responses, number, FX=3)
    change(responses, number, minutes=20, FX=2)
    raised = tasks_of(responses, number)
    added = {code for code, one in raised.items() if one.given_at == after(20)}
    at_two = {f"BJ-FX/{one.code}" for one in FLOOD.tasks_at(2)}
    at_three = {f"BJ-FX/{one.code}" for one in FLOOD.tasks_at(3)}
    assert (added, set(raised)) == (at_two - at_three, at_two)
    change(responses, number, minutes=30, FX=3)
    lowered = tasks_of(responses, number)
    assert {code for code, one in lowered.items() if one.state == "withdrawn"} == at_two - at_three
    change(responses, number, minutes=40, FX=2)
    again = tasks_of(responses, number)
    assert {one.state for one in again.values()} == {"given"}


def test_what_was_done_stays_done_when_the_level_changes(responses: Responses, number: str) -> None:
    activated(responses, number, FX=2)
    task = tasks_of(responses, number)["BJ-FX/FX-801"]
    responses.take_task(task.id, "finish", "通信车到位", department("BJ-DX"), seen_state="given")
    change(responses, number, minutes=30, FX=3)
    assert tasks_of(responses, number)["BJ-FX/FX-801"].state == "done"


def test_a_department_takes_its_own_tasks_only(responses: Responses, number: str) -> None:
    activated(responses, number, FX=3)
    task = tasks_of(responses, number)["BJ-FX/FX-802"]
    with pytest.raises(NotYourTask):
        responses.take_task(task.id, "accept", "", department("BJ-GS"), seen_state="given")
    responses.take_task(task.id, "accept", "", department("BJ-GD"), seen_state="given")
    with pytest.raises(TaskStepNotNow):
        responses.take_task(task.id, "decline", "没有车", department("BJ-GD"), seen_state="given")
    with pytest.raises(IncidentWordsMissing):
        responses.take_task(task.id, "finish", " ", department("BJ-GD"), seen_state="accepted")


def test_what_was_given_back_is_given_to_another_department(responses: Responses, number: str) -> None:
    activated(responses, number, FX=3)
    task = tasks_of(responses, number)["BJ-FX/FX-802"]
    responses.take_task(task.id, "decline", "发电车都已派出", department("BJ-GD"), seen_state="given")
    who = by("commander", minutes=15)
    responses.take_task(task.id, "reassign", "", who, seen_state="declined", post="department@BJ-DX")
    with responses.sessions() as session:
        mine = list_tasks_of_department(session, PLANE, "BJ-DX", is_open=True)
        facts = list_facts(session, get_incident(session, PLANE, number).id)
    assert ("BJ-FX/FX-802", "given") in {(one.task.code, one.task.state) for one in mine}
    assert "退回任务 BJ-FX/FX-802" in facts[-2].text
    assert "改派任务 BJ-FX/FX-802" in facts[-1].text


def test_the_handling_does_not_end_while_a_response_is_in_force(responses: Responses, number: str) -> None:
    activated(responses, number, FX=3)
    with pytest.raises(ResponseInForce):
        step(responses.incidents, number, Step("end", "险情排除"), minutes=60)


def test_standing_down_calls_open_tasks_off_and_ends_the_handling(responses: Responses, number: str) -> None:
    activated(responses, number, FX=3)
    task = tasks_of(responses, number)["BJ-FX/FX-802"]
    responses.take_task(task.id, "finish", "供电正常", department("BJ-GD"), seen_state="given")
    seen = revision_of(responses.sessions, number)
    responses.stand_down(number, "水位回落", by("commander", minutes=90), seen_revision=seen)
    states = Counter(one.state for one in tasks_of(responses, number).values())
    with responses.sessions() as session:
        incident = get_incident(session, PLANE, number)
        (active,) = list_activations(session, incident.id)
    assert states == {"done": 1, "withdrawn": len(FLOOD.tasks_at(3)) - 1}
    assert (incident.state.stage, incident.state.response_level) == ("ended", None)
    assert (active.stood_down_at, active.stood_down_why) == (after(90), "水位回落")
    with pytest.raises(TaskStepNotNow):
        responses.take_task(task.id, "accept", "", department("BJ-GD"), seen_state="given")


def imported(responses: Responses, *changes: tuple[str, str]) -> str:
    told = FLOOD_FILE
    for old, new in changes:
        assert old in told
        told = told.replace(old, new, 1)
    return responses.import_plan(told, "防汛.yaml", by("commander"))


def test_several_commanders_are_decided_by_a_person(responses: Responses) -> None:
    imported(
        responses, ("code: BJ-FX", "code: BJ-FY"), ("commander: leader@BJ-ZH", "commander: department@BJ-YJ")
    )
    number = flooded(responses.incidents, is_drill=True)
    chosen, seen = at_levels(responses.sessions, FX=3, FY=3), revision_of(responses.sessions, number)
    who = by("commander", minutes=2)
    with pytest.raises(MustBeDecided, match="总指挥"):
        responses.activate(number, Choice(chosen.levels), STATED, who, seen_revision=seen)
    assert responses.activate(number, chosen, STATED, who, seen_revision=seen) > 0


def test_a_version_is_imported_as_a_draft_reviewed_approved_and_takes_the_place_of_the_old_one(
    responses: Responses,
) -> None:
    imported(responses, ('version: "1.0"', 'version: "1.1"'))
    for state in ("review", "approved"):
        responses.move_plan("BJ-FX", "1.1", state, by("commander", minutes=5))
    with responses.sessions() as session:
        states = [(one.head.version, one.head.state) for one in list_versions(session, "BJ-FX")]
    assert states == [("1.1", "approved"), ("1.0", "retired")]


def test_a_draft_is_not_activated_but_in_a_drill(responses: Responses, number: str) -> None:
    imported(responses, ("code: BJ-FX", "code: BJ-FY"))
    seen, choice = revision_of(responses.sessions, number), at_levels(responses.sessions, FY=3)
    with pytest.raises(PlanNotInForce):
        responses.activate(number, choice, STATED, by("commander", minutes=2), seen_revision=seen)
    assert activated(responses, flooded(responses.incidents, is_drill=True), FY=3) == len(FLOOD.tasks_at(3))


def test_a_version_is_imported_once(responses: Responses) -> None:
    with pytest.raises(PlanVersionKnown):
        imported(responses)


def test_a_plan_with_errors_is_refused_with_what_the_linter_found(responses: Responses) -> None:
    with pytest.raises(PlanImportRefused) as refused:
        imported(responses, ("owner: BJ-SL", "owner: XX-YY"))
    assert "unknown_organisation" in {one.code for one in refused.value.findings}


def test_tasks_in_a_circle_are_refused_and_named(responses: Responses) -> None:
    head = "{code: FX-101, level_from: 4,"
    text = FLOOD_FILE.replace(head, f"{head} depends_on: [FX-103],", 1)
    assert text != FLOOD_FILE
    with pytest.raises(PlanHasCycle, match="FX-103"):
        responses.import_plan(text, "防汛.yaml", by("commander"))
