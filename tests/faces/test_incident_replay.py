"""Replay of an incident: every moment has its own page, links step through it, a broken chain is told."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from cases.rules.deciding import Asking
from emergency.rules.closing import NoteWays
from gis_core.clock import FixedClock
from tests.faces.test_duty_desk import step, take
from web.incident_replay import MomentAsked, read_replay
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]


@pytest.fixture
def officer(signed_in: SignedIn) -> TestClient:
    return signed_in("duty1")


@pytest.fixture
def number(officer: TestClient, clock: FixedClock) -> str:
    """An incident with a fact every ten minutes: the call, its level, a toll, a note."""
    number = take(officer, words="槽车侧翻，电话 0917-1234567")
    for action, fields in (
        ("confirm", {"kind_code": "hazmat", "event_level": "3"}),
        ("note_toll", {"dead": "2", "words": "现场清点"}),
        ("note", {"words": "抢险队进场"}),
    ):
        clock.at += timedelta(minutes=10)
        assert step(officer, number, action, **fields) == 303
    clock.at += timedelta(minutes=10)
    return number


def board(who: TestClient, number: str, at: str = "") -> str:
    answer = who.get(f"/incidents/{number}/replay", params={"at": at} if at else {})
    assert answer.status_code == 200, answer.text
    return answer.text.split("data-board")[1].split("</footer>")[0]


def test_the_last_moment_is_shown_without_a_word(officer: TestClient, number: str) -> None:
    shown = board(officer, number)
    assert "第 4 条，共 4 条" in shown
    assert "死亡 2 人" in shown


def test_at_a_moment_the_board_shows_what_was_known_then(officer: TestClient, number: str) -> None:
    shown = board(officer, number, "2026-09-18T09:35")
    assert "第 1 条，共 4 条" in shown
    assert "待核实" in shown
    assert "死亡 1 人，失踪 2 人" in shown
    assert "抢险队进场" not in shown


def test_links_step_from_fact_to_fact_without_any_script(officer: TestClient, number: str) -> None:
    seen, address = [], f"/incidents/{number}/replay?at=2026-09-18T09:30:00"
    while address:
        html = officer.get(address).text
        seen += re.findall(r"第 (\d) 条", html)
        following = re.search(r'data-do="next" href="([^"]+)"', html)
        address = following[1].replace("&amp;", "&") if following else ""
    assert seen == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("at", "because"),
    [("10:11", "planned"), ("10:16", "in_force"), ("10:19", "over")],
)
def test_a_closure_is_drawn_as_it_stood(
    officer: TestClient, number: str, wiring: Wiring, clock: FixedClock, at: str, because: str
) -> None:
    body = {
        "key": "k", "action": "close", "name": "经二路", "may_enter": [],
        "since": "2026-09-18T10:15:00+08:00", "until": "2026-09-18T10:18:00+08:00",
        "geometry": {"type": "LineString", "coordinates": [[107.14, 34.37], [107.15, 34.37]]},
    }  # fmt: skip
    clock.at -= timedelta(minutes=0.5)
    wiring.incidents.perform(
        number, NoteWays("封控经二路", {"closure": body}), Asking(clock.at, None, "甲", "duty_officer", None)
    )
    clock.at += timedelta(minutes=30)
    shown = officer.get(f"/api/v1/incidents/{number}/then", params={"at": f"2026-09-18T{at}:00"}).json()
    standings = [one["properties"].get("standing") for one in shown["features"]]
    assert [one for one in standings if one] == ([because] if because != "over" else [])


def test_a_moment_has_the_same_digest_hours_later(
    officer: TestClient, number: str, clock: FixedClock
) -> None:
    def digest() -> list[str]:
        return re.findall(r"到这一条的校验：(\w{16})", board(officer, number, "2026-09-18T09:45"))

    before = digest()
    clock.at += timedelta(hours=3)
    assert step(officer, number, "note", words="过后补记") == 303
    assert digest() == before
    assert len(before) == 1


def test_a_report_is_overdue_at_the_moment_at_which_it_was(officer: TestClient, number: str) -> None:
    def owed(at: str) -> int:
        return board(officer, number, at).count("owed-overdue")

    assert owed("2026-09-18T09:31") < owed("2026-09-18T10:05")


def test_the_player_is_told_facts_and_deadlines(officer: TestClient, number: str) -> None:
    html = officer.get(f"/incidents/{number}/replay").text
    found = re.search(r"data-replay>(.*?)</script>", html, re.S)
    assert found
    told = json.loads(found[1])
    assert told["length_s"] == 1800
    assert [seconds for seconds, _, is_fact in told["steps"] if is_fact] == [0, 600, 1200, 1800]
    assert any(not is_fact for _, _, is_fact in told["steps"])


def test_the_map_of_a_moment_has_the_incident_with_the_level_of_then(
    officer: TestClient, number: str
) -> None:
    def level(at: str) -> object:
        shapes = officer.get(f"/api/v1/incidents/{number}/then", params={"at": at}).json()
        return shapes["features"][-1]["properties"]["event_level"]

    assert [level("2026-09-18T09:31"), level("2026-09-18T09:55")] == [3, 3]


@pytest.mark.parametrize(
    ("at", "status", "code"),
    [
        ("gestern", 400, "bad_replay"),
        ("2026-13-40T00:00", 400, "bad_replay"),
        ("0001-01-01T00:00", 400, "bad_replay"),
        ("2027-09-18T00:00", 400, "replay_in_future"),
        ("2026-09-18T09:00", 404, "incident_nothing_known_yet"),
    ],
)
def test_a_moment_that_is_none_is_refused_in_words(
    officer: TestClient, number: str, at: str, status: int, code: str
) -> None:
    answer = officer.get(f"/incidents/{number}/replay", params={"at": at})
    assert (answer.status_code, code in answer.text) == (status, True)


def test_a_speed_there_is_none_of_is_refused(officer: TestClient, number: str) -> None:
    assert officer.get(f"/incidents/{number}/replay?speed=7").status_code == 400


def test_a_broken_chain_is_told_on_the_replay(officer: TestClient, number: str, wiring: Wiring) -> None:
    with wiring.sessions.begin() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("UPDATE emergency.incident_fact SET text = '改过' WHERE seq = 2"))
    assert "记录链在第 2 条断开" in officer.get(f"/incidents/{number}/replay").text


def test_the_wall_replays_it_without_words_that_people_wrote(
    signed_in: SignedIn, officer: TestClient, number: str
) -> None:
    html = signed_in("wall").get(f"/wall/incidents/{number}/replay").text
    assert "突发事件回放" in html
    assert "抢险队进场" not in html
    assert "0917-1234567" not in html


def test_the_board_comes_alone_for_the_player(officer: TestClient, number: str) -> None:
    part = officer.get(f"/incidents/{number}/replay/board", params={"at": "2026-09-18T09:45"}).text
    assert "第 2 条，共 4 条" in part
    assert "<html" not in part


def test_who_may_not_read_incidents_may_not_replay_them(signed_in: SignedIn, number: str) -> None:
    assert signed_in("inspector1").get(f"/incidents/{number}/replay").status_code == 403


def test_a_board_is_folded_once_and_its_page_says_when_it_changes(
    officer: TestClient, wiring: Wiring, number: str
) -> None:
    page, alone = (read_replay(wiring, number, MomentAsked(), is_page=one) for one in (True, False))
    assert (len(page.turns) > 0, alone.turns) == (True, ())
    assert (page.digest, page.n) == (alone.digest, alone.n)


@pytest.mark.parametrize(
    ("since", "begins", "holds_s", "because"),
    [
        ("", "2026-09-18T09:30", 30 * 60 / 10 + 60, "the last moment is played from the beginning"),
        ("2026-09-18T09:45", "2026-09-18T09:45", 15 * 60 / 10 + 60, "a moment is played from there"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_the_replay_is_called_to_the_wall_from_its_page(
    officer: TestClient, number: str, wiring: Wiring, since: str, begins: str, holds_s: float, because: str
) -> None:
    page = officer.get(f"/incidents/{number}/replay").text
    assert f'name="incident_no" value="{number}"' in page
    sent = {"csrf": officer.headers["x-csrf-token"], "scene": "replay", "incident_no": number, "speed": "10"}
    told = told_scenes(wiring)
    answer = officer.post("/wall/scene", data=sent | {"from": since}, headers={"accept": "application/json"})
    assert answer.json()["holds_s"] == holds_s
    (called,) = told()
    assert (called["scene"], called["incident_no"]) == ("replay", number)
    asked = {name: value for name, (value,) in parse_qs(called["replay"]).items()}
    assert asked["at"].startswith(begins)
    assert (asked["speed"], asked["play"]) == ("10", "yes")


def test_on_the_wall_a_replay_says_that_it_is_not_live(signed_in: SignedIn, number: str) -> None:
    shown = signed_in("wall").get(f"/wall/incidents/{number}/replay?play=yes&wall=main&call=x").text
    assert "回放，不是实时" in shown
    assert "data-called" in shown


def test_an_incident_that_there_is_none_of_is_not_called(officer: TestClient) -> None:
    sent = {"csrf": officer.headers["x-csrf-token"], "scene": "replay", "incident_no": "TF0"}
    assert officer.post("/wall/scene", data=sent).status_code == 404


def told_scenes(wiring: Wiring) -> Callable[[], list[dict[str, str]]]:
    """Listens for scenes; what was called since."""
    _, address = wiring.engine.dialect.create_connect_args(wiring.engine.url)
    listener = psycopg.connect(**address, autocommit=True)
    listener.execute("LISTEN wall_scene")

    def told() -> list[dict[str, str]]:
        with listener:
            return [json.loads(one.payload) for one in listener.notifies(timeout=5, stop_after=1)]

    return told
