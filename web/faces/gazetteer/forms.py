"""The form of a place: what it says, and the shape that it draws or types."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import shapely
from pydantic import BaseModel, ConfigDict, Field
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from gis_core.crs import PlaneSystem
from gis_core.errors import BadInput
from gis_core.geocoding.gazetteer import NameSort, PlaceKind
from gis_core.places import LonLat
from grid.gazetteer.exporting import former_words
from grid.gazetteer.reading import PlaceDetail
from grid.rules.gazetteer import Place
from grid.rules.place_fields import read_names
from web.forms import Day
from web.gazetteer_work import corners_of

MOST_CORNERS = 2_000
MOST_SHOWN_CORNERS = 200
Drawn = Literal["point", "line", "area"]
DRAWN_NAMES = {"point": "点", "line": "线", "area": "面"}
FIELDS = ("kind", "name", "alias", "short", "former", "category", "street", "number", "valid_from", "drawn",
          "vertices", "lon", "lat", "reason", "position_source", "accuracy_m")  # fmt: skip


class NoPlaceShape(BadInput):
    """The form has neither a point nor corners."""

    code = "no_place_shape"


class BadVertices(BadInput):
    """Corners that cannot be read."""

    code = "bad_vertices"


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it is filled in."""

    values: Mapping[str, str]


class PlaceSent(BaseModel):
    """The form of a place; degrees are EPSG:4490."""

    model_config = ConfigDict(extra="ignore")

    revision: int = Field(0, ge=0, title="版本")
    kind: PlaceKind = Field(PlaceKind.POI, title="地名类型")
    name: str = Field("", max_length=200, title="标准名称")
    alias: str = Field("", max_length=600, title="别名")
    short: str = Field("", max_length=300, title="简称")
    former: str = Field("", max_length=600, title="曾用名")
    category: str = Field("", max_length=24, title="类别")
    street: str = Field("", max_length=200, title="街巷或小区")
    number: str = Field("", max_length=60, title="门牌号")
    valid_from: Day | None = Field(None, title="启用日期")
    drawn: Drawn = Field("point", title="画法")
    vertices: str = Field("", max_length=100_000, title="折点")
    lon: float | None = Field(None, ge=-180, le=180, title="经度")
    lat: float | None = Field(None, ge=-90, le=90, title="纬度")
    reason: str = Field("", max_length=500, title="理由")


class StepSent(BaseModel):
    """The form of an end, a restoring or a taking back."""

    model_config = ConfigDict(extra="ignore")

    revision: int = Field(ge=0, title="版本")
    reason: str = Field("", max_length=500, title="理由")
    on: Day | None = Field(None, title="停用日期")


def place_sent(sent: PlaceSent, shape: BaseGeometry) -> Place:
    """The place that a form says, with its shape in the plane."""
    return Place(
        kind=sent.kind,
        name=sent.name,
        shape=shape,
        category=sent.category,
        street=sent.street,
        number=sent.number,
        names=read_names(sent.alias, sent.short, sent.former),
        valid_from=sent.valid_from,
    )


def shape_sent(sent: PlaceSent, plane: PlaneSystem) -> BaseGeometry:
    """The shape of a form in the plane.

    :raises NoPlaceShape: when neither a point nor corners are there.
    :raises BadVertices: when corners cannot be read, or are too few for what is drawn.
    :raises OutsidePlane: when a place lies on another side of the Earth.
    """
    if sent.drawn == "point":
        if sent.lon is None or sent.lat is None:
            raise NoPlaceShape("还没有位置。请在地图上点选，或填写经纬度。")
        here = plane.to_plane(LonLat(sent.lon, sent.lat))
        return Point(here.easting_m, here.northing_m)
    corners = [plane.to_plane(one) for one in read_vertices(sent.vertices)]
    pairs = [(one.easting_m, one.northing_m) for one in corners]
    least, word = (2, "线") if sent.drawn == "line" else (3, "面")
    if len(set(pairs)) < least:
        raise BadVertices(f"画{word}至少要 {least} 个不同的折点。请在地图上接着点。")
    return LineString(pairs) if sent.drawn == "line" else Polygon(pairs)


def read_vertices(text: str) -> list[LonLat]:
    """Corners in degrees: longitude and latitude in a row, or parted by semicolons.

    :raises BadVertices: naming the corner that is none.

    >>> read_vertices("107.1, 34.3\\n107.2 34.4")
    [LonLat(lon_deg=107.1, lat_deg=34.3), LonLat(lon_deg=107.2, lat_deg=34.4)]
    """
    rows = [row.strip() for row in re.split(r"[\n;；]", text) if row.strip()]
    if len(rows) > MOST_CORNERS:
        raise BadVertices(f"折点有 {len(rows):,} 个，最多 {MOST_CORNERS:,} 个。更细的图形请用文件导入。")
    corners = []
    for n, row in enumerate(rows, start=1):
        parts = re.split(r"[,，\s]+", row)
        try:
            lon, lat = (float(part) for part in parts)
        except ValueError:
            raise BadVertices(f"第 {n} 个折点“{row[:40]}”不是经度和纬度。应如 107.145, 34.369。") from None
        corners.append(LonLat(lon, lat))
    return corners


def values_of(detail: PlaceDetail) -> dict[str, str]:
    """What the form of a place shows before anybody has typed."""
    one = detail.summary
    by_sort = {
        sort: "；".join(name.text for name in detail.names if name.sort is sort)
        for sort in (NameSort.ALIAS, NameSort.SHORT)
    }
    kind = shapely.from_geojson(detail.geojson).geom_type
    return {
        "kind": one.kind.value,
        "name": one.name,
        "alias": by_sort[NameSort.ALIAS],
        "short": by_sort[NameSort.SHORT],
        "former": "；".join(former_words(name) for name in detail.names if name.sort is NameSort.FORMER),
        "category": one.category,
        "street": one.street,
        "number": one.number,
        "valid_from": one.valid_from.isoformat() if one.valid_from else "",
        "drawn": "point" if "Point" in kind else "line" if "Line" in kind else "area",
        "vertices": corners_of(detail.geojson, most=MOST_SHOWN_CORNERS),
        "lon": f"{one.lon:.7f}" if kind == "Point" else "",
        "lat": f"{one.lat:.7f}" if kind == "Point" else "",
        "reason": "",
        "position_source": "map",
        "accuracy_m": "",
    }


def is_drawn_anew(sent: Mapping[str, str], before: Mapping[str, str]) -> bool:
    """Whether the form draws another shape than the one that it showed."""
    drawn = sent.get("drawn", before["drawn"])
    if drawn == "point":
        return drawn != before["drawn"] or any(sent.get(key, "") != before[key] for key in ("lon", "lat"))
    typed = "".join(sent.get("vertices", "").split())
    return bool(typed) and (drawn != before["drawn"] or typed != "".join(before["vertices"].split()))
