"""The versions that stand in addresses of tiles, as this process last read them.

Maps that are open are told when one changes: by the stream (`web/live.py`), or by asking `/tiles/versions`
where there is none. Either way a process reads them once, however many are looking.
"""

from threading import Lock
from time import monotonic

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from gis_core.db import Sessions
from web.api.tile_layers import STANDING, as_version

ASK_AGAIN_S = 2.0


class TileVersions:
    """Knows the versions by layer; safe to share between threads."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._lock = Lock()
        self._read_at = float("-inf")
        self._versions: dict[str, str] = {}

    def read(self) -> dict[str, str]:
        """The versions now; one small query."""
        with self._lock:
            return self._read()

    def known(self) -> dict[str, str]:
        """The versions as known, read again when that was two seconds ago; the last ones while the database
        is away."""
        with self._lock:
            if monotonic() - self._read_at > ASK_AGAIN_S:
                try:
                    return self._read()
                except DBAPIError:
                    self._read_at = monotonic()
            return self._versions

    def _read(self) -> dict[str, str]:
        asked = select(*[part for parts in STANDING.values() for part in parts])
        with self._sessions() as session:
            session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            told = iter(session.execute(asked).one())
        self._versions = {
            name: as_version(tuple(next(told) for _ in parts)) for name, parts in STANDING.items()
        }
        self._read_at = monotonic()
        return self._versions
