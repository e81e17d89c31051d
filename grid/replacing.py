"""Putting a whole frame in force: surveyed or divided anew, the grids of some communities at one stroke."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

import numpy as np
import shapely
from shapely import Polygon
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.clock import city_time
from gis_core.coverage import dissolve
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.shapes import to_ewkb
from grid import frame_history as history
from grid.frame_history import Editor, FrameChange, GridRow, NewGrid


@dataclass(frozen=True, slots=True)
class Replaced:
    """What came of it: the change on record, and how many grids ended, were made, and stayed as they were."""

    change: FrameChange
    ended: int
    made: int
    same: int


def replace_grids(  # all by name
    sessions: Sessions,
    communities: Sequence[str],
    grids: Sequence[NewGrid],
    *,
    kind: str,
    by: Editor,
    at: datetime,
    reason: str,
    source: str,
    plane: PlaneSystem,
) -> Replaced:
    """The grids of the communities from the day of `at` on; grids that stay as they are keep their row.

    Grids without a code get numbers after the largest ever used. Zones in force are laid over the new
    grids; responsibility grids follow their unit grids. One transaction: all or nothing.
    """
    on = city_time(at).date()
    with sessions.begin() as session:
        history.lock_frame(session)
        old = _read_communities(session, communities)
        same = {grid.code for grid in grids if grid.code in old and _is_same(old[grid.code], grid)}
        ended = [row for code, row in old.items() if code not in same]
        zones = _zones_of(session, grids)
        made = [
            NewGrid(
                shape=grid.shape,
                community_code=grid.community_code,
                responsibility_code=grid.responsibility_code,
                zone_code=zone,
                land_use=grid.land_use,
                is_synthetic=grid.is_synthetic,
                code=grid.code,
            )
            for grid, zone in zip(grids, zones, strict=True)
            if grid.code not in same
        ]
        change_id = history.next_change_id(session)
        history.end_grids(session, ended, on=on, change_id=change_id)
        codes = history.take_codes(session, made)
        history.add_grids(session, made, codes, on=on, change_id=change_id, source=source, plane=plane)
        history.move_components(session, [row.code for row in ended])
        _lay_responsibility(session, [row.responsibility_code for row in ended], made, on=on, plane=plane)
        body = {
            "ended": sorted(row.code for row in ended),
            "made": sorted(codes),
            "touched": [],
            "communities": sorted(communities),
        }
        change = history.record_change(session, change_id, kind=kind, by=by, at=at, reason=reason, body=body)
    return Replaced(change, len(ended), len(made), len(same))


def _read_communities(session: Session, communities: Sequence[str]) -> dict[str, GridRow]:
    codes = session.execute(
        text("SELECT code FROM grid.unit_grid WHERE valid_to IS NULL AND community_code = ANY(:communities)"),
        {"communities": list(communities)},
    ).scalars()
    return history.read_grids(session, list(codes))


def _is_same(row: GridRow, grid: NewGrid) -> bool:
    return (
        row.responsibility_code == grid.responsibility_code
        and row.land_use == grid.land_use
        and bool(shapely.equals_exact(shapely.normalize(row.shape), shapely.normalize(grid.shape)))
    )


def _zones_of(session: Session, grids: Sequence[NewGrid]) -> list[str | None]:
    """The zone in force over the middle of each grid."""
    rows = session.execute(
        text("SELECT code, ST_AsBinary(geom) AS wkb FROM grid.zone WHERE valid_to IS NULL ORDER BY code DESC")
    ).all()
    zones: list[str | None] = [None] * len(grids)
    inside = shapely.point_on_surface(np.array([grid.shape for grid in grids], dtype=object))
    for row in rows:
        outline = shapely.from_wkb(bytes(row.wkb))
        shapely.prepare(outline)
        for n in np.flatnonzero(shapely.contains_properly(outline, inside)).tolist():
            zones[n] = row.code
    return zones


def _lay_responsibility(
    session: Session, ended: Sequence[str | None], made: Sequence[NewGrid], *, on: date, plane: PlaneSystem
) -> None:
    """Responsibility grids that nothing is left of end; new ones begin; the others get their new outline."""
    codes = sorted({code for code in (*ended, *(grid.responsibility_code for grid in made)) if code})
    if not codes:
        return
    rows = session.execute(
        text(
            "SELECT responsibility_code AS code, ST_AsBinary(geom) AS wkb FROM grid.unit_grid"
            " WHERE valid_to IS NULL AND responsibility_code = ANY(:codes)"
        ),
        {"codes": codes},
    ).all()
    shapes = shapely.from_wkb(np.array([bytes(row.wkb) for row in rows], dtype=object))
    live = {row.code for row in rows}
    session.execute(
        text(
            "UPDATE grid.responsibility_grid SET valid_to = :on WHERE valid_to IS NULL AND code = ANY(:gone)"
        ),
        {"on": on, "gone": sorted({*codes} - live)},
    )
    if not live:
        return
    names, outlines = dissolve(shapes, np.array([row.code for row in rows], dtype=object))
    statement = text(
        "INSERT INTO grid.responsibility_grid (code, name, subdistrict_code, geom, valid_from, is_synthetic)"
        " SELECT g.code, coalesce(d.name, '') || '第' || right(g.code, 3)::int || '责任网格',"
        " left(g.code, 9), ST_GeomFromEWKB(:ewkb), :on, :synthetic"
        " FROM (SELECT CAST(:code AS text) AS code) AS g"
        " LEFT JOIN grid.division d ON d.code = left(g.code, 9) AND d.valid_to IS NULL"
        " ON CONFLICT (code) WHERE valid_to IS NULL DO UPDATE SET geom = EXCLUDED.geom"
    )
    is_synthetic = any(grid.is_synthetic for grid in made)
    session.execute(
        statement,
        [
            {
                "code": name,
                "ewkb": to_ewkb(cast(Polygon, outline), plane),
                "on": on,
                "synthetic": is_synthetic,
            }
            for name, outline in zip(names.tolist(), outlines.tolist(), strict=True)
        ],
    )
