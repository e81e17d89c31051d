"""Media watch and sensors: items become reports that wait, alarms one case each, whatever is sent twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from cases.feed_rules import load_feeds
from tests.case_city import baoji, catalogue
from tests.face_city import report_of
from tests.faces.test_owner_of_a_component import COVER, cover
from web.accounts.keys import issue_key
from web.api.feeds import plain_link
from web.wiring import Wiring

__all__ = ["cover"]
MEDIA, SENSORS = "/api/v1/feeds/media", "/api/v1/feeds/sensors"
HERE = {"lat": "34.3690", "long": "107.1450"}
ITEM = {
    "link": "https://news.example/a/1?utm_source=wx",
    "headline": "经二路垃圾堆积",
    "topic": "垃圾",
    **HERE,
}
ALARM = {"device_id": "SW-07", "alarm": "water_level", "alarm_id": "1", "value": "水位 0.35 m", **HERE}


@pytest.fixture
def key(wiring: Wiring) -> str:
    return issue_key(wiring.sessions, "外部系统", scopes=["media", "sensor"], at=wiring.clock.now())


@pytest.fixture
def send(browser, key):
    """Sends what another system sends."""
    return lambda address, sent, **more: browser.post(address, data={"api_key": key} | sent | more)


def only(wiring: Wiring, columns: str) -> tuple[object, ...]:
    """Columns of the one case that there is."""
    with wiring.sessions() as session:
        return tuple(session.execute(text(f'SELECT {columns} FROM cases."case"')).one())


def close(wiring: Wiring) -> None:
    with wiring.sessions.begin() as session:
        session.execute(text("UPDATE cases.\"case\" SET stage = 'closed', closed_at = reported_at"))


# media


def test_an_item_waits_at_acceptance_with_its_link(send, wiring):
    answer = send(MEDIA, ITEM)
    stage, source, kind, code, words = only(wiring, "stage, source, kind, type_code, description")
    assert (answer.status_code, stage, source, kind, code) == (201, "reported", "media", "matter", "06010")
    assert [part in words for part in (ITEM["headline"], ITEM["link"])] == [True, True]


def test_the_same_link_is_one_report_however_it_was_shared(send, wiring):
    first = send(MEDIA, ITEM).json()["case_no"]
    again = send(MEDIA, ITEM, link="https://NEWS.example/a/1/#top", headline="换了标题")
    assert (again.status_code, again.json()["case_no"], again.json()["is_repeat"]) == (200, first, True)
    assert only(wiring, "count(*)") == (1,)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("https://a.example/x?id=1", "https://A.example/x?id=1&share_token=9&spm=2", True),
        ("https://a.example/x/", "https://a.example/x", True),
        ("https://a.example/x?id=1", "https://a.example/x?id=2", False),
        ("https://a.example/X", "https://a.example/x", False),
        ("https://a.example/x?fromage=1", "https://a.example/x", False),
    ],
)
def test_one_item_has_one_address(one, other, is_same):
    assert (plain_link(one) == plain_link(other)) == is_same


@pytest.mark.parametrize(
    ("changes", "status", "code", "because"),
    [
        ({"link": "javascript:alert(1)"}, 400, "bad_link", "no address of an item"),
        ({"link": "https://a.example:port/"}, 400, "bad_link", "no port"),
        ({"topic": "飞碟"}, 400, "unknown_topic", "the city has no such topic"),
        ({"headline": ""}, 400, "malformed", "nothing is told"),
        ({"headline": "标" * 201}, 400, "malformed", "too long"),
        ({"lat": "", "long": ""}, 400, "bad_parameter", "nowhere"),
        ({"lat": "", "long": "", "place": "火星大道"}, 400, "address_unsure", "nobody knows the place"),
        ({"long": "107.3"}, 422, "outside_frame", "outside every grid"),
        ({"api_key": "guess"}, 403, "wrong_key", "a guessed key"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_is_no_item_is_refused_and_nothing_is_written(send, wiring, changes, status, code, because):
    answer = send(MEDIA, ITEM, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert only(wiring, "count(*)") == (0,)


# sensors


def test_a_first_alarm_is_a_report_of_the_sensor(send, wiring):
    answer = send(SENSORS, ALARM)
    assert (answer.status_code, answer.json()["outcome"]) == (201, "reported")
    source, code, words = only(wiring, "source, type_code, description")
    assert (source, code, words) == ("sensor", "10998", "水位超限：设备 SW-07，水位 0.35 m")


@pytest.mark.parametrize(
    ("later", "outcome", "cases", "because"),
    [
        (timedelta(minutes=10), "counted", 1, "too soon after the first to be noted again"),
        (timedelta(minutes=40), "joined", 1, "within the window"),
        (timedelta(hours=7), "reported", 2, "after the window it is another event"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_a_repeat_joins_the_open_case_within_its_window(send, wiring, clock, later, outcome, cases, because):
    send(SENSORS, ALARM)
    clock.at += later
    assert send(SENSORS, ALARM, alarm_id="2").json()["outcome"] == outcome
    assert only(wiring, "count(*), sum(join_count)") == (cases, int(outcome == "joined"))


def test_repeats_within_repeats_keep_one_case_going(send, wiring, clock):
    for n in range(4):
        send(SENSORS, ALARM, alarm_id=str(n))
        clock.at += timedelta(hours=4)
    assert only(wiring, "count(*), sum(join_count)") == (1, 3)


def test_an_alarm_after_the_end_of_its_case_is_a_new_one(send, wiring):
    first = send(SENSORS, ALARM).json()["case_no"]
    close(wiring)
    again = send(SENSORS, ALARM, alarm_id="2").json()
    assert (again["outcome"], again["case_no"] != first) == ("reported", True)


def test_another_device_and_another_alarm_are_other_cases(send, wiring):
    send(SENSORS, ALARM)
    send(SENSORS, ALARM, device_id="SW-08")
    send(SENSORS, ALARM, alarm="dust")
    assert only(wiring, "count(*)") == (3,)


def test_the_end_of_an_alarm_is_a_remark_and_closes_nothing(send, wiring):
    case_no = send(SENSORS, ALARM).json()["case_no"]
    answer = send(SENSORS, ALARM, alarm_id="2", event="end", value="").json()
    with wiring.sessions() as session:
        action, words = session.execute(
            text("SELECT action, body->>'text' FROM cases.fact ORDER BY id DESC LIMIT 1")
        ).one()
    assert (answer["outcome"], answer["case_no"], action) == ("ended", case_no, "remark")
    assert (words, only(wiring, "stage")) == ("水位超限：设备 SW-07，报警解除", ("reported",))


def test_an_end_without_an_alarm_is_taken_and_does_nothing(send, wiring):
    answer = send(SENSORS, ALARM, event="end")
    assert (answer.status_code, answer.json()["outcome"]) == (200, "nothing_open")


@pytest.mark.parametrize("event", ["alarm", "end"])
def test_a_message_sent_again_gets_the_same_answer(send, wiring, clock, event):
    send(SENSORS, ALARM)
    clock.at += timedelta(hours=1)
    first, again = (send(SENSORS, ALARM, alarm_id="2", event=event).json() for _ in range(2))
    assert again == first | {"is_repeat": True}
    with wiring.sessions() as session:
        assert session.execute(text("SELECT count(*) FROM cases.fact")).scalar_one() == 2


def test_eight_alarms_at_once_are_one_case(send, wiring):
    with ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(lambda n: send(SENSORS, ALARM, alarm_id=str(n)).json(), range(8))]
    assert (len({one["case_no"] for one in answers}), only(wiring, "count(*)")) == (1, (1,))


def test_an_alarm_goes_on_in_the_case_into_which_its_own_was_merged(send, signed_in, wiring, clock):
    desk = signed_in("operator1")
    kept = desk.post("/api/v1/reports", json=report_of(kind="matter", type_code="10998")).json()["case_no"]
    own = send(SENSORS, ALARM).json()["case_no"]
    wish = {"revision": 1, "reason_code": "duplicate", "into": kept}
    desk.post(f"/api/v1/cases/{own}/decline", json=wish)
    clock.at += timedelta(hours=1)
    assert send(SENSORS, ALARM, alarm_id="2").json() == {
        "case_no": kept,
        "outcome": "joined",
        "is_repeat": False,
    }


def test_a_cover_that_opens_is_a_case_of_that_component(send, cover, wiring):
    cover()
    sent = {"device_id": "JG-1", "alarm": "manhole_open", "alarm_id": "1", "component_code": COVER}
    assert send(SENSORS, sent).status_code == 201
    assert only(wiring, "kind, type_code, component_code, position_source") == (
        "component",
        "01002",
        COVER,
        "component",
    )


@pytest.mark.parametrize(
    ("changes", "status", "because"),
    [
        ({"alarm": "earthquake"}, 400, "no such kind"),
        ({"device_id": "a b"}, 400, "no name of a device"),
        ({"alarm_id": ""}, 400, "without a number nothing could be sent again"),
        ({"event": "maybe"}, 400, "neither alarm nor end"),
        ({"alarm": "manhole_open"}, 400, "a cover without its component"),
        ({"component_code": "61030301002000009"}, 404, "the register does not hold it"),
        ({"value": "x" * 61}, 400, "too long a value"),
        ({"lat": "1e999"}, 400, "no latitude"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_is_no_alarm_is_refused_with_a_code(send, wiring, changes, status, because):
    answer = send(SENSORS, ALARM, **changes)
    assert (answer.status_code, bool(answer.json()["code"])) == (status, True), answer.text
    assert only(wiring, "count(*)") == (0,)


@pytest.mark.parametrize("address", [MEDIA, SENSORS])
def test_a_key_for_reports_is_no_key_for_feeds(browser, wiring, address):
    key = issue_key(wiring.sessions, "邻里通", scopes=["report"], at=wiring.clock.now())
    assert browser.post(address, data={"api_key": key} | ITEM | ALARM).status_code == 403


def test_every_topic_and_alarm_of_the_city_is_a_type_of_the_catalogue():
    feeds = load_feeds(baoji())
    known = {f"{one.kind}:{one.code}" for one in catalogue().types} | {"component:*"}
    assert {*feeds.media.values(), *(one.type for one in feeds.sensors.values())} <= known
    assert (feeds.status, len(feeds.sensors) > 3) == ("assumed", True)
