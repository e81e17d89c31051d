"""From a find to where the text leads from it: metres, counted crossings, sides, ends of streets."""

import numpy as np

from gis_core.geocoding import along
from gis_core.geocoding.answers import Level
from gis_core.geocoding.finds import CROSSING_RADIUS_M, Find
from gis_core.geocoding.index import PlaceIndex
from gis_core.geocoding.meaning import Anchor
from gis_core.geocoding.wording import DIRECTIONS
from gis_core.places import PlanePoint

SIDE_M = 12.0
BESIDE_STREET_M = 120.0
SHORT_M = 30.0
"""A street that ends so much short of the metres that were said contradicts them."""
TIP_RADIUS_M = 60.0


def moved(index: PlaceIndex, anchor: Anchor, find: Find) -> Find:
    """A find after the steps and sides that the text tells."""
    if anchor.stretch is not None and find.streets and find.level is Level.STREET:
        find = _stretched(index, find, anchor.stretch)
    side = anchor.side
    if anchor.tip is not None and find.streets and find.level is Level.STREET:
        end = along.tip(index, find.streets[0], anchor.tip)
        find, side = (_at_tip(find, end, anchor.tip), side) if end else (find, anchor.tip)
    for step in anchor.steps:
        if step.direction is None:
            find = find._replace(quality=find.quality * 0.5, why=(*find.why, "“往前”没有说明方向"))
        elif step.count:
            find = _counted(index, find, step.direction, step.count)
        else:
            find = _stepped(index, find, step.direction, step.metres, is_vague=step.is_vague)
    if side is not None and find.streets:
        point = along.to_side(index, find.streets[0], find.point, side, SIDE_M)
        find = find._replace(point=point)
    return find


def _stretched(index: PlaceIndex, find: Find, way: tuple[float, float]) -> Find:
    """The end of a street that lies some way: 东段 is its eastern third."""
    point, half_m = along.end_stretch(index, find.streets[0], way)
    why = (*find.why, f"取{find.name}{_way_of(way)}面的三分之一")
    return find._replace(
        place=-1,
        level=Level.STREET_SECTION,
        point=point,
        radius_m=half_m,
        name=f"{find.name}{_way_of(way)}段",
        why=why,
    )


def _at_tip(find: Find, end: PlanePoint, way: tuple[float, float]) -> Find:
    """The very end of a street: 东头."""
    return find._replace(
        place=-1,
        level=Level.STREET_SECTION,
        point=end,
        radius_m=TIP_RADIUS_M,
        name=f"{find.name}{_way_of(way)}头",
        why=(*find.why, f"取{find.name}最{_way_of(way)}的一端"),
    )


def _stepped(
    index: PlaceIndex, find: Find, direction: tuple[float, float], metres: float, *, is_vague: bool
) -> Find:
    """Along the street of the find that leads that way, else as the crow flies."""
    streets = find.streets or _streets_beside(index, find)
    ends = [(street, along.walk(index, street, find.point, direction, metres)) for street in streets]
    ends = [end for end in ends if end[1].is_along]
    if ends and not find.streets:
        ends = ends[:1]  # the street it is named after, or else the nearest that leads there

    def progress(end: tuple[int, along.Walked]) -> float:
        point = end[1].point
        return (point.easting_m - find.point.easting_m) * direction[0] + (
            point.northing_m - find.point.northing_m
        ) * direction[1]

    if not ends:
        point = along.step(find.point, direction, metres)
        return find._replace(
            name=f"{find.name}以{_way_of(direction)}约{metres:.0f}米",
            point=point,
            radius_m=_off(find, metres, is_vague),
            why=(*find.why, "按直线推算"),
        )
    street, walked = max(ends, key=progress)
    name = index.columns.names[int(index.columns.street_place[street])]
    why = f"沿{name}走{metres:.0f}米"
    told_m = metres
    if walked.short_m > SHORT_M:
        told_m = metres - walked.short_m
        why = f"沿{name}走{told_m:.0f}米就到了尽头，离所说的{metres:.0f}米还差{walked.short_m:.0f}米"
    return find._replace(
        point=walked.point,
        name=f"{find.name}以{_way_of(direction)}约{told_m:.0f}米",
        streets=(street,),
        radius_m=_off(find, metres, is_vague) + walked.short_m,
        quality=find.quality * (0.6 if walked.short_m > SHORT_M else 0.98),
        why=(*find.why, why),
    )


def _counted(index: PlaceIndex, find: Find, way: tuple[float, float], nth: int) -> Find:
    """So many crossings on along the street that leads that way, to the last for -1."""
    if find.level is Level.STREET and nth > 0:
        why = (*find.why, "没有说明从哪里数起")
        return find._replace(quality=find.quality * 0.5, why=why)
    streets = find.streets or _streets_beside(index, find)
    found = [(street, along.nth_crossing(index, street, find.point, way, nth)) for street in streets]
    led = [(street, counted) for street, counted in found if counted is not None]
    if not led:
        why = (*find.why, f"往{_way_of(way)}数不到第{nth}个路口" if nth > 0 else "该方向没有路口")
        return find._replace(quality=find.quality * 0.4, why=why)
    # Of two streets that meet the one that leads more this way; of a landmark the nearest.
    street, counted = max(led, key=lambda one: one[1].straight) if find.streets else led[0]
    names = [index.columns.names[int(index.columns.street_place[s])] for s in (street, counted.other)]
    said = f"第{nth}个路口" if nth > 0 else "最后一个路口"
    return find._replace(
        place=-1,
        level=Level.CROSSING,
        point=counted.point,
        radius_m=CROSSING_RADIUS_M,
        quality=find.quality * 0.93,
        name=f"{names[0]}与{names[1]}路口",
        streets=(street, counted.other),
        why=(*find.why, f"沿{names[0]}往{_way_of(way)}数，{said}；没有名称的路口未计"),
    )


def _streets_beside(index: PlaceIndex, find: Find) -> tuple[int, ...]:
    """The streets a landmark stands at: the one in its name (行政西路邮局) before nearer ones."""
    columns = index.columns

    def is_other(street: int) -> bool:
        return not find.name.startswith(columns.names[int(columns.street_place[street])])

    return tuple(sorted(along.streets_near(index, find.point, BESIDE_STREET_M), key=is_other))


def _way_of(direction: tuple[float, float]) -> str:
    turns = {way: east * direction[0] + north * direction[1] for way, (east, north) in DIRECTIONS.items()}
    return max(turns, key=lambda way: turns[way] / (2.0 if len(way) == 2 else 1.0) ** 0.5)


def _off(find: Find, metres: float, is_vague: bool) -> float:
    return float(np.hypot(find.radius_m, metres * (0.6 if is_vague else 0.15)))
