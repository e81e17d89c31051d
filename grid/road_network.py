"""The roads of the city in memory: read from its streets, kept up to date without a restart.

Closures are no part of it: they are values laid over it (gis_core/roads/closures.py), so a closure that is
saved is obeyed by the next request and nothing is built anew.
"""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Literal, Self

import numpy as np
import shapely
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.following import Follower
from gis_core.roads.blocks import find_blocks
from gis_core.roads.network import RoadNetwork
from gis_core.roads.noding import CentreLines, build_network
from gis_core.roads.speeds import FASTEST_KMH, Speed, SpeedTable
from grid.city import read_data
from grid.layers import layer_version

log = logging.getLogger(__name__)

RULES_FILE = "roads.yaml"
CHANNEL = "layer"
LAYER: Literal["ground"] = "ground"
_STREETS = text("""
    SELECT id, coalesce(name, '') AS name, rank, width_m, is_synthetic, ST_AsBinary(geom) AS wkb
    FROM grid.street ORDER BY id
""")


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SpeedRow(_Data):
    """A speed with its source."""

    kmh: float = Field(gt=0, le=FASTEST_KMH)
    status: Literal["sourced", "recalled", "assumed"]
    source: str

    def speed(self) -> Speed:
        """The same as the network takes it."""
        return Speed(self.kmh, self.status, self.source)


class Metres(_Data):
    """A distance with its source."""

    value: float = Field(ge=0, le=1_000)
    status: Literal["sourced", "recalled", "assumed"]
    source: str


class RoadRules(_Data):
    """`roads.yaml` of a city."""

    version: str
    speeds: dict[str, SpeedRow] = Field(min_length=1)
    on_foot: SpeedRow
    join_within_m: Metres
    farthest_from_road_m: Metres

    @classmethod
    def load(cls, folder: Path) -> "RoadRules":
        """The rules of a city's folder.

        :raises BadCityData: naming the key at fault.
        """
        return read_data(folder / RULES_FILE, cls)

    @property
    def speed_table(self) -> SpeedTable:
        """Speeds by rank."""
        return SpeedTable({rank: row.speed() for rank, row in self.speeds.items()})


@dataclass(frozen=True, slots=True, eq=False)
class ReadStreets:
    """The streets as they were read, under which version, and what tells them apart from others."""

    lines: CentreLines
    version: str
    digest: str


def get_roads_version(session: Session) -> str:
    """The version of the layer that streets belong to, as this session sees it."""
    return session.execute(select(layer_version(LAYER))).scalar_one()


def read_streets(session: Session) -> ReadStreets:
    """The city's centre lines with the version they were read under; both ways, all on the ground.

    The table knows neither one-way streets nor layers; extracts of OpenStreetMap do (gis_core/roads/osm.py).
    """
    # Read before the rows: streets that are newer than their version are read once more, never missed.
    version = get_roads_version(session)
    rows = session.execute(_STREETS).all()
    shapes = np.empty(len(rows), dtype=object)
    shapes[:] = shapely.from_wkb([bytes(row.wkb) for row in rows])
    digest = hashlib.sha256()
    for row in rows:
        digest.update(f"{row.id}|{row.name}|{row.rank}|{row.width_m}|".encode() + bytes(row.wkb))
    lines = CentreLines(
        shapes=shapes,
        names=[row.name for row in rows],
        ranks=[row.rank for row in rows],
        keys=[f"s{row.id}" for row in rows],
        widths_m=[row.width_m for row in rows],
        is_synthetic=any(row.is_synthetic for row in rows),
    )
    return ReadStreets(lines, version, digest.hexdigest())


class LiveRoads:
    """The current network of this process; PostGIS stays the truth.

    Whatever changes the base map leaves a new version and NOTIFYs `layer`; the listening thread reads the
    streets again, builds the network beside the old one when they are others, and swaps one reference.
    Whoever took `network` goes on with its version. When the last street goes, the last network stays.
    """

    def __init__(self, sessions: Sessions, plane: PlaneSystem, rules: RoadRules) -> None:
        self.plane = plane
        self.rules = rules
        self._sessions = sessions
        self._network: RoadNetwork | None = None
        self._digest = ""
        self._loading = Lock()
        self._follower = Follower("roads", sessions, (CHANNEL,), self._catch_up)

    @property
    def network(self) -> RoadNetwork:
        """The network of the newest version known here; take it once for questions that belong together.

        :raises BadRoadData: when the city has no streets.
        """
        return self._network or self.reload()

    @property
    def version(self) -> str:
        """The version that `network` answers from."""
        return self.network.version

    def reload(self) -> RoadNetwork:
        """Read the streets and answer from them from now on; built anew only when they are others.

        :raises BadRoadData: when the city has no streets.
        """
        # One at a time, so that an older reading never replaces a newer one.
        with self._loading:
            with self._sessions() as session:
                streets = read_streets(session)
            if self._network is not None and streets.digest == self._digest:
                self._network = self._network.with_version(streets.version)
            else:
                self._network = self._build(streets)
                self._digest = streets.digest
            return self._network

    def start(self) -> Self:
        """Begin to listen for changes; the listening thread builds the first network."""
        self._follower.start()
        return self

    def stop(self) -> None:
        """Stop listening; the last network goes on answering."""
        self._follower.stop()

    def _build(self, streets: ReadStreets) -> RoadNetwork:
        network = build_network(
            streets.lines,
            self.rules.speed_table,
            tolerance_m=self.rules.join_within_m.value,
            version=streets.version,
        )
        # Worked out now, so that the first question does not wait for it.
        _ = network.leaving, network.arriving, network.tree, network.parts, find_blocks(network)
        return network

    def _catch_up(self) -> None:
        with self._sessions() as session:
            is_behind = self._network is None or get_roads_version(session) != self._network.version
            has_streets = session.execute(text("SELECT EXISTS (SELECT FROM grid.street)")).scalar_one()
        if is_behind and has_streets:
            self.reload()
