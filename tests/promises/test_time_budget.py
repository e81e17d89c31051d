"""A suite that takes too long fails, so that it stays one that is run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("within_s", "exit_code"), [("900", 0), ("0", 1)], ids=["in good time", "over its time"]
)
def test_a_run_over_its_time_fails_though_every_test_passes(within_s: str, exit_code: int) -> None:
    words = ["tests/rules/test_codes.py", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    environment = {**os.environ, "CITYGRID_TEST_WITHIN_S": within_s}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == exit_code, done.stdout
