"""What an incident's record measures, on its page and in files; what no fact tells is said to be unknown."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from gis_core.clock import FixedClock
from tests.faces.test_duty_desk import step, take

SignedIn = Callable[[str], TestClient]


@pytest.fixture
def officer(signed_in: SignedIn) -> TestClient:
    return signed_in("duty1")


@pytest.fixture
def number(officer: TestClient, clock: FixedClock) -> str:
    """Confirmed after ten minutes, under control after forty; nothing was activated."""
    number = take(officer)
    clock.at += timedelta(minutes=10)
    assert step(officer, number, "confirm", kind_code="hazmat", event_level="3") == 303
    clock.at += timedelta(minutes=30)
    assert step(officer, number, "mark", mark="under_control") == 303
    return number


def rows(html: str) -> dict[str, list[str]]:
    """The table of steps: cells by the name of the step."""
    table = html.split('id="m-steps"')[1].split("</table>", maxsplit=1)[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.S) for row in re.findall(r"<tr.*?</tr>", table, re.S)]
    return {row[0]: [re.sub(r"<[^>]+>", "", cell).strip() for cell in row[1:]] for row in cells if row}


def test_a_step_has_its_time_since_the_call_and_its_fact(officer: TestClient, number: str) -> None:
    found = rows(officer.get(f"/incidents/{number}/measures").text)
    assert found["级别确认"][1:] == ["10 分钟", "10 分钟", "2"]
    assert found["险情得到控制"][1:] == ["40 分钟", "30 分钟", "3"]


def test_the_event_came_before_the_call(officer: TestClient, number: str) -> None:
    assert rows(officer.get(f"/incidents/{number}/measures").text)["事发"][1] == "早 10 分钟"


def test_what_nobody_wrote_down_is_not_known(officer: TestClient, number: str) -> None:
    found = rows(officer.get(f"/incidents/{number}/measures").text)
    assert found["启动响应"] == ["没有记录", "–", "–", ""]


def test_reports_that_were_not_sent_are_counted_as_overdue(officer: TestClient, number: str) -> None:
    assert "超时未报" in officer.get(f"/incidents/{number}/measures").text


def test_the_file_has_the_steps_with_their_facts(officer: TestClient, number: str) -> None:
    text = officer.get(f"/incidents/{number}/measures.csv").content.decode("utf-8-sig")
    assert "环节,级别确认,2026-09-18 09:40:00,600,自接报,2" in text
    assert "环节,启动响应,,,没有记录," in text


def test_the_workbook_opens(officer: TestClient, number: str) -> None:
    answer = officer.get(f"/incidents/{number}/measures.xlsx")
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


def test_plots_say_what_they_show(officer: TestClient, number: str) -> None:
    html = officer.get(f"/incidents/{number}/measures").text
    assert re.findall(r'<svg[^>]* aria-label="([^"]+)"', html) == ["各环节的时刻", "各份报告迟了多久"]
