"""The calls of GeoReport v2 and of the extensions in wide use, by the addresses their clients know."""

from typing import Annotated

from fastapi import APIRouter, Header, Response
from starlette.responses import FileResponse

from cases.photos import PhotoNotFound
from cases.publishing import is_photo_public
from gis_core.errors import NotFound
from web.accounts.guards import open_without_visitor
from web.accounts.keys import FormWithKey, sent_with_key
from web.api.open311.asking import read_requests
from web.api.open311.calls import Called, counted
from web.api.open311.discovery import describe_interface
from web.api.open311.filing import take_request
from web.api.open311.service_types import define_service, describe_service, get_service, services_of
from web.api.open311.telling import tell_request, tell_requests
from web.api.open311.updates import take_update, tell_updates
from web.wiring import Wired

router = APIRouter(prefix="/open311", include_in_schema=False)
for_all = [open_without_visitor]
for_all_in_turn = [open_without_visitor, counted]
# Of two decorators the lower one is asked first: an ending is a format before it is part of a number.
Reporting = Annotated[FormWithKey, sent_with_key("report")]
Updating = Annotated[FormWithKey, sent_with_key("update")]


class TokenNotFound(NotFound):
    """No request waits under this token: numbers are given at once."""

    code = "token_not_found"


@router.get("/discovery.{fmt}", dependencies=for_all)
@router.get("/v2/discovery.{fmt}", dependencies=for_all)
def show_discovery(call: Called) -> Response:
    """Where the interface is, what it speaks, whom to ask for a key."""
    return call.answer("discovery", describe_interface(call))


@router.get("/v2/services", dependencies=for_all)
@router.get("/v2/services.{fmt}", dependencies=for_all)
def list_services(call: Called) -> Response:
    """Every type that can be reported."""
    services = services_of(call.wiring.catalogue).values()
    told = [describe_service(one, is_english=call.is_english) for one in services]
    return call.answer("services", told)


@router.get("/v2/services/{service_code}", dependencies=for_all)
@router.get("/v2/services/{service_code}.{fmt}", dependencies=for_all)
def show_service(call: Called, service_code: str) -> Response:
    """What is asked of a type beside place and words."""
    service = get_service(call.wiring.catalogue, service_code)
    return call.answer(
        "service_definition", define_service(service, is_english=call.is_english, say=call.say)
    )


@router.get("/v2/requests", dependencies=for_all_in_turn)
@router.get("/v2/requests.{fmt}", dependencies=for_all_in_turn)
def list_requests(call: Called) -> Response:
    """Requests by number, type, period and status."""
    return call.answer("service_requests", tell_requests(call, read_requests(call.query, at=call.at)))


@router.post("/v2/requests")
@router.post("/v2/requests.{fmt}")
def create_request(
    call: Called, sent: Reporting, idempotency_key: str = Header("", max_length=200)
) -> Response:
    """Report a problem with a key; the answer is its number, the same again for the same request."""
    return call.answer("service_requests", take_request(call, sent, idempotency_key.strip()))


@router.get("/v2/requests/{case_no}", dependencies=for_all_in_turn)
@router.get("/v2/requests/{case_no}.{fmt}", dependencies=for_all_in_turn)
def show_request(call: Called, case_no: str) -> Response:
    """One request, as a list of one."""
    return call.answer("service_requests", tell_request(call, case_no))


@router.get("/v2/tokens/{token}", dependencies=for_all)
@router.get("/v2/tokens/{token}.{fmt}", dependencies=for_all)
def show_token(call: Called, token: str) -> Response:
    """No type of this city answers with a token, so none is known."""
    raise TokenNotFound(f"没有令牌“{token[:40]}”：本市上报后立即给出编号，请按编号查询。")


@router.get("/v2/servicerequestupdates", dependencies=for_all_in_turn)
@router.get("/v2/servicerequestupdates.{fmt}", dependencies=for_all_in_turn)
def list_updates(call: Called) -> Response:
    """Public steps of a period."""
    return call.answer("service_request_updates", tell_updates(call))


@router.post("/v2/servicerequestupdates")
@router.post("/v2/servicerequestupdates.{fmt}")
def create_update(call: Called, sent: Updating) -> Response:
    """Add a remark to a request with a key."""
    return call.answer("service_request_updates", take_update(call, sent))


@router.get("/v2/media/{sha256}.jpg", dependencies=for_all_in_turn)
def show_photo(wiring: Wired, sha256: str) -> Response:
    """A photo that came with a request, once it was accepted; its name is its content's hash."""
    path = wiring.photos.path(sha256)
    with wiring.sessions() as session:
        is_public = is_photo_public(session, sha256)
    if not is_public or not path.is_file():
        raise PhotoNotFound("没有这张照片。")
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": "public, max-age=300"})
