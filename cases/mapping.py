"""Cases as maps show them: pins from zoom 13, below that clusters whose counts add up to the list's."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, case, func, select
from sqlalchemy.orm import Session

from cases.clusters import clusters, open_clusters, wall_clusters
from cases.conditions import conditions_of, see_wanted
from cases.filtering import CaseFilter
from cases.private_places import public_place, widened
from cases.rules.stages import PUBLIC_STAGES
from cases.summaries import light_of
from cases.tables import CaseRow
from gis_core.tiles import Tile, Window, draw_layer, is_within, placed

PINS_FROM = 13
SHOWN_AFTER_CLOSING = timedelta(days=7)
"""How long the public map shows what was put right; its legend says so (`web/static/js/map/tools.js`)."""


def draw_cases(session: Session, wanted: CaseFilter, tile: Tile, window: Window, *, at: datetime) -> bytes:
    """The cases wanted as a vector tile: layer `cases` of pins, or layer `clusters` below zoom 13."""
    see_wanted(session, wanted)
    if tile.zoom < PINS_FROM:
        return draw_layer(session, "clusters", clusters(wanted, tile, window, at=at))
    chosen = [*conditions_of(wanted, at), is_within(CaseRow.geom, window)]
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
    """Open and lately closed cases without anything personal; clusters of open ones below zoom 13.

    Private types are drawn where the public sees them (`cases/private_places.py`).
    """
    if tile.zoom < PINS_FROM:
        return draw_layer(session, "clusters", open_clusters(wanted, tile, window, at=at))
    is_shown = CaseRow.closed_at.is_(None) | (CaseRow.closed_at > at - SHOWN_AFTER_CLOSING)
    chosen = [
        is_shown,
        CaseRow.stage.not_in(("declined", "voided")),
        is_within(CaseRow.geom, widened(window)),
        *conditions_of(wanted, at),
    ]
    public_stage = case(PUBLIC_STAGES, value=CaseRow.stage).label("stage_public")
    pins = select(
        public_stage,
        CaseRow.kind,
        CaseRow.type_code,
        func.left(CaseRow.type_code, 2).label("major"),
        CaseRow.public_text,
        placed(public_place(), tile),
    )
    return draw_layer(session, "cases", pins.where(*chosen))


def draw_wall_cases(
    session: Session, wanted: CaseFilter, tile: Tile, window: Window, *, at: datetime
) -> bytes:
    """Open cases with their lights as a wall shows them: private types where the public sees them."""
    if tile.zoom < PINS_FROM:
        return draw_layer(session, "clusters", wall_clusters(wanted, tile, window, at=at))
    pins = select(
        light_of(at).label("light"),
        func.left(CaseRow.type_code, 2).label("major"),
        CaseRow.is_supervised,
        placed(public_place(), tile),
    )
    chosen = [
        CaseRow.closed_at.is_(None),
        is_within(CaseRow.geom, widened(window)),
        *conditions_of(wanted, at),
    ]
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
