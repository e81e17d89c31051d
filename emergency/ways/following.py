"""The closures that roads obey, known to this process by their version: one small question a request."""

from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from sqlalchemy.orm import Session

from emergency.ways.reading import SavedClosure, get_version, list_standing
from gis_core.roads.closures import Closure, OpenRoads, Profile, open_roads, responder
from gis_core.roads.network import RoadNetwork

PROFILE_NAMES = {"public": "社会车辆", "responder": "救援车辆"}


@dataclass(frozen=True, slots=True)
class Standing:
    """Closures that nobody has lifted, of one version, with what roads take for them."""

    version: int
    saved: tuple[SavedClosure, ...]
    values: tuple[Closure, ...]

    def holding(self, incident_no: str | None) -> list[tuple[SavedClosure, Closure]]:
        """Those that hold for a question: real ones; for one about a drill its own as well."""
        pairs = zip(self.saved, self.values, strict=True)
        return [
            (one, value)
            for one, value in pairs
            if not one.is_drill or (incident_no is not None and one.incident_no == incident_no)
        ]


@dataclass(slots=True)
class KnownClosures:
    """The closures of the newest version that somebody asked for here; safe to share between threads.

    What a closure touches is remembered by the network (gis_core/roads/closures.py): the same values are
    handed out until the version is another one, so nothing is cut twice.
    """

    _lock: Lock = field(default_factory=Lock)
    _known: Standing | None = None

    def standing(self, session: Session) -> Standing:
        """The closures as this session sees them: the version is asked for, rows only when it is new."""
        # Before the rows: rows that are newer than their version are read once more, never missed.
        version, known = get_version(session), self._known
        if known is not None and known.version == version:
            return known
        saved = list_standing(session)
        before = {} if known is None else {value: value for value in known.values}
        values = tuple(before.get(value, value) for value in (one.as_closure() for one in saved))
        found = Standing(version, saved, values)
        with self._lock:
            if self._known is None or self._known.version < version:
                self._known = found
        return found

    def open(
        self,
        session: Session,
        network: RoadNetwork,
        *,
        profile: str = "public",
        at: datetime,
        incident_no: str | None = None,
    ) -> OpenRoads:
        """The roads open to a profile at a moment; drills' closures hold for their own incident alone."""
        holding = self.standing(session).holding(incident_no)
        who = _profile(profile, [one for one, _ in holding])
        return open_roads(network, [value for _, value in holding], profile=who, at=at)


def _profile(name: str, holding: list[SavedClosure]) -> Profile:
    if name != "responder":
        return Profile(name)
    return responder(one.key for one in holding if "responder" in one.said.may_enter)
