"""Queues as desks and departments see them: the most urgent first, and the newest when asked."""

import re
from datetime import timedelta

import pytest

from tests.face_city import report_of


@pytest.fixture
def desk(signed_in, clock):
    """An operator's browser, and two reports: the older one is the sooner due."""
    browser = signed_in("operator1")
    numbers = []
    for _ in range(2):
        numbers.append(browser.post("/api/v1/reports", json=report_of()).json()["case_no"])
        clock.at += timedelta(minutes=20)
    return browser, numbers


def rows_of(page):
    return re.findall(r'<li class="case-row[^>]*data-case="(\d{20})"', page.text)


def orders_of(page):
    """Addresses and names of the ways to sort, and which one it is."""
    found = re.search(r'<span class="orders".*?</span>', page.text, re.DOTALL)
    return re.findall(r'href="([^"]+)"[^>]*?( aria-current="true")?>([^<]+)<', found[0]) if found else []


@pytest.mark.parametrize(
    ("address", "is_newest_first", "because"),
    [
        ("/desk/operator", False, "work is done the most urgent first"),
        ("/desk/operator?order=newest", True, "somebody asked for the newest"),
        ("/desk/operator?tab=all", True, "everything is looked through the newest first"),
        ("/desk/operator?tab=all&order=urgent", False, "somebody asked for the most urgent"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_queue_is_sorted_for_its_purpose(desk, address, is_newest_first, because):
    browser, numbers = desk
    assert rows_of(browser.get(address)) == (numbers[::-1] if is_newest_first else numbers)


def test_the_filter_has_a_plain_link_to_the_other_order(desk):
    page = desk[0].get("/desk/operator?light=normal")
    assert orders_of(page) == [
        ("/desk/operator?light=normal", ' aria-current="true"', "先到期在前"),
        ("/desk/operator?light=normal&amp;order=newest", "", "最新在前"),
    ]


def test_what_has_ended_is_not_sorted_by_urgency(desk):
    assert orders_of(desk[0].get("/desk/operator?tab=ended")) == []


def test_filtering_keeps_the_order_and_another_tab_has_its_own(desk):
    page = desk[0].get("/desk/operator?order=newest").text
    assert '<input type="hidden" name="order" value="newest">' in page
    assert 'href="/desk/operator?tab=all"' in page


@pytest.mark.parametrize("order", ["urgent", "newest"])
def test_the_api_pages_in_the_order_asked_for(desk, order):
    browser, numbers = desk
    first = browser.get(f"/api/v1/cases?order={order}&limit=1").json()
    second = browser.get(f"/api/v1/cases?order={order}&limit=1&after={first['next']}").json()
    shown = [page["cases"][0]["case_no"] for page in (first, second)]
    assert (shown, second["next"]) == (numbers if order == "urgent" else numbers[::-1], None)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/api/v1/cases?order=urgent&after={newest}", "cursor_of_other_order"),
        ("/api/v1/cases?order=oldest", "malformed"),
        ("/desk/operator?order=oldest", "bad_filter"),
        ("/desk/operator?after={newest}", "cursor_of_other_order"),
    ],
)
def test_an_order_that_does_not_fit_is_refused_with_a_code(desk, address, code):
    browser = desk[0]
    newest = browser.get("/api/v1/cases?limit=1").json()["next"]
    answer = browser.get(address.format(newest=newest), headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_queue_takes_at_most_six_statements(desk, statements):
    statements.clear()
    desk[0].get("/desk/operator")
    assert len(statements) <= 6
