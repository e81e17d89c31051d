"""Updates in both ways, as mySociety's extension has them: our public steps out, remarks of others in."""

import logging
from typing import Any
from uuid import uuid5

from cases.publishing import list_steps_between
from cases.reading import CaseNotFound
from cases.remarks import Remark, add_remark
from cases.rules.deciding import Asking
from cases.rules.joining import Reopen
from cases.rules.reasons import OTHER
from gis_core.errors import NotAllowed, Refused
from web.accounts.keys import FormWithKey
from web.accounts.reading import ApiKey, find_reporting_key
from web.api.open311.asking import (
    BadParameter,
    Fields,
    need_jurisdiction,
    read_moment,
    read_page,
    read_updates_period,
)
from web.api.open311.calls import Call, jurisdictions_of
from web.api.open311.filing import MOST_REFERENCE, NAMESPACE
from web.api.open311.stages import KNOWN_WORDS, REOPEN
from web.api.open311.telling import tell_step

log = logging.getLogger(__name__)


def tell_updates(call: Call) -> list[dict[str, Any]]:
    """The public steps of a period, the first one first; one query."""
    period, page = read_updates_period(call.query, at=call.at), read_page(call.query)
    assert period.first is not None
    assert period.last is not None
    with call.wiring.sessions() as session:
        steps = list_steps_between(session, period.first, period.last, offset=page.offset, limit=page.size)
    return [tell_step(call, step) for step in steps]


def take_update(call: Call, sent: FormWithKey) -> list[dict[str, Any]]:
    """Keep an update of another system as a remark; whatever state it names, the case stays where it is.

    Only REOPEN does more, where whoever sends it reported the case, as the reporter's own page would: the
    case is opened again, unless it is not closed, was closed too long ago or opened again before.

    :raises BadParameter: for what is missing, unknown or no words; else what `add_remark` raises.
    """
    fields = Fields.of(sent.fields.multi_items())
    need_jurisdiction(fields, jurisdictions_of(call.wiring))
    if _has_files(sent):
        raise BadParameter("补充说明不收文件。请用 media_url 给出照片链接。", fields=["media"])
    case_no, update_id = fields.need("service_request_id"), fields.need("update_id")
    read_moment(fields.need("updated_datetime"), "updated_datetime")
    if len(update_id) > MOST_REFERENCE:
        raise BadParameter(f"update_id 最多 {MOST_REFERENCE} 个字符。请缩短。", fields=["update_id"])
    links = (f"照片链接（未下载）：{one}" for one in fields.many("media_url"))
    remark = Remark(
        remark_id=uuid5(NAMESPACE, f"update {sent.key.id} {case_no} {update_id}"),
        case_no=case_no,
        text="\n".join([fields.need("description"), *links]),
        status=_status(fields),
        reference=f"{sent.key.name} {update_id}",
    )
    who = Asking(call.at, None, f"公众（{sent.key.name}）", "public")
    try:
        add_remark(call.wiring.sessions, remark, who)
    except CaseNotFound:
        raise BadParameter(
            f"没有编号为“{case_no[:40]}”的案件。请核对 service_request_id。", fields=["service_request_id"]
        ) from None
    if remark.status == REOPEN:
        _reopen(call, sent.key, remark, who)
    return [{"update_id": update_id}]


def _reopen(call: Call, key: ApiKey, remark: Remark, who: Asking) -> None:
    """Open a case again for the system that reported it; what the rules refuse stays a remark."""
    with call.wiring.sessions() as session:
        if find_reporting_key(session, remark.case_no) != key.id:
            return
    try:
        call.wiring.cases.perform(remark.case_no, Reopen(remark.text, OTHER), who, None)
    except (Refused, NotAllowed) as refusal:
        log.info("case %s is not opened again: %s", remark.case_no, refusal)


def _status(fields: Fields) -> str:
    word = fields.need("status").lower()
    if word not in KNOWN_WORDS:
        raise BadParameter(f"status 不认识“{word[:40]}”。请用 open、fixed、closed 等词。", fields=["status"])
    return word


def _has_files(sent: FormWithKey) -> bool:
    return any(not isinstance(item, str) and item.filename for _, item in sent.fields.multi_items())
