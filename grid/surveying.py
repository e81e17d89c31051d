"""Frames that come as survey files: read, compared with what is known, checked, then put in force at once.

Nothing is written before the whole file has been read and found sound; one transaction puts it in force.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from gis_core.coverage import Shapes
from gis_core.crs import Pairs, PlaneSystem, plane_reader
from gis_core.spatial_files import Heading, RowProblem, Told
from grid.city import City
from grid.divisions import read_division_changes
from grid.rules.labels import Verdict, judge_label, need_true_label
from grid.rules.quality import FrameLimits, FrameReport, SeenGrid, check_frame
from grid.rules.succession import find_change
from grid.rules.survey_fields import UNIT_GRID
from grid.survey_keeping import Keeping
from grid.survey_reading import Progress, SurveyRows, need_map, place, read_survey

MOST_ROWS = 200_000
"""A city has some ten thousand unit grids; a file with twenty times as many is another file."""


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
    """What a file of unit grids holds, how its label reads, and what the check found.

    `resumed` rows had been read by an import before, and `is_check_kept` says that it had checked them too.
    """

    heading: Heading
    grids: tuple[SurveyedGrid, ...]
    ended: int
    problems: tuple[RowProblem, ...]
    verdict: Verdict | None
    report: FrameReport
    communities: tuple[str, ...] = field(default=())
    resumed: int = 0
    is_check_kept: bool = False

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
    keeping: Keeping | None = None

    def read_unit_grids(
        self, path: Path, told: Told, *, trusts_label: bool = False, progress: Progress | None = None
    ) -> FrameSurvey:
        """The unit grids of a file, compared with the known communities and checked.

        :raises LyingLabel: when the coordinates are of another system than the file says.
        :raises BadSpatialFile: NoSystem, UnclearFields, UnknownSystem, and what else makes it unreadable.
        """
        read = read_survey(
            path,
            told,
            UNIT_GRID,
            most=MOST_ROWS,
            what="一座城市的单元网格",
            keeping=self.keeping,
            progress=progress,
        )
        rows = [n for n, ended in enumerate(read.texts["valid_to"]) if not ended]
        shapes = read.shapes[rows]
        grids = _grids(read, rows)
        system = read.heading.system
        verdict = self._judge(grids, shapes, system)
        if verdict is not None:
            need_true_label(verdict, is_told=trusts_label)
        to_plane = plane_reader(system, self.plane, shift=self.city.xian80_shift)
        placed, lost = place(shapes, [grid.row for grid in grids], to_plane)
        need_map(placed, [grid.row for grid in grids])
        grids = [replace(grid, shape=_single(shape)) for grid, shape in zip(grids, placed, strict=True)]
        in_force = {grid.row for grid in grids}
        problems = [p for p in read.problems if p.row in in_force] + [*lost, *self._former(grids)]
        touched = tuple(sorted({grid.code[:12] for grid in grids} & {*self.communities}))
        report, is_kept = self._check(grids, {p.row for p in problems}, touched)
        return FrameSurvey(
            heading=read.heading,
            grids=tuple(grids),
            ended=read.heading.rows - len(grids),
            problems=tuple(problems),
            verdict=verdict,
            report=report,
            communities=touched,
            resumed=read.resumed,
            is_check_kept=is_kept,
        )

    def _check(
        self, grids: Sequence[SurveyedGrid], bad: set[int], touched: Sequence[str]
    ) -> tuple[FrameReport, bool]:
        """The check of the grids whose rows can be taken, and whether it was kept from before."""
        seen = [grid.seen for grid in grids if grid.row not in bad]
        outlines = {code: self.communities[code] for code in touched} if touched else self.communities
        if self.keeping is None:
            return check_frame(seen, outlines, self.limits), False
        return self.keeping.check(seen, outlines, self.limits)

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


def _grids(read: SurveyRows, rows: Sequence[int]) -> list[SurveyedGrid]:
    """Rows as grids, their shapes left out."""
    texts = read.texts
    return [
        SurveyedGrid(
            row=n + 1,
            code=texts["code"][n],
            shape=None,
            responsibility_code=texts["responsibility_code"][n] or None,
            land_use=texts["land_use"][n],
        )
        for n in rows
    ]


def _single(shape: BaseGeometry | None) -> BaseGeometry | None:
    """A multi-part shape of one part is that part; shapefiles know no other kind."""
    if isinstance(shape, MultiPolygon) and len(shape.geoms) == 1:
        return shape.geoms[0]
    return shape
