"""Writes of readings and alarms, set-wise; each reading once, each alarm once."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.measurements.tables import AlarmRow, DrillClockRow, ReadingRow, RefusedReadingRow
from emergency.rules.alarms import Alarm, AlarmChanges
from emergency.rules.drill_clock import ClockTold
from emergency.rules.readings import Reading, RefusedReading
from emergency.tables import TOLD_OF


@dataclass(frozen=True, slots=True)
class Brought:
    """How readings came: when, by whom, and whether they are real."""

    at: datetime
    channel: str
    is_by_hand: bool = False
    is_drill: bool = False
    is_synthetic: bool = False


# What is there already is left as it is; what it says otherwise comes back.
_ADD = text("""
    WITH sent AS (
        SELECT * FROM jsonb_to_recordset(:rows) AS s(
            instrument text, measure text, at timestamptz, since timestamptz, value double precision)
    ), new AS (
        INSERT INTO emergency.reading (instrument, measure, is_drill, at, since, value, came_at, channel,
            is_by_hand, is_synthetic)
        SELECT instrument, measure, :is_drill, at, since, value, :came_at, :channel, :is_by_hand,
            :is_synthetic FROM sent
        ON CONFLICT DO NOTHING
        RETURNING instrument, measure, at
    )
    SELECT s.instrument, s.measure, s.at, n.at IS NOT NULL AS is_new,
        k.value IS DISTINCT FROM s.value AND n.at IS NULL AS contradicts
    FROM sent s
    LEFT JOIN new n USING (instrument, measure, at)
    LEFT JOIN emergency.reading k ON k.instrument = s.instrument AND k.measure = s.measure
        AND k.is_drill = :is_drill AND k.at = s.at
""")


def add_readings(
    session: Session, readings: Sequence[Reading], brought: Brought
) -> tuple[int, list[tuple[str, str, datetime]]]:
    """Write readings, each once; how many were new, and which say otherwise than what is kept already."""
    rows = [
        {
            "instrument": one.instrument,
            "measure": one.measure,
            "at": one.at.isoformat(),
            "since": one.since and one.since.isoformat(),
            "value": one.value,
        }
        for one in sorted(readings, key=lambda one: (one.instrument, one.measure, one.at))
    ]  # in one order: two batches that overlap do not wait for each other in a circle
    how = {
        "rows": Jsonb(rows),
        "is_drill": brought.is_drill,
        "came_at": brought.at,
        "channel": brought.channel,
        "is_by_hand": brought.is_by_hand,
        "is_synthetic": brought.is_synthetic,
    }
    found = session.execute(_ADD, how).all() if rows else []
    return sum(row.is_new for row in found), [
        (row.instrument, row.measure, row.at) for row in found if row.contradicts
    ]


def add_refused(session: Session, refused: Sequence[RefusedReading], brought: Brought) -> int:
    """Keep what was not believed; how much of it was not known already."""
    rows = {
        _digest(one, brought): {
            "instrument": one.instrument,
            "reason": one.reason,
            "sent": one.sent,
            "channel": brought.channel,
            "is_drill": brought.is_drill,
            "came_at": brought.at,
        }
        for one in refused
    }
    if not rows:
        return 0
    values = [row | {"digest": digest} for digest, row in rows.items()]
    added = insert(RefusedReadingRow).values(values).on_conflict_do_nothing(index_elements=["digest"])
    return len(session.execute(added.returning(RefusedReadingRow.id)).all())


def tell_clock(session: Session, told: ClockTold, *, begins: bool) -> None:
    """Write down what the clock shows; where a drill begins, what gauges said in the one before goes."""
    if begins:
        session.execute(delete(DrillClockRow))
        for table in (ReadingRow, RefusedReadingRow):
            session.execute(delete(table).where(table.is_drill))
    how = {"shows": told.shows, "speed": told.speed, "until": told.until}
    row = insert(DrillClockRow).values(told_at=told.told_at, **how)
    session.execute(row.on_conflict_do_update(index_elements=["told_at"], set_=how))


def change_alarms(
    session: Session, changes: AlarmChanges, *, at: datetime, is_drill: bool
) -> list[tuple[int, Alarm]]:
    """Write how alarms differ now; those that began here, with their ids: another sweep may be first."""
    if changes.ended:
        ended = update(AlarmRow).where(AlarmRow.id.in_(changes.ended), AlarmRow.until.is_(None))
        session.execute(ended.values(until=at))
    for number, one in changes.reworded:
        reworded = update(AlarmRow).where(AlarmRow.id == number, AlarmRow.until.is_(None))
        session.execute(reworded.values(words=one.words, gravity=one.gravity))
    begun: list[tuple[int, Alarm]] = []
    for one in sorted(changes.begun, key=lambda one: one.key):
        row = insert(AlarmRow).values(
            key=one.key[:140],
            kind=one.kind,
            subject=one.subject[:60],
            gravity=one.gravity,
            words=one.words,
            incident_no=one.incident_no,
            is_drill=is_drill,
            since=at,
        )
        added = session.execute(row.on_conflict_do_nothing().returning(AlarmRow.id)).scalar_one_or_none()
        if added is not None:
            begun.append((added, one))
    if changes.begun or changes.ended or changes.reworded:
        tell(session, {"", *(one.incident_no for one in changes.begun)})
    return begun


def acknowledge(session: Session, alarm_id: int, asking: Asking) -> bool:
    """Note who has seen an alarm; False when somebody had before, or there is none."""
    done = session.execute(
        update(AlarmRow)
        .where(AlarmRow.id == min(alarm_id, 2**62), AlarmRow.acknowledged_at.is_(None))
        .values(acknowledged_by_id=asking.person_id, acknowledged_by=asking.name, acknowledged_at=asking.at)
        .returning(AlarmRow.id)
    )
    is_done = done.first() is not None
    if is_done:
        tell(session, {""})
    return is_done


def tell(session: Session, incident_numbers: set[str]) -> None:
    """Let desks and walls look again; each number once, at commit."""
    for number in sorted(incident_numbers):
        session.execute(select(func.pg_notify(TOLD_OF, number)))


def forget_readings(session: Session, before: datetime) -> int:
    """Take out readings, refused ones, ended alarms and clocks of drills from before a moment: how many."""
    gone = 0
    for table, when in (
        (ReadingRow, ReadingRow.at < before),
        (RefusedReadingRow, RefusedReadingRow.came_at < before),
        (AlarmRow, AlarmRow.until < before),
        (DrillClockRow, DrillClockRow.told_at < before),
    ):
        gone += len(session.execute(delete(table).where(when).returning(text("1"))).all())
    return gone


def _digest(one: RefusedReading, brought: Brought) -> bytes:
    told = json.dumps([one.instrument, one.reason, one.sent, brought.channel, brought.is_drill])
    return hashlib.sha256(told.encode("utf-8", "replace")).digest()
