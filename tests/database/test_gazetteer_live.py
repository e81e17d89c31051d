"""The engine follows the gazetteer: what is added is found without a restart, and the index is built once."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from gis_core.db import open_sessions
from grid.gazetteer.building import FOLDERS_KEPT
from grid.gazetteer.live import LiveGazetteer
from tests.case_city import baoji
from tests.gazetteer_city import ADD_STREET, ASKING, EMPTY_GAZETTEER, STREET, GazetteerCity, poi
from tests.register_city import PLANE


@pytest.fixture
def city(face_engine: Engine) -> Iterator[GazetteerCity]:
    """A gazetteer with one street."""
    sessions = open_sessions(face_engine)
    with sessions.begin() as session:
        session.execute(ADD_STREET, {"name": "经二路", "wkt": STREET.wkt})
    yield GazetteerCity(sessions)
    with face_engine.begin() as connection:
        connection.execute(text(EMPTY_GAZETTEER))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where indexes lie."""
    return tmp_path / "gazetteer"


@pytest.fixture
def live(city: GazetteerCity, home: Path) -> Iterator[LiveGazetteer]:
    """An engine that follows; in this process, for a small corner is built in no time."""
    live = LiveGazetteer(city.sessions, PLANE, baoji(), home)
    live.reload()
    live.start()
    yield live
    live.stop()


def finds(live: LiveGazetteer, text: str) -> bool:
    """Whether the engine finds a place of this very name."""
    best = live.engine.geocoder.geocode(text).best
    return best is not None and best.name == text


def eventually(is_true: Callable[[], bool]) -> bool:
    """Whether it becomes true within ten seconds."""
    until = time.perf_counter() + 10
    while not is_true():
        if time.perf_counter() > until:
            return False
        time.sleep(0.02)
    return True


def test_a_place_that_is_added_is_found_without_a_restart(city: GazetteerCity, live: LiveGazetteer) -> None:
    assert not finds(live, "市第一小学")
    city.add(poi())
    assert eventually(lambda: finds(live, "市第一小学"))


def test_a_place_that_is_ended_is_found_no_more(city: GazetteerCity, live: LiveGazetteer) -> None:
    number = city.add(poi())
    assert eventually(lambda: finds(live, "市第一小学"))
    city.gazetteer.end(number, reason="已拆除", seen_revision=1, asking=ASKING)
    assert eventually(lambda: not finds(live, "市第一小学"))


def test_whoever_took_the_engine_goes_on_with_it(city: GazetteerCity, live: LiveGazetteer) -> None:
    taken = live.engine
    city.add(poi())
    assert eventually(lambda: live.engine is not taken)
    assert taken.geocoder.geocode("市第一小学").best is None


def test_a_second_process_uses_the_index_of_the_first(
    city: GazetteerCity, live: LiveGazetteer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grid.gazetteer.building.build_index", _must_not_be_built)
    other = LiveGazetteer(city.sessions, PLANE, baoji(), home)
    assert other.engine.version == live.engine.version


def test_of_many_versions_only_the_last_stay_on_disk(
    city: GazetteerCity, live: LiveGazetteer, home: Path
) -> None:
    for number in range(3):
        city.add(poi(f"第{number}中学", 40 + 80 * number))
        live.reload()
    assert len([path for path in home.iterdir() if path.is_dir()]) <= FOLDERS_KEPT


def test_an_index_that_cannot_be_built_leaves_the_last_one_answering(
    city: GazetteerCity,
    live: LiveGazetteer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("grid.gazetteer.building.build_index", _must_not_be_built)
    city.add(poi())
    assert eventually(lambda: "cannot follow changes" in caplog.text)
    assert live.engine.geocoder.geocode("经二路").best is not None


def _must_not_be_built(*_: object, **__: object) -> None:
    raise AssertionError("built again")
