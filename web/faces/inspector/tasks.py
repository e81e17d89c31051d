"""What somebody with a phone has to do: tasks of inspectors, crews and departments, decisions of leaders."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy.orm import Session

from cases.filtering import CaseFilter
from cases.listing import list_cases
from cases.rules.stages import AFTER_WORK, OPEN_STAGES
from cases.summaries import CaseSummary
from web.accounts.people import Person
from web.filters import visible_to
from web.wiring import Wiring

OUTSIDE = ("inspector", "crew", "department", "leader", "duty_chief", "duty_officer", "commander")
"""Posts that have the phone's pages: those who are outside, and those who decide on the way."""
MOST_TASKS = 100
TASK_STAGES = ("verifying", "rechecking")


def list_tasks(
    session: Session, wiring: Wiring, person: Person, *, is_drill: bool = False
) -> list[CaseSummary]:
    """What the person has to do, the most urgent first: to verify, to recheck, to handle, to decide.

    In the city, or with `is_drill` in drills alone.
    """
    at = wiring.clock.now()
    found = {
        row.case_no: row
        for wanted in _wanted(person)
        for row in list_cases(
            session,
            replace(wanted, is_drill=is_drill),
            limit=MOST_TASKS,
            at=at,
            types=wiring.cases.types,
            order="urgent",
        ).rows
    }
    return sorted(
        found.values(), key=lambda row: (row.stage_due_at is None, row.stage_due_at or row.reported_at)
    )


def _wanted(person: Person) -> Iterator[CaseFilter]:
    if person.may_act_as("inspector"):
        yield CaseFilter(stages=TASK_STAGES, inspector_id=person.id)
    if person.may_act_as("crew"):
        yield visible_to(person, CaseFilter(stages=("in_progress",)))
    if person.may_act_as("department"):
        yield CaseFilter(
            stages=("dispatched", "in_progress"), department_code=person.organisation_code or "-"
        )
    if person.may_act_as("leader"):
        yield CaseFilter(stages=("suspension_pending",))
        yield CaseFilter(stages=AFTER_WORK, appeal="asked")
    if person.may_act_as("leader", "duty_chief"):
        yield CaseFilter(stages=OPEN_STAGES, lights=("overdue",))


def count_tasks(wiring: Wiring, person: Person) -> int:
    """How many tasks a person has, for the bar below."""
    with wiring.sessions() as session:
        return len(list_tasks(session, wiring, person))
