"""Cases on a real database: once each, all or nothing, in order, and as everybody may see them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from cases.changes import list_changes
from cases.explain import broken_at, find_broken_cases, story
from cases.filtering import (
    BadCursor,
    BadFilter,
    Box,
    CaseFilter,
    Cursor,
    CursorOfOtherOrder,
    Order,
    read_order,
)
from cases.following import find_public_case
from cases.listing import count_stages, list_cases
from cases.operations import PhotoMissing, StalePage
from cases.reading import CaseNotFound
from cases.rules.commands import (
    Accept,
    Decline,
    Dispatch,
    FileCase,
    ReplyVerification,
    SendVerification,
)
from cases.rules.deadlines import LIGHTS, light
from cases.rules.deciding import UnknownType
from cases.rules.evidence import BadPhone, EvidenceMissing, NoPhoto, StoredPhoto, TextTooLong
from cases.rules.intake import BadPosition, UnknownSource
from cases.rules.stages import WrongRole
from cases.summaries import CaseSummary
from cases.sweeps import Sweeps
from gis_core.clock import FixedClock
from gis_core.crs import UnknownSystem
from gis_core.db import Sessions
from gis_core.errors import CitygridError
from gis_core.offset_systems import wgs84_to_gcj02
from gis_core.places import LonLat
from grid.rules.locating import OutsideFrame
from tests.case_city import COMMUNITY, DEPARTMENT, JINGER_ROAD, MISSING_COVER, CaseCity


@pytest.fixture
def city(sessions: Sessions, tmp_path: Path, clock: FixedClock) -> CaseCity:
    return CaseCity(sessions, tmp_path, clock)


def listed(city: CaseCity, **wanted: object) -> tuple[CaseSummary, ...]:
    with city.sessions() as session:
        return list_cases(session, CaseFilter(**wanted), at=city.clock.at, types=city.cases.types).rows  # type: ignore[arg-type]


# once


def test_a_phone_that_sends_twice_files_once_and_gets_the_same_receipt(city: CaseCity) -> None:
    report = city.manhole()
    first = city.cases.report(report, city.asking("inspector"))
    second = city.cases.report(report, city.asking("inspector"))
    assert (first.is_repeat, second.is_repeat) == (False, True)
    assert (second.case_no, second.track_code, second.explanation) == (
        first.case_no,
        first.track_code,
        first.explanation,
    )
    assert city.count('cases."case"') == 1


def test_a_phone_that_sends_eight_times_at_once_files_once(city: CaseCity) -> None:
    report = city.manhole()
    with ThreadPoolExecutor(8) as pool:
        receipts = [*pool.map(lambda _: city.cases.report(report, city.asking("inspector")), range(8))]
    assert len({receipt.case_no for receipt in receipts}) == 1
    assert (city.count('cases."case"'), city.count("cases.fact"), city.count("cases.photo")) == (1, 1, 1)


def test_numbers_have_no_gaps_though_many_report_at_once_and_some_twice(city: CaseCity) -> None:
    reports = [city.manhole() for _ in range(12)]
    with ThreadPoolExecutor(6) as pool:
        [*pool.map(lambda report: city.cases.report(report, city.asking("inspector")), reports * 2)]
    numbers = sorted(row.case_no[-6:] for row in listed(city))
    assert numbers == [f"{n:06d}" for n in range(1, 13)]


def test_a_report_takes_five_statements_with_its_notices(city: CaseCity) -> None:
    report, seen = city.manhole(), []
    event.listen(city.sessions.kw["bind"], "before_cursor_execute", lambda *given: seen.append(given[2]))
    city.cases.report(report, city.asking("inspector"))
    assert len(seen) == 5


# nothing half-written


@pytest.mark.parametrize(
    ("changes", "error", "because"),
    [
        ({"place": LonLat(107.5, 34.5)}, OutsideFrame, "it lies in another county"),
        ({"place": LonLat(0.0, 0.0)}, CitygridError, "the phone had no fix"),
        ({"place": wgs84_to_gcj02(JINGER_ROAD)}, OutsideFrame, "GCJ-02 sent as WGS84 lands 460 m away"),
        ({"system": "MARS"}, UnknownSystem, "no such system of reference"),
        ({"type_code": "99999"}, UnknownType, "no such type"),
        ({"kind": "event"}, UnknownType, "no such kind"),
        ({"photos": ()}, NoPhoto, "an inspector shows what he reports"),
        ({"description": " "}, EvidenceMissing, "an inspector says what he reports"),
        ({"description": "长" * 5001}, TextTooLong, "a novel is no report"),
        ({"place_text": "长" * 201}, TextTooLong, "a place has a short name"),
        ({"contact_phone": "1" * 41}, TextTooLong, "no telephone number is that long"),
        ({"contact_phone": "1"}, BadPhone, "one digit is no telephone number"),
        ({"contact_phone": "没有电话"}, BadPhone, "words are no telephone number"),
        ({"contact_phone": "139000000001234"}, BadPhone, "no number has fifteen digits"),
        ({"source": "hotline"}, UnknownSource, "an inspector is no hotline"),
        ({"position_source": "guess"}, UnknownSource, "positions are not guessed"),
        ({"is_handled_at_once": True}, NoPhoto, "what was set right is shown"),
        ({"accuracy_m": float("nan")}, BadPosition, "an accuracy is a number of metres"),
        ({"accuracy_m": -1.0}, BadPosition, "nothing is more exact than exact"),
        ({"component_code": "x"}, BadPosition, "a component has 17 characters"),
        ({"photos": (StoredPhoto("0" * 64, 1, 1, 1),)}, PhotoMissing, "the photo never arrived"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_report_that_cannot_be_taken_leaves_nothing_behind(
    city: CaseCity, changes: dict[str, object], error: type[CitygridError], because: str
) -> None:
    with pytest.raises(error, match="。"):
        city.report(**changes)
    assert (city.count('cases."case"'), city.count("cases.fact"), city.count("cases.photo")) == (0, 0, 0)


def test_a_position_named_gcj02_is_put_where_it_belongs(city: CaseCity) -> None:
    receipt = city.report(place=wgs84_to_gcj02(JINGER_ROAD), system="GCJ-02")
    assert receipt.unit_grid_code == f"{COMMUNITY}005"


def test_a_hotline_call_without_a_caller_is_not_registered(city: CaseCity) -> None:
    with pytest.raises(EvidenceMissing, match="来电人"):
        city.report("operator", photos=())


def test_a_dispatcher_does_not_report(city: CaseCity) -> None:
    with pytest.raises(WrongRole):
        city.report("dispatcher")


def test_a_refused_decision_changes_nothing(city: CaseCity) -> None:
    case_no = city.report().case_no
    with pytest.raises(WrongRole):
        city.perform(case_no, Accept(MISSING_COVER), "dispatcher")
    assert (city.case(case_no).summary.revision, city.count("cases.fact")) == (1, 1)


def test_a_task_goes_only_to_somebody_who_exists(city: CaseCity) -> None:
    case_no = city.report("public").case_no
    with pytest.raises(CitygridError, match="不是监督员"):
        city.perform(case_no, SendVerification(4711), "operator")


# two at once


def test_a_page_drawn_before_the_case_moved_is_refused_and_told_by_whom(city: CaseCity) -> None:
    case_no = city.report().case_no
    city.perform(case_no, Accept(MISSING_COVER), "operator")
    with pytest.raises(StalePage, match="受理员甲已受理批转；现为“待立案”。不予受理没有办理"):
        city.cases.perform(case_no, Decline("重复"), city.asking("operator"), 1)


def test_of_two_dispatchers_at_once_one_wins_and_the_other_is_told(city: CaseCity) -> None:
    case_no = city.report().case_no
    city.perform(case_no, Accept(MISSING_COVER), "operator")
    city.perform(case_no, FileCase(), "chief")

    def dispatch(_: int) -> str:
        try:
            return city.cases.perform(case_no, Dispatch(DEPARTMENT), city.asking("dispatcher"), 3).stage
        except StalePage as told:
            return told.code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(dispatch, range(2))) == ["dispatched", "stale_page"]


@pytest.mark.parametrize("number", ["6103032026091800000", "x", "", "\x00", "\ud800", "案"])
def test_a_case_that_is_not_there_is_not_found(city: CaseCity, number: str) -> None:
    with pytest.raises(CaseNotFound):
        city.cases.perform(number, FileCase(), city.asking("chief"), 1)


# facts


def test_nobody_changes_a_fact(city: CaseCity) -> None:
    city.report()
    with pytest.raises(DBAPIError, match="append-only"), city.sessions.begin() as session:
        session.execute(text("UPDATE cases.fact SET reason = ''"))


def test_a_fact_changed_behind_the_triggers_back_is_found(city: CaseCity) -> None:
    case_no = city.report().case_no
    with city.sessions.begin() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("UPDATE cases.fact SET body = body || '{\"pulled_m\": 3}'"))
    with city.sessions() as session:
        assert find_broken_cases(session) == {case_no: 1}


def test_the_chain_of_a_case_holds_after_a_round_through_the_database(city: CaseCity) -> None:
    case_no = city.report().case_no
    city.perform(case_no, Accept(MISSING_COVER), "operator")
    detail = city.case(case_no)
    assert broken_at(detail.facts, detail.last_hash) is None


def test_the_story_of_a_case_names_rule_calendar_grid_and_chain(city: CaseCity) -> None:
    case_no = city.report().case_no
    city.perform(case_no, Accept(MISSING_COVER), "operator")
    with city.sessions() as session:
        words = story(session, case_no, city.clock.at, types=city.cases.types, calendar=city.cases.calendar)
    for expected in (
        "流程表第 6 行",
        "单元网格 610303008007005",
        "cn-2026-1",
        "责任规则",
        "2 条事实首尾相连",
        "污水井盖",
    ):
        assert expected in words


# reading


LIGHT_CASES = [
    (stage, due, risk)
    for stage in ("reported", "suspended")
    for due, risk in ((None, None), (0, -6), (1, 0), (60, 1), (-1, -2))
]


@pytest.mark.parametrize(("stage", "due", "risk"), LIGHT_CASES)
def test_lists_and_filters_show_the_light_that_the_rules_say(
    city: CaseCity, stage: str, due: int | None, risk: int | None
) -> None:
    due_at, risk_at = (None if n is None else city.clock.at + timedelta(minutes=n) for n in (due, risk))
    case_no = city.report().case_no
    city.write(
        "stage = :stage, stage_due_at = :due, stage_at_risk_at = :risk", stage=stage, due=due_at, risk=risk_at
    )
    expected = light(stage, due_at, risk_at, city.clock.at)
    assert [row.light for row in listed(city)] == [expected]
    assert [shown for shown in LIGHTS if listed(city, lights=(shown,))] == [expected]
    assert city.case(case_no).summary.light == expected


@pytest.mark.parametrize(
    ("wanted", "found", "because"),
    [
        ({}, 2, "everything"),
        ({"stages": ("reported",)}, 1, "one is still reported"),
        ({"stages": ("closed",)}, 0, "none is closed"),
        ({"area_code": "610303"}, 2, "both are in the district"),
        ({"area_code": "610303008"}, 2, "both are in the subdistrict"),
        ({"area_code": "610302"}, 0, "none is in the other district"),
        ({"area_code": "610303008007005"}, 2, "both are in the unit grid"),
        ({"kind": "component", "type_code": "01002"}, 2, "both are sewer covers"),
        ({"kind": "matter"}, 0, "none is a matter"),
        ({"source": "public"}, 1, "one came from the public"),
        ({"text": "缺失"}, 1, "one says missing"),
        ({"text": "缺"}, 1, "one character is enough"),
        ({"text": "缺失 经二路"}, 1, "both words are there, wherever they stand"),
        ({"text": "缺失 没有"}, 0, "one of the words is missing"),
        ({"text": "经二路"}, 1, "one names the street"),
        ({"text": "610303 20260918 000002"}, 1, "a number is read with its blanks"),
        ({"text": "6103032026"}, 2, "a number may be begun"),
        ({"text": "03-0918-000002"}, 1, "a number may be short, as lists show it"),
        ({"text": "02-0918-000002"}, 0, "no such number in that district"),
        ({"text": "100%_"}, 1, "per cent and underscore are text like any other"),
        ({"text": "没有这样的字"}, 0, "none says so"),
        ({"text": "61030320260918000002"}, 1, "a number is looked up"),
        ({"box": Box(LonLat(107.1, 34.3), LonLat(107.2, 34.4))}, 2, "both are on the map shown"),
        ({"box": Box(LonLat(107.2, 34.3), LonLat(107.3, 34.4))}, 0, "none is on the map shown"),
        ({"reporter_id": 1}, 1, "one was reported by the first inspector"),
        ({"inspector_id": 1}, 0, "nobody has a task"),
        ({"is_open": False}, 0, "both are open"),
        ({"is_synthetic": True}, 0, "both are real"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_list_shows_what_is_wanted(
    city: CaseCity, wanted: dict[str, object], found: int, because: str
) -> None:
    city.perform(city.report().case_no, Accept(MISSING_COVER), "operator")
    city.report("public", description="100%_破损", photos=())
    assert len(listed(city, **wanted)) == found


def test_words_are_found_beyond_the_newest_cases(city: CaseCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cases.listing.LATELY", 2)
    oldest = city.report(description="井盖被压碎").case_no
    for _ in range(4):
        city.report()
    assert [row.case_no for row in listed(city, text="压碎")] == [oldest]


def test_pages_follow_each_other_without_gaps_or_repeats_while_new_cases_come_in(city: CaseCity) -> None:
    numbers = [city.report().case_no for _ in range(5)]
    with city.sessions() as session:
        first = list_cases(session, CaseFilter(), None, 2, at=city.clock.at)
        city.report()
        second = list_cases(session, CaseFilter(), first.next_cursor, 2, at=city.clock.at)
        third = list_cases(session, CaseFilter(), second.next_cursor, 2, at=city.clock.at)
    shown = [row.case_no for page in (first, second, third) for row in page.rows]
    assert (shown, third.next_cursor) == (numbers[::-1], None)


def report_later(city: CaseCity, description: str) -> str:
    city.clock.at += timedelta(minutes=7)
    return city.report(description=description).case_no


@pytest.mark.parametrize("size", [1, 2, 5])
def test_pages_of_words_miss_nothing_from_whichever_span_they_are_read(
    city: CaseCity, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("cases.listing.LATELY", 3)
    monkeypatch.setattr("cases.listing.WIDER", 2)
    words = ("井盖被压碎", "井盖破损", "井盖丢失") * 4
    numbers = [report_later(city, one) for one in words]
    shown = walk(city, "newest", size, CaseFilter(text="压碎"))
    assert [row.case_no for row in shown] == numbers[::3][::-1]


SCATTER = """stage_due_at = timestamptz '2026-09-18 01:30Z'
    + (CAST(:dues AS int[]))[1 + id % 8] * interval '1 hour'"""


EVERYTHING = CaseFilter()


def walk(city: CaseCity, order: Order, size: int, wanted: CaseFilter = EVERYTHING) -> list[CaseSummary]:
    rows: list[CaseSummary] = []
    after = None
    with city.sessions() as session:
        while not rows or after:
            page = list_cases(session, wanted, after, size, at=city.clock.at, order=order)
            rows, after = [*rows, *page.rows], page.next_cursor and Cursor.decode(page.next_cursor.encode())
    return rows


@given(
    dues=st.lists(st.none() | st.integers(-3, 3), min_size=8, max_size=8),
    size=st.integers(1, 9),
    order=st.sampled_from(get_args(Order)),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_of_both_orders_join_without_gap_or_repeat(
    eight_cases: CaseCity, dues: list[int | None], size: int, order: Order
) -> None:
    eight_cases.write(SCATTER, dues=dues)
    rows = walk(eight_cases, order, size)
    urgency = [(row.stage_due_at is None, row.stage_due_at or row.reported_at, row.id) for row in rows]
    newest = [(row.reported_at, row.id) for row in rows][::-1]
    in_order = {"urgent": urgency, "newest": newest}[order]
    assert (len(rows), in_order) == (8, sorted({*in_order}))


@pytest.fixture
def eight_cases(city: CaseCity) -> CaseCity:
    for _ in range(8):
        city.report()
    return city


def test_the_most_urgent_first_puts_overdue_cases_on_top_and_those_without_deadline_last(
    city: CaseCity,
) -> None:
    late, stopped, fresh = (city.report().case_no for _ in range(3))
    city.write("stage_due_at = :due WHERE case_no = :no", due=city.clock.at - timedelta(hours=9), no=late)
    city.write("stage_due_at = NULL WHERE case_no = :no", no=stopped)
    with city.sessions() as session:
        wanted = CaseFilter(stages=("reported",))
        rows = list_cases(session, wanted, at=city.clock.at, order="urgent").rows
    assert [row.case_no for row in rows] == [late, fresh, stopped]


@pytest.mark.parametrize(("given", "asked"), [("newest", "urgent"), ("urgent", "newest")])
def test_a_page_of_the_other_order_is_refused(city: CaseCity, given: Order, asked: Order) -> None:
    with city.sessions() as session, pytest.raises(CursorOfOtherOrder, match="另一种排序"):
        list_cases(session, CaseFilter(), Cursor(given, city.clock.at, 7), at=city.clock.at, order=asked)


def test_an_order_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadFilter):
        read_order("oldest")


@pytest.mark.parametrize(
    ("words", "because"),
    [
        ("", "it is empty"),
        ("x", "it is not base64"),
        ("é", "it is not ASCII"),
        ("AAAA", "it has no parts"),
        ("MjAyNiA=", "it has two parts"),
        ("bmV3ZXN0ICA3", "the newest have a moment"),
        ("b2xkZXN0IDIwMjYtMDEtMDFUMDA6MDA6MDBaIDc=", "nothing is sorted the oldest first"),
        ("dXJnZW50ICAtMQ==", "no case has a negative number"),
        ("dXJnZW50ICA5OTk5OTk5OTk5OTk5OTk5OTk5OQ==", "no case has a number that large"),
    ],
    ids=lambda value: value,
)
def test_a_cursor_that_nobody_handed_out_is_refused(words: str, because: str) -> None:
    with pytest.raises(BadCursor):
        Cursor.decode(words)


@pytest.mark.parametrize(
    "wanted",
    [
        {"stages": ("x",)},
        {"lights": ("red",)},
        {"area_code": "6103%"},
        {"text": "\x00"},
        {"text": "长" * 101},
        {"type_code": "\ud800"},
    ],
)
def test_a_filter_for_what_does_not_exist_is_refused(wanted: dict[str, object]) -> None:
    with pytest.raises(BadFilter):
        CaseFilter(**wanted)  # type: ignore[arg-type]


def test_the_desk_counts_open_cases_by_stage_and_light(city: CaseCity) -> None:
    city.report()
    city.wait(minutes=31)
    city.report()
    with city.sessions() as session:
        counted = count_stages(session, CaseFilter(), at=city.clock.at)
    assert counted == {("reported", "overdue"): 1, ("reported", "normal"): 1}


def test_a_list_names_type_department_and_first_photo(city: CaseCity) -> None:
    city.report()
    shown = listed(city)[0]
    assert (shown.type_name, shown.proposed_department_name) == ("污水井盖", "宝鸡市排水管理处")
    assert shown.photo_sha == city.photo().sha256
    assert (shown.lon, shown.lat) == pytest.approx((107.145, 34.369), abs=1e-7)


def test_a_reporter_follows_the_case_by_number_and_code_and_sees_nobodys_name(city: CaseCity) -> None:
    receipt = city.report("public", contact_name="王某", contact_phone="0917-0000000", photos=())
    city.perform(receipt.case_no, Accept(MISSING_COVER), "operator")
    with city.sessions() as session:
        shown = find_public_case(session, receipt.case_no, receipt.track_code.lower())
    assert shown is not None
    assert [step.stage for step in shown.steps] == ["received", "handling"]
    assert "王某" not in str(shown)
    assert "受理员甲" not in str(shown)


@pytest.mark.parametrize("code", ["", "WRONG234", "é", "\x00", "\ud800"])
def test_a_wrong_code_shows_nothing(city: CaseCity, code: str) -> None:
    receipt = city.report()
    with city.sessions() as session:
        assert find_public_case(session, receipt.case_no, code) is None


def test_a_live_viewer_that_comes_back_misses_nothing(city: CaseCity) -> None:
    with city.sessions() as session:
        horizon = list_changes(session, 2**62).horizon
    numbers = [city.report().case_no, city.report().case_no]
    with city.sessions() as session:
        changes = list_changes(session, horizon)
    # While another transaction still runs, older changes come once more and the horizon stays.
    assert [change.case_no for change in changes.rows][-2:] == numbers
    assert changes.horizon >= horizon


def test_a_live_viewer_is_told_again_what_a_running_transaction_may_have_hidden(city: CaseCity) -> None:
    with city.sessions() as running:
        running.execute(text("SELECT pg_current_xact_id()"))
        first = city.report().case_no
        with city.sessions() as session:
            before = list_changes(session, 0)
    assert before.rows[-1].case_no == first
    second = city.report().case_no
    with city.sessions() as session:
        after = list_changes(session, before.horizon)
    assert [change.case_no for change in after.rows][-2:] == [first, second]


@pytest.mark.parametrize(
    ("where", "is_taken", "because"),
    [
        (JINGER_ROAD, True, "taken on the spot"),
        (wgs84_to_gcj02(JINGER_ROAD), True, "taken on the spot by a camera that writes GCJ-02"),
        (LonLat(107.1470, 34.3690), False, "taken 180 m away"),
        (LonLat(-60.0, -34.0), False, "taken on the other side of the Earth"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_verification_photo_comes_from_the_place(
    city: CaseCity, where: LonLat, is_taken: bool, because: str
) -> None:
    case_no = city.report("public", photos=()).case_no
    city.perform(case_no, SendVerification(1), "operator")
    answer = ReplyVerification(True, (replace(city.photo(), place=where),))
    assert (outcome(lambda: city.perform(case_no, answer, "inspector").stage) == "reported") == is_taken


def outcome(act: Callable[[], str]) -> str:
    try:
        return act()
    except CitygridError as refusal:
        return refusal.code


def test_a_photo_that_no_case_names_is_removed_after_a_day_and_others_stay(city: CaseCity) -> None:
    city.report(photos=(city.photo("red"),))
    left = city.photo("blue")
    sweeps = Sweeps(city.sessions, city.clock, city.cases.photos)
    city.clock.at = datetime.now(UTC) + timedelta(hours=25)  # noqa: TID251 - files carry the machine's time
    for _ in range(24):
        sweeps.sweep_up()
        city.wait(hours=1)
    assert (city.cases.photos.has(left.sha256), city.cases.photos.has(str(listed(city)[0].photo_sha))) == (
        False,
        True,
    )


def test_the_sweep_tells_of_cases_whose_light_has_just_turned(city: CaseCity) -> None:
    city.report()
    sweeps = Sweeps(city.sessions, city.clock, city.cases.photos)
    turned = [sweeps.sweep_lights()]
    city.wait(minutes=24, seconds=30)
    turned.append(sweeps.sweep_lights())
    city.wait(minutes=3)
    turned.append(sweeps.sweep_lights())
    assert turned == [0, 1, 0]
