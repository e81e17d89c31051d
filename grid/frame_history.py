"""Changes of the frame as they are recorded: grids that end, grids made, the chain of who did it and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

import numpy as np
import shapely
from psycopg.types.json import Jsonb
from shapely import Polygon
from sqlalchemy import ColumnElement, RowMapping, func, insert, or_, select, text
from sqlalchemy.orm import Session, aliased

from gis_core.coverage import dissolve
from gis_core.crs import PlaneSystem
from gis_core.errors import Conflict, NotFound
from gis_core.journal import FIRST, Entry, seal
from gis_core.shapes import to_ewkb
from grid.rules.codes import UnitGridCode
from grid.rules.numbering import MOST_GRIDS, TooManyGrids, reading_order
from grid.store import bump
from grid.tables import FrameChangeRow, FrameVersionRow, UnitGridRow

CHANGE_NAMES = {
    "split": "拆分", "merge": "合并", "redraw": "重划", "fill": "补空地", "abolish": "撤销网格",
    "undo": "撤回", "duty": "责任网格", "import": "导入", "divide": "划分",
}  # fmt: skip


class FrameMoved(Conflict):
    """Somebody else changed these grids since the page was drawn."""

    code = "frame_moved"


class NoSuchGrid(NotFound):
    """No unit grid of that code is in force."""

    code = "no_such_grid"


class NoSuchChange(NotFound):
    """There is no such change of the frame."""

    code = "no_such_change"


class CannotUndo(Conflict):
    """Later changes build on this one, or it was undone already."""

    code = "cannot_undo"


@dataclass(frozen=True, slots=True)
class Editor:
    """Who changes the frame."""

    person_id: int | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRow:
    """A unit grid in force as edits see it; the shape in the plane system."""

    id: int
    code: str
    name: str
    shape: Polygon
    responsibility_code: str | None
    zone_code: str | None
    land_use: str
    valid_from: date
    made_by: int | None
    is_synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGrid:
    """A unit grid to be made; its number is given when it is written, unless it has a code."""

    shape: Polygon
    community_code: str
    responsibility_code: str | None
    zone_code: str | None
    land_use: str
    is_synthetic: bool
    code: str | None = None


@dataclass(frozen=True, slots=True)
class FrameChange:
    """A recorded change."""

    id: int
    seq: int
    at: datetime
    by_person_id: int | None
    by_name: str
    kind: str
    version: int
    reason: str
    body: Mapping[str, Any]
    prev_hash: bytes
    hash: bytes

    @property
    def label(self) -> str:
        """The Chinese word of what was done."""
        return CHANGE_NAMES.get(self.kind, self.kind)

    @property
    def content(self) -> dict[str, object]:
        """What the hash is over: all but the hashes, the row's id and the version, which only counts."""
        hidden = {"id", "version", "prev_hash", "hash"}
        return {name: getattr(self, name) for name in FrameChange.__slots__ if name not in hidden}


_CHANGE = tuple(getattr(FrameChangeRow, name) for name in FrameChange.__slots__)
_GRID = (
    UnitGridRow.id, UnitGridRow.code, UnitGridRow.name, UnitGridRow.responsibility_code,
    UnitGridRow.zone_code, UnitGridRow.land_use, UnitGridRow.valid_from, UnitGridRow.made_by,
    UnitGridRow.is_synthetic,
)  # fmt: skip
_IN_FORCE = UnitGridRow.valid_to.is_(None)


def list_changes(session: Session, *, most: int = 50, code: str | None = None) -> tuple[FrameChange, ...]:
    """Changes of the frame, the last first; those that ended or made a grid when `code` is given."""
    asked = select(*_CHANGE).order_by(FrameChangeRow.seq.desc()).limit(most)
    if code is not None:
        named = (FrameChangeRow.body[key].has_key(code) for key in ("ended", "made"))
        asked = asked.where(or_(*named))
    return tuple(FrameChange(*row) for row in session.execute(asked))


def get_change(session: Session, change_id: int) -> FrameChange:
    """A change by its id. Raises NoSuchChange."""
    row = session.execute(select(*_CHANGE).where(FrameChangeRow.id == change_id)).one_or_none()
    if row is None:
        raise NoSuchChange("没有这次网格变更。请刷新列表。")
    return FrameChange(*row)


def list_entries(session: Session) -> list[Entry]:
    """The whole chain, to be verified."""
    asked = select(*_CHANGE).order_by(FrameChangeRow.seq)
    changes = (FrameChange(*row) for row in session.execute(asked))
    return [Entry(one.seq, one.content, one.prev_hash, one.hash) for one in changes]


def read_grids(session: Session, codes: Sequence[str]) -> dict[str, GridRow]:
    """The grids in force among `codes`. Raises NoSuchGrid naming those that are not."""
    asked = select(*_GRID, func.ST_AsBinary(UnitGridRow.geom).label("wkb"))
    found = _grids(session.execute(asked.where(_IN_FORCE, UnitGridRow.code.in_(codes))).mappings())
    if missing := sorted({*codes} - {*found}):
        raise NoSuchGrid(f"网格 {missing[0]} 不存在或已失效。请刷新地图后重选。", missing=missing[:20])
    return found


def read_neighbours(
    session: Session, codes: Sequence[str], gaps: Sequence[Polygon] = (), *, plane: PlaneSystem
) -> dict[str, GridRow]:
    """Grids in force that touch some of `codes`, or a piece of bare ground, along a border or at a corner."""
    chosen = aliased(UnitGridRow)
    touches = func.ST_DWithin(UnitGridRow.geom, chosen.geom, 0.01)
    beside: list[ColumnElement[bool]] = [
        select(chosen.id).where(chosen.valid_to.is_(None), chosen.code.in_(codes), touches).exists()
    ]
    beside += [
        func.ST_DWithin(UnitGridRow.geom, func.ST_GeomFromEWKB(to_ewkb(gap, plane)), 0.01) for gap in gaps
    ]
    asked = select(*_GRID, func.ST_AsBinary(UnitGridRow.geom).label("wkb")).where(
        _IN_FORCE, UnitGridRow.code.not_in(codes), or_(*beside)
    )
    return _grids(session.execute(asked).mappings())


def read_within(session: Session, community: str) -> dict[str, Polygon]:
    """Shapes of the grids in force that have ground in a community, whatever their code says."""
    rows = session.execute(
        text(
            "SELECT g.code, ST_AsBinary(g.geom) AS wkb FROM grid.unit_grid g"
            " JOIN grid.division d ON ST_Intersects(g.geom, d.geom)"
            " WHERE d.code = :community AND d.valid_to IS NULL AND g.valid_to IS NULL"
        ),
        {"community": community},
    )
    return {row.code: cast(Polygon, shapely.from_wkb(bytes(row.wkb))) for row in rows}


def _grids(rows: Iterable[RowMapping]) -> dict[str, GridRow]:
    names = [column.key for column in _GRID]
    return {
        row["code"]: GridRow(
            **{name: row[name] for name in names}, shape=cast(Polygon, shapely.from_wkb(bytes(row["wkb"])))
        )
        for row in rows
    }


def lock_frame(session: Session) -> int:
    """The version of the frame, held against other editors until the transaction ends."""
    row = select(FrameVersionRow.version).with_for_update()
    return session.execute(row).scalar() or 0


def check_unmoved(session: Session, codes: Sequence[str], seen_version: int) -> None:
    """Refuse when a change after `seen_version` ended, made or touched one of the grids."""
    later = select(*_CHANGE).where(FrameChangeRow.version > seen_version).order_by(FrameChangeRow.seq)
    for row in session.execute(later):
        change = FrameChange(*row)
        meant = {*change.body["ended"], *change.body["made"], *change.body["touched"]}
        if meant & {*codes}:
            raise FrameMoved(
                f"{change.by_name} 刚刚对这些网格做了“{change.label}”。没有保存，请刷新后重做。",
                change_id=change.id,
            )


def end_grids(session: Session, rows: Sequence[GridRow], *, on: date, change_id: int) -> None:
    """The grids are in force until the day `on`, that day no longer."""
    session.execute(
        text("UPDATE grid.unit_grid SET valid_to = :on, ended_by = :change WHERE id = ANY(:ids)"),
        {"on": on, "change": change_id, "ids": [row.id for row in rows]},
    )


def take_codes(session: Session, grids: Sequence[NewGrid]) -> list[str]:
    """A code for each grid: its own, or the next ones after the largest ever used in its community."""
    codes = [grid.code or "" for grid in grids]
    for community in sorted({grid.community_code for grid in grids if grid.code is None}):
        mine = [n for n, grid in enumerate(grids) if grid.code is None and grid.community_code == community]
        last = _largest_sequence(session, community)
        if last + len(mine) > MOST_GRIDS:
            raise TooManyGrids(f"社区 {community} 的网格编号已用到 {last}，放不下 {len(mine)} 个新网格。")
        order = reading_order([grids[n].shape for n in mine])
        for step, place in enumerate(order, start=1):
            codes[mine[place]] = str(UnitGridCode(community, last + step))
    return codes


def _largest_sequence(session: Session, community: str) -> int:
    largest = select(func.max(UnitGridRow.code)).where(UnitGridRow.community_code == community)
    code = session.execute(largest).scalar()
    return 0 if code is None else int(code[12:])


_ADD_GRIDS = text("""
    INSERT INTO grid.unit_grid (code, name, community_code, responsibility_code, zone_code, geom, area_m2,
        land_use, valid_from, source, is_synthetic, made_by)
    SELECT g.code, coalesce(d.name, '') || '第' || right(g.code, 3)::int || '网格', left(g.code, 12),
        g.responsibility_code, g.zone_code, ST_GeomFromEWKB(decode(g.ewkb, 'hex')), g.area_m2, g.land_use,
        :on, :source, g.is_synthetic, :change
    FROM jsonb_to_recordset(:grids) AS g(code text, responsibility_code text, zone_code text, ewkb text,
        area_m2 float8, land_use text, is_synthetic boolean)
    LEFT JOIN grid.division d ON d.code = left(g.code, 12) AND d.valid_to IS NULL
""")


def add_grids(
    session: Session,
    grids: Sequence[NewGrid],
    codes: Sequence[str],
    *,
    on: date,
    change_id: int,
    source: str,
    plane: PlaneSystem,
) -> None:
    """Insert new grids under their codes, in force from the day `on`."""
    rows = [
        {
            "code": code,
            "responsibility_code": grid.responsibility_code,
            "zone_code": grid.zone_code,
            "ewkb": to_ewkb(grid.shape, plane).hex(),
            "area_m2": grid.shape.area,
            "land_use": grid.land_use,
            "is_synthetic": grid.is_synthetic,
        }
        for grid, code in zip(grids, codes, strict=True)
    ]
    session.execute(_ADD_GRIDS, {"grids": Jsonb(rows), "on": on, "change": change_id, "source": source})


def redraw_touched(session: Session, shapes: Mapping[str, Polygon], *, plane: PlaneSystem) -> None:
    """Give neighbours the corners that a new border has; their area and number stay."""
    statement = text(
        "UPDATE grid.unit_grid SET geom = ST_GeomFromEWKB(:ewkb) WHERE code = :code AND valid_to IS NULL"
    )
    for code, shape in sorted(shapes.items()):
        session.execute(statement, {"ewkb": to_ewkb(shape, plane), "code": code})


def reopen_grids(session: Session, change_id: int) -> None:
    """What a change ended is in force again; what it made is not, and its numbers stay used."""
    session.execute(
        text("UPDATE grid.unit_grid SET valid_to = valid_from WHERE made_by = :change"), {"change": change_id}
    )
    session.execute(
        text("UPDATE grid.unit_grid SET valid_to = NULL, ended_by = NULL WHERE ended_by = :change"),
        {"change": change_id},
    )


def move_components(session: Session, ended: Sequence[str]) -> None:
    """Components of grids that ended belong to the grids in force where they stand, by the border rule.

    On ground that became bare they keep the code they had.
    """
    if ended:
        session.execute(
            text(
                "UPDATE grid.component c SET unit_grid_code = here.code FROM ("
                " SELECT c.id, min(g.code) AS code FROM grid.component c JOIN grid.unit_grid g"
                " ON g.valid_to IS NULL AND ST_Intersects(g.geom, c.geom)"
                " WHERE c.unit_grid_code = ANY(:ended) GROUP BY c.id) AS here WHERE c.id = here.id"
            ),
            {"ended": list(ended)},
        )


def refresh_responsibility(session: Session, codes: Sequence[str], *, plane: PlaneSystem) -> None:
    """Outlines of responsibility grids follow the unit grids they are made of."""
    wanted = sorted({code for code in codes if code})
    if not wanted:
        return
    rows = session.execute(
        select(UnitGridRow.responsibility_code, func.ST_AsBinary(UnitGridRow.geom)).where(
            _IN_FORCE, UnitGridRow.responsibility_code.in_(wanted)
        )
    ).all()
    if not rows:
        return
    shapes = shapely.from_wkb(np.array([bytes(row[1]) for row in rows], dtype=object))
    names, outlines = dissolve(shapes, np.array([row[0] for row in rows], dtype=object))
    statement = text(
        "UPDATE grid.responsibility_grid SET geom = ST_GeomFromEWKB(:ewkb)"
        " WHERE code = :code AND valid_to IS NULL"
    )
    session.execute(
        statement,
        [
            {"code": n, "ewkb": to_ewkb(o, plane)}
            for n, o in zip(names.tolist(), outlines.tolist(), strict=True)
        ],
    )


def next_change_id(session: Session) -> int:
    """The id of the change about to be recorded."""
    found: int = session.execute(
        text("SELECT nextval(pg_get_serial_sequence('grid.frame_change', 'id'))")
    ).scalar_one()
    return found


def record_change(
    session: Session,
    change_id: int,
    *,
    kind: str,
    by: Editor,
    at: datetime,
    reason: str,
    body: Mapping[str, Any],
) -> FrameChange:
    """Give the frame its next version and link the change to the chain. The frame must be locked."""
    version = bump(session)
    last = session.execute(
        select(FrameChangeRow.seq, FrameChangeRow.hash).order_by(FrameChangeRow.seq.desc()).limit(1)
    ).one_or_none()
    seq, prev_hash = (1, FIRST) if last is None else (last.seq + 1, last.hash)
    bare = FrameChange(
        change_id, seq, at, by.person_id, by.name, kind, version, reason, dict(body), prev_hash, b""
    )
    change = replace(bare, hash=seal(bare.content, prev_hash))
    row = {name: getattr(change, name) for name in FrameChange.__slots__}
    session.execute(insert(FrameChangeRow), row)
    return change
