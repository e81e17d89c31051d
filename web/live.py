"""Live changes: one listening thread a process, fanned out to every viewer's stream.

The id of an event is a transaction horizon: the oldest transaction still running when changes were last
read. A viewer that comes back with it is sent every fact of that transaction and later ones, some of
them twice; nothing is lost, for events are hints to look again (docs/decisions/0006).
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Event, Lock, Thread
from time import monotonic

import psycopg
from fastapi.sse import format_sse_event

from cases.changes import Change, Changes, list_changes
from gis_core.db import Sessions
from grid.positions.live import Moved
from web.api.tile_versions import TileVersions
from web.movers_told import movers_event, sos_event

log = logging.getLogger(__name__)

CALL_CHANNEL, SOS_CHANNEL, SCENE_CHANNEL = "call", "sos", "wall_scene"
INCIDENT_CHANNEL = "incident"
CHANNELS = ("case_fact", "case_light", "layer", "notice", CALL_CHANNEL, SOS_CHANNEL, SCENE_CHANNEL,
            INCIDENT_CHANNEL)  # fmt: skip
WAKE_S = 0.5
RECONNECT_S = 1.0
MOST_WAITING = 200
"""Events a viewer may be behind before it is dropped and has to come back."""
NEVER = 2**62
"""A transaction that will not come."""
GATHER_S = 0.05
"""How long changes are gathered, so that a burst is read in one query."""
HEARTBEAT_S = 10.0
"""How often every viewer hears something while facts are followed, whether anything happened or not."""
LAYERS_APART_S = 1.5
"""The shortest time between two messages about layers: an import writes on, and maps draw it in steps."""


Sees = Callable[[Change], bool]


def read_changes(sessions: Sessions, since: int) -> Changes:
    """Facts of transaction `since` and later, and the horizon to resume from."""
    with sessions() as session:
        return list_changes(session, since)


def read_horizon(sessions: Sessions) -> int:
    """The oldest transaction still running."""
    with sessions() as session:
        return list_changes(session, NEVER, most=0).horizon


def as_event(change: Change, horizon: int) -> bytes:
    """A change on the wire."""
    data = {
        "case_no": change.case_no,
        "revision": change.revision,
        "action": change.action,
        "stage": change.to_stage,
        "from_stage": change.from_stage,
        "department_code": change.department_code,
        "unit_grid_code": change.unit_grid_code,
        "at": change.at.isoformat(),
        "is_drill": change.is_drill,
    }
    return format_sse_event(event="case", data_str=json.dumps(data, ensure_ascii=False), id=str(horizon))


def layers_event(versions: Mapping[str, str]) -> bytes:
    """The versions of layers as addresses of tiles carry them: a map asks again for those that differ."""
    return format_sse_event(event="layers", data_str=json.dumps(versions))


RELOAD_EVENT = format_sse_event(event="reload", data_str="{}")
"""Lights have changed with the clock, or too much happened meanwhile: the page reads its list anew."""


NOTICE_EVENT = format_sse_event(event="notice", data_str="{}")
"""Somebody was told something: the bell asks how much is unread."""
EVERYBODY = "*"
BEAT_EVENT = format_sse_event(event="beat", data_str="{}")
"""Facts are followed: whoever shows how old its data are needs to hear it; a comment reaches no script."""
MOST_SCENES = 50
"""Walls whose last call is remembered."""


def scene_event(payload: str) -> bytes:
    """A scene that was called for a wall."""
    return format_sse_event(event="scene", data_str=payload)


def incident_event(incident_no: str) -> bytes:
    """An incident that something happened to."""
    return format_sse_event(event="incident", data_str=json.dumps({"incident_no": incident_no}))


@dataclass(eq=False, slots=True)
class Viewer:
    """One open stream: its loop, its queue, what it may see, and the audiences whose notices are its own.

    `hears` are the further kinds of event that its posts are sent: `scene`, `movers` for where people on duty
    and vehicles are, with calls for help, and `incidents`.
    """

    sees: Sees
    loop: asyncio.AbstractEventLoop
    audiences: frozenset[str] = frozenset()
    hears: frozenset[str] = frozenset()
    queue: "asyncio.Queue[bytes | None]" = field(default_factory=lambda: asyncio.Queue(MOST_WAITING + 1))

    def offer(self, events: list[bytes]) -> None:
        """Hand events over, in the viewer's loop; a viewer too far behind is closed and comes back."""
        for event in events:
            if self.queue.qsize() >= MOST_WAITING:
                self.close()
                return
            self.queue.put_nowait(event)

    def close(self) -> None:
        """End the stream after what is waiting."""
        if not self.queue.full():
            self.queue.put_nowait(None)

    async def take(self) -> tuple[bytes, bool]:
        """Everything that waits, as one piece, and whether the stream ends after it; waits for the first."""
        waiting = [await self.queue.get()]
        while not self.queue.empty():
            waiting.append(self.queue.get_nowait())
        return b"".join(one for one in waiting if one is not None), None in waiting


Told = list[tuple["Viewer", list[bytes]]]


def _hand_over(told: Told) -> None:
    for viewer, events in told:
        viewer.offer(events)


class Hub:
    """Hears of facts and of layers that changed, and tells the viewers of this process."""

    def __init__(self, sessions: Sessions, versions: TileVersions) -> None:
        self._sessions = sessions
        self._versions = versions
        self._viewers: set[Viewer] = set()
        self._lock = Lock()
        self._stopping = Event()
        self._thread: Thread | None = None
        self._told: set[int] = set()
        self._horizon = 0
        self._has_new_layers = False
        self._layers_told_at = float("-inf")
        self._scenes: dict[str, str] = {}
        self._beaten_at = 0.0
        self._is_ending = False
        self.is_listening = False

    @property
    def viewer_count(self) -> int:
        """How many streams are open here."""
        return len(self._viewers)

    def start(self) -> None:
        """Begin to listen."""
        self._stopping.clear()
        self._is_ending = False
        self._thread = Thread(target=self._listen, name="live-listener", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and end every stream."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.end_streams()

    def end_streams(self) -> None:
        """End every stream after what waits for it, and those that are still opened; browsers come back."""
        with self._lock:
            self._is_ending = True
            viewers = list(self._viewers)
        for viewer in viewers:
            with suppress(RuntimeError):  # its loop is closed already
                viewer.loop.call_soon_threadsafe(viewer.close)

    def join(self, viewer: Viewer) -> None:
        """Let a viewer hear from now on; where streams are ending, until its opening is sent."""
        with self._lock:
            self._viewers.add(viewer)
            is_ending = self._is_ending
        if is_ending:
            viewer.loop.call_soon_threadsafe(viewer.close)

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer."""
        with self._lock:
            self._viewers.discard(viewer)

    def tell(self, changes: Iterable[Change], horizon: int) -> None:
        """Send changes to every viewer that may see them; each is put into words once.

        `horizon` is the one they were read from: a stream that breaks between two of them resumes there.
        """
        written = [(change, as_event(change, horizon)) for change in changes]
        with self._lock:
            viewers = list(self._viewers)
        seen = ((viewer, [event for change, event in written if viewer.sees(change)]) for viewer in viewers)
        self._send([(viewer, events) for viewer, events in seen if events])

    def ring(self, payloads: Iterable[str]) -> None:
        """Ring the bells of those who were told; a payload lists audiences as JSON."""
        told = {name for payload in payloads for name in json.loads(payload)}
        with self._lock:
            viewers = [one for one in self._viewers if EVERYBODY in told or told & one.audiences]
        self._send([(viewer, [NOTICE_EVENT]) for viewer in viewers])

    def put_through(self, payload: str) -> None:
        """Show a call to the operators it is for; who calls is for nobody else."""
        call = json.loads(payload)
        event = format_sse_event(event="call", data_str=json.dumps(call, ensure_ascii=False))
        with self._lock:
            viewers = [one for one in self._viewers if call["audience"] in one.audiences]
        self._send([(viewer, [event]) for viewer in viewers])

    def tell_movers(self, moved: Moved) -> None:
        """Send who moved to those who may see it; called at most once a second (`grid/positions/live.py`)."""
        with self._lock:
            viewers = [one for one in self._viewers if "movers" in one.hears]
        if viewers:
            event = movers_event(moved.rows, moved.gone)
            self._send([(viewer, [event]) for viewer in viewers])

    def tell_sos(self, payload: str) -> None:
        """Show a call for help, or its answer, to those who see movers and to whoever called."""
        call = json.loads(payload)
        event, caller = sos_event(call), f"person:{call['key'].removeprefix('p')}"
        with self._lock:
            viewers = [one for one in self._viewers if "movers" in one.hears or caller in one.audiences]
        self._send([(viewer, [event]) for viewer in viewers])

    def tell_incidents(self, numbers: set[str]) -> None:
        """Tell those who may see incidents which of them have something new."""
        with self._lock:
            viewers = [one for one in self._viewers if "incidents" in one.hears]
        events = [incident_event(number) for number in sorted(numbers)]
        self._send([(viewer, events) for viewer in viewers if events])

    def show_scene(self, payload: str) -> None:
        """Tell walls which scene was called, and remember the last call of each wall."""
        wall = json.loads(payload)["wall"]
        with self._lock:
            self._scenes.pop(wall, None)
            self._scenes[wall] = payload
            while len(self._scenes) > MOST_SCENES:
                del self._scenes[next(iter(self._scenes))]
            viewers = [one for one in self._viewers if "scene" in one.hears]
        self._send([(viewer, [scene_event(payload)]) for viewer in viewers])

    def called_scenes(self, at: datetime) -> list[bytes]:
        """The last call of each wall that still holds, for a wall that was away when it came."""
        return [scene_event(payload) for payload in self.held_calls(at)]

    def held_calls(self, at: datetime) -> list[str]:
        """What was called last for each wall, as long as it holds; the newest last."""
        with self._lock:
            payloads = list(self._scenes.values())
        return [one for one in payloads if datetime.fromisoformat(json.loads(one)["until"]) > at]

    def _to_all(self, event: bytes) -> None:
        with self._lock:
            viewers = list(self._viewers)
        self._send([(viewer, [event]) for viewer in viewers])

    def _send(self, told: Told) -> None:
        """Hand events over in the loops of their viewers: one call for each loop, however many look."""
        by_loop: dict[asyncio.AbstractEventLoop, Told] = {}
        for viewer, events in told:
            by_loop.setdefault(viewer.loop, []).append((viewer, events))
        for loop, its in by_loop.items():
            try:
                loop.call_soon_threadsafe(partial(_hand_over, its))
            except RuntimeError:  # the loop is closed
                for viewer, _ in its:
                    self.leave(viewer)

    def _beat(self) -> None:
        """Let every viewer hear that facts are followed here; who hears nothing has to think otherwise."""
        if monotonic() - self._beaten_at >= HEARTBEAT_S:
            self._to_all(BEAT_EVENT)
            self._beaten_at = monotonic()

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
            except Exception:
                log.exception("live: cannot follow changes, trying again in %s s", RECONNECT_S)
                self._stopping.wait(RECONNECT_S)

    def _follow(self) -> None:
        with self._connect() as connection:
            for channel in CHANNELS:
                connection.execute(f"LISTEN {channel}")
            # After a lost connection: what was committed meanwhile is read from the last horizon.
            self._horizon = self._horizon or read_horizon(self._sessions)
            self._catch_up()
            self._has_new_layers = True
            self._tell_layers()
            self.is_listening, self._beaten_at = True, monotonic()
            while not self._stopping.is_set():
                heard = list(connection.notifies(timeout=WAKE_S, stop_after=1))
                if heard:
                    heard += connection.notifies(timeout=GATHER_S)
                    self._on_heard({note.channel for note in heard})
                    self.ring(note.payload for note in heard if note.channel == "notice")
                    for note in heard:
                        if note.channel == CALL_CHANNEL:
                            self.put_through(note.payload)
                        elif note.channel == SOS_CHANNEL:
                            self.tell_sos(note.payload)
                        elif note.channel == SCENE_CHANNEL:
                            self.show_scene(note.payload)
                    self.tell_incidents({n.payload for n in heard if n.channel == INCIDENT_CHANNEL})
                self._tell_layers()
                self._beat()

    def _on_heard(self, channels: set[str]) -> None:
        if "case_fact" in channels:
            self._catch_up()
        if "case_light" in channels:
            self._to_all(RELOAD_EVENT)
        if "layer" in channels:
            self._has_new_layers = True

    def _tell_layers(self) -> None:
        """Tell every viewer the versions of layers when one has changed, unless they were told just now."""
        if not self._has_new_layers or monotonic() - self._layers_told_at < LAYERS_APART_S:
            return
        event = layers_event(self._versions.read())
        self._to_all(event)
        self._has_new_layers, self._layers_told_at = False, monotonic()

    def _catch_up(self) -> None:
        batch = read_changes(self._sessions, self._horizon)
        fresh = [change for change in batch.rows if change.fact_id not in self._told]
        self._told = {change.fact_id for change in batch.rows}
        since, self._horizon = self._horizon, batch.horizon
        if batch.is_cut:
            self._to_all(RELOAD_EVENT)
            return
        self.tell(fresh, since)

    def _connect(self) -> psycopg.Connection:
        engine = self._sessions.kw["bind"]
        _, address = engine.dialect.create_connect_args(engine.url)
        return psycopg.connect(**address, autocommit=True)
