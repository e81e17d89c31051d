"""Receivers of warnings as the list has them: who they are, how they are reached, and until when."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from cases.rules.contacts import check_mobile
from emergency.cap.receipts import KIND_NAMES, Receiver, ReceiverKind
from gis_core.errors import BadInput

ReceiverChannel = Literal["phone", "sms"]
CHANNEL_NAMES: Final[Mapping[ReceiverChannel, str]] = {"phone": "电话", "sms": "短信"}
DESTROYED: Final = "已销毁"
"""What stands for a person whose name was destroyed."""
MOST_NAME, MOST_PERSON = 120, 60
COLUMNS: Final[Mapping[str, str]] = {
    "name": "名称",
    "kind": "类别",
    "person": "接收人",
    "phone": "电话",
    "channel": "渠道",
    "valid_until": "有效期至",
}
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{2,30}")
_KINDS = {name: kind for kind, name in KIND_NAMES.items()} | {kind.value: kind for kind in ReceiverKind}
_CHANNELS: dict[str, ReceiverChannel] = {"电话": "phone", "短信": "sms", "phone": "phone", "sms": "sms"}


class BadReceiver(BadInput):
    """A receiver of warnings that cannot be reached as the list says."""

    code = "bad_warning_receiver"


@dataclass(frozen=True, slots=True)
class Listed:
    """A receiver of the list; `valid_until` is the last day on which warnings go there."""

    name: str
    kind: ReceiverKind
    person: str
    phone: str
    channel: ReceiverChannel
    valid_until: date | None = None

    @property
    def receiver(self) -> Receiver:
        """The receiver as deliveries know it."""
        return Receiver(self.name, self.kind, self.person or DESTROYED, self.channel)


def checked(one: Listed) -> Listed:
    """The receiver with tidy words and a number that its channel can use.

    :raises BadReceiver, NamesNobody, BadMobile:
    """
    name, person = _text(one.name, "名称", MOST_NAME, least=1), _text(one.person, "接收人", MOST_PERSON)
    phone = unicodedata.normalize("NFKC", one.phone).strip()
    if not _PHONE.fullmatch(phone):
        raise BadReceiver("请填写电话，只写数字、空格、括号和 -，可以 + 开头。", fields=["phone"])
    if one.channel == "sms":
        phone = check_mobile(phone)
    tidy = replace(one, name=name, person=person, phone=phone)
    Receiver(tidy.name, tidy.kind, tidy.person)  # a crowded place names a person
    return tidy


def from_cells(cells: Mapping[str, str]) -> Listed:
    """A receiver as a row of a file says it, checked.

    :raises BadReceiver, NamesNobody, BadMobile:
    """
    kind = _KINDS.get(cells.get("kind", "").strip())
    if kind is None:
        raise BadReceiver(f"类别应为其中之一：{'、'.join(KIND_NAMES.values())}。", fields=["kind"])
    channel = _CHANNELS.get(cells.get("channel", "").strip() or "phone")
    if channel is None:
        raise BadReceiver("渠道应为“电话”或“短信”。", fields=["channel"])
    said = cells.get("valid_until", "").strip()
    try:
        until = date.fromisoformat(said) if said else None
    except ValueError:
        raise BadReceiver("有效期请写成 2027-12-31 这样。", fields=["valid_until"]) from None
    return checked(
        Listed(cells.get("name", ""), kind, cells.get("person", ""), cells.get("phone", ""), channel, until)
    )


def _text(words: str, name: str, most: int, *, least: int = 0) -> str:
    said = unicodedata.normalize("NFC", words).strip()
    if not least <= len(said) <= most or any(unicodedata.category(sign) in ("Cc", "Cs") for sign in said):
        raise BadReceiver(f"{name}须为 {least} 至 {most} 字，不含控制字符。")
    return said
