"""An incident at a moment of its past, as replay pages show it: board, map, and the line of what happened.

Everything is worked out of facts up to the moment. A link to a moment shows the same on any later day; the
hash of the last fact then, which covers all before it, is shown so that two sheets can be compared.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from shapely import box, unary_union
from shapely.geometry import mapping, shape

from emergency.incidents.reading import Incident, broken_at, get_incident, list_facts
from emergency.record.reading import Moment, state_at
from emergency.rules.incidents import MARK_NAMES, TRANSITIONS
from emergency.rules.record.moments import KIND_WORDS, Passed, passed, turns
from emergency.rules.reporting import Owed, Standing
from emergency.rules.responding import TASK_STATES
from emergency.rules.room.picture import features_of
from emergency.rules.room.resources import STATE_NAMES
from emergency.rules.room.shapes import KIND_NAMES
from gis_core.clock import city_time
from web.wall_replay import BadReplay, ReplayInFuture, read_moment, written_moment
from web.wiring import Wiring

SPEEDS = (1, 10, 60)
LAST_SHOWN = 8
LABELS = {edge.action: edge.label for edge in TRANSITIONS}


class MomentAsked(BaseModel):
    """The moment and the speed in an address, as they were typed."""

    model_config = ConfigDict(extra="ignore")

    at: str = Field("", max_length=40, title="时刻")
    speed: int = Field(60, title="倍速")


@dataclass(frozen=True, slots=True)
class Replayed:
    """An incident at a moment, the line of its facts, and whether their chain holds."""

    incident: Incident
    line: tuple[Passed, ...]
    n: int
    moment: Moment
    turns: tuple[datetime, ...]
    broken: int | None
    digest: str

    @property
    def begins(self) -> datetime:
        """When the first fact was written."""
        return self.line[0].at

    @property
    def length_s(self) -> float:
        """How long the line is; a second at least."""
        return max(1.0, (self.line[-1].at - self.begins).total_seconds())

    @property
    def at_s(self) -> float:
        """How far on the line the moment is."""
        return min(self.length_s, max(0.0, (self.moment.at - self.begins).total_seconds()))

    @property
    def before(self) -> datetime | None:
        """The moment of the fact before the one that is shown last."""
        return self.line[self.n - 2].at if self.n > 1 else None

    @property
    def next(self) -> datetime | None:
        """The moment of the next fact."""
        return next((one.at for one in self.line[self.n :] if one.at > self.moment.at), None)

    @property
    def lately(self) -> tuple[Passed, ...]:
        """What had happened last, the newest first."""
        return self.line[max(0, self.n - LAST_SHOWN) : self.n][::-1]

    @property
    def ticks(self) -> list[tuple[float, str, int]]:
        """Where on the line facts are, in thousandths of it, of what kind, and which."""
        return [
            (round(1000 * (one.at - self.begins).total_seconds() / self.length_s, 1), one.kind, one.seq)
            for one in self.line
        ]

    @property
    def owed(self) -> list[tuple[Owed, Standing]]:
        """Reports owed then, with how they stood; what was no longer asked for is left out."""
        told = [(one, one.standing(self.moment.at)) for one in self.moment.owed]
        return [
            (one, standing) for one, standing in told if standing != "withdrawn" and one.rule.kind != "log"
        ]

    @property
    def task_counts(self) -> dict[str, int]:
        """How many tasks stood how; and `overdue` how many open ones were late."""
        tasks = self.moment.stood.tasks
        counted = Counter(one.state for one in tasks)
        late = sum(one.is_open and one.due_at is not None and one.due_at < self.moment.at for one in tasks)
        return {state: counted[state] for state in TASK_STATES} | {"overdue": late}

    def as_script(self) -> dict[str, Any]:
        """What the player needs: seconds from the beginning, and the moments at which the picture changes."""
        facts = {one.at for one in self.line}
        steps = sorted(facts | set(self.turns))
        return {
            "begins": self.begins.isoformat(),
            "length_s": self.length_s,
            "at_s": self.at_s,
            "speeds": SPEEDS,
            "steps": [[(at - self.begins).total_seconds(), written_moment(at), at in facts] for at in steps],
        }


def read_replay(wiring: Wiring, incident_no: str, asked: MomentAsked, *, is_page: bool = True) -> Replayed:
    """An incident at the moment asked for, the last one without a word.

    For a board alone, asked for again and again, `is_page` is False: the chain is not verified anew, and the
    moments at which the picture changes are not worked out.
    :raises BadReplay: for what is no moment, or a speed there is none of.
    :raises ReplayInFuture, NothingKnownYet: after now, before the first fact.
    """
    if asked.speed not in SPEEDS:
        raise BadReplay("倍速只能是 1、10 或 60。请从按钮中选择。", fields=["speed"])
    at = read_moment(asked.at, "at", "时刻")
    if at is not None and at > wiring.clock.now():
        raise ReplayInFuture("还没有发生的事不能回放。请选择已经过去的时刻。", fields=["at"])
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
        facts = list_facts(session, incident.id)
        broken = broken_at(session, incident) if is_page else None
    book, line = wiring.incidents.book, passed(facts)
    moment = state_at(facts, at or line[-1].at, book)
    n = sum(one.at <= moment.at for one in line)
    digest = facts[n - 1].hash.hex()[:16]
    changes = turns(facts, state_at(facts, line[-1].at, book).owed) if is_page else ()
    return Replayed(incident, line, n, moment, changes, broken, digest)


def shapes_of(found: Replayed, *, has_words: bool = True) -> dict[str, Any]:
    """What the map showed then, as GeoJSON (EPSG:4490): the incident, the last area of effect, closures,
    drawings. The wall, which visitors see, gets no words that people wrote.
    """
    stood, incident = found.moment.stood, found.incident
    features = _extent(found)
    features += features_of(stood.picture, found.moment.at, has_words=has_words, is_drill=incident.is_drill)
    if incident.place is not None:
        level = stood.state.event_level
        features.append(
            {
                "type": "Feature",
                "geometry": {
                    "type": "Point",
                    "coordinates": [incident.place.lon_deg, incident.place.lat_deg],
                },
                "properties": {
                    "role": "incident",
                    "event_level": level and int(level),
                    **({"label": stood.state.title} if has_words else {}),
                },
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _extent(found: Replayed) -> list[dict[str, Any]]:
    """A box that no layer draws around all that the map ever showed: the view holds it from the beginning."""
    bodies = [one.fact.body for one in found.line]
    shapes = [
        shape(dict(geometry))
        for body in bodies
        for geometry in (
            *(body.get(name, {}).get("geometry") for name in ("closure", "drawing")),
            *(one["geometry"] for one in body.get("effect", {}).get("zones", {}).get("features", ())),
        )
        if isinstance(geometry, Mapping)
    ]
    place = found.incident.place
    if place is not None:
        west, south = place.lon_deg - AROUND_DEG, place.lat_deg - AROUND_DEG
        shapes.append(box(west, south, place.lon_deg + AROUND_DEG, place.lat_deg + AROUND_DEG))
    if not shapes:
        return []
    around = mapping(box(*unary_union([one.envelope for one in shapes]).bounds))
    return [{"type": "Feature", "geometry": around, "properties": {"role": "extent"}}]


AROUND_DEG = 0.008
"""About 800 m: an incident without any shape is seen with the streets around it."""


def shown_of(wiring: Wiring, found: Replayed, *, is_on_wall: bool = False) -> dict[str, Any]:
    """What the templates of a moment need."""
    stood = found.moment.stood
    names = wiring.responses.book.staff.organisations
    by_department: dict[str, list[Any]] = {}
    for task in sorted(stood.tasks, key=lambda one: (one.department, one.due_at or one.given_at)):
        by_department.setdefault(names.get(task.department, task.department), []).append(task)
    return {
        "incident": found.incident,
        "is_on_wall": is_on_wall,
        "replay_base": f"{'/wall' if is_on_wall else ''}/incidents/{found.incident.incident_no}/replay",
        "found": found,
        "stood": stood,
        "then": found.moment.at,
        "then_written": written_moment(found.moment.at),
        "said_then": said(found.moment.at),
        "by_department": by_department,
        "task_states": TASK_STATES,
        "task_counts": found.task_counts,
        "resource_states": STATE_NAMES,
        "shape_kinds": KIND_NAMES,
        "n_resources": Counter(one.state for one in stood.picture.resources),
        "kind_words": KIND_WORDS,
        "safe_words": safe_words,
        "speeds": SPEEDS,
        "written": written_moment,
        "said": said,
    }


def safe_words(one: Passed) -> str:
    """What a fact is about in fixed words: for the wall, which is sent nothing that people wrote."""
    body = one.fact.body
    names: dict[str, str] = dict(MARK_NAMES.items()) | TASK_STATES | STATE_NAMES
    for name in (body.get("mark"), *(body.get(one, {}).get("state") for one in ("task", "resource"))):
        if name in names:
            return names[str(name)]
    label = LABELS.get(one.fact.action, one.fact.action)
    return "" if one.fact.action == "note" or label == KIND_WORDS[one.kind] else label


def said(at: datetime) -> str:
    """A moment to the second, in the city's time."""
    return f"{city_time(at):%Y-%m-%d %H:%M:%S}"
