"""To whom a step may give a case: inspectors for a task, nearest and least busy first, and crews."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from cases.reading import CaseDetail
from cases.workload import Load, list_loads
from gis_core.places import LonLat
from web.accounts.people import Person
from web.accounts.reading import list_people
from web.field_work import live_places
from web.wiring import Wiring

MANY_TASKS = 8
"""More tasks than this and somebody farther off is proposed."""


@dataclass(frozen=True, slots=True)
class InspectorChoice:
    """An inspector to whom a task may go: tasks in hand, and how far off he or she was seen last."""

    id: int
    name: str
    is_own_grid: bool
    load: Load

    @property
    def rank(self) -> tuple[bool, bool, float, int, str]:
        """Whose grid it is and who is not overloaded first, then the nearest, the least busy, by name."""
        away_m = self.load.away_m
        far = float("inf") if away_m is None else away_m
        return not self.is_own_grid, self.load.tasks > MANY_TASKS, far, self.load.tasks, self.name


def list_inspectors(
    session: Session, wiring: Wiring, detail: CaseDetail, at: datetime
) -> tuple[InspectorChoice, ...]:
    """Inspectors for a task, the one to propose first; two queries."""
    people = list_people(session, "inspector")
    s = detail.summary
    point = wiring.plane.to_plane(LonLat(s.lon, s.lat))
    loads = list_loads(session, [p.id for p in people], point, at=at, live=live_places(wiring, people, at))
    choices = (
        InspectorChoice(p.id, p.name, detail.responsibility_code in p.responsibility_codes, loads[p.id])
        for p in people
    )
    return tuple(sorted(choices, key=lambda one: one.rank))


def list_crews(session: Session, person: Person) -> tuple[Person, ...]:
    """Crews of the person's own organisation."""
    return list_people(session, "crew", organisation_code=person.organisation_code)
