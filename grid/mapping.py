"""Components as maps show them: counts by squares below zoom 14, dots from there on.

The squares come from a pyramid that triggers keep (docs/decisions/0009); they nest in tiles, so that the
counts of a tile are exactly those of the list with the tile's box. What a dot tells depends on who looks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, literal_column, select
from sqlalchemy.orm import Session

from gis_core.tiles import EXTENT, Squares, Tile, Window, draw_layer, is_within, placed
from grid.component_conditions import conditions_of, is_in_state
from grid.filtering import ComponentFilter
from grid.rules.codes import SUBDISTRICT_DIGITS, subdistricts_of
from grid.rules.states import FAULTY, STATE_CLASSES
from grid.tables import COMPONENT_COUNT, ComponentRow

DOTS_FROM = 14
EVERY_ONE_FROM = 15
NAMES_FROM = 16
COUNTED_UNTIL = 16
"""The last zoom whose tiles may hold so many components that they are counted before they are drawn."""
MOST_DOTS = 6_000
"""At zoom 14 dots touch each other: so many stand for all that there are."""
MOST_COMPONENTS = 20_000
"""From zoom 15 every component of a tile is drawn, unless there are more than this."""
COARSEST, FINEST, FINEST_OF_ALL = 14, 17, 19
"""Levels of the pyramid; only squares of all types go down to the finest."""
LEVELS_BELOW_TILE = 6
"""Squares are a 64th of a tile's side: eight pixels."""

OpenCase = Callable[[ColumnElement[str]], ColumnElement[str]]
"""SQL of the number of the open case about a component, from SQL of its code."""


@dataclass(frozen=True, slots=True)
class StaffSight:
    """What staff see besides type and class of state: everything that says who answers, and the open case."""

    open_case: OpenCase


def draw_components(
    session: Session, wanted: ComponentFilter, tile: Tile, window: Window, *, sight: StaffSight | None
) -> bytes:
    """The components wanted as a vector tile; without a `sight` it tells what everybody may know.

    Layer `component_density` of squares, or from zoom 14 `components` of dots; from zoom 15 also lines and
    areas in `component_shapes`.
    """
    if tile.zoom < DOTS_FROM:
        squares = _counted_now(wanted, tile, window) if wanted.needs_register else _squares(wanted, tile)
        return draw_layer(session, "component_density", squares)
    shown = select(*_told(tile, sight), placed(ComponentRow.geom, tile))
    chosen = [is_within(ComponentRow.geom, window), *conditions_of(wanted)]
    dots = draw_layer(session, "components", shown.where(*chosen, *_thinned(session, wanted, tile, window)))
    return dots + _draw_shapes(session, wanted, tile, window) if tile.zoom >= EVERY_ONE_FROM else dots


def _draw_shapes(session: Session, wanted: ComponentFilter, tile: Tile, window: Window) -> bytes:
    """Components that are lines or areas, as they are, in layer `component_shapes`; few have a shape."""
    told = (
        ComponentRow.type_code,
        case(STATE_CLASSES, value=ComponentRow.state, else_=FAULTY).label("state_class"),
        placed(ComponentRow.shape, tile),
    )
    chosen = (ComponentRow.shape.is_not(None), is_within(ComponentRow.shape, window), *conditions_of(wanted))
    return draw_layer(session, "component_shapes", select(*told).where(*chosen))


def _told(tile: Tile, sight: StaffSight | None) -> list[Any]:
    told: list[Any] = [
        ComponentRow.type_code,
        func.left(ComponentRow.type_code, 2).label("major"),
        case(STATE_CLASSES, value=ComponentRow.state, else_=FAULTY).label("state_class"),
    ]
    if tile.zoom >= NAMES_FROM:
        told.append(ComponentRow.name)
    if sight is None:
        return told
    told.append(ComponentRow.state)
    if tile.zoom >= NAMES_FROM:
        told += [
            ComponentRow.code,
            ComponentRow.unit_grid_code.label("unit_grid"),
            ComponentRow.authority_code.label("authority"),
            ComponentRow.owner_code.label("owner"),
            ComponentRow.maintainer_code.label("maintainer"),
            sight.open_case(ComponentRow.__table__.c.code).label("case_no"),
        ]
    return told


def _thinned(
    session: Session, wanted: ComponentFilter, tile: Tile, window: Window
) -> list[ColumnElement[bool]]:
    """One component in 2, 4, 8 … where a tile has too many; which ones depends on their numbers alone."""
    if tile.zoom > COUNTED_UNTIL:
        return []
    most = MOST_DOTS if tile.zoom < EVERY_ONE_FROM else MOST_COMPONENTS
    n = _sum(session, _squares(wanted, tile))
    if n > most and wanted.needs_register:
        n = _sum(session, _counted_now(wanted, tile, window))
    one_in = 1
    while n > most * one_in:
        one_in *= 2
    # Said with plain numbers and with 8 apart, so that the index on every eighth component can serve it.
    steps = {one_in, 8} if one_in > 8 else {one_in} - {1}
    return [ComponentRow.id % literal_column(str(step)) == literal_column("0") for step in sorted(steps)]


def _sum(session: Session, squares: Select[Any]) -> int:
    counts = squares.subquery()
    return int(session.execute(select(func.coalesce(func.sum(counts.c.n), 0))).scalar_one())


def _squares(wanted: ComponentFilter, tile: Tile) -> Select[Any]:
    """Squares of the pyramid in the tile, with their counts and how wide they are in units of the tile.

    The pyramid knows no communities, unit grids, codes or names: asked for these, its squares count too many.
    """
    count = COMPONENT_COUNT.c
    kinds = (wanted.type_code, wanted.major, wanted.owner_code, *wanted.text_types)
    is_of_all = not any(kinds)
    finest = FINEST_OF_ALL if is_of_all else FINEST
    level = max(COARSEST, min(finest, tile.zoom + LEVELS_BELOW_TILE))
    across = 2 ** (level - tile.zoom)
    side_units = EXTENT / across
    west, north = tile.column * across, tile.row * across
    east = (count.cell_column - west + literal_column("0.5")) * side_units
    down = (count.cell_row - north + literal_column("0.5")) * side_units
    n = func.sum(count.n)
    chosen = [
        count.level == level,
        count.owner_code == (wanted.owner_code or ""),
        *_kind(wanted),
        count.cell_column.between(west, west + across - 1),
        count.cell_row.between(north, north + across - 1),
    ]
    if wanted.states:
        chosen.append(is_in_state(count.state, wanted.states))
    if wanted.area_code is not None:
        area = wanted.area_code[:SUBDISTRICT_DIGITS]
        chosen.append(count.subdistrict_code.between(*subdistricts_of(area)))
    return (
        select(
            n.label("n"),
            literal(max(1, round(side_units))).label("side_units"),
            func.ST_MakePoint(func.round(east), func.round(down)).label("geom"),
        )
        .where(*chosen)
        .group_by(count.cell_column, count.cell_row)
        .having(n > 0)
    )


def _kind(wanted: ComponentFilter) -> list[ColumnElement[bool]]:
    """Which rows of the pyramid count the types wanted: rows of owners exist by type only."""
    type_code = COMPONENT_COUNT.c.type_code
    if wanted.type_code is None and wanted.owner_code is None and not wanted.text_types:
        return [type_code == (wanted.major or "")]
    found: list[ColumnElement[bool]] = []
    if wanted.type_code is not None:
        found.append(type_code == wanted.type_code)
    if wanted.text_types:
        found.append(type_code.in_(wanted.text_types))
    if wanted.major is not None:
        found.append(func.left(type_code, 2) == wanted.major)
    return found


def _counted_now(wanted: ComponentFilter, tile: Tile, window: Window) -> Select[Any]:
    """The same squares from the register itself, for filters by which nothing is counted beforehand."""
    side_units = EXTENT // 2**LEVELS_BELOW_TILE
    squares = Squares.of(tile, ComponentRow.geom, side_units=side_units)
    middle = [(edge + literal_column("0.5")) * side_units for edge in (squares.column, squares.row)]
    return (
        select(
            func.count().label("n"),
            literal(side_units).label("side_units"),
            func.ST_MakePoint(*middle).label("geom"),
        )
        .where(squares.is_here, is_within(ComponentRow.geom, window), *conditions_of(wanted))
        .group_by(squares.column, squares.row)
    )
