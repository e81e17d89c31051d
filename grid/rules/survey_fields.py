"""What each column of a survey file is: names of the standards, and what ten bytes of a DBF leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gis_core.errors import BadInput

DBF_BYTES = 10
"""What dBASE keeps of a field's name."""


class UnclearFields(BadInput):
    """A column may be two things, or two columns the same thing, or one that must be there is not."""

    code = "unclear_fields"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A thing that is looked for: its key, what people call it, names it may have, whether it must be."""

    key: str
    name: str
    names: tuple[str, ...]
    is_needed: bool = False


UNIT_GRID = (
    Wanted(
        "code",
        "单元网格标识码",
        ("单元网格标识码", "单元网格编码", "网格编码", "gridCode", "DYWGBSM", "BGID", "code"),
        is_needed=True,
    ),
    Wanted("name", "单元网格名称", ("单元网格名称", "网格名称", "gridName", "DYWGMC")),
    Wanted(
        "responsibility_code",
        "责任网格标识码",
        ("责任网格标识码", "责任网格编码", "ZRWGBSM", "responsibility_code"),
    ),
    Wanted("land_use", "用地类型", ("用地类型", "YDLX", "land_use")),
    Wanted("valid_to", "终止时间", ("终止时间", "ZZSJ", "endTime", "valid_to")),
)
RESPONSIBILITY_GRID = (
    Wanted(
        "code",
        "责任网格标识码",
        ("责任网格标识码", "责任网格编码", "ZRWGBSM", "gridCode", "code"),
        is_needed=True,
    ),
    Wanted("name", "责任网格名称", ("责任网格名称", "ZRWGMC", "gridName", "name")),
)
DIVISION = (
    Wanted(
        "code",
        "区划代码",
        ("区划代码", "行政区划代码", "社区代码", "街道代码", "XZQDM", "code"),
        is_needed=True,
    ),
    Wanted("name", "区划名称", ("区划名称", "行政区划名称", "社区名称", "街道名称", "XZQMC", "name")),
)
ZONE = (
    Wanted("code", "功能区代码", ("功能区代码", "GNQDM", "code"), is_needed=True),
    Wanted("name", "功能区名称", ("功能区名称", "GNQMC", "name"), is_needed=True),
)
"""Names as in GB/T 30428.1 style tables and CJ/T 214; abbreviations are initials of pinyin (assumed)."""


def find_fields(fields: Sequence[str], wanted: Sequence[Wanted]) -> dict[str, str]:
    """The file's field for each key; keys that may be missing and are, are left out.

    Whole names go before cut ones. Case and outer blanks mean nothing.

    :raises UnclearFields: naming the fields in question.

    >>> find_fields(["单元网格标", "备注"], UNIT_GRID)
    {'code': '单元网格标'}
    """
    found: dict[str, str] = {}
    for test in (_is_name, _is_cut_name):
        for field in fields:
            if field in found.values():
                continue
            meant = [one for one in wanted if one.key not in found and any(test(field, n) for n in one.names)]
            if len(meant) > 1:
                both = "、".join(one.name for one in meant)
                raise UnclearFields(f"字段“{field}”可能是{both}。请改用完整的字段名后重试。", field=field)
            if meant:
                found[meant[0].key] = field
        _check_once(fields, wanted, found, test is _is_name)
    missing = [one for one in wanted if one.is_needed and one.key not in found]
    if missing:
        raise UnclearFields(
            f"找不到“{missing[0].name}”字段。文件中有：{'、'.join(fields[:20]) or '没有字段'}。",
            missing=missing[0].key,
        )
    return found


def _check_once(
    fields: Sequence[str], wanted: Sequence[Wanted], found: Mapping[str, str], is_whole: bool
) -> None:
    """Refuse two columns with whole names of one thing."""
    if not is_whole:
        return
    for one in wanted:
        same = [field for field in fields if any(_is_name(field, name) for name in one.names)]
        if len(same) > 1:
            raise UnclearFields(f"字段“{same[0]}”和“{same[1]}”都像{one.name}。请删去其中一个后重试。")


def _is_name(field: str, name: str) -> bool:
    return field.strip().casefold() == name.casefold()


def _is_cut_name(field: str, name: str) -> bool:
    """Whether a field is what ten bytes leave of a name, in GBK or UTF-8, a broken last character dropped."""
    given = field.strip().casefold()
    return any(
        given == name.encode(encoding)[:DBF_BYTES].decode(encoding, "ignore").casefold()
        for encoding in ("gbk", "utf-8")
        if len(name.encode(encoding)) > DBF_BYTES
    )
