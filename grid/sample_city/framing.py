"""The frame of a drawn city: divisions, unit grids, responsibility grids and the zone over them."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis_core.coverage import Ints, Shapes, absorb_slivers, dissolve, faces_of, join, neighbours
from grid.divisions import Division
from grid.rules.codes import ResponsibilityCode
from grid.rules.numbering import number_unit_grids
from grid.rules.partition import Links, in_one_piece, share_out
from grid.sample_city.blocks import divide
from grid.sample_city.drawing import Areas, ResponsibilityGrids, Size, Texts, UnitGrids
from grid.sample_city.landscape import Landscape, Skeleton
from grid.sample_city.landuse import GRID_M2, WITH_LANES, uses_of
from grid.sample_city.nesting import name_for_streets, nearest_seat
from grid.sample_city.plan import Floats
from grid.sample_city.streets import Streets
from grid.sample_city.valley import Noise

GRIDS_PER_INSPECTOR = 32
SMALL_GRIDS = 330
LEAST_CELL_M2 = 9_000.0
HILL_VILLAGE_M2 = 5_000_000.0
VALLEY_COMMUNITY_M2 = 1_150_000.0


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells with the community each belongs to; `uses` is empty in the hills."""

    shapes: Shapes
    is_in_frame: NDArray[np.bool_]
    community_codes: Texts
    uses: Texts


def settle(skeleton: Skeleton, scape: Landscape) -> Cells:
    """Give every cell its district, subdistrict and community, each in one piece where it can be."""
    districts = list(scape.facts.districts)
    middles = shapely.point_on_surface(skeleton.cells)
    district = np.zeros(len(skeleton.cells), dtype=np.int64)
    for number, code in enumerate(districts):
        district[shapely.contains_properly(scape.facts.districts[code], middles)] = number
    wet = shapely.contains_properly(scape.main_river, middles)
    kinds = np.array(
        [f"{d}{int(f)}{int(w)}" for d, f, w in zip(district, skeleton.is_in_frame, wet, strict=True)],
        dtype=object,
    )
    into = absorb_slivers(skeleton.cells, kinds, np.where(skeleton.is_in_frame, LEAST_CELL_M2, 60_000.0))
    shapes, _ = join(skeleton.cells, into)
    kept = np.unique(into)
    district, in_frame, blocks = district[kept], skeleton.is_in_frame[kept], skeleton.blocks[kept]
    links = neighbours(shapes)
    areas = shapely.area(shapes)
    subdistrict, codes = _subdistricts(shapes, district, in_frame, districts, scape)
    subdistrict = in_one_piece(subdistrict * 2 + in_frame, district * 2 + in_frame, areas, links) // 2
    community = _communities(shapes, subdistrict, codes=codes, in_frame=in_frame, links=links, scape=scape)
    uses = np.full(len(shapes), "", dtype=object)
    uses[in_frame] = uses_of(shapes[in_frame], blocks[in_frame], scape)
    return Cells(shapes, in_frame, community, uses)


def _subdistricts(
    shapes: Shapes, district: Ints, in_frame: NDArray[np.bool_], districts: list[str], scape: Landscape
) -> tuple[Ints, list[str]]:
    plan = scape.facts.plan
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    east, north = Noise.seeded([scape.seed, 50], 5000.0), Noise.seeded([scape.seed, 51], 5000.0)
    blurred = (
        middles
        + np.column_stack([east.at(middles), north.at(middles)]) * np.where(in_frame, 90, 700)[:, None]
    )
    codes = sorted({*plan.seats, *plan.hill_seats})
    label = np.zeros(len(shapes), dtype=np.int64)
    for number, code in enumerate(districts):
        for is_valley, seats in ((True, plan.seats), (False, plan.hill_seats)):
            mine = (district == number) & (in_frame == is_valley)
            owners = [c for c in codes if c.startswith(code) for _ in seats.get(c, ())]
            places = np.concatenate([seats[c] for c in codes if c.startswith(code) and c in seats])
            sides = scape.side_of_river(middles[mine]) if is_valley else np.ones(int(mine.sum()))
            seat_sides = scape.side_of_river(places) if is_valley else np.ones(len(places))
            best, _ = nearest_seat(blurred[mine], sides, places, seat_sides)
            label[mine] = np.array([codes.index(owner) for owner in owners])[best]
    return label, codes


def _communities(
    shapes: Shapes,
    subdistrict: Ints,
    *,
    codes: list[str],
    in_frame: NDArray[np.bool_],
    links: Links,
    scape: Landscape,
) -> Texts:
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    areas = shapely.area(shapes)
    dry = np.where(shapely.contains_properly(scape.main_river, shapely.centroid(shapes)), 0.15, 1.0)
    label = np.zeros(len(shapes), dtype=np.int64)
    register: list[Division] = []
    for number, code in enumerate(codes):
        members = [d for d in scape.facts.divisions if d.parent_code == code]
        valley, hill = _valley_and_hill(members, areas, (subdistrict == number), in_frame)
        for is_valley, group in ((True, valley), (False, hill)):
            mine = np.flatnonzero((subdistrict == number) & (in_frame == is_valley))
            if len(mine) == 0 or not group:
                continue
            share = share_out(
                middles[mine], areas[mine] * dry[mine], len(group), seed=[scape.seed, 60, number]
            )
            centres = np.stack(
                [np.average(middles[mine][share == k], axis=0) for k in range(share.max() + 1)]
            )
            streets = _streets_by_name(scape.planned)
            chosen = name_for_streets(centres, [d.name for d in group], streets)
            label[mine] = len(register) + chosen[share]
            register.extend(group)
    label = in_one_piece(label, subdistrict * 2 + in_frame, areas, links)
    return np.array([d.code for d in register], dtype=object)[label]


def _valley_and_hill(
    members: list[Division], areas: Floats, mine: NDArray[np.bool_], in_frame: NDArray[np.bool_]
) -> tuple[list[Division], list[Division]]:
    """Which communities lie in the valley: all but as many villages as the hills have room for."""
    valley_m2, hill_m2 = float(areas[mine & in_frame].sum()), float(areas[mine & ~in_frame].sum())
    if hill_m2 == 0:
        return members, []
    if valley_m2 == 0:
        return [], members
    villages = [d for d in members if int(d.code[9:]) >= 200] or members[1:]
    valley_room, hill_room = valley_m2 / VALLEY_COMMUNITY_M2, hill_m2 / HILL_VILLAGE_M2
    count = round(len(members) * hill_room / (valley_room + hill_room))
    hill = villages[-max(1, min(len(villages), len(members) - 1, count)) :]
    return [d for d in members if d not in hill], hill


def _streets_by_name(streets: Streets) -> dict[str, Shapes]:
    return {name: streets.lines[streets.names == name] for name in dict.fromkeys(streets.names) if name}


@dataclass(frozen=True, slots=True)
class Frame:
    """The finished frame, and the lanes that were laid to divide it."""

    areas: Areas
    unit_grids: UnitGrids
    responsibility_grids: ResponsibilityGrids
    zone_shape: "shapely.geometry.base.BaseGeometry | None"
    lanes: Streets


def divide_into_grids(cells: Cells, scape: Landscape, size: Size) -> Frame:
    """Unit grids in the cells of the wanted communities, numbered, grouped and laid under the zone."""
    wanted = cells.is_in_frame & _wanted(cells, scape, size)
    targets = np.array([GRID_M2.get(use, 1e12) for use in cells.uses])
    cuts = divide(cells.shapes[wanted], targets[wanted], seed=scape.seed + 20)
    lanes = _lanes(cuts.lines, cells.uses[wanted][cuts.owners])
    outlines = shapely.boundary(cells.shapes)
    faces = faces_of(np.concatenate([outlines, cuts.lines]))
    cell_of = _cell_of(faces, cells.shapes)
    faces, cell_of = faces[cell_of >= 0], cell_of[cell_of >= 0]
    groups = (cells.community_codes + (cells.uses == "water").astype(str).astype(object))[cell_of]
    divided = wanted[cell_of]
    into = absorb_slivers(faces, groups, np.where(divided, targets[cell_of] * 0.3, 0.0))
    shapes, _ = join(faces, into)
    cell_of = cell_of[np.unique(into)]
    community = cells.community_codes[cell_of]
    areas = _areas(shapes, community, scape)
    divided = wanted[cell_of]
    grids, duty = _unit_grids(shapes[divided], community[divided], cells.uses[cell_of][divided], scape)
    in_zone = grids.shapes[grids.zone_codes != ""]
    zone = dissolve(in_zone, np.full(len(in_zone), "z", dtype=object))[1][0] if len(in_zone) else None
    return Frame(areas, grids, duty, zone, lanes)


def _wanted(cells: Cells, scape: Landscape, size: Size) -> NDArray[np.bool_]:
    """All communities of the frame, or for `small` those nearest to the plan's places."""
    if size != "small":
        return np.ones(len(cells.shapes), dtype=bool)
    wanted: set[str] = set()
    middles = shapely.get_coordinates(shapely.centroid(cells.shapes))
    grids = shapely.area(cells.shapes) / np.array([GRID_M2.get(use, 1e12) for use in cells.uses])
    places = scape.facts.plan.small_around
    for number, place in enumerate(places, start=1):
        away = np.hypot(*(middles - place).T) + np.where(cells.is_in_frame, 0, 1e9)
        for code in dict.fromkeys(cells.community_codes[np.argsort(away, kind="stable")]):
            have = grids[np.isin(cells.community_codes, list(wanted))].sum()
            if have >= SMALL_GRIDS * number / len(places):
                break
            wanted.add(code)
    return np.isin(cells.community_codes, list(wanted))


def _lanes(lines: Shapes, uses: Texts) -> Streets:
    is_lane = np.isin(uses, list(WITH_LANES))
    lines = lines[is_lane]
    return Streets(lines, np.full(len(lines), "", dtype=object), np.full(len(lines), "lane", dtype=object))


def _cell_of(faces: Shapes, cells: Shapes) -> Ints:
    found = np.full(len(faces), -1, dtype=np.int64)
    face, cell = shapely.STRtree(cells).query(shapely.point_on_surface(faces), predicate="intersects")
    found[face] = cell
    return found


def _areas(shapes: Shapes, community: Texts, scape: Landscape) -> Areas:
    by_community = dissolve(shapes, community)
    by_subdistrict = dissolve(shapes, np.array([code[:9] for code in community], dtype=object))
    districts = list(scape.facts.districts)
    by_district = dissolve(shapes, np.array([code[:6] for code in community], dtype=object))
    codes = np.concatenate([[scape.facts.code], by_district[0], by_subdistrict[0], by_community[0]])
    whole = shapely.multipolygons(shapely.get_parts(scape.facts.prefecture))
    outlines = np.concatenate(
        [np.array([whole], dtype=object), by_district[1], by_subdistrict[1], by_community[1]]
    )
    return Areas(codes.astype(object), outlines, np.arange(len(codes)) > len(districts))


def _unit_grids(
    shapes: Shapes, community: Texts, uses: Texts, scape: Landscape
) -> tuple[UnitGrids, ResponsibilityGrids]:
    codes = np.empty(len(shapes), dtype=object)
    for name in np.unique(community.astype(str)):
        mine = np.flatnonzero(community == name)
        codes[mine] = [str(code) for code in number_unit_grids(name, list(shapes[mine]))]
    order = np.argsort(codes.astype(str), kind="stable")
    shapes, community, uses, codes = shapes[order], community[order], uses[order], codes[order]
    duty = _responsibility(shapes, community, scape)
    grids = UnitGrids(codes, community, duty, _zone_codes(shapes, community, scape), uses, shapes)
    names, outlines = dissolve(shapes, duty)
    titles = {d.code: d.name for d in scape.facts.divisions}
    labels = [f"{titles[code[:9]]}第{int(code[10:])}责任网格" for code in names]
    return grids, ResponsibilityGrids(names, np.array(labels, dtype=object), outlines)


def _responsibility(shapes: Shapes, community: Texts, scape: Landscape) -> Texts:
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    subdistrict, within = np.unique(np.array([c[:9] for c in community]), return_inverse=True)
    label = np.zeros(len(shapes), dtype=np.int64)
    for number in range(len(subdistrict)):
        mine = np.flatnonzero(within == number)
        count = max(1, round(len(mine) / GRIDS_PER_INSPECTOR))
        share = share_out(middles[mine], np.ones(len(mine)), count, seed=[scape.seed, 70, number])
        label[mine] = number * 1000 + share
    _, label = np.unique(label, return_inverse=True)
    label = in_one_piece(label, within, np.ones(len(shapes)), neighbours(shapes))
    codes = np.empty(len(shapes), dtype=object)
    for number, code in enumerate(subdistrict):
        mine = np.flatnonzero(within == number)
        used = np.unique(label[mine])
        wests = [float(middles[mine][label[mine] == k, 0].mean()) for k in used]
        for sequence, k in enumerate(used[np.argsort(wests)], start=1):
            codes[mine[label[mine] == k]] = str(ResponsibilityCode(str(code), sequence))
    return codes


def _zone_codes(shapes: Shapes, community: Texts, scape: Landscape) -> Texts:
    """The zone's code on grids inside its outline, on dry land of the divisions it is said to touch."""
    facts = scape.facts
    outline = shapely.polygons(facts.plan.zone_outline)
    middles = shapely.centroid(shapes)
    inside = shapely.contains_properly(outline, middles) & ~shapely.contains_properly(
        scape.main_river, middles
    )
    inside &= np.isin([code[:9] for code in community], facts.zone_touches)
    return np.where(inside, facts.zone_code, "").astype(object)
