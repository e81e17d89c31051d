"""BeiDou grid location codes name the cell that holds a place, in every quarter of the Earth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_core.geocoding.beidou import LENGTHS, LEVELS, BadBeidouCode, PolarBeidouCode, decode, encode
from gis_core.places import LonLat

lons, lats, levels = st.floats(-180, 180), st.floats(-87.999999, 87.999999), st.integers(1, LEVELS)
places = st.builds(LonLat, lons, lats)
# What rounding of a double can move a place across a line, degrees: a thousandth of a millimetre.
A_HAIR_DEG = 1e-11

# Facts from test files of public codecs: the first two of Gvitech-gis/beidou-grid-location-codec
# (test/test.ts), the others, without their heights, of ywx001/BeidouGridCodec (MultiHemisphereTest.java).
PUBLISHED = [
    (116 + 18 / 60 + 45.37 / 3600, 39 + 59 / 60 + 35.38 / 3600, "N50J47539B8255346152", "Beijing"),
    (-116 - 18 / 60 - 45.37 / 3600, -39 - 59 / 60 - 35.38 / 3600, "S11J47539B8255346152", "its mirror image"),
    (120.5830508, 31.1415575, "N51H16048E7136733343", "Suzhou, north-east"),
    (-58.3816, -34.6037, "S21I85176D3075022147", "Buenos Aires, south-west"),
    (-122.3321, 47.6062, "N10L47146D5361127127", "Seattle, north-west"),
    (151.2093, -33.8688, "S56I234C281256752670", "Sydney, south-east"),
]
NO_CODES = [
    ("", "应为", "nothing is no code"),
    ("N48IA", "应为", "five characters are between two levels"),
    ("X48I", "N 或 S", "there are two hemispheres"),
    ("N61I", "01 至 60", "there are 60 columns of sheets"),
    ("NA8I", "01 至 60", "columns are numbers"),
    ("N48W", "A 至 V", "there are 22 rows of sheets"),
    ("N48IC0", "第 2 级", "level 2 has 12 columns"),
    ("N48I08", "第 2 级", "level 2 has 8 rows"),
    ("N48I006", "第 3 级", "level 3 has 6 cells"),
    ("N48I0000A", "第 4 级", "level 4 has 10 rows"),
    ("N48I00000F0", "第 5 级", "level 5 has 15 columns"),
    ("N48I00000004", "第 6 级", "level 6 has 4 cells"),
    ("N48I0000000080", "第 7 级", "level 7 has 8 columns"),
    ("N48I0-", "第 2 级", "a hyphen is no digit"),
]
ON_LINES = [
    (0.0, 0.0, "N31A", "the zero point belongs to the north and the east"),
    (-6.0, 4.0, "N29B", "a line belongs to the cell farther out"),
    (-0.000001, -0.000001, "S30A", "just beyond it is the other quarter"),
    (180.0, 0.0, "N60A", "the date line closes the last column"),
    (-180.0, 0.0, "N01A", "from the other side it opens the first"),
]
LEVELS_AT_HOME = [
    (1, "N48I", 6 * 3600, "a sheet of 1:1,000,000"),
    (2, "N48IA4", 30 * 60, "half a degree"),
    (3, "N48IA44", 15 * 60, "a sheet of 1:50,000"),
    (4, "N48IA44E1", 60, "a minute"),
    (5, "N48IA44E14B", 4, "four seconds"),
    (6, "N48IA44E14B2", 2, "two seconds"),
    (7, "N48IA44E14B207", 1 / 4, "a quarter of a second"),
]


@pytest.mark.parametrize(("lon", "lat", "code", "because"), PUBLISHED, ids=[row[-1] for row in PUBLISHED])
def test_codes_are_those_that_others_publish(lon: float, lat: float, code: str, because: str) -> None:
    assert encode(LonLat(lon, lat)) == code


@pytest.mark.parametrize(("lon", "lat", "code", "because"), PUBLISHED, ids=[row[-1] for row in PUBLISHED])
def test_a_published_code_leads_back_to_its_place(lon: float, lat: float, code: str, because: str) -> None:
    there = decode(code).centre
    assert (there.lon_deg, there.lat_deg) == pytest.approx((lon, lat), abs=2e-7)


@pytest.mark.parametrize(
    ("level", "code", "width", "because"), LEVELS_AT_HOME, ids=[row[-1] for row in LEVELS_AT_HOME]
)
def test_each_level_parts_the_one_above(level: int, code: str, width: float, because: str) -> None:
    cell = decode(encode(LonLat(107.2378, 34.3633), level))
    assert (cell.code, cell.level) == (code, level)
    assert (cell.east_deg - cell.west_deg) * 3600 == pytest.approx(width)


@given(places, levels)
def test_a_cell_holds_the_place_it_was_named_for(place: LonLat, level: int) -> None:
    cell = decode(encode(place, level))
    assert cell.west_deg - A_HAIR_DEG <= place.lon_deg <= cell.east_deg + A_HAIR_DEG
    assert cell.south_deg - A_HAIR_DEG <= place.lat_deg <= cell.north_deg + A_HAIR_DEG


@given(places, levels)
def test_the_centre_of_a_cell_has_its_code(place: LonLat, level: int) -> None:
    code = encode(place, level)
    assert encode(decode(code).centre, level) == decode(code.lower()).code == code


@given(st.builds(LonLat, st.floats(0.001, 180), st.floats(0.001, 87.9)), levels)
def test_the_corner_it_is_counted_from_has_its_code_too(place: LonLat, level: int) -> None:
    code = encode(place, level)
    assert encode(decode(code).corner, level) == code


@given(places, st.integers(2, LEVELS))
def test_a_coarser_code_is_the_beginning_of_a_finer_one(place: LonLat, level: int) -> None:
    fine, coarse = encode(place, level), encode(place, level - 1)
    assert fine.startswith(coarse)
    assert (len(fine), len(coarse)) == (LENGTHS[level - 1], LENGTHS[level - 2])


@given(st.floats(0.001, 180), st.floats(0.001, 87.9))
def test_the_quarters_of_the_earth_mirror_each_other(lon: float, lat: float) -> None:
    quarters = [LonLat(lon, lat), LonLat(-lon, lat), LonLat(lon, -lat), LonLat(-lon, -lat)]
    assert len({encode(place)[3:] for place in quarters}) == 1


@pytest.mark.parametrize(("lon", "lat", "code", "because"), ON_LINES, ids=[row[-1] for row in ON_LINES])
def test_a_place_on_a_line_has_one_cell(lon: float, lat: float, code: str, because: str) -> None:
    assert encode(LonLat(lon, lat), 1) == code


@pytest.mark.parametrize(("code", "says", "because"), NO_CODES, ids=[row[-1] for row in NO_CODES])
def test_what_is_no_code_is_refused_with_its_fault(code: str, says: str, because: str) -> None:
    with pytest.raises(BadBeidouCode, match=says):
        decode(code)


@pytest.mark.parametrize("level", [0, 11, -1])
def test_there_are_ten_levels(level: int) -> None:
    with pytest.raises(BadBeidouCode, match="第 1 至 10 级"):
        encode(LonLat(107.2, 34.3), level)


@pytest.mark.parametrize("lat", [88.0, -88.0, 90.0])
def test_the_polar_caps_are_refused(lat: float) -> None:
    with pytest.raises(PolarBeidouCode, match="两极"):
        encode(LonLat(107.2, lat))


def test_a_code_of_the_polar_caps_is_refused() -> None:
    with pytest.raises(PolarBeidouCode, match=r"5\.3"):
        decode("N00A")


def test_the_finest_cell_is_smaller_than_a_thumb() -> None:
    cell = decode(encode(LonLat(107.2378, 34.3633)))
    assert 0.01 < cell.width_m < cell.height_m < 0.016
