"""A crew does an emergency task with a phone: offline, twice, and after the task was called off."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from tests.case_city import picture
from tests.faces.test_hostile_words import ESCAPED, SCRIPT, is_harmless
from tests.faces.test_responses import activate, flood, plans, send

__all__ = ["plans"]
SignedIn = Callable[[str], TestClient]
SUPPLY = "保障指挥部、医院和安置点供电"
AS_QUEUE = {"accept": "application/json"}


@pytest.fixture
def number(signed_in: SignedIn) -> str:
    return flood(signed_in("duty1"))


@pytest.fixture
def commander(signed_in: SignedIn, number: str, plans: dict[str, int]) -> TestClient:
    """A commander who has activated the flood plan."""
    commander = signed_in("commander")
    assert activate(commander, number, plans["BJ-FX"]).status_code == 303
    return commander


@pytest.fixture
def power(signed_in: SignedIn, commander: TestClient) -> TestClient:
    return signed_in("power")


def task_of(who: TestClient, words: str = SUPPLY) -> str:
    found = re.search(rf"{words}.*?/m/emergency/(\d+)/", who.get("/m/emergency").text, re.DOTALL)
    assert found
    return found[1]


def queue(who: TestClient, task: str, action: str, **fields: str) -> Response:
    """What the phone's queue sends, maybe hours later."""
    sent = {"client_id": str(uuid4())} | fields
    return who.post(f"/m/emergency/{task}/{action}", data=sent, headers=AS_QUEUE)


def test_a_task_is_accepted_and_finished_with_photo_and_words(
    power: TestClient, commander: TestClient, number: str
) -> None:
    task = task_of(power)
    assert queue(power, task, "accept").status_code == 200
    files = [("photos", ("power.jpg", picture(), "image/jpeg"))]
    sent = {"client_id": str(uuid4()), "words": "发电车四台到位"}
    done = power.post(f"/m/emergency/{task}/finish", data=sent, files=files, headers=AS_QUEUE)
    assert (done.status_code, done.json()["page"]) == (200, "/m/emergency?done=finish")
    shown = commander.get(f"/incidents/{number}").text
    assert "发电车四台到位" in shown
    (photo,) = set(re.findall(r"/photos/([0-9a-f]{64})", shown))
    assert photo in commander.get(f"/incidents/{number}/response").text
    assert photo in commander.get(f"/incidents/{number}/room").text


def test_the_photo_is_for_those_who_may_see_the_incident_or_do_the_task(
    power: TestClient, commander: TestClient, signed_in: SignedIn, number: str
) -> None:
    task = task_of(power)
    files = [("photos", ("power.jpg", picture(), "image/jpeg"))]
    sent = {"client_id": str(uuid4()), "words": "到位"}
    power.post(f"/m/emergency/{task}/finish", data=sent, files=files, headers=AS_QUEUE)
    found = re.search(r"/photos/[0-9a-f]{64}", commander.get(f"/incidents/{number}").text)
    assert found
    looks = [who.get(found[0]).status_code for who in (commander, power, signed_in("telecom"))]
    assert looks == [200, 200, 404]


def test_what_is_sent_twice_is_done_once(power: TestClient, commander: TestClient, number: str) -> None:
    task, key = task_of(power), str(uuid4())
    assert [queue(power, task, "accept", client_id=key).status_code for _ in range(2)] == [200, 200]
    assert commander.get(f"/incidents/{number}").text.count("接受任务") == 1
    assert queue(power, task, "decline", client_id=key, words="没有车").json()["code"] == (
        "task_client_id_reused"
    )


def test_a_phone_that_comes_back_late_is_told_who_called_the_task_off(
    power: TestClient, commander: TestClient, number: str
) -> None:
    task = task_of(power)
    assert send(commander, number, "stand-down", why="流量回落到警戒以下").status_code == 303
    late = queue(power, task, "finish", words="发电车到位")
    assert late.status_code == 409
    assert "撤回：响应终止：流量回落到警戒以下" in late.json()["message"]


def test_a_task_given_to_others_meanwhile_is_no_longer_ones_own(
    power: TestClient, commander: TestClient, number: str
) -> None:
    task = task_of(power)
    send(commander, number, f"tasks/{task}/reassign", state="given", post="BJ-DX")
    assert queue(power, task, "accept").json()["code"] == "not_your_task"


def test_accepting_and_finishing_that_waited_together_are_both_taken(power: TestClient) -> None:
    task = task_of(power)
    assert queue(power, task, "accept").status_code == 200
    assert queue(power, task, "finish", words="发电车四台到位").status_code == 200


def test_giving_back_needs_a_reason_and_a_picture_is_a_picture(power: TestClient) -> None:
    task = task_of(power)
    assert queue(power, task, "decline", words=" ").status_code == 400
    files = [("photos", ("x.jpg", b"no picture", "image/jpeg"))]
    sent = {"client_id": str(uuid4()), "words": "到位"}
    refused = power.post(f"/m/emergency/{task}/finish", data=sent, files=files, headers=AS_QUEUE)
    assert refused.json()["code"] == "photo_unreadable"


def test_without_script_a_refusal_is_a_page(power: TestClient) -> None:
    task = task_of(power)
    sent = {"csrf": power.headers["x-csrf-token"], "words": " "}
    assert "没有提交成功" in power.post(f"/m/emergency/{task}/decline", data=sent).text


def test_an_officer_adds_photos_of_the_place(signed_in: SignedIn, number: str) -> None:
    officer = signed_in("duty1")
    token = {"csrf": officer.headers["x-csrf-token"]}
    files = [("photos", ("river.jpg", picture(), "image/jpeg"))]
    address = f"/incidents/{number}/room/photos"
    assert officer.post(address, data=token | {"words": "滩面过水"}, files=files).status_code == 303
    assert "照片 1 张：滩面过水" in officer.get(f"/incidents/{number}").text
    assert officer.post(address, data=token).status_code == 400


def test_ending_every_plan_by_checking_says_what_to_do(
    commander: TestClient, number: str, plans: dict[str, int]
) -> None:
    checked = commander.get(f"/incidents/{number}/response?level_{plans['BJ-FX']}=&commander=")
    assert "相当于终止响应" in checked.text


def test_the_phone_shows_what_was_written_and_runs_none_of_it(
    power: TestClient, commander: TestClient
) -> None:
    task = task_of(power)
    assert queue(power, task, "decline", words=SCRIPT).status_code == 200
    shown = power.get("/m/emergency").text
    assert (ESCAPED in shown, is_harmless(shown)) == (True, True)
