"""Drawing a city, from the real facts to the last litter bin; numpy and shapely only."""

import numpy as np
import shapely

from grid.city import City
from grid.rules.locating import Locator, UnitGrid
from grid.sample_city.drawing import COMPONENTS, Components, Drawing, Size, UnitGrids
from grid.sample_city.facts import gather
from grid.sample_city.framing import divide_into_grids, settle
from grid.sample_city.furnishing import Placed, place_components
from grid.sample_city.ground import make_ground
from grid.sample_city.landscape import lay_out, make_skeleton
from grid.sample_city.landuse import WITH_LANES
from grid.sample_city.places.drawn import draw_places
from grid.sample_city.streets import Streets
from grid.sample_city.valley import to_grain_array
from grid.sample_city.watching import place_cameras

OLDEST_DAYS = 1500
ON_BRIDGES = (1004, 1037, 1050, 1073, 2010, 2017, 2030)
"""Types that stand on bridges and in the water: grates, lamps, cameras, outfalls, signs and guardrails."""


def draw(city: City, size: Size, seed: int = 1) -> Drawing:
    """Draw a city of a size: the same seed gives the same city to the last coordinate.

    `small` divides a few communities around the plan's places; every outline in it is the one that
    `city` has. `million` is `city` with more components.

    :raises BadCityData: when the city's folder lacks borders, divisions or street names.
    """
    facts = gather(city)
    scape = lay_out(facts, seed)
    skeleton = make_skeleton(scape)
    cells = settle(skeleton, scape)
    frame = divide_into_grids(cells, scape, size)
    streets = Streets.joined([scape.planned, skeleton.lanes, frame.lanes])
    grids = frame.unit_grids
    ground = make_ground(scape, grids)
    wanted = COMPONENTS[size]
    in_reach = _streets_in_reach(streets, grids)
    placed = place_components(in_reach, grids.shapes, grids.land_uses, wanted=wanted, seed=seed)
    return Drawing(
        city_code=facts.code,
        size=size,
        seed=seed,
        areas=frame.areas,
        unit_grids=grids,
        responsibility_grids=frame.responsibility_grids,
        zone_code=facts.zone_code,
        zone_name=facts.zone_name,
        zone_organisation_code=facts.zone_organisation_code,
        zone_shape=frame.zone_shape,
        streets=streets,
        street_name_status=facts.street_names,
        ground=ground,
        components=_register(placed, grids, wanted=wanted, seed=seed),
        places=draw_places(
            scape,
            streets=streets,
            grids=grids,
            ground=ground,
            areas=frame.areas,
            built_up=cells.shapes[np.isin(cells.uses.astype(str), list(WITH_LANES))],
        ),
        cameras=place_cameras(in_reach, size, seed),
        border_source=facts.border_source,
    )


def _streets_in_reach(streets: Streets, grids: UnitGrids) -> Streets:
    """The parts of streets that lie in the divided ground or on its edge."""
    ground = shapely.coverage_union_all(grids.shapes).buffer(1.0, quad_segs=1)
    shapely.prepare(ground)
    inside = shapely.covers(ground, streets.lines)
    crossing = np.flatnonzero(~inside & shapely.intersects(ground, streets.lines))
    parts, owner = shapely.get_parts(shapely.intersection(streets.lines[crossing], ground), return_index=True)
    is_line = shapely.get_type_id(parts) == 1
    owner = crossing[owner[is_line]]
    cut = Streets(parts[is_line], streets.names[owner], streets.ranks[owner])
    return Streets.joined([streets.take(inside), cut])


def _register(placed: Placed, grids: UnitGrids, *, wanted: int, seed: int) -> Components:
    """Components inside the frame, on the stored grain, each with its code and unit grid."""
    points = to_grain_array(placed.points)
    locator = Locator([UnitGrid(code=c, shape=s) for c, s in zip(grids.codes, grids.shapes, strict=True)])
    index = locator.locate_many(points)
    rng = np.random.default_rng([seed, 110])
    # Over water stands only what bridges and banks carry.
    is_wet = (index >= 0) & (grids.land_uses == "water")[index]
    carried = np.isin(placed.type_codes.astype(np.int64), ON_BRIDGES)
    inside = np.flatnonzero((index >= 0) & (~is_wet | carried))
    kept = np.sort(rng.permutation(inside)[:wanted])
    points, index, types = points[kept], index[kept], placed.type_codes[kept]
    district = np.array([code[:6] for code in grids.codes], dtype=object)[index]
    group = (district + types).astype(str)
    order = np.lexsort((points[:, 0], index, group))
    points, index, types, group = points[order], index[order], types[order], group[order]
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    serial = np.arange(len(group)) - np.repeat(starts, np.diff(np.r_[starts, len(group)])) + 1
    codes = np.array(
        [f"{g}{n:06d}" for g, n in zip(group.tolist(), serial.tolist(), strict=True)], dtype=object
    )
    return Components(
        codes=codes,
        type_codes=types,
        points=points,
        grid_index=index,
        ages_days=rng.integers(30, OLDEST_DAYS, len(codes)),
        are_damaged=rng.random(len(codes)) < 0.012,
    )
