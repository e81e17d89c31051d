"""City codes and kilometre posts are found in what people write, and nothing else is taken for one."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_core.geocoding.codes import MOST_CODES, read_codes, read_kilometre_post
from grid.rules.codes import ComponentCode, ResponsibilityCode, TypeCode, UnitGridCode

KINDS = {
    17: "component",
    16: "older component",
    15: "unit grid",
    13: "responsibility grid",
    12: "community",
    9: "subdistrict",
    6: "district",
}
BAOJI = ("6103",)

CODES = [
    ("61030301001000001", "component", "61030301001000001", "17 digits"),
    ("井盖61030301001000001不见了", "component", "61030301001000001", "amid words"),
    ("610303 01001 000001", "component", "61030301001000001", "in the groups that pages show"),
    ("610303-01001-000001", "component", "61030301001000001", "in groups with hyphens"),
    ("６１０３０３０１００１０００００１", "component", "61030301001000001", "full width"),
    ("旧码6103030101000001", "older component", "6103030101000001", "16 digits of the older editions"),
    ("610303008007001网格", "unit grid", "610303008007001", "15 digits"),
    ("610303008007 001", "unit grid", "610303008007001", "community and number apart"),
    ("610303008r001", "responsibility grid", "610303008R001", "the letter in small"),
    ("社区610303008007", "community", "610303008007", "12 digits"),
    ("编码:610303008，", "subdistrict", "610303008", "9 digits between punctuation"),
    ("610303", "district", "610303", "6 digits"),
    ("61030301001000001 13991712345", "component", "61030301001000001", "a telephone number follows"),
]
NO_CODES = [
    ("电话0917-3260000", "a telephone number"),
    ("13991712345", "a mobile number has 11 digits"),
    ("610402008007", "another city's community"),
    ("110101", "another city's district"),
    ("610303199001011234", "an identity card has 18 digits"),
    ("61030320260801000123", "a case number has 20 digits"),
    ("610303 20260801 000123", "a case number in groups"),
    ("6103030080070", "13 digits without the letter"),
    ("A610303", "a longer word"),
    ("3.610303", "a decimal"),
    ("经二路155号", "an address"),
    ("", "nothing"),
]
POSTS = [
    ("G310 K1234+500", "G310", "G310", 1_234_500, "as engineers write"),
    ("g310k1234+500", "g310", "G310", 1_234_500, "small letters, no blank"),
    ("Ｇ３１０　Ｋ１２３４＋５００", "Ｇ３１０", "G310", 1_234_500, "full width"),
    ("310国道1234公里500米处", "310国道", "G310", 1_234_500, "as people say"),
    ("三一〇国道1234公里处", "三一〇国道", "G310", 1_234_000, "Chinese digits"),
    ("国道310线1234公里+500", "国道310线", "G310", 1_234_500, "as the police write"),
    ("国道G310线K1234", "国道G310线", "G310", 1_234_000, "both ways at once"),
    ("212省道12.5公里处", "212省道", "S212", 12_500, "a provincial road, tenths of a kilometre"),
    ("X305 K3+050", "X305", "X305", 3_050, "a county road"),
    ("G30连霍高速K1200+300", "G30连霍高速", "G30", 1_200_300, "number and name"),
    ("宝汉高速K12+300", "宝汉高速", "", 12_300, "a name alone"),
    ("刚才我在宝汉高速K12+300处看见", "宝汉高速", "", 12_300, "words before the name are not the name"),
    ("连霍高速公路1200公里500米", "连霍高速公路", "", 1_200_500, "a name, in words"),
    ("K12+300", "", "", 12_300, "a post without its road"),
    ("桩号K12+300井盖", "", "", 12_300, "called a post"),
]
NO_POSTS = [
    ("往东3公里", "a distance"),
    ("沿310国道走3公里", "a distance along a road"),
    ("沿310国道3公里", "a distance along a road, shorter"),
    ("离国道310线12公里", "a distance from a road"),
    ("距G310K3+200", "a distance from a post"),
    ("下了高速1公里", "a distance after the motorway"),
    ("312国道1234", "may be a house number"),
    ("公交K12路", "a bus"),
    ("高新大道K3栋", "a building"),
    ("经二路155号", "an address"),
    ("107.2378,34.3633", "coordinates"),
    ("", "nothing"),
]
HOSTILE = [
    "k1+",
    "国道310线",
    "高速",
    "三",
    "310国道1234公里",
    "在高速K",
    "g310k",
    "610303 ",
    "6",
    "1公里",
    "中",
]


@pytest.mark.parametrize(("text", "kind", "code", "because"), CODES, ids=[row[-1] for row in CODES])
def test_a_city_code_is_found(text: str, kind: str, code: str, because: str) -> None:
    (found,) = read_codes(text, kinds=KINDS, prefixes=BAOJI)
    assert (found.kind, found.code) == (kind, code)


@pytest.mark.parametrize(("text", "because"), NO_CODES, ids=[row[-1] for row in NO_CODES])
def test_other_numbers_are_no_codes(text: str, because: str) -> None:
    assert read_codes(text, kinds=KINDS, prefixes=BAOJI) == ()


def test_several_codes_come_in_the_order_of_the_text() -> None:
    found = read_codes("610303008007001、61030301001000001", kinds=KINDS, prefixes=BAOJI)
    assert [(one.kind, one.start, one.end) for one in found] == [("unit grid", 0, 15), ("component", 16, 33)]


def test_a_page_of_codes_is_answered_in_part() -> None:
    assert len(read_codes("610303008、" * 900, kinds=KINDS, prefixes=BAOJI)) == MOST_CODES


@given(st.integers(1, 999_999), st.integers(1, 99), st.integers(1, 999))
def test_every_component_of_the_city_is_found_by_its_code(serial: int, major: int, minor: int) -> None:
    code = str(ComponentCode("610303", TypeCode(f"{major:02d}", f"{minor:03d}"), serial))
    (found,) = read_codes(f"部件{code}损坏", kinds=KINDS, prefixes=BAOJI)
    assert (found.kind, found.code) == ("component", code)


@given(st.integers(0, 999), st.integers(0, 999), st.integers(1, 999))
def test_every_grid_of_the_city_is_found_by_its_code(street: int, community: int, number: int) -> None:
    unit = str(UnitGridCode(f"610303{street:03d}{community:03d}", number))
    duty = str(ResponsibilityCode(f"610303{street:03d}", number))
    found = read_codes(f"{unit}，{duty}", kinds=KINDS, prefixes=BAOJI)
    assert [one.code for one in found] == [unit, duty]


@pytest.mark.parametrize(
    ("text", "road", "road_no", "metres", "because"), POSTS, ids=[row[-1] for row in POSTS]
)
def test_a_kilometre_post_is_read(text: str, road: str, road_no: str, metres: float, because: str) -> None:
    post = read_kilometre_post(text)
    assert post is not None
    assert (post.road, post.road_no, post.from_start_m) == (road, road_no, metres)
    assert text[post.start : post.end].strip() == text[post.start : post.end] != ""


@pytest.mark.parametrize(("text", "because"), NO_POSTS, ids=[row[-1] for row in NO_POSTS])
def test_a_distance_or_a_number_is_no_kilometre_post(text: str, because: str) -> None:
    assert read_kilometre_post(text) is None


@given(st.sampled_from("GSX"), st.integers(1, 999), st.integers(0, 4999), st.integers(0, 999))
def test_every_post_of_a_numbered_road_is_read(letter: str, number: int, km: int, metres: int) -> None:
    post = read_kilometre_post(f"在{letter}{number}线K{km}+{metres:03d}处")
    assert post is not None
    assert (post.road_no, post.from_start_m) == (f"{letter}{number}", 1000 * km + metres)


@given(st.text(alphabet="0123456789 +-.kKgG国省道高速公里千米处线在桩号６Ｋr", max_size=60))
def test_whatever_is_typed_is_answered(text: str) -> None:
    post = read_kilometre_post(text)
    spans = [(one.start, one.end) for one in read_codes(text, kinds=KINDS, prefixes=BAOJI)]
    spans += [(post.start, post.end)] if post else []
    assert all(0 <= start < end <= len(text) for start, end in spans)


@pytest.mark.parametrize("words", HOSTILE)
def test_ten_thousand_characters_take_no_time(words: str) -> None:
    text = (words * 10_000)[:10_000]
    since = perf_counter()
    read_codes(text, kinds=KINDS, prefixes=BAOJI)
    read_kilometre_post(text)
    assert perf_counter() - since < 0.5
