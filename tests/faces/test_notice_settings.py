"""By which channels people hear, what went out, and which systems are told: pages and the command line."""

import re
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from typer.testing import CliRunner

from gis_core.messages.posting import Allowed, Poster
from gis_core.messages.push import Push, make_key
from tests.face_city import report_of, token_in, try_sign_in
from tests.receivers import Browser
from web.app import create_app
from web.cli import app

CHOSEN = {"sms": ["overdue", "turn", "nonsense"], "language": "en", "phone": "139 1234 5678"}


@pytest.fixture
def signed(wiring, tmp_path):
    """Opens browsers of people where all channels are open."""
    make_key(tmp_path / "push.pem")
    loopback = Poster(Allowed.read("127.0.0.0/8"))
    push = Push(loopback, tmp_path / "push.pem", "mailto:city@city.example")
    channels = replace(wiring.channels, push=push, hooks=loopback)
    city = create_app(replace(wiring, channels=channels))

    def sign(login):
        client = TestClient(city, follow_redirects=False, raise_server_exceptions=False)
        try_sign_in(client, login)
        client.headers["x-csrf-token"] = client.get("/api/v1/me").json()["csrf_token"]
        return client

    return sign


def count(wiring, words, **values):
    with wiring.sessions() as session:
        return session.execute(text(f"SELECT count(*) FROM cases.{words}"), values).scalar_one()


# wishes


def test_what_somebody_chose_is_kept_in_one_way_of_writing(signed, wiring):
    operator = signed("operator2")
    page = operator.get(operator.post("/notices/settings", data=CHOSEN).headers["location"]).text
    assert [words in page for words in ("+8613912345678", 'value="en" selected', "已保存")] == [True] * 3
    assert re.findall(r'name="sms" value="(\w+)" checked', page) == ["turn", "overdue"]


def test_a_channel_without_an_address_says_what_is_missing_and_keeps_the_choice(signed):
    page = signed("operator2").post("/notices/settings", data={"sms": ["turn", "told"]})
    assert (page.status_code, "请填写手机号码" in page.text) == (400, True)
    assert len(re.findall(r'name="sms" value="\w+" checked', page.text)) == 2


def test_a_message_goes_to_who_chose_it(signed, wiring):
    signed("operator2").post("/notices/settings", data={"sms": ["turn"], "phone": "13912345678"})
    signed("operator1").post("/api/v1/reports", json=report_of())
    assert count(wiring, "delivery WHERE channel = 'sms' AND status = 'waiting'") == 1


@pytest.mark.parametrize("phone", ["0917-3800000", "12319", "1", "x", "1" * 60])
def test_a_number_that_takes_no_sms_is_refused(signed, phone):
    assert signed("operator2").post("/notices/settings", data={"phone": phone}).status_code == 400


# push


def test_a_browser_takes_push_and_can_be_switched_off(signed, wiring):
    operator, browser = signed("operator2"), Browser("http://127.0.0.1:9/push/1").told
    operator.post("/notices/browsers", json=browser)
    assert count(wiring, "push_subscription") == 1
    operator.post("/notices/browsers/remove", json={"endpoint": browser["endpoint"]})
    assert count(wiring, "push_subscription") == 0


def test_a_push_service_that_is_not_listed_is_refused(signed):
    answer = signed("operator2").post(
        "/notices/browsers",
        json=Browser("https://10.0.0.1/push").told,
        headers={"accept": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "host_not_allowed")


def test_one_person_cannot_switch_off_another_s_browser(signed, wiring):
    browser = Browser("http://127.0.0.1:9/push/1").told
    signed("operator2").post("/notices/browsers", json=browser)
    signed("operator1").post("/notices/browsers/remove", json={"endpoint": browser["endpoint"]})
    assert count(wiring, "push_subscription") == 1


# the log and other systems


def test_a_system_is_registered_and_its_secret_is_shown_once(signed):
    admin = signed("admin")
    made = {"name": "省平台", "url": "http://127.0.0.1:9/hook", "occasions": ["accept", "close"]}
    assert "whsec_" in admin.post("/notices/webhooks", data=made).text
    page = admin.get("/notices/webhooks").text
    assert ("省平台" in page, "whsec_" in page) == (True, False)


def test_a_system_at_an_address_that_is_not_open_is_refused_with_the_form(signed):
    answer = signed("admin").post("/notices/webhooks", data={"name": "内网", "url": "http://10.0.0.1/"})
    assert (answer.status_code, "http://10.0.0.1/" in answer.text) == (422, True)


@pytest.mark.parametrize(("deed", "left"), [("pause", 0), ("rotate", 1), ("remove", 0)])
def test_a_system_is_paused_gets_a_new_secret_or_goes(signed, wiring, deed, left):
    admin = signed("admin")
    admin.post("/notices/webhooks", data={"name": "one", "url": "http://127.0.0.1:9/hook"})
    admin.post(f"/notices/webhooks/one/{deed}")
    signed("operator1").post("/api/v1/reports", json=report_of())
    assert count(wiring, "delivery WHERE channel = 'webhook'") == left


@pytest.fixture
def dead(signed, wiring):
    """A message that was given up."""
    admin = signed("admin")
    admin.post("/notices/webhooks", data={"name": "one", "url": "http://127.0.0.1:9/hook"})
    signed("operator1").post("/api/v1/reports", json=report_of())
    with wiring.sessions.begin() as session:
        session.execute(text("UPDATE cases.delivery SET status = 'dead', attempt_count = 8"))
    return admin


def test_a_message_that_did_not_arrive_is_seen_and_sent_again(dead, wiring):
    page = dead.get("/notices/messages?status=dead").text
    (again,) = re.findall(r'action="(/notices/messages/\d+/again)"', page)
    dead.post(again, data={"csrf": token_in(page)})
    assert count(wiring, "delivery WHERE status = 'waiting' AND attempt_count = 0") == 1


def test_an_auditor_looks_and_changes_nothing(dead, signed):
    auditor = signed("auditor")
    page = auditor.get("/notices/messages").text
    assert ("未送达" in page, "/again" in page) == (True, False)
    assert auditor.get("/notices/webhooks").status_code == 403


@pytest.mark.parametrize("address", ["/notices/messages", "/notices/webhooks"])
def test_the_log_is_not_for_everybody(signed, address):
    assert signed("operator1").get(address).status_code == 403


@pytest.fixture
def command(wiring, monkeypatch, tmp_path):
    """Runs the command line on the city's database."""
    url = wiring.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("CITYGRID_DATABASE_URL", url)
    monkeypatch.setenv("CITYGRID_HOME", str(tmp_path))
    monkeypatch.setenv("CITYGRID_WEBHOOK_HOSTS", "127.0.0.0/8")
    return lambda *words: CliRunner().invoke(app, ["notices", *words], catch_exceptions=False)


def test_the_command_line_registers_lists_changes_and_removes_a_system(command, wiring):
    steps = [("webhook-add", "one", "http://127.0.0.1:9/", "--on", "close"), ("webhooks",),
             ("webhook-rotate", "one"), ("messages",), ("webhook-remove", "one")]  # fmt: skip
    assert [command(*step).exit_code for step in steps] == [0] * 5
    assert count(wiring, "webhook") == 0


def test_the_command_line_makes_a_key_for_push_once(command, tmp_path):
    assert command("push-key").exit_code == 0
    assert (tmp_path / "push.pem").read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")
