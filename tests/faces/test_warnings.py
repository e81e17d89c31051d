"""Warnings from the form to the public and back: published, updated, cancelled; drills stay inside."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from lxml import etree

from emergency.cap.feeds import read_feed
from emergency.cap.messages import MsgType, Status
from emergency.cap.reading import read
from emergency.cap.writing import write
from gis_core.clock import FixedClock
from tests.cap.alerts import SCHEMA, WARNING
from tests.faces.test_duty_desk import take
from web.accounts.keys import issue_key
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]
FORM = {
    "event": "洪水",
    "category": "Met",
    "colour": "Orange",
    "area": "drawn",
    "coordinates": "107.12,34.34\n107.13,34.34\n107.13,34.32\n107.12,34.32",
    "area_text": "清姜河两岸",
    "description": "益门镇站水位快速上涨",
    "instruction": "离开河岸，往高处走",
    "expires": "2026-09-18T20:00",
    "measures": ["66-1", "67-6"],
}
TITLE = "宝鸡市人民政府发布洪水橙色预警[Ⅱ级/严重]"


@pytest.fixture
def officer(signed_in: SignedIn) -> TestClient:
    return signed_in("duty1")


@pytest.fixture
def client(visit: Callable[[], TestClient]) -> TestClient:
    """Somebody without an account."""
    return visit()


def post(officer: TestClient, address: str, **fields: object) -> Response:
    sent = FORM | {"client_id": str(uuid4()), "csrf": officer.headers["x-csrf-token"]} | fields
    return officer.post(address, data=sent)


def publish(officer: TestClient, **fields: object) -> str:
    """Publish a warning; its number here."""
    answer = post(officer, "/duty/warnings/new", do="publish", **fields)
    assert answer.status_code == 303, answer.text
    found = re.search(r"/duty/warnings/(\d+)", answer.headers["location"])
    assert found
    return found[1]


def documents(public: TestClient) -> list[bytes]:
    """What the feed links, in its order."""
    feed = read_feed(public.get("/warnings/feed.atom").content, "http://testserver/")
    return [public.get(item.url.replace("http://testserver", "")).content for item in feed.items]


def test_a_preview_shows_the_headline_that_is_proposed_and_writes_nothing(officer: TestClient) -> None:
    shown = post(officer, "/duty/warnings/new", do="preview")
    assert (shown.status_code, TITLE in shown.text, "签名并发布" in shown.text) == (200, True, True)
    assert "还没有发布过预警" in officer.get("/duty/warnings").text


def test_corners_that_were_drawn_on_the_map_are_an_area(officer: TestClient) -> None:
    drawn = "107.1200000, 34.3400000\n107.1300000, 34.3400000；107.1300000，34.3200000"
    shown = post(officer, "/duty/warnings/new", do="preview", coordinates=drawn)
    assert (shown.status_code, "签名并发布" in shown.text) == (200, True)


def test_what_blocks_a_warning_is_shown_and_nothing_goes_out(officer: TestClient) -> None:
    shown = post(officer, "/duty/warnings/new", do="preview", instruction="", coordinates="")
    assert shown.status_code == 400
    shown = post(officer, "/duty/warnings/new", do="preview", instruction="")
    assert "没有写明应采取的措施" in shown.text
    assert "签名并发布" not in shown.text
    assert post(officer, "/duty/warnings/new", do="publish", instruction="").status_code == 422
    assert "还没有发布过预警" in officer.get("/duty/warnings").text


def test_a_warning_goes_out_signed_is_updated_and_cancelled(
    officer: TestClient, client: TestClient, clock: FixedClock
) -> None:
    number = publish(officer)
    for address in ("/", "/kiosk", "/warnings"):
        assert TITLE in client.get(address).text, address
    assert "橙色预警" in officer.get("/duty/warnings").text
    (first,) = documents(client)
    root = etree.fromstring(first)
    assert SCHEMA.validate(root), SCHEMA.error_log
    assert "签名有效，签发者可信" in officer.get(f"/duty/warnings/{number}").text

    clock.at += timedelta(minutes=30)
    answer = post(officer, f"/duty/warnings/{number}/update", do="publish", area="keep", colour="Red")
    assert answer.status_code == 303, answer.text
    newer = re.search(r"/duty/warnings/(\d+)", answer.headers["location"])[1]
    assert "红色预警" in client.get("/").text
    assert TITLE not in client.get("/kiosk").text
    told = [read(one).require() for one in documents(client)]
    assert {one.msg_type: len(one.references) for one in told} == {MsgType.ALERT: 0, MsgType.UPDATE: 1}

    clock.at += timedelta(minutes=30)
    gone = officer.post(
        f"/duty/warnings/{newer}/cancel", data={"why": "水位回落", "csrf": officer.headers["x-csrf-token"]}
    )
    assert gone.status_code == 303, gone.text
    assert "warning-banner" not in client.get("/").text
    told = [read(one).require() for one in documents(client)]
    cancel = next(one for one in told if one.msg_type is MsgType.CANCEL)
    assert len(cancel.references) == 2
    assert all(SCHEMA.validate(etree.fromstring(one)) for one in documents(client))
    assert "【已解除】" in client.get("/warnings/feed.atom").text
    again = officer.post(
        f"/duty/warnings/{newer}/cancel", data={"why": "再来", "csrf": officer.headers["x-csrf-token"]}
    )
    assert again.status_code == 422


def test_a_warning_that_has_expired_is_nowhere_in_public(
    officer: TestClient, client: TestClient, clock: FixedClock
) -> None:
    publish(officer)
    clock.at += timedelta(days=2)
    assert "warning-banner" not in client.get("/").text
    assert documents(client) == []


def test_a_form_that_is_sent_twice_is_one_warning(officer: TestClient, client: TestClient) -> None:
    number = str(uuid4())
    assert publish(officer, client_id=number) == publish(officer, client_id=number)
    assert len(documents(client)) == 1


def test_an_incident_leads_to_a_warning_and_lists_it(officer: TestClient, signed_in: SignedIn) -> None:
    incident = take(officer)
    page = officer.get(f"/incidents/{incident}").text
    assert "还没有就这起事件发布预警" in page
    form = officer.get(f"/duty/warnings/new?incident_no={incident}").text
    assert re.search(rf'<option value="{incident}" selected|value="{incident}"', form)
    number = publish(officer, incident_no=incident, area="circle")
    page = officer.get(f"/incidents/{incident}").text
    assert (f"/duty/warnings/{number}" in page, "生效中" in page, "橙色预警" in page) == (True, True, True)
    assert f"发布预警：{TITLE}" in page
    assert "/duty/warnings/new" not in signed_in("leader").get(f"/incidents/{incident}").text


@pytest.mark.parametrize("is_of_incident", [True, False])
def test_a_drill_never_reaches_the_public(
    officer: TestClient, client: TestClient, *, is_of_incident: bool
) -> None:
    fields = {"drill": "秋季防汛演练"}
    if is_of_incident:  # the form says nothing of a drill; the incident is one
        fields = {"incident_no": take(officer, is_drill="true"), "area": "circle"}
    number = publish(officer, **fields)
    kept = read(officer.get(f"/duty/warnings/{number}/document").content).require()
    assert kept.status is Status.EXERCISE
    assert kept.note
    for address in ("/", "/kiosk", "/warnings"):
        assert "洪水橙色预警" not in client.get(address).text, address
    assert documents(client) == []
    assert client.get(f"/warnings/{kept.identifier}.xml").status_code == 404
    newer = post(officer, f"/duty/warnings/{number}/update", do="publish", area="keep")
    assert newer.status_code == 303, newer.text
    assert documents(client) == []


def test_a_document_and_the_feed_are_not_sent_again_to_who_has_them(
    officer: TestClient, client: TestClient
) -> None:
    publish(officer)
    feed = client.get("/warnings/feed.atom")
    (item,) = read_feed(feed.content, "http://testserver/").items
    document = client.get(item.url.replace("http://testserver", ""))
    assert document.headers["content-type"].startswith("application/cap+xml")
    for address, answer in (("/warnings/feed.atom", feed), (document.url.path, document)):
        tag = {"if-none-match": answer.headers["etag"]}
        since = {"if-modified-since": answer.headers["last-modified"]}
        assert client.get(address, headers=tag).status_code == 304
        assert client.get(address, headers=since).status_code == 304
        assert client.get(address, headers={"if-none-match": '"other"'} | since).status_code == 200
        assert client.get(address, headers={"if-modified-since": "garbage"}).status_code == 200


def test_who_may_not_publish_sees_no_form(signed_in: SignedIn) -> None:
    leader = signed_in("leader")
    assert leader.get("/duty/warnings").status_code == 200
    assert leader.get("/duty/warnings/new").status_code == 403


def test_an_area_by_division_has_its_code_and_a_shape(officer: TestClient, client: TestClient) -> None:
    publish(officer, area="division", divisions=["610302"], event_code="11B03", event="")
    (document,) = documents(client)
    area = read(document).require().infos[0].areas[0]
    assert (area.has_shape, area.geocodes[0].value) == (True, "610302")


# what comes in

CHINESE = """<?xml version="1.0" encoding="UTF-8"?>
<alert><identifier>61030041600000_20260918090000</identifier>
<sender>宝鸡市气象台</sender>
<senderCode>61030041600000</senderCode><sendTime>2026-09-18 09:00:00+08:00</sendTime>
<status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info><language>zh-CN</language>
<eventType>11B03</eventType><urgency>Expected</urgency><severity>Orange</severity><certainty>Likely</certainty>
<headline>宝鸡市气象台发布暴雨橙色预警</headline><description>{words}</description>
<area><areaDesc>宝鸡市</areaDesc><geocode>610300</geocode></area></info></alert>"""
ENTITIES = '<!DOCTYPE a [<!ENTITY x "{}">]><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">&x;</alert>'
DEEP = "<a>" * 40 + "</a>" * 40
STRANGER = "stranger.example"


def send(client: TestClient, wiring: Wiring, document: bytes | str, *scopes: str) -> Response:
    key = issue_key(wiring.sessions, uuid4().hex[:8], scopes=scopes or ("warning",), at=wiring.clock.now())
    return client.post("/api/v1/warnings", data={"api_key": key}, files={"document": ("a.xml", document)})


def cap(**changes: object) -> bytes:
    """A stranger's warning as a document."""
    return write(replace(WARNING, **({"sender": STRANGER} | changes)))


def test_a_chinese_warning_is_kept_once_with_what_was_supposed_and_not_shown_to_the_public(
    officer: TestClient, client: TestClient, wiring: Wiring
) -> None:
    document = CHINESE.format(words="大雨")
    first, second = send(client, wiring, document), send(client, wiring, document)
    assert (first.status_code, second.status_code) == (201, 200)
    assert (first.json()["is_repeat"], second.json()["is_repeat"]) == (False, True)
    assert any("严重程度由颜色" in one for one in first.json()["assumptions"])
    assert "宝鸡市气象台发布暴雨橙色预警" in officer.get("/duty/warnings").text
    shown = officer.get(f"/duty/warnings/{first.json()['warning_id']}").text
    assert "橙色预警" in shown
    assert "没有签名" in shown
    assert "暴雨" not in client.get("/warnings").text
    assert "warning-banner" not in client.get("/").text


def test_a_warning_in_the_plain_field_of_a_form_is_taken_too(client: TestClient, wiring: Wiring) -> None:
    key = issue_key(wiring.sessions, "平台", scopes=["warning"], at=wiring.clock.now())
    answer = client.post("/api/v1/warnings", data={"api_key": key, "document": cap().decode()})
    assert answer.status_code == 201, answer.text


def test_a_received_warning_cannot_be_changed_here(
    officer: TestClient, client: TestClient, wiring: Wiring
) -> None:
    number = send(client, wiring, cap()).json()["warning_id"]
    sent = {"why": "x", "csrf": officer.headers["x-csrf-token"]}
    assert officer.post(f"/duty/warnings/{number}/cancel", data=sent).status_code == 422
    assert post(officer, f"/duty/warnings/{number}/update", do="publish", area="keep").status_code == 422


def test_nobody_else_ends_or_forges_a_warning_of_ours(
    officer: TestClient, client: TestClient, wiring: Wiring
) -> None:
    publish(officer)
    ours = read(documents(client)[0]).require()
    forged = {
        "identifier": "x-1",
        "sent": ours.sent,
        "msg_type": MsgType.CANCEL,
        "references": (ours.reference,),
    }
    as_us = send(client, wiring, cap(sender=ours.sender, **forged))
    assert (as_us.status_code, as_us.json()["code"]) == (422, "warning_own_sender")
    assert send(client, wiring, cap(**forged)).status_code == 201
    assert TITLE in client.get("/").text
    echoed = send(client, wiring, documents(client)[0])
    assert (echoed.status_code, echoed.json()["is_repeat"]) == (200, True)


LAST_DAY = cap().replace(b"2025-07-17T06:45:00+08:00", b"9999-12-31T23:59:59-11:00")
LAST_CHINESE_DAY = CHINESE.format(words="").replace("2026-09-18 09", "9999-12-31 09")
HALF_CHINESE = "<alert><sendTime>never</sendTime></alert>"
EMPTY = '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>'
ENDLESS = cap().replace(b"<geocode>", b"<circle>34,107 " + b"9" * 400 + b"</circle><geocode>")


@pytest.mark.parametrize(
    ("document", "status", "code"),
    [
        pytest.param(b"", 400, "malformed", id="nothing"),
        pytest.param("not xml", 400, "cap_not_xml", id="no XML"),
        pytest.param(b"\x00\xff\xfe", 400, "cap_not_xml", id="bytes"),
        pytest.param(ENTITIES, 400, "cap_with_doctype", id="entities"),
        pytest.param(DEEP, 400, "cap_too_large", id="deep"),
        pytest.param("<a>" * 5_000 + "</a>" * 5_000, 400, "cap_not_xml", id="deeper"),
        pytest.param(b"<a>" + b" " * (4 * 1024**2) + b"</a>", 400, "cap_too_large", id="large"),
        pytest.param("<html/>", 400, "cap_not_an_alert", id="a page"),
        pytest.param(HALF_CHINESE, 400, "cap_not_chinese_alert", id="half Chinese"),
        pytest.param(EMPTY, 422, "cap_blocked", id="empty"),
        pytest.param(cap(identifier="x" * 3_000), 400, "warning_absurd", id="long name"),
        pytest.param(LAST_DAY, 400, "warning_absurd", id="last day"),
        pytest.param(cap().replace(b"<sent>2025", b"<sent>0001"), 400, "warning_absurd", id="first year"),
        pytest.param(LAST_CHINESE_DAY, 400, "warning_absurd", id="last Chinese day"),
    ],
)  # fmt: skip
def test_a_hostile_document_is_refused_with_a_code_and_leaves_nothing(
    officer: TestClient, client: TestClient, wiring: Wiring, document: bytes | str, status: int, code: str
) -> None:
    answer = send(client, wiring, document)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert officer.get("/duty/warnings").text.count("standing-") == 0


def test_a_warning_with_a_fault_is_kept_and_shown_with_it(
    officer: TestClient, client: TestClient, wiring: Wiring
) -> None:
    answer = send(client, wiring, ENDLESS)
    assert answer.status_code == 201
    assert "circle_unreadable" in {one["code"] for one in answer.json()["findings"] if one["blocks"]}
    assert "读不出来" in officer.get(f"/duty/warnings/{answer.json()['warning_id']}").text


def test_a_key_for_something_else_brings_no_warning(client: TestClient, wiring: Wiring) -> None:
    assert send(client, wiring, cap(), "report").json()["code"] == "key_may_not"
    assert client.post("/api/v1/warnings", data={"document": cap().decode()}).json()["code"] == "wrong_key"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("coordinates", "1,2 3"),
        ("coordinates", "nan,nan inf,1 2,2"),
        ("coordinates", "107.1,34.3 107.2,34.4 107.1,34.4 107.2,34.3"),
        ("colour", "Purple"),
        ("radius_m", "nan"),
        ("expires", "9999-12-31T23:59"),
        ("onset", "0001-01-01T00:00"),
        ("client_id", "x"),
        ("incident_no", "TF0\x00"),
        ("headline", "a\x00b"),
    ],
)
def test_a_nonsense_form_is_shown_again_and_publishes_nothing(
    officer: TestClient, client: TestClient, field: str, value: str
) -> None:
    assert 400 <= post(officer, "/duty/warnings/new", do="publish", **{field: value}).status_code < 500
    assert documents(client) == []


@pytest.mark.parametrize("way", ["", "/document", "/update"])
def test_a_warning_that_is_not_there_is_not_found(officer: TestClient, client: TestClient, way: str) -> None:
    assert officer.get(f"/duty/warnings/{10**30}{way}").status_code == 404
    assert client.get("/warnings/nothing%00here.xml").status_code == 404
