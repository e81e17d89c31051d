"""Which of the places an address may mean it does mean, how sure that is, and why the others lost."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import shapely

from gis_core.geocoding.answers import Level
from gis_core.geocoding.finding import GENERIC_REACH_M, list_finds, near_generic
from gis_core.geocoding.finds import Find, find_of
from gis_core.geocoding.gazetteer import PlaceKind
from gis_core.geocoding.index import DERIVED, KINDS, PlaceIndex
from gis_core.geocoding.lattice import Part
from gis_core.geocoding.meaning import Anchor, AnchorSort, Meaning
from gis_core.geocoding.neighbours import finer, is_near_any, neighbours
from gis_core.geocoding.surroundings import areas_along, areas_at
from gis_core.geocoding.walking import moved
from gis_core.places import PlanePoint

SAME_PLACE_M = 80.0
"""Candidates nearer to each other than this are no rivals."""
MOST_RANKED = 12
MEASURED_M = 45.0
"""A word for any such place (公交站牌) stands for one no farther than this from where metres lead."""


class Ranked(NamedTuple):
    """A find with what speaks for and against it; `share` is its part among namesakes."""

    find: Find
    weight: float  # for the order: how well it fits, and how finely it answers
    fit: float  # 0 to 1, without rivals
    share: float
    against: tuple[str, ...]


class _Fit(NamedTuple):
    factor: float = 1.0
    against: tuple[str, ...] = ()

    def and_(self, other: "_Fit") -> "_Fit":
        return _Fit(self.factor * other.factor, self.against + other.against)


_FITS = _Fit()
_AREA_LEVELS = frozenset({Level.CITY, Level.DISTRICT, Level.SUBDISTRICT, Level.COMMUNITY})


_LEVEL_WEIGHTS = {Level.COMMUNITY: 0.8, Level.SUBDISTRICT: 0.5, Level.CITY: -0.5}
"""Of areas the finer one is meant, however large it is: a hill town is wider than the zone beside it."""


def rank(index: PlaceIndex, meaning: Meaning, near: PlanePoint | None) -> list[Ranked]:
    """Everything the anchors may mean, best first; areas themselves where there are no anchors."""
    found = _finds_by_anchor(index, meaning.anchors)
    found = _with_generic(index, meaning.anchors, found, near)
    told = neighbours(meaning, found)
    finds = [find for number, one in enumerate(found) if number not in told for find in one]
    if not finds:
        finds = _area_finds(index, meaning)
    return _shared([_ranked(index, find, _Said(meaning, found, told, near)) for find in finds])


def _finds_by_anchor(index: PlaceIndex, anchors: Sequence[Anchor]) -> list[list[Find]]:
    return [
        [find._replace(anchor=number) for find in list_finds(index, anchor)]
        for number, anchor in enumerate(anchors)
    ]


def _with_generic(
    index: PlaceIndex, anchors: Sequence[Anchor], found: list[list[Find]], near: PlanePoint | None
) -> list[list[Find]]:
    """Generic words (邮局) stand for the nearest such place to what was said before, or to the asker."""
    for number, anchor in enumerate(anchors):
        if anchor.sort is not AnchorSort.GENERIC:
            continue
        before = next((one for one in reversed(found[:number]) if one), None)
        after = next((one for one in found[number + 1 :] if one), None)
        around = (before or after or [])[:3]
        if not around and near is not None:
            around = [Find(-1, Level.POINT, near, 10.0, 1.0, "")]
        known: dict[int, Find] = {}
        is_measured = number > 0 and any(step.metres for step in anchors[number - 1].steps)
        for context in around:
            along_street = context.level is Level.STREET
            is_told = number > 0 and anchors[number - 1].near is not None  # 路口附近的银行
            for order, find in enumerate(near_generic(index, anchor.category, context)):
                quality = find.quality if along_street else find.quality * 0.9**order
                if is_measured and math.dist(_xy(find.point), _xy(context.point)) > MEASURED_M:
                    quality *= 0.5
                if is_told and order == 0:
                    quality = max(quality, 0.92)
                known.setdefault(find.place, find._replace(anchor=number, quality=quality, is_generic=True))
        found[number] = [moved(index, anchor, find) for find in known.values()]
    return found


def _area_finds(index: PlaceIndex, meaning: Meaning) -> list[Find]:
    """The areas that were named, the finest counting most."""
    columns = index.columns
    finds = []
    for part in meaning.areas:
        for place in columns.postings[part.name][:20]:
            if KINDS[columns.kind[place]] is PlaceKind.AREA:
                finds.append(find_of(index, place))
    return finds


class _Said(NamedTuple):
    """What a find is held against: the words, what each anchor may be, which only tell where, the asker."""

    meaning: Meaning
    found: list[list[Find]]
    told: set[int]
    near: PlanePoint | None


def _ranked(index: PlaceIndex, find: Find, said: _Said) -> Ranked:
    meaning, found, told, near = said
    fit = _Fit(find.quality)
    for part in meaning.areas:
        fit = fit.and_(_in_area(index, find, part))
    for number, others in enumerate(found):
        if number in told and is_near_any(find, finer(others)):
            continue
        if number != find.anchor and others:
            beside = finer(others) if number in told else others
            fit = fit.and_(_near_others(index, find, meaning.anchors[number], beside))
    if find.level in (Level.STREET, Level.ESTATE):
        fit = fit.and_(_passed_over(find, said))
    fineness = -0.25 * math.log(max(find.radius_m, 10.0) / 10.0)
    if find.level in _AREA_LEVELS:
        fineness = _LEVEL_WEIGHTS.get(find.level, 0.0) - 2.0
    weight = math.log(max(fit.factor, 1e-6)) + fineness + 0.2 * find.anchor
    if near is not None:
        weight -= min(math.dist(_xy(near), _xy(find.point)) / 2500.0, 2.0)
    return Ranked(find, weight, fit.factor, 1.0, fit.against)


def _passed_over(find: Find, said: _Said) -> _Fit:
    """A whole street is a poor answer to a text that names something finer."""
    for number, anchor in enumerate(said.meaning.anchors):
        if number == find.anchor or not said.found[number] or number in said.told:
            continue
        if anchor.sort is not AnchorSort.STREET and said.found[number][0].radius_m < find.radius_m:
            return _Fit(0.6, ("没有用上更细的地点",))
    return _FITS


def _in_area(index: PlaceIndex, find: Find, part: Part) -> _Fit:
    columns, name = index.columns, part.name
    start, end = int(columns.postings.starts[name]), int(columns.postings.starts[name + 1])
    wanted = {
        int(columns.area[place])
        for place in columns.postings.items[start : min(end, start + 20)].tolist()
        if KINDS[columns.kind[place]] is PlaceKind.AREA
    } - {-1}
    if not wanted:
        return _FITS
    place = find.lies_with
    mine = int(columns.area[place]) if place >= 0 else -1
    if mine >= 0 and (wanted & index.area_sets[mine] or int(columns.zone[place]) in wanted):
        return _FITS
    if find.is_worked_out:
        around = areas_at(index, find.point)
        if not around or wanted & around:
            return _FITS
    elif mine < 0:
        return _FITS
    return _beside_area(index, find, mine, wanted, is_weak=int(columns.post_sort[start]) == DERIVED)


def _beside_area(index: PlaceIndex, find: Find, mine: int, wanted: set[int], *, is_weak: bool) -> _Fit:
    """A find that does not lie in any of the areas a name may mean."""
    if find.level in _AREA_LEVELS:
        # A district that was said beside its community is only coarser.
        if any(mine in index.area_sets[one] for one in wanted):
            return _Fit(0.9)
        # A zone lies over divisions: a town may lie in it for the most part.
        if any(index.areas[one].level == "zone" for one in (*wanted, mine)):
            return _Fit(0.95)
    against = (f"不在所说的{index.areas[min(wanted)].name}",)
    # A street leads through many areas; its pin lies in one of them.
    if find.level in (Level.STREET, Level.STREET_SECTION) and find.streets:
        return _FITS if wanted & areas_along(index, find.streets[0]) else _Fit(0.6, against)
    return _Fit(0.6 if is_weak else 0.3, against)


def _near_others(index: PlaceIndex, find: Find, anchor: Anchor, others: Sequence[Find]) -> _Fit:
    """How well a find agrees with what another anchor says."""
    if find.streets and any(set(find.streets) & set(one.streets) for one in others):
        return _FITS
    if anchor.sort in (AnchorSort.STREET, AnchorSort.SECTION):
        away = min(_street_distance(index, find, one) for one in others)
    else:
        away = min(math.dist(_xy(find.point), _xy(one.point)) - one.radius_m for one in others)
    away -= find.radius_m if find.level in (Level.STREET, Level.ESTATE) else 0.0
    if away <= 90.0:
        return _FITS
    if anchor.sort is AnchorSort.GENERIC:
        return _Fit(0.9)
    far = f"{away / 1000:.1f}公里" if away >= 1000 else f"{away:.0f}米"
    said = f"离所说的{others[0].name}有{far}"
    return _Fit(0.8 if away <= 250.0 else 0.5 if away <= 600.0 else 0.25, (said,))


def _street_distance(index: PlaceIndex, find: Find, other: Find) -> float:
    if not other.streets:
        return math.dist(_xy(find.point), _xy(other.point))
    here = shapely.Point(*_xy(find.point))
    return min(float(shapely.distance(index.lines[street], here)) for street in other.streets)


def _shared(ranked: list[Ranked]) -> list[Ranked]:
    """In order, each with its share among those that could stand in its place."""
    ordered = sorted(ranked, key=lambda one: one.weight, reverse=True)[:MOST_RANKED]
    return [one._replace(share=_share(one, ordered)) for one in ordered]


def _share(one: Ranked, all_of_them: Sequence[Ranked]) -> float:
    mine, total = one.find, 1.0
    beside_m = SAME_PLACE_M + min(mine.radius_m, 100.0)
    for other in all_of_them:
        find = other.find
        if find is mine or (find.anchor != mine.anchor and other.fit <= 0.3):
            continue
        apart_m = math.dist(_xy(mine.point), _xy(find.point))
        if mine.is_generic and find.anchor < mine.anchor and apart_m <= GENERIC_REACH_M:
            continue  # what it was looked for around
        # No rival: the same place, or a coarser answer that holds this one.
        if apart_m > beside_m and not (find.radius_m > 150.0 and apart_m <= find.radius_m * 1.2):
            total += math.exp(2.0 * (other.weight - one.weight))
    return 1.0 / total


def _xy(point: PlanePoint) -> tuple[float, float]:
    return point.easting_m, point.northing_m
