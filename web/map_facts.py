"""What a map must say of its data: version, whether they are drawn rather than surveyed, and since when."""

from dataclasses import dataclass
from threading import Lock
from time import monotonic

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gis_core.db import Sessions

ASK_AGAIN_S = 5.0


@dataclass(frozen=True, slots=True)
class MapFacts:
    """The version of the frame and whether its shapes are sample data."""

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

    def facts(self) -> MapFacts:
        """The facts as last known."""
        with self._lock:
            if monotonic() - self._asked_at > ASK_AGAIN_S:
                self._asked_at = monotonic()
                self._facts = self._read() or self._facts
            return self._facts

    def _read(self) -> MapFacts | None:
        asked = text(
            "SELECT coalesce((SELECT version FROM grid.frame_version), 0),"
            " NOT EXISTS (SELECT FROM grid.unit_grid WHERE NOT is_synthetic)"
        )
        try:
            with self._sessions() as session:
                row = session.execute(asked).one()
        except DBAPIError:
            return None
        return MapFacts(int(row[0]), bool(row[1]))
