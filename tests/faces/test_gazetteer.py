"""The gazetteer's pages: list and filters, a place with its history, its form, imports with their report."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from shapely import LineString
from sqlalchemy import text

from gis_core.geocoding.gazetteer import PlaceKind
from gis_core.jobs import open_jobs, run_worker
from gis_core.places import PlanePoint
from grid.rules.place_fields import read_names
from tests.face_city import token_in
from tests.gazetteer_city import ASKING, EMPTY_GAZETTEER, PLANE, GazetteerCity, plate, plate_row, poi, row
from tests.register_city import place, write
from web.gazetteer_jobs import GazetteerJobs
from web.gazetteer_work import place_importing_of, place_uploads_of
from web.wiring import Wiring

SignIn = Callable[[str], TestClient]


@pytest.fixture
def city(wiring: Wiring) -> Iterator[GazetteerCity]:
    """A school, a plate and a theatre that is no more."""
    city = GazetteerCity(wiring.sessions)
    city.add(poi(category="school", names=()))
    city.add(plate("155"))
    theatre = city.add(poi("旧戏院", 90))
    city.gazetteer.end(theatre, reason="拆除", seen_revision=1, asking=ASKING)
    yield city
    with wiring.engine.begin() as connection:
        connection.execute(text(EMPTY_GAZETTEER))


@pytest.fixture
def officer(signed_in: SignIn, city: GazetteerCity) -> TestClient:
    return signed_in("data")


def send(client: TestClient, page: str, address: str, **fields: object):
    """Send a form of a page, with the token that the page carries."""
    return client.post(address, data={"csrf": token_in(client.get(page).text), **fields})


def names(page: str) -> list[str]:
    listed = page.rsplit('class="queue"', maxsplit=1)[-1].partition("</ul>")[0]
    return re.findall(r'data-label="([^"]*)"', listed)


def degrees(east_m: float, north_m: float) -> dict[str, str]:
    dot = place(east_m, north_m)
    here = PLANE.to_lonlat(PlanePoint(dot.x, dot.y))
    return {"lon": f"{here.lon_deg:.7f}", "lat": f"{here.lat_deg:.7f}"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["市第一小学", "经二路155号"]),
        ("?q=小学", ["市第一小学"]),
        ("?kind=door_plate", ["经二路155号"]),
        ("?category=school", ["市第一小学"]),
        ("?standing=ended", ["旧戏院"]),
        ("?area=610302", []),
    ],
)
def test_the_list_shows_what_is_asked_for(officer: TestClient, query: str, found: list[str]) -> None:
    assert names(officer.get(f"/gazetteer{query}").text) == found


NAMING_NOTHING = ["kind=planet", "standing=maybe", "area=6103'", "category=moonbase", "place=x", "after=x"]


@pytest.mark.parametrize("query", NAMING_NOTHING)
def test_a_filter_that_names_nothing_is_refused(officer: TestClient, query: str) -> None:
    answer = officer.get(f"/gazetteer?{query}")
    assert (answer.status_code, "bad_place_filter" in answer.text) == (400, True)


def test_a_place_that_is_not_in_the_list_s_address_is_not_found(officer: TestClient) -> None:
    assert officer.get("/gazetteer?place=404").status_code == 404


def test_places_are_found_by_their_pinyin_and_initials(
    officer: TestClient, city: GazetteerCity, wiring: Wiring
) -> None:
    city.add(poi("红旗路", kind=PlaceKind.STREET, shape=LineString([place(20, 60), place(150, 60)])))
    wiring.gazetteer.reload()
    asked = ("shidiyixiaoxue", "hongqi", "hql", "zz")
    found = [names(officer.get(f"/gazetteer?q={q}").text) for q in asked]
    assert found == [["市第一小学"], ["红旗路"], ["红旗路"], []]


def test_a_long_list_is_read_page_by_page(officer: TestClient, city: GazetteerCity) -> None:
    for n in range(60):
        city.add(poi(f"公厕{n}", 5 + 4 * n, 200, category="toilet"))
    first = officer.get("/gazetteer").text
    address = re.search(r'<a href="([^"]*after=[^"]*)" data-follow="more">还有更多', first)
    assert (address is not None, len(names(first))) == (True, 50)
    second = officer.get(address[1].replace("&amp;", "&")).text
    assert (len(names(second)), "还有更多" in second, "从头看" in second) == (12, False, True)


def test_a_row_says_nothing_twice(officer: TestClient) -> None:
    row = re.search(r'<li class="case-row.*?</li>', officer.get("/gazetteer?kind=door_plate").text, re.S)
    assert row is not None
    assert row[0].count("门（楼）牌") == 1


def test_a_row_opens_a_sheet_with_names_place_and_history(officer: TestClient) -> None:
    page = officer.get("/gazetteer?place=1").text
    sheet = page.split("<aside")[1]
    assert [words in sheet for words in ("市第一小学", "学校", "新增", "实地核对")] == [True] * 4
    assert 'data-shapes="/gazetteer/places/1/shapes"' in sheet


def test_the_rail_leads_the_data_officer_to_the_gazetteer_and_nobody_else(
    officer: TestClient, signed_in: SignIn
) -> None:
    assert 'href="/gazetteer"' in officer.get("/register").text
    assert 'href="/gazetteer"' not in signed_in("operator1").get("/desk/operator").text
    assert signed_in("operator1").get("/gazetteer").status_code == 403


def test_a_place_is_added_where_the_map_was_clicked(officer: TestClient, city: GazetteerCity) -> None:
    fields = {"kind": "poi", "name": "人民公园", "alias": "老公园；西园", "former": "莲湖（1936—1950）",
              "category": "park", "drawn": "point", "reason": "命名公告", **degrees(150, 150)}  # fmt: skip
    answer = send(officer, "/gazetteer/new", "/gazetteer/new", **fields)
    assert answer.headers["location"] == "/gazetteer/places/4?done=1"
    found = city.detail(4)
    assert ([one.text for one in found.names], found.summary.category) == (["老公园", "西园", "莲湖"], "park")


def test_a_form_that_is_refused_keeps_what_was_typed(officer: TestClient) -> None:
    fields = {"kind": "poi", "name": "人民公园", "reason": "", **degrees(150, 150)}
    answer = send(officer, "/gazetteer/new", "/gazetteer/new", **fields)
    assert (answer.status_code, "place_reason_missing" in answer.text) == (422, True)
    assert ('value="人民公园"' in answer.text, f'value="{fields["lon"]}"' in answer.text) == (True, True)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": "甲"}, "no_place_shape"),
        ({"name": "甲", "lon": "107.145", "lat": "abc"}, "malformed"),
        ({"name": "甲", "lon": "34.369", "lat": "107.145"}, "malformed"),
        ({"name": "甲", "lon": "100.1", "lat": "34.3"}, "place_outside_city"),
        ({"name": "", **degrees(50, 250)}, "no_place_name"),
        ({"name": "市第一小学", **degrees(52, 52)}, "doubled_place"),
        ({"kind": "door_plate", "number": "7", **degrees(50, 250)}, "plate_incomplete"),
        ({"kind": "street", "name": "红旗路", **degrees(50, 250)}, "wrong_place_shape"),
        ({"kind": "street", "name": "红旗路", "drawn": "line", "vertices": "107.1, 34.3"}, "bad_vertices"),
        ({"kind": "street", "name": "红旗路", "drawn": "line", "vertices": "here\nthere"}, "bad_vertices"),
    ],
)
def test_a_place_that_cannot_be_is_refused_with_its_reason(
    officer: TestClient, fields: dict[str, str], code: str
) -> None:
    answer = send(officer, "/gazetteer/new", "/gazetteer/new", reason="试", **fields)
    assert (answer.status_code, f"({code})" in answer.text) == (422, True)


def test_a_street_is_drawn_corner_by_corner(officer: TestClient, city: GazetteerCity) -> None:
    ends = [degrees(20, 60), degrees(150, 60), degrees(280, 80)]
    corners = "\n".join(f"{one['lon']}, {one['lat']}" for one in ends)
    fields = {"kind": "street", "name": "红旗路", "drawn": "line", "vertices": corners, "reason": "命名"}
    send(officer, "/gazetteer/new", "/gazetteer/new", **fields)
    assert '"type":"LineString"' in city.detail(4).geojson
    shapes = officer.get("/gazetteer/places/4/shapes").json()
    assert [one["properties"] for one in shapes["features"]] == [{"role": "line", "label": "红旗路"}]


CHANGE = {"revision": "1", "kind": "poi", "name": "市第一小学", "category": "school", "drawn": "point"}


def test_a_change_of_the_name_leaves_the_place_where_it_is(officer: TestClient, city: GazetteerCity) -> None:
    sent = CHANGE | {"name": "市第一实验小学", "reason": "更名", **degrees(50, 50)}
    assert send(officer, "/gazetteer/places/1", "/gazetteer/places/1/change", **sent).status_code == 303
    assert set(city.detail(1).facts[1].body) == {"name"}
    page = officer.get("/gazetteer/places/1").text
    assert "市第一小学 → 市第一实验小学" in page


def test_a_change_of_the_place_is_in_its_history(officer: TestClient, city: GazetteerCity) -> None:
    sent = CHANGE | {"reason": "核对位置", **degrees(80, 80)}
    send(officer, "/gazetteer/places/1", "/gazetteer/places/1/change", **sent)
    assert set(city.detail(1).facts[1].body) == {"shape"}


def test_a_form_from_an_older_page_is_refused_and_shows_what_is_now(officer: TestClient) -> None:
    sent = CHANGE | {"name": "乙", "reason": "更名", **degrees(50, 50)}
    send(officer, "/gazetteer/places/1", "/gazetteer/places/1/change", **sent)
    answer = send(officer, "/gazetteer/places/1", "/gazetteer/places/1/change", **sent | {"name": "丙"})
    assert (answer.status_code, "stale_place" in answer.text, 'value="丙"' in answer.text) == (
        422,
        True,
        True,
    )


def test_a_place_is_ended_restored_and_the_last_step_taken_back(
    officer: TestClient, city: GazetteerCity
) -> None:
    page = "/gazetteer/places/1"
    send(officer, page, f"{page}/end", revision="1", reason="搬迁")
    assert "已停用" in officer.get(page).text
    send(officer, page, f"{page}/restore", revision="2", reason="没有搬")
    send(officer, page, f"{page}/undo", revision="3", reason="")
    assert [fact.action for fact in city.detail(1).facts] == ["added", "ended", "restored", "ended"]
    assert "已撤回" in officer.get(page).text


def test_a_step_that_is_none_is_not_found(officer: TestClient) -> None:
    answer = send(officer, "/gazetteer/places/1", "/gazetteer/places/1/delete", revision="1")
    assert answer.status_code == 404


@pytest.mark.parametrize("number", ["404", "0", "99999999999999999999999"])
def test_a_place_that_is_not_there_is_said_so(officer: TestClient, number: str) -> None:
    assert officer.get(f"/gazetteer/places/{number}").status_code == 404


def test_the_list_is_taken_away_as_a_table_and_as_shapes(officer: TestClient) -> None:
    table = officer.get("/gazetteer/places.csv?q=小学").text
    assert "市第一小学" in table
    assert "旧戏院" not in table
    shapes = officer.get("/gazetteer/places.geojson").json()
    assert [one["properties"]["name"] for one in shapes["features"]] == ["市第一小学", "经二路155号"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("form", ["csv", "geojson"])
def test_what_was_taken_away_changes_nothing_when_it_comes_back(
    officer: TestClient, city: GazetteerCity, work: Callable[[], None], tmp_path: Path, form: str, lang: str
) -> None:
    ends = [place(20, 60), place(150, 60)]
    city.add(poi("红旗路", kind=PlaceKind.STREET, shape=LineString(ends), names=read_names("红旗街")))
    city.add(poi("=1+1", 250, 250))
    taken = tmp_path / f"地名库.{form}"
    taken.write_bytes(officer.get(f"/gazetteer/places.{form}?standing=all&lang={lang}").content)
    page = upload(officer, taken, system="EPSG:4490").headers["location"]
    work()
    told = officer.get(page).text
    assert ("没有可以写入的新地名" in told, "地名库已有</span> 5" in told) == (True, True)
    assert ("有误</dt><dd>0" in told, "unclear" in told) == (True, False)


def test_pages_speak_english_too(officer: TestClient) -> None:
    page = officer.get("/gazetteer?lang=en&place=1").text
    assert ("Gazetteer" in page, "Door plate" in page, "地名库" not in page) == (True, True, True)


def upload(officer: TestClient, path: Path, **fields: str):
    form = {"csrf": token_in(officer.get("/gazetteer/imports").text), **fields}
    return officer.post("/gazetteer/imports", data=form, files={"file": (path.name, path.read_bytes())})


@pytest.fixture
def work(wiring: Wiring) -> Callable[[], None]:
    """Lets a worker do what waits for it."""

    def work_off() -> None:
        address = wiring.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        jobs = open_jobs(address)
        importing = place_importing_of(wiring)
        GazetteerJobs(importing, wiring.clock, place_uploads_of(wiring)).register(jobs)
        run_worker(jobs, until_empty=True)

    return work_off


def test_a_file_is_looked_through_reported_and_written_when_it_is_confirmed(
    officer: TestClient, city: GazetteerCity, work: Callable[[], None], tmp_path: Path
) -> None:
    path = write(tmp_path / "普查 1.gpkg", [row("人民公园", 150, 150), row(""), row("市第一小学", 60)])
    page = upload(officer, path, source="第二次地名普查").headers["location"]
    assert "等待检查" in officer.get(page).text
    work()
    told = officer.get(page).text
    assert [words in told for words in ("已检查，待确认", "没有名称", "地名库已有")] == [True] * 3
    assert send(officer, page, f"{page}/apply").status_code == 422
    send(officer, page, f"{page}/apply", keep_good="true")
    work()
    assert names(officer.get("/gazetteer?import=1").text) == ["人民公园"]
    assert city.detail(4).summary.source == "第二次地名普查"


def test_the_report_is_taken_away_as_a_table(
    officer: TestClient, work: Callable[[], None], tmp_path: Path
) -> None:
    page = upload(
        officer, write(tmp_path / "a.gpkg", [row("=1+1🎉"), plate_row(5, 60, 60, "无名路")])
    ).headers["location"]
    work()
    table = officer.get(f"{page}/report.csv").text
    assert "1,'=1+1🎉,提示,名称有不常见符号" in table
    assert "2,无名路5号,提示,街巷不在库中" in table


def test_a_file_that_is_none_is_refused_on_its_page(
    officer: TestClient, work: Callable[[], None], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.osm.pbf"
    bad.write_bytes(b"\x00" * 64)
    page = upload(officer, bad).headers["location"]
    work()
    assert [words in officer.get(page).text for words in ("不能导入", "bad_spatial_file")] == [True, True]


@pytest.mark.parametrize(("name", "status"), [("a.exe", 422), ("a.docx", 422)])
def test_a_file_of_another_sort_is_not_taken(
    officer: TestClient, tmp_path: Path, name: str, status: int
) -> None:
    path = tmp_path / name
    path.write_bytes(b"x")
    assert upload(officer, path).status_code == status


def test_a_column_can_be_told_and_must_be_told_as_such(
    officer: TestClient, city: GazetteerCity, work: Callable[[], None], tmp_path: Path
) -> None:
    table = tmp_path / "a.csv"
    table.write_text("NM,经度,纬度\n人民公园,{lon},{lat}\n".format(**degrees(150, 150)), encoding="utf-8")
    assert "bad_column_words" in upload(officer, table, fields="NM").text
    page = upload(officer, table, fields="NM=标准名称", system="EPSG:4490").headers["location"]
    work()
    assert "1 个地名可以写入" in officer.get(page).text


@pytest.fixture
def park(tmp_path: Path) -> Path:
    """A table of one place that does not say its system."""
    table = tmp_path / "公园 1.csv"
    table.write_text("名称,经度,纬度\n人民公园,{lon},{lat}\n".format(**degrees(150, 150)), encoding="utf-8")
    return table


def test_a_file_without_a_system_is_asked_for_it_and_looked_through_again(
    officer: TestClient, city: GazetteerCity, work: Callable[[], None], park: Path
) -> None:
    page = upload(officer, park, source="普查").headers["location"]
    work()
    asked = officer.get(page).text
    assert ("no_system" in asked, "--system" in asked, 'value="普查"' in asked) == (True, False, True)
    send(officer, page, f"{page}/again", system="EPSG:4490", source="普查")
    work()
    send(officer, page, f"{page}/apply")
    work()
    assert (city.detail(4).summary.name, city.detail(4).summary.source) == ("人民公园", "普查")


def test_the_report_of_an_import_is_told_in_english(
    officer: TestClient, work: Callable[[], None], tmp_path: Path
) -> None:
    rows = [row("公园"), row("公园", 60), row("月球基地", 150, 150, 类别="航天中心"), plate_row("", 60, 60)]
    page = upload(officer, write(tmp_path / "a.gpkg", rows)).headers["location"]
    work()
    told = officer.get(f"{page}?lang=en").text
    assert ("The same place as row 1" in told, "is no category of the list" in told) == (True, True)
    assert re.findall(r"<td>[^<]*[。，][^<]*</td>", told) == []


def test_a_refusal_in_english_says_as_much_as_in_chinese(officer: TestClient) -> None:
    told = officer.get("/gazetteer?category=moonbase&lang=en").text
    assert "There is no category “moonbase”" in told


def test_a_file_read_in_the_wrong_system_is_read_in_another(
    officer: TestClient, work: Callable[[], None], park: Path
) -> None:
    page = upload(officer, park, system="GCJ-02").headers["location"]
    work()
    assert 'value="GCJ-02" selected' in officer.get(page).text
    send(officer, page, f"{page}/again", other_system="EPSG:4490", system="GCJ-02")
    work()
    assert "1 个地名可以写入" in officer.get(page).text


def test_what_was_said_of_a_file_is_kept_when_it_cannot_be_read(
    officer: TestClient, work: Callable[[], None], park: Path
) -> None:
    refused = upload(officer, park, fields="NM", system="GCJ-02", source="普查").text
    assert ('value="GCJ-02" selected' in refused, 'value="普查"' in refused) == (True, True)
    page = upload(officer, park).headers["location"]
    work()
    assert "bad_column_words" in send(officer, page, f"{page}/again", fields="NM").text


def test_a_refused_file_is_given_up_with_its_upload(
    officer: TestClient, work: Callable[[], None], park: Path, wiring: Wiring
) -> None:
    page = upload(officer, park).headers["location"]
    work()
    send(officer, page, f"{page}/discard")
    assert send(officer, page, f"{page}/again", system="EPSG:4490").status_code == 409
    assert [path for path in place_uploads_of(wiring).rglob("*") if path.is_file()] == []


def test_rows_of_a_table_are_numbered_as_a_spreadsheet_shows_them(
    officer: TestClient, work: Callable[[], None], park: Path
) -> None:
    with park.open("a", encoding="utf-8") as table:
        table.write("无处,,\n")
    page = upload(officer, park, system="EPSG:4490").headers["location"]
    work()
    told = officer.get(page).text
    assert ('<td class="figure">3</td><td>无处</td>' in told, "标题是第 1 行" in told) == (True, True)


def test_an_import_that_was_given_up_is_not_written(
    officer: TestClient, city: GazetteerCity, work: Callable[[], None], tmp_path: Path, wiring: Wiring
) -> None:
    page = upload(officer, write(tmp_path / "a.gpkg", [row("人民公园", 150, 150)])).headers["location"]
    work()
    send(officer, page, f"{page}/discard")
    assert send(officer, page, f"{page}/apply").status_code == 409
    assert [path for path in place_uploads_of(wiring).rglob("*") if path.is_file()] == []
