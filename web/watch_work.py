"""Instruments as pages show them: how each stands, what it said last, its course as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup
from sqlalchemy.orm import Session

from emergency.measurements.reading import (
    Latest,
    ReadingShown,
    list_courses,
    list_latest,
)
from emergency.resources.reading import no_such_resource
from emergency.rules.alarms import KIND_NAMES, standing_of
from emergency.rules.plans.conditions import STANDING_NAMES
from emergency.rules.readings import MEASURE_NAMES, Instrument, by_code_and_name
from web.hydrograph import Curve, hydrograph, sparkline
from web.wiring import Wiring
from web.words import Translate

BRINGS_READINGS = ("duty_officer", "commander")
"""Posts that write down readings by hand and acknowledge alarms."""
COURSE = timedelta(hours=12)
SHOWN = timedelta(hours=72)
MAIN = ("flow_m3_s", "rain_mm", "stage_m", "value", "standing")
"""Of several measures the one whose course is shown in a list."""
STANDINGS_SHOWN: dict[str, str] = {**STANDING_NAMES, "silent": KIND_NAMES["silent"]}


@dataclass(frozen=True, slots=True)
class Watched:
    """An instrument as a row: how it stands, what it said last, its course, the lines it has reached."""

    instrument: Instrument
    standing: str
    last: tuple[tuple[str, str, datetime], ...]
    newest: datetime | None
    course: Markup
    reached: tuple[str, ...]

    @property
    def is_quiet(self) -> bool:
        """Nothing of it needs anybody."""
        return self.standing == "normal" and not self.reached


def list_watched(session: Session, wiring: Wiring, now: datetime, *, is_drill: bool) -> list[Watched]:
    """Every instrument, those that need somebody first; in a drill those that take part in it."""
    instruments = wiring.situations.list_instruments(session)
    codes = [one.code for one in instruments]
    latest = list_latest(session, codes, is_drill=is_drill)
    courses = list_courses(session, codes, since=now - COURSE, is_drill=is_drill)
    rows = [
        row_of(one, latest, next((c for m in MAIN if (c := courses.get((one.code, m)))), []), now)
        for one in instruments
        if not is_drill or one.code in latest
    ]
    return sorted(rows, key=lambda one: (one.is_quiet, one.instrument.code))


def row_of(
    one: Instrument, latest: Latest, course: Sequence[tuple[datetime, float]], now: datetime
) -> Watched:
    """An instrument with what it said last."""
    heard = latest.get(one.code, {})
    newest = max((said.at for said in heard.values()), default=None)
    is_silent = newest is None or now - newest > timedelta(minutes=one.stale_after_min)
    standing = standing_of(one, heard) if one.is_sensor else "normal"
    last = tuple(
        (measure, value_words(one, measure, heard[measure].value), heard[measure].at)
        for measure in one.measures
        if measure in heard
    )
    reached = tuple(
        line.name
        for line in one.lines
        if not is_silent and line.measure in heard and heard[line.measure].value >= line.at_least
    )
    picture = Markup(sparkline(course, now - COURSE, now))  # noqa: S704  # numbers alone
    return Watched(one, "silent" if is_silent else standing, last, newest, picture, reached)


def value_words(one: Instrument, measure: str, value: float) -> str:
    """A value with its unit, or the word of a standing."""
    if measure == "standing":
        return STANDING_NAMES[("normal", "alarm", "fault")[int(value)]]
    return f"{value:g} {one.unit_of(measure)}".strip()


def curves_of(
    one: Instrument, readings: Sequence[ReadingShown], now: datetime, say: Translate
) -> list[Markup]:
    """The courses of an instrument's measures with their lines."""
    earliest = min((each.at for each in readings), default=now) - timedelta(minutes=30)
    curves = []
    for measure in one.measures:
        points = [(each.at, each.value) for each in readings if each.measure == measure]
        if points and measure != "standing":
            lines = [(say(line.name), line.at_least) for line in one.lines if line.measure == measure]
            title = f"{one.name} {say(MEASURE_NAMES[measure])}"
            curve = Curve(title, say(one.unit_of(measure)), points, lines, is_bars=measure == "rain_mm")
            drawn = hydrograph(curve, max(now - SHOWN, earliest), now)
            curves.append(Markup(drawn))  # noqa: S704  # every word of it is escaped
    return curves


def get_instrument(session: Session, wiring: Wiring, code: str) -> Instrument:
    """A gauge or sensor in service by its code, or by the name that plans know it under.

    :raises NoSuchResource: when there is none.
    """
    found = by_code_and_name(tuple(wiring.situations.list_instruments(session))).get(code)
    if found is None:
        raise no_such_resource(code)
    return found
