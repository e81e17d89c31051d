"""Clusters of cases below zoom 13: squares of 64 pixels with how many cases lie in each.

Open cases are few, and the clock turns their lights: they are counted whenever a tile is drawn. Ended cases
are many and stay as they are: they come from a ledger that triggers keep (docs/decisions/0014), as long as
the filter asks for nothing that the ledger does not know. Either way the counts are those of the list.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Integer,
    Select,
    Subquery,
    Text,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Session

from cases.conditions import conditions_of
from cases.filtering import CaseFilter
from cases.private_places import public_place, widened
from cases.summaries import light_of
from cases.tables import ENDED_COUNT, CaseRow
from gis_core.tiles import EXTENT, Squares, Tile, Window, is_within, spot

SIDE_UNITS = 512
"""Side of the square that makes one cluster: 64 pixels."""
LEVELS_BELOW_TILE = 3
COUNTED_LEVEL = 15
"""Level of the ledger's squares: those of clusters at zoom 12; the larger ones are made up of them."""
SUBDISTRICT_DIGITS = 9
_FINE = float(2**32)
"""Places within a square of the ledger are told in so many parts of its side."""
_WORST_FIRST = ("overdue", "at_risk", "suspended", "normal")
_NEARLY_M = 1.0
"""Around the place that sums tell, a case that is alone is looked for; they are right to a micrometre."""


def tidy(session: Session) -> None:
    """Join rows of the ledger; nothing that is shown changes."""
    session.execute(select(func.cases.fold_ended_counts()))


def recount(session: Session) -> None:
    """Count all ended cases anew: after a bulk load with the triggers off."""
    session.execute(select(func.cases.count_ended_anew()))


@contextmanager
def counting_at_the_end(session: Session) -> Iterator[None]:
    """A bulk load: ended cases are counted once at its end, not batch by batch; other writers wait for it."""
    session.execute(text('ALTER TABLE cases."case" DISABLE TRIGGER ended_cases_come'))
    yield
    session.execute(text('ALTER TABLE cases."case" ENABLE TRIGGER ended_cases_come'))
    recount(session)


def clusters(wanted: CaseFilter, tile: Tile, window: Window, *, at: datetime) -> Select[Any]:
    """The clusters of a tile: count, middle of the cases, worst light, the number of a case that is alone."""
    found = union_all(*_parts(wanted, tile, window, at)).subquery("found")
    n = cast(func.sum(found.c.n), BigInteger)
    squares = (
        select(
            found.c.cell_column,
            found.c.cell_row,
            n.label("n"),
            (func.sum(found.c.right) / n).label("right"),
            (func.sum(found.c.down) / n).label("down"),
            func.min(found.c.rank).label("rank"),
            func.max(found.c.case_no).label("case_no"),
        )
        .group_by(found.c.cell_column, found.c.cell_row)
        .subquery("squares")
    )
    alone = func.coalesce(squares.c.case_no, _ended_alone(squares, wanted, tile, window, at=at))
    return select(
        squares.c.n,
        _middle(squares.c.right, squares.c.down).label("geom"),
        case(dict(enumerate(_WORST_FIRST)), value=squares.c.rank).label("light"),
        case((squares.c.n == 1, alone)).label("case_no"),
    )


def open_clusters(wanted: CaseFilter, tile: Tile, window: Window, *, at: datetime) -> Select[Any]:
    """The clusters of open cases alone, with nothing but their count, for everybody.

    They lie in the middle of where the public sees their cases: a cluster may be of one.
    """
    open_ones = replace(wanted, is_open=True)
    found = _counted_now(open_ones, tile, widened(window), at, place=public_place()).subquery("found")
    return select(found.c.n, _middle(found.c.right / found.c.n, found.c.down / found.c.n).label("geom"))


def wall_clusters(wanted: CaseFilter, tile: Tile, window: Window, *, at: datetime) -> Select[Any]:
    """The clusters of open cases with their worst light, for a wall that visitors see, too: in the middle of
    where the public sees their cases."""
    open_ones = replace(wanted, is_open=True)
    found = _counted_now(open_ones, tile, widened(window), at, place=public_place()).subquery("found")
    return select(
        found.c.n,
        _middle(found.c.right / found.c.n, found.c.down / found.c.n).label("geom"),
        case(dict(enumerate(_WORST_FIRST)), value=found.c.rank).label("light"),
    )


def _parts(wanted: CaseFilter, tile: Tile, window: Window, at: datetime) -> list[Select[Any]]:
    """Counts by square, in one or two parts; no case is in both."""
    if wanted.is_open or not _is_counted(wanted):
        return [_counted_now(wanted, tile, window, at)]
    ended = _counted_before(wanted, tile)
    if wanted.is_open is False:
        return [ended]
    return [_counted_now(replace(wanted, is_open=True), tile, window, at), ended]


def _is_counted(wanted: CaseFilter) -> bool:
    """Whether the ledger knows everything the filter asks for."""
    others = replace(
        wanted, stages=(), lights=(), area_code=None, zone_code=None, department_code=None, is_open=None
    )
    return others == CaseFilter() and len(wanted.area_code or "") <= SUBDISTRICT_DIGITS


def _counted_now(
    wanted: CaseFilter, tile: Tile, window: Window, at: datetime, *, place: Any = CaseRow.geom
) -> Select[Any]:
    """Counts by square from the cases themselves, each projected once."""
    rank = case({light: n for n, light in enumerate(_WORST_FIRST)}, value=light_of(at)).label("rank")
    drawn = (
        select(func.ST_Transform(place, 3857).label("drawn"), rank, CaseRow.case_no)
        .where(is_within(CaseRow.geom, window), *conditions_of(wanted, at))
        .offset(literal_column("0"))
        .subquery("drawn")
    )
    squares = Squares.of_drawn(tile, drawn.c.drawn, side_units=SIDE_UNITS)
    cell_column, cell_row = cast(squares.column, Integer), cast(squares.row, Integer)
    return (
        select(
            cell_column.label("cell_column"),
            cell_row.label("cell_row"),
            func.count().label("n"),
            func.sum(squares.right).label("right"),
            func.sum(squares.down).label("down"),
            func.min(drawn.c.rank).label("rank"),
            case((func.count() == 1, func.min(drawn.c.case_no))).label("case_no"),
        )
        .where(squares.is_here)
        .group_by(cell_column, cell_row)
    )


def _counted_before(wanted: CaseFilter, tile: Tile) -> Select[Any]:
    """Counts by square from the ledger, whose squares nest in those of clusters."""
    count = ENDED_COUNT.c
    across = 2 ** (COUNTED_LEVEL - tile.zoom)
    west, north = tile.column * across, tile.row * across
    coarser = COUNTED_LEVEL - LEVELS_BELOW_TILE - tile.zoom
    cell_column = (count.cell_column - west).bitwise_rshift(coarser)
    cell_row = (count.cell_row - north).bitwise_rshift(coarser)
    # As `light_of` has it: the clock turns no light of an ended case.
    light = case((count.stage == "suspended", "suspended"), else_="normal")
    rank = case({light: n for n, light in enumerate(_WORST_FIRST)}, value=light)
    n = func.sum(count.n)
    return (
        select(
            cell_column.label("cell_column"),
            cell_row.label("cell_row"),
            n.label("n"),
            _along(count.cell_column - west, count.sum_right, EXTENT / across).label("right"),
            _along(count.cell_row - north, count.sum_down, EXTENT / across).label("down"),
            rank.label("rank"),
            cast(null(), Text).label("case_no"),
        )
        .where(
            count.cell_column.between(west, west + across - 1),
            count.cell_row.between(north, north + across - 1),
            *_conditions(wanted, light),
        )
        .group_by(cell_column, cell_row, rank)
        .having(n > 0)
    )


def _along(cell: ColumnElement[int], within: ColumnElement[int], cell_units: float) -> ColumnElement[float]:
    """The sum of places along one direction, in units of the tile, from squares and places within them."""
    place = cast(ENDED_COUNT.c.n, Double) * cell + cast(within, Double) / _FINE
    return func.sum(place) * cell_units


def _conditions(wanted: CaseFilter, light: ColumnElement[str]) -> list[ColumnElement[bool]]:
    """What is wanted, as SQL over the ledger; says the same as `conditions_of` over cases."""
    count = ENDED_COUNT.c
    equals = {count.zone_code: wanted.zone_code, count.department_code: wanted.department_code}
    found = [name == value for name, value in equals.items() if value is not None]
    if wanted.stages:
        found.append(count.stage.in_(wanted.stages))
    if wanted.lights:
        found.append(light.in_(wanted.lights))
    if wanted.area_code is not None:
        found.append(count.subdistrict_code.between(wanted.area_code, wanted.area_code + "~"))
    return found


def _ended_alone(
    squares: Subquery, wanted: CaseFilter, tile: Tile, window: Window, *, at: datetime
) -> ColumnElement[Any]:
    """The number of the ended case that is alone in its square, looked up where the ledger says it lies."""
    plane = func.ST_Transform(spot(tile, squares.c.right, squares.c.down), window.srid)
    its_own = Squares.of(tile, CaseRow.geom, side_units=SIDE_UNITS)
    return (
        select(func.min(CaseRow.case_no))
        .where(
            CaseRow.geom.bool_op("&&")(func.ST_Expand(plane, _NEARLY_M)),
            *conditions_of(replace(wanted, is_open=False), at),
            its_own.column == squares.c.cell_column,
            its_own.row == squares.c.cell_row,
        )
        .correlate(squares)
        .scalar_subquery()
    )


def _middle(right: ColumnElement[Any], down: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.ST_MakePoint(func.round(right), func.round(down))
