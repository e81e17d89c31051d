"""Whether a transaction sees cases of drills: by itself it does not (docs/decisions/0027)."""

from sqlalchemy import text
from sqlalchemy.orm import Session

DRILL = "Y"
"""Numbers of drills begin with it instead of the first digit of a district, and are counted by themselves."""
_SHOW = text("SELECT set_config('citygrid.drills', 'seen', true)")


def show_drills(session: Session) -> None:
    """Let everything that this transaction reads from here on see cases of drills, too.

    For one case by its number, and for lists whose filter asks for drills alone; never for what counts.
    """
    session.execute(_SHOW)
