"""Survey files of components come in with a report row by row, all or nothing."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gis_core.db import open_sessions
from gis_core.dbf_tables import BadEncoding
from gis_core.errors import CitygridError
from gis_core.file_bounds import BadSpatialFile, ZipBomb
from gis_core.journal import Entry, verify
from gis_core.spatial_files import NoSystem
from grid.register import importing as importing_module
from grid.register.facts import content_of
from grid.register.import_state import hold
from grid.register.importing import ImportBusy, NothingGood, sha256_of
from grid.rules.labels import LyingLabel
from grid.rules.register import AmbiguousField, MissingField
from tests.case_city import FRIDAY_MORNING
from tests.register_city import ASKING, EMPTY_REGISTER, RegisterCity, many, place, row, write


@pytest.fixture
def city(face_engine: Engine) -> Iterator[RegisterCity]:
    yield RegisterCity(open_sessions(face_engine))
    with face_engine.begin() as connection:
        connection.execute(text(EMPTY_REGISTER))


FILES = [
    ("covers.gpkg", "EPSG:4545", {}),
    ("covers.shp", "EPSG:4524", {"encoding": "GBK"}),
    ("covers.shp", "EPSG:4545", {"encoding": "UTF-8"}),
    ("covers.geojson", "EPSG:4490", {}),
    ("covers.gdb", "EPSG:4490", {"driver": "OpenFileGDB"}),
]


@pytest.mark.parametrize(("name", "system", "more"), FILES, ids=[f"{f[0]} in {f[1]}" for f in FILES])
def test_a_survey_file_of_any_usual_kind_enters_the_register(
    city: RegisterCity, tmp_path: Path, name: str, system: str, more: dict[str, object]
) -> None:
    path = write(tmp_path / name, many(30), system=system, **more)
    assert city.bring_in(path) == 30
    assert city.value("SELECT name FROM grid.component ORDER BY code LIMIT 1") == "污水井盖"
    away_m = city.value(
        "SELECT ST_Distance(geom, ST_GeomFromText(:wkt, 4545)) FROM grid.component ORDER BY code LIMIT 1",
        wkt=place(10, 10).wkt,
    )
    assert away_m < 0.002


def test_a_table_with_well_known_text_enters_when_its_system_is_said(
    city: RegisterCity, tmp_path: Path
) -> None:
    table = tmp_path / "covers.csv"
    head = (
        "WKT,管理部件标识码,管理部件名称,主管部门代码,主管部门名称,所在单元网格标识码,管理部件状态,初始日期"
    )
    first = many(1)[0]
    values = ",".join(
        str(first[name]) for name in ("GLBJBSM", "GLBJMC", "ZGBMDM", "ZGBMMC", "SZDYWGBSM", "GLBJZT")
    )
    table.write_text(f'{head}\n"{first["shape"].wkt}",{values},2024-03-15\n', encoding="utf-8")
    with pytest.raises(NoSystem):
        city.check(table)
    assert city.bring_in(table, system="EPSG:4545") == 1


def test_what_is_imported_has_the_18_attributes_and_a_first_fact(city: RegisterCity, tmp_path: Path) -> None:
    city.bring_in(write(tmp_path / "a.gpkg", [row(1, 50, 50, BZ="路口西北角\t旧井", BGRQ="20250101")]))
    with city.sessions() as session:
        found = session.execute(text("SELECT * FROM grid.component")).mappings().one()
    assert (found["remark"], found["source"], str(found["changed_on"])) == (
        "路口西北角\t旧井",
        "实测",
        "2025-01-01",
    )
    assert (found["owner_code"], found["accuracy_class"], found["revision"]) == ("BJ-PS", "A", 1)


def test_facts_written_by_the_million_are_sealed_as_the_journal_seals_them(
    city: RegisterCity, tmp_path: Path
) -> None:
    city.bring_in(write(tmp_path / '井盖"新".gpkg', [row(1, 50, 50), row(2, 60, 50, QSDWDM="")]))
    with city.sessions() as session:
        facts = session.execute(text("SELECT * FROM grid.component_fact ORDER BY component_id")).all()
    for fact in facts:
        content = content_of(ASKING, seq=fact.seq, action=fact.action, reason=fact.reason, body=fact.body)
        assert verify([Entry(fact.seq, content, bytes(fact.prev_hash), bytes(fact.hash))]) is None
    assert len(facts) == 2


def test_nobody_changes_the_history_of_a_component(city: RegisterCity, tmp_path: Path) -> None:
    city.bring_in(write(tmp_path / "a.gpkg", [row(1, 50, 50)]))
    with pytest.raises(DBAPIError, match="append-only"), city.sessions.begin() as session:
        session.execute(text("UPDATE grid.component_fact SET reason = ''"))


LINE = shapely.LineString([place(10, 10), place(30, 10)])
FAULTS = [
    ({"GLBJBSM": "6103030100200000A"}, "bad_code", "a letter is no digit"),
    ({"GLBJBSM": "６1030301002000001"}, "bad_code", "a full-width digit is another character"),
    ({"GLBJBSM": "610303010020001"}, "bad_code", "it is too short"),
    ({"GLBJBSM": "61030399999000001"}, "unknown_type", "no edition has such a type"),
    ({"GLBJBSM": "6103030199000001"}, "unknown_type", "no older edition has such a type"),
    ({"GLBJZT": "挺好"}, "bad_value", "the standard has five states"),
    ({"GLBJZT": ""}, "missing_attribute", "the state is mandatory"),
    ({"CSRQ": "20240230"}, "bad_value", "February has no 30th"),
    ({"BGRQ": "20200101"}, "bad_value", "a change comes after the first survey"),
    ({"GLBJMC": ""}, "missing_attribute", "the name is mandatory"),
    ({"GLBJMC": "路灯"}, "name_disagrees", "the type is a sewer cover"),
    ({"ZGBMDM": "XX-99", "ZGBMMC": "某局"}, "unknown_organisation", "nobody knows the body"),
    ({"ZGBMDM": "", "ZGBMMC": ""}, "missing_attribute", "somebody must be in charge"),
    ({"QSDWDM": ""}, "missing_owner", "nobody is called when it breaks"),
    ({"SZDYWGBSM": "610303008007009"}, "grid_disagrees", "it lies in another grid"),
    ({"SZDYWGBSM": "610303008007777"}, "unknown_grid", "there is no such grid"),
    ({"SZDYWGBSM": ""}, "missing_attribute", "the grid is mandatory"),
    ({"shape": place(900, 900)}, "outside_frame", "no grid lies there"),
    ({"shape": LINE}, "wrong_geometry", "a cover is a point"),
    ({"shape": shapely.Point(float("nan"), 1.0)}, "bad_shape", "NaN is no place"),
    ({"shape": None}, "bad_shape", "there is no shape"),
    ({"shape": shapely.MultiPoint([place(1, 1), place(2, 2)])}, "wrong_geometry", "it is two points"),
    ({"shape": shapely.Point(place(50, 50).x, place(50, 50).y, 560.0)}, "bad_shape", "it has a height"),
    ({"BZ": "长" * 1001}, "bad_value", "a remark has at most 1000 characters"),
]


@pytest.mark.parametrize(("changes", "kind", "because"), FAULTS, ids=[fault[2] for fault in FAULTS])
def test_a_row_at_fault_is_named_with_its_reason(
    city: RegisterCity, tmp_path: Path, changes: dict[str, object], kind: str, because: str
) -> None:
    report = city.check(write(tmp_path / "a.gpkg", [*many(9), row(800, 50, 50, **changes)]))
    found = [(one.row, one.kind) for one in city.findings(report)]
    assert (10, kind) in found
    assert {n for n, _ in found} == {10}


def test_a_code_or_a_place_taken_twice_is_found_in_the_file_and_in_the_register(
    city: RegisterCity, tmp_path: Path
) -> None:
    city.bring_in(write(tmp_path / "a.gpkg", [row(1, 50, 50)]))
    rows = [
        row(1, 70, 70),
        row(2, 80, 80),
        row(2, 90, 90),
        row(4, 80.1, 80),
        row(5, 50.1, 50),
        row(6, 51, 50),
    ]
    found = city.kinds(write(tmp_path / "b.gpkg", rows))
    assert found == [(1, "known_code"), (3, "duplicate_code"), (4, "duplicate_place"), (5, "duplicate_place")]


def test_two_covers_of_different_type_may_stand_at_one_place(city: RegisterCity, tmp_path: Path) -> None:
    lamp = row(1, 50, 50, GLBJBSM="61030301037000001", GLBJMC="路灯")
    assert city.kinds(write(tmp_path / "a.gpkg", [row(1, 50, 50), lamp])) == []


def test_on_a_border_the_grid_on_either_side_will_do(city: RegisterCity, tmp_path: Path) -> None:
    near = row(1, 100.3, 50, SZDYWGBSM="610303008007001")  # class A: 0.5 m
    far = row(2, 101.0, 60, SZDYWGBSM="610303008007001")
    assert city.kinds(write(tmp_path / "a.gpkg", [near, far, *many(9)[2:]])) == [(2, "grid_disagrees")]


def test_nothing_is_written_while_a_row_is_at_fault(city: RegisterCity, tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", [row(1, 50, 50), row(2, 60, 60, GLBJZT="")])
    with pytest.raises(NothingGood, match="1 行有误，什么都没有写入"):
        city.bring_in(path)
    assert city.value("SELECT count(*) FROM grid.component") == 0
    assert city.bring_in(path, keep_good=True) == 1


def test_a_component_of_an_older_edition_keeps_its_old_code_beside_the_new(
    city: RegisterCity, tmp_path: Path
) -> None:
    rows = [row(1, 50, 50, GLBJBSM="6103030102000007"), row(7, 60, 60)]
    report = city.check(write(tmp_path / "a.gpkg", rows))
    city.importing.apply(report.import_id, keep_good=False, asking=ASKING)
    assert city.findings(report)[0].words == "旧编码的顺序号已被占用，现编码为 61030301002000008。"
    assert (
        city.value("SELECT alias_code FROM grid.component WHERE code = '61030301002000008'")
        == "6103030102000007"
    )


@pytest.mark.parametrize(
    ("name", "wishes", "type_code"),
    [("园林井盖", {}, "01014"), ("无主井盖", {}, "01023"), ("不清楚", {"edition": "CJ/T 214-2007"}, "01023")],
    ids=["the name says 2013", "the name says 2007", "somebody says 2007"],
)
def test_a_number_that_editions_gave_to_different_things_is_told_apart(
    city: RegisterCity, tmp_path: Path, name: str, wishes: dict[str, object], type_code: str
) -> None:
    path = write(tmp_path / "a.gpkg", [row(1, 50, 50, GLBJBSM="6103030114000001", GLBJMC=name)])
    city.bring_in(path, **wishes)
    assert city.value("SELECT type_code FROM grid.component") == type_code


def test_a_number_that_nothing_tells_apart_is_refused_naming_both(city: RegisterCity, tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", [row(1, 50, 50, GLBJBSM="6103030114000001", GLBJMC="井盖")])
    found = city.findings(city.check(path))
    assert found[0].kind == "ambiguous_type"
    assert "园林井盖" in found[0].words
    assert "无主井盖" in found[0].words


def test_lines_and_areas_keep_their_shape_and_stand_at_a_point(city: RegisterCity, tmp_path: Path) -> None:
    ditch = row(1, 20, 10, GLBJBSM="61030301026000001", GLBJMC="沟槽盖板", shape=LINE)
    city.bring_in(write(tmp_path / "a.gpkg", [ditch]))
    assert city.value("SELECT round(ST_Length(shape)) FROM grid.component") == 20
    assert city.value("SELECT ST_Distance(geom, ST_Centroid(shape)) < 0.01 FROM grid.component") is True


def test_heights_are_dropped_when_somebody_says_so(city: RegisterCity, tmp_path: Path) -> None:
    high = row(1, 50, 50, shape=shapely.Point(place(50, 50).x, place(50, 50).y, 560.0))
    assert city.bring_in(write(tmp_path / "a.gpkg", [high]), may_be_flattened=True) == 1


def test_a_file_whose_label_lies_is_caught_by_the_frame(city: RegisterCity, tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", many(40), system="GCJ-02", label="EPSG:4326")
    with pytest.raises(LyingLabel, match="按GCJ-02（高德、腾讯等地图所用）则有 100% 相符") as refusal:
        city.check(path)
    assert 400 < refusal.value.facts["offset_m"] < 560
    assert city.bring_in(path, system="GCJ-02") == 40


def test_a_lying_label_is_believed_when_somebody_insists(city: RegisterCity, tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", many(40), system="GCJ-02", label="EPSG:4326")
    report = city.check(path, is_label_trusted=True)
    assert (report.rows_good, set(report.counts)) == (0, {"outside_frame"})


def test_northing_first_is_caught_and_read_when_told(city: RegisterCity, tmp_path: Path) -> None:
    swapped = [one | {"shape": shapely.Point(one["shape"].y, one["shape"].x)} for one in many(20)]
    path = write(tmp_path / "a.gpkg", swapped)
    with pytest.raises(LyingLabel, match="--northing-first"):
        city.check(path)
    assert city.bring_in(path, is_northing_first=True) == 20


def test_names_cut_to_ten_bytes_of_gbk_are_recognised(city: RegisterCity, tmp_path: Path) -> None:
    names = {"GLBJBSM": "管理部件标", "GLBJMC": "管理部件名", "ZGBMDM": "主管部门代", "ZGBMMC": "主管部门名",
             "SZDYWGBSM": "所在单元网", "GLBJZT": "管理部件状", "CSRQ": "初始日期"}  # fmt: skip
    rows = [{names[k]: v for k, v in one.items() if k in names} | {"shape": one["shape"]} for one in many(5)]
    assert city.bring_in(write(tmp_path / "a.shp", rows, encoding="GBK")) == 5


def test_names_cut_to_three_characters_of_utf8_are_refused_naming_what_they_may_be(
    city: RegisterCity, tmp_path: Path
) -> None:
    rows = [{"管理部": one["GLBJBSM"], "shape": one["shape"]} for one in many(2)]
    with pytest.raises(AmbiguousField, match="“管理部件标识码”、“管理部件名称”、“管理部件状态”"):
        city.check(write(tmp_path / "a.shp", rows, encoding="UTF-8"))


def test_a_file_without_a_mandatory_field_is_refused_naming_it(city: RegisterCity, tmp_path: Path) -> None:
    rows = [{name: value for name, value in one.items() if name != "GLBJZT"} for one in many(2)]
    with pytest.raises(MissingField, match="管理部件状态（GLBJZT）"):
        city.check(write(tmp_path / "a.gpkg", rows))


def test_names_of_cj_t_214_are_recognised(city: RegisterCity, tmp_path: Path) -> None:
    names = {"GLBJBSM": "ObjID", "GLBJMC": "ObjName", "ZGBMDM": "DeptCode1", "ZGBMMC": "DeptName1",
             "SZDYWGBSM": "BGID",
             "GLBJZT": "ObjState", "CSRQ": "ORDate"}  # fmt: skip
    rows = [{names[k]: v for k, v in one.items() if k in names} | {"shape": one["shape"]} for one in many(5)]
    assert city.bring_in(write(tmp_path / "a.shp", rows)) == 5


def test_a_table_of_another_encoding_than_it_says_is_refused(city: RegisterCity, tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp", many(5), encoding="GBK")
    path.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
    with pytest.raises(BadEncoding, match="--encoding GBK"):
        city.check(path)
    assert city.bring_in(path, encoding="GBK") == 5


def test_an_archive_that_unfolds_to_far_more_than_it_is_stays_shut(
    city: RegisterCity, tmp_path: Path
) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("covers.geojson", b"0" * 60_000_000)
    with pytest.raises(ZipBomb):
        city.check(path)


def test_a_torn_file_is_refused(city: RegisterCity, tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    path.write_bytes(b"SQLite format 3\x00" + b"\x00" * 5000)
    with pytest.raises(BadSpatialFile):
        city.check(path)
    assert city.value("SELECT refusal->>'code' FROM grid.component_import") == "bad_spatial_file"


def test_a_broken_off_import_goes_on_after_its_last_batch(
    city: RegisterCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing_module, "BATCH", 10)
    path = write(tmp_path / "a.gpkg", many(35))
    wishes = importing_module.Wishes()
    import_id = city.importing.begin(path, wishes, ASKING)
    with pytest.raises(KeyboardInterrupt):
        city.importing.check(import_id, path, wishes, at=FRIDAY_MORNING, progress=_killed_after(20))
    heard: list[int] = []
    again = city.importing.begin(path, wishes, ASKING)
    city.importing.check(
        again, path, wishes, at=FRIDAY_MORNING, progress=lambda _w, done, _a: heard.append(done)
    )
    assert (again, heard[0]) == (import_id, 20)
    assert city.importing.apply(again, keep_good=False, asking=ASKING) == 35


def _killed_after(rows: int):
    def hear(_what: str, done: int, _all: int) -> None:
        if done >= rows:
            raise KeyboardInterrupt

    return hear


def test_two_processes_never_work_on_one_import(city: RegisterCity, tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", many(3))
    import_id = city.importing.begin(path, importing_module.Wishes(), ASKING)
    with city.sessions() as other:
        assert hold(other, import_id)
        with pytest.raises(ImportBusy):
            city.importing.apply(import_id, keep_good=False, asking=ASKING)


def test_what_is_done_is_not_done_again(city: RegisterCity, tmp_path: Path) -> None:
    report = city.check(write(tmp_path / "a.gpkg", many(3)))
    city.importing.apply(report.import_id, keep_good=False, asking=ASKING)
    with pytest.raises(CitygridError, match="已经写入"):
        city.importing.apply(report.import_id, keep_good=False, asking=ASKING)


def test_the_same_file_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    one, other = write(tmp_path / "a.shp", many(3)), write(tmp_path / "b.shp", many(4))
    assert sha256_of(one) == sha256_of(one)
    assert sha256_of(one) != sha256_of(other)
