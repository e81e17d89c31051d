"""Following what other processes commit: a thread that LISTENs, survives lost connections, and catches up."""

import logging
from collections.abc import Callable, Sequence
from threading import Event, Thread

import psycopg

from gis_core.db import Sessions

log = logging.getLogger(__name__)

_WAKE_S = 0.5
_RECONNECT_S = 2.0
_GATHER_S = 0.01


class Follower:
    """Calls `catch_up` when it begins, after every notice on one of `channels`, and after a lost connection.

    `catch_up` must be cheap when nothing has changed. Behind pgbouncer the address of `sessions` must be one
    of session pooling, as for every LISTEN. With `every_s` it is called that often without a notice, too;
    with `apart_s` so long passes between two calls, and notices that come meanwhile are one.
    """

    def __init__(
        self,
        name: str,
        sessions: Sessions,
        channels: Sequence[str],
        catch_up: Callable[[], None],
        *,
        every_s: float | None = None,
        apart_s: float = 0.0,
    ) -> None:
        self._name = name
        self._sessions = sessions
        self._channels = channels
        self._catch_up = catch_up
        self._every_s = every_s
        self._apart_s = apart_s
        self._stopping = Event()
        self._thread: Thread | None = None

    @property
    def is_stopping(self) -> bool:
        """Whether whoever does long work in `catch_up` should give it up."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Begin to listen; a second start does nothing."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = Thread(target=self._listen, name=f"{self._name}-listener", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
            except Exception:
                # A lost connection or unreadable data: what is known stays, and we try again.
                log.exception("%s: cannot follow changes, trying again in %s s", self._name, _RECONNECT_S)
                self._stopping.wait(_RECONNECT_S)

    def _follow(self) -> None:
        with self._connect() as connection:
            for channel in self._channels:
                connection.execute(f"LISTEN {channel}")
            waited_s = 0.0
            # Right after connecting too: a change may have come while nobody listened.
            self._catch_up()
            heard = self._rest(connection)
            while not self._stopping.is_set():
                heard = heard or any(True for _ in connection.notifies(timeout=_WAKE_S, stop_after=1))
                waited_s = 0.0 if heard else waited_s + _WAKE_S
                if heard or (self._every_s is not None and waited_s >= self._every_s):
                    waited_s = 0.0
                    self._catch_up()
                    heard = self._rest(connection)

    def _rest(self, connection: psycopg.Connection) -> bool:
        """Let the time between two calls pass; whether notices came meanwhile."""
        if not self._apart_s:
            return False
        self._stopping.wait(self._apart_s)
        return bool([*connection.notifies(timeout=_GATHER_S)])

    def _connect(self) -> psycopg.Connection:
        """A connection of its own, outside the pool, with the same address."""
        engine = self._sessions.kw["bind"]
        _, address = engine.dialect.create_connect_args(engine.url)
        return psycopg.connect(**address, autocommit=True, application_name=f"citygrid {self._name}")
