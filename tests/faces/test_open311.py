"""Open311 over HTTP: another system reports with a key, asks how far it is, adds words; and is refused."""

import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import text
from typer.testing import CliRunner

from cases import remarks
from cases.rules.commands import Decline
from cases.rules.deciding import Asking
from tests.case_city import JINGER_ROAD, MISSING_COVER, picture
from web import cli_shared, throttle
from web.accounts.keys import BadKeyName, KeyExists, KeyNotFound, issue_key, revoke_key
from web.accounts.reading import list_keys
from web.app import create_app
from web.cli import app
from web.settings import Settings

V2 = "/open311/v2"
ERRORS = {"code", "description", "reason", "request_id"}


@pytest.fixture
def key(wiring):
    """A key of another system that may do everything."""
    return issue_key(wiring.sessions, "邻里通", scopes=["report", "update"], at=wiring.clock.now())


@pytest.fixture
def send(browser, key):
    """Sends a request of a cover in 经二路, changed as told; None leaves a field out."""

    def post(form="json", headers=None, files=None, **changes):
        sent = {"api_key": key, "service_code": "01002", "lat": JINGER_ROAD.lat_deg,
                "long": JINGER_ROAD.lon_deg, "description": "井盖没了"} | changes  # fmt: skip
        kept = {name: value for name, value in sent.items() if value is not None}
        return browser.post(f"{V2}/requests.{form}", data=kept, files=files, headers=headers)

    return post


@pytest.fixture
def filed(send):
    """The number of a request that was just filed."""
    return send().json()[0]["service_request_id"]


@pytest.fixture
def add(browser, key, filed):
    """Sends an update to the request, changed as told."""

    def post(**changes):
        sent = {"api_key": key, "service_request_id": filed, "update_id": "u1", "status": "OPEN",
                "updated_datetime": "2026-09-18T09:40:00+08:00", "description": "还是没有人来"}  # fmt: skip
        kept = {name: value for name, value in (sent | changes).items() if value is not None}
        return browser.post(f"{V2}/servicerequestupdates.json", data=kept)

    return post


def ask(browser, words=""):
    return browser.get(f"{V2}/requests.json{words}").json()


def step(signed_in, login, case_no, action, **sent):
    person = signed_in(login)
    revision = person.get(f"/api/v1/cases/{case_no}").json()["revision"]
    answer = person.post(f"/api/v1/cases/{case_no}/{action}", json={"revision": revision, **sent})
    assert answer.status_code == 200, answer.text


def the_case(signed_in, case_no):
    return signed_in("operator1").get(f"/api/v1/cases/{case_no}").json()


# ---- discovery, services, definitions


@pytest.mark.parametrize("place", ["/open311", V2])
def test_the_interface_says_where_it_is_and_what_it_speaks(browser, place):
    told = browser.get(f"{place}/discovery.json").json()
    assert told["endpoints"][0]["url"] == "http://testserver/open311/v2"
    assert told["endpoints"][0]["formats"] == ["text/xml", "application/json"]
    assert told["changeset"].endswith("+08:00")


@pytest.mark.parametrize(
    "address",
    ["/open311/discovery", f"{V2}/services", f"{V2}/services/01002", f"{V2}/requests",
     f"{V2}/servicerequestupdates"],
)  # fmt: skip
def test_both_formats_say_the_same(browser, filed, address):
    in_json = browser.get(f"{address}.json").json()
    assert as_python(ET.fromstring(browser.get(f"{address}.xml").content)) == as_words(in_json)


LISTS = {"services", "service_requests", "service_request_updates", "attributes", "values", "endpoints",
         "formats", "notes"}  # fmt: skip


def as_python(element):
    """XML as the specification turns it into JSON, with words for every value."""
    if element.tag in LISTS:
        return [as_python(part) for part in element]
    return {part.tag: as_python(part) for part in element} if len(element) else element.text or ""


def as_words(value):
    """JSON with words for every value."""
    if isinstance(value, dict):
        return {name: as_words(part) for name, part in value.items()}
    if isinstance(value, list):
        return [as_words(part) for part in value]
    return json.dumps(value) if isinstance(value, (bool, int, float)) else value


@pytest.mark.parametrize(
    ("address", "accept", "kind"),
    [
        ("services.xml", "application/json", "text/xml; charset=utf-8"),
        ("services.json", "text/xml", "application/json; charset=utf-8"),
        ("services", "application/json", "application/json; charset=utf-8"),
        ("services", "text/xml, application/json", "text/xml; charset=utf-8"),
        ("services", "*/*", "text/xml; charset=utf-8"),
    ],
    ids=["the ending counts", "for JSON, too", "else what is accepted", "the first of both", "else XML"],
)
def test_the_format_is_that_of_the_address_or_what_is_accepted(browser, address, accept, kind):
    assert browser.get(f"{V2}/{address}", headers={"accept": accept}).headers["content-type"] == kind


def test_services_speak_english_when_asked(browser):
    told = browser.get(f"{V2}/services.json", headers={"accept-language": "en"}).json()
    assert "sewage manhole cover" in {one["service_name"] for one in told}
    assert [one["group"] for one in told if not one["group"].isascii()] == []


def test_our_own_jurisdiction_is_known_and_another_is_not(browser):
    assert browser.get(f"{V2}/services.json?jurisdiction_id=610300").status_code == 200
    other = browser.get(f"{V2}/services.json?jurisdiction_id=sfgov.org")
    assert (other.status_code, other.json()[0]["reason"]) == (404, "unknown_jurisdiction")


def test_the_city_may_have_other_names_than_its_code(wiring):
    named = wiring.settings.model_copy(update={"jurisdiction_ids": "baoji.example, 宝鸡"})
    other = TestClient(create_app(replace(wiring, settings=named)))
    assert other.get(f"{V2}/services.json?jurisdiction_id=baoji.example").status_code == 200


def test_a_host_that_is_none_is_not_repeated(browser):
    told = browser.get(f"{V2}/discovery.json", headers={"host": '"><script>'}).json()
    assert told["endpoints"][0]["url"] == "http://testserver:80/open311/v2"


def test_pages_of_other_hosts_may_read_but_no_cookie_counts(browser):
    answer = browser.get(f"{V2}/services.json", headers={"origin": "https://example.org"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_who_asks_without_end_is_asked_to_wait(browser, monkeypatch):
    few = replace(throttle.OPEN311_QUESTIONS_BY_ADDRESS, attempts=2)
    monkeypatch.setattr(throttle, "OPEN311_QUESTIONS_BY_ADDRESS", few)
    answers = [browser.get(f"{V2}/{call}.json") for call in ("requests", "requests/1", "requests")]
    assert [one.status_code for one in answers] == [200, 404, 429]
    assert (refusal(answers[-1]), "retry-after" in answers[-1].headers) == ((429, "too_often"), True)


# ---- reporting


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_request_becomes_a_case_with_a_number(send, form):
    answer = send(form=form)
    assert answer.status_code == 200
    assert "61030320260918000001" in answer.text


def test_a_request_is_the_public_s_report_with_what_was_told(send, signed_in):
    case_no = send(first_name="甲", last_name="王", email="a@example.org", phone="0917-3260000",
        **{"attribute[condition]": "C01002-COVER_RATTLING-1"}).json()[0]["service_request_id"]  # fmt: skip
    case = the_case(signed_in, case_no)
    assert (case["source"], case["facts"][0]["by"]) == ("public", "公众（邻里通）")
    assert case["description"].startswith("井盖没了\n情形：盖板松动")
    assert (case["contact_name"], case["contact_phone"]) == ("王**", "091****0000")


def test_the_account_comes_back_and_the_notice_leads_to_the_track_page(send, browser):
    told = send(account_id="7").json()[0]
    assert told["account_id"] == "7"
    address = next(word for word in told["service_notice"].split() if word.startswith("http"))
    assert "污水井盖" in browser.get(address.removeprefix("http://testserver")).text


def test_four_thousand_characters_fit_and_one_more_does_not(send):
    fits = send(description="长" * 4000, **{"attribute[condition]": MISSING_COVER})
    assert fits.status_code == 200
    assert refusal(send(description="长" * 4001)) == (400, "text_too_long")


def test_chinese_and_signs_come_back_as_they_were_sent(send, signed_in):
    words = "“井盖”<没了> & 　🕳\n第二行"
    case_no = send(description=words).json()[0]["service_request_id"]
    assert the_case(signed_in, case_no)["description"] == words


def test_a_script_in_a_text_stays_text_on_every_page(send, browser, signed_in):
    script = "<script>alert(1)</script>"
    told = send(description=script, first_name=script, address_string=script, phone="0917-1").json()[0]
    address = next(word for word in told["service_notice"].split() if word.startswith("http"))
    pages = (browser.get(address.removeprefix("http://testserver")),
             signed_in("operator1").get(f"/desk/operator?case={told['service_request_id']}"))  # fmt: skip
    assert [page.status_code for page in pages] == [200, 200]
    assert [page for page in pages if script in page.text] == []


def refusal(answer):
    told = answer.json()[0]
    assert {*told} == ERRORS
    assert told["code"] == str(answer.status_code)
    return answer.status_code, told["reason"]


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"api_key": None}, 403, "wrong_key"),
        ({"api_key": "guess"}, 403, "wrong_key"),
        ({"service_code": None}, 400, "bad_parameter"),
        ({"service_code": "99999"}, 404, "no_such_type"),
        ({"jurisdiction_id": "sfgov.org"}, 404, "unknown_jurisdiction"),
        ({"lat": None, "long": None}, 400, "bad_parameter"),
        ({"long": None}, 400, "bad_parameter"),
        ({"lat": ["34.369", "34.3"]}, 400, "bad_parameter"),
        ({"lat": "NaN"}, 400, "bad_parameter"),
        ({"lat": "1e999"}, 400, "bad_parameter"),
        ({"lat": "34°"}, 400, "bad_parameter"),
        ({"lat": "107.145", "long": "34.369"}, 400, "not_on_earth"),
        ({"lat": "0", "long": "0"}, 400, "outside_frame"),
        ({"lat": "-34.369", "long": "-72.855"}, 400, "outside_frame"),
        ({"lat": None, "long": None, "address_string": "没有的地方"}, 400, "address_unsure"),
        ({"lat": None, "long": None, "address_string": "渭滨区"}, 400, "address_unsure"),
        ({"lat": None, "long": None, "address_string": "长" * 201}, 400, "text_too_long"),
        ({"lat": None, "long": None, "address_id": "p:nowhere"}, 400, "unknown_address_id"),
        ({"lat": None, "long": None, "address_id": "d:610302"}, 400, "unknown_address_id"),
        ({"attribute[condition]": "C99"}, 400, "bad_parameter"),
        ({"attribute[colour]": "red"}, 400, "bad_parameter"),
        ({"attribute[asset_id]": "61030301002999999"}, 404, "no_such_component"),
        ({"description": "坏\x00了"}, 400, "bad_text"),
        ({"phone": "call me"}, 400, "bad_phone"),
        ({"email": "no mail"}, 400, "bad_parameter"),
        ({"first_name": "长" * 300}, 400, "text_too_long"),
        ({"media_url": "file:///etc/passwd"}, 400, "bad_parameter"),
        ({"media_url": "http://["}, 400, "bad_parameter"),
        ({"media_url": ["https://example.org/1.jpg"] * 6}, 400, "bad_parameter"),
        ({"client_id": "x" * 201}, 400, "bad_parameter"),
        ({"description": "'; DROP TABLE cases.case; --", "service_code": "' OR 1=1"}, 404, "no_such_type"),
    ],
    ids=["no key", "a guessed key", "no service", "an unknown service", "another city", "no place",
         "half a place", "two latitudes", "NaN", "beyond all numbers", "a degree sign", "swapped",
         "null island", "the other side of the world", "an unknown address", "a district",
         "a novel of an address", "an unknown id", "the id of a district", "not listed", "not defined",
         "no such component", "a sign that cannot be kept", "no number", "no mail", "a novel of a name",
         "a file", "half a host", "six links", "a novel of an id", "SQL"],
)  # fmt: skip
def test_a_request_that_cannot_be_is_refused_with_a_reason(send, browser, changes, status, reason):
    assert refusal(send(**changes)) == (status, reason)
    assert ask(browser) == []


def test_a_refusal_speaks_the_format_that_was_asked_for(send):
    error = ET.fromstring(send(form="xml", service_code="99999").content)[0]
    assert (error.find("code").text, error.find("reason").text) == ("404", "no_such_type")


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [("GET", "nothing.json", 404), ("GET", "requests.html", 404), ("GET", "requests/1.json", 404),
     ("GET", "tokens/1.json", 404), ("GET", "services/1.json", 404), ("DELETE", "requests.json", 405),
     ("GET", "requests.json?page=1000000000", 400), ("GET", "requests.json?service_code=1", 404),
     ("GET", "requests.json?start_date=0000-01-01T00:00:00Z", 400), ("GET", "requests/%00.json", 404),
     ("GET", "requests.json?service_request_id=%00,%27", 200), ("GET", "services.json?lang=en&page=x", 200)],
)  # fmt: skip
def test_a_hostile_question_is_answered_calmly(browser, method, address, status):
    answer = browser.request(method, f"{V2}/{address}")
    assert answer.status_code == status
    assert status == 200 or {*(as_list(answer))} == ERRORS


def as_list(answer):
    is_json = answer.headers["content-type"].startswith("application/json")
    return answer.json()[0] if is_json else {part.tag for part in ET.fromstring(answer.content)[0]}


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("application/json", b'{"api_key": "x"}', "not_a_form"),
        ("text/xml", b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><r>&e;</r>', "not_a_form"),
        ("", b"", "not_a_form"),
        ("multipart/form-data", b"--x", "malformed"),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 300_000, "too_large"),
        ("application/x-www-form-urlencoded", b"a=1&" * 100, "malformed"),
        ("application/x-www-form-urlencoded", b"api_key=%ff%fe&lat=%ed%a0%80", "wrong_key"),
    ],
    ids=[
        "JSON",
        "an external entity",
        "nothing",
        "half a form",
        "a huge form",
        "a hundred fields",
        "no UTF-8",
    ],
)
def test_a_body_that_is_no_form_of_ours_is_refused(browser, kind, body, reason):
    answer = browser.post(f"{V2}/requests.json", content=body, headers={"content-type": kind})
    assert refusal(answer)[1] == reason


def test_a_field_longer_than_any_form_of_ours_is_refused(send):
    photo = {"media": ("1.jpg", picture(), "image/jpeg")}
    assert refusal(send(description="x" * 70_000, files=photo)) == (400, "malformed")


NAMES = st.sampled_from(
    ["service_code", "lat", "long", "address_id", "address_string", "description", "email", "phone",
     "media_url", "attribute[condition]", "attribute[asset_id]", "attribute[]", "account_id", "client_id",
     "first_name", "jurisdiction_id"]
)  # fmt: skip
ODD = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    ["01002", "34.369", "1e400", "-0", "\x00", "'; --", "%00", "p:1", "610303008007005", "../..", "=1+1"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAMES, ODD, max_size=5))
def test_whatever_is_sent_is_filed_or_refused_and_nothing_breaks(send, key, wiring, changes):
    with wiring.sessions.begin() as session:
        session.execute(text("TRUNCATE accounts.throttle"))
    answer = send(**changes)
    assert answer.status_code in (200, 400, 404)
    assert answer.status_code == 200 or refusal(answer)


def test_an_address_that_is_sure_is_a_place(send, browser):
    words = f"{JINGER_ROAD.lon_deg},{JINGER_ROAD.lat_deg}"
    send(lat=None, long=None, address_string=words)
    assert [one["address_id"] for one in ask(browser)] == ["610303008007005"]


def test_a_service_takes_components_of_its_own_type_alone(send, wiring):
    with wiring.sessions.begin() as session:
        session.execute(text(ADD_COMPONENT))
    codes = {"attribute[asset_id]": "61030301001000001"}
    assert send(service_code="01001", **codes).status_code == 200
    assert refusal(send(service_code="01002", **codes)) == (400, "bad_parameter")
    with wiring.sessions.begin() as session:
        session.execute(text("DELETE FROM grid.component"))


# ---- once


@pytest.mark.parametrize(
    ("how", "headers"),
    [({"client_id": "a-1"}, {}), ({}, {"Idempotency-Key": "a-1"}), ({}, {})],
    ids=["by a parameter", "by a header", "by the body alone"],
)
def test_sending_twice_files_once(send, browser, how, headers):
    numbers = [send(headers=headers, **how).json()[0]["service_request_id"] for _ in range(2)]
    assert numbers[0] == numbers[1]
    assert len(ask(browser)) == 1


def test_a_client_id_with_another_body_is_refused(send):
    send(client_id="a-1")
    assert refusal(send(client_id="a-1", description="另一处")) == (400, "client_id_used")


def test_a_refused_request_may_be_mended_under_its_client_id(send):
    send(client_id="a-1", lat="0")
    assert send(client_id="a-1").status_code == 200


def test_another_photo_is_another_request(send):
    first, second = (
        send(files={"media": ("1.jpg", picture(colour), "image/jpeg")}) for colour in ("red", "blue")
    )
    assert first.json() != second.json()


def test_two_systems_may_use_one_client_id(send, wiring):
    other = issue_key(wiring.sessions, "other", scopes=["report"], at=wiring.clock.now())
    assert send(client_id="1").json() != send(client_id="1", api_key=other).json()


def test_the_same_words_on_another_day_are_another_request(send, clock):
    first = send().json()
    clock.at += timedelta(days=1)
    assert send().json() != first


# ---- keys


def test_a_key_is_counted_by_the_hour(wiring, send):
    slow = issue_key(wiring.sessions, "slow", scopes=["report"], per_hour=2, at=wiring.clock.now())
    answers = [send(api_key=slow, client_id=str(n)) for n in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[-1].headers["retry-after"]


def test_guessing_keys_is_stopped(send):
    assert [send(api_key="guess").status_code for _ in range(31)][-2:] == [403, 429]


def test_a_key_may_do_what_it_was_given_for(wiring, send, add):
    silent = issue_key(wiring.sessions, "only reports", scopes=["report"], at=wiring.clock.now())
    assert refusal(add(api_key=silent)) == (403, "key_may_not")


def test_a_revoked_key_opens_nothing_and_its_name_is_free(wiring, send):
    revoke_key(wiring.sessions, "邻里通", at=wiring.clock.now())
    assert refusal(send()) == (403, "wrong_key")
    assert issue_key(wiring.sessions, "邻里通", scopes=["report"], at=wiring.clock.now())


def test_a_key_is_kept_as_its_hash_with_its_last_use(wiring, key, send):
    send()
    with wiring.sessions() as session:
        kept = session.execute(text("SELECT * FROM accounts.api_key")).mappings().one()
        assert list_keys(session)[0].used_at == wiring.clock.now()
    assert key.encode() not in bytes(kept["key_hash"])


@pytest.mark.parametrize(
    ("name", "scopes", "per_hour", "error"),
    [("", ["report"], 1, BadKeyName), ("x", [], 1, BadKeyName), ("x", ["all"], 1, BadKeyName),
     ("x", ["report"], 0, BadKeyName), ("邻里通", ["report"], 1, KeyExists)],
    ids=["no name", "no right", "an unknown right", "never", "a name in use"],
)  # fmt: skip
def test_a_key_that_cannot_be_is_not_issued(wiring, key, name, scopes, per_hour, error):
    with pytest.raises(error):
        issue_key(wiring.sessions, name, scopes=scopes, per_hour=per_hour, at=wiring.clock.now())


def test_a_key_that_is_not_there_cannot_be_revoked(wiring):
    with pytest.raises(KeyNotFound):
        revoke_key(wiring.sessions, "nobody", at=wiring.clock.now())


def test_keys_are_issued_listed_and_revoked_from_the_command_line(wiring, send, monkeypatch, tmp_path):
    url = wiring.engine.url.render_as_string(hide_password=False)
    deployed = Settings(database_url=url, home=tmp_path, _env_file=None)
    monkeypatch.setattr(cli_shared, "load_settings", lambda **_: deployed)
    ran = [CliRunner().invoke(app, ["open311", *words.split()]) for words in ("add-key kiosk", "list-keys")]
    printed = ran[0].output.split()[-1]
    assert send(api_key=printed).status_code == 200
    assert "kiosk" in ran[1].output
    assert printed not in ran[1].output
    assert CliRunner().invoke(app, ["open311", "revoke-key", "kiosk"]).exit_code == 0
    assert send(api_key=printed).status_code == 403


# ---- asking


def test_a_request_is_there_at_once_and_closes_with_its_case(send, browser, signed_in, filed):
    told = browser.get(f"{V2}/requests/{filed}.json").json()[0]
    assert (told["status"], told["service_code"], told["long"]) == ("open", "01002", JINGER_ROAD.lon_deg)
    step(signed_in, "operator1", filed, "decline", reason="不在管理范围")
    told = browser.get(f"{V2}/requests/{filed}.json").json()[0]
    assert (told["status"], told["status_notes"]) == ("closed", "不予受理，案件已结束")


def test_what_was_declined_is_told_to_who_knows_the_number_alone(browser, signed_in, filed):
    step(signed_in, "operator1", filed, "decline", reason="不在管理范围")
    assert ask(browser) == []
    assert len(ask(browser, f"?service_request_id={filed}")) == 1


def test_an_accepted_request_is_open_with_its_deadline_and_department_once_it_has_them(
    browser, signed_in, filed
):
    step(signed_in, "operator1", filed, "accept", criterion_code=MISSING_COVER)
    step(signed_in, "chief1", filed, "file_case")
    step(signed_in, "dispatcher1", filed, "dispatch", department_code="BJ-PS")
    told = ask(browser)[0]
    assert (told["status_notes"], told["agency_responsible"]) == ("已受理，正在办理", "宝鸡市排水管理处")
    assert told["expected_datetime"].endswith("+08:00")


def test_a_repeat_that_was_merged_says_where_it_is_handled(send, browser, wiring, filed):
    repeat = send(client_id="again").json()[0]["service_request_id"]
    operator = Asking(wiring.clock.now(), None, "受理员", "operator")
    wiring.cases.perform(repeat, Decline("", "duplicate", into=filed), operator, 1)
    told = ask(browser, f"?service_request_id={repeat}&extensions=true")[0]
    assert (told["status"], filed in told["status_notes"]) == ("closed", True)
    assert [note["type"] for note in told["notes"]] == ["open", "duplicate"]
    assert [one["service_request_id"] for one in ask(browser)] == [filed]


def test_status_notes_speak_english_when_asked(browser, filed):
    told = browser.get(f"{V2}/requests.json", headers={"accept-language": "en"}).json()[0]
    assert told["status_notes"] == "Received, waiting to be accepted or verified"


def test_nobody_s_words_names_or_numbers_are_told(send, browser, signed_in, add):
    private = {"description": "王家门口，电话 0917-3260000", "last_name": "王某某", "phone": "0917-3260000",
               "email": "secret@example.org", "address_string": "王家门口"}  # fmt: skip
    case_no = send(**private).json()[0]["service_request_id"]
    add(description="门牌是秘密")
    step(signed_in, "operator1", case_no, "accept", criterion_code=MISSING_COVER, note="内部意见")
    calls = ("requests.json?extensions=true", "servicerequestupdates.json", f"requests/{case_no}.json")
    told = "".join(browser.get(f"{V2}/{call}").text for call in calls)
    assert case_no in told
    secrets = ("王", "3260000", "secret", "门口", "秘密", "内部", "邻里通", "受理员")
    assert [word for word in secrets if word in told] == []


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("", 3), ("?service_code=01002", 3), ("?service_code=06010", 0), ("?service_code=01002,06010", 3),
        ("?status=open", 3), ("?status=closed", 0), ("?page_size=2", 2), ("?page_size=2&page=2", 1),
        ("?page_size=2&page=3", 0), ("?page=1000", 0), ("?end_date=2026-09-17T00:00:00Z", 0),
        ("?start_date=2026-09-18T09:31:00%2B08:00", 2), ("?updated_after=2026-09-18T09:31:00%2B08:00", 2),
        ("?updated_before=2026-09-18T09:31:00%2B08:00", 2), ("?service_request_id=1&status=nonsense", 0),
    ],
)  # fmt: skip
def test_requests_are_found_by_type_status_period_and_page(send, browser, clock, words, count):
    send(client_id="1")
    clock.at += timedelta(minutes=1)
    send(client_id="2")
    clock.at += timedelta(minutes=1)
    send(client_id="3")
    assert len(ask(browser, words)) == count


def test_pages_join_without_gap_or_repeat_the_newest_first(send, browser):
    sent = [send(client_id=str(n)).json()[0]["service_request_id"] for n in range(5)]
    pages = [ask(browser, f"?page_size=2&page={n}") for n in (1, 2, 3)]
    assert [one["service_request_id"] for page in pages for one in page] == sent[::-1]


def test_extensions_tell_the_steps_and_the_grid(browser, filed):
    told = ask(browser, "?extensions=true")[0]
    assert [note["type"] for note in told["notes"]] == ["open"]
    assert told["extended_attributes"]["unit_grid_code"] == "610303008007005"


# ---- photos


def test_a_photo_is_shown_once_the_request_is_accepted_without_what_the_camera_wrote(
    send, browser, signed_in
):
    photo, exif = BytesIO(), Image.Exif()
    exif[0x010F] = "a camera"
    Image.new("RGB", (64, 48)).save(photo, "JPEG", exif=exif)
    case_no = send(files={"media": ("1.jpg", photo.getvalue(), "image/jpeg")}).json()[0]["service_request_id"]
    assert "media_url" not in ask(browser)[0]
    step(signed_in, "operator1", case_no, "accept", criterion_code=MISSING_COVER)
    shown = browser.get(ask(browser)[0]["media_url"].removeprefix("http://testserver"))
    assert dict(Image.open(BytesIO(shown.content)).getexif()) == {}


def test_a_photo_nobody_accepted_is_not_shown(send, wiring, browser):
    send(files={"media": ("1.jpg", picture(), "image/jpeg")})
    with wiring.sessions() as session:
        sha256 = session.execute(text("SELECT sha256 FROM cases.photo")).scalar_one()
    assert browser.get(f"{V2}/media/{sha256}.jpg").status_code == 404
    assert browser.get(f"{V2}/media/..%2f.jpg").status_code == 404


def test_an_inspector_s_photo_is_never_shown(signed_in, browser):
    inspector, desk = signed_in("inspector1"), signed_in("operator1")
    sent = {"client_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "kind": "component", "type_code": "01002",
            "lon": JINGER_ROAD.lon_deg, "lat": JINGER_ROAD.lat_deg, "description": "井盖缺失"}  # fmt: skip
    files = {"photos": ("1.jpg", picture(), "image/jpeg")}
    case_no = inspector.post("/api/v1/reports/with-photos", data=sent, files=files).json()["case_no"]
    step(signed_in, "operator1", case_no, "accept", criterion_code=MISSING_COVER)
    sha256 = desk.get(f"/api/v1/cases/{case_no}").json()["photos"][0]["sha256"]
    assert "media_url" not in ask(browser)[0]
    assert browser.get(f"{V2}/media/{sha256}.jpg").status_code == 404


@pytest.mark.parametrize(
    "names", [["media"] * 2, ["photo1", "photo2"], ["file_1"]], ids=["media", "photo", "file"]
)
def test_photos_come_under_the_names_that_clients_use(send, signed_in, names):
    files = [(name, (f"{n}.jpg", picture(("red", "blue")[n]), "image/jpeg")) for n, name in enumerate(names)]
    case_no = send(files=files).json()[0]["service_request_id"]
    assert len(the_case(signed_in, case_no)["photos"]) == len(names)


@pytest.mark.parametrize(
    ("files", "reason"),
    [([b"no picture"], "photo_unreadable"), ([b"x"] * 6, "too_many_photos"), ([b"x"] * 7, "too_many_photos")],
    ids=["no picture", "six", "seven"],
)
def test_a_photo_that_cannot_be_is_refused(send, files, reason):
    sent = [("media", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(files)]
    assert refusal(send(files=sent)) == (400, reason)


def test_a_link_is_kept_as_words_and_nobody_asks_its_host(send, signed_in):
    told = send(media_url="https://example.org/1.jpg").json()[0]
    assert "没有下载" in told["service_notice"]
    case = the_case(signed_in, told["service_request_id"])
    assert case["description"].endswith("照片链接（未下载）：https://example.org/1.jpg")


# ---- updates


def test_public_steps_go_out_as_updates(browser, signed_in, filed, clock):
    clock.at += timedelta(minutes=5)
    step(signed_in, "operator1", filed, "accept", criterion_code=MISSING_COVER)
    step(signed_in, "chief1", filed, "file_case")
    told = browser.get(f"{V2}/servicerequestupdates.json").json()
    assert [(one["status"], one["service_request_id"]) for one in told] == [
        ("open", filed),
        ("in_progress", filed),
    ]
    period = "start_date=2026-09-18T09:31:00%2B08:00&end_date=2026-09-18T09:36:00%2B08:00"
    later = browser.get(f"{V2}/servicerequestupdates.json?{period}").json()
    assert [one["status"] for one in later] == ["in_progress"]


def test_an_update_is_a_remark_that_moves_nothing(add, signed_in, filed, browser):
    assert add(status="CLOSED").json() == [{"update_id": "u1"}]
    case = the_case(signed_in, filed)
    assert (case["stage"], case["facts"][-1]["label"]) == ("reported", "补充说明")
    assert case["facts"][-1]["reason"] == "补充说明（对方系统的状态：closed）：还是没有人来"
    assert ask(browser)[0]["status"] == "open"


def test_a_remark_is_no_public_step_and_keeps_the_chain(add, browser, signed_in, filed, wiring):
    from cases.explain import story

    add()
    step(signed_in, "operator1", filed, "accept", criterion_code=MISSING_COVER)
    told = browser.get(f"{V2}/servicerequestupdates.json").json()
    assert [one["status"] for one in told] == ["open", "in_progress"]
    with wiring.sessions() as session:
        words = story(session, filed, wiring.clock.now(), types=wiring.type_names, calendar=wiring.calendar)
    assert "未被改动" in words
    assert "补充说明" in words


def test_a_remark_is_read_at_the_desk_and_not_on_the_tracking_page(send, add, browser, signed_in):
    told = send(client_id="1").json()[0]
    case_no, notice = told["service_request_id"], told["service_notice"].split()
    add(service_request_id=case_no, description="门牌是秘密")
    assert "门牌是秘密" in signed_in("operator1").get(f"/desk/operator?case={case_no}").text
    address = next(word for word in notice if word.startswith("http"))
    assert "门牌是秘密" not in browser.get(address.removeprefix("http://testserver")).text


def test_an_update_that_comes_twice_is_kept_once(add, signed_in, filed):
    assert [add().status_code for _ in range(2)] == [200, 200]
    assert len(the_case(signed_in, filed)["facts"]) == 2
    assert refusal(add(description="别的话")) == (400, "remark_differs")


@pytest.fixture
def closed(filed, wiring):
    """The request, solved and closed."""
    with wiring.sessions.begin() as session:
        session.execute(
            text("UPDATE cases.\"case\" SET stage = 'closed', closed_at = :at WHERE case_no = :no"),
            {"at": wiring.clock.now(), "no": filed},
        )
    return filed


@pytest.mark.parametrize(
    ("word", "days", "stage", "because"),
    [
        ("REOPEN", 0, "reported", "its reporter says that it is not solved"),
        ("OPEN", 0, "closed", "that is only what the other system calls it"),
        ("REOPEN", 16, "closed", "too long ago"),
    ],
)
def test_who_reported_a_case_may_open_it_again(add, signed_in, closed, clock, word, days, stage, because):
    clock.at += timedelta(days=days)
    assert add(status=word).status_code == 200
    case = the_case(signed_in, closed)
    assert (case["stage"], "补充说明" in {fact["label"] for fact in case["facts"]}) == (stage, True)


def test_an_update_that_reopened_and_comes_again_opens_nothing_twice(add, signed_in, closed):
    assert [add(status="REOPEN").status_code for _ in range(2)] == [200, 200]
    labels = [fact["label"] for fact in the_case(signed_in, closed)["facts"]]
    assert labels.count("重新打开") == 1


def test_another_system_opens_nothing_that_it_did_not_report(add, signed_in, closed, wiring):
    other = issue_key(wiring.sessions, "别的系统", scopes=["update"], at=wiring.clock.now())
    assert add(status="REOPEN", api_key=other).status_code == 200
    assert the_case(signed_in, closed)["stage"] == "closed"


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"api_key": "guess"}, 403, "wrong_key"),
        ({"service_request_id": None}, 400, "bad_parameter"),
        ({"service_request_id": "61030320260918999999"}, 400, "bad_parameter"),
        ({"update_id": None}, 400, "bad_parameter"),
        ({"update_id": "x" * 201}, 400, "bad_parameter"),
        ({"status": "MAYBE"}, 400, "bad_parameter"),
        ({"updated_datetime": "now"}, 400, "bad_parameter"),
        ({"description": None}, 400, "bad_parameter"),
        ({"description": "长" * 2001}, 400, "text_too_long"),
        ({"description": "坏\x00了"}, 400, "bad_text"),
        ({"jurisdiction_id": "sfgov.org"}, 404, "unknown_jurisdiction"),
    ],
    ids=["a guessed key", "no request", "an unknown request", "no number", "a novel of a number",
         "another status", "no moment", "no words", "a novel", "a sign that cannot be kept", "another city"],
)  # fmt: skip
def test_an_update_that_cannot_be_is_refused_with_a_reason(add, changes, status, reason):
    assert refusal(add(**changes)) == (status, reason)


def test_a_case_takes_so_many_remarks_and_no_more(add, monkeypatch, signed_in, filed):
    monkeypatch.setattr(remarks, "MOST_REMARKS", 2)
    assert [add(update_id=str(n)).status_code for n in range(3)] == [200, 200, 400]
    assert add(update_id="1").status_code == 200
    assert len(the_case(signed_in, filed)["facts"]) == 3


# ---- speed


def test_a_request_takes_at_most_twelve_statements(send, wiring, statements):
    with wiring.sessions.begin() as session:
        session.execute(text(ADD_COMPONENT))
    send()
    statements.clear()
    answer = send(service_code="01001", files={"media": ("1.jpg", picture("red"), "image/jpeg")},
        **{"attribute[asset_id]": "61030301001000001"})  # fmt: skip
    assert (answer.status_code, len(statements) <= 12) == (200, True)
    with wiring.sessions.begin() as session:
        session.execute(text("DELETE FROM grid.component"))


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("requests.json", 6),
        ("requests.xml?extensions=true", 6),
        ("servicerequestupdates.json", 3),
        ("services.json", 0),
    ],
)
def test_a_list_takes_few_statements_however_long(send, browser, statements, address, most):
    [send(client_id=str(n)) for n in range(12)]
    statements.clear()
    browser.get(f"{V2}/{address}")
    assert len(statements) <= most


ADD_COMPONENT = """
INSERT INTO grid.component (code, edition, type_code, name, geom, unit_grid_code, authority_code, state,
    first_surveyed_on, source, is_synthetic)
SELECT '61030301001000001', 'x', '01001', '供水井盖', geom, code, 'x', '完好', '2026-01-01', 'test', true
FROM (SELECT code, ST_Centroid(geom) AS geom FROM grid.unit_grid LIMIT 1) AS here
"""
