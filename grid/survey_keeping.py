"""What was read and checked of a survey file, kept beside the database until the file is in force.

An import that was broken off, or tried with a dry run, goes on from there. What is kept is the answer to a
question: the rows of a file of these bytes read with these wishes, the check of grids with these shapes. Its
name is the digest of the question and of the program that answers it, so an answer is never taken for
another's; its content is sealed, so half an answer is none.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

import gis_core.coverage
import gis_core.dbf_tables
import gis_core.spatial_files
import grid.rules.codes
import grid.rules.numbering
import grid.rules.quality
from gis_core.coverage import Shapes
from gis_core.digests import code_of, digest
from gis_core.spatial_files import RowProblem, Told
from grid.register.importing import sha256_of
from grid.rules.quality import Defect, FrameLimits, FrameReport, SeenGrid, check_frame

READ_ROWS = 5_000
"""Rows that are read, and kept, at once; a file of fewer is read in a moment and is not kept."""
KEPT_S = 7 * 24 * 3600
READERS = (gis_core.spatial_files, gis_core.dbf_tables)
CHECKERS = (grid.rules.quality, grid.rules.numbering, grid.rules.codes, gis_core.coverage)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a file as they were read: from which row on, texts by what they mean, flat shapes in the
    file's own coordinates, what is wrong with shapes.
    """

    first: int
    texts: Mapping[str, Sequence[str]]
    shapes: Shapes
    problems: tuple[RowProblem, ...]

    def __len__(self) -> int:
        return len(self.shapes)


@dataclass(frozen=True, slots=True)
class Keeping:
    """The folder where answers are kept, and how many rows are read at once."""

    folder: Path
    batch: int = READ_ROWS

    def reading_of(self, path: Path, told: Told, keys: Iterable[str]) -> "KeptReading":
        """What is kept of the reading of a file."""
        question = [sha256_of(path), asdict(told), sorted(keys), code_of(READERS)]
        return KeptReading(self.folder / digest(json.dumps(question).encode()))

    def check(
        self, grids: Sequence[SeenGrid], communities: Mapping[str, BaseGeometry], limits: FrameLimits
    ) -> tuple[FrameReport, bool]:
        """The check of a frame, and whether it was kept from before."""
        name = _check_name(grids, communities, limits)
        kept = self.folder / "checks" / name
        found = _open_sealed(kept)
        if found is not None:
            return _report_from(*found), True
        report = check_frame(grids, communities, limits)  # type: ignore[arg-type]  # outlines are areas
        if len(grids) > self.batch:
            _seal(kept, *_report_as(report))
        return report, False

    def sweep(self, now_s: float) -> None:
        """Take away what nobody came back for in a week; `now_s` in seconds since 1970."""
        for old in [*self.folder.glob("*"), *self.folder.glob("checks/*")]:
            if old.name != "checks" and old.stat().st_mtime < now_s - KEPT_S:
                shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)

    def forget(self) -> None:
        """Take everything away: the frame is in force."""
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class KeptReading:
    """The pieces of one reading that are kept, in a folder of their own."""

    folder: Path

    def pieces(self) -> Iterator[Piece]:
        """Pieces from the first row on, as far as they follow each other unbroken."""
        after = 0
        while (found := _open_sealed(self.folder / f"{after + 1:09d}")) is not None:
            piece = _piece_from(*found)
            yield piece
            after += len(piece)

    def keep(self, piece: Piece) -> None:
        """Keep a piece."""
        head = {
            "first": piece.first,
            "texts": {key: list(texts) for key, texts in piece.texts.items()},
            "problems": [[p.row, p.code, p.words] for p in piece.problems],
        }
        _seal(self.folder / f"{piece.first:09d}", head, shapely.to_wkb(piece.shapes).tolist())


def _piece_from(head: Mapping[str, Any], blobs: Sequence[bytes | None]) -> Piece:
    problems = tuple(RowProblem(*problem) for problem in head["problems"])
    return Piece(head["first"], head["texts"], _shapes_from(blobs), problems)


def _shapes_from(blobs: Sequence[bytes | None]) -> Shapes:
    shapes: Shapes = shapely.from_wkb(np.array([*blobs, None], dtype=object)[:-1])
    return shapes


def _report_as(report: FrameReport) -> tuple[dict[str, Any], list[bytes | None]]:
    head = {
        "grids": report.grids,
        "communities": report.communities,
        "undivided": list(report.undivided),
        "defects": [[d.kind, list(d.codes), d.words, d.area_m2, d.row] for d in report.defects],
    }
    shapes = [None if d.shape is None else shapely.to_wkb(d.shape) for d in report.defects]
    return head, [np.asarray(report.areas_m2, dtype="<f8").tobytes(), *shapes]


def _report_from(head: Mapping[str, Any], blobs: Sequence[bytes | None]) -> FrameReport:
    defects = [
        Defect(kind=kind, codes=tuple(codes), words=words, shape=shape, area_m2=area_m2, row=row)
        for (kind, codes, words, area_m2, row), shape in zip(
            head["defects"], _shapes_from(blobs[1:]), strict=True
        )
    ]
    areas_m2 = np.frombuffer(blobs[0] or b"", dtype="<f8")
    return FrameReport(head["grids"], head["communities"], tuple(head["undivided"]), tuple(defects), areas_m2)


def _check_name(
    grids: Sequence[SeenGrid], communities: Mapping[str, BaseGeometry], limits: FrameLimits
) -> str:
    said = [[g.code, g.responsibility_code, g.land_use, g.is_first_generation, g.row] for g in grids]
    bounds = asdict(limits) | {"large_uses": sorted(limits.large_uses)}
    question = json.dumps([said, list(communities), bounds, code_of(CHECKERS)])
    shapes = [*(g.shape for g in grids), *communities.values()]
    blobs = shapely.to_wkb(np.array([*shapes, None], dtype=object)[:-1])
    return digest(question.encode(), *(blob or b"" for blob in blobs))


def _seal(path: Path, head: Mapping[str, Any], blobs: Sequence[bytes | None]) -> None:
    """Write an answer whole or not at all; a full disk only means that it is not kept."""
    lengths = [-1 if blob is None else len(blob) for blob in blobs]
    body = b"".join(
        [json.dumps([head, lengths]).encode("ascii"), b"\n", *(blob for blob in blobs if blob is not None)]
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        arriving = path.with_suffix(".arriving")
        arriving.write_bytes(hashlib.sha256(body).digest() + body)
        arriving.rename(path)
    except OSError:
        return


def _open_sealed(path: Path) -> tuple[dict[str, Any], list[bytes | None]] | None:
    """An answer with its blobs; None when there is none or it is not whole."""
    try:
        whole = path.read_bytes()
    except OSError:
        return None
    seal, body = whole[:32], whole[32:]
    if hashlib.sha256(body).digest() != seal:
        return None
    line, _, rest = body.partition(b"\n")
    head, lengths = json.loads(line)
    blobs: list[bytes | None] = []
    at = 0
    for length in lengths:
        blobs.append(None if length < 0 else rest[at : at + length])
        at += max(length, 0)
    return head, blobs
