"""Stretches of a text that a reading does not explain: where slips may hide a name, and what lowers trust."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gis_core.geocoding.gazetteer import PlaceKind
from gis_core.geocoding.index import DERIVED, KINDS, PlaceIndex
from gis_core.geocoding.lattice import Part
from gis_core.geocoding.wording import NAME_ENDING, Sort

MOST_DOUBTED = 16
"""Characters of one stretch that are looked at for slips: names are shorter, stories longer."""
_WEAK = frozenset(
    {
        Sort.NUMBER, Sort.NOISE, Sort.AND, Sort.UNTIL, Sort.MOUTH, Sort.BETWEEN, Sort.NEAR, Sort.GENERIC,
        Sort.SIDE,
    }
)  # fmt: skip
_COMMON = re.compile(
    r"马路|路面|道路|人行道|盲道|公里|这里|那里|家里|夜里|路上|路边|街上|楼上|院子|小区里|垃圾站|工地|公厕|路灯"
)
_UNKNOWN_NAME, _UNKNOWN_WORDS = 0.55, 0.8
_UNKNOWN_BESIDE_AREA = 0.55
_LED_NOWHERE = 0.75


def doubted(index: PlaceIndex, read: Sequence[Part]) -> list[Part]:
    """Stretches with unknown characters, but for the story that is told after a place was named.

    Weak words beside unknown characters belong to the stretch (泰瑞要二路派出所 is no number and no police),
    and so do forms that no register lists (北园 for 北园社区, within 红北园路).
    """
    found: list[Part] = []
    start = end = -1
    is_unknown = is_named = False
    for part in (*read, Part(0, 0, Sort.STOP)):
        if part.sort is Sort.UNKNOWN or part.sort in _WEAK or _is_derived(index, part):
            start = part.start if start < 0 else start
            end = part.end
            is_unknown = is_unknown or part.sort is Sort.UNKNOWN
            continue
        if is_unknown:
            found.append(Part(start, end, Sort.UNKNOWN))
        start, is_unknown = -1, False
        if part.sort in (Sort.STOP, Sort.STORY) and is_named:
            break
        is_named = is_named or is_fine(index, part)
    return found


def is_fine(index: PlaceIndex, part: Part) -> bool:
    """Whether a part names more than an area: a street, an estate, a landmark."""
    if part.sort is not Sort.NAME:
        return False
    columns = index.columns
    first = int(columns.postings.items[columns.postings.starts[part.name]])
    return KINDS[columns.kind[first]] is not PlaceKind.AREA


@dataclass(frozen=True, slots=True)
class Trust:
    """How much of a text is explained, 0 to 1, and the names in it that nobody knows."""

    factor: float
    missing: tuple[str, ...]


def trust_in(index: PlaceIndex, key: str, read: Sequence[Part], *, is_area: bool, loose: int) -> Trust:
    """Trust in answers to a reading: `is_area` when they are areas, `loose` counts parts that led nowhere."""
    factor, missing = 1.0, list[str]()
    for part in doubted(index, read):
        text = key[part.start : part.end]
        match = NAME_ENDING.search(text)
        if match is not None and not _COMMON.search(match.group()):
            missing.append(match.group())
        elif len(text) >= 2:
            factor *= _UNKNOWN_BESIDE_AREA if is_area else _UNKNOWN_WORDS
    factor *= _UNKNOWN_NAME ** len(missing[:2])
    if loose:
        factor *= _UNKNOWN_BESIDE_AREA if is_area else _LED_NOWHERE
    return Trust(factor, tuple(missing))


def _is_derived(index: PlaceIndex, part: Part) -> bool:
    if part.sort is not Sort.NAME:
        return False
    return bool(index.columns.post_sort[index.columns.postings.starts[part.name]] == DERIVED)
