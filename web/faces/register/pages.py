"""The register: a list with the map of just that list, a component with its life, recurring damage, types."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from cases.recurring import list_recurring
from gis_core.errors import BadInput, CitygridError, Conflict, Refused
from grid.component_list import list_by_codes, list_components
from grid.components import NoSuchComponent
from grid.organisations import list_organisations
from grid.reading import list_division_names
from grid.register.known import load_attributes, load_register_limits, load_successions
from grid.register.operations import Change
from grid.register.reading import ComponentDetail, get_detail
from grid.register.reviews import count_open_proposals, list_proposals
from grid.rules.register import STATE_CHANGES, STATES
from grid.rules.states import CLASS_NAMES
from web.accounts.guards import FormSent, requires, requires_person
from web.accounts.people import Person
from web.faces.queues import places_of
from web.faces.sheets import place_names
from web.filters import COMPONENT_FILTERS, kept, read_component_filter
from web.forms import parse
from web.register_work import asking_of, cases_on, register_of, tell_life
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/register")
Officer = Annotated[Person, requires("data_officer")]
KEPT = (*COMPONENT_FILTERS, "component", "least", "months")
MONTH = timedelta(days=30.4)


class ChangeSent(BaseModel):
    """The form of a change to a component."""

    model_config = ConfigDict(extra="ignore")

    revision: int = Field(ge=0, title="版本")
    state: str | None = Field(None, max_length=8, title="状态")
    authority: str | None = Field(None, max_length=24, title="主管部门")
    owner: str = Field("", max_length=24, title="权属单位")
    maintainer: str = Field("", max_length=24, title="养护单位")
    remark: str = Field("", max_length=1000, title="备注")
    reason: str = Field("", max_length=500, title="理由")


@router.get("")
def show_register(request: Request, person: Officer, wiring: Wired, after: str = "") -> Response:
    """Components as filtered, the map of exactly these, and the sheet of the one that is open."""
    query = request.query_params
    wanted = replace(read_component_filter(query, wiring.catalogue), box=None)  # the map takes none
    with wiring.sessions() as session:
        found = list_components(session, wanted, after=after)
        chosen = _find_sheet(session, wiring, person, query.get("component") or "")
        shown = {
            "tab": "list",
            "wanted": wanted,
            "filter_query": urlencode(kept(query, COMPONENT_FILTERS)),
            "class_names": CLASS_NAMES,
            "rows": found.rows,
            "next_code": found.next_code,
            "is_later": bool(after),
            "owners": _owners(session),
            "sheet": chosen,
            "address": _addresses(request, "/register"),
            "file_address": lambda form: _addresses(request, f"/register/components.{form}")(component=None),
            **_around(session, wiring, person),
        }
    return page(request, "register/list.html", shown)


@router.get("/recurring")
def show_recurring(
    *,
    request: Request,
    person: Officer,
    wiring: Wired,
    least: Annotated[int, Query(ge=2, le=50)] = 3,
    months: Annotated[int, Query(ge=1, le=60)] = 12,
) -> Response:
    """Components with at least so many cases in so many months."""
    query = request.query_params
    wanted = read_component_filter(query, wiring.catalogue)
    since = wiring.clock.now() - months * MONTH
    with wiring.sessions() as session:
        recurring = list_recurring(session, least=least, since=since, area_code=wanted.area_code, most=200)
        known = list_by_codes(session, [one.component_code for one in recurring])
        shown = {
            "tab": "recurring",
            "wanted": wanted,
            "least": least,
            "months": months,
            "rows": [(known[one.component_code], one) for one in recurring if one.component_code in known],
            "sheet": _find_sheet(session, wiring, person, query.get("component") or ""),
            "address": _addresses(request, "/register/recurring"),
            **_around(session, wiring, person),
        }
    return page(request, "register/recurring.html", shown)


@router.get("/types")
def show_types(request: Request, person: Officer, wiring: Wired) -> Response:
    """Types in force with what they were called and numbered before, and older types without a successor."""
    older: dict[str, list[Any]] = {}
    for one in load_successions(wiring.city):
        older.setdefault(one.type_code or "", []).append(one)
    types = [one for one in wiring.catalogue.types if one.kind == "component"]
    with wiring.sessions() as session:
        shown = {
            "tab": "types",
            "majors": [
                (major, [one for one in types if one.major_code == major.code])
                for major in wiring.catalogue.majors("component")
            ],
            "older": older,
            "n_types": len(types),
            "limits": load_register_limits(wiring.city).accuracy_classes,
            "attributes": load_attributes(wiring.city),
            **_around(session, wiring, person),
        }
    return page(request, "register/types.html", shown)


@router.get("/components/{code}")
def show_component(
    request: Request, code: str, person: Annotated[Person, requires_person()], wiring: Wired
) -> Response:
    """Everything about a component on one page, which also prints."""
    with wiring.sessions() as session:
        return _component_page(request, session, wiring, person, code)


@router.post("/components/{code}/change")
def change_component(request: Request, code: str, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Change a component with a reason; refused, the page has the form as it was."""
    asking = asking_of(person, "data_officer", wiring.clock.now())
    try:
        sent = parse(ChangeSent, form)
        change = Change(
            state=sent.state,
            authority_code=sent.authority,
            owner_code=sent.owner,
            maintainer_code=sent.maintainer,
            remark=sent.remark,
        )
        register_of(wiring).change(
            code, change, reason=sent.reason, seen_revision=sent.revision, asking=asking
        )
    except (BadInput, Refused, Conflict) as refusal:
        with wiring.sessions() as session:
            return _component_page(request, session, wiring, person, code, refusal=refusal)
    return see_other(f"/register/components/{code}?done=1")


def _component_page(
    request: Request,
    session: Session,
    wiring: Wiring,
    person: Person,
    code: str,
    *,
    refusal: CitygridError | None = None,
) -> Response:
    shown = {
        "sheet": sheet_of(session, wiring, person, code),
        "refusal": refusal,
        "done": bool(request.query_params.get("done")),
        "organisations": list_organisations(session),
        "reviews": list_proposals(session, status=None, code=code, most=20),
        **_around(session, wiring, person),
        "tab": "list",
    }
    return page(request, "register/component.html", shown, status=422 if refusal else 200)


def sheet_of(session: Session, wiring: Wiring, person: Person, code: str) -> dict[str, Any]:
    """What a sheet says of a component: attributes in the standard's order, its place, its life.

    :raises NoSuchComponent: when the register does not hold it.
    """
    detail = get_detail(session, code)
    cases = cases_on(session, wiring, person, detail.summary.code)
    limits = load_register_limits(wiring.city).accuracy_classes
    found = wiring.catalogue.find_type("component", detail.summary.type_code)
    return {
        "detail": detail,
        "c": detail.summary,
        "type": found,
        "attributes": _attributes(session, wiring, detail),
        "accuracy": limits.get(detail.accuracy_class or ""),
        "life": tell_life(detail, cases),
        "n_cases": len(cases),
        "place_names": place_names(session, wiring, detail.summary.unit_grid_code),
        "next_states": STATE_CHANGES.get(detail.summary.state, STATES),
    }


def _attributes(session: Session, wiring: Wiring, detail: ComponentDetail) -> list[tuple[Any, str]]:
    """The 18 attributes with their values, in the order of the standard."""
    c, grid = detail.summary, detail.summary.unit_grid_code
    names = list_division_names(session)
    values = {
        "code": c.code,
        "name": c.name,
        "authority_code": c.authority_code,
        "authority_name": c.authority_name,
        "owner_code": c.owner_code,
        "owner_name": c.owner_name,
        "maintainer_code": c.maintainer_code,
        "maintainer_name": detail.maintainer_name,
        "unit_grid_code": grid,
        "state": c.state,
        "first_surveyed_on": detail.first_surveyed_on,
        "changed_on": detail.changed_on,
        "source": detail.source,
        "remark": detail.remark,
        "subdistrict_code": grid[:9],
        "subdistrict_name": names.get(grid[:9]),
        "community_code": grid[:12],
        "community_name": names.get(grid[:12]),
    }
    return [(one, str(values[one.key] or "")) for one in load_attributes(wiring.city)]


def _find_sheet(session: Session, wiring: Wiring, person: Person, code: str) -> dict[str, Any] | None:
    if not code:
        return None
    try:
        return sheet_of(session, wiring, person, code)
    except NoSuchComponent:
        return None


def _owners(session: Session) -> list[tuple[str, str]]:
    """Bodies that can own components, for the filter."""
    kinds = ("company", "department", "police")
    return [
        (one.code, one.short_name or one.name) for one in list_organisations(session) if one.kind in kinds
    ]


def _around(session: Session, wiring: Wiring, person: Person) -> dict[str, Any]:
    """What every page of the register shows around its own."""
    names = list_division_names(session)
    served = [code for code in names if code[:6] in wiring.city.districts and len(code) in (6, 9)]
    return {
        "places": places_of(person),
        "n_reviews": count_open_proposals(session),
        "areas": [(code, names[code]) for code in sorted(served)],
        "states": STATES,
        "majors_of_types": [
            (
                major,
                [
                    one
                    for one in wiring.catalogue.types
                    if one.kind == "component" and one.major_code == major.code
                ],
            )
            for major in wiring.catalogue.majors("component")
        ],
        "now": wiring.clock.now(),
    }


around = _around


def _addresses(request: Request, path: str) -> Any:
    """This page's address with some of its parts changed; None leaves one out."""

    def address(**changes: str | None) -> str:
        said = [(name, value) for name, value in kept(request.query_params, KEPT) if name not in changes]
        said += [(name, value) for name, value in changes.items() if value]
        return f"{path}?{urlencode(said)}" if said else path

    return address
