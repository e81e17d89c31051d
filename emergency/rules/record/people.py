"""What of a fact names people: kept beside it, so that it can be destroyed while the chain of facts holds.

A fact is sealed without telephone numbers, without where a photographer stood, and without the name of
whoever answered for a department; who acted stays provable by the number of the account. Names of officers
and commanders are the record of an office and stay (law, article 94).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cases.rules.evidence import without_phones
from emergency.rules.responding import WORKS_OUTSIDE

ANSWERED: Final = "部门人员"
"""What stands for whoever answered for a department, once the name is destroyed."""
WORDS: Final = frozenset({
    "text", "words", "place", "place_text", "title", "label", "name", "source", "matter", "measures",
    "evidence", "sensitive_why", "receiver",
})  # fmt: skip
"""Keys of bodies under which people wrote words."""
_HAS_NO_WORDS: Final = frozenset({"geometry", "effect", "sheltering"})
_PLACE: Final = ("lon", "lat")
_NO_PHONE: Final = re.compile(
    r"(?:TF|YL)\d{11}(?!\d)|\d[\d,.]*\s*(?:元|万|亿|千|百|人|户|名|辆|台|件|吨|立方|方|毫米|米|公里|亩|级)"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a fact says, and who says it."""

    by_name: str
    text: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept beside a sealed fact until its time is over; None where the fact has it itself."""

    by_name: str | None
    text: str | None
    body: Mapping[str, Any] | None
    photo: list[Mapping[str, Any]] | None

    @property
    def is_empty(self) -> bool:
        """Whether the fact names nobody."""
        return all(one is None for one in (self.by_name, self.text, self.body, self.photo))


def sealed(told: Told, by_role: str) -> tuple[Told, Kept]:
    """A fact as it is sealed, and what is kept beside it."""
    by_name = ANSWERED if by_role in WORKS_OUTSIDE else told.by_name
    text = blotted(told.text)
    photo = told.body.get("photo")
    placeless = None if photo is None else [_without_place(one) for one in photo]
    without = dict(told.body) if placeless is None else {**told.body, "photo": placeless}
    body = {key: _blotted(value, key) for key, value in without.items()}
    return Told(by_name, text, body), Kept(
        told.by_name if by_name != told.by_name else None,
        told.text if text != told.text else None,
        without if body != without else None,
        list(photo) if photo is not None and placeless != photo else None,
    )


def whole(told: Told, kept: Kept) -> Told:
    """A sealed fact with what is still kept beside it.

    >>> whole(Told("部门人员", "打 ***", {}), Kept("李工", "打 13800000000", None, None))
    Told(by_name='李工', text='打 13800000000', body={})
    """
    body = told.body if kept.body is None else kept.body
    return Told(
        kept.by_name or told.by_name,
        kept.text or told.text,
        body if kept.photo is None else {**body, "photo": kept.photo},
    )


def blotted(words: str) -> str:
    """Words in which telephone numbers are blotted out; numbers of incidents and counted things stay.

    >>> blotted("TF20260918001 并入，损失 50000000 元，联系 13800000000")
    'TF20260918001 并入，损失 50000000 元，联系 ***'
    """
    told, end = [], 0
    for match in _NO_PHONE.finditer(words):
        told += [without_phones(words[end : match.start()]), match.group()]
        end = match.end()
    return "".join([*told, without_phones(words[end:])])


def _blotted(value: Any, key: str) -> Any:
    if key in _HAS_NO_WORDS:
        return value
    if isinstance(value, Mapping):
        return {name: _blotted(one, name) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_blotted(one, key) for one in value)
    return blotted(value) if isinstance(value, str) and key in WORDS else value


def _without_place(photo: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in photo.items() if key not in _PLACE}
