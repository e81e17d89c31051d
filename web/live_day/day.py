"""What is reported in the course of a day, drawn by seed: how much at which hour, of what, seen by whom."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cases.sample_cases.habits import HABITS, HOURS, Habit

SEEN_BY_INSPECTORS = 0.62
"""The share of reports that come from the street; the rest are calls. Assumed."""

By = Literal["inspector", "caller"]


@dataclass(frozen=True, slots=True)
class Report:
    """Something that will be reported: when, in seconds of the day from midnight, of what, by whom."""

    at_s: float
    habit: Habit
    words: str
    by: By


def draw_day(
    *, reports: int, month: int, hours: tuple[float, float], seed: int, types: Sequence[tuple[str, str]]
) -> list[Report]:
    """The reports between two hours of a day that has so many of them in all, in the order of time.

    `types` are kinds and codes that the city has; what others have a habit of is left out.

    >>> day = draw_day(reports=500, month=7, hours=(8, 9), seed=1, types=[("matter", "06010")])
    >>> all(8 * 3600 <= one.at_s < 9 * 3600 for one in day), day[0].habit.type_code
    (True, '06010')
    """
    lots = random.Random(seed)  # noqa: S311  # a play, no secret
    known = [habit for habit in HABITS if (habit.kind, habit.type_code) in set(types)]
    weights = [habit.weight * _of_season(habit, month) for habit in known]
    if not known or not sum(weights):
        return []
    drawn = (_draw(lots, lots.choices(known, weights)[0]) for _ in range(reports))
    first_s, end_s = hours[0] * 3600, hours[1] * 3600
    return sorted((one for one in drawn if first_s <= one.at_s < end_s), key=lambda one: one.at_s)


def _draw(lots: random.Random, habit: Habit) -> Report:
    hour = lots.choices(range(24), HOURS[habit.hours])[0]
    by: By = "inspector" if lots.random() < SEEN_BY_INSPECTORS else "caller"
    return Report((hour + lots.random()) * 3600, habit, lots.choice(habit.words), by)


def _of_season(habit: Habit, month: int) -> float:
    if not habit.season:
        return 1.0
    return habit.boost if month in habit.season else habit.out_of_season
