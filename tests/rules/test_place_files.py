"""Rows of files as places: which column is what, what a row says, which plates do not fit their street."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from gis_core.geocoding.gazetteer import NameSort, PlaceKind
from grid.gazetteer.categories import load_categories
from grid.rules.osm_tags import is_wanted, list_places
from grid.rules.place_fields import find_place_fields, read_day, read_kind, read_names
from grid.rules.plates import PlatePlaces, find_odd_plates, places_along
from grid.rules.seen_places import PlaceReader, SeenPlaces
from grid.rules.street_groups import group_streets
from grid.rules.survey_fields import UnclearFields
from tests.case_city import baoji

CATEGORIES = load_categories(baoji())
ADDRESS = {"street": "经二路", "number": "155"}


def read(told: PlaceKind | None = None, shape: object = Point(1, 2), **cells: str):
    """The candidate of one row and the kinds of its findings."""
    shapes = np.array([shape, None], dtype=object)[:1]
    seen = SeenPlaces([7], [""], shapes, {key: [cell] for key, cell in cells.items()})
    found, findings = PlaceReader(told, CATEGORIES.find).read(seen)
    return (found[0].place if found else None), [one.kind for one in findings]


@pytest.mark.parametrize(
    ("fields", "key", "field", "because"),
    [
        (["标准名称", "经度"], "name", "标准名称", "the standard's word"),
        (["DMMC", "X"], "name", "DMMC", "initials of pinyin"),
        (["Name", "Type"], "category", "Type", "English in any case"),
        (["名称", "街路巷", "门牌号"], "number", "门牌号", "a plate's number"),
        (["名称", "addr:street"], "street", "addr:street", "a key of OpenStreetMap"),
        (["名称", "兴趣点"], "category", "兴趣点", "a name that a DBF cut off"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_a_column_is_known_by_many_names(fields: list[str], key: str, field: str, because: str) -> None:
    assert find_place_fields(fields).get(key) == field


def test_two_columns_of_names_are_told_apart_by_whoever_knows() -> None:
    with pytest.raises(UnclearFields):
        find_place_fields(["名称", "标准名称"])
    assert find_place_fields(["名称", "标准名称"], {"名称": "别名"}) == {"alias": "名称", "name": "标准名称"}


@pytest.mark.parametrize(
    ("cells", "kind", "name", "because"),
    [
        ({"name": "市第一小学"}, PlaceKind.POI, "市第一小学", "a point with a name"),
        (ADDRESS, PlaceKind.DOOR_PLATE, "经二路155号", "a number without a name"),
        (ADDRESS | {"name": "155号"}, PlaceKind.DOOR_PLATE, "经二路155号", "a name that is its number"),
        (ADDRESS | {"name": "邮局"}, PlaceKind.POI, "邮局", "a name with an address"),
        ({"name": "红旗片", "kind": "地片"}, PlaceKind.ZONE, "红旗片", "a kind that is stated"),
        (ADDRESS | {"category": "门牌"}, PlaceKind.DOOR_PLATE, "经二路155号", "a kind as a category"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)  # fmt: skip
def test_a_row_is_of_the_kind_it_states_or_looks_like(
    cells: dict[str, str], kind: PlaceKind, name: str, because: str
) -> None:
    place, findings = read(**cells)
    assert (place and (place.kind, place.name), findings) == ((kind, name), [])


@pytest.mark.parametrize(
    ("shape", "kind"),
    [(LineString([(0, 0), (9, 0)]), PlaceKind.STREET), (box(0, 0, 9, 9), PlaceKind.BLOCK)],
)
def test_a_row_that_says_no_kind_is_what_it_is_drawn_as(shape: object, kind: PlaceKind) -> None:
    place, _ = read(shape=shape, name="红旗")
    assert place is not None
    assert place.kind is kind


@pytest.mark.parametrize(
    ("cells", "kinds"),
    [
        ({"name": "甲", "kind": "星球"}, ["unknown_kind"]),
        ({"name": "甲", "category": "月球基地"}, ["unknown_category"]),
        ({"name": "甲", "valid_from": "去年"}, ["unread_date"]),
        ({"name": ""}, ["no_name"]),
    ],
)
def test_what_a_row_says_badly_is_found(cells: dict[str, str], kinds: list[str]) -> None:
    assert read(**cells)[1] == kinds


def test_a_kind_that_is_told_holds_where_a_row_states_none() -> None:
    place, _ = read(PlaceKind.ZONE, name="红旗片")
    assert place is not None
    assert place.kind is PlaceKind.ZONE


def test_names_in_one_cell_are_several_and_a_former_one_keeps_its_years() -> None:
    names = read_names("一小、育才；小一", formers="育才小学（1956年至1998年）")
    assert [one.text for one in names] == ["一小", "育才", "小一", "育才小学"]
    assert [str(day) for day in (names[3].valid_from, names[3].valid_to)] == ["1956-01-01", "1998-12-31"]
    assert names[3].sort is NameSort.FORMER


@pytest.mark.parametrize(
    ("words", "day"),
    [("1998-05-01", "1998-05-01"), ("19980501", "1998-05-01"), ("1998年5月1日", "1998-05-01"),
     ("1998-05-01T00:00:00", "1998-05-01"), ("1998", "1998-01-01"), ("1998-02-30", "None"), ("去年", "None")],
)  # fmt: skip
def test_a_day_is_read_in_many_spellings(words: str, day: str) -> None:
    assert str(read_day(words)) == day


def test_every_kind_is_known_by_its_name_and_its_key() -> None:
    assert {read_kind(kind.value) for kind in PlaceKind} == set(PlaceKind)
    assert read_kind("门（楼）牌") is read_kind("门牌") is PlaceKind.DOOR_PLATE


@pytest.mark.parametrize(
    ("tags", "drawn", "places", "because"),
    [
        ({"name": "经二路", "highway": "primary"}, "line", [("street", "")], "a road is a street"),
        ({"name": "家园", "landuse": "residential"}, "area", [("block", "estate")], "homes are an estate"),
        (
            {"name": "小学", "amenity": "school", "building": "yes"},
            "area",
            [("poi", "school")],
            "what it is for",
        ),
        ({"name": "杂货", "shop": "kiosk"}, "point", [("poi", "shop")], "a shop of any sort"),
        ({"name": "东关", "place": "neighbourhood"}, "point", [("zone", "neighbourhood")], "a neighbourhood"),
        ({"name": "渭河", "waterway": "river"}, "line", [("zone", "water")], "a river"),
        (
            {"addr:housenumber": "5", "addr:street": "经二路"},
            "point",
            [("door_plate", "")],
            "an address alone",
        ),
        (
            {"addr:housenumber": "5;7", "addr:street": "经二路"},
            "area",
            [("door_plate", "")] * 2,
            "two numbers",
        ),
        ({"addr:housenumber": "5"}, "point", [], "a number without a street"),
        ({"name": "宝鸡", "place": "city"}, "point", [], "divisions have a register"),
        ({"name": "什么", "note": "?"}, "point", [], "nothing says what it is"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_tags_say_what_a_thing_is(
    tags: dict[str, str], drawn: str, places: list[tuple[str, str]], because: str
) -> None:
    found = [one.texts for one in list_places(tags, drawn, CATEGORIES.by_tag.get)]
    assert [(one["kind"], one.get("category", "")) for one in found] == places


def test_a_border_is_no_place_and_a_foreign_name_gives_way_to_the_chinese_one() -> None:
    assert not is_wanted({"name": "金台区", "boundary": "administrative"})
    tags = {"name": "Bank", "name:zh": "宝鸡银行", "amenity": "bank", "old_name": "老银行"}
    found = next(iter(list_places(tags, "point", CATEGORIES.by_tag.get))).texts
    assert (found["name"], found["former"]) == ("宝鸡银行", "老银行")


def test_plates_are_measured_along_a_street_in_parts_from_one_end_to_the_other() -> None:
    street = shapely.MultiLineString([[(200, 0), (110, 0)], [(0, 0), (100, 0)]])
    found = places_along(street, np.array([[10.0, 5.0], [190.0, 5.0], [150.0, -5.0]]))
    assert found.along_m.argsort().tolist() == [0, 2, 1]
    assert found.sides.tolist() == [1, 1, -1]


def test_a_plate_far_from_its_street_is_not_judged_by_it() -> None:
    found = places_along(LineString([(0, 0), (100, 0)]), np.array([[10.0, 500.0]]))
    assert found.sides.tolist() == [0]


def test_four_plates_say_nothing_of_an_order() -> None:
    here = PlatePlaces(np.arange(4.0), np.array([1, 1, 1, 1]))
    assert find_odd_plates(here, [1, 2, 3, 4]) == []


@settings(deadline=None)
@given(st.permutations(range(12)), st.booleans())
def test_plates_in_order_are_never_odd_however_they_come(
    order: list[int],
    is_falling: bool,
) -> None:
    along = np.array(order, dtype=float) * 10
    numbers = [2 * (11 - n if is_falling else n) + 1 for n in order]
    assert find_odd_plates(PlatePlaces(along, np.ones(12, dtype=np.int64)), numbers) == []


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 60))
def test_stretches_of_a_street_are_put_together_whatever_their_number(count: int, gap_m: int) -> None:
    starts = np.arange(count) * (100.0 + gap_m)
    lines = np.array([LineString([(start, 0), (start + 100, 0)]) for start in starts], dtype=object)
    groups = group_streets(["经二路"] * count, lines)
    assert len(groups) == (1 if gap_m <= 50 else count)
    assert sum(one.length_m for one in groups) == pytest.approx(100.0 * count)
