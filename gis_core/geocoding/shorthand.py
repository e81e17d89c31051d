"""Streets without their ending, as inspectors write them: 经二/红旗, 大庆×太白, 火炬213#, 东风285对面."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import marisa_trie

from gis_core.geocoding.index import SHORTHAND

LONGEST_STEM = 6
_SIGN = re.compile(r"[/×x@&+\-|]")
_WORD = re.compile(r"[和与跟同交到至、]?")
_ENDING = re.compile(r"大道|大街|路(?!口)|街(?!口)|[路街](?=口)|巷|道")
# Behind the second of two streets that a word joins, or nothing: without it they are no streets.
_MEETS = re.compile(
    r"(?:的)?(?:大?十字|路?口|交叉|交汇|丁字|红绿灯|岔口|转盘|拐角|转角|[东西南北]{1,2}角|[东西南北][侧边])"
)
# A number that is a plate's although nothing says so, and what follows one.
_NUMBER = re.compile(
    r"\d{1,4}(?:号(?!楼|线|桥|公厕|网格)|#(?!楼))"
    r"|\d{2,4}(?=对面|对过|门前|门口|门头|楼下|旁|附近|隔壁|斜对面|前面|后面|跟前|边上|[,、/]|$)"
)
# What most addresses have none of: signs, words of meeting, numbers that do not stand behind an ending.
_ANY = re.compile(
    rf"[/×x@&+|]|-(?!\d)|(?<!\d)-|{_MEETS.pattern}"
    r"|(?<![路街巷道号院村园区\d-])(?:\d{1,4}(?:号|#)|\d{2,4}(?!\d|-|栋|幢|座|单元|室|层|米|号|#))"
)


class _Said(NamedTuple):
    """A street as it stands: where its stem ends, and where its ending does."""

    start: int
    stem_end: int
    end: int

    @property
    def is_short(self) -> bool:
        return self.stem_end == self.end


class Shorthand(NamedTuple):
    """A street without its ending, and where the plate behind it ends; 0 without one."""

    start: int
    end: int
    plate_end: int = 0


def list_shorthand(key: str, trie: marisa_trie.Trie) -> Iterator[Shorthand]:
    """Where streets stand without their ending, beside another street or before a plate's number.

    Alone they are none: 人民 is a word, 大庆 a city.
    """
    if not _ANY.search(key):
        return
    said = {start: list(_streets_at(key, start, trie)) for start in range(len(key) - 1)}
    for one in (one for streets in said.values() for one in streets):
        number = _NUMBER.match(key, one.end) if one.is_short else None
        # 经二3号 may be meant for 经23号.
        if number and not (key[one.end - 1].isdigit() and not number.group()[1].isdigit()):
            yield Shorthand(one.start, one.end, number.end())
        for other in _joined(key, one, said):
            yield from (Shorthand(street.start, street.end) for street in (one, other) if street.is_short)


def _streets_at(key: str, start: int, trie: marisa_trie.Trie) -> Iterator[_Said]:
    for stem in trie.prefixes(SHORTHAND + key[start : start + LONGEST_STEM]):
        stem_end = start + len(stem) - len(SHORTHAND)
        ending = _ENDING.match(key, stem_end)
        yield _Said(start, stem_end, ending.end() if ending else stem_end)


def _joined(key: str, one: _Said, said: dict[int, list[_Said]]) -> Iterator[_Said]:
    """The streets that stand right behind one, joined by a sign, or by a word where they are said to meet."""
    if sign := _SIGN.match(key, one.end):
        yield from said.get(sign.end(), ())
    if word := _WORD.match(key, one.end):
        yield from (other for other in said.get(word.end(), ()) if _MEETS.match(key, other.end))


# 三小 in 机厂街四小与三小之间: what the second of two schools is called after is not said again.
_SCHOOL = re.compile(r"(?P<street>[\u4e00-\u9fff]{2,6}?)\d{1,2}[小中幼]")
_OTHER_SCHOOL = re.compile(r"(?<=[和与跟同到至及、,])\d{1,2}[小中幼](?=之间|中间)")


def list_elided(
    key: str, names: list[tuple[int, int]], trie: marisa_trie.Trie
) -> Iterator[tuple[int, int, str]]:
    """Schools told by their number alone behind another one's street: start, end and the whole name.

    `names` are where names of the gazetteer stand in the key.
    """
    for start, end in names:
        school = _SCHOOL.fullmatch(key, start, end)
        for other in _OTHER_SCHOOL.finditer(key, end) if school else ():
            whole = school["street"] + other.group() if school else ""
            if whole in trie:
                yield other.start(), other.end(), whole
