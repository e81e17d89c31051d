"""What a sound place of the gazetteer is: names, numbers, shapes and days; which names a division goes by."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from gis_core.errors import BadInput
from gis_core.geocoding.gazetteer import KIND_NAMES, NameSort, PlaceKind
from grid.gazetteer.categories import load_categories
from grid.rules.gazetteer import (
    REFUSALS,
    SHAPES,
    FurtherName,
    Place,
    first_number,
    list_faults,
    list_name_faults,
    list_plate_faults,
    need_sound,
    plain_name,
    plain_number,
    plate_name,
    tidied,
)
from grid.rules.place_names import names_of_division, names_of_zone
from tests.case_city import baoji

BOW_TIE = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])


def a_place(**changes: object) -> Place:
    given: dict[str, object] = {"kind": PlaceKind.POI, "name": "市第一小学", "shape": Point(1, 2)}
    return Place(**(given | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "kinds", "because"),
    [
        ("市第一小学", [], "an ordinary name"),
        ("7-11便利店（经二路店）", [], "digits, a dash and brackets"),
        ("O'Neill's·西餐", [], "marks of foreign names"),
        ("", ["no_name"], "nothing"),
        ("——", ["no_name"], "signs and no letter"),
        ("陕" * 61, ["overlong_name"], "a sentence"),
        ("陕" * 60, [], "the longest name"),
        ("锟\ufffd斤拷", ["garbled_name"], "a character that was lost"),
        ("公园\x07", ["garbled_name"], "a control sign"),
        ("\ue000广场", ["garbled_name"], "a character of private use"),
        ("开心🎉乐园", ["odd_name"], "a picture among letters"),
        ("家|园", ["odd_name"], "a sign that no name has"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_a_name_is_looked_at_sign_by_sign(name: str, kinds: list[str], because: str) -> None:
    assert [fault.kind for fault in list_name_faults(name)] == kinds


@pytest.mark.parametrize(
    ("street", "number", "kinds", "because"),
    [
        ("经二路", "155", [], "a plain number"),
        ("经二路", "甲155", [], "a stem before it"),
        ("经二路", "155-1", [], "a number behind it"),
        ("经二路", "155附1", [], "an added door"),
        ("经二路", "12院3号楼", [], "a building in a yard"),
        ("阳光小区", "3号楼", [], "a building of an estate"),
        ("", "155", ["no_street"], "no street"),
        ("经二路", "", ["no_number"], "no number"),
        ("经二路", "东头", ["bad_number"], "words"),
        ("经二路", "1" * 30, ["bad_number"], "more digits than plates have"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_a_plate_has_a_street_and_a_number(street: str, number: str, kinds: list[str], because: str) -> None:
    assert [fault.kind for fault in list_plate_faults(street, number)] == kinds


@pytest.mark.parametrize(
    ("kind", "shape", "is_sound"),
    [
        (PlaceKind.POI, Point(1, 2), True),
        (PlaceKind.POI, LineString([(0, 0), (1, 1)]), False),
        (PlaceKind.STREET, LineString([(0, 0), (1, 1)]), True),
        (PlaceKind.STREET, Point(0, 0), False),
        (PlaceKind.BLOCK, MultiPolygon([box(0, 0, 1, 1)]), True),
        (PlaceKind.BLOCK, BOW_TIE, False),
        (PlaceKind.DOOR_PLATE, box(0, 0, 1, 1), False),
        (PlaceKind.AREA, Point(0, 0), False),
    ],
)
def test_each_kind_is_drawn_in_its_way(kind: PlaceKind, shape: BaseGeometry, *, is_sound: bool) -> None:
    faults = [
        fault.kind for fault in list_faults(a_place(kind=kind, shape=shape, street="经二路", number="1"))
    ]
    assert ("wrong_shape" not in faults) == is_sound


def test_every_kind_can_be_drawn_and_is_named() -> None:
    assert set(SHAPES) == set(PlaceKind) == set(KIND_NAMES)


def test_what_is_at_fault_is_refused_with_a_sentence_that_says_what_to_do() -> None:
    names = tuple(FurtherName(f"别名{n}") for n in range(21))
    with pytest.raises(REFUSALS["many_names"], match="最多 20 个"):
        need_sound(a_place(names=names))


def test_a_name_with_an_odd_sign_is_looked_at_and_not_refused() -> None:
    need_sound(a_place(name="开心🎉乐园"))


def test_a_former_name_ends_after_it_began() -> None:
    wrong = FurtherName("育才小学", NameSort.FORMER, date(1998, 5, 1), date(1998, 5, 1))
    with pytest.raises(BadInput, match="不晚于启用日"):
        need_sound(a_place(names=(wrong,)))


@pytest.mark.parametrize(
    ("written", "kept", "first"),
    [
        ("１５５号", "155", 155),
        (" 155 号 ", "155", 155),
        ("155號", "155", 155),
        ("155—1号", "155-1", 155),
        ("甲155", "甲155", 155),
        ("12#", "12", 12),
        ("号", "号", 0),
    ],
)
def test_a_number_is_kept_in_one_spelling(written: str, kept: str, first: int) -> None:
    assert (plain_number(written), first_number(plain_number(written))) == (kept, first)


@given(st.integers(1, 99_999), st.sampled_from(["", "号", "號", "#", " 号"]))
def test_a_plate_is_called_the_same_however_its_number_was_written(number: int, ending: str) -> None:
    assert plate_name("经二路", plain_number(f"{number}{ending}")) == f"经二路{number}号"


@given(st.text(max_size=40))
def test_a_name_that_was_cleaned_is_clean(name: str) -> None:
    assert plain_name(plain_name(name)) == plain_name(name)


def test_a_place_goes_by_a_name_once() -> None:
    names = (
        FurtherName("一小"),
        FurtherName(" 一小 ", NameSort.SHORT),
        FurtherName("市第一小学"),
        FurtherName(""),
    )
    assert tidied(a_place(names=names)).names == (FurtherName("一小"),)


@pytest.mark.parametrize(
    ("name", "kind", "said", "unsaid"),
    [
        ("新民路社区", "residents_committee", "新民路居委会", "新民路"),
        ("宝成社区", "residents_committee", "宝成", "宝成社区"),
        ("张家崖村", "villagers_committee", "张家崖村村委会", "张家崖村"),
        ("经二路街道", "street_office", "经二路街道办", "经二路"),
        ("马营镇", "town", "马营", "马营镇"),
        ("凤翔区", "district", "凤翔", "凤翔区"),
    ],
)
def test_a_division_goes_by_what_people_say_and_not_by_the_name_of_a_street(
    name: str, kind: str, said: str, unsaid: str
) -> None:
    names = [one.text for one in names_of_division(name, kind)]
    assert said in names
    assert unsaid not in names


def test_every_published_name_of_baoji_is_a_name_of_its_division() -> None:
    published = names_of_division("灯塔村", "villagers_committee", "灯塔村民委委会")
    assert "灯塔村民委委会" in [one.text for one in published]


def test_a_zone_without_a_short_name_goes_by_its_sort() -> None:
    assert [one.text for one in names_of_zone("蔡家坡经济技术开发区", "蔡开区")] == ["蔡开区", "经开区"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("医院", "hospital"), ("HOSPITAL", "hospital"), ("餐饮服务;中餐厅;中餐厅", "restaurant"),
        ("购物服务|超级市场|华润", "shop"), ("公 厕", None), ("", None),
    ],
)  # fmt: skip
def test_a_category_is_known_by_what_offices_and_map_services_call_it(words: str, code: str | None) -> None:
    assert load_categories(baoji()).find(words) == code


def test_every_category_has_a_name_in_two_languages_and_a_weight() -> None:
    categories = load_categories(baoji())
    assert len(categories.by_code) > 40
    assert all(one.name and one.name_en and 0 < one.weight <= 1 for one in categories.by_code.values())
