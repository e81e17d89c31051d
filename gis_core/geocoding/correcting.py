"""What a speaker takes back: 155号，不对，是157号; 不是红旗路，是经二路; 经二路，不是经一路.

The parts that are taken back keep their labels and mean nothing. A restatement that stands by itself replaces
all that was said before; a number, a step or a district replaces only its like.
"""

import re
from collections.abc import Sequence

from gis_core.geocoding.gazetteer import PlaceKind
from gis_core.geocoding.index import KINDS, PlaceIndex
from gis_core.geocoding.lattice import Part
from gis_core.geocoding.wording import Sort

_DENIED = re.compile(r"不是(?P<denied>[^,]{1,24}?)(?=,|而?是|$)")
_NUMBERS = frozenset({Sort.PLATE, Sort.NUMBER, Sort.CHAIN, Sort.BUILDING})
_LIKE = {Sort.PLATE: _NUMBERS, Sort.NUMBER: _NUMBERS, Sort.CHAIN: _NUMBERS, Sort.BUILDING: _NUMBERS}
_SAID = frozenset(
    {Sort.OFFSET, Sort.COUNT, Sort.SIDE, Sort.NEAR, Sort.UNIT, Sort.FLOOR, Sort.ROOM, *_NUMBERS}
)


def list_withdrawn(index: PlaceIndex, key: str, parts: Sequence[Part]) -> list[Part]:
    """The parts of a reading that later words of it take back, in order."""
    parts = [part for part in parts if part.sort is not Sort.STOP]
    marks = [part for part in parts if part.sort is Sort.CORRECTION]
    if not marks:
        return []
    withdrawn: set[Part] = set()
    for mark in marks:
        denied = _DENIED.match(key, mark.start)
        if denied is not None and mark.end - mark.start == 2:
            withdrawn.update(part for part in parts if mark.end <= part.start < denied.end("denied"))
            continue
        before = [part for part in parts if part.end <= mark.start and part not in withdrawn]
        withdrawn.update(_replaced(index, before, [part for part in parts if part.start >= mark.end]))
    return sorted(withdrawn - set(marks))


def _replaced(index: PlaceIndex, before: list[Part], after: list[Part]) -> list[Part]:
    """The parts said before that those said after take the place of."""
    after = [part for part in after if part.sort in _SAID or part.sort is Sort.NAME]
    if not after or not before:
        return []
    first = after[0]
    if first.sort is not Sort.NAME:
        like = _LIKE.get(first.sort, frozenset({first.sort}))
        return [part for part in before if part.sort in like][-1:]
    if _is_area(index, first):
        fine = [part for part in after[1:2] if part.sort is Sort.NAME and not _is_area(index, part)]
        return before if fine else [part for part in before if _is_area(index, part)][-1:]
    return _restated(index, before, after)


def _restated(index: PlaceIndex, before: list[Part], after: list[Part]) -> list[Part]:
    """What another street or place takes the place of: the last before it, or all that was said of a place.

    A street alone takes over the number or the other street of the one it replaces.
    """
    fine = [part for part in before if part.sort is Sort.NAME and not _is_area(index, part)]
    if not fine:
        return []
    is_alone = len(after) == 1 or (after[1].sort is not Sort.NAME and after[1].sort not in _NUMBERS)
    if is_alone and _is_street(index, after[0]) and _is_street(index, fine[-1]):
        return fine[-1:]
    return [part for part in before if part.start >= fine[0].start]


def _kinds(index: PlaceIndex, part: Part) -> set[PlaceKind]:
    return {KINDS[index.columns.kind[place]] for place in index.columns.postings[part.name][:20]}


def _is_area(index: PlaceIndex, part: Part) -> bool:
    return part.sort is Sort.NAME and _kinds(index, part) <= {PlaceKind.AREA}


def _is_street(index: PlaceIndex, part: Part) -> bool:
    return part.sort is Sort.NAME and PlaceKind.STREET in _kinds(index, part)
