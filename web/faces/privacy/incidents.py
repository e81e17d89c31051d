"""For auditors: what named people in responses to incidents and was destroyed, what is kept by decision."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response

from cases.privacy_rules import load_retention
from emergency.record.reading import MOST_LISTED, Destroyed, list_destroyed, list_holds
from emergency.rules.record.destroying import ALL
from gis_core.clock import city_time
from web.accounts.guards import requires
from web.accounts.people import Person
from web.faces.queues import places_of
from web.list_files import MOST_ROWS, Cell, Say, table_response
from web.rendering import page
from web.wiring import Wired, Wiring
from web.words import choose_language

router = APIRouter()
Auditor = Annotated[Person, requires("auditor")]
COLUMNS = ("时间", "事件编号", "销毁了什么", "条数", "了结", "保存天数", "规则版本")


@router.get("/privacy/incidents")
def show_destroyed(request: Request, person: Auditor, wiring: Wired, before: int | None = None) -> Response:
    """What was destroyed by which rule, the newest first; above it what is kept by whose decision."""
    at = wiring.clock.now()
    with wiring.sessions() as session:
        lines = list_destroyed(session, before_id=before)
        holds = list_holds(session)
    rules = load_retention(wiring.city)
    shown = {
        "places": places_of(person),
        "lines": lines,
        "holds": holds,
        "next": lines[-1].id if len(lines) == MOST_LISTED else None,
        "kinds": ALL,
        "columns": COLUMNS,
        "days": rules.days_on(city_time(at).date()),
        "periods": rules.periods,
        "version": rules.version,
    }
    return page(request, "privacy/incidents.html", shown)


@router.get("/privacy/incidents.csv")
def export_destroyed(request: Request, person: Auditor, wiring: Wired) -> Response:
    """The same list as a file, at most 50,000 rows."""
    say = wiring.words.translator(choose_language(request))
    return table_response("destroyed-of-incidents", _rows(wiring, say))


def _rows(wiring: Wiring, say: Say) -> Iterator[Sequence[Cell]]:
    yield [say(heading) for heading in COLUMNS]
    before: int | None = None
    n = 0
    while n < MOST_ROWS:
        with wiring.sessions() as session:
            found = list_destroyed(session, before_id=before)
        for one in found:
            yield _row(one, say)
        if len(found) < MOST_LISTED:
            return
        before, n = found[-1].id, n + len(found)


def _row(one: Destroyed, say: Say) -> Sequence[Cell]:
    what = say(ALL[one.what].name) if one.what in ALL else one.what
    settled = _written(one.settled_at) if one.settled_at else None
    return (_written(one.at), one.incident_no, what, one.n, settled, one.days, one.rule_version)


def _written(moment: datetime) -> str:
    return f"{city_time(moment):%Y-%m-%d %H:%M:%S}"
