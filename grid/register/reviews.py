"""Reviews: what somebody on the street says of the register, and what became of it. Reads only.

Places are answered in degrees (EPSG:4490).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from gis_core.degrees import in_degrees
from gis_core.errors import NotFound
from grid.register.tables import ProposalRow
from grid.tables import ComponentRow


class NoSuchProposal(NotFound):
    """There is no review of that number."""

    code = "no_such_proposal"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody on the street says of the register, and what became of it; places in degrees."""

    id: int
    kind: str
    code: str | None
    type_code: str
    old_state: str | None
    state: str | None
    old_lon: float | None
    old_lat: float | None
    lon: float | None
    lat: float | None
    moved_m: float | None
    unit_grid_code: str | None
    photo_sha256: str | None
    note: str
    survey_id: int | None
    by_name: str
    at: datetime
    status: str
    decided_by: str | None
    decided_at: datetime | None
    decision: str | None
    is_stale: bool

    @property
    def middle(self) -> tuple[float, float]:
        """Where to look: the new place, else the old one."""
        return (self.lon or self.old_lon or 0.0, self.lat or self.old_lat or 0.0)


def count_open_proposals(session: Session) -> int:
    """How many reviews are waiting."""
    return session.execute(
        select(func.count()).select_from(ProposalRow).where(ProposalRow.status == "open")
    ).scalar_one()


def list_proposals(
    session: Session, *, status: str | None = "open", code: str | None = None, most: int = 100
) -> tuple[Proposal, ...]:
    """Reviews: those waiting the oldest first, others the newest first; of one component when asked."""
    query = _proposals()
    if status is not None:
        query = query.where(ProposalRow.status == status)
    if code is not None:
        query = query.where(ComponentRow.code == code)
    order = ProposalRow.id if status == "open" else ProposalRow.id.desc()
    return tuple(Proposal(*row) for row in session.execute(query.order_by(order).limit(most)))


def get_proposal(session: Session, proposal_id: int) -> Proposal:
    """One review.

    :raises NoSuchProposal: when there is none.
    """
    row = session.execute(_proposals().where(ProposalRow.id == proposal_id)).one_or_none()
    if row is None:
        raise NoSuchProposal(f"没有编号为 {proposal_id} 的审核。")
    return Proposal(*row)


def _proposals() -> Select[Any]:
    old_lon, old_lat = in_degrees(ComponentRow.geom)
    lon, lat = in_degrees(ProposalRow.geom)
    columns: tuple[Any, ...] = (
        ProposalRow.id,
        ProposalRow.kind,
        ComponentRow.code,
        ProposalRow.type_code,
        ComponentRow.state,
        ProposalRow.state.label("new_state"),
        old_lon.label("old_lon"),
        old_lat.label("old_lat"),
        lon.label("lon"),
        lat.label("lat"),
        func.ST_Distance(ComponentRow.geom, ProposalRow.geom),
        ComponentRow.unit_grid_code,
        ProposalRow.photo_sha256,
        ProposalRow.note,
        ProposalRow.survey_id,
        ProposalRow.by_name,
        ProposalRow.at,
        ProposalRow.status,
        ProposalRow.decided_by,
        ProposalRow.decided_at,
        ProposalRow.decision,
        and_(
            ProposalRow.status == "open",
            ComponentRow.id.is_not(None),
            ComponentRow.revision != ProposalRow.revision,
        ),
    )
    return select(*columns).outerjoin(ComponentRow, ComponentRow.id == ProposalRow.component_id)


def list_evidence(session: Session, sha256s: Sequence[str]) -> set[str]:
    """Those of the photos that a review has."""
    query = select(ProposalRow.photo_sha256).where(ProposalRow.photo_sha256.in_(sha256s))
    return {one for one in session.scalars(query) if one is not None}
