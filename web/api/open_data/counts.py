"""How much is published: features by collection, and how many of them are samples."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

from sqlalchemy import column, func, literal, select, table, union_all
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from web.api.open_data.collections import COLLECTIONS, SCHEMA
from web.api.open_data.reader import DataReader

ASK_AGAIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Count:
    """Features of a collection, and those of them that were drawn."""

    n: int
    n_synthetic: int

    @property
    def is_sample(self) -> bool:
        """Whether all of it was drawn."""
        return self.n > 0 and self.n_synthetic == self.n


@dataclass(slots=True)
class Counts:
    """Counts by collection, read as the service itself reads, and asked again after a minute."""

    reader: DataReader
    _lock: Lock = field(default_factory=Lock)
    _asked_at: float = float("-inf")
    _known: Mapping[str, Count] = field(default_factory=dict)

    def known(self) -> Mapping[str, Count]:
        """The counts as last known; none before the database has answered once."""
        with self._lock:
            if monotonic() - self._asked_at > ASK_AGAIN_S:
                self._asked_at = monotonic()
                self._known = self._read() or self._known
            return self._known

    def _read(self) -> Mapping[str, Count] | None:
        is_drawn = column("is_synthetic").is_(True)
        counted = [
            select(literal(one.name), func.count(), func.count().filter(is_drawn)).select_from(
                table(one.name, schema=SCHEMA)
            )
            for one in COLLECTIONS
        ]
        try:
            with self.reader.engine().connect() as connection:
                rows = connection.execute(union_all(*counted)).all()
        except (DBAPIError, PoolTimeout):
            return None
        return {name: Count(n, n_synthetic) for name, n, n_synthetic in rows}
