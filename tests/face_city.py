"""The faces of a small city: the real application on a real PostGIS, with demo people and nine unit grids."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
import uvicorn
from anyio.from_thread import BlockingPortal, start_blocking_portal
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from shapely import box
from sqlalchemy import Engine, event, text

from cases.privacy_rules import load_privacy, seed_private_types
from gis_core.clock import FixedClock
from gis_core.crs import PlaneSystem
from gis_core.db import open_sessions
from gis_core.places import to_grain
from grid.frame import bump
from grid.organisations import read_demo_people
from grid.positions.operations import seed_vehicles
from grid.seed import seed
from tests import databases
from tests.case_city import COMMUNITY, FRIDAY_MORNING, JINGER_ROAD, baoji
from tests.databases import Databases
from web.accounts.seed import seed_demo_people
from web.app import create_app
from web.settings import Settings
from web.wiring import Wiring, wire

IN_FORCE = date(2026, 1, 1)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
OF_CASES = """
    schemaname = 'emergency'
    OR schemaname = 'cases' AND tablename <> 'private_type'
    OR schemaname = 'grid' AND (tablename LIKE 'position_%' OR tablename IN (
        'duty', 'mover_place', 'grid_visit', 'sos', 'stray_alarm', 'track_look'))
    OR schemaname = 'accounts' AND tablename IN ('session', 'throttle', 'api_key', 'api_report', 'desk_view')
"""
EMPTY_CASES = f"""
    {databases.clean_out(OF_CASES)};
    UPDATE accounts.person SET failed_count = 0, locked_until = NULL, is_active = true
    WHERE failed_count > 0 OR locked_until IS NOT NULL OR NOT is_active;
"""
ADD_GRID = text("""
    INSERT INTO grid.unit_grid (code, name, community_code, geom, area_m2, land_use, valid_from, source,
        is_synthetic)
    SELECT code, '', left(code, 12), ST_GeomFromWKB(:shape, :srid), 10000, 'street', :on, 'test', true
    FROM CAST(:code AS text) AS code
""")


def fill_city(engine: Engine) -> None:
    """Organisations, divisions, demo people with one quick password, nine grids of 100 m around 经二路."""
    databases.fill_migrated(engine)
    sessions = open_sessions(engine)
    seed(sessions, baoji(), FRIDAY_MORNING)
    with sessions.begin() as session:
        seed_private_types(session, load_privacy(baoji()))
    seed_demo_people(sessions, baoji(), hasher=QUICK)
    seed_vehicles(sessions, baoji())
    plane = PlaneSystem(baoji().plane_crs)
    middle = plane.to_plane(JINGER_ROAD)
    west, south = to_grain(middle.easting_m - 150), to_grain(middle.northing_m - 150)
    with sessions.begin() as session:
        for n in range(9):
            east, north = west + 100 * (n // 3), south + 100 * (n % 3)
            shape = box(east, north, east + 100, north + 100).wkb
            values = {"code": f"{COMMUNITY}{n + 1:03d}", "shape": shape, "srid": plane.srid, "on": IN_FORCE}
            session.execute(ADD_GRID, values)
        bump(session)


@pytest.fixture(scope="session")
def face_engine(city_databases: Databases, worker_id: str) -> Iterator[Engine]:
    """This worker's city with people and grids."""
    template = city_databases.template("faces", fill_city)
    with city_databases.clone(template, f"faces_{worker_id}") as engine:
        yield engine


@pytest.fixture
def wiring(face_engine: Engine, clock: FixedClock, tmp_path: Path) -> Iterator[Wiring]:
    """The application's wiring on Friday morning; cases and sessions are emptied afterwards."""
    settings = Settings(photo_dir=tmp_path, home=tmp_path, _env_file=None)  # type: ignore[call-arg]
    wired = wire(settings, engine=face_engine, city=baoji(), clock=clock, hasher=QUICK)
    yield wired
    wired.open_data.close()
    with face_engine.begin() as connection:
        connection.execute(text(EMPTY_CASES))


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    """The loop and threads in which applications answer; new ones for each request cost more than it."""
    with start_blocking_portal() as portal:
        yield portal


_APPS: dict[tuple[object, ...], FastAPI] = {}


def app_around(wiring: Wiring) -> FastAPI:
    """The application around this test's wiring; its routes are laid out once a process, for that is slow.

    Those who need two at once make them with `create_app`.
    """
    laid_out = (wiring.settings.is_https, tuple(wiring.basemaps.hosts))
    if laid_out not in _APPS:
        _APPS[laid_out] = create_app(wiring)
    _APPS[laid_out].state.wiring = wiring
    return _APPS[laid_out]


@pytest.fixture
def visit(wiring: Wiring, portal: BlockingPortal) -> Callable[[], TestClient]:
    """Opens browsers without an account."""
    app = app_around(wiring)

    def open_one() -> TestClient:
        client = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
        client.portal = portal
        return client

    return open_one


@pytest.fixture
def browser(visit: Callable[[], TestClient]) -> TestClient:
    """A browser without an account."""
    return visit()


def token_in(html: str) -> str:
    """The form token of a page."""
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found, html
    return found[1]


def try_sign_in(client: TestClient, login: str, password: str | None = None, next_page: str = "") -> object:
    """Send the sign-in form as the page gives it."""
    password = read_demo_people(baoji()).password if password is None else password
    sent = {"login": login, "password": password, "next": next_page}
    return client.post("/sign-in", data=sent | {"csrf": token_in(client.get("/sign-in").text)})


@pytest.fixture
def signed_in(visit: Callable[[], TestClient]) -> Callable[[str], TestClient]:
    """Opens a browser in which somebody is signed in; its calls carry the token."""

    def sign(login: str) -> TestClient:
        client = visit()
        try_sign_in(client, login)
        client.headers["x-csrf-token"] = client.get("/api/v1/me").json()["csrf_token"]
        return client

    return sign


@pytest.fixture
def served(wiring: Wiring) -> Iterator[str]:
    """The address of the city, shown by a real server on a port of its own."""
    config = uvicorn.Config(create_app(wiring), port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def report_of(**changes: object) -> dict[str, object]:
    """A caller's report of a broken cover in 经二路, as the desk sends it."""
    report: dict[str, object] = {
        "client_id": str(uuid4()),
        "kind": "component",
        "type_code": "01002",
        "lon": JINGER_ROAD.lon_deg,
        "lat": JINGER_ROAD.lat_deg,
        "description": "经二路路口污水井盖缺失",
        "source": "hotline",
        "contact_name": "来电人",
        "contact_phone": "0917-0000000",
    }
    return report | changes


@pytest.fixture
def statements(face_engine: Engine) -> Iterator[list[str]]:
    """Every statement that reaches the database while a test looks."""
    heard: list[str] = []

    def hear(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        heard.append(statement)

    event.listen(face_engine, "before_cursor_execute", hear)
    yield heard
    event.remove(face_engine, "before_cursor_execute", hear)
