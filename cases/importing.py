"""`citygrid import`: civic reports of another system become cases, a thousand to a transaction.

The CSV is read as a small YAML says; `data/baoji/import_example.yaml` explains every line of it. Rows
inside the frame become cases at stage `reported` with the source `imported`; every other row is written to
a CSV with its line, a code and the reason. A row is known by source and id, so importing twice files once.
"""

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TextIO

from cases import store
from cases.arriving import Arrival, settle
from cases.foreign_reports import BadImportFile, ForeignReport, RefusedRow, read_mapping, read_reports
from cases.operations import Cases
from cases.rules.deciding import Asking
from cases.rules.intake import Report
from gis_core.clock import city_time
from gis_core.csv_cells import harmless
from gis_core.errors import CitygridError

BATCH = 1_000
HEADING = ("行号", "编号", "代码", "原因", "原始内容")
LONGEST_LISTED = 2_000


@dataclass(slots=True)
class ImportOutcome:
    """What became of a file: rows filed, known from before, and refused by code."""

    refused_path: Path
    filed: int = 0
    known: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def refused_count(self) -> int:
        """How many rows were refused."""
        return self.refused.total()


Progress = Callable[[int], object]


def _silent(rows: int) -> None:
    """Nobody listens."""


def import_reports(
    cases: Cases,
    csv_path: Path,
    mapping_path: Path,
    *,
    refused_path: Path,
    at: datetime,
    progress: Progress = _silent,
) -> ImportOutcome:
    """File the rows that lie in the frame and list the others in `refused_path` (CSV, UTF-8 with BOM).

    `progress` hears after each batch how many rows it had.
    Raises BadCityData for the mapping and BadImportFile for a file that cannot be read at all.
    """
    mapping = read_mapping(mapping_path, cases.types)
    cases.city.read_place(cases.city.centre_lonlat, mapping.system)  # an unknown system is refused at once
    asking = Asking(at, None, mapping.name, "system")
    outcome = ImportOutcome(refused_path)
    rows = read_reports(csv_path, mapping, city=cases.city, at=at)
    batch = list(islice(rows, BATCH))  # a hopeless file is refused before an older list is written over
    with _open_list(refused_path, csv_path) as out:
        writer = csv.writer(out)
        writer.writerow(HEADING)
        while batch:
            judged = [_judge(cases, row, asking) for row in batch]
            arrivals = [one for one in judged if isinstance(one, Arrival)]
            refused = [one for one in judged if isinstance(one, RefusedRow)]
            writer.writerows(_listed(row) for row in refused)
            outcome.refused.update(row.code for row in refused)
            filed = file_arrivals(cases, arrivals)
            outcome.filed += filed
            outcome.known += len(arrivals) - filed
            progress(len(batch))
            batch = list(islice(rows, BATCH))
    return outcome


def _open_list(path: Path, csv_path: Path) -> TextIO:
    """The list of refusals, opened for writing."""
    if path.resolve() == csv_path.resolve():
        raise BadImportFile(f"拒收清单不能写到导入的文件 {csv_path} 上。请用 --refused 指定另一个文件。")
    try:
        return path.open("w", encoding="utf-8-sig", newline="")
    except OSError as trouble:
        raise BadImportFile(
            f"拒收清单 {path} 不能写入({trouble.strerror})。请用 --refused 指定别处。"
        ) from trouble


def file_arrivals(cases: Cases, arrivals: Sequence[Arrival]) -> int:
    """Write what is not known yet in one transaction of a few statements; answers how many were new."""
    if not arrivals:
        return 0
    with cases.sessions.begin() as session:
        known = store.find_client_ids(session, [arrival.report.client_id for arrival in arrivals])
        fresh = [arrival for arrival in arrivals if arrival.report.client_id not in known]
        ids = store.take_case_ids(session, len(fresh))
        settled = [settle(arrival, case_id) for arrival, case_id in zip(fresh, ids, strict=True)]
        store.add_facts(session, [entry for entry, _ in settled])
        day = city_time(arrivals[0].asking.at).date()
        store.add_cases(session, [one for _, one in settled], on=day, srid=cases.plane.srid)
    return len(fresh)


def _judge(cases: Cases, row: ForeignReport | RefusedRow, asking: Asking) -> Arrival | RefusedRow:
    """What the city says to a row: where it lies and whose it is, or why it is refused."""
    if isinstance(row, RefusedRow):
        return row
    report = Report(
        client_id=row.client_id,
        kind=row.kind,
        type_code=row.type_code,
        place=row.place,
        description=row.description,
        place_text=row.place_text,
        position_source="imported",
        reported_at=row.reported_at,
        reference=row.foreign_id,
    )
    try:
        return cases.judge(report, asking)
    except CitygridError as problem:
        return RefusedRow(row.line, row.foreign_id, problem.code, problem.message, row.cells)


def _listed(row: RefusedRow) -> list[str]:
    """A refused row as the list shows it: no cell acts as a formula, upsets a terminal or is huge."""
    cells = [str(row.line), row.foreign_id, row.code, row.reason, *row.cells]
    return [harmless(cell[:LONGEST_LISTED], keeps_numbers=True) for cell in cells]
