"""Views of a desk: kept by name, ordered, opened by default, shared by the shift leader, had back."""

import re
from html import unescape

import pytest

from tests.face_city import report_of

AS_JSON = {"accept": "application/json"}


@pytest.fixture
def operator(signed_in):
    return signed_in("operator1")


def save(browser, name, query="light=overdue&area=610303", desk="operator"):
    sent = {"name": name, "query": query}
    return browser.post(f"/workbench/{desk}/views", data=sent)


def views_on(browser, desk="operator"):
    """Names and addresses of the views above the list, with which one it is."""
    page = browser.get(f"/desk/{desk}?tab=todo").text
    line = re.search(r'<div class="views-line">.*?</div>', page, re.DOTALL)[0]
    found = re.findall(r'<a href="([^"]+)" data-follow="tab"[^>]*>([^<]+)</a>', line)
    return {name: unescape(address) for address, name in found}


def number_of(browser, name, desk="operator"):
    page = browser.get(f"/workbench/{desk}/views").text
    row = next(row for row in page.split('<li class="view-row">') if f"<strong>{name}</strong>" in row)
    return re.search(r"/views/(\d+)/", row)[1]


def change(browser, name, deed, desk="operator", **sent):
    return browser.post(f"/workbench/{desk}/views/{number_of(browser, name, desk)}/{deed}", data=sent)


def test_a_filter_is_kept_under_a_name(operator):
    assert save(operator, "超期").headers["location"] == "/desk/operator?light=overdue&area=610303"
    assert views_on(operator) == {"超期": "/desk/operator?light=overdue&area=610303"}


def test_the_same_name_keeps_the_newest_filter(operator):
    save(operator, "超期")
    save(operator, "超期", "light=overdue&lang=en&csrf=x")
    assert views_on(operator) == {"超期": "/desk/operator?light=overdue"}


def test_a_desk_opens_with_the_default_view_and_is_to_be_had_without(operator):
    save(operator, "超期")
    change(operator, "超期", "default")
    assert operator.get("/desk/operator").headers["location"] == "/desk/operator?light=overdue&area=610303"
    change(operator, "超期", "plain")
    assert operator.get("/desk/operator").status_code == 200


def test_views_stand_in_the_order_of_their_owner(operator):
    for name in ("甲", "乙", "丙"):
        save(operator, name)
    change(operator, "丙", "up")
    assert list(views_on(operator)) == ["甲", "丙", "乙"]


def test_a_removed_view_can_be_had_back(operator):
    save(operator, "超期")
    gone = change(operator, "超期", "remove").headers["location"]
    page = operator.get(gone).text
    assert views_on(operator) == {}
    operator.post(re.search(r'action="(/workbench/operator/views/\d+/restore)"', page)[1])
    assert list(views_on(operator)) == ["超期"]


def test_the_shift_leader_shares_with_a_desk_whose_people_cannot_change_it(operator, signed_in):
    chief = signed_in("chief1")
    save(chief, "夜班", "tab=rechecked&light=overdue", "duty-chief")
    change(chief, "夜班", "share", "duty-chief", post=["operator", "dispatcher"])
    assert views_on(operator) == {"夜班": "/desk/operator?light=overdue"}
    assert "夜班" in operator.get("/workbench/operator/views").text
    shared = number_of(chief, "夜班", "duty-chief")
    answer = operator.post(
        f"/workbench/operator/views/{shared}/remove", headers={"accept": "application/json"}
    )
    assert answer.json()["code"] == "no_such_view"


def test_only_the_shift_leader_shares(operator):
    save(operator, "超期")
    answer = change(operator, "超期", "share", post="dispatcher")
    assert (answer.status_code, views_on(operator)) == (
        403,
        {"超期": "/desk/operator?light=overdue&area=610303"},
    )


@pytest.mark.parametrize(
    ("name", "query", "code"),
    [
        (" ", "", "view_needs_name"),
        ("坏", "light=purple", "bad_filter"),
        ("长" * 41, "", "malformed"),
    ],
)
def test_a_view_that_cannot_be_kept_is_refused(operator, name, query, code):
    answer = operator.post(
        "/workbench/operator/views",
        data={"name": name, "query": query},
        headers={"accept": "application/json"},
    )
    assert answer.json()["code"] == code


def test_a_name_is_shown_as_it_was_written(operator):
    save(operator, "<script>alert(1)</script>")
    assert "<script>alert(1)" not in operator.get("/desk/operator").text


def test_a_list_with_views_and_words_and_people_takes_six_statements(operator, statements):
    save(operator, "超期")
    operator.post("/api/v1/reports", json=report_of())
    operator.get("/desk/operator")
    statements.clear()
    operator.get("/desk/operator?tab=all&q=经二路&inspector=1&order=newest")
    assert len(statements) <= 6
