"""What the command line prints can be read where there is no terminal: in a log, a file, a pipe."""

import io

import pytest
from rich.console import Console
from shapely import box

from grid.rules.quality import FrameLimits, FrameReport, SeenGrid, check_frame
from web.cli_shared import PIPED_WIDTH, open_console
from web.grid_work import print_report

LONG = "61030300800700A"


@pytest.fixture
def report() -> FrameReport:
    grids = [SeenGrid(code=LONG, shape=box(n, 0, n + 2, 1), row=n + 1) for n in range(4)]
    return check_frame(grids, {"610303008007": box(0, 0, 50, 50)}, FrameLimits())


def printed(report: FrameReport, width: int) -> str:
    out = io.StringIO()
    print_report(Console(file=out, width=width), report, as_json=False)
    return out.getvalue()


def test_every_word_of_a_report_stands_on_its_line_in_a_log(report: FrameReport) -> None:
    shown = printed(report, PIPED_WIDTH)
    assert all(defect.words in shown for defect in report.defects if defect.kind == "bad_code")
    assert "…" not in shown


def test_a_narrow_terminal_breaks_sentences_and_leaves_nothing_out(report: FrameReport) -> None:
    assert "…" not in printed(report, 80)


def test_a_pipe_is_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert open_console(io.StringIO()).width == PIPED_WIDTH


def test_columns_that_somebody_asks_for_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert open_console(io.StringIO()).width == 120
