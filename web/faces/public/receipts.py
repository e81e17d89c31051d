"""A receiver of warnings says that one came: a link of an SMS, and one press."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cases.rules.deciding import Asking
from emergency.receivers.operations import Receivers
from emergency.receivers.reading import DeliveryNotFound, KeptDelivery, get_of_token
from emergency.warnings.reading import KeptWarning, get_warning
from web import throttle
from web.accounts.guards import FormSent, open_to_all
from web.accounts.people import Visitor
from web.forms import parse
from web.rendering import page, see_other
from web.warning_work import LAWS_MEASURE
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/warnings/receipts")
Anyone = Annotated[Visitor, open_to_all]


class ReceiptSent(BaseModel):
    """Who says that a warning came; empty, it is the person of the list."""

    model_config = ConfigDict(extra="ignore")

    by: str = Field("", title="确认人")


@router.get("/{token}")
def show_receipt(request: Request, token: str, visitor: Anyone, wiring: Wired) -> Response:
    """The warning, and one button; nothing is confirmed by opening a link, for phones open links too."""
    kept, warning = _find(wiring, token, visitor)
    shown = {"one": warning, "receipt": kept, "token": token, "laws_measure": LAWS_MEASURE}
    answer = page(request, "public/warning_receipt.html", shown)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.post("/{token}")
def confirm_receipt(token: str, form: FormSent, visitor: Anyone, wiring: Wired) -> Response:
    """The warning came; the first press counts."""
    _find(wiring, token, visitor)
    who = Asking(wiring.clock.now(), None, "", "public")
    Receivers(wiring.sessions).confirm(token, parse(ReceiptSent, form).by, who)
    return see_other(f"/warnings/receipts/{token}")


def _find(wiring: Wiring, token: str, visitor: Visitor) -> tuple[KeptDelivery, KeptWarning]:
    """What a link is about; who tries many that are none has to wait.

    :raises DeliveryNotFound, TooOften:
    """
    at = wiring.clock.now()
    throttle.need_left(wiring.sessions, throttle.WRONG_CODES_BY_ADDRESS, visitor.address, at=at)
    try:
        with wiring.sessions() as session:
            kept = get_of_token(session, token)
            return kept, get_warning(session, kept.warning_id)
    except DeliveryNotFound:
        throttle.spend(wiring.sessions, throttle.WRONG_CODES_BY_ADDRESS, visitor.address, at=at)
        raise
