"""The town of geocoding_town with more of what people talk about: schools by number, branches, posts, gates.

Streets called like places elsewhere: 大庆路 at y = 1200, 太白路 at x = -800. Two estates 静园小区, at
(-600, 300) beside 红星幼儿园 and at (700, -600) beside 百花药厂. Kilometre posts of 人民路, K1 at x = 0.
"""

from dataclasses import replace
from functools import cache

from shapely import LineString, box
from shapely.geometry.base import BaseGeometry

from gis_core.geocoding.gazetteer import GazetteerPlace, PlaceKind
from gis_core.geocoding.index import PlaceIndex
from gis_core.geocoding.index_building import build_index
from tests import geocoding_town as town

WORDS = town.WORDS | {"公交站牌": "bus_stop", "市场": "market"}


def further() -> list[GazetteerPlace]:
    """What the town has not."""
    return [
        _street("大庆路", (-1000, 1200), (1000, 1200)),
        _street("太白路", (-800, 350), (-800, 1500)),
        _plate("大庆路", 105, -300, 1214),
        _poi("学子路第二小学", "school", 450, 250),
        _poi("文化路第六小学", "school", 420, 600),
        _poi("听雨面馆（文化路店）", "restaurant", 412, -80),
        _poi("听雨面馆", "restaurant", -412, -80),
        _poi("渭工路便民市场", "market", -420, -250),
        _poi("红星幼儿园", "kindergarten", -480, 330),
        _poi("百花药厂", "factory", 760, -700),
        _poi("锦绣家园南门", "gate", 600, 138),
        _poi("太白路公交站", "bus_stop", -780, 1130),
        *(_poi(f"人民路K{n}+000", "kilometre_post", -1000 + 1000 * n, 400) for n in (0, 1, 2)),
        _shaped("p:e1", PlaceKind.BLOCK, "静园小区", box(-640, 260, -560, 340)),
        _shaped("p:e2", PlaceKind.BLOCK, "静园小区", box(660, -640, 740, -560), town.SOUTH),
        _shaped(
            "g:610302002006003",
            PlaceKind.AREA,
            "新民路社区第3网格",
            box(0, -200, 100, -100),
            town.SOUTH,
            "unit_grid",
        ),
        _shaped(
            "r:610302002R001",
            PlaceKind.AREA,
            "责任网格610302002R001",
            box(0, -200, 200, 0),
            town.SOUTH,
            "responsibility_grid",
        ),
        GazetteerPlace(
            "c:61030201002000001",
            PlaceKind.POI,
            "污水井盖",
            40.0,
            -40.0,
            "component",
            area_code=town.SOUTH,
            other_keys=("c:6103020102000001",),
        ),
    ]


@cache
def talkative_town() -> PlaceIndex:
    """The index of both."""
    places = [*town.divisions(), *town.landmarks(), *town.streets(), *town.plates(), *further()]
    return build_index(places, town.AREAS, version="1", generic_words=WORDS)


def _street(name: str, start: tuple[float, float], end: tuple[float, float]) -> GazetteerPlace:
    return _shaped(f"s:{name}", PlaceKind.STREET, name, LineString([start, end]))


def _plate(street: str, number: int, easting_m: float, northing_m: float) -> GazetteerPlace:
    name = f"{street}{number}号"
    plate = GazetteerPlace(f"p:{name}", PlaceKind.DOOR_PLATE, name, easting_m, northing_m)
    return replace(plate, area_code=town.NORTH, street=street, number=str(number))


def _poi(name: str, category: str, easting_m: float, northing_m: float) -> GazetteerPlace:
    return GazetteerPlace(f"p:{name}", PlaceKind.POI, name, easting_m, northing_m, category)


def _shaped(
    key: str, kind: PlaceKind, name: str, shape: BaseGeometry, area_code: str = "", category: str = ""
) -> GazetteerPlace:
    middle = shape.centroid
    return GazetteerPlace(
        key, kind, name, middle.x, middle.y, category, shape=shape, area_code=area_code or town.NORTH
    )
