"""The plans of the city: the list, and one plan with its text beside its structure."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from emergency.record.reading import KeptFinding, list_findings
from emergency.response.operations import PlanImportRefused
from emergency.response.reading import PlanHead, get_version, list_heads, list_versions
from emergency.rules.plans.comparing import PART_NAMES, compare
from emergency.rules.plans.conditions import STATUS_NAMES
from emergency.rules.plans.document import KIND_NAMES, NEXT_STATES, RESPONSE_NAMES, STATE_NAMES
from emergency.rules.plans.drawing import task_graph_svg
from emergency.rules.plans.linting import FINDINGS, lint
from emergency.rules.plans.own_tests import run_own_tests
from emergency.rules.plans.reviewing import Happening, reminders
from emergency.rules.plans.task_graph import schedule
from emergency.rules.record.findings import SETTLES_FINDINGS
from emergency.rules.record.findings import STATE_NAMES as FINDING_STATES
from gis_core.clock import city_time
from gis_core.errors import BadInput, CitygridError, Conflict, Refused
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.errors import status_of
from web.faces.queues import places_of
from web.incident_work import SEES_INCIDENTS
from web.plan_drafts import next_version
from web.rendering import page, see_other
from web.response_work import APPROVES_PLANS, KEEPS_PLANS, import_plan, move_plan
from web.wiring import Wired, Wiring
from web.words import choose_language

router = APIRouter(prefix="/duty/plans")
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]
Keeper = Annotated[Person, requires(*KEEPS_PLANS)]


@router.get("")
def show_plans(request: Request, person: Reader, wiring: Wired) -> Response:
    """Every plan with its versions."""
    return _list_page(request, wiring, person)


@router.post("")
def take_plan(request: Request, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Import a plan file; refused, the page shows what the linter found."""
    try:
        code = import_plan(wiring, person, form)
    except (BadInput, Refused, Conflict) as refusal:
        return _list_page(request, wiring, person, refusal=refusal)
    return see_other(f"/duty/plans/{code}?done=1")


@router.get("/{code}")
def show_plan(
    request: Request, code: str, person: Reader, wiring: Wired, version: str | None = None
) -> Response:
    """A version of a plan: chapters beside structure, findings, its own tests, what changed."""
    return _plan_page(request, wiring, person, code, version)


@router.post("/{code}/{version}/{state}")
def move(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request, code: str, version: str, state: str, form: FormSent, person: Keeper, wiring: Wired
) -> Response:
    """Move a version to its next state."""
    try:
        move_plan(wiring, person, code, version, state)
    except (BadInput, Refused, Conflict) as refusal:
        return _plan_page(request, wiring, person, code, version, refusal=refusal)
    return see_other(f"/duty/plans/{code}?version={version}&done=1")


def _list_page(
    request: Request, wiring: Wiring, person: Person, *, refusal: CitygridError | None = None
) -> Response:
    with wiring.sessions() as session:
        heads = list_heads(session)
    plans: dict[str, list[PlanHead]] = {}
    for head in heads:
        plans.setdefault(head.code, []).append(head)
    shown = _around(person) | {
        "plans": plans,
        "may_keep": person.may_act_as(*KEEPS_PLANS),
        "found": refusal.findings if isinstance(refusal, PlanImportRefused) else (),
        "refusal": refusal,
    }
    return page(request, "duty/plans.html", shown, status=200 if refusal is None else status_of(refusal))


def _plan_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    code: str,
    version: str | None,
    *,
    refusal: CitygridError | None = None,
) -> Response:
    book, on = wiring.responses.book, city_time(wiring.clock.now()).date()
    with wiring.sessions() as session:
        versions = list_versions(session, code)
        around = book.around(session, on)
        from_incidents = list_findings(session, plan_code=code)
    kept = get_version(versions, version)
    older = versions[versions.index(kept) + 1 :]
    plan = kept.plan
    texts = {task.code: task.text for task in plan.tasks}
    planned = schedule(plan.tasks)
    drawn = task_graph_svg(planned, texts, plan.name, wiring.words.teller(choose_language(request)))
    shown = _around(person) | {
        "head": kept.head,
        "plan": plan,
        "versions": [one.head for one in versions],
        "findings": lint(plan, around),
        "results": run_own_tests(plan),
        "planned": planned,
        "graph": Markup(drawn),  # noqa: S704 - every text is escaped there
        "older": older[0].head if older else None,
        "changes": compare(older[0].plan, plan, book.staff) if older else (),
        "staff": book.staff,
        "reminders": reminders(plan, book.rules, on, happenings=_happenings(from_incidents)),
        "from_incidents": from_incidents,
        "finding_states": FINDING_STATES,
        "may_settle": person.may_act_as(*SETTLES_FINDINGS),
        "may_keep": person.may_act_as(*KEEPS_PLANS),
        "next_version": next_version(kept.head.version),
        "next_states": _next_states(kept.head.state, person),
        "refusal": refusal,
    }
    return page(request, "duty/plan.html", shown, status=200 if refusal is None else status_of(refusal))


def _happenings(findings: list[KeptFinding]) -> list[Happening]:
    """Findings that are still open, as reasons to review the plan."""
    return [
        Happening(one.trigger, city_time(one.stated_at).date(), one.found)
        for one in findings
        if one.state == "open"
    ]


def _next_states(state: str, person: Person) -> list[str]:
    if not person.may_act_as(*KEEPS_PLANS):
        return []
    approves = person.may_act_as(*APPROVES_PLANS)
    return [one for one in NEXT_STATES[state] if approves or one not in ("approved", "retired")]


def _around(person: Person) -> dict[str, Any]:
    return {
        "places": places_of(person),
        "state_names": STATE_NAMES,
        "kind_names": KIND_NAMES,
        "response_names": RESPONSE_NAMES,
        "status_names": STATUS_NAMES,
        "part_names": PART_NAMES,
        "finding_names": {code: name for code, (name, _) in FINDINGS.items()},
    }
