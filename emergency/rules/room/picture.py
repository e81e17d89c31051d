"""The picture of an incident at a moment: a fold of its facts. Shapes are GeoJSON in degrees (EPSG:4490)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emergency.rules.closing import stood
from emergency.rules.facts import Fact, moment_of
from emergency.rules.room.resources import OnTheMove, list_resources_of
from emergency.rules.room.shapes import feature_of

QUIET_BODIES: tuple[str, ...] = ("drawing", "receipt")
"""Facts that the timeline of the room leaves out: the map and the messages show them."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A shape that somebody drew."""

    key: str
    kind: str
    label: str
    geometry: Mapping[str, Any]
    by_person_id: int | None
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Closure:
    """A road that is closed: what its facts said of it, the last word on each thing."""

    key: str
    name: str
    since: datetime | None
    until: datetime | None
    geometry: Mapping[str, Any] | None
    may_enter: Any


@dataclass(frozen=True, slots=True)
class Weather:
    """The weather as the desk wrote it down by hand: words, where they come from, when it was seen."""

    words: str
    source: str
    seen_at: datetime
    by_name: str


@dataclass(frozen=True, slots=True)
class KeptEffect:
    """An area of effect in the record."""

    seq: int
    at: datetime
    body: Mapping[str, Any]

    @property
    def total(self) -> Mapping[str, Any]:
        """What lies inside all zones together; empty where nothing was counted."""
        counts = self.body.get("counts") or [{}]
        last: Mapping[str, Any] = counts[-1]
        return last


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the room's map and strips show."""

    drawn: tuple[Drawn, ...]
    closures: tuple[Closure, ...]
    resources: tuple[OnTheMove, ...]
    weather: Weather | None
    effects: tuple[KeptEffect, ...]

    @property
    def effect(self) -> KeptEffect | None:
        """The area of effect that was kept last."""
        return self.effects[-1] if self.effects else None


def picture_of(facts: Iterable[Fact]) -> Picture:
    """The picture after facts in their order."""
    told = list(facts)
    return Picture(
        drawn=list_drawn(told),
        closures=_closures(told),
        resources=list_resources_of(told),
        weather=_weather(told),
        effects=tuple(
            KeptEffect(one.seq, one.at, one.body["effect"]) for one in told if "effect" in one.body
        ),
    )


def list_drawn(facts: Iterable[Fact]) -> tuple[Drawn, ...]:
    """The shapes that are there, in the order in which they were drawn first."""
    found: dict[str, Drawn] = {}
    for fact in facts:
        body = fact.body.get("drawing")
        if body is None:
            continue
        if body["action"] == "remove":
            found.pop(body["key"], None)
            continue
        found[body["key"]] = Drawn(
            body["key"],
            body["kind"],
            body["label"],
            body["geometry"],
            fact.by_person_id,
            fact.by_name,
            fact.at,
        )
    return tuple(found.values())


def _closures(facts: list[Fact]) -> tuple[Closure, ...]:
    told: dict[str, Mapping[str, Any]] = {}
    for fact in facts:
        body = fact.body.get("closure")
        if body is None:
            continue
        if body["action"] == "lift":
            told.pop(body["key"], None)
            continue
        before = told.get(body["key"], {}) if body["action"] == "change" else {}
        told[body["key"]] = {**before, **body}
    return tuple(_closure(one) for one in told.values())


def _closure(body: Mapping[str, Any]) -> Closure:
    return Closure(
        body["key"],
        body.get("name") or "",
        moment_of(body.get("since")),
        moment_of(body.get("until")),
        body.get("geometry"),
        body.get("may_enter"),
    )


def _weather(facts: list[Fact]) -> Weather | None:
    noted = [one for one in facts if "weather" in one.body]
    if not noted:
        return None
    last = max(noted, key=lambda one: one.happened_at)
    body = last.body["weather"]
    return Weather(body["words"], body["source"], last.happened_at, last.by_name)


def features_of(
    picture: Picture, at: datetime, *, has_words: bool = True, is_drill: bool = False
) -> list[dict[str, Any]]:
    """Zones, closures now and planned, then what people drew; without words where visitors look."""
    found: list[dict[str, Any]] = []
    if picture.effect is not None:
        found += picture.effect.body.get("zones", {}).get("features", [])
    for closure in picture.closures:
        standing = stood(closure.since, closure.until, at)
        if closure.geometry is not None and standing != "over":
            told = {"role": "closure", "standing": standing, "is_drill": is_drill}
            told |= {"label": f"封闭：{closure.name}"} if has_words else {}
            found.append(feature_of(closure.geometry, **told))
    for one in picture.drawn:
        told = {"role": f"drawn-{one.kind}", "key": one.key}
        if has_words and one.label:
            told |= {"label": one.label}
        if has_words or one.kind != "text":
            found.append(feature_of(one.geometry, **told))
    return found
