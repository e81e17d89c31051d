"""Links pasted from maps: where the address itself holds the coordinates. Nothing is ever fetched.

Orders and systems as the makers document them: lbs.amap.com/api/uri-api (position=longitude,latitude;
coordinate=gaode or wgs84; dev=1 of the phone's links means GPS), lbs.qq.com/webApi/uriV1 (coord is
latitude,longitude; coord_type 1 GPS, 2 Tencent), lbsyun.baidu.com (location is latitude,longitude;
coord_type bd09ll unless it says otherwise), RFC 5870 (geo: is WGS84), OpenStreetMap (WGS84). Shared
links of Gaode carry `p=id,latitude,longitude,name` and `q=latitude,longitude,name`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import cos, exp2, hypot, radians
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from gis_core.baidu_mercator import baidu_mercator_to_bd09
from gis_core.crs import from_system
from gis_core.errors import BadInput
from gis_core.geocoding.written_place import LEAST_RADIUS_M, Surroundings, WrittenPlace, find_place, reach_m
from gis_core.graticule import metres_per_degree
from gis_core.places import LonLat, NotOnEarth

# The body ends at blanks, quotes and Chinese punctuation; words in the middle of a query belong to it.
_LINK = re.compile(
    r"(?:[a-z][a-z0-9+]{1,11}://|(?<![a-z0-9])geo:(?=-?\d)"
    r"|(?<![a-z0-9.@-])(?:[a-z0-9-]{1,40}\.){1,4}(?:com|cn|org|gl|hk)(?=[/?]))"
    r"[!#-;=?-~]{1,2000}(?:[\u3400-\u9fff]{1,60}[&;/?#|=%][!#-;=?-~]{0,2000}){0,12}",
    re.IGNORECASE,
)
_NUMBER = r"-?\d{1,3}(?:\.\d{1,15})?"
_PAIR = re.compile(rf"\s*({_NUMBER})\s*[,，]\s*\+?({_NUMBER})(?!\d|\.\d)")
_METRES = re.compile(r"/@(-?\d{6,9}(?:\.\d{1,12})?),(-?\d{6,9}(?:\.\d{1,12})?)(?:,(\d{1,2}(?:\.\d{1,6})?)z)?")
_GOOGLE_PIN = re.compile(rf"!3d({_NUMBER})!4d({_NUMBER})")
_GOOGLE_PATH = re.compile(rf"/(?:place|search|dir/[^/]{{0,200}})/({_NUMBER}),\s?\+?({_NUMBER})(?![\d.])")
_GOOGLE_VIEW = re.compile(rf"/@({_NUMBER}),({_NUMBER})(?:,(\d{{1,2}}(?:\.\d{{1,6}})?)z)?")
_OSM_VIEW = re.compile(rf"map=(\d{{1,2}}(?:\.\d{{1,6}})?)/({_NUMBER})/({_NUMBER})")
# What a screen shows besides its middle: a quarter of a small window, in pixels.
_VIEW_PIXELS = 100
_METRES_PER_PIXEL = 156543.03
_UNKNOWN_VIEW_M = 500.0


class LinkWithoutPlace(BadInput):
    """A link of a map, such as a short one, whose address holds no coordinates."""

    code = "link_without_place"


@dataclass(frozen=True, slots=True)
class _Found:
    """What an address says: numbers as written, their system, and the radius of a view's middle."""

    place: LonLat
    lon: str
    lat: str
    system: str
    view_m: float | None = None
    is_swapped: bool = False


_Query = dict[str, str]


def read_links(text: str, around: Surroundings) -> Iterator[tuple[tuple[int, int], list[WrittenPlace]]]:
    """Each link of a known map with the places it states: none, one, or two where its system is in doubt.

    Reads the text as it came, because the rest of an address tells small letters from capitals.
    """
    for start, end, maker, split in _map_links(text):
        found = _find(maker, split)
        places = [] if found is None else _places(maker, found, start, end, around)
        yield (start, end), places


def check_links(text: str) -> None:
    """Say what to do about links of maps that hold no coordinates, when no other link of the text does.

    :raises LinkWithoutPlace: for a text with such links only.

    >>> check_links("在这里 https://surl.amap.com/4mkKGuyJ2bz 井盖没了")
    Traceback (most recent call last):
    gis_core.geocoding.map_links.LinkWithoutPlace: 高德地图的链接里没有坐标，本系统不打开外部链接。\
请在地图里打开它，复制带坐标的完整链接，或直接填写地址或经纬度。
    """
    empty = ""
    for _, _, maker, split in _map_links(text):
        if _find(maker, split) is not None:
            return
        empty = empty or maker.name
    if empty:
        raise LinkWithoutPlace(
            f"{empty}的链接里没有坐标，本系统不打开外部链接。"
            "请在地图里打开它，复制带坐标的完整链接，或直接填写地址或经纬度。"
        )


@dataclass(frozen=True, slots=True)
class _Maker:
    """A map: its name, the hosts and schemes of its links, and how its addresses are read."""

    name: str
    hosts: re.Pattern[str]
    schemes: frozenset[str]
    find: Callable[[SplitResult, _Query], _Found | None]
    is_in_doubt: bool = False  # whether its coordinates in China may be GCJ-02


def _map_links(text: str) -> Iterator[tuple[int, int, _Maker, SplitResult]]:
    for match in _LINK.finditer(text):
        link = match.group().rstrip(".,;:!?)'")
        try:
            split = urlsplit(link if re.match("[A-Za-z0-9+]+:", link) else f"https://{link}")
            host = split.hostname or ""
        except ValueError:
            continue
        place_of_maker = f"{host}{split.path}"
        for maker in _MAKERS:
            if split.scheme in maker.schemes or (host and maker.hosts.match(place_of_maker)):
                yield match.start(), match.start() + len(link), maker, split
                break


def _find(maker: _Maker, split: SplitResult) -> _Found | None:
    late = split.fragment.partition("?")[2]
    try:
        values = parse_qs(f"{split.query}&{late}" if late else split.query, max_num_fields=60)
    except ValueError:
        return None
    return maker.find(split, {name.lower(): found[0] for name, found in values.items()})


def _find_gaode(split: SplitResult, query: _Query) -> _Found | None:
    system = "WGS84" if query.get("coordinate") == "wgs84" or query.get("dev") == "1" else "GCJ-02"
    for name in ("position", "lnglat", "location", "to", "to[lnglat]", "dest", "markers"):
        if found := _pair(query.get(name), system, lon_first=True):
            return found
    for lon, lat in (("lng", "lat"), ("lon", "lat"), ("longitude", "latitude"), ("dlon", "dlat")):
        if found := _numbers(query.get(lon), query.get(lat), system):
            return found
    shared = query.get("p", "").partition(",")[2]
    return (
        _pair(shared, system, lon_first=False)
        or _pair(query.get("q"), system, lon_first=False)
        or _pair(query.get("center"), system, lon_first=True, view_m=_UNKNOWN_VIEW_M)
    )


def _find_tencent(split: SplitResult, query: _Query) -> _Found | None:
    system = {"1": "WGS84", "2": "GCJ-02", "5": "GCJ-02"}.get(query.get("coord_type", "2"))
    if system is None:
        return None
    marked = re.search(r"coord:([^;|]*)", query.get("marker", ""))
    for value in (marked and marked[1], *(query.get(name) for name in ("coord", "tocoord", "latlng"))):
        if found := _pair(value or None, system, lon_first=False):
            return found
    return (
        _numbers(query.get("pointx"), query.get("pointy"), system)
        or _numbers(query.get("lng"), query.get("lat"), system)
        or _pair(query.get("center"), system, lon_first=False, view_m=_UNKNOWN_VIEW_M)
    )


def _find_baidu(split: SplitResult, query: _Query) -> _Found | None:
    named = query.get("coord_type", query.get("coordtype", "bd09ll")).lower()
    system = {"bd09ll": "BD-09", "gcj02": "GCJ-02", "gcj02ll": "GCJ-02", "wgs84": "WGS84"}.get(named)
    destination = re.search(r"latlng:([^|]*)", query.get("destination", ""))
    for value in (*(query.get(name) for name in ("location", "latlng")), destination and destination[1]):
        if system and (found := _pair(value or None, system, lon_first=False)):
            return found
    metres = _METRES.search(unquote(split.path))
    if metres is None:
        return None
    try:
        place = baidu_mercator_to_bd09(float(metres[1]), float(metres[2]))
    except NotOnEarth:
        return None
    view_m = _VIEW_PIXELS * exp2(18 - float(metres[3] or 18))
    return _Found(place, f"{place.lon_deg:.6f}", f"{place.lat_deg:.6f}", "BD-09", view_m)


def _find_openstreetmap(split: SplitResult, query: _Query) -> _Found | None:
    if found := _numbers(query.get("mlon"), query.get("mlat"), "WGS84"):
        return found
    view = _OSM_VIEW.search(split.fragment)
    if view is not None:
        return _numbers(view[3], view[2], "WGS84", view_m=_view_m(view[2], view[1]))
    return _numbers(query.get("lon"), query.get("lat"), "WGS84", view_m=_UNKNOWN_VIEW_M)


def _find_google(split: SplitResult, query: _Query) -> _Found | None:
    path = unquote(split.path)
    pin = _GOOGLE_PIN.search(path) or _GOOGLE_PATH.search(path)
    if pin is not None:
        return _numbers(pin[2], pin[1], "WGS84")
    for name in ("q", "query", "ll", "daddr", "destination", "sll"):
        if found := _pair(query.get(name, "").removeprefix("loc:"), "WGS84", lon_first=False):
            return found
    view = _GOOGLE_VIEW.search(path)
    return view and _numbers(view[2], view[1], "WGS84", view_m=_view_m(view[1], view[3]))


def _find_geo(split: SplitResult, query: _Query) -> _Found | None:
    parameters = dict(part.partition("=")[::2] for part in split.path.lower().split(";")[1:])
    if parameters.get("crs", "wgs84") != "wgs84":
        return None
    unsure = re.fullmatch(r"\d{1,6}(?:\.\d{1,6})?", parameters.get("u", ""))
    found = _pair(query.get("q"), "WGS84", lon_first=False)
    return found or _pair(split.path, "WGS84", lon_first=False, view_m=float(unsure[0]) if unsure else None)


def _pair(value: str | None, system: str, *, lon_first: bool, view_m: float | None = None) -> _Found | None:
    """Two numbers with a comma, in the order the maker states, or the other where that is none on Earth."""
    match = _PAIR.match(value) if value else None
    if match is None:
        return None
    lon, lat = (match[1], match[2]) if lon_first else (match[2], match[1])
    return _numbers(lon, lat, system, view_m=view_m) or _numbers(
        lat, lon, system, view_m=view_m, swapped=True
    )


def _numbers(
    lon: str | None, lat: str | None, system: str, *, view_m: float | None = None, swapped: bool = False
) -> _Found | None:
    if not (lon and lat and re.fullmatch(_NUMBER, lon) and re.fullmatch(_NUMBER, lat)):
        return None
    place = find_place(float(lon), float(lat))
    # 0,0 is what maps write when they know no place.
    if place is None or (place.lon_deg == 0 and place.lat_deg == 0):
        return None
    return _Found(place, lon, lat, system, view_m, swapped)


def _view_m(lat: str, zoom: str | None) -> float:
    """How far from the middle of a view of Web Mercator a person may have meant, metres."""
    if zoom is None:
        return _UNKNOWN_VIEW_M
    return _VIEW_PIXELS * _METRES_PER_PIXEL * abs(cos(radians(float(lat)))) / exp2(float(zoom))


def _places(maker: _Maker, found: _Found, start: int, end: int, around: Surroundings) -> list[WrittenPlace]:
    try:
        place = from_system(found.place, found.system)
    except NotOnEarth:  # BD-09 beyond the edge of the Earth
        return []
    step_m = reach_m(place.lat_deg, _step_deg(found.lon), _step_deg(found.lat))
    radius_m = max(step_m, found.view_m or 0.0, LEAST_RADIUS_M)
    words = _words(maker, found, around.outside_words(place))
    read = WrittenPlace(place, "link", found.system, radius_m, start, end, words)
    if not maker.is_in_doubt:
        return [read]
    other = from_system(found.place, "GCJ-02")
    apart_m = _apart_m(place, other)
    if apart_m < LEAST_RADIUS_M:
        return [read]
    doubt = (
        f"；{maker.name}在中国境内的坐标也可能是 GCJ-02，两种读法相距约 {round(apart_m)} 米，请在地图上核对"
    )
    shifted = _words(maker, _Found(found.place, found.lon, found.lat, "GCJ-02", found.view_m), "")
    return [
        WrittenPlace(place, "link", "WGS84", radius_m + apart_m, start, end, words + doubt),
        WrittenPlace(other, "link", "GCJ-02", radius_m + apart_m, start, end, shifted + doubt),
    ]


def _words(maker: _Maker, found: _Found, outside: str) -> str:
    what = "地图中心" if found.view_m is not None and maker.name != "geo" else "坐标"
    swapped = "；链接里经纬度次序与惯例相反，按纬度不超过 90 度推定" if found.is_swapped else ""
    moved = "，已换算为 CGCS2000" if found.system in ("GCJ-02", "BD-09") else ""
    name = f" {maker.name} " if maker.name.isascii() else maker.name
    numbers = f"经度 {found.lon}、纬度 {found.lat}（{found.system}{moved}）"
    return f"读自{name}链接里的{what}：{numbers}{swapped}{outside}"


def _apart_m(one: LonLat, other: LonLat) -> float:
    lon_m, lat_m = metres_per_degree(one.lat_deg)
    east, north = (one.lon_deg - other.lon_deg) * lon_m, (one.lat_deg - other.lat_deg) * lat_m
    return hypot(east, north)


def _step_deg(number: str) -> float:
    return float(10.0 ** -len(number.partition(".")[2]))


def _maker(
    name: str,
    hosts: str,
    find: Callable[[SplitResult, _Query], _Found | None],
    *schemes: str,
    is_in_doubt: bool = False,
) -> _Maker:
    return _Maker(name, re.compile(rf"(?:[a-z0-9.-]*\.)?(?:{hosts})"), frozenset(schemes), find, is_in_doubt)


_MAKERS = (
    _maker("高德地图", r"(?:amap|gaode)\.com(?:/|$)", _find_gaode, "amapuri", "androidamap", "iosamap"),
    _maker("腾讯地图", r"map\.(?:wap\.)?qq\.com(?:/|$)", _find_tencent, "qqmap"),
    _maker("百度地图", r"map\.baidu\.com(?:/|$)", _find_baidu, "baidumap", "bdapp"),
    _maker("OpenStreetMap", r"(?:openstreetmap|osm)\.org(?:/|$)", _find_openstreetmap),
    _maker(
        "谷歌地图",
        r"(?:maps\.google\.[a-z.]{2,7}(?:/|$)|google\.[a-z.]{2,7}/maps|maps\.app\.goo\.gl/|goo\.gl/maps)",
        _find_google,
        is_in_doubt=True,
    ),
    _maker("苹果地图", r"maps\.apple\.com(?:/|$)", _find_google, is_in_doubt=True),
    _maker("geo", r"(?!)", _find_geo, "geo"),
)
