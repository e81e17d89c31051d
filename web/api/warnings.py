"""Warnings of other systems: `POST /api/v1/warnings`, a form with an `api_key`; docs/warnings.md."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from starlette.datastructures import UploadFile

from cases.rules.deciding import Asking
from emergency.cap.findings import Finding
from emergency.cap.safe_xml import MOST_BYTES
from web.accounts.keys import FormWithKey, sent_with_key
from web.uploads import Malformed
from web.wiring import Wired

router = APIRouter(prefix="/api/v1", tags=["warnings"])


@router.post("/warnings")
def take_warning(
    response: Response, wiring: Wired, sent: Annotated[FormWithKey, sent_with_key("warning")]
) -> dict[str, Any]:
    """Take in a message of CAP or of the Chinese profile, in the field or file `document`. What is known
    already is answered 200 and kept once; faults are answered and kept with it. `heartbeat=true` without a
    document says that the sender is there and has nothing to tell.

    :raises Malformed: without a document; else what `Warnings.receive` raises.
    """
    channel = sent.key.name
    if sent.fields.get("heartbeat") == "true" and not sent.fields.get("document"):
        return {"is_expected": wiring.warnings.hear(channel, wiring.clock.now())}
    who = Asking(wiring.clock.now(), None, f"预警接入（{channel}）", "system")
    taken = wiring.warnings.receive(_document(sent), who, channel=channel)
    response.status_code = 201 if taken.is_new else 200
    return {
        "warning_id": taken.warning_id,
        "identifier": taken.alert.identifier,
        "is_repeat": not taken.is_new,
        "signature": taken.signature,
        "findings": [_finding(one) for one in taken.findings],
        "assumptions": [one.words for one in taken.assumptions],
    }


def _document(sent: FormWithKey) -> bytes:
    given = sent.fields.get("document")
    data = given.file.read(MOST_BYTES + 1) if isinstance(given, UploadFile) else (given or "").encode()
    if not data.strip():
        raise Malformed("没有预警消息。请放在 document 字段里发送。", fields=["document"])
    return data


def _finding(one: Finding) -> dict[str, Any]:
    return {"code": one.code, "where": one.where, "message": one.words, "blocks": one.is_error}
