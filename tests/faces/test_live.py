"""Desks hear of changes as they are committed, and miss nothing when a stream breaks."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from time import monotonic, sleep

import psycopg
import pytest
from sqlalchemy import text

from cases.sweeps import Sweeps
from tests.face_city import report_of
from web.accounts.people import Person
from web.api.live import LiveStream, _opening, sight_of
from web.live import MOST_WAITING, Change, Hub, Viewer, layers_event, read_changes, read_horizon
from web.wiring import Wiring

WITHIN_S = 5.0


def person(role: str, organisation: str | None = None, number: int = 1) -> Person:
    return Person(number, "login", "名", frozenset({role}), organisation, (), False)


def change(**named: object) -> Change:
    given = dict.fromkeys(Change.__slots__) | named
    return Change(**given)  # type: ignore[arg-type]


class Ear:
    """A viewer whose loop hands events over at once."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def call_soon_threadsafe(self, do: Callable[[], None]) -> None:
        do()


@pytest.fixture
def hub(wiring: Wiring) -> Iterator[Hub]:
    hub = Hub(wiring.sessions, wiring.tile_versions)
    hub.start()
    wait_until(lambda: hub.is_listening)
    yield hub
    hub.stop()


def wait_until(holds: Callable[[], object]) -> None:
    until = monotonic() + WITHIN_S
    while not holds() and monotonic() < until:
        sleep(0.01)


def drained(viewer: Viewer) -> list[bytes]:
    return [viewer.queue.get_nowait() or b"" for _ in range(viewer.queue.qsize())]


def listening(hub: Hub, who: Person) -> Viewer:
    viewer = Viewer(sight_of(who), Ear())  # type: ignore[arg-type]
    hub.join(viewer)
    return viewer


def test_a_desk_hears_of_a_report_without_asking(hub, signed_in):
    desk = listening(hub, person("operator"))
    receipt = signed_in("operator1").post("/api/v1/reports", json=report_of()).json()
    wait_until(lambda: not desk.queue.empty())
    assert receipt["case_no"].encode() in (desk.queue.get_nowait() or b"")


def test_a_desk_is_told_to_look_again_when_a_light_turns_with_the_clock(hub, wiring, signed_in, clock):
    signed_in("operator1").post("/api/v1/reports", json=report_of())
    desk = listening(hub, person("operator"))
    clock.at += timedelta(minutes=24)
    Sweeps(wiring.sessions, clock, wiring.photos).sweep_lights()
    heard: list[bytes] = []
    wait_until(lambda: heard.extend(drained(desk)) or b"event: reload" in b"".join(heard))
    assert b"event: reload" in b"".join(heard)


def test_a_department_hears_nothing_of_a_case_it_was_not_given(hub, signed_in):
    desk, department = listening(hub, person("operator")), listening(hub, person("department", "BJ-GS"))
    signed_in("operator1").post("/api/v1/reports", json=report_of())
    wait_until(lambda: not desk.queue.empty())
    assert department.queue.empty()


@pytest.mark.parametrize(
    ("who", "what", "hears"),
    [
        (person("dispatcher"), change(department_code="BJ-PS"), True),
        (person("department", "BJ-PS"), change(department_code="BJ-PS"), True),
        (person("department", "BJ-GS"), change(department_code="BJ-PS"), False),
        (person("inspector", "BJ-JD", 7), change(inspector_id=7), True),
        (person("inspector", "BJ-JD", 7), change(reporter_id=7), True),
        (person("inspector", "BJ-JD", 7), change(inspector_id=8), False),
        (person("crew", "BJ-PS", 9), change(department_code="BJ-PS"), True),
    ],
    ids=["a desk all", "a department its own", "not another's", "an inspector the task",
         "an inspector the own report", "not another's task", "a crew its department's"],
)  # fmt: skip
def test_people_hear_what_concerns_them(who, what, hears):
    assert sight_of(who)(what) is hears


def test_a_fact_committed_late_is_not_missed_by_who_comes_back(wiring, signed_in):
    desk = signed_in("operator1")
    with wiring.engine.connect() as slow:
        slow.execute(text("SELECT pg_current_xact_id()"))  # begun before, still running
        desk.post("/api/v1/reports", json=report_of())
        horizon = read_changes(wiring.sessions, 0).horizon
        mine = slow.execute(text("SELECT pg_current_xact_id()::text::bigint")).scalar_one()
        slow.rollback()
    assert horizon <= mine


def test_who_comes_back_is_told_what_happened_meanwhile(wiring, signed_in):
    horizon = read_horizon(wiring.sessions)
    case_no = signed_in("operator1").post("/api/v1/reports", json=report_of()).json()["case_no"]
    assert [row.case_no for row in read_changes(wiring.sessions, horizon).rows] == [case_no]


ADD_COVER = text("""
    INSERT INTO grid.component (code, type_code, name, geom, unit_grid_code, authority_code,
        first_surveyed_on, source, is_synthetic)
    SELECT '6103030080070' || lpad(:n, 4, '0'), '01002', '污水井盖', ST_PointOnSurface(geom), code, 'BJ-PS',
        '2026-01-01', 'test', true FROM grid.unit_grid WHERE code = '610303008007005'
""")


@pytest.fixture
def add_covers(wiring: Wiring) -> Iterator[Callable[..., None]]:
    """Enters covers into the register: `add_covers("1", "2")` in one transaction."""

    def add(*numbers: str) -> None:
        with wiring.sessions.begin() as session:
            for n in numbers:
                session.execute(ADD_COVER, {"n": n})

    yield add
    with wiring.sessions.begin() as session:
        session.execute(text("TRUNCATE grid.component"))


def layers_heard(viewer: Viewer) -> list[dict[str, str]]:
    """The versions of layers that a viewer was told since it was last asked."""
    told = [event for event in drained(viewer) if event.startswith(b"event: layers")]
    return [json.loads(event.split(b"data: ")[1]) for event in told]


@pytest.fixture
def quiet_hub(hub: Hub) -> Hub:
    """A hub that has told what it tells at its start, and waits for nothing more."""
    wait_until(lambda: not hub._has_new_layers)
    hub._layers_told_at = float("-inf")
    return hub


def test_a_map_hears_that_components_changed_and_nothing_else(quiet_hub, wiring, add_covers):
    before = wiring.tile_versions.read()
    viewer = listening(quiet_hub, person("data_officer"))
    add_covers("1")
    wait_until(viewer.queue.qsize)
    [told] = layers_heard(viewer)
    assert {name for name in told if told[name] != before[name]} == {"components"}


@pytest.mark.parametrize(
    ("table", "changed"),
    [("grid.unit_grid", {"base", "grids"}), ("grid.street", {"base"})],
    ids=["the frame is drawn on two layers", "the ground on one"],
)
def test_a_map_hears_which_layers_changed(quiet_hub, wiring, table, changed):
    before = wiring.tile_versions.read()
    viewer = listening(quiet_hub, person("operator"))
    with wiring.sessions.begin() as session:
        session.execute(text(f"UPDATE {table} SET name = name"))
    wait_until(viewer.queue.qsize)
    [told] = layers_heard(viewer)
    assert {name for name in told if told[name] != before[name]} == changed


def test_the_version_that_is_told_is_that_of_the_addresses_of_tiles(quiet_hub, signed_in, add_covers):
    desk = signed_in("operator1")
    viewer = listening(quiet_hub, person("operator"))
    add_covers("1")
    wait_until(viewer.queue.qsize)
    [told] = layers_heard(viewer)
    [tiles] = desk.get("/tiles/components.json").json()["tiles"]
    assert tiles.endswith(f"v={told['components']}")


def test_an_import_of_many_statements_is_one_message(wiring, add_covers):
    with psycopg.connect(wiring.engine.url.render_as_string(False).replace("+psycopg", "")) as listener:
        listener.autocommit = True
        listener.execute("LISTEN layer")
        add_covers(*(str(n) for n in range(50)))
        heard = [(note.channel, note.payload) for note in listener.notifies(timeout=0.5)]
    assert heard == [("layer", "components")]


def test_many_transactions_are_told_in_few_messages_and_the_last_is_not_missed(
    quiet_hub, wiring, add_covers, statements
):
    viewers = [listening(quiet_hub, person("operator")) for _ in range(20)]
    statements.clear()
    for n in range(1, 21):
        add_covers(str(n))
    last = wiring.tile_versions._read()["components"]
    told: list[str] = []
    wait_until(lambda: told.extend(one["components"] for one in layers_heard(viewers[0])) or last in told)
    asked = [statement for statement in statements if "layer_version" in statement]
    assert (last in told, len(told) <= 3, len(asked) <= 4) == (True, True, True)


def test_who_comes_back_is_told_the_versions_of_layers(wiring, add_covers):
    add_covers("1")
    viewer = Viewer(sight_of(person("operator")), Ear())  # type: ignore[arg-type]
    first = _opening(wiring, viewer, read_horizon(wiring.sessions))[0]
    assert first == layers_event(wiring.tile_versions.read())


def test_a_map_without_a_stream_asks_for_versions_and_costs_no_query(browser, statements):
    versions = browser.get("/tiles/versions").json()
    statements.clear()
    assert browser.get("/tiles/versions").json() == versions
    assert (set(versions), statements) == ({"base", "grids", "components"}, [])


def test_a_viewer_that_is_too_slow_is_dropped():
    viewer = Viewer(lambda change: True, asyncio.new_event_loop())
    viewer.offer([b"x"] * (MOST_WAITING + 1))
    viewer.loop.close()
    assert [viewer.queue.get_nowait() for _ in range(MOST_WAITING + 1)][-1] is None


def test_a_stranger_hears_nothing(browser):
    assert browser.get("/live").status_code == 401


def test_a_stream_that_a_stopping_server_cuts_ends_as_an_answer_ends(wiring):
    sent: list[dict[str, object]] = []

    async def cut_while_open() -> None:
        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        viewer = Viewer(lambda _: True, asyncio.get_running_loop())
        stream = LiveStream(wiring, viewer, None)
        answering = asyncio.create_task(stream({"type": "http"}, asyncio.Event().wait, send))
        while len(sent) < 2:
            await asyncio.sleep(0)
        answering.cancel()
        await answering

    asyncio.run(cut_while_open())
    assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
    assert wiring.hub.viewer_count == 0


def test_a_stream_opened_while_the_server_stops_ends_after_its_opening(wiring):
    hub = Hub(wiring.sessions, wiring.tile_versions)
    hub.end_streams()
    assert listening(hub, person("operator")).queue.get_nowait() is None
