"""How pygeoapi reads our views; imported at the first question, for the library takes its time to load.

The library knows one corner-by-corner way to turn boxes and one order of axes; ours follow the plane
system: boxes come ready from `web.api.open_data.questions`, places are turned without loss of their
border, and every value is compared as what it is.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import shapely
from pygeoapi.provider.base import BaseProvider
from pygeoapi.provider.sql import GenericSQLProvider, get_table_model
from pygeofilter import ast
from pygeofilter.backends.sqlalchemy.evaluate import to_filter
from pygeofilter.parsers.ecql import parse
from shapely.geometry.base import BaseGeometry
from sqlalchemy import and_, false, func, true

from gis_core.crs import GEOGRAPHIC_SRID, Pairs, PlaneSystem
from web.api.open_data.collections import CRS84, SCHEMA, crs_address
from web.api.open_data.questions import BadQuestion

MOST_PARTS = 60
DEEPEST = 12
DECIMALS_DEG, DECIMALS_M = 7, 3
UNDERSTOOD = (
    ast.And,
    ast.Or,
    ast.Not,
    ast.Comparison,
    ast.Between,
    ast.Like,
    ast.In,
    ast.IsNull,
    ast.Attribute,
)


class OpenDataProvider(GenericSQLProvider):  # type: ignore[misc]  # the library has no types
    """One view of schema `open_data`, through the reader's engine."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        BaseProvider.__init__(self, definition)
        self.table, self.geom = definition["table"], definition["geom_field"]
        self.storage_crs = definition["storage_crs"]
        self.plane: PlaneSystem = self.data.plane
        self.question = definition.get("question")
        self._engine = self.data.engine()
        self.table_model = get_table_model(self.table, self.id_field, (SCHEMA,), self._engine)
        self.get_fields()

    # -- what the library asks its providers for ---------------------------------------------------------

    def _get_bbox_filter(self, bbox: object) -> Any:
        window = self.question.window if self.question else None
        if window is None:
            return true()
        if window.is_empty:
            return false()
        shape = func.ST_GeomFromWKB(window.wkb, self.plane.srid)
        return func.ST_Intersects(getattr(self.table_model, self.geom), shape)

    def _get_datetime_filter(self, words: object) -> Any:
        days = self.question.days if self.question else None
        if days is None or self.time_field is None:
            return true()
        day = getattr(self.table_model, self.time_field)
        first, last = days
        return and_(day >= first if first else true(), day <= last if last else true())

    def _get_property_filters(self, properties: Iterable[tuple[str, str]]) -> Any:
        columns = self.table_model.__table__.columns
        return and_(true(), *(columns[name] == _value(columns[name], words) for name, words in properties))

    def _get_cql_filters(self, tree: Any) -> Any:
        if tree is None:
            return true()
        columns = {name: getattr(self.table_model, name) for name in self.fields}
        return to_filter(tree, columns)

    def _get_crs_transform(self, spec: Any = None) -> Callable[[BaseGeometry], BaseGeometry]:
        return self._turn_to(spec.target_crs_uri if spec else self.storage_crs)

    def _sqlalchemy_to_feature(self, item: Any, turn: Any = None) -> dict[str, Any]:
        feature: dict[str, Any] = super()._sqlalchemy_to_feature(item, turn or self._turn_to(CRS84))
        found = feature["properties"]
        properties = {name: found[name] for name in self.fields if name in found}
        if "type_code" in properties and "kind" in properties:
            properties["type_name"] = self.data.type_names.get((found["kind"], found["type_code"]))
        return feature | {"properties": properties}

    # -- our own -----------------------------------------------------------------------------------------

    def _turn_to(self, system: str) -> Callable[[BaseGeometry], BaseGeometry]:
        """Stored shapes in a system offered, in the order of axes that the system prescribes."""
        to_lonlat = self.plane.to_lonlat_many
        turns: dict[str, Callable[[Pairs], Pairs]] = {
            CRS84: lambda points: to_lonlat(points).round(DECIMALS_DEG),
            crs_address(GEOGRAPHIC_SRID): lambda points: to_lonlat(points)[:, ::-1].round(DECIMALS_DEG),
            crs_address(self.plane.srid): lambda points: points[:, ::-1].round(DECIMALS_M),
        }
        # GeoJSON's outer rings run counter-clockwise.
        return lambda shape: shapely.transform(shapely.orient_polygons(shape), turns[system])


def read_filter(words: str, queryables: frozenset[str]) -> None:
    """Refuse a filter that would not be understood, before anything is asked of the database.

    :raises BadQuestion: for a wrong text, an unknown property, a spatial or computing part, too many parts.
    """
    try:
        tree = parse(words)
    except Exception as problem:  # the parser raises whatever a text makes it stumble on
        raise BadQuestion(
            "filter 读不懂。请用 CQL 文本，如 level = 'community' AND is_synthetic = true。"
        ) from problem
    _check_part(tree, queryables, budget=[MOST_PARTS], depth=0)


def _check_part(part: Any, queryables: frozenset[str], *, budget: list[int], depth: int) -> None:
    if not isinstance(part, ast.Node):
        return
    budget[0] -= 1
    if budget[0] < 0 or depth > DEEPEST:
        raise BadQuestion(f"filter 太复杂，最多 {MOST_PARTS} 个部分、{DEEPEST} 层括号。请分几次查询。")
    if not isinstance(part, UNDERSTOOD):
        raise BadQuestion(
            "filter 只支持属性的比较、BETWEEN、LIKE、IN、IS NULL 和 AND、OR、NOT。按位置查询请用 bbox。"
        )
    if isinstance(part, ast.Attribute) and part.name not in queryables:
        raise BadQuestion(f"没有属性“{part.name[:40]}”。可用的属性: {'、'.join(sorted(queryables))}。")
    for inner in part.get_sub_nodes():
        _check_part(inner, queryables, budget=budget, depth=depth + 1)


def _value(column: Any, words: str) -> Any:
    """The words of a condition as the column's kind of value."""
    kind = column.type.python_type
    try:
        if kind is bool:
            return {"true": True, "false": False}[words.lower()]
        return date.fromisoformat(words) if kind is date else kind(words)
    except (KeyError, ValueError) as problem:
        kinds = {bool: "true 或 false", date: "2026-11-26 这样的日期", int: "整数", float: "数"}
        raise BadQuestion(
            f"属性 {column.name} 的值应是{kinds.get(kind, '文字')}。请检查后重试。"
        ) from problem
