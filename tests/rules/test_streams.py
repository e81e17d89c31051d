"""Video is fetched from allowed hosts alone, within bounds, and its addresses reach browsers sealed."""

import ipaddress
import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from threading import BoundedSemaphore
from urllib.parse import urlsplit

import pytest
from hypothesis import given as anything
from hypothesis import strategies as st

from gis_core.messages.posting import Allowed
from gis_core.streams.fetching import (
    BadStream,
    Fetcher,
    Keys,
    StreamAway,
    StreamDenied,
    StreamNotAllowed,
    StreamsBusy,
)
from gis_core.streams.playlists import rewrite
from gis_core.streams.sealing import NotSealed, Seal
from tests.camera_city import PLAYLIST, TS, VideoServer

TYPES = frozenset({PLAYLIST, TS})
LOOPBACK = Allowed.read("127.0.0.0/8, ::1/128")
LIST = Allowed.read("video.example, *.cams.example, 10.20.0.0/16")
NAMES = {
    "video.example": ["93.184.216.34"],
    "inner.cams.example": ["10.1.2.3"],
    "cloud.cams.example": ["169.254.169.254"],
    "both.cams.example": ["93.184.216.34", "127.0.0.1"],
    "other.example": ["93.184.216.34"],
    "localhost": ["127.0.0.1"],
    "2130706433": ["127.0.0.1"],
    "0x7f.1": ["127.0.0.1"],
    "127.1": ["127.0.0.1"],
}


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name service of a few hosts."""

    def look_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        if host not in NAMES:
            raise socket.gaierror(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in NAMES[host]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture
def server() -> Iterator[VideoServer]:
    server = VideoServer()
    yield server
    server.close()


def fetch(url: str, allowed: Allowed = LOOPBACK, **more: object):
    wanted: dict[str, object] = {"media_types": TYPES, "most_bytes": 1000}
    return Fetcher(allowed, most_s=0.5).fetch(url, **(wanted | more))  # type: ignore[arg-type]


HOSTILE = [
    ("http://169.254.169.254/latest/meta-data/", "the keys of a cloud's machine"),
    ("http://localhost/1.m3u8", "this machine by name"),
    ("http://127.0.0.1/1.m3u8", "this machine"),
    ("http://[::1]/1.m3u8", "this machine in IPv6"),
    ("http://[::ffff:127.0.0.1]/1.m3u8", "this machine as IPv4 within IPv6"),
    ("http://2130706433/1.m3u8", "this machine as one number"),
    ("http://0x7f.1/1.m3u8", "this machine in hexadecimal"),
    ("http://127.1/1.m3u8", "this machine shortened"),
    ("http://0.0.0.0/1.m3u8", "no address at all"),
    ("http://10.1.2.3/1.m3u8", "an inner address that is not on the list"),
    ("http://[fe80::1]/1.m3u8", "a link-local address"),
    ("https://inner.cams.example/1.m3u8", "a listed name that means an inner address"),
    ("https://cloud.cams.example/1.m3u8", "a listed name that means a cloud's keys"),
    ("https://both.cams.example/1.m3u8", "a listed name of which one address is this machine"),
    ("https://other.example/1.m3u8", "a name that is not on the list"),
    ("http://video.example/1.m3u8", "a public host without TLS"),
    ("https://nowhere.cams.example/1.m3u8", "a name that means nothing"),
    ("https://user:secret@video.example/1.m3u8", "credentials in the address"),
    ("https://video.example@127.0.0.1/1.m3u8", "a listed name as the user of another host"),
    ("file:///etc/passwd", "a file of this machine"),
    ("gopher://10.20.0.1/1", "another protocol"),
    ("ftp://10.20.0.1/1", "an old one"),
    ("rtsp://10.20.0.1/1", "one that no browser plays"),
    ("//10.20.0.1/1", "no protocol"),
    ("http://", "no host"),
    ("http://10.20.0.1:99999/1", "no such port"),
    ("http://[/1", "no address"),
]


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize(("url", "because"), HOSTILE, ids=[row[-1] for row in HOSTILE])
def test_a_hostile_address_is_not_asked(url: str, because: str) -> None:
    with pytest.raises(StreamNotAllowed) as refusal:
        fetch(url, LIST)
    assert "secret" not in refusal.value.message


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize("url", ["https://video.example/1.m3u8", "http://10.20.0.1/1.m3u8"])
def test_nothing_is_fetched_while_the_list_is_empty(url: str) -> None:
    with pytest.raises(StreamNotAllowed):
        fetch(url, Allowed.read(""))


WIDE = [
    ("http://169.254.169.254/", "a cloud's keys"),
    ("http://224.0.0.1/", "everybody"),
    ("http://0.0.0.0/", ""),
]


@pytest.mark.parametrize(("url", "because"), WIDE)
def test_a_list_that_holds_everything_still_opens_no_cloud_s_keys(url: str, because: str) -> None:
    with pytest.raises(StreamNotAllowed):
        fetch(url, Allowed.read("0.0.0.0/0, ::/0"))


def test_a_name_that_changes_its_answer_is_asked_at_the_address_that_was_checked(
    server: VideoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"], ["169.254.169.254"]])

    def look_up(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        found = [host] if host[0].isdigit() else next(answers)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    server.give("/1.m3u8", b"#EXTM3U")
    port = urlsplit(server.url).port
    assert fetch(f"http://cam.example:{port}/1.m3u8").body == b"#EXTM3U"
    assert server.asked[0][1]["Host"] == f"cam.example:{port}"


def test_a_redirect_is_not_followed(server: VideoServer) -> None:
    server.give("/1.m3u8", b"", status=302, Location=f"{server.url}/secret")
    with pytest.raises(BadStream):
        fetch(f"{server.url}/1.m3u8")
    assert [path for path, _ in server.asked] == ["/1.m3u8"]


def test_a_proxy_of_the_environment_is_not_spoken_to(
    server: VideoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.give("/1.m3u8", b"#EXTM3U")
    assert fetch(f"{server.url}/1.m3u8").body == b"#EXTM3U"


BAD_ANSWERS = [
    ({"media_type": "text/html"}, BadStream, "a page is no video"),
    ({"media_type": ""}, BadStream, "nobody says what it is"),
    ({"media_type": "image/svg+xml"}, BadStream, "a picture that can run scripts"),
    ({"body": b"#" * 2000}, BadStream, "more than it may be"),
    ({"status": 500}, BadStream, "the other side is broken"),
    ({"status": 401}, StreamDenied, "another password is asked for"),
    ({"Content-Encoding": "gzip"}, BadStream, "packed, it could unfold to anything"),
]


@pytest.mark.parametrize(("changes", "kind", "because"), BAD_ANSWERS, ids=[row[-1] for row in BAD_ANSWERS])
def test_an_answer_that_is_no_stream_is_refused(
    server: VideoServer, changes: dict[str, object], kind: type[Exception], because: str
) -> None:
    server.give("/1.m3u8", **({"body": b"#EXTM3U"} | changes))  # type: ignore[arg-type]
    with pytest.raises(kind):
        fetch(f"{server.url}/1.m3u8")


def test_an_answer_that_drips_is_given_up(server: VideoServer) -> None:
    server.drip("/1.m3u8")
    with pytest.raises(StreamAway):
        fetch(f"{server.url}/1.m3u8")


def test_a_host_that_is_away_is_told_without_its_address() -> None:
    with pytest.raises(StreamAway) as refusal:
        fetch("http://127.0.0.1:9/1.m3u8")
    assert "127.0.0.1" not in refusal.value.message


def test_too_many_requests_at_once_are_refused(server: VideoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gis_core.streams.fetching.WAIT_S", 0.01)
    busy = Fetcher(LOOPBACK, turns=BoundedSemaphore(1))
    with busy._turn(), pytest.raises(StreamsBusy):
        busy.fetch(f"{server.url}/1.m3u8", media_types=TYPES, most_bytes=10)


def test_credentials_travel_in_a_header_and_stand_in_no_log(
    server: VideoServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.needs_key = True
    server.give("/1.m3u8", b"#EXTM3U")
    assert fetch(f"{server.url}/1.m3u8?token=t0k3n", keys=Keys("city", "secret")).body == b"#EXTM3U"
    assert not any(one in caplog.text for one in ("secret", "t0k3n", "Authorization"))


DIGEST = 'Digest realm="cameras", qop="auth", nonce="n0nce", algorithm={}'


def test_a_camera_that_asks_for_a_digest_is_never_told_the_password(server: VideoServer) -> None:
    server.needs_key, server.challenge = True, DIGEST.format("MD5")
    server.give("/1.m3u8", b"#EXTM3U")
    assert fetch(f"{server.url}/1.m3u8?a=1", keys=Keys("city", "secret")).body == b"#EXTM3U"
    told = [headers.get("Authorization", "")[:7] for _, headers in server.asked]
    assert told == ["", "Digest "]


@pytest.mark.parametrize(
    ("challenge", "asked", "because"),
    [
        (DIGEST.format("MD5"), 2, "a wrong password"),
        (DIGEST.format("ROT13"), 1, "an algorithm that nobody knows"),
        ("Digest", 1, "a challenge that says nothing"),
        ('Bearer realm="x"', 1, "another scheme"),
        ("", 1, "no scheme at all"),
    ],
)
def test_a_camera_that_cannot_be_answered_refuses(
    server: VideoServer, challenge: str, asked: int, because: str
) -> None:
    server.needs_key, server.challenge = True, challenge
    with pytest.raises(StreamDenied):
        fetch(f"{server.url}/1.m3u8", keys=Keys("city", "wrong"))
    assert len(server.asked) == asked, because


def test_a_range_is_cut_out_where_the_other_side_gives_everything(server: VideoServer) -> None:
    server.give("/1.ts", b"0123456789", TS)
    assert fetch(f"{server.url}/1.ts", first=2, last=4).body == b"234"


def test_over_tls_the_other_side_proves_the_name_that_was_asked_for(
    server: VideoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[str | None] = []
    wrap = ssl.SSLContext.wrap_socket

    def note(self: ssl.SSLContext, *args: object, **more: object) -> object:
        named.append(more.get("server_hostname"))  # type: ignore[arg-type]
        return wrap(self, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", note)
    monkeypatch.setattr("gis_core.messages.posting._look_up", lambda *_: [ipaddress.ip_address("127.0.0.1")])
    with pytest.raises(StreamAway):  # it speaks no TLS at all
        fetch(f"https://cam.example:{urlsplit(server.url).port}/1.m3u8")
    assert named == ["cam.example"]


# playlists

BASE = "http://10.20.0.1:8888/cam/index.m3u8?session=s3cret"
MASTER = """#EXTM3U
#EXT-X-VERSION:6
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="audio",URI="audio.m3u8"
#EXT-X-SESSION-KEY:METHOD=AES-128,URI="http://10.20.0.2/key"
#EXT-X-STREAM-INF:BANDWIDTH=800000,AUDIO="a"
video.m3u8?session=s3cret
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=80000,URI="iframes.m3u8"
"""
MEDIA = """#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-MAP:URI="init.mp4"
#EXT-X-KEY:METHOD=AES-128,URI="//10.20.0.2/key",IV=0x00000000000000000000000000000001
#EXT-X-UNHEARD-OF:URI="http://10.20.0.9/beacon"
#EXTINF:2.0,
/cam/7.mp4
#EXT-X-PART:DURATION=0.5,URI="http://10.20.0.3/8.0.mp4"
#EXTINF:2.0,
8.mp4?session=s3cret
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="9.0.mp4"
#EXT-X-RENDITION-REPORT:URI="other.m3u8",LAST-MSN=8,LAST-PART=1
"""


def given(text: str) -> tuple[str, list[tuple[str, str]]]:
    handed: list[tuple[str, str]] = []

    def give(kind: str, address: str) -> str:
        handed.append((kind, address))
        return f"/ours/{kind}/{len(handed)}"

    return rewrite(text, BASE, give), handed


@pytest.mark.parametrize("text", [MASTER, MEDIA], ids=["of several qualities", "of segments"])
def test_a_playlist_names_nobody_but_us(text: str) -> None:
    written, _ = given(text)
    assert not any(one in written for one in ("10.20", "s3cret", ".mp4", "video.m3u8"))
    assert "/ours/" in written


def test_every_address_of_a_playlist_is_known_with_what_it_leads_to() -> None:
    kinds = {kind for text in (MASTER, MEDIA) for kind, _ in given(text)[1]}
    assert kinds == {"playlist", "media", "key"}
    assert ("media", "http://10.20.0.1:8888/cam/8.mp4?session=s3cret") in given(MEDIA)[1]


BAD_PLAYLISTS = [
    ("<html>", "a page"),
    ("", "nothing"),
    ("#EXTM3U\n#EXTINF:2,\nfile:///etc/passwd\n", "a file of this machine as a segment"),
    ("#EXTM3U\n#EXTINF:2,\ndata:video/mp4;base64,AAAA\n", "a segment within the address"),
    ('#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="gopher://x"\n#EXTINF:2,\n1.ts\n', "a key of another protocol"),
    ("#EXTM3U\n" + "#EXTINF:2,\n1.ts\n" * 2_001, "more segments than anybody plays"),
    ("#EXTM3U\n#EXTINF:2,\n" + "a" * 3_000 + ".ts\n", "an address of three thousand signs"),
    ("#EXTM3U\n#EXT-X-TARGETDURATION:x\n#EXTINF:y,\n1.ts\n", "words where numbers are"),
]


@pytest.mark.parametrize(("text", "because"), BAD_PLAYLISTS, ids=[row[-1] for row in BAD_PLAYLISTS])
def test_a_playlist_that_cannot_be_is_refused(text: str, because: str) -> None:
    with pytest.raises(BadStream):
        given(text)


@anything(st.text())
def test_whatever_comes_no_address_of_others_is_passed_on(text: str) -> None:
    with suppress(BadStream):
        written, _ = given(f"#EXTM3U\n#EXTINF:2,\n1.ts\n{text}")
        lines = [line for line in written.splitlines() if line and not line.startswith("#")]
        assert all(line.startswith("/ours/") for line in lines)


# seals

SEAL = Seal(b"secret")
ABOUT = ("SXJ-1", "http://10.20.0.1/index.m3u8", "media")


def test_a_sealed_address_is_the_same_each_time_and_tells_nothing() -> None:
    sealed = SEAL.close(BASE, *ABOUT)
    assert sealed == SEAL.close(BASE, *ABOUT)
    assert "10.20" not in sealed


OTHERS = [
    (("SXJ-2", *ABOUT[1:]), "another camera"),
    (("SXJ-1", "http://10.20.0.1/other.m3u8", "media"), "a camera whose address has changed"),
    ((*ABOUT[:2], "key"), "another kind of thing"),
]


@pytest.mark.parametrize(("about", "because"), OTHERS, ids=[row[-1] for row in OTHERS])
def test_a_seal_is_good_for_one_thing_alone(about: tuple[str, ...], because: str) -> None:
    with pytest.raises(NotSealed):
        SEAL.open(SEAL.close(BASE, *ABOUT), *about)


@anything(st.text(max_size=200))
def test_what_nobody_here_has_sealed_opens_nothing(text: str) -> None:
    with pytest.raises(NotSealed):
        SEAL.open(text, *ABOUT)


def test_a_seal_of_another_deployment_opens_nothing() -> None:
    with pytest.raises(NotSealed):
        Seal(b"other").open(SEAL.close(BASE, *ABOUT), *ABOUT)
