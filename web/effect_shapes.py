"""Shapes of effects between forms, maps and the record: outlines that were typed in, zones as GeoJSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from shapely import MultiPolygon, Point, Polygon
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from emergency.rules.effects.results import STATUS_NAMES, Effect, Zone
from gis_core.crs import PlaneSystem
from gis_core.errors import BadInput
from gis_core.places import LonLat
from gis_core.shapes import PlaneMultiPolygon, to_lonlat

COLOURS = ("#a3161c", "#d9660f", "#c79a00", "#1f5fa8", "#5b6874", "#5b6874", "#5b6874", "#5b6874")
"""From the worst zone to the mildest; each has its name beside it too."""
MOST_KEPT_POINTS = 20_000
DECIMALS = 6


class BadOutline(BadInput):
    """What was typed in is no outline."""

    code = "bad_effect_outline"


def rings_of(typed: str) -> list[list[LonLat]]:
    """The outer outlines of a GeoJSON polygon, multipolygon, feature or collection; or lines of degrees.

    :raises BadOutline: when it is none of these.

    >>> rings_of("107.1,34.3 107.2,34.3 107.2,34.4")[0][1]
    LonLat(lon_deg=107.2, lat_deg=34.3)
    """
    words = typed.strip()
    if not words:
        raise BadOutline("还没有图形。请粘贴 GeoJSON，或每行写一个“经度,纬度”。")
    try:
        return _from_geojson(json.loads(words)) if words[0] == "{" else [_from_pairs(words)]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as problem:
        raise BadOutline("读不出图形。请粘贴 GeoJSON 面，或每行写一个“经度,纬度”。") from problem


def _from_pairs(words: str) -> list[LonLat]:
    pairs = words.replace("，", ",").replace(";", " ").replace("；", " ").split()
    return [LonLat(*(float(one) for one in pair.split(","))) for pair in pairs]


def _from_geojson(document: Mapping[str, Any]) -> list[list[LonLat]]:
    if document["type"] == "FeatureCollection":
        return [ring for one in document["features"] for ring in _from_geojson(one)]
    if document["type"] == "Feature":
        return _from_geojson(document["geometry"])
    found: BaseGeometry = shape(dict(document))
    if not isinstance(found, Polygon | MultiPolygon):
        raise ValueError("an area is needed")
    return [
        [LonLat(float(x), float(y)) for x, y in shapely.get_coordinates(part.exterior).tolist()]
        for part in shapely.get_parts(found)
    ]


def features_of(effect: Effect, plane: PlaneSystem) -> list[dict[str, Any]]:
    """The zones as GeoJSON (EPSG:4490), the mildest first so that the worst lies on top; both outlines."""
    found = []
    for n, zone in reversed(list(enumerate(effect.zones))):
        if zone.widest.is_empty:
            continue
        told = {
            "code": zone.code,
            "name": zone.name,
            "threshold": zone.threshold,
            "colour": COLOURS[min(n, 7)],
        }
        if zone.wide is not None:
            found.append(_feature(zone.wide, plane, told | {"role": "zone-wide"}))
        if not zone.shape.is_empty:
            found.append(_feature(zone.shape, plane, told | {"role": "zone"}))
            where = _beside(zone.shape, effect.zones[:n])
            label = f"{zone.name.partition('（')[0]}\n{zone.threshold.partition('（')[0]}".strip()
            if zone.status == "recalled":
                label += f"（{STATUS_NAMES[zone.status].value}）"
            found.append(_feature(where, plane, told | {"role": "zone-label", "label": label}))
    return found


def _beside(area: PlaneMultiPolygon, inner: Sequence[Zone]) -> Point:
    """Where a zone's name stands: in its largest part, beside the zones within it where there is room."""
    outside: BaseGeometry = area
    for one in inner:
        outside = outside.difference(one.shape)
    parts = [one for one in shapely.get_parts(outside) if isinstance(one, Polygon)]
    largest = max(parts, key=lambda one: one.area, default=None)
    return shapely.point_on_surface(area if largest is None else largest)


def _feature(area: PlaneMultiPolygon | Point, plane: PlaneSystem, told: Mapping[str, Any]) -> dict[str, Any]:
    written = shapely.set_precision(to_lonlat(area, plane), 10.0**-DECIMALS, mode="pointwise")
    return {"type": "Feature", "geometry": rounded(mapping(written)), "properties": dict(told)}


def rounded(geometry: Mapping[str, Any]) -> dict[str, Any]:
    """A geometry as JSON writes it, with `DECIMALS` decimals of a degree."""
    return {"type": geometry["type"], "coordinates": _rounded(geometry["coordinates"])}


def _rounded(values: Any) -> Any:
    if isinstance(values, Sequence):
        return [_rounded(one) for one in values]
    return round(float(values), DECIMALS)
