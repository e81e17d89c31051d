"""Made safe first, then repaired: each step with its own limit, lateness of either is kept."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cases.rules.commands import Asking, Finish, MakeSafe
from cases.rules.deadlines import start_clock
from cases.rules.deciding import CaseState
from gis_core.errors import CitygridError
from grid.catalogue import Catalogue
from grid.rules.criteria import Limit
from tests.case_city import DEPARTMENT, baoji
from tests.rules.test_commands import KNOWN, NOW, PHOTO, case

CATALOGUE = Catalogue.load(baoji(), date(2026, 9, 18))
GAS = "M10995-1"
CRITERIA = {c.code: c for c in CATALOGUE.criteria_of("matter", "10995")}
BOTH = replace(KNOWN, criteria={**KNOWN.criteria, **CRITERIA})
AWAY = (replace(PHOTO, distance_m=900.0),)
SAFE = MakeSafe("已关阀、围挡", (PHOTO,))


def leak(**changes: object) -> CaseState:
    clock = start_clock(Limit(1, "clock_hour"), NOW, KNOWN.calendar)
    given = {"kind": "matter", "type_code": "10995", "criterion_code": GAS, "crew_id": None} | changes
    return case("in_progress", clocks={"handling": clock}, limit=Limit(1, "clock_hour"), **given)


def department(minutes: int) -> Asking:
    return Asking(NOW + timedelta(minutes=minutes), 6, "部门甲", "department", DEPARTMENT)


def test_a_leak_is_made_safe_in_an_hour_and_repaired_in_five_days() -> None:
    state = SAFE.decide(leak(), department(50), BOTH).state
    handling = state.clocks["handling"]
    assert (state.stage, handling.limit) == ("in_progress", Limit(5, "working_day"))
    assert (handling.started_at, state.is_overdue_handled) == (state.made_safe_at, False)


@pytest.mark.parametrize(
    ("safe_after", "done_after", "is_late"),
    [(50, 60 * 24 * 3, False), (70, 60 * 24 * 3, True), (50, 60 * 24 * 30, True)],
    ids=["both in time", "made safe late", "repaired late"],
)
def test_lateness_of_either_step_is_kept(safe_after: int, done_after: int, is_late: bool) -> None:
    safe = SAFE.decide(leak(), department(safe_after), BOTH).state
    done = Finish("已焊补", (PHOTO,)).decide(safe, department(done_after), BOTH).state
    assert done.is_overdue_handled == is_late


def test_who_repairs_at_once_needs_no_second_step() -> None:
    done = Finish("已焊补", (PHOTO,)).decide(leak(), department(40), BOTH)
    assert (done.stage, done.state.is_overdue_handled) == ("finished", False)


@pytest.mark.parametrize(
    ("command", "state", "code", "because"),
    [
        (SAFE, leak(made_safe_at=NOW), "no_second_step", "it is safe already"),
        (SAFE, case("in_progress", crew_id=None), "no_second_step", "a manhole cover has one step"),
        (MakeSafe("", (PHOTO,)), leak(), "evidence_missing", "say how"),
        (MakeSafe("已关阀", ()), leak(), "no_photo", "show it"),
        (replace(SAFE, photos=AWAY), leak(), "photo_elsewhere", "not there"),
        (Finish("已焊补", AWAY), leak(), "photo_elsewhere", "nor was it there"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)  # fmt: skip
def test_what_does_not_hold_is_refused(command: MakeSafe, state: CaseState, code: str, because: str) -> None:
    with pytest.raises(CitygridError) as caught:
        command.decide(state, department(10), BOTH)
    assert caught.value.code == code
