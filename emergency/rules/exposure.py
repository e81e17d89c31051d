"""Who and what lies inside the zones of effects, in one call: people, components, places, roads, by area.

People are shared out by area: Σ people · area(block ∩ zone)/area(block). The border of a zone belongs to it.
What several zones cover is counted once in the total. A figure that is None was not counted for want of data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from emergency.rules.effects.results import STATUS_NAMES, Effect, Status, Zone
from emergency.rules.effects.wording import Label, Say, tell
from emergency.rules.inside import Area, together
from emergency.rules.layers import (
    Codes,
    ComponentLayer,
    LayerFacts,
    Layers,
    PeopleLayer,
    PlaceLayer,
    RoadLayer,
)
from emergency.rules.needs import Need, Needed, needs_of
from emergency.rules.presence import MOMENT_NAMES, Moment, Presence
from gis_core.clock import city_time
from gis_core.errors import Refused
from gis_core.shapes import PlaneMultiPolygon

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Outline = Literal["plain", "wide"]

OLD_DAYS = 365
"""Data older than this are told to be old (assumed)."""
NAMED = 5
"""So many hazard sources are named in a sentence."""
LAYERS: tuple[Label, ...] = (
    Label.PEOPLE, Label.COMPONENTS, Label.TARGETS, Label.HAZARDS, Label.ROADS, Label.SHELTERS,
)  # fmt: skip


class NoZones(Refused):
    """No effect has a zone: there is nothing that anybody could be exposed to."""

    code = "no_zones"


@dataclass(frozen=True, slots=True)
class Hit:
    """A place inside: `zone` is the worst one that touches it, `at_m` a point to show it by."""

    code: str
    name: str
    sort: str
    amount: float
    zone: str
    subdistrict: str
    grid: str
    at_m: tuple[float, float]


class RoadCut(NamedTuple):
    """A road edge that a zone touches, the worst zone, and how much of it lies inside any."""

    code: str
    name: str
    zone: str
    inside_m: float


@dataclass(frozen=True, slots=True)
class ClassCount:
    """Components of a class."""

    code: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What lies inside one zone, or inside all together; containing zones count what is in the inner ones."""

    code: str
    name: str
    threshold: str
    status: Status | None
    area_m2: float
    people: float | None
    components: int | None
    component_classes: tuple[ClassCount, ...]
    targets: int | None
    hazards: int | None
    roads: int | None
    shelters: int | None


class AreaCount(NamedTuple):
    """What of a subdistrict or a unit grid lies inside."""

    code: str
    name: str
    people: float | None
    components: int | None
    targets: int | None
    hazards: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerAge:
    """How old and how sure a layer is. The share of estimated rows is that of the rows inside."""

    name: str
    rows: int
    source: str
    on: date | None = None
    age_days: int | None = None
    is_synthetic: bool = False
    estimated_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """The whole answer, ready for a page or a sheet."""

    at: datetime
    moment: Moment
    outline: Outline
    zones: tuple[Inside, ...]
    total: Inside
    targets: tuple[Hit, ...]
    hazards: tuple[Hit, ...]
    shelters: tuple[Hit, ...]
    roads: tuple[RoadCut, ...]
    by_subdistrict: tuple[AreaCount, ...]
    by_grid: tuple[AreaCount, ...]
    needs: tuple[Needed, ...]
    ages: tuple[LayerAge, ...]
    warnings: tuple[str, ...]
    limits: tuple[str, ...]

    @property
    def shelter_places_lost(self) -> float:
        """Places of the shelters inside."""
        return sum(one.amount for one in self.shelters)


def expose(
    effects: Sequence[Effect],
    layers: Layers,
    *,
    at: datetime,
    presence: Presence,
    moment: Moment | None = None,
    is_working_day: bool = True,
    needs: Sequence[Need] = (),
    outline: Outline = "wide",
) -> Exposure:
    """Who and what lies inside the zones of one or several effects at a moment.

    `outline` chooses the widened outlines (to be careful) or the plain ones. `moment` overrules what `at`
    says of day and night; "resident" counts people as registered.

    :raises NoZones: when no effect has a zone with an area.
    """
    zones = [zone for effect in effects for zone in effect.zones]
    shapes = [zone.widest if outline == "wide" else zone.shape for zone in zones]
    if all(shape.is_empty for shape in shapes):
        raise NoZones("没有任何影响范围，无法统计。请先画出范围，或换一组参数再算。")
    chosen = moment or presence.moment_of(at, is_working_day=is_working_day)
    asked = _Asked(layers, present(layers.people, presence, chosen))
    areas = [Area.of(shape) for shape in shapes]
    whole = _whole(effects, shapes, areas)
    total_rows = asked.rows_in(whole)
    by_zone = [total_rows if area is whole else asked.rows_in(area) for area in areas]
    targets, hazards, shelters = (
        _hits(layer, [rows.of(layer.kind) for rows in by_zone], total_rows.of(layer.kind), zones)
        if layer
        else ()
        for layer in (layers.targets, layers.hazards, layers.shelters)
    )
    total = asked.inside(total_rows, None, float(whole.shape.area))
    return Exposure(
        at=at,
        moment=chosen,
        outline=outline,
        zones=tuple(
            asked.inside(rows, zone, float(area.shape.area))
            for zone, area, rows in zip(zones, areas, by_zone, strict=True)
        ),
        total=total,
        targets=targets,
        hazards=hazards,
        shelters=shelters,
        roads=_cuts(layers.roads, by_zone, total_rows, whole, zones),
        by_subdistrict=asked.by_area(total_rows, "subdistricts"),
        by_grid=asked.by_area(total_rows, "grids"),
        needs=needs_of(total.people, needs) if total.people is not None else (),
        ages=asked.ages(total_rows, at),
        warnings=_warnings(effects, hazards, shelters, asked, total_rows, at=at),
        limits=_limits(effects, layers, presence, chosen, len(zones)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Rows:
    """Which rows of each layer lie inside; people with the share of each block."""

    blocks: Ints
    shares: Floats
    components: Ints
    targets: Ints
    hazards: Ints
    shelters: Ints
    roads: Ints

    def of(self, kind: str) -> Ints:
        """Of a layer of places."""
        return {"targets": self.targets, "hazards": self.hazards, "shelters": self.shelters}[kind]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The layers, with how many people are in each block at the moment asked for."""

    layers: Layers
    present: Floats

    def rows_in(self, area: Area) -> _Rows:
        layers, none = self.layers, np.zeros(0, dtype=np.int64)
        people, components, roads = layers.people, layers.components, layers.roads
        blocks, shares = (
            area.shares(people.shapes, people.bounds, people.areas_m2) if people else (none, np.zeros(0))
        )
        targets, hazards, shelters = (
            area.touched(layer.shapes, layer.bounds) if layer else none
            for layer in (layers.targets, layers.hazards, layers.shelters)
        )
        return _Rows(
            blocks=blocks,
            shares=shares,
            components=area.points(components.points) if components else none,
            targets=targets,
            hazards=hazards,
            shelters=shelters,
            roads=area.touched(roads.shapes, roads.bounds) if roads else none,
        )

    def people_in(self, rows: _Rows) -> Floats:
        """People of each block's part."""
        return np.asarray(self.present[rows.blocks] * rows.shares)

    def inside(self, rows: _Rows, zone: Zone | None, area_m2: float) -> Inside:
        """What lies inside a zone, or inside all together."""
        layers = self.layers
        return Inside(
            code=zone.code if zone else "total",
            name=zone.name if zone else "",
            threshold=zone.threshold if zone else "",
            status=zone.status if zone else None,
            area_m2=area_m2,
            people=float(self.people_in(rows).sum()) if layers.people else None,
            components=len(rows.components) if layers.components else None,
            component_classes=_classes(layers.components, rows.components),
            targets=len(rows.targets) if layers.targets else None,
            hazards=len(rows.hazards) if layers.hazards else None,
            roads=len(rows.roads) if layers.roads else None,
            shelters=len(rows.shelters) if layers.shelters else None,
        )

    def by_area(self, rows: _Rows, level: Literal["subdistricts", "grids"]) -> tuple[AreaCount, ...]:
        """Counts of each subdistrict or grid that has any, the most people first."""
        layers = self.layers
        people = _sums(layers.people, level, rows.blocks, self.people_in(rows))
        components = _sums(layers.components, level, rows.components)
        targets = _sums(layers.targets, level, rows.targets)
        hazards = _sums(layers.hazards, level, rows.hazards)
        counted = [one for one in (people, components, targets, hazards) if one is not None]
        if not counted:
            return ()
        # Tens of thousands of grids may lie inside: columns first, rows last.
        codes = np.unique(np.concatenate([one.codes for one in counted]))
        columns = [None if one is None else one.at(codes) for one in (people, components, targets, hazards)]
        most = [np.zeros(len(codes)) if column is None else -column for column in columns[:2]]
        order = np.lexsort((codes, most[1], most[0]))
        names = dict(layers.area_names)
        told = [codes[order].tolist()]
        for column, kind in zip(columns, (float, int, int, int), strict=True):
            told.append([None] * len(codes) if column is None else column[order].astype(kind).tolist())
        return tuple(AreaCount(code, names.get(code, code), *rest) for code, *rest in zip(*told, strict=True))

    def ages(self, rows: _Rows, at: datetime) -> tuple[LayerAge, ...]:
        found = []
        for facts, count in self.given():
            estimated = None
            if self.layers.people and facts is self.layers.people.facts:
                estimated = self.estimated_share(rows)
            found.append(
                LayerAge(
                    name=facts.name,
                    rows=count,
                    source=facts.source,
                    on=facts.on,
                    age_days=None if facts.on is None else (city_time(at).date() - facts.on).days,
                    is_synthetic=facts.is_synthetic,
                    estimated_share=estimated,
                )
            )
        return tuple(found)

    def estimated_share(self, rows: _Rows) -> float | None:
        """Which part of the blocks inside holds estimated people; None when there are no blocks."""
        people = self.layers.people
        if people is None or not rows.blocks.size:
            return None
        return float(people.are_estimated[rows.blocks].mean())

    def given(self) -> list[tuple[LayerFacts, int]]:
        """Facts and rows of the layers that were given."""
        one = self.layers
        layers = (one.people, one.components, one.targets, one.hazards, one.roads, one.shelters)
        return [(layer.facts, layer.count) for layer in layers if layer is not None]


def present(people: PeopleLayer | None, presence: Presence, moment: Moment) -> Floats:
    """How many people are in each block at a moment; a land use without shares keeps its residents."""
    if people is None:
        return np.zeros(0)
    shares = [presence.shares.get(use) for use in people.land_uses.names.tolist()]
    home = np.array([one.at(moment).home if one else 1.0 for one in shares])
    work = np.array([one.at(moment).work if one else 0.0 for one in shares])
    use = people.land_uses.index
    present = people.residents * home[use]
    return np.asarray(present if people.workers is None else present + people.workers * work[use])


def _whole(effects: Sequence[Effect], shapes: list[PlaneMultiPolygon], areas: list[Area]) -> Area:
    """All zones as one; of nested ones the outermost is that already."""
    there = [n for n, shape in enumerate(shapes) if not shape.is_empty]
    if len(there) == 1 or (len(effects) == 1 and effects[0].is_nested):
        return areas[there[-1]]
    return Area.of(together(shapes))


def _classes(layer: ComponentLayer | None, rows: Ints) -> tuple[ClassCount, ...]:
    """Components by class, the most first."""
    if layer is None:
        return ()
    counts = layer.classes.sums(rows)
    found = [
        ClassCount(code, int(n)) for code, n in zip(layer.classes.names.tolist(), counts, strict=True) if n
    ]
    return tuple(sorted(found, key=lambda one: (-one.count, one.code)))


@dataclass(frozen=True, slots=True)
class _Sums:
    """How much of something lies in each area that has any, codes sorted."""

    codes: NDArray[np.str_]
    amounts: Floats

    def at(self, codes: NDArray[np.str_]) -> Floats:
        """The amounts of the codes asked for, all of which are sorted; 0 where there is nothing."""
        found = np.zeros(len(codes))
        found[np.searchsorted(codes, self.codes)] = self.amounts
        return found


def _sums(
    layer: PeopleLayer | ComponentLayer | PlaceLayer | None,
    level: Literal["subdistricts", "grids"],
    rows: Ints,
    weights: Floats | None = None,
) -> _Sums | None:
    """How much of a layer lies in each area; rows without a code are left out."""
    if layer is None:
        return None
    codes: Codes = layer.subdistricts if level == "subdistricts" else layer.grids
    sums = codes.sums(rows, weights)
    names = codes.names
    there = np.flatnonzero((sums > 0) & (names != ""))
    return _Sums(names[there], sums[there])


def _worst(by_zone: Sequence[Ints], rows: Ints, zones: Sequence[Zone]) -> list[str]:
    """For each row the code of the first zone that has it; zones come from the worst on."""
    first = np.full(int(rows.max(initial=-1)) + 1, -1, dtype=np.int64)
    for number in range(len(zones) - 1, -1, -1):
        inside = by_zone[number]
        first[inside[inside < len(first)]] = number
    codes = [*(zone.code for zone in zones), ""]
    return [codes[number] for number in first[rows].tolist()]


def _hits(layer: PlaceLayer, by_zone: Sequence[Ints], rows: Ints, zones: Sequence[Zone]) -> tuple[Hit, ...]:
    points = shapely.point_on_surface(layer.shapes[rows])
    hits = [
        Hit(
            code=str(layer.codes[row]),
            name=str(layer.names[row]),
            sort=str(layer.sorts[row]),
            amount=float(layer.amounts[row]),
            zone=zone,
            subdistrict=layer.subdistricts.at(row),
            grid=layer.grids.at(row),
            at_m=(point.x, point.y),
        )
        for row, zone, point in zip(rows.tolist(), _worst(by_zone, rows, zones), points, strict=True)
    ]
    rank = {zone.code: n for n, zone in reversed(list(enumerate(zones)))}
    return tuple(sorted(hits, key=lambda one: (rank.get(one.zone, len(rank)), -one.amount, one.code)))


def _cuts(
    layer: RoadLayer | None,
    by_zone: Sequence[_Rows],
    total: _Rows,
    whole: Area,
    zones: Sequence[Zone],
) -> tuple[RoadCut, ...]:
    if layer is None:
        return ()
    worst = _worst([rows.roads for rows in by_zone], total.roads, zones)
    inside = whole.lengths_m(layer.shapes[total.roads])
    return tuple(
        RoadCut(str(layer.codes[row]), str(layer.names[row]), zone, float(length))
        for row, zone, length in zip(total.roads.tolist(), worst, inside, strict=True)
    )


def _warnings(
    effects: Sequence[Effect],
    hazards: Sequence[Hit],
    shelters: Sequence[Hit],
    asked: _Asked,
    rows: _Rows,
    *,
    at: datetime,
) -> tuple[str, ...]:
    said = [words for effect in effects for words in effect.warnings]
    if hazards:
        names = "、".join(one.name for one in hazards[:NAMED]) + (" 等" if len(hazards) > NAMED else "")
        said.append(Say.KNOCK_ON.of(n=len(hazards), names=names))
    if shelters:
        lost = sum(one.amount for one in shelters)
        said.append(Say.LOST_PLACES.of(n=len(shelters), places=lost))
    if estimated := asked.estimated_share(rows):
        said.append(Say.PEOPLE_ESTIMATED.of(share=100 * estimated))
    for facts, _ in asked.given():
        said.extend(_of_layer(facts, at))
    return tuple(dict.fromkeys(said))


def _of_layer(facts: LayerFacts, at: datetime) -> list[str]:
    said = [Say.LAYER_SAMPLE.of(layer=facts.name)] if facts.is_synthetic else []
    if facts.on is None:
        return [*said, Say.LAYER_UNDATED.of(layer=facts.name)]
    days = (city_time(at).date() - facts.on).days
    return [*said, Say.LAYER_OLD.of(layer=facts.name, on=facts.on, days=days)] if days > OLD_DAYS else said


def _limits(
    effects: Sequence[Effect], layers: Layers, presence: Presence, moment: Moment, zones: int
) -> tuple[str, ...]:
    said = [words for effect in effects for words in effect.limits]
    said.append(Say.BOUNDARY_IN.of())
    if zones > 1:
        said.append(Say.ZONES_TOGETHER.of())
    given = (
        layers.people, layers.components, layers.targets, layers.hazards, layers.roads, layers.shelters,
    )  # fmt: skip
    said += [
        Say.LAYER_MISSING.of(layer=label) for label, layer in zip(LAYERS, given, strict=True) if not layer
    ]
    if layers.people:
        said += _of_people(layers.people, presence, moment)
    return tuple(dict.fromkeys(said))


def _of_people(people: PeopleLayer, presence: Presence, moment: Moment) -> list[str]:
    said = [Say.PEOPLE_BY_AREA.of()]
    if moment == "resident":
        return [*said, Say.PEOPLE_RESIDENT.of()]
    status = STATUS_NAMES[presence.status]
    said.append(Say.PEOPLE_PRESENT.of(moment=MOMENT_NAMES[moment].value, status=status.value))
    if people.workers is None:
        said.append(Say.NO_WORKERS.of())
    unknown = [n for n, use in enumerate(people.land_uses.names.tolist()) if use not in presence.shares]
    count = int(np.isin(people.land_uses.index, unknown).sum())
    return [*said, Say.UNKNOWN_USE.of(n=count)] if count else said


def explain(exposure: Exposure) -> tuple[str, ...]:
    """The answer in sentences: figures first, then warnings and limits."""
    total = exposure.total
    people = () if total.people is None else (f"{Label.PEOPLE.value} {tell(round(total.people))} 人",)
    components = () if total.components is None else (f"{Label.COMPONENTS.value} {total.components} 个",)
    needed = tuple(f"{one.need.name} {tell(one.amount)} {one.need.unit}" for one in exposure.needs)
    return (*people, *components, *needed, *exposure.warnings, *exposure.limits)
