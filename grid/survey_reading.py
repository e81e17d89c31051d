"""The rows of a survey file with what their columns mean: read batch by batch, gone on with after a break."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis_core.coverage import Shapes
from gis_core.crs import Pairs
from gis_core.errors import Refused
from gis_core.shapes import snap_points
from gis_core.spatial_files import Heading, RowProblem, Rows, SpatialFile, Told, opened
from grid.rules.survey_fields import Wanted, find_fields
from grid.survey_keeping import READ_ROWS, Keeping, KeptReading, Piece

PAIRS_AT_ONCE = 5_000_000
MOST_MEETING = 25
"""Boxes that meet the box of a shape, itself among them, on average."""
Progress = Callable[[int, int], object]
"""Hears how many rows of how many have been read."""


class TooManyRows(Refused):
    """The file has far more rows than a city has of the kind."""

    code = "too_many_rows"


class HeapedShapes(Refused):
    """Shapes of the file lie over each other in heaps, as those of a map cannot."""

    code = "heaped_shapes"


@dataclass(frozen=True, slots=True)
class SurveyRows:
    """All rows of a file, the first at place 0; shapes flat, in the file's own coordinates.

    `resumed` rows were read by an import before this one.
    """

    heading: Heading
    texts: Mapping[str, Sequence[str]]
    shapes: Shapes
    problems: tuple[RowProblem, ...]
    resumed: int


def read_survey(
    path: Path,
    told: Told,
    wanted: Sequence[Wanted],
    *,
    most: int,
    what: str,
    keeping: Keeping | None = None,
    progress: Progress | None = None,
) -> SurveyRows:
    """The rows of a file; with `keeping`, those that an import before has read are not read again.

    :raises TooManyRows: BadSpatialFile, NoSystem, UnclearFields, UnknownSystem.
    """
    with opened(path, told) as file:
        heading = file.heading
        if heading.rows > most:
            raise TooManyRows(f"文件有 {heading.rows:,} 行，不像{what}。请核对文件。什么都没有写入。")
        fields = find_fields(heading.fields, wanted)
        batch = keeping.batch if keeping else READ_ROWS
        kept = None
        if keeping is not None and heading.rows > batch:
            kept = keeping.reading_of(path, told, (f"{one.key}={fields.get(one.key)}" for one in wanted))
        pieces = [*kept.pieces()] if kept else []
        resumed = sum(map(len, pieces))
        if progress is not None:
            progress(resumed, heading.rows)
        for piece in _read_on(file, fields, wanted, after=resumed, batch=batch, kept=kept):
            pieces.append(piece)
            if progress is not None:
                progress(piece.first - 1 + len(piece), heading.rows)
    return SurveyRows(
        heading,
        {one.key: [text for piece in pieces for text in piece.texts[one.key]] for one in wanted},
        np.concatenate([piece.shapes for piece in pieces]) if pieces else np.array([], dtype=object),
        tuple(problem for piece in pieces for problem in piece.problems),
        resumed,
    )


def _read_on(
    file: SpatialFile,
    fields: Mapping[str, str],
    wanted: Sequence[Wanted],
    *,
    after: int,
    batch: int,
    kept: KeptReading | None,
) -> Iterator[Piece]:
    for rows in file.read(after=after, batch=batch):
        texts = {one.key: _column(rows, fields, one.key) for one in wanted}
        piece = Piece(rows.first, texts, rows.shapes, rows.problems)
        if kept is not None:
            kept.keep(piece)
        yield piece


def place(
    shapes: Shapes, rows: Sequence[int], to_plane: Callable[[Pairs], Pairs]
) -> tuple[Shapes, tuple[RowProblem, ...]]:
    """Shapes in the plane system on the stored grain; one without a place there is None, with the reason."""
    placed: Shapes = shapely.transform(shapes, to_plane)
    pairs, index = shapely.get_coordinates(placed, return_index=True)
    lost = np.unique(index[~np.isfinite(pairs).all(axis=1)]).tolist()
    placed[lost] = None
    words = "坐标无法换算到本市平面坐标系。请检查坐标系，或坐标是否北坐标在前。"
    problems = tuple(RowProblem(rows[n], "no_place", words) for n in lost)
    return shapely.transform(placed, snap_points), problems


def need_map(shapes: Shapes, rows: Sequence[int]) -> None:
    """Refuse shapes that lie in heaps: comparing each with each would take hours and all memory.

    In a map each face has fewer than six neighbours on average (Euler), and boxes around faces seldom meet
    twice as many.

    :raises HeapedShapes: naming the first row that most others lie over.
    """
    tree, count = shapely.STRtree(shapes), len(shapes)
    found, step = 0, max(1, PAIRS_AT_ONCE // max(count, 1))
    for start in range(0, count, step):
        mine, _ = tree.query(shapes[start : start + step])
        found += len(mine)
        if found > MOST_MEETING * count + PAIRS_AT_ONCE // 100:
            over = np.bincount(mine)
            n = int(over.argmax())
            raise HeapedShapes(
                f"图形层层叠放，不像一张图：第 {rows[start + n]:,} 行的图形与 {int(over[n]) - 1:,} 行相压。"
                "请核对是否重复导出。什么都没有写入。",
                row=rows[start + n],
            )


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


def _column(rows: Rows, fields: Mapping[str, str], key: str) -> list[str]:
    """A column as texts; empty ones when the file does not have it."""
    if key not in fields:
        return [""] * len(rows)
    return [text_of(value) for value in rows.columns[fields[key]].tolist()]
