"""GeoJSON (RFC 7946) out and in: EPSG:4490 degrees, longitude first, 7 decimals (about 1 cm)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from gis_core.errors import BadInput

_DECIMALS = 7


class BadGeoJson(BadInput):
    """A text that is no GeoJSON, or whose positions are no degrees."""

    code = "bad_geojson"


@dataclass(frozen=True, slots=True)
class Feature:
    """A shape in degrees with its properties."""

    shape: BaseGeometry
    properties: Mapping[str, Any]
    id: str | int | None = None


def write_feature(feature: Feature) -> dict[str, Any]:
    """A feature as JSON data; outer rings run counter-clockwise (RFC 7946 §3.1.6).

    >>> write_feature(Feature(shapely.Point(107.23780001, 34.3633), {"name": "市政府"}))["geometry"]
    {'type': 'Point', 'coordinates': (107.2378, 34.3633)}
    """
    # Rounding each vertex keeps shared borders shared; a repairing rounding would not.
    rounded = shapely.transform(feature.shape, lambda places: places.round(_DECIMALS))
    record: dict[str, Any] = {"type": "Feature"}
    if feature.id is not None:
        record["id"] = feature.id
    return record | {
        "geometry": mapping(shapely.orient_polygons(rounded)),
        "properties": dict(feature.properties),
    }


def write_collection(features: Iterable[Feature]) -> dict[str, Any]:
    """Features as JSON data."""
    return {"type": "FeatureCollection", "features": [write_feature(feature) for feature in features]}


def read_collection(text: str | bytes) -> tuple[Feature, ...]:
    """Features of a text: a FeatureCollection, or one Feature.

    :raises BadGeoJson: naming the feature at fault: no JSON, no shape, a declared system other than
        degrees, or positions that are no longitude and latitude.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise BadGeoJson(f"不是有效的 JSON: {problem}") from problem
    if not isinstance(data, dict):
        raise BadGeoJson("不是 GeoJSON: 最外层应为 FeatureCollection 或 Feature。")
    _check_system(data.get("crs"))
    match data:
        case {"type": "FeatureCollection", "features": list(records)}:
            return tuple(_read_feature(record, number) for number, record in enumerate(records, start=1))
        case {"type": "Feature"}:
            return (_read_feature(data, 1),)
    raise BadGeoJson("不是 GeoJSON: 最外层应为 FeatureCollection 或 Feature。")


def _read_feature(record: Any, number: int) -> Feature:
    match record:
        case {"type": "Feature", "geometry": dict(geometry)}:
            properties, name = record.get("properties") or {}, record.get("id")
        case _:
            raise BadGeoJson(f"第 {number} 个要素缺少图形(geometry)。", feature=number)
    if not isinstance(properties, dict):
        raise BadGeoJson(f"第 {number} 个要素的属性(properties)不是对象。", feature=number)
    try:
        outline = shape(geometry)
        west, south, east, north = outline.bounds
    except Exception as problem:  # shapely raises whatever malformed data makes it stumble on
        raise BadGeoJson(f"第 {number} 个要素的图形无法读取: {problem}", feature=number) from problem
    if not all(-180 <= lon <= 180 for lon in (west, east)) or not all(
        -90 <= lat <= 90 for lat in (south, north)
    ):
        raise BadGeoJson(
            f"第 {number} 个要素的坐标不是经纬度（先经度后纬度的十进制度）。请转换坐标系后重新提交。",
            feature=number,
        )
    return Feature(outline, properties, name if isinstance(name, str | int) else None)


def _check_system(declared: Any) -> None:
    """Old files may name a system (GeoJSON 2008); only degrees of CGCS2000 or WGS84 are taken as they are."""
    if declared is None:
        return
    name = str(declared)
    if not any(known in name for known in ("CRS84", "4326", "4490")):
        raise BadGeoJson(f"GeoJSON 声明的坐标系 {name} 不是经纬度。请转换为 CGCS2000 经纬度后重新提交。")
