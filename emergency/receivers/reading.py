"""Receivers and deliveries as pages and sweeps look at them. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, String, column, select, table
from sqlalchemy.orm import Session

from emergency.cap.messages import Reference
from emergency.cap.receipts import Delivery, DeliveryState, Receiver, ReceiverKind
from emergency.receivers.listed import DESTROYED, Listed, ReceiverChannel
from emergency.receivers.tables import WarningDeliveryRow, WarningReceiverRow
from emergency.tables import MOMENT, SCHEMA
from gis_core.errors import NotFound

WARNING = table(
    "warning",
    column("id"),
    column("sender", String),
    column("identifier", String),
    column("sent", MOMENT),
    column("ends_at", MOMENT),
    column("incident_no", String),
    schema=SCHEMA,
)


class ReceiverNotFound(NotFound):
    """The list has no such receiver."""

    code = "warning_receiver_not_found"


class DeliveryNotFound(NotFound):
    """Nothing went out to such a receiver, or the link is not one of ours."""

    code = "warning_delivery_not_found"


@dataclass(frozen=True, slots=True)
class KeptReceiver:
    """A receiver with its number here and who changed it last."""

    id: int
    listed: Listed
    removed_at: datetime | None
    changed_at: datetime
    changed_by: str
    is_synthetic: bool

    def is_active_on(self, on: date) -> bool:
        """Whether warnings of a day go there."""
        until = self.listed.valid_until
        return self.removed_at is None and (until is None or on <= until)


@dataclass(frozen=True, slots=True)
class KeptDelivery:
    """A delivery with its receiver as it is on the list now."""

    id: int
    warning_id: int
    receiver: KeptReceiver
    delivery: Delivery
    created_at: datetime
    channel: str
    attempts: int
    sent_by: str
    confirmation_noted_by: str
    failure_noted_by: str
    is_replaced: bool

    @property
    def state(self) -> DeliveryState:
        """How far it has come."""
        return self.delivery.state


def list_receivers(session: Session, *, removed: bool = False) -> list[KeptReceiver]:
    """The list in the order of the law's kinds, then by name; else what was removed, the latest first."""
    where = WarningReceiverRow.removed_at.is_not(None) if removed else WarningReceiverRow.removed_at.is_(None)
    found = [receiver_of_row(row) for row in session.scalars(select(WarningReceiverRow).where(where))]
    if removed:
        return sorted(found, key=lambda one: one.changed_at, reverse=True)
    order = list(ReceiverKind)
    return sorted(found, key=lambda one: (order.index(one.listed.kind), one.listed.name))


def list_deliveries(session: Session, warning_id: int) -> list[KeptDelivery]:
    """What went out of a warning, in the order of the list."""
    query = DELIVERIES.where(WarningDeliveryRow.warning_id == min(warning_id, 2**62))
    found = [delivery_of(*row) for row in session.execute(query)]
    order = list(ReceiverKind)
    return sorted(found, key=lambda one: (order.index(one.receiver.listed.kind), one.receiver.listed.name))


def get_of_token(session: Session, token: str) -> KeptDelivery:
    """What a link is about.

    :raises DeliveryNotFound: for a token that was never given.
    """
    query = DELIVERIES.where(WarningDeliveryRow.token == token.replace("\x00", "")[:43])
    row = session.execute(query).first()
    if row is None:
        raise no_such_delivery()
    return delivery_of(*row)


def no_such_receiver() -> ReceiverNotFound:
    """What somebody is told who means a receiver that the list has not."""
    return ReceiverNotFound("名单里没有这个接收单位。请刷新后重试。")


def no_such_delivery() -> DeliveryNotFound:
    """What somebody is told whose link or number leads nowhere."""
    return DeliveryNotFound("没有这条预警回执。请核对短信里的链接，或从预警页面重新打开。")


DELIVERIES: Select[Any] = (
    select(WarningDeliveryRow, WarningReceiverRow, WARNING.c.sender, WARNING.c.identifier, WARNING.c.sent)
    .join(WarningReceiverRow, WarningReceiverRow.id == WarningDeliveryRow.receiver_id)
    .join(WARNING, WARNING.c.id == WarningDeliveryRow.warning_id)
)


def receiver_of_row(row: WarningReceiverRow) -> KeptReceiver:
    """A receiver as its row has it."""
    channel: ReceiverChannel = "sms" if row.channel == "sms" else "phone"
    kind = ReceiverKind(row.kind)
    listed = Listed(row.name, kind, row.person, row.phone, channel, row.valid_until)
    return KeptReceiver(row.id, listed, row.removed_at, row.changed_at, row.changed_by, row.is_synthetic)


def delivery_of(
    row: WarningDeliveryRow, to: WarningReceiverRow, sender: str, identifier: str, sent: datetime
) -> KeptDelivery:
    """A delivery as the rows of `DELIVERIES` have it."""
    receiver = receiver_of_row(to)
    listed = receiver.listed
    delivery = Delivery(
        Reference(sender, identifier, sent),
        Receiver(listed.name, listed.kind, listed.person or DESTROYED, row.channel),
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        confirmed_at=row.confirmed_at,
        confirmed_by=row.confirmed_by,
        failed_at=row.failed_at,
        failure=row.failure,
    )
    return KeptDelivery(
        row.id,
        row.warning_id,
        receiver,
        delivery,
        row.created_at,
        row.channel,
        row.attempts,
        row.sent_by,
        row.confirmation_noted_by,
        row.failure_noted_by,
        row.is_replaced,
    )


def count_confirmed(deliveries: Sequence[KeptDelivery]) -> int:
    """How many of them are confirmed."""
    return sum(one.state is DeliveryState.CONFIRMED for one in deliveries)
