"""Reports that nothing has gone out for: posts are told step by step before the deadline, and after it.

The steps stand in `incident_reporting.yaml`. How far each report was escalated is kept in its row, so that no
step is told twice and none is lost when no worker ran for a while: what was missed is told at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.notices.wording import NoticeBook
from emergency.incident_data import IncidentBook
from emergency.incidents import store
from emergency.incidents.reading import OwedReport, list_owed_next
from emergency.incidents.telling import tell_owed
from emergency.rules.reporting import Escalation
from gis_core.clock import city_time
from gis_core.db import Sessions


@dataclass(frozen=True, slots=True)
class Escalating:
    """The sweep of reports that are owed."""

    sessions: Sessions
    book: IncidentBook
    notices: NoticeBook

    def sweep(self, at: datetime) -> int:
        """Tell whoever has to hear of reports now; answers how many were told of."""
        steps = self.steps_on(at)
        if not steps:
            return 0
        n = 0
        with self.sessions.begin() as session:
            ahead = timedelta(minutes=steps[0].before_min)
            for owed in list_owed_next(session, until=at + ahead):
                reached = sum(at >= owed.due_at - timedelta(minutes=one.before_min) for one in steps)
                if owed.is_drill or reached <= owed.told:
                    continue
                if store.note_told(session, owed.incident_id, owed.rule_code, owed.n, told=reached):
                    tell_owed(session, self.notices, owed, steps[reached - 1].roles, seq=seq_of(owed), at=at)
                    n += 1
        return n

    def steps_on(self, at: datetime) -> list[Escalation]:
        """The steps in force, the earliest first."""
        rules = self.book.reporting_on(city_time(at).date())
        return sorted(rules.escalations, key=lambda one: -one.before_min)


def seq_of(owed: OwedReport) -> int:
    """A number that tells notices of one report from those of another."""
    return (owed.incident_id * 100 + owed.n) % 2**31
