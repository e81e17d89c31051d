"""What may be hit: people by block, components, places, roads, as columns that are checked once and kept.

Everything is in plane metres. Codes of subdistricts and unit grids come with the rows, empty for none.
A layer is built when its data change, not when something happens: an exposure then takes milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from gis_core.errors import BadInput

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Shapes = NDArray[np.object_]
Texts = NDArray[np.object_]
PlaceKind = Literal["targets", "hazards", "shelters"]


class BadLayer(BadInput):
    """Columns of a layer do not fit each other, or hold what cannot be counted."""

    code = "bad_exposure_layer"


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFacts:
    """Where a layer is from and of which day; `on` is None when nobody knows."""

    name: str
    source: str
    on: date | None = None
    is_synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Codes:
    """A column of codes as numbers into the sorted list of different ones."""

    names: NDArray[np.str_]
    index: Ints

    def at(self, row: int) -> str:
        """The code of a row."""
        return str(self.names[self.index[row]])

    @staticmethod
    def of(column: Sequence[str] | Texts) -> "Codes":
        """Of a column of texts.

        >>> Codes.of(["b", "a", "b"]).index.tolist()
        [1, 0, 1]
        """
        names, index = np.unique(np.asarray(column, dtype=str), return_inverse=True)
        return Codes(names, index.astype(np.int64))

    def sums(self, rows: Ints, weights: Floats | None = None) -> Floats:
        """For each code the number of rows, or the sum of their weights."""
        return np.bincount(self.index[rows], weights=weights, minlength=len(self.names)).astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleLayer:
    """Blocks with the people registered there and, where known, those who work or learn there."""

    facts: LayerFacts
    shapes: Shapes
    bounds: Floats
    areas_m2: Floats
    residents: Floats
    workers: Floats | None
    land_uses: Codes
    subdistricts: Codes
    grids: Codes
    are_estimated: Flags

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.shapes)

    @staticmethod
    def of(
        facts: LayerFacts,
        shapes: Shapes,
        residents: Floats,
        *,
        land_uses: Sequence[str] | Texts,
        subdistricts: Sequence[str] | Texts,
        grids: Sequence[str] | Texts,
        workers: Floats | None = None,
        are_estimated: Flags | None = None,
    ) -> "PeopleLayer":
        """Columns of one length; areas valid and not empty, people not negative.

        :raises BadLayer: naming the first row at fault, from 1.
        """
        areas = np.asarray(shapes, dtype=object)
        estimated = np.zeros(len(areas), dtype=bool) if are_estimated is None else are_estimated
        numbers = [residents] if workers is None else [residents, workers]
        _require_length(facts, len(areas), land_uses, subdistricts, grids, estimated, *numbers)
        _require_areas(facts, areas)
        for column in numbers:
            _require_counts(facts, np.asarray(column, dtype=np.float64))
        return PeopleLayer(
            facts=facts,
            shapes=areas,
            bounds=np.asarray(shapely.bounds(areas), dtype=np.float64).reshape(-1, 4),
            areas_m2=np.asarray(shapely.area(areas), dtype=np.float64),
            residents=np.asarray(residents, dtype=np.float64),
            workers=None if workers is None else np.asarray(workers, dtype=np.float64),
            land_uses=Codes.of(land_uses),
            subdistricts=Codes.of(subdistricts),
            grids=Codes.of(grids),
            are_estimated=np.asarray(estimated, dtype=bool),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentLayer:
    """Components as points, with the class that they are counted by."""

    facts: LayerFacts
    points: Floats
    classes: Codes
    subdistricts: Codes
    grids: Codes

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.points)

    @staticmethod
    def of(
        facts: LayerFacts,
        points: Floats,
        *,
        classes: Sequence[str] | Texts,
        subdistricts: Sequence[str] | Texts,
        grids: Sequence[str] | Texts,
    ) -> "ComponentLayer":
        """Columns of one length; every point with two finite coordinates.

        :raises BadLayer: naming the first row at fault, from 1.
        """
        places = np.ascontiguousarray(np.asarray(points, dtype=np.float64).reshape(-1, 2))
        _require_length(facts, len(places), classes, subdistricts, grids)
        _require_rows(facts, np.asarray(np.isfinite(places).all(axis=1)), "坐标不是有效的数")
        return ComponentLayer(
            facts=facts,
            points=places,
            classes=Codes.of(classes),
            subdistricts=Codes.of(subdistricts),
            grids=Codes.of(grids),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLayer:
    """Places that are named one by one: protected targets, hazard sources, shelters; points or areas.

    `amounts` counts what a place holds: people of a school, places of a shelter; 0 where unknown.
    """

    kind: PlaceKind
    facts: LayerFacts
    codes: Texts
    names: Texts
    sorts: Texts
    amounts: Floats
    shapes: Shapes
    bounds: Floats
    subdistricts: Codes
    grids: Codes

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.shapes)

    @staticmethod
    def of(
        kind: PlaceKind,
        facts: LayerFacts,
        shapes: Shapes,
        *,
        codes: Sequence[str] | Texts,
        names: Sequence[str] | Texts,
        sorts: Sequence[str] | Texts,
        subdistricts: Sequence[str] | Texts,
        grids: Sequence[str] | Texts,
        amounts: Floats | None = None,
    ) -> "PlaceLayer":
        """Columns of one length; every place with a valid shape.

        :raises BadLayer: naming the first row at fault, from 1.
        """
        places = np.asarray(shapes, dtype=object)
        held = np.zeros(len(places)) if amounts is None else np.asarray(amounts, dtype=np.float64)
        _require_length(facts, len(places), codes, names, sorts, subdistricts, grids, held)
        _require_shapes(facts, places)
        _require_counts(facts, held)
        return PlaceLayer(
            kind=kind,
            facts=facts,
            codes=np.asarray(codes, dtype=object),
            names=np.asarray(names, dtype=object),
            sorts=np.asarray(sorts, dtype=object),
            amounts=held,
            shapes=places,
            bounds=np.asarray(shapely.bounds(places), dtype=np.float64).reshape(-1, 4),
            subdistricts=Codes.of(subdistricts),
            grids=Codes.of(grids),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadLayer:
    """Road edges as lines, by their code in the graph."""

    facts: LayerFacts
    codes: Texts
    names: Texts
    shapes: Shapes
    bounds: Floats

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.shapes)

    @staticmethod
    def of(
        facts: LayerFacts, lines: Shapes, *, codes: Sequence[str] | Texts, names: Sequence[str] | Texts
    ) -> "RoadLayer":
        """Columns of one length; every edge with a line.

        :raises BadLayer: naming the first row at fault, from 1.
        """
        shapes = np.asarray(lines, dtype=object)
        _require_length(facts, len(shapes), codes, names)
        _require_shapes(facts, shapes)
        return RoadLayer(
            facts=facts,
            codes=np.asarray(codes, dtype=object),
            names=np.asarray(names, dtype=object),
            shapes=shapes,
            bounds=np.asarray(shapely.bounds(shapes), dtype=np.float64).reshape(-1, 4),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """What is known of the city; a layer that is None was not given, which is not the same as empty.

    `area_names` gives names to codes of subdistricts and unit grids.
    """

    people: PeopleLayer | None = None
    components: ComponentLayer | None = None
    targets: PlaceLayer | None = None
    hazards: PlaceLayer | None = None
    shelters: PlaceLayer | None = None
    roads: RoadLayer | None = None
    area_names: tuple[tuple[str, str], ...] = ()


def _require_length(facts: LayerFacts, length: int, *columns: Sequence[object] | NDArray[np.generic]) -> None:
    if any(len(column) != length for column in columns):
        raise BadLayer(f"“{facts.name}”各列的行数不一致。请检查导入的数据。", layer=facts.name)


def _require_rows(facts: LayerFacts, are_good: Flags, why: str) -> None:
    bad = np.flatnonzero(~are_good)
    if bad.size:
        raise BadLayer(
            f"“{facts.name}”第 {bad[0] + 1} 行{why}（共 {bad.size} 行）。请修正后重新导入。", layer=facts.name
        )


def _require_counts(facts: LayerFacts, counts: Floats) -> None:
    _require_rows(facts, np.isfinite(counts) & (counts >= 0), "的人数或数量为负或不是数")


def _require_shapes(facts: LayerFacts, shapes: Shapes) -> None:
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    _require_rows(facts, np.asarray(there, dtype=bool), "没有图形")
    _require_rows(facts, np.asarray(shapely.is_valid(shapes), dtype=bool), "的图形有误")


def _require_areas(facts: LayerFacts, shapes: Shapes) -> None:
    _require_shapes(facts, shapes)
    _require_rows(facts, np.asarray(shapely.area(shapes) > 0, dtype=bool), "的图形没有面积")
