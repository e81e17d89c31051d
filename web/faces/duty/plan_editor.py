"""The editor of a draft: its parts, the form of one of them, and the text beside the structure."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from emergency.response.reading import PlanVersion, get_version, is_used, list_edits, list_versions
from emergency.rules.plans import trigger_tree
from emergency.rules.plans.conditions import STATUS_NAMES
from emergency.rules.plans.document import RESPONSE_NAMES, STATE_NAMES, Plan
from emergency.rules.plans.editing import PART_KIND_NAMES, NoSuchPart, Place, Values, read_part
from emergency.rules.plans.linting import FINDINGS, lint, posts_of
from emergency.rules.plans.own_tests import run_own_tests
from emergency.rules.plans.posts import each_once
from gis_core.clock import city_time
from gis_core.errors import BadInput, CitygridError, Conflict, NotFound, Refused
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.errors import status_of
from web.faces.queues import places_of
from web.plan_drafts import begin_draft, edit_draft, next_version, place_of, plan_file
from web.plan_forms import BEGINS, BOUNDS, ENTRIES, MEASURES, SIGNS, SOURCE, STATUS, Entry, sent_of, shown_of
from web.rendering import page, see_other
from web.response_work import KEEPS_PLANS
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/duty/plans")
Keeper = Annotated[Person, requires(*KEEPS_PLANS)]
ADDED: dict[str, str] = {
    "basis": "依据", "chapter": "章", "level": "响应级别", "group": "工作组", "task": "任务",
    "termination": "响应终止", "test": "自测用例",
}  # fmt: skip


@router.get("/{code}/{version}/file")
def give_file(code: str, version: str, person: Keeper, wiring: Wired) -> Response:
    """The version as a YAML file that could be imported again."""
    with wiring.sessions() as session:
        kept = get_version(list_versions(session, code), version)
    name = f"{kept.head.code}-{kept.head.version}.yaml".encode("ascii", "replace").decode()
    named = f'attachment; filename="{name}"'
    headers = {"Content-Disposition": named, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(plan_file(kept.plan), media_type="application/yaml; charset=utf-8", headers=headers)


@router.post("/{code}/{version}/draft")
def begin(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request, code: str, version: str, form: FormSent, person: Keeper, wiring: Wired
) -> Response:
    """Begin a draft with the content of this version."""
    try:
        to, new_version = begin_draft(wiring, person, code, version, form)
    except (BadInput, Refused, Conflict) as refusal:
        return _page(request, wiring, person, code, version, Place("head"), refusal=refusal)
    return see_other(f"/duty/plans/{to}/{new_version}/edit?done=1")


@router.get("/{code}/{version}/edit")
def show(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request,
    code: str,
    version: str,
    person: Keeper,
    wiring: Wired,
    part: str = "head",
    key: str = "",
) -> Response:
    """The editor with one part open."""
    return _page(request, wiring, person, code, version, place_of(part, key))


@router.post("/{code}/{version}/edit")
def edit(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request, code: str, version: str, form: FormSent, person: Keeper, wiring: Wired
) -> Response:
    """Save a part, add, move or remove one, change a trigger, or take the latest edit back."""
    try:
        shown = edit_draft(wiring, person, code, version, form)
    except (BadInput, Refused, Conflict, NotFound) as refusal:
        place = place_of(str(form.get("part", "head")), str(form.get("key", "")))
        return _page(request, wiring, person, code, version, place, refusal=refusal, form=form)
    there = urlencode({"part": shown.kind, "key": shown.key, "done": "1"})
    return see_other(f"/duty/plans/{code}/{version}/edit?{there}")


def _page(  # noqa: PLR0917  # what is asked for, and what was refused
    request: Request,
    wiring: Wiring,
    person: Person,
    code: str,
    version: str,
    place: Place,
    *,
    refusal: CitygridError | None = None,
    form: FormData | None = None,
) -> Response:
    book, on = wiring.responses.book, city_time(wiring.clock.now()).date()
    with wiring.sessions() as session:
        kept = get_version(list_versions(session, code), version)
        around = book.around(session, on)
        edits = list_edits(session, kept.head.id)
        may_edit = kept.head.state == "draft" and not is_used(session, kept.head.id)
    plan = kept.plan
    try:
        values = _begun(place, request) if place.is_new else read_part(plan, place)
    except NoSuchPart:
        if refusal is None:
            raise
        place, values, form = Place("head"), read_part(plan, Place("head")), None
    is_saving = form is not None and form.get("do", "save") == "save"
    shown = _around(person, wiring, kept) | {
        "place": place,
        "entries": [
            (one, sent_of(form, one) if is_saving and form is not None else shown_of(values, one))
            for one in ENTRIES[place.kind]
        ],
        "posts": _posts(plan, wiring),
        "tasks": {one.code: f"{one.code} {one.text}" for one in plan.tasks if one.code != place.key},
        "findings": lint(plan, around),
        "results": {one.name: one for one in run_own_tests(plan)},
        "edits": edits,
        "may_edit": may_edit,
        "trigger": _trigger(plan, place, request, form, wiring)
        if place.kind == "level" and not place.is_new
        else None,
        "next_version": next_version(kept.head.version),
        "refusal": refusal,
    }
    return page(request, "duty/plan_edit.html", shown, status=200 if refusal is None else status_of(refusal))


def _around(person: Person, wiring: Wiring, kept: PlanVersion) -> dict[str, Any]:
    return {
        "places": places_of(person),
        "head": kept.head,
        "plan": kept.plan,
        "staff": wiring.responses.book.staff,
        "state_names": STATE_NAMES,
        "response_names": RESPONSE_NAMES,
        "status_names": STATUS_NAMES,
        "part_kind_names": PART_KIND_NAMES,
        "added": ADDED,
        "finding_names": {code: name for code, (name, _) in FINDINGS.items()},
    }


def _begun(place: Place, request: Request) -> Values:
    """What the form of a new part shows at first; a task begins in the group whose list it is added to."""
    return {**BEGINS.get(place.kind, {}), "group": request.query_params.get("group", "")}


def _posts(plan: Plan, wiring: Wiring) -> dict[str, str]:
    """Every post that somebody holds or the plan names, by its name."""
    staff = wiring.responses.book.staff
    known = each_once((*(one.post for one in staff.contacts), *posts_of(plan)))
    return {post: staff.name_of(post) for post in sorted(known, key=staff.name_of)}


def _trigger(
    plan: Plan, place: Place, request: Request, form: FormData | None, wiring: Wiring
) -> dict[str, Any]:
    """The conditions of a level, and the form of the one that is opened or added."""
    level = plan.find_level(int(place.key)) if place.key.isdecimal() else None
    trigger = level.trigger if level else None
    asked = request.query_params if form is None or form.get("do") not in ("put", "add") else form
    at, measure = str(asked.get("at", "")), str(asked.get("measure", ""))
    opened: dict[str, Any] = {}
    tree = read_part(plan, place)["trigger"]
    if "at" in asked and measure not in MEASURES:
        opened = dict(trigger_tree.find(tree, at))
        measure = str(opened.get("measure", ""))
    entries: tuple[Entry, ...] = (*MEASURES[measure][1], STATUS, SOURCE) if measure in MEASURES else ()
    is_sent = form is not None and asked is form
    return {
        "branches": trigger_tree.branches(trigger),
        "join_names": trigger_tree.JOIN_NAMES,
        "measures": {code: name for code, (name, _) in MEASURES.items()},
        "at": at,
        "measure": measure,
        "is_put": bool(opened) or (is_sent and form is not None and form.get("do") == "put"),
        "entries": [
            (one, sent_of(form, one) if is_sent and form is not None else shown_of(opened, one))
            for one in entries
        ],
        "bounds": [one.name for one in BOUNDS],
        "signs": SIGNS,
    }
