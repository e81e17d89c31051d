"""The geocoding engine of this process, kept up to date without a restart."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Self

from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.following import Follower
from gis_core.geocoding.geocoder import Geocoder
from gis_core.geocoding.index import PlaceIndex
from gis_core.geocoding.reversing import Describer
from gis_core.geocoding.suggesting import Suggester
from grid.city import City
from grid.gazetteer.building import build, folder_of, is_built
from grid.gazetteer.index_reading import get_version

CHANNELS = ("gazetteer", "frame", "layer")
PATIENCE_S = 600.0
"""Components change all day long; a new index for them alone is built no more often than this."""


@dataclass(frozen=True, slots=True)
class Engine:
    """All that answers from one index; take it once for questions that belong together."""

    index: PlaceIndex
    geocoder: Geocoder
    suggester: Suggester
    describer: Describer

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The engine over an index that was built."""
        index = PlaceIndex.load(folder)
        return cls(index, Geocoder(index), Suggester(index), Describer(index))

    @property
    def version(self) -> str:
        """Of all that the index was built from."""
        return self.index.version


class LiveGazetteer:
    """The current engine; PostGIS stays the truth.

    A write bumps the gazetteer's version and NOTIFYs; the listening thread has a new index built (by
    `build_apart` in a process of its own where one is given, for building takes seconds of a core) and swaps
    one reference. Whoever took `engine` goes on with the version it took.
    """

    def __init__(
        self,
        sessions: Sessions,
        plane: PlaneSystem,
        city: City,
        home: Path,
        *,
        build_apart: Callable[[], None] | None = None,
    ) -> None:
        self._sessions = sessions
        self._plane = plane
        self._city = city
        self._home = home
        self._build_apart = build_apart
        self._engine: Engine | None = None
        self._loading = Lock()
        self._loaded_at = float("-inf")
        self._follower = Follower("gazetteer", sessions, CHANNELS, self._catch_up, every_s=60.0)

    @property
    def engine(self) -> Engine:
        """The engine of the newest version known here; built on the spot when there is none yet."""
        return self._engine or self.reload()

    def reload(self) -> Engine:
        """Build the index of the data in force where it is not there yet, and answer from it from now on."""
        with self._loading:
            folder = build(self._sessions, self._plane, self._city, self._home)
            self._engine = Engine.load(folder)
            self._loaded_at = monotonic()
            return self._engine

    def start(self) -> Self:
        """Begin to listen for changes; the first index is loaded or built by the listening thread."""
        self._follower.start()
        return self

    def stop(self) -> None:
        """Stop listening; the last engine goes on answering."""
        self._follower.stop()

    def _catch_up(self) -> None:
        with self._sessions() as session:
            version = get_version(session)
        known = self._engine
        if known is not None and (version == known.version or self._may_wait(version, known.version)):
            return
        if self._build_apart is not None and not is_built(folder_of(self._home, version)):
            self._build_apart()
        self.reload()

    def _may_wait(self, version: str, known: str) -> bool:
        """Whether only components have changed, and not long ago."""
        is_minor = version.rpartition("-")[0] == known.rpartition("-")[0]
        return is_minor and monotonic() - self._loaded_at < PATIENCE_S
