"""Which columns of a table hold the address, and what they say together."""

import re
from collections.abc import Sequence

from gis_core.errors import BadInput

ADDRESS_NAMES = (
    "详细地址", "事发地址", "事发地点", "案发地址", "案发地点", "发生地址", "发生地点", "问题地址",
    "问题位置", "具体地址", "具体地点", "具体位置", "地址描述", "位置描述", "地点描述", "所在地址",
    "所在位置", "标准地址", "地址", "地点", "位置", "住址",
    "full address", "address", "addr", "place", "location",
)  # fmt: skip
"""Names of a column of addresses, the surest first."""
ENDINGS = ("地址", "地点", "住址", "位置", "address")
"""How other names of such columns end: 经营地址, 安装位置, home_address."""
_LEFT_OUT = re.compile(r"[\s_\-*:：]+|[（(].*?[)）]")
_DATA = re.compile(
    r"[+-]?\d+(?:\.\d+)?|\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}.*|.*\d+(?:号|號|栋|幢|室|单元|楼|米).*|.{31,}"
)
MOST_SHOWN = 20


class NoHeading(BadInput):
    """The first row of a table holds data instead of the names of its columns."""

    code = "no_heading_row"


class NoAddressColumn(BadInput):
    """No column of a table is known to hold addresses, and nobody said which one does."""

    code = "no_address_column"


class UnknownAddressColumn(BadInput):
    """A column was named that the table does not have."""

    code = "unknown_address_column"


class SeveralAddressColumns(BadInput):
    """Several columns may be meant."""

    code = "several_address_columns"


def recognise_column(heading: Sequence[str]) -> int:
    """The column that holds addresses, by its name.

    :raises NoHeading: when the first row looks like data.
    :raises NoAddressColumn: when no name is known.
    :raises SeveralAddressColumns: when several are equally good; nothing is guessed.
    """
    plain = [_plain(name) for name in heading]
    for name in ADDRESS_NAMES:
        if found := _places(plain, _plain(name)):
            return _only(found, heading)
    for ending in ENDINGS:
        if found := [n for n, one in enumerate(plain) if one.endswith(ending)]:
            return _only(found, heading)
    if any(_DATA.fullmatch(name.strip()) for name in heading):
        raise _no_heading(heading)
    raise NoAddressColumn(f"没有认出哪一列是地址，请指定。文件中的列是：{_listed(heading)}。")


def choose_columns(heading: Sequence[str], told: Sequence[str] = ()) -> tuple[int, ...]:
    """The columns whose texts are joined into an address: those that were told, else the recognised one.

    A column is told by its name or its number, from 1; `区县+街道+地址` tells three.

    >>> choose_columns(["编号", "区县", "街道", "详细地址"]), choose_columns(["a", "b", "c"], ["c+1"])
    ((3,), (2, 0))

    :raises UnknownAddressColumn: for a name that the heading does not have.
    :raises SeveralAddressColumns: for a name that it has twice.
    :raises NoHeading: when what should be the name of a chosen column looks like data.
    """
    if not any(name.strip() for name in told):
        return (recognise_column(heading),)
    plain = [_plain(name) for name in heading]
    found: list[int] = []
    for one in told:
        names = [one] if _find(plain, one) else [part for part in one.split("+") if part.strip()]
        found += [_told(plain, heading, name) for name in names]
    if any(_DATA.fullmatch(heading[n].strip()) for n in found):
        raise _no_heading(heading)
    return tuple(dict.fromkeys(found))


def joined(cells: Sequence[str], columns: Sequence[int]) -> str:
    """The text of an address that several cells say together; a part that a later one repeats is left out.

    >>> joined(["渭滨区", "经二路街道", "渭滨区经二路155号"], (0, 1, 2))
    '经二路街道渭滨区经二路155号'
    >>> joined(["经二路", "155号", ""], (0, 1, 2)), joined(["经二路12", "3栋"], (0, 1))
    ('经二路155号', '经二路12，3栋')
    """
    parts = [cells[n].strip() for n in columns if n < len(cells)]
    text = ""
    for n, part in enumerate(parts):
        if part and not any(part in later for later in parts[n + 1 :]):
            text += "，" + part if text[-1:].isdigit() and part[:1].isdigit() else part
    return text


def result_headings(heading: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Headings for what is written behind a table: one that the table has already is told apart.

    >>> result_headings(["经度", "地址", "定位经度"], ["结果", "经度"])
    ['结果', '定位经度2']
    """
    taken = {name.strip() for name in heading}
    found = []
    for name in wanted:
        free, n = name, 1
        while free in taken:
            free, n = f"定位{name}" + (str(n) if n > 1 else ""), n + 1
        taken.add(free)
        found.append(free)
    return found


def _plain(name: str) -> str:
    return _LEFT_OUT.sub("", name).lower()


def _places(plain: Sequence[str], name: str) -> list[int]:
    return [n for n, one in enumerate(plain) if one == name]


def _find(plain: Sequence[str], told: str) -> list[int]:
    """The columns of a name, or the one of a number."""
    if found := _places(plain, _plain(told)):
        return found
    number = int(told) if told.strip().isdecimal() and len(told) < 6 else 0
    return [number - 1] if 1 <= number <= len(plain) else []


def _told(plain: Sequence[str], heading: Sequence[str], name: str) -> int:
    found = _find(plain, name)
    if not found:
        raise UnknownAddressColumn(f"没有“{name[:40]}”这一列。文件中的列是：{_listed(heading)}。")
    return _only(found, heading)


def _only(found: Sequence[int], heading: Sequence[str]) -> int:
    if len(found) > 1:
        names = "、".join(f"第 {n + 1} 列“{heading[n][:40]}”" for n in found[:MOST_SHOWN])
        raise SeveralAddressColumns(f"这几列都可能是地址：{names}。请用列名或第几列指定。")
    return found[0]


def _no_heading(heading: Sequence[str]) -> NoHeading:
    return NoHeading(f"第一行不像列名：{_listed(heading)}。请在第一行写上各列的名称，如“地址”。")


def _listed(heading: Sequence[str]) -> str:
    names = "、".join(name[:40] or "（空）" for name in heading[:MOST_SHOWN])
    return names + ("等" if len(heading) > MOST_SHOWN else "")
