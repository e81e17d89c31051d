"""What people who were moved need: amounts per person and week, as data with a source."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from emergency.rules.effects.checks import need


class Need(BaseModel):
    """A row of `needs.yaml`: an amount per person and week, or one unit for so many persons."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    name: str
    unit: str
    per_person_week: float | None = Field(default=None, gt=0)
    persons_per_unit: float | None = Field(default=None, gt=0)
    is_used_up: bool = False
    status: Literal["sourced", "recalled", "assumed"]
    source: str

    @model_validator(mode="after")
    def _one_of_two(self) -> "Need":
        if (self.per_person_week is None) == (self.persons_per_unit is None):
            raise ValueError("per_person_week 与 persons_per_unit 须且只须填一个")
        return self


@dataclass(frozen=True, slots=True)
class Needed:
    """How much of something so many people need for so many weeks."""

    need: Need
    amount: float


def needs_of(people: float, needs: Sequence[Need], *, weeks: float = 1.0) -> tuple[Needed, ...]:
    """Amounts for people and weeks; units are whole, and what lasts is needed once.

    :raises BadEffectNumber: for a negative number of people, or no time.

    >>> rice = Need(code="rice", name="大米", unit="千克", per_person_week=2.8, status="sourced", source="例")
    >>> needs_of(100.0, [rice])[0].amount
    280.0
    """
    need(people, "人数", low=0.0, high=1e8, unit="人")
    need(weeks, "周数", low=0.01, high=520.0, unit="周")
    return tuple(Needed(one, _amount(one, people, weeks)) for one in needs)


def _amount(one: Need, people: float, weeks: float) -> float:
    if one.per_person_week is not None:
        return round(people * one.per_person_week * weeks, 6)
    lots = people / (one.persons_per_unit or 1.0) * (weeks if one.is_used_up else 1.0)
    return float(ceil(round(lots, 9)))
