"""The life of warnings: what is kept, what replaces what, what holds at a moment, and what is answered.

A later message replaces or withdraws earlier ones only when it comes from the same sender and is meant as
they were: a drill never ends a real warning, and a stranger does not either. What was withdrawn is not
deleted; it is shown as withdrawn. All functions take the messages that are known and a moment; they keep
nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from emergency.cap.findings import Finding, finding
from emergency.cap.messages import (
    Alert,
    Info,
    MsgType,
    Reference,
    Response,
    Scope,
    Status,
    Urgency,
)
from gis_core.clock import city_time
from gis_core.errors import Refused

ASSUMED_LIFE: Final = timedelta(hours=24)
"""How long a block without an end holds, from its start: each receiver decides; ours is assumed."""
_WARNS = frozenset({MsgType.ALERT, MsgType.UPDATE})
_ENDS = frozenset({MsgType.UPDATE, MsgType.CANCEL})


class WarningOver(Refused):
    """A warning that was cancelled, replaced or has expired cannot be changed any more."""

    code = "cap_warning_over"


class NotAnswerable(Refused):
    """Answers and rejections are not answered."""

    code = "cap_not_answerable"


class Standing(StrEnum):
    """How a message stands at a moment; `in_force` says which of them the public may see."""

    NOT_YET = "not_yet"
    IN_FORCE = "in_force"
    UPDATED = "updated"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NO_WARNING = "no_warning"


STANDING_NAMES: Final[Mapping[Standing, str]] = {
    Standing.NOT_YET: "未生效",
    Standing.IN_FORCE: "生效中",
    Standing.UPDATED: "已更新",
    Standing.CANCELLED: "已解除",
    Standing.EXPIRED: "已失效",
    Standing.NO_WARNING: "不是预警",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """What becomes of a message that arrives."""

    is_new: bool
    findings: tuple[Finding, ...] = ()


def keep(known: Iterable[Alert], new: Alert) -> Kept:
    """Whether a message is to be kept: one that is known is passed over, one that reuses a name is kept.

    An update or cancel of a stranger is kept too, with a warning; it replaces nothing.
    """
    before = list(known)
    if any(alert.reference == new.reference for alert in before):
        return Kept(is_new=False)
    found = []
    if any((alert.sender, alert.identifier) == (new.sender, new.identifier) for alert in before):
        found.append(finding("identifier_reused", "identifier", value=new.identifier))
    if new.msg_type in _ENDS and any(named.sender != new.sender for named in new.references):
        found.append(finding("foreign_update", "references", sender=new.sender))
    return Kept(is_new=True, findings=tuple(found))


def ended_by(known: Iterable[Alert], alert: Alert, at: datetime) -> Alert | None:
    """The message that replaced or withdrew another by a moment: a cancel first, then the earliest."""
    enders = [
        other
        for other in known
        if other.msg_type in _ENDS
        and other.sent <= at
        and (other.sender, other.status) == (alert.sender, alert.status)
        and alert.reference in other.references
        and other.reference != alert.reference
    ]
    return min(enders, key=lambda other: (other.msg_type is not MsgType.CANCEL, other.sent), default=None)


def starts(info: Info, alert: Alert) -> datetime:
    """When a block begins to hold."""
    return info.effective or alert.sent


def ends(info: Info, alert: Alert, *, assumed_life: timedelta = ASSUMED_LIFE) -> datetime:
    """When a block ceases to hold; without an end, the assumed life after its start."""
    return info.expires or starts(info, alert) + assumed_life


def expires(alert: Alert) -> datetime:
    """When the last block of a message ceases to hold; a message without any ends as it is sent."""
    return max((ends(info, alert) for info in alert.infos), default=alert.sent)


def infos_in_force(alert: Alert, at: datetime) -> tuple[Info, ...]:
    """The blocks that hold at a moment, by their own times."""
    return tuple(info for info in alert.infos if starts(info, alert) <= at < ends(info, alert))


def standing(known: Iterable[Alert], alert: Alert, at: datetime) -> Standing:
    """How a message stands at a moment; `in_force` says which of them the public may see."""
    if alert.msg_type not in _WARNS:
        return Standing.NO_WARNING
    ender = ended_by(known, alert, at)
    if ender is not None:
        return Standing.CANCELLED if ender.msg_type is MsgType.CANCEL else Standing.UPDATED
    if infos_in_force(alert, at):
        return Standing.IN_FORCE
    return Standing.EXPIRED if expires(alert) <= at else Standing.NOT_YET


def in_force(known: Sequence[Alert], at: datetime) -> list[Alert]:
    """Warnings the public is to be shown: actual and public ones alone, never a drill or a test."""
    return _in_force(known, at, Status.ACTUAL)


def in_force_in_drill(known: Sequence[Alert], at: datetime) -> list[Alert]:
    """Warnings of a drill that hold at a moment, for those who take part in it."""
    return _in_force(known, at, Status.EXERCISE)


def _in_force(known: Sequence[Alert], at: datetime, status: Status) -> list[Alert]:
    return [
        alert
        for alert in known
        if alert.status is status
        and alert.scope is Scope.PUBLIC
        and alert.sent <= at
        and standing(known, alert, at) is Standing.IN_FORCE
    ]


def unexpired_chain(known: Iterable[Alert], alert: Alert, at: datetime) -> tuple[Reference, ...]:
    """Every message of a chain that has not expired by a moment, oldest first; itself always.

    A chain is what updates tie together, of one sender and one status. A receiver may hold any of them, so
    an update or cancel names them all.
    """
    living = [
        other for other in _chain(known, alert) if other.reference == alert.reference or expires(other) > at
    ]
    return tuple(other.reference for other in living)


def chain_named(known: Iterable[Alert], sender: str, identifier: str) -> tuple[Reference, ...]:
    """Every message of the chain of the one a sender gave an identifier, oldest first; none if not known.

    Chinese messages name the first of an event where CAP wants them all.
    """
    messages = list(known)
    named = [other for other in messages if (other.sender, other.identifier) == (sender, identifier)]
    chain = {other.reference: None for first in named for other in _chain(messages, first)}
    return tuple(sorted(chain, key=lambda reference: reference.sent))


def _chain(known: Iterable[Alert], alert: Alert) -> list[Alert]:
    """What updates tie to a message, of its sender and status, oldest first."""
    mates = [
        other
        for other in known
        if other.msg_type in _WARNS and (other.sender, other.status) == (alert.sender, alert.status)
    ]
    chain = {alert.reference: alert}
    grows = True
    while grows:
        joined = [
            other for other in mates if other.reference not in chain and _is_tied(other, chain.values())
        ]
        chain.update((other.reference, other) for other in joined)
        grows = bool(joined)
    return sorted(chain.values(), key=lambda other: other.sent)


def _is_tied(other: Alert, chain: Iterable[Alert]) -> bool:
    return any(mate.reference in other.references or other.reference in mate.references for mate in chain)


def update(
    known: Iterable[Alert], alert: Alert, infos: tuple[Info, ...], *, identifier: str, at: datetime
) -> Alert:
    """The message that replaces a warning by new blocks, with all references filled.

    :raises WarningOver: when it was cancelled or replaced, or has expired.
    """
    return _successor(known, alert, MsgType.UPDATE, infos, identifier=identifier, at=at)


def cancel(known: Iterable[Alert], alert: Alert, *, identifier: str, at: datetime, note: str) -> Alert:
    """The message that withdraws a warning, with all references filled and its blocks turned to all clear.

    :raises WarningOver: when it was cancelled or replaced, or has expired.
    """
    infos = tuple(all_clear(info, note) for info in alert.infos)
    return _successor(known, alert, MsgType.CANCEL, infos, identifier=identifier, at=at, note=note)


def all_clear(info: Info, why: str) -> Info:
    """A block that tells the danger is over: what was said, lifted, without the times of the danger."""
    title = info.headline.replace("发布", "解除", 1) if "发布" in info.headline else f"解除：{info.headline}"
    return replace(
        info, responses=(Response.ALL_CLEAR,), urgency=Urgency.PAST, headline=title, description=why,
        instruction="", effective=None, onset=None, expires=None,
    )  # fmt: skip


def _successor(
    known: Iterable[Alert],
    alert: Alert,
    msg_type: MsgType,
    infos: tuple[Info, ...],
    *,
    identifier: str,
    at: datetime,
    note: str = "",
) -> Alert:
    """A drill's name stays with all of its messages."""
    messages = list(known)
    stands = standing(messages, alert, at)
    if stands not in {Standing.IN_FORCE, Standing.NOT_YET}:
        raise WarningOver(
            f"这条预警{STANDING_NAMES[stands]}，不能再更新或解除。请打开最新的一条。", standing=stands
        )
    return replace(
        alert, identifier=identifier, sent=city_time(at), msg_type=msg_type, infos=infos,
        note=_joined(alert.note if alert.status is Status.EXERCISE else "", note),
        references=unexpired_chain(messages, alert, at),
    )  # fmt: skip


def acknowledge(alert: Alert, *, identifier: str, sender: str, at: datetime) -> Alert:
    """The answer that a message was received and accepted; it goes to its sender alone.

    :raises NotAnswerable: for a message that is an answer itself.
    """
    return _answer(alert, MsgType.ACK, identifier=identifier, sender=sender, at=at)


def reject(alert: Alert, *, identifier: str, sender: str, at: datetime, why: str) -> Alert:
    """The answer that a message was rejected, and why.

    :raises NotAnswerable: for a message that is an answer itself.
    """
    return _answer(alert, MsgType.ERROR, identifier=identifier, sender=sender, at=at, note=why)


def _answer(
    alert: Alert, msg_type: MsgType, *, identifier: str, sender: str, at: datetime, note: str = ""
) -> Alert:
    if alert.msg_type in {MsgType.ACK, MsgType.ERROR}:
        raise NotAnswerable("这条消息本身就是回执，不用再回。")
    return Alert(
        identifier, sender, city_time(at), alert.status, msg_type, Scope.PRIVATE,
        addresses=(alert.sender,), note=note, references=(alert.reference,),
    )  # fmt: skip


def as_exercise(alert: Alert, drill: str) -> Alert:
    """The message as a drill may send it: an exercise that names the drill, whatever it was before."""
    note = alert.note if drill in alert.note else _joined(drill, alert.note)
    return replace(alert, status=Status.EXERCISE, note=note)


def _joined(*notes: str) -> str:
    return "；".join(note for note in notes if note)
