"""Places that only tell where another is: 新维巷幼儿园旁边的晨光雅居; 晨光雅居，新维巷幼儿园挨着的那个."""

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from gis_core.geocoding.answers import Level
from gis_core.geocoding.finds import Find
from gis_core.geocoding.meaning import Anchor, AnchorSort, Meaning

NEIGHBOUR_M = 300.0
"""A place that is told to be beside another lies no farther from it."""
_WORDS = (
    r"(?:紧?挨.*|[斜正]?对面|对过|旁边|近旁|旁|附近|周边|周围|边边上|边上|跟前|隔壁|前面|后面|背后|后头|"
    r"不远处)"
)
_AREAS = frozenset({Level.COMMUNITY, Level.SUBDISTRICT, Level.DISTRICT, Level.CITY})
_BESIDE = re.compile(_WORDS)
_BESIDE_IT = re.compile(_WORDS + r"(?:的|那个|那家|的那个|的那家|有个|就是)")
_SIDE_BY_SIDE = re.compile(_WORDS + r"(?:有个|有家|就是|是|有|,)?")
_LEANS_ON = re.compile(r"靠近|紧邻|邻近|临近|靠着?|紧?挨着?|离|临|就在")


def neighbours(meaning: Meaning, found: list[list[Find]]) -> set[int]:
    """The numbers of those anchors that only tell where the place beside them is.

    `found` holds what each anchor may be. A neighbour told behind its place counts where the place has
    namesakes, of which it leaves some: alone it is as good an answer as the place.
    """
    told: set[int] = set()
    for number, (one, other) in enumerate(pairwise(meaning.anchors)):
        if one.sort is not AnchorSort.PLACE or other.sort is not AnchorSort.PLACE:
            continue
        meant = number + _meant(meaning.key, one, other, [len(found[number]), len(found[number + 1])])
        if meant < number:
            continue
        beside = 2 * number + 1 - meant
        near = [find for find in found[meant] if is_near_any(find, finer(found[beside]))]
        if near and (meant > number or len(near) < len(found[meant])):
            told.add(beside)
    return told


def finer(finds: Sequence[Find]) -> Sequence[Find]:
    """Of what an anchor may be, a seat before the area that is called by it: 马营镇政府."""
    return [find for find in finds if find.level not in _AREAS] or finds


def is_near_any(find: Find, others: Sequence[Find]) -> bool:
    """Whether a find lies within `NEIGHBOUR_M` of one of the others, edge to edge."""
    return any(math.dist(_xy(find), _xy(one)) - find.radius_m - one.radius_m <= NEIGHBOUR_M for one in others)


def _meant(key: str, one: Anchor, other: Anchor, namesakes: list[int]) -> int:
    """Which of two places told beside each other is meant: the first (0), the second (1), or neither (-1).

    Where the words leave it open (清泉公寓旁边是刘家台公园) it is the one with more namesakes.
    """
    between = key[one.parts[-1].end : other.parts[0].start]
    if _SIDE_BY_SIDE.fullmatch(between) and namesakes[0] != namesakes[1]:
        return int(namesakes[1] > namesakes[0])
    if _BESIDE_IT.fullmatch(between):
        return 1
    leans = bool(_LEANS_ON.search(between))
    behind = other.near and key[other.near.start : other.near.end]
    is_told = leans or (behind and _BESIDE.fullmatch(behind))
    return 0 if is_told and (leans or not one.near) and not other.number else -1


def _xy(find: Find) -> tuple[float, float]:
    return find.point.easting_m, find.point.northing_m
