"""Everything that changes a closure, one transaction each; one of an incident is a fact of it too."""

import json
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.incidents.operations import Incidents
from emergency.incidents.reading import get_incident
from emergency.rules.closing import Closing, ClosureStep, NoteWays, change, close, lift
from emergency.ways import store
from emergency.ways.reading import SavedClosure
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.errors import Conflict
from gis_core.shapes import snap_to_grain, to_lonlat


class StaleClosure(Conflict):
    """The closure was changed after the page was drawn."""

    code = "stale_closure"


@dataclass(frozen=True, slots=True)
class Closures:
    """The operations on closures, wired once; safe to share between threads."""

    sessions: Sessions
    plane: PlaneSystem
    incidents: Incidents

    def close(
        self,
        closing: Closing,
        asking: Asking,
        *,
        client_id: UUID,
        incident_no: str | None = None,
        is_drill: bool = False,
    ) -> SavedClosure:
        """Close roads, once for each client id; those of a drill's incident are a drill's.

        :raises IncidentNotFound: beside what `Closing.checked` and the incident's step raise.
        """
        step = close(_on_grain(closing))
        try:
            with self.sessions.begin() as session:
                if (known := store.find_known(session, client_id)) is not None:
                    return known
                if incident_no is not None:
                    is_drill = get_incident(session, self.plane, incident_no).is_drill
                new = store.NewClosure(client_id, incident_no, is_drill)
                made = store.add(session, new, step, asking, srid=self.plane.srid)
                self._tell(session, made, step, asking)
                return made
        except IntegrityError as problem:
            if "uq_closure_client_id" not in str(problem.orig):
                raise
            with self.sessions() as session:  # the same form came in twice at once, and the other won
                known = store.find_known(session, client_id)
                assert known is not None
                return known

    def change(self, closure_id: int, wanted: Closing, asking: Asking, *, seen_revision: int) -> SavedClosure:
        """Say a closure anew.

        :raises NoSuchClosure, StaleClosure: beside what `change` of the rules and the incident's step raise.
        """
        with self.sessions.begin() as session:
            held = self._held(session, closure_id, seen_revision)
            step = change(held.said, _on_grain(wanted), lifted_at=held.lifted_at)
            return self._record(session, held, step, asking)

    def lift(self, closure_id: int, why: str, asking: Asking, *, seen_revision: int) -> SavedClosure:
        """Open the roads again.

        :raises NoSuchClosure, StaleClosure: beside what `lift` of the rules and the incident's step raise.
        """
        with self.sessions.begin() as session:
            held = self._held(session, closure_id, seen_revision)
            step = lift(held.said, why, at=asking.at, lifted_at=held.lifted_at)
            return self._record(session, held, step, asking)

    def _held(self, session: Session, closure_id: int, seen_revision: int) -> SavedClosure:
        held = store.lock(session, closure_id)
        if held.revision != seen_revision:
            raise StaleClosure("这处封控在您打开页面之后有了变化，没有写入。请刷新后再办理。")
        return held

    def _record(
        self, session: Session, held: SavedClosure, step: ClosureStep, asking: Asking
    ) -> SavedClosure:
        after = store.record(session, held, step, asking, srid=self.plane.srid)
        self._tell(session, after, step, asking)
        return after

    def _tell(self, session: Session, closure: SavedClosure, step: ClosureStep, asking: Asking) -> None:
        if closure.incident_no is None:
            return
        said = step.after
        body = {
            "key": closure.key,
            "action": step.action,
            "name": said.name,
            "since": said.begins_at.isoformat(),
            "until": said.ends_at and said.ends_at.isoformat(),
            "geometry": self._degrees(said),
            "may_enter": list(said.may_enter),
        }
        note = NoteWays(step.words, {"closure": body})
        self.incidents.step(session, closure.incident_no, note, asking, None)

    def _degrees(self, said: Closing) -> Any:
        """The shape as GeoJSON (EPSG:4490), to a decimetre."""
        written = shapely.transform(to_lonlat(said.shape, self.plane), lambda places: places.round(6))
        return json.loads(shapely.to_geojson(written))


def _on_grain(closing: Closing) -> Closing:
    """What was drawn on the stored grain, so that what is read back is what was written."""
    return replace(closing, shape=snap_to_grain(closing.shape))
