"""Cases as maps show them: pins from zoom 13, below that clusters whose counts add up to the list's."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, case, func, select
from sqlalchemy.orm import Session

from cases.filtering import CaseFilter
from cases.reading import conditions_of, light_of
from cases.rules.stages import PUBLIC_STAGES
from cases.tables import CaseRow
from gis_core.tiles import Squares, Tile, Window, draw_layer, is_within, placed

PINS_FROM = 13
CLUSTER_UNITS = 512
"""Side of the square that makes one cluster: 64 pixels."""
SHOWN_AFTER_CLOSING = timedelta(days=7)
"""How long the public map shows what was put right; its legend says so (`web/static/js/map/tools.js`)."""
_WORST_FIRST = ("overdue", "at_risk", "suspended", "normal")


def draw_cases(session: Session, wanted: CaseFilter, tile: Tile, window: Window, *, at: datetime) -> bytes:
    """The cases wanted as a vector tile: layer `cases` of pins, or layer `clusters` below zoom 13."""
    chosen = [*conditions_of(wanted, at), is_within(CaseRow.geom, window)]
    if tile.zoom < PINS_FROM:
        return draw_layer(session, "clusters", _clusters(tile, at).where(*chosen))
    pins = select(
        CaseRow.case_no,
        CaseRow.stage,
        light_of(at).label("light"),
        CaseRow.kind,
        CaseRow.type_code,
        func.left(CaseRow.type_code, 2).label("major"),
        CaseRow.is_supervised,
        placed(CaseRow.geom, tile),
    ).where(*chosen)
    return draw_layer(session, "cases", pins)


def draw_public_cases(
    session: Session, wanted: CaseFilter, tile: Tile, window: Window, *, at: datetime
) -> bytes:
    """Open and lately closed cases without anything personal; clusters of open ones below zoom 13."""
    is_open = CaseRow.closed_at.is_(None)
    here = [is_within(CaseRow.geom, window), *conditions_of(wanted, at)]
    if tile.zoom < PINS_FROM:
        return draw_layer(session, "clusters", _clusters(tile, None).where(is_open, *here))
    is_shown = is_open | (CaseRow.closed_at > at - SHOWN_AFTER_CLOSING)
    chosen = [is_shown, CaseRow.stage.not_in(("declined", "voided")), *here]
    public_stage = case(PUBLIC_STAGES, value=CaseRow.stage).label("stage_public")
    pins = select(
        public_stage,
        CaseRow.kind,
        CaseRow.type_code,
        func.left(CaseRow.type_code, 2).label("major"),
        placed(CaseRow.geom, tile),
    )
    return draw_layer(session, "cases", pins.where(*chosen))


def cases_version() -> ColumnElement[str]:
    """The version of cases as SQL: two snapshots share it only when they see the same facts."""
    return func.cases.layer_version(type_=Text)


def lights_turned_at(at: datetime) -> ColumnElement[datetime | None]:
    """When a light last turned by the clock alone, as SQL: until the next, the same facts look the same."""
    is_open = CaseRow.closed_at.is_(None)
    turns = (CaseRow.stage_due_at, CaseRow.stage_at_risk_at)
    return func.greatest(
        *(select(func.max(turn)).where(turn <= at, is_open).scalar_subquery() for turn in turns)
    )


def public_left_at(at: datetime) -> ColumnElement[datetime | None]:
    """When the case that last left the public map was closed, as SQL."""
    left = select(func.max(CaseRow.closed_at)).where(CaseRow.closed_at <= at - SHOWN_AFTER_CLOSING)
    return left.scalar_subquery()


def open_case_of(component_code: ColumnElement[str], wanted: CaseFilter, *, at: datetime) -> Any:
    """The number of the newest open case about a component among those wanted, as SQL; null when none is."""
    about = [CaseRow.component_code == component_code, CaseRow.closed_at.is_(None)]
    newest = select(func.max(CaseRow.case_no)).where(*about, *conditions_of(wanted, at))
    return newest.correlate(component_code.table).scalar_subquery()


def _clusters(tile: Tile, at: datetime | None) -> Select[Any]:
    """Squares of the tile with their counts; a case belongs to one square of one tile, whichever way."""
    squares = Squares.of(tile, CaseRow.geom, side_units=CLUSTER_UNITS)
    middle = func.ST_MakePoint(func.round(func.avg(squares.right)), func.round(func.avg(squares.down)))
    shown = select(func.count().label("n"), middle.label("geom"))
    if at is not None:
        shown = shown.add_columns(
            _worst(at), case((func.count() == 1, func.min(CaseRow.case_no))).label("case_no")
        )
    return shown.where(squares.is_here).group_by(squares.column, squares.row)


def _worst(at: datetime) -> Any:
    """The light that needs looking at first."""
    rank = case({light: n for n, light in enumerate(_WORST_FIRST)}, value=light_of(at))
    return case(dict(enumerate(_WORST_FIRST)), value=func.min(rank)).label("light")
