"""Estates and groups of houses: their names, the numbers of their buildings, their gates."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis_core.geocoding.gazetteer import PlaceKind
from grid.sample_city.drawing import Texts, UnitGrids
from grid.sample_city.places.named_streets import NamedStreets
from grid.sample_city.places.plates import Stretches
from grid.sample_city.places.sites import Site, chinese_number, lots, poi, stem_of
from grid.sample_city.places.standing import Standing
from grid.sample_city.places.words import ESTATE_FIRST, ESTATE_LAST, FACTORIES
from grid.sample_city.plan import Floats

INSIDE_M = 4.5
"""How far the ground of an estate stays off the border of its unit grid."""
LABELLED = 0.4
WITH_SECOND_GATE = 0.45
COUNTED_AS_BLOCKS = 0.25
LIKE_ESTATES = ("小区", "新村", "家园", "花园", "苑", "花城", "尚居")
SIDES = (("南", 0.0, -1.0, 0.5), ("东", 1.0, 0.0, 0.75), ("西", -1.0, 0.0, 0.9), ("北", 0.0, 1.0, 1.0))
"""Sides of an estate with the direction there, and up to which lot the main gate is on it."""


def label_estates(grids: UnitGrids, *, seed: int) -> Texts:
    """A name for two fifths of the estates, else empty; the second of a name in a community is 二期."""
    first, last, named = (lots(grids.codes, seed + turn) for turn in (500, 501, 502))
    labels = np.full(len(grids), "", dtype=object)
    seen: Counter[tuple[str, str]] = Counter()
    for k in np.flatnonzero((grids.land_uses == "residential") & (named < LABELLED)).tolist():
        name = ESTATE_FIRST[int(first[k] * len(ESTATE_FIRST))] + ESTATE_LAST[int(last[k] * len(ESTATE_LAST))]
        seen[grids.community_codes[k], name] += 1
        phase = seen[grids.community_codes[k], name]
        labels[k] = name if phase == 1 else f"{name}{chinese_number(phase)}期"
    return labels


def name_blocks(
    grids: UnitGrids,
    labels: Texts,
    *,
    stretches: Stretches,
    streets: NamedStreets,
    communities: dict[str, str],
) -> Texts:
    """What people call each estate and each group of houses; empty for ground of other use.

    An estate without a name of its own is called after its lowest door plate (经二路32号院), else by turns
    after its community with a number (代家湾小区三区) and after works whose families it was built for
    (代家湾面粉厂家属院); houses around courts are groups of their village (八鱼村三组).
    """
    names = labels.copy()
    courts = _names_by_plate(stretches, streets, len(grids))
    counts: Counter[tuple[str, str]] = Counter()
    for k in np.flatnonzero(labels == "").tolist():
        use, community = grids.land_uses[k], grids.community_codes[k]
        if use not in ("residential", "courtyard"):
            continue
        counts[community, use] += 1
        number, name = counts[community, use], communities[community]
        if use == "courtyard":
            names[k] = f"{name}{chinese_number(number)}组"
        else:
            names[k] = courts.get(k) or _by_turns(name, number)
    return names


def _by_turns(community: str, number: int) -> str:
    turn = (number + 1) // 2
    if number % 2:
        return f"{_estate_of(community)}{chinese_number(turn)}区"
    trade, more = FACTORIES[(turn - 1) % len(FACTORIES)], (turn - 1) // len(FACTORIES)
    return f"{stem_of(community)}{trade}家属{f'{chinese_number(more + 1)}院' if more else '院'}"


def _estate_of(community: str) -> str:
    if community.endswith("村"):
        return f"{community.removesuffix('村')}新村"
    stem = community.removesuffix("社区")
    return stem if stem.endswith(LIKE_ESTATES) else f"{stem}小区"


def _names_by_plate(stretches: Stretches, streets: NamedStreets, count: int) -> dict[int, str]:
    plain = np.flatnonzero(stretches.has_door & (stretches.main == np.arange(len(stretches))))
    found: dict[int, str] = {}
    for k in plain.tolist():
        street, grid = streets.names[stretches.street[k]], int(stretches.grid[k])
        found.setdefault(grid, f"{street}{stretches.numbers[k]}号院")
    return found


def estate_sites(grids: UnitGrids, blocks: Texts, standing: Standing, *, seed: int) -> Iterator[Site]:
    """Every estate or group as an area, and a plate on each of its buildings in reading order."""
    yards = np.flatnonzero(blocks != "")
    outlines = shapely.buffer(grids.shapes[yards], -INSIDE_M, quad_segs=2)
    pins = shapely.get_coordinates(shapely.point_on_surface(grids.shapes[yards]))
    lot = lots(grids.codes[yards], seed + 510)
    for k, outline, pin, chance in zip(yards.tolist(), outlines, pins, lot, strict=True):
        name = blocks[k]
        area = None if outline.is_empty else outline
        yield Site(PlaceKind.BLOCK, name, float(pin[0]), float(pin[1]), area=area)
        is_group = grids.land_uses[k] == "courtyard"
        unit = "" if is_group else "栋" if chance < COUNTED_AS_BLOCKS else "号楼"
        for number, building in enumerate(standing.of_grid(k), start=1):
            east, north = standing.middles[building]
            yield Site(
                PlaceKind.DOOR_PLATE,
                f"{name}{number}{unit or '号'}",
                float(east),
                float(north),
                street=name,
                number=f"{number}{unit}",
            )


def gates(grids: UnitGrids, labels: Texts, *, seed: int) -> Iterator[Site]:
    """One gate of each estate with a name of its own, at some a second on the next side."""
    yards = np.flatnonzero(labels != "")
    pins = shapely.get_coordinates(shapely.point_on_surface(grids.shapes[yards]))
    outlines = shapely.buffer(grids.shapes[yards], -INSIDE_M, quad_segs=2)
    main, second = lots(grids.codes[yards], seed + 520), lots(grids.codes[yards], seed + 521)
    for k, pin, outline, lot, more in zip(yards.tolist(), pins, outlines, main, second, strict=True):
        side = next(n for n, (*_, up_to) in enumerate(SIDES) if lot < up_to)
        for name, east, north, _ in (SIDES[side], SIDES[(side + 1) % 4])[: 1 + (more < WITH_SECOND_GATE)]:
            gate = _edge_towards(outline, pin, np.array([east, north]))
            if gate is not None:
                yield poi(f"{labels[k]}{name}门", "gate", gate)


def _edge_towards(outline: BaseGeometry, pin: Floats, way: Floats) -> Floats | None:
    """The last point of an area on the way from a point in it."""
    inside = shapely.intersection(shapely.linestrings([pin, pin + way * 2_000.0]), outline)
    corners = shapely.get_coordinates(inside)
    if len(corners) == 0:
        return None
    return np.asarray(corners[((corners - pin) @ way).argmax()])
