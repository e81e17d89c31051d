"""Frames that come as survey files: read, compared with what is known, checked, then put in force at once.

Nothing is written before the whole file has been read and found sound; one transaction puts it in force.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from gis_core.coverage import Shapes
from gis_core.crs import Pairs, PlaneSystem, plane_reader
from gis_core.errors import Refused
from gis_core.shapes import snap_points
from gis_core.spatial_files import Heading, RowProblem, Rows, Told, opened
from grid.city import City
from grid.divisions import read_division_changes
from grid.rules.labels import Verdict, judge_label, need_true_label
from grid.rules.quality import FrameLimits, FrameReport, SeenGrid, check_frame
from grid.rules.succession import find_change
from grid.rules.survey_fields import UNIT_GRID, find_fields

Progress = Callable[[int, int], object]
"""Hears how many rows of how many have been read."""
MOST_ROWS = 200_000
"""A city has some ten thousand unit grids; a file with twenty times as many is another file."""


class TooManyRows(Refused):
    """The file has far more rows than a city has unit grids."""

    code = "too_many_rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyedGrid:
    """A row of a file of unit grids, in the plane system and on the stored grain."""

    row: int
    code: str
    shape: BaseGeometry | None
    responsibility_code: str | None = None
    land_use: str = ""

    @property
    def seen(self) -> SeenGrid:
        """The row as the check looks at it."""
        return SeenGrid(
            code=self.code,
            shape=self.shape,
            responsibility_code=self.responsibility_code,
            land_use=self.land_use,
            row=self.row,
        )


@dataclass(frozen=True, slots=True)
class FrameSurvey:
    """What a file of unit grids holds, how its label reads, and what the check found."""

    heading: Heading
    grids: tuple[SurveyedGrid, ...]
    ended: int
    problems: tuple[RowProblem, ...]
    verdict: Verdict | None
    report: FrameReport
    communities: tuple[str, ...] = field(default=())

    @property
    def usable(self) -> tuple[SurveyedGrid, ...]:
        """Grids that can be stored at all: a code of their own in a known community, one valid shape."""
        fatal = {"bad_code", "duplicate_code", "invalid_ring", "unknown_community"}
        lost = {d.row for d in self.report.defects if d.kind in fatal} | {p.row for p in self.problems}
        return tuple(grid for grid in self.grids if grid.row not in lost)

    @property
    def is_sound(self) -> bool:
        """Whether the frame may come into force."""
        return not self.problems and self.report.is_sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyor:
    """Reads survey files of one city."""

    city: City
    plane: PlaneSystem
    communities: Mapping[str, Polygon | MultiPolygon]
    limits: FrameLimits

    def read_unit_grids(
        self, path: Path, told: Told, *, trusts_label: bool = False, progress: Progress | None = None
    ) -> FrameSurvey:
        """The unit grids of a file, compared with the known communities and checked.

        :raises LyingLabel: when the coordinates are of another system than the file says.
        :raises BadSpatialFile: NoSystem, UnclearFields, UnknownSystem, and what else makes it unreadable.
        """
        with opened(path, told) as file:
            heading = file.heading
            if heading.rows > MOST_ROWS:
                raise TooManyRows(f"文件有 {heading.rows:,} 行，不像一座城市的单元网格。请核对文件。")
            fields = find_fields(heading.fields, UNIT_GRID)
            read: list[SurveyedGrid] = []
            raw: list[Shapes] = []
            problems: list[RowProblem] = []
            ended = 0
            for rows in file.read():
                kept = _in_force(rows, fields)
                ended += int((~kept).sum())
                problems += [p for p in rows.problems if kept[p.row - rows.first]]
                raw.append(rows.shapes[kept])
                read += _grids(rows, fields, kept)
                if progress is not None:
                    progress(rows.first - 1 + len(rows), heading.rows)
        shapes = np.concatenate(raw) if raw else np.array([], dtype=object)
        verdict = self._judge(read, shapes, heading.system)
        if verdict is not None:
            need_true_label(verdict, is_told=trusts_label)
        grids = self._placed(read, shapes, heading.system)
        problems += self._former(read)
        touched = sorted({grid.code[:12] for grid in grids} & {*self.communities})
        report = check_frame(
            [grid.seen for grid in grids if grid.row not in {p.row for p in problems}],
            {code: self.communities[code] for code in touched} if touched else self.communities,
            self.limits,
        )
        return FrameSurvey(heading, tuple(grids), ended, tuple(problems), verdict, report, tuple(touched))

    def _former(self, read: Sequence[SurveyedGrid]) -> list[RowProblem]:
        """Rows whose code is of a division that is no more, with what it is called today."""
        changes = read_division_changes(self.city)
        found = [(grid, find_change(changes, grid.code)) for grid in read]
        return [
            RowProblem(
                grid.row,
                "former_division",
                f"{change.old_name} {change.old_code} 已改为{change.new_name} {change.new_code}"
                f"（{change.changed_on.year} 年）。请把编码改为 {change.new_code}{grid.code[6:]}。",
            )
            for grid, change in found
            if change is not None
        ]

    def _judge(self, read: Sequence[SurveyedGrid], shapes: Shapes, system: str) -> Verdict | None:
        """Whether grids lie in the communities that their codes name; None when no code names one."""
        known = np.array([n for n, g in enumerate(read) if g.code[:12] in self.communities], dtype=np.int64)
        known = known[~shapely.is_missing(shapes[known])] if len(known) else known
        if not len(known):
            return None
        homes = np.array([self.communities[read[n].code[:12]] for n in known], dtype=object)
        shapely.prepare(homes)
        inside = shapely.get_coordinates(shapely.centroid(shapes[known]))

        def fits(points: Pairs) -> NDArray[np.bool_]:
            good = np.isfinite(points).all(axis=1)
            found = np.zeros(len(points), dtype=bool)
            found[good] = shapely.contains_xy(homes[good], points[good, 0], points[good, 1])
            return found

        return judge_label(inside, system, plane=self.plane, fits=fits, shift=self.city.xian80_shift)

    def _placed(self, read: Sequence[SurveyedGrid], shapes: Shapes, system: str) -> list[SurveyedGrid]:
        to_plane = plane_reader(system, self.plane, shift=self.city.xian80_shift)
        placed = shapely.transform(shapes, lambda pairs: snap_points(to_plane(pairs)))
        return [
            SurveyedGrid(
                row=grid.row,
                code=grid.code,
                shape=_single(shape),
                responsibility_code=grid.responsibility_code,
                land_use=grid.land_use,
            )
            for grid, shape in zip(read, placed.tolist(), strict=True)
        ]


def text_of(value: Any) -> str:
    """A cell as text: numbers without a decimal point, nothing for what is missing.

    >>> text_of(610303008007001.0), text_of(None), text_of(" 经二路 ")
    ('610303008007001', '', '经二路')
    """
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def column_of(rows: Rows, fields: Mapping[str, str], key: str) -> list[str]:
    """A column as texts; empty ones when the file does not have it."""
    if key not in fields:
        return [""] * len(rows)
    return [text_of(value) for value in rows.columns[fields[key]].tolist()]


def _in_force(rows: Rows, fields: Mapping[str, str]) -> NDArray[np.bool_]:
    """Rows without an end: what a survey lists as abolished is not taken in."""
    return np.array([not ended for ended in column_of(rows, fields, "valid_to")], dtype=bool)


def _grids(rows: Rows, fields: Mapping[str, str], kept: NDArray[np.bool_]) -> list[SurveyedGrid]:
    columns = {key: column_of(rows, fields, key) for key in ("code", "responsibility_code", "land_use")}
    return [
        SurveyedGrid(
            row=rows.first + n,
            code=columns["code"][n],
            shape=None,
            responsibility_code=columns["responsibility_code"][n] or None,
            land_use=columns["land_use"][n],
        )
        for n in np.flatnonzero(kept).tolist()
    ]


def _single(shape: BaseGeometry | None) -> BaseGeometry | None:
    """A multi-part shape of one part is that part; shapefiles know no other kind."""
    if isinstance(shape, MultiPolygon) and len(shape.geoms) == 1:
        return shape.geoms[0]
    return shape
