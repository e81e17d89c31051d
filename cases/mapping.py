"""Cases as maps show them: pins from zoom 13, below that clusters whose counts add up to the list's."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, literal_column, select
from sqlalchemy.orm import Session

from cases.filtering import CaseFilter
from cases.reading import conditions_of, light_of
from cases.rules.stages import PUBLIC_STAGES
from cases.tables import CaseRow, FactRow
from gis_core.tiles import BUFFER, EXTENT, Tile, Window

PINS_FROM = 13
CLUSTER_UNITS = 512
"""Side of the square that makes one cluster: 64 pixels."""
SHOWN_AFTER_CLOSING = timedelta(days=7)
"""How long the public map shows what was put right; its legend says so (`web/static/js/map/tools.js`)."""
_WORST_FIRST = ("overdue", "at_risk", "suspended", "normal")


def draw_cases(session: Session, wanted: CaseFilter, tile: Tile, window: Window, *, at: datetime) -> bytes:
    """The cases wanted as a vector tile: layer `cases` of pins, or layer `clusters` below zoom 13."""
    chosen = [*conditions_of(wanted, at), _within(window)]
    if tile.zoom < PINS_FROM:
        return _run(session, "clusters", _clusters(tile, at).where(*chosen))
    pins = select(
        CaseRow.case_no,
        CaseRow.stage,
        light_of(at).label("light"),
        CaseRow.kind,
        CaseRow.type_code,
        func.left(CaseRow.type_code, 2).label("major"),
        CaseRow.is_supervised,
        _drawn(tile),
    ).where(*chosen)
    return _run(session, "cases", pins)


def draw_public_cases(session: Session, tile: Tile, window: Window, *, at: datetime) -> bytes:
    """Open and lately closed cases without anything personal; clusters of open ones below zoom 13."""
    is_open = CaseRow.closed_at.is_(None)
    if tile.zoom < PINS_FROM:
        return _run(session, "clusters", _clusters(tile, None).where(is_open, _within(window)))
    is_shown = is_open | (CaseRow.closed_at > at - SHOWN_AFTER_CLOSING)
    chosen = [is_shown, CaseRow.stage.not_in(("declined", "voided")), _within(window)]
    public_stage = case(PUBLIC_STAGES, value=CaseRow.stage).label("stage_public")
    pins = select(
        public_stage,
        CaseRow.kind,
        CaseRow.type_code,
        func.left(CaseRow.type_code, 2).label("major"),
        _drawn(tile),
    )
    return _run(session, "cases", pins.where(*chosen))


def last_fact_id(session: Session) -> int:
    """The newest fact that is visible: what tiles of cases are kept under."""
    return session.execute(select(func.coalesce(func.max(FactRow.id), 0))).scalar_one()


def _within(window: Window) -> Any:
    box = func.ST_MakeEnvelope(window.west_m, window.south_m, window.east_m, window.north_m, window.srid)
    return CaseRow.geom.bool_op("&&")(box)


def _drawn(tile: Tile) -> Any:
    envelope = func.ST_TileEnvelope(tile.zoom, tile.column, tile.row)
    return func.ST_AsMVTGeom(func.ST_Transform(CaseRow.geom, 3857), envelope, EXTENT, BUFFER, True).label(
        "geom"
    )


def _clusters(tile: Tile, at: datetime | None) -> Select[Any]:
    """Squares of the tile with their counts; a case belongs to one square of one tile, whichever way."""
    drawn = func.ST_Transform(CaseRow.geom, 3857)
    world_m = 40_075_016.685_578_488
    side_m = world_m / 2**tile.zoom
    right = (func.ST_X(drawn) + world_m / 2 - tile.column * side_m) / side_m * EXTENT
    down = (world_m / 2 - func.ST_Y(drawn) - tile.row * side_m) / side_m * EXTENT
    column = func.floor(right / CLUSTER_UNITS)
    row = func.floor(down / CLUSTER_UNITS)
    last = EXTENT // CLUSTER_UNITS - 1
    middle = func.ST_MakePoint(func.round(func.avg(right)), func.round(func.avg(down)))
    shown = select(func.count().label("n"), middle.label("geom"))
    if at is not None:
        shown = shown.add_columns(
            _worst(at), case((func.count() == 1, func.min(CaseRow.case_no))).label("case_no")
        )
    return shown.where(column.between(0, last), row.between(0, last)).group_by(column, row)


def _worst(at: datetime) -> Any:
    """The light that needs looking at first."""
    rank = case({light: n for n, light in enumerate(_WORST_FIRST)}, value=light_of(at))
    return case(dict(enumerate(_WORST_FIRST)), value=func.min(rank)).label("light")


def _run(session: Session, layer: str, rows: Select[Any]) -> bytes:
    features = rows.subquery("f")
    drawn = select(func.ST_AsMVT(literal_column("f"), layer, EXTENT, "geom")).select_from(features)
    return bytes(session.execute(drawn).scalar_one() or b"")
