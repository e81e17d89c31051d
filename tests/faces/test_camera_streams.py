"""Video through us: playlists with our addresses alone, segments of those, credentials that stay here."""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gis_core.clock import FixedClock
from grid.cameras.watches import forget_watches
from grid.rules.tours import Stop, checked_tour
from tests.camera_city import EMPTY_CAMERAS, KEY, OFFICER, STREAM, VideoServer, camera, register
from tests.case_city import JINGER_ROAD
from tests.face_city import report_of
from tests.faces.test_duty_desk import take
from web.app import create_app
from web.camera_work import cameras_of
from web.settings import Settings
from web.streams import Watching, open_streams
from web.wall_scenes import HOLDS
from web.wiring import Wiring

SignIn = Callable[[str], TestClient]
JSON = {"accept": "application/json"}
LIVE = "/api/v1/cameras/SXJ-1/live/index.m3u8"


@pytest.fixture
def server() -> Iterator[VideoServer]:
    server = VideoServer()
    yield server
    server.close()


@pytest.fixture
def wiring(wiring: Wiring, tmp_path: Path) -> Iterator[Wiring]:
    """The application as it may fetch from this machine."""
    settings = Settings(home=tmp_path, camera_hosts="127.0.0.0/8", _env_file=None)  # type: ignore[call-arg]
    yield replace(wiring, streams=open_streams(settings))
    with wiring.engine.begin() as connection:
        connection.execute(text(EMPTY_CAMERAS))


@pytest.fixture
def operator(signed_in: SignIn, wiring: Wiring, server: VideoServer) -> TestClient:
    """Who sits before a camera that plays the test picture."""
    register(cameras_of(wiring), camera(address=server.give_stream()))
    return signed_in("operator1")


def addresses(playlist: str) -> list[str]:
    """Every address that a playlist names."""
    return re.findall(r'/api[^"\s]+', playlist)


def test_a_playlist_comes_from_us_and_names_us_alone(operator: TestClient, server: VideoServer) -> None:
    answer = operator.get(LIVE)
    assert answer.headers["content-type"].startswith("application/vnd.apple.mpegurl")
    assert len(addresses(answer.text)) == 3
    assert server.host not in answer.text
    assert ".m4s" not in answer.text


def test_segments_come_through_us_as_they_are(operator: TestClient) -> None:
    got = [operator.get(one) for one in addresses(operator.get(LIVE).text)]
    assert [one.content for one in got] == [
        (STREAM / name).read_bytes() for name in ("init.mp4", "0.m4s", "1.m4s")
    ]
    assert {one.headers["x-content-type-options"] for one in got} == {"nosniff"}


def test_a_segment_has_the_same_address_each_time_it_is_listed(operator: TestClient) -> None:
    assert operator.get(LIVE).text == operator.get(LIVE).text


def test_a_part_of_a_segment_is_that_part(operator: TestClient) -> None:
    first = addresses(operator.get(LIVE).text)[1]
    got = operator.get(first, headers={"range": "bytes=4-7"})
    assert (got.status_code, got.content) == (206, b"styp")


def test_who_watches_is_written_down_once_for_each_time_of_watching(
    operator: TestClient, signed_in: SignIn, wiring: Wiring
) -> None:
    for _ in range(3):
        operator.get(LIVE)
    page = signed_in("auditor").get("/privacy/video").text
    assert (page.count("受理员甲"), "SXJ-1" in page) == (1, True)
    wiring.streams.watching._seen.clear()  # another process, or a pause
    operator.get(LIVE)
    assert len(signed_in("auditor").get("/privacy/video.csv?key=SXJ-1").text.splitlines()) == 2


@pytest.mark.parametrize(
    ("query", "lines", "because"),
    [
        ("key=SXJ-2", 0, "another camera"),
        ("person=999999", 0, "another person"),
        ("since=2026-09-19", 0, "later days"),
        ("until=2026-09-18&since=2026-09-18", 1, "the day itself"),
        ("before=1", 0, "older than the first"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_the_log_of_video_is_searched(
    operator: TestClient, signed_in: SignIn, query: str, lines: int, because: str
) -> None:
    operator.get(LIVE)
    told = signed_in("auditor").get(f"/privacy/video.csv?{query}").text
    assert len(told.splitlines()) - 1 == lines, because


def test_the_log_of_video_stays_until_its_time_is_over(operator: TestClient, wiring: Wiring) -> None:
    operator.get(LIVE)
    with pytest.raises(DBAPIError, match="append-only"), wiring.sessions.begin() as session:
        session.execute(text("DELETE FROM grid.camera_watch"))
    with wiring.sessions.begin() as session:
        assert forget_watches(session, wiring.clock.now(), is_dry=True) == 0
        assert forget_watches(session, wiring.clock.now() + timedelta(seconds=1)) == 1


# on a wall


@pytest.fixture
def calling(
    wiring: Wiring, operator: TestClient, signed_in: SignIn, clock: FixedClock
) -> Iterator[Callable[..., None]]:
    """Calls a scene to the wall, and waits until this process has heard of it."""
    wiring.hub.start()
    wait_until(lambda: wiring.hub.is_listening)

    def call(login: str, **fields: str) -> None:
        clock.at += timedelta(seconds=1)  # no two calls are of the same moment
        before = wiring.hub.held_calls(wiring.clock.now())
        client = signed_in(login)
        sent = {"csrf": client.headers["x-csrf-token"], **fields}
        assert (
            client.post("/wall/scene", data=sent, headers={"accept": "application/json"}).status_code == 200
        )
        wait_until(lambda: wiring.hub.held_calls(wiring.clock.now()) != before)

    yield call
    wiring.hub.stop()


def wait_until(holds: Callable[[], object]) -> None:
    until = monotonic() + 20
    while not holds() and monotonic() < until:
        sleep(0.01)
    assert holds()


def watched(signed_in: SignIn) -> list[list[str]]:
    """The lines of the log of video: who, as what, which camera, called by whom."""
    lines = signed_in("auditor").get("/privacy/video.csv").text.splitlines()[1:]
    return [[cell for n, cell in enumerate(line.split(",")) if n in {1, 2, 3, 5}] for line in lines]


@pytest.mark.usefixtures("operator")
def test_a_wall_watches_nothing_that_nobody_called(signed_in: SignIn) -> None:
    wall = signed_in("wall")
    refused, nothing = wall.get(LIVE), wall.get("/wall/video", headers=JSON)
    assert (refused.status_code, refused.json()["code"]) == (403, "camera_not_called")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "nothing_called")


def test_a_wall_plays_the_camera_that_was_called_and_the_log_says_by_whom(
    calling: Callable[..., None], signed_in: SignIn
) -> None:
    calling("chief1", scene="camera", camera="SXJ-1")
    wall = signed_in("wall")
    [stop] = wall.get("/wall/video").json()["stops"]
    segments = addresses(wall.get(stop["playlist"]).text)
    assert [wall.get(one).status_code for one in segments] == [200, 200, 200]
    assert watched(signed_in) == [["指挥大厅大屏", "大屏", "SXJ-1", "值班长甲"]]


def test_another_caller_is_another_line_in_the_log(calling: Callable[..., None], signed_in: SignIn) -> None:
    wall = signed_in("wall")
    for login in ("chief1", "leader", "leader"):
        calling(login, scene="camera", camera="SXJ-1")
        wall.get(f"{LIVE}?wall=main")
    assert [line[3] for line in watched(signed_in)] == ["督办领导甲", "值班长甲"]


def test_a_leader_s_own_wall_is_logged_with_who_called_too(
    calling: Callable[..., None], signed_in: SignIn
) -> None:
    calling("dispatcher1", scene="camera", camera="SXJ-1")
    signed_in("leader").get(f"{LIVE}?wall=main")
    assert watched(signed_in) == [["督办领导甲", "领导", "SXJ-1", "派遣员甲"]]


def test_a_call_that_is_over_shows_no_further_segment(
    calling: Callable[..., None], signed_in: SignIn, clock: FixedClock
) -> None:
    calling("chief1", scene="camera", camera="SXJ-1")
    wall = signed_in("wall")
    segment = addresses(wall.get(LIVE).text)[1]
    clock.at += HOLDS
    assert [wall.get(one).status_code for one in (segment, LIVE)] == [403, 403]


def test_what_is_called_off_is_watched_no_longer(calling: Callable[..., None], signed_in: SignIn) -> None:
    calling("chief1", scene="camera", camera="SXJ-1")
    calling("leader", scene="rotate")
    assert signed_in("wall").get(LIVE).status_code == 403


def test_a_tour_is_called_for_one_round_without_cameras_that_have_no_picture(
    calling: Callable[..., None], signed_in: SignIn, wiring: Wiring, server: VideoServer
) -> None:
    register(cameras_of(wiring), camera("SXJ-2", address=f"{server.url}/live/index.m3u8"))
    register(cameras_of(wiring), camera("SXJ-3", protocol="rtsp", address="rtsp://192.0.2.10/live"))
    tour = checked_tour("早高峰", [Stop("SXJ-1", 10), Stop("SXJ-3", 20), Stop("SXJ-2", 30)])
    number = cameras_of(wiring).keep_tour(tour, asking=OFFICER)
    calling("leader", scene="tour", tour=str(number))
    told = signed_in("wall").get("/wall/video").json()
    assert [(stop["code"], stop["seconds"]) for stop in told["stops"]] == [("SXJ-1", 10), ("SXJ-2", 30)]
    assert (told["title"], told["by"]) == ("早高峰", "督办领导甲")
    assert datetime.fromisoformat(told["until"]) - datetime.fromisoformat(told["at"]) == timedelta(seconds=40)


def test_a_camera_without_a_picture_is_not_called(signed_in: SignIn, wiring: Wiring) -> None:
    register(cameras_of(wiring), camera("SXJ-3", protocol="rtsp", address="rtsp://192.0.2.10/live"))
    chief = signed_in("chief1")
    sent = {"csrf": chief.headers["x-csrf-token"], "scene": "camera", "camera": "SXJ-3"}
    answer = chief.post("/wall/scene", data=sent, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_scene")


@pytest.mark.usefixtures("operator")
def test_who_may_not_watch_gets_no_segment_either(signed_in: SignIn, operator: TestClient) -> None:
    address = addresses(operator.get(LIVE).text)[0]
    assert signed_in("inspector1").get(address).status_code == 403


def test_an_address_of_one_camera_is_none_of_another(
    operator: TestClient, wiring: Wiring, server: VideoServer
) -> None:
    register(cameras_of(wiring), camera("SXJ-2", address=f"{server.url}/live/index.m3u8"))
    address = addresses(operator.get(LIVE).text)[0]
    assert operator.get(address.replace("SXJ-1", "SXJ-2")).status_code == 404


def test_a_camera_that_has_ended_shows_nothing_more(operator: TestClient, wiring: Wiring) -> None:
    address = addresses(operator.get(LIVE).text)[0]
    cameras_of(wiring).end("SXJ-1", reason="拆除", seen_revision=1, asking=OFFICER)
    assert [operator.get(one).json()["code"] for one in (LIVE, address)] == ["camera_not_in_force"] * 2


def test_credentials_go_to_the_camera_and_reach_no_browser_and_no_log(
    operator: TestClient, wiring: Wiring, server: VideoServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.needs_key = True
    assert operator.get(LIVE).json()["code"] == "stream_denied"
    wiring.streams.keys.set("SXJ-1", *KEY.split(":"))
    answers = [operator.get(LIVE), *(operator.get(one) for one in addresses(operator.get(LIVE).text))]
    assert [one.status_code for one in answers] == [200] * 4
    told = caplog.text + "".join(f"{one.headers} {one.text}" for one in answers)
    assert "secret" not in told
    assert server.host not in told


def test_credentials_go_to_no_other_host_that_a_playlist_names(
    operator: TestClient, wiring: Wiring, server: VideoServer
) -> None:
    other = VideoServer()
    other.give("/1.ts", b"G", "video/mp2t")
    server.needs_key = other.needs_key = True
    server.give("/live/index.m3u8", f"#EXTM3U\n#EXTINF:2,\n{other.url}/1.ts\n".encode())
    wiring.streams.keys.set("SXJ-1", *KEY.split(":"))
    operator.get(addresses(operator.get(LIVE).text)[0])
    other.close()
    for one, is_told in ((server, True), (other, False)):
        assert any("Authorization" in headers for _, headers in one.asked) is is_told


def test_a_playlist_that_leads_to_a_host_off_the_list_shows_nothing_of_it(
    operator: TestClient, server: VideoServer
) -> None:
    server.give("/live/index.m3u8", b"#EXTM3U\n#EXTINF:2,\nhttp://169.254.169.254/latest/1.ts\n")
    answer = operator.get(addresses(operator.get(LIVE).text)[0])
    assert (answer.status_code, answer.json()["code"]) == (422, "stream_not_allowed")


def test_playlists_of_several_qualities_lead_to_further_ones_of_ours(
    operator: TestClient, server: VideoServer
) -> None:
    server.give("/live/index.m3u8", b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=800000\nlow/index.m3u8\n")
    server.give("/live/low/index.m3u8", b"#EXTM3U\n#EXTINF:2,\n../0.m4s\n")
    further = operator.get(addresses(operator.get(LIVE).text)[0])
    assert operator.get(addresses(further.text)[0]).content == (STREAM / "0.m4s").read_bytes()


def test_one_stream_too_many_is_refused(
    signed_in: SignIn, operator: TestClient, wiring: Wiring, server: VideoServer
) -> None:
    narrow = replace(wiring, streams=replace(wiring.streams, watching=Watching(most=1)))
    app = TestClient(create_app(narrow), cookies=operator.cookies)
    register(cameras_of(wiring), camera("SXJ-2", address=f"{server.url}/live/index.m3u8"))
    assert app.get(LIVE).status_code == 200
    assert app.get(LIVE.replace("SXJ-1", "SXJ-2")).json()["code"] == "streams_busy"
    assert app.get(LIVE).status_code == 200


def test_nothing_is_fetched_as_long_as_no_host_is_allowed(
    operator: TestClient, wiring: Wiring, server: VideoServer, tmp_path: Path
) -> None:
    shut = open_streams(Settings(home=tmp_path, _env_file=None))  # type: ignore[call-arg]
    app = TestClient(create_app(replace(wiring, streams=shut)), cookies=operator.cookies)
    assert app.get(LIVE).json()["code"] == "stream_not_allowed"
    assert server.asked == []


def test_a_segment_costs_two_questions(operator: TestClient, statements: list[str]) -> None:
    address = addresses(operator.get(LIVE).text)[0]
    statements.clear()
    operator.get(address)
    assert len([one for one in statements if one.startswith("SELECT")]) == 2


# of an incident


@pytest.fixture
def incident_no(operator: TestClient, signed_in: SignIn) -> str:
    """An incident before the camera."""
    there = {"lon": f"{JINGER_ROAD.lon_deg}", "lat": f"{JINGER_ROAD.lat_deg}"}
    return take(signed_in("duty1"), **there)


@pytest.mark.parametrize("page", ["/incidents/{}", "/incidents/{}/room"])
@pytest.mark.parametrize("login", ["duty1", "commander"])
def test_the_cameras_of_an_incident_are_links_for_those_who_command(
    signed_in: SignIn, incident_no: str, login: str, page: str
) -> None:
    watcher = signed_in(login)
    assert 'href="/desk/cameras?camera=SXJ-1"' in watcher.get(page.format(incident_no)).text
    assert "经二路路口枪机" in watcher.get("/desk/cameras?camera=SXJ-1").text


def test_whoever_follows_a_camera_of_an_incident_is_in_the_log(signed_in: SignIn, incident_no: str) -> None:
    assert signed_in("duty1").get(LIVE).status_code == 200
    assert watched(signed_in) == [["应急值班员甲", "应急值班员", "SXJ-1", "–"]]


def test_who_commands_is_not_told_which_cases_lie_before_a_camera(
    operator: TestClient, signed_in: SignIn, incident_no: str
) -> None:
    case_no = operator.post("/api/v1/reports", json=report_of()).json()["case_no"]
    opened = "/desk/cameras?camera=SXJ-1"
    assert case_no in operator.get(opened).text
    commander = signed_in("commander")
    assert case_no not in commander.get(opened).text
    assert "井盖" not in commander.get(f"{opened}&case={case_no}").text
    assert commander.get(f"/api/v1/cases/{case_no}/cameras").status_code == 403


def test_departments_see_no_link_to_cameras(signed_in: SignIn, incident_no: str) -> None:
    assert signed_in("drainage").get("/desk/cameras?camera=SXJ-1").status_code == 403
