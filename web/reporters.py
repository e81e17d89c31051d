"""How reporters hear of their case: what the form of a report says of it, whoever fills it in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from cases.notices.follows import Follow, NoSuchChannel, choose, read_follow
from cases.rules.contacts import BadMobile
from gis_core.errors import BadInput
from web.wiring import Wiring

REPORTER_CHANNELS = ("sms", "email")
GIVEN_BY_WORD = "oral"


class ConsentMissing(BadInput):
    """A caller is to be written to, and nobody says that he or she agreed."""

    code = "consent_missing"


class TellingSent(BaseModel):
    """What a program that files a report says of how its reporter hears of it; nothing is not at all.

    `consent` is "oral" when staff file for somebody who agreed to it; the public chooses for itself.
    """

    tell_by: str = Field("", max_length=8, title="通知方式")
    contact_email: str = Field("", max_length=254, title="电子邮箱")
    consent: Literal["", "oral"] = Field("", title="来电人同意")


def reporter_channels(wiring: Wiring) -> tuple[str, ...]:
    """How reporters may be told in this deployment."""
    return tuple(name for name in REPORTER_CHANNELS if name in wiring.channels.names)


def read_reporter_follow(form: Mapping[str, Any], language: str) -> Follow | None:
    """What the form of a report says of being told; an SMS goes to the telephone beside it.

    :raises BadMobile, BadEmail, NoSuchChannel: before anything is written.
    """
    channel = _said(form, "tell_by")
    address = _said(form, "contact_email" if channel == "email" else "contact_phone")
    if channel == "sms" and not address:
        raise BadMobile("选了短信通知，请填写手机号码。")
    return read_follow(channel, address, language)


def keep_follow(wiring: Wiring, case_no: str, code: str, follow: Follow | None, at: datetime) -> None:
    """Keep what a reporter chose in the form of the report."""
    if follow is not None:
        with wiring.sessions.begin() as session:
            choose(session, case_no, code, follow, teller=wiring.cases.teller, at=at)


def read_caller_follow(form: Mapping[str, Any]) -> Follow | None:
    """What a caller chose on the telephone, as the operator wrote it down; in Chinese, as the call was.

    :raises ConsentMissing: when the operator does not say that the caller agreed; else what
        `read_reporter_follow` raises.
    """
    follow = read_reporter_follow(form, "zh")
    if follow is not None and _said(form, "consent") != GIVEN_BY_WORD:
        raise ConsentMissing("选了短信或邮件通知，须先征得来电人同意并勾选。没有写入任何内容。")
    return follow


def read_sent_follow(
    wiring: Wiring, sent: TellingSent, *, is_for_caller: bool, language: str
) -> Follow | None:
    """What a program sent of being told: of a caller with consent, of the public in its own language.

    :raises NoSuchChannel: also for a channel that this deployment has not got; else what
        `read_caller_follow` raises, before anything is written.
    """
    fields = sent.model_dump()
    follow = read_caller_follow(fields) if is_for_caller else read_reporter_follow(fields, language)
    if follow is not None and follow.channel not in reporter_channels(wiring):
        raise NoSuchChannel("本系统没有开通这种通知方式，请改用其他方式或不通知。没有写入任何内容。")
    return follow


def _said(form: Mapping[str, Any], name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""
