"""Messages by e-mail, SMS, push and webhook: with the decision or not at all, tried again, held back."""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from cases.notices import outbox
from cases.notices.delivering import Delivering
from cases.notices.field import hearers_of, tell_field
from cases.notices.wording import NoticeBook
from cases.rules.commands import Accept, Decline, FileCase
from cases.rules.resending import MOST_ATTEMPTS
from gis_core.clock import FixedClock
from gis_core.db import Sessions
from gis_core.jobs import open_jobs, run_worker
from gis_core.messages.mail import Mail
from gis_core.messages.posting import Allowed, Poster
from gis_core.messages.push import Push, make_key
from gis_core.messages.signing import HEADER, is_signed
from gis_core.messages.sms_files import SmsFiles
from tests.case_city import COMMUNITY, MISSING_COVER, CaseCity, baoji
from tests.receivers import Browser, Inbox, Receiver, free_port, mail_server

LOOPBACK = Poster(Allowed.read("127.0.0.0/8"))
PHONE, ADDRESS = "+8613900000000", "someone@example.org"
ADD_WISH = text("""
    INSERT INTO cases.notice_wish (person_id, email, phone, email_topics, sms_topics, push_topics)
    VALUES (:person_id, :email, :phone, :email_topics, :sms_topics, :push_topics)
""")
ADD_FOLLOWER = text("""
    INSERT INTO cases.follower (case_id, track_code, channel, address, language, stop_token, chosen_at)
    SELECT id, track_code, :channel, :address, 'zh', :token, now() FROM cases."case" WHERE case_no = :case_no
""")
ADD_HOOK = text("""
    INSERT INTO cases.webhook (name, url, secret, former_secret, former_until, occasions, created_at)
    VALUES ('one', :url, 'new', 'old', :until, :occasions, now())
""")
ADD_BROWSER = text("""
    INSERT INTO cases.push_subscription (person_id, endpoint, p256dh, auth, user_agent, created_at)
    VALUES (:person_id, :endpoint, :p256dh, :auth, '', now())
""")
DELIVERIES = text("SELECT id, channel, status, attempt_count FROM cases.delivery ORDER BY id")
CHIEF, OPERATOR = 4, 3


@pytest.fixture
def city(sessions: Sessions, tmp_path: Path, clock: FixedClock) -> CaseCity:
    return CaseCity(sessions, tmp_path / "photos", clock)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def post(city: CaseCity, tmp_path: Path) -> Delivering:
    make_key(tmp_path / "push.pem")
    return Delivering(
        sessions=city.sessions, clock=city.clock, book=NoticeBook.load(baoji()), mail=None,
        sms=SmsFiles(tmp_path / "sms"), push=Push(LOOPBACK, tmp_path / "push.pem", "mailto:a@city.example"),
        hooks=LOOPBACK, site_url="https://city.example",
    )  # fmt: skip


def write(city: CaseCity, statement: object, **values: object) -> None:
    with city.sessions.begin() as session:
        session.execute(statement, values)  # type: ignore[call-overload]


def wish(city: CaseCity, person_id: int, **topics: list[str]) -> None:
    named = {f"{channel}_topics": topics.get(channel, []) for channel in ("email", "sms", "push")}
    write(city, ADD_WISH, person_id=person_id, email=ADDRESS, phone=PHONE, **named)


def rows(city: CaseCity) -> list[tuple[object, ...]]:
    with city.sessions() as session:
        return [tuple(row) for row in session.execute(DELIVERIES)]


def outcomes(city: CaseCity) -> list[tuple[object, object]]:
    return [(channel, status) for _, channel, status, _ in rows(city)]


def deliver(post: Delivering, city: CaseCity) -> None:
    post.deliver_all([int(str(row[0])) for row in rows(city)])


def sms_in(tmp_path: Path) -> list[dict[str, str]]:
    files = sorted((tmp_path / "sms").glob("*.json"), key=lambda file: int(file.stem.split("-")[1]))
    return [json.loads(file.read_text("utf-8")) for file in files]


def accepted(city: CaseCity) -> str:
    case_no = city.report().case_no
    city.perform(case_no, Accept(MISSING_COVER), "operator")
    return case_no


# who gets a message


def test_whoever_wants_to_hear_by_sms_gets_one_of_the_step(
    city: CaseCity, post: Delivering, tmp_path: Path
) -> None:
    wish(city, CHIEF, sms=["turn"])
    case_no = accepted(city)
    deliver(post, city)
    (sms,) = sms_in(tmp_path)
    assert sms["to"] == PHONE
    assert f"https://city.example/cases/{case_no}" in sms["text"]


def test_nobody_gets_a_message_of_what_was_not_asked_for(city: CaseCity) -> None:
    wish(city, CHIEF, sms=["overdue"], email=["told"])
    accepted(city)
    assert rows(city) == []


def test_nobody_gets_a_message_of_the_own_step(city: CaseCity) -> None:
    wish(city, OPERATOR, sms=["turn", "told"])
    city.report("operator", source="hotline", contact_name="来电人")
    assert rows(city) == []


def test_a_message_and_its_step_are_written_together_or_not_at_all(
    city: CaseCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish(city, CHIEF, sms=["turn"])
    case_no = city.report().case_no
    monkeypatch.setattr("cases.notices.store.send_named", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        city.perform(case_no, Accept(MISSING_COVER), "operator")
    assert (rows(city), city.case(case_no).summary.stage) == ([], "reported")


def test_a_worker_delivers_what_was_queued(city: CaseCity, post: Delivering, tmp_path: Path) -> None:
    wish(city, CHIEF, sms=["turn"])
    accepted(city)
    jobs = open_jobs(city.sessions.kw["bind"].url.render_as_string(hide_password=False))
    post.register(jobs)
    run_worker(jobs, until_empty=True)
    assert (outcomes(city), len(sms_in(tmp_path))) == ([("sms", "sent")], 1)


# when it fails


@pytest.fixture
def away(post: Delivering) -> Delivering:
    """A mail server that does not answer."""
    return replace(post, mail=Mail.at(f"smtp://127.0.0.1:{free_port()}", "city@city.example"))


def test_a_message_that_did_not_go_out_is_tried_again_later_and_later(
    city: CaseCity, away: Delivering
) -> None:
    wish(city, CHIEF, email=["turn"])
    accepted(city)
    deliver(away, city)
    deliver(away, city)  # too early
    city.wait(seconds=30)
    deliver(away, city)
    assert [row[2:] for row in rows(city)] == [("waiting", 2)]


def test_a_message_is_given_up_after_eight_attempts_and_can_be_sent_by_hand(
    city: CaseCity, away: Delivering, inbox: Inbox
) -> None:
    wish(city, CHIEF, email=["turn"])
    accepted(city)
    for _ in range(MOST_ATTEMPTS):
        deliver(away, city)
        city.wait(hours=6)
    assert [row[2:] for row in rows(city)] == [("dead", 8)]
    with mail_server(inbox) as address, city.sessions.begin() as session:
        assert outbox.send_again(session, int(str(rows(city)[0][0])), at=city.clock.at)
        session.commit()
        deliver(replace(away, mail=Mail.at(f"smtp+plain://{address}", "city@city.example")), city)
    assert (outcomes(city), len(inbox.mails)) == ([("email", "sent")], 1)


def test_an_attempt_is_logged_without_anybody_s_address(
    city: CaseCity, away: Delivering, caplog: pytest.LogCaptureFixture
) -> None:
    wish(city, CHIEF, email=["turn"])
    accepted(city)
    with caplog.at_level(logging.DEBUG):
        deliver(away, city)
    with city.sessions() as session:
        answers = session.execute(text("SELECT answer FROM cases.delivery_attempt")).scalars().all()
    assert answers == ["ConnectionRefusedError"]
    assert not [word for word in (ADDRESS, PHONE) if word in caplog.text + "".join(answers)]


def test_two_workers_do_not_send_one_message_twice(city: CaseCity, post: Delivering, tmp_path: Path) -> None:
    wish(city, CHIEF, sms=["turn"])
    accepted(city)
    number = int(str(rows(city)[0][0]))
    with ThreadPoolExecutor(4) as pool:
        statuses = [*pool.map(lambda _: post.deliver(number), range(4))]
    assert sorted(map(str, statuses)) == ["None", "None", "None", "sent"]


def test_a_message_that_died_with_its_worker_is_queued_again(city: CaseCity, post: Delivering) -> None:
    wish(city, CHIEF, sms=["turn"])
    accepted(city)
    write(city, text("DELETE FROM procrastinate_jobs; UPDATE cases.delivery SET claimed_until = next_at"))
    assert post.sweep() == 0
    city.wait(minutes=4)
    assert post.sweep() == 1


# held back


def test_an_sms_of_the_night_waits_for_the_morning(city: CaseCity, post: Delivering, tmp_path: Path) -> None:
    wish(city, CHIEF, sms=["turn"])
    city.wait(hours=14)  # 23:30
    accepted(city)
    deliver(post, city)
    assert [row[2:] for row in rows(city)] == [("waiting", 0)]
    city.wait(hours=7, minutes=30)
    deliver(post, city)
    assert outcomes(city) == [("sms", "sent")]


def test_nobody_gets_five_hundred_messages(city: CaseCity, post: Delivering, tmp_path: Path) -> None:
    wish(city, CHIEF, sms=["turn"])
    for _ in range(9):
        accepted(city)
    deliver(post, city)
    told = [sms["text"] for sms in sms_in(tmp_path)]
    assert (len(told), "通知较多" in told[-1], outcomes(city).count(("sms", "limited"))) == (7, True, 2)


def call_for_help(city: CaseCity) -> None:
    """Somebody in the field calls for help; whoever watches is told."""
    book = NoticeBook.load(baoji())
    said = {"name": "监督员甲", "place": "经二路", "since": "23:30"}
    with city.sessions.begin() as session:
        hearers = hearers_of("sos")
        tell_field(session, book, "sos", hearers, {"zh": said, "en": said}, seq=1, at=city.clock.now())


def test_a_call_for_help_in_the_night_waits_for_no_morning(
    city: CaseCity, post: Delivering, tmp_path: Path
) -> None:
    wish(city, CHIEF, sms=["field"])
    city.wait(hours=14)  # 23:30
    call_for_help(city)
    deliver(post, city)
    (sms,) = sms_in(tmp_path)
    assert ("监督员甲 23:30 求助" in sms["text"], outcomes(city)) == (True, [("sms", "sent")])


def test_a_call_for_help_is_told_to_who_has_had_a_full_share(
    city: CaseCity, post: Delivering, tmp_path: Path
) -> None:
    wish(city, CHIEF, sms=["turn", "field"])
    for _ in range(9):
        accepted(city)
    deliver(post, city)
    call_for_help(city)
    deliver(post, city)
    last = sms_in(tmp_path)[-1]["text"]
    assert ("监督员甲 23:30 求助" in last, "通知较多" in last) == (True, False)


# the reporter


def test_a_reporter_without_an_account_gets_words_and_a_way_to_stop(
    city: CaseCity, post: Delivering, tmp_path: Path
) -> None:
    case_no = city.report().case_no
    write(city, ADD_FOLLOWER, case_no=case_no, channel="sms", address=PHONE, token="stopping")
    city.perform(case_no, Accept(MISSING_COVER), "operator")
    deliver(post, city)
    (sms,) = sms_in(tmp_path)
    assert "已受理" in sms["text"]
    assert "/track?no=" in sms["text"]
    assert "/stop?t=stopping" in sms["text"]


def test_a_step_that_is_read_on_the_page_alone_sends_nothing(city: CaseCity) -> None:
    case_no = accepted(city)
    write(city, ADD_FOLLOWER, case_no=case_no, channel="sms", address=PHONE, token="stopping")
    city.perform(case_no, FileCase(), "chief")
    assert rows(city) == []


def test_who_has_stopped_gets_not_even_what_was_on_its_way(
    city: CaseCity, post: Delivering, tmp_path: Path
) -> None:
    case_no = city.report().case_no
    write(city, ADD_FOLLOWER, case_no=case_no, channel="sms", address=PHONE, token="stopping")
    city.perform(case_no, Accept(MISSING_COVER), "operator")
    write(city, text("UPDATE cases.follower SET stopped_at = now()"))
    deliver(post, city)
    assert (outcomes(city), sms_in(tmp_path)) == ([("sms", "stopped")], [])


# push


def test_a_browser_gets_what_its_person_wants(city: CaseCity, post: Delivering, receiver: Receiver) -> None:
    browser = Browser(receiver.url)
    wish(city, CHIEF, push=["turn"])
    write(city, ADD_BROWSER, person_id=CHIEF, endpoint=receiver.url, **browser.told["keys"])
    case_no = accepted(city)
    deliver(post, city)
    assert browser.read(receiver.posts[0][1])["link"] == f"/cases/{case_no}"


def test_a_browser_that_is_no_more_is_forgotten(city: CaseCity, post: Delivering, receiver: Receiver) -> None:
    receiver.status = 410
    wish(city, CHIEF, push=["turn"])
    write(city, ADD_BROWSER, person_id=CHIEF, endpoint=receiver.url, **Browser(receiver.url).told["keys"])
    accepted(city)
    deliver(post, city)
    assert (city.count("cases.push_subscription"), outcomes(city)) == (0, [("push", "dead")])


# webhooks


def hook(city: CaseCity, receiver: Receiver, *occasions: str) -> None:
    until = city.clock.at + timedelta(hours=24)
    write(city, ADD_HOOK, url=receiver.url, until=until, occasions=list(occasions))


def test_a_webhook_is_told_of_steps_signed_by_both_secrets_while_one_is_changed(
    city: CaseCity, post: Delivering, receiver: Receiver
) -> None:
    hook(city, receiver)
    case_no = city.report().case_no
    deliver(post, city)
    headers, body = receiver.posts[0]
    assert json.loads(body)["case_no"] == case_no
    assert [is_signed(body, headers[HEADER], secret, city.clock.at) for secret in ("new", "old", "x")] == [
        True, True, False,
    ]  # fmt: skip


def test_a_former_secret_ends(city: CaseCity, post: Delivering, receiver: Receiver) -> None:
    hook(city, receiver)
    city.wait(hours=25)
    city.report()
    deliver(post, city)
    headers, body = receiver.posts[0]
    assert not is_signed(body, headers[HEADER], "old", city.clock.at)


def test_a_webhook_hears_nobody_s_words_or_telephone(
    city: CaseCity, post: Delivering, receiver: Receiver
) -> None:
    hook(city, receiver)
    city.report("operator", source="hotline", contact_name="来电人", contact_phone=PHONE, place_text="门口")
    deliver(post, city)
    told = receiver.posts[0][1].decode()
    assert [word for word in ("来电人", PHONE, "门口", "井盖") if word in told] == []


@pytest.mark.parametrize(
    ("type_code", "grid", "because"),
    [("06028", None, "noise is told by neighbours"), ("06010", "015", "refuse lies in the street")],
)  # fmt: skip
def test_a_webhook_hears_the_grid_of_no_private_type(
    city: CaseCity, post: Delivering, receiver: Receiver, type_code: str, grid: str | None, because: str
) -> None:
    hook(city, receiver)
    city.perform(city.report(kind="matter", type_code=type_code).case_no, Decline("不归我们"), "operator")
    deliver(post, city)
    told = [json.loads(body) for _, body in receiver.posts]
    assert [one["event"] for one in told] == ["report", "decline"]
    assert {(one["unit_grid_code"] is None, one["community_code"]) for one in told} == {
        (grid is None, COMMUNITY)
    }


def test_a_webhook_hears_of_the_occasions_that_it_names(city: CaseCity, receiver: Receiver) -> None:
    hook(city, receiver, "accept")
    accepted(city)
    assert [channel for channel, _ in outcomes(city)] == ["webhook"]


ANSWERS = [
    (500, "waiting", "a fault of the receiver's is tried again"),
    (429, "waiting", "a receiver that is busy is tried again"),
    (404, "dead", "an address that is wrong is not"),
    (302, "dead", "a redirect is not followed"),
]


@pytest.mark.parametrize(("answer", "status", "because"), ANSWERS, ids=[row[-1] for row in ANSWERS])
def test_a_webhook_that_answers(
    city: CaseCity, post: Delivering, receiver: Receiver, answer: int, status: str, because: str
) -> None:
    receiver.status = answer
    hook(city, receiver)
    city.report()
    deliver(post, city)
    assert (outcomes(city), len(receiver.posts)) == ([("webhook", status)], 1)


def test_a_webhook_to_a_host_that_is_not_allowed_is_never_spoken_to(
    city: CaseCity, post: Delivering, receiver: Receiver
) -> None:
    hook(city, receiver)
    city.report()
    deliver(replace(post, hooks=Poster(Allowed())), city)
    assert (outcomes(city), receiver.posts) == ([("webhook", "dead")], [])
