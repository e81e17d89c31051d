"""Tiles of a million cases over real HTTP, one in fifty open: by who looks, and beside every case counted."""

import http.client
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import count
from time import perf_counter

import numpy as np
from sqlalchemy import Engine, Select, TextClause, func, select, text
from sqlalchemy.orm import Session

from cases.clusters import SIDE_UNITS, clusters, recount
from cases.conditions import conditions_of
from cases.filtering import CaseFilter
from cases.mapping import PINS_FROM
from cases.tables import CaseRow
from gis_core.clock import SystemClock
from gis_core.crs import PlaneSystem
from gis_core.db import open_sessions
from gis_core.tiles import Squares, Tile, Window, find_window, is_within
from grid.bulk import drop_indexes
from grid.city import City
from tests.bench.asking import SPOTS, Seen, ask, figure, p95, tiles_of, worst
from tests.bench.figures import Figure
from tests.bench.web import BAOJI, Desk, drawn_city, sign_in
from tests.bench.web_load import serving
from web.api.drawing import LIMITS

CASES = 1_000_000
ZOOMS = (8, 9, 10, 11, 12, 13, 14, 15, 16)
COUNTED = tuple(zoom for zoom in ZOOMS if zoom < PINS_FROM)
ROUNDS = 4
"""At low zooms few tiles hold the city: each is drawn so often, a new fact before each time."""
DEPARTMENT = "BJ-PS"
PEER_SPOTS = 3
_NUMBERS = count(1)

ADD_CASES = text("""
    INSERT INTO cases."case" (id, case_no, client_id, revision, stage, kind, type_code, description, geom,
        place_text, position_source, unit_grid_code, zone_code, department_code, pulled_m, frame_version,
        source, track_code, reported_at, closed_at, stage_since, stage_due_at, stage_at_risk_at, clocks,
        last_hash, is_synthetic)
    SELECT nextval('cases.case_id'), '610303' || lpad(n::text, 14, '0'), gen_random_uuid(), 1,
        CASE WHEN n % 50 = 0 THEN (ARRAY['reported', 'filed', 'in_progress', 'suspended'])[1 + n / 50 % 4]
             ELSE (ARRAY['closed', 'closed', 'closed', 'closed', 'declined', 'voided'])[1 + n % 6] END,
        'component', c.type_code, '井盖缺失', ST_Translate(c.geom, again * 3.7, again * -2.9), '经二路',
        'map', c.unit_grid_code, g.zone_code, c.authority_code, 0, 1, 'hotline', 'ABCDEFGH',
        :at - n * interval '2 minutes', CASE WHEN n % 50 > 0 THEN :at END, :at,
        :at + (n % 1000 - 300) * interval '1 minute', :at + (n % 1000 - 400) * interval '1 minute', '{}',
        '\\x00', true
    FROM (SELECT row_number() OVER (ORDER BY hashint8(id * 7 + again)) AS n, again, component.*
          FROM grid.component, generate_series(0, 3) AS again LIMIT :many) AS c
    JOIN grid.unit_grid AS g ON g.code = c.unit_grid_code AND g.valid_to IS NULL
""")
ADD_FACT = text("""
    INSERT INTO cases.fact (case_id, seq, at, by_name, by_role, transition_no, action, to_stage, reason, body,
        prev_hash, hash)
    SELECT id, :seq, now(), '话务员', 'operator', 1, 'report', stage, '上报', '{}', '\\x00', '\\x00'
    FROM cases."case" LIMIT 1
""")
CLOSE = text("UPDATE cases.\"case\" SET stage = 'closed', closed_at = now() WHERE id = :id")
MOVE_ON = text('UPDATE cases."case" SET revision = revision + 1 WHERE id = :id')
OPEN = text('SELECT id FROM cases."case" WHERE closed_at IS NULL ORDER BY id LIMIT 200')


def measure() -> list[Figure]:
    """Figures of tiles of cases; server, database and client share the cores."""
    with drawn_city() as (engine, folder):
        _add_cases(engine)
        with serving(engine.url.render_as_string(hide_password=False), folder) as port:
            desk = Desk(port, sign_in(engine, folder))
            seen = {
                "all, for an operator": _ask_all(engine, port, "cases", "", desk),
                "of one department": _ask_all(engine, port, "cases", f"?department={DEPARTMENT}", desk),
                "open ones, for an operator": _ask_all(engine, port, "cases", "?open=true", desk),
                "for everybody": _ask_all(engine, port, "public-cases", "", None),
            }
        peer = _peer(engine)
        return [
            *(one for name, tiles in seen.items() for one in _figures(name, tiles, peer)),
            *_beside_rows(engine),
            figure("counting 980,000 ended cases anew", _recount_s(engine), "s", target=10),
            _writing(engine, "an open case changed, without the commit", MOVE_ON, target=1),
            _writing(engine, "a case closed and counted, without the commit", CLOSE, target=5),
        ]


def _figures(name: str, seen: list[Seen], peer: list[Seen]) -> Iterator[Figure]:
    """Clusters by zoom and of the slowest, then pins, which are as many as there are cases."""
    counted = [one for one in seen if one.zoom in COUNTED]
    yield figure(
        f"tiles of cases, {name}, slowest zoom of {COUNTED[0]}–{COUNTED[-1]}, p95",
        worst(counted),
        "ms",
        target=100,
        peer="every case counted",
        peer_value=worst(peer),
    )
    for zoom in ZOOMS:
        yield figure(f"tiles of cases, {name}, zoom {zoom}, p95", p95(seen, zoom), "ms", target=None)


def _add_cases(engine: Engine) -> None:
    with open_sessions(engine).begin() as session:
        session.execute(text('ALTER TABLE cases."case" DISABLE TRIGGER ended_cases_come'))
        indexes = drop_indexes(session, "cases", ("case",))
        session.execute(ADD_CASES, {"at": SystemClock().now(), "many": CASES})
        for statement in indexes:
            if "ix_case_words" not in statement:  # tiles have no use for it, and it takes the longest
                session.execute(text(statement))
        session.execute(text('ALTER TABLE cases."case" ENABLE TRIGGER ended_cases_come'))
        recount(session)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text('VACUUM ANALYZE cases."case", cases.ended_count'))


def _ask_all(engine: Engine, port: int, layer: str, query: str, desk: Desk | None) -> list[Seen]:
    """Every tile around the spots; none was kept, for a new fact makes a new version."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = None if desk is None else desk.headers
    found = []
    for turn in range(ROUNDS):
        with engine.begin() as writing:
            writing.execute(ADD_FACT, {"seq": next(_NUMBERS)})
        ask(connection, f"/tiles/{layer}/13/0/0.mvt{query}", 13, headers)
        found += [
            ask(connection, f"/tiles/{layer}/{zoom}/{column}/{row}.mvt{query}", zoom, headers)
            for zoom in (COUNTED if turn else ZOOMS)
            for column, row in tiles_of(zoom, SPOTS)
        ]
    return found


def _tiles(zoom: int, spots: int) -> Iterator[tuple[Tile, Window]]:
    plane = PlaneSystem(City.load(BAOJI).plane_crs)
    for column, row in tiles_of(zoom, spots):
        tile = Tile(zoom, column, row)
        window = find_window(tile, plane, tile.box)
        if window is not None:
            yield tile, window


def _from_rows(wanted: CaseFilter, tile: Tile, window: Window, at: datetime) -> Select[tuple[object, ...]]:
    """The peer: the squares of a tile counted from every case."""
    squares = Squares.of(tile, CaseRow.geom, side_units=SIDE_UNITS)
    middle = func.ST_MakePoint(func.round(func.avg(squares.right)), func.round(func.avg(squares.down)))
    return (
        select(func.count().label("n"), func.ST_AsText(middle).label("middle"))
        .where(squares.is_here, is_within(CaseRow.geom, window), *conditions_of(wanted, at))
        .group_by(squares.column, squares.row)
    )


def _peer(engine: Engine) -> list[Seen]:
    found = []
    with Session(engine) as session:
        session.execute(select(*LIMITS))
        session.execute(text("SET LOCAL statement_timeout = 0"))
        for zoom in COUNTED:
            for tile, window in _tiles(zoom, PEER_SPOTS):
                started = perf_counter()
                session.execute(_from_rows(CaseFilter(), tile, window, SystemClock().now())).all()
                found.append(Seen(zoom, (perf_counter() - started) * 1000, 0, ""))
    return found


def _beside_rows(engine: Engine) -> Iterator[Figure]:
    """How many squares show another count or middle than the cases in them have."""
    at = SystemClock().now()
    filters = (
        CaseFilter(),
        CaseFilter(department_code=DEPARTMENT),
        CaseFilter(stages=("closed", "reported"), area_code="610303"),
        CaseFilter(lights=("normal",)),
    )
    differing = of = 0
    with Session(engine) as session:
        for wanted in (*filters, replace(filters[1], is_open=False)):
            for tile, window in (one for zoom in (8, 10, 12) for one in _tiles(zoom, PEER_SPOTS)):
                squares = clusters(wanted, tile, window, at=at).subquery()
                ours = session.execute(select(squares.c.n, func.ST_AsText(squares.c.geom))).all()
                rows = session.execute(_from_rows(wanted, tile, window, at)).all()
                differing += len({tuple(row) for row in ours} ^ {tuple(row) for row in rows})
                of += len(rows)
    name = f"squares of {of:,} with another count or middle than the cases in them"
    yield figure(name, differing, "", target=0, peer="every case counted", peer_value=0)


def _recount_s(engine: Engine) -> float:
    started = perf_counter()
    with open_sessions(engine).begin() as session:
        recount(session)
    return perf_counter() - started


def _writing(engine: Engine, name: str, change: TextClause, *, target: float) -> Figure:
    """What one statement takes with the trigger that counts, beside the same without it; p95, taken back."""
    times: dict[str, list[float]] = {"ENABLE": [], "DISABLE": []}
    with engine.connect() as connection:
        ids = connection.execute(OPEN).scalars().all()
        for word in (*times, *times):
            connection.execute(text(f'ALTER TABLE cases."case" {word} TRIGGER ended_cases_change'))
            for case_id in ids:
                started = perf_counter()
                connection.execute(change, {"id": case_id})
                times[word].append((perf_counter() - started) * 1000)
            connection.rollback()
    with_it, without = (float(np.percentile(times[word], 95)) for word in times)
    return figure(f"{name}, p95", with_it, "ms", target=target, peer="without counting", peer_value=without)
