"""Cameras on pages and in the API: who may, what the register keeps, what desks see and do with it."""

import io
import re
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import text

from tests.camera_city import EMPTY_CAMERAS, camera, register
from tests.face_city import report_of, token_in
from web.camera_work import cameras_of
from web.wiring import Wiring

SignIn = Callable[[str], TestClient]
HLS = "http://192.0.2.10/live/index.m3u8"
FORM = {
    "code": "SXJ-7", "name": "东口枪机", "lon": "107.1450000", "lat": "34.3690000", "direction_deg": "90",
    "field_deg": "60", "range_m": "120", "protocol": "hls", "address": HLS, "owner_code": "BJ-GA",
    "source": "新装", "valid_from": "2026-09-01", "reason": "验收",
}  # fmt: skip


@pytest.fixture
def city(wiring: Wiring) -> Iterator[Wiring]:
    """Three cameras: one that looks at 经二路, one that looks away, one that waits for a gateway."""
    away = camera("SXJ-2", name="背向枪机", direction_deg=270.0)
    waiting = camera("SXJ-3", name="球机", field_deg=360.0, protocol="rtsp", address="rtsp://192.0.2.3/1")
    register(cameras_of(wiring), camera(), away, waiting)
    yield wiring
    with wiring.engine.begin() as connection:
        connection.execute(text(EMPTY_CAMERAS))


@pytest.fixture
def case_no(signed_in: SignIn, city: Wiring) -> str:
    """A case at 经二路."""
    return str(signed_in("operator1").post("/api/v1/reports", json=report_of()).json()["case_no"])


def send(client: TestClient, address: str, /, **fields: str):
    """Send a form with the token of the browser."""
    return client.post(address, data={"csrf": client.headers["x-csrf-token"], **fields})


def jpeg() -> tuple[str, bytes, str]:
    kept = io.BytesIO()
    Image.new("RGB", (480, 270), "#335577").save(kept, "JPEG")
    return "SXJ-1.jpg", kept.getvalue(), "image/jpeg"


GUARDS = [
    ("operator1", "/desk/cameras", 200),
    ("chief1", "/desk/cameras", 200),
    ("dispatcher1", "/desk/cameras/tours", 200),
    ("leader", "/api/v1/cameras", 200),
    ("data", "/cameras", 200),
    ("data", "/api/v1/cameras", 200),
    ("inspector1", "/desk/cameras", 403),
    ("drainage", "/api/v1/cameras", 403),
    ("data", "/desk/cameras", 403),
    ("data", "/api/v1/cameras/SXJ-1/live/index.m3u8", 403),
    ("operator1", "/cameras", 403),
    ("operator1", "/cameras.csv", 403),
    ("operator1", "/cameras/SXJ-1", 403),
    ("", "/api/v1/cameras", 401),
    ("", "/api/v1/cameras/SXJ-1/live/index.m3u8", 401),
]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(("login", "address", "status"), GUARDS)
def test_desks_watch_and_data_officers_keep_the_register(
    signed_in: SignIn, visit: Callable[[], TestClient], login: str, address: str, status: int
) -> None:
    browser = signed_in(login) if login else visit()
    assert browser.get(address, headers={"accept": "application/json"}).status_code == status


# the register


@pytest.mark.usefixtures("city")
def test_a_camera_is_registered_and_stands_in_the_list(signed_in: SignIn) -> None:
    officer = signed_in("data")
    assert send(officer, "/cameras/new", **FORM).headers["location"] == "/cameras/SXJ-7?done=1"
    assert "东口枪机" in officer.get("/cameras").text


REFUSED = [
    ({"address": "http://city:secret@host/1.m3u8"}, "secret_in_address", "a password in the address"),
    ({"direction_deg": "北"}, "malformed", "words where degrees are"),
    ({"code": "SXJ-1"}, "camera_code_taken", "the code is another camera's"),
    ({"reason": ""}, "camera_reason_missing", "nobody says why"),
    ({"lat": "95"}, "malformed", "no such place"),
]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(("changes", "code", "because"), REFUSED, ids=[row[-1] for row in REFUSED])
def test_a_camera_that_is_refused_comes_back_as_it_was_typed_but_for_secrets(
    signed_in: SignIn, changes: dict[str, str], code: str, because: str
) -> None:
    answer = send(signed_in("data"), "/cameras/new", **(FORM | changes))
    assert (answer.status_code, f"({code})" in answer.text, "东口枪机" in answer.text) == (422, True, True)
    assert "secret@" not in answer.text


@pytest.mark.usefixtures("city")
def test_a_change_stands_in_the_history_of_the_page(signed_in: SignIn) -> None:
    officer = signed_in("data")
    changes = FORM | {"direction_deg": "180", "reason": "转了方向", "revision": "1"}
    assert send(officer, "/cameras/SXJ-1/change", **changes).status_code == 303
    page = officer.get("/cameras/SXJ-1").text
    assert "转了方向" in page
    assert "90 → 180" in page


@pytest.mark.usefixtures("city")
def test_a_camera_ends_and_is_restored(signed_in: SignIn) -> None:
    officer = signed_in("data")
    send(officer, "/cameras/SXJ-1/end", revision="1", reason="拆除")
    assert "SXJ-1" not in officer.get("/cameras").text
    send(officer, "/cameras/SXJ-1/restore", revision="2", reason="装回")
    assert "SXJ-1" in officer.get("/cameras").text


def test_credentials_are_kept_and_never_shown(signed_in: SignIn, city: Wiring) -> None:
    officer = signed_in("data")
    assert send(officer, "/cameras/SXJ-1/keys", user="city", password="s3cret").status_code == 303
    assert city.streams.keys.find("SXJ-1") is not None
    page = officer.get("/cameras/SXJ-1").text
    assert "更换凭据" in page
    assert "s3cret" not in page
    with city.sessions() as session:
        kept = session.execute(
            text("SELECT c::text || f::text FROM grid.camera c, grid.camera_fact f")
        ).scalars()
        assert not any("s3cret" in row for row in kept)


def test_credentials_can_be_forgotten(signed_in: SignIn, city: Wiring) -> None:
    officer = signed_in("data")
    send(officer, "/cameras/SXJ-1/keys", user="city", password="s3cret")
    send(officer, "/cameras/SXJ-1/keys", clear="true")
    assert city.streams.keys.find("SXJ-1") is None


HEADING = "编号,名称,经度,纬度,朝向,视场角,可视距离,协议,地址,权属单位\n"
ROW = "SXJ-8,西口枪机,107.145,34.369,0,60,120,hls,http://192.0.2.8/1.m3u8,BJ-GA\n"


def check(client: TestClient, words: str):
    files = {"file": ("cameras.csv", words.encode("utf-8-sig"), "text/csv")}
    return client.post("/cameras/import", data={"csrf": client.headers["x-csrf-token"]}, files=files)


@pytest.mark.usefixtures("city")
def test_a_file_is_looked_at_before_anything_is_written(signed_in: SignIn) -> None:
    officer = signed_in("data")
    page = check(officer, HEADING + ROW + ROW.replace("hls", "p2p").replace("SXJ-8", "SXJ-9")).text
    assert re.search(r">3</td><td[^>]*>SXJ-9</td><td[^>]*>协议</td>", page)
    assert "SXJ-8" not in officer.get("/cameras").text


@pytest.mark.usefixtures("city")
def test_the_good_rows_of_a_file_are_written_when_somebody_says_so(signed_in: SignIn) -> None:
    officer = signed_in("data")
    page = check(officer, HEADING + ROW + ROW.replace("SXJ-8", "")).text
    key = re.search(r'name="file_key" value="(\w+)"', page)[1]  # type: ignore[index]
    assert "(camera_rows_at_fault)" in send(officer, "/cameras/import/apply", file_key=key).text
    send(officer, "/cameras/import/apply", file_key=key, keep_good="true")
    assert "西口枪机" in officer.get("/cameras").text


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("key", ["", "../..", "0" * 64, "/etc"])
def test_a_file_that_nobody_has_checked_is_not_written(signed_in: SignIn, key: str) -> None:
    assert "(camera_file_gone)" in send(signed_in("data"), "/cameras/import/apply", file_key=key).text


@pytest.mark.usefixtures("city")
def test_an_exported_file_comes_in_again_and_changes_nothing(signed_in: SignIn) -> None:
    officer = signed_in("data")
    page = check(officer, officer.get("/cameras.csv").text.lstrip("\ufeff")).text
    key = re.search(r'name="file_key" value="(\w+)"', page)[1]  # type: ignore[index]
    assert "没有变化 3 台" in send(officer, "/cameras/import/apply", file_key=key).text


# maps and cases


@pytest.mark.usefixtures("city")
def test_a_map_draws_what_cameras_see_and_names_no_address(signed_in: SignIn) -> None:
    answer = signed_in("operator1").get("/api/v1/cameras")
    roles = [one["properties"]["role"] for one in answer.json()["features"]]
    assert roles == ["sector", "camera"] * 3
    assert "192.0.2" not in answer.text


def test_the_cameras_that_see_a_case_are_told_the_nearest_and_straightest_first(
    signed_in: SignIn, case_no: str
) -> None:
    told = signed_in("leader").get(f"/api/v1/cases/{case_no}/cameras").json()["cameras"]
    assert [(one["code"], round(one["distance_m"]), one["off_deg"]) for one in told] == [
        ("SXJ-1", 50, 0.0),
        ("SXJ-3", 50, 0.0),
    ]


def test_the_sheet_of_a_case_leads_to_the_cameras_that_see_it(signed_in: SignIn, case_no: str) -> None:
    page = signed_in("operator1").get(f"/desk/operator?tab=all&case={case_no}").text
    assert f"/desk/cameras?case={case_no}&amp;camera=SXJ-1" in page
    assert "camera=SXJ-2" not in page


def test_who_may_not_watch_is_shown_no_camera(signed_in: SignIn, case_no: str) -> None:
    assert "看得到这里的摄像机" not in signed_in("auditor").get(f"/cases/{case_no}").text


def test_a_camera_tells_the_open_cases_before_it(signed_in: SignIn, case_no: str) -> None:
    operator = signed_in("operator1")
    assert case_no in operator.get("/desk/cameras?camera=SXJ-1").text
    assert case_no not in operator.get("/desk/cameras?camera=SXJ-2").text


@pytest.mark.usefixtures("city")
def test_a_camera_without_hls_says_that_it_needs_a_gateway(signed_in: SignIn) -> None:
    page = signed_in("operator1").get("/desk/cameras?camera=SXJ-3").text
    assert "MediaMTX" in page
    assert "data-playlist" not in page


BAD_ADDRESSES = [
    ("/desk/cameras?camera=SXJ-99", 404),
    ("/desk/cameras?camera=%00", 404),
    ("/desk/cameras?case=99", 404),
    ("/desk/cameras?protocol=p2p", 400),
    ("/desk/cameras/tours/99999999999999999999", 404),
    ("/desk/cameras/tours/1", 404),
    ("/api/v1/cameras?code=%27%3B--", 404),
    ("/api/v1/cameras/SXJ-99/live/index.m3u8", 404),
    ("/api/v1/cameras/SXJ-1/live/media/none", 404),
    ("/api/v1/cameras/SXJ-1/live/shell/none", 404),
    ("/api/v1/cameras/SXJ-1/live/index.m3u8", 422),
    ("/api/v1/cameras/SXJ-3/live/index.m3u8", 422),
]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(("address", "status"), BAD_ADDRESSES)
def test_an_address_that_leads_nowhere_is_refused_in_words(
    signed_in: SignIn, address: str, status: int
) -> None:
    answer = signed_in("operator1").get(address, headers={"accept": "application/json"})
    assert (answer.status_code, bool(answer.json()["code"])) == (status, True)


# snapshots


def test_a_snapshot_begins_a_report_with_source_video_where_the_camera_looks(
    signed_in: SignIn, city: Wiring
) -> None:
    operator = signed_in("operator1")
    page = operator.get("/desk/cameras?camera=SXJ-1").text
    sent = dict(re.findall(r'<input[^>]* name="(lon|lat|client_id|source)"[^>]* value="([^"]*)"', page))
    sent |= {"type": "component:01002", "description": "井盖移位", "csrf": token_in(page)}
    answer = operator.post("/desk/cameras/SXJ-1/report", data=sent, files={"photos": jpeg()})
    case_no = answer.headers["location"].partition("case=")[2]
    kept = operator.get(f"/api/v1/cases/{case_no}").json()
    assert (kept["source"], len(kept["photos"])) == ("video", 1)


@pytest.mark.usefixtures("city")
def test_a_report_that_is_refused_keeps_what_was_written(signed_in: SignIn) -> None:
    answer = send(signed_in("operator1"), "/desk/cameras/SXJ-1/report", description="井盖移位")
    assert (answer.status_code, "井盖移位" in answer.text, "(malformed)" in answer.text) == (422, True, True)


def test_a_snapshot_is_added_to_an_open_case_and_moves_nothing(signed_in: SignIn, case_no: str) -> None:
    chief = signed_in("chief1")
    page = chief.get(f"/desk/cameras?case={case_no}&camera=SXJ-1").text
    before = chief.get(f"/api/v1/cases/{case_no}").json()
    sent = {"csrf": token_in(page), "revision": str(before["revision"]), "text": "视频截图：SXJ-1"}
    assert (
        chief.post(f"/cases/{case_no}/add_evidence", data=sent, files={"photos": jpeg()}).status_code == 303
    )
    after = chief.get(f"/api/v1/cases/{case_no}").json()
    assert (after["stage"], [one["role"] for one in after["photos"]]) == (before["stage"], ["added"])


def test_evidence_without_a_picture_is_none(signed_in: SignIn, case_no: str) -> None:
    answer = send(signed_in("chief1"), f"/cases/{case_no}/add_evidence", revision="1", text="看到了")
    assert "(no_photo)" in answer.text


# tours


@pytest.mark.usefixtures("city")
def test_a_tour_is_made_played_and_told_to_programs(signed_in: SignIn) -> None:
    leader = signed_in("leader")
    rows = {"camera": ["SXJ-3", "", "SXJ-1"], "seconds": ["5", "10", "20"]}
    made = leader.post(
        "/desk/cameras/tours", data={"csrf": leader.headers["x-csrf-token"], "name": "早高峰", **rows}
    )
    assert "经二路路口枪机" in leader.get(made.headers["location"]).text
    told = leader.get(f"/api/v1/camera-tours/{made.headers['location'].rpartition('/')[2]}").json()
    assert [(one["code"], one["seconds"]) for one in told["stops"]] == [("SXJ-3", 5), ("SXJ-1", 20)]
    assert [bool(one["playlist"]) for one in told["stops"]] == [False, True]


BAD_TOURS = [
    ({"name": "早", "camera": "SXJ-1", "seconds": "一会"}, "bad_tour", "words where seconds are"),
    ({"name": "早", "camera": "SXJ-99", "seconds": "5"}, "no_such_camera", "no such camera"),
    ({"name": "早", "camera": "SXJ-1", "seconds": "5", "tour_id": "99"}, "no_such_tour", "no such tour"),
    ({"name": "", "camera": "SXJ-1", "seconds": "5"}, "bad_tour", "no name"),
]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(("fields", "code", "because"), BAD_TOURS, ids=[row[-1] for row in BAD_TOURS])
def test_a_tour_that_is_refused_keeps_what_was_typed(
    signed_in: SignIn, fields: dict[str, str], code: str, because: str
) -> None:
    answer = send(signed_in("operator1"), "/desk/cameras/tours", **fields)
    assert (answer.status_code, f"({code})" in answer.text) == (422, True)
    assert fields["camera"] in answer.text


@pytest.mark.usefixtures("city")
def test_a_tour_is_removed(signed_in: SignIn) -> None:
    operator = signed_in("operator1")
    made = send(operator, "/desk/cameras/tours", name="早", camera="SXJ-1", seconds="5").headers["location"]
    assert send(operator, f"{made}/remove").status_code == 303
    assert operator.get(made).status_code == 404


# what it costs


COSTS = [
    ("/api/v1/cameras", 2, "the session and the cameras"),
    ("/desk/cameras", 3, "the session with what is unread, cameras, owners"),
    ("/desk/cameras?camera=SXJ-1", 5, "and the camera with the cases before it"),
    ("/desk/cameras/tours", 4, "the session, tours, their stops, cameras"),
]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(("address", "most", "because"), COSTS, ids=[row[-1] for row in COSTS])
def test_a_page_of_cameras_asks_few_questions(
    signed_in: SignIn, statements: list[str], address: str, most: int, because: str
) -> None:
    operator = signed_in("operator1")
    operator.get(address)
    statements.clear()
    operator.get(address)
    assert len([one for one in statements if one.startswith(("SELECT", "WITH", "UPDATE"))]) <= most
