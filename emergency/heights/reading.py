"""Versions of the city's heights, which one is in force, and the ground around a place."""

from dataclasses import dataclass
from datetime import date, datetime
from math import floor

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from emergency.heights.tables import HeightsChoiceRow, HeightsRow, HeightsTileRow
from gis_core.crs import PlaneSystem
from gis_core.errors import NotFound
from gis_core.terrain import OffTerrain, Terrain
from gis_core.terrain_tiles import SIDE, join_tiles

MOST_LISTED = 100


class NoSuchHeights(NotFound):
    """There is no version of heights of this number."""

    code = "no_such_heights"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeightsVersion:
    """A version of heights: whence it is, where its cells lie, and how much of the city it covers.

    `system` is that of the file; `hole_share` and `city_share` are parts of one.
    """

    id: int
    file_name: str
    system: str
    source: str
    vertical: str
    surveyed_on: date | None
    accuracy_m: float | None
    west_m: float
    north_m: float
    cell_m: float
    rows: int
    columns: int
    lowest_m: float
    highest_m: float
    hole_share: float
    city_share: float
    is_synthetic: bool
    added_at: datetime
    added_by: str

    def frame(self, plane: PlaneSystem) -> Terrain:
        """Where its first cell lies and what is known of it, with one cell that has no height."""
        return Terrain(
            heights_m=np.full((1, 1), np.nan, dtype=np.float32),
            west_m=self.west_m,
            north_m=self.north_m,
            cell_m=self.cell_m,
            plane=plane,
            source=self.source,
            vertical=self.vertical,
            surveyed_on=self.surveyed_on,
            accuracy_m=self.accuracy_m,
            is_synthetic=self.is_synthetic,
        )


@dataclass(frozen=True, slots=True)
class HeightsChoice:
    """Somebody took a version, or none, from a moment on."""

    seq: int
    heights_id: int | None
    at: datetime
    by_name: str
    why: str


def list_heights(session: Session) -> list[HeightsVersion]:
    """All versions, the newest first."""
    query = select(HeightsRow).order_by(HeightsRow.id.desc()).limit(MOST_LISTED)
    return [_version(row) for row in session.execute(query).scalars()]


def get_heights(session: Session, heights_id: int) -> HeightsVersion:
    """A version.

    :raises NoSuchHeights: when there is none of this number.
    """
    row = session.get(HeightsRow, heights_id) if 0 < heights_id < 2**63 else None
    if row is None:
        raise NoSuchHeights(f"没有第 {heights_id} 版高程数据。请从列表中选择。")
    return _version(row)


def list_choices(session: Session) -> list[HeightsChoice]:
    """Who took which version when, the last first."""
    query = select(HeightsChoiceRow).order_by(HeightsChoiceRow.seq.desc()).limit(MOST_LISTED)
    return [
        HeightsChoice(row.seq, row.heights_id, row.at, row.by_name, row.why)
        for row in session.execute(query).scalars()
    ]


def find_in_force(session: Session) -> HeightsVersion | None:
    """The version that floods are worked out on; None before the first, and when it was given up."""
    query = select(HeightsChoiceRow.heights_id).order_by(HeightsChoiceRow.seq.desc()).limit(1)
    number = session.execute(query).scalar_one_or_none()
    return None if number is None else get_heights(session, number)


def read_around(
    session: Session, version: HeightsVersion, plane: PlaneSystem, box: tuple[float, float, float, float]
) -> Terrain:
    """The heights within a box of the plane (west, south, east, north edge), cut at the edge of the version.

    :raises OffTerrain: when there is none.
    """
    west, south, east, north = box
    side_m = SIDE * version.cell_m
    query = select(HeightsTileRow.tile_row, HeightsTileRow.tile_column, HeightsTileRow.packed).where(
        HeightsTileRow.heights_id == version.id,
        HeightsTileRow.tile_row.between(
            floor((version.north_m - north) / side_m), floor((version.north_m - south) / side_m)
        ),
        HeightsTileRow.tile_column.between(
            floor((west - version.west_m) / side_m), floor((east - version.west_m) / side_m)
        ),
    )
    tiles = {(row, column): packed for row, column, packed in session.execute(query)}
    if not tiles:
        raise OffTerrain("这一带没有高程数据。请换一个地形数据范围内的位置，或先导入这一带的地形数据。")
    edge = version.frame(plane)
    right, bottom = (
        version.west_m + version.columns * version.cell_m,
        version.north_m - version.rows * version.cell_m,
    )
    within = max(west, version.west_m), max(south, bottom), min(east, right), min(north, version.north_m)
    return join_tiles(edge, tiles).window(*within)


def _version(row: HeightsRow) -> HeightsVersion:
    return HeightsVersion(
        **{name: getattr(row, name) for name in HeightsVersion.__dataclass_fields__}  # columns of its names
    )
