"""Who reads open data: the role `citygrid_reader`, which may read the published views and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Self

from sqlalchemy import URL, Engine, create_engine, make_url

from gis_core.cluster import OWNER
from gis_core.crs import PlaneSystem

ROLE = "citygrid_reader"
AT_WORK = 4
"""Questions that one process answers at the same time: two cores have more to do than open data."""
LONGEST_S = 5
LIMITS = (
    f"-c statement_timeout={LONGEST_S}s -c default_transaction_read_only=on"
    " -c idle_in_transaction_session_timeout=10s -c timezone=UTC -c jit=off"
)


def find_reader_url(given: str, database: URL) -> URL | None:
    """The address to read open data at: the one given, or that of the private cluster; None when it is off.

    >>> private = make_url("postgresql+psycopg://citygrid@/citygrid?host=/run/citygrid&port=5432")
    >>> find_reader_url("", private).username
    'citygrid_reader'
    >>> find_reader_url("", make_url("postgresql://city:secret@db/city")) is None
    True
    """
    if given:
        return make_url(given).set(drivername="postgresql+psycopg")
    is_private = str(database.query.get("host", "")).startswith("/") and database.username == OWNER
    if is_private and database.password is None:
        return database.set(drivername="postgresql+psycopg", username=ROLE)
    return None


@dataclass(slots=True)
class DataReader:
    """The reader's engine, opened at the first question, and what its answers are made with."""

    url: URL | None
    plane: PlaneSystem
    type_names: Mapping[tuple[str, str], str]
    _engine: Engine | None = None
    _lock: Lock = field(default_factory=Lock)

    def __deepcopy__(self, _: dict[int, Any]) -> Self:
        # The library copies its configuration; the engine in it is one.
        return self

    def engine(self) -> Engine:
        """The engine, with a pool as large as the number of questions answered at once."""
        with self._lock:
            if self._engine is None:
                assert self.url is not None
                self._engine = create_engine(
                    self.url,
                    pool_size=AT_WORK,
                    max_overflow=0,
                    pool_timeout=LONGEST_S,
                    pool_pre_ping=True,
                    connect_args={"options": LIMITS, "application_name": "citygrid open data"},
                )
            return self._engine

    def close(self) -> None:
        """Give the connections back."""
        if self._engine is not None:
            self._engine.dispose()
