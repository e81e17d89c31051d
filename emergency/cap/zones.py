"""An operational zone as polygons that can be published: few vertices, no holes, degrees, nothing lost.

What is published always contains what is drawn on the plane, in metres on the ground as receivers draw it:
straight lines between the written degrees. So the zone is first grown by a tolerance, then simplified by no
more than that, rounded to five decimals (about 1 m), and the result is measured against the zone again;
when it does not hold, the next tolerance is tried. Holes, which CAP does not have, are cut open along
north-south lines.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

from emergency.cap.checking import MOST_VERTICES
from emergency.cap.messages import Area, Ring
from gis_core.crs import Pairs, PlaneSystem
from gis_core.errors import BadInput, Refused
from gis_core.places import LonLat
from gis_core.shapes import PlaneMultiPolygon, PlanePolygon

DECIMALS: Final = 5
TOLERANCES_M: Final = (
    1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 17.0, 25.0, 35.0, 50.0, 70.0, 100.0, 140.0, 200.0, 280.0, 400.0,
    560.0, 800.0,
)  # fmt: skip
"""How far the published border may lie outside the operational one; the least that works (assumed)."""
MOST_POLYGONS: Final = 20
"""Of one zone: what is too winding for one polygon is cut into several, up to so many (assumed)."""
_ROUNDING_M = 1.0
_STEP_DEG = 0.002


class EmptyZone(BadInput):
    """A zone without an inside cannot be published."""

    code = "cap_zone_empty"


class ZoneTooComplex(Refused):
    """A zone that no tolerance turns into few enough polygons."""

    code = "cap_zone_too_complex"


@dataclass(frozen=True, slots=True)
class PublishedZone:
    """The polygons of a zone, how far their border may lie outside it, and how much ground they add."""

    rings: tuple[Ring, ...]
    tolerance_m: float
    added_m2: float

    def as_area(self, description: str) -> Area:
        """The area of a message."""
        return Area(description, polygons=self.rings)


def publish_zone(
    zone: PlanePolygon | PlaneMultiPolygon, plane: PlaneSystem, *, most_vertices: int = MOST_VERTICES
) -> PublishedZone:
    """Polygons for a message that contain a zone of the city's plane system.

    :raises EmptyZone: when the zone has no inside or crosses itself.
    :raises ZoneTooComplex: when its parts lie too far apart to be so few.
    """
    if zone.is_empty or not zone.is_valid or zone.area == 0:
        raise EmptyZone("影响范围是空的，或边界自己相交，不能发布。请重新划定。")
    for tolerance_m in TOLERANCES_M:
        pieces = list(_simplified(zone, tolerance_m, most_vertices))
        if not pieces or len(pieces) > MOST_POLYGONS:
            continue
        rings = tuple(_ring(piece, plane) for piece in pieces)
        if all(_is_sound(ring, most_vertices) for ring in rings):
            shown = on_the_ground(rings, plane)
            if shown.covers(zone):
                return PublishedZone(rings, tolerance_m, max(float(shown.area - zone.area), 0.0))
    raise ZoneTooComplex(
        f"影响范围太零碎，不能化为 {MOST_POLYGONS} 个以内、每个不超过 {most_vertices} 点的多边形。"
        "请合并各部分，或分成几条预警。"
    )


def on_the_ground(rings: Iterable[Ring], plane: PlaneSystem) -> BaseGeometry:
    """The union of published polygons in the plane, their straight lines between degrees followed."""
    shapes = [Polygon([(place.lon_deg, place.lat_deg) for place in ring]) for ring in rings]
    drawn = shapely.segmentize(shapely.unary_union(shapes), _STEP_DEG)
    return shapely.transform(drawn, plane.to_plane_many)


def _simplified(zone: BaseGeometry, tolerance_m: float, most_vertices: int) -> Iterator[Polygon]:
    """Parts without holes of the zone grown and simplified, cut where they have too many vertices."""
    grown = zone.buffer(tolerance_m + _ROUNDING_M, join_style="mitre", mitre_limit=2.0)
    kept = shapely.simplify(grown, tolerance_m, preserve_topology=True)
    if shapely.get_num_coordinates(kept) <= most_vertices * MOST_POLYGONS:
        for part in _parts(kept):
            yield from _cut(part, most_vertices)


def _parts(shape: BaseGeometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(shape) if isinstance(part, Polygon) and not part.is_empty]


def _cut(part: Polygon, most_vertices: int) -> Iterator[Polygon]:
    """The part cut north-south, through its holes and then through the middle of its vertices, until it fits.

    All cuts are parallel, so that neighbours share whole borders and no gap opens between them.
    """
    if part.interiors:
        east = Polygon(part.interiors[0]).representative_point().x
    elif len(part.exterior.coords) - 1 > most_vertices:
        east = float(np.median(shapely.get_coordinates(part.exterior)[:, 0]))
    else:
        yield part
        return
    west, south, rim, north = part.bounds
    pieces = _parts(split(part, LineString([(east, south - 1.0), (east, north + 1.0)])))
    if len(pieces) < 2 or not west < east < rim:
        yield part
        return
    for piece in pieces:
        yield from _cut(piece, most_vertices)


def _ring(piece: Polygon, plane: PlaneSystem) -> Ring:
    border: Pairs = shapely.get_coordinates(piece.exterior)
    degrees = np.round(plane.to_lonlat_many(border), DECIMALS)
    places = [LonLat(float(lon), float(lat)) for lon, lat in degrees]
    kept = [place for number, place in enumerate(places) if number == 0 or place != places[number - 1]]
    return tuple(kept)


def _is_sound(ring: Ring, most_vertices: int) -> bool:
    if not 4 <= len(ring) <= most_vertices + 1 or ring[0] != ring[-1]:
        return False
    shape = Polygon([(place.lon_deg, place.lat_deg) for place in ring])
    return shape.is_valid and shape.area > 0


def plane_zone(area: Area, plane: PlaneSystem) -> BaseGeometry:
    """All that an area of a message covers, in the plane: polygons, and circles as polygons of 64 corners.

    Polygons that cross themselves are repaired as `shapely.make_valid` does; which way they run does not
    matter.
    """
    shapes: list[BaseGeometry] = []
    for ring in area.polygons:
        if len(ring) >= 4:
            shapes.append(shapely.make_valid(Polygon([(p.lon_deg, p.lat_deg) for p in ring])))
    drawn = shapely.transform(shapely.segmentize(shapely.union_all(shapes), _STEP_DEG), plane.to_plane_many)
    circles = []
    for circle in area.circles:
        middle = plane.to_plane(circle.centre)
        circles.append(
            shapely.Point(middle.easting_m, middle.northing_m).buffer(circle.radius_km * 1000, quad_segs=16)
        )
    whole = shapely.union_all([drawn, *circles])
    return MultiPolygon(_parts(whole)) if whole.geom_type == "GeometryCollection" else whole
