"""Open data as other systems read them: the same counts as the database, in every system of reference."""

import json
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
import shapely
import uvicorn
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from cases.rules.commands import Asking, Report
from gis_core.places import LonLat
from tests.case_city import FRIDAY_MORNING
from web.api.open_data.collections import BY_NAME, CRS84, crs_address
from web.api.open_data.reader import AT_WORK, LIMITS, ROLE
from web.app import create_app
from web.settings import Settings
from web.wiring import Wiring, wire

ROOT = Path(__file__).resolve().parents[2]
PLANE, DEGREES = crs_address(4545), crs_address(4490)
GRIDS = "/collections/unit_grids/items"
IN_A_GRID = LonLat(107.14495, 34.36897)
SECRETS = ("王先生", "13800000000", "3 号楼", "trackcode")
Ask = Callable[..., dict]

REFUSED = [
    ("limit=0", "limit"), ("limit=-5", "limit"), ("limit=all", "limit"), ("limit=1e6", "limit"),
    ("limit=" + "9" * 40, "limit"), ("offset=-1", "offset"), ("offset=" + "9" * 30, "offset"),
    ("bbox=1,2,3", "bbox"), ("bbox=a,b,c,d", "bbox"), ("bbox=nan,0,1,1", "bbox"),
    ("bbox=1e999,0,2,1", "bbox"),
    ("bbox=0,50,1,40", "bbox"), ("bbox=0,0,1,1,1", "bbox"), ("bbox=500,0,501,1", "bbox"),
    (f"bbox=1e300,1,2e300,2&bbox-crs={PLANE}", "bbox"), (f"bbox-crs={PLANE}", "bbox"),
    ("crs=EPSG:3857", "crs"), (f"crs={crs_address(3857)}", "crs"), ("crs=", "crs"),
    ("crs=../../etc/passwd", "crs"),
    ("datetime=yesterday", "datetime"), ("datetime=2026-13-45", "datetime"), ("datetime=a/b/c", "datetime"),
    ("datetime=2026-02-01/2026-01-01", "datetime"),
    ("filter=level", "filter"), ("filter=(((", "filter"), ("filter=" + "(" * 1900, "filter"),
    ("filter=code%3D'" + "x" * 5000 + "'", "filter"), ("filter=nosuch%3D1", "nosuch"),
    ("filter=pg_sleep(30)%3D1", "filter"), ("filter=area_m2/0>1", "filter"),
    ("filter=code%3D5", "queryables"),
    ("filter=area_m2>'much'", "queryables"), ("filter=INTERSECTS(geom,POINT(1 2))", "bbox"),
    ("filter=" + " OR ".join(["area_m2>1"] * 100), "filter"),
    ("filter=code='1'&filter-lang=sql", "filter-lang"),
    ("is_synthetic=perhaps", "is_synthetic"), ("area_m2=large", "area_m2"), ("valid_from=once", "valid_from"),
    ("code=%00", "code"), ("nosuch=1", "nosuch"), ("limit=1&limit=2", "limit"), ("sortby=nosuch", "sortby"),
    ("properties=geom,contact_phone", "properties"), ("f=html", "f"), ("f=../x", "f"),
    ("resulttype=all", "resulttype"),
]  # fmt: skip


@pytest.fixture
def ask(browser: TestClient) -> Ask:
    """Asks the service as a program does and yields its JSON."""

    def one(path: str, query: str = "", *, status: int = 200) -> dict:
        answer = browser.get(f"/ogc{path}?{query}")
        assert answer.status_code == status, answer.text
        return answer.json()

    return one


@pytest.fixture
def a_report(wiring: Wiring) -> None:
    """Somebody has reported a hole on 经二路, with a name, a number and a house in the words."""
    report = Report(
        uuid4(), "matter", "06013", IN_A_GRID, "王先生电话 13800000000", (),
        place_text="3 号楼", contact_name="王先生", contact_phone="13800000000",
    )  # fmt: skip
    wiring.cases.report(report, Asking(FRIDAY_MORNING, None, "公众", "public", None))


def count(wiring: Wiring, view: str) -> int:
    """As many as the database says."""
    with wiring.sessions() as session:
        return session.execute(text(f"SELECT count(*) FROM open_data.{view}")).scalar_one()


@pytest.mark.parametrize("name", list(BY_NAME))
def test_every_layer_has_as_many_features_as_its_view(ask: Ask, wiring: Wiring, name: str):
    assert ask(f"/collections/{name}/items", "limit=1")["numberMatched"] == count(wiring, name)


def test_pages_follow_each_other_to_the_last_grid(ask: Ask, browser: TestClient):
    pages = [ask(GRIDS, "limit=4&bbox=107,34,108,35")]
    for _ in range(2):
        pages.append(browser.get(next(x["href"] for x in pages[-1]["links"] if x["rel"] == "next")).json())
    keys = [one["id"] for told in pages for one in told["features"]]
    assert len(keys) == len(set(keys)) == 9


def test_links_lead_back_through_the_proxy(browser: TestClient):
    told = browser.get("/ogc/collections", headers={"host": "gis.example.cn:8443"}).json()
    addresses = [link["href"] for one in told["collections"] for link in one["links"]]
    assert {address.split("/ogc")[0] for address in addresses} == {"http://gis.example.cn:8443"}


def test_a_host_that_is_none_gets_into_no_link(browser: TestClient):
    told = browser.get("/ogc/collections/zones", headers={"host": 'evil"><script>'}).text
    assert "evil" not in told


def test_a_grid_is_told_longitude_first_unless_asked_otherwise(ask: Ask):
    west_south = [
        ask(GRIDS, f"limit=1&crs={crs}")["features"][0]["geometry"] for crs in (CRS84, DEGREES, PLANE)
    ]
    lon_lat, lat_lon, north_east = (one["coordinates"][0][0] for one in west_south)
    assert lon_lat == lat_lon[::-1]
    assert lon_lat[0] == pytest.approx(107.145, abs=0.01)
    assert north_east[0] == pytest.approx(3_804_900, abs=1_000)


def test_the_answer_names_its_system(browser: TestClient):
    answer = browser.get(f"/ogc{GRIDS}?crs={PLANE}")
    assert answer.headers["content-crs"] == f"<{PLANE}>"
    assert answer.headers["content-type"] == "application/geo+json"


def test_outer_rings_run_counter_clockwise(ask: Ask):
    shapes = [shapely.from_geojson(str(one["geometry"]).replace("'", '"')) for one in ask(GRIDS)["features"]]
    assert all(shape.exterior.is_ccw for shape in shapes)


@pytest.mark.parametrize("system", [CRS84, DEGREES, PLANE])
def test_a_box_finds_what_postgis_finds(ask: Ask, system: str):
    one = ask(GRIDS, f"limit=1&crs={system}")["features"][0]
    inside = shapely.polygons(one["geometry"]["coordinates"][0]).buffer(-0.01 if system == PLANE else -1e-7)
    first, second, third, fourth = inside.bounds
    told = ask(GRIDS, f"bbox={first},{second},{third},{fourth}&bbox-crs={system}")
    # A grid is square in the plane and lies askew in degrees, where its box reaches into neighbours.
    assert told["numberMatched"] == (1 if system == PLANE else 3)


@pytest.mark.parametrize(
    ("box", "found"),
    [
        ("-180,-90,180,90", 9), ("170,34,-170,35", 0), ("100,34,-170,35", 9), ("0,0,1,1", 0),
        ("107,34,0,108,35,900", 9), ("107.145,34.369,107.145,34.369", 1), ("106.5,34.369,107.5,34.369", 3),
    ],
)  # fmt: skip
def test_any_box_on_earth_has_an_answer(ask: Ask, box: str, found: int):
    assert ask(GRIDS, f"bbox={box}")["numberMatched"] == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("code=610303008007005", 1), ("is_synthetic=true", 9), ("is_synthetic=false", 0),
        ("area_m2=10000", 9), ("valid_from=2026-01-01", 9), ("filter=code LIKE '61030300800700%25'", 9),
        ("filter=area_m2 > 20000", 0), ("datetime=2000-01-01", 9),
        ("filter=code IN ('610303008007001','610303008007002')", 2), ("filter=zone_code IS NULL", 9),
        ("filter=NOT code = '610303008007001' AND area_m2 > 1", 8),
    ],
)  # fmt: skip
def test_conditions_choose_grids(ask: Ask, query: str, found: int):
    assert ask(GRIDS, query)["numberMatched"] == found


@pytest.mark.parametrize(("query", "named"), REFUSED, ids=[query[:40] for query, _ in REFUSED])
def test_a_question_without_sense_is_refused_with_its_reason(browser: TestClient, query: str, named: str):
    answer = browser.get(f"/ogc{GRIDS}?{query}")
    told = answer.json()
    assert (answer.status_code, named in told["message"], "Traceback" in answer.text) == (400, True, False)


@pytest.mark.parametrize(
    "path", ["/collections/case/items", "/collections/unit_grids/items/nosuch", "/nosuch"]
)
def test_what_is_not_there_is_not_found(ask: Ask, path: str):
    assert ask(path, status=404)["code"] in ("no_such_feature", "not_found")


def test_more_than_the_most_is_cut_to_pages(ask: Ask):
    assert ask(GRIDS, "limit=999999999")["numberReturned"] == 9


def test_a_case_is_told_by_day_and_grid_without_its_number(ask: Ask, a_report: None):
    (case,) = ask("/collections/cases_public/items")["features"]
    assert case["properties"].pop("type_name")
    assert case["properties"] == {
        "kind": "matter", "type_code": "06013", "stage_public": "received", "reported_on": "2026-09-18",
        "unit_grid_code": "610303008007005", "is_synthetic": False,
    }  # fmt: skip


def test_a_case_stands_on_a_lattice_of_100_m(ask: Ask, a_report: None):
    (case,) = ask("/collections/cases_public/items", f"crs={PLANE}")["features"]
    assert [round(metres) % 100 for metres in case["geometry"]["coordinates"]] == [0, 0]


def test_nobody_s_words_get_out(browser: TestClient, a_report: None):
    told = "".join(browser.get(f"/ogc/collections/{name}/items").text for name in BY_NAME)
    assert [words for words in SECRETS if words in told] == []


@pytest.mark.parametrize(("day", "found"), [("2026-09-18", 1), ("2026-09-17/..", 1), ("../2026-09-17", 0)])
def test_cases_are_asked_for_by_day(ask: Ask, a_report: None, day: str, found: int):
    assert ask("/collections/cases_public/items", f"datetime={day}")["numberMatched"] == found


def test_parts_1_and_2_are_claimed_and_no_pages_or_writing(ask: Ask):
    claimed = ask("/conformance")["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs" in claimed
    assert [one for one in claimed if "html" in one or "create" in one] == []
    assert len(claimed) == len(set(claimed))


def test_no_link_of_the_service_is_dead(ask: Ask, browser: TestClient):
    told = [ask(""), ask("/collections"), ask("/collections/zones"), ask("/collections/zones/items")]
    links = [
        link["href"] for one in told for part in (one, *one.get("collections", ())) for link in part["links"]
    ]
    assert {browser.get(address).status_code for address in links} == {200}


def test_the_definition_names_this_address(ask: Ask):
    assert ask("/openapi")["servers"] == [{"url": "http://testserver/ogc"}]


@pytest.mark.parametrize(("language", "words"), [("zh", "单元网格"), ("en", "Unit grids")])
def test_people_get_a_page_in_their_language(browser: TestClient, language: str, words: str):
    page = browser.get(f"/ogc?lang={language}", headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert all(part in page.text for part in (words, "ogrinfo", "QGIS", "http://testserver/ogc"))


def test_the_page_counts_what_the_service_counts(ask: Ask, browser: TestClient, wiring: Wiring):
    page = browser.get("/ogc", headers={"accept": "text/html"}).text
    counts = {name: ask(f"/collections/{name}/items", "limit=1")["numberMatched"] for name in BY_NAME}
    assert {name: count.n for name, count in wiring.open_data.counts().items()} == counts
    assert f'<code>unit_grids</code> <span class="n">{counts["unit_grids"]} 条</span>' in page


def test_no_link_of_the_page_is_dead(browser: TestClient):
    page = browser.get("/ogc", headers={"accept": "text/html"}).text
    main = page.partition("<main")[2].partition("</main>")[0]
    links = [link.removeprefix("http://testserver") for link in re.findall(r'href="([^"]+)"', main)]
    assert {browser.get(link).status_code for link in links} == {200}
    assert {"/tiles/components.json", "/api/v1/openapi.json"} <= {*links}


@pytest.mark.parametrize("page", ["/", "/report", "/track", "/sign-in"])
def test_public_pages_lead_to_open_data(browser: TestClient, page: str):
    assert '<a class="also-below" href="/ogc">开放数据</a>' in browser.get(page).text


ASK_GDAL = """
import json, sys, pyogrio
source, *layers = sys.argv[1:]
counts = {name: len(pyogrio.read_dataframe(source, layer=name)) for name in layers}
grids = pyogrio.read_dataframe(source, layer="unit_grids", CRS="EPSG:4545")
print(json.dumps([counts, grids.area.round().tolist()]))
"""


def test_gdal_reads_every_layer_with_the_count_of_the_database(wiring: Wiring, a_report: None):
    server = uvicorn.Server(uvicorn.Config(create_app(wiring), port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    source = f"OAPIF:http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/ogc"
    layers = ("divisions", "unit_grids", "cases_public")
    # GDAL in a process of its own, as other systems have it.
    run = subprocess.run(
        [sys.executable, "-c", ASK_GDAL, source, *layers], capture_output=True, check=False, timeout=60
    )
    server.should_exit = True
    thread.join(10)
    counts, areas = json.loads(run.stdout or run.stderr.decode()[-500:])
    assert counts == {name: count(wiring, name) for name in layers}
    assert areas == [10_000] * 9


def test_nothing_of_the_library_is_loaded_before_the_first_question():
    look = "import sys, web.app, web.wiring; web.app.list_routers(); print('pygeoapi' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", look], capture_output=True, check=True, cwd=ROOT)
    assert run.stdout.strip() == b"False"


def test_the_library_leaves_our_log_alone(ask: Ask, caplog: pytest.LogCaptureFixture):
    level = logging.getLogger().level
    ask("/collections")
    ask(GRIDS, "limit=0", status=400)
    assert (logging.getLogger().level, caplog.records) == (level, [])


def test_too_many_questions_at_once_are_sent_away_with_a_time(ask: Ask, wiring: Wiring, browser: TestClient):
    with ExitStack() as crowd:
        for _ in range(AT_WORK):
            crowd.enter_context(wiring.open_data._turn())
        answer = browser.get("/ogc/collections")
    assert (answer.status_code, answer.json()["code"]) == (429, "open_data_busy")
    assert answer.headers["retry-after"] == "5"
    ask("/collections")


# -- who reads -------------------------------------------------------------------------------------------


@pytest.fixture
def reader(wiring: Wiring) -> Iterator[Callable[[str], object]]:
    """Runs a statement as the role that open data are read with."""
    engine = create_engine(wiring.engine.url.set(username=ROLE), connect_args={"options": LIMITS})

    def run(statement: str) -> object:
        with engine.connect() as connection:
            return connection.execute(text(statement)).scalar()

    yield run
    engine.dispose()


@pytest.mark.parametrize(
    ("statement", "because"),
    [
        ('SELECT count(*) FROM cases."case"', "permission denied"),
        ("SELECT count(*) FROM cases.fact", "permission denied"),
        ("SELECT count(*) FROM accounts.person", "permission denied"),
        ("SELECT count(*) FROM grid.component", "permission denied"),
        ("UPDATE open_data.zones SET name = 'x'", "permission denied"),
        ("SET default_transaction_read_only = off; DELETE FROM open_data.unit_grids", "permission denied"),
        ("CREATE TABLE open_data.mine (a int)", "permission denied|read-only"),
        ("CREATE TEMP TABLE mine (a int)", "read-only"),
        ("SELECT pg_read_file('/etc/passwd')", "permission denied"),
        ("SET ROLE citygrid", "permission denied"),
        ("SELECT pg_sleep(20)", "statement timeout"),
    ],
    ids=lambda value: value[:40],
)
def test_the_reader_can_do_nothing_but_read_what_is_published(
    reader: Callable[[str], object], statement: str, because: str
):
    with pytest.raises(DBAPIError, match=because):
        reader(statement)


def test_the_reader_s_limits_are_its_role_s_own(wiring: Wiring):
    about = f"SELECT rolconnlimit, rolconfig FROM pg_roles WHERE rolname = '{ROLE}'"
    with wiring.sessions() as session:
        connections, settings = session.execute(text(about)).one()
    assert 0 < connections <= 32
    assert {"default_transaction_read_only=on", "statement_timeout=5s"} <= set(settings)


def test_a_question_that_takes_too_long_is_cut(wiring: Wiring, browser: TestClient):
    with wiring.engine.begin() as writer:
        writer.execute(text("LOCK TABLE grid.street IN ACCESS EXCLUSIVE MODE"))
        answer = browser.get("/ogc/collections/streets/items")
    assert (answer.status_code, answer.json()["code"]) == (422, "question_too_large")


def test_without_a_reader_the_service_is_off_and_says_so(wiring: Wiring):
    away = make_url("postgresql+psycopg://city:secret@127.0.0.1:1/city")
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    lone = wire(settings, engine=create_engine(away), city=wiring.city, clock=wiring.clock)
    answers = [TestClient(create_app(lone)).get(f"/ogc{path}?f=json") for path in ("", "/collections", GRIDS)]
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(404, "open_data_off")}
