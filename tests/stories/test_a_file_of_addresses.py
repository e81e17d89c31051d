"""`citygrid geocode-file` as it is typed: killed in the middle, typed again, and not a row is lost."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.address_town import read_answers, write_table

ROWS = 6_000
WITHIN_S = 60.0


@pytest.fixture
def environment(face_engine: Engine, tmp_path: Path) -> dict[str, str]:
    """The database is the small city's; the home folder is the test's own."""
    url = face_engine.url.render_as_string(hide_password=False)
    return {**os.environ, "CITYGRID_DATABASE_URL": url, "CITYGRID_HOME": str(tmp_path / "home")}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A long table whose cells have line breaks, commas and quotes in them."""
    said = ("渭滨区", "没有的\n地方", "金台区,“十字”东", "610303008007", '渭滨区"甲"楼')
    rows = [("编号", "地点"), *((f"N{n}", said[n % len(said)]) for n in range(ROWS))]
    return write_table(tmp_path / "in.csv", rows, "gb18030", ";")


def command(table: Path, *more: str) -> list[str]:
    out = table.with_name("out.csv")
    return [sys.executable, "-m", "web.cli", "geocode-file", str(table), "--out", str(out), *more]


def run(table: Path, environment: dict[str, str], *more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command(table, *more), env=environment, capture_output=True, text=True, check=False)


def kill_midway(table: Path, environment: dict[str, str]) -> int:
    """Begin, kill -9 as soon as some rows are kept; how many."""
    with subprocess.Popen(command(table), env=environment, stdout=subprocess.DEVNULL) as process:
        end = time.monotonic() + WITHIN_S
        while not (rows := kept(environment)):
            assert time.monotonic() < end, "no row was ever kept"
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    return rows


def kept(environment: dict[str, str]) -> int:
    """Rows that are kept for the day the command is typed again."""
    notes = [*Path(environment["CITYGRID_HOME"]).glob("geocode/files/*/progress.json")]
    return int(json.loads(notes[0].read_text(encoding="utf-8"))["tally"]["rows"]) if notes else 0


def test_killed_and_typed_again_it_ends_as_if_nothing_had_happened(
    table: Path, environment: dict[str, str]
) -> None:
    assert 0 < kill_midway(table, environment) < ROWS
    assert not table.with_name("out.csv").exists()
    report = table.with_name("report.json")
    done = run(table, environment, "--report", str(report))
    answers = read_answers(table.with_name("out.csv"))
    assert (done.returncode, [row["编号"] for row in answers]) == (0, [f"N{n}" for n in range(ROWS)])
    assert ({len(row) for row in answers}, {row["结果"] for row in answers[1::5]}) == ({15}, {"未找到"})
    assert json.loads(report.read_text(encoding="utf-8"))["rows"] == ROWS
    assert f"共 {ROWS:,} 行" in done.stdout
