"""One emergency resource on one page: facts, readiness, contact, life, and the forms that change it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, cast

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from emergency.resources.reading import get_resource, list_facts, no_such_resource
from emergency.rules.resource_cells import fields_of
from emergency.rules.resources import (
    DETAILS,
    KIND_NAMES,
    MAY_LACK_PLACE,
    READINESS_NAMES,
    BadResource,
    Readiness,
    ResourceKind,
)
from gis_core.errors import CitygridError, NotFound
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.faces.duty.register_parts import FINDING_NAMES, REFUSALS, around, names_of, status_of
from web.forms import Day, parse
from web.rendering import page, see_other
from web.resource_life import LifeTeller
from web.resource_work import (
    KEEPERS,
    SEES_RESOURCES,
    Looking,
    ResourceSent,
    details_told,
    empty_details,
    empty_values,
    keeper_of,
    looking_of,
    resource_sent,
    resources_of,
    values_told,
)
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/duty/registers")
Reader = Annotated[Person, requires(*SEES_RESOURCES)]
Keeper = Annotated[Person, requires(*KEEPERS)]


class NoSuchRegisterStep(NotFound):
    """A kind or a step of the registers that there is not."""

    code = "no_such_register_step"


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it is filled in; `step` is the one that was refused."""

    values: Mapping[str, str]
    refusal: CitygridError | None = None
    step: str = ""


class StepSent(BaseModel):
    """The form of a check, a confirmation, a removal or its undoing."""

    model_config = ConfigDict(extra="ignore")

    revision: int = Field(ge=0, lt=2**31, title="版本")
    readiness: str = Field("available", max_length=12, title="状态")
    on: Day | None = Field(None, title="检查日期")
    reason: str = Field("", max_length=600, title="理由")


@router.get("/new")
def show_new(request: Request, person: Keeper, wiring: Wired, kind: str = "") -> Response:
    """The form of a new resource of a kind; without one, the choice of kinds."""
    given = {key: request.query_params.get(key, "")[:40] for key in ("lon", "lat")}
    return _new_page(
        request, wiring, person, kind, Filled(empty_values(person, looking_of(wiring, person).today) | given)
    )


@router.post("/new")
def add_resource(request: Request, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Register a resource; refused, the page has the form as it was."""
    kind = str(form.get("kind") or "")
    today = looking_of(wiring, person).today
    try:
        resource = resource_sent(form, wiring, _kind(kind), "", today=today)
        reason, asking = parse(ResourceSent, form).reason, keeper_of(person, wiring.clock.now())
        resources_of(wiring).add(resource, reason=reason, asking=asking)
    except REFUSALS as refusal:
        filled = Filled(empty_values(person, today) | _typed(form), refusal)
        return _new_page(request, wiring, person, kind, filled)
    return see_other(f"/duty/registers/{resource.kind}/{resource.code.strip()}?done=1")


@router.get("/{kind}/{code}")
def show_resource(request: Request, kind: str, code: str, person: Reader, wiring: Wired) -> Response:
    """Everything about a resource on one page, with the forms that change it."""
    return _resource_page(request, wiring, person, (kind, code))


@router.post("/{kind}/{code}/{step}")
def take_step(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request, kind: str, code: str, step: str, form: FormSent, person: Keeper, wiring: Wired
) -> Response:
    """Change a resource, check it, confirm its contact, remove it or take it back."""
    try:
        _take(wiring, person, (_kind(kind), code, step), form)
    except REFUSALS as refusal:
        filled = Filled(_typed(form), refusal, step)
        return _resource_page(request, wiring, person, (kind, code), filled)
    return see_other(f"/duty/registers/{kind}/{code}?done=1")


def _take(wiring: Wiring, person: Person, what: tuple[ResourceKind, str, str], form: FormSent) -> None:
    kind, code, step = what
    asking, resources = keeper_of(person, wiring.clock.now()), resources_of(wiring)
    today = looking_of(wiring, person).today
    if step == "change":
        sent = parse(ResourceSent, form)
        resource = resource_sent(form, wiring, kind, code, today=today)
        resources.change(resource, reason=sent.reason, seen_revision=sent.revision, asking=asking)
        return
    said = parse(StepSent, form)
    if step == "check":
        if said.readiness not in READINESS_NAMES:
            raise BadResource("没有这种状态，请从列表中选择。", field="readiness")
        resources.note_check(
            code,
            cast(Readiness, said.readiness),
            on=said.on or today,
            reason=said.reason,
            seen_revision=said.revision,
            asking=asking,
        )
    elif step == "confirm":
        resources.confirm_contact(code, seen_revision=said.revision, asking=asking)
    elif step == "remove":
        resources.remove(code, reason=said.reason, seen_revision=said.revision, asking=asking)
    elif step == "restore":
        resources.restore(code, reason=said.reason, seen_revision=said.revision, asking=asking)
    else:
        raise NoSuchRegisterStep("没有这一步。请从登记册重新打开。")


def _new_page(request: Request, wiring: Wiring, person: Person, kind: str, form: Filled) -> Response:
    with wiring.sessions() as session:
        organisations = _keepable(session, looking_of(wiring, person))
    known = cast(ResourceKind, kind) if kind in KIND_NAMES else None
    defaults = empty_details(known) if known and form.refusal is None else {}
    context = {
        "kind": known,
        "fields": fields_of(DETAILS[known]) if known else (),
        "form": replace(form, values={**form.values, **defaults}),
        "may_lack_place": known in MAY_LACK_PLACE,
        "organisations": organisations,
        **around(wiring, person),
    }
    return page(request, "duty/registers_new.html", context, status=status_of(form.refusal))


def _resource_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    named: tuple[str, str],
    form: Filled | None = None,
) -> Response:
    looking, (kind, code) = looking_of(wiring, person), named
    with wiring.sessions() as session:
        shown = get_resource(session, code)
        if shown.resource.kind != kind or not looking.may_see(shown.resource):
            raise no_such_resource(code)
        facts = list_facts(session, shown.resource.code)
        names, keepable = names_of(session), _keepable(session, looking)
    seen = looking.see(shown.resource)
    refused = form.step if form else ""
    values = values_told(seen) | (dict(form.values) if form and refused == "change" else {})
    context = {
        "one": seen,
        "kind": shown.resource.kind,
        "details": details_told(shown.resource.details, shown.resource.kind),
        "revision": shown.revision,
        "removed_at": shown.removed_at,
        "life": LifeTeller(wiring.plane, names).tell(facts, shown.resource.kind),
        "fields": fields_of(DETAILS[shown.resource.kind]),
        "form": Filled(values, form.refusal if form else None),
        "refused": refused,
        "may_lack_place": shown.resource.kind in MAY_LACK_PLACE,
        "organisations": keepable,
        "organisation_name": names.get(shown.resource.organisation_code, ""),
        "finding_names": FINDING_NAMES,
        "rules": looking.rules,
        "today": looking.today,
        "done": bool(request.query_params.get("done")),
        **around(wiring, person),
    }
    return page(request, "duty/register.html", context, status=status_of(form.refusal if form else None))


def _kind(words: str) -> ResourceKind:
    if words not in KIND_NAMES:
        raise NoSuchRegisterStep("没有这种应急资源。请从登记册重新打开。")
    return cast(ResourceKind, words)


def _keepable(session: Session, looking: Looking) -> list[tuple[str, str]]:
    """Organisations whose resources the person may keep, by code."""
    return [(code, name) for code, name in names_of(session).items() if looking.may_keep(code)]


def _typed(form: FormSent) -> dict[str, str]:
    """What was typed, several boxes of one name joined."""
    said = {key: [one for one in form.getlist(key) if isinstance(one, str)] for key in form if key != "csrf"}
    return {key: "、".join(several)[:4_000] for key, several in said.items()}
