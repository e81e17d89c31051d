"""自助终端: the public's report on a terminal in a government hall, by touch, and nothing of it stays there.

The terminal's start page says where it stands: `/kiosk?lon=107.145&lat=34.369&name=政务大厅&idle=60`, degrees
EPSG:4490 and seconds. Nothing is written into the browser; a receipt is the answer to the form itself, so
that no address holds a number or a code.
"""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from emergency.warnings.reading import list_in_force
from gis_core.errors import BadInput, CitygridError, Conflict, Refused
from gis_core.places import LonLat
from web.accounts.guards import FormSent, open_to_all
from web.accounts.people import Visitor
from web.faces.reporting import joined_no, new_form, send_form, send_join
from web.forms import parse
from web.origin import origin_of
from web.qr_codes import qr_svg
from web.rendering import page
from web.reporters import keep_follow, read_reporter_follow, reporter_channels
from web.uploads import Malformed
from web.wiring import Wired, Wiring
from web.words import choose_language

router = APIRouter()
Anyone = Annotated[Visitor, open_to_all]
CLOSE_ZOOM = 16.0


class TerminalAsked(BaseModel):
    """What the address of a terminal says of it."""

    model_config = ConfigDict(extra="ignore")

    lon: Annotated[float, Field(allow_inf_nan=False)] | None = Field(None, title="经度")
    lat: Annotated[float, Field(allow_inf_nan=False)] | None = Field(None, title="纬度")
    name: str = Field("", max_length=40, title="终端名称")
    idle: int = Field(60, ge=5, le=600, title="无人操作的秒数")


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal: its name, where its map begins (None: anywhere), seconds until it asks who is there."""

    name: str
    place: LonLat | None
    idle_s: int

    @property
    def zoom(self) -> float:
        """How close its map begins."""
        return CLOSE_ZOOM

    @property
    def query(self) -> str:
        """The terminal as its address says it."""
        place = {"lon": self.place.lon_deg, "lat": self.place.lat_deg} if self.place else {}
        return urlencode({**place, "name": self.name, "idle": self.idle_s})


@router.get("/kiosk", dependencies=[open_to_all])
def show_kiosk(request: Request, wiring: Wired) -> Response:
    """An empty form, the map at the terminal's own place."""
    return _form_page(request, wiring)


@router.post("/kiosk")
def send_from_kiosk(request: Request, form: FormSent, visitor: Anyone, wiring: Wired) -> Response:
    """Take the report in and show number and code; `switch` only says the form in another language."""
    if form.get("switch"):
        return _form_page(request, wiring, form)
    try:
        follow = read_reporter_follow(form, choose_language(request))
        is_joined = bool(joined_no(form))
        told = (
            send_join(wiring, visitor, form) if is_joined else send_form(wiring, visitor, form, is_kiosk=True)
        )
    except (BadInput, Refused, Conflict) as refusal:
        return _form_page(request, wiring, form, refusal)
    keep_follow(wiring, told.case_no, told.track_code, follow, wiring.clock.now())
    site = wiring.settings.site_url.rstrip("/") or origin_of(request)
    address = f"{site}/track?{urlencode({'no': told.case_no, 'code': told.track_code})}"
    shown = {
        "terminal": _terminal(request, wiring),
        "case_no": told.case_no,
        "code": told.track_code,
        "is_joined": is_joined,
        "qr": qr_svg(address),
    }
    return page(request, "kiosk/done.html", shown)


def _form_page(
    request: Request, wiring: Wiring, form: FormSent | None = None, refusal: CitygridError | None = None
) -> Response:
    with wiring.sessions() as session:
        warnings = list_in_force(session, wiring.clock.now())
    shown = {
        "terminal": _terminal(request, wiring),
        "warnings": warnings,
        "form": new_form(wiring.catalogue, form, refusal),
        "reporter_channels": reporter_channels(wiring),
    }
    status = 200 if refusal is None else 400 if isinstance(refusal, BadInput) else 422
    return page(request, "kiosk/form.html", shown, status=status)


def _terminal(request: Request, wiring: Wiring) -> Terminal:
    """The terminal of an address; what makes no sense is left out, for nobody there could set it right."""
    try:
        asked = parse(TerminalAsked, request.query_params)
    except Malformed:
        asked = TerminalAsked.model_validate({})
    place = None
    if asked.lon is not None and asked.lat is not None:
        place = LonLat(asked.lon, asked.lat)
        place = place if wiring.city.bounds.contains(place) else None
    return Terminal(asked.name, place, asked.idle)
