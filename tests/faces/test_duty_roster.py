"""The roster as officers keep it: shifts, absence with a stand-in, handing over to somebody else."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from tests.faces.test_duty_desk import take

SignedIn = Callable[[str], TestClient]


def send(who: TestClient, path: str, **fields: str) -> int:
    return who.post(f"/duty/roster/{path}", data={"csrf": who.headers["x-csrf-token"]} | fields).status_code


def put_on_duty(who: TestClient, name: str = "张甲", *, hours: str = "08:30/17:30") -> int:
    start, end = hours.split("/")
    times = {"starts_at": f"2026-09-18T{start}", "ends_at": f"2026-09-18T{end}"}
    return send(who, "add", post="duty_officer", person_name=name, **times)


@pytest.fixture
def officer(signed_in: SignedIn) -> TestClient:
    return signed_in("duty1")


def test_an_empty_roster_says_that_nobody_is_on_duty(officer: TestClient) -> None:
    assert "现在没有人值班" in officer.get("/duty/roster").text


def test_who_was_put_on_duty_is_on_duty(officer: TestClient) -> None:
    assert put_on_duty(officer) == 303
    shown = officer.get("/duty/roster").text
    assert "现在没有人值班" not in shown
    assert "张甲" in shown


def test_nobody_is_put_on_duty_twice_at_once(officer: TestClient) -> None:
    put_on_duty(officer)
    assert put_on_duty(officer, hours="12:00/20:00") == 422


def test_a_stand_in_takes_the_place_of_who_is_absent(officer: TestClient) -> None:
    put_on_duty(officer)
    found = re.search(r"/duty/roster/absent/(\d+)", officer.get("/duty/roster").text)
    assert found
    assert send(officer, f"absent/{found[1]}", why="生病", person_name="李乙") == 303
    shown = officer.get("/duty/roster").text
    assert all(words in shown for words in ("缺勤：生病", "李乙", "替班"))


def test_the_last_week_is_copied_once(officer: TestClient) -> None:
    put_on_duty(officer)
    assert send(officer, "copy", on="2026-09-21") == 303
    assert send(officer, "copy", on="2026-09-21") == 303
    assert officer.get("/duty/roster?on=2026-09-21").text.count("/duty/roster/absent/") == 1


def test_a_shift_is_handed_over_with_what_is_open_and_taken_by_somebody_else(
    officer: TestClient, signed_in: SignedIn
) -> None:
    number = take(officer)
    assert send(officer, "give", words="泄漏尚未处置完") == 303
    shown = officer.get("/duty/roster").text
    found = re.search(r"/duty/roster/take/(\d+)", shown)
    assert found
    assert number in shown
    assert send(officer, f"take/{found[1]}") == 422
    assert send(signed_in("duty2"), f"take/{found[1]}", words="收到") == 303
    assert send(signed_in("commander"), f"take/{found[1]}") == 422


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_week_at_the_ends_of_the_calendar_is_refused(officer: TestClient, day: str) -> None:
    assert officer.get(f"/duty/roster?on={day}").status_code == 400


def test_a_leader_reads_the_roster_and_does_not_keep_it(signed_in: SignedIn) -> None:
    leader = signed_in("leader")
    assert leader.get("/duty/roster").status_code == 200
    assert put_on_duty(leader) == 403
