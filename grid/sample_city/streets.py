"""Street lines: those of the plan laid over the valley, and room for the lanes that divide blocks."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from grid.sample_city.plan import Floats, Plan, PlannedStreet
from grid.sample_city.valley import Noise, Valley, soften, to_grain_array

WIDTHS_M = {"expressway": 34.0, "arterial": 30.0, "collector": 18.0, "local": 11.0, "lane": 6.0}
RANKS: tuple[str, ...] = ("expressway", "arterial", "collector", "local", "lane")


@dataclass(frozen=True, slots=True)
class Streets:
    """Centre lines with name (empty for none) and rank."""

    lines: NDArray[np.object_]
    names: NDArray[np.object_]
    ranks: NDArray[np.object_]

    @property
    def widths_m(self) -> Floats:
        """Width from kerb to kerb, by rank."""
        return np.array([WIDTHS_M[rank] for rank in self.ranks], dtype=np.float64)

    def take(self, which: NDArray[np.bool_]) -> "Streets":
        """Only some of them."""
        return Streets(self.lines[which], self.names[which], self.ranks[which])

    @staticmethod
    def joined(parts: "list[Streets]") -> "Streets":
        """All of several lists, in order."""
        return Streets(
            np.concatenate([p.lines for p in parts]),
            np.concatenate([p.names for p in parts]),
            np.concatenate([p.ranks for p in parts]),
        )


def lay_planned_streets(
    plan: Plan, valley: Valley, *, ground: BaseGeometry, river: BaseGeometry, seed: int
) -> Streets:
    """The plan's streets over the valley, inside `ground`, off the main river unless they cross it."""
    bank = river.buffer(12.0)
    lines: list[BaseGeometry] = []
    names: list[str] = []
    ranks: list[str] = []
    for street in plan.streets:
        line = LineString(_course(street, valley, seed=[seed, 40])).intersection(ground)
        if not _crosses_river(street):
            line = line.difference(bank)
        for part in shapely.get_parts(shapely.line_merge(line) if line.geom_type != "LineString" else line):
            if part.length > 60.0:
                lines.append(shapely.transform(part.simplify(0.6), to_grain_array))
                names.append(street.name)
                ranks.append(street.rank)
    return Streets(
        np.array(lines, dtype=object), np.array(names, dtype=object), np.array(ranks, dtype=object)
    )


def _crosses_river(street: PlannedStreet) -> bool:
    low, high = street.points[0, 1], street.points[-1, 1]
    return street.way == "across" and bool(low < 0 < high)


def _course(street: PlannedStreet, valley: Valley, *, seed: list[int]) -> Floats:
    """Plane points of a street about every 40 m, wandering a little as streets do."""
    if street.way == "free":
        return shapely.get_coordinates(shapely.segmentize(shapely.linestrings(soften(street.points)), 40.0))
    ends = street.points
    free = 1 if street.way == "across" else 0
    length = abs(ends[1, 1] - ends[0, 1]) if street.way == "across" else abs(ends[1, 0] - ends[0, 0])
    steps = np.linspace(0, 1, max(3, int(length / 40)))[:, None]
    places = ends[0] + (ends[1] - ends[0]) * steps
    # Streets of one course share their drift, so that one goes on where the other ends.
    drift = Noise.seeded(seed, 1900.0).at(np.column_stack([places[:, free], places[:, 1 - free] * 3.0]))
    places[:, 1 - free] += drift * (26.0 if street.way == "across" else 22.0)
    return valley.to_plane(places[:, 0], places[:, 1])
