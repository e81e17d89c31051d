"""What happened where and when: a year of reports as columns, drawn by seed; numpy only."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cases.sample_cases.habits import HABITS, HOURS, LOTS_OF_USE, WEEKDAYS, Habit
from gis_core.clock import CITY_ZONE, city_time

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.object_]
DAYS = 365


@dataclass(frozen=True, slots=True)
class Town:
    """The drawn city as cases need it: components and unit grids; plane metres."""

    component_codes: Texts
    component_types: Texts
    component_points: Floats
    component_grids: Ints
    component_owners: Texts  # None where unknown
    grid_codes: Texts
    grid_uses: Texts
    grid_middles: Floats


@dataclass(frozen=True)
class Happenings:
    """One row a report; `component` is -1 for matters."""

    habits: tuple[Habit, ...]
    habit: Ints
    reported_at: list[datetime]
    points: Floats
    component: Ints

    @cached_property
    def order(self) -> Ints:
        """Rows by time."""
        return np.argsort(np.array([moment.timestamp() for moment in self.reported_at]), kind="stable")


def happen(town: Town, count: int, *, seed: int, at: datetime) -> Happenings:
    """Draw `count` reports of the year before `at`, clustered in place and time as in life."""
    rng = np.random.default_rng([seed, 200])
    usable = tuple(h for h in HABITS if h.kind == "matter" or (town.component_types == h.type_code).any())
    weights = np.array([habit.weight for habit in usable])
    day, habit = _days_and_habits(usable, weights, count, rng, at)
    moments = _moments(usable, habit, day, rng, at)
    points, component = _places(usable, habit, town, rng)
    return Happenings(usable, habit, moments, points, component)


def _days_and_habits(
    habits: tuple[Habit, ...], weights: Floats, count: int, rng: np.random.Generator, at: datetime
) -> tuple[Ints, Ints]:
    """Days before `at` and what was reported: season by season, week by week, a little more each month."""
    dates = [city_time(at).date() - timedelta(days=n) for n in range(DAYS)]
    months = np.array([d.month for d in dates])
    common = np.array([WEEKDAYS[d.weekday()] for d in dates]) * np.linspace(1.08, 0.9, DAYS)
    common *= rng.lognormal(0, 0.12, DAYS)
    table = np.stack(
        [
            weight
            * common
            * np.where(
                np.isin(months, habit.season), habit.boost, habit.out_of_season if habit.season else 1.0
            )
            for habit, weight in zip(habits, weights, strict=True)
        ]
    )
    chosen = rng.choice(table.size, count, p=(table / table.sum()).ravel())
    return chosen % DAYS, chosen // DAYS


def _moments(
    habits: tuple[Habit, ...], habit: Ints, day: Ints, rng: np.random.Generator, at: datetime
) -> list[datetime]:
    hour = np.zeros(len(habit), dtype=np.int64)
    for name, profile in HOURS.items():
        mine = np.flatnonzero(np.array([h.hours == name for h in habits])[habit])
        weights = np.array(profile)
        hour[mine] = rng.choice(24, len(mine), p=weights / weights.sum())
    second = rng.integers(0, 3600, len(habit))
    today = city_time(at).replace(hour=0, minute=0, second=0, microsecond=0)
    midnights = [
        (today.replace(tzinfo=None) - timedelta(days=n)).replace(tzinfo=CITY_ZONE).astimezone(UTC)
        for n in range(DAYS + 1)
    ]
    found = []
    for d, h, s in zip(day.tolist(), hour.tolist(), second.tolist(), strict=True):
        moment = midnights[d] + timedelta(hours=h, seconds=s)
        # What would lie in the future happened a day earlier.
        found.append(moment if moment < at else moment - timedelta(days=1))
    return found


def _places(
    habits: tuple[Habit, ...], habit: Ints, town: Town, rng: np.random.Generator
) -> tuple[Floats, Ints]:
    heat = _heat(town, rng)
    points = np.zeros((len(habit), 2))
    component = np.full(len(habit), -1, dtype=np.int64)
    lot = heat[town.component_grids]
    types = town.component_types.astype(np.int64)
    for number, kind in enumerate(habits):
        mine = np.flatnonzero(habit == number)
        if kind.kind == "component":
            candidates = np.flatnonzero(types == int(kind.type_code))
        else:
            candidates = np.flatnonzero(np.isin(types, _STANDS[kind.places]))
        if len(candidates) == 0:
            candidates = np.arange(len(types))
        weights = lot[candidates]
        chosen = rng.choice(candidates, len(mine), p=weights / weights.sum())
        points[mine] = town.component_points[chosen]
        if kind.kind == "component":
            component[mine] = chosen
        else:
            points[mine] += rng.normal(0, 2.2, (len(mine), 2))
    return np.round(points * 1024) / 1024, component


_STANDS: dict[str, list[int]] = {
    "street": [4002, 1037, 3007, 3005, 2038],
    "green": [4003, 4007, 4013, 1039, 1037],
    "river": [2030, 1073, 1067, 4007, 1037],
}
"""Beside which components matters happen: at shop fronts, kerbs and lamps; in greens; at the water."""


def _heat(town: Town, rng: np.random.Generator) -> Floats:
    """How much is reported in each unit grid: by land use, by chance, and around a few markets."""
    uses = np.array([LOTS_OF_USE.get(use, 0.3) for use in town.grid_uses])
    heat = uses * rng.lognormal(0, 0.9, len(uses))
    markets = town.grid_middles[rng.choice(len(uses), max(3, len(uses) // 110), p=uses / uses.sum())]
    for market, strength in zip(markets, rng.uniform(2, 9, len(markets)), strict=True):
        away = np.hypot(*(town.grid_middles - market).T)
        heat *= 1 + strength * np.exp(-0.5 * (away / 170.0) ** 2)
    return np.asarray(heat, dtype=np.float64)
