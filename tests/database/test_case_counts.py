"""The ledger of ended cases stays true whatever happens to cases, and maps count from it what lists count."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from math import asinh, pi, radians, tan
from threading import Barrier, Event

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from cases.clusters import clusters, counting_at_the_end, open_clusters, recount, tidy
from cases.filtering import CaseFilter
from cases.listing import count_cases
from cases.rules.stages import FINAL_STAGES, OPEN_STAGES
from cases.tables import CaseRow
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.tiles import Box, Squares, Tile, Window, find_window
from tests.case_city import FRIDAY_MORNING, JINGER_ROAD
from tests.databases import PLANE_CRS

AROUND = tuple(product((-1, 0, 1), repeat=2))
BOUNDS = Box(106.0, 33.5, 108.5, 35.5)

ADD = text("""
    INSERT INTO cases."case" (id, case_no, client_id, revision, stage, kind, type_code, description, geom,
        place_text, position_source, unit_grid_code, zone_code, department_code, pulled_m, frame_version,
        source, track_code, reported_at, closed_at, stage_since, stage_due_at, stage_at_risk_at, clocks,
        last_hash)
    SELECT :first + n, lpad((:first + n)::text, 20, '0'), gen_random_uuid(), 1,
        CASE WHEN n % 4 = 0 THEN (ARRAY['reported', 'in_progress', 'suspended'])[1 + n / 4 % 3]
             ELSE (ARRAY['closed', 'declined', 'voided', 'closed'])[1 + n % 4] END,
        'component', '01002', '井盖缺失',
        ST_SetSRID(ST_MakePoint(411000 + (n * 7919 + :first) % 20000, 3795000 + n * 6577 % 20000), 4545),
        '经二路', 'map', (ARRAY['610302', '610303'])[1 + n % 2] || '00' || 1 + n % 5 || '007005',
        CASE WHEN n % 3 = 0 THEN 'GX01' END, (ARRAY['BJ-PS', 'JT-SZ', NULL])[1 + n % 3], 0, 1, 'hotline',
        'ABCDEFGH', CAST(:at AS timestamptz), CASE WHEN n % 4 > 0 THEN CAST(:at AS timestamptz) END, :at,
        CAST(:at AS timestamptz) + (n % 7 - 3) * interval '1 hour', :at, '{}', ''
    FROM generate_series(1, :many) AS n
""")
ADD_AT = text("""
    INSERT INTO cases."case" (id, case_no, client_id, revision, stage, kind, type_code, description, geom,
        place_text, position_source, unit_grid_code, department_code, pulled_m, frame_version, source,
        track_code, reported_at, closed_at, stage_since, clocks, last_hash)
    SELECT :n, lpad(CAST(:n AS text), 20, '0'), gen_random_uuid(), 1, 'closed', 'component', '01002', '',
        ST_SetSRID(ST_MakePoint(:east, :north), 4545), '', 'map', '610303008007005', :department, 0, 1,
        'hotline', 'ABCDEFGH', now(), now(), now(), '{}', ''
""")
CHANGES = {
    "some are closed": "UPDATE cases.\"case\" SET stage = 'closed', closed_at = now() WHERE id % 8 = :n",
    "some begin again": "UPDATE cases.\"case\" SET stage = 'accepted', closed_at = NULL WHERE id % 7 = :n",
    "some are voided instead": "UPDATE cases.\"case\" SET stage = 'voided' WHERE id % 5 = :n",
    "some get another department": "UPDATE cases.\"case\" SET department_code = 'JT-SZ' WHERE id % 6 = :n",
    "some belong to no zone": 'UPDATE cases."case" SET zone_code = NULL WHERE id % 9 = :n',
    "some lie in another subdistrict": (
        "UPDATE cases.\"case\" SET unit_grid_code = '610303009001001' WHERE id % 10 = :n"
    ),
    "some are moved far": (
        'UPDATE cases."case" SET geom = ST_Translate(geom, 3000, -2000) WHERE id % 7 = :n'
    ),
    "some are moved a little": (
        'UPDATE cases."case" SET geom = ST_Translate(geom, 0.25, 0.5) WHERE id % 7 = :n'
    ),
    "some go": 'DELETE FROM cases."case" WHERE id % 13 = :n',
    "open ones move on": "UPDATE cases.\"case\" SET stage = 'filed' WHERE closed_at IS NULL AND id % 4 = :n",
    "some are told more": 'UPDATE cases."case" SET revision = revision + 1 WHERE id % 3 = :n',
}
KEY = "cell_column, cell_row, stage, subdistrict_code, zone_code, department_code"
COUNTS = text(f"""
    SELECT {KEY}, sum(n), sum(sum_right), sum(sum_down) FROM cases.ended_count GROUP BY {KEY}
    HAVING sum(n) <> 0 OR sum(sum_right) <> 0 OR sum(sum_down) <> 0
""")
BOTH = text("""
    SELECT (SELECT count(*) FROM cases."case" WHERE closed_at IS NOT NULL),
        (SELECT coalesce(sum(n), 0) FROM cases.ended_count)
""")


def add(session: Session, *, first: int = 0, many: int = 400) -> None:
    session.execute(ADD, {"first": first, "many": many, "at": FRIDAY_MORNING})


def change(session: Session, what: str, n: int = 1) -> None:
    session.execute(text(CHANGES[what]), {"n": n})


def ledger(sessions: Sessions) -> dict[tuple[object, ...], tuple[object, ...]]:
    with sessions() as session:
        return {tuple(row[:6]): tuple(row[6:]) for row in session.execute(COUNTS)}


def ledger_anew(sessions: Sessions) -> dict[tuple[object, ...], tuple[object, ...]]:
    with sessions.begin() as session:
        recount(session)
    return ledger(sessions)


def rows(sessions: Sessions) -> int:
    with sessions() as session:
        return session.execute(text("SELECT count(*) FROM cases.ended_count")).scalar_one()


@pytest.fixture
def city(sessions: Sessions) -> Sessions:
    """Four hundred cases on twenty kilometres, three of four ended."""
    with sessions.begin() as session:
        add(session)
    return sessions


# the ledger follows the cases


@pytest.mark.parametrize("what", list(CHANGES))
def test_the_ledger_follows_the_cases(city: Sessions, what: str) -> None:
    with city.begin() as session:
        change(session, what)
    assert ledger(city) == ledger_anew(city)


def test_the_ledger_is_empty_when_no_case_is_left(city: Sessions) -> None:
    with city.begin() as session:
        session.execute(text("ALTER TABLE cases.fact DISABLE TRIGGER USER"))  # the guard of history
        session.execute(text('TRUNCATE cases."case" CASCADE'))
        session.execute(text("ALTER TABLE cases.fact ENABLE TRIGGER USER"))
    assert rows(city) == 0


@pytest.mark.parametrize("what", ["open ones move on", "some are told more"])
def test_what_changes_nothing_that_is_counted_adds_no_row(city: Sessions, what: str) -> None:
    before = rows(city)
    with city.begin() as session:
        change(session, what)
    assert rows(city) == before


@pytest.mark.parametrize("start", range(4))
def test_after_whatever_happened_the_ledger_is_that_of_a_recount(city: Sessions, start: int) -> None:
    chance = random.Random(start)
    for turn in range(25):
        with city() as session:
            change(session, chance.choice(list(CHANGES)), chance.randrange(5))
            add(session, first=1000 * (turn + 1), many=chance.randrange(1, 30))
            tidy(session) if chance.random() < 0.2 else None
            session.rollback() if chance.random() < 0.2 else session.commit()
    assert ledger(city) == ledger_anew(city)


def test_folding_changes_no_count(city: Sessions) -> None:
    with city.begin() as session:
        change(session, "some are moved a little")
    before = (ledger(city), rows(city))
    with city.begin() as session:
        tidy(session)
    assert ledger(city) == before[0]
    assert rows(city) < before[1]


def test_what_ended_and_began_again_leaves_nothing_once_folded(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(ADD_AT, {"n": 1, "east": 421000, "north": 3805000, "department": None})
    with sessions.begin() as session:
        session.execute(text("UPDATE cases.\"case\" SET stage = 'accepted', closed_at = NULL"))
        tidy(session)
    assert rows(sessions) == 0


def test_a_bulk_load_is_counted_once_at_its_end_and_goes_on_being_counted(city: Sessions) -> None:
    before = rows(city)
    with city.begin() as session:
        with counting_at_the_end(session):
            add(session, first=1000)
            assert session.execute(text("SELECT count(*) FROM cases.ended_count")).scalar_one() == before
        add(session, first=2000)
    assert sum(int(str(n)) for n, _, _ in ledger(city).values()) == 900
    assert ledger(city) == ledger_anew(city)


# while many write at once


def write(sessions: Sessions, writer: int) -> None:
    """Thirty transactions of one writer on cases of its own; some of them are taken back."""
    chance = random.Random(writer)
    own = f" AND id / 100000 = {writer + 1}"
    for n in range(30):
        with sessions() as session:
            what = chance.choice([*CHANGES, "some come"])
            if what == "some come":
                add(session, first=(writer + 1) * 100_000 + n * 1_000, many=chance.randrange(1, 60))
            else:
                session.execute(text(CHANGES[what] + own), {"n": chance.randrange(5)})
            session.rollback() if chance.random() < 0.2 else session.commit()


def fold_until(sessions: Sessions, over: Event) -> int:
    folds = 0
    while not over.is_set():
        with sessions.begin() as session:
            tidy(session)
        folds += 1
    return folds


def look_until(sessions: Sessions, over: Event) -> set[int]:
    """By how much the ledger differed from the cases in one snapshot, ever."""
    seen = set()
    while not over.is_set():
        with sessions() as session:
            listed, counted = session.execute(BOTH).one()
        seen.add(listed - counted)
    return seen


def test_the_ledger_is_true_at_every_moment_while_six_write(city: Sessions) -> None:
    over = Event()
    with ThreadPoolExecutor(8) as pool:
        folding, looking = (pool.submit(act, city, over) for act in (fold_until, look_until))
        writing = [pool.submit(write, city, writer) for writer in range(6)]
        [done.result() for done in writing]
        over.set()
    assert folding.result() > 0
    assert looking.result() == {0}
    assert ledger(city) == ledger_anew(city)


CLOSE_ONE = text("UPDATE cases.\"case\" SET stage = 'closed', closed_at = now() WHERE id = :id")


def test_cases_of_one_square_are_closed_at_once_and_nobody_waits(sessions: Sessions) -> None:
    with sessions.begin() as session:
        add(session, many=4)
        session.execute(text("UPDATE cases.\"case\" SET stage = 'accepted', closed_at = NULL, geom ="
                             " ST_SetSRID(ST_MakePoint(421000, 3805000), 4545)"))  # fmt: skip
    both = Barrier(2, timeout=20)

    def close(ids: tuple[int, int]) -> None:
        with sessions.begin() as session:
            for case_id in ids:
                session.execute(CLOSE_ONE, {"id": case_id})
                both.wait()  # the other has closed one in the same square and has not committed

    with ThreadPoolExecutor(2) as pool:
        [*pool.map(close, [(1, 2), (3, 4)])]
    assert sum(int(str(n)) for n, _, _ in ledger(sessions).values()) == 4


# edges of squares


PLACED = text("""
    SELECT floor((ST_X(p) + 20037508.342789244) / 40075016.685578488 * 32768),
           floor((20037508.342789244 - ST_Y(p)) / 40075016.685578488 * 32768)
    FROM ST_Transform(ST_SetSRID(ST_MakePoint(:east, :north), 4545), 3857) AS p
""")


def brink(session: Session, direction: str) -> list[tuple[float, float]]:
    """Two neighbouring numbers on either side of an edge of a square, each as a place of the plane."""
    low, high = {"east": 421000.0, "north": 3805000.0}, {"east": 421000.0, "north": 3805000.0}
    high[direction] += 1300.0
    start = session.execute(PLACED, low).one()
    while True:
        middle = low | {direction: (low[direction] + high[direction]) / 2}
        if middle[direction] in (low[direction], high[direction]):
            return [(one["east"], one["north"]) for one in (low, high)]
        (low if session.execute(PLACED, middle).one() == start else high).update(middle)


@pytest.mark.parametrize("direction", ["east", "north"])
def test_on_the_very_edge_ledger_and_tiles_agree_whose_square_it_is(
    sessions: Sessions, direction: str
) -> None:
    with sessions.begin() as session:
        for n, (east, north) in enumerate(brink(session, direction)):
            session.execute(ADD_AT, {"n": n, "east": east, "north": north, "department": str(n)})
    told = {key[5]: key[:2] for key in ledger(sessions)}
    assert len(set(told.values())) == 2
    for zoom in range(8, 13):
        assert drawn_squares(sessions, zoom) == {
            name: (int(str(column)) >> 12 - zoom, int(str(row)) >> 12 - zoom)
            for name, (column, row) in told.items()
        }


def drawn_squares(sessions: Sessions, zoom: int) -> dict[str | None, tuple[int, int]]:
    """The square of the web in which a tile counts each case, by department."""
    tile = Tile(zoom, *tile_of(zoom))
    squares = Squares.of(tile, CaseRow.geom, side_units=512)
    with sessions() as session:
        found = session.execute(select(CaseRow.department_code, squares.column, squares.row)).all()
    return {name: (int(c) + tile.column * 8, int(r) + tile.row * 8) for name, c, r in found}


# maps and lists


def tile_of(zoom: int) -> tuple[int, int]:
    wide = 2**zoom
    column = int((JINGER_ROAD.lon_deg + 180) / 360 * wide)
    return column, int((1 - asinh(tan(radians(JINGER_ROAD.lat_deg))) / pi) / 2 * wide)


def windows(zoom: int) -> Iterator[tuple[Tile, Window]]:
    """Tiles that hold the whole city, without those out of its bounds."""
    reach = range(-2, 3) if zoom > 10 else range(-1, 2)
    column, row = tile_of(zoom)
    tiles = (Tile(zoom, column + c, row + r) for c, r in product(reach, repeat=2))
    for tile in tiles:
        window = find_window(tile, PlaneSystem(PLANE_CRS), BOUNDS)
        if window is not None:
            yield tile, window


FILTERS = {
    "all": CaseFilter(),
    "open": CaseFilter(is_open=True),
    "ended": CaseFilter(is_open=False),
    "closed and accepted": CaseFilter(stages=("closed", "accepted")),
    "every stage of the open": CaseFilter(stages=OPEN_STAGES),
    "every final stage": CaseFilter(stages=FINAL_STAGES),
    "normal": CaseFilter(lights=("normal",)),
    "overdue or suspended": CaseFilter(lights=("overdue", "suspended")),
    "a district": CaseFilter(area_code="610303"),
    "a subdistrict": CaseFilter(area_code="610302001"),
    "a zone": CaseFilter(zone_code="GX01"),
    "a department": CaseFilter(department_code="BJ-PS"),
    "a department's closed ones in a district": CaseFilter(
        department_code="BJ-PS", area_code="610302", stages=("closed",), is_open=False
    ),
    "a community, of rows": CaseFilter(area_code="610303002007"),
    "words, of rows": CaseFilter(text="井盖"),
    "a type, of rows": CaseFilter(type_code="01002", is_open=False),
}


@pytest.mark.parametrize("zoom", [8, 10, 12])
@pytest.mark.parametrize("wanted", FILTERS.values(), ids=FILTERS)
def test_tiles_of_the_whole_city_count_what_the_list_counts(
    city: Sessions, wanted: CaseFilter, zoom: int
) -> None:
    with city.begin() as session:
        change(session, "some are moved far")
        change(session, "some are closed")
        counts = [
            row.n
            for tile, window in windows(zoom)
            for row in session.execute(clusters(wanted, tile, window, at=FRIDAY_MORNING))
        ]
        assert sum(counts) == count_cases(session, wanted, at=FRIDAY_MORNING)


def test_the_whole_world_is_one_tile_with_every_case(city: Sessions) -> None:
    world = Tile(0, 0, 0)
    window = find_window(world, PlaneSystem(PLANE_CRS), BOUNDS)
    assert window is not None
    with city() as session:
        [cluster] = session.execute(clusters(CaseFilter(), world, window, at=FRIDAY_MORNING))
    assert (cluster.n, cluster.light, cluster.case_no) == (400, "overdue", None)


@pytest.mark.parametrize("zoom", [8, 10, 12])
@pytest.mark.parametrize("wanted", FILTERS.values(), ids=FILTERS)
def test_a_cluster_from_the_ledger_is_that_of_the_cases_themselves(
    city: Sessions, wanted: CaseFilter, zoom: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = list(draw(city, wanted, zoom))
    monkeypatch.setattr("cases.clusters._is_counted", lambda _: False)
    assert sorted(drawn, key=str) == sorted(draw(city, wanted, zoom), key=str)


def draw(sessions: Sessions, wanted: CaseFilter, zoom: int) -> Iterator[tuple[object, ...]]:
    """Everything that tiles tell of their clusters."""
    with sessions() as session:
        for tile, window in windows(zoom):
            rows = clusters(wanted, tile, window, at=FRIDAY_MORNING).subquery()
            told = select(rows.c.n, func.ST_AsText(rows.c.geom), rows.c.light, rows.c.case_no)
            yield from ((tile, *row) for row in session.execute(told))


def test_a_case_that_ended_alone_in_its_square_is_named(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(ADD_AT, {"n": 7, "east": 421000, "north": 3805000, "department": "BJ-PS"})
        session.execute(ADD_AT, {"n": 8, "east": 421000.5, "north": 3805000, "department": "JT-SZ"})
    told = {
        name: [row[4] for row in draw(sessions, CaseFilter(department_code=name), 10)]
        for name in (None, "BJ-PS", "JT-SZ")
    }
    assert told == {None: [None], "BJ-PS": [f"{7:020d}"], "JT-SZ": [f"{8:020d}"]}


def test_everybody_sees_counts_of_open_cases_alone(city: Sessions) -> None:
    with city() as session:
        counts = [
            row.n
            for tile, window in windows(10)
            for row in session.execute(open_clusters(CaseFilter(), tile, window, at=FRIDAY_MORNING))
        ]
        assert sum(counts) == count_cases(session, CaseFilter(is_open=True), at=FRIDAY_MORNING) == 100


SCANS = text("SELECT pg_stat_get_xact_numscans('cases.ix_case_geom_open'::regclass)")


def test_open_cases_are_found_by_an_index_of_their_own(sessions: Sessions) -> None:
    with sessions.begin() as session:
        add(session, many=20_000)
        session.execute(text('UPDATE cases."case" SET closed_at = now() WHERE id % 50 > 0'))
        session.execute(text('ANALYZE cases."case"'))
        before = session.execute(SCANS).scalar_one()
        for tile, window in windows(12):
            session.execute(open_clusters(CaseFilter(), tile, window, at=FRIDAY_MORNING)).all()
            session.execute(clusters(CaseFilter(), tile, window, at=FRIDAY_MORNING)).all()
        assert session.execute(SCANS).scalar_one() - before >= 2 * len([*windows(12)])
