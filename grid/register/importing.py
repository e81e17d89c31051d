"""A survey file into the register: staged in batches with every check, reported, moved all at once.

Each batch is a transaction of its own, so an import that was broken off (or killed) goes on after the last
one when the same file comes again. Until the last transaction nothing of it is in the register.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from gis_core.clock import city_time
from gis_core.crs import Pairs, PlaneSystem, plane_reader
from gis_core.db import Sessions
from gis_core.errors import BadInput, Conflict, Refused
from gis_core.spatial_files import Rows, SpatialFile, Told, middles_of, opened, texts_of
from grid.bulk import copy_rows, copy_text
from grid.city import City
from grid.reading import FrameInForce, read_frame
from grid.register import import_state, staging
from grid.register.known import (
    load_all_attributes,
    load_attributes,
    load_known,
    load_register_limits,
)
from grid.rules.labels import MOST_POINTS, Verdict, judge_label, need_true_label
from grid.rules.register import Asking, need_fields, recognise_fields
from grid.rules.surveyed import FINDINGS, Checked, Finding, Known, SeenRows, check_rows

BATCH = 25_000
LABEL_ROWS = MOST_POINTS
Progress = Callable[[str, int, int], None]
"""Told what is being done, how many rows are done and how many there are."""


class NothingGood(Refused):
    """The file has rows at fault, and nobody asked to keep the others; or it has no good row at all."""

    code = "rows_at_fault"


class ImportBusy(Conflict):
    """Another process works on this very import."""

    code = "import_busy"


class NoFrame(Refused):
    """There are no unit grids to check components against."""

    code = "no_frame"


class CodeAsFraction(BadInput):
    """The codes of a file were kept as fractions and have lost their last digits."""

    code = "code_as_fraction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What somebody says of a file: see `Told`, and how its codes, fields and label are to be taken."""

    layer: str | None = None
    system: str | None = None
    encoding: str | None = None
    is_northing_first: bool = False
    may_be_flattened: bool = False
    edition: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    is_label_trusted: bool = False

    def told(self) -> Told:
        """What the reader of files has to know."""
        return Told(
            layer=self.layer,
            system=self.system,
            encoding=self.encoding,
            is_northing_first=self.is_northing_first,
            may_be_flattened=self.may_be_flattened,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What was found in a file: rows, good ones, findings by kind (error kinds first)."""

    import_id: int
    rows: int
    rows_good: int
    counts: Mapping[str, int]

    @property
    def has_errors(self) -> bool:
        """Whether some row may not enter the register."""
        return self.rows_good < self.rows


def silent(_what: str, _done: int, _all: int) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Importing:
    """Imports into one city's register."""

    sessions: Sessions
    city: City
    plane: PlaneSystem

    def begin(self, path: Path, wishes: Wishes, asking: Asking) -> int:
        """The number of the import of a file: a new one, or that of the same file that was broken off."""
        digest = sha256_of(path)
        with self.sessions.begin() as session:
            return import_state.begin(session, digest, path.name, asdict(wishes), asking)

    def check(
        self, import_id: int, path: Path, wishes: Wishes, *, at: datetime, progress: Progress = silent
    ) -> ImportReport:
        """Read the file, stage its rows and find all that is wrong with them; nothing enters the register.

        A file that is refused leaves its import marked so, with the reason.

        :raises LyingLabel: when the coordinates are of another system than they are said to be.
        :raises NoFrame: when there are no unit grids to check by.
        :raises AmbiguousField: when a field may be several attributes.
        :raises MissingField: when a mandatory attribute has no field.
        :raises CodeAsFraction: when codes were saved as fractions.
        :raises BadSpatialFile: when the file cannot be read.
        :raises ImportBusy: when another process has this import in hand.
        """
        with self._alone(import_id):
            try:
                return self._check(import_id, path, wishes, at=at, progress=progress)
            except (BadInput, Refused) as refusal:
                with self.sessions.begin() as session:
                    staging.refuse(session, import_id, refusal.code, refusal.message, at)
                raise

    def apply(self, import_id: int, *, keep_good: bool, asking: Asking, progress: Progress = silent) -> int:
        """Move the checked rows into the register in one transaction; how many went in.

        :raises NothingGood: when rows are at fault and `keep_good` is not said; nothing is written then.
        :raises RegisterMoved: when it is not checked, or done already.
        """
        with self._alone(import_id):
            report = self.report(import_id)
            at_fault = report.rows - report.rows_good
            if at_fault and not keep_good:
                raise NothingGood(
                    f"{report.rows:,} 行中有 {at_fault:,} 行有误，什么都没有写入。"
                    "请按报告改正后重新导入，或确认只保留无误的行。",
                    at_fault=at_fault,
                )
            if not report.rows_good:
                raise NothingGood("没有一行可以写入登记册。请按报告改正后重新导入。")
            with self.sessions.begin() as session:
                return staging.apply(session, import_id, asking, progress)

    def report(self, import_id: int) -> ImportReport:
        """What the checks found.

        :raises NoSuchImport: when there is none of that number.
        """
        with self.sessions() as session:
            found = import_state.get_import(session, import_id)
        return ImportReport(
            import_id=import_id, rows=found.rows, rows_good=found.rows_good, counts=in_order(found.counts)
        )

    def discard(self, import_id: int, at: datetime) -> None:
        """Give up an import that is not in the register; its report stays."""
        with self.sessions.begin() as session:
            staging.discard(session, import_id, at)

    def _check(
        self, import_id: int, path: Path, wishes: Wishes, *, at: datetime, progress: Progress
    ) -> ImportReport:
        limits = load_register_limits(self.city)
        frame, known = self._known(wishes, at)
        with opened(path, wishes.told()) as file:
            heading = file.heading
            fields = recognise_fields(heading.fields, load_all_attributes(self.city), told=wishes.fields)
            need_fields(fields, load_attributes(self.city))
            with self.sessions.begin() as session:
                after = staging.take_up(
                    session, import_id, rows=heading.rows, frame_version=frame.version, heading=_said(file)
                )
            progress("读取与检查", after, heading.rows)
            read = plane_reader(heading.system, self.plane, shift=self.city.xian80_shift)
            if after < heading.rows:
                self._check_label(import_id, file, fields, known, is_told=wishes.is_label_trusted)
            for rows in file.read(after=after, batch=BATCH):
                seen = _seen(rows, fields, read)
                checked = check_rows(seen, known)
                with self.sessions.begin() as session:
                    _stage(session, import_id, checked, len(rows), self.plane)
                progress("读取与检查", rows.first + len(rows) - 1, heading.rows)
        progress("比对重复", heading.rows, heading.rows)
        with self.sessions.begin() as session:
            staging.find_repeated_codes(session, import_id)
            _find_same_places(session, import_id, limits.same_place.value_m)
            staging.settle(session, import_id)
        return self.report(import_id)

    def _known(self, wishes: Wishes, at: datetime) -> tuple[FrameInForce, Known]:
        with self.sessions() as session:
            frame = read_frame(session, self.plane)
            if not frame.grids:
                raise NoFrame("还没有单元网格，部件无从核对。请先导入或绘制网格。")
            on = city_time(at).date()
            return frame, load_known(session, self.city, frame, on=on, edition=wishes.edition)

    def _check_label(
        self, import_id: int, file: SpatialFile, fields: Mapping[str, str], known: Known, *, is_told: bool
    ) -> None:
        """Refuse coordinates that fit the frame much better when read as another system than is said."""
        rows = next(iter(file.read(batch=LABEL_ROWS)))
        stated = _texts(rows.columns[fields["unit_grid_code"]])
        verdict = judge_label(
            middles_of(rows.shapes),
            file.heading.system,
            plane=self.plane,
            fits=lambda points: _fitting(points, stated, known),
            shift=self.city.xian80_shift,
        )
        with self.sessions.begin() as session:
            import_state.note_label(session, import_id, _label_said(verdict))
        need_true_label(verdict, is_told=is_told)

    @contextmanager
    def _alone(self, import_id: int) -> Iterator[None]:
        """Hold the import, so that no other process works on it; the database lets go when we die."""
        with self.sessions() as guard:
            if not import_state.hold(guard, import_id):
                raise ImportBusy(f"导入 {import_id} 正由另一个进程处理。请等它结束。")
            yield


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, or of all files of a folder (FileGDB) in the order of their names."""
    digest = hashlib.sha256()
    members = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else _with_company(path)
    for member in members:
        digest.update(member.name.encode())
        with member.open("rb") as raw:
            for part in iter(lambda: raw.read(1 << 20), b""):
                digest.update(part)
    return digest.hexdigest()


def in_order(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts of findings in the order of their kinds; kinds without one are left out."""
    return {kind: counts[kind] for kind in FINDINGS if counts.get(kind)}


def _with_company(path: Path) -> list[Path]:
    """A file with what belongs to it: a shapefile is several."""
    if path.suffix.lower() != ".shp":
        return [path] if path.exists() else []
    return sorted(p for p in path.parent.glob(f"{path.stem}.*") if p.suffix.lower() in _PARTS)


_PARTS = (".shp", ".dbf", ".shx", ".prj", ".cpg")


def _said(file: SpatialFile) -> dict[str, Any]:
    heading = file.heading
    return {
        "layer": heading.layer,
        "driver": heading.driver,
        "system": heading.system,
        "encoding": heading.encoding,
        "fields": list(heading.fields),
    }


def _label_said(verdict: Verdict) -> dict[str, Any]:
    return {
        "declared": verdict.declared.system,
        "declared_share": round(verdict.declared.share, 4),
        "best": verdict.best.system,
        "best_share": round(verdict.best.share, 4),
        "offset_m": round(verdict.best.offset_m, 1),
    }


def _seen(rows: Rows, fields: Mapping[str, str], read: Callable[[Pairs], Pairs]) -> SeenRows:
    """A batch in the plane, its fields by attribute; a row whose shape has no place in the plane says so."""
    shapes = shapely.transform(rows.shapes, read)
    problems = [(one.row, one.words) for one in rows.problems]
    bounds = shapely.bounds(shapes)
    lost = ~np.isfinite(bounds).all(axis=1) & ~shapely.is_missing(shapes)
    for n in np.flatnonzero(lost).tolist():
        problems.append((rows.first + n, "坐标无法换算到本市平面坐标系。请检查坐标系。"))
        shapes[n] = None
    texts = {key: _texts(rows.columns[name]) for key, name in fields.items()}
    return SeenRows(first=rows.first, shapes=shapes, texts=texts, problems=problems)


def _texts(column: NDArray[Any]) -> list[str]:
    """A column as texts without blanks around; nothing is an empty text, a whole number has no point.

    :raises CodeAsFraction: for numbers so large that a fraction cannot hold them.
    """
    if column.dtype.kind == "f" and np.nanmax(np.abs(column), initial=0.0) >= 2**53:
        raise CodeAsFraction("编码字段是浮点数，末几位已经丢失。请把编码存为文本后重新导出。")
    return texts_of(column)


def _fitting(points: Pairs, stated: Sequence[str], known: Known) -> NDArray[np.bool_]:
    """Which places lie in the grid their row states; in any grid when rows state none we know."""
    positions = known.locator.locate_many(points)
    is_inside: NDArray[np.bool_] = np.asarray(positions >= 0)
    says = np.array([code in known.grid_shapes for code in stated], dtype=bool)
    if says.sum() * 2 < len(points):
        return is_inside
    located = np.array([*known.locator.codes, ""], dtype=object)[positions]
    fits: NDArray[np.bool_] = is_inside & np.asarray(located == np.array(stated, dtype=object), dtype=bool)
    return fits


def _stage(session: Session, import_id: int, checked: Checked, count: int, plane: PlaneSystem) -> None:
    """Write a batch: rows that have a code, a type and a place, findings, and how far it reaches."""
    kept = np.flatnonzero(checked.is_placed)
    copy_rows(
        session, "grid.component_staged", staging.STAGED_COLUMNS, _staged(import_id, checked, kept, plane)
    )
    add_findings(session, import_id, checked.findings)
    staging.add_batch(
        session, import_id, first=checked.first, last=checked.first + count - 1, staged=len(kept)
    )


def add_findings(session: Session, import_id: int, findings: Sequence[Finding]) -> None:
    """Write findings."""
    copy_rows(
        session,
        "grid.component_import_finding",
        "import_id, row, kind, code, words",
        (
            (
                str(import_id),
                str(one.row),
                one.kind,
                copy_text(one.code) if one.code else "",
                copy_text(one.words),
            )
            for one in findings
        ),
    )


def _staged(
    import_id: int, checked: Checked, kept: NDArray[np.int64], plane: PlaneSystem
) -> Iterator[tuple[str, ...]]:
    dots = shapely.set_srid(shapely.points(checked.points[kept]), plane.srid)
    wkb: list[str] = np.asarray(shapely.to_wkb(dots, hex=True, include_srid=True)).tolist()
    drawn = np.full(len(kept), r"\N", dtype=object)
    has_shape = ~shapely.is_missing(checked.shapes[kept])
    if has_shape.any():
        whole = shapely.set_srid(checked.shapes[kept][has_shape], plane.srid)
        drawn[has_shape] = shapely.to_wkb(whole, hex=True, include_srid=True)
    places = kept.tolist()
    number = str(import_id)
    lists = [
        [str(checked.first + n) for n in places],
        np.where(checked.is_good[kept], "t", "f").tolist(),
        _some(checked.codes, places),
        _nulls(checked.alias_codes, places),
        _nulls(checked.editions, places),
        _some(checked.type_codes, places),
        [copy_text(one) if one else "" for one in _some(checked.columns["name"], places)],
        wkb,
        drawn.tolist(),
        *(_nulls(checked.columns[key], places) for key in staging.PLAIN_COLUMNS),
        [copy_text(one) if one else "" for one in _some(checked.columns["source"], places)],
        [copy_text(one) for one in _some(checked.columns["remark"], places)],
    ]
    for row in zip(*lists, strict=True):
        yield (number, *row)


def _some(column: Sequence[str], places: Sequence[int]) -> list[str]:
    return list(column) if len(places) == len(column) else [column[n] for n in places]


def _nulls(column: Sequence[str], places: Sequence[int]) -> list[str]:
    return [copy_text(one) for one in _some(column, places)]


def _find_same_places(session: Session, import_id: int, within_m: float) -> None:
    """Note rows that stand where another component of their type stands, in the file or the register."""
    from scipy.spatial import cKDTree

    own, theirs = staging.read_places(session, import_id)
    if not len(own):
        return
    spread = np.vstack([own[:, 1:], theirs[:, 1:]]) * [100.0, 1.0, 1.0]  # types are 100 m apart
    pairs = cKDTree(spread).query_pairs(within_m, output_type="ndarray")
    pairs = pairs[(pairs < len(own)).any(axis=1)]
    findings: dict[int, Finding] = {}
    for one, other in np.sort(pairs, axis=1).tolist():
        if other < len(own):
            row, words = int(own[other, 0]), f"与第 {int(own[one, 0])} 行的同类部件在同一位置。"
        else:
            row, words = int(own[one, 0]), "登记册中已有同类部件在同一位置。"
        findings.setdefault(row, Finding(row, "", "duplicate_place", words))
    codes = staging.read_codes(session, import_id, list(findings))
    named = [Finding(row, codes.get(row, ""), one.kind, one.words) for row, one in findings.items()]
    add_findings(session, import_id, named)
