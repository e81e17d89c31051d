"""Coordinates, links and codes of places are read from what people paste; addresses are left alone."""

from collections.abc import Callable
from math import cos, hypot, radians
from time import perf_counter
from timeit import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openlocationcode import openlocationcode

from gis_core.baidu_mercator import baidu_mercator_to_bd09
from gis_core.crs import PlaneSystem
from gis_core.geocoding import beidou
from gis_core.geocoding.written import (
    MOST_PLACES,
    LinkWithoutPlace,
    WrittenPlace,
    check_links,
    read_written,
)
from gis_core.offset_systems import gcj02_to_bd09, wgs84_to_gcj02
from gis_core.places import LonLat, NotOnEarth

CITY_HALL = LonLat(107.2378, 34.3633)
PLANE = PlaneSystem(4545)
in_baoji = st.builds(LonLat, st.floats(106.31, 108.09), st.floats(33.51, 35.09))


def lies_in_baoji(place: LonLat) -> bool:
    return 106.3 <= place.lon_deg <= 108.1 and 33.5 <= place.lat_deg <= 35.1


def read(text: str, inside: Callable[[LonLat], bool] = lies_in_baoji) -> tuple[WrittenPlace, ...]:
    return read_written(text, plane=PLANE, inside=inside, near=LonLat(107.14, 34.36))


def metres_apart(one: LonLat, other: LonLat) -> float:
    east = (one.lon_deg - other.lon_deg) * 111_320 * cos(radians(one.lat_deg))
    return hypot(east, (one.lat_deg - other.lat_deg) * 110_950)


def dms(angle_deg: float, degree: str = "°", minute: str = "′", second: str = "″") -> str:
    """An angle in whole degrees, minutes and tenths of a second, with the signs given."""
    tenths = round(angle_deg * 36_000)
    degrees, minutes = divmod(tenths, 36_000)[0], tenths % 36_000 // 600
    return f"{degrees}{degree}{minutes}{minute}{tenths % 600 / 10:04.1f}{second}"


# All of these mean the city hall, to their own precision.
DEGREES = [
    ("107.2378,34.3633", "decimal", "longitude first"),
    ("34.3633,107.2378", "decimal", "latitude first, told by the city"),
    ("34.3633，107.2378", "decimal", "a Chinese comma"),
    ("107.2378、34.3633", "decimal", "an enumeration comma"),
    ("107.2378 34.3633", "decimal", "a blank"),
    ("１０７．２３７８，３４．３６３３", "decimal", "full width"),
    ("107.2378°E 34.3633°N", "decimal", "signs and letters behind"),
    ("N34.3633,E107.2378", "decimal", "letters before"),
    ("n 34.3633 e 107.2378", "decimal", "small letters with blanks"),
    ("E107.2378N34.3633", "decimal", "nothing between"),
    ("34.3633N107.2378E", "decimal", "letters behind and nothing between"),
    ("东经107.2378北纬34.3633", "decimal", "words before"),
    ("東經107.2378度 北緯34.3633度", "decimal", "traditional characters"),
    ("经度：107.2378；纬度：34.3633", "decimal", "words with colons"),
    ("经纬度107.2378,34.3633", "decimal", "a word that tells no order"),
    ("lat,lng: 34.3633, 107.2378", "decimal", "English words that tell the order"),
    ('{"lat": 34.3633, "lng": 107.2378}', "decimal", "JSON"),
    ("lng=107.2378&lat=34.3633", "decimal", "a query"),
    ("在(107.2378, 34.3633)附近，井盖没了", "decimal", "brackets amid words"),
    ("北纬34.3633，东经107.2378，海拔612.345米", "decimal", "a height behind"),
    ("107°14′16″E 34°21′48″N", "dms", "degrees, minutes, seconds"),
    ("107°14'16\",34°21'48\"", "dms", "signs of a keyboard"),
    ("107°14'16''，34°21'48''", "dms", "two apostrophes for seconds"),
    ("东经107度14分16秒，北纬34度21分48秒", "dms", "in words"),
    ("34度21分48秒，107度14分16秒", "dms", "in words, latitude first, told by the city"),
    ("东經１０７度１４分１６秒 北緯３４度２１分４８秒", "dms", "words and full width"),
    ("107-14-16, 34-21-48", "dms", "hyphens"),
    ("107 14 16.0 E, 34 21 48.0 N", "dms", "blanks with letters"),
    ("E107 14 16 N34 21 48", "dms", "blanks with letters before"),
    ("107°14.27′E，34°21.8′N", "dms", "degrees and decimal minutes"),
    ("107:14:16 34:21:48", "dms", "colons, told by the city"),
]
PLANES = [
    ("X=3804224.1 Y=429885.3", "EPSG:4545", "surveys call the northing X"),
    ("X=429885.3 Y=3804224.1", "EPSG:4545", "others call the easting X"),
    ("X：3804224.1，Y：36429885.3", "EPSG:4524", "eight digits carry the zone"),
    ("429885.3,3804224.1", "EPSG:4545", "no letters"),
    ("36429885 3804224", "EPSG:4524", "no letters, whole metres"),
    ("东429885.3米，北3804224.1米", "EPSG:4545", "words with units"),
    ("纵坐标3804224.1 横坐标429885.3", "EPSG:4545", "words of surveys"),
    ("easting 429885.3 northing 3804224.1", "EPSG:4545", "English words"),
]
GCJ, BD, GPS = "GCJ-02", "BD-09", "WGS84"
LINKS = [
    ("https://uri.amap.com/marker?position=107.2378,34.3633&name=首开广场", GCJ, "Gaode, marker"),
    ("https://uri.amap.com/marker?position=107.2378,34.3633&coordinate=wgs84", GPS, "Gaode, told GPS"),
    ("https://uri.amap.com/marker?markers=107.2378,34.3633,a|107.3,34.4,b", GCJ, "Gaode, first of several"),
    ("uri.amap.com/navigation?to=107.2378,34.3633,endpoint&mode=car", GCJ, "Gaode, way there, no scheme"),
    (
        "https://wb.amap.com/?p=B025003OPX%2C34.3633%2C107.2378%2C%E5%8E%A6&src=app",
        GCJ,
        "Gaode, shared point",
    ),
    ("https://wb.amap.com/?q=34.3633,107.2378,邮局", GCJ, "Gaode, shared position"),
    ("http://ditu.amap.com/regeo?lng=107.2378&lat=34.3633", GCJ, "Gaode, what is here"),
    ("https://www.amap.com/dir?to[lnglat]=107.2378,34.3633", GCJ, "Gaode, directions"),
    ("androidamap://viewMap?poiname=A&lat=34.3633&lon=107.2378&dev=1", GPS, "Gaode's phone link, GPS"),
    (
        "https://apis.map.qq.com/uri/v1/marker?marker=coord:34.3633,107.2378;title:邮局&referer=x",
        GCJ,
        "Tencent",
    ),
    ("https://apis.map.qq.com/uri/v1/geocoder?coord=34.3633,107.2378&coord_type=1", GPS, "Tencent, GPS"),
    ("https://map.wap.qq.com/h5-poi-detail?coord=107.2378,34.3633", GCJ, "Tencent, the other order"),
    ("https://map.qq.com/?type=marker&pointx=107.2378&pointy=34.3633", GCJ, "Tencent, the old page"),
    ("http://api.map.baidu.com/marker?location=34.3633,107.2378&title=邮局", BD, "Baidu"),
    ("http://api.map.baidu.com/marker?location=34.3633,107.2378&coord_type=gcj02", GCJ, "Baidu, told GCJ-02"),
    ("http://api.map.baidu.com/marker?location=34.3633,107.2378&coord_type=wgs84", GPS, "Baidu, told GPS"),
    ("http://map.baidu.com/?latlng=34.3633,107.2378&title=a", BD, "Baidu, the old page"),
    ("geo:34.3633,107.2378", GPS, "a geo: address"),
    ("geo:0,0?q=34.3633,107.2378(井盖)", GPS, "a geo: address with a label"),
    ("https://www.openstreetmap.org/?mlat=34.3633&mlon=107.2378#map=17/34.3/107.2", GPS, "OpenStreetMap"),
]
FROM_SYSTEM: dict[str, Callable[[LonLat], LonLat]] = {
    GPS: lambda place: place,
    GCJ: wgs84_to_gcj02,
    BD: lambda place: gcj02_to_bd09(wgs84_to_gcj02(place)),
}
ORDINARY = [
    ("", "nothing"),
    ("经二路和红旗路十字往东五十米，邮局门口，井盖没了", "a report"),
    ("经二路155号", "a door plate"),
    ("经2路155号", "a street that begins like longitude"),
    ("东风路12-3-1001", "building, unit, room"),
    ("3号楼E座1203", "a building with a letter"),
    ("东门12.5米，南墙3.25米", "measures with directions"),
    ("0917-3260000", "a telephone number"),
    ("13991712345", "a mobile number"),
    ("721000 3260000", "a postcode and a telephone number"),
    ("0917-3260000 13991712345", "two numbers"),
    ("61030301001000001", "a component"),
    ("6103030101000001", "an older component"),
    ("610303008007001", "a unit grid"),
    ("610303 01001 000001", "a component in groups"),
    ("61030320260801000123", "a case"),
    ("312国道1234", "a road and a number"),
    ("G310 K1234+500", "a kilometre post"),
    ("2345+678", "a post without letters, all digits of Plus Codes"),
    ("2026-11-26", "a day"),
    ("2026.11.26 12:30:45", "a moment"),
    ("26-11-26 27-11-26", "two days"),
    ("12.50,34.20", "prices"),
    ("107° 34°", "whole degrees alone"),
    ("沟宽107.2，深34.4", "few digits among words"),
    ("12.5,30.2", "few digits of another country"),
    ("转90度，再转45度", "turns"),
    ("v1.2345.6789", "a version"),
    ("192.168.100.200", "an address of a machine"),
    ("S212省道", "a road with a letter"),
    ("C2+P3车库", "two parking levels"),
    ("'; DROP TABLE cases; --", "an attack"),
    ("😀" * 40, "faces"),
]
HOSTILE = [
    "1", "1.23", "107.2378,34.3633 ", "107°14′", "107-14-", "107 14 16 ", "http://", "a.", "a.com/", "geo:1",
    "2345CCCC+", "N48IA", "东经", "lat,lng:", "429885 ", "中&a.com/", "https://map.baidu.com/@1234567,",
    "'", "°", "https://uri.amap.com/marker?position=1,",
    "https://uri.amap.com/marker?position=107.2378,34.3633 ",
]  # fmt: skip


@pytest.mark.parametrize(("text", "form", "because"), DEGREES, ids=[row[-1] for row in DEGREES])
def test_degrees_are_read_in_every_spelling(text: str, form: str, because: str) -> None:
    (found,) = read(text)
    assert (found.form, found.system) == (form, "EPSG:4490")
    assert metres_apart(found.place, CITY_HALL) < 12
    assert "107" in text[found.start : found.end].translate({0xFF10 + n: str(n) for n in range(10)})


@pytest.mark.parametrize(("text", "system", "because"), PLANES, ids=[row[-1] for row in PLANES])
def test_plane_coordinates_are_told_by_their_size(text: str, system: str, because: str) -> None:
    (found,) = read(text)
    assert (found.form, found.system) == ("plane", system)
    assert metres_apart(found.place, CITY_HALL) < 1
    assert (found.start, found.end) == (0, len(text.removesuffix("米")))


@pytest.mark.parametrize(("text", "system", "because"), LINKS, ids=[row[-1] for row in LINKS])
def test_a_pasted_link_is_read_in_the_system_of_its_map(text: str, system: str, because: str) -> None:
    (found,) = read(f"看这里 {text} 井盖没了")
    assert (found.form, found.system, found.start) == ("link", system, 4)
    assert metres_apart(FROM_SYSTEM[system](found.place), CITY_HALL) < 0.01


@pytest.mark.parametrize(("text", "because"), ORDINARY, ids=[row[-1] for row in ORDINARY])
def test_ordinary_words_and_numbers_are_no_coordinates(text: str, because: str) -> None:
    assert read(text) == ()


SAID = [
    (
        "107.2378,34.3633",
        "读作经度 107.2378、纬度 34.3633（CGCS2000）；经纬度次序按落在本市推定",
        "the order",
    ),
    ("116.4039,39.9149", "按纬度不超过 90 度推定；不在本市范围内", "another city"),
    ("12.3456,45.6789", "都不落在本市，按先经度后纬度读；不在本市", "nowhere near"),
    ("东经116.4度，北纬39.9度", "（CGCS2000）；不在本市范围内", "words leave no doubt of the order"),
    ("经度34.3633，纬度107.2378", "标反了，按纬度不超过 90 度判定", "words the wrong way round"),
    ("X=3804224.1 Y=429885.3", "X 为北、Y 为东", "letters of surveys"),
    ("429885 3804224", "哪个为北按数值大小判定", "no letters"),
    ("东3804224.1 北429885.3", "标反了", "labels the wrong way round"),
    ("967Q+84 宝鸡市", "短码按本市位置补全为 8P69967Q+84", "a short code"),
    ("N48IA44E14B2", "第 6 级", "the level of a grid code"),
    ("https://uri.amap.com/marker?position=107.2378,34.3633", "高德地图链接里的坐标", "whose link"),
    ("https://www.openstreetmap.org/#map=17/34.3633/107.2378", "地图中心", "a view has no pin"),
    ("https://maps.google.com/?q=34.3633,107.2378", "也可能是 GCJ-02", "Google in China"),
    ("https://map.qq.com/?coord=107.2378,34.3633", "次序与惯例相反", "a link the other way round"),
]


@pytest.mark.parametrize(("text", "words", "because"), SAID, ids=[row[-1] for row in SAID])
def test_it_says_what_was_read_and_what_was_assumed(text: str, words: str, because: str) -> None:
    assert words in read(text)[0].words


RADII = [
    ("107.2378,34.3633", 7.2, "four decimals"),
    ("107.237800,34.363300", 1, "six decimals are finer than the systems agree"),
    ("东经107.24，北纬34.36", 720, "two decimals"),
    ("107°14′16″E 34°21′48″N", 20, "seconds"),
    ("107°14′E 34°21′N", 1201, "minutes"),
    ("东经107度，北纬34度", 72_200, "degrees"),
    ("X=3804224.1 Y=429885.3", 0.07, "decimetres"),
    ("8P69967Q+84", 9, "a cell of 14 by 11 metres"),
    ("8P690000+", 72_000, "a cell of a degree"),
    ("N48IA44E14B2", 40, "two seconds"),
    ("geo:34.3633,107.2378;u=35", 35, "a geo: address tells it"),
    ("https://www.openstreetmap.org/#map=17/34.3633/107.2378", 99, "the middle of a view"),
    ("https://map.baidu.com/@11939224.0,4053320.0,17z", 200, "the middle of Baidu's view"),
    ("https://maps.google.com/?q=34.3633,107.2378", 467, "both readings of Google"),
]


@pytest.mark.parametrize(("text", "radius", "because"), RADII, ids=[row[-1] for row in RADII])
def test_digits_say_how_sure_a_place_is(text: str, radius: float, because: str) -> None:
    assert read(text)[0].radius_m == pytest.approx(radius, rel=0.03)


@given(
    in_baoji,
    st.integers(4, 9),
    st.sampled_from(["{lon},{lat}", "{lat}，{lon}", "N{lat} E{lon}", "东经{lon}北纬{lat}"]),
)
def test_decimal_degrees_come_back(place: LonLat, digits: int, spelling: str) -> None:
    lon, lat = f"{place.lon_deg:.{digits}f}", f"{place.lat_deg:.{digits}f}"
    (found,) = read(f"井盖在{spelling.format(lon=lon, lat=lat)}旁")
    assert metres_apart(found.place, place) <= found.radius_m * 1.01


@given(in_baoji, st.sampled_from(["°′″", "度分秒", "°'\""]))
def test_degrees_minutes_and_seconds_come_back(place: LonLat, signs: str) -> None:
    (found,) = read(f"{dms(place.lat_deg, *signs)}, {dms(place.lon_deg, *signs)}")
    assert found.form == "dms"
    assert metres_apart(found.place, place) <= found.radius_m * 1.01


@given(in_baoji, st.sampled_from([4545, 4524]), st.booleans())
def test_plane_coordinates_come_back(place: LonLat, srid: int, northing_first: bool) -> None:
    point = PlaneSystem(srid).to_plane(place)
    pair = [f"{point.northing_m:.2f}", f"{point.easting_m:.2f}"]
    (found,) = read(", ".join(pair if northing_first else reversed(pair)))
    assert found.system == f"EPSG:{srid}"
    assert metres_apart(found.place, place) < 0.02


@given(in_baoji)
def test_a_place_shown_by_gaode_comes_back(place: LonLat) -> None:
    shown = wgs84_to_gcj02(place)
    (found,) = read(f"https://uri.amap.com/marker?position={shown.lon_deg:.6f},{shown.lat_deg:.6f}")
    assert metres_apart(found.place, place) < 0.2


@given(in_baoji)
def test_a_place_in_the_middle_of_baidu_s_map_comes_back(place: LonLat) -> None:
    shown = gcj02_to_bd09(wgs84_to_gcj02(place))
    easting_m, northing_m = to_baidu_mercator(shown)
    (found,) = read(f"https://map.baidu.com/poi/a/@{easting_m:.2f},{northing_m:.2f},19z?uid=1")
    assert metres_apart(found.place, place) < 0.2


# The way there, for latitudes of 30 to 45 degrees: hujiulong/gcoord, src/crs/BD09MC.ts.
TO_NORTHING = (
    51751.86112841131, 3796837.749470245, 992013.7397791013, -1221952.21711287, 1340652.697009075,
    -620943.6990984312, 144416.9293806241,
)  # fmt: skip


def to_baidu_mercator(shown: LonLat) -> tuple[float, float]:
    powers = [factor * (shown.lat_deg / 37.5) ** n for n, factor in enumerate(TO_NORTHING)]
    return 0.00220636496208 + 111320.7020209128 * shown.lon_deg, sum(powers)


def test_baidu_s_metres_of_the_capital_are_known() -> None:
    there = baidu_mercator_to_bd09(12958160, 4825907)
    assert (there.lon_deg, there.lat_deg) == pytest.approx((116.404, 39.915), abs=2e-4)


@pytest.mark.parametrize(("easting_m", "northing_m"), [(99e6, 0.0), (0.0, 99e6), (-99e6, -99e6)])
def test_baidu_s_metres_end_where_the_earth_does(easting_m: float, northing_m: float) -> None:
    with pytest.raises(NotOnEarth):
        baidu_mercator_to_bd09(easting_m, northing_m)


@given(in_baoji, st.sampled_from([10, 11]), st.booleans())
def test_plus_codes_come_back(place: LonLat, length: int, is_small: bool) -> None:
    code = openlocationcode.encode(place.lat_deg, place.lon_deg, length)
    (found,) = read(f"在{code.lower() if is_small else code}旁边")
    assert found.form == "plus_code"
    assert metres_apart(found.place, place) <= found.radius_m * 1.01


def test_a_short_plus_code_needs_a_city_to_be_near() -> None:
    assert read_written("967Q+84", plane=PLANE, inside=lies_in_baoji) == ()
    assert metres_apart(read("967Q+84")[0].place, CITY_HALL) < 10


@given(in_baoji, st.integers(4, 10))
def test_grid_codes_come_back(place: LonLat, level: int) -> None:
    (found,) = read(f"网格码{beidou.encode(place, level)}。")
    assert found.form == "beidou"
    assert metres_apart(found.place, place) <= found.radius_m * 1.01


@pytest.mark.parametrize("text", ["107.2,34.4", "34.4 107.2", "（39.9，116.4）"])
def test_few_digits_will_do_where_the_text_has_nothing_else(text: str) -> None:
    (found,) = read(text)
    assert found.radius_m > 7_000


def test_places_of_the_city_come_first() -> None:
    found = read("116.4039,39.9149 和 34.3633,107.2378")
    assert [lies_in_baoji(one.place) for one in found] == [True, False]


def test_what_leaves_less_to_assume_comes_first() -> None:
    found = read(
        "107.2378,34.3633 即 107°14′16″E 34°21′48″N https://uri.amap.com/marker?position=107.24,34.36"
    )
    assert [one.form for one in found] == ["link", "dms", "decimal"]


def test_letters_belong_to_the_pair_they_stand_by() -> None:
    found = read("34.1000N 107.1000E 34.2000N 107.2000E，N34.3 E107.3")
    assert [one.place for one in found] == [LonLat(107.1, 34.1), LonLat(107.2, 34.2)]


def test_where_both_orders_are_possible_longitude_comes_first() -> None:
    (found,) = read("34.3633,35.2378", inside=lambda place: True)
    assert found.place == LonLat(34.3633, 35.2378)
    assert "两种次序都落在本市" in found.words


def test_a_google_link_is_read_in_both_ways() -> None:
    found = read("https://www.google.com/maps/place/a/@34.3,107.2,17z/data=!3d34.3633!4d107.2378")
    assert [one.system for one in found] == ["WGS84", "GCJ-02"]
    assert metres_apart(found[0].place, found[1].place) < found[0].radius_m


def test_numbers_in_a_map_s_link_are_not_read_past_the_map() -> None:
    assert read("https://apis.map.qq.com/uri/v1/marker?coord=34.3633,107.2378&coord_type=9") == ()


def test_a_page_of_coordinates_is_answered_in_part() -> None:
    assert len(read("107.2378,34.3633; " * 500)) == MOST_PLACES


EMPTY_LINKS = [
    ("https://surl.amap.com/4mkKGuyJ2bz", "高德地图", "a short link of Gaode"),
    ("井盖在这 https://j.map.baidu.com/15/fo 快来", "百度地图", "a short link of Baidu amid words"),
    ("https://maps.app.goo.gl/abc", "谷歌地图", "a short link of Google"),
    ("https://uri.amap.com/marker?poiid=B0FFFAB6J2", "高德地图", "a link by the number of a shop"),
    ("https://map.qq.com/?pointx=0&pointy=0", "腾讯地图", "a map that knew no place"),
]


@pytest.mark.parametrize(("text", "maker", "because"), EMPTY_LINKS, ids=[row[-1] for row in EMPTY_LINKS])
def test_a_link_without_place_says_what_to_do(text: str, maker: str, because: str) -> None:
    assert read(text) == ()
    with pytest.raises(LinkWithoutPlace, match=f"{maker}的链接里没有坐标.*请在地图里打开"):
        check_links(text)


@pytest.mark.parametrize(
    "text", ["经二路155号", "https://example.com/a", LINKS[0][0], f"https://surl.amap.com/a {LINKS[0][0]}"]
)
def test_other_texts_and_links_with_a_place_are_fine(text: str) -> None:
    check_links(text)


ALPHABET = "0123456789.,-+:;/?&=@#°'\"′″度分秒东西南北经纬NSEWxyXY ，。（）abcdefghijklmnopqrstuvwxyz８Ｐ"


@given(st.one_of(st.text(max_size=80), st.text(alphabet=ALPHABET, max_size=120)))
def test_whatever_is_typed_is_answered(text: str) -> None:
    found = read(text)
    assert all(0 <= one.start < one.end <= len(text) and one.radius_m > 0 for one in found)


@given(
    st.sampled_from(
        [
            "uri.amap.com/a?position=",
            "api.map.baidu.com/a?location=",
            "map.baidu.com/@",
            "geo:",
            "map.qq.com/?coord=",
        ]
    ),
    st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)),
)
def test_whatever_a_link_holds_is_answered(link: str, numbers: tuple[float, float]) -> None:
    assert len(read(f"https://{link}{numbers[0]:.6f},{numbers[1]:.6f}".replace("https://geo", "geo"))) <= 1


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_links_to_the_ends_of_the_earth_are_answered(lon: float, lat: float) -> None:
    assert len(read(f"http://api.map.baidu.com/marker?location={lat:.5f},{lon:.5f}")) <= 1


@pytest.mark.parametrize("words", HOSTILE)
def test_ten_thousand_characters_take_no_time(words: str) -> None:
    text = (words * 10_000)[:10_000]
    since = perf_counter()
    read(text)
    assert perf_counter() - since < 0.5


def test_an_address_costs_next_to_nothing() -> None:
    runs = repeat(lambda: read("经二路和红旗路十字往东五十米，邮局门口，井盖没了"), number=200, repeat=5)
    assert min(runs) / 200 < 50e-6
