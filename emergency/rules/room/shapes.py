"""Shapes that people draw on an incident's map, as facts hold them: GeoJSON in degrees (EPSG:4490)."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from gis_core.errors import BadInput

ShapeKind = Literal["point", "line", "area", "text"]
KIND_NAMES: dict[ShapeKind, str] = {"point": "点", "line": "线", "area": "面", "text": "文字"}
FEWEST: dict[ShapeKind, int] = {"point": 1, "line": 2, "area": 3, "text": 1}
MOST_CORNERS = 400
LONGEST_LABEL = 40
DECIMALS = 6
_OPEN: dict[ShapeKind, str] = {"point": "Point", "line": "LineString", "area": "Polygon", "text": "Point"}

Corner = tuple[float, float]


class BadShape(BadInput):
    """What was drawn is no shape of its kind."""

    code = "room_bad_shape"


def read_kind(word: str) -> ShapeKind:
    """The kind of a shape.

    :raises BadShape: when there is none of that name.
    """
    for kind in get_args(ShapeKind):
        if kind == word:
            known: ShapeKind = kind
            return known
    raise BadShape("请选择画点、线、面还是文字。", field="kind")


def corners_in(words: str) -> list[Corner]:
    """Corners as a form has them: longitude and latitude, one corner to a row or parted by semicolons.

    :raises BadShape: when a row is none, or there are too many.

    >>> corners_in("107.1, 34.3" + chr(10) + "107.2，34.4")
    [(107.1, 34.3), (107.2, 34.4)]
    """
    rows = words.replace("；", "\n").replace(";", "\n").split("\n")
    told = [row.replace("，", " ").replace(",", " ").split() for row in rows if row.strip()]
    if len(told) > MOST_CORNERS:
        raise BadShape(f"一个图形最多 {MOST_CORNERS} 个折点，请分成几个画。", field="corners")
    return [_corner(row) for row in told]


def _corner(parts: Sequence[str]) -> Corner:
    try:
        lon, lat = (round(float(one), DECIMALS) for one in parts)
    except (ValueError, OverflowError) as problem:
        raise BadShape("折点应每行写“经度,纬度”，例如 107.145, 34.369。", field="corners") from problem
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise BadShape("有折点不在地球上，请检查经度和纬度。", field="corners")
    return lon, lat


def geometry_of(kind: ShapeKind, corners: Sequence[Corner]) -> dict[str, Any]:
    """The GeoJSON geometry of a shape; an area is closed.

    :raises BadShape: with too few corners for its kind.

    >>> geometry_of("area", [(0, 0), (1, 0), (1, 1)])["coordinates"]
    [[[0, 0], [1, 0], [1, 1], [0, 0]]]
    """
    distinct = list(dict.fromkeys(corners))
    if len(distinct) < FEWEST[kind]:
        told = f"{KIND_NAMES[kind]}至少要 {FEWEST[kind]} 个不同的点。请在地图上接着点。"
        raise BadShape(told, field="corners")
    places = [list(one) for one in corners]
    if _OPEN[kind] == "Point":
        return {"type": "Point", "coordinates": places[0]}
    if kind == "line":
        return {"type": "LineString", "coordinates": places}
    ring = places if places[0] == places[-1] else [*places, places[0]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature_of(geometry: Mapping[str, Any], **properties: Any) -> dict[str, Any]:
    """A GeoJSON feature."""
    return {"type": "Feature", "geometry": dict(geometry), "properties": properties}
