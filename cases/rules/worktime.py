"""Two kinds of time: the continuous clock, and the shift clock with seasons, holidays and make-up days.

Hours of work are counted to the second inside shifts on working days. A working day as a limit is eight
shift hours from the exact start (2 工作日 are 16 shift hours), whatever the length of the day's shifts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import cast

from gis_core.clock import CITY_ZONE, city_time
from gis_core.errors import BadInput, Refused
from grid.rules.criteria import Limit, LimitUnit

UNIT_SECONDS: Mapping[str, int] = {
    "clock_minute": 60,
    "clock_hour": 3_600,
    "clock_day": 86_400,
    "natural_day": 86_400,
    "working_hour": 3_600,
    "working_day": 8 * 3_600,
}
WORKING_UNITS = ("working_hour", "working_day")
LONGEST_LIMIT_S = 366 * 86_400
WEEKDAYS = "一二三四五六日"


class CalendarMissing(Refused):
    """The State Council's notice for a year has not been entered, so its working days are unknown."""

    code = "calendar_missing"


class BadLimit(BadInput):
    """A limit of nothing, of more than a year, or in a unit that the city does not count in."""

    code = "bad_limit"


def total_s(limit: Limit) -> int:
    """The length of a limit in seconds of its own clock.

    >>> total_s(Limit(2, "working_day"))
    57600
    """
    return limit.value * UNIT_SECONDS[limit.unit]


def is_working(limit: Limit) -> bool:
    """Whether the limit is counted on the shift clock."""
    return limit.unit in WORKING_UNITS


def read_limit(value: int, unit: str) -> Limit:
    """A limit as somebody typed it; raises BadLimit."""
    seconds = value * UNIT_SECONDS.get(unit, 0)
    if not 0 < seconds <= LONGEST_LIMIT_S:
        raise BadLimit("处置时限须为大于零、不超过一年的整数，单位从列表中选择。")
    return Limit(value, cast(LimitUnit, unit))


@dataclass(frozen=True, slots=True)
class Shift:
    """The hours of work of a season; `first` and `last` are (month, day), included, and may wrap the year."""

    first: tuple[int, int]
    last: tuple[int, int]
    spans: tuple[tuple[time, time], ...]
    in_force_from: date = date.min

    def holds_on(self, on: date) -> bool:
        """Whether the season includes this day."""
        day = (on.month, on.day)
        if on < self.in_force_from:
            return False
        if self.first <= self.last:
            return self.first <= day <= self.last
        return day >= self.first or day <= self.last


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Holidays and make-up days of the years whose notice is known, and the shifts of the city."""

    holidays: frozenset[date]
    make_up_days: frozenset[date]
    years: frozenset[int]
    shifts: tuple[Shift, ...]
    version: str
    _spans: dict[date, tuple[tuple[datetime, datetime], ...]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def is_working_day(self, on: date) -> bool:
        """Whether people work on this day; raises CalendarMissing for a year without a notice."""
        if on.year not in self.years:
            raise CalendarMissing(
                f"缺少 {on.year} 年的工作日历，无法计算工作时限。请按国务院办公厅当年放假通知编制"
                f" data/calendars/cn-{on.year}.yaml，并在城市目录的 city.yaml 中登记。",
                year=on.year,
            )
        if on in self.make_up_days:
            return True
        return on.weekday() < 5 and on not in self.holidays

    def spans(self, on: date) -> tuple[tuple[datetime, datetime], ...]:
        """The shifts of one day as moments in UTC; empty on a day off."""
        known = self._spans.get(on)
        if known is None:
            known = self._spans[on] = self._find_spans(on)
        return known

    def _find_spans(self, on: date) -> tuple[tuple[datetime, datetime], ...]:
        if not self.is_working_day(on):
            return ()
        shifts = [s for s in self.shifts if s.holds_on(on)]
        if not shifts:
            raise CalendarMissing(f"{on} 没有规定作息时间，请在 city.yaml 的班次（shifts）中补充。", on=on)
        shift = max(shifts, key=lambda s: s.in_force_from)
        return tuple((_moment(on, start), _moment(on, end)) for start, end in shift.spans)

    def describe(self, on: date) -> str:
        """Why people work on this day or not, in Chinese.

        >>> WorkCalendar(frozenset(), frozenset(), frozenset({2026}), (), "").describe(date(2026, 11, 21))
        '周末'
        """
        if on in self.make_up_days:
            return "调休上班"
        if on in self.holidays:
            return "节假日"
        return "周末" if on.weekday() >= 5 else "工作日"


def _moment(on: date, clock: time) -> datetime:
    return datetime.combine(on, clock, tzinfo=CITY_ZONE).astimezone(UTC)


LONGEST_DAYS = 3_660
"""No limit of the city reaches ten years; the walk over days ends here rather than never."""


def days_worked(calendar: WorkCalendar, since: datetime) -> Iterator[tuple[date, datetime, datetime]]:
    """Every stretch of work from `since` on: the day, its start and its end, in order, in UTC."""
    on = city_time(since).date()
    for day in (on + timedelta(days=n) for n in range(LONGEST_DAYS)):
        for start, end in calendar.spans(day):
            if end > since:
                yield day, max(start, since), end


def add_working(calendar: WorkCalendar, since: datetime, seconds: float) -> datetime:
    """The earliest moment at which `seconds` of shift time have passed since `since`.

    Nothing to work off answers `since` itself; a limit that ends with the shift is due at the shift's end,
    not at the next morning. Raises CalendarMissing.
    """
    left = seconds
    if left <= 0:
        return since
    for _, start, end in days_worked(calendar, since):
        stretch = (end - start).total_seconds()
        if stretch >= left:
            return start + timedelta(seconds=left)
        left -= stretch
    raise CalendarMissing("十年之内工作时间不足以用完该时限，请检查工作日历与班次。")


def working_s(calendar: WorkCalendar, since: datetime, until: datetime) -> float:
    """Seconds of shift time between two moments; 0 when `until` is not later."""
    total = 0.0
    if until <= since:
        return total
    for _, start, end in days_worked(calendar, since):
        if start >= until:
            break
        total += (min(end, until) - start).total_seconds()
    return total


def day_text(moment: datetime) -> str:
    """A moment as desks read it, in city time.

    >>> day_text(datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
    '11月20日 周五 17:30'
    """
    local = city_time(moment)
    return f"{local.month}月{local.day}日 周{WEEKDAYS[local.weekday()]} {local:%H:%M}"
