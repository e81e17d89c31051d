"""Feeds of others, read from a real server: what is new comes once, what fails is told and tried again."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cases.rules.deciding import Asking
from emergency.cap.event_kinds import load_event_kinds
from emergency.cap.writing import write
from emergency.rules.plans.asking import asked_by
from emergency.sources import store
from emergency.sources.feeds import BadFeed, Feeds, FeedTaken
from emergency.sources.fetching import Fetching
from emergency.sources.reading import KeptFeed, last_heard, list_feeds
from emergency.warnings.operations import Warnings
from emergency.warnings.reading import list_warnings
from gis_core.db import Sessions
from gis_core.messages.getting import Getter
from gis_core.messages.posting import Allowed, HostNotAllowed
from tests.cap.alerts import WARNING
from tests.case_city import baoji
from tests.incident_city import PLANE, after, by, incidents_in
from tests.measured_city import situations
from web.warning_key import load_signing_key

DOCUMENT = write(WARNING)
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><feed xmlns="http://www.w3.org/2005/Atom">&b;</feed>'


@dataclass
class Site:
    """A web server on the loopback: pages by path, and which were asked for, with the tag that was sent."""

    pages: dict[str, bytes] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)
    url: str = ""

    def feed(self, *links: str) -> bytes:
        """An Atom feed of such links."""
        items = "".join(
            f"<entry><id>{link}</id><title>x</title><updated>2026-09-18T01:00:00Z</updated>"
            f'<link type="application/cap+xml" href="{link}"/></entry>'
            for link in links
        )
        return f'<feed xmlns="http://www.w3.org/2005/Atom">{items}</feed>'.encode()


def handler_of(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, moved = site.pages.get(self.path), site.moved.get(self.path)
            tag = f'"{hash(body)}"'
            status = 302 if moved else 404 if body is None else 200
            status = 304 if status == 200 and self.headers.get("If-None-Match") == tag else status
            site.asked.append((self.path, status))
            sent = body if status == 200 and body is not None else b""
            self.send_response(status)
            self.send_header("ETag", tag)
            self.send_header("Content-Length", str(len(sent)))
            self.send_header("Location", moved or "/")
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def site() -> Iterator[Site]:
    kept = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(kept))
    kept.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield kept
    server.shutdown()
    server.server_close()


@pytest.fixture
def feeds(sessions: Sessions) -> Feeds:
    return Feeds(sessions, Getter(Allowed.read("127.0.0.1/32")))


@pytest.fixture
def fetching(sessions: Sessions, feeds: Feeds, tmp_path: Path) -> Fetching:
    kinds = load_event_kinds(baoji().catalogue.folder)
    key = partial(load_signing_key, tmp_path, "test")
    warnings = Warnings(sessions, PLANE, incidents_in(sessions), kinds, "610300.citygrid", (0, 610300), key)

    def take(document: bytes, asking: Asking, channel: str) -> bool:
        return warnings.receive(document, asking, channel=channel).is_new

    return Fetching(sessions, feeds.getter, take)


@pytest.fixture
def subscribed(site: Site, feeds: Feeds) -> Callable[[bytes], Site]:
    """A feed "气象" every five minutes that says what it is given."""

    def subscribe(body: bytes) -> Site:
        site.pages["/feed"] = body
        feeds.add("气象", f"{site.url}/feed", 5, by())
        return site

    return subscribe


def the(sessions: Sessions) -> KeptFeed:
    with sessions() as session:
        return list_feeds(session)[0]


def came(sessions: Sessions) -> list[tuple[str, str]]:
    with sessions() as session:
        return [(one.alert.identifier, one.channel) for one in list_warnings(session, direction="in")]


def test_what_a_feed_links_comes_in_once(
    subscribed: Callable[[bytes], Site], site: Site, fetching: Fetching, sessions: Sessions
) -> None:
    site.pages["/one.xml"] = DOCUMENT
    subscribed(site.feed("/one.xml"))
    assert [fetching.sweep(after(minutes)) for minutes in (0, 1, 6)] == [1, 0, 0]
    assert came(sessions) == [(WARNING.identifier, "气象")]
    assert site.asked == [("/feed", 200), ("/one.xml", 200), ("/feed", 304)]
    assert (the(sessions).heard_at, the(sessions).taken, the(sessions).failure) == (after(6), 1, "")


def test_a_feed_that_grew_is_asked_for_its_new_item_alone(
    subscribed: Callable[[bytes], Site], site: Site, fetching: Fetching
) -> None:
    site.pages |= {"/1.xml": DOCUMENT, "/2.xml": write(replace(WARNING, identifier="other"))}
    subscribed(site.feed("/1.xml"))
    fetching.sweep(after(0))
    site.pages["/feed"] = site.feed("/1.xml", "/2.xml")
    assert fetching.sweep(after(6)) == 1
    assert [path for path, _ in site.asked] == ["/feed", "/1.xml", "/feed", "/2.xml"]


def test_a_message_that_is_the_feed_itself_is_taken(
    subscribed: Callable[[bytes], Site], fetching: Fetching, sessions: Sessions
) -> None:
    subscribed(DOCUMENT)
    assert (fetching.sweep(after(0)), fetching.sweep(after(6))) == (1, 0)
    assert len(came(sessions)) == 1


@pytest.mark.parametrize(
    ("body", "because"),
    [
        (b"<html>", "not well-formed"),
        (b"<html></html>", "no feed"),
        (BOMB, "an entity bomb"),
        (b"<feed>" + b"x" * (4 * 1024**2 + 1), "too large"),
    ],
)
def test_what_is_no_feed_is_told_and_tried_again_with_growing_pauses(
    subscribed: Callable[[bytes], Site], fetching: Fetching, sessions: Sessions, body: bytes, because: str
) -> None:
    subscribed(body)
    assert fetching.sweep(after(0)) == 0
    first = the(sessions)
    assert (first.failures, first.failure != "", first.next_at, first.heard_at) == (1, True, after(10), None)
    fetching.sweep(after(10))
    assert (the(sessions).failures, the(sessions).next_at) == (2, after(30)), because
    for _ in range(6):
        fetching.sweep(the(sessions).next_at)
    assert the(sessions).next_at - the(sessions).tried_at == timedelta(hours=1)


@pytest.mark.parametrize(
    "to", ["http://169.254.169.254/latest", "http://10.0.0.1/", "ftp://127.0.0.1/", "http://[::1"]
)
def test_a_redirect_to_a_forbidden_host_is_not_followed(
    subscribed: Callable[[bytes], Site], site: Site, fetching: Fetching, sessions: Sessions, to: str
) -> None:
    subscribed(b"")
    site.moved["/feed"] = to
    assert fetching.sweep(after(0)) == 0
    assert (the(sessions).failures, [path for path, _ in site.asked]) == (1, ["/feed"])


def test_a_redirect_on_an_allowed_host_is_followed_and_one_in_a_circle_ends(
    subscribed: Callable[[bytes], Site], site: Site, fetching: Fetching, sessions: Sessions
) -> None:
    subscribed(b"")
    site.moved["/feed"] = "/new"
    site.pages["/new"] = DOCUMENT
    assert fetching.sweep(after(0)) == 1
    site.moved["/new"] = "/feed"
    fetching.sweep(after(6))
    assert "转来转去" in the(sessions).failure


def test_an_item_on_a_forbidden_host_is_left_out_and_the_others_come(
    subscribed: Callable[[bytes], Site], site: Site, fetching: Fetching, sessions: Sessions
) -> None:
    site.pages |= {"/1.xml": DOCUMENT, "/bomb.xml": BOMB}
    subscribed(site.feed("http://10.0.0.1/x.xml", "/bomb.xml", "/1.xml"))
    assert fetching.sweep(after(0)) == 1
    feed = the(sessions)
    assert (feed.heard_at, feed.failures, feed.failure[:8]) == (after(0), 0, "2 条没有采用：")
    assert feed.etag == ""  # what was left out is looked at again


def test_a_feed_that_heals_is_read_as_before(
    subscribed: Callable[[bytes], Site], site: Site, fetching: Fetching, sessions: Sessions
) -> None:
    subscribed(b"<html>")
    fetching.sweep(after(0))
    site.pages["/feed"] = DOCUMENT
    assert (fetching.sweep(after(10)), the(sessions).failures, the(sessions).next_at) == (1, 0, after(15))


def test_silence_is_told_and_what_others_warn_of_is_unknown_then(
    subscribed: Callable[[bytes], Site], feeds: Feeds, fetching: Fetching, sessions: Sessions
) -> None:
    subscribed(DOCUMENT)
    with sessions() as session:
        assert last_heard(session) is None
    fetching.sweep(after(0))
    with sessions() as session:
        assert last_heard(session) == after(0)
    assert (the(sessions).is_silent(after(15)), the(sessions).is_silent(after(16))) == (False, True)
    with sessions() as session:
        known = [
            situations().known_at(session, after(n), asked_by([])).heard_at["warnings"] for n in (15, 16)
        ]
    assert known == [after(15), after(0)]
    feeds.switch(the(sessions).id, is_on=False, asking=by(minutes=20))
    assert (the(sessions).is_silent(after(99)), fetching.sweep(after(99))) == (False, 0)


def test_two_workers_do_not_read_the_same_feed(
    subscribed: Callable[[bytes], Site], site: Site, fetching: Fetching, sessions: Sessions
) -> None:
    subscribed(DOCUMENT)
    during: list[int] = []

    def take(document: bytes, asking: Asking, channel: str) -> bool:
        during.append(fetching.sweep(after(0)))
        return True

    assert (Fetching(sessions, fetching.getter, take).sweep(after(0)), during) == (1, [0])


def test_a_feed_that_breaks_the_sweep_keeps_nobody_from_reading_the_others(
    subscribed: Callable[[bytes], Site], site: Site, feeds: Feeds, fetching: Fetching, sessions: Sessions
) -> None:
    subscribed(DOCUMENT)
    site.pages["/other"] = DOCUMENT
    feeds.add("水利", f"{site.url}/other", 5, by(minutes=1))

    def take(document: bytes, asking: Asking, channel: str) -> bool:
        raise MemoryError

    with pytest.raises(MemoryError):
        Fetching(sessions, fetching.getter, take).sweep(after(1))
    assert (fetching.sweep(after(2)), came(sessions)) == (1, [(WARNING.identifier, "水利")])


def test_of_two_who_subscribe_at_once_the_second_is_told(feeds: Feeds, site: Site) -> None:
    with feeds.sessions.begin() as first, feeds.sessions() as second:
        assert store.add_feed(first, "气象", site.url, 5, by())
        first.commit()
        assert not store.add_feed(second, "气象", site.url, 5, by())


@pytest.mark.parametrize(
    ("name", "url", "every", "refusal"),
    [
        ("气象", "http://10.0.0.1/feed", 5, HostNotAllowed),
        ("气象", "file:///etc/passwd", 5, HostNotAllowed),
        ("气象", "http://127.0.0.1/feed", 0, BadFeed),
        ("水利", "http://127.0.0.1/feed", 5, FeedTaken),
    ],
)
def test_a_feed_that_cannot_be_read_is_refused(
    feeds: Feeds, name: str, url: str, every: int, refusal: type[Exception]
) -> None:
    feeds.add("水利", "http://127.0.0.1/other", 5, by())
    with pytest.raises(refusal):
        feeds.add(name, url, every, by())
