"""The phone's queue at the server: photos in pieces, forms that name them, everything taken once."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from tests.browser.conftest import picture
from tests.case_city import JINGER_ROAD
from web.photos_ahead import MOST_UNDER_WAY
from web.wiring import Wiring

JSON = {"accept": "application/json"}
PHOTO = picture("#1a1a1c")


@pytest.fixture
def inspector(signed_in: Callable[[str], TestClient]) -> TestClient:
    return signed_in("inspector1")


def send_piece(
    client: TestClient, number: object, piece: bytes, *, offset: object = 0, total: object = None
) -> object:
    headers = {"upload-offset": str(offset), "upload-length": str(len(piece) if total is None else total)}
    return client.patch(f"/m/photos/{number}", content=piece, headers=headers | JSON)


def sent_photo(client: TestClient) -> str:
    number = str(uuid4())
    assert send_piece(client, number, PHOTO).headers["upload-whole"] == "yes"
    return number


def report(number: str, **more: object) -> dict[str, object]:
    place = {"lon": JINGER_ROAD.lon_deg, "lat": JINGER_ROAD.lat_deg}
    return {"client_id": number, "type": "component:01002", "description": "井盖缺失"} | place | more


def send_report(client: TestClient, number: str, **more: object) -> object:
    return client.post("/m/report", data=report(number, **more), headers=JSON)


def test_a_photo_comes_in_pieces_and_goes_on_where_it_broke_off(inspector: TestClient):
    number, half = uuid4(), len(PHOTO) // 2
    send_piece(inspector, number, PHOTO[:half], total=len(PHOTO))
    assert inspector.head(f"/m/photos/{number}").headers["upload-offset"] == str(half)
    last = send_piece(inspector, number, PHOTO[half:], offset=half, total=len(PHOTO))
    assert last.headers["upload-whole"] == "yes"


def test_a_piece_that_comes_again_changes_nothing(inspector: TestClient):
    number = uuid4()
    send_piece(inspector, number, PHOTO[:500], total=len(PHOTO))
    again = send_piece(inspector, number, PHOTO[:500], total=len(PHOTO))
    assert (again.status_code, again.json()["code"]) == (409, "piece_out_of_place")
    assert inspector.head(f"/m/photos/{number}").headers["upload-offset"] == "500"


def test_a_whole_photo_that_comes_again_is_whole(inspector: TestClient):
    number = sent_photo(inspector)
    assert send_piece(inspector, number, PHOTO).headers["upload-whole"] == "yes"


@pytest.mark.parametrize(
    ("offset", "total", "piece", "status", "because"),
    [
        (-1, 10, b"abc", 400, "it begins before its beginning"),
        (9, 10, b"abc", 400, "it ends behind its end"),
        (0, 0, b"abc", 400, "a photo of nothing"),
        (0, 50_000_000, b"abc", 400, "more than a photo may have"),
        (0, 10, b"", 400, "a piece of nothing"),
        ("zwei", 10, b"abc", 400, "no number"),
        (0, "1e9", b"abc", 400, "no whole number"),
        (5, 10, b"abc", 409, "the middle of a photo that has not begun"),
        (0, 300_000, b"x" * 270_000, 413, "a piece larger than pieces are"),
        (0, 3, b"abc", 400, "no picture"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_impossible_pieces_are_refused(
    inspector: TestClient, offset: object, total: object, piece: bytes, status: int, because: str
):
    assert send_piece(inspector, uuid4(), piece, offset=offset, total=total).status_code == status


@pytest.mark.parametrize("number", ["1", "..%2F..%2Fetc", "0" * 36, "%00"])
def test_a_number_that_is_none_is_refused(inspector: TestClient, number: str):
    assert send_piece(inspector, number, PHOTO).status_code in (400, 404)


def test_photos_that_never_end_are_bounded(inspector: TestClient):
    for _ in range(MOST_UNDER_WAY):
        send_piece(inspector, uuid4(), PHOTO[:100], total=len(PHOTO))
    assert (
        send_piece(inspector, uuid4(), PHOTO[:100], total=len(PHOTO)).json()["code"]
        == "too_many_photos_ahead"
    )


def test_a_photo_belongs_to_who_sent_it(inspector: TestClient, signed_in: Callable[[str], TestClient]):
    other, number = signed_in("inspector2"), sent_photo(inspector)
    assert other.head(f"/m/photos/{number}").headers["upload-offset"] == "0"
    refused = send_report(other, str(uuid4()), photos_near_id=number)
    assert (refused.status_code, refused.json()["code"]) == (400, "photo_not_sent")


def test_strangers_send_no_pieces(browser: TestClient):
    assert send_piece(browser, uuid4(), PHOTO).status_code == 401


def test_a_piece_without_token_is_refused(inspector: TestClient):
    inspector.headers["x-csrf-token"] = "made up"
    assert send_piece(inspector, uuid4(), PHOTO).json()["code"] == "form_expired"


def test_a_report_names_its_photos_and_is_filed_once(inspector: TestClient, wiring: Wiring):
    number, photo = str(uuid4()), sent_photo(inspector)
    first = send_report(inspector, number, photos_near_id=photo).json()
    again = send_report(inspector, number, photos_near_id=photo).json()
    assert (again["case_no"], again["is_repeat"], first["is_repeat"]) == (first["case_no"], True, False)
    with wiring.sessions() as session:
        kept = session.execute(text("SELECT shot FROM cases.photo")).scalars().all()
    assert kept == ["near"]


@pytest.mark.parametrize("said", ["", "1", "5f0c3c1e-8d42-4b7e-9a51-6b1f0f8f7a10", "../../x", "\x00"])
def test_a_report_with_a_photo_that_never_came_is_not_filed(inspector: TestClient, said: str):
    assert send_report(inspector, str(uuid4()), photos_id=said).status_code in (400, 422)


def test_more_photos_than_a_report_has_are_refused(inspector: TestClient):
    numbers = [sent_photo(inspector) for _ in range(6)]
    assert send_report(inspector, str(uuid4()), photos_id=numbers).json()["code"] == "too_many_photos"


def test_a_refused_report_says_why_in_json(inspector: TestClient):
    refused = send_report(inspector, str(uuid4()))
    assert (refused.status_code, "照片" in refused.json()["message"]) == (422, True)


def give_task(inspector: TestClient, operator: TestClient) -> str:
    filed = send_report(inspector, str(uuid4()), photos_id=sent_photo(inspector)).json()["case_no"]
    me = inspector.get("/m/me").text.split('name="person" content="p')[1].split('"')[0]
    sent = {"revision": 1, "inspector_id": me}
    assert operator.post(f"/cases/{filed}/send_verification", data=sent, headers=JSON).status_code == 200
    return str(filed)


def answer(client: TestClient, case_no: str, number: str, **more: object) -> object:
    fields = {"client_id": number, "revision": 2, "result": "true", "note": "属实", "next": "/m/tasks"} | more
    return client.post(f"/cases/{case_no}/reply_verification", data=fields, headers=JSON)


@pytest.fixture
def task(inspector: TestClient, signed_in: Callable[[str], TestClient]) -> str:
    return give_task(inspector, signed_in("operator1"))


def test_an_answer_sent_twice_is_taken_once(inspector: TestClient, task: str, wiring: Wiring):
    number, photo = str(uuid4()), sent_photo(inspector)
    first, again = (answer(inspector, task, number, photos_id=photo).json() for _ in range(2))
    assert (first["is_repeat"], again["is_repeat"]) == (False, True)
    with wiring.sessions() as session:
        facts = session.scalar(text("SELECT count(*) FROM cases.fact WHERE action = 'reply_verification'"))
    assert facts == 1


def test_an_answer_that_comes_late_is_told_what_happened(inspector: TestClient, task: str):
    answer(inspector, task, str(uuid4()), photos_id=sent_photo(inspector))
    late = answer(inspector, task, str(uuid4()), photos_id=sent_photo(inspector))
    assert (late.status_code, "核实" in late.json()["message"]) == (409, True)


def test_an_urge_meanwhile_does_not_send_an_answer_back(
    inspector: TestClient, signed_in: Callable[[str], TestClient], task: str
):
    urged = {"revision": 2, "text": "请尽快核实", "next": "/desk/operator"}
    assert signed_in("operator1").post(f"/cases/{task}/urge", data=urged, headers=JSON).status_code == 200
    photo = sent_photo(inspector)
    assert answer(inspector, task, str(uuid4()), photos_id=photo).status_code == 200


def test_the_number_of_an_answer_is_good_for_that_answer_alone(
    inspector: TestClient, signed_in: Callable[[str], TestClient], task: str
):
    number = str(uuid4())
    answer(inspector, task, number, photos_id=sent_photo(inspector))
    other = give_task(inspector, signed_in("operator1"))
    reused = answer(inspector, other, number, photos_id=sent_photo(inspector))
    assert (reused.status_code, reused.json()["code"]) == (400, "client_id_reused")


def test_a_form_without_script_is_answered_with_a_page(inspector: TestClient):
    files = {"photos": ("a.jpg", PHOTO, "image/jpeg")}
    assert inspector.post("/m/report", data=report(str(uuid4())), files=files).status_code == 303
