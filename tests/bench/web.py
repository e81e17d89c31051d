"""Reports, lists and tiles over real HTTP, on data made here: 300,000 components and 100,000 cases."""

import http.client
import json
import math
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from time import perf_counter
from urllib.parse import quote
from uuid import uuid4

import httpx
import numpy as np
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from cases.listing import list_cases
from cases.photos import PhotoStore
from gis_core.clock import SystemClock
from gis_core.db import open_engine, open_sessions
from gis_core.migrating import migrate
from grid.city import City
from grid.organisations import read_demo_people
from grid.sample_city.loading import load
from grid.sample_city.picture import draw
from grid.seed import seed
from tests.bench.figures import Figure
from tests.bench.web_load import Ask, run_load, serving
from tests.databases import RUN_FOLDER, Databases, begin_run, end_run
from web.accounts.seed import seed_demo_people
from web.accounts.tables import PersonRow
from web.app import create_app
from web.settings import Settings
from web.wiring import Wiring, wire

_figure = partial(Figure, "main")
BAOJI = Path(__file__).parents[2] / "data" / "baoji"
CLIENTS = 4
REPORTS = 1_200
LISTS = 300
CASES = 100_000
TILES_A_ZOOM = 20
ZOOMS = (9, 10, 11, 12, 13, 14, 15, 16, 17)
LAYERS = ("base", "grids", "components", "public-cases")
PHOTO_REPORTS = 80
LIST_ADDRESSES = ("/api/v1/cases", "/api/v1/cases?stage=reported", "/api/v1/cases?light=normal&open=true")
SEARCHED = ("井盖", "经二路", "倒塌", "井盖缺失", "消", "路灯不亮")
"""Words that every case has, and words that none has."""
SEARCHES = tuple(f"/api/v1/cases?q={quote(word)}" for word in SEARCHED)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
BUILT_UP = (107.02, 34.32, 107.28, 34.40)  # west, south, east, north, degrees

ADD_CASES = text("""
    INSERT INTO cases."case" (id, case_no, client_id, revision, stage, kind, type_code, description, geom,
        place_text, position_source, unit_grid_code, pulled_m, frame_version, source, track_code, reported_at,
        closed_at, stage_since, stage_due_at, stage_at_risk_at, clocks, last_hash, is_synthetic)
    SELECT nextval('cases.case_id'), '610303' || lpad(n::text, 14, '0'), gen_random_uuid(), 1,
        CASE WHEN n % 20 = 0 THEN 'reported' ELSE 'closed' END, c.kind, c.type_code, '井盖缺失', c.geom,
        '经二路', 'map', c.unit_grid_code, 0, 1, 'hotline', 'ABCDEFGH', :at - n * interval '5 minutes',
        CASE WHEN n % 20 > 0 THEN :at END, :at, :at + interval '1 hour', :at + interval '50 minutes', '{}',
        '\\x00', true
    FROM (SELECT row_number() OVER (ORDER BY id) AS n, 'component' AS kind, type_code, geom, unit_grid_code
          FROM grid.component LIMIT :many) AS c
""")

ADD_FACTS = text("""
    INSERT INTO cases.fact (case_id, seq, at, by_name, by_role, transition_no, action, to_stage, reason, body,
        prev_hash, hash)
    SELECT id, 1, reported_at, '话务员', 'operator', 1, 'report', stage, '上报', '{}', '\\x00', '\\x00'
    FROM cases."case" WHERE case_no LIKE '610303000%'
""")


@dataclass(frozen=True, slots=True)
class Desk:
    """A server with somebody signed in at the acceptance desk."""

    port: int
    headers: dict[str, str]


def measure() -> list[Figure]:
    """Figures of the web core with fsync, server and clients on the same cores."""
    with drawn_city() as (engine, folder):
        peer_rate = _plain_inserts(engine)
        with _desk(engine, folder) as desk:
            reports = run_load(CLIENTS, REPORTS, desk.port, _reporter(desk))
            shown = run_load(CLIENTS, PHOTO_REPORTS, desk.port, _photographer(desk))
        figures = [
            _figure("reports over HTTP, 4 clients", reports.rate, "/s", target=120, better="more",
                    peer="plain ORM insert", peer_value=peer_rate),
            _figure("report over HTTP, p95", reports.p95_ms, "ms", target=80),
            _figure("statements of a report", _statements(engine, folder, _report_once), "", target=12),
            _figure("reports with a photo of 12 megapixels, 4 clients", shown.rate, "/s", target=None,
                    better="more", peer="re-encoding alone", peer_value=_photos_alone(folder)),
            _figure("report with a photo of 12 megapixels, p95", shown.p95_ms, "ms", target=None),
        ]  # fmt: skip
        add_cases(engine)
        with _desk(engine, folder) as desk:
            lists = run_load(1, LISTS, desk.port, _lister(desk))
            searches = run_load(1, LISTS, desk.port, _lister(desk, SEARCHES))
            figures += _tile_figures(desk)
        return [
            *figures,
            _figure("list of 50 of 100,000 cases, p95", lists.p95_ms, "ms", target=40,
                    peer="the same read without HTTP", peer_value=_list_alone_ms(engine)),
            _figure("statements of a list", _statements(engine, folder, _list_once), "", target=6),
            _figure("text search of 100,000 cases, hits and none, p95", searches.p95_ms, "ms", target=40,
                    peer="ILIKE without the index", peer_value=_plain_search_ms(engine)),
        ]  # fmt: skip


@contextmanager
def drawn_city() -> Iterator[tuple[Engine, Path]]:
    """A database of our own with the drawn city, and a folder for photos."""
    if RUN_FOLDER not in os.environ:
        begin_run()
        with drawn_city() as made:
            yield made
        end_run()
        return
    databases = Databases(Path(os.environ[RUN_FOLDER]))
    name = databases.template("bench_web", _fill)
    engine = open_engine(databases.address_of(name))
    with tempfile.TemporaryDirectory() as folder:
        yield engine, Path(folder)
    engine.dispose()


def _fill(engine: Engine) -> None:
    city, at = City.load(BAOJI), datetime(2026, 9, 18, tzinfo=UTC)
    migrate(engine, srid=city.plane_crs)
    sessions = open_sessions(engine)
    seed(sessions, city, at)
    seed_demo_people(sessions, city, hasher=QUICK)
    load(sessions, draw(city, "city"), city=city, at=at)


@contextmanager
def _desk(engine: Engine, folder: Path) -> Iterator[Desk]:
    with serving(engine.url.render_as_string(hide_password=False), folder) as port:
        yield Desk(port, sign_in(engine, folder))


def sign_in(engine: Engine, folder: Path, login: str = "operator1") -> dict[str, str]:
    """Headers of somebody's browser; the session is opened in the database the server reads."""
    client = open_client(engine, folder, login)
    token = client.get("/api/v1/me").json()["csrf_token"]
    return {
        "Cookie": f"citygrid_session={client.cookies['citygrid_session']}",
        "X-CSRF-Token": token,
        "Content-Type": "application/json",
    }


def open_client(engine: Engine, folder: Path, login: str = "operator1") -> TestClient:
    """The application in this process, somebody signed in."""
    wiring = bench_wiring(engine, folder)
    client = TestClient(create_app(wiring), follow_redirects=False)
    opened = wiring.doorkeeper.sign_in(
        login,
        read_demo_people(wiring.city).password,
        address="127.0.0.1",
        user_agent="bench",
        at=wiring.clock.now(),
    )
    client.cookies.set("citygrid_session", opened.secret)
    client.headers["x-csrf-token"] = client.get("/api/v1/me").json()["csrf_token"]
    return client


def bench_wiring(engine: Engine, folder: Path) -> Wiring:
    """What the application is made of, on a benchmark's database."""
    settings = Settings(photo_dir=folder, _env_file=None)  # type: ignore[call-arg]
    return wire(settings, engine=engine, city=City.load(BAOJI), clock=SystemClock(), hasher=QUICK)


def report_of(n: int) -> dict[str, object]:
    """The `n`-th report as the API takes it."""
    return {
        "client_id": str(uuid4()),
        "kind": "component",
        "type_code": "01002",
        "lon": 107.1450 + (n % 40) * 1e-4,
        "lat": 34.3690,
        "description": "污水井盖缺失，车辆经过有危险",
        "source": "hotline",
        "contact_phone": "0917-0000000",
    }


def _reporter(desk: Desk) -> Ask:
    def report(connection: http.client.HTTPConnection, n: int) -> None:
        send(connection, "POST", "/api/v1/reports", desk.headers, json.dumps(report_of(n)).encode(), 201)

    return report


def _photographer(desk: Desk) -> Ask:
    """Reports with a photo, each of its own, as a phone sends it: a multipart form."""
    photos = list(_photos(PHOTO_REPORTS))

    def report(connection: http.client.HTTPConnection, n: int) -> None:
        body, content_type = _as_form(report_of(n), photos[n])
        headers = desk.headers | {"Content-Type": content_type}
        send(connection, "POST", "/api/v1/reports/with-photos", headers, body, 201)

    return report


def _photos(many: int) -> Iterator[bytes]:
    """JPEGs of 12 megapixels and some 3 MB, no two alike: soft shapes with the noise of a sensor."""
    random = np.random.default_rng(1)
    soft = Image.fromarray(random.integers(0, 256, (30, 40, 3), dtype=np.uint8)).resize((4000, 3000))
    noise = random.normal(0, 6, (3000, 4000, 1))
    pixels = np.clip(np.asarray(soft) + noise, 0, 255).astype(np.uint8)
    for n in range(many):
        pixels[:400, :400] = (n * 3 % 256, n * 5 % 256, n * 7 % 256)
        kept = BytesIO()
        Image.fromarray(pixels).save(kept, "JPEG", quality=88)
        yield kept.getvalue()


def _as_form(fields: dict[str, object], photo: bytes) -> tuple[bytes, str]:
    request = httpx.Request(
        "POST",
        "http://127.0.0.1/",
        data={name: str(value) for name, value in fields.items()},
        files={"photos": ("photo.jpg", photo, "image/jpeg")},
    )
    return request.read(), request.headers["Content-Type"]


def _photos_alone(folder: Path) -> float:
    """The peer: decoding, shrinking, encoding and syncing such photos on both cores; photos a second."""
    store, photos = PhotoStore(folder / "alone"), list(_photos(24))
    with ThreadPoolExecutor(2) as pool:
        started = perf_counter()
        list(pool.map(lambda photo: store.take(BytesIO(photo)), photos))
        return len(photos) / (perf_counter() - started)


def _lister(desk: Desk, addresses: Sequence[str] = LIST_ADDRESSES) -> Ask:
    def look(connection: http.client.HTTPConnection, n: int) -> None:
        send(connection, "GET", addresses[n % len(addresses)], desk.headers, None, 200)

    return look


def send(
    connection: http.client.HTTPConnection,
    method: str,
    address: str,
    headers: dict[str, str],
    body: bytes | None,
    status: int,
) -> str:
    """Ask and read the answer; answers its ETag, raises when its status is another."""
    connection.request(method, address, body, headers)
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != status:
        raise RuntimeError(f"{method} {address}: {answer.status} {said[:300]!r}")
    return answer.headers.get("ETag", "")


def _plain_inserts(engine: Engine) -> float:
    """The peer: one row a transaction through the ORM, four threads, no HTTP and no rules; rows a second."""

    def insert(n: int) -> None:
        with Session(engine) as session:
            person = PersonRow(login=f"peer-{n}", name="对照", password_hash="-", roles=[])
            person.responsibility_codes, person.failed_count = [], 0
            person.is_active = person.is_demo = False
            session.add(person)
            session.commit()

    many = 600
    with ThreadPoolExecutor(CLIENTS) as pool:
        started = perf_counter()
        list(pool.map(insert, range(many)))
        return many / (perf_counter() - started)


def _statements(engine: Engine, folder: Path, act: Callable[[TestClient], None]) -> float:
    client = open_client(engine, folder)
    act(client)
    heard: list[str] = []

    def hear(*told: object) -> None:
        heard.append(str(told[2]))

    event.listen(engine, "before_cursor_execute", hear)
    act(client)
    event.remove(engine, "before_cursor_execute", hear)
    return len(heard)


def _report_once(client: TestClient) -> None:
    client.post("/api/v1/reports", json=report_of(0)).raise_for_status()


def _list_once(client: TestClient) -> None:
    client.get("/api/v1/cases").raise_for_status()


def add_cases(engine: Engine) -> None:
    """A hundred thousand cases with a fact each."""
    with engine.begin() as connection:
        connection.execute(ADD_CASES, {"at": SystemClock().now(), "many": CASES})
        connection.execute(ADD_FACTS)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text('VACUUM ANALYZE cases."case", cases.fact'))


def _list_alone_ms(engine: Engine) -> float:
    from cases.filtering import CaseFilter

    times = []
    for _ in range(50):
        started = perf_counter()
        with Session(engine) as session:
            list_cases(session, CaseFilter(), at=SystemClock().now())
        times.append((perf_counter() - started) * 1000)
    return float(np.percentile(times, 95))


def _plain_search_ms(engine: Engine) -> float:
    """The peer: the words of the searches looked for in the text of every case, the newest 51; p95."""
    statement = text(
        'SELECT id FROM cases."case" WHERE description ILIKE :w OR place_text ILIKE :w'
        " ORDER BY reported_at DESC, id DESC LIMIT 51"
    )
    times = []
    with engine.connect() as connection:
        for n in range(60):
            started = perf_counter()
            connection.execute(statement, {"w": f"%{SEARCHED[n % len(SEARCHED)]}%"}).all()
            times.append((perf_counter() - started) * 1000)
    return float(np.percentile(times, 95))


def _tile_figures(desk: Desk) -> list[Figure]:
    """Every tile asked for three times: drawn, kept, and known to the browser."""
    cold, kept, known = [], [], []
    connection = http.client.HTTPConnection("127.0.0.1", desk.port)
    for address in _tile_addresses():
        started = perf_counter()
        etag = send(connection, "GET", address, desk.headers, None, 200)
        cold.append((perf_counter() - started) * 1000)
        kept.append(_timed(connection, address, desk.headers, 200))
        known.append(_timed(connection, address, desk.headers | {"If-None-Match": etag}, 304))
    return [
        _figure("tile drawn anew at 300,000 components, p95", _p95(cold), "ms", target=150),
        _figure("tile drawn anew, slowest zoom and layer p95", _worst(cold), "ms", target=150),
        _figure("tile kept by the server, p95", _p95(kept), "ms", target=5),
        _figure("tile known to the browser (304), p95", _p95(known), "ms", target=5),
    ]


def _timed(
    connection: http.client.HTTPConnection, address: str, headers: dict[str, str], status: int
) -> float:
    started = perf_counter()
    send(connection, "GET", address, headers, None, status)
    return (perf_counter() - started) * 1000


def _tile_addresses() -> list[str]:
    random = np.random.default_rng(1)
    found = []
    for layer in LAYERS:
        for zoom in ZOOMS:
            spots = random.uniform(BUILT_UP[:2], BUILT_UP[2:], (TILES_A_ZOOM, 2))
            tiles = dict.fromkeys(_tile(zoom, lon, lat) for lon, lat in spots)
            found += [f"/tiles/{layer}/{zoom}/{column}/{row}.mvt" for column, row in tiles]
    return found


def _tile(zoom: int, lon: float, lat: float) -> tuple[int, int]:
    wide = 2**zoom
    row = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * wide
    return int((lon + 180) / 360 * wide), int(row)


def _p95(times_ms: list[float]) -> float:
    return float(np.percentile(times_ms, 95))


def _worst(times_ms: list[float]) -> float:
    """The worst p95 of any layer and zoom."""
    groups: dict[tuple[str, ...], list[float]] = {}
    for address, ms in zip(_tile_addresses(), times_ms, strict=True):
        groups.setdefault(tuple(address.split("/")[2:4]), []).append(ms)
    return max(_p95(found) for found in groups.values())
