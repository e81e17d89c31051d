"""Writes of warnings: a message, once; it is never changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.cap.chinese import ASSUMPTIONS, Assumption
from emergency.cap.findings import Finding
from emergency.cap.lifecycle import expires
from emergency.cap.messages import Alert, Status
from emergency.cap.signing import Verification
from emergency.warnings.reading import MESSAGE, Direction
from emergency.warnings.tables import WarningRow


@dataclass(frozen=True, slots=True)
class NewWarning:
    """A message to be kept, with everything that is known of it."""

    direction: Direction
    alert: Alert
    document: bytes
    findings: tuple[Finding, ...]
    verification: Verification
    assumptions: tuple[Assumption, ...] = ()
    incident_no: str | None = None
    client_id: UUID | None = None
    channel: str = ""


def lock_warnings(session: Session) -> None:
    """Let nobody else publish until the transaction ends: two updates of one warning would pass."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("emergency.warning"))))


def add(session: Session, new: NewWarning, asking: Asking) -> int | None:
    """Keep a message; its number here, None when it is known already."""
    alert = new.alert
    row = insert(WarningRow).values(
        direction=new.direction,
        sender=alert.sender,
        identifier=alert.identifier,
        sent=alert.sent,
        status=alert.status.value,
        msg_type=alert.msg_type.value,
        scope=alert.scope.value,
        ends_at=expires(alert),
        is_drill=alert.status is not Status.ACTUAL,
        incident_no=new.incident_no,
        client_id=new.client_id,
        document=new.document,
        message=as_data(alert),
        findings=list(_findings(new.findings)),
        assumptions=[{"sentence": _sentence(one), "facts": dict(one.facts)} for one in new.assumptions],
        signature=new.verification.state.value,
        signature_words=new.verification.words,
        channel=new.channel,
        kept_at=asking.at,
        by_person_id=asking.person_id,
        by_name=asking.name,
    )
    kept = session.execute(
        row.on_conflict_do_nothing(constraint="uq_warning_reference").returning(WarningRow.id)
    )
    return kept.scalar_one_or_none()


def find_known(session: Session, alert: Alert) -> int | None:
    """The number here of a message with the same sender, identifier and time; None when there is none."""
    query = select(WarningRow.id).where(
        WarningRow.sender == alert.sender,
        WarningRow.identifier == alert.identifier,
        WarningRow.sent == alert.sent,
    )
    return session.execute(query).scalar_one_or_none()


def as_data(alert: Alert) -> Any:
    """A message as JSON keeps it.

    :raises ValueError: when JSON would not give it back as it is: a number in it is none.
    """
    data = MESSAGE.dump_python(alert, mode="json")
    if MESSAGE.validate_python(data) != alert:
        raise ValueError("a message that JSON does not keep")
    return data


def _sentence(assumption: Assumption) -> str:
    """The sentence of an assumption with places for its values."""
    return ASSUMPTIONS[assumption.code]


def _findings(found: Iterable[Finding]) -> Iterable[dict[str, Any]]:
    for one in found:
        yield {
            "sentence": one.sentence,
            "facts": dict(one.facts),
            "where": one.where,
            "is_error": one.is_error,
        }
