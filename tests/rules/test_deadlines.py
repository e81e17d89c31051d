"""Until when: both clocks, holidays and make-up days, lights, pauses; tables as the centre writes them."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.limits import BadStageLimits, load_calendar, load_stage_limits
from cases.rules.deadlines import (
    Clocks,
    LimitMissing,
    at_risk_at,
    clocks_as_data,
    clocks_from_data,
    due_at,
    extend_clock,
    light,
    pause_clock,
    resume_clock,
    run_clocks,
    start_clock,
    stop_clock,
    used_pct,
    working,
)
from cases.rules.stages import ClockEffect, ClockName, get_transition
from cases.rules.worktime import (
    BadLimit,
    CalendarMissing,
    Shift,
    WorkCalendar,
    add_working,
    read_limit,
    working_s,
)
from grid.dated import DatedValue
from grid.rules.criteria import Limit
from tests.case_city import BAOJI, at, baoji

SINCE = {date(2025, 1, 1): 30, date(2026, 9, 1): 20}
INVENTED = WorkCalendar(
    holidays=frozenset({date(2026, 10, 1), date(2026, 10, 2)}),
    make_up_days=frozenset({date(2026, 10, 10)}),
    years=frozenset({2026}),
    shifts=(Shift((1, 1), (12, 31), ((time(8, 30), time(12)), (time(13, 30), time(18)))),),
    version="invented-1",
)
EXAMPLES = yaml.safe_load((Path(__file__).parent / "工作时限.yaml").read_text(encoding="utf-8"))
MOMENTS = st.integers(0, 300 * 86_400).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s))


@pytest.mark.parametrize("example", [pytest.param(e, id=e["原因"]) for e in EXAMPLES])
def test_the_city_counts_its_limits_so(example: dict[str, Any]) -> None:
    limit = Limit(example["时限"], example["单位"])
    assert due_at(limit, at(str(example["起点"])), load_calendar(baoji())) == at(str(example["到期"]))


@pytest.mark.parametrize(
    ("since", "limit", "due", "because"),
    [
        ("2026-09-18 17:30", Limit(4, "clock_hour"), "2026-09-18 21:30", "clock hours run through the night"),
        ("2026-09-18 17:30", Limit(1, "working_hour"), "2026-09-21 09:00", "Friday evening spills over"),
        ("2026-10-09 10:00", Limit(1, "working_day"), "2026-10-10 10:00", "the Saturday is a working day"),
        ("2026-09-30 17:30", Limit(1, "working_hour"), "2026-10-05 09:00", "two holidays and a weekend pass"),
        ("2026-09-18 18:00", Limit(1, "working_hour"), "2026-09-21 09:30", "the shift is over at six sharp"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.count(" ") > 1 else "",
)  # fmt: skip
def test_a_deadline_is_a_table(since: str, limit: Limit, due: str, because: str) -> None:
    assert due_at(limit, at(since), INVENTED) == at(due)


@pytest.mark.parametrize(
    ("now", "expected", "because"),
    [
        ("2026-09-18 11:05", "normal", "four fifths are not yet used"),
        ("2026-09-18 11:06", "at_risk", "96 of 120 minutes are four fifths"),
        ("2026-09-18 11:29", "at_risk", "a minute is left"),
        ("2026-09-18 11:30", "overdue", "the whole limit is used"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.count(" ") > 1 else "",
)
def test_the_light_of_two_clock_hours_from_half_past_nine(now: str, expected: str, because: str) -> None:
    limit, since = Limit(2, "clock_hour"), at("2026-09-18 09:30")
    due, risk = due_at(limit, since, INVENTED), at_risk_at(limit, since, INVENTED)
    assert light("dispatched", due, risk, at(now)) == expected


def test_a_suspended_case_shows_its_own_light_whatever_the_time() -> None:
    assert light("suspended", at("2026-09-18 09:30"), None, at("2026-09-19 09:30")) == "suspended"


def test_a_year_without_a_calendar_is_named_with_the_file_to_write() -> None:
    with pytest.raises(CalendarMissing, match=r"缺少 2027 年的工作日历.*cn-2027\.yaml"):
        due_at(Limit(5, "working_day"), at("2026-12-31 10:00"), INVENTED)


def test_the_continuous_clock_needs_no_calendar() -> None:
    assert due_at(Limit(24, "clock_hour"), at("2026-12-31 10:00"), INVENTED) == at("2027-01-01 10:00")


def test_a_day_without_shifts_is_named() -> None:
    summer_only = WorkCalendar(
        frozenset(), frozenset(), frozenset({2026}), (Shift((5, 1), (9, 30), ((time(8), time(18)),)),), "s"
    )
    with pytest.raises(CalendarMissing, match="2026-10-01 没有规定作息时间"):
        due_at(Limit(1, "working_day"), at("2026-10-01 10:00"), summer_only)


def test_new_shifts_hold_only_from_their_day_on() -> None:
    early = Shift((1, 1), (12, 31), ((time(7), time(15)),), in_force_from=date(2026, 9, 21))
    calendar = WorkCalendar(frozenset(), frozenset(), frozenset({2026}), (*INVENTED.shifts, early), "s")
    assert due_at(Limit(1, "working_hour"), at("2026-09-18 17:30"), calendar) == at("2026-09-21 07:30")


def test_the_working_of_a_deadline_is_shown_day_by_day() -> None:
    assert working(Limit(2, "working_day"), at("2026-11-20 17:30"), load_calendar(baoji())) == (
        "2 工作日（16 小时班内时间），自 11月20日 周五 17:30 起："
        "11月20日 计 30 分；11月21日至22日 周末不计；11月23日 计 8 小时；11月24日 计 7 小时 30 分；"
        "11月24日 周二 17:30 到期"
    )


def test_the_working_names_holidays_make_up_days_and_runs_of_equal_days() -> None:
    words = working(Limit(5, "working_day"), at("2026-09-30 19:00"), load_calendar(baoji()))
    assert "9月30日 已下班不计；10月1日至7日 节假日不计；10月8日至9日 每日计 8 小时" in words
    assert "10月10日（调休上班） 计 8 小时" in words


def test_the_working_of_the_continuous_clock_is_one_sentence() -> None:
    words = working(Limit(4, "clock_hour"), at("2026-09-18 17:30"), INVENTED)
    assert words == "4 紧急工作时，自 9月18日 周五 17:30 起连续计时，9月18日 周五 21:30 到期"


@pytest.mark.parametrize(
    ("now", "expected_pct", "because"),
    [
        ("2026-09-18 17:30", 0, "nothing is used at the start"),
        ("2026-09-18 18:00", 50, "half an hour of one is used when the shift ends"),
        ("2026-09-20 12:00", 50, "the weekend uses nothing"),
        ("2026-09-21 10:00", 200, "it goes on counting when overdue"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.count(" ") > 1 else "",
)
def test_how_much_of_a_working_hour_is_used(now: str, expected_pct: float, because: str) -> None:
    assert used_pct(Limit(1, "working_hour"), at("2026-09-18 17:30"), at(now), INVENTED) == expected_pct


@given(MOMENTS, st.integers(min_value=1, max_value=200_000))
@settings(max_examples=60)
def test_the_due_moment_is_the_earliest_at_which_the_limit_is_used(since: datetime, seconds: int) -> None:
    due = add_working(INVENTED, since, seconds)
    assert working_s(INVENTED, since, due) == pytest.approx(seconds, abs=1e-3)
    assert working_s(INVENTED, since, due - timedelta(seconds=1)) < seconds - 0.5


@given(MOMENTS, MOMENTS, MOMENTS)
@settings(max_examples=40)
def test_shift_time_adds_up_over_any_stop_on_the_way(one: datetime, two: datetime, three: datetime) -> None:
    first, second, third = sorted((one, two, three))
    whole = working_s(INVENTED, first, third)
    parts = working_s(INVENTED, first, second) + working_s(INVENTED, second, third)
    assert parts == pytest.approx(whole, abs=1e-3)


def test_a_paused_clock_moves_its_deadline_by_the_pause() -> None:
    clock = start_clock(Limit(4, "clock_hour"), at("2026-09-18 09:00"), INVENTED)
    paused = pause_clock(clock, at("2026-09-18 10:00"), INVENTED)
    resumed = resume_clock(paused, at("2026-09-19 10:00"), INVENTED)
    assert (paused.due_at, resumed.due_at) == (None, at("2026-09-19 13:00"))
    assert resumed.at_risk_at == at("2026-09-19 12:12")


def test_a_clock_resumed_with_nothing_left_is_due_at_once() -> None:
    clock = start_clock(Limit(1, "clock_hour"), at("2026-09-18 09:00"), INVENTED)
    resumed = resume_clock(
        pause_clock(clock, at("2026-09-18 11:00"), INVENTED), at("2026-09-19 10:00"), INVENTED
    )
    assert resumed.due_at == at("2026-09-19 10:00")


def test_an_extension_adds_one_original_limit_each_time() -> None:
    clock = start_clock(Limit(2, "clock_hour"), at("2026-09-18 09:00"), INVENTED)
    once = extend_clock(clock, at("2026-09-18 10:00"), INVENTED)
    twice = extend_clock(once, at("2026-09-18 10:30"), INVENTED)
    assert (once.due_at, twice.due_at) == (at("2026-09-18 13:00"), at("2026-09-18 15:00"))


def test_the_table_extends_the_clock_of_handling() -> None:
    clocks: Clocks = {"handling": start_clock(Limit(2, "clock_hour"), at("2026-09-18 09:00"), INVENTED)}
    ten = at("2026-09-18 10:00")
    after = run_clocks(clocks, get_transition(17).clocks, at=ten, limits={}, calendar=INVENTED)
    assert after["handling"].due_at == at("2026-09-18 13:00")


def test_a_stopped_clock_starts_anew_and_a_paused_one_goes_on() -> None:
    limits: dict[ClockName, Limit] = {"case": Limit(2, "clock_hour")}
    start, nine, ten = ClockEffect("case", "start"), at("2026-09-18 09:00"), at("2026-09-18 10:00")
    clock = start_clock(limits["case"], nine, INVENTED)
    again = partial(run_clocks, effects=[start], at=ten, limits=limits, calendar=INVENTED)
    paused = again({"case": pause_clock(clock, nine, INVENTED)})
    stopped = again({"case": stop_clock(clock, nine, INVENTED)})
    assert (paused["case"].started_at, stopped["case"].started_at) == (nine, ten)


def test_a_clock_without_a_limit_cannot_start() -> None:
    with pytest.raises(LimitMissing, match="没有规定"):
        run_clocks(
            {}, [ClockEffect("recheck", "start")], at=at("2026-09-18 09:00"), limits={}, calendar=INVENTED
        )


def test_clocks_come_back_from_the_database_as_they_went_in() -> None:
    clock = start_clock(Limit(2, "working_day"), at("2026-09-18 09:00"), INVENTED)
    clocks = {"handling": clock, "case": stop_clock(clock, at("2026-09-18 17:00"), INVENTED)}
    assert clocks_from_data(clocks_as_data(clocks)) == clocks  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "unit", "because"),
    [
        (0, "working_day", "nothing is no limit"),
        (-1, "clock_hour", "a limit does not run backwards"),
        (367, "natural_day", "nobody waits more than a year"),
        (2, "fortnight", "the city does not count so"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_a_limit_that_cannot_be_is_refused(value: int, unit: str, because: str) -> None:
    with pytest.raises(BadLimit):
        read_limit(value, unit)


def test_the_city_has_set_a_limit_for_every_clock_of_its_centres() -> None:
    limits = load_stage_limits(baoji(), date(2026, 9, 18))
    assert {name: str(limit) for name, limit in limits.clocks.items()} == {
        "accept": "30 紧急分钟", "verify": "2 紧急工作时", "filing": "30 紧急分钟",
        "dispatch": "30 紧急分钟", "recheck": "2 紧急工作时", "closing": "2 紧急工作时",
    }  # fmt: skip


def test_a_city_that_forgot_a_clock_is_told_which(tmp_path: Path) -> None:
    folder = tmp_path / "baoji"
    folder.mkdir()
    words = (BAOJI / "stage_limits.yaml").read_text(encoding="utf-8")
    (folder / "stage_limits.yaml").write_text(re.sub(r"  recheck:\n(    .*\n)+", "", words), encoding="utf-8")
    with pytest.raises(BadStageLimits, match="recheck"):
        load_stage_limits(FolderOf(folder), date(2026, 9, 18))  # type: ignore[arg-type]


@dataclass
class FolderOf:
    """As much of a city as its folder."""

    folder: Path


def test_a_limit_holds_from_its_day_on() -> None:
    value = DatedValue(name="受理", unit="clock_minute", in_force=SINCE, status="assumed", source="假定")
    days = (date(2024, 1, 1), date(2026, 8, 31), date(2026, 9, 1))
    assert [value.value_on(day) for day in days] == [30, 30, 20]
