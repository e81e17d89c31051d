"""The sweep that looks for alarms: what begins is written down and told once, what is over ends.

It runs every four seconds and whenever readings come in. Alarms of drills stand on pages; nobody is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from cases.notices.wording import NoticeBook
from emergency.incidents.reading import Incident, list_open
from emergency.measurements import store
from emergency.measurements.reading import list_latest, list_nonsense, list_open_alarms, moment_of
from emergency.measurements.situations import Situations
from emergency.measurements.telling import tell_alarms
from emergency.response.reading import (
    PlanVersion,
    get_versions,
    list_active,
    list_approved_ids,
)
from emergency.rules.alarms import (
    UNKNOWN_HOLDS,
    Alarm,
    compare_alarms,
    instrument_alarms,
    proposal_alarm,
    source_alarm,
    unknown_alarm,
)
from emergency.rules.plans.asking import Asked, asked_by
from emergency.rules.plans.proposing import propose
from emergency.rules.plans.situation import Situation
from emergency.rules.readings import Instrument
from emergency.rules.responding import about
from emergency.sources.reading import list_feeds
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions


@dataclass(frozen=True, slots=True)
class Watching:
    """The sweep, wired once; it remembers plans by their version, whose document never changes."""

    sessions: Sessions
    plane: PlaneSystem
    situations: Situations
    notices: NoticeBook | None
    _plans: dict[int, PlanVersion] = field(default_factory=dict)

    def sweep(self, at: datetime) -> int:
        """Look once; answers how many alarms began."""
        with self.sessions.begin() as session:
            incidents = list_open(session, self.plane)
            n = self._look(session, at, [one for one in incidents if not one.is_drill], is_drill=False)
            drills = [one for one in incidents if one.is_drill]
            if drills or list_open_alarms(session, is_drill=True):
                n += self._look(session, at, drills, is_drill=True)
        return n

    def _look(self, session: Session, at: datetime, incidents: Sequence[Incident], *, is_drill: bool) -> int:
        instruments = self.situations.list_instruments(session)
        standing = self._of_instruments(session, instruments, at, is_drill=is_drill)
        if not is_drill:
            standing += [
                source_alarm(one.name, one.heard_at) for one in list_feeds(session) if one.is_silent(at)
            ]
        standing += self._of_plans(session, incidents, at, is_drill=is_drill)
        changes = compare_alarms(list_open_alarms(session, is_drill=is_drill), standing)
        begun = store.change_alarms(session, changes, at=at, is_drill=is_drill)
        if begun and self.notices is not None and not is_drill:
            tell_alarms(session, self.notices, begun, {one.code: one.name for one in instruments}, at=at)
        return len(begun)

    def _of_instruments(
        self, session: Session, instruments: Sequence[Instrument], at: datetime, *, is_drill: bool
    ) -> list[Alarm]:
        codes = [one.code for one in instruments]
        moment = moment_of(session, at, is_drill=is_drill)
        latest = list_latest(session, codes, is_drill=is_drill)
        nonsense = list_nonsense(session, codes, since=at - UNKNOWN_HOLDS, is_drill=is_drill)
        found = [
            alarm
            for one in instruments
            if not is_drill or one.code in latest or one.code in nonsense
            for alarm in instrument_alarms(one, latest.get(one.code, {}), nonsense.get(one.code), moment)
        ]
        strange = {code: told for code, told in nonsense.items() if code not in set(codes)}
        unknown = (unknown_alarm(code, told, at) for code, told in strange.items())
        return [*found, *(alarm for alarm in unknown if alarm)]

    def _of_plans(
        self, session: Session, incidents: Sequence[Incident], at: datetime, *, is_drill: bool
    ) -> list[Alarm]:
        """A plan in force is judged by what is known of its incident, others by what is known of the city."""
        approved = self._versions(session, list_approved_ids(session))
        active = list_active(session, [one.id for one in incidents])
        in_force = self._versions(session, {plan.version_id for one in active for plan in one.plans})
        known = self.situations.known_at(
            session, at, self._asked({**approved, **in_force}), is_drill=is_drill
        )
        by_id = {one.id: one for one in incidents}
        alarms: list[Alarm | None] = []
        responding: set[str] = set()
        for response in active:
            incident = by_id[response.incident_id]
            now = about(incident.state, known)
            for plan in response.plans:
                responding.add(plan.code)
                alarms.append(_alarm(in_force[plan.version_id], now, plan.level, incident))
        alarms += [
            _alarm(one, known, None, None) for one in approved.values() if one.head.code not in responding
        ]
        return [one for one in alarms if one]

    def _asked(self, versions: Mapping[int, PlanVersion]) -> Asked:
        return asked_by(one.plan for one in versions.values())

    def _versions(self, session: Session, ids: set[int]) -> dict[int, PlanVersion]:
        new = ids - self._plans.keys()
        if new:
            self._plans.update(get_versions(session, new))
        return {one: self._plans[one] for one in sorted(ids)}


def _alarm(
    version: PlanVersion, now: Situation, level: int | None, incident: Incident | None
) -> Alarm | None:
    return proposal_alarm(
        version.head.name,
        propose(version.plan, now, level),
        level,
        incident_no=incident.incident_no if incident else "",
        title=incident.state.title if incident else "",
    )
