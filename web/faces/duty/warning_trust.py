"""Whose warnings are believed: certificates with their fingerprints; a commander adds and withdraws them."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from emergency.sources.operations import Asked, Trust
from emergency.sources.reading import list_trust
from gis_core.errors import BadInput, CitygridError, Conflict, NotFound
from web.accounts.guards import FormSent, asking, requires
from web.accounts.people import Person
from web.errors import status_of
from web.faces.queues import places_of
from web.forms import parse
from web.incident_work import Moment
from web.rendering import page, see_other
from web.warning_work import PUBLISHES
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/duty/warnings/trust")
Reader = Annotated[Person, requires(*PUBLISHES)]
Commander = Annotated[Person, requires("commander")]
REFUSALS = (BadInput, Conflict, NotFound)


class TrustSent(BaseModel):
    """The form of a certificate."""

    model_config = ConfigDict(extra="ignore")

    name: str = Field("", max_length=200, title="名称")
    sender: str = Field("", max_length=300, title="发送者标识")
    certificate: str = Field("", max_length=20_000, title="证书")
    is_authority: bool = Field(False, title="签发机构")
    until: Moment = Field(None, title="信任到")


class WithdrawSent(BaseModel):
    """The form that withdraws a certificate."""

    model_config = ConfigDict(extra="ignore")

    why: str = Field("", max_length=400, title="原因")


@router.get("")
def show_trust(request: Request, person: Reader, wiring: Wired) -> Response:
    """Who is believed now, until when, and who was."""
    return _page(request, wiring, person)


@router.post("")
def add_trust(request: Request, form: FormSent, person: Commander, wiring: Wired) -> Response:
    """Believe a certificate for a sender."""
    typed = {key: str(form.get(key) or "") for key in TrustSent.model_fields}
    if "PRIVATE KEY" in typed["certificate"]:
        typed["certificate"] = ""  # a secret is not written back into a page
    try:
        sent = parse(TrustSent, form)
        asked = Asked(sent.name, sent.sender, sent.certificate, sent.is_authority, sent.until)
        _trust(wiring).add(asked, asking(person, "commander", at=wiring.clock.now()))
    except REFUSALS as refusal:
        return _page(request, wiring, person, refusal=refusal, typed=typed)
    return see_other("/duty/warnings/trust?done=1")


@router.post("/{trust_id}/withdraw")
def withdraw_trust(
    request: Request, trust_id: int, form: FormSent, person: Commander, wiring: Wired
) -> Response:
    """Believe a certificate no more."""
    try:
        why = parse(WithdrawSent, form).why
        _trust(wiring).withdraw(trust_id, why, asking(person, "commander", at=wiring.clock.now()))
    except REFUSALS as refusal:
        return _page(request, wiring, person, refusal=refusal)
    return see_other("/duty/warnings/trust?done=1")


def _trust(wiring: Wiring) -> Trust:
    return Trust(wiring.sessions, wiring.warnings.sender)


def _page(
    request: Request,
    wiring: Wiring,
    person: Person,
    *,
    refusal: CitygridError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    with wiring.sessions() as session:
        kept = list_trust(session)
    shown = {
        "places": places_of(person),
        "kept": kept,
        "may_keep": person.may_act_as("commander"),
        "typed": typed or dict.fromkeys(TrustSent.model_fields, ""),
        "refusal": refusal,
        "done": bool(request.query_params.get("done")),
        "now": wiring.clock.now(),
    }
    status = 200 if refusal is None else status_of(refusal)
    return page(request, "duty/warning_trust.html", shown, status=status)
