"""Spans of days that are evaluated: a day, a week from Monday, a month, a quarter, a year; city days."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from gis_core.errors import BadInput

PeriodKind = Literal["day", "week", "month", "quarter", "year"]
PERIOD_NAMES: dict[PeriodKind, str] = {
    "day": "日",
    "week": "周",
    "month": "月",
    "quarter": "季",
    "year": "年",
}
DAYS_A_MONTH = 30.4375
"""A mean month: limits of bands are for a month."""
_KEYS: dict[PeriodKind, str] = {
    "day": r"(\d{4})-(\d\d)-(\d\d)",
    "week": r"(\d{4})-W(\d\d)",
    "month": r"(\d{4})-(\d\d)",
    "quarter": r"(\d{4})-Q([1-4])",
    "year": r"(\d{4})",
}


class BadPeriod(BadInput):
    """A period that no calendar has."""

    code = "bad_period"


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days, `first` and `last` included."""

    kind: PeriodKind
    first: date
    last: date

    @classmethod
    def holding(cls, kind: PeriodKind, on: date) -> "Period":
        """The period of a kind that a day lies in.

        >>> Period.holding("quarter", date(2026, 11, 20)).key
        '2026-Q4'
        """
        match kind:
            case "day":
                return cls(kind, on, on)
            case "week":
                monday = on - timedelta(days=on.weekday())
                return cls(kind, monday, monday + timedelta(days=6))
            case "month":
                return cls(kind, on.replace(day=1), _month_end(on.year, on.month))
            case "quarter":
                month = (on.month - 1) // 3 * 3 + 1
                return cls(kind, date(on.year, month, 1), _month_end(on.year, month + 2))
            case "year":
                return cls(kind, date(on.year, 1, 1), date(on.year, 12, 31))

    @classmethod
    def parse(cls, key: str) -> "Period":
        """The period of a key such as `2026-11-20`, `2026-W47`, `2026-11`, `2026-Q4` or `2026`.

        >>> Period.parse("2026-W47").first
        datetime.date(2026, 11, 16)

        :raises BadPeriod: when there is none.
        """
        for kind, pattern in _KEYS.items():
            found = re.fullmatch(pattern, key, re.ASCII)
            if found is None:
                continue
            try:
                return cls.holding(kind, _first_day(kind, [int(part) for part in found.groups()]))
            except (ValueError, OverflowError):
                break
        raise BadPeriod("时段应写成 2026-11-20、2026-W47、2026-11、2026-Q4 或 2026，请重新选择。")

    @property
    def key(self) -> str:
        """The period as addresses have it."""
        on = self.first
        match self.kind:
            case "day":
                return on.isoformat()
            case "week":
                year, week, _ = on.isocalendar()
                return f"{year}-W{week:02d}"
            case "month":
                return f"{on:%Y-%m}"
            case "quarter":
                return f"{on.year}-Q{(on.month + 2) // 3}"
            case "year":
                return f"{on.year}"

    @property
    def name(self) -> str:
        """The period as people say it in Chinese.

        >>> Period.parse("2026-W47").name, Period.parse("2026-Q4").name
        ('2026年第47周', '2026年第4季度')
        """
        on = self.first
        match self.kind:
            case "day":
                return f"{on.year}年{on.month}月{on.day}日"
            case "week":
                year, week, _ = on.isocalendar()
                return f"{year}年第{week}周"
            case "month":
                return f"{on.year}年{on.month}月"
            case "quarter":
                return f"{on.year}年第{(on.month + 2) // 3}季度"
            case "year":
                return f"{on.year}年"

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def before(self) -> "Period":
        """The period before it, of the same kind."""
        return Period.holding(self.kind, self.first - timedelta(days=1))

    def after(self) -> "Period":
        """The period after it, of the same kind."""
        return Period.holding(self.kind, self.last + timedelta(days=1))

    def until(self, on: date) -> "Period":
        """The part of it that lies before `on` or on it; at least its first day."""
        return Period(self.kind, self.first, max(self.first, min(self.last, on)))


def months_of(period: Period) -> float:
    """How many months a span counts for bands: never less than one, so that no day is taken for thirty."""
    return max(1.0, period.days / DAYS_A_MONTH)


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _first_day(kind: PeriodKind, parts: list[int]) -> date:
    match kind:
        case "day":
            return date(*parts)
        case "week":
            return date.fromisocalendar(parts[0], parts[1], 1)
        case "month":
            return date(parts[0], parts[1], 1)
        case "quarter":
            return date(parts[0], 3 * parts[1] - 2, 1)
        case "year":
            return date(parts[0], 1, 1)
