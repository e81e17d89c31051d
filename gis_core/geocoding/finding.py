"""From an anchor to the places it may mean: namesakes, crossings, plates, sections, and steps from them."""

from collections.abc import Iterator

import numpy as np
import shapely

from gis_core.geocoding import along
from gis_core.geocoding.answers import Level
from gis_core.geocoding.finds import CROSSING_RADIUS_M, Find, find_of, level_of
from gis_core.geocoding.forgiving import ONE_OFF, SOUNDS_ALIKE
from gis_core.geocoding.gazetteer import PlaceKind
from gis_core.geocoding.index import DERIVED, KINDS, OF_BLOCK, OF_STREET, SORTS, PlaceIndex
from gis_core.geocoding.meaning import MOST_NAMESAKES, Anchor, AnchorSort
from gis_core.geocoding.walking import moved
from gis_core.places import PlanePoint

MOST_GENERIC = 5
GENERIC_REACH_M = 400.0
ALONG_STREET_M = 60.0
NEAR_MISS_M = 150.0
"""Streets that come no nearer to each other have no crossing that people could mean."""
MOST_ENDS, MOST_APART_M = 5, 2_000.0
"""Namesakes of either end that are looked at, and how far apart ends may be for 之间 to mean something."""


def list_finds(index: PlaceIndex, anchor: Anchor) -> list[Find]:
    """The places an anchor may mean, steps and sides walked; none for generic words, which need a context."""
    find = {
        AnchorSort.STREET: _streets,
        AnchorSort.PLATE: _plates,
        AnchorSort.CROSSING: _crossings,
        AnchorSort.MOUTH: _mouths,
        AnchorSort.SECTION: _sections,
        AnchorSort.PLACE: _places,
        AnchorSort.GENERIC: _nothing,
        AnchorSort.BETWEEN: _betweens,
    }[anchor.sort]
    return [moved(index, anchor, one) for one in find(index, anchor)]


def near_generic(index: PlaceIndex, category: int, around: Find) -> list[Find]:
    """The places of a category nearest to a find, within reach; nearest first.

    Along a whole street all of them count alike: the text does not say where on it.
    """
    columns = index.columns
    places = columns.generic.items[columns.generic.starts[category] : columns.generic.starts[category + 1]]
    east, north = columns.easting[places], columns.northing[places]
    away = np.hypot(east - around.point.easting_m, north - around.point.northing_m)
    if around.level is Level.STREET and around.streets:
        near = away <= around.radius_m + ALONG_STREET_M
        places, away = places[near], away[near]
        spots = shapely.points(columns.easting[places], columns.northing[places])
        away = np.asarray(shapely.distance(index.lines[around.streets[0]], spots))
        reach, where = ALONG_STREET_M, f"在{around.name}沿线"
    else:
        reach, where = GENERIC_REACH_M, "离上文所说位置最近的一处"
    order = np.argsort(away)[:MOST_GENERIC]
    return [
        find_of(index, int(places[n]))._replace(
            quality=_trust(float(away[n]), reach), why=(f"{where}，相距约{away[n]:.0f}米",)
        )
        for n in order
        if away[n] <= reach
    ]


def _trust(away_m: float, reach_m: float) -> float:
    if reach_m == ALONG_STREET_M:
        return 0.72
    return 0.97 if away_m <= 120.0 else 0.73 if away_m <= 200.0 else 0.4


def _apart_m(one: PlanePoint, other: PlanePoint) -> float:
    return float(np.hypot(one.easting_m - other.easting_m, one.northing_m - other.northing_m))


def _betweens(index: PlaceIndex, anchor: Anchor) -> Iterator[Find]:
    """Half-way between two places that are near enough to each other to be told so."""
    ones, others = (list_finds(index, end)[:MOST_ENDS] for end in anchor.ends)
    for one in ones:
        for other in others:
            apart_m = _apart_m(one.point, other.point)
            if apart_m > MOST_APART_M:
                continue
            point = PlanePoint(
                (one.point.easting_m + other.point.easting_m) / 2,
                (one.point.northing_m + other.point.northing_m) / 2,
            )
            yield Find(
                -1, Level.STREET_SECTION, point, max(apart_m / 2, 20.0),
                min(one.quality, other.quality) * 0.95, f"{one.name}与{other.name}之间",
                why=(f"两处相距{apart_m:.0f}米，取中点",),
            )  # fmt: skip


def _nothing(_index: PlaceIndex, _anchor: Anchor) -> Iterator[Find]:
    return iter(())


def _named(index: PlaceIndex, name: int, *kinds: PlaceKind) -> list[tuple[int, int]]:
    """Places of a name with how the name is to each, of some kinds only when told."""
    columns = index.columns
    start, end = int(columns.postings.starts[name]), int(columns.postings.starts[name + 1])
    end = min(end, start + MOST_NAMESAKES)
    pairs = zip(
        columns.postings.items[start:end].tolist(), columns.post_sort[start:end].tolist(), strict=True
    )
    return [(place, sort) for place, sort in pairs if not kinds or KINDS[columns.kind[place]] in kinds]


def _streets_of(index: PlaceIndex, name: int) -> list[int]:
    columns = index.columns
    places = [place for place, _ in _named(index, name, PlaceKind.STREET)]
    return [int(columns.street_of[place]) for place in places if columns.street_of[place] >= 0]


def _streets(index: PlaceIndex, anchor: Anchor) -> Iterator[Find]:
    for place, sort in _named(index, anchor.names[0], PlaceKind.STREET):
        yield _by_name(index, find_of(index, place), anchor, sort)


def _places(index: PlaceIndex, anchor: Anchor) -> Iterator[Find]:
    for place, sort in _named(index, anchor.names[0]):
        find = _by_name(index, find_of(index, place), anchor, sort)
        if anchor.number is None:
            yield find
            continue
        plated = along.find_plate(
            index, place, anchor.number, sort=OF_BLOCK if anchor.is_building else OF_STREET
        )
        if plated is None and not anchor.is_building:
            # 阳光小区3号 means its building 3, when it has no plates of its own.
            plated = along.find_plate(index, place, anchor.number, sort=OF_BLOCK)
        yield _with_plate(index, find, plated, anchor, Level.BUILDING if anchor.is_building else None)


def _plates(index: PlaceIndex, anchor: Anchor) -> Iterator[Find]:
    for place, sort in _named(index, anchor.names[0], PlaceKind.STREET):
        find = _by_name(index, find_of(index, place), anchor, sort)
        if anchor.number is None:
            continue
        plated = along.find_plate(index, place, anchor.number)
        yield _with_plate(index, find, plated, anchor, None)


def _with_plate(
    index: PlaceIndex, find: Find, plated: along.Plated | None, anchor: Anchor, level: Level | None
) -> Find:
    if plated is None:
        why = f"{find.name}没有这个号，退到上一级"
        return find._replace(quality=find.quality * 0.5, why=(*find.why, why))
    exact = level or level_of(index, plated.place)
    number = index.columns.names[plated.place] if plated.is_exact else f"{find.name}{_said(anchor)}"
    quality = 0.99 if plated.is_exact else max(0.35, 0.93 - plated.radius_m / 250.0)
    return find._replace(
        place=plated.place if plated.is_exact else find.place,
        level=exact if plated.is_exact else Level.INTERPOLATED,
        point=plated.point,
        radius_m=plated.radius_m,
        quality=find.quality * quality,
        name=number,
        why=(*find.why, plated.why),
        by=plated.place,
    )


def _said(anchor: Anchor) -> str:
    number = anchor.number
    if number is None:
        return ""
    return f"{number.main}号" + (f"附{number.sub}号" if number.sub else "")


def _crossings(index: PlaceIndex, anchor: Anchor) -> Iterator[Find]:
    columns = index.columns
    ones, others = _streets_of(index, anchor.names[0]), _streets_of(index, anchor.names[1])
    found = False
    for one in ones:
        for other in others:
            for point in along.crossings(index, one, other):
                found = True
                names = [columns.names[int(columns.street_place[street])] for street in (one, other)]
                yield Find(
                    -1,
                    Level.CROSSING,
                    point,
                    CROSSING_RADIUS_M,
                    0.97 * _slip_factor(anchor),
                    f"{names[0]}与{names[1]}路口",
                    (one, other),
                )
    if not found and ones and others:
        yield from _near_misses(index, anchor, ones, others)


def _near_misses(index: PlaceIndex, anchor: Anchor, ones: list[int], others: list[int]) -> Iterator[Find]:
    """Streets that do not meet: the place where they come near each other, else no more than the streets."""
    line = min(
        (shapely.shortest_line(index.lines[one], index.lines[other]) for one in ones for other in others),
        key=shapely.length,
    )
    names = [index.columns.names[int(index.columns.street_place[s])] for s in (ones[0], others[0])]
    apart = float(line.length)
    away = f"{apart / 1000:.1f}公里" if apart >= 1000 else f"{apart:.0f}米"
    note = f"{names[0]}与{names[1]}并不相交，最近处相距{away}"
    if apart >= NEAR_MISS_M:
        for name in anchor.names:
            for place, _ in _named(index, name, PlaceKind.STREET):
                find = find_of(index, place)
                yield find._replace(quality=find.quality * 0.5, why=(note,), note=note)
        return
    middle = shapely.get_coordinates(line).mean(axis=0)
    yield Find(
        -1,
        Level.STREET_SECTION,
        PlanePoint(float(middle[0]), float(middle[1])),
        max(apart, 50.0),
        0.5,
        f"{names[0]}与{names[1]}相近处",
        (ones[0], others[0]),
        why=(note,),
        note=note,
    )


def _mouths(index: PlaceIndex, anchor: Anchor) -> Iterator[Find]:
    """Every crossing of a street, for it was not said which; the whole street where it has none."""
    columns = index.columns
    for street in _streets_of(index, anchor.names[0]):
        name = columns.names[int(columns.street_place[street])]
        met = columns.crossings_of[street]
        note = f"{name}上有{len(met)}个路口，没有说与哪条路相交" if len(met) > 1 else ""
        for number in met:
            pair = int(columns.crossing_a[number]), int(columns.crossing_b[number])
            other = pair[0] if pair[1] == street else pair[1]
            point = PlanePoint(float(columns.crossing_east[number]), float(columns.crossing_north[number]))
            yield Find(
                -1, Level.CROSSING, point, CROSSING_RADIUS_M, 0.97 * _slip_factor(anchor),
                f"{name}与{columns.names[int(columns.street_place[other])]}路口", (street, other), note=note,
            )  # fmt: skip
        if not met:
            yield from _streets(index, anchor)


def _sections(index: PlaceIndex, anchor: Anchor) -> Iterator[Find]:
    columns = index.columns
    for street in _streets_of(index, anchor.names[0]):
        ends = [
            [point for other in _streets_of(index, name) for point in along.crossings(index, street, other)]
            for name in anchor.names[1:]
        ]
        name = columns.names[int(columns.street_place[street])]
        if ends[0] and ends[1]:
            point, half_m = along.section(index, street, ends[0][0], ends[1][0])
            yield Find(
                -1, Level.STREET_SECTION, point, max(half_m, 20.0), 0.95, f"{name}路段", (street,),
                why=(f"{name}上两个路口之间的中点，路段长约{half_m * 2:.0f}米",),
            )  # fmt: skip
        elif ends[0] or ends[1]:
            point = (ends[0] or ends[1])[0]
            yield Find(
                -1, Level.CROSSING, point, 150.0, 0.4, f"{name}路口", (street,), why=("只找到路段的一端",)
            )


def _slip_factor(anchor: Anchor) -> float:
    """How far a slip lowers trust: the name may be one that nobody registered."""
    if not anchor.slip:
        return 1.0
    return 0.93 if anchor.slip == SOUNDS_ALIKE else 0.8 if anchor.slip == ONE_OFF else 0.6


def _by_name(index: PlaceIndex, find: Find, anchor: Anchor, sort: int) -> Find:
    """A find with what its name was: a former one, a short one, one that only sounds alike."""
    why: list[str] = []
    quality = find.quality
    if SORTS[sort] == "former":
        why.append(f"曾用名，今为{find.name}")
    elif SORTS[sort] in ("alias", "short"):
        why.append(f"又称，标准名称为{find.name}")
    elif sort == DERIVED:
        quality *= 0.97
    if anchor.slip:
        quality *= _slip_factor(anchor)
        why.append(f"{'读音相同或相近' if anchor.slip == SOUNDS_ALIKE else '疑有错字或漏字'}，取{find.name}")
    return find._replace(quality=quality, why=tuple(why))
