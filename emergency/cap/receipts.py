"""Who must be told of a warning and who has said so: a record of deliveries and receipts.

The law asks media and telecoms to carry a warning promptly and free of charge, crowded places to name a
person who receives it (Art. 65), and the issuer to report upward and to inform garrison and neighbours
(Art. 64). So a warning has a list of receivers, and each of them a state: not sent, sent, delivered,
confirmed, failed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from emergency.cap.messages import Reference
from gis_core.errors import BadInput, Conflict

CONFIRM_WITHIN: Final = timedelta(minutes=15)
"""How long a receiver may take to confirm before somebody calls; the figure is assumed."""


class ReceiverKind(StrEnum):
    """Those whom the law names."""

    MEDIA = "media"
    TELECOM = "telecom"
    CROWDED_PLACE = "crowded_place"
    HIGHER_BODY = "higher_body"
    GARRISON = "garrison"
    NEIGHBOUR = "neighbour"


KIND_NAMES: Final[Mapping[ReceiverKind, str]] = {
    ReceiverKind.MEDIA: "广播电视和新闻媒体",
    ReceiverKind.TELECOM: "电信运营单位",
    ReceiverKind.CROWDED_PLACE: "人员密集场所",
    ReceiverKind.HIGHER_BODY: "上级人民政府",
    ReceiverKind.GARRISON: "当地驻军",
    ReceiverKind.NEIGHBOUR: "可能受影响的毗邻地区",
}
CLAUSES: Final[Mapping[ReceiverKind, str]] = {
    kind: "突发事件应对法第六十五条"
    if kind in {ReceiverKind.MEDIA, ReceiverKind.TELECOM, ReceiverKind.CROWDED_PLACE}
    else "突发事件应对法第六十四条"
    for kind in ReceiverKind
}


class DeliveryState(StrEnum):
    """How far a delivery has come."""

    TO_SEND = "to_send"
    SENT = "sent"
    DELIVERED = "delivered"
    CONFIRMED = "confirmed"
    FAILED = "failed"


class NamesNobody(BadInput):
    """A crowded place has to name who receives warnings."""

    code = "cap_receiver_names_nobody"


class NotSentYet(Conflict):
    """Nobody confirms what was not sent."""

    code = "cap_not_sent_yet"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who must be told: an organisation, and in a crowded place the person named for it."""

    name: str
    kind: ReceiverKind
    person: str = ""
    channel: str = ""

    def __post_init__(self) -> None:
        if self.kind is ReceiverKind.CROWDED_PLACE and not self.person.strip():
            raise NamesNobody(f"“{self.name}”是人员密集场所，应指定专人接收预警。请填写接收人。")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A warning on its way to a receiver; the latest of what happened to it counts."""

    warning: Reference
    receiver: Receiver
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str = ""
    failed_at: datetime | None = None
    failure: str = ""

    @property
    def state(self) -> DeliveryState:
        """How far it has come."""
        if self.confirmed_at:
            return DeliveryState.CONFIRMED
        if self.failed_at and not self.delivered_at:
            return DeliveryState.FAILED
        if self.delivered_at:
            return DeliveryState.DELIVERED
        return DeliveryState.SENT if self.sent_at else DeliveryState.TO_SEND


def deliveries_for(warning: Reference, receivers: Iterable[Receiver]) -> tuple[Delivery, ...]:
    """One delivery for each receiver, each once."""
    return tuple(Delivery(warning, receiver) for receiver in dict.fromkeys(receivers))


def sent(delivery: Delivery, at: datetime) -> Delivery:
    """The delivery sent, or sent again after a failure."""
    return replace(delivery, sent_at=at, failed_at=None, failure="")


def delivered(delivery: Delivery, at: datetime) -> Delivery:
    """The delivery as the channel reports it to have arrived.

    :raises NotSentYet:
    """
    _require_sent(delivery)
    return replace(delivery, delivered_at=delivery.delivered_at or at)


def confirmed(delivery: Delivery, at: datetime, by: str) -> Delivery:
    """The delivery confirmed by a person; the first confirmation counts.

    :raises NotSentYet:
    """
    _require_sent(delivery)
    return delivery if delivery.confirmed_at else replace(delivery, confirmed_at=at, confirmed_by=by)


def failed(delivery: Delivery, at: datetime, why: str) -> Delivery:
    """The delivery as the channel reports it to have failed.

    :raises NotSentYet:
    """
    _require_sent(delivery)
    return replace(delivery, failed_at=at, failure=why)


def _require_sent(delivery: Delivery) -> None:
    if delivery.sent_at is None:
        raise NotSentYet(f"还没有向“{delivery.receiver.name}”发送，不能登记回执。请先发送。")


def to_call(
    deliveries: Iterable[Delivery], at: datetime, *, within: timedelta = CONFIRM_WITHIN
) -> list[Delivery]:
    """Deliveries somebody has to see to: never sent, failed, or not confirmed in time."""
    return [
        delivery
        for delivery in deliveries
        if delivery.state in {DeliveryState.TO_SEND, DeliveryState.FAILED}
        or (delivery.confirmed_at is None and delivery.sent_at is not None and at - delivery.sent_at > within)
    ]


def missing_kinds(receivers: Sequence[Receiver]) -> list[ReceiverKind]:
    """Those whom the law names and of whom the list has none."""
    there = {receiver.kind for receiver in receivers}
    return [kind for kind in ReceiverKind if kind not in there]
