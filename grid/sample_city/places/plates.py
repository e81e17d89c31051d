"""Door plates along named streets: where a building fronts one, about every twenty metres.

The convention, stated once: numbers rise the way a street is numbered (west to east, south to north); odd
ones stand on the north or west side, even ones on the south or east side; each next door is two more, now and
then four. A number belongs to a stretch of the street whether a building stands there or not, so that numbers
between two plates lie between them, and numbers without a building are missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import shapely
from numpy.typing import NDArray

from gis_core.coverage import Ints, Shapes
from gis_core.geocoding.gazetteer import PlaceKind
from grid.sample_city.drawing import Texts, UnitGrids
from grid.sample_city.places.named_streets import NamedStreets
from grid.sample_city.places.sites import Site, grids_at
from grid.sample_city.places.standing import Standing
from grid.sample_city.plan import Floats

DOOR_M = (15.0, 27.0)
"""Length of the stretch that a number stands for, metres."""
REACH_M = 30.0
"""How far from the kerb a building may stand that has its number from the street."""
KERB_M = 2.5
YARD_M = 5.0
"""Where a thing stands that has no building behind it, metres behind the kerb."""
SKIPPED = 0.06
WITH_SECOND = 0.03
WITH_FIRST = 0.008
SECOND_M = 5.0


@dataclass(frozen=True, slots=True)
class Stretches:
    """Stretches of streets that have a number each, and the door that stands there, if any.

    `main` is the stretch a second plate (155-1, 甲155) depends on, otherwise the stretch itself. `is_built`
    says whether the ground beside it is built up, drawn or not; `grid` is the drawn unit grid at the kerb, -1
    for none, `building` the building of that grid which fronts the street, -1 for none. Without one, `doors`
    are a few metres behind the kerb.
    """

    street: Ints
    along_m: Floats
    is_left: NDArray[np.bool_]
    numbers: Texts
    main: Ints
    is_built: NDArray[np.bool_]
    grid: Ints
    building: Ints
    doors: Floats

    def __len__(self) -> int:
        return len(self.street)

    @property
    def has_door(self) -> NDArray[np.bool_]:
        """Where a plate hangs."""
        return (self.building >= 0) & (self.building[self.main] >= 0)


def number_stretches(
    streets: NamedStreets, standing: Standing, grids: UnitGrids, *, built_up: Shapes, seed: int
) -> Stretches:
    """All stretches of all named streets with the doors that front them."""
    street, along, is_left, numbers, main = _planned(streets, seed)
    middle, ahead, is_there = streets.at(street, along)
    outward = np.column_stack([-ahead[:, 1], ahead[:, 0]]) * np.where(is_left, 1.0, -1.0)[:, None]
    half = streets.widths_m[street] / 2
    kerbs = middle + outward * (half + KERB_M)[:, None]
    grid = np.where(is_there, grids_at(grids, kerbs), -1)
    building = np.full(len(street), -1, dtype=np.int64)
    behind_m = np.full(len(street), YARD_M)
    asked = np.flatnonzero(grid >= 0)
    building[asked], away = _first_behind(kerbs[asked], outward[asked], grid[asked], standing)
    behind_m[asked] = np.where(building[asked] >= 0, away, YARD_M)
    doors = kerbs + outward * behind_m[:, None]
    is_built = np.zeros(len(street), dtype=bool)
    is_built[
        shapely.STRtree(np.asarray(shapely.points(kerbs))).query(built_up, predicate="intersects")[1]
    ] = True
    return Stretches(street, along, is_left, numbers, main, is_built & is_there, grid, building, doors)


def _planned(streets: NamedStreets, seed: int) -> tuple[Ints, Floats, NDArray[np.bool_], Texts, Ints]:
    """Numbers of every side of every street by distance, from the street's name and length alone."""
    parts: list[tuple[Ints, Floats, NDArray[np.bool_], list[str], Ints]] = []
    done = 0
    for street, (name, length_m) in enumerate(zip(streets.names, streets.lengths_m, strict=True)):
        for side in (0, 1):
            rng = np.random.default_rng([seed, 400, crc32(name.encode()), side])
            step = rng.uniform(*DOOR_M, int(length_m / DOOR_M[0]) + 1)
            along = np.cumsum(step) - step / 2
            skipped = np.cumsum(rng.random(len(step)) < SKIPPED)
            second, first = rng.random(len(step)) < WITH_SECOND, rng.random(len(step)) < WITH_FIRST
            within = along < length_m
            count = int(within.sum())
            plain = 1 + side + 2 * (np.arange(count) + skipped[:count])
            more, before = np.flatnonzero(second[:count]), np.flatnonzero(first[:count])
            place = np.concatenate([along[:count], along[more] + SECOND_M, along[before] - SECOND_M])
            numbers = [f"{n}" for n in plain]
            numbers += [f"{plain[k]}-1" for k in more] + [f"甲{plain[k]}" for k in before]
            main = np.concatenate([np.arange(count), more, before]) + done
            total = len(place)
            parts.append((np.full(total, street), place, np.full(total, side == 0), numbers, main))
            done += total
    return (
        np.concatenate([p[0] for p in parts]),
        np.concatenate([p[1] for p in parts]),
        np.concatenate([p[2] for p in parts]),
        np.array([number for p in parts for number in p[3]], dtype=object),
        np.concatenate([p[4] for p in parts]),
    )


def _first_behind(kerbs: Floats, outward: Floats, grid: Ints, standing: Standing) -> tuple[Ints, Floats]:
    """For each place at the kerb the first building straight behind it and how far; only of its own grid."""
    rays = np.asarray(shapely.linestrings(np.stack([kerbs, kerbs + outward * REACH_M], axis=1)))
    ray, building = shapely.STRtree(standing.shapes).query(rays, predicate="intersects")
    own = standing.grid[building] == grid[ray]
    ray, building = ray[own], building[own]
    hit = shapely.intersection(rays[ray], standing.shapes[building])
    away = shapely.distance(shapely.points(kerbs[ray]), hit)
    order = np.lexsort((away, ray))
    ray, building, away = ray[order], building[order], away[order]
    first = np.r_[True, np.diff(ray) != 0][: len(ray)]
    found, distance = np.full(len(kerbs), -1, dtype=np.int64), np.zeros(len(kerbs))
    found[ray[first]], distance[ray[first]] = building[first], away[first]
    return found, distance


def street_plates(stretches: Stretches, streets: NamedStreets) -> Iterator[Site]:
    """The plates: street and number, at the door."""
    for k in np.flatnonzero(stretches.has_door).tolist():
        street, number = streets.names[stretches.street[k]], stretches.numbers[k]
        east, north = stretches.doors[k]
        yield Site(PlaceKind.DOOR_PLATE, f"{street}{number}号", east, north, street=street, number=number)
