"""Zones that people give: a circle, a sector, a shape drawn on the map (mended when it crosses itself)."""

from collections.abc import Sequence
from math import isfinite

from shapely import MultiPolygon, Polygon
from shapely.validation import explain_validity

from emergency.rules.effects.checks import BadEffectNumber, need, need_direction, need_point
from emergency.rules.effects.outlines import circle_at, sector_at
from emergency.rules.effects.results import Effect, Parameter, Zone, as_area
from emergency.rules.effects.wording import Label, Say
from gis_core.errors import BadInput
from gis_core.places import PlanePoint
from gis_core.shapes import BrokenShape, PlaneMultiPolygon, repair

LARGEST_M = 100_000.0
MOST_POINTS = 20_000
LEAST_M2 = 1.0
LARGEST_M2 = 2e10
"""The whole prefecture is 1.8 · 10^10 m²."""


class CrossedOutline(BadInput):
    """A drawn outline crosses itself, and nobody asked for it to be mended."""

    code = "crossed_outline"


def circle(at: PlanePoint, radius_m: float) -> Effect:
    """A circle; its area is that of the true one within 0.2 %.

    :raises BadEffectNumber: for a radius below 1 m or above 100 km.
    """
    need_point(at)
    need(radius_m, Label.RADIUS.value, low=1.0, high=LARGEST_M, unit="米")
    zone = Zone(
        code="circle",
        name=Label.ZONE_CIRCLE.value,
        shape=as_area(circle_at(at, radius_m)),
        reach_m=radius_m,
    )
    return Effect(
        model="circle",
        title=Label.CIRCLE.value,
        formula="面积 = π·r²",
        zones=(zone,),
        parameters=(Parameter(Label.RADIUS.value, radius_m, "米"),),
        figures=(Parameter(Label.AREA.value, zone.area_m2, "平方米", "derived"),),
        limits=(Say.GIVEN_BY_HAND.of(),),
    )


def sector(at: PlanePoint, radius_m: float, *, bearing_deg: float, opening_deg: float) -> Effect:
    """A sector about a bearing (clockwise from grid north); its arc strays less than 1 m from the true one.

    :raises BadEffectNumber: for a radius or an opening that cannot be.
    """
    need_point(at)
    need(radius_m, Label.RADIUS.value, low=1.0, high=LARGEST_M, unit="米")
    bearing = need_direction(bearing_deg, Label.BEARING.value)
    need(opening_deg, Label.OPENING.value, low=1.0, high=360.0, unit="度")
    zone = Zone(
        code="sector",
        name=Label.ZONE_SECTOR.value,
        shape=as_area(sector_at(at, radius_m, bearing, opening_deg)),
        reach_m=radius_m,
    )
    return Effect(
        model="sector",
        title=Label.SECTOR.value,
        formula="面积 = ½·r²·α",
        zones=(zone,),
        parameters=(
            Parameter(Label.RADIUS.value, radius_m, "米"),
            Parameter(Label.BEARING.value, bearing, "度"),
            Parameter(Label.OPENING.value, opening_deg, "度"),
        ),
        figures=(Parameter(Label.AREA.value, zone.area_m2, "平方米", "derived"),),
        limits=(Say.GIVEN_BY_HAND.of(),),
    )


def drawn(rings: Sequence[Sequence[PlanePoint]], *, name: str = "", is_mended: bool = True) -> Effect:
    """A zone of one or several outlines as people draw them, closed or not; overlaps count once.

    An outline that crosses itself is mended to the areas it encloses, and a sentence says so.

    :raises CrossedOutline: when it crosses itself and `is_mended` is false, saying where.
    :raises BrokenShape: when it has no area.
    :raises BadEffectNumber: for coordinates that are none, or an area no incident has.
    """
    outlines = [_outline(ring) for ring in rings]
    if not outlines:
        raise BrokenShape("没有画出任何图形。请在地图上画一个面。")
    notes: list[str] = []
    areas: list[Polygon] = []
    for outline in outlines:
        if outline.is_valid:
            areas.append(outline)
            continue
        if not is_mended:
            raise CrossedOutline(f"所画图形自相交（{_where(outline)}）。请移动交叉处的顶点，或选择自动修整。")
        parts = repair(outline)
        notes.append(Say.MENDED.of(parts=len(parts.geoms), area=float(parts.area)))
        areas.extend(parts.geoms)
    shape = _joined(areas)
    need(shape.area, Label.AREA.value, low=LEAST_M2, high=LARGEST_M2, unit="平方米")
    return Effect(
        model="drawn",
        title=Label.DRAWN.value,
        formula="",
        zones=(Zone(code="drawn", name=name or Label.ZONE_DRAWN.value, shape=shape),),
        figures=(Parameter(Label.AREA.value, float(shape.area), "平方米", "derived"),),
        warnings=tuple(notes),
        limits=(Say.GIVEN_BY_HAND.of(),),
    )


def _outline(ring: Sequence[PlanePoint]) -> Polygon:
    if len(ring) > MOST_POINTS:
        raise BadEffectNumber(
            f"图形有 {len(ring)} 个顶点，最多 {MOST_POINTS} 个。请简化后重画。", name="ring"
        )
    for point in ring:
        need_point(point)
    different = {(point.easting_m, point.northing_m) for point in ring}
    if len(different) < 3:
        raise BrokenShape("图形至少要有三个不同的顶点。请重新绘制。")
    outline = Polygon([(point.easting_m, point.northing_m) for point in ring])
    if not isfinite(outline.area) or (outline.is_valid and outline.area < LEAST_M2):
        raise BrokenShape("图形没有面积。请重新绘制。")
    return outline


def _where(outline: Polygon) -> str:
    """Easting and northing of the fault, in whole metres."""
    said = explain_validity(outline)
    inside = said[said.find("[") + 1 : said.find("]")] if "[" in said else ""
    numbers = [f"{float(one):.0f}" for one in inside.split()[:2]]
    return f"约在东 {numbers[0]} 米、北 {numbers[1]} 米" if len(numbers) == 2 else "位置见图"


def _joined(areas: Sequence[Polygon]) -> PlaneMultiPolygon:
    if len(areas) == 1:
        return PlaneMultiPolygon(MultiPolygon(list(areas)))
    from shapely import union_all

    return as_area(union_all(list(areas)))
