"""The base map besides streets: hills, rivers, greens, parks, estates, squares, railways, buildings."""

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from gis_core.coverage import Shapes
from grid.sample_city.blocks import chance
from grid.sample_city.buildings import stand_buildings
from grid.sample_city.drawing import Ground, Texts, UnitGrids
from grid.sample_city.landscape import Landscape
from grid.sample_city.places.estates import INSIDE_M, label_estates
from grid.sample_city.plan import Floats
from grid.sample_city.valley import Noise, soften

HILL_STEP_M = 380.0


def make_ground(scape: Landscape, grids: UnitGrids) -> Ground:
    """All ground of a drawing, in the order in which a map paints it."""
    return Ground.joined(
        [
            _hills(scape),
            _greens(scape, grids),
            _estates(scape, grids),
            _waters(scape, grids),
            _squares(scape),
            _railways(scape),
            _buildings(scape, grids),
        ]
    )


def _texts(values: list[str]) -> Texts:
    return np.array(values, dtype=object)


def _waters(scape: Landscape, grids: UnitGrids) -> Ground:
    plan = scape.facts.plan
    reach = scape.land.buffer(60_000.0)
    names = [plan.main_river.name, *(r.name for r in plan.rivers)]
    ranks = [2, *(1 for _ in plan.rivers)]
    shapes = np.array([scape.main_river.intersection(reach), *scape.rivers], dtype=object)
    rivers = Ground.of("river", shapes, names=_texts(names), ranks=np.array(ranks))
    return Ground.joined([rivers, Ground.of("water", _ponds(scape, grids))])


def _ponds(scape: Landscape, grids: UnitGrids) -> Shapes:
    parks = grids.shapes[grids.land_uses == "park"]
    middles = shapely.get_coordinates(shapely.centroid(parks))
    chosen = chance(middles, scape.seed + 90) < 0.33
    parks, middles = parks[chosen], middles[chosen]
    turn = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    noise = Noise.seeded([scape.seed, 91], 90.0)
    ponds = []
    for park, middle in zip(parks, middles, strict=True):
        size = 0.26 * np.sqrt(park.area)
        ring = middle + np.column_stack([np.cos(turn) * size * 1.3, np.sin(turn) * size * 0.8])
        ring = middle + (ring - middle) * (1 + 0.35 * noise.at(ring))[:, None]
        pond = shapely.polygons(ring).buffer(0)
        if park.buffer(-12.0).contains(pond):
            ponds.append(pond)
    return np.array(ponds, dtype=object)


def _greens(scape: Landscape, grids: UnitGrids) -> Ground:
    green = grids.shapes[np.isin(grids.land_uses, ["riverside", "field", "slope"])]
    parks = grids.shapes[grids.land_uses == "park"]
    middles = shapely.get_coordinates(shapely.centroid(parks))
    names = np.full(len(parks), "", dtype=object)
    for park in scape.facts.plan.parks:
        away = np.hypot(*(middles - park.at).T)
        if len(away) and away.min() < park.radius_m:
            names[away.argmin()] = park.name
    return Ground.joined(
        [
            Ground.of("green", shapely.buffer(green, -3.0, quad_segs=2)),
            Ground.of("park", shapely.buffer(parks, -5.0, quad_segs=2), names=names),
        ]
    )


def _estates(scape: Landscape, grids: UnitGrids) -> Ground:
    homes = grids.land_uses == "residential"
    outlines = shapely.buffer(grids.shapes[homes], -INSIDE_M, quad_segs=2)
    return Ground.of("estate", outlines, names=label_estates(grids, seed=scape.seed)[homes])


def _squares(scape: Landscape) -> Ground:
    plan = scape.facts.plan
    station = shapely.box(-110, -75, 110, -12)
    government = shapely.box(-90, -190, 90, -40)
    shapes = [
        shapely.transform(station, lambda p: p + plan.station),
        shapely.transform(government, lambda p: p + plan.government),
    ]
    return Ground.of(
        "square", np.array(shapes, dtype=object), names=_texts(["宝鸡站站前广场", "行政中心广场"])
    )


def _railways(scape: Landscape) -> Ground:
    names = _texts([r.name for r in scape.facts.plan.railways])
    return Ground.of("railway", scape.railways, names=names)


def _buildings(scape: Landscape, grids: UnitGrids) -> Ground:
    shapes, storeys = stand_buildings(grids.shapes, grids.land_uses, seed=scape.seed)
    rails = shapely.buffer(scape.railways, 14.0, cap_style="flat")
    in_the_way = np.unique(shapely.STRtree(shapes).query(rails, predicate="intersects")[1])
    free = np.ones(len(shapes), dtype=bool)
    free[in_the_way] = False
    return Ground.of("building", shapes[free], ranks=storeys[free])


def _hills(scape: Landscape) -> Ground:
    """Soft shapes of higher and higher ground: the tableland in the north, the mountains in the south."""
    west, south, east, north = scape.land.bounds
    reach = shapely.box(west - 26_000, south - 9_000, east + 34_000, north + 14_000)
    floor = valley_floor(scape)
    low = reach.difference(shapely.union_all([floor, *shapely.buffer(_courses(scape), 170.0)]))
    xs, ys = (
        np.arange(start, stop, HILL_STEP_M)
        for start, stop in zip(reach.bounds[:2], reach.bounds[2:], strict=True)
    )
    points = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    height = heights_above_floor(points, floor, scape)
    shapes: list[BaseGeometry] = list(shapely.get_parts(low))
    ranks = [1] * len(shapes)
    for rank, level in enumerate((300.0, 640.0, 980.0), start=2):
        high = points[height > level]
        boxes = shapely.box(high[:, 0], high[:, 1], high[:, 0] + HILL_STEP_M, high[:, 1] + HILL_STEP_M)
        parts = shapely.get_parts(shapely.coverage_union_all(boxes))
        shapes += [_softened(part) for part in parts if part.area > 900_000.0]
        ranks += [rank] * (len(shapes) - len(ranks))
    return Ground.of("hill", np.array(shapes, dtype=object), ranks=np.array(ranks))


def _courses(scape: Landscape) -> Shapes:
    lines = [scape.main_river_line, *(soften(r.points) for r in scape.facts.plan.rivers)]
    return np.array([LineString(line).simplify(40.0) for line in lines], dtype=object)


def valley_floor(scape: Landscape) -> BaseGeometry:
    """The frame and the valleys that go on beyond it: downstream, and along rivers outside the districts."""
    plan = scape.facts.plan
    line = scape.main_river_line
    down = LineString(line[line[:, 0] > plan.axis_to_m - 1500]).buffer(2_600.0)
    up = LineString(line[line[:, 0] < plan.axis_from_m + 800]).buffer(420.0)
    beyond = [LineString(soften(r.points)).buffer(1_500.0) for r in plan.rivers if r.is_outside]
    return shapely.union_all([scape.frame.buffer(25.0), down, up, *beyond]).simplify(15.0)


def _softened(part: BaseGeometry) -> BaseGeometry:
    part = shapely.simplify(part, HILL_STEP_M * 0.75)
    rings = [shapely.get_coordinates(ring)[:-1] for ring in shapely.get_rings(part)]
    rings = [soften(ring, closed=True, rounds=2) for ring in rings if len(ring) >= 3]
    return Polygon(rings[0], rings[1:]).buffer(0)


def heights_above_floor(points: Floats, floor: BaseGeometry, scape: Landscape) -> Floats:
    """Metres above the valley's floor: imagined, rising away from it and falling to the streams."""
    places = shapely.points(points)
    away = shapely.distance(floor.simplify(60.0), places)
    stream = shapely.distance(places, shapely.union_all(_courses(scape)))
    ridges = 1.0 - np.abs(Noise.seeded([scape.seed, 92], 5200.0).at(points)) * 2.2
    spurs = 1.0 - np.abs(Noise.seeded([scape.seed, 94], 2300.0).at(points)) * 2.2
    rough = Noise.seeded([scape.seed, 93], 1500.0).at(points)
    cut = np.clip(stream / 2_400.0, 0.1, 1.0)
    mountain = 80 + away * 0.052 + ridges * 230 + spurs * 130 + rough * 40
    far = np.clip(away - 7_000, 0, None)
    tableland = (
        np.clip(away * 0.4, 0, 190) + ridges * 45 + far * 0.045 + np.clip(far, 0, 2500) / 2500 * spurs * 110
    )
    north_of = scape.side_of_river(points)
    blend = np.clip(north_of / 1_500.0 + 0.5, 0, 1)
    return (mountain * (1 - blend) + tableland * blend) * cut
