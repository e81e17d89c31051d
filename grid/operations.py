"""Changing the frame: one transaction an edit, checked before it is saved, undone by a change of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

import shapely
from shapely import LineString, MultiPolygon, Polygon
from sqlalchemy.orm import Session

from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.errors import Refused
from gis_core.places import PlanePoint
from gis_core.shapes import snap_to_grain
from grid import frame_history as history
from grid.frame_history import CannotUndo, Editor, FrameChange, GridRow, NewGrid
from grid.reading import read_communities_at, read_community_shapes
from grid.rules.editing import BadEdit, OverBorder, Reshaped, kind_of, reshape
from grid.rules.quality import FrameLimits, FrameReport, SeenGrid, check_frame

EDITED = "网格编辑"
EDITS = frozenset({"split", "merge", "redraw", "fill", "abolish"})
"""Changes that can be taken back; a whole frame is replaced by another one."""


class UnsoundEdit(Refused):
    """The edit would leave the frame with a defect."""

    code = "unsound_edit"


class NoEditReason(Refused):
    """An edit without a word why."""

    code = "no_edit_reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameEdit:
    """What a data officer asks for: grids by code, and lines in the plane system that part them anew.

    `gap_points` lie in bare ground that is to join the grids, or to become one where none is chosen.
    `gives_way` takes from the grids what lies over neighbours or outside the community that most of them
    lies in, whose number they get. `is_abolishing` ends the grids without anything in their place.
    """

    codes: tuple[str, ...]
    lines: tuple[LineString, ...] = ()
    gap_points: tuple[PlanePoint, ...] = ()
    gives_way: bool = False
    is_abolishing: bool = False

    @property
    def kind(self) -> str:
        """split, merge, redraw, fill or abolish."""
        if self.is_abolishing:
            return "abolish"
        return kind_of(self.codes, self.lines, len(self.gap_points), gives_way=self.gives_way)


@dataclass(frozen=True, slots=True)
class EditPreview:
    """What an edit would come to, before it is saved: grids by the code they would get, and the check."""

    kind: str
    ended: tuple[GridRow, ...]
    made: Mapping[str, Polygon]
    report: FrameReport
    version: int


@dataclass(frozen=True, slots=True)
class _Planned:
    """An edit worked out: what ends, what is made, which neighbours gain a corner."""

    ended: tuple[GridRow, ...]
    made: tuple[NewGrid, ...]
    touched: Mapping[str, Polygon]
    around: tuple[GridRow, ...]


@dataclass(frozen=True, slots=True)
class FrameEditing:
    """The frame as data officers change it."""

    sessions: Sessions
    plane: PlaneSystem
    limits: FrameLimits = field(default_factory=FrameLimits)

    def preview(self, edit: FrameEdit) -> EditPreview:
        """What the edit would come to; nothing is written.

        :raises BadEdit: LineMisses, GridsApart, OverBorder; NoSuchGrid, TooManyGrids.
        """
        with self.sessions() as session:
            version = history.lock_frame(session)
            planned = self._plan(session, edit)
            codes = history.take_codes(session, planned.made)
            report = self._check(session, planned, codes)
            session.rollback()
        shapes = {code: grid.shape for code, grid in zip(codes, planned.made, strict=True)}
        return EditPreview(edit.kind, planned.ended, dict(sorted(shapes.items())), report, version)

    def save(
        self, edit: FrameEdit, *, seen_version: int, by: Editor, at: datetime, reason: str
    ) -> FrameChange:
        """Save the edit: in force from the day of `at`. All or nothing.

        :raises FrameMoved: when somebody changed the same grids after `seen_version`.
        :raises UnsoundEdit: when the check finds an error; NoEditReason; and what `preview` raises.
        """
        if not reason.strip():
            raise NoEditReason("请写明为什么这样改，审计时要看。没有保存。")
        on = city_time(at).date()
        with self.sessions.begin() as session:
            history.lock_frame(session)
            history.check_unmoved(session, edit.codes, seen_version)
            planned = self._plan(session, edit)
            before = history.read_grids(session, sorted(planned.touched)).values()
            codes = history.take_codes(session, planned.made)
            self._need_sound(session, edit, planned, codes)
            change_id = history.next_change_id(session)
            history.end_grids(session, planned.ended, on=on, change_id=change_id)
            history.add_grids(
                session, planned.made, codes, on=on, change_id=change_id, source=EDITED, plane=self.plane
            )
            history.redraw_touched(session, planned.touched, plane=self.plane)
            history.move_components(session, [row.code for row in planned.ended])
            self._refresh(session, planned.ended, planned.touched)
            return history.record_change(
                session,
                change_id,
                kind=edit.kind,
                by=by,
                at=at,
                reason=reason.strip(),
                body={
                    "ended": [row.code for row in planned.ended],
                    "made": sorted(codes),
                    "touched": sorted(planned.touched),
                    "before": {row.code: row.shape.wkb_hex for row in before if row.code in planned.touched},
                },
            )

    def undo(self, change_id: int, *, by: Editor, at: datetime, reason: str) -> FrameChange:
        """Take a change back: what it ended is in force again, the numbers it gave stay used.

        :raises CannotUndo: when a later change built on it, it was undone, or is no edit; NoSuchChange.
        """
        with self.sessions.begin() as session:
            history.lock_frame(session)
            change = history.get_change(session, change_id)
            if change.kind not in EDITS:
                raise CannotUndo(f"“{change.label}”不能撤回。")
            undone = [c for c in history.list_changes(session, most=500) if c.body.get("undoes") == change_id]
            if undone:
                raise CannotUndo(f"这次{change.label}已由 {undone[0].by_name} 撤回。")
            history.check_unmoved(session, [*change.body["made"], *change.body["ended"]], change.version)
            ended = history.read_grids(session, change.body["made"])
            history.reopen_grids(session, change_id)
            restored = self._restorable(session, change)
            history.redraw_touched(session, restored, plane=self.plane)
            history.move_components(session, change.body["made"])
            self._refresh(session, tuple(ended.values()), restored)
            undo_id = history.next_change_id(session)
            body = {
                "ended": change.body["made"],
                "made": change.body["ended"],
                "touched": [],
                "undoes": change_id,
            }
            words = reason.strip() or f"撤回{change.label}"
            return history.record_change(session, undo_id, kind="undo", by=by, at=at, reason=words, body=body)

    def _restorable(self, session: Session, change: FrameChange) -> dict[str, Polygon]:
        """Neighbours as they were before a change, of those that nothing has changed since."""
        found: dict[str, Polygon] = {}
        for code, wkb in change.body.get("before", {}).items():
            try:
                history.check_unmoved(session, [code], change.version)
            except history.FrameMoved:
                continue
            found[code] = cast(Polygon, shapely.from_wkb(wkb))
        return found

    def _plan(self, session: Session, edit: FrameEdit) -> _Planned:
        chosen = history.read_grids(session, edit.codes)
        if len({row.zone_code for row in chosen.values()}) > 1:
            raise OverBorder("所选网格有的在功能区内，有的在外，不能合成一片。")
        gaps = [_gap_at(session, point) for point in edit.gap_points]
        around = history.read_neighbours(session, edit.codes, [gap for _, gap in gaps], plane=self.plane)
        if edit.is_abolishing:
            return _Planned(tuple(chosen.values()), (), {}, tuple(around.values()))
        named, within = {code[:12] for code in chosen}, None
        if edit.gives_way and chosen:
            community, within = _home_of(session, [row.shape for row in chosen.values()])
            named = {community}
        if len(named | {community for community, _ in gaps}) > 1:
            raise OverBorder("空地和所选网格属于不同社区，网格不能跨社区。")
        shaped = reshape(
            {code: row.shape for code, row in chosen.items()},
            {code: row.shape for code, row in around.items()},
            edit.lines,
            [gap for _, gap in gaps],
            within=within,
        )
        community = gaps[0][0] if gaps else min(named)
        made = tuple(_heir(shape, community, chosen or around) for shape in shaped.made)
        return _Planned(tuple(chosen[c] for c in shaped.ended), made, shaped.touched, _drawn(around, shaped))

    def _check(self, session: Session, planned: _Planned, codes: Sequence[str]) -> FrameReport:
        """The check over what would be there: the new grids and those around them."""
        made = [
            SeenGrid(code=code, shape=grid.shape, land_use=grid.land_use, is_first_generation=False)
            for code, grid in zip(codes, planned.made, strict=True)
        ]
        around = [
            SeenGrid(code=row.code, shape=row.shape, land_use=row.land_use, is_first_generation=False)
            for row in planned.around
        ]
        codes_of = {row.code[:12] for row in planned.ended} | {g.community_code for g in planned.made}
        communities = read_community_shapes(session, sorted(codes_of))
        ended = shapely.union_all([row.shape for row in planned.ended])
        left = ended.difference(shapely.union_all([row.shape for row in planned.around]))
        ground = shapely.union_all([left, *(g.shape for g in planned.made)])
        shapes: dict[str, Polygon | MultiPolygon] = {
            code: _areas_of(shape.intersection(ground)) for code, shape in communities.items()
        }
        mine = {code: shape for code, shape in shapes.items() if not shape.is_empty}
        inner = check_frame(made, mine, self.limits) if made else check_frame([], {}, self.limits)
        outer = check_frame([*made, *around], {}, self.limits)
        clashes = tuple(d for d in outer.defects if d.kind == "overlap")
        return FrameReport(
            inner.grids, len(mine), inner.undivided, (*inner.defects, *clashes), inner.areas_m2
        )

    def _need_sound(self, session: Session, edit: FrameEdit, planned: _Planned, codes: Sequence[str]) -> None:
        report = self._check(session, planned, codes)
        faults = [defect for defect in report.defects if defect.severity == "error"]
        if faults and not edit.is_abolishing:
            raise UnsoundEdit(f"检查没有通过：{faults[0].words}没有保存。", defects=len(faults))

    def _refresh(self, session: Session, ended: Sequence[GridRow], touched: Mapping[str, Polygon]) -> None:
        codes = {row.responsibility_code for row in ended if row.responsibility_code}
        if touched:
            rows = history.read_grids(session, sorted(touched)).values()
            codes |= {row.responsibility_code for row in rows if row.responsibility_code}
        history.refresh_responsibility(session, sorted(codes), plane=self.plane)


def _heir(shape: Polygon, community: str, parents: Mapping[str, GridRow]) -> NewGrid:
    """A new grid takes responsibility, zone and use from the old one that most of it lay in, or beside."""

    def nearness(row: GridRow) -> tuple[bool, float, float, str]:
        shared = row.shape.intersection(shape)
        return row.code[:12] == community, shared.area, shared.length, row.code

    if not parents:
        return NewGrid(
            shape=shape, community_code=community, responsibility_code=None, zone_code=None,
            land_use="unknown", is_synthetic=False,
        )  # fmt: skip
    parent = max(parents.values(), key=nearness)
    return NewGrid(
        shape=shape,
        community_code=community,
        responsibility_code=parent.responsibility_code if parent.code[:9] == community[:9] else None,
        zone_code=parent.zone_code,
        land_use=parent.land_use,
        is_synthetic=parent.is_synthetic,
    )


def _home_of(session: Session, shapes: Sequence[Polygon]) -> tuple[str, Polygon | MultiPolygon]:
    """The community in which most of the ground lies around its middle, with its outline."""
    ground = shapely.union_all(list(shapes))
    middle = ground.representative_point()
    found = read_communities_at(session, PlanePoint(middle.x, middle.y))
    if not found:
        raise BadEdit("所选网格不在任何社区之内，无从校正。请改为撤销它。")
    return max(found.items(), key=lambda one: one[1].intersection(ground).area)


def _gap_at(session: Session, point: PlanePoint) -> tuple[str, Polygon]:
    """The bare ground of a community around a point, with the community's code."""
    here = shapely.Point(point.easting_m, point.northing_m)
    for code, outline in read_communities_at(session, point).items():
        taken = shapely.union_all(list(history.read_within(session, code).values()))
        for part in shapely.get_parts(shapely.difference(outline, taken)):
            if isinstance(part, Polygon) and part.intersects(here):
                return code, snap_to_grain(part)
    raise BadEdit("点的地方不是空地：它已经属于一个网格，或在所有社区之外。")


def _drawn(around: Mapping[str, GridRow], shaped: Reshaped) -> tuple[GridRow, ...]:
    return tuple(replace(row, shape=shaped.touched.get(code, row.shape)) for code, row in around.items())


def _areas_of(shape: shapely.Geometry) -> MultiPolygon:
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon)]
    return MultiPolygon(parts)
