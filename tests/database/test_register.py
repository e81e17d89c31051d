"""The register lives: what the street says is reviewed, changes are facts, surveys find, miss and add."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import uuid4

import numpy as np
import pyogrio
import pytest
from sqlalchemy import Engine, text

from gis_core.db import open_sessions
from gis_core.journal import Entry, verify
from gis_core.places import LonLat
from grid.component_list import list_components
from grid.components import get_component
from grid.filtering import ComponentFilter
from grid.organisations import load_responsibilities
from grid.register.exporting import export_register
from grid.register.known import EDITIONS
from grid.register.operations import (
    AlreadyDecided,
    BadSurvey,
    Change,
    NothingChanges,
    NotInSurvey,
    ReasonMissing,
    Register,
    Said,
    StaleComponent,
    SurveyClosed,
    SurveyPlan,
    TooFarMoved,
)
from grid.register.reading import get_detail
from grid.register.reviews import list_proposals
from grid.register.surveys import GridProgress, get_survey, list_progress
from grid.rules.locating import OutsideFrame
from grid.rules.register import Asking, WrongStateChange
from tests.case_city import FRIDAY_MORNING, RULES_ON, baoji, catalogue, nine_grids
from tests.register_city import (
    ASKING,
    EMPTY_REGISTER,
    PLANE,
    RegisterCity,
    grid_at,
    place,
    row,
    write,
)

INSPECTOR = Asking(FRIDAY_MORNING, 41, "监督员甲", "inspector", "BJ-JD")
STRANGER = replace(INSPECTOR, person_id=42)
CODE = "61030301002000001"
PLAN = SurveyPlan(
    theme="汛前井盖普查", area_code="610303008", type_codes=("01002",), inspector_ids=(41,),
    from_on=date(2026, 9, 1), until_on=date(2026, 9, 30),
)  # fmt: skip


@pytest.fixture
def city(face_engine: Engine, tmp_path: Path) -> Iterator[RegisterCity]:
    """Three covers in three grids."""
    city = RegisterCity(open_sessions(face_engine))
    covers = [row(1, 50, 50), row(2, 150, 50), row(3, 250, 250, GLBJBSM="6103030102000003")]
    city.bring_in(write(tmp_path / "covers.gpkg", covers))
    yield city
    with face_engine.begin() as connection:
        connection.execute(text(EMPTY_REGISTER))


@pytest.fixture
def register(city: RegisterCity) -> Register:
    rules = load_responsibilities(baoji(), RULES_ON)
    return Register(city.sessions, PLANE, nine_grids_as_drawn(), catalogue(), rules)


def nine_grids_as_drawn():  # the frame in memory counts its grids row by row, the database column by column
    from grid.rules.locating import Locator, UnitGrid
    from tests.case_city import StillFrame

    frame = nine_grids(PLANE)
    grids = []
    for n in range(9):
        shape = place(100 * (n // 3) + 50, 100 * (n % 3) + 50).buffer(50, cap_style="square")
        grids.append(UnitGrid(code=grid_at(100 * (n // 3) + 1, 100 * (n % 3) + 1), shape=shape))
    return StillFrame(Locator(grids, version=frame.locator.version, pull_in_m=15.0))


def lonlat(east_m: float, north_m: float) -> LonLat:
    point = place(east_m, north_m)
    lon, lat = PLANE.to_lonlat_many(np.array([[point.x, point.y]]))[0]
    return LonLat(float(lon), float(lat))


def said(**more: object) -> Said:
    return Said(**({"client_id": uuid4(), "type_code": "01002", "code": CODE} | more))  # type: ignore[arg-type]


def detail(city: RegisterCity, code: str = CODE):
    with city.sessions() as session:
        return get_detail(session, code)


def test_a_change_is_a_fact_with_before_after_and_reason(city: RegisterCity, register: Register) -> None:
    register.change(CODE, Change(state="破损"), reason="井盖开裂", seen_revision=1, asking=ASKING)
    found = detail(city)
    assert (found.summary.state, found.revision, str(found.changed_on)) == ("破损", 2, "2026-09-18")
    assert found.facts[1].body["state"] == {"before": "完好", "after": "破损"}
    entries = [Entry(f.seq, f.content, bytes(f.prev_hash), bytes(f.hash)) for f in found.facts]
    assert verify(entries) is None


def test_a_change_of_what_somebody_else_has_changed_is_refused(register: Register) -> None:
    register.change(CODE, Change(state="破损"), reason="裂", seen_revision=1, asking=ASKING)
    with pytest.raises(StaleComponent):
        register.change(CODE, Change(state="丢失"), reason="没了", seen_revision=1, asking=ASKING)


def test_a_change_says_why_and_changes_something(register: Register) -> None:
    with pytest.raises(ReasonMissing):
        register.change(CODE, Change(state="破损"), reason=" ", seen_revision=1, asking=ASKING)
    with pytest.raises(NothingChanges):
        register.change(CODE, Change(state="完好"), reason="看过", seen_revision=1, asking=ASKING)


def test_what_was_removed_does_not_come_back(register: Register) -> None:
    register.change(CODE, Change(state="移除"), reason="道路改建", seen_revision=1, asking=ASKING)
    with pytest.raises(WrongStateChange, match="另行登记新编码"):
        register.change(CODE, Change(state="完好"), reason="又有了", seen_revision=2, asking=ASKING)


def test_what_the_street_says_waits_for_review_and_then_holds(city: RegisterCity, register: Register) -> None:
    number = register.propose(said(state="破损", place=lonlat(60, 50)), INSPECTOR)
    assert detail(city).summary.state == "完好"
    register.accept(number, reason="", asking=ASKING)
    found = detail(city)
    assert (found.summary.state, found.facts[-1].by_name) == ("破损", "数据员甲")
    moved_m = city.value(
        "SELECT ST_Distance(geom, ST_GeomFromText(:wkt, 4545)) FROM grid.component WHERE code = :code",
        wkt=place(60, 50).wkt,
        code=CODE,
    )
    assert moved_m < 0.002


def test_a_component_that_moves_to_another_grid_belongs_there(city: RegisterCity, register: Register) -> None:
    register.accept(register.propose(said(place=lonlat(120, 50)), INSPECTOR), reason="", asking=ASKING)
    assert detail(city).summary.unit_grid_code == grid_at(120, 50)


def test_a_phone_that_sends_twice_proposes_once(city: RegisterCity, register: Register) -> None:
    once = said(state="破损")
    assert register.propose(once, INSPECTOR) == register.propose(once, INSPECTOR)
    assert city.value("SELECT count(*) FROM grid.component_proposal") == 1


def test_a_review_is_decided_once_and_returned_with_a_reason(city: RegisterCity, register: Register) -> None:
    number = register.propose(said(state="丢失"), INSPECTOR)
    with pytest.raises(ReasonMissing):
        register.give_back(number, reason="", asking=ASKING)
    register.give_back(number, reason="照片里井盖还在", asking=ASKING)
    with pytest.raises(AlreadyDecided):
        register.accept(number, reason="", asking=ASKING)
    assert detail(city).summary.state == "完好"


def test_a_review_older_than_the_last_change_cannot_be_accepted(
    city: RegisterCity, register: Register
) -> None:
    number = register.propose(said(state="破损"), INSPECTOR)
    register.change(CODE, Change(state="丢失"), reason="没了", seen_revision=1, asking=ASKING)
    with city.sessions() as session:
        assert list_proposals(session)[0].is_stale
    with pytest.raises(StaleComponent):
        register.accept(number, reason="", asking=ASKING)


WRONG = [
    ({"state": None}, NothingChanges, "it says nothing"),
    ({"place": lonlat(50, 50)}, NothingChanges, "it stands where it stood"),
    ({"place": lonlat(950, 50)}, TooFarMoved, "a cover does not walk 900 m"),
    ({"place": lonlat(-60, 50)}, OutsideFrame, "no grid lies there"),
    ({"code": None, "place": None}, NothingChanges, "a new one stands somewhere"),
]


@pytest.mark.parametrize(("more", "error"), [w[:2] for w in WRONG], ids=[w[2] for w in WRONG])
def test_what_the_street_says_must_make_sense(
    register: Register, more: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        register.propose(said(**more), INSPECTOR)


def test_a_new_component_gets_the_next_number_of_its_type_and_who_answers_for_it(
    city: RegisterCity, register: Register
) -> None:
    number = register.propose(said(code=None, place=lonlat(30, 30)), INSPECTOR)
    code = register.accept(number, reason="", asking=ASKING)
    found = detail(city, code)
    assert (code, found.accuracy_class, found.revision) == ("61030301002000004", "C", 1)
    assert found.summary.authority_name


def test_a_survey_counts_what_was_found_missing_and_new_by_grid(
    city: RegisterCity, register: Register
) -> None:
    number = register.begin_survey(PLAN, ASKING)
    register.note_found(number, CODE, INSPECTOR)
    register.note_missing(number, said(code="61030301002000002", state="丢失"), INSPECTOR)
    register.note_new(number, said(code=None, place=lonlat(150, 60)), INSPECTOR)
    with city.sessions() as session:
        progress = list_progress(session, get_survey(session, number))
    assert progress == (
        GridProgress(grid_at(50, 50), 1, 1, 0, 0),
        GridProgress(grid_at(150, 50), 1, 0, 1, 1),
        GridProgress(grid_at(250, 250), 1, 0, 0, 0),
    )


def test_what_a_survey_misses_and_finds_anew_goes_to_review(city: RegisterCity, register: Register) -> None:
    number = register.begin_survey(PLAN, ASKING)
    register.note_missing(number, said(state="丢失", survey_id=number), INSPECTOR)
    with city.sessions() as session:
        waiting = list_proposals(session)
    assert [(one.state, one.survey_id) for one in waiting] == [("丢失", number)]


def test_the_newest_answer_of_a_survey_counts(city: RegisterCity, register: Register) -> None:
    number = register.begin_survey(PLAN, ASKING)
    register.note_missing(number, said(state="丢失"), INSPECTOR)
    register.note_found(number, CODE, INSPECTOR)
    with city.sessions() as session:
        assert list_progress(session, get_survey(session, number))[0].found == 1


def test_only_its_inspectors_answer_a_survey_and_only_while_it_is_open(register: Register) -> None:
    number = register.begin_survey(PLAN, ASKING)
    with pytest.raises(NotInSurvey):
        register.note_found(number, CODE, STRANGER)
    register.close_survey(number, ASKING)
    with pytest.raises(SurveyClosed):
        register.note_found(number, CODE, INSPECTOR)


@pytest.mark.parametrize(
    "change",
    [
        {"theme": " "},
        {"area_code": ""},
        {"type_codes": ()},
        {"inspector_ids": ()},
        {"until_on": date(2026, 8, 1)},
    ],
    ids=["a theme", "an area", "types", "inspectors", "an end after its beginning"],
)
def test_a_survey_needs(register: Register, change: dict[str, object]) -> None:
    with pytest.raises(BadSurvey):
        register.begin_survey(replace(PLAN, **change), ASKING)  # type: ignore[arg-type]


def test_the_register_is_listed_by_keyset_as_filtered(city: RegisterCity, register: Register) -> None:
    register.change(CODE, Change(state="破损"), reason="裂", seen_revision=1, asking=ASKING)
    with city.sessions() as session:
        first = list_components(session, ComponentFilter(), limit=2)
        rest = list_components(session, ComponentFilter(), after=first.next_code or "", limit=2)
        broken = list_components(session, ComponentFilter(states=("破损",), area_code="610303008007"))
        by_alias = list_components(session, ComponentFilter(text="6103030102000003"))
    assert [len(first.rows), len(rest.rows), rest.next_code] == [2, 1, None]
    assert [one.code for one in broken.rows] == [CODE]
    assert [one.alias_code for one in by_alias.rows] == ["6103030102000003"]


def test_a_component_is_found_by_the_16_digits_it_had_before(city: RegisterCity) -> None:
    with city.sessions() as session:
        assert get_component(session, "6103030102000003").code == "61030301002000003"


OUT = [("out.gpkg", "EPSG:4545"), ("out.shp", "EPSG:4524"), ("out.geojson", None), ("out.csv", "EPSG:4490")]


@pytest.mark.parametrize(("name", "system"), OUT, ids=[f"{n} in {s}" for n, s in OUT])
def test_what_goes_out_comes_in_again_as_it_was(
    city: RegisterCity, face_engine: Engine, tmp_path: Path, name: str, system: str | None
) -> None:
    done = export_register(city.sessions, baoji(), tmp_path / name, system=system)
    with face_engine.begin() as connection:
        connection.execute(text(EMPTY_REGISTER))
    told = system if name.endswith("csv") else None
    assert (done.rows, city.bring_in(tmp_path / name, system=told)) == (3, 3)
    assert detail(city).summary.owner_code == "BJ-PS"


def test_a_shapefile_has_the_abbreviations_of_the_standard_in_gbk(city: RegisterCity, tmp_path: Path) -> None:
    export_register(city.sessions, baoji(), tmp_path / "out.shp")
    info = pyogrio.read_info(tmp_path / "out.shp", encoding="GBK")
    assert info["fields"].tolist()[:4] == ["GLBJBSM", "GLBJMC", "ZGBMDM", "ZGBMMC"]
    assert "污水井盖".encode("gbk") in (tmp_path / "out.dbf").read_bytes()


def test_the_edition_of_2007_gets_its_codes_and_names(city: RegisterCity, tmp_path: Path) -> None:
    export_register(city.sessions, baoji(), tmp_path / "out.csv", edition=EDITIONS["2007"])
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("WKT,ObjID,ObjName,DeptCode1")
    assert "6103030102000001" in lines[1]


def test_an_area_goes_out_alone(city: RegisterCity, tmp_path: Path) -> None:
    done = export_register(
        city.sessions, baoji(), tmp_path / "o.gpkg", wanted=ComponentFilter(area_code=grid_at(50, 50))
    )
    assert done.rows == 1
