"""What people in shelters need: rates by person as dated data, rounded up to what can be handed out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from emergency.rules.sheltering.sentences import HOW
from emergency.rules.sheltering.shelters import Status
from gis_core.errors import BadInput

DAYS_A_WEEK = 7


class BadNeeds(BadInput):
    """People or days below zero, or a rate that is not above it."""

    code = "bad_needs"


@dataclass(frozen=True, slots=True)
class Rate:
    """One good: `amount` for each `people` persons, once or each week.

    Rice is 2.8 kg for 1 person each week; a toilet is 1 for 20 persons once.
    """

    code: str
    name: str
    unit: str
    amount: float
    people: int
    per: Literal["once", "week"]
    status: Status
    source: str

    def __post_init__(self) -> None:
        if not (0 < self.amount < math.inf and self.people >= 1):
            raise BadNeeds(f"“{self.name}”的定额必须大于零。请检查物资定额。", code=self.code)


@dataclass(frozen=True, slots=True)
class Need:
    """How much of one good, and how that was worked out."""

    rate: Rate
    amount: float
    how: str


def needs_of(people: int, days: float, rates: Sequence[Rate]) -> tuple[Need, ...]:
    """What so many people need in so many days; pieces are rounded up to whole ones, the rest to one decimal.

    >>> water = Rate("water", "饮用水", "升", 17.5, 1, "week", "sourced", "InaSAFE")
    >>> toilets = Rate("toilets", "厕位", "个", 1, 20, "once", "sourced", "InaSAFE")
    >>> [need.amount for need in needs_of(1_289, 3, [water, toilets])]
    [9667.5, 65]
    """
    if people < 0 or not 0 <= days < math.inf:
        raise BadNeeds("人数和天数不能小于零。请改正。")
    return tuple(_need(rate, people, days) for rate in rates)


def _need(rate: Rate, people: int, days: float) -> Need:
    # In fractions, so that a whole number is never rounded up for a bit in the last place.
    weeks = Fraction(str(days)) / DAYS_A_WEEK if rate.per == "week" else Fraction(1)
    exact = Fraction(str(rate.amount)) * people / rate.people * weeks
    amount: float = math.ceil(exact) if rate.per == "once" else math.ceil(exact * 10) / 10
    told = {"people": f"{people:,}", "amount": f"{rate.amount:g}", "unit": rate.unit, "each": rate.people}
    how = HOW["need_week"] if rate.per == "week" else HOW["need_once"]
    return Need(rate, amount, how.format(**told, days=f"{days:g}"))
