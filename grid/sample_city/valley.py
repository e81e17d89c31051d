"""The lie of the valley: coordinates that follow the main river, smooth noise, and soft curves.

A place is said as (easting along the axis, t across it, north positive), both in metres. Near the
river the coordinate lines follow its bends; towards the valley's edges they straighten.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from shapely import Polygon

from gis_core.places import GRAIN_PER_M
from grid.sample_city.plan import Floats, Plan

Ints = NDArray[np.int64]
STEP_M = 20.0
LEVELS_M = np.array([0.0, 300.0, 700.0, 1300.0, 2200.0, 3600.0])
SMOOTHING_M = np.array([260.0, 420.0, 800.0, 1500.0, 2500.0, 3600.0])


@dataclass(frozen=True, slots=True)
class Noise:
    """Smooth noise in [-1, 1] over the plane: a few sine waves of seeded direction and phase."""

    wave_numbers: Floats  # (k, 2), per metre
    phases: Floats

    @staticmethod
    def seeded(seed: list[int], wavelength_m: float, *, waves: int = 7) -> "Noise":
        """Noise whose features are about half of `wavelength_m` across."""
        rng = np.random.default_rng(seed)
        angle = rng.uniform(0, 2 * np.pi, waves)
        number = 2 * np.pi / (wavelength_m * rng.uniform(0.6, 1.7, waves))
        return Noise(
            np.column_stack([np.cos(angle) * number, np.sin(angle) * number]),
            rng.uniform(0, 2 * np.pi, waves),
        )

    def at(self, points: Floats) -> Floats:
        """Values at plane points (n, 2)."""
        turns = points @ self.wave_numbers.T + self.phases
        return np.asarray(np.sin(turns).sum(axis=1) / np.sqrt(4.0 * len(self.phases)) * 1.4)


@dataclass(frozen=True, slots=True)
class Valley:
    """The coordinates that follow the river, with a little noise so that nothing is ruled."""

    eastings_m: Floats
    northings_m: Floats  # (levels, n): the axis smoothed for each distance from it
    slope: Floats  # of the smoothest axis: makes cross streets stand nearly square on it
    wobble_east: Noise
    wobble_north: Noise

    def to_plane(self, along_m: Floats, across_m: Floats) -> Floats:
        """Plane points (n, 2) of places said along and across the river."""
        place = np.clip((along_m - self.eastings_m[0]) / STEP_M, 0, len(self.eastings_m) - 1.001)
        column = place.astype(np.int64)
        part = place - column
        distance = np.clip(np.abs(across_m), LEVELS_M[0], LEVELS_M[-1] - 1e-6)
        row = np.searchsorted(LEVELS_M, distance, side="right") - 1
        depth = (distance - LEVELS_M[row]) / (LEVELS_M[row + 1] - LEVELS_M[row])

        def level(r: Ints) -> Floats:
            here, next_one = self.northings_m[r, column], self.northings_m[r, column + 1]
            return np.asarray(here * (1 - part) + next_one * part)

        base = level(row) * (1 - depth) + level(row + 1) * depth
        slope = self.slope[column] * (1 - part) + self.slope[column + 1] * part
        points = np.column_stack([along_m - 0.7 * slope * across_m, base + across_m])
        strength = np.clip((np.abs(across_m) - 150) / 500, 0, 1) * 34.0
        points[:, 0] += self.wobble_east.at(points) * strength
        points[:, 1] += self.wobble_north.at(points) * strength
        return points


def make_valley(plan: Plan, seed: int) -> Valley:
    """The coordinates of this plan's main river."""
    eastings = np.arange(plan.axis_from_m - 3000, plan.axis_to_m + 3000, STEP_M)
    course = plan.main_river.points[plan.main_river.points[:, 0] > plan.axis_from_m - 2500]
    axis = np.interp(eastings, course[:, 0], course[:, 1])
    levels = np.stack([gaussian_filter1d(axis, s / STEP_M, mode="nearest") for s in SMOOTHING_M])
    return Valley(
        eastings,
        levels,
        np.gradient(levels[-2], STEP_M),
        Noise.seeded([seed, 11], 1500.0),
        Noise.seeded([seed, 12], 1300.0),
    )


def soften(points: Floats, *, rounds: int = 3, closed: bool = False) -> Floats:
    """Cut the corners of a polyline (Chaikin), `rounds` times; ends stay where they are."""
    for _ in range(rounds):
        start, stop = (points, np.roll(points, -1, axis=0)) if closed else (points[:-1], points[1:])
        cut = np.stack([0.75 * start + 0.25 * stop, 0.25 * start + 0.75 * stop], axis=1).reshape(-1, 2)
        points = cut if closed else np.vstack([points[:1], cut, points[-1:]])
    return points


def to_grain_array(points: Floats) -> Floats:
    """Plane coordinates rounded to the stored grain of 2^-10 m."""
    return np.round(points * GRAIN_PER_M) / GRAIN_PER_M


def main_river_line(plan: Plan, valley: Valley) -> Floats:
    """The middle of the main river: the axis inside the valley, the plan's course outside it."""
    inside = np.arange(plan.axis_from_m, plan.axis_to_m, 60.0)
    middle = np.column_stack([inside, np.interp(inside, valley.eastings_m, valley.northings_m[0])])
    course = plan.main_river.points
    before = course[course[:, 0] < plan.axis_from_m - 300]
    after = course[course[:, 0] > plan.axis_to_m + 300]
    return np.vstack(
        [soften(np.vstack([before, middle[:1]])), middle[1:-1], soften(np.vstack([middle[-1:], after]))]
    )


def main_river_shape(plan: Plan, valley: Valley, seed: int) -> Polygon:
    """The water of the main river, with banks that swell and narrow a little."""
    middle = shapely.get_coordinates(
        shapely.segmentize(shapely.linestrings(main_river_line(plan, valley)), 80.0)
    )
    forward = np.gradient(middle, axis=0)
    normal = np.column_stack([-forward[:, 1], forward[:, 0]]) / np.hypot(*forward.T)[:, None]
    half = np.interp(middle[:, 0], plan.half_width_m[:, 0], plan.half_width_m[:, 1])
    sides = [
        middle + sign * normal * (half * (1 + 0.16 * Noise.seeded([seed, 20 + k], 900.0).at(middle)))[:, None]
        for k, sign in enumerate((1.0, -1.0))
    ]
    ring = Polygon(np.vstack([sides[0], sides[1][::-1]])).buffer(0)
    return max(shapely.get_parts(ring), key=shapely.area)  # type: ignore[no-any-return]
