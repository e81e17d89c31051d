"""Many cases at once: choose them and a step, see which can take it, have it taken, see what came of it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated
from urllib.parse import parse_qsl
from uuid import UUID, uuid5

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import QueryParams

from cases.bulk.operations import MOST_CASES, BulkActs
from cases.bulk.reading import (
    Standing,
    count_outcomes,
    get_run,
    get_standing,
    list_items,
    list_reasons,
    list_runs,
)
from cases.rules.asks import LONGEST_SUSPENSION
from cases.rules.deciding import Asking
from cases.rules.reasons import REASONS
from cases.rules.stages import STAGE_NAMES, action_label
from gis_core.clock import city_time
from gis_core.errors import BadInput, CitygridError, Refused
from grid.rules.criteria import Criterion
from web.accounts.guards import FormSent, asking
from web.accounts.people import Person
from web.accounts.reading import list_people
from web.actions import ActionSent, NoSuchAction, role_for
from web.assignees import list_crews
from web.bulk_work import (
    OUTCOME_NAMES,
    PROPOSED,
    STATUS_NAMES,
    asks_of,
    bulk_acts_of,
    command_for,
    steps_offered,
)
from web.faces.queues import KEPT_IN_VIEWS, address_with, places_of, read_queue
from web.faces.views import case_no_parts
from web.faces.workbench.posts import at_a_desk, get_post
from web.filters import kept
from web.forms import parse
from web.list_files import Cell, Say, table_response
from web.rendering import page, see_other
from web.wiring import Wired, Wiring
from web.words import choose_language

router = APIRouter()
AtDesk = Annotated[Person, at_a_desk]
RESULT_HEADINGS = ("案卷号", "结果", "说明")


class ChoiceSent(BaseModel):
    """The form below a list: the cases ticked, or all of the list."""

    model_config = ConfigDict(extra="ignore")

    token: UUID = Field(title="页面标识")  # of the page: the same choice on it is the same run
    query: str = Field("", max_length=2000, title="筛选条件")
    all: bool = Field(False, title="全部")
    case: tuple[str, ...] = Field((), max_length=MOST_CASES, title="案件")


@router.post("/workbench/{key}/bulk")
def choose_cases(key: str, form: FormSent, person: AtDesk, wiring: Wired) -> Response:
    """Keep which cases were chosen from a list."""
    post = get_post(key, person)
    sent = parse(ChoiceSent, form)
    query = QueryParams(kept(QueryParams(parse_qsl(sent.query)), KEPT_IN_VIEWS))
    tab, filtered = read_queue(post, person, query)
    case_nos = () if sent.all else sent.case or ("-",)  # none ticked is none, not all
    run_id = acts_of(wiring).choose(
        uuid5(sent.token, "\n".join([sent.query, *sorted(case_nos)])),
        _asking(wiring, person, min(person.roles)),
        tab.narrowed(filtered, person),
        case_nos,
        roles=sorted(person.roles),
        back=address_with(post.address, query.multi_items()) if query else f"{post.address}?tab={tab.key}",
    )
    return see_other(f"/bulk/{run_id}")


@router.get("/bulk")
def show_runs(request: Request, person: AtDesk, wiring: Wired) -> Response:
    """What the person did with many cases before."""
    with wiring.sessions() as session:
        runs = list_runs(session, person.id)
    shown = {"runs": runs, "status_names": STATUS_NAMES, "places": places_of(person)}
    return page(request, "workbench/bulk_runs.html", shown)


@router.get("/bulk/{run_id}")
def show_run(request: Request, run_id: int, person: AtDesk, wiring: Wired, action: str = "") -> Response:
    """Cases chosen: the steps they may take, the form of one, how far it is, what came of it."""
    return _run_page(request, wiring, person, run_id, action=action)


@router.post("/bulk/{run_id}/check")
def try_step(request: Request, run_id: int, form: FormSent, person: AtDesk, wiring: Wired) -> Response:
    """The dry run: which of the cases can take the step."""
    action = str(form.get("action") or "")
    try:
        if asks_of(action) is None:
            raise NoSuchAction("这一步不能批量办理，请逐件办理。")
        sent = parse(ActionSent, form).model_dump(mode="json", exclude_defaults=True)
        command_for(action, sent, {"proposed_department_code": PROPOSED})
        acts_of(wiring).ask(run_id, _asking(wiring, person, role_for(person, action)), action, sent)
    except (BadInput, Refused) as refusal:
        return _run_page(request, wiring, person, run_id, action=action, refusal=refusal)
    return see_other(f"/bulk/{run_id}")


@router.post("/bulk/{run_id}/start")
def start_run(run_id: int, form: FormSent, person: AtDesk, wiring: Wired) -> Response:
    """Have the step taken for those that can; pressed twice, it is done once."""
    acts_of(wiring).start(run_id, _asking(wiring, person, min(person.roles)))
    return see_other(f"/bulk/{run_id}")


@router.post("/bulk/{run_id}/cancel")
def cancel_run(run_id: int, form: FormSent, person: AtDesk, wiring: Wired) -> Response:
    """Stop; what was done stays done."""
    acts_of(wiring).cancel(run_id, _asking(wiring, person, min(person.roles)))
    return see_other(f"/bulk/{run_id}")


@router.get("/bulk/{run_id}/results.csv")
def take_results(request: Request, run_id: int, person: AtDesk, wiring: Wired) -> Response:
    """What came of each case, as a file."""
    say = wiring.words.translator(choose_language(request))
    with wiring.sessions() as session:
        get_run(session, run_id, person.id)
    return table_response(f"bulk-{run_id}", _result_rows(wiring, run_id, say))


def acts_of(wiring: Wiring) -> BulkActs:
    """The operations on many cases."""
    return bulk_acts_of(wiring.sessions, wiring.cases)


def _result_rows(wiring: Wiring, run_id: int, say: Say) -> Iterator[Sequence[Cell]]:
    yield [say(heading) for heading in RESULT_HEADINGS]
    after = 0
    while True:
        with wiring.sessions() as session:
            items = list_items(session, run_id, after=after, most=1_000)
        for item in items:
            yield [case_no_parts(item.case_no), say(OUTCOME_NAMES[item.outcome]), item.message or ""]
        if not items:
            return
        after = items[-1].place


def _run_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    run_id: int,
    *,
    action: str = "",
    refusal: CitygridError | None = None,
) -> Response:
    at = wiring.clock.now()
    today = city_time(at).date()
    with wiring.sessions() as session:
        run = get_run(session, run_id, person.id)
        is_choosing = run.status == "draft" or (run.status == "checked" and bool(action))
        standing = get_standing(session, run_id) if is_choosing else None
        steps = steps_offered(standing, person) if standing else ()
        chosen = next((step for step in steps if step.action == action), None)
        asks = chosen.asks if chosen else ()
        shown = {
            "run": run,
            "counts": count_outcomes(session, run_id),
            "reasons_told": list_reasons(session, run_id) if not is_choosing else (),
            "items": list_items(session, run_id, most=50) if not is_choosing else (),
            "standing": standing,
            "steps": steps,
            "chosen": chosen,
            "criteria": _criteria(wiring, standing, asks),
            "inspectors": list_people(session, "inspector") if "inspector_id" in asks else (),
            "crews": list_crews(session, person) if "crew_id" in asks else (),
            "organisations": wiring.rules.organisation_names,
            "proposed": PROPOSED,
            "codes": REASONS.get(action, {}),
            "action_label": action_label(run.action) if run.action else "",
            "status_names": STATUS_NAMES,
            "outcome_names": OUTCOME_NAMES,
            "stage_names": STAGE_NAMES,
            "today": today,
            "tomorrow": today + timedelta(days=1),
            "in_a_year": today + LONGEST_SUSPENSION,
            "refusal": refusal,
            "places": places_of(person),
        }
    return page(request, "workbench/bulk_run.html", shown, status=422 if refusal else 200)


def _criteria(wiring: Wiring, standing: Standing | None, asks: Sequence[str]) -> Sequence[Criterion]:
    if standing is None or "criterion_code" not in asks:
        return ()
    kind, type_code = standing.types[0]
    return wiring.catalogue.criteria_of(kind, type_code)


def _asking(wiring: Wiring, person: Person, role: str) -> Asking:
    return asking(person, role, at=wiring.clock.now())
