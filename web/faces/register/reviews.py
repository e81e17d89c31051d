"""Reviews: what the street says of the register, before and after on the map, accepted or returned."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from gis_core.errors import BadInput, CitygridError, Conflict, Refused
from grid.register.reviews import Proposal, get_proposal, list_proposals
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.faces.register.pages import around
from web.register_work import asking_of, register_of
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/register/reviews")
Officer = Annotated[Person, requires("data_officer")]
STATUSES = {"open": "待审核", "accepted": "已采纳", "returned": "已退回"}


@router.get("")
def show_reviews(
    request: Request, person: Officer, wiring: Wired, status: str = "open", review: str = ""
) -> Response:
    """The queue of reviews, the map with before and after, and the one that is open."""
    with wiring.sessions() as session:
        return _reviews_page(request, session, wiring, person, status=status, chosen=review)


@router.post("/{proposal_id}/accept")
def accept(request: Request, proposal_id: int, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """The register becomes what the street says."""
    return _decide(request, proposal_id, form, person, wiring, is_accepted=True)


@router.post("/{proposal_id}/return")
def give_back(request: Request, proposal_id: int, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """The register stays as it is; the inspector reads why."""
    return _decide(request, proposal_id, form, person, wiring, is_accepted=False)


@router.get("/{proposal_id}/shapes")
def get_shapes(proposal_id: int, person: Officer, wiring: Wired) -> dict[str, Any]:
    """Before and after as GeoJSON, for the map."""
    with wiring.sessions() as session:
        return before_and_after(get_proposal(session, proposal_id))


def before_and_after(one: Proposal) -> dict[str, Any]:
    """Where a component stands in the register and where the street says it stands, with the way between."""
    features: list[dict[str, Any]] = []
    old, new = _pair(one.old_lon, one.old_lat), _pair(one.lon, one.lat)
    if old and new:
        features.append(_feature("LineString", [old, new], {"role": "way"}))
    if old:
        said = f" → 现场 {one.state}" if new is None and one.state not in (None, one.old_state) else ""
        label = f"登记 {one.old_state or ''}{said}"
        features.append(_feature("Point", old, {"role": "before", "label": label}))
    if new:
        after = "现场新部件" if one.kind == "new" else f"现场 {one.state or one.old_state or ''}"
        features.append(_feature("Point", new, {"role": "after", "label": after}))
    return {"type": "FeatureCollection", "features": features}


def _pair(lon: float | None, lat: float | None) -> list[float] | None:
    return None if lon is None or lat is None else [round(lon, 7), round(lat, 7)]


def _feature(kind: str, coordinates: object, properties: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def _decide(  # what FastAPI hands in
    request: Request, proposal_id: int, form: FormSent, person: Person, wiring: Wiring, *, is_accepted: bool
) -> Response:
    sent = form.get("reason")
    reason = sent if isinstance(sent, str) else ""
    asking = asking_of(person, "data_officer", wiring.clock.now())
    register = register_of(wiring)
    try:
        if is_accepted:
            register.accept(proposal_id, reason=reason, asking=asking)
        else:
            register.give_back(proposal_id, reason=reason, asking=asking)
    except (BadInput, Refused, Conflict) as refusal:
        with wiring.sessions() as session:
            return _reviews_page(
                request, session, wiring, person, status="open", chosen=str(proposal_id), refusal=refusal
            )
    return see_other("/register/reviews")


def _reviews_page(
    request: Request,
    session: Session,
    wiring: Wiring,
    person: Person,
    *,
    status: str,
    chosen: str,
    refusal: CitygridError | None = None,
) -> Response:
    status = status if status in STATUSES else "open"
    rows = list_proposals(session, status=status)
    number = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 16 else 0
    review = get_proposal(session, number) if number else None
    shown = {
        "tab": "reviews",
        "status": status,
        "statuses": STATUSES,
        "rows": rows,
        "review": review,
        "refusal": refusal,
        "type_of": lambda code: wiring.catalogue.find_type("component", code),
        **around(session, wiring, person),
    }
    return page(request, "register/reviews.html", shown, status=422 if refusal else 200)
