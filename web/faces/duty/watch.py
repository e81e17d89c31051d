"""Watching and warning: alarms and who saw them, what plans propose now, every instrument."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from emergency.incidents.reading import list_open
from emergency.measurements.reading import list_past, list_standing
from emergency.response.reading import list_active, list_to_activate
from emergency.rules.alarms import KIND_NAMES
from emergency.rules.drill_clock import ClockTold
from emergency.rules.plans.asking import asked_by
from emergency.rules.plans.conditions import STATUS_NAMES
from emergency.rules.plans.document import RESPONSE_NAMES
from emergency.rules.plans.proposing import ACTION_NAMES, propose
from emergency.rules.readings import MEASURE_NAMES
from gis_core.errors import Conflict
from web.accounts.guards import FormSent, asking, requires
from web.accounts.people import Person
from web.faces.queues import places_of
from web.forms import parse
from web.incident_work import SEES_INCIDENTS, TAKES_CALLS
from web.rendering import page, see_other
from web.watch_work import BRINGS_READINGS, STANDINGS_SHOWN, list_watched
from web.wiring import Wired

router = APIRouter(prefix="/duty")
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]
Officer = Annotated[Person, requires(*BRINGS_READINGS)]
PAST = timedelta(hours=24)
NO_LEVEL = 9


class DrillClockSent(BaseModel):
    """The clock of a drill as whoever plays it tells it; moments with their zone."""

    shows: AwareDatetime = Field(title="演练时间")
    speed: float = Field(ge=0, allow_inf_nan=False, title="速度")
    until: AwareDatetime | None = Field(None, title="走到")
    begins: bool = Field(False, title="演练开始")


@router.get("/watch")
def show_watch(request: Request, person: Reader, wiring: Wired, drill: bool = False) -> Response:
    """Alarms that stand, what every plan proposes now with its reasons, and every instrument."""
    now = wiring.clock.now()
    with wiring.sessions() as session:
        plans = list_to_activate(session, is_drill=False)
        known = wiring.situations.known_at(session, now, asked_by(one.plan for one in plans), is_drill=drill)
        incidents = {one.id: one for one in list_open(session, wiring.plane) if one.is_drill == drill}
        active = list_active(session, incidents)
        rows = list_watched(session, wiring, known.at, is_drill=drill)
        alarms = list_standing(session, is_drill=drill)
        past = list_past(session, since=now - PAST, is_drill=drill)
    in_force = {plan.code: (plan.level, incidents[one.incident_id]) for one in active for plan in one.plans}
    proposals = []
    for one in plans:
        level, incident = in_force.get(one.head.code, (None, None))
        proposals.append((one, propose(one.plan, known, level), incident))
    proposals.sort(key=lambda row: (row[1].level or NO_LEVEL, row[0].head.code))
    shown = {
        "places": places_of(person),
        "alarms": alarms,
        "past": past,
        "proposals": proposals,
        "urgent": [row for row in proposals if row[1].action in ("activate", "raise")],
        "rows": rows,
        "is_drill": drill,
        "known_at": known.at,
        "kind_names": KIND_NAMES,
        "measure_names": MEASURE_NAMES,
        "standing_names": STANDINGS_SHOWN,
        "status_names": STATUS_NAMES,
        "response_names": RESPONSE_NAMES,
        "action_names": ACTION_NAMES,
        "may_take": person.may_act_as(*TAKES_CALLS),
        "may_bring": person.may_act_as(*BRINGS_READINGS),
        "done": request.query_params.get("done", "")[:8],
    }
    return page(request, "duty/watch.html", shown)


@router.post("/watch/clock")
def tell_drill_clock(form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Say what time it is in the drill being played; `begins` for a new one."""
    sent = parse(DrillClockSent, form)
    told = ClockTold(wiring.clock.now(), sent.shows, sent.speed, sent.until)
    wiring.measurements.tell_clock(told, begins=sent.begins)
    return see_other("/duty/watch?drill=true")


@router.post("/alarms/{alarm_id}/acknowledge")
def acknowledge(alarm_id: int, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Note that somebody on duty has seen an alarm; who comes second is shown who was first."""
    who = asking(person, person.acting_as(*BRINGS_READINGS), at=wiring.clock.now())
    drill = "&drill=true" if form.get("drill") == "true" else ""
    try:
        wiring.measurements.acknowledge(alarm_id, who)
    except Conflict:
        return see_other(f"/duty/watch?done=seen{drill}")
    return see_other(f"/duty/watch?done=done{drill}")
