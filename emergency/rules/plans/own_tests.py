"""Plans are tested by their own examples: given this, expect that level and those tasks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from emergency.rules.plans.document import RESPONSE_NAMES, Expected, Given, Plan, PlanTest
from emergency.rules.plans.proposing import Proposal, propose
from emergency.rules.plans.situation import (
    CaseSeen,
    Gauge,
    Rainfall,
    Reading,
    SensorState,
    Situation,
    WarningInForce,
)

AT = datetime(2026, 7, 16, 12, tzinfo=UTC)
"""The moment at which every example plays; nothing depends on which one it is."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """What came of an example; `faults` is empty when everything was as expected."""

    __test__ = False

    name: str
    faults: tuple[str, ...]
    proposal: Proposal

    @property
    def is_passed(self) -> bool:
        """Everything was as expected."""
        return not self.faults


def run_own_tests(plan: Plan) -> tuple[TestResult, ...]:
    """Play every example of a plan."""
    return tuple(_run(plan, test) for test in plan.tests)


def _run(plan: Plan, test: PlanTest) -> TestResult:
    proposal = propose(plan, situation_of(test.given, plan.area))
    return TestResult(test.name, tuple(_faults(plan, test.expect, proposal)), proposal)


def _faults(plan: Plan, expected: Expected, found: Proposal) -> Iterator[str]:
    if found.level != expected.level:
        yield f"应建议{_said(expected.level)}，却是{_said(found.level)}"
    if expected.unknown is not None and set(expected.unknown) != set(found.unknown_levels):
        yield f"无法判断的级别应为 {_numbers(expected.unknown)}，却是 {_numbers(found.unknown_levels)}"
    silent = {alarm.code for alarm in found.alarms}
    if expected.alarms is not None and set(expected.alarms) != silent:
        yield f"应报警的站点为 {_joined(expected.alarms)}，却是 {_joined(sorted(silent))}"
    active = {task.code for task in plan.tasks_at(found.level)} if found.level else set()
    if missing := [code for code in expected.tasks if code not in active]:
        yield f"应有任务 {_joined(missing)}，却没有"
    if unwanted := [code for code in expected.without if code in active]:
        yield f"不应有任务 {_joined(unwanted)}，却有"


def _said(level: int | None) -> str:
    return RESPONSE_NAMES[level] if level else "不启动"


def _numbers(levels: tuple[int, ...]) -> str:
    return _joined([RESPONSE_NAMES[level] for level in sorted(levels)])


def _joined(words: list[str] | tuple[str, ...]) -> str:
    return "、".join(words) or "无"


def situation_of(given: Given, area: str, at: datetime = AT) -> Situation:
    """The situation that an example supposes; areas of rain stand for a gauge each."""
    rivers = sorted({*given.flow_m3_s, *given.stage_m})
    heard = [("warnings", given.warnings), ("cases", given.cases)]
    return Situation(
        at=at,
        gauges=(
            *(Gauge(code, (area,), ("flow_m3_s", "stage_m")) for code in rivers),
            *(Gauge(f"{code} 雨量站", (code,), ("rain_mm",)) for code in given.rain_mm),
        ),
        rainfalls=tuple(fall for code, sums in given.rain_mm.items() for fall in _falls(code, sums, at)),
        readings=(
            *_readings("flow_m3_s", given.flow_m3_s, at),
            *_readings("stage_m", given.stage_m, at),
        ),
        sensors=tuple(
            SensorState(f"{one.kind}{number}", one.kind, (one.area,), one.standing, at)
            for one in given.sensors
            for number in range(one.count)
        ),
        warnings=tuple(
            WarningInForce(kind, colour, (area,), at - timedelta(hours=1))
            for kind, colour in (given.warnings or {}).items()
        ),
        cases=tuple(
            CaseSeen(one.type_code, (one.area,), at - timedelta(hours=one.hours_ago))
            for one in given.cases or ()
            for _ in range(one.count)
        ),
        heard_at={feed: at for feed, value in heard if value is not None},
        figures=given.figures,
        event_level=given.event_level,
        has_incident=given.has_incident,
    )


def _readings(
    measure: Literal["flow_m3_s", "stage_m"], given: dict[str, float | None], at: datetime
) -> Iterator[Reading]:
    for gauge, value in given.items():
        if value is not None:
            yield Reading(gauge, measure, value, at)


def _falls(area: str, sums: dict[float, float], at: datetime) -> Iterator[Rainfall]:
    """Sums over growing windows as intervals that follow each other: 3 h: 50, 6 h: 60 is 10 mm, then 50."""
    hours_before, mm_before = 0.0, 0.0
    for hours, mm in sorted(sums.items()):
        since, until = at - timedelta(hours=hours), at - timedelta(hours=hours_before)
        yield Rainfall(f"{area} 雨量站", since, until, mm - mm_before)
        hours_before, mm_before = hours, mm
