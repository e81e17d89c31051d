"""Shapes between forms, maps and roads: what was drawn or typed in, in plane metres; answers as GeoJSON."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import shapely
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon, shape
from shapely.geometry.base import BaseGeometry

from gis_core.crs import PlaneSystem
from gis_core.errors import BadInput
from gis_core.places import LonLat, PlanePoint
from gis_core.shapes import to_lonlat, to_plane
from grid.city import Bounds

DECIMALS = 6
MOST_TYPED = 100_000
Drawn = Literal["area", "line"]
DRAWN_WAYS: Mapping[Drawn, str] = {"area": "面", "line": "线"}
_KINDS = {"area": (Polygon, MultiPolygon), "line": (LineString, MultiLineString)}


class BadDrawing(BadInput):
    """What was drawn or typed in is no area and no line of this city."""

    code = "bad_drawing"


class BadPlace(BadInput):
    """What was typed in is no place."""

    code = "bad_road_place"


def drawn_shape(typed: str, drawn: Drawn, plane: PlaneSystem, bounds: Bounds) -> BaseGeometry:
    """An area or line in plane metres: of corners “longitude, latitude”, one to a row, or of GeoJSON.

    :raises BadDrawing: when it is none, or lies outside the city.
    """
    words = typed.strip()
    if not words:
        raise BadDrawing("还没有画图形。请在地图上画，或每行写一个“经度, 纬度”。")
    try:
        found = _of_geojson(json.loads(words)) if words[0] == "{" else _of_corners(words, drawn)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as problem:
        raise BadDrawing("读不出图形。请每行写一个“经度, 纬度”，或粘贴 GeoJSON 面或线。") from problem
    if found.is_empty or not isinstance(found, _KINDS["area"] + _KINDS["line"]):
        raise BadDrawing("图形须为面或线。面至少三个折点，线至少两个。")
    _require_within(found, bounds)
    return to_plane(shapely.force_2d(found), plane)


def place_of(typed: str) -> LonLat:
    """A place typed in as “longitude, latitude”.

    :raises BadPlace, NotOnEarth: when it is none.

    >>> place_of("107.145, 34.369")
    LonLat(lon_deg=107.145, lat_deg=34.369)
    """
    parts = [one for one in re.split(r"[,，\s]+", typed.strip()) if one]
    try:
        lon, lat = (float(one) for one in parts)
    except ValueError as problem:
        raise BadPlace("地点须写成“经度, 纬度”，例如 107.145, 34.369。") from problem
    return LonLat(lon, lat)


def places_of_text(typed: str) -> list[LonLat]:
    """Places parted by semicolons or rows.

    :raises BadPlace, NotOnEarth: when one of them is none.
    """
    return [place_of(one) for one in re.split(r"[;；\n]+", typed) if one.strip()]


def say_place(place: LonLat) -> str:
    """A place as forms and addresses carry it."""
    return f"{place.lon_deg:.6f},{place.lat_deg:.6f}"


def feature(
    geometry: BaseGeometry, plane: PlaneSystem, properties: Mapping[str, Any], *, key: str | None = None
) -> dict[str, Any]:
    """A feature in degrees (EPSG:4490) of plane geometry."""
    written = shapely.transform(to_lonlat(geometry, plane), lambda places: places.round(DECIMALS))
    found: dict[str, Any] = {"type": "Feature"} | ({} if key is None else {"id": key})
    return found | {"geometry": json.loads(shapely.to_geojson(written)), "properties": dict(properties)}


def spot(point: PlanePoint) -> BaseGeometry:
    """A point as a geometry."""
    return shapely.Point(point.easting_m, point.northing_m)


def collection(features: Iterable[Mapping[str, Any]], **beside: Any) -> dict[str, Any]:
    """Features with what is said beside them."""
    return {"type": "FeatureCollection", "features": list(features)} | beside


def corners_text(geometry: BaseGeometry, plane: PlaneSystem) -> str:
    """Corners of a simple area or line as the form has them; GeoJSON of one with holes or parts."""
    degrees = to_lonlat(geometry, plane)
    if isinstance(degrees, Polygon) and not degrees.interiors:
        rows = shapely.get_coordinates(degrees.exterior)[:-1]
    elif isinstance(degrees, LineString):
        rows = shapely.get_coordinates(degrees)
    else:
        return str(shapely.to_geojson(shapely.transform(degrees, lambda places: places.round(DECIMALS + 1))))
    return "\n".join(f"{lon:.7f}, {lat:.7f}" for lon, lat in rows.tolist())


def drawn_way(geometry: BaseGeometry) -> Drawn:
    """Whether a shape is an area or a line."""
    return "area" if isinstance(geometry, _KINDS["area"]) else "line"


def area_of_features(features: Sequence[Mapping[str, Any]], plane: PlaneSystem) -> BaseGeometry:
    """The union of the areas among features in degrees, in plane metres; empty when there is none."""
    areas = [
        shape(one["geometry"])
        for one in features
        if one.get("geometry") and one["geometry"]["type"] in ("Polygon", "MultiPolygon")
    ]
    return to_plane(shapely.union_all([shapely.make_valid(one) for one in areas]), plane)


def _of_corners(words: str, drawn: Drawn) -> BaseGeometry:
    places = places_of_text(words)
    pairs = [(one.lon_deg, one.lat_deg) for one in places]
    return Polygon(pairs) if drawn == "area" else LineString(pairs)


def _of_geojson(document: Mapping[str, Any]) -> BaseGeometry:
    if document["type"] == "FeatureCollection":
        parts = [_of_geojson(one) for one in document["features"]]
        if len(parts) == 1:
            return parts[0]
        kinds = {drawn_way(one) for one in parts}
        if len(kinds) != 1:
            raise ValueError("areas and lines together")
        return shapely.union_all(parts)
    if document["type"] == "Feature":
        return _of_geojson(document["geometry"])
    found: BaseGeometry = shape(dict(document))
    for lon, lat in shapely.get_coordinates(found).tolist():
        LonLat(lon, lat)
    return found


def _require_within(found: BaseGeometry, bounds: Bounds) -> None:
    city = shapely.box(bounds.west_deg, bounds.south_deg, bounds.east_deg, bounds.north_deg)
    if not city.intersects(shapely.box(*found.bounds)):
        raise BadDrawing("图形不在本市范围内。请检查坐标，先写经度，后写纬度。")
