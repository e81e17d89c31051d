"""Incidents with plans: the sample plans kept in the database, a confirmed flood, its response."""

from emergency.incidents.operations import Incidents
from emergency.incidents.reading import get_incident
from emergency.plan_files import load_plans
from emergency.response import store
from emergency.response.operations import Choice, PlanBook, Responses
from emergency.response.reading import list_heads
from emergency.rules.commands import Confirm, Open
from emergency.rules.levels import EventLevel
from emergency.rules.responding import Stated
from gis_core.db import Sessions
from tests.case_city import FRIDAY_MORNING, baoji
from tests.incident_city import PLANE, by, incidents_in, opened, step

STATED = Stated("渭河洪水", 24, "巡堤查险，转移低洼处群众", "水文站核实林家村站流量二千六百立方米每秒")
BOOK = PlanBook.of(baoji())
PLANS = load_plans(baoji())


def responses_in(sessions: Sessions) -> Responses:
    """The operations on responses, in a city with its sample plans."""
    with sessions.begin() as session:
        for plan in PLANS:
            store.add_version(session, plan, by="系统", at=FRIDAY_MORNING)
    return Responses(sessions, incidents_in(sessions), BOOK)


def flooded(incidents: Incidents, *, is_drill: bool = False) -> str:
    """The number of a flood that was confirmed."""
    number = opened(incidents, Open("flood", "渭河水位上涨"), is_drill=is_drill)
    step(incidents, number, Confirm("flood", EventLevel(3), words="水位上涨快"), minutes=1)
    return number


def revision_of(sessions: Sessions, number: str) -> int:
    """The revision that a page would show."""
    with sessions() as session:
        return get_incident(session, PLANE, number).revision


def at_levels(sessions: Sessions, **levels: int) -> Choice:
    """Sample plans by the end of their code, each at a level."""
    with sessions() as session:
        ids = {head.code: head.id for head in list_heads(session)}
    return Choice({ids[f"BJ-{code}"]: level for code, level in levels.items()}, "leader@BJ-ZH")


def activated(responses: Responses, number: str, **levels: int) -> int:
    """How many tasks an activation gave out."""
    seen = revision_of(responses.sessions, number)
    choice = at_levels(responses.sessions, **levels)
    return responses.activate(number, choice, STATED, by("commander", minutes=2), seen_revision=seen)
