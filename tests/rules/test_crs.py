"""Places change their system of reference and stay the same places."""

from concurrent.futures import ThreadPoolExecutor
from math import atan2, cos, degrees, hypot, radians, sin, sqrt, tan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis_core.crs import (
    GeographicShift,
    MercatorPoint,
    OutsidePlane,
    PlaneShift,
    PlaneSystem,
    UnknownSystem,
    UnsettledSystem,
    from_mercator,
    from_system,
    to_mercator,
)
from gis_core.offset_systems import (
    bd09_to_gcj02,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    gcj02_to_wgs84_many,
    wgs84_to_gcj02,
    wgs84_to_gcj02_many,
)
from gis_core.places import LonLat, NotOnEarth, PlanePoint
from gis_core.suspicion import diagnose

CITY_HALL = LonLat(107.2378, 34.3633)
CITY_PLANE = PlaneSystem(4545)
in_china = st.builds(LonLat, st.floats(73.5, 135.0), st.floats(3.0, 53.5))
in_baoji = st.builds(LonLat, st.floats(106.3, 108.1), st.floats(33.5, 35.1))


def metres_apart(one: LonLat, other: LonLat) -> float:
    east = (one.lon_deg - other.lon_deg) * 111_320 * cos(radians(one.lat_deg))
    return hypot(east, (one.lat_deg - other.lat_deg) * 110_950)


def gauss_krueger(place: LonLat) -> tuple[float, float]:
    """Textbook series for CGCS2000 about 108° E, to the sixth power of the difference in longitude."""
    a, f = 6378137.0, 1 / 298.257222101
    e2 = f * (2 - f)
    lat, dl = radians(place.lat_deg), radians(place.lon_deg - 108)
    n = a / sqrt(1 - e2 * sin(lat) ** 2)
    t, eta2, m = tan(lat), e2 / (1 - e2) * cos(lat) ** 2, cos(lat) * dl
    north = meridian_m(a, e2, lat) + n * t * (
        m**2 / 2
        + (5 - t**2 + 9 * eta2 + 4 * eta2**2) * m**4 / 24
        + (61 - 58 * t**2 + t**4 + 270 * eta2 - 330 * eta2 * t**2) * m**6 / 720
    )
    east = n * (
        m + (1 - t**2 + eta2) * m**3 / 6 + (5 - 18 * t**2 + t**4 + 14 * eta2 - 58 * eta2 * t**2) * m**5 / 120
    )
    return 500_000 + east, north


def meridian_m(a: float, e2: float, lat: float) -> float:
    steps = np.linspace(0, lat, 20_001)
    return float(np.trapezoid(a * (1 - e2) / (1 - e2 * np.sin(steps) ** 2) ** 1.5, steps))


@given(in_baoji)
@settings(deadline=None, max_examples=25)
def test_the_city_plane_is_gauss_krueger_about_108_degrees(place: LonLat) -> None:
    point = CITY_PLANE.to_plane(place)
    assert (point.easting_m, point.northing_m) == pytest.approx(gauss_krueger(place), abs=2e-3)


@given(in_baoji)
@settings(deadline=None)
def test_a_place_goes_to_the_plane_and_back(place: LonLat) -> None:
    assert metres_apart(CITY_PLANE.to_lonlat(CITY_PLANE.to_plane(place)), place) < 1e-6


def test_the_zoned_plane_writes_the_zone_before_the_easting() -> None:
    plain, zoned = CITY_PLANE.to_plane(CITY_HALL), PlaneSystem(4524).to_plane(CITY_HALL)
    assert zoned.easting_m - plain.easting_m == pytest.approx(36_000_000, abs=1e-6)
    assert zoned.northing_m == pytest.approx(plain.northing_m, abs=1e-6)


def test_many_places_are_converted_as_each_alone() -> None:
    many = CITY_PLANE.to_plane_many(np.array([[107.2378, 34.3633], [107.14, 34.37]]))
    alone = CITY_PLANE.to_plane(CITY_HALL)
    assert many[0].tolist() == [alone.easting_m, alone.northing_m]
    assert CITY_PLANE.to_lonlat_many(many)[1] == pytest.approx([107.14, 34.37], abs=1e-12)


def test_threads_share_a_plane_system() -> None:
    with ThreadPoolExecutor(4) as pool:
        points = set(pool.map(CITY_PLANE.to_plane, [CITY_HALL] * 100))
    assert points == {CITY_PLANE.to_plane(CITY_HALL)}


def test_a_place_beyond_the_projection_is_refused() -> None:
    with pytest.raises(OutsidePlane, match="远离本市"):
        CITY_PLANE.to_plane(LonLat(18.0, 0.0))


@pytest.mark.parametrize(
    "srid",
    [
        pytest.param(4490, id="degrees are no plane"),
        pytest.param(3857, id="Web Mercator never measures"),
        pytest.param(32648, id="another datum"),
        pytest.param(1, id="no such number"),
    ],
)
def test_only_a_plane_of_cgcs2000_can_be_the_citys(srid: int) -> None:
    with pytest.raises(UnknownSystem, match=f"EPSG:{srid}"):
        PlaneSystem(srid)


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        pytest.param((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597), id="Shanghai"),
        pytest.param((113.912316, 22.543847), (113.9171764808363, 22.540796131694766), id="Shenzhen"),
        pytest.param((116.377817, 39.911954), (116.38404722455657, 39.91334545536069), id="Beijing"),
    ],
)
def test_gcj02_is_the_published_formula(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    moved = wgs84_to_gcj02(LonLat(*wgs84))
    assert (moved.lon_deg, moved.lat_deg) == pytest.approx(gcj02, abs=1e-12)


@pytest.mark.parametrize(
    ("wgs84", "gcj02", "bd09"),
    [
        pytest.param(
            (107.2330471, 34.3646018), (107.2377452, 34.3631904), (107.2443216, 34.3690025), id="Baoji Jintai"
        ),
        pytest.param(
            (108.9351301, 34.3431382), (108.9397792, 34.3415801), (108.946246, 34.3477457), id="Xi'an Weiyang"
        ),
        pytest.param(
            (123.4253305, 41.8032629),
            (123.4314787, 41.8057023),
            (123.438095, 41.8114013),
            id="Shenyang",
        ),
    ],
)
def test_offset_systems_agree_with_another_makers_numbers(
    wgs84: tuple[float, float], gcj02: tuple[float, float], bd09: tuple[float, float]
) -> None:
    assert metres_apart(wgs84_to_gcj02(LonLat(*wgs84)), LonLat(*gcj02)) < 0.75
    assert metres_apart(gcj02_to_bd09(LonLat(*gcj02)), LonLat(*bd09)) < 0.75
    assert metres_apart(bd09_to_gcj02(LonLat(*bd09)), LonLat(*gcj02)) < 0.75


def test_gcj02_moves_baoji_460_metres() -> None:
    assert metres_apart(CITY_HALL, wgs84_to_gcj02(CITY_HALL)) == pytest.approx(460, abs=15)


@given(in_china)
@settings(deadline=None)
def test_gcj02_comes_back_to_a_millionth_of_a_metre(place: LonLat) -> None:
    assert metres_apart(gcj02_to_wgs84(wgs84_to_gcj02(place)), place) < 1e-6


@given(in_china)
@settings(deadline=None)
def test_bd09_comes_back_to_a_millionth_of_a_metre(place: LonLat) -> None:
    assert metres_apart(bd09_to_gcj02(gcj02_to_bd09(place)), place) < 1e-6


def test_outside_the_box_of_china_gcj02_moves_nothing() -> None:
    paris = LonLat(2.35, 48.86)
    assert wgs84_to_gcj02(paris) == gcj02_to_wgs84(paris) == paris


def test_rows_inside_and_outside_china_are_told_apart() -> None:
    rows = np.array([[107.2378, 34.3633], [2.35, 48.86]])
    moved = wgs84_to_gcj02_many(rows)
    assert moved[1].tolist() == [2.35, 48.86]
    assert gcj02_to_wgs84_many(moved) == pytest.approx(rows, abs=1e-11)


@pytest.mark.parametrize(
    ("position", "system"),
    [
        pytest.param(CITY_HALL, "EPSG:4490", id="as spoken here"),
        pytest.param(CITY_HALL, "wgs84", id="a phone's satellites"),
        pytest.param(wgs84_to_gcj02(CITY_HALL), "GCJ-02", id="a Chinese web map"),
        pytest.param(gcj02_to_bd09(wgs84_to_gcj02(CITY_HALL)), "BD-09", id="Baidu"),
        pytest.param(to_mercator(CITY_HALL), "EPSG:3857", id="a drawn map"),
        pytest.param(CITY_PLANE.to_plane(CITY_HALL), "EPSG:4545", id="the stored plane"),
        pytest.param(PlaneSystem(4524).to_plane(CITY_HALL), "EPSG:4524", id="a survey with zone number"),
    ],
)
def test_city_hall_is_found_from_every_system(
    position: LonLat | PlanePoint | MercatorPoint, system: str
) -> None:
    assert metres_apart(from_system(position, system), CITY_HALL) < 1e-5


@pytest.mark.parametrize(
    ("position", "system"),
    [
        pytest.param(CITY_HALL, "EPSG:4545", id="degrees given as metres"),
        pytest.param(PlanePoint(429_885.0, 3_804_224.0), "GCJ-02", id="metres given as degrees"),
        pytest.param(PlanePoint(429_885.0, 3_804_224.0), "EPSG:3857", id="a plane point is not drawn"),
        pytest.param(CITY_HALL, "somewhere", id="no system at all"),
        pytest.param(PlanePoint(0.0, 0.0), "EPSG:99999999", id="no such number"),
    ],
)
def test_a_system_is_named_and_never_guessed(position: LonLat | PlanePoint, system: str) -> None:
    with pytest.raises(UnknownSystem):
        from_system(position, system)


def test_a_point_that_no_place_has_is_refused() -> None:
    with pytest.raises(NotOnEarth):
        from_system(PlanePoint(float("inf"), 0.0), "EPSG:4545")


def test_web_mercator_stretches_baoji_by_a_fifth() -> None:
    north = LonLat(CITY_HALL.lon_deg, CITY_HALL.lat_deg + 0.01)
    drawn = to_mercator(north).northing_m - to_mercator(CITY_HALL).northing_m
    true = CITY_PLANE.to_plane(north).northing_m - CITY_PLANE.to_plane(CITY_HALL).northing_m
    assert drawn / true == pytest.approx(1.21, abs=0.01)
    assert metres_apart(from_mercator(to_mercator(CITY_HALL)), CITY_HALL) < 1e-6


def test_xian_1980_without_parameters_is_refused() -> None:
    with pytest.raises(UnsettledSystem, match="测绘部门"):
        from_system(CITY_HALL, "XIAN80")


def test_xian_1980_wants_the_parameters_of_its_kind() -> None:
    four = PlaneShift(srid=4545, east_m=0.0, north_m=0.0, rotation_arcsec=0.0, scale_ppm=0.0)
    with pytest.raises(UnsettledSystem, match="七参数"):
        from_system(CITY_HALL, "XIAN80", shift=four)


def earth_centred(place: LonLat, a: float, inverse_f: float) -> np.ndarray:
    e2 = (2 - 1 / inverse_f) / inverse_f
    lon, lat = radians(place.lon_deg), radians(place.lat_deg)
    n = a / sqrt(1 - e2 * sin(lat) ** 2)
    return np.array([n * cos(lat) * cos(lon), n * cos(lat) * sin(lon), n * (1 - e2) * sin(lat)])


def on_cgcs2000(x: float, y: float, z: float) -> LonLat:
    a, f = 6378137.0, 1 / 298.257222101
    e2, b = f * (2 - f), 6378137.0 * (1 - f)
    p, u = hypot(x, y), atan2(z * a, hypot(x, y) * b)  # Bowring
    lat = atan2(z + e2 / (1 - e2) * b * sin(u) ** 3, p - e2 * a * cos(u) ** 3)
    return LonLat(degrees(atan2(y, x)), degrees(lat))


def test_xian_1980_degrees_follow_three_parameters() -> None:
    shift = GeographicShift(geocentric_x_m=12.0, geocentric_y_m=-34.0, geocentric_z_m=56.0)
    shifted = earth_centred(CITY_HALL, 6378140.0, 298.257) + np.array([12.0, -34.0, 56.0])
    assert metres_apart(from_system(CITY_HALL, "XIAN80", shift=shift), on_cgcs2000(*shifted)) < 1e-4


def test_xian_1980_degrees_follow_rotation_and_scale() -> None:
    still = {"geocentric_x_m": 0.0, "geocentric_y_m": 0.0, "geocentric_z_m": 0.0}
    shift = GeographicShift(**still, around_z_arcsec=1.0, scale_ppm=2.0)
    turned = from_system(CITY_HALL, "XIAN80", shift=shift)
    assert turned.lon_deg - CITY_HALL.lon_deg == pytest.approx(1 / 3600, rel=1e-3)


def test_xian_1980_planes_follow_four_parameters() -> None:
    quarter = PlaneShift(srid=4545, east_m=10.0, north_m=20.0, rotation_arcsec=90 * 3600, scale_ppm=1e6)
    moved = quarter.apply(PlanePoint(3.0, 4.0))
    assert (moved.easting_m, moved.northing_m) == pytest.approx((10 - 8, 20 + 6))
    stays = PlaneShift(srid=4545, east_m=0.0, north_m=0.0, rotation_arcsec=0.0, scale_ppm=0.0)
    assert metres_apart(from_system(CITY_PLANE.to_plane(CITY_HALL), "XIAN80", shift=stays), CITY_HALL) < 1e-6


def is_in_town(place: LonLat) -> bool:
    return abs(place.lon_deg - 107.2378) < 0.001 and abs(place.lat_deg - 34.3633) < 0.001


GCJ02_HALL = wgs84_to_gcj02(CITY_HALL)
BD09_HALL = gcj02_to_bd09(GCJ02_HALL)


@pytest.mark.parametrize(
    ("lon_deg", "lat_deg", "codes"),
    [
        pytest.param(107.2378, 34.3633, [], id="in town nothing is suspected"),
        pytest.param(0.0, 0.0, ["zero_position"], id="a phone without a fix"),
        pytest.param(34.3633, 107.2378, ["swapped_axes"], id="latitude written first"),
        pytest.param(GCJ02_HALL.lon_deg, GCJ02_HALL.lat_deg, ["maybe_gcj02"], id="copied from a web map"),
        pytest.param(BD09_HALL.lon_deg, BD09_HALL.lat_deg, ["maybe_bd09"], id="copied from Baidu"),
        pytest.param(121.47, 31.23, [], id="another city is no slip"),
        pytest.param(500.0, 500.0, [], id="not on Earth either way"),
    ],
)
def test_a_wrong_position_is_told_its_likely_mistake(
    lon_deg: float, lat_deg: float, codes: list[str]
) -> None:
    assert [s.code for s in diagnose(lon_deg, lat_deg, is_inside=is_in_town)] == codes


def test_a_likely_mistake_names_the_place_that_was_meant() -> None:
    (suspicion,) = diagnose(GCJ02_HALL.lon_deg, GCJ02_HALL.lat_deg, is_inside=is_in_town)
    assert suspicion.meant is not None
    assert metres_apart(suspicion.meant, CITY_HALL) < 1e-6
