"""What everybody reads of a case: type and community, and a text only when a desk has written one."""

import pytest

from cases.reading import get_case
from tests.face_city import report_of
from tests.faces.tile_city import features

SECRET, OPEN = "张家门口的井盖没了", "井盖已订货，周五更换"


@pytest.fixture
def case_no(signed_in):
    """A case whose words and place only staff should read."""
    report = report_of(description=SECRET, place_text="3 号楼 2 单元 501")
    return signed_in("operator1").post("/api/v1/reports", json=report).json()["case_no"]


@pytest.fixture
def track(browser, wiring, case_no):
    """Reads the page by which its reporter follows the case."""
    with wiring.sessions() as session:
        code = get_case(session, case_no, wiring.clock.now()).track_code
    return lambda: browser.get(f"/track?no={case_no}&code={code}").text


@pytest.fixture
def publish(signed_in, case_no):
    """Writes the text for everybody as the operator."""
    desk = signed_in("operator1")
    address = f"/api/v1/cases/{case_no}"
    return lambda words: desk.post(
        f"{address}/publish", json={"revision": desk.get(address).json()["revision"], "text": words}
    )


def test_a_reporter_follows_type_and_community(track):
    page = track()
    assert "污水井盖" in page
    assert not [words for words in (SECRET, "501") if words in page]


def test_a_text_for_everybody_is_read_everywhere(track, publish, browser, case_no):
    assert publish(OPEN).status_code == 200
    assert OPEN in track()
    assert OPEN in browser.get("/").text
    assert browser.get(f"/open311/v2/requests/{case_no}.json").json()[0]["description"] == OPEN
    [pin] = features(browser, "public-cases", 16, "cases")
    assert pin.properties["public_text"] == OPEN


def test_a_text_is_taken_back(track, publish, browser, case_no):
    publish(OPEN), publish("")
    assert OPEN not in track() + browser.get("/").text
    assert "污水井盖" in browser.get(f"/open311/v2/requests/{case_no}.json").json()[0]["description"]


def test_desks_read_both_side_by_side(signed_in, publish, case_no):
    publish(OPEN)
    page = signed_in("operator1").get(f"/cases/{case_no}").text
    assert all(words in page for words in (SECRET, OPEN))
