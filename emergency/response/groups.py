"""The working groups of an incident's response as they stand: of plans in force, with who is on duty."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from emergency.duty.reading import list_shifts
from emergency.response.operations import levels_of
from emergency.response.reading import get_versions, list_active
from emergency.rules.plans.composing import PlanAtLevel, gather
from emergency.rules.plans.posts import Staff
from emergency.rules.room.groups import WorkingGroup, working_groups
from emergency.rules.roster import on_duty
from gis_core.clock import city_time

ANSWERS: dict[str, str] = {
    "duty_officer": "duty_officer",
    "deputy": "duty_officer",
    "duty_leader": "leader",
}
"""Which post of the command centre is held by whoever is on duty as what."""


@dataclass(frozen=True, slots=True)
class GroupsInForce:
    """Whom the groups of a response consist of; `centre` is the code of the command centre."""

    staff: Staff
    centre: str

    def __call__(self, session: Session, incident_id: int, at: datetime) -> tuple[WorkingGroup, ...]:
        """The command and every group; none without a response in force."""
        active = list_active(session, [incident_id])
        if not active:
            return ()
        levels = levels_of(active[0])
        versions = get_versions(session, levels.keys())
        chosen = [PlanAtLevel(versions[key].plan, level) for key, level in levels.items()]
        command, groups = gather(
            chosen, on=city_time(at).date(), commander=active[0].commander, names=self.staff
        )
        return working_groups(
            command,
            groups,
            self.staff,
            centre=self.centre,
            plans={one.code: one.name for one in active[0].plans},
            at=at,
            on_duty=_in_the_centre(session, at),
        )


def _in_the_centre(session: Session, at: datetime) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for shift in on_duty(list_shifts(session, at, at + timedelta(seconds=1)), at):
        post = ANSWERS[shift.post]
        found[post] = (*found.get(post, ()), shift.person_name)
    return found
