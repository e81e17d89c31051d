"""The incident room as people use it together: drawing, resources, weather, the board of tasks."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from tests.faces.test_duty_desk import step, take

SignedIn = Callable[[str], TestClient]
LINE = "107.140, 34.360\n107.150, 34.365"


@pytest.fixture
def officer(signed_in: SignedIn) -> TestClient:
    return signed_in("duty1")


@pytest.fixture
def number(officer: TestClient) -> str:
    return take(officer)


def act(who: TestClient, number: str, path: str, **fields: str) -> Response:
    sent = {"csrf": who.headers["x-csrf-token"]} | fields
    return who.post(f"/incidents/{number}/room/{path}", data=sent)


def draw(who: TestClient, number: str, **changes: str) -> Response:
    fields = {"client_id": str(uuid4()), "kind": "line", "corners": LINE, "label": "警戒线"} | changes
    return act(who, number, "draw", **fields)


def shapes(who: TestClient, number: str) -> list[dict[str, Any]]:
    found = who.get(f"/api/v1/incidents/{number}/room").json()["features"]
    return [one for one in found if one["properties"]["role"].startswith("drawn")]


def room(who: TestClient, number: str) -> str:
    return who.get(f"/incidents/{number}/room").text


def test_what_one_draws_the_other_sees(officer: TestClient, signed_in: SignedIn, number: str) -> None:
    commander = signed_in("commander")
    assert draw(officer, number).status_code == 303
    (line,) = shapes(commander, number)
    assert line["properties"]["label"] == "警戒线"
    assert line["geometry"]["coordinates"] == [[107.14, 34.36], [107.15, 34.365]]


def test_strokes_of_two_who_draw_at_once_are_all_kept(
    officer: TestClient, signed_in: SignedIn, number: str
) -> None:
    people = [officer, signed_in("commander")]
    with ThreadPoolExecutor(2) as both:
        done = list(both.map(lambda n: draw(people[n % 2], number, label=f"第{n}笔"), range(12)))
    assert {one.status_code for one in done} == {303}
    assert {one["properties"]["label"] for one in shapes(officer, number)} == {f"第{n}笔" for n in range(12)}


def test_a_stroke_that_is_sent_twice_is_drawn_once(officer: TestClient, number: str) -> None:
    key = str(uuid4())
    assert [draw(officer, number, client_id=key).status_code for _ in range(2)] == [303, 303]
    assert len(shapes(officer, number)) == 1


def test_undoing_takes_off_ones_own_last_stroke(
    officer: TestClient, signed_in: SignedIn, number: str
) -> None:
    leader = signed_in("leader")
    draw(officer, number, label="甲")
    draw(leader, number, label="乙")
    assert act(officer, number, "erase").status_code == 303
    assert [one["properties"]["label"] for one in shapes(officer, number)] == ["乙"]
    assert "没有可以撤除的" in act(officer, number, "erase").text


def test_only_a_commander_takes_off_what_others_drew(
    officer: TestClient, signed_in: SignedIn, number: str
) -> None:
    draw(signed_in("leader"), number)
    key = shapes(officer, number)[0]["properties"]["key"]
    refused = act(officer, number, "erase", key=key)
    assert (refused.status_code, "只能由本人或指挥长撤除" in refused.text) == (403, True)
    assert act(signed_in("commander"), number, "erase", key=key).status_code == 303
    assert shapes(officer, number) == []


def test_a_stroke_does_not_make_a_form_stale_that_was_open(
    officer: TestClient, signed_in: SignedIn, number: str
) -> None:
    shown = officer.get(f"/incidents/{number}").text
    found = re.search(r'name="revision" value="(\d+)"', shown)
    draw(signed_in("commander"), number)
    sent = {"revision": found[1] if found else "", "csrf": officer.headers["x-csrf-token"]}
    confirmed = officer.post(
        f"/incidents/{number}/confirm", data=sent | {"kind_code": "hazmat", "event_level": "3"}
    )
    assert confirmed.status_code == 303
    again = officer.post(f"/incidents/{number}/note_toll", data=sent | {"dead": "4"})
    assert again.status_code == 409


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"kind": "circle"}, id="no such kind"),
        pytest.param({"corners": "107.1, 34.3"}, id="a line of one point"),
        pytest.param({"corners": "; DROP TABLE"}, id="words for corners"),
        pytest.param({"kind": "text", "label": " "}, id="a text without words"),
        pytest.param({"label": "长" * 41}, id="a label too long"),
        pytest.param({"client_id": "7"}, id="no number of its own"),
    ],
)
def test_a_shape_that_cannot_be_is_refused_and_named(
    officer: TestClient, number: str, changes: dict[str, str]
) -> None:
    refused = draw(officer, number, **changes)
    assert (refused.status_code, "没有提交成功" in refused.text) == (400, True)
    assert shapes(officer, number) == []


def test_a_team_from_the_call_to_its_way_home(officer: TestClient, number: str) -> None:
    called = {"client_id": str(uuid4()), "name": "渭滨消防站", "kind": "team", "state": "called"}
    assert act(officer, number, "resources", **called).status_code == 303
    code = re.search(r'name="code" value="(free-\w+)"', room(officer, number))
    assert code
    for state in ("on_way", "arrived"):
        assert act(officer, number, "resources", code=code[1], state=state).status_code == 303
    backwards = act(officer, number, "resources", code=code[1], state="on_way")
    assert (backwards.status_code, "现在是“到场”" in backwards.text) == (409, True)
    assert "渭滨消防站（队伍）到场" in room(officer, number)


def test_a_resource_needs_a_name_a_kind_and_was_called_before_it_moves(
    officer: TestClient, number: str
) -> None:
    named = {"client_id": str(uuid4()), "name": "x", "kind": "submarine", "state": "called"}
    assert act(officer, number, "resources", **named).status_code == 400
    assert act(officer, number, "resources", code="free-7", state="arrived").status_code == 404
    assert act(officer, number, "resources", code="free-7", state="lost").status_code == 400


def test_the_weather_says_where_it_is_from(officer: TestClient, number: str) -> None:
    assert "系统不推测天气" in room(officer, number)
    assert act(officer, number, "weather", words="东风 3 级", source="").status_code == 400
    assert act(officer, number, "weather", words="东风 3 级", source="市气象局电话").status_code == 303
    assert "来源：市气象局电话" in room(officer, number)


def test_the_log_takes_an_entry_and_the_room_shows_what_is_owed(officer: TestClient, number: str) -> None:
    assert act(officer, number, "log", words="消防已接警").status_code == 303
    shown = room(officer, number)
    assert all(words in shown for words in ("消防已接警", "市向省电话报告", "还没有记入影响范围"))


def test_who_only_looks_has_no_forms_and_may_not_draw(signed_in: SignedIn, number: str) -> None:
    auditor = signed_in("auditor")
    assert "画上" not in room(auditor, number)
    assert draw(auditor, number).status_code == 403


def test_a_closed_incident_is_looked_at_and_no_longer_drawn_on(officer: TestClient, number: str) -> None:
    assert step(officer, number, "dismiss", words="误报") == 303
    assert "画上" not in room(officer, number)
    assert draw(officer, number).status_code == 422


def test_the_wall_shows_the_picture_without_peoples_words(
    officer: TestClient, signed_in: SignedIn, number: str
) -> None:
    draw(officer, number, label="张三家")
    called = {"client_id": str(uuid4()), "name": "李四车队", "kind": "vehicle", "state": "on_way"}
    act(officer, number, "resources", **called)
    told = signed_in("leader").get(f"/wall/incidents/{number}")
    assert [one["properties"]["role"] for one in told.json()["shapes"]] == ["drawn-line"]
    assert told.json()["resources"][1] == {"name": "途中", "n": 1}
    assert "张三" not in told.text
    assert "李四" not in told.text
