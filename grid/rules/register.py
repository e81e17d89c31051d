"""What the register of components asks of a component: its attributes, its states, its fields in files.

GB/T 47678.5-2026 table 2 has 18 attributes; CJ/T 214-2007 had 11 under other names. Shapefiles cut names of
fields to 10 bytes, in GBK (five characters) or UTF-8 (three), and then a name may mean several.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gis_core.errors import BadInput, Refused

State = Literal["完好", "破损", "丢失", "废弃", "移除"]
STATES: tuple[State, ...] = ("完好", "破损", "丢失", "废弃", "移除")
STATE_CHANGES: Mapping[str, tuple[State, ...]] = {
    "完好": ("破损", "丢失", "废弃", "移除"),
    "破损": ("完好", "丢失", "废弃", "移除"),
    "丢失": ("完好", "废弃", "移除"),
    "废弃": ("完好", "丢失", "移除"),
    "移除": (),
}
"""Which state may follow which: what was removed does not come back; what replaces it has its own code."""
CODE_DIGITS, ALIAS_DIGITS = 17, 16
DBF_NAME_BYTES = 10


class WrongStateChange(Refused):
    """The component cannot go from the one state to the other."""

    code = "wrong_state_change"


class AmbiguousField(BadInput):
    """A field of a file may be several attributes, or an attribute has several fields."""

    code = "ambiguous_field"


class MissingField(BadInput):
    """A file has no field for an attribute that the standard asks for."""

    code = "missing_field"


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a component: our key, the standard's name, abbreviation, type and length in characters.

    `requirement` is M (mandatory), C (on condition) or O (optional).
    """

    order: int
    key: str
    name: str
    abbr: str
    name_en: str
    type: str
    length: int | None
    requirement: str
    note: str
    status: str

    @property
    def is_mandatory(self) -> bool:
        """Whether each component must have it."""
        return self.requirement == "M"


def check_state_change(start: str, end: str) -> None:
    """Refuse a state that may not follow.

    :raises WrongStateChange: naming what may follow.

    >>> check_state_change("破损", "完好")
    >>> check_state_change("移除", "完好")
    Traceback (most recent call last):
    grid.rules.register.WrongStateChange: 部件已移除，不能改为“完好”。原处新设的部件请另行登记新编码。
    """
    following = STATE_CHANGES.get(start, STATES)
    if end in following:
        return
    if start == "移除":
        raise WrongStateChange(f"部件已移除，不能改为“{end}”。原处新设的部件请另行登记新编码。")
    may_be = "、".join(following)
    raise WrongStateChange(f"部件状态为“{start}”，不能改为“{end}”。可改为：{may_be}。")


def recognise_fields(
    fields: Sequence[str],
    attributes: Iterable[Attribute],
    *,
    told: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The field of a file for each attribute, by key.

    It is known by Chinese name, abbreviation, older name, or any of them cut off. `attributes` are those of
    every edition; `told` says of a field which attribute it is, by any of its names.

    :raises AmbiguousField: naming the field and all it may be, or the attribute and all its fields.
    """
    names = _names(attributes)
    found: dict[str, list[str]] = {}
    for field in fields:
        keys = _keys_told(field, told or {}, names) or _keys_of(field, names)
        if len(keys) > 1:
            may_be = "、".join(f"“{names[key][0]}”" for key in keys)
            raise AmbiguousField(
                f"字段“{field}”被截断，可能是{may_be}，无法判断。请改名，或用 --field {field}=属性名 指明。",
                field=field,
            )
        for key in keys:
            found.setdefault(key, []).append(field)
    for key, several in found.items():
        if len(several) > 1:
            listed = "、".join(several)
            raise AmbiguousField(f"属性“{names[key][0]}”对应了 {len(several)} 个字段：{listed}。请只留一个。")
    return {key: several[0] for key, several in found.items()}


def need_fields(found: Mapping[str, str], attributes: Sequence[Attribute]) -> None:
    """Refuse a file that has no field for a mandatory attribute.

    :raises MissingField: naming all of them with their abbreviations.
    """
    lacking = [one for one in attributes if one.is_mandatory and one.key not in found]
    if lacking:
        listed = "、".join(f"{one.name}（{one.abbr}）" for one in lacking)
        raise MissingField(f"文件缺少必填属性的字段：{listed}。请补上后重试，或用 --field 字段=属性名 指明。")


def _names(attributes: Iterable[Attribute]) -> dict[str, list[str]]:
    """Every name of each attribute, the newest edition's Chinese one first."""
    names: dict[str, list[str]] = {}
    for one in attributes:
        names.setdefault(one.key, []).extend((one.name, one.abbr))
    return names


def _keys_told(field: str, told: Mapping[str, str], names: Mapping[str, Sequence[str]]) -> list[str]:
    if field not in told:
        return []
    keys = [key for key, known in names.items() if _plain(told[field]) in {_plain(key), *map(_plain, known)}]
    if not keys:
        raise MissingField(
            f"没有名为“{told[field]}”的属性。可用标准名称或缩写，如 管理部件标识码 或 GLBJBSM。"
        )
    return keys


def _keys_of(field: str, names: Mapping[str, Sequence[str]]) -> list[str]:
    """Attributes that a field's name may mean: the exact one, else all that it may be cut off from."""
    wanted = _plain(field)
    exact = [key for key, known in names.items() if any(wanted == _plain(name) for name in known)]
    return exact or [key for key, known in names.items() if any(_is_cut(field, name) for name in known)]


def _is_cut(field: str, name: str) -> bool:
    """Whether a field's name is a longer name cut to ten bytes, its last character perhaps lost.

    >>> _is_cut("管理部件标", "管理部件标识码"), _is_cut("管理部", "管理部件名称")
    (True, True)
    >>> _is_cut("管", "管理部件名称")
    False
    """
    kept = field.strip().rstrip("\ufffd?")
    cuts = (
        name.encode(encoding)[:DBF_NAME_BYTES].decode(encoding, "ignore")
        for encoding in ("gb18030", "utf-8")
        if len(name.encode(encoding)) > DBF_NAME_BYTES
    )
    return any(kept == cut for cut in cuts)


def _plain(name: str) -> str:
    """A name without what writers vary: width, case, blanks, underscores."""
    return unicodedata.normalize("NFKC", name).strip().upper().replace(" ", "").replace("_", "")


def code_fault(code: str) -> str | None:
    """What is wrong with a component's code of 17 or, in older editions, 16 digits; None when nothing is.

    >>> code_fault("61030301001000001"), code_fault("6103030101000001")
    (None, None)
    >>> code_fault("６１０３０３０１００１００００01")
    '编码“６１０３０３０１００１００００01”含全角数字，应为半角。'
    """
    if code.isascii() and code.isdigit() and len(code) in (CODE_DIGITS, ALIAS_DIGITS):
        type_code = code[6:11] if len(code) == CODE_DIGITS else code[6:10]
        if int(code[-6:]) == 0:
            return f"编码“{code}”的顺序号为 000000，应从 000001 起编。"
        return None if int(type_code[2:]) and int(type_code[:2]) else f"编码“{code}”的类别为零。"
    shown = code if len(code) <= 30 else f"{code[:30]}…"
    if not code:
        return "没有编码。"
    if unicodedata.normalize("NFKC", code) != code:
        return f"编码“{shown}”含全角数字，应为半角。"
    if not (code.isascii() and code.isdigit()):
        return f"编码“{shown}”含数字以外的字符，应为 17 位数字（旧版 16 位）。"
    return f"编码“{shown}”有 {len(code)} 位，应为 17 位（旧版 16 位）。"


@dataclass(frozen=True, slots=True)
class Asking:
    """Who changes the register, in which role, and when."""

    at: datetime
    person_id: int | None
    name: str
    role: str
    organisation_code: str | None = None
