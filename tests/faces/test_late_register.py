"""The register of lateness as a page and as files, by days."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from gis_core.clock import FixedClock
from tests.faces.test_duty_desk import take

SignedIn = Callable[[str], TestClient]


@pytest.fixture
def officer(signed_in: SignedIn) -> TestClient:
    return signed_in("duty1")


@pytest.fixture
def late(officer: TestClient, clock: FixedClock) -> str:
    """An incident of which nothing was reported for ninety minutes."""
    number = take(officer)
    clock.at += timedelta(minutes=90)
    return number


def test_the_file_tells_what_was_owed_to_whom_and_how_late_it_is(officer: TestClient, late: str) -> None:
    text = officer.get("/duty/late.csv").content.decode("utf-8-sig")
    [row] = [line for line in text.splitlines() if "市向省电话报告" in line]
    assert row.startswith(late)
    assert "2026-09-18 09:50:00,,超时未报,4200" in row


def test_the_workbook_opens(officer: TestClient, late: str) -> None:
    book = zipfile.ZipFile(io.BytesIO(officer.get("/duty/late.xlsx").content))
    assert late in book.read("xl/worksheets/sheet1.xml").decode()


def test_other_days_have_other_rows(officer: TestClient, late: str) -> None:
    assert late not in officer.get("/duty/late.csv?since=2026-08-01&until=2026-08-31").text


@pytest.mark.parametrize(
    "days", ["since=2026-09-18&until=2026-09-01", "until=0001-01-01", "until=9999-12-31", "since=gestern"]
)
def test_days_that_cannot_be_are_refused(officer: TestClient, days: str) -> None:
    assert officer.get(f"/duty/late?{days}").status_code in {400, 422}
