"""Readings and alarms as people and rules look at them. Reads only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, String, bindparam, select, text
from sqlalchemy.orm import Session

from emergency.measurements.tables import AlarmRow, DrillClockRow, ReadingRow, RefusedReadingRow
from emergency.rules.alarms import Heard, Nonsense, OpenAlarm
from emergency.rules.drill_clock import ClockTold, DrillClock
from emergency.rules.plans.situation import Rainfall
from emergency.rules.readings import MEASURES, REASONS, Measure
from gis_core.errors import NotFound

MOST_READINGS = 5_000
MOST_SHOWN = 100


class AlarmNotFound(NotFound):
    """There is no such alarm."""

    code = "alarm_not_found"


@dataclass(frozen=True, slots=True)
class ReadingShown:
    """A reading as its page shows it."""

    measure: str
    at: datetime
    since: datetime | None
    value: float
    channel: str
    is_by_hand: bool
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class RefusedShown:
    """A reading that was kept apart."""

    came_at: datetime
    instrument: str
    reason: str
    sent: str
    channel: str

    @property
    def why(self) -> str:
        """The reason in words."""
        return REASONS[self.reason]


@dataclass(frozen=True, slots=True)
class AlarmShown:
    """An alarm with who has seen it."""

    id: int
    kind: str
    subject: str
    gravity: int
    words: str
    incident_no: str
    is_drill: bool
    since: datetime
    until: datetime | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None


Latest = Mapping[str, Mapping[Measure, Heard]]
"""The last value of each measure of each instrument."""

# One step down the primary key for each instrument and measure, however many readings there are.
_LATEST = text("""
    SELECT i.code, m.measure, r.at, r.value, r.came_at
    FROM unnest(:codes) AS i(code) CROSS JOIN unnest(:measures) AS m(measure)
    CROSS JOIN LATERAL (
        SELECT at, value, came_at FROM emergency.reading
        WHERE instrument = i.code AND measure = m.measure AND is_drill = :is_drill
        ORDER BY at DESC LIMIT 1
    ) r
""").bindparams(bindparam("codes", type_=ARRAY(String)), bindparam("measures", type_=ARRAY(String)))
_NONSENSE = text("""
    SELECT DISTINCT ON (instrument) instrument, came_at, reason, sent FROM emergency.reading_refused
    WHERE is_drill = :is_drill AND reason <> 'contradicts' AND (instrument = ANY(:codes) OR came_at > :since)
    ORDER BY instrument, came_at DESC
""").bindparams(bindparam("codes", type_=ARRAY(String)))


def list_latest(session: Session, codes: Collection[str], *, is_drill: bool = False) -> Latest:
    """The last values of instruments, one query; those that never said anything are left out."""
    found: dict[str, dict[Measure, Heard]] = {}
    asked = {"codes": sorted(codes), "measures": list(MEASURES), "is_drill": is_drill}
    for row in session.execute(_LATEST, asked):
        found.setdefault(row.code, {})[row.measure] = Heard(row.at, row.value, row.came_at)
    return found


def list_spoken_by_others(session: Session, codes: Collection[str], channel: str) -> set[str]:
    """Instruments of which somebody else than this channel has brought readings."""
    query = select(ReadingRow.instrument).distinct()
    query = query.where(
        ReadingRow.instrument.in_(codes), ReadingRow.channel != channel, ReadingRow.is_drill.is_(False)
    )
    return set(session.scalars(query))


def list_nonsense(
    session: Session, codes: Collection[str], *, since: datetime, is_drill: bool = False
) -> dict[str, Nonsense]:
    """The last reading refused of each of these instruments, and of others those that came since a moment."""
    asked = {"codes": sorted(codes), "since": since, "is_drill": is_drill}
    return {
        row.instrument: Nonsense(row.came_at, f"{REASONS[row.reason]}（{row.sent.partition('，')[0][:60]}）")
        for row in session.execute(_NONSENSE, asked)
    }


def list_rain(
    session: Session, names: Mapping[str, str], *, since: datetime, is_drill: bool = False
) -> list[Rainfall]:
    """What fell at gauges since a moment, told under their names."""
    query = select(ReadingRow).where(
        ReadingRow.instrument.in_(names),
        ReadingRow.measure == "rain_mm",
        ReadingRow.is_drill.is_(is_drill),
        ReadingRow.at > since,
    )
    return [
        Rainfall(names[row.instrument], row.since, row.at, row.value)
        for row in session.execute(query).scalars()
        if row.since is not None
    ]


def list_readings(
    session: Session, code: str, *, since: datetime, is_drill: bool = False
) -> list[ReadingShown]:
    """The last readings of one instrument, oldest first."""
    query = select(ReadingRow).where(
        ReadingRow.instrument == code, ReadingRow.is_drill.is_(is_drill), ReadingRow.at > since
    )
    rows = session.execute(query.order_by(ReadingRow.at.desc()).limit(MOST_READINGS)).scalars().all()
    return [ReadingShown(**_picked(row, ReadingShown)) for row in reversed(rows)]


def list_courses(
    session: Session, codes: Collection[str], *, since: datetime, is_drill: bool = False
) -> dict[tuple[str, str], list[tuple[datetime, float]]]:
    """The values of many instruments since a moment by instrument and measure, oldest first; one query."""
    columns = (ReadingRow.instrument, ReadingRow.measure, ReadingRow.at, ReadingRow.value)
    query = select(*columns).where(
        ReadingRow.instrument.in_(codes), ReadingRow.is_drill.is_(is_drill), ReadingRow.at > since
    )
    courses: dict[tuple[str, str], list[tuple[datetime, float]]] = {}
    for row in session.execute(query.order_by(ReadingRow.at)):
        courses.setdefault((row.instrument, row.measure), []).append((row.at, row.value))
    return courses


def list_refused(session: Session, code: str, *, is_drill: bool = False) -> list[RefusedShown]:
    """The newest readings of an instrument that were kept apart."""
    query = select(RefusedReadingRow).where(
        RefusedReadingRow.instrument == code, RefusedReadingRow.is_drill.is_(is_drill)
    )
    rows = session.execute(query.order_by(RefusedReadingRow.came_at.desc()).limit(MOST_SHOWN)).scalars()
    return [RefusedShown(**_picked(row, RefusedShown)) for row in rows]


def read_clock(session: Session) -> DrillClock:
    """What was told of the clock of the drill being played; one query."""
    rows = session.execute(select(DrillClockRow).order_by(DrillClockRow.told_at)).scalars()
    return DrillClock([ClockTold(row.told_at, row.shows, row.speed, row.until) for row in rows])


def moment_of(session: Session, at: datetime, *, is_drill: bool) -> datetime:
    """What time it is for readings: in a drill that of its scenario, else the city's."""
    return read_clock(session).at(at) if is_drill else at


def list_open_alarms(session: Session, *, is_drill: bool) -> list[OpenAlarm]:
    """Alarms that have not ended, as the sweep compares them."""
    query = select(AlarmRow).where(AlarmRow.until.is_(None), AlarmRow.is_drill.is_(is_drill))
    return [OpenAlarm(row.id, row.key, row.gravity, row.words) for row in session.execute(query).scalars()]


def list_standing(session: Session, *, is_drill: bool = False) -> list[AlarmShown]:
    """Alarms that stand, those nobody has seen yet first, then the gravest and the newest."""
    query = select(AlarmRow).where(AlarmRow.until.is_(None), AlarmRow.is_drill.is_(is_drill))
    order = (AlarmRow.acknowledged_at.is_not(None), AlarmRow.gravity.desc(), AlarmRow.since.desc())
    return _alarms(session.execute(query.order_by(*order).limit(MOST_SHOWN)).scalars().all())


def list_past(session: Session, *, since: datetime, is_drill: bool = False) -> list[AlarmShown]:
    """Alarms of the last time that have ended, the newest first."""
    query = select(AlarmRow).where(
        AlarmRow.since > since, AlarmRow.until.is_not(None), AlarmRow.is_drill.is_(is_drill)
    )
    return _alarms(session.execute(query.order_by(AlarmRow.since.desc()).limit(MOST_SHOWN)).scalars().all())


def get_alarm(session: Session, alarm_id: int) -> AlarmShown:
    """An alarm by its id.

    :raises AlarmNotFound: when there is none.
    """
    row = session.get(AlarmRow, min(alarm_id, 2**62))
    if row is None:
        raise AlarmNotFound("没有这条告警。请刷新监测预警页面。")
    return _alarms([row])[0]


def _alarms(rows: Sequence[AlarmRow]) -> list[AlarmShown]:
    return [AlarmShown(**_picked(row, AlarmShown)) for row in rows]


def _picked(row: object, shape: type) -> dict[str, Any]:
    names: Mapping[str, Any] = shape.__dict__["__dataclass_fields__"]
    return {name: getattr(row, name) for name in names}
