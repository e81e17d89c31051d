"""The roads in memory follow the city's streets without a restart, and are built anew for nothing else."""

import time
from collections.abc import Callable, Iterator

import pytest
import shapely
from sqlalchemy import Engine, text

from gis_core.db import Sessions, open_sessions
from gis_core.roads.network import BadRoadData
from gis_core.roads.routes import find_route
from grid.road_network import LiveRoads, RoadRules, get_roads_version
from tests.case_city import baoji
from tests.register_city import MIDDLE, PLANE
from tests.road_town import drawn, opened, spot

ADD = text("""
    INSERT INTO grid.street (name, rank, width_m, geom, is_synthetic)
    VALUES (:name, 'arterial', 24, ST_GeomFromText(:wkt, 4545), true)
""")
EAST, NORTH = MIDDLE.easting_m, MIDDLE.northing_m


@pytest.fixture
def sessions(face_engine: Engine) -> Iterator[Sessions]:
    """A city with two streets that cross."""
    sessions = open_sessions(face_engine)
    add(sessions, "经二路", [(-400, 0), (400, 0)])
    add(sessions, "红旗路", [(0, -400), (0, 400)])
    yield sessions
    with sessions.begin() as session:
        session.execute(text("DELETE FROM grid.street; DELETE FROM grid.ground"))


@pytest.fixture
def live(sessions: Sessions) -> Iterator[LiveRoads]:
    """Roads that follow."""
    live = LiveRoads(sessions, PLANE, RoadRules.load(baoji().folder))
    live.reload()
    live.start()
    yield live
    live.stop()


def add(sessions: Sessions, name: str, corners: list[tuple[float, float]]) -> None:
    line = shapely.LineString([(EAST + east, NORTH + north) for east, north in corners])
    with sessions.begin() as session:
        session.execute(ADD, {"name": name, "wkt": line.wkt})


def eventually(is_true: Callable[[], bool]) -> bool:
    """Whether it becomes true within ten seconds."""
    until = time.perf_counter() + 10
    while not is_true():
        if time.perf_counter() > until:
            return False
        time.sleep(0.02)
    return True


def test_the_network_is_read_from_the_streets_with_their_names_and_marks(live: LiveRoads):
    network = live.network
    assert (len(network), network.stretch_count, set(network.names)) == (5, 4, {"经二路", "红旗路"})
    assert network.report.is_synthetic
    assert all(key.startswith("s") for key in network.keys)


def test_a_street_that_is_added_is_driven_without_a_restart(sessions: Sessions, live: LiveRoads):
    before = live.network
    add(sessions, "新路", [(400, 0), (400, 300)])
    assert eventually(lambda: "新路" in live.network.names)
    assert live.version != before.version
    with sessions() as session:
        assert live.version == get_roads_version(session)


def test_a_new_building_gives_a_version_but_no_new_network(sessions: Sessions, live: LiveRoads):
    before = live.network
    with sessions.begin() as session:
        session.execute(
            text(
                "INSERT INTO grid.ground (kind, name, rank, geom, is_synthetic) VALUES"
                " ('building', '', 3, ST_Buffer(ST_SetSRID(ST_Point(:e, :n), 4545), 9), true)"
            ),
            {"e": EAST, "n": NORTH},
        )
    assert eventually(lambda: live.version != before.version)
    assert live.network.shapes is before.shapes


def test_a_closure_is_obeyed_at_the_next_question_over_the_same_network(live: LiveRoads):
    network = live.network
    zone = shapely.box(EAST + 100, NORTH - 20, EAST + 140, NORTH + 20)
    roads = opened(network, drawn(zone))
    assert find_route(roads, spot(roads, EAST - 300, NORTH), spot(roads, EAST + 90, NORTH)).length_m == 390
    assert live.network is network
    assert roads.closed.sum() == 2


def test_a_city_without_streets_says_so(sessions: Sessions):
    with sessions.begin() as session:
        session.execute(text("DELETE FROM grid.street"))
    with pytest.raises(BadRoadData, match="请先导入街道"):
        _ = LiveRoads(sessions, PLANE, RoadRules.load(baoji().folder)).network
