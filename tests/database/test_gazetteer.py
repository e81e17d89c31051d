"""The gazetteer lives: places are added, changed, ended, restored and taken back; nothing is forgotten."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest
from shapely import box
from sqlalchemy import Engine, text

from gis_core.db import open_sessions
from gis_core.errors import CitygridError
from gis_core.geocoding.gazetteer import NameSort, PlaceKind
from gis_core.journal import Entry, verify
from grid.gazetteer.operations import (
    CannotTakeBack,
    PlaceEnded,
    PlaceReasonMissing,
    StalePlace,
    UnchangedPlace,
    UnknownPlaceCategory,
)
from grid.gazetteer.reading import NoSuchPlace, PlaceFilter, count_kinds, count_places, list_places
from grid.rules.gazetteer import BadPlaceDates, DoubledPlace, FurtherName, OutsideCity, Place
from tests.case_city import COMMUNITY
from tests.gazetteer_city import ASKING, EMPTY_GAZETTEER, GazetteerCity, plate, poi
from tests.register_city import place

FORMER = FurtherName("育才小学", NameSort.FORMER, None, date(1998, 5, 1))
NAMES = (FurtherName("一小", NameSort.SHORT), FORMER)


@pytest.fixture
def city(face_engine: Engine) -> Iterator[GazetteerCity]:
    """An empty gazetteer."""
    yield GazetteerCity(open_sessions(face_engine))
    with face_engine.begin() as connection:
        connection.execute(text(EMPTY_GAZETTEER))


@pytest.fixture
def school(city: GazetteerCity) -> int:
    """The first school, with its short and its former name."""
    return city.add(poi(category="school", names=NAMES))


def changed(city: GazetteerCity, place_id: int, one: Place, revision: int = 1) -> None:
    city.gazetteer.change(place_id, one, reason="门牌更换", seen_revision=revision, asking=ASKING)


def end(city: GazetteerCity, place_id: int, revision: int = 1) -> None:
    city.gazetteer.end(place_id, reason="学校搬走", seen_revision=revision, asking=ASKING)


def undo(city: GazetteerCity, place_id: int, revision: int) -> None:
    city.gazetteer.undo(place_id, reason="", seen_revision=revision, asking=ASKING)


def test_a_new_place_knows_its_community_and_its_names(city: GazetteerCity, school: int) -> None:
    found = city.detail(school)
    assert (found.summary.division_code, found.names) == (COMMUNITY, NAMES)
    assert [(fact.action, fact.reason, fact.by_name) for fact in found.facts] == [
        ("added", "实地核对", "数据员甲")
    ]


def test_a_change_keeps_what_was_before_and_the_chain_holds(city: GazetteerCity, school: int) -> None:
    changed(city, school, poi("市第一实验小学", 52, category="school", names=NAMES))
    facts = city.detail(school).facts
    assert facts[1].body["name"] == {"before": "市第一小学", "after": "市第一实验小学"}
    assert set(facts[1].body) == {"name", "shape"}
    assert verify([Entry(f.seq, f.content, bytes(f.prev_hash), bytes(f.hash)) for f in facts]) is None


def test_names_that_go_are_gone_from_the_list_and_stay_in_the_history(
    city: GazetteerCity, school: int
) -> None:
    changed(city, school, poi(category="school", names=(FORMER,)))
    found = city.detail(school)
    assert found.names == (FORMER,)
    assert found.facts[1].body["names"]["before"][0][0] == "一小"


def test_what_was_ended_is_out_of_force_from_that_day_and_can_come_back(
    city: GazetteerCity, school: int
) -> None:
    end(city, school)
    assert city.detail(school).summary.valid_to == date(2026, 9, 18)
    city.gazetteer.restore(school, reason="没有搬", seen_revision=2, asking=ASKING)
    found = city.detail(school)
    assert found.summary.valid_to is None
    assert [fact.action for fact in found.facts] == ["added", "ended", "restored"]


def test_a_change_is_taken_back_by_a_fact_of_its_own(city: GazetteerCity, school: int) -> None:
    changed(city, school, poi("市第二小学", 60, 60))
    undo(city, school, 2)
    found = city.detail(school)
    assert (found.summary.name, found.summary.category, found.names) == ("市第一小学", "school", NAMES)
    assert (found.facts[2].body["undoes"], found.facts[2].reason) == (2, "撤回上一步（变更）。")


def test_taking_back_an_addition_ends_the_place_and_a_taking_back_stays(
    city: GazetteerCity, school: int
) -> None:
    undo(city, school, 1)
    assert city.detail(school).summary.valid_to == date(2026, 9, 18)
    with pytest.raises(CannotTakeBack):
        undo(city, school, 2)


def test_taking_back_an_end_brings_the_place_back(city: GazetteerCity, school: int) -> None:
    end(city, school)
    undo(city, school, 2)
    assert city.detail(school).summary.valid_to is None


def test_who_looked_at_an_older_state_is_refused(city: GazetteerCity, school: int) -> None:
    changed(city, school, poi("市第二小学"))
    with pytest.raises(StalePlace):
        end(city, school, revision=1)


@pytest.mark.parametrize(
    ("one", "refusal"),
    [
        (poi(category="school", names=NAMES), UnchangedPlace),
        (poi(" "), CitygridError),
        (poi(category="moon_base"), UnknownPlaceCategory),
        (poi(east_m=40_000), OutsideCity),
    ],
    ids=["nothing is different", "no name", "no such category", "outside the city"],
)
def test_a_change_that_cannot_be_is_refused_and_nothing_is_written(
    city: GazetteerCity, school: int, one: Place, refusal: type[CitygridError]
) -> None:
    with pytest.raises(refusal):
        changed(city, school, one)
    assert city.detail(school).revision == 1


def test_a_change_says_why(city: GazetteerCity) -> None:
    with pytest.raises(PlaceReasonMissing):
        city.add(poi(), reason=" ")


@pytest.mark.parametrize(
    ("away_m", "is_refused"), [(29, True), (31, False)], ids=["within 30 m", "farther than 30 m"]
)
def test_the_same_place_is_not_added_twice(
    city: GazetteerCity, school: int, away_m: float, is_refused: bool
) -> None:
    try:
        city.add(poi(east_m=50 + away_m))
        was_refused = False
    except DoubledPlace as refusal:
        was_refused = refusal.facts["place_id"] == school
    assert was_refused == is_refused


def test_another_kind_or_one_that_was_ended_is_no_double(city: GazetteerCity, school: int) -> None:
    city.add(poi(kind=PlaceKind.BLOCK))
    end(city, school)
    assert city.add(poi()) != school


def test_what_has_a_successor_is_not_restored(city: GazetteerCity, school: int) -> None:
    end(city, school)
    city.add(poi())
    with pytest.raises(DoubledPlace):
        city.gazetteer.restore(school, reason="回来", seen_revision=2, asking=ASKING)


def test_a_place_that_is_not_in_force_is_not_changed(city: GazetteerCity, school: int) -> None:
    end(city, school)
    with pytest.raises(PlaceEnded):
        changed(city, school, poi("市第二小学"), 2)


def test_a_plate_is_called_by_its_street_and_number(city: GazetteerCity) -> None:
    found = city.detail(city.add(plate("１５５号"))).summary
    assert (found.name, found.street, found.number) == ("经二路155号", "经二路", "155")


def test_an_estate_lies_where_its_pin_stands(city: GazetteerCity) -> None:
    corner = place(10, 10)
    estate = box(corner.x, corner.y, corner.x + 80, corner.y + 90)
    found = city.add(poi("阳光小区", kind=PlaceKind.BLOCK, shape=estate))
    assert city.detail(found).summary.division_code == COMMUNITY
    assert '"type":"Polygon"' in city.detail(found).geojson


def test_a_place_in_no_grid_lies_in_the_district_whose_outline_holds_it(city: GazetteerCity) -> None:
    found = city.detail(city.add(poi(east_m=400))).summary
    assert found.division_code == "610302"  # the real border runs between the nine grids and there


def test_a_former_name_that_ends_before_it_begins_is_refused(city: GazetteerCity) -> None:
    wrong = replace(FORMER, valid_from=FORMER.valid_to + timedelta(days=1))
    with pytest.raises(BadPlaceDates):
        city.add(poi(names=(wrong,)))


def test_every_change_gives_the_gazetteer_its_next_version_and_tells_every_process(
    city: GazetteerCity, face_engine: Engine
) -> None:
    address = face_engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as listening:
        listening.execute("LISTEN gazetteer")
        place_id = city.add(poi())
        end(city, place_id)
        heard = [one.payload for one in listening.notifies(timeout=5, stop_after=2)]
    assert heard == ["1", "2"]


def test_what_is_refused_changes_no_version(city: GazetteerCity, school: int) -> None:
    with pytest.raises(DoubledPlace):
        city.add(poi())
    assert city.value("SELECT version FROM grid.gazetteer_version") == 1


def test_the_list_finds_a_place_by_any_of_its_names(city: GazetteerCity, school: int) -> None:
    city.add(plate("155"))
    with city.sessions() as session:
        found = [
            list_places(session, PlaceFilter(text=words)).rows for words in ("育才", "第一", "路15", "%")
        ]
    assert [[row.name for row in rows] for rows in found] == [
        ["市第一小学"],
        ["市第一小学"],
        ["经二路155号"],
        [],
    ]


def test_the_list_goes_on_after_the_last_row_of_a_page(city: GazetteerCity) -> None:
    numbers = [city.add(poi(f"店{n}", 20 + 10 * n)) for n in range(5)]
    with city.sessions() as session:
        first = list_places(session, PlaceFilter(), limit=3)
        second = list_places(session, PlaceFilter(), after=first.next_id or 0, limit=3)
    assert [row.id for row in (*first.rows, *second.rows)] == numbers
    assert second.next_id is None


def test_the_list_is_filtered_by_kind_category_area_and_standing(city: GazetteerCity, school: int) -> None:
    city.add(plate("155"))
    end(city, city.add(poi("旧戏院")))
    wanted = [
        PlaceFilter(kind=PlaceKind.DOOR_PLATE),
        PlaceFilter(category="school"),
        PlaceFilter(area_code="610302"),
        PlaceFilter(standing="ended"),
        PlaceFilter(standing="all", area_code=COMMUNITY),
    ]
    with city.sessions() as session:
        counts = [count_places(session, one) for one in wanted]
        assert count_kinds(session) == {PlaceKind.POI: 1, PlaceKind.DOOR_PLATE: 1}
    assert counts == [1, 1, 0, 1, 3]


def test_history_cannot_be_changed(city: GazetteerCity, school: int) -> None:
    with pytest.raises(Exception, match="append-only"), city.sessions.begin() as session:
        session.execute(text("UPDATE grid.place_fact SET reason = '改'"))


def test_a_place_that_is_not_there_is_said_so(city: GazetteerCity) -> None:
    with pytest.raises(NoSuchPlace):
        city.detail(404)
