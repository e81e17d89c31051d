"""The frame in memory says what PostGIS says, and follows every write without a restart."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import numpy as np
import pytest
import shapely
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.shapes import snap_to_grain, to_ewkb
from grid.frame import LiveFrame, bump
from grid.reading import WrongPlane, get_frame_version, list_division_names, read_frame
from grid.tables import DivisionRow, UnitGridRow, ZoneRow
from tests.databases import PLANE_CRS
from tests.rules.drawing import Drawing

PLANE = PlaneSystem(PLANE_CRS)
COMMUNITY = "610303008007"
CITY = Drawing("""
    A Ap B B
    A A  B Bq
""")
MIRRORED = Drawing("""
    B B A A
    B B A A
""")
CUT_THE_LISTENER = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = 'citygrid frame' AND datname = current_database()
"""
ORACLE = """
SELECT coalesce((SELECT code FROM grid.unit_grid g
                 WHERE valid_to IS NULL AND ST_Intersects(g.geom, ST_SetSRID(ST_Point(e, n), :srid))
                 ORDER BY code LIMIT 1), '')
FROM unnest(cast(:eastings AS float8[]), cast(:northings AS float8[])) WITH ORDINALITY AS p(e, n, row)
ORDER BY p.row
"""


def unit_grid(letter: str, shape: shapely.Polygon, **changes: object) -> UnitGridRow:
    """A row for grid A (001), B (002) and so on."""
    columns = {
        "code": f"{COMMUNITY}{ord(letter) - 64:03d}",
        "name": letter,
        "community_code": COMMUNITY,
        "geom": to_ewkb(shape, PLANE).hex(),
        "area_m2": shape.area,
        "land_use": "estate",
        "valid_from": date(2026, 1, 1),
        "source": "drawn by a test",
        "is_synthetic": True,
    }
    return UnitGridRow(**(columns | changes))


def draw(session: Session, drawing: Drawing) -> int:
    """Replace every grid by those of a drawing."""
    session.execute(text("DELETE FROM grid.unit_grid"))
    session.add_all(unit_grid(letter, drawing.area(letter)) for letter in drawing.letters())
    session.flush()
    return bump(session)


@pytest.fixture
def frame(sessions: Sessions) -> Iterator[LiveFrame]:
    """A frame that listens, over the city of two grids."""
    with sessions.begin() as session:
        draw(session, CITY)
    frame = LiveFrame(sessions, PLANE, pull_in_m=15.0).start()
    yield frame
    frame.stop()


def eventually(is_true: Callable[[], bool]) -> bool:
    """Whether it becomes true within five seconds."""
    until = time.perf_counter() + 5
    while not is_true():
        if time.perf_counter() > until:
            return False
        time.sleep(0.01)
    return True


def grid_of(frame: LiveFrame, mark: str) -> str:
    return frame.locator.locate(CITY.mark(mark)).unit_grid_code


def test_a_written_border_is_followed_without_a_restart(frame: LiveFrame, sessions: Sessions) -> None:
    assert (grid_of(frame, "q"), frame.version) == (f"{COMMUNITY}002", 1)
    with sessions.begin() as session:
        draw(session, Drawing("A A A A\nA A A A"))
    assert eventually(lambda: frame.version == 2)
    assert grid_of(frame, "q") == f"{COMMUNITY}001"


def test_a_write_by_another_process_is_followed(frame: LiveFrame, engine: Engine) -> None:
    address = engine.url.render_as_string(hide_password=False)
    writing = (
        "import sys\n"
        "from gis_core.db import open_engine, open_sessions\n"
        "from grid.frame import bump\n"
        "with open_sessions(open_engine(sys.argv[1])).begin() as session: bump(session)\n"
    )
    subprocess.run([sys.executable, "-c", writing, address], check=True, timeout=60)
    assert eventually(lambda: frame.version == 2)


def test_what_is_not_committed_is_not_followed(frame: LiveFrame, sessions: Sessions) -> None:
    with sessions() as session:
        draw(session, Drawing("A A A A\nA A A A"))
        assert frame.reload().version == 1
        assert grid_of(frame, "q") == f"{COMMUNITY}002"


def contradictions(frame: LiveFrame) -> int:
    """How many answers of a second and a half do not fit the version they name."""
    until = time.perf_counter() + 1.5
    answers = []
    while time.perf_counter() < until:
        found = frame.locator.locate(CITY.mark("q"))
        answers.append((found.frame_version % 2, found.unit_grid_code[-3:]))
    return sum(answer not in {(1, "002"), (0, "001")} for answer in answers)


def redraw_in_turns(sessions: Sessions) -> None:
    """Odd versions are the city, even ones its mirror image."""
    for drawing in (MIRRORED, CITY) * 3:
        with sessions.begin() as session:
            draw(session, drawing)
        time.sleep(0.1)


def test_no_answer_mixes_two_versions(frame: LiveFrame, sessions: Sessions) -> None:
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(contradictions, frame), pool.submit(contradictions, frame)]
        redraw_in_turns(sessions)
        assert [answers.result() for answers in asked] == [0, 0]
    assert eventually(lambda: frame.version == 7)


def test_a_writer_cannot_come_between_version_and_grids(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(_: Session) -> dict[str, str]:
        with sessions.begin() as another:
            draw(another, Drawing("C C\nC C"))
        return {}

    with sessions.begin() as session:
        draw(session, CITY)
    monkeypatch.setattr("grid.reading.list_zone_names", meanwhile)
    locator = LiveFrame(sessions, PLANE).locator
    assert (locator.version, locator.codes) == (1, (f"{COMMUNITY}001", f"{COMMUNITY}002"))


def test_a_lost_connection_is_made_again(
    frame: LiveFrame, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gis_core.following._RECONNECT_S", 0.05)
    with sessions.begin() as session:
        session.execute(text(CUT_THE_LISTENER))
        draw(session, Drawing("A A A A\nA A A A"))
    assert eventually(lambda: frame.version == 2)


def test_a_broken_frame_leaves_the_last_good_one_answering(
    frame: LiveFrame, sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    bow_tie = snap_to_grain(shapely.Polygon([(0, 0), (20, 20), (20, 0), (0, 20)]))
    with sessions.begin() as session:
        session.add(unit_grid("C", bow_tie))
        session.flush()
        bump(session)
    assert eventually(lambda: "cannot follow changes" in caplog.text)
    assert (grid_of(frame, "q"), frame.version) == (f"{COMMUNITY}002", 1)


def test_a_stopped_frame_goes_on_answering(frame: LiveFrame) -> None:
    frame.stop()
    assert grid_of(frame, "p") == f"{COMMUNITY}001"


def test_a_frame_nobody_started_answers_too(sessions: Sessions) -> None:
    with sessions.begin() as session:
        draw(session, CITY)
    assert grid_of(LiveFrame(sessions, PLANE), "p") == f"{COMMUNITY}001"


def test_a_place_in_degrees_is_located(frame: LiveFrame) -> None:
    assert frame.locate(PLANE.to_lonlat(CITY.mark("q"))).unit_grid_code == f"{COMMUNITY}002"


def test_versions_count_up_from_an_empty_city(session: Session) -> None:
    assert get_frame_version(session) == 0
    assert [bump(session), bump(session)] == [1, 2]
    assert get_frame_version(session) == 2


def test_a_grid_no_longer_in_force_has_no_say(sessions: Sessions) -> None:
    with sessions.begin() as session:
        draw(session, CITY)
        session.execute(text("UPDATE grid.unit_grid SET valid_to = '2026-06-01' WHERE code LIKE '%002'"))
    with sessions() as session:
        assert [grid.code for grid in read_frame(session, PLANE).grids] == [f"{COMMUNITY}001"]


def test_the_zone_comes_from_the_row_of_the_grid_with_its_name(sessions: Sessions) -> None:
    zone = ZoneRow(
        code="GX01",
        name="宝鸡高新区",
        organisation_code="GX-GW",
        geom=to_ewkb(shapely.MultiPolygon([CITY.area("B")]), PLANE).hex(),
        valid_from=date(2026, 1, 1),
        source="drawn by a test",
        is_synthetic=True,
    )
    with sessions.begin() as session:
        session.add_all(
            [zone, unit_grid("B", CITY.area("B"), zone_code="GX01", responsibility_code="610303008R001")]
        )
    located = LiveFrame(sessions, PLANE).locator.locate(CITY.mark("q"))
    assert (located.zone_code, located.responsibility_code) == ("GX01", "610303008R001")
    assert "属宝鸡高新区" in located.reason


def test_grids_stored_in_another_plane_are_refused(sessions: Sessions) -> None:
    with sessions.begin() as session:
        draw(session, CITY)
    with sessions() as session, pytest.raises(WrongPlane, match="4545"):
        read_frame(session, PlaneSystem(4524))


def test_divisions_are_known_by_name(session: Session) -> None:
    session.add(
        DivisionRow(
            code="610303",
            name="金台区",
            level="district",
            kind="district",
            valid_from=date(2026, 1, 1),
            source="drawn by a test",
            is_synthetic=False,
        )
    )
    assert list_division_names(session) == {"610303": "金台区"}


def irregular_city() -> list[shapely.Polygon]:
    rng = np.random.default_rng(610300)
    corners = rng.uniform([430_000, 3_804_000], [432_000, 3_806_000], (300, 2))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(corners)))
    return list(shapely.transform(cells, lambda vertices: np.rint(vertices * 128) / 128)[20:])


def places_in_and_on(grids: list[shapely.Polygon]) -> np.ndarray:
    """Places anywhere, on every vertex, and exactly on borders (each eighth of an edge lies on the grain)."""
    rings = [shapely.get_coordinates(grid) for grid in grids]
    starts, ends = np.vstack([r[:-1] for r in rings]), np.vstack([r[1:] for r in rings])
    on_borders = np.vstack([starts + (ends - starts) * part / 8 for part in (0, 1, 3, 4)])
    anywhere = np.random.default_rng(1).uniform([429_900, 3_803_900], [432_100, 3_806_100], (5_000, 2))
    return np.vstack((on_borders, np.rint(anywhere * 1024) / 1024))


def test_memory_and_postgis_agree_on_every_place_and_border(sessions: Sessions) -> None:
    grids = irregular_city()
    with sessions.begin() as session:
        session.add_all(unit_grid(chr(65 + n), grid) for n, grid in enumerate(grids))
    locator = LiveFrame(sessions, PLANE).locator
    places = places_in_and_on(grids)
    eastings, northings = places.T.tolist()
    with sessions() as session:
        asked = {"eastings": eastings, "northings": northings, "srid": PLANE_CRS}
        answers = session.scalars(text(ORACLE), asked).all()
    codes = [*locator.codes, ""]
    assert [codes[position] for position in locator.locate_many(places)] == answers
