"""The report of an import of places, row by row, as cells that spreadsheets do not take for formulas."""

from gis_core.csv_cells import harmless
from grid.rules.seen_places import FINDINGS, SEVERITIES, PlaceFinding

HEADING = ("行号", "标识", "级别", "问题", "说明")


def cells_of(one: PlaceFinding) -> tuple[str, str, str, str, str]:
    """Row, mark, severity, kind and sentence of a finding.

    >>> cells_of(PlaceFinding(3, "=1+1", "no_name", "没有名称。"))
    ('3', "'=1+1", '错误', '没有名称', '没有名称。')
    """
    name, severity = FINDINGS[one.kind]
    return str(one.row), harmless(one.mark), SEVERITIES[severity], name, harmless(one.words)
