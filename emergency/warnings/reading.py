"""Warnings as people and machines look at them: lists, one of them, what holds now. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from emergency.cap.findings import Finding
from emergency.cap.lifecycle import Standing, in_force, in_force_in_drill, standing
from emergency.cap.messages import Alert, Info, MsgType, Reference, Status
from emergency.cap.scales import COLOURS, Scales, scales_of
from emergency.rules.levels import WarningLevel
from emergency.warnings.tables import WarningRow
from gis_core.errors import NotFound

Direction = Literal["in", "out"]
MOST_LISTED = 200
CHAIN_FOR = timedelta(days=60)
"""How far back messages are looked at when a chain is followed; what has not ended is always there."""
MESSAGE: TypeAdapter[Alert] = TypeAdapter(Alert)
_ENDERS = (MsgType.UPDATE.value, MsgType.CANCEL.value)


class WarningNotFound(NotFound):
    """There is no such warning, or it is not for whoever asks."""

    code = "warning_not_found"


def no_such_warning() -> WarningNotFound:
    """What somebody is told who asks for a warning that is not there."""
    return WarningNotFound("没有这条预警。请从预警列表重新打开。")


@dataclass(frozen=True, slots=True)
class Told:
    """A finding or an assumption as it was kept: the sentence and its values."""

    sentence: str
    facts: Mapping[str, str]
    where: str = ""
    is_error: bool = False


def told(finding: Finding) -> Told:
    """A finding as pages show it."""
    return Told(finding.sentence, dict(finding.facts), finding.where, finding.is_error)


@dataclass(frozen=True, slots=True)
class KeptWarning:
    """A message as it is kept."""

    id: int
    direction: Direction
    alert: Alert
    document: bytes
    is_drill: bool
    incident_no: str | None
    findings: tuple[Told, ...]
    assumptions: tuple[Told, ...]
    signature: str
    signature_words: str
    channel: str
    kept_at: datetime
    by_name: str

    @property
    def info(self) -> Info | None:
        """What is said first; answers say nothing."""
        return next(iter(self.alert.infos), None)

    @property
    def scales(self) -> Scales:
        """Where it stands on each of the three scales."""
        return scales_of(self.info) if self.info else Scales()

    @property
    def colour(self) -> WarningLevel | None:
        """The level of the warning, when it names one."""
        return self.scales.warning

    @property
    def colour_name(self) -> str:
        """The colour in words; empty when it names none."""
        return COLOURS[self.colour] if self.colour else ""

    @property
    def title(self) -> str:
        """Its headline, else what it is about."""
        return (self.info.headline or self.info.event) if self.info else self.alert.identifier


def list_warnings(session: Session, *, direction: Direction | None = None) -> list[KeptWarning]:
    """Messages, the newest first."""
    query = select(WarningRow).order_by(WarningRow.sent.desc(), WarningRow.id.desc()).limit(MOST_LISTED)
    if direction is not None:
        query = query.where(WarningRow.direction == direction)
    return _kept(session, query)


def list_of_incident(session: Session, incident_no: str) -> list[KeptWarning]:
    """What went out about an incident, the newest first."""
    query = select(WarningRow).where(WarningRow.direction == "out", WarningRow.incident_no == incident_no)
    return _kept(session, query.order_by(WarningRow.sent.desc(), WarningRow.id.desc()).limit(MOST_LISTED))


def get_warning(session: Session, warning_id: int) -> KeptWarning:
    """A message by its number here.

    :raises WarningNotFound: when there is none.
    """
    found = _kept(session, select(WarningRow).where(WarningRow.id == min(warning_id, 2**62)))
    if not found:
        raise no_such_warning()
    return found[0]


def get_public(session: Session, identifier: str) -> KeptWarning:
    """A message of our own that is for the public, by its identifier.

    :raises WarningNotFound: when there is none; a drill's is none.
    """
    wanted = _public().where(WarningRow.identifier == identifier.replace("\x00", "")[:200])
    found = _kept(session, wanted.order_by(WarningRow.id.desc()).limit(1))
    if not found:
        raise no_such_warning()
    return found[0]


def find_of_client(session: Session, client_id: UUID) -> int | None:
    """The message that this form has made already, if any."""
    query = select(WarningRow.id).where(WarningRow.client_id == client_id)
    return session.execute(query).scalar_one_or_none()


def find_ids(session: Session, references: Sequence[Reference]) -> list[int]:
    """The numbers here of our own messages that are named so."""
    named = [
        and_(
            WarningRow.sender == one.sender,
            WarningRow.identifier == one.identifier,
            WarningRow.sent == one.sent,
        )
        for one in references
    ]
    query = select(WarningRow.id).where(WarningRow.direction == "out", or_(false(), *named))
    return list(session.scalars(query))


def list_known(session: Session, direction: Direction, sender: str, at: datetime) -> list[Alert]:
    """The messages of a sender that the life of another one may depend on."""
    recent = or_(WarningRow.ends_at > at, WarningRow.sent > at - CHAIN_FOR)
    query = select(WarningRow.message).where(WarningRow.direction == direction, WarningRow.sender == sender)
    return [MESSAGE.validate_python(one) for one in session.scalars(query.where(recent))]


def list_named(session: Session, identifier: str) -> list[Alert]:
    """Messages that came in and could be of the chain that begins with an identifier."""
    senders = select(WarningRow.sender).where(WarningRow.identifier == identifier[:200])
    query = select(WarningRow.message).where(
        WarningRow.direction == "in", WarningRow.sender.in_(senders.scalar_subquery())
    )
    rows = session.scalars(query.order_by(WarningRow.sent.desc()).limit(MOST_LISTED))
    return [MESSAGE.validate_python(one) for one in rows]


def list_public(session: Session, at: datetime) -> list[KeptWarning]:
    """Messages of our own for the public that have not ended by themselves, and what replaced them.

    One question to the database where there are none.
    """
    living = _kept(session, _public().where(WarningRow.ends_at > at, WarningRow.sent <= at))
    if not living:
        return []
    since = min(one.alert.sent for one in living)
    enders = _public().where(
        WarningRow.msg_type.in_(_ENDERS), WarningRow.sent >= since, WarningRow.ends_at <= at
    )
    return [*living, *_kept(session, enders)]


def list_in_force(session: Session, at: datetime) -> list[KeptWarning]:
    """The warnings that the public is to be shown now, the gravest first; never a drill or a test."""
    kept = list_public(session, at)
    shown = {one.reference for one in in_force([one.alert for one in kept], at)}
    order = list(WarningLevel)
    return sorted(
        (one for one in kept if one.alert.reference in shown),
        key=lambda one: (order.index(one.colour) if one.colour else len(order), -one.id),
    )


def list_holding(session: Session, at: datetime, *, is_drill: bool = False) -> list[Alert]:
    """The warnings that hold now, our own and received; those of drills, or those that are meant."""
    query = select(WarningRow).where(WarningRow.is_drill.is_(is_drill))
    living = session.scalars(query.where(WarningRow.ends_at > at, WarningRow.sent <= at)).all()
    if not living:
        return []
    since = min(row.sent for row in living)
    ended = query.where(WarningRow.msg_type.in_(_ENDERS), WarningRow.sent >= since, WarningRow.ends_at <= at)
    holds = in_force_in_drill if is_drill else in_force
    apart: dict[str, list[Alert]] = {}
    for row in (*living, *session.scalars(ended)):
        apart.setdefault(row.direction, []).append(MESSAGE.validate_python(row.message))
    return [alert for known in apart.values() for alert in holds(known, at)]


def standings(kept: Sequence[KeptWarning], at: datetime) -> dict[int, Standing]:
    """How messages stand at a moment; what came in and what went out do not end each other."""
    apart = {way: [one.alert for one in kept if one.direction == way] for way in ("in", "out")}
    return {one.id: standing(apart[one.direction], one.alert, at) for one in kept}


def list_chain(session: Session, one: KeptWarning) -> list[KeptWarning]:
    """Messages that a message names, and those that name it, oldest first; itself among them."""
    near = one.alert.sent - CHAIN_FOR, one.alert.sent + CHAIN_FOR
    query = select(WarningRow).where(
        WarningRow.direction == one.direction,
        WarningRow.sender == one.alert.sender,
        WarningRow.status == one.alert.status.value,
        WarningRow.sent.between(*near),
    )
    rows = _kept(session, query.order_by(WarningRow.sent, WarningRow.id).limit(MOST_LISTED))
    named = set(one.alert.references)
    return [
        other
        for other in rows
        if other.id == one.id
        or other.alert.reference in named
        or one.alert.reference in other.alert.references
    ]


def count_second(session: Session, sender: str, sent: datetime) -> int:
    """How many messages a sender has sent in a second."""
    query = select(func.count()).where(WarningRow.sender == sender, WarningRow.sent == sent)
    return session.execute(query).scalar_one()


def _public() -> Select[Any]:
    return select(WarningRow).where(
        WarningRow.direction == "out",
        WarningRow.status == Status.ACTUAL.value,
        WarningRow.scope == "Public",
    )


def _kept(session: Session, query: Select[Any]) -> list[KeptWarning]:
    return [_of_row(row) for row in session.scalars(query)]


def _of_row(row: WarningRow) -> KeptWarning:
    return KeptWarning(
        row.id,
        "out" if row.direction == "out" else "in",
        MESSAGE.validate_python(row.message),
        bytes(row.document),
        row.is_drill,
        row.incident_no,
        _told(row.findings),
        _told(row.assumptions),
        row.signature,
        row.signature_words,
        row.channel,
        row.kept_at,
        row.by_name,
    )


def _told(rows: Iterable[Mapping[str, Any]]) -> tuple[Told, ...]:
    return tuple(Told(**one) for one in rows)
