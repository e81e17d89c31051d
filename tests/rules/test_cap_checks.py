"""What keeps a warning from being published, and what only warns: the checks of the contract, one by one."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from emergency.cap.checking import check, check_content
from emergency.cap.findings import ERRORS, WARNINGS, errors_of, finding, require_sound
from emergency.cap.messages import (
    Alert,
    Category,
    Circle,
    MsgType,
    Named,
    Resource,
    Response,
    Scope,
    Status,
    Urgency,
)
from gis_core.places import LonLat
from tests.cap.alerts import FLOOD, SENT, SQUARE, WARNING, area, flood, number

CENTRE = LonLat(107.12, 34.34)
BOW = (SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0])
LINE = (SQUARE[0], SQUARE[1], SQUARE[0], SQUARE[0])
ENGLISH = replace(FLOOD, language="en-US", headline="Flood", description="Rising.", instruction="Leave.")


def resource(**changes: object) -> Alert:
    return flood(resources=(replace(Resource("图", "image/png", uri="https://a.example/1.png"), **changes),))


ALWAYS = [
    (replace(WARNING, identifier="a b"), "bad_identifier", "a space"),
    (replace(WARNING, sender="a,b"), "bad_sender", "a comma would split references"),
    (replace(WARNING, sender=""), "missing_element", "nobody sent it"),
    (flood(description="水\x07位"), "control_character", "a bell in XML"),
    (flood(description="<b>水位</b>"), "html_in_text", "a tag"),
    (flood(headline="A&nbsp;B"), "html_in_text", "an entity of HTML"),
    (area(description="<br>"), "html_in_text", "in an area, too"),
    (replace(WARNING, incidents=('a"b',)), "quote_in_item", "a quote ends the item"),
    (flood(language="中文"), "bad_language", "no tag of a language"),
    (flood(web="www.baoji.example"), "web_not_absolute", "no scheme"),
    (flood(web="javascript:alert(1)"), "unsafe_uri", "a page would run it"),
    (flood(categories=()), "missing_element", "no category"),
    (flood(event_codes=(Named("", "1"),)), "missing_element", "a value without a name"),
    (resource(mime_type="png"), "bad_mime", "no kind of file"),
    (resource(size_bytes=-1), "bad_size", "less than nothing"),
    (resource(uri="1.png"), "relative_uri_without_content", "nothing to open"),
    (resource(content="AAA"), "bad_base64", "three characters of four"),
    (replace(WARNING, restriction="内部"), "restriction_without_scope", "a public one has none"),
    (replace(WARNING, scope=Scope.RESTRICTED), "restricted_without_restriction", "restricted to whom?"),
    (replace(WARNING, scope=Scope.PRIVATE), "private_without_addresses", "private to whom?"),
    (replace(WARNING, msg_type=MsgType.UPDATE), "references_missing", "updates what?"),
    (replace(WARNING, msg_type=MsgType.CANCEL), "references_missing", "cancels what?"),
    (replace(WARNING, msg_type=MsgType.ACK), "references_missing", "received what?"),
    (replace(WARNING, msg_type=MsgType.ERROR), "references_missing", "rejects what?"),
    (replace(WARNING, references=(WARNING.reference,)), "references_itself", "a circle of one"),
    (area(polygons=(SQUARE[:3],)), "polygon_too_short", "two sides"),
    (area(polygons=(SQUARE[:4],)), "polygon_open", "the last is not the first"),
    (area(polygons=(BOW,)), "polygon_crosses", "a bow tie"),
    (area(polygons=(LINE,)), "polygon_broken", "a line there and back"),
    (area(circles=(Circle(CENTRE, -1.0),)), "negative_radius", "less than a point"),
    (area(ceiling_ft=100.0), "ceiling_without_altitude", "from where?"),
    (area(altitude_ft=100.0, ceiling_ft=50.0), "ceiling_below_altitude", "upside down"),
    (area(altitude_ft=float("nan")), "bad_number", "no height"),
]  # fmt: skip


@pytest.mark.parametrize(("alert", "code", "because"), ALWAYS, ids=[row[2] for row in ALWAYS])
def test_what_always_blocks(alert: Alert, code: str, because: str):
    assert code in {fault.code for fault in errors_of(check_content(alert))}


def test_a_warning_that_is_right_has_no_fault_at_all():
    assert check(WARNING, SENT, for_publishing=True) == ()


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PUBLISHED = [
    (flood(effective=SENT - HOUR), "time_before_sent", "in force before it was sent"),
    (flood(onset=SENT - HOUR), "time_before_sent", "begun before it was sent"),
    (flood(expires=SENT - HOUR), "time_before_sent", "over before it was sent"),
    (flood(effective=SENT + HOUR, expires=SENT + HOUR), "expires_before_effective", "never in force"),
    (flood(expires=SENT + 400 * DAY), "absurd_time", "a year mistyped"),
    (flood(expires=None), "no_expires", "each receiver would decide"),
    (flood(headline=""), "no_headline", "nothing to show"),
    (flood(instruction=""), "no_instruction", "Art. 64: what to do"),
    (flood(areas=()), "no_area", "Art. 64: where"),
    (area(polygons=()), "no_shape", "a code alone is on no map"),
    (replace(WARNING, infos=()), "no_info", "nothing said"),
    (replace(WARNING, sent=SENT - 2 * HOUR), "sent_stale", "a draft of two hours ago"),
    (replace(WARNING, sent=SENT + HOUR), "sent_in_future", "signed tomorrow"),
]  # fmt: skip


@pytest.mark.parametrize(("alert", "code", "because"), PUBLISHED, ids=[row[2] for row in PUBLISHED])
def test_what_blocks_publishing(alert: Alert, code: str, because: str):
    found = check(alert, SENT, for_publishing=True)
    assert code in {fault.code for fault in errors_of(found)}


@pytest.mark.parametrize(("alert", "code", "because"), PUBLISHED, ids=[row[2] for row in PUBLISHED])
def test_what_comes_in_like_that_is_still_taken(alert: Alert, code: str, because: str):
    require_sound(check(alert, SENT))
    assert errors_of(check(alert, SENT)) == ()


def test_a_warning_that_expires_while_it_is_signed_is_not_published():
    found = check(
        flood(expires=SENT + timedelta(minutes=20)), SENT + timedelta(minutes=30), for_publishing=True
    )
    assert [fault.code for fault in errors_of(found)] == ["already_expired"]


def test_a_cancel_needs_no_block():
    gone = replace(
        WARNING, msg_type=MsgType.CANCEL, identifier=number(2), references=(WARNING.reference,), infos=()
    )
    assert check(gone, SENT, for_publishing=True) == ()


def test_a_drill_publishes_exercises_alone():
    found = check(WARNING, SENT, for_publishing=True, is_drill=True)
    assert [fault.code for fault in found] == ["drill_must_be_exercise"]


def test_a_drill_may_publish_an_exercise():
    drill = replace(WARNING, status=Status.EXERCISE, note="清姜河洪水演练")
    assert check(drill, SENT, for_publishing=True, is_drill=True) == ()


def two(**changes: object) -> Alert:
    """The warning in two languages, with something else in the second."""
    return replace(WARNING, infos=(FLOOD, replace(ENGLISH, **changes)))


JAGGED = (
    *(LonLat(107.12 + n / 10_000, 34.34 + n % 2 / 10_000) for n in range(101)), LonLat(107.12, 34.30),
    LonLat(107.12, 34.34),
)  # fmt: skip
WARNED = [
    (flood(expires=SENT + 25 * HOUR), "long_without_update", "more than a day"),
    (flood(expires=SENT + 32 * DAY), "longer_than_a_month", "more than a month"),
    (flood(urgency=Urgency.UNKNOWN), "unknown_value", "nobody knows what to do"),
    (flood(headline="长" * 161), "headline_long", "160 characters"),
    (flood(event="长" * 36), "event_long", "35 characters"),
    (flood(description=FLOOD.headline), "headline_repeats_description", "said twice"),
    (flood(instruction=FLOOD.description), "description_repeats_instruction", "said twice"),
    (two(headline=FLOOD.headline), "same_text_two_languages", "copied"),
    (two(categories=(Category.GEO,)), "categories_differ", "which?"),
    (two(event_codes=(Named("a", "1"),)), "event_codes_differ", "which?"),
    (area(polygons=()), "geocode_without_shape", "a code is on no map"),
    (area(circles=(Circle(CENTRE, 0.0),)), "zero_radius", "where people are, not the source"),
    (replace(WARNING, sent=SENT.astimezone(UTC)), "utc_offset", "local time is asked for"),
    (replace(WARNING, identifier="BJ-1"), "identifier_not_oid", "another city may have it"),
    (replace(WARNING, status=Status.EXERCISE), "exercise_without_note", "which exercise?"),
    (resource(digest="abc"), "bad_digest", "SHA-1 has forty digits"),
    (replace(WARNING, msg_type=MsgType.UPDATE, references=(replace(WARNING.reference, sent=SENT + HOUR,
     identifier="x"),)), "reference_later", "updates what is not yet"),
    (area(polygons=(JAGGED,)), "many_vertices", "a hundred vertices are plenty"),
    (replace(WARNING, msg_type=MsgType.ERROR, references=(replace(WARNING.reference, identifier="x"),)),
     "error_without_note", "rejected why?"),
]  # fmt: skip


@pytest.mark.parametrize(("alert", "code", "because"), WARNED, ids=[row[1] for row in WARNED])
def test_what_only_warns(alert: Alert, code: str, because: str):
    found = check_content(alert)
    assert code in {fault.code for fault in found}
    assert errors_of(found) == ()


def test_what_arrives_late_is_said_so():
    assert [fault.code for fault in check(WARNING, SENT + DAY)] == ["received_expired"]


def test_a_clock_that_goes_wrong_is_said_so():
    assert [fault.code for fault in check(WARNING, SENT - HOUR)] == ["received_from_future"]


def test_an_end_of_the_danger_may_lie_in_the_past_of_the_warning():
    lifted = flood(responses=(Response.ALL_CLEAR,), expires=SENT + timedelta(minutes=10))
    found = check(lifted, SENT + timedelta(minutes=20), for_publishing=True)
    assert errors_of(found) == ()


def test_no_code_is_both_an_error_and_a_warning():
    assert ERRORS.keys() & WARNINGS.keys() == set()


@pytest.mark.parametrize("code", sorted({*ERRORS, *WARNINGS}))
def test_every_sentence_ends_and_helps(code: str):
    assert finding(code).sentence.endswith("。")
