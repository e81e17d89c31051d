"""`citygrid import` as it is typed: messy files of another system, and not one row goes without an answer."""

import csv
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.case_city import BAOJI, JINGER_ROAD
from tests.face_city import EMPTY_CASES
from tests.messy_reports import draw_messy_reports

ROWS = 300
Import = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_import(face_engine: Engine, tmp_path: Path) -> Iterator[Import]:
    """Types the command for a file; the database is the small city's."""
    url = face_engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "CITYGRID_DATABASE_URL": url, "CITYGRID_HOME": str(tmp_path / "home")}

    def run(file: Path, *more: str) -> "subprocess.CompletedProcess[str]":
        words = ["import", str(file), "--mapping", str(BAOJI / "import_example.yaml"), *more]
        command = [sys.executable, "-m", "web.cli", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    yield run
    with face_engine.begin() as connection:
        connection.execute(text(EMPTY_CASES))


def count_cases(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM cases.\"case\" WHERE source = 'imported'")))


def listed_codes(path: Path) -> Counter[str]:
    with path.open(encoding="utf-8-sig", newline="") as words:
        return Counter(row["代码"] for row in csv.DictReader(words))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_good_rows_are_filed_and_every_other_is_listed(
    run_import: Import, face_engine: Engine, tmp_path: Path, encoding: str
) -> None:
    made = draw_messy_reports([JINGER_ROAD], ROWS)
    done = run_import(made.save(tmp_path / "reports.csv", encoding=encoding))
    assert (done.returncode, count_cases(face_engine)) == (0, made.good), done.stderr
    assert listed_codes(tmp_path / "reports.refused.csv") == made.refused
    assert f"已登记 {made.good} 件，已有 0 件，拒收 {made.refused.total()} 行" in done.stdout


def test_importing_again_files_nothing_and_says_so(
    run_import: Import, face_engine: Engine, tmp_path: Path
) -> None:
    made = draw_messy_reports([JINGER_ROAD], ROWS)
    file = made.save(tmp_path / "reports.csv")
    run_import(file)
    done = run_import(file)
    assert f"已登记 0 件，已有 {made.good} 件" in done.stdout
    assert count_cases(face_engine) == made.good


def test_a_quote_that_is_never_closed_swallows_no_row(
    run_import: Import, face_engine: Engine, tmp_path: Path
) -> None:
    made = draw_messy_reports([JINGER_ROAD], 40)
    broken = made.words.replace("A3,", 'A3,"', 1)
    (tmp_path / "reports.csv").write_text(broken, encoding="utf-8", newline="")
    run_import(tmp_path / "reports.csv")
    codes = listed_codes(tmp_path / "reports.refused.csv")
    assert (codes["broken_row"], count_cases(face_engine)) == (1, made.good - 1)


@pytest.mark.parametrize(
    ("words", "told", "because"),
    [
        ("", "空文件", "the file is empty"),
        ("PK\x03\x04\0\0\0\0工作簿", "缺少这些列", "a workbook is no CSV"),
    ],
    ids=lambda value: value if " " in value and "\0" not in value else "",
)
def test_a_hopeless_file_is_refused_in_one_sentence(
    run_import: Import, tmp_path: Path, words: str, told: str, because: str
) -> None:
    (tmp_path / "reports.csv").write_text(words, encoding="utf-8", newline="")
    done = run_import(tmp_path / "reports.csv")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert told in done.stderr
    assert not (tmp_path / "reports.refused.csv").exists()


def test_the_list_of_refusals_never_overwrites_the_file_itself(run_import: Import, tmp_path: Path) -> None:
    file = draw_messy_reports([JINGER_ROAD], 20).save(tmp_path / "reports.csv")
    before = file.read_bytes()
    done = run_import(file, "--refused", str(file))
    assert (done.returncode, file.read_bytes()) == (1, before)
