"""Bridges, tunnels and underpasses: where a named street meets a river or a railway."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis_core.geocoding.gazetteer import PlaceName
from grid.sample_city.landscape import Landscape
from grid.sample_city.places.named_streets import NamedStreets
from grid.sample_city.places.sites import Site, lots, poi, short
from grid.sample_city.plan import Floats

HIGH_SPEED = "高速铁路"
LEAST_BRIDGE_M = 8.0
ON_ONE_BRIDGE_M = 60.0


@dataclass(frozen=True, slots=True)
class _Meeting:
    """A street and what it meets, with the middle of the place."""

    street: int
    along_m: float
    at: Floats


def bridges(streets: NamedStreets, scape: Landscape) -> Iterator[Site]:
    """大桥 over the main river, 桥 over others; of several on a street all but the first name the river."""
    plan = scape.facts.plan
    seen: set[str] = set()
    for meeting in _meetings(streets, scape.main_river):
        name = f"{streets.names[meeting.street]}大桥"
        if name not in seen:
            seen.add(name)
            yield poi(name, "bridge", meeting.at, short(f"{streets.names[meeting.street]}桥"))
    for river, shape in zip(plan.rivers, scape.rivers, strict=True):
        for meeting in _meetings(streets, shape):
            street = streets.names[meeting.street]
            plain, full = f"{street}桥", f"{street}{river.name}桥"
            name, other = (
                (full, f"{river.name}{street}桥") if {plain, f"{street}大桥"} & seen else (plain, full)
            )
            if name not in seen:
                seen.add(name)
                yield poi(name, "bridge", meeting.at, PlaceName(other))


def rail_crossings(streets: NamedStreets, scape: Landscape, *, seed: int) -> Iterator[Site]:
    """How streets pass the railways: under the high-speed line, by tunnel, overpass or hole in the others."""
    seen: set[str] = set()
    for rail, line in zip(scape.facts.plan.railways, scape.railways, strict=True):
        for meeting in _meetings(streets, line):
            street = streets.names[meeting.street]
            ending, category = _way_past(rail.name, streets.ranks[meeting.street], street, seed)
            name = f"{street}{ending}"
            if name in seen:
                name = f"{street}{rail.name}{ending}"
            if name not in seen:
                seen.add(name)
                yield poi(name, category, meeting.at, PlaceName(f"{street}{rail.name}口"))


def _way_past(rail: str, rank: str, street: str, seed: int) -> tuple[str, str]:
    if rail.endswith(HIGH_SPEED):
        return "高铁桥", "overpass"
    lot = lots([f"{street}/{rail}"], seed + 540)[0]
    if rank == "arterial" and lot < 0.6:
        return ("隧道", "tunnel") if lot < 0.25 else ("立交桥", "overpass")
    return "铁路桥洞", "underpass"


def _meetings(streets: NamedStreets, thing: BaseGeometry) -> Iterator[_Meeting]:
    """Where streets meet a thing, by street and distance; pieces close to one another are one meeting."""
    parts, line = shapely.get_parts(shapely.intersection(streets.lines, thing), return_index=True)
    kind = shapely.get_type_id(parts)
    real = (kind == 0) | ((kind == 1) & (shapely.length(parts) > LEAST_BRIDGE_M))
    parts, line = parts[real], line[real]
    # The middle of a bridge, half-way along it; a point is its own middle.
    middles = parts.copy()
    is_line = shapely.get_type_id(parts) == 1
    middles[is_line] = shapely.line_interpolate_point(parts[is_line], 0.5, normalized=True)
    along = streets.along(line, middles)
    street = streets.line_street[line]
    order = np.lexsort((along, street))
    last = (-1, 0.0)
    for k in order.tolist():
        here = (int(street[k]), float(along[k]))
        if here[0] != last[0] or here[1] - last[1] > ON_ONE_BRIDGE_M:
            yield _Meeting(*here, shapely.get_coordinates(middles[k])[0])
        last = here
