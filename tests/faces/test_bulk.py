"""Many cases at once: chosen, tried without writing, done once each, skipped when they moved meanwhile."""

import csv
import re
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.face_city import report_of
from web.bulk_jobs import BulkJobs
from web.bulk_work import asks_of
from web.faces.workbench.bulk import acts_of

AS_JSON = {"accept": "application/json"}


@pytest.fixture
def operator(signed_in):
    return signed_in("operator1")


@pytest.fixture
def reports(operator):
    """Three reports of one type, the last of which is declined."""
    numbers = [operator.post("/api/v1/reports", json=report_of()).json()["case_no"] for _ in range(3)]
    decline(operator, numbers[2])
    return numbers


@pytest.fixture
def work(wiring):
    """Lets the worker do what is open."""
    return BulkJobs(wiring.sessions, lambda: acts_of(wiring), wiring.clock).work


def decline(browser, case_no):
    sent = {"revision": 1, "reason_code": "out_of_scope"}
    assert browser.post(f"/api/v1/cases/{case_no}/decline", json=sent).status_code == 200


def choose(browser, *, token=None, desk="operator", query="tab=all", **sent):
    answer = browser.post(
        f"/workbench/{desk}/bulk", data={"token": str(token or uuid4()), "query": query, **sent}
    )
    return answer.headers.get("location")


def try_step(browser, run, action="decline", **sent):
    given = {"action": action, "revision": "1", "reason_code": "duplicate"} | sent
    return browser.post(f"{run}/check", data=given)


def results(browser, run):
    """What came of each case, by number."""
    rows = list(csv.reader(browser.get(f"{run}/results.csv").content.decode("utf-8-sig").splitlines()))[1:]
    return {number.replace(" ", ""): (said, why) for number, said, why in rows}


def stages_of(wiring, numbers):
    asked = text('SELECT case_no, stage, revision FROM cases."case"')
    with wiring.sessions() as session:
        found = {row.case_no: (row.stage, row.revision) for row in session.execute(asked)}
    return [found[number] for number in numbers]


def test_a_dry_run_says_who_can_and_why_others_cannot_and_writes_nothing(operator, reports, wiring):
    run = choose(operator, query="tab=all&stage=reported", all="true")
    again = operator.post(
        f"/api/v1/cases/{reports[1]}/decline", json={"revision": 1, "reason_code": "duplicate"}
    )
    assert again.status_code == 200
    try_step(operator, run)
    page = operator.get(run).text
    assert "不予受理 1 件" in page
    assert [said for said, _ in results(operator, run).values()] == ["不能办理", "可以办理"]
    assert stages_of(wiring, reports[:1]) == [("reported", 1)]


def test_what_can_is_done_by_the_worker_each_with_its_own_fact(operator, reports, wiring, work):
    run = choose(operator, case=reports[:2])
    try_step(operator, run)
    operator.post(f"{run}/start")
    work()
    assert stages_of(wiring, reports[:2]) == [("declined", 2)] * 2
    assert {said for said, _ in results(operator, run).values()} == {"已办理"}
    assert "重复反映" in operator.get(f"/cases/{reports[0]}").text


def test_sent_twice_it_is_done_once(operator, reports, wiring, work):
    token = uuid4()
    run = choose(operator, token=token, case=reports[:2])
    assert choose(operator, token=token, case=reports[:2]) == run
    try_step(operator, run)
    for _ in range(2):
        assert operator.post(f"{run}/start").status_code == 303
        work()
    assert stages_of(wiring, reports[:2]) == [("declined", 2)] * 2


def test_another_choice_on_the_same_page_is_another_run(operator, reports):
    token = uuid4()
    assert choose(operator, token=token, case=reports[:2]) != choose(operator, token=token, case=reports[:1])


def test_what_moved_since_the_dry_run_is_skipped_and_told_by_whom(operator, reports, wiring, work, signed_in):
    run = choose(operator, case=reports[:2])
    try_step(operator, run)
    decline(signed_in("operator2"), reports[0])
    operator.post(f"{run}/start")
    work()
    said, why = results(operator, run)[reports[0]]
    assert (said, "受理员乙已不予受理" in why) == ("期间有变化，未办", True)
    assert stages_of(wiring, reports[:2]) == [("declined", 2)] * 2


def test_a_worker_that_dies_goes_on_where_it_stopped(operator, reports, wiring, work):
    run = choose(operator, case=reports[:2])
    try_step(operator, run)
    operator.post(f"{run}/start")
    acts = acts_of(wiring)
    next(acts.take(acts.list_open()[0], wiring.clock.now))
    assert sorted(stages_of(wiring, reports[:2])) == [("declined", 2), ("reported", 1)]
    work()
    assert stages_of(wiring, reports[:2]) == [("declined", 2)] * 2


def test_what_is_stopped_leaves_the_rest_as_it_is(operator, reports, wiring, work):
    run = choose(operator, case=reports[:2])
    try_step(operator, run)
    operator.post(f"{run}/start")
    operator.post(f"{run}/cancel")
    work()
    assert stages_of(wiring, reports[:2]) == [("reported", 1)] * 2
    assert {said for said, _ in results(operator, run).values()} == {"未办（已停止）"}


def test_many_are_tried_by_the_worker(operator, reports, work, monkeypatch):
    monkeypatch.setattr("cases.bulk.operations.CHECK_AT_ONCE", 1)
    run = choose(operator, case=reports[:2])
    try_step(operator, run)
    assert 'data-part="await-end"' in operator.get(run).text
    work()
    assert "不予受理 2 件" in operator.get(run).text


@pytest.mark.parametrize(
    ("sent", "code", "because"),
    [
        ({}, "nothing_chosen", "nothing was ticked"),
        ({"case": ["61030320260918999999"]}, "nothing_chosen", "no case of the list"),
        ({"all": "true", "query": "tab=todo&q=没有"}, "nothing_chosen", "the list is empty"),
        ({"all": "true", "query": "light=purple"}, "bad_filter", "the filter is none"),
        ({"all": "true", "token": "x"}, "malformed", "the page is none of ours"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_choice_that_is_none_is_refused(operator, reports, sent, code, because):
    given = {"token": str(uuid4()), "query": "tab=all"} | sent
    assert operator.post("/workbench/operator/bulk", data=given, headers=AS_JSON).json()["code"] == code


def test_more_than_the_most_is_refused_with_the_number(operator, reports, monkeypatch):
    monkeypatch.setattr("cases.bulk.operations.MOST_CASES", 2)
    answer = operator.post(
        "/workbench/operator/bulk",
        data={"token": str(uuid4()), "query": "source=hotline&tab=ended", "all": "true"},
        headers=AS_JSON,
    )
    assert answer.status_code == 303
    given = {"token": str(uuid4()), "query": "tab=all", "case": reports}
    refused = operator.post("/workbench/operator/bulk", data=given, headers=AS_JSON)
    assert refused.json()["code"] == "too_many_cases"


def test_a_step_without_its_reason_is_refused_before_any_case_is_tried(operator, reports):
    run = choose(operator, case=reports[:2])
    answer = try_step(operator, run, "send_verification", reason_code="")
    assert (answer.status_code, "监督员" in answer.text) == (422, True)


def test_a_run_is_for_who_chose(operator, reports, signed_in):
    run = choose(operator, case=reports[:2])
    answer = signed_in("operator2").get(run, headers=AS_JSON)
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_bulk_run")


def test_a_department_cannot_choose_what_it_does_not_see(reports, signed_in):
    department = signed_in("drainage")
    assert choose(department, desk="department", query="tab=todo", case=reports) is None


def test_only_steps_of_the_person_s_post_are_offered(operator, reports):
    page = operator.get(choose(operator, case=reports[:2])).text
    offered = re.findall(r'\?action=(\w+)"', page)
    assert {"accept", "decline", "send_verification"} <= {*offered}
    assert not {"dispatch", "file_case", "finish"} & {*offered}


def test_dispatch_goes_to_the_department_proposed_for_each(reports, operator, signed_in, wiring, work):
    criterion = criterion_of(wiring)
    accept = {"revision": 1, "criterion_code": criterion}
    assert operator.post(f"/api/v1/cases/{reports[0]}/accept", json=accept).status_code == 200
    signed_in("chief1").post(f"/api/v1/cases/{reports[0]}/file_case", json={"revision": 2})
    dispatcher = signed_in("dispatcher1")
    run = choose(dispatcher, desk="dispatcher", query="tab=todo", all="true")
    try_step(dispatcher, run, "dispatch", department_code="*")
    dispatcher.post(f"{run}/start")
    work()
    with wiring.sessions() as session:
        found = session.execute(
            text(
                'SELECT stage, department_code = proposed_department_code FROM cases."case"'
                " WHERE case_no = :no"
            ),
            {"no": reports[0]},
        ).one()
    assert tuple(found) == ("dispatched", True)


def criterion_of(wiring):
    return wiring.catalogue.criteria_of("component", "01002")[0].code


@pytest.mark.parametrize(
    ("action", "because"),
    [
        ("finish", "photos are taken case by case"),
        ("reply_recheck", "each case has its own answer"),
        ("report", "a report is no step of a case"),
        ("nonsense", "there is no such step"),
    ],
)
def test_steps_that_need_something_of_each_case_are_not_taken_for_many(action, because):
    assert asks_of(action) is None


def test_every_refusal_is_told_as_text_that_no_spreadsheet_runs(operator, reports, wiring):
    run = choose(operator, case=reports[:2])
    with wiring.sessions.begin() as session:
        session.execute(text("UPDATE cases.bulk_item SET message = '=1+1', code = 'x', outcome = 'unable'"))
    assert {why for _, why in results(operator, run).values()} == {"'=1+1"}
