"""The telephone system says that somebody calls: the operator's page offers to take the call down.

`POST /api/v1/calls` as a form: `api_key` with the right `call`, `phone`, and, where known, `operator` (the
login of who answers), `source` (`hotline` or `hotline_12345`) and `name`. Nothing is kept of a call that
nobody takes down.
"""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text

from cases.rules.evidence import check_phone
from web.accounts.keys import FormWithKey, sent_with_key
from web.accounts.reading import list_people
from web.forms import parse
from web.live import CALL_CHANNEL
from web.uploads import Malformed
from web.wiring import Wired

router = APIRouter(prefix="/api/v1", tags=["v1"])

_RING = text("SELECT pg_notify(:channel, :payload)")


class CallSent(BaseModel):
    """What a telephone system knows of a call."""

    model_config = ConfigDict(extra="ignore")

    phone: str = Field(min_length=3, max_length=30, title="来电号码")
    name: str = Field("", max_length=50, title="来电人")
    source: Literal["hotline", "hotline_12345"] = Field("hotline", title="来源")
    operator: str = Field("", max_length=64, title="接线的受理员")


@router.post("/calls", status_code=202)
def announce_call(wiring: Wired, sent: Annotated[FormWithKey, sent_with_key("call")]) -> dict[str, Any]:
    """Show a call to the operator who answers, or to all of them; answers to whom.

    :raises Malformed: when the operator named is none; BadPhone for a number that cannot be one.
    """
    call = parse(CallSent, sent.fields)
    check_phone(call.phone)
    with wiring.sessions.begin() as session:
        operators = {one.login: one.id for one in list_people(session, "operator")}
        if call.operator and call.operator not in operators:
            raise Malformed(f"没有登录名为“{call.operator}”的受理员。请核对后重发。", fields=["operator"])
        audience = f"person:{operators[call.operator]}" if call.operator else "post:operator"
        told = {"audience": audience, "phone": call.phone, "name": call.name, "source": call.source}
        session.execute(_RING, {"channel": CALL_CHANNEL, "payload": json.dumps(told, ensure_ascii=False)})
    return {"shown_to": call.operator or "operators"}
