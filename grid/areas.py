"""A district, subdistrict or community with what lies in it, as shapes in degrees (EPSG:4490) to be drawn."""

import re
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.errors import BadInput, NotFound
from gis_core.geojson import Feature

MOST_GRIDS = 3_000


class NoSuchArea(NotFound):
    """There is no division in force with that code, or it has no border."""

    code = "no_such_area"


class AreaTooLarge(BadInput):
    """The area has more unit grids than one sheet can show."""

    code = "area_too_large"


@dataclass(frozen=True, slots=True)
class Area:
    """A division with the border of its parts, its unit grids and the streets that touch it."""

    code: str
    name: str
    level: str
    is_synthetic: bool
    border: Feature
    parts: tuple[Feature, ...]
    grids: tuple[Feature, ...]
    streets: tuple[Feature, ...]


_AREA = text("""
    SELECT code, name, level, is_synthetic, ST_AsBinary(ST_Transform(geom, 4490)) AS shape
    FROM grid.division WHERE code = :code AND valid_to IS NULL AND geom IS NOT NULL
""")
_PARTS = text("""
    SELECT code, name, is_synthetic, ST_AsBinary(ST_Transform(geom, 4490)) AS shape
    FROM grid.division WHERE parent_code = :code AND valid_to IS NULL AND geom IS NOT NULL ORDER BY code
""")
_GRIDS = text("""
    SELECT code, name, land_use, is_synthetic, ST_AsBinary(ST_Transform(geom, 4490)) AS shape
    FROM grid.unit_grid WHERE community_code LIKE :code || '%' AND valid_to IS NULL ORDER BY code LIMIT :most
""")
_STREETS = text("""
    SELECT name, rank, is_synthetic, ST_AsBinary(ST_Transform(inside, 4490)) AS shape
    FROM (
        SELECT street.id, street.name, street.rank, street.is_synthetic,
               ST_CollectionExtract(ST_Intersection(street.geom, area.geom), 2) AS inside  -- lines only
        FROM grid.street JOIN grid.division AS area ON ST_Intersects(street.geom, area.geom)
        WHERE area.code = :code AND area.valid_to IS NULL AND street.rank <> 'lane'
    ) AS met
    WHERE NOT ST_IsEmpty(inside) ORDER BY id
""")


def get_area(session: Session, code: str) -> Area:
    """The division with this code (6, 9 or 12 digits) and what lies in it; lanes are left out.

    :raises NoSuchArea: when no division in force has the code and a border.
    :raises AreaTooLarge: when it has more than `MOST_GRIDS` unit grids.
    """
    if not re.fullmatch(r"\d{6}(\d{3}){0,2}", code):
        raise NoSuchArea("区域代码应为 6、9 或 12 位数字（区、街道、社区）。请核对后重试。")
    row = session.execute(_AREA, {"code": code}).one_or_none()
    if row is None:
        raise NoSuchArea(f"没有代码为 {code} 的区域，或它没有边界。请核对代码。")
    grids = _features(session, _GRIDS, code=code, most=MOST_GRIDS + 1)
    if len(grids) > MOST_GRIDS:
        raise AreaTooLarge(f"{row.name}的单元网格超过 {MOST_GRIDS} 个，一张图画不下。请选街道或社区。")
    return Area(
        code=row.code,
        name=row.name,
        level=row.level,
        is_synthetic=row.is_synthetic or any(one.properties["is_synthetic"] for one in grids),
        border=Feature(_shape(row.shape), {"code": row.code, "name": row.name}),
        parts=_features(session, _PARTS, code=code),
        grids=grids,
        streets=_features(session, _STREETS, code=code),
    )


def _features(session: Session, query: object, **words: object) -> tuple[Feature, ...]:
    rows = session.execute(query, words).mappings()  # type: ignore[call-overload]  # text() takes any words
    return tuple(
        Feature(_shape(row["shape"]), {name: value for name, value in row.items() if name != "shape"})
        for row in rows
    )


def _shape(wkb: bytes) -> BaseGeometry:
    return shapely.from_wkb(bytes(wkb))
