"""Writes of receivers and deliveries; rows that are worked on are locked."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, case, cast, func, insert, or_, select, update
from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.cap.receipts import Delivery
from emergency.receivers.listed import DESTROYED, Listed
from emergency.receivers.reading import (
    DELIVERIES,
    WARNING,
    KeptDelivery,
    KeptReceiver,
    delivery_of,
    list_receivers,
    no_such_delivery,
    no_such_receiver,
    receiver_of_row,
)
from emergency.receivers.tables import WarningDeliveryRow, WarningReceiverRow
from gis_core.clock import city_time

TOKEN_BYTES = 18
"""144 bits: nobody guesses a link, and it still fits into an SMS."""


@dataclass(frozen=True, slots=True)
class DueText:
    """An SMS that this process has taken to send; no other takes it until its next try."""

    delivery_id: int
    warning_id: int
    phone: str
    token: str
    attempts: int


def lock_receivers(session: Session) -> None:
    """Let nobody else change the list until the transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("emergency.warning_receiver"))))


def get_receiver(session: Session, receiver_id: int) -> KeptReceiver:
    """A receiver, held against other writers.

    :raises ReceiverNotFound:
    """
    row = session.get(WarningReceiverRow, min(receiver_id, 2**62), with_for_update=True)
    if row is None:
        raise no_such_receiver()
    return receiver_of_row(row)


def find_receiver(session: Session, one: Listed) -> int | None:
    """The number of the receiver of that kind and name that is on the list."""
    query = select(WarningReceiverRow.id).where(
        WarningReceiverRow.kind == one.kind.value,
        WarningReceiverRow.name == one.name,
        WarningReceiverRow.removed_at.is_(None),
    )
    return session.execute(query).scalar_one_or_none()


def add_receiver(session: Session, one: Listed, asking: Asking, *, is_synthetic: bool = False) -> None:
    """Put a receiver on the list."""
    values = _columns(one) | _by(asking) | {"is_synthetic": is_synthetic}
    session.execute(insert(WarningReceiverRow).values(values))


def change_receiver(session: Session, receiver_id: int, one: Listed, asking: Asking) -> None:
    """Let a receiver be what `one` says."""
    session.execute(
        update(WarningReceiverRow)
        .where(WarningReceiverRow.id == receiver_id)
        .values(_columns(one) | _by(asking))
    )


def set_removed(session: Session, receiver_id: int, removed_at: datetime | None, asking: Asking) -> None:
    """Take a receiver off the list, or put it back with None."""
    session.execute(
        update(WarningReceiverRow)
        .where(WarningReceiverRow.id == receiver_id)
        .values(_by(asking) | {"removed_at": removed_at})
    )


def add_deliveries(session: Session, warning_id: int, asking: Asking, *, replaces: Sequence[int]) -> None:
    """One delivery of a warning for each receiver of today; what it replaces is followed up no more."""
    if replaces:
        session.execute(
            update(WarningDeliveryRow)
            .where(WarningDeliveryRow.warning_id.in_(replaces))
            .values(is_replaced=True, next_try_at=None)
        )
    today = city_time(asking.at).date()
    rows = [_new(warning_id, one, asking.at) for one in list_receivers(session) if one.is_active_on(today)]
    if rows:
        session.execute(insert(WarningDeliveryRow), rows)


def lock_delivery(session: Session, delivery_id: int) -> KeptDelivery:
    """A delivery, held against other writers.

    :raises DeliveryNotFound:
    """
    query = DELIVERIES.where(WarningDeliveryRow.id == min(delivery_id, 2**62))
    row = session.execute(query.with_for_update(of=WarningDeliveryRow)).first()
    if row is None:
        raise no_such_delivery()
    return delivery_of(*row)


def write_delivery(session: Session, delivery_id: int, after: Delivery, **more: Any) -> None:
    """Let a delivery be what the rules made of it; `more` are columns that say who noted it."""
    session.execute(
        update(WarningDeliveryRow)
        .where(WarningDeliveryRow.id == delivery_id)
        .values(
            sent_at=after.sent_at,
            delivered_at=after.delivered_at,
            confirmed_at=after.confirmed_at,
            confirmed_by=after.confirmed_by,
            failed_at=after.failed_at,
            failure=after.failure,
            **more,
        )
    )


def claim_texts(session: Session, at: datetime, *, again_at: datetime, most: int) -> list[DueText]:
    """Take SMS that are due: each counts as tried, and is due again at `again_at` unless noted as sent."""
    due = (
        select(WarningDeliveryRow.id)
        .where(WarningDeliveryRow.next_try_at <= at)
        .order_by(WarningDeliveryRow.next_try_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    claimed = session.scalars(
        update(WarningDeliveryRow)
        .where(WarningDeliveryRow.id.in_(due.scalar_subquery()))
        .values(attempts=WarningDeliveryRow.attempts + 1, next_try_at=again_at)
        .returning(WarningDeliveryRow.id)
    ).all()
    rows = session.execute(
        select(WarningDeliveryRow, WarningReceiverRow.phone)
        .join(WarningReceiverRow, WarningReceiverRow.id == WarningDeliveryRow.receiver_id)
        .where(WarningDeliveryRow.id.in_(claimed))
        .order_by(WarningDeliveryRow.id)
    )
    return [DueText(row.id, row.warning_id, phone, row.token, row.attempts) for row, phone in rows]


def claim_untold(session: Session, before: datetime, at: datetime) -> dict[int, int]:
    """Warnings that went out before a moment and are not confirmed by all, told of never; how many miss.

    They count as told from now on.
    """
    rows = session.execute(
        select(WarningDeliveryRow.id, WarningDeliveryRow.warning_id, WarningDeliveryRow.confirmed_at)
        .where(
            WarningDeliveryRow.told_at.is_(None),
            WarningDeliveryRow.created_at <= before,
            ~WarningDeliveryRow.is_replaced,
        )
        .with_for_update(skip_locked=True)
    ).all()
    if rows:
        session.execute(
            update(WarningDeliveryRow)
            .where(WarningDeliveryRow.id.in_([row.id for row in rows]))
            .values(told_at=at)
        )
    missing: dict[int, int] = {}
    for row in rows:
        if row.confirmed_at is None:
            missing[row.warning_id] = missing.get(row.warning_id, 0) + 1
    return missing


def destroy_people(session: Session, before: datetime, *, held: Sequence[str] = ()) -> int:
    """Take names and numbers of people out of receivers that were removed or ran out before a moment.

    Whoever was told of a warning about an incident of `held` stays. Answers how many were taken.
    """
    row, delivery = WarningReceiverRow, WarningDeliveryRow
    gone = or_(row.removed_at < before, row.valid_until < cast(city_time(before).date(), Date))
    kept = select(delivery.id).where(delivery.receiver_id == row.id, delivery.warning_id.in_(_about(held)))
    named = or_(row.phone != "", ~row.person.in_(("", DESTROYED)))
    done = session.scalars(
        update(row)
        .where(gone, named, ~kept.exists())
        .values(phone="", person=case((row.person == "", ""), else_=DESTROYED))
        .returning(row.id)
    ).all()
    if done:
        _forget_confirming(session, delivery.receiver_id.in_(done))
    return len(done)


def destroy_receipts(session: Session, before: datetime, *, held: Sequence[str] = ()) -> int:
    """Forget who confirmed warnings that ended before a moment; that one did and when stays. How many."""
    over = select(WARNING.c.id).where(WARNING.c.ends_at < before)
    delivery = WarningDeliveryRow
    return _forget_confirming(
        session, and_(delivery.warning_id.in_(over), ~delivery.warning_id.in_(_about(held)))
    )


def _about(incident_nos: Sequence[str]) -> Select[Any]:
    return select(WARNING.c.id).where(WARNING.c.incident_no.in_(incident_nos))


def _forget_confirming(session: Session, which: ColumnElement[bool]) -> int:
    row = WarningDeliveryRow
    named = ~row.confirmed_by.in_(("", DESTROYED))
    done = update(row).where(which, named).values(confirmed_by=DESTROYED).returning(row.id)
    return len(session.execute(done).all())


def _new(warning_id: int, one: KeptReceiver, at: datetime) -> dict[str, Any]:
    is_text = one.listed.channel == "sms"
    return {
        "warning_id": warning_id,
        "receiver_id": one.id,
        "created_at": at,
        "channel": one.listed.channel,
        "token": secrets.token_urlsafe(TOKEN_BYTES),
        "attempts": 0,
        "next_try_at": at if is_text else None,
        "sent_by": "",
        "confirmed_by": "",
        "confirmation_noted_by": "",
        "failure": "",
        "failure_noted_by": "",
        "is_replaced": False,
    }


def _columns(one: Listed) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind.value,
        "person": one.person,
        "phone": one.phone,
        "channel": one.channel,
        "valid_until": one.valid_until,
    }


def _by(asking: Asking) -> dict[str, Any]:
    return {"changed_at": asking.at, "changed_by_person_id": asking.person_id, "changed_by": asking.name}
