"""Near and far photos, directions and one's own position over HTTP, on the page and in the story."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from PIL.ExifTags import GPS, IFD
from sqlalchemy import text

from cases.rules.field_rules import FieldRules
from cases.rules.shots import ShotRule
from tests.case_city import JINGER_ROAD, picture
from tests.face_city import report_of
from web.wiring import Wiring

SignIn = Callable[[str], TestClient]
HERE = {"own_lon": JINGER_ROAD.lon_deg, "own_lat": JINGER_ROAD.lat_deg, "own_accuracy_m": 8}
ELSEWHERE = HERE | {"own_lat": JINGER_ROAD.lat_deg + 0.003}
NEEDS_BOTH = ShotRule(("report", "reply_verification"), ("component", "matter"), (), "need")


def looking(deg: float, colour: str) -> BytesIO:
    """A photo of a camera with a compass."""
    exif = Image.Exif()
    exif[IFD.GPSInfo] = {GPS.GPSImgDirectionRef: "T", GPS.GPSImgDirection: deg}
    out = BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG", exif=exif)
    out.seek(0)
    return out


def files(**photos: BytesIO) -> list[tuple[str, tuple[str, BytesIO, str]]]:
    return [(name, ("a.jpg", photo, "image/jpeg")) for name, photo in photos.items()]


def both(deg: float = 90) -> list[tuple[str, tuple[str, BytesIO, str]]]:
    return files(photos_near=looking(deg, "grey"), photos_far=looking(deg, "silver"))


@pytest.fixture
def street(signed_in: SignIn) -> TestClient:
    return signed_in("inspector1")


@pytest.fixture
def verifying(signed_in: SignIn, wiring: Wiring) -> str:
    """A caller's case that the inspector is to verify."""
    desk = signed_in("operator1")
    case_no = str(desk.post("/api/v1/reports", json=report_of()).json()["case_no"])
    with wiring.sessions() as session:
        chosen = text("SELECT id FROM accounts.person WHERE login = 'inspector1'")
        sent = {"revision": 1, "inspector_id": session.execute(chosen).scalar_one()}
    desk.post(f"/api/v1/cases/{case_no}/send_verification", json=sent)
    return case_no


def reply(street: TestClient, case_no: str, photos: Any = None, **sent: object) -> Any:
    data = {"revision": 2, "result": "true", **sent}
    address = f"/api/v1/cases/{case_no}/reply_verification/with-photos"
    return street.post(address, data=data, files=photos or files(photos=picture()))


def last_evidence(street: TestClient, case_no: str) -> dict[str, Any]:
    found: dict[str, Any] = street.get(f"/api/v1/cases/{case_no}").json()["facts"][-1]["evidence"]
    return found


@pytest.fixture
def strict(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    """A city that refuses inspectors without near and far photos."""
    rules = wiring.cases.field_rules_on(wiring.clock.now())
    strict: FieldRules = replace(rules, shots=(NEEDS_BOTH,))
    monkeypatch.setattr(wiring.cases, "_field_rules_on", lambda on: strict)


def test_a_plain_photo_is_taken_and_the_record_says_what_it_lacks(street: TestClient, verifying: str) -> None:
    assert reply(street, verifying).status_code == 200
    warned = last_evidence(street, verifying)["warned"]
    assert warned == ["照片没有标明近景、远景", "没有本人位置，未核对是否在案件 100 米内"]


def test_near_and_far_are_kept_with_their_names_and_directions(street: TestClient, verifying: str) -> None:
    assert reply(street, verifying, both(90), **HERE).status_code == 200
    photos = street.get(f"/api/v1/cases/{verifying}").json()["photos"]
    assert [(one["shot"], one["direction_deg"]) for one in photos] == [("near", 90), ("far", 90)]
    assert last_evidence(street, verifying)["warned"] == []


def test_a_direction_may_be_sent_where_the_camera_wrote_none(street: TestClient, verifying: str) -> None:
    sent = {"photos_near_direction_deg": "271.5", "photos_direction_ref": "M"}
    reply(street, verifying, files(photos_near=picture()), **sent)
    photo = street.get(f"/api/v1/cases/{verifying}").json()["photos"][0]
    assert (photo["direction_deg"], photo["is_direction_magnetic"]) == (271.5, True)


def test_who_stands_elsewhere_changes_nothing(street: TestClient, verifying: str) -> None:
    answer = reply(street, verifying, **ELSEWHERE)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_on_site")
    assert street.get(f"/api/v1/cases/{verifying}").json()["stage"] == "verifying"


def test_a_position_read_in_another_system_is_the_same_place(street: TestClient, verifying: str) -> None:
    assert reply(street, verifying, **HERE, own_system="GCJ-02").json()["code"] == "not_on_site"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({**HERE, "own_lon": 400}, "bad_own_position"),
        ({**HERE, "own_lat": "nan"}, "bad_own_position"),
        ({**HERE, "own_accuracy_m": -5}, "bad_own_position"),
        ({"own_lon": 107.1}, "bad_own_position"),
        ({**HERE, "own_system": "MARS"}, "bad_own_position"),
        ({"photos_near_direction_deg": "361"}, "bad_direction"),
        ({"photos_near_direction_deg": "north"}, "bad_direction"),
        ({"photos_near_direction_deg": "inf"}, "bad_direction"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_nonsense_is_refused_and_changes_nothing(
    street: TestClient, verifying: str, sent: dict[str, object], code: str
) -> None:
    answer = reply(street, verifying, files(photos_near=picture()), **sent)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert street.get(f"/api/v1/cases/{verifying}").json()["revision"] == 2


def test_a_form_with_nonsense_comes_back_as_a_page(street: TestClient, verifying: str) -> None:
    sent = {"revision": 2, "result": "true", "photos_near_direction_deg": "north"}
    html = {"accept": "text/html"}
    answer = street.post(f"/cases/{verifying}/reply_verification", data=sent, files=both(), headers=html)
    assert (answer.status_code, "(bad_direction)" in answer.text) == (422, True)


def test_a_strict_city_refuses_an_inspector(street: TestClient, verifying: str, strict: None) -> None:
    assert reply(street, verifying).json()["code"] == "shot_missing"
    assert reply(street, verifying, both()).status_code == 200


def test_a_strict_city_takes_what_the_public_sends(browser: TestClient, strict: None) -> None:
    browser.headers["x-csrf-token"] = browser.get("/api/v1/me").json()["csrf_token"]
    sent = {"data": report_of(source=""), "files": files(photos=picture())}
    assert browser.post("/api/v1/reports/with-photos", **sent).status_code == 201


def test_six_photos_of_all_names_are_one_too_many(street: TestClient, verifying: str) -> None:
    many = [*both(), *files(photos=picture("red")) * 4]
    answer = reply(street, verifying, many).json()
    assert (answer["code"], "没有写入任何内容" in answer["message"]) == ("too_many_photos", True)


def test_a_phone_is_asked_for_two_photos_and_its_position(street: TestClient, verifying: str) -> None:
    page = street.get(f"/m/tasks/{verifying}").text
    asked = ('name="photos_near"', 'name="photos_far"', 'name="own_lon"', 'data-within="100')
    assert [words for words in asked if words not in page] == []


def test_the_story_tells_what_was_judged(street: TestClient, signed_in: SignIn, verifying: str) -> None:
    reply(street, verifying, both(90), **HERE)
    story = signed_in("operator1").get(f"/cases/{verifying}/explain").text
    assert "现场：近景、远景照片齐" in story
    assert "现场：本人距案件 0 米（精度 8 米，限 100 米）" in story


def test_the_desk_sees_names_and_directions(street: TestClient, signed_in: SignIn, verifying: str) -> None:
    reply(street, verifying, both(90), **HERE)
    page = signed_in("operator1").get(f"/cases/{verifying}").text
    assert '<figcaption>核实 · 近景</figcaption></figure>\n<span class="photo-told">朝东 90°' in page
    assert "本人距案件 0 米" in page


def test_phones_read_what_is_asked(browser: TestClient) -> None:
    rules = browser.get("/api/v1/evidence-rules").json()
    assert rules["on_site"]["steps"]["reply_recheck"] == {"within_m": 100, "if_unknown": "warn"}
    assert rules["near_and_far"][0]["level"] == "ask"


def test_programmers_read_which_fields_there_are(browser: TestClient) -> None:
    described = browser.get("/api/v1/openapi.json").json()["paths"]
    body = described["/api/v1/cases/{case_no}/{action}/with-photos"]["post"]["requestBody"]
    fields = body["content"]["multipart/form-data"]["schema"]["properties"]
    assert {
        "photos_near",
        "photos_far",
        "photos_near_direction_deg",
        "own_lon",
        "own_accuracy_m",
    } <= fields.keys()


def test_who_sets_it_right_at_once_by_gps_stands_there(street: TestClient) -> None:
    sent = report_of(source="", position_source="gps", accuracy_m="9", is_handled_at_once="true")
    photos = files(photos=looking(100, "grey"), after_photos=looking(190, "green"))
    case_no = street.post("/api/v1/reports/with-photos", data=sent, files=photos).json()["case_no"]
    kept = last_evidence(street, case_no)
    assert kept["position"]["verdict"] == "on_site"
    assert "与处置前照片方向相差 90°（限 45°），请人工比对" in kept["warned"]


def test_before_and_after_stand_beside_each_other_with_their_angle(
    street: TestClient, signed_in: SignIn
) -> None:
    sent = report_of(source="", position_source="gps", accuracy_m="9", is_handled_at_once="true")
    photos = files(photos=looking(100, "grey"), after_photos=looking(112, "green"))
    case_no = street.post("/api/v1/reports/with-photos", data=sent, files=photos).json()["case_no"]
    page = signed_in("operator1").get(f"/cases/{case_no}").text
    assert "前后方向相差 12°（限 45°）" in page


def test_findings_are_said_in_english_to_who_reads_english(
    street: TestClient, signed_in: SignIn, verifying: str
) -> None:
    reply(street, verifying, files(photos_near=picture()), **HERE)
    page = signed_in("operator1").get(f"/cases/{verifying}", headers={"accept-language": "en"}).text
    told = ("No photo is named: Far", "Stood 0 m from the case (±8 m, 100 m allowed)")
    assert [words for words in told if words not in page] == []
