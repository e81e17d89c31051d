"""Where the public sees a case: as it lies, or for private types at the middle of its square of 100 m.

The squares stand still, so that asking again, nearer or of the neighbouring tile tells nothing more. Whoever
answers the public chooses cases by this place, too: what is found by the true one gives it away.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, select

from cases.tables import CaseRow, PrivateTypeRow
from gis_core.tiles import Window

BLUR_CELL_M = 100
"""Side of the squares, metres of the plane system; as `open_data.cases_public` rounds every case."""
COMMUNITY_DIGITS = 12
"""What is told of a unit grid's code: the grid beside a square of 100 m would leave but a corner of both."""
FARTHEST_M = 71.0
"""No case is shown farther from where it lies: half the diagonal of a square, rounded up."""


def is_private() -> ColumnElement[bool]:
    """Whether a case is of a type whose exact place only staff see, as SQL."""
    return exists(
        select(PrivateTypeRow.kind).where(
            PrivateTypeRow.kind == CaseRow.kind, PrivateTypeRow.type_code == CaseRow.type_code
        )
    ).correlate(CaseRow)


def public_place() -> ColumnElement[Any]:
    """Where the public sees a case, as SQL; plane system, metres."""
    return case((is_private(), func.ST_SnapToGrid(CaseRow.geom, BLUR_CELL_M)), else_=CaseRow.geom)


def widened(window: Window) -> Window:
    """A window that holds every case whose public place lies in the one given."""
    return replace(
        window,
        west_m=window.west_m - FARTHEST_M,
        south_m=window.south_m - FARTHEST_M,
        east_m=window.east_m + FARTHEST_M,
        north_m=window.north_m + FARTHEST_M,
    )
