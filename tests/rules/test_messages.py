"""Messages on their way out, against real servers on the loopback: e-mail, SMS files, push, signed posts."""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from py_vapid import Vapid02

from gis_core.messages.mail import BadMailServer, Mail
from gis_core.messages.posting import Allowed, BadAllowList, HostNotAllowed, Poster
from gis_core.messages.push import (
    BadPushKey,
    BadSubscription,
    Push,
    Subscription,
    SubscriptionGone,
    make_key,
)
from gis_core.messages.sending import Message, NotSent
from gis_core.messages.sms_files import SmsFiles
from tests.receivers import Browser, Inbox, Receiver, certified, free_port, mail_server

AT = datetime(2026, 9, 18, 1, 30, tzinfo=UTC)
MESSAGE = Message(
    "citygrid-7", "someone@example.org", "您反映的问题已办结", "已由排水管理处处置。", "zh",
    "https://city.example/track?no=1", "https://city.example/stop?t=x",
)  # fmt: skip
LOOPBACK = Allowed.read("127.0.0.0/8, ::1/128")


# e-mail


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def mail(inbox: Inbox) -> Iterator[Mail]:
    with mail_server(inbox) as address:
        yield Mail.at(f"smtp+plain://city:secret@{address}", "城市管理 <city@city.example>")


def test_an_e_mail_travels_by_tls_to_a_server_that_proves_its_name(tmp_path: Path, inbox: Inbox) -> None:
    of_server, of_client = certified(tmp_path)
    with mail_server(inbox, tls=of_server) as address:
        sender = Mail.at(f"smtp://city:secret@{address}", "city@city.example")
        with pytest.raises(NotSent):
            sender.send(MESSAGE)  # nobody vouches for it
        replace(sender, trust=of_client).send(MESSAGE)
    assert len(inbox.mails) == 1


def test_an_e_mail_arrives_with_its_words_links_and_a_way_to_stop(mail: Mail, inbox: Inbox) -> None:
    mail.send(MESSAGE)
    taken = message_from_bytes(inbox.mails[0].content, policy=policy.default)
    assert taken["Subject"] == "您反映的问题已办结"
    assert "https://city.example/stop?t=x" in taken["List-Unsubscribe"]
    assert "已由排水管理处处置。" in taken.get_content()


def test_an_e_mail_that_is_tried_again_can_be_told_by_its_number(mail: Mail, inbox: Inbox) -> None:
    mail.send(MESSAGE)
    assert b"Message-ID: <citygrid-7@city.example>" in inbox.mails[0].content


def test_words_cannot_add_headers_to_an_e_mail(mail: Mail, inbox: Inbox) -> None:
    mail.send(replace(MESSAGE, title="办结\r\nBcc: other@example.org"))
    assert inbox.mails[0].rcpt_tos == ["someone@example.org"]


REFUSED = [
    ("550 nobody here", True, "an address that is not there is not tried again"),
    ("451 try later", False, "a server that is busy is tried again"),
]


@pytest.mark.parametrize(("answer", "is_for_good", "because"), REFUSED, ids=[row[-1] for row in REFUSED])
def test_a_mail_server_that_refuses(
    mail: Mail, inbox: Inbox, answer: str, is_for_good: bool, because: str
) -> None:
    inbox.answer = answer
    with pytest.raises(NotSent) as failure:
        mail.send(MESSAGE)
    assert (failure.value.is_for_good, failure.value.answer) == (is_for_good, f"SMTP {answer[:3]}")


def test_a_mail_server_that_is_away_is_tried_again() -> None:
    with pytest.raises(NotSent) as failure:
        Mail.at(f"smtp://127.0.0.1:{free_port()}", "city@city.example").send(MESSAGE)
    assert not failure.value.is_for_good


def test_a_server_without_tls_is_not_spoken_to_unless_told(mail: Mail) -> None:
    with pytest.raises(NotSent):
        Mail.at(f"smtp://{mail.host}:{mail.port}", "city@city.example").send(MESSAGE)


def test_a_wrong_password_is_tried_again_when_somebody_has_set_it_right(mail: Mail) -> None:
    with pytest.raises(NotSent) as failure:
        Mail.at(f"smtp+plain://city:wrong@{mail.host}:{mail.port}", "city@city.example").send(MESSAGE)
    assert not failure.value.is_for_good


@pytest.mark.parametrize("url", ["ftp://host", "smtp://", "host:25", "smtp://host"])
def test_an_address_that_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(BadMailServer):
        Mail.at(url, "" if url == "smtp://host" else "city@city.example")


def test_a_password_is_in_no_representation() -> None:
    assert "secret" not in repr(Mail.at("smtp://city:secret@host", "city@city.example"))


# SMS


def test_an_sms_is_a_whole_file_for_its_owner_alone(tmp_path: Path) -> None:
    SmsFiles(tmp_path / "sms").send(MESSAGE)
    (file,) = (tmp_path / "sms").iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("citygrid-7.json", 0o600)
    assert json.loads(file.read_text("utf-8"))["text"].startswith("已由排水管理处处置。 https://city.example")


def test_an_sms_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "sms").write_text("no folder")
    with pytest.raises(NotSent):
        SmsFiles(tmp_path / "sms").send(MESSAGE)


# posts


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def test_a_post_arrives_as_it_was_written(receiver: Receiver) -> None:
    answer = Poster(LOOPBACK).post(receiver.url, b"{}", {"X-One": "1"})
    assert (answer.status, receiver.posts[0][1], receiver.posts[0][0]["X-One"]) == (204, b"{}", "1")


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 307, {"Location": receiver.url}
    answer = Poster(LOOPBACK).post(receiver.url, b"{}", {})
    assert (answer.is_good, len(receiver.posts)) == (False, 1)


CLOSED = [
    ("http://127.0.0.1/", "hooks.example", "the machine itself is not listed"),
    ("http://[::1]/", "", "nor by its other address"),
    ("https://user:word@127.0.0.1/", "127.0.0.0/8", "no name and no password in an address"),
    ("file:///etc/passwd", "127.0.0.0/8", "a file is no host"),
    ("gopher://127.0.0.1/", "127.0.0.0/8", "nor is an old protocol"),
    ("https://", "127.0.0.0/8", "no host at all"),
    ("http://127.0.0.1:99999/", "127.0.0.0/8", "a port that cannot be"),
]


@pytest.mark.parametrize(("url", "allowed", "because"), CLOSED, ids=[row[-1] for row in CLOSED])
def test_an_address_that_is_not_open(url: str, allowed: str, because: str) -> None:
    with pytest.raises(HostNotAllowed):
        Poster(Allowed.read(allowed)).check(url)


def answering(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Names mean these addresses, one after the other; an address means itself."""
    found, look_up = iter(addresses), socket.getaddrinfo

    def answer(host: str, port: int, *more: object, **named: object) -> list[tuple[object, ...]]:
        if host == "127.0.0.1":
            return look_up(host, port, *more, **named)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(found), port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


INNER = [
    "10.0.0.5",
    "127.0.0.1",
    "169.254.169.254",
    "::1",
    "::ffff:127.0.0.1",
    "fd00::1",
    "0.0.0.0",
    "224.0.0.1",
]


@pytest.mark.parametrize("address", INNER)
def test_a_listed_name_does_not_open_an_inner_address(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    answering(monkeypatch, address)
    with pytest.raises(HostNotAllowed):
        Poster(Allowed.read("hooks.example")).check("https://hooks.example/")


def test_a_listed_name_is_spoken_to_by_tls_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "93.184.216.34", "93.184.216.34")
    poster = Poster(Allowed.read("*.example"))
    assert poster.check("https://hooks.example/")[1] == "93.184.216.34"
    with pytest.raises(HostNotAllowed):
        poster.check("http://hooks.example/")


def test_a_name_that_changes_its_meaning_meanwhile_is_not_asked_again(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, "127.0.0.1")  # a second look would find no answer
    port = receiver.server.server_port
    assert Poster(LOOPBACK).post(f"http://rebind.example:{port}/", b"{}", {}).status == 204


@pytest.mark.parametrize("entry", ["10.1.0.1/16", "https://hooks.example", "a b", "*"])
def test_an_entry_that_is_neither_host_nor_net_is_refused(entry: str) -> None:
    with pytest.raises(BadAllowList):
        Allowed.read(entry)


# push


@pytest.fixture
def push(tmp_path: Path) -> Push:
    make_key(tmp_path / "push.pem")
    return Push(Poster(LOOPBACK), tmp_path / "push.pem", "mailto:city@city.example")


def test_a_push_is_read_by_its_browser_and_signed_by_us(push: Push, receiver: Receiver) -> None:
    browser = Browser(receiver.url)
    push.send(Subscription.read(browser.told), {"title": "待办"}, AT)
    headers, body = receiver.posts[0]
    assert browser.read(body) == {"title": "待办"}
    assert Vapid02.verify(headers["Authorization"])
    assert push.public_key in headers["Authorization"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_no_more_is_forgotten(push: Push, receiver: Receiver, status: int) -> None:
    receiver.status = status
    with pytest.raises(SubscriptionGone):
        push.send(Subscription.read(Browser(receiver.url).told), {"title": "待办"}, AT)


def test_a_push_service_that_is_not_listed_is_not_spoken_to(push: Push, tmp_path: Path) -> None:
    closed = Push(Poster(Allowed()), push.key_file, push.contact)
    with pytest.raises(NotSent) as failure:
        closed.send(Subscription.read(Browser("http://127.0.0.1:1/").told), {}, AT)
    assert failure.value.is_for_good


@pytest.mark.parametrize("told", [{}, {"endpoint": "https://x", "keys": {"p256dh": "AA", "auth": "AA"}}])
def test_a_browser_that_does_not_say_how_it_is_reached_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(BadSubscription):
        Subscription.read(told)


def test_a_key_for_push_is_not_made_twice(push: Push) -> None:
    with pytest.raises(BadPushKey):
        make_key(push.key_file)
    assert push.key_file.stat().st_mode & 0o777 == 0o600
