"""All the ways to read a key as names and words, and the best of them.

A text is a line of characters, a part that is known (a name of the gazetteer, a number with what it counts, a
relation) an edge over some of them. The best reading is the way from end to end with the highest score: long
names before short ones, known parts before unknown characters.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from gis_core.geocoding.index import SHORTHAND, PlaceIndex
from gis_core.geocoding.shorthand import list_elided, list_shorthand
from gis_core.geocoding.wording import Sort, list_words

LONGEST_NAME = 30
"""Characters of a name that are looked for."""

_GAIN = {
    Sort.NAME: 2.0, Sort.PLATE: 1.5, Sort.NUMBER: 0.8, Sort.BUILDING: 1.7, Sort.UNIT: 1.7, Sort.FLOOR: 1.6,
    Sort.ROOM: 1.6, Sort.CHAIN: 1.6, Sort.CROSSING: 1.7, Sort.MOUTH: 1.35, Sort.AND: 0.7, Sort.UNTIL: 0.6,
    Sort.BETWEEN: 1.3,
    Sort.OFFSET: 1.8, Sort.COUNT: 1.8, Sort.GRID: 1.6, Sort.SIDE: 1.4, Sort.NEAR: 1.2,
    Sort.GENERIC: 1.55, Sort.NATION: 1.9, Sort.NOISE: 0.5,
    Sort.CORRECTION: 1.3, Sort.STORY: 1.0, Sort.STOP: 0.6, Sort.UNKNOWN: -0.9,
}  # fmt: skip
_START = 0.35
"""What each part costs: few long parts are a better reading than many short ones."""


_GOES_ON = {
    "路": re.compile(r"线(?![缆路杆盒箱管断掉垂落塌松没老上])|[由演径途障]|况(?=怎|如何|不)"),
    "街": re.compile(r"舞|坊(?!小|门|的)"),
    "高新": re.compile(r"[技科企产认](?!.{0,3}(?:开发|园|路|街|小|中))"),
}
"""What makes a name, or one with this ending, but the beginning of a common word: 群众路线, 高新技术企业."""


_LED_IN = frozenset(
    "住去来是到家咱叫回过个搁给往离查问找帮们呢啊哩咧嘛吧的在从于号口边面侧头区县市镇乡村道办社路街巷及和与跟同或"
)
"""Behind unknown characters that end in one of these, a name of two characters may begin."""


class Part(NamedTuple):
    """An edge: characters `start` to `end` of a key read as something."""

    start: int
    end: int
    sort: Sort
    name: int = -1  # id of the name in the trie of names
    category: int = -1
    slip: float = 0.0  # how far the spelling is from the name: 0 as written, 1 sounds alike, 2 one wrong


def list_parts(index: PlaceIndex, key: str) -> list[Part]:
    """Every known part of a key."""
    parts = [Part(start, end, sort) for start, end, sort in list_words(key)]
    trie = index.tries["name"]
    for start in range(len(key) - 1):
        ahead = key[start : start + LONGEST_NAME]
        for name in trie.prefixes(ahead):
            end = start + len(name)
            if (ahead_of := _GOES_ON.get(name[-1]) or _GOES_ON.get(name)) and ahead_of.match(key, end):
                continue
            parts.append(Part(start, end, Sort.NAME, trie[name]))
            if name[-1] == "门" and key.startswith("口", end):  # 南门口 is at the south gate
                parts.append(Part(start, end + 1, Sort.NAME, trie[name]))
    for start, end, plate_end in list_shorthand(key, trie):
        parts.append(Part(start, end, Sort.NAME, trie[SHORTHAND + key[start:end]]))
        if plate_end:
            parts.append(Part(end, plate_end, Sort.PLATE))
    names = [(part.start, part.end) for part in parts if part.sort is Sort.NAME]
    parts += [Part(start, end, Sort.NAME, trie[name]) for start, end, name in list_elided(key, names, trie)]
    for match in index.generic_pattern.finditer(key):
        category = index.generic_words[match.group()]
        parts.append(Part(match.start(), match.end(), Sort.GENERIC, category=category))
    at = key.find("口", 1)
    while at >= 0:
        parts.append(Part(at, at + 1, Sort.MOUTH))
        at = key.find("口", at + 1)
    return parts


def _begins_badly(key: str, part: Part) -> bool:
    """Whether a name behind unknown characters is too short to begin there: 陈仓 is no place in 暗度陈仓."""
    if part.sort is not Sort.NAME or part.slip or not part.start:
        return False
    return part.end - part.start == 2 and key[part.start - 1] not in _LED_IN


def best_reading(index: PlaceIndex, key: str, parts: Iterable[Part]) -> tuple[list[Part], float]:
    """The parts of the best way through a key, unknown runs joined, and its score."""
    count = len(key)
    ending: list[list[Part]] = [[] for _ in range(count + 1)]
    for part in parts:
        ending[part.end].append(part)
    score = [0.0] * (count + 1)
    taken: list[Part | None] = [None] * (count + 1)
    for end in range(1, count + 1):
        best, by = score[end - 1] + _GAIN[Sort.UNKNOWN], None
        for part in ending[end]:
            value = score[part.start] + _gain(index, part)
            # A mouth opens only behind a street.
            if part.sort is Sort.MOUTH and not _is_behind_name(taken[part.start]):
                continue
            if taken[part.start] is None and _begins_badly(key, part):
                continue
            if value > best:
                best, by = value, part
        score[end], taken[end] = best, by
    return _walk_back(taken, count), score[count]


def _gain(index: PlaceIndex, part: Part) -> float:
    length = part.end - part.start
    if part.sort is not Sort.NAME:
        return _GAIN[part.sort] * length - _START
    return _GAIN[Sort.NAME] * length - _START - part.slip + float(index.columns.name_bonus[part.name])


def _is_behind_name(part: Part | None) -> bool:
    return part is not None and part.sort is Sort.NAME


def _walk_back(taken: list[Part | None], count: int) -> list[Part]:
    found: list[Part] = []
    end = unknown_to = count
    while end > 0:
        part = taken[end]
        if part is None:
            end -= 1
            continue
        if end < unknown_to:
            found.append(Part(end, unknown_to, Sort.UNKNOWN))
        found.append(part)
        end = unknown_to = part.start
    if unknown_to > 0:
        found.append(Part(0, unknown_to, Sort.UNKNOWN))
    return found[::-1]
