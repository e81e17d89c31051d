"""Locked writes of the frame."""

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from grid.tables import FrameVersionRow

CHANNEL = "frame"
"""Every process listens here; the payload is the version."""


def bump(session: Session) -> int:
    """Give the frame its next version, and tell every process when the transaction commits.

    Writers queue at the version row until the one before them commits, so versions follow each
    other in the order in which changes become visible.
    """
    row = insert(FrameVersionRow).values(only_row=True, version=1, facts={})
    next_version = row.on_conflict_do_update(
        index_elements=[FrameVersionRow.only_row], set_={"version": FrameVersionRow.version + literal(1)}
    ).returning(FrameVersionRow.version)
    version = session.execute(next_version).scalar_one()
    session.execute(select(func.pg_notify(CHANNEL, str(version))))
    return version
