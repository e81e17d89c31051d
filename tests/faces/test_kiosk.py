"""A terminal in a government hall: the public's report by touch, number and code to take away."""

import re

import pytest
import segno
from sqlalchemy import text

from tests.faces.test_look_alikes import form_of
from web.qr_codes import qr_svg

HALL = "/kiosk?lon=107.1450&lat=34.3690&name=政务大厅&idle=90"


def told(html: str) -> tuple[str, str]:
    """Number and code of a receipt."""
    number, code = re.findall(r'<dd class="number[^"]*">([^<]+)</dd>', html)
    return number.replace(" ", ""), code


def test_a_report_comes_from_the_kiosk_and_is_followed_by_number_and_code(browser, wiring):
    answer = browser.post(HALL, data=form_of(browser, HALL, contact_phone="13800000000"))
    number, code = told(answer.text)
    with wiring.sessions() as session:
        source = session.execute(text('SELECT source FROM cases."case"')).scalar_one()
    assert (answer.status_code, source) == (200, "kiosk")
    assert "已收到" in browser.get(f"/track?no={number}&code={code}").text


def test_the_receipt_is_no_address_and_no_cache_keeps_it(browser):
    answer = browser.post(HALL, data=form_of(browser, HALL))
    assert (answer.status_code, answer.headers["cache-control"], "location" in answer.headers) == (
        200,
        "no-store",
        False,
    )


def test_the_code_to_scan_leads_to_the_page_of_the_report(browser, monkeypatch):
    drawn: list[str] = []
    monkeypatch.setattr("web.faces.kiosk.pages.qr_svg", lambda words: drawn.append(words) or "")
    number, code = told(browser.post(HALL, data=form_of(browser, HALL)).text)
    assert drawn == [f"http://testserver/track?no={number}&code={code}"]


def test_a_qr_code_is_a_drawing_of_its_words_without_size_or_style():
    drawn = qr_svg("https://city.example/track?no=1&code=2")
    side = segno.make("https://city.example/track?no=1&code=2", error="m").symbol_size(border=4)[0]
    assert f'viewBox="0 0 {side} {side}"' in drawn
    assert re.findall(r"style=|width=|<script|http", drawn) == []


@pytest.mark.parametrize(
    ("query", "lon", "because"),
    [
        ("lon=107.15&lat=34.36", "107.15", "the terminal's own place"),
        ("lon=0&lat=0", "107.1", "outside the city the map shows the city"),
        ("lon=NaN&lat=x&idle=1", "107.1", "nonsense is left out"),
        ("", "107.1", "nothing is said"),
    ],
    ids=lambda value: value if " " in value else "",
)
def test_the_map_begins_where_the_terminal_stands(browser, query, lon, because):
    page = browser.get(f"/kiosk?{query}")
    assert (page.status_code, f'data-lon0="{lon}' in page.text) == (200, True)


def test_a_terminal_keeps_nothing_and_leads_nowhere(browser):
    page = browser.get(HALL).text
    parts = set(" ".join(re.findall(r'data-part="([^"]+)"', page)).split())
    links = {link.partition("?")[0] for link in re.findall(r'<a [^>]*href="([^"]+)"', page)}
    assert (parts & {"draft", "recent-types", "photo-field"}, 'autocomplete="off"' in page) == (set(), True)
    assert (links, 'type="file"' in page) == ({"#main", "/kiosk"}, False)


def test_what_was_written_is_said_in_another_language_without_being_kept(browser, wiring):
    sent = form_of(browser, HALL, description="垃圾没人收", switch="1")
    page = browser.post(f"{HALL}&lang=en", data=sent)
    with wiring.sessions() as session:
        cases = session.execute(text('SELECT count(*) FROM cases."case"')).scalar_one()
    assert (page.status_code, "垃圾没人收" in page.text, "Report a problem" in page.text, cases) == (
        200,
        True,
        True,
        0,
    )


def test_begun_anew_the_terminal_speaks_chinese_again(browser):
    browser.get(f"{HALL}&lang=en")
    assert "上报问题" in browser.get(f"{HALL}&lang=zh").text
    assert "上报问题" in browser.get(HALL).text


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"type": ""}, 400), ({"lon": ""}, 400), ({"contact_phone": "abc"}, 400), ({"lon": "107.3"}, 422)],
    ids=["no type", "no place", "no telephone", "outside the frame"],
)
def test_a_form_that_lacks_something_comes_back_as_it_was(browser, changes, status):
    answer = browser.post(HALL, data=form_of(browser, HALL, **changes))
    assert (answer.status_code, NEAR_WORDS in answer.text) == (status, True)


NEAR_WORDS = "井盖缺失"


def test_me_too_at_the_terminal_counts_and_gives_a_code_of_its_own(browser):
    first = told(browser.post(HALL, data=form_of(browser, HALL)).text)
    again = browser.post(HALL, data=form_of(browser, HALL, join=first[0]))
    number, code = told(again.text)
    assert (number, code == first[1], "已有人反映过这个问题" in again.text) == (first[0], False, True)


def test_whoever_is_signed_in_by_mistake_reports_as_the_public(signed_in, wiring):
    desk = signed_in("operator1")
    desk.post(HALL, data=form_of(desk, HALL))
    with wiring.sessions() as session:
        role = session.execute(text("SELECT by_role FROM cases.fact")).scalar_one()
    assert role == "public"


def test_no_other_page_of_the_public_may_say_that_it_is_a_terminal(browser, wiring):
    browser.post("/report", data=form_of(browser, "/report", source="kiosk"))
    with wiring.sessions() as session:
        assert session.execute(text('SELECT source FROM cases."case"')).scalar_one() == "public"
