"""All that the geocoding index is built from, as values: the gazetteer and the registers beside it.

Shapes are in the plane. Whoever builds an index calls `begin_reading` first, so that version, areas and
places come from one snapshot. Rows are read as they are needed; no register is held whole in memory.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from gis_core.coverage import Shapes
from gis_core.crs import PlaneSystem
from gis_core.geocoding.gazetteer import GazetteerArea, GazetteerPlace, NameSort, PlaceKind, PlaceName
from gis_core.shapes import pins_of
from grid.city import City
from grid.divisions import read_divisions
from grid.layers import layer_version
from grid.reading import WrongPlane, get_frame_version
from grid.rules.place_names import names_of_division, names_of_zone
from grid.rules.street_groups import group_streets
from grid.rules.within import Divisions

PART = 5_000
"""Rows read at a time."""
AREA_LEVELS = {"prefecture": "city"}
GROUND_KINDS: dict[str, tuple[PlaceKind, float]] = {
    "estate": (PlaceKind.BLOCK, 0.5),
    "square": (PlaceKind.POI, 0.6),
    "park": (PlaceKind.POI, 0.6),
    "building": (PlaceKind.POI, 0.4),
    "river": (PlaceKind.ZONE, 0.5),
    "water": (PlaceKind.ZONE, 0.4),
    "hill": (PlaceKind.ZONE, 0.4),
    "green": (PlaceKind.ZONE, 0.3),
    "railway": (PlaceKind.ZONE, 0.3),
}
"""What a named thing of the base map is as a place, and how likely people mean it (ours, as all here)."""
DIVISION_WEIGHTS = {"prefecture": 0.9, "district": 0.9, "subdistrict": 0.7, "community": 0.5}
STREET_WEIGHTS = {"expressway": 0.9, "arterial": 0.9, "collector": 0.7, "local": 0.5, "lane": 0.3}
ZONE_WEIGHT, UNIT_GRID_WEIGHT, COMPONENT_WEIGHT = 0.8, 0.1, 0.05

_PLACES = text("""
    SELECT 'p:' || p.id, p.kind, p.name, CASE WHEN dots THEN ST_X(p.geom) END,
           CASE WHEN dots THEN ST_Y(p.geom) END, p.category, coalesce(p.division_code, ''),
           coalesce(p.street, ''), coalesce(p.number, ''), p.weight, p.is_synthetic,
           CASE WHEN NOT dots THEN ST_AsBinary(p.geom) END AS wkb,
           (SELECT json_agg(json_build_array(n.name, n.sort, n.valid_to) ORDER BY n.id)
            FROM grid.place_name n WHERE n.place_id = p.id) AS names
    FROM grid.place p, LATERAL (SELECT GeometryType(p.geom) = 'POINT' AS dots) AS d
    WHERE p.valid_to IS NULL ORDER BY p.id
""")
_STREETS = text("""
    SELECT name, rank, is_synthetic, ST_AsBinary(geom) AS wkb FROM grid.street
    WHERE name IS NOT NULL AND name <> '' ORDER BY id
""")
_DIVISIONS = text("""
    SELECT code, name, level, kind, parent_code, is_synthetic, ST_AsBinary(geom) AS wkb FROM grid.division
    WHERE valid_to IS NULL ORDER BY length(code), code
""")
_ZONES = text("""
    SELECT code, name, is_synthetic, ST_AsBinary(geom) AS wkb FROM grid.zone
    WHERE valid_to IS NULL ORDER BY code
""")
_GROUND = text("""
    SELECT id, kind, name, is_synthetic, ST_AsBinary(geom) AS wkb FROM grid.ground
    WHERE name IS NOT NULL AND name <> '' AND kind = ANY(:kinds) ORDER BY id
""")
_UNIT_GRIDS = text("""
    SELECT code, name, community_code, is_synthetic, ST_AsBinary(geom) AS wkb FROM grid.unit_grid
    WHERE valid_to IS NULL ORDER BY code
""")
_RESPONSIBILITY_GRIDS = text("""
    SELECT responsibility_code AS code, min(left(community_code, 9)) AS area_code,
           bool_or(is_synthetic) AS is_synthetic, ST_AsBinary(ST_Union(geom)) AS wkb
    FROM grid.unit_grid WHERE valid_to IS NULL AND responsibility_code IS NOT NULL
    GROUP BY responsibility_code ORDER BY responsibility_code
""")
_COMPONENTS = text("""
    SELECT code, alias_code, name, ST_X(geom) AS easting_m, ST_Y(geom) AS northing_m,
           left(unit_grid_code, 12) AS area_code, is_synthetic
    FROM grid.component WHERE state <> '移除'
""")


def begin_reading(session: Session) -> None:
    """Let the session, whose transaction must not have begun, see one snapshot: no writer comes between."""
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def get_version(session: Session) -> str:
    """The version of all that the index is built from: two states with the same one are the same.

    Writers NOTIFY: `gazetteer` for the gazetteer, `frame` for the frame, `layer` for ground and components.
    """
    gazetteer = session.scalar(text("SELECT version FROM grid.gazetteer_version")) or 0
    layers = session.execute(
        select(layer_version("frame"), layer_version("ground"), layer_version("components"))
    )
    return "-".join([str(gazetteer), str(get_frame_version(session)), *layers.one()])


def list_index_areas(session: Session) -> list[GazetteerArea]:
    """Divisions and zones in force, coarsest first; `above` are the codes of those over it, finest first.

    A zone lies over divisions of its city and stands under that alone.
    """
    rows = session.execute(_DIVISIONS).all()
    parents = {row.code: row.parent_code for row in rows}
    areas = [
        GazetteerArea(row.code, row.name, AREA_LEVELS.get(row.level, row.level), _above(row.code, parents))
        for row in rows
    ]
    cities = tuple(row.code for row in rows if row.level == "prefecture")
    return areas + [GazetteerArea(row.code, row.name, "zone", cities) for row in session.execute(_ZONES)]


def list_index_places(
    session: Session, plane: PlaneSystem, city: City | None = None
) -> Iterator[GazetteerPlace]:
    """Every place the index is built from: divisions, zones, streets, ground, gazetteer, grids, components.

    A component of an older edition is found by its former code, too. With a `city`, divisions have the names
    that its register publishes, and zones their short ones. Divisions without an outline have no pin and are
    left out; so are components that were removed.

    :raises WrongPlane: when places are stored in another plane system.
    """
    _need_plane(session, plane)
    divisions = session.execute(_DIVISIONS).all()
    within = _outlines(divisions)
    published = {one.code: one.published_name for one in read_divisions(city)} if city else {}
    yield from _divisions(divisions, published)
    yield from _zones(session, city)
    yield from _streets(session, within)
    yield from _ground(session, within)
    yield from _places(session)
    yield from _unit_grids(session)
    yield from _responsibility_grids(session)
    yield from _components(session)


def _outlines(rows: Iterable[Row[Any]]) -> Divisions:
    """Outlines of the divisions that have one."""
    drawn = [row for row in rows if row.wkb is not None]
    return Divisions([row.code for row in drawn], _shapes(drawn))


def _above(code: str, parents: dict[str, str | None]) -> tuple[str, ...]:
    above: list[str] = []
    parent = parents.get(code)
    while parent in parents and parent not in above:
        above.append(parent)
        parent = parents[parent]
    return tuple(above)


def _divisions(rows: Sequence[Row[Any]], published: dict[str, str]) -> Iterator[GazetteerPlace]:
    drawn = [row for row in rows if row.wkb is not None]
    for row, shape, (east, north) in _with_pins(drawn):
        level = AREA_LEVELS.get(row.level, row.level)
        yield GazetteerPlace(
            f"d:{row.code}",
            PlaceKind.AREA,
            row.name,
            east,
            north,
            category=level,
            names=names_of_division(row.name, row.kind, published.get(row.code, "")),
            shape=shape,
            area_code=row.code,
            weight=DIVISION_WEIGHTS.get(row.level, 0.5),
            is_synthetic=row.is_synthetic,
        )


def _zones(session: Session, city: City | None) -> Iterator[GazetteerPlace]:
    short = {city.zone.code: city.zone.short_name} if city and city.zone else {}
    for row, shape, (east, north) in _with_pins(session.execute(_ZONES).all()):
        yield GazetteerPlace(
            f"z:{row.code}",
            PlaceKind.AREA,
            row.name,
            east,
            north,
            category="zone",
            names=names_of_zone(row.name, short.get(row.code, "")),
            shape=shape,
            area_code=row.code,
            weight=ZONE_WEIGHT,
            is_synthetic=row.is_synthetic,
        )


def _streets(session: Session, within: Divisions) -> Iterator[GazetteerPlace]:
    """One place for each street; of several with one name the longest has the plain key."""
    rows = session.execute(_STREETS).all()
    groups = group_streets([row.name for row in rows], _shapes(rows))
    shapes = np.array([one.shape for one in groups], dtype=object)
    areas, pins, last, nth = within.find_codes_of_all(shapes), pins_of(shapes).tolist(), "", 0
    for group, area, (east, north) in zip(groups, areas, pins, strict=True):
        nth = nth + 1 if group.name == last else 1
        last = group.name
        members = [rows[n] for n in group.members]
        yield GazetteerPlace(
            f"s:{group.name}" if nth == 1 else f"s:{group.name}#{nth}",
            PlaceKind.STREET,
            group.name,
            east,
            north,
            category=max((row.rank for row in members), key=lambda rank: STREET_WEIGHTS.get(rank, 0.0)),
            shape=group.shape,
            area_code=area,
            weight=max(STREET_WEIGHTS.get(row.rank, 0.5) for row in members),
            is_synthetic=any(row.is_synthetic for row in members),
        )


def _ground(session: Session, within: Divisions) -> Iterator[GazetteerPlace]:
    for rows in _parts(session, _GROUND, kinds=list(GROUND_KINDS)):
        shapes = _shapes(rows)
        pins = pins_of(shapes)
        for row, shape, (east, north), area in zip(
            rows, shapes.tolist(), pins.tolist(), within.find_codes(pins), strict=True
        ):
            kind, weight = GROUND_KINDS[row.kind]
            yield GazetteerPlace(
                f"k:{row.id}",
                kind,
                row.name,
                east,
                north,
                category=row.kind,
                shape=shape,
                area_code=area,
                weight=weight,
                is_synthetic=row.is_synthetic,
            )


def _places(session: Session) -> Iterator[GazetteerPlace]:
    """The gazetteer: nearly all of it points, which come as two numbers and not as shapes."""
    kinds = {kind.value: kind for kind in PlaceKind}
    for rows in _parts(session, _PLACES):
        drawn = [row for row in rows if row.wkb is not None]
        shapes = {row[0]: (shape, pin) for row, shape, pin in _with_pins(drawn)}
        for row in rows:
            told = tuple(row)
            key, kind, name, east, north, category, area, street, number = told[:9]
            weight, is_synthetic, wkb, names = told[9:]
            shape = None
            if wkb is not None:
                shape, (east, north) = shapes[key]
            yield GazetteerPlace(
                key,
                kinds[kind],
                name,
                east,
                north,
                category,
                tuple(_name(*one) for one in names) if names else (),
                shape,
                area,
                street,
                number,
                weight,
                is_synthetic,
            )


def _unit_grids(session: Session) -> Iterator[GazetteerPlace]:
    for rows in _parts(session, _UNIT_GRIDS):
        for row, shape, (east, north) in _with_pins(rows):
            yield GazetteerPlace(
                f"g:{row.code}",
                PlaceKind.AREA,
                row.name,
                east,
                north,
                category="unit_grid",
                shape=shape,
                area_code=row.community_code,
                weight=UNIT_GRID_WEIGHT,
                is_synthetic=row.is_synthetic,
            )


def _responsibility_grids(session: Session) -> Iterator[GazetteerPlace]:
    """What one inspector looks after: the unit grids that bear its code, as one ground."""
    for rows in _parts(session, _RESPONSIBILITY_GRIDS):
        for row, shape, (east, north) in _with_pins(rows):
            yield GazetteerPlace(
                f"r:{row.code}",
                PlaceKind.AREA,
                f"责任网格{row.code}",
                east,
                north,
                category="responsibility_grid",
                shape=shape,
                area_code=row.area_code,
                weight=UNIT_GRID_WEIGHT,
                is_synthetic=row.is_synthetic,
            )


def _components(session: Session) -> Iterator[GazetteerPlace]:
    """The register of components: few columns, straight from the cursor, for there may be a million."""
    for rows in _parts(session, _COMPONENTS):
        for row in rows:
            code, alias, name, east, north, area, is_synthetic = tuple(row)
            yield GazetteerPlace(
                "c:" + code,
                PlaceKind.POI,
                name,
                east,
                north,
                category="component",
                area_code=area,
                weight=COMPONENT_WEIGHT,
                is_synthetic=is_synthetic,
                other_keys=("c:" + alias,) if alias else (),
            )


def _name(words: str, sort: str, until: str | None) -> PlaceName:
    return PlaceName(words, NameSort(sort), until if sort == NameSort.FORMER else None)


def _parts(session: Session, query: Any, **values: object) -> Iterator[Sequence[Row[Any]]]:
    """Rows of a query, some thousand at a time, through a cursor of the server."""
    found = session.execute(query, values, execution_options={"yield_per": PART})
    yield from found.partitions(PART)  # told no size, it would fetch all at once


def _with_pins(rows: Sequence[Row[Any]]) -> Iterable[tuple[Any, BaseGeometry, list[float]]]:
    shapes = _shapes(rows)
    return zip(rows, shapes.tolist(), pins_of(shapes).tolist(), strict=True)


def _shapes(rows: Sequence[Row[Any]]) -> Shapes:
    texts = np.empty(len(rows), dtype=object)
    texts[:] = [bytes(row.wkb) for row in rows]
    return np.asarray(shapely.from_wkb(texts), dtype=object)


def _need_plane(session: Session, plane: PlaneSystem) -> None:
    srid = session.scalar(text("SELECT Find_SRID('grid', 'place', 'geom')"))
    if srid != plane.srid:
        raise WrongPlane(
            f"地名的坐标系为 EPSG:{srid}，与城市配置的 EPSG:{plane.srid} 不符。请换用建库时的城市配置。"
        )
