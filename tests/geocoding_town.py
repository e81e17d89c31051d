"""A small town for tests of the engine: plane metres from where 经二路 crosses 红旗路, streets 400 m apart.

人民路   y = 400      plates of 经二路: every 20 m, odd numbers north, even south, from x = -600 eastward,
经二路   y = 0        so number 2n+1 stands at x = -600 + 20 n; 155 at x = 940
新民路   y = -400     红旗路 x = 0, 文化路 x = 400, 渭工路 x = -400
"""

from functools import cache

from shapely import LineString, Polygon, box

from gis_core.geocoding.gazetteer import GazetteerArea, GazetteerPlace, NameSort, PlaceKind, PlaceName
from gis_core.geocoding.geocoder import Geocoder
from gis_core.geocoding.index import PlaceIndex
from gis_core.geocoding.index_building import build_index

AREAS = (
    GazetteerArea("610300", "宝鸡市", "city"),
    GazetteerArea("610302", "渭滨区", "district", ("610300",)),
    GazetteerArea("610303", "金台区", "district", ("610300",)),
    GazetteerArea("610302002", "经二路街道", "subdistrict", ("610302", "610300")),
    GazetteerArea("610303001", "中山东路街道", "subdistrict", ("610303", "610300")),
    GazetteerArea("610302002006", "新民路社区", "community", ("610302002", "610302", "610300")),
    GazetteerArea("610303001001", "东仁堡社区", "community", ("610303001", "610303", "610300")),
    GazetteerArea("ZGX", "宝鸡高新技术产业开发区", "zone", ("610300",)),
)
SOUTH, NORTH = "610302002006", "610303001001"
WORDS = {"邮局": "post_office", "学校": "school", "公园": "park"}


def streets() -> list[GazetteerPlace]:
    """Three streets along and three across."""
    ends = {
        "经二路": ((-1000, 0), (1000, 0)),
        "人民路": ((-1000, 400), (1000, 400)),
        "新民路": ((-1000, -400), (1000, -400)),
        "红旗路": ((0, -800), (0, 800)),
        "文化路": ((400, -800), (400, 800)),
        "渭工路": ((-400, -800), (-400, 390)),
    }
    found = []
    for name, (start, end) in ends.items():
        line = LineString([start, end])
        middle = line.interpolate(0.5, normalized=True)
        found.append(
            GazetteerPlace(
                f"s:{name}", PlaceKind.STREET, name, middle.x, middle.y, shape=line, area_code=SOUTH
            )
        )
    return found


def plates() -> list[GazetteerPlace]:
    """Plates of 经二路, some numbers left out; and the buildings of both estates."""
    found = []
    for n in range(80):
        for number, north in ((2 * n + 1, 14.0), (2 * n + 2, -14.0)):
            if number % 50 in (21, 23, 25):
                continue
            found.append(_plate("经二路", str(number), -600.0 + 20.0 * n, north, SOUTH))
    for n in range(1, 7):
        found.append(_plate("阳光小区", f"{n}号楼", -200.0 + 30 * n, -200.0, SOUTH))
        found.append(_plate("阳光小区", f"{n}号楼", -200.0 + 30 * n, 600.0, NORTH))
    return found


def landmarks() -> list[GazetteerPlace]:
    """Estates of one name, a post office, a school, a park, a market."""
    return [
        _estate("p:1", "阳光小区", box(-220, -260, 20, -140), SOUTH),
        _estate("p:2", "阳光小区", box(-220, 540, 20, 660), NORTH),
        _estate("p:3", "锦绣家园", box(540, 140, 660, 260), NORTH),
        _poi("p:4 post_office", "经二路邮政支局", 52, 16, PlaceName("经二路邮局")),
        _poi("p:5 school", "新民路小学", 200, -420),
        _poi("p:6 park", "人民公园", -700, -600, PlaceName("河滨公园", NameSort.FORMER, "1998-01-01")),
        _poi("p:7 market", "龙泉巷农贸市场", 700, 420, PlaceName("龙泉巷菜市场")),
    ]


def divisions() -> list[GazetteerPlace]:
    """The areas that have an outline."""
    return [
        _area("d:610302", "渭滨区", "district", box(-2000, -1300, 2000, 300)),
        _area("d:610303", "金台区", "district", box(-2000, 300, 2000, 1500)),
        _area("d:610302002", "经二路街道", "subdistrict", box(-1000, -900, 1000, 300)),
        _area("d:610302002006", "新民路社区", "community", box(-500, -900, 500, 0)),
        _area("d:610303001001", "东仁堡社区", "community", box(-500, 300, 500, 900)),
        _area("z:ZGX", "宝鸡高新技术产业开发区", "zone", box(500, -900, 1500, 900), "高新区"),
    ]


@cache
def town() -> PlaceIndex:
    """The index of the town."""
    return build_index(
        [*divisions(), *landmarks(), *streets(), *plates()], AREAS, version="1", generic_words=WORDS
    )


def geocoder() -> Geocoder:
    """The engine over the town."""
    return Geocoder(town())


def _plate(owner: str, number: str, easting_m: float, northing_m: float, area_code: str) -> GazetteerPlace:
    name = f"{owner}{number}" + ("" if number.endswith("楼") else "号")
    key = f"p:{owner}{number}@{northing_m:.0f}"
    return GazetteerPlace(
        key,
        PlaceKind.DOOR_PLATE,
        name,
        easting_m,
        northing_m,
        area_code=area_code,
        street=owner,
        number=number,
    )


def _poi(key: str, name: str, easting_m: float, northing_m: float, *names: PlaceName) -> GazetteerPlace:
    key, category = key.split()
    return GazetteerPlace(key, PlaceKind.POI, name, easting_m, northing_m, category, names, area_code=SOUTH)


def _estate(key: str, name: str, shape: Polygon, area_code: str) -> GazetteerPlace:
    middle = shape.centroid
    return GazetteerPlace(key, PlaceKind.BLOCK, name, middle.x, middle.y, shape=shape, area_code=area_code)


def _area(key: str, name: str, level: str, shape: Polygon, *short: str) -> GazetteerPlace:
    middle, names = shape.centroid, tuple(PlaceName(one, NameSort.SHORT) for one in short)
    code = key[2:]
    return GazetteerPlace(key, PlaceKind.AREA, name, middle.x, middle.y, level, names, shape, code)
