"""The report of an import, row by row, as a table that spreadsheets open without acting on what is in it."""

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.csv_cells import harmless
from grid.rules.surveyed import FINDINGS

SEVERITIES = {"error": "错误", "warning": "提示"}
HEADING = ("行号", "编码", "级别", "问题", "说明")


def list_report_rows(session: Session, import_id: int) -> Iterator[tuple[str, str, str, str, str]]:
    """Row, code, severity, kind and sentence of every finding, in the order of rows.

    They are read as they are needed.
    """
    found = session.execute(
        text(
            "SELECT row, code, kind, words FROM grid.component_import_finding WHERE import_id = :id"
            " ORDER BY row, id"
        ),
        {"id": import_id},
        execution_options={"yield_per": 2_000},
    )
    for row, code, kind, words in found:
        name, severity = FINDINGS[kind]
        yield str(row), harmless(code), SEVERITIES[severity], name, harmless(words)
