"""Writes of the city's heights: a version with its pieces, and which version holds from now on."""

from datetime import datetime

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.heights.looking import Looked
from emergency.heights.tables import HeightsChoiceRow, HeightsRow, HeightsTileRow
from gis_core.terrain_tiles import cut_tiles


def lock(session: Session) -> int:
    """The number of the last choice, 0 before the first; other writers wait until the transaction ends."""
    session.execute(text("LOCK TABLE emergency.heights_choice IN SHARE ROW EXCLUSIVE MODE"))
    return session.execute(select(func.coalesce(func.max(HeightsChoiceRow.seq), 0))).scalar_one()


def find_same(session: Session, sha256: str, cell_m: float) -> int | None:
    """The version that was made of the same file in cells of the same size."""
    query = select(HeightsRow.id).where(HeightsRow.sha256 == sha256, HeightsRow.cell_m == cell_m)
    return session.execute(query).scalar_one_or_none()


def add(session: Session, looked: Looked, *, at: datetime, by_name: str) -> int:
    """Write a version with its pieces; its number."""
    terrain = looked.terrain
    rows, columns = terrain.shape
    values = {
        "file_name": looked.file_name,
        "sha256": looked.sha256,
        "system": looked.system,
        "source": terrain.source,
        "vertical": terrain.vertical,
        "surveyed_on": terrain.surveyed_on,
        "accuracy_m": terrain.accuracy_m,
        "west_m": terrain.west_m,
        "north_m": terrain.north_m,
        "cell_m": terrain.cell_m,
        "rows": rows,
        "columns": columns,
        "lowest_m": looked.lowest_m,
        "highest_m": looked.highest_m,
        "hole_share": terrain.hole_share,
        "city_share": looked.city_share,
        "is_synthetic": terrain.is_synthetic,
        "added_at": at,
        "added_by": by_name,
    }
    number = session.execute(insert(HeightsRow).values(values).returning(HeightsRow.id)).scalar_one()
    for (row, column), packed in cut_tiles(terrain):
        piece = {"heights_id": number, "tile_row": row, "tile_column": column, "packed": packed}
        session.execute(insert(HeightsTileRow).values(piece))
    return number


def choose(session: Session, seq: int, heights_id: int | None, why: str, asking: Asking) -> None:
    """A version, or none, holds from now on."""
    session.execute(
        insert(HeightsChoiceRow).values(
            seq=seq,
            heights_id=heights_id,
            at=asking.at,
            by_person_id=asking.person_id,
            by_name=asking.name,
            why=why,
        )
    )
