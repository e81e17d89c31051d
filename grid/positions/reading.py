"""What is known of movers, duty and batches; reads only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

_ANSWER = text("""
    SELECT answer FROM grid.position_batch WHERE sender = :sender AND client_batch = :client_batch
""")
_DUTY = text("""
    SELECT started_at, ended_at, consent_version, responsibility_codes, is_ended_by_system
    FROM grid.duty WHERE mover_key = :key ORDER BY started_at DESC, id DESC LIMIT 1
""")
_GRIDS = text("""
    SELECT code, name FROM grid.responsibility_grid
    WHERE code = ANY(:codes) AND valid_to IS NULL ORDER BY code
""")


@dataclass(frozen=True, slots=True)
class Duty:
    """The newest time on duty of somebody."""

    started_at: datetime
    ended_at: datetime | None
    consent_version: str
    responsibility_codes: tuple[str, ...]
    is_ended_by_system: bool

    @property
    def is_on(self) -> bool:
        """Whether it lasts."""
        return self.ended_at is None


def find_answer(session: Session, sender: str, client_batch: UUID) -> dict[str, Any] | None:
    """What a batch was answered before; None for a new one."""
    given = {"sender": sender, "client_batch": client_batch}
    return session.execute(_ANSWER, given).scalar_one_or_none()


def find_duty(session: Session, key: str) -> Duty | None:
    """The newest time on duty; None for who never was."""
    row = session.execute(_DUTY, {"key": key}).one_or_none()
    return None if row is None else Duty(row[0], row[1], row[2], tuple(row[3]), row[4])


def list_grid_names(session: Session, codes: tuple[str, ...]) -> dict[str, str]:
    """Names of responsibility grids in force by their codes."""
    return {row.code: row.name for row in session.execute(_GRIDS, {"codes": list(codes)})}


@dataclass(frozen=True, slots=True)
class MoverName:
    """Somebody whose track may be asked for."""

    key: str
    kind: str
    name: str


_MOVERS = text("SELECT key, kind, name FROM grid.mover ORDER BY kind, name, key")


def list_movers(session: Session) -> tuple[MoverName, ...]:
    """Everybody who ever was on duty, and every vehicle."""
    return tuple(MoverName(*row) for row in session.execute(_MOVERS))
