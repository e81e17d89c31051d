"""Which area a drawn face belongs to: the nearest seat, the street that a community is named for."""

import numpy as np
import shapely
from scipy.optimize import linear_sum_assignment

from gis_core.coverage import Ints, Shapes
from grid.sample_city.plan import Floats


def nearest_seat(middles: Floats, sides: Floats, seats: Floats, seat_sides: Floats) -> tuple[Ints, Floats]:
    """For each face the seat it belongs to and how far it is; the far bank counts as three times as far."""
    away = np.hypot(middles[:, None, 0] - seats[None, :, 0], middles[:, None, 1] - seats[None, :, 1])
    away *= np.where(sides[:, None] * seat_sides[None, :] < 0, 3.0, 1.0)
    best = away.argmin(axis=1)
    return best, away[np.arange(len(middles)), best]


def name_for_streets(middles: Floats, names: list[str], streets: dict[str, Shapes]) -> Ints:
    """Which name suits which place: a community named for a street lies on it; 东 西 南 北 are heeded."""
    cost = np.full((len(middles), len(names)), 900.0)
    points = shapely.points(middles)
    for column, name in enumerate(names):
        street = next(
            (s for s in sorted(streets, key=len, reverse=True) if s and s.removesuffix("路") in name), None
        )
        if street is None:
            continue
        line = shapely.union_all(streets[street])
        cost[:, column] = shapely.distance(points, line)
        rest = name.split(street, 1)[-1][:2]
        middle = shapely.get_coordinates(line.centroid)[0]
        for sign, axis, mark in ((-1, 0, "东"), (1, 0, "西"), (1, 1, "南"), (-1, 1, "北")):
            if mark in rest:
                cost[:, column] += sign * 0.5 * (middles[:, axis] - middle[axis])
    _, chosen = linear_sum_assignment(cost)
    return np.asarray(chosen, dtype=np.int64)
