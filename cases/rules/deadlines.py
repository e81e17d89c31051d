"""Until when: due moments, lights and the clocks that transitions start, pause, resume and stop.

A due moment is stored when its clock starts or resumes and never moves by itself, so that a calendar
entered later changes no deadline that was already announced.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from cases.rules.stages import FINAL_STAGES, STAGE_CLOCK, ClockEffect, ClockName
from cases.rules.worktime import (
    WorkCalendar,
    add_working,
    day_text,
    days_worked,
    is_working,
    total_s,
    working_s,
)
from gis_core.clock import city_time
from gis_core.errors import Refused
from gis_core.journal import moment_text
from grid.rules.criteria import Limit

AT_RISK_SHARE = 0.8
"""A light turns 临期 when four fifths of the limit are used, and 超期 at the whole of it."""

LIGHT_NAMES = {"normal": "正常", "at_risk": "临期", "overdue": "超期", "suspended": "挂账"}
LIGHTS = tuple(LIGHT_NAMES)


class LimitMissing(Refused):
    """A clock is to start whose limit the city has not set."""

    code = "limit_missing"


def due_at(limit: Limit, since: datetime, calendar: WorkCalendar) -> datetime:
    """The moment at which `limit` is used up; raises CalendarMissing for working time in an unknown year."""
    return _after(limit, since, total_s(limit), calendar)


def at_risk_at(limit: Limit, since: datetime, calendar: WorkCalendar) -> datetime:
    """The moment at which 80 % of `limit` are used."""
    return _after(limit, since, total_s(limit) * AT_RISK_SHARE, calendar)


def used_s(limit: Limit, since: datetime, until: datetime, calendar: WorkCalendar) -> float:
    """Seconds used on the limit's own clock between two moments."""
    if is_working(limit):
        return working_s(calendar, since, until)
    return max(0.0, (until - since).total_seconds())


def used_pct(limit: Limit, since: datetime, at: datetime, calendar: WorkCalendar) -> float:
    """How much of the limit is used at `at`, in per cent; above 100 when overdue."""
    return 100 * used_s(limit, since, at, calendar) / total_s(limit)


def _after(limit: Limit, since: datetime, seconds: float, calendar: WorkCalendar) -> datetime:
    if is_working(limit):
        return add_working(calendar, since, seconds)
    return since + timedelta(seconds=max(0.0, seconds))


def light(stage: str, due: datetime | None, at_risk: datetime | None, at: datetime) -> str:
    """The light of a case: `suspended`, `overdue` from the due moment on, `at_risk`, or `normal`."""
    if stage == "suspended":
        return "suspended"
    if due is not None and at >= due:
        return "overdue"
    if at_risk is not None and at >= at_risk:
        return "at_risk"
    return "normal"


@dataclass(frozen=True, slots=True)
class Running:
    """One clock of a case: runs while `run_since` is set, is over once `stopped_at` is, else it is paused.

    `used_s` is what earlier runs have used, in seconds of the limit's clock; `due_at` and `at_risk_at` are
    known only while it runs.
    """

    limit: Limit
    started_at: datetime
    run_since: datetime | None
    used_s: float
    due_at: datetime | None
    at_risk_at: datetime | None
    stopped_at: datetime | None = None
    extension: int = 0

    @property
    def is_running(self) -> bool:
        """Whether time is being used now."""
        return self.run_since is not None

    @property
    def is_paused(self) -> bool:
        """Whether it will go on."""
        return self.run_since is None and self.stopped_at is None

    def used_by(self, at: datetime, calendar: WorkCalendar) -> float:
        """Seconds used until `at`, all runs together."""
        if self.run_since is None:
            return self.used_s
        return self.used_s + used_s(self.limit, self.run_since, at, calendar)

    def is_late(self, at: datetime, calendar: WorkCalendar) -> bool:
        """Whether the whole limit is used at `at`."""
        return self.used_by(at, calendar) >= total_s(self.limit)


def start_clock(limit: Limit, at: datetime, calendar: WorkCalendar) -> Running:
    """A clock that begins at `at` with nothing used."""
    return Running(limit, at, at, 0.0, due_at(limit, at, calendar), at_risk_at(limit, at, calendar))


def pause_clock(clock: Running, at: datetime, calendar: WorkCalendar) -> Running:
    """The clock stands still from `at`; what is used stays used."""
    return replace(clock, used_s=clock.used_by(at, calendar), run_since=None, due_at=None, at_risk_at=None)


def resume_clock(clock: Running, at: datetime, calendar: WorkCalendar) -> Running:
    """The clock goes on from `at` with what is left of its limit; it is due at once when nothing is left."""
    total = total_s(clock.limit)
    return replace(
        clock,
        run_since=at,
        due_at=_after(clock.limit, at, total - clock.used_s, calendar),
        at_risk_at=_after(clock.limit, at, total * AT_RISK_SHARE - clock.used_s, calendar),
    )


def stop_clock(clock: Running, at: datetime, calendar: WorkCalendar) -> Running:
    """The clock is over at `at`."""
    return replace(pause_clock(clock, at, calendar), stopped_at=at)


def extend_clock(clock: Running, at: datetime, calendar: WorkCalendar) -> Running:
    """One more original limit is added; what is used stays used."""
    original = clock.limit.value // (clock.extension + 1)
    longer = replace(
        pause_clock(clock, at, calendar),
        limit=Limit(clock.limit.value + original, clock.limit.unit),
        extension=clock.extension + 1,
    )
    return resume_clock(longer, at, calendar)


Clocks = Mapping[ClockName, Running]


def run_clocks(
    clocks: Clocks,
    effects: Iterable[ClockEffect],
    *,
    at: datetime,
    limits: Mapping[ClockName, Limit],
    calendar: WorkCalendar,
) -> dict[ClockName, Running]:
    """The clocks of a case after a transition; `limits` are those in force for clocks that start.

    Stopping or pausing a clock that never ran is nothing; `start` lets a paused clock go on.
    """
    after = dict(clocks)
    for effect in effects:
        clock = after.get(effect.clock)
        if effect.do == "restart" or (effect.do == "start" and (clock is None or clock.stopped_at)):
            after[effect.clock] = start_clock(_limit_of(effect.clock, limits), at, calendar)
        elif clock is not None and clock.stopped_at is None:
            after[effect.clock] = _apply(effect, clock, at, calendar)
    return after


def _limit_of(clock: ClockName, limits: Mapping[ClockName, Limit]) -> Limit:
    try:
        return limits[clock]
    except KeyError:
        raise LimitMissing(
            f"没有规定“{clock}”时钟的时限，请在城市目录的 stage_limits.yaml 中补充。"
        ) from None


def _apply(effect: ClockEffect, clock: Running, at: datetime, calendar: WorkCalendar) -> Running:
    if effect.do == "stop":
        return stop_clock(clock, at, calendar)
    if effect.do == "extend":
        return extend_clock(clock, at, calendar)
    if effect.do == "pause":
        return pause_clock(clock, at, calendar) if clock.is_running else clock
    return resume_clock(clock, at, calendar) if clock.is_paused else clock


def stage_clock(stage: str, clocks: Clocks) -> Running | None:
    """The clock whose light the case shows at this stage; None when the case is over."""
    return None if stage in FINAL_STAGES else clocks.get(STAGE_CLOCK[stage])


def clocks_as_data(clocks: Clocks) -> dict[str, dict[str, Any]]:
    """Clocks as the `clocks` column and the facts keep them: moments in UTC, limits as value and unit."""
    return {name: _as_data(clock) for name, clock in clocks.items()}


def clocks_from_data(data: Mapping[str, Mapping[str, Any]]) -> dict[ClockName, Running]:
    """Clocks as they were kept by `clocks_as_data`."""
    return {name: _from_data(clock) for name, clock in data.items()}  # type: ignore[misc]  # names as written


def _as_data(clock: Running) -> dict[str, Any]:
    return {
        "limit": [clock.limit.value, clock.limit.unit],
        "started_at": moment_text(clock.started_at),
        "run_since": clock.run_since and moment_text(clock.run_since),
        "used_s": clock.used_s,
        "due_at": clock.due_at and moment_text(clock.due_at),
        "at_risk_at": clock.at_risk_at and moment_text(clock.at_risk_at),
        "stopped_at": clock.stopped_at and moment_text(clock.stopped_at),
        "extension": clock.extension,
    }


def _from_data(data: Mapping[str, Any]) -> Running:
    value, unit = data["limit"]
    return Running(
        limit=Limit(value, unit),
        started_at=datetime.fromisoformat(data["started_at"]),
        run_since=_moment(data["run_since"]),
        used_s=data["used_s"],
        due_at=_moment(data["due_at"]),
        at_risk_at=_moment(data["at_risk_at"]),
        stopped_at=_moment(data["stopped_at"]),
        extension=data["extension"],
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def hour_words(seconds: float) -> str:
    """A span in hours and minutes, as clocks that stand still at night are told: never in days.

    >>> hour_words(28 * 3600 + 20 * 60 + 59), hour_words(8 * 3600), hour_words(30)
    ('28 小时 20 分', '8 小时', '不到 1 分')
    """
    hours, minutes = divmod(int(seconds) // 60, 60)
    parts = [f"{hours} 小时"] * bool(hours) + [f"{minutes} 分"] * bool(minutes)
    return " ".join(parts) or "不到 1 分"


def used_words(clock: Running) -> str:
    """What a clock has counted so far; of a shift clock it says that only shifts count."""
    return hour_words(clock.used_s) + ("班内时间" if is_working(clock.limit) else "")


def working(limit: Limit, since: datetime, calendar: WorkCalendar) -> str:
    """How a deadline comes about, in Chinese, day by day for working time."""
    due = due_at(limit, since, calendar)
    if not is_working(limit):
        return f"{limit}，自 {day_text(since)} 起连续计时，{day_text(due)} 到期"
    days = "；".join(_day_words(calendar, since, due))
    hours = hour_words(total_s(limit))
    return f"{limit}（{hours}班内时间），自 {day_text(since)} 起：{days}；{day_text(due)} 到期"


def working_of(clock: Running, calendar: WorkCalendar) -> str:
    """How the deadline of a clock that runs comes about: after pauses and extensions, too.

    The deadline told is the one that was kept; where the calendar has changed since and would give another
    one, that is said, and the deadline stays.
    """
    since, due = clock.run_since, clock.due_at
    if since is None or due is None:
        return str(clock.limit)
    again = _after(clock.limit, since, total_s(clock.limit) - clock.used_s, calendar)
    kept = "" if again == due else f"（此后日历有改动，按现行日历为 {day_text(again)}；期限不变）"
    if not clock.used_s and since == clock.started_at and not kept:
        return working(clock.limit, since, calendar)
    before = f"，此前已用 {used_words(clock)}" if clock.used_s else ""
    longer = f"（延期 {clock.extension} 次）" if clock.extension else ""
    counted = f"：{'；'.join(_day_words(calendar, since, due))}" if is_working(clock.limit) else "连续计时"
    return f"{clock.limit}{longer}{before}，自 {day_text(since)} 起{counted}；{day_text(due)} 到期{kept}"


def _day_words(calendar: WorkCalendar, since: datetime, due: datetime) -> list[str]:
    """One phrase for each run of days that count alike."""
    counted: dict[date, float] = {}  # seconds
    for on, start, end in days_worked(calendar, since):
        if start >= due:
            break
        counted[on] = counted.get(on, 0.0) + (min(end, due) - start).total_seconds()
    first, last = city_time(since).date(), city_time(due).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    runs = groupby(days, key=lambda on: (counted.get(on, 0.0), calendar.describe(on)))
    return [_run_words(list(run), worked_s, kind) for (worked_s, kind), run in runs]


def _run_words(days: list[date], worked_s: float, kind: str) -> str:
    first, last = days[0], days[-1]
    span = f"{first.month}月{first.day}日"
    if last != first:
        span += f"至{last.month}月{last.day}日" if last.month != first.month else f"至{last.day}日"
    note = f"（{kind}）" if kind == "调休上班" else ""
    if not worked_s:
        return f"{span} {kind}不计" if kind != "工作日" else f"{span} 已下班不计"
    each = "每日" if len(days) > 1 else ""
    return f"{span}{note} {each}计 {hour_words(worked_s)}"
