"""Responsibility grids, divisions and zones that come as survey files, laid over the unit grids in force."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.clock import city_time
from gis_core.crs import Pairs, PlaneSystem, plane_reader
from gis_core.db import Sessions
from gis_core.errors import Refused
from gis_core.shapes import to_ewkb
from gis_core.spatial_files import RowProblem, Told
from grid import frame_history as history
from grid.city import City
from grid.frame_history import Editor, FrameChange
from grid.reading import read_seen_frame
from grid.rules.codes import BadCode, ResponsibilityCode
from grid.rules.labels import Verdict, judge_label, need_true_label
from grid.rules.quality import SeenGrid
from grid.rules.survey_fields import DIVISION, RESPONSIBILITY_GRID, ZONE, Wanted
from grid.survey_keeping import Keeping
from grid.survey_reading import Progress, need_map, place, read_survey

Kind = Literal["responsibility", "divisions", "zones"]
FIELDS: dict[Kind, Sequence[Wanted]] = {
    "responsibility": RESPONSIBILITY_GRID,
    "divisions": DIVISION,
    "zones": ZONE,
}
WHOLLY = 0.98
"""Of a unit grid so much must lie in an area for it to be wholly in; so little else for it to be out."""
OVERLAP_M2 = 1.0
MOST_SHAPES = 20_000
SHORTEST_ZONE, LONGEST_ZONE = 2, 12
LEVELS = {6: "district", 9: "subdistrict", 12: "community"}


class LayerNotSound(Refused):
    """Areas of the file cannot be laid over the frame as they are."""

    code = "layer_not_sound"


@dataclass(frozen=True, slots=True)
class Area:
    """An area of a file in the plane system."""

    row: int
    code: str
    name: str
    shape: MultiPolygon


@dataclass(frozen=True, slots=True)
class AreaSurvey:
    """What a file holds, how its label reads, and what is wrong with it row by row."""

    kind: Kind
    system: str
    areas: tuple[Area, ...]
    problems: tuple[RowProblem, ...]
    verdict: Verdict | None
    resumed: int = 0

    @property
    def is_sound(self) -> bool:
        """Whether the areas may come into force."""
        return not self.problems


def read_areas(
    sessions: Sessions,
    city: City,
    plane: PlaneSystem,
    *,
    kind: Kind,
    path: Path,
    told: Told,
    trusts_label: bool,
    keeping: Keeping | None = None,
    progress: Progress | None = None,
) -> AreaSurvey:
    """The areas of a file, checked against one another and the unit grids in force.

    With `keeping` and `progress` as in `read_survey`.

    :raises LyingLabel: TooManyRows, NoSystem, UnclearFields, BadSpatialFile and what else keeps it unread.
    """
    with sessions() as session:
        grids = read_seen_frame(session)
        known = _known_codes(session, kind)
    read = read_survey(
        path,
        told,
        FIELDS[kind],
        most=MOST_SHAPES,
        what="责任网格、区划或功能区",
        keeping=keeping,
        progress=progress,
    )
    system, codes, names = read.heading.system, read.texts["code"], read.texts["name"]
    verdict = _judge(read.shapes, system, grids, plane=plane, city=city)
    if verdict is not None:
        need_true_label(verdict, is_told=trusts_label)
    to_plane = plane_reader(system, plane, shift=city.xian80_shift)
    rows = range(1, len(read.shapes) + 1)
    placed, lost = place(read.shapes, rows, to_plane)
    need_map(placed, rows)
    problems = [*read.problems, *lost]
    areas: list[Area] = []
    bad = {problem.row for problem in problems}
    for row, (code, name, shape) in enumerate(zip(codes, names, placed.tolist(), strict=True), start=1):
        if row in bad:
            continue
        trouble = _trouble(kind, code, shape, known, {area.code for area in areas})
        if trouble is not None:
            problems.append(RowProblem(row, *trouble))
        else:
            areas.append(Area(row, code, name, _multi(shape)))
    problems += _overlaps(areas)
    with sessions() as session:
        problems += _over_what_stays(session, kind, areas, plane)
    if kind != "divisions":
        problems += _astride(areas, grids)
    return AreaSurvey(kind, system, tuple(areas), tuple(problems), verdict, read.resumed)


def put_in_force(
    sessions: Sessions,
    survey: AreaSurvey,
    plane: PlaneSystem,
    *,
    organisation: str,
    by: Editor,
    at: datetime,
    reason: str,
) -> FrameChange:
    """Put the areas in force from the day of `at`, in one transaction; zones are run by `organisation`.

    :raises LayerNotSound: when something is wrong with one of them; nothing is written then.
    """
    if not survey.is_sound:
        raise LayerNotSound("文件有错误，没有写入任何内容。请按列出的行修正后重新导入。")
    on = city_time(at).date()
    with sessions.begin() as session:
        history.lock_frame(session)
        change_id = history.next_change_id(session)
        for area in survey.areas:
            _write(session, survey.kind, area, on=on, plane=plane, organisation=organisation)
        codes = sorted(area.code for area in survey.areas)
        _lay_over_grids(session, survey.kind, codes)
        body = {"ended": [], "made": [], "touched": [], "kind": survey.kind, "areas": codes}
        return history.record_change(
            session, change_id, kind="import", by=by, at=at, reason=reason, body=body
        )


def _known_codes(session: Session, kind: Kind) -> set[str]:
    """Codes an area may belong to: divisions in force."""
    if kind == "zones":
        return set()
    return {*session.execute(text("SELECT code FROM grid.division WHERE valid_to IS NULL")).scalars()}


def _trouble(
    kind: Kind, code: str, shape: BaseGeometry | None, known: set[str], seen: set[str]
) -> tuple[str, str] | None:
    """What is wrong with one row by itself: its shape, then its code."""
    if not isinstance(shape, Polygon | MultiPolygon) or shape.is_empty:
        return "no_area", f"{code or '（无编码）'} 应为面。"
    if not shape.is_valid:
        return "invalid_ring", f"{code} 的边界自相交或有误。"
    if code in seen:
        return "duplicate_code", f"编码 {code} 出现不止一次。"
    return _CODE_TROUBLE[kind](code, known)


def _responsibility_code(code: str, known: set[str]) -> tuple[str, str] | None:
    try:
        parsed = ResponsibilityCode.parse(code)
    except BadCode as problem:
        return "bad_code", problem.message
    if parsed.subdistrict_code not in known:
        return "unknown_division", f"{code} 的街道（镇）{parsed.subdistrict_code} 不存在。"
    return None


def _division_code(code: str, known: set[str]) -> tuple[str, str] | None:
    if code in known and len(code) in LEVELS:
        return None
    return "unknown_division", f"区划 {code[:20] or '（无编码）'} 不在区划名录中。请核对代码。"


def _zone_code(code: str, _known: set[str]) -> tuple[str, str] | None:
    if SHORTEST_ZONE <= len(code) <= LONGEST_ZONE and code.isascii() and code.isalnum():
        return None
    return "bad_code", f"功能区代码“{code[:20]}”应为 {SHORTEST_ZONE} 至 {LONGEST_ZONE} 位字母或数字。"


_CODE_TROUBLE: dict[Kind, Callable[[str, set[str]], tuple[str, str] | None]] = {
    "responsibility": _responsibility_code,
    "divisions": _division_code,
    "zones": _zone_code,
}


def _judge(
    raw: NDArray[np.object_], system: str, grids: Sequence[SeenGrid], *, plane: PlaneSystem, city: City
) -> Verdict | None:
    """Corners of surveyed areas run along borders of the frame that is known."""
    vertices = shapely.get_coordinates(raw[~shapely.is_missing(raw)])
    if not len(vertices) or not grids:
        return None
    shapes = np.array([grid.shape for grid in grids], dtype=object)
    borders = shapely.boundary(shapes)
    tree = shapely.STRtree(borders)

    def fits(points: Pairs) -> NDArray[np.bool_]:
        good = np.flatnonzero(np.isfinite(points).all(axis=1))
        found = np.zeros(len(points), dtype=bool)
        near, _ = tree.query(shapely.points(points[good]), predicate="dwithin", distance=2.0)
        found[good[np.unique(near)]] = True
        return found

    return judge_label(vertices, system, plane=plane, fits=fits, shift=city.xian80_shift)


def _multi(shape: Polygon | MultiPolygon) -> MultiPolygon:
    return shape if isinstance(shape, MultiPolygon) else MultiPolygon([shape])


def _overlaps(areas: Sequence[Area]) -> list[RowProblem]:
    """Areas of one level that lie over each other."""
    found: list[RowProblem] = []
    for length in sorted({len(area.code) for area in areas}):
        mine = [area for area in areas if len(area.code) == length]
        shapes = np.array([area.shape for area in mine], dtype=object)
        one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        one, other = one[one < other], other[one < other]
        shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
        for k in np.flatnonzero(shared > OVERLAP_M2):
            a, b = mine[one[k]], mine[other[k]]
            found.append(RowProblem(a.row, "overlap", f"{a.code} 与 {b.code} 重叠 {shared[k]:,.0f} 平方米。"))
    return found


def _over_what_stays(
    session: Session, kind: Kind, areas: Sequence[Area], plane: PlaneSystem
) -> list[RowProblem]:
    """Areas that lie over one in force which the file does not bring, and so would stay beneath."""
    codes = [area.code for area in areas]
    found: list[RowProblem] = []
    for area in areas:
        asked = {
            "codes": codes,
            "ewkb": to_ewkb(area.shape, plane),
            "most": OVERLAP_M2,
            "long": len(area.code),
        }
        for other, shared in session.execute(text(_STAYS[kind]), asked):
            words = f"{area.code} 压住文件中没有的 {other}（{shared:,.0f} 平方米）。请把它一并放进文件。"
            found.append(RowProblem(area.row, "overlaps_in_force", words))
    return found


_STAYS_WHERE = """
, (SELECT ST_GeomFromEWKB(:ewkb) AS shape) AS a
WHERE valid_to IS NULL AND code <> ALL(:codes) AND length(code) = :long
  AND ST_Intersects(geom, a.shape) AND ST_Area(ST_Intersection(geom, a.shape)) > :most
ORDER BY code LIMIT 3
"""
_STAYS_SHARED = "SELECT code, ST_Area(ST_Intersection(geom, a.shape)) FROM "
_STAYS: dict[Kind, str] = {
    "responsibility": _STAYS_SHARED + "grid.responsibility_grid" + _STAYS_WHERE,
    "divisions": _STAYS_SHARED + "grid.division" + _STAYS_WHERE,
    "zones": _STAYS_SHARED + "grid.zone" + _STAYS_WHERE,
}


def _astride(areas: Sequence[Area], grids: Sequence[SeenGrid]) -> list[RowProblem]:
    """Areas whose border cuts through a unit grid: a unit grid is wholly in or wholly out."""
    if not areas or not grids:
        return []
    shapes = np.array([area.shape for area in areas], dtype=object)
    ground = np.array([grid.shape for grid in grids], dtype=object)
    area, grid = shapely.STRtree(ground).query(shapes, predicate="intersects")
    share = shapely.area(shapely.intersection(shapes[area], ground[grid])) / shapely.area(ground[grid])
    cut = (share > 1 - WHOLLY) & (share < WHOLLY)
    found: list[RowProblem] = []
    for n in np.unique(area[cut]).tolist():
        mine = grid[cut & (area == n)]
        first = grids[int(mine[0])].code
        words = f"{areas[n].code} 的界线穿过 {len(mine)} 个单元网格，如 {first}。网格应整个在内或在外。"
        found.append(RowProblem(areas[n].row, "cuts_unit_grids", words))
    return found


def _write(
    session: Session, kind: Kind, area: Area, *, on: date, plane: PlaneSystem, organisation: str
) -> None:
    """End what was there and begin the new area; one that has no shape yet only gets it."""
    given = {
        "code": area.code,
        "name": area.name,
        "ewkb": to_ewkb(area.shape, plane),
        "on": on,
        "organisation": organisation,
    }
    if kind == "divisions":
        given["level"] = LEVELS[len(area.code)]
        session.execute(text(_NEW_DIVISION), given)
    elif kind == "zones":
        session.execute(
            text("UPDATE grid.zone SET valid_to = :on WHERE code = :code AND valid_to IS NULL"), given
        )
        session.execute(text(_NEW_ZONE), given)
    else:
        session.execute(
            text(
                "UPDATE grid.responsibility_grid SET valid_to = :on WHERE code = :code AND valid_to IS NULL"
            ),
            given,
        )
        session.execute(text(_NEW_RESPONSIBILITY), given)


_NEW_DIVISION = """
WITH old AS (
    UPDATE grid.division SET valid_to = :on WHERE code = :code AND valid_to IS NULL
    RETURNING name, kind, parent_code
)
INSERT INTO grid.division
    (code, name, level, kind, parent_code, geom, valid_from, source, shape_source, is_synthetic)
SELECT :code, coalesce(nullif(:name, ''), old.name), :level, old.kind, old.parent_code,
       ST_GeomFromEWKB(:ewkb), :on, '普查', '普查', false FROM old
"""
_NEW_ZONE = """
INSERT INTO grid.zone (code, name, organisation_code, geom, valid_from, source, is_synthetic)
VALUES (:code, :name, :organisation, ST_GeomFromEWKB(:ewkb), :on, '普查', false)
"""
_NEW_RESPONSIBILITY = """
INSERT INTO grid.responsibility_grid (code, name, subdistrict_code, geom, valid_from, is_synthetic)
SELECT g.code, coalesce(nullif(:name, ''), g.code), left(g.code, 9), ST_GeomFromEWKB(:ewkb), :on, false
FROM (SELECT CAST(:code AS text) AS code) AS g
"""


def _lay_over_grids(session: Session, kind: Kind, codes: Sequence[str]) -> None:
    """Unit grids take the code of the area over them; grids that an area left have none."""
    for sentence in _LAY_OVER[kind]:
        session.execute(text(sentence), {"codes": codes})


_LAY_OVER: dict[Kind, tuple[str, ...]] = {
    "divisions": (),
    "zones": (
        "UPDATE grid.unit_grid SET zone_code = NULL WHERE valid_to IS NULL AND zone_code = ANY(:codes)",
        "UPDATE grid.unit_grid g SET zone_code = a.code FROM grid.zone a WHERE g.valid_to IS NULL"
        " AND a.valid_to IS NULL AND a.code = ANY(:codes)"
        " AND ST_Intersects(a.geom, ST_PointOnSurface(g.geom))",
    ),
    "responsibility": (
        "UPDATE grid.unit_grid SET responsibility_code = NULL"
        " WHERE valid_to IS NULL AND responsibility_code = ANY(:codes)",
        "UPDATE grid.unit_grid g SET responsibility_code = a.code FROM grid.responsibility_grid a"
        " WHERE g.valid_to IS NULL AND a.valid_to IS NULL AND a.code = ANY(:codes)"
        " AND ST_Intersects(a.geom, ST_PointOnSurface(g.geom))",
    ),
}
