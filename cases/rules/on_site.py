"""The geofence: whether who verifies, rechecks or handles outside stood at the case."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from cases.rules.findings import STOOD, STOOD_NOWHERE, STOOD_VAGUELY, say
from gis_core.errors import Refused
from gis_core.places import LonLat

FIELD_ROLES = ("inspector", "crew")
"""Posts that work outside; desks act on behalf of others and are not asked where they are."""
OWN_SYSTEMS = ("WGS84", "EPSG:4490", "GCJ-02", "BD-09")
MOST_OF_EARTH_M = 1e6
IfUnknown = Literal["warn", "refuse"]
Verdict = Literal["on_site", "away", "unknown", "vague"]


class BadOwnPosition(Refused):
    """A position of one's own that cannot be one."""

    code = "bad_own_position"


class NotOnSite(Refused):
    """Whoever takes the step is not at the case."""

    code = "not_on_site"


class NoOwnPosition(Refused):
    """The city asks for one's position, and none came, or one too inaccurate."""

    code = "no_own_position"


@dataclass(frozen=True, slots=True)
class OwnPosition:
    """Where somebody stands, in degrees of `system`; `accuracy_m` is the radius of a 95 % (W3C) circle.

    `distance_m` is how far from the case, once that is known.
    """

    place: LonLat
    accuracy_m: float = 0.0
    system: str = "WGS84"
    distance_m: float | None = None


@dataclass(frozen=True, slots=True)
class Fence:
    """How near to a case a step is taken, metres, and what becomes of a step without a position."""

    within_m: float
    if_unknown: IfUnknown = "warn"


@dataclass(frozen=True, slots=True)
class Fences:
    """The fence of each step, and the accuracy (metres) beyond which a position says nothing."""

    steps: Mapping[str, Fence]
    most_accuracy_m: float = 0.0

    def fence_of(self, step: str, role: str) -> Fence | None:
        """The fence at which a post is held at a step, if any."""
        return self.steps.get(step) if role in FIELD_ROLES else None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody was found to stand when taking a step."""

    verdict: Verdict
    within_m: float
    distance_m: float | None = None
    accuracy_m: float | None = None

    @property
    def words(self) -> str:
        """The finding in Chinese."""
        if self.distance_m is None or self.accuracy_m is None:
            return say(STOOD_NOWHERE, within=self.within_m)
        sentence = STOOD_VAGUELY if self.verdict == "vague" else STOOD
        return say(sentence, n=self.distance_m, accuracy=self.accuracy_m, within=self.within_m)


def read_own_position(
    lon: float | None, lat: float | None, accuracy_m: float | None, system: str
) -> OwnPosition | None:
    """A position as a client sends it; None when none was sent. Without an accuracy it is taken as exact.

    :raises BadOwnPosition: for half a position, and for numbers and systems that cannot be.
    """
    if lon is None and lat is None and accuracy_m is None:
        return None
    accuracy = 0.0 if accuracy_m is None else accuracy_m
    is_sound = isfinite(accuracy) and 0 <= accuracy <= MOST_OF_EARTH_M and system in OWN_SYSTEMS
    if lon is None or lat is None or not is_sound or not _is_on_earth(lon, lat):
        raise BadOwnPosition(
            "本人位置不对：经度、纬度要一起填，且在地球上；精度是不小于 0 的米数；"
            f"坐标系是 {'、'.join(OWN_SYSTEMS)} 之一。请重新定位后提交。"
        )
    return OwnPosition(LonLat(lon, lat), accuracy, system)


def _is_on_earth(lon: float, lat: float) -> bool:
    return isfinite(lon) and isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90


def stand(position: OwnPosition | None, fence: Fence, most_accuracy_m: float) -> Standing:
    """Where somebody stands: on site when the circle of the position reaches within the fence."""
    if position is None or position.distance_m is None:
        return Standing("unknown", fence.within_m)
    numbers = (fence.within_m, position.distance_m, position.accuracy_m)
    if position.accuracy_m > most_accuracy_m:
        return Standing("vague", *numbers)
    is_near = position.distance_m - position.accuracy_m <= fence.within_m
    return Standing("on_site" if is_near else "away", *numbers)


def need_on_site(standing: Standing, fence: Fence, label: str) -> None:
    """Refuse who stands elsewhere; who does not say where, only when the city says so.

    :raises NotOnSite: NoOwnPosition.
    """
    if standing.verdict == "away":
        raise NotOnSite(
            f"您距案件 {standing.distance_m:.0f} 米（精度 {standing.accuracy_m:.0f} 米），"
            f"{label}须在 {fence.within_m:.0f} 米以内。请到现场后再提交。",
            distance_m=standing.distance_m,
            accuracy_m=standing.accuracy_m,
            within_m=fence.within_m,
        )
    if standing.verdict != "on_site" and fence.if_unknown == "refuse":
        raise NoOwnPosition(
            f"{label}须同时发送本人位置，现在没有取得或太粗。请打开定位，到开阔处再试。",
            within_m=fence.within_m,
        )
