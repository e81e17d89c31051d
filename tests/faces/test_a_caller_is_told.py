"""A caller hears how it goes on as chosen on the telephone, when the operator writes down the consent."""

import pytest
from sqlalchemy import text

from tests.case_city import picture
from tests.face_city import report_of
from tests.faces.test_look_alikes import form_of
from web.wiring import Wiring

MOBILE = "13800000000"
DESK = "/desk/operator/register"
AGREED = {"tell_by": "sms", "contact_phone": MOBILE, "consent": "oral"}


def followers(wiring: Wiring) -> list[tuple[str, str]]:
    with wiring.sessions() as session:
        rows = session.execute(text("SELECT channel, address FROM cases.follower ORDER BY id"))
        return [(row.channel, row.address) for row in rows]


def last_fact(wiring: Wiring) -> tuple[str, dict[str, object] | None]:
    query = "SELECT reason, body->'consent' FROM cases.fact ORDER BY id DESC LIMIT 1"
    with wiring.sessions() as session:
        reason, consent = session.execute(text(query)).one()
    return reason, consent


@pytest.fixture
def desk(signed_in):
    return signed_in("operator1")


def test_a_caller_who_agrees_hears_by_sms_and_the_consent_is_a_fact(desk, wiring):
    assert desk.post(DESK, data=form_of(desk, DESK, **AGREED)).status_code == 303
    reason, consent = last_fact(wiring)
    assert followers(wiring) == [("sms", "+8613800000000")]
    assert (consent, "来电人同意以短信告知进展" in reason) == ({"channel": "sms", "given": "oral"}, True)


def test_a_caller_who_says_me_too_hears_as_well(desk, wiring):
    desk.post(DESK, data=form_of(desk, DESK, contact_phone=MOBILE))
    with wiring.sessions() as session:
        case_no = session.execute(text('SELECT case_no FROM cases."case"')).scalar_one()
    desk.post(DESK, data=form_of(desk, DESK, join=case_no, **AGREED))
    assert (len(followers(wiring)), last_fact(wiring)[1]) == (1, {"channel": "sms", "given": "oral"})


@pytest.mark.parametrize(
    ("changes", "status", "code", "because"),
    [
        ({"consent": ""}, 400, "consent_missing", "nobody says that the caller agreed"),
        ({"contact_phone": "0917-3260000"}, 400, "bad_mobile", "no SMS reaches a telephone on a wall"),
        ({"tell_by": "pigeon"}, 400, "no_such_channel", "the city keeps no pigeons"),
        ({"tell_by": "email"}, 400, "bad_email", "no address was given"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_cannot_be_told_is_refused_before_anything_is_written(
    desk, wiring, changes, status, code, because
):
    answer = desk.post(DESK, data=form_of(desk, DESK, **(AGREED | changes)))
    assert (answer.status_code, code in answer.text, followers(wiring)) == (status, True, [])


@pytest.mark.parametrize("changes", [{"tell_by": "none"}, {"tell_by": ""}], ids=["none", "nothing chosen"])
def test_a_caller_who_wants_no_messages_gets_none(desk, wiring, changes):
    desk.post(DESK, data=form_of(desk, DESK, **(AGREED | changes)))
    assert (followers(wiring), last_fact(wiring)[1]) == ([], None)


def test_a_stranger_cannot_claim_a_caller_s_consent(browser, wiring):
    browser.post("/report", data=form_of(browser, "/report", **AGREED))
    assert last_fact(wiring)[1] is None


# programs file as the desk does


@pytest.fixture
def file_it(signed_in):
    """Files a report over the API as somebody."""
    return lambda login, **sent: signed_in(login).post("/api/v1/reports", json=report_of(**sent))


def test_a_program_of_the_desk_writes_the_consent_down(file_it, wiring):
    assert file_it("operator1", **AGREED).status_code == 201
    assert followers(wiring) == [("sms", "+8613800000000")]
    assert last_fact(wiring)[1] == {"channel": "sms", "given": "oral"}


def test_a_report_sent_twice_has_one_follower(file_it, wiring):
    sent = AGREED | {"client_id": report_of()["client_id"]}
    assert [file_it("operator1", **sent).status_code for _ in range(2)] == [201, 201]
    assert len(followers(wiring)) == 1


def test_a_program_of_the_public_chooses_for_itself(browser, wiring):
    browser.headers["x-csrf-token"] = browser.get("/api/v1/me").json()["csrf_token"]
    sent = report_of(source="", tell_by="sms", contact_phone=MOBILE, consent="oral")
    files = {"photos": ("a.jpg", picture(), "image/jpeg")}
    assert browser.post("/api/v1/reports/with-photos", data=sent, files=files).status_code == 201
    assert (len(followers(wiring)), last_fact(wiring)[1]) == (1, None)


def test_a_program_says_me_too_for_a_caller_who_agrees(file_it, signed_in, wiring):
    case_no = file_it("operator1").json()["case_no"]
    sent = {"client_id": report_of()["client_id"], **AGREED}
    assert signed_in("operator1").post(f"/api/v1/cases/{case_no}/join", json=sent).status_code == 201
    assert (len(followers(wiring)), last_fact(wiring)[1]) == (1, {"channel": "sms", "given": "oral"})


@pytest.mark.parametrize(
    ("changes", "code", "because"),
    [
        ({"consent": ""}, "consent_missing", "nobody says that the caller agreed"),
        ({"consent": "written"}, "malformed", "the telephone knows no writing"),
        ({"contact_phone": "0917-3260000"}, "bad_mobile", "no SMS reaches a telephone on a wall"),
        ({"tell_by": "pigeon"}, "no_such_channel", "the city keeps no pigeons"),
        ({"tell_by": "email", "contact_email": "a@example.org"}, "no_such_channel", "no mail server is set"),
    ],
)
def test_what_a_program_may_not_say_is_refused_before_anything_is_written(
    file_it, wiring, changes, code, because
):
    answer = file_it("operator1", **(AGREED | changes))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    with wiring.sessions() as session:
        assert session.execute(text('SELECT count(*) FROM cases."case"')).scalar_one() == 0
