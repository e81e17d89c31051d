"""A file of places into the gazetteer: every row looked at, all good ones or nothing, and nothing twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from shapely import LineString, box
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from gis_core.db import open_sessions
from gis_core.errors import CitygridError
from gis_core.file_bounds import BadSpatialFile
from gis_core.geocoding.gazetteer import PlaceKind
from gis_core.journal import Entry, verify
from gis_core.spatial_files import NoSystem
from grid.gazetteer import imports
from grid.gazetteer.exporting import NoPlacesToExport, export_places
from grid.gazetteer.importing import PlacesAtFault, UnknownPlaceKind
from grid.gazetteer.reading import PlaceFilter, list_places
from grid.rules.labels import LyingLabel
from grid.rules.seen_places import FINDINGS, list_kinds
from grid.rules.survey_fields import UnclearFields
from tests.case_city import COMMUNITY, JINGER_ROAD, baoji
from tests.gazetteer_city import (
    ASKING,
    EMPTY_GAZETTEER,
    GazetteerCity,
    node,
    osm_file,
    plate_row,
    poi,
    row,
    way,
)
from tests.register_city import place, write
from web.cli import app


@pytest.fixture
def city(face_engine: Engine) -> Iterator[GazetteerCity]:
    """An empty gazetteer, and 经二路 across the nine grids."""
    city = GazetteerCity(open_sessions(face_engine))
    city.draw_street()
    yield city
    with face_engine.begin() as connection:
        connection.execute(text(EMPTY_GAZETTEER))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "places.gpkg"


def names(city: GazetteerCity, **wanted: object) -> list[str]:
    with city.sessions() as session:
        return [one.name for one in list_places(session, PlaceFilter(**wanted)).rows]  # type: ignore[arg-type]


def test_a_good_file_goes_in_whole_with_names_community_and_a_first_fact(
    city: GazetteerCity, file: Path
) -> None:
    school = row("市第一小学", 别名="一小;育才", 曾用名="育才小学（1956—1998）", 类别="小学")
    report = city.bring_in(write(file, [school, plate_row("155号", 50, 160)]))
    found = city.detail(1)
    assert (report.written, report.counts, names(city)) == (2, {}, ["市第一小学", "经二路155号"])
    assert (found.summary.category, found.summary.division_code) == ("school", COMMUNITY)
    assert [one.text for one in found.names] == ["一小", "育才", "育才小学"]
    assert str(found.names[2].valid_to) == "1998-12-31"


def test_what_came_with_a_file_has_a_sealed_history_that_goes_on(city: GazetteerCity, file: Path) -> None:
    city.bring_in(write(file, [row("市第一小学", 别名="一小")]))
    city.gazetteer.undo(1, reason="", seen_revision=1, asking=ASKING)
    facts = city.detail(1).facts
    assert verify([Entry(f.seq, f.content, bytes(f.prev_hash), bytes(f.hash)) for f in facts]) is None
    assert (facts[0].action, facts[0].reason) == ("added", "由地名文件 places.gpkg 导入（第 1 次导入）。")


def test_the_same_file_twice_brings_nothing_twice(city: GazetteerCity, file: Path) -> None:
    write(file, [row("市第一小学"), row("人民公园", 150)])
    city.bring_in(file)
    again = city.bring_in(file)
    assert (again.written, again.counts) == (0, {"known_place": 2})
    assert len(names(city)) == 2


def test_a_dry_run_reports_and_writes_nothing(city: GazetteerCity, file: Path) -> None:
    report = city.check(write(file, [row("市第一小学")]))
    assert (report.good, report.kinds, names(city)) == (1, {"poi": 1}, [])
    assert city.value("SELECT count(*) FROM grid.gazetteer_version") == 0


def test_a_file_with_a_row_at_fault_brings_nothing_unless_the_good_ones_are_wanted(
    city: GazetteerCity, file: Path
) -> None:
    write(file, [row("市第一小学"), row("")])
    with pytest.raises(PlacesAtFault, match="2 行中有 1 行"):
        city.bring_in(file)
    assert names(city) == []
    assert city.bring_in(file, keep_good=True).written == 1


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([row("", 10)], [(1, "no_name")]),
        ([row("陕" * 61)], [(1, "overlong_name")]),
        ([row("公\ufffd园")], [(1, "garbled_name")]),
        ([row("开心🎉乐园")], [(1, "odd_name")]),
        ([row("月球基地", 类别="航天中心")], [(1, "unknown_category")]),
        ([row("远处", 60_000)], [(1, "outside_city")]),
        ([row("斜街", shape=LineString([place(5, 5), place(5, 5.0)]))], [(1, "wrong_shape")]),
        ([row("公园"), row("公园", 70), row("公园", 120)], [(2, "twice_in_file")]),
        ([plate_row("东头", 50, 160)], [(1, "bad_number")]),
        ([plate_row(3, 50, 50, "无名路")], [(1, "unknown_street")]),
        ([row("市第一小学", 门牌号="155", 街路巷="经二路")], []),
    ],
    ids=[
        "a row without a name", "a sentence for a name", "a lost character", "a picture in a name",
        "a category nobody knows", "outside the city", "a street without length", "twice within 30 m",
        "no number", "a street nobody knows", "an address beside a name is no plate",
    ],
)  # fmt: skip
def test_each_thing_that_is_wrong_is_found_in_its_row(
    city: GazetteerCity, file: Path, rows: list[dict[str, object]], found: list[tuple[int, str]]
) -> None:
    assert city.kinds(write(file, rows)) == found


def test_a_row_without_a_shape_is_named(city: GazetteerCity, tmp_path: Path) -> None:
    table = tmp_path / "places.csv"
    table.write_text("名称,经度,纬度\n市第一小学,,\n", encoding="utf-8")
    assert city.kinds(table, system="EPSG:4490") == [(2, "bad_shape")]


def test_a_column_called_type_beside_a_category_is_the_kind(city: GazetteerCity, tmp_path: Path) -> None:
    table = tmp_path / "places.csv"
    lon, lat = JINGER_ROAD.lon_deg, JINGER_ROAD.lat_deg
    table.write_text(f"名称,类型,类别,经度,纬度\n第一小学,兴趣点,小学,{lon},{lat}\n", encoding="utf-8")
    assert city.bring_in(table, system="EPSG:4490").counts == {}
    assert city.detail(1).summary.category == "school"


def test_what_the_gazetteer_has_is_left_out_and_said(city: GazetteerCity, file: Path) -> None:
    city.add(poi())
    assert city.kinds(write(file, [row("市第一小学", 70), row("市第一小学", 110)])) == [(1, "known_place")]


def test_a_plate_on_the_side_of_the_other_parity_is_found(city: GazetteerCity, file: Path) -> None:
    odd = [plate_row(2 * n + 1, 20 + 10 * n, 160) for n in range(12)]
    even = [plate_row(2 * n + 2, 20 + 10 * n, 140) for n in range(12)]
    assert city.kinds(write(file, [*odd, *even, plate_row(50, 145, 160)])) == [(25, "wrong_side")]


def test_a_plate_out_of_order_is_found(city: GazetteerCity, file: Path) -> None:
    plates = [plate_row(2 * n + 1, 20 + 10 * n, 160) for n in range(12)]
    plates[5] = plate_row(311, 70, 160)
    assert city.kinds(write(file, plates)) == [(6, "number_order")]


def test_a_number_that_hangs_elsewhere_already_is_found(city: GazetteerCity, file: Path) -> None:
    city.bring_in(write(file, [plate_row(7, 50, 160)]))
    more = write(file.with_name("more.gpkg"), [plate_row(7, 150, 160), plate_row(9, 60, 160)])
    assert city.kinds(more) == [(1, "plate_elsewhere")]


def test_one_number_at_two_places_of_a_file_is_found(city: GazetteerCity, file: Path) -> None:
    assert city.kinds(write(file, [plate_row(7, 50, 160), plate_row(7, 150, 160)])) == [
        (2, "plate_elsewhere")
    ]


def test_a_plate_far_from_the_street_it_names_is_found(city: GazetteerCity, file: Path) -> None:
    assert city.kinds(write(file, [plate_row(7, 50, 160), plate_row(9, 60, 390)])) == [
        (2, "plate_off_street")
    ]


def test_numbers_that_fall_from_west_to_east_are_in_order_too(city: GazetteerCity, file: Path) -> None:
    assert city.kinds(write(file, [plate_row(99 - 2 * n, 20 + 10 * n, 160) for n in range(12)])) == []


def test_plates_of_a_file_are_judged_together_with_those_there_are(city: GazetteerCity, file: Path) -> None:
    city.bring_in(write(file, [plate_row(2 * n + 1, 20 + 10 * n, 160) for n in range(12)]))
    more = write(file.with_name("more.gpkg"), [plate_row(40, 143, 162)])
    assert city.kinds(more) == [(1, "wrong_side")]


def test_a_row_that_names_another_community_is_told_where_it_lies(city: GazetteerCity, file: Path) -> None:
    stated = [row("甲店", 社区="新民路社区"), row("乙店", 80, 社区=COMMUNITY), row("丙店", 110, 社区="")]
    assert city.kinds(write(file, stated)) == [(1, "community_disagrees")]


def test_stretches_of_one_street_come_in_as_one_place(city: GazetteerCity, file: Path) -> None:
    west, east = LineString([place(5, 50), place(100, 50)]), LineString([place(110, 50), place(290, 50)])
    report = city.bring_in(write(file, [row("红旗路", shape=west), row("红旗路", shape=east)]))
    assert (report.written, report.joined, report.kinds) == (1, 1, {"street": 1})
    assert '"type":"MultiLineString"' in city.detail(1).geojson


def test_a_street_that_the_base_map_has_is_left_out(city: GazetteerCity, file: Path) -> None:
    line = LineString([place(5, 150), place(290, 150)])
    assert city.kinds(write(file, [row("经二路", shape=line)])) == [(1, "known_place")]


def test_an_area_is_a_block_and_a_stated_kind_counts_for_more(city: GazetteerCity, file: Path) -> None:
    corner = place(10, 10)
    court = box(corner.x, corner.y, corner.x + 60, corner.y + 60)
    rows = [row("阳光小区", shape=court), row("百货大楼", shape=court, 类别="商场")]
    city.bring_in(
        write(file, [one | {"地名类型": kind} for one, kind in zip(rows, ("", "兴趣点"), strict=True)])
    )
    assert (names(city, kind=PlaceKind.BLOCK), names(city, kind=PlaceKind.POI)) == (
        ["阳光小区"],
        ["百货大楼"],
    )


def test_a_kind_that_is_told_holds_for_the_whole_file(city: GazetteerCity, file: Path) -> None:
    city.bring_in(write(file, [row("宝成仪表厂片区")]), kind="zone")
    assert names(city, kind=PlaceKind.ZONE) == ["宝成仪表厂片区"]


def test_a_kind_that_is_none_is_refused_before_anything_is_read(city: GazetteerCity, file: Path) -> None:
    with pytest.raises(UnknownPlaceKind):
        city.check(write(file, [row("甲")]), kind="planet")


@pytest.mark.parametrize("name", ["places.geojson", "places.shp", "places.csv"])
def test_other_formats_are_read_alike(city: GazetteerCity, tmp_path: Path, name: str) -> None:
    told = {".csv": {"system": "EPSG:4490"}}.get(name[-4:], {})
    options = {".csv": {"layer_options": {"GEOMETRY": "AS_WKT"}}, ".shp": {"encoding": "GBK"}}.get(
        name[-4:], {}
    )
    system = "EPSG:4545" if name.endswith("shp") else "EPSG:4490"
    path = write(tmp_path / name, [row("市第一小学", 别名="一小")], system=system, **options)
    assert city.bring_in(path, **told).written == 1
    assert city.detail(1).summary.division_code == COMMUNITY


def test_a_table_of_eastings_and_northings_is_read_in_the_plane_that_is_told(
    city: GazetteerCity, tmp_path: Path
) -> None:
    dot = place(50, 50)
    table = tmp_path / "places.csv"
    table.write_text(f"标准名称,东坐标,北坐标\n市第一小学,{dot.x:.3f},{dot.y:.3f}\n", encoding="utf-8")
    with pytest.raises(NoSystem):
        city.check(table)
    assert city.bring_in(table, system="EPSG:4545").written == 1


def test_columns_can_be_told(city: GazetteerCity, tmp_path: Path) -> None:
    table = tmp_path / "places.csv"
    lon, lat = JINGER_ROAD.lon_deg, JINGER_ROAD.lat_deg
    table.write_text(f"NM,经度,纬度\n市第一小学,{lon},{lat}\n", encoding="utf-8")
    with pytest.raises(UnclearFields):
        city.check(table, system="EPSG:4490", fields={"XX": "名称"})
    assert city.bring_in(table, system="EPSG:4490", fields={"NM": "名称"}).written == 1


def test_gcj02_said_to_be_wgs84_is_found_out_by_the_street_of_the_plates(
    city: GazetteerCity, file: Path
) -> None:
    plates = [plate_row(2 * n + 1, 20 + 10 * n, 160) for n in range(12)]
    with pytest.raises(LyingLabel, match="GCJ-02"):
        city.check(write(file, plates, system="GCJ-02", label="EPSG:4326"))


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("places.gpkg", b"no database", BadSpatialFile),
        ("places.osm", b"<osm", BadSpatialFile),
        ("places.osm.pbf", b"\x00" * 64, BadSpatialFile),
        ("places.docx", b"", BadSpatialFile),
        ("places.csv", "名称\n甲\n".encode(), BadSpatialFile),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_its_import_says_why(
    city: GazetteerCity, tmp_path: Path, name: str, content: bytes, refusal: type[CitygridError]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(refusal):
        city.check(path, system="EPSG:4490")
    with city.sessions() as session:
        state = imports.get_import(session, 1)
    assert (state.status, bool(state.report["refusal"]["message"])) == ("refused", True)


def test_the_report_stays_with_the_import(city: GazetteerCity, file: Path) -> None:
    city.check(write(file, [row("市第一小学"), row("")]))
    with city.sessions() as session:
        state = imports.get_import(session, 1)
    assert (state.status, state.rows, state.rows_good, state.at_fault) == ("checked", 2, 1, 1)
    assert [one[:3] for one in state.findings] == [[2, "", "no_name"]]
    assert state.report["heading"]["fields"]["name"] == "名称"


def test_an_extract_brings_streets_shops_estates_and_plates(city: GazetteerCity, tmp_path: Path) -> None:
    corners = [node(n, *spot) for n, spot in enumerate([(10, 10), (90, 10), (90, 90), (10, 90)], start=1)]
    extract = osm_file(
        tmp_path / "baoji.osm",
        *corners,
        node(5, 150, 50, name="Bank of Baoji", name__zh="宝鸡银行", alt_name="宝银", amenity="bank"),
        node(6, 200, 60, addr__housenumber="155号", addr__street="红旗路", shop="kiosk", name="小卖部"),
        node(7, 40_000, 60, name="远方", amenity="bank"),
        way(10, 1, 2, name="红旗路", highway="primary", old_name="解放路"),
        way(11, 1, 2, 3, 4, 1, name="阳光小区", landuse="residential"),
        way(12, 1, 2, 3, 4, 1, name="金台区", boundary="administrative"),
    )
    report = city.bring_in(extract)
    assert report.kinds == {"block": 1, "door_plate": 1, "poi": 2, "street": 1}
    assert sorted(names(city)) == sorted(["宝鸡银行", "小卖部", "红旗路155号", "红旗路", "阳光小区"])
    assert city.bring_in(extract).written == 0


def test_an_extract_is_named_as_the_source_and_its_things_by_their_numbers(
    city: GazetteerCity, tmp_path: Path
) -> None:
    city.bring_in(osm_file(tmp_path / "one.osm", node(5, 150, 50, name="宝鸡银行", amenity="bank")))
    assert city.value("SELECT source || ' ' || source_key FROM grid.place") == "OpenStreetMap n5"
    assert city.detail(1).summary.category == "bank"


def test_what_an_extract_has_beyond_the_city_keeps_nothing_out(city: GazetteerCity, tmp_path: Path) -> None:
    extract = osm_file(
        tmp_path / "one.osm",
        node(1, 50, 50, name="甲行", amenity="bank"),
        node(2, 15_000, -18_000, name="乙行", amenity="bank"),
    )
    report = city.bring_in(extract)
    assert (report.written, report.at_fault, report.counts) == (1, 0, {"beyond_city": 1})


def test_a_way_that_the_extract_cuts_off_keeps_the_nodes_it_has(city: GazetteerCity, tmp_path: Path) -> None:
    ends = node(1, 50, 50), node(2, 90, 50)
    city.bring_in(
        osm_file(tmp_path / "cut.osm", *ends, way(9, 1, 2, 77, name="红旗路", highway="residential"))
    )
    assert names(city) == ["红旗路"]


def test_every_kind_of_finding_has_a_name_and_a_severity() -> None:
    assert {severity for _, _, severity in list_kinds()} == {"error", "skip", "warning"}
    assert all(name for name, _ in FINDINGS.values())


@pytest.mark.parametrize("name", ["out.gpkg", "out.geojson", "out.csv"])
def test_what_was_written_out_is_known_when_it_comes_in(
    city: GazetteerCity, tmp_path: Path, file: Path, name: str
) -> None:
    school = row("市第一小学", 别名="一小", 曾用名="育才小学（1956—1998）", 类别="小学")
    city.bring_in(write(file, [school, plate_row(155, 50, 160)]))
    done = export_places(city.sessions, baoji(), tmp_path / name)
    with city.sessions.begin() as session:
        session.execute(text(EMPTY_GAZETTEER))
    city.draw_street()
    report = city.bring_in(done.path, system=None if name.endswith("gpkg") else "EPSG:4490")
    assert (done.rows, report.written, report.counts) == (2, 2, {})
    assert [str(one.valid_to) for one in city.detail(1).names] == ["None", "1998-12-31"]


def test_nothing_wanted_writes_no_file(city: GazetteerCity, tmp_path: Path) -> None:
    with pytest.raises(NoPlacesToExport):
        export_places(city.sessions, baoji(), tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []


def test_an_import_from_the_command_line_says_what_it_left_out(
    city: GazetteerCity, file: Path, face_engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address = face_engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("CITYGRID_DATABASE_URL", address)
    write(file, [row("市第一小学"), row("市第一小学", 60)])
    report = tmp_path / "report.csv"
    done = CliRunner().invoke(app, ["gazetteer", "import", str(file), "--report", str(report)])
    assert (done.exit_code, names(city)) == (0, ["市第一小学"])
    assert "2,市第一小学,略过,文件内重复" in report.read_text(encoding="utf-8")
