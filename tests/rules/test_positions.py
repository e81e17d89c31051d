"""Which positions are taken: a batch judged row by row; what the phone's clock and the city's border do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_core.crs import PlaneSystem
from grid.positions.city_rules import load_position_rules, load_vehicles
from grid.positions.rules.cot import BadCot, read_cot
from grid.positions.rules.judging import Box, Known, Placed, Span, clock_offset_s, drop_jumps, screen
from grid.positions.rules.limits import Limits
from grid.positions.rules.samples import NoPositions, TooManyPositions, read_moment, read_rows
from grid.positions.rules.straying import astray_since, is_alarm
from tests.case_city import RULES_ON, baoji

NOW = datetime(2026, 9, 18, 1, 30, tzinfo=UTC)
LIMITS = Limits()
BOUNDS = baoji().bounds
CITY = Box(BOUNDS.west_deg, BOUNDS.south_deg, BOUNDS.east_deg, BOUNDS.north_deg).widened(20_000)
PLANE = PlaneSystem(4545)
ON_DUTY = Span(NOW - timedelta(hours=2))
KNOWN = {
    "p1": Known("person", (ON_DUTY,)),
    "p2": Known("person", (Span(NOW - timedelta(hours=9), NOW - timedelta(hours=1)),)),
    "p3": Known("person", (Span(NOW - timedelta(hours=30)),)),
    "v1": Known("vehicle"),
}


def said(minutes_ago: float = 0.0, **changes: Any) -> dict[str, Any]:
    """A good position of somebody in 经二路, as a phone sends it."""
    at = (NOW - timedelta(minutes=minutes_ago)).isoformat()
    return {"mover": "p1", "at": at, "lon": 107.145, "lat": 34.369, "accuracy_m": 8.0} | changes


def judge(*rows: object, sent_at: datetime | None = None, own: str | None = None) -> list[str]:
    """What becomes of each row: `taken`, a code of refusal, or `known` for a moment that was there."""
    read = [read_rows([row], own=own or person_of(row), most=1) for row in rows]
    samples = [replace(one, n=n) for n, (good, _) in enumerate(read) for one in good]
    unread = [replace(one, n=n) for n, (_, bad) in enumerate(read) for one in bad]
    passed, refused = screen(samples, KNOWN, CITY, LIMITS, now=NOW, sent_at=sent_at)
    placed = [Placed(one, PLANE.to_plane(one.place), offset_s) for one, offset_s in passed]
    judged = drop_jumps(placed, KNOWN, LIMITS)
    told = {one.n: one.code for one in (*unread, *refused, *judged.refused)}
    taken = {one.sample.n: "taken" for one in judged.taken}
    return [told.get(n) or taken.get(n, "known") for n in range(len(rows))]


def person_of(row: object) -> str | None:
    """The person who sends a row for himself or herself; None for a vehicle's."""
    mover = row.get("mover") if isinstance(row, dict) else None
    return mover if isinstance(mover, str) and mover[:1] == "p" and mover[1:].isdigit() else None


ONE_ROW = [
    (said(), "taken", "a position of this moment"),
    (said(-1.9), "taken", "a clock two minutes fast is within the tolerance"),
    (said(-2.1), "from_the_future", "a clock faster than that is not"),
    (said(95 * 60, mover="v1"), "taken", "what waited four days without a network"),
    (said(97 * 60, mover="v1"), "too_old", "what waited longer"),
    (said(at="9999-12-31T23:59:59Z"), "from_the_future", "the end of the calendar"),
    (said(at="0001-01-01T00:00:00+08:00"), "bad_time", "the calendar of UTC begins later"),
    (said(at="2026-09-18T09:30:00"), "bad_time", "no zone"),
    (said(at="今天"), "bad_time", "no moment at all"),
    (said(at=None), "bad_time", "no moment"),
    (said(at=1789000000), "bad_time", "seconds since 1970"),
    (said(lon=107.5), "taken", "a few kilometres outside the city"),
    (said(lon=20.0, lat=5.0), "outside_surroundings", "Africa"),
    (said(lon=0.0, lat=0.0), "outside_surroundings", "a phone without a fix"),
    (said(lon=34.369, lat=107.145), "bad_position", "longitude and latitude swapped"),
    (said(lon=float("nan")), "bad_position", "no number"),
    (said(lat=float("inf")), "bad_position", "beyond all numbers"),
    (said(lon=10**400), "bad_position", "a whole number that no float holds"),
    (said(lon="107.145"), "bad_position", "words instead of a number"),
    (said(lon=True), "bad_position", "yes is no longitude"),
    (said(accuracy_m=501), "too_coarse", "by the mast of the network alone"),
    (said(accuracy_m=float("nan")), "taken", "an accuracy that the phone does not know"),
    (said(speed_mps=-1, heading_deg=-1), "taken", "a phone that does not know speed and heading says -1"),
    (said(mover="p2"), "not_on_duty", "went off duty an hour ago"),
    (said(65, mover="p2"), "taken", "sent now, walked while on duty"),
    (said(150), "not_on_duty", "before going on duty"),
    (said(mover="p3"), "not_on_duty", "nobody is on duty for thirty hours: forgotten"),
    (said(mover="p404"), "not_on_duty", "somebody who never was on duty"),
    (said(mover="v404"), "unknown_mover", "a vehicle that the register does not know"),
    (said(mover="p1'; DROP"), "not_a_vehicle", "no key of a mover"),
    (said(mover="v٣"), "unknown_mover", "digits of another script"),
    (said(mover=None), "unknown_mover", "nobody"),
    ("up", "bad_position", "no row"),
    (None, "bad_position", "nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "fate", "because"), ONE_ROW, ids=[row[2] for row in ONE_ROW])
def test_a_position_is_taken_or_told_why_not(row: object, fate: str, because: str) -> None:
    assert judge(row) == [fate]


BATCHES = [
    ([said(2), said(1), said(0)], ["taken"] * 3, "in order"),
    ([said(0), said(2), said(1)], ["taken"] * 3, "out of order"),
    ([said(1), said(1, lon=107.1451)], ["taken", "known"], "one moment twice: the first counts"),
    ([said(1), said(0, lon=107.236)], ["taken", "too_fast"], "8 km in a minute: 500 km/h"),
    ([said(1), said(0.5, lon=107.236), said(0)], ["taken", "too_fast", "taken"], "one leap and back"),
    ([said(5), said(0, lon=107.236)], ["taken", "taken"], "8 km in five minutes, by car"),
    ([said(1, mover="v1"), said(1, lon=107.236)], ["taken", "taken"], "two movers are not one"),
    ([said(0.02, accuracy_m=90), said(0, lon=107.1458)], ["taken", "taken"], "70 m a second, but coarse"),
    ([said(0.02), said(0, lon=107.1458)], ["taken", "too_fast"], "70 m in a second, and both are sure"),
    ([said(lon=None), said()], ["bad_position", "taken"], "a bad one spoils no other"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "fates", "because"), BATCHES, ids=[row[2] for row in BATCHES])
def test_positions_of_a_batch_are_judged_together(rows: list[object], fates: list[str], because: str) -> None:
    assert judge(*rows) == fates


DAY = timedelta(days=1)
CLOCKS = [
    (NOW + DAY, said(-24 * 60), ["taken"], "a phone a day fast, which says so"),
    (NOW - DAY, said(25 * 60), ["taken"], "a phone a day slow, which says so"),
    (NOW + 400 * DAY, said(-400 * 24 * 60), ["taken"], "a phone that lives next year"),
    (NOW + DAY, said(0), ["not_on_duty"], "by a clock a day fast this was yesterday"),
    (None, said(-24 * 60), ["from_the_future"], "a phone a day fast, which does not say so"),
    (NOW, said(0), ["taken"], "a clock that is right"),
    (datetime.max.replace(tzinfo=UTC), said(0), ["too_old"], "the last clock of all"),
]


@pytest.mark.parametrize(("sent_at", "row", "fates", "because"), CLOCKS, ids=[row[3] for row in CLOCKS])
def test_a_phone_that_says_its_own_time_is_put_right(
    sent_at: datetime | None, row: object, fates: list[str], because: str
) -> None:
    assert judge(row, sent_at=sent_at) == fates


OFFSETS = [
    (timedelta(0), 0, 0, "right"),
    (timedelta(seconds=120), 0, 0, "within the tolerance"),
    (timedelta(seconds=-121), 0, -121, "a little more than that"),
    (DAY, 0, 86_400, "a day"),
    (DAY + timedelta(seconds=90), 86_400, 86_400, "the network took its time: the error is what it was"),
    (DAY + timedelta(seconds=130), 86_400, 86_530, "somebody set the clock"),
    (timedelta(0), 86_400, 0, "somebody set it right"),
]


@pytest.mark.parametrize(
    ("behind", "known_s", "offset_s", "because"), OFFSETS, ids=[row[3] for row in OFFSETS]
)
def test_the_error_of_a_clock_is_constant(
    behind: timedelta, known_s: int, offset_s: int, because: str
) -> None:
    assert clock_offset_s(NOW - behind, NOW, known_s, 120) == offset_s


def test_a_wrong_first_place_heals_within_minutes() -> None:
    far = said(10, lon=107.30)
    rows = [far, *(said(minutes) for minutes in (9, 7, 5, 3, 2, 1, 0))]
    fates = judge(*rows)
    assert (fates[1], fates[-1]) == ("too_fast", "taken")


def test_nobody_sends_for_somebody_else() -> None:
    assert judge(said(mover="p2"), said(mover=None), own="p1") == ["not_own_mover", "taken"]


@pytest.mark.parametrize("rows", [None, "rows", {"at": 1}, 7])
def test_what_is_no_list_is_refused_as_a_whole(rows: object) -> None:
    with pytest.raises(NoPositions):
        read_rows(rows, own="p1", most=1000)


def test_a_batch_that_is_too_large_is_refused_as_a_whole() -> None:
    with pytest.raises(TooManyPositions, match="1001"):
        read_rows([said()] * 1001, own="p1", most=1000)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.fixed_dictionaries(dict.fromkeys(("mover", "at", "lon", "lat", "accuracy_m", "heading_deg"), JUNK)))
def test_whatever_a_phone_sends_is_judged(row: dict[str, object]) -> None:
    assert judge(row)[0] != "known"


COT = b"""<?xml version="1.0" encoding="UTF-8"?>
<events sent_at="2026-09-18T09:30:00+08:00">
  <event version="2.0" uid="v1" type="a-f-G-E-V" how="m-g" time="2026-09-18T09:29:55+08:00"
         start="2026-09-18T09:29:55+08:00" stale="2026-09-18T09:31:55+08:00">
    <point lat="34.369" lon="107.145" hae="570.0" ce="8.0" le="9999999"/>
    <detail><track course="91.5" speed="6.2"/></detail>
  </event>
</events>"""


def test_a_vehicle_speaks_cot() -> None:
    rows, sent_at = read_cot(COT)
    assert rows == [
        {"mover": "v1", "at": "2026-09-18T09:29:55+08:00", "lon": 107.145, "lat": 34.369, "accuracy_m": 8.0,
         "heading_deg": 91.5, "speed_mps": 6.2}
    ]  # fmt: skip
    assert (judge(*rows), read_moment(sent_at)) == (["taken"], NOW)


EVENT = b'<event uid="v1" time="2026-09-18T09:30:00+08:00">%s</event>'
BAD_COTS = [
    (b"", "nothing"),
    (b"\x00\xff", "no XML"),
    (b"<events/>", "no event"),
    (EVENT[:20], "cut off"),
    (b'<!DOCTYPE x [<!ENTITY a "b">]>' + EVENT % b"&a;", "a DTD: entities are never expanded"),
    (b'<?xml version="1.0" encoding="klingon"?>' + EVENT % b"", "an encoding that nobody knows"),
    (b"<a>" * 30, "deeper than any event"),
]


@pytest.mark.parametrize(("body", "because"), BAD_COTS, ids=[row[1] for row in BAD_COTS])
def test_xml_that_is_no_cot_is_refused(body: bytes, because: str) -> None:
    with pytest.raises(BadCot):
        read_cot(body)


HALF_COTS = [
    (EVENT % b"", "bad_position", "no point"),
    (EVENT % b'<point lat="NaN" lon="107.145"/>', "bad_position", "no number"),
    (EVENT % b'<point lat="34.369" lon="107.145" ce="9999999"/>', "taken", "an unknown accuracy"),
    (b"<event><point/></event>", "unknown_mover", "nobody, nowhere"),
]


@pytest.mark.parametrize(("body", "fate", "because"), HALF_COTS, ids=[row[2] for row in HALF_COTS])
def test_an_event_without_its_parts_is_a_bad_row(body: bytes, fate: str, because: str) -> None:
    assert judge(*read_cot(body)[0]) == [fate]


IN, OUT = True, False
WALKS = [
    (None, [IN, IN], None, "stayed"),
    (None, [IN, OUT, OUT], 1, "left at the second place"),
    (None, [OUT, IN, OUT], 2, "back for a moment: it begins anew"),
    (NOW, [OUT], 0, "was away before"),
    (NOW, [OUT, IN], None, "came back"),
]


@pytest.mark.parametrize(("before", "seen", "since", "because"), WALKS, ids=[row[3] for row in WALKS])
def test_straying_begins_at_the_first_place_outside(
    before: datetime | None, seen: list[bool], since: int | None, because: str
) -> None:
    places = [(NOW + timedelta(minutes=n), inside) for n, inside in enumerate(seen)]
    assert astray_since(before, places) == (None if since is None else NOW + timedelta(minutes=since))


ALARMS = [
    (None, 60, False, "is where it should be"),
    (NOW, 14, False, "not long enough"),
    (NOW, 15, True, "a quarter of an hour"),
    (NOW, 0, False, "nothing heard since: stale, not astray"),
]


@pytest.mark.parametrize(("since", "minutes", "is_told", "because"), ALARMS, ids=[row[3] for row in ALARMS])
def test_who_is_away_for_long_is_told_of(
    since: datetime | None, minutes: int, is_told: bool, because: str
) -> None:
    assert is_alarm(since, NOW + timedelta(minutes=minutes), timedelta(minutes=15)) is is_told


def test_every_limit_of_the_city_says_whether_it_is_assumed() -> None:
    rules = load_position_rules(baoji())
    values = [getattr(part, name) for part in (rules.limits, rules.keep) for name in type(part).model_fields]
    assert {one.status for one in values} <= {"assumed", "sourced"}
    assert rules.limits_on(RULES_ON) == LIMITS


def test_vehicles_of_the_demonstration_say_that_they_are_none() -> None:
    file = load_vehicles(baoji())
    assert file.is_synthetic
    assert all("示意" in one.name for one in file.vehicles)
