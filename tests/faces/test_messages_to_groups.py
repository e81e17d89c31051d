"""Messages to the working groups of a response: everybody on them is told, receipts by member, lapses."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from emergency.incidents.reading import get_incident, list_facts_with
from emergency.response import store
from gis_core.clock import FixedClock
from tests.case_city import FRIDAY_MORNING
from tests.faces.test_incident_room import act, room
from tests.faces.test_messages_with_receipts import confirm, message_id, notices, send
from tests.faces.test_responses import activate, flood
from tests.faces.test_responses import send as answer
from tests.response_city import PLANS
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]
RESCUE, LIFELINES = "group:rescue", "group:lifelines"


@pytest.fixture
def plans(wiring: Wiring) -> dict[str, int]:
    """The sample plans: the version's id by the plan's code."""
    with wiring.sessions.begin() as session:
        ids = {one.code: store.add_version(session, one, by="系统", at=FRIDAY_MORNING) for one in PLANS}
    return {code: number for code, number in ids.items() if number}


@pytest.fixture
def commander(signed_in: SignedIn) -> TestClient:
    return signed_in("commander")


@pytest.fixture
def number(signed_in: SignedIn, commander: TestClient, plans: dict[str, int]) -> str:
    """A flood whose plan is in force at the third level."""
    number = flood(signed_in("duty1"))
    assert activate(commander, number, plans["BJ-FX"]).status_code == 303
    return number


def kept(wiring: Wiring, number: str) -> dict[str, Any]:
    """The last message as the record has it."""
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, number)
        body: dict[str, Any] = dict(list_facts_with(session, incident.id, "message")[-1].body["message"])
    return body


def receipts(shown: str) -> str:
    """What the room tells of the receipts of its first message."""
    found = re.search(r'<details id="receipts-.*?</details>', shown, re.DOTALL)
    assert found
    return found[0]


def test_the_groups_in_force_can_be_chosen(commander: TestClient, number: str) -> None:
    shown = room(commander, number)
    assert all(words in shown for words in ("宝鸡市防汛抗旱指挥部", "抢险救援组", "城区排涝组"))


def test_without_a_response_there_is_no_group_to_send_to(signed_in: SignedIn) -> None:
    officer = signed_in("duty1")
    quiet = flood(officer)
    assert "抢险救援组" not in room(officer, quiet)
    assert send(officer, quiet, to=[RESCUE]).status_code == 400


def test_everybody_on_a_group_is_told_and_each_receipt_is_told_by_name(
    commander: TestClient, signed_in: SignedIn, number: str, wiring: Wiring
) -> None:
    assert send(commander, number, to=[LIFELINES]).status_code == 303
    (group,) = kept(wiring, number)["groups"]
    n, power = len(group["members"]), signed_in("power")
    assert len(notices(wiring, "incident_message")) == n
    assert confirm(power, message_id(commander, number)).status_code == 303
    shown = receipts(room(commander, number))
    assert "设施抢修组" in shown
    assert "供电公司经办员甲" in shown
    assert shown.count("未确认") == n - 1


def test_the_record_keeps_the_group_as_it_was_when_the_message_went_out(
    commander: TestClient, number: str, wiring: Wiring, plans: dict[str, int]
) -> None:
    assert send(commander, number, to=[RESCUE]).status_code == 303
    before = kept(wiring, number)
    levels = {f"level_{plans['BJ-FX']}": "2", f"level_{plans['BJ-DZ']}": "2"}
    raised = answer(commander, number, "change", **levels, commander="leader@BJ-ZH", why="又有震情")
    assert raised.status_code == 303
    assert kept(wiring, number) == before
    assert f"发出时的组成，{len(before['groups'][0]['members'])} 个" in room(commander, number)
    assert send(commander, number, to=[RESCUE]).status_code == 303
    assert len(kept(wiring, number)["groups"][0]["members"]) > len(before["groups"][0]["members"])


def test_a_receipt_that_lapses_is_an_alarm_of_the_room_until_it_is_there(
    commander: TestClient, signed_in: SignedIn, number: str, clock: FixedClock
) -> None:
    assert send(commander, number, to=["org:BJ-GD"]).status_code == 303
    waiting = room(commander, number)
    assert 'data-look-in-s="600"' in waiting
    assert "分钟没有全部确认" not in waiting
    clock.at += timedelta(minutes=12)
    lapsed = room(commander, number)
    assert "超过 10 分钟没有全部确认（时限为系统默认）：供电公司" in lapsed
    assert "12 分前" in receipts(lapsed)
    assert confirm(signed_in("power"), message_id(commander, number)).status_code == 303
    assert "分钟没有全部确认" not in room(commander, number)


def test_one_member_is_reminded_alone(commander: TestClient, number: str, wiring: Wiring) -> None:
    assert send(commander, number, to=[LIFELINES]).status_code == 303
    urge = f"messages/{message_id(commander, number)}/urge"
    assert act(commander, number, urge, to="org:BJ-GD").status_code == 303
    assert notices(wiring, "incident_message_urged") == ["body"]
    assert receipts(room(commander, number)).count("已催 1 次") == 1
    assert act(commander, number, urge, to="org:NOWHERE").status_code == 409
