"""Messages of the incident room: who has not confirmed, urging; a drill tells nobody outside."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import text

from tests.faces.test_duty_desk import take
from tests.faces.test_hostile_words import ESCAPED, SCRIPT, is_harmless
from tests.faces.test_incident_room import act, room
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]
TO = ["org:BJ-GD", "post:leader"]


@pytest.fixture
def officer(signed_in: SignedIn) -> TestClient:
    return signed_in("duty1")


@pytest.fixture
def number(officer: TestClient) -> str:
    return take(officer)


def send(who: TestClient, number: str, words: str = "十分钟后视频会商", **changes: object) -> Response:
    fields = {"client_id": str(uuid4()), "words": words, "to": TO, "csrf": who.headers["x-csrf-token"]}
    return who.post(f"/incidents/{number}/room/messages", data=fields | changes)


def message_id(who: TestClient, number: str) -> str:
    found = re.search(r"/room/messages/(\d+)/urge", room(who, number))
    assert found
    return found[1]


def confirm(who: TestClient, message: str, base: str = "/department/tasks") -> Response:
    token = {"csrf": who.headers["x-csrf-token"]}
    return who.post(f"{base}/messages/{message}/confirm", data=token)


def notices(wiring: Wiring, occasion: str) -> list[str]:
    with wiring.sessions() as session:
        rows = session.execute(text("SELECT audience FROM cases.notice WHERE occasion = :o"), {"o": occasion})
        return sorted(rows.scalars())


def test_a_message_is_told_confirmed_and_urged_for(
    officer: TestClient, signed_in: SignedIn, number: str, wiring: Wiring
) -> None:
    assert send(officer, number).status_code == 303
    assert notices(wiring, "incident_message") == ["body", "post"]
    message, power = message_id(officer, number), signed_in("power")
    assert "十分钟后视频会商" in power.get("/department/tasks").text
    assert confirm(power, message).status_code == 303
    assert "十分钟后视频会商" not in power.get("/department/tasks").text
    shown = room(officer, number)
    assert "已确认 1/2" in shown
    assert "未确认：值班领导" in shown
    assert act(officer, number, f"messages/{message}/urge").status_code == 303
    assert notices(wiring, "incident_message_urged") == ["post"]
    assert act(signed_in("leader"), number, f"messages/{message}/confirm").status_code == 303
    assert "已确认 2/2" in room(officer, number)
    assert act(officer, number, f"messages/{message}/urge").status_code == 409


def test_a_phone_confirms_through_its_queue_once(
    officer: TestClient, signed_in: SignedIn, number: str
) -> None:
    send(officer, number)
    message, power = message_id(officer, number), signed_in("power")
    asked = power.post(
        f"/m/emergency/messages/{message}/confirm", headers={"accept": "application/json"}, data={"a": "1"}
    )
    assert asked.json() == {"page": "/m/emergency?done=confirm"}
    assert confirm(power, message, "/m/emergency").status_code == 303
    assert officer.get(f"/incidents/{number}").text.count("确认收到通知") == 1


def test_who_is_not_a_receiver_cannot_confirm(officer: TestClient, signed_in: SignedIn, number: str) -> None:
    send(officer, number)
    refused = confirm(signed_in("telecom"), message_id(officer, number))
    assert (refused.status_code, "不是发给您的" in refused.text) == (403, True)
    assert confirm(signed_in("power"), "999999").status_code == 404


def test_a_drill_is_shown_inside_as_a_drill_and_makes_no_notice(
    officer: TestClient, signed_in: SignedIn, wiring: Wiring
) -> None:
    number = take(officer, is_drill="true")
    assert send(officer, number).status_code == 303
    assert notices(wiring, "incident_message") == []
    shown = signed_in("power").get("/department/tasks").text
    assert "十分钟后视频会商" in shown
    assert "演练" in shown


def test_a_message_sent_twice_is_one(officer: TestClient, number: str, wiring: Wiring) -> None:
    key = str(uuid4())
    assert [send(officer, number, client_id=key).status_code for _ in range(2)] == [303, 303]
    assert notices(wiring, "incident_message") == ["body", "post"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"to": []}, id="for nobody"),
        pytest.param({"to": ["org:NOWHERE"]}, id="for a department that is not there"),
        pytest.param({"to": ["person:1"]}, id="for a person"),
        pytest.param({"words": " "}, id="without words"),
        pytest.param({"words": "长" * 501}, id="too long"),
    ],
)
def test_a_message_that_cannot_be_is_refused(
    officer: TestClient, number: str, changes: dict[str, object]
) -> None:
    assert send(officer, number, **changes).status_code == 400
    assert "还没有发过通知" in room(officer, number)


def test_words_of_a_message_run_nowhere(officer: TestClient, signed_in: SignedIn, number: str) -> None:
    assert send(officer, number, words=SCRIPT).status_code == 303
    power = signed_in("power")
    pages = [power.get("/department/tasks").text, power.get("/m/emergency").text, room(officer, number)]
    assert [(ESCAPED in page, is_harmless(page)) for page in pages] == [(True, True)] * 3
