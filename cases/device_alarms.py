"""Alarms of devices: the first one is a report, repeats join its case while it is open, the end is a remark.

A message is judged once: its number is kept with what came of it, and sent again it gets the same answer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from cases.feed_rules import AlarmKind

Event = Literal["alarm", "end"]
Outcome = Literal["reported", "joined", "counted", "ended", "nothing_open"]


@dataclass(frozen=True, slots=True)
class DeviceAlarm:
    """A message of a device: its number (made by the sender), the device, the kind of alarm, when it came."""

    message_id: UUID
    device_id: str
    alarm: str
    event: Event
    value: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """What comes of a message: of which case, and whether it had come before."""

    outcome: Outcome
    case_no: str | None = None
    is_repeat: bool = False


# One after the other for each device and kind, so that two at once make one case; until the transaction ends.
_QUEUE = text("SELECT pg_advisory_xact_lock(hashtextextended(:device_id || ' ' || :alarm, 0))")
_KNOWN = text("""
    SELECT a.outcome, c.case_no FROM cases.device_alarm a LEFT JOIN cases.seen_case c ON c.id = a.case_id
    WHERE a.message_id = :message_id
""")
# A case that was merged into another goes on there.
_OPEN = text("""
    SELECT coalesce(kept.case_no, c.case_no) AS case_no, a.at,
        max(a.at) FILTER (WHERE a.outcome IN ('reported', 'joined')) OVER () AS noted_at
    FROM cases.device_alarm a
    JOIN cases.seen_case c ON c.id = a.case_id
    LEFT JOIN cases.seen_case kept ON kept.case_no = c.merged_into
    WHERE a.device_id = :device_id AND a.alarm = :alarm AND a.event = 'alarm'
        AND CASE WHEN kept.id IS NULL THEN c.closed_at ELSE kept.closed_at END IS NULL
    ORDER BY a.at DESC, a.id DESC LIMIT 1
""")
_KEEP = text("""
    INSERT INTO cases.device_alarm (message_id, device_id, alarm, event, value, at, outcome, case_id)
    SELECT :message_id, :device_id, :alarm, :event, :value, :at, :outcome,
        (SELECT id FROM cases.seen_case WHERE case_no = :case_no)
""")


def judge(session: Session, told: DeviceAlarm, kind: AlarmKind) -> Judged:
    """What is to be done of a message; others of the same device and kind wait until the transaction ends."""
    named = {"device_id": told.device_id, "alarm": told.alarm}
    session.execute(_QUEUE, named)
    known = session.execute(_KNOWN, {"message_id": told.message_id}).one_or_none()
    if known is not None:
        return Judged(known.outcome, known.case_no, is_repeat=True)
    last = session.execute(_OPEN, named).one_or_none()
    if told.event == "end":
        return Judged("nothing_open") if last is None else Judged("ended", last.case_no)
    if last is None or told.at - last.at > kind.window:
        return Judged("reported")
    is_quiet = last.noted_at is not None and told.at - last.noted_at < kind.quiet
    return Judged("counted" if is_quiet else "joined", last.case_no)


def keep(session: Session, told: DeviceAlarm, judged: Judged) -> None:
    """Write down what came of a message."""
    session.execute(
        _KEEP,
        {
            "message_id": told.message_id,
            "device_id": told.device_id,
            "alarm": told.alarm,
            "event": told.event,
            "value": told.value,
            "at": told.at,
            "outcome": judged.outcome,
            "case_no": judged.case_no,
        },
    )
