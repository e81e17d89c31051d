"""Places that only tell where another is: 新维巷幼儿园旁边的晨光雅居; 晨光雅居，新维巷幼儿园挨着的那个."""

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from gis_core.geocoding.answers import Level
from gis_core.geocoding.finding import Find
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
        between = meaning.key[one.parts[-1].end : other.parts[0].start]
        meant, beside = (number + 1, number) if _BESIDE_IT.fullmatch(between) else (number, number + 1)
        leans = one.near is not None and bool(_LEANS_ON.match(between))
        if meant == number and (
            (one.near and not leans) or other.number or not _is_beside(meaning.key, between, other)
        ):
            continue
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


def _is_beside(key: str, between: str, other: Anchor) -> bool:
    behind = other.near and key[other.near.start : other.near.end]
    return bool((behind and _BESIDE.fullmatch(behind)) or _LEANS_ON.search(between))


def _xy(find: Find) -> tuple[float, float]:
    return find.point.easting_m, find.point.northing_m
