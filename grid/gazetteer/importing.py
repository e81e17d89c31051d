"""A file of places into the gazetteer: every row looked at, a report, then all rows at once or none.

One transaction reads, compares and writes; for a dry run, or when rows are at fault, it is taken back. A file
of any length takes the memory of a batch.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.errors import BadInput, Conflict, Refused
from gis_core.file_bounds import BadSpatialFile
from gis_core.geocoding.gazetteer import PlaceKind
from gis_core.shapes import pins_of
from gis_core.spatial_files import Told, opened
from grid.city import City
from grid.gazetteer import imports, osm, staging, store
from grid.gazetteer.categories import Categories, load_categories
from grid.gazetteer.import_ground import ImportGround, read_import_ground
from grid.gazetteer.place_tables import PlaceTable
from grid.gazetteer.writing import write_places
from grid.register.importing import sha256_of
from grid.rules.register import Asking
from grid.rules.seen_places import (
    Candidate,
    PlaceFinding,
    PlaceReader,
    SeenPlaces,
    in_order,
)

BATCH = 10_000
Progress = Callable[[str, int, int], None]
"""Told what is being done, how many rows are done and how many there are (0: not known)."""
Keep = Callable[[Iterator[PlaceFinding]], None]
"""Takes every finding, row by row."""


class PlacesAtFault(Refused):
    """The file has rows at fault, and nobody asked to keep the others."""

    code = "places_at_fault"


class PlaceImportBusy(Conflict):
    """Another process works on this very import."""

    code = "place_import_busy"


class UnknownPlaceKind(BadInput):
    """What was said of a file's kind of places is none of the six."""

    code = "unknown_place_kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceWishes:
    """What somebody says of a file: see `Told`, and the kind of its places, its fields, its source."""

    kind: str | None = None
    layer: str | None = None
    system: str | None = None
    encoding: str | None = None
    is_northing_first: bool = False
    may_be_flattened: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    is_label_trusted: bool = False
    is_synthetic: bool = False

    def told(self) -> Told:
        """What the reader of files has to know."""
        return Told(
            layer=self.layer,
            system=self.system,
            encoding=self.encoding,
            is_northing_first=self.is_northing_first,
            may_be_flattened=self.may_be_flattened,
        )

    def place_kind(self) -> PlaceKind | None:
        """The kind of all places of the file, where it was said.

        :raises UnknownPlaceKind: when it is none of the six.
        """
        try:
            return None if self.kind is None else PlaceKind(self.kind)
        except ValueError:
            known = "、".join(kind.value for kind in PlaceKind)
            raise UnknownPlaceKind(f"没有“{self.kind}”这种地名类型。可用：{known}。") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceReport:
    """What was found: rows, places that go in by kind, findings by kind (errors first), rows at fault."""

    import_id: int
    rows: int
    good: int
    at_fault: int
    joined: int
    kinds: Mapping[str, int]
    counts: Mapping[str, int]
    written: int = 0


def silent(_what: str, _done: int, _all: int) -> None:
    """Nobody listens."""


def forget(_findings: Iterator[PlaceFinding]) -> None:
    """Nobody keeps them."""


@dataclass(frozen=True, slots=True)
class PlaceImporting:
    """Imports into one city's gazetteer."""

    sessions: Sessions
    city: City
    plane: PlaneSystem

    def begin(self, path: Path, wishes: PlaceWishes, asking: Asking) -> int:
        """The number of a new import of a file.

        :raises BadSpatialFile: when it is not there.
        """
        if not path.exists():
            raise BadSpatialFile(f"找不到文件 {path.name}。请检查路径。")
        wishes.place_kind()
        with self.sessions.begin() as session:
            return imports.begin(session, sha256_of(path), path.name, asdict(wishes), asking)

    def check(
        self,
        import_id: int,
        path: Path,
        wishes: PlaceWishes,
        *,
        progress: Progress = silent,
        keep: Keep = forget,
    ) -> PlaceReport:
        """Read the file and find all that is wrong with it; nothing of it is written.

        A file that is refused leaves its import marked so, with the reason. `keep` gets every finding.

        :raises BadSpatialFile: when it cannot be read; NoSystem, UnclearFields and what `opened` raises.
        :raises LyingLabel: when the coordinates are of another system than they are said to be.
        :raises PlaceImportBusy: when another process has this import in hand.
        """
        return self._run(import_id, path, wishes, None, keep_good=True, progress=progress, keep=keep)

    def apply(
        self,
        import_id: int,
        path: Path,
        wishes: PlaceWishes,
        *,
        asking: Asking,
        keep_good: bool = False,
        progress: Progress = silent,
        keep: Keep = forget,
    ) -> PlaceReport:
        """Read, check and write the file in one transaction: all of its good rows, or nothing.

        :raises PlacesAtFault: when rows are at fault and `keep_good` is not said; and what `check` raises.
        """
        return self._run(import_id, path, wishes, asking, keep_good=keep_good, progress=progress, keep=keep)

    def _run(
        self,
        import_id: int,
        path: Path,
        wishes: PlaceWishes,
        asking: Asking | None,
        *,
        keep_good: bool,
        progress: Progress,
        keep: Keep,
    ) -> PlaceReport:
        with self._alone(import_id):
            self.note(import_id, {"status": imports.CHECKING if asking is None else imports.APPLYING})
            try:
                run = _Run(self, import_id, path, wishes, progress)
                return run.do(asking, keep_good=keep_good, keep=keep)
            except PlacesAtFault:
                raise  # the report is kept, and the file can be decided on again
            except (BadInput, Refused) as refusal:
                said = {"code": refusal.code, "message": refusal.message}
                self.note(import_id, {"status": imports.REFUSED, "refusal": said})
                raise

    def note(self, import_id: int, report: Mapping[str, Any]) -> None:
        """Write into the report of an import, whatever becomes of its rows."""
        with self.sessions.begin() as session:
            imports.note(session, import_id, report)

    @contextmanager
    def _alone(self, import_id: int) -> Iterator[None]:
        """Hold the import, so that no other process works on it; the database lets go when we die."""
        with self.sessions() as guard:
            imports.get_import(guard, import_id)
            if not imports.hold(guard, import_id):
                raise PlaceImportBusy(f"导入 {import_id} 正由另一个进程处理。请等它结束。")
            yield


@dataclass(frozen=True, slots=True)
class _Run:
    """One reading of a file."""

    importing: PlaceImporting
    import_id: int
    path: Path
    wishes: PlaceWishes
    progress: Progress

    def do(self, asking: Asking | None, *, keep_good: bool, keep: Keep) -> PlaceReport:
        """Read, compare, report; write when somebody is asking for it and nothing is against it."""
        importing, source = self.importing, self.source()
        with importing.sessions() as session:
            rows = self._stage(session)
            if asking is not None:
                store.bump(session)  # other writers wait from here on, so nothing comes between
            self.progress("比对", rows, rows)
            staging.compare(session, source=source)
            report = self._report(session, rows)
            document = self._document(session, report)
            keep(staging.list_findings(session))
            if asking is None or (report.at_fault and not keep_good):
                session.rollback()
                written = 0
            else:
                written = self._write(session, asking, source, report.good)
                session.commit()
        self._finish(document, report, written=written, is_done=asking is not None)
        if asking is not None and report.at_fault and not keep_good:
            raise PlacesAtFault(
                f"{rows:,} 行中有 {report.at_fault:,} 行有误，什么都没有写入。"
                "请按报告改正后重新导入，或确认只写入无误的行。",
                at_fault=report.at_fault,
            )
        return PlaceReport(**{**asdict(report), "written": written})

    def source(self) -> str:
        """Where the places are said to come from."""
        default = osm.SOURCE if osm.is_extract(self.path) else self.path.name
        return (self.wishes.source or default).strip()[:200]

    def _stage(self, session: Session) -> int:
        """Read every row into the tables of the transaction; how many there were."""
        ground = read_import_ground(self.importing.sessions, self.importing.city, self.importing.plane)
        categories = load_categories(self.importing.city)
        reader = PlaceReader(self.wishes.place_kind(), categories.find)
        staging.create(session)
        rows = staged = 0
        for seen in self._batches(categories, ground):
            candidates, findings = reader.read(seen)
            rows += len(seen.rows)
            staged += self._place(session, candidates, findings, ground, categories, first=staged)
            staging.add_findings(session, findings)
        return rows

    def _place(
        self,
        session: Session,
        candidates: Sequence[Candidate],
        findings: list[PlaceFinding],
        ground: ImportGround,
        categories: Categories,
        *,
        first: int,
    ) -> int:
        """Stage candidates that lie in the city; how many."""
        shapes = np.array([*(one.place.shape for one in candidates), None], dtype=object)[:-1]
        pins = pins_of(shapes)
        divisions = ground.find_divisions(pins)
        outside = "beyond_city" if osm.is_extract(self.path) else "outside_city"
        kept: list[int] = []
        for n, (one, division) in enumerate(zip(candidates, divisions, strict=True)):
            if not division:
                words = "位置不在本市任何网格和区划之内。请核对坐标和坐标系。"
                findings.append(PlaceFinding(one.row, one.mark, outside, words))
                continue
            kept.append(n)
            if one.community and not ground.fits_community(one.community, division):
                name = ground.names.get(division, division)
                words = f"登记在“{one.community[:30]}”，位置在{name}。以位置为准。"
                findings.append(PlaceFinding(one.row, one.mark, "community_disagrees", words))
        weigh = categories.weight_of
        staged = [
            (one, divisions[n], weigh(one.place.kind.value, one.place.category))
            for n in kept
            for one in [candidates[n]]
        ]
        staging.stage(session, staged, pins[kept], first=first, srid=self.importing.plane.srid)
        return len(staged)

    def _batches(self, categories: Categories, ground: ImportGround) -> Iterator[SeenPlaces]:
        importing = self.importing
        if osm.is_extract(self.path):
            find, read = categories.by_tag.get, 0
            bounds = importing.city.bounds
            for seen in osm.read_extract(self.path, importing.plane, bounds, find, batch=BATCH):
                yield seen
                read += len(seen.rows)
                self.progress("读取与检查", read, 0)
            return
        table = PlaceTable(importing.city, importing.plane, ground, self._note)
        told, is_trusted = self.wishes.told(), self.wishes.is_label_trusted
        with opened(self.path, told) as file:
            rows = file.heading.rows
            for seen in table.read(file, self.wishes.fields, batch=BATCH, is_label_trusted=is_trusted):
                yield seen
                self.progress("读取与检查", min(seen.rows[-1], rows), rows)

    def _note(self, said: Mapping[str, Any]) -> None:
        self.importing.note(self.import_id, said)

    def _report(self, session: Session, rows: int) -> PlaceReport:
        states = staging.count_states(session)
        return PlaceReport(
            import_id=self.import_id,
            rows=rows,
            good=states.get("good", 0),
            at_fault=staging.count_at_fault(session),
            joined=states.get("joined", 0),
            kinds=staging.count_good_kinds(session),
            counts=in_order(staging.count_findings(session)),
        )

    def _document(self, session: Session, report: PlaceReport) -> dict[str, Any]:
        return {
            "counts": dict(report.counts),
            "kinds": dict(report.kinds),
            "joined": report.joined,
            "at_fault": report.at_fault,
            "findings": staging.list_first_findings(session, imports.MOST_FINDINGS),
        }

    def _write(self, session: Session, asking: Asking, source: str, good: int) -> int:
        reason = f"由地名文件 {self.path.name} 导入（第 {self.import_id} 次导入）。"
        return write_places(
            session,
            self.import_id,
            source=source,
            is_synthetic=self.wishes.is_synthetic,
            asking=asking,
            reason=reason,
            progress=lambda done: self.progress("写入地名库", done, good),
        )

    def _finish(
        self, document: Mapping[str, Any], report: PlaceReport, *, written: int, is_done: bool
    ) -> None:
        """Keep the report: of a file that was only looked at, or that waits for a decision, too."""
        is_written = is_done and not (report.at_fault and not written)
        status = imports.DONE if is_written else imports.CHECKED
        with self.importing.sessions.begin() as session:
            said = {**document, "status": status, "written": written}
            imports.note(session, self.import_id, said, rows=report.rows, good=report.good)
