"""One gauge or sensor: its course with its lines, what it said, what was refused, and readings by hand."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from emergency.measurements.operations import Taken
from emergency.measurements.reading import list_latest, list_readings, list_refused, moment_of
from emergency.measurements.store import Brought
from emergency.rules.plans.conditions import STATUS_NAMES
from emergency.rules.readings import MEASURE_NAMES, REASONS
from gis_core.clock import city_time
from gis_core.errors import BadInput
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.errors import status_of
from web.faces.queues import places_of
from web.incident_work import SEES_INCIDENTS
from web.reading_work import COLUMNS, readings_typed
from web.rendering import page, see_other
from web.watch_work import (
    BRINGS_READINGS,
    SHOWN,
    STANDINGS_SHOWN,
    curves_of,
    get_instrument,
    row_of,
    value_words,
)
from web.wiring import Wired, Wiring
from web.words import choose_language

router = APIRouter(prefix="/duty/gauges")
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]
Officer = Annotated[Person, requires(*BRINGS_READINGS)]
MOST_DIGITS = 6


@router.get("/{code}")
def show_gauge(request: Request, code: str, person: Reader, wiring: Wired, drill: bool = False) -> Response:
    """An instrument as it stands."""
    return _page(request, wiring, person, code, is_drill=drill)


@router.post("/{code}")
def bring_readings(request: Request, code: str, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Write down what somebody read off or heard by telephone: one value, or a table."""
    is_drill = form.get("drill") == "true"
    with wiring.sessions() as session:
        instrument = get_instrument(session, wiring, code)
    brought = Brought(
        wiring.clock.now(),
        person.name,
        is_by_hand=True,
        is_drill=is_drill,
        is_synthetic=is_drill or person.is_demo,
    )
    try:
        taken = wiring.measurements.take(readings_typed(form, instrument.code), brought)
    except BadInput as refusal:
        typed = {key: value for key, value in form.items() if isinstance(value, str)}
        return _page(request, wiring, person, code, is_drill=is_drill, refusal=refusal, typed=typed)
    if taken.refused:
        return _page(request, wiring, person, code, is_drill=is_drill, taken=taken)
    drill = "&drill=true" if is_drill else ""
    return see_other(f"/duty/gauges/{instrument.code}?done={taken.n_new}{drill}")


def _page(
    request: Request,
    wiring: Wiring,
    person: Person,
    code: str,
    *,
    is_drill: bool,
    refusal: BadInput | None = None,
    typed: dict[str, str] | None = None,
    taken: Taken | None = None,
) -> Response:
    now = wiring.clock.now()
    with wiring.sessions() as session:
        one = get_instrument(session, wiring, code)
        now = moment_of(session, now, is_drill=is_drill)
        readings = list_readings(session, one.code, since=now - SHOWN, is_drill=is_drill)
        refused = list_refused(session, one.code, is_drill=is_drill)
        row = row_of(one, list_latest(session, [one.code], is_drill=is_drill), [], now)
    done = request.query_params.get("done", "")
    shown = {
        "places": places_of(person),
        "one": one,
        "row": row,
        "readings": [(each, value_words(one, each.measure, each.value)) for each in readings[::-1]],
        "curves": curves_of(one, readings, now, wiring.words.translator(choose_language(request))),
        "refused": refused,
        "refusal": refusal,
        "typed": typed or {"at": f"{city_time(now):%Y-%m-%dT%H:%M}", "measure": one.measures[0]},
        "taken": taken,
        "done": int(done) if done.isascii() and done.isdigit() and len(done) < MOST_DIGITS else None,
        "columns": tuple(COLUMNS),
        "is_drill": is_drill,
        "measure_names": MEASURE_NAMES,
        "standing_names": STANDINGS_SHOWN,
        "status_names": STATUS_NAMES,
        "reasons": REASONS,
        "may_bring": person.may_act_as(*BRINGS_READINGS),
    }
    status = status_of(refusal) if refusal else 422 if taken else 200
    return page(request, "duty/gauge.html", shown, status=status)
