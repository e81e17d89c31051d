"""What a model hands back: zones with all that is needed to show and to defend them. Frozen, plane metres."""

from dataclasses import dataclass
from typing import Literal

from shapely import MultiPolygon, Polygon, get_parts
from shapely.geometry.base import BaseGeometry

from emergency.rules.effects.wording import Label, tell
from gis_core.shapes import PlaneMultiPolygon

Status = Literal["given", "derived", "sourced", "recalled", "assumed"]
STATUS_NAMES: dict[Status, Label] = {
    "given": Label.GIVEN,
    "derived": Label.DERIVED,
    "sourced": Label.SOURCED,
    "recalled": Label.RECALLED,
    "assumed": Label.ASSUMED,
}
Model = Literal[
    "plume", "first_minutes", "circle", "sector", "drawn", "blast", "fire", "flood", "ponding"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named number or word that went into a model or came out of it, and how sure it is."""

    name: str
    value: float | str
    unit: str = ""
    status: Status = "given"

    def said(self) -> str:
        """As a page or a sheet shows it.

        >>> Parameter("风速", 2.0, "米/秒").said()
        '风速 2 米/秒（填报）'
        """
        number = f"{tell(self.value)} {self.unit}".strip()
        return f"{self.name} {number}（{STATUS_NAMES[self.status]}）"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a formula or a value is from, and how sure that is."""

    name: str
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """An area of harm: its outline, and the outline widened by what is uncertain (None: the same).

    `threshold` says in words what holds inside, `status` how sure that figure is; `reach_m` how far the zone
    goes from where it began.
    """

    code: str
    name: str
    shape: PlaneMultiPolygon
    threshold: str = ""
    status: Status = "derived"
    wide: PlaneMultiPolygon | None = None
    reach_m: float | None = None
    is_cut: bool = False

    @property
    def area_m2(self) -> float:
        """Area of the plain outline."""
        return float(self.shape.area)

    @property
    def widest(self) -> PlaneMultiPolygon:
        """The outline to be careful with: the widened one where there is one."""
        return self.shape if self.wide is None else self.wide


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The answer of one model: zones from the worst to the mildest, and how they came about.

    `is_nested`: whether each zone contains the one before (isopleths), or they lie side by side (depths).
    `offers` names models that should be looked at as well.
    """

    model: Model
    title: str
    formula: str
    zones: tuple[Zone, ...]
    is_nested: bool = True
    parameters: tuple[Parameter, ...] = ()
    figures: tuple[Parameter, ...] = ()
    warnings: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    offers: tuple[Model, ...] = ()

    def explain(self) -> tuple[str, ...]:
        """The whole working in sentences: model, formula, what went in and came out, warnings, limits."""
        return (
            self.title,
            self.formula,
            *(one.said() for one in (*self.parameters, *self.figures)),
            *self.warnings,
            *self.limits,
            *(f"{one.name}（{STATUS_NAMES[one.status]}）" for one in self.sources),
        )


def as_area(shape: BaseGeometry) -> PlaneMultiPolygon:
    """The polygons of a shape as one area; points and lines are left out.

    >>> as_area(Polygon([(0, 0), (1, 0), (0, 1)])).wkt
    'MULTIPOLYGON (((0 0, 1 0, 0 1, 0 0)))'
    """
    parts = [part for part in get_parts(shape) if isinstance(part, Polygon) and not part.is_empty]
    if isinstance(shape, Polygon):
        parts = [] if shape.is_empty else [shape]
    return PlaneMultiPolygon(MultiPolygon(parts))


NOWHERE = PlaneMultiPolygon(MultiPolygon())
"""A zone that is not reached."""
