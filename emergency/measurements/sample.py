"""Readings of the drawn sample city: quiet water, little rain, detectors that stand well; all flagged.

They go on while the demonstration runs, so that its gauges do not fall silent; an instrument of which anybody
else has sent a reading is left alone.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import sin
from zlib import crc32

from emergency.measurements import store
from emergency.measurements.instruments import list_instruments
from emergency.measurements.reading import list_latest, list_spoken_by_others
from emergency.measurements.store import Brought
from emergency.rules.readings import STANDINGS, Instrument, Measure, Reading
from gis_core.db import Sessions

CHANNEL = "示意数据"
STEP = timedelta(minutes=10)
BACK = timedelta(hours=12)
DAY_S = 86_400


def continue_sample(sessions: Sessions, at: datetime) -> int:
    """Let instruments of the sample say what they said since they were last heard; how many readings."""
    with sessions.begin() as session:
        sampled = [one for one in list_instruments(session) if one.is_synthetic]
        codes = [one.code for one in sampled]
        others = list_spoken_by_others(session, codes, CHANNEL)
        latest = list_latest(session, codes)
        readings: list[Reading] = []
        for one in sampled:
            if one.code not in others:
                last = max((heard.at for heard in latest.get(one.code, {}).values()), default=None)
                readings += _said(one, last, at)
        n, _ = store.add_readings(session, readings, Brought(at, CHANNEL, is_synthetic=True))
    return n


def _said(one: Instrument, last: datetime | None, until: datetime) -> Iterator[Reading]:
    """A reading at every tenth minute after the last one, at most those of half a day."""
    first = max(last + STEP if last else until - BACK, until - BACK)
    step_s = STEP.total_seconds()
    moment = datetime.fromtimestamp(-(-first.timestamp() // step_s) * step_s, UTC)
    while moment <= until:
        for measure in one.measures:
            since = moment - STEP if measure == "rain_mm" else None
            yield Reading(one.code, measure, moment, _value(one, measure, moment), since)
        moment += STEP


def _value(one: Instrument, measure: Measure, moment: datetime) -> float:
    """A value that depends on the instrument and the time of day alone, far below every line."""
    lots = crc32(f"{one.code} {moment.timestamp():.0f}".encode()) % 1000 / 1000
    wave = 1 + 0.2 * sin(moment.timestamp() / DAY_S * 6.28 + crc32(one.code.encode()) % 6)
    if measure == "standing":
        return STANDINGS["normal"]
    if measure == "rain_mm":
        return round(0.4 * lots, 1) if lots > 0.8 else 0.0
    lines = [line.at_least for line in one.lines if line.measure == measure]
    low, high = one.sensible.get(measure, (0.0, min(lines, default=100.0)))
    if measure == "stage_m":
        return round(low + (high - low) * 0.1 * wave + 0.02 * lots, 2)
    return round(low + (min(lines, default=high / 10) - low) * 0.15 * wave * (0.95 + 0.1 * lots), 1)
