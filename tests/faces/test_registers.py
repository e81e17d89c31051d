"""Registers of emergency resources on pages: who sees and keeps what, forms, files looked at first."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator

import pytest
import xlsxwriter
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import text

from emergency.resources.reading import ResourceFilter, get_resource, list_facts, list_resources
from emergency.rules.resources import Resource, ShelterDetails
from tests.resource_city import EMPTY_RESOURCES, register, resource
from web.resource_work import resources_of
from web.wiring import Wiring

SignIn = Callable[[str], TestClient]
FORM = {
    "kind": "shelter", "code": "BN-7", "name": "东岭体育馆", "organisation_code": "BJ-YJ",
    "lon": "107.1450000", "lat": "34.3690000", "readiness": "available", "checked_on": "2026-09-01",
    "contact_name": "值班室", "contact_phone": "0917-0000007", "contact_confirmed_on": "2026-09-01",
    "source": "普查",
    "d_effective_area_m2": "3000", "d_stays": ["emergency", "short"], "d_features": ["indoor"],
    "reason": "登记",
}  # fmt: skip
CSV = (
    "编号,名称,所属单位,经度,纬度,有效避难面积,避难时长,条件,联系电话\n"
    "BN-8,西关小学,宝鸡市应急管理局,107.1450,34.3690,1200,紧急避难、短期避难,室外,0917-0000008\n"
    "BN-9,人民公园,BJ-YJ,107.1460,34.3700,5000,,,\n"
)


@pytest.fixture
def city(wiring: Wiring) -> Iterator[Wiring]:
    """A shelter of the emergency bureau and a team of the waterworks."""
    team = resource("DW-1", "team", name="供水抢修队", organisation_code="BJ-GS", readiness="repair")
    register(resources_of(wiring), resource(), team)
    yield wiring
    with wiring.engine.begin() as connection:
        connection.execute(text(EMPTY_RESOURCES))


@pytest.fixture
def officer(city: Wiring, signed_in: SignIn) -> TestClient:
    return signed_in("duty1")


@pytest.fixture
def waterworks(city: Wiring, signed_in: SignIn) -> TestClient:
    return signed_in("water")


def send(client: TestClient, address: str, /, **fields: object) -> Response:
    """Send a form with the token of the browser."""
    return client.post(address, data={"csrf": client.headers["x-csrf-token"], **fields})


def the(city: Wiring, code: str) -> Resource:
    with city.sessions() as session:
        return get_resource(session, code).resource


def codes(city: Wiring) -> list[str]:
    with city.sessions() as session:
        return [one.code for one in list_resources(session)]


def look_at(client: TestClient, name: str, content: bytes, **fields: str) -> Response:
    """Let a file be looked at."""
    asked = {"kind": "shelter", "system": "EPSG:4490", "csrf": client.headers["x-csrf-token"]} | fields
    return client.post("/duty/registers/import", data=asked, files={"file": (name, content)})


def apply(client: TestClient, page: str, **fields: str) -> Response:
    """Write the file that a page looked at."""
    key = re.findall(r'name="file_key" value="(\w+)"', page)[0]
    return send(
        client, "/duty/registers/import/apply", file_key=key, kind="shelter", system="EPSG:4490", **fields
    )


GUARDS = [
    ("duty1", "/duty/registers", 200),
    ("commander", "/duty/registers/new?kind=team", 200),
    ("leader", "/duty/registers", 200),
    ("leader", "/duty/registers/new", 403),
    ("operator1", "/duty/registers/import", 403),
    ("water", "/duty/registers", 200),
    ("water", "/duty/registers/team/DW-1", 200),
    ("water", "/duty/registers/shelter/BN-1", 404),
    ("water", "/duty/registers/import", 200),
    ("inspector1", "/duty/registers", 403),
    ("data", "/api/v1/resources", 403),
    ("", "/duty/registers.csv", 401),
    ("duty1", "/duty/registers/team/BN-1", 404),
    ("duty1", "/duty/registers/boat/BN-1", 404),
    ("duty1", "/duty/registers?kind=boat", 400),
    ("duty1", "/duty/registers/new?kind=boat", 200),
]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(("login", "address", "status"), GUARDS)
def test_duty_posts_see_all_and_departments_their_own(
    signed_in: SignIn, visit: Callable[[], TestClient], login: str, address: str, status: int
) -> None:
    browser = signed_in(login) if login else visit()
    assert browser.get(address, headers={"accept": "application/json"}).status_code == status


def test_the_list_counts_kinds_and_says_what_is_due(officer: TestClient) -> None:
    page = officer.get("/duty/registers").text
    assert re.search(r'救援队伍 <span class="n">1</span>', page)
    assert re.search(r'避难场所 <span class="n">1</span>', page)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["BN-1", "DW-1"]),
        ("kind=team", ["DW-1"]),
        ("q=体育", ["BN-1"]),
        ("readiness=repair", ["DW-1"]),
        ("org=BJ-GS", ["DW-1"]),
        ("due=1", []),
        ("removed=1", []),
    ],
)
def test_map_list_and_file_have_the_same_resources(officer: TestClient, query: str, found: list[str]) -> None:
    page = officer.get(f"/duty/registers?{query}").text
    drawn = officer.get(f"/api/v1/resources?{query}").json()["features"]
    file = officer.get(f"/duty/registers.geojson?{query}").json()["features"]
    assert sorted(re.findall(r'class="resource-row"><a href="/duty/registers/\w+/([\w-]+)"', page)) == found
    assert sorted(one["properties"]["code"] for one in drawn) == found
    assert sorted(one["properties"]["code"] for one in file) == found


def test_a_department_gets_no_more_than_its_own_however_it_asks(waterworks: TestClient) -> None:
    drawn = waterworks.get("/api/v1/resources?org=BJ-YJ").json()["features"]
    one = waterworks.get("/api/v1/resources?code=BN-1").json()["features"]
    assert ([each["properties"]["code"] for each in drawn], one) == (["DW-1"], [])


@pytest.mark.parametrize(("login", "is_shown"), [("duty1", True), ("leader", True), ("operator1", False)])
@pytest.mark.parametrize(
    "address", ["/duty/registers/shelter/BN-1", "/duty/registers/phones", "/duty/registers.csv"]
)
@pytest.mark.usefixtures("city")
def test_telephone_numbers_are_shown_to_posts_of_duty(
    signed_in: SignIn, login: str, is_shown: bool, address: str
) -> None:
    page = signed_in(login).get(address).text
    assert ("0917-0000119" in page, "******19" in page) == (is_shown, not is_shown)


def test_no_number_is_in_what_maps_get(officer: TestClient) -> None:
    assert "0000119" not in officer.get("/api/v1/resources").text


def test_a_shelter_is_registered_from_the_form(officer: TestClient, city: Wiring) -> None:
    answer = send(officer, "/duty/registers/new", **FORM)
    found = the(city, "BN-7")
    assert answer.headers["location"] == "/duty/registers/shelter/BN-7?done=1"
    assert isinstance(found.details, ShelterDetails)
    assert (found.details.stays, found.details.features) == (("emergency", "short"), ("indoor",))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"d_effective_area_m2": "很大"}, "有效避难面积（平方米）"),
        ({"lon": "", "lat": ""}, "须有位置"),
        ({"lat": ""}, "要么都填，要么都不填"),
        ({"reason": ""}, "请写明理由"),
        ({"code": "BN-1"}, "已经用过"),
        ({"organisation_code": "BJ-XX"}, "没有这个所属单位"),
        ({"checked_on": "2027-01-01"}, "日期在今天之后"),
        ({"readiness": "asleep"}, "没有这种资源或状态"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(
    officer: TestClient, city: Wiring, fields: dict[str, str], said: str
) -> None:
    page = send(officer, "/duty/registers/new", **(FORM | fields)).text
    assert said in page
    assert 'value="东岭体育馆"' in page
    assert "BN-7" not in codes(city)


def test_a_department_registers_its_own_alone(waterworks: TestClient, city: Wiring) -> None:
    others = send(waterworks, "/duty/registers/new", **FORM)
    own = send(waterworks, "/duty/registers/new", **(FORM | {"organisation_code": "BJ-GS"}))
    assert (others.status_code, own.status_code) == (403, 303)
    assert "BN-7" in codes(city)


def test_a_change_is_in_the_life_with_what_was_before(officer: TestClient, city: Wiring) -> None:
    change = FORM | {"name": "经二路体育场", "d_effective_area_m2": "2500", "revision": "1", "reason": "复测"}
    send(officer, "/duty/registers/shelter/BN-1/change", **change)
    page = officer.get("/duty/registers/shelter/BN-1").text
    assert "名称：体育场避难场所 → 经二路体育场" in page
    assert "有效避难面积（平方米）：3000 → 2500" in page
    assert "避难时长" in page


def test_two_who_change_at_once_are_told(officer: TestClient) -> None:
    send(officer, "/duty/registers/shelter/BN-1/check", revision="1", readiness="repair")
    page = send(officer, "/duty/registers/shelter/BN-1/remove", revision="1", reason="拆除")
    assert (page.status_code, "有了变动" in page.text) == (409, True)


def test_a_check_a_call_a_removal_and_its_undoing(officer: TestClient, city: Wiring) -> None:
    one = "/duty/registers/shelter/BN-1"
    send(officer, f"{one}/check", revision="1", readiness="repair", on="2026-09-17", reason="漏水")
    send(officer, f"{one}/confirm", revision="2")
    send(officer, f"{one}/remove", revision="3", reason="拆除")
    gone = codes(city)
    send(officer, f"{one}/restore", revision="4", reason="误删")
    with city.sessions() as session:
        actions = [fact.action for fact in list_facts(session, "BN-1")]
    assert (gone, codes(city)) == (["DW-1"], ["BN-1", "DW-1"])
    assert actions == ["added", "checked", "confirmed", "removed", "restored"]


def test_a_step_that_there_is_not_is_no_page(officer: TestClient) -> None:
    assert send(officer, "/duty/registers/shelter/BN-1/burn", revision="1").status_code == 404


def test_a_leader_looks_and_changes_nothing(signed_in: SignIn, city: Wiring) -> None:
    answer = send(signed_in("leader"), "/duty/registers/shelter/BN-1/remove", revision="1", reason="拆除")
    assert (answer.status_code, codes(city)) == (403, ["BN-1", "DW-1"])


def test_a_file_is_looked_at_before_anything_is_written(officer: TestClient, city: Wiring) -> None:
    page = look_at(officer, "避难场所.csv", CSV.encode()).text
    before = codes(city)
    apply(officer, page)
    assert "将要写入的" in page
    assert (before, codes(city)) == (["BN-1", "DW-1"], ["BN-1", "BN-8", "BN-9", "DW-1"])


def test_a_file_with_one_row_at_fault_is_not_written_at_all(officer: TestClient, city: Wiring) -> None:
    broken = CSV.replace("5000", "无")
    page = look_at(officer, "避难场所.csv", broken.encode()).text
    assert "“无”不是可用的数" in page
    assert 'name="file_key"' not in page
    assert codes(city) == ["BN-1", "DW-1"]


def test_an_exported_register_comes_back_unchanged(officer: TestClient) -> None:
    file = officer.get("/duty/registers.csv?kind=shelter").content
    page = look_at(officer, "out.csv", file).text
    assert re.search(r"没有变化</dt><dd>1</dd>", page)
    assert re.search(r"有误</dt><dd>0</dd>", page)


def test_an_exported_workbook_comes_back_unchanged(officer: TestClient) -> None:
    file = officer.get("/duty/registers.xlsx?kind=shelter").content
    page = look_at(officer, "out.xlsx", file).text
    assert re.search(r"没有变化</dt><dd>1</dd>", page)
    assert re.search(r"有误</dt><dd>0</dd>", page)


def test_an_exported_map_comes_back_unchanged(officer: TestClient) -> None:
    file = officer.get("/duty/registers.geojson?kind=shelter").content
    page = look_at(officer, "out.geojson", file).text
    assert re.search(r"没有变化</dt><dd>1</dd>", page)


def test_a_workbook_of_another_program_is_read(officer: TestClient, city: Wiring) -> None:
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept)
    sheet = book.add_worksheet()
    for n, row in enumerate(CSV.splitlines()):
        sheet.write_row(n, 0, row.split(","))
    book.close()
    apply(officer, look_at(officer, "表.xlsx", kept.getvalue()).text)
    assert "BN-9" in codes(city)


def test_points_of_a_map_are_places(officer: TestClient, city: Wiring) -> None:
    point = {"type": "Point", "coordinates": [107.146, 34.37]}
    told = {"code": "BN-9", "name": "公园", "organisation": "BJ-YJ", "effective_area_m2": 900}
    feature = {"type": "Feature", "geometry": point, "properties": told}
    document = json.dumps({"type": "FeatureCollection", "features": [feature]})
    apply(officer, look_at(officer, "a.geojson", document.encode()).text)
    found = the(city, "BN-9").point
    assert found
    assert city.plane.to_lonlat(found).lon_deg == pytest.approx(107.146, abs=1e-7)


@pytest.mark.parametrize(
    ("system", "moved_m"), [("EPSG:4490", 0.0), ("GCJ-02", 460.0)], ids=["as it is", "shifted"]
)
def test_the_same_numbers_in_another_system_are_another_place(
    officer: TestClient, city: Wiring, system: str, moved_m: float
) -> None:
    page = look_at(officer, "a.csv", CSV.encode(), system=system).text
    key = re.findall(r'name="file_key" value="(\w+)"', page)[0]
    send(officer, "/duty/registers/import/apply", file_key=key, kind="shelter", system=system)
    found, there = the(city, "BN-8").point, the(city, "BN-1").point
    assert found
    assert there
    apart = ((found.easting_m - there.easting_m) ** 2 + (found.northing_m - there.northing_m) ** 2) ** 0.5
    assert apart == pytest.approx(moved_m, abs=60)


BAD_FILES = [
    ("a.csv", b"", "文件缺少列"),
    ("a.csv", "编号,名称\nBN-8,公园\n".encode(), "文件缺少列：所属单位、有效避难面积（平方米）"),
    ("a.csv", CSV.splitlines()[0].encode(), "文件里没有数据行"),
    ("a.pdf", b"%PDF", "请选择一个 CSV、XLSX 或 GeoJSON 文件"),
    ("a.xlsx", b"<OGRVRTDataSource/>", "不是能打开的工作簿"),
    ("a.geojson", b"{", "没有提交成功"),
]


@pytest.mark.parametrize(("name", "content", "said"), BAD_FILES)
def test_a_file_that_is_none_is_refused(officer: TestClient, name: str, content: bytes, said: str) -> None:
    page = look_at(officer, name, content)
    assert (page.status_code, said in page.text) == (422, True)


def test_an_archive_that_is_no_workbook_is_refused(officer: TestClient) -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("a.txt", "1")
    assert "不是能打开的工作簿" in look_at(officer, "a.xlsx", kept.getvalue()).text


BAD_ROWS = [
    ("BN-8,学校,BJ-XX,107.145,34.369,1200", "没有名为“BJ-XX”的单位"),
    ("BN-8,学校,BJ-YJ,34.369,107.145,1200", "经度和纬度可能写反了"),
    ("BN-8,学校,BJ-YJ,116.4,39.9,1200", "位置离本市很远"),
    ("BN-8,学校,BJ-YJ,东边,34.369,1200", "“东边”不是数字"),
    ("BN-8,学校,BJ-YJ,,,1200", "须有位置"),
    ("DW-1,学校,BJ-YJ,107.145,34.369,1200", "编号已用于“救援队伍”"),
    ('BN-8,"学校,BJ-YJ,107.145,34.369,1200', "引号没有成对"),
]


@pytest.mark.parametrize(("row", "said"), BAD_ROWS)
def test_a_row_that_cannot_be_is_named(officer: TestClient, row: str, said: str) -> None:
    file = f"编号,名称,所属单位,经度,纬度,有效避难面积\n{row}\nBN-9,公园,BJ-YJ,107.146,34.37,900\n"
    page = look_at(officer, "a.csv", file.encode()).text
    assert said in page
    assert 'name="file_key"' not in page


def test_a_code_twice_in_a_file_is_named(officer: TestClient) -> None:
    assert "编号与第 2 行重复" in look_at(officer, "a.csv", CSV.replace("BN-9", "BN-8").encode()).text


@pytest.mark.parametrize(("field", "said"), [("system", "请选择坐标系"), ("kind", "请选择文件里是哪一种")])
def test_kind_and_system_are_said_and_never_guessed(officer: TestClient, field: str, said: str) -> None:
    page = look_at(officer, "a.csv", CSV.encode(), **{field: ""})
    assert (page.status_code, said in page.text) == (422, True)


def test_a_department_does_not_bring_in_what_belongs_to_others(waterworks: TestClient, city: Wiring) -> None:
    page = look_at(waterworks, "a.csv", CSV.encode()).text
    assert "部门只登记和维护本单位的应急资源" in page
    assert 'name="file_key"' not in page


def test_a_file_that_was_given_up_is_looked_at_again(officer: TestClient, city: Wiring) -> None:
    page = send(
        officer, "/duty/registers/import/apply", file_key="0" * 64, kind="shelter", system="EPSG:4490"
    )
    assert (page.status_code, codes(city)) == (409, ["BN-1", "DW-1"])


def test_perhaps_the_same_and_what_comes_back_are_told(officer: TestClient, city: Wiring) -> None:
    send(officer, "/duty/registers/team/DW-1/remove", revision="1", reason="解散")
    again = "编号,名称,所属单位,经度,纬度,专长,人数\nDW-1,供水抢修队,BJ-GS,,,抢修,9\n"
    same = CSV.replace("西关小学", "体育场避难场所")
    assert "已被移除，写入后恢复" in look_at(officer, "a.csv", again.encode(), kind="team").text
    assert "已有同名的 BN-1" in look_at(officer, "a.csv", same.encode()).text


def test_a_contact_that_nobody_confirmed_for_long_comes_first(officer: TestClient, city: Wiring) -> None:
    register(resources_of(city), resource("BN-2", name="旧库", contact=stale()))
    page = officer.get("/duty/registers/phones").text
    assert "1 个联系方式超过 180 天未确认" in page
    assert page.index("BN-2") < page.index("BN-1")


def stale() -> object:
    return type(resource().contact)(name="值班室", phone="0917-0000002")


def test_a_removed_resource_is_found_among_the_removed(officer: TestClient, city: Wiring) -> None:
    send(officer, "/duty/registers/shelter/BN-1/remove", revision="1", reason="拆除")
    with city.sessions() as session:
        removed = list_resources(session, wanted=ResourceFilter(is_removed=True))
    assert [one.code for one in removed] == ["BN-1"]
    assert "撤销移除" in officer.get("/duty/registers/shelter/BN-1").text
