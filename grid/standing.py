"""What stands in the city, as rows to be counted: unit grids with their floor, components, streets, places.

Whole layers at once, in plane metres; whoever counts keeps them until `get_standing_version` changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.places import PlanePoint

NEAR_WATER_M = 15_000.0
RIVER_KINDS = ("river", "water")


@dataclass(frozen=True, slots=True)
class StandingVersion:
    """Two that are equal stand for the same rows."""

    frame: str
    ground: str
    components: str
    gazetteer: int


@dataclass(frozen=True, slots=True)
class GridFloor:
    """A unit grid in force, and the floor area of the buildings whose middle lies in it."""

    code: str
    name: str
    land_use: str
    shape: BaseGeometry
    floor_m2: float
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class ComponentColumns:
    """Components in use, as columns; `on` is the youngest survey."""

    type_codes: Sequence[str]
    names: Sequence[str]
    codes: Sequence[str]
    grid_codes: Sequence[str]
    eastings_m: Sequence[float]
    northings_m: Sequence[float]
    on: date | None
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class StreetLine:
    """A street's line."""

    code: str
    name: str
    shape: BaseGeometry
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place of the gazetteer with the unit grid that it lies in, empty for none."""

    code: str
    name: str
    category: str
    shape: BaseGeometry
    grid_code: str
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class DrawnFrom:
    """The city and the seed that a sample city was drawn from."""

    city: str
    seed: int


_VERSION = text("""
    SELECT grid.layer_version('frame'), grid.layer_version('ground'), grid.layer_version('components'),
        coalesce((SELECT version FROM grid.gazetteer_version), 0)
""")
_GRIDS = text("""
    WITH floor AS (
        SELECT g.id, sum(ST_Area(b.geom) * greatest(b.rank, 1)) AS m2
        FROM grid.ground AS b
        JOIN grid.unit_grid AS g ON g.valid_to IS NULL AND ST_Intersects(g.geom, ST_Centroid(b.geom))
        WHERE b.kind = 'building'
        GROUP BY g.id
    )
    SELECT g.code, g.name, g.land_use, ST_AsBinary(g.geom) AS wkb, coalesce(f.m2, 0) AS m2, g.is_synthetic
    FROM grid.unit_grid AS g LEFT JOIN floor AS f ON f.id = g.id
    WHERE g.valid_to IS NULL ORDER BY g.code
""")
_COMPONENTS = text("""
    SELECT type_code, name, code, unit_grid_code, ST_X(geom), ST_Y(geom),
        coalesce(changed_on, first_surveyed_on), is_synthetic
    FROM grid.component WHERE state NOT IN ('丢失', '废弃', '移除') ORDER BY id
""")
_STREETS = text("""
    SELECT id, coalesce(name, '') AS name, ST_AsBinary(geom) AS wkb, is_synthetic FROM grid.street ORDER BY id
""")
_PLACES = text("""
    SELECT p.id, p.name, p.category, ST_AsBinary(p.geom) AS wkb, p.is_synthetic,
        coalesce((SELECT g.code FROM grid.unit_grid AS g
            WHERE g.valid_to IS NULL AND ST_Intersects(g.geom, ST_PointOnSurface(p.geom)) LIMIT 1), ''
        ) AS grid_code
    FROM grid.place AS p WHERE p.category = ANY(:categories) AND p.valid_to IS NULL ORDER BY p.id
""")
_GRID_CODES = text("""
    WITH point AS (
        SELECT n, ST_SetSRID(ST_MakePoint(east, north), Find_SRID('grid', 'unit_grid', 'geom')) AS geom
        FROM unnest(CAST(:easts AS float8[]), CAST(:norths AS float8[])) WITH ORDINALITY AS p (east, north, n)
    )
    SELECT coalesce((SELECT g.code FROM grid.unit_grid AS g
        WHERE g.valid_to IS NULL AND ST_Intersects(g.geom, p.geom) LIMIT 1), '') AS code
    FROM point AS p ORDER BY p.n
""")
_NAMES = text("SELECT code, name FROM grid.division WHERE valid_to IS NULL AND level = 'subdistrict'")
_WATER = text("""
    SELECT ST_AsBinary(geom) FROM grid.ground
    WHERE kind = ANY(:kinds) AND ST_DWithin(geom, ST_SetSRID(ST_MakePoint(:east, :north), :srid), :most)
    ORDER BY geom <-> ST_SetSRID(ST_MakePoint(:east, :north), :srid) LIMIT 1
""")


def get_standing_version(session: Session) -> StandingVersion:
    """The versions of all that is counted; one small query."""
    return StandingVersion(*session.execute(_VERSION).one())


def list_grid_floors(session: Session) -> list[GridFloor]:
    """Unit grids in force with the floor area of their buildings, by code."""
    return [
        GridFloor(row.code, row.name, row.land_use, _shape(row.wkb), float(row.m2), row.is_synthetic)
        for row in session.execute(_GRIDS)
    ]


def read_component_columns(session: Session) -> ComponentColumns:
    """Every component that was not given up."""
    rows = session.execute(_COMPONENTS).all()
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * 8
    return ComponentColumns(
        type_codes=columns[0],
        names=columns[1],
        codes=columns[2],
        grid_codes=columns[3],
        eastings_m=columns[4],
        northings_m=columns[5],
        on=max(columns[6], default=None),
        is_synthetic=any(columns[7]),
    )


def list_street_lines(session: Session) -> list[StreetLine]:
    """Every street."""
    return [
        StreetLine(str(row.id), row.name, _shape(row.wkb), row.is_synthetic)
        for row in session.execute(_STREETS)
    ]


def list_places_of(session: Session, categories: Sequence[str]) -> list[NamedPlace]:
    """Places of some categories."""
    return [
        NamedPlace(
            str(row.id), row.name, row.category, _shape(row.wkb), row.grid_code, row.is_synthetic
        )
        for row in session.execute(_PLACES, {"categories": list(categories)})
    ]  # fmt: skip


def list_grid_codes(session: Session, points: Sequence[PlanePoint]) -> list[str]:
    """The code of the unit grid in which each point lies, empty for none; one query."""
    asked = {
        "easts": [one.easting_m for one in points],
        "norths": [one.northing_m for one in points],
    }
    return [row.code for row in session.execute(_GRID_CODES, asked)]


def list_subdistrict_names(session: Session) -> list[tuple[str, str]]:
    """Codes of nine digits and names."""
    return [(row.code, row.name) for row in session.execute(_NAMES)]


def find_river(session: Session, near: PlanePoint, *, srid: int) -> BaseGeometry | None:
    """The nearest water of the map within `NEAR_WATER_M`."""
    asked = {"kinds": list(RIVER_KINDS), "east": near.easting_m, "north": near.northing_m, "srid": srid}
    found = session.scalar(_WATER, asked | {"most": NEAR_WATER_M})
    return None if found is None else _shape(found)


def get_drawn_from(session: Session) -> DrawnFrom | None:
    """What a sample city was drawn from; None for a surveyed one."""
    facts = session.scalar(text("SELECT facts FROM grid.frame_version")) or {}
    if not facts.get("is_synthetic") or "seed" not in facts:
        return None
    return DrawnFrom(str(facts.get("city", "")), int(facts["seed"]))


def _shape(wkb: Any) -> BaseGeometry:
    return shapely.from_wkb(bytes(wkb))
