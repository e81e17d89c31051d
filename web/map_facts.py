"""What a map must say of its data: the version of the frame, and whether any of it is drawn, not surveyed."""

import contextlib
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from gis_core.db import Sessions

ASK_AGAIN_S = 5.0
FACTS = text("""
    SELECT coalesce((SELECT version FROM grid.frame_version), 0),
        concat_ws(' ', grid.layer_version('frame'), grid.layer_version('ground'),
            grid.layer_version('components'))
""")
PATIENCE = text("SET LOCAL lock_timeout = '100ms'")
"""Every page waits for these facts, and no page may wait until an import lets go of a table."""
# In this order the first sample row ends the search; a surveyed city is searched once after each change.
HAS_SAMPLE = text("""
    SELECT EXISTS (SELECT FROM grid.unit_grid WHERE is_synthetic AND valid_to IS NULL)
        OR EXISTS (SELECT FROM grid.street WHERE is_synthetic)
        OR EXISTS (SELECT FROM grid.ground WHERE is_synthetic)
        OR EXISTS (SELECT FROM grid.component WHERE is_synthetic)
        OR NOT EXISTS (SELECT FROM grid.unit_grid)
""")


@dataclass(frozen=True, slots=True)
class MapFacts:
    """The version of the frame, and whether any of ground, frame and register is sample data."""

    version: int
    is_synthetic: bool


class MapFactsReader:
    """Knows the facts of the map, asked again at most every five seconds.

    The last answer holds while the database is away; before the first one data count as sample data.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._lock = Lock()
        self._asked_at = float("-inf")
        self._facts = MapFacts(0, True)
        self._layers = ""

    def facts(self) -> MapFacts:
        """The facts as last known."""
        with self._lock:
            if monotonic() - self._asked_at > ASK_AGAIN_S:
                self._asked_at = monotonic()
                with contextlib.suppress(DBAPIError):
                    self._read()
            return self._facts

    def _read(self) -> None:
        with self._sessions() as session:
            version, layers = session.execute(FACTS).one()
            is_synthetic = self._facts.is_synthetic
            if layers != self._layers:
                try:
                    session.execute(PATIENCE)
                    is_synthetic = bool(session.execute(HAS_SAMPLE).scalar_one())
                except OperationalError:
                    layers = self._layers  # somebody holds a table: looked at again the next time
        self._facts, self._layers = MapFacts(int(version), is_synthetic), layers
