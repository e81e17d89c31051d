"""Versions of the layers of the map, and what keeps their book-keeping small.

A version is read from the snapshot a tile is drawn from, so a tile never carries a version that is newer than
its rows (docs/decisions/0008).
"""

from typing import Literal

from sqlalchemy import ColumnElement, Text, func, select
from sqlalchemy.orm import Session

Layer = Literal["frame", "ground", "components"]
"""Divisions, zones and unit grids · the base map beneath them · the register of components."""


def layer_version(layer: Layer) -> ColumnElement[str]:
    """The version of a layer as SQL: two snapshots share it only when they see the same changes."""
    return func.grid.layer_version(layer, type_=Text)


def tidy(session: Session) -> None:
    """Join rows of counts, and forget changes that newer ones outdate; nothing that is shown changes."""
    session.execute(select(func.grid.fold_component_counts()))
    session.execute(select(func.grid.forget_old_changes()))


def recount(session: Session) -> None:
    """Count all components anew: after a bulk load with the triggers off."""
    session.execute(select(func.grid.count_components_anew()))
