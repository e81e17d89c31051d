"""Keys by which other systems send reports and updates: issued once, kept as a hash, counted by the hour."""

import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from gis_core.db import Sessions
from gis_core.errors import BadInput, Conflict, NotAllowed, NotFound
from web import throttle
from web.accounts import store
from web.accounts.reading import ApiKey, find_key
from web.uploads import read_form
from web.wiring import Wired, Wiring

SCOPES = {
    "report": "上报",
    "update": "补充说明",
    "call": "来电弹屏",
    "media": "媒体监测",
    "sensor": "传感器报警",
    "position": "车辆位置",
    "warning": "预警信息",
    "reading": "监测读数",
}
"""What a key may do."""
KEY_NAME = re.compile(r"[\w .-]{1,40}")
PER_HOUR = 600
MOST_PER_HOUR = 100_000
LONGEST_KEY = 200
TOUCH_EVERY = timedelta(minutes=1)
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class BadKeyName(BadInput):
    """A name that no key may have, a right that does not exist, or a rate that makes no sense."""

    code = "bad_key_name"


class KeyExists(Conflict):
    """A key in force has this name already."""

    code = "key_exists"


class KeyNotFound(NotFound):
    """No key in force has this name."""

    code = "key_not_found"


class WrongKey(NotAllowed):
    """No key came, or one that was never issued or has been revoked."""

    code = "wrong_key"


class KeyMayNot(NotAllowed):
    """The key is good, but not for this."""

    code = "key_may_not"


class NotAForm(BadInput):
    """The body is no form."""

    code = "not_a_form"


@dataclass(frozen=True, slots=True)
class FormWithKey:
    """A form and the key that came with it."""

    key: ApiKey
    fields: FormData


def hash_key(key: str) -> bytes:
    """What is kept of a key: its SHA-256 (the key itself is 24 random bytes)."""
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()


def issue_key(
    sessions: Sessions, name: str, *, scopes: Sequence[str], per_hour: int = PER_HOUR, at: datetime
) -> str:
    """Make a key for another system and answer it: it is shown this once and kept nowhere.

    :raises BadKeyName: for a name, a right or a rate that cannot be.
    :raises KeyExists: when a key in force has the name.
    """
    wanted = name.strip()
    if not KEY_NAME.fullmatch(wanted):
        raise BadKeyName("密钥名称应为 1 到 40 个字母、汉字、数字、空格、点或连字符。请改名后重试。")
    if not scopes or {*scopes} - {*SCOPES}:
        raise BadKeyName(f"权限只能是 {'、'.join(SCOPES)}。请重新填写。")
    if not 1 <= per_hour <= MOST_PER_HOUR:
        raise BadKeyName(f"每小时次数应在 1 至 {MOST_PER_HOUR} 之间。请重新填写。")
    key = secrets.token_urlsafe(24)
    with sessions.begin() as session:
        is_new = store.add_key(
            session,
            name=wanted,
            key_hash=hash_key(key),
            scopes=sorted({*scopes}),
            per_hour=per_hour,
            at=at,
        )
    if not is_new:
        raise KeyExists(f"已有名为“{wanted}”的密钥在用。请换个名称，或先停用原来的。")
    return key


def revoke_key(sessions: Sessions, name: str, *, at: datetime) -> None:
    """End a key at once.

    :raises KeyNotFound: when none of that name is in force.
    """
    with sessions.begin() as session:
        is_ended = store.revoke_key(session, name.strip(), at=at)
    if not is_ended:
        raise KeyNotFound(f"没有名为“{name.strip()[:40]}”的在用密钥。请用 list-keys 查看。")


def sent_with_key(scope: str) -> Any:
    """A dependency that yields the form and its key, when the key may do this and not too often.

    A key stands in the body, where no page of another host can put it unknowing: no cookie counts here.
    """

    async def guard(request: Request, wiring: Wired) -> AsyncIterator[FormWithKey]:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in FORMS:
            raise NotAForm(f"请求应为表单（{' 或 '.join(FORMS)}），没有写入任何内容。请更正 Content-Type。")
        form = await read_form(request)
        try:
            address = request.client.host if request.client else "unknown"
            sent = form.getlist("api_key")
            key = await run_in_threadpool(admit, wiring, sent, scope, address)
            yield FormWithKey(key, form)
        finally:
            await form.close()

    guard.__dict__["roles"] = (f"key:{scope}",)
    guard.__dict__["takes_key"] = True
    return Depends(guard)


def admit(wiring: Wiring, sent: Sequence[object], scope: str, address: str) -> ApiKey:
    """The key of a request, counted and noted as used; who has none is counted by address."""
    at = wiring.clock.now()
    found = _find(wiring.sessions, sent)
    if found is None:
        throttle.spend(wiring.sessions, throttle.WRONG_KEYS_BY_ADDRESS, address, at=at)
        raise WrongKey("缺少 api_key，或密钥不对、已停用。请使用管理员发放的密钥。")
    if scope not in found.scopes:
        raise KeyMayNot(f"密钥“{found.name}”没有{SCOPES[scope]}的权限。请与管理员联系。")
    allowance = throttle.Allowance("api_key", found.per_hour, timedelta(hours=1))
    throttle.spend(wiring.sessions, allowance, str(found.id), at=at)
    if found.used_at is None or at - found.used_at >= TOUCH_EVERY:
        with wiring.sessions.begin() as session:
            store.touch_key(session, found.id, at=at)
    return found


def _find(sessions: Sessions, sent: Sequence[object]) -> ApiKey | None:
    key = sent[0] if len(sent) == 1 else None
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY:
        return None
    with sessions() as session:
        return find_key(session, hash_key(key))
