"""The Chinese profile: read with what had to be assumed, written back, and never more lost than is said."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from emergency.cap.chinese import (
    ASSUMPTIONS,
    CannotSayInChinese,
    FromChinese,
    NotChineseAlert,
    from_chinese,
    to_chinese,
)
from emergency.cap.event_kinds import load_event_kinds
from emergency.cap.findings import errors_of
from emergency.cap.identifiers import (
    BadIdentifier,
    find_national,
    issuer_code,
    national_identifier,
    oid_identifier,
)
from emergency.cap.lifecycle import Standing, chain_named, keep, standing
from emergency.cap.messages import Category, Certainty, MsgType, Named, Response, Severity, Status
from emergency.cap.reading import NotAnAlert, read
from emergency.cap.safe_xml import XmlWithDoctype
from emergency.cap.scales import SEVERITIES, Scales, headline, scales_of
from emergency.cap.writing import write
from emergency.rules.levels import EventLevel, ResponseLevel, WarningLevel
from gis_core.clock import CITY_ZONE
from gis_core.errors import CitygridError
from tests.cap.alerts import FLOOD, SCHEMA, SENT, SQUARE, WARNING, flood

KINDS = load_event_kinds(Path(__file__).parents[2] / "data" / "catalogue")
# In the form of a real warning of 2020, with words of our own.
GALE = """<?xml version="1.0" encoding="UTF-8"?>
<alert>
  <identifier>61030041600000_20250205105119</identifier><sender>宝鸡市气象局</sender>
  <senderCode>61030041600000</senderCode><sendTime>2025-02-05 10:45:00+08:00</sendTime>
  <status>Actual</status><msgType>Update</msgType><scope>Public</scope>
  <code>
    <method><methodName>SPEAKER</methodName><message>大喇叭的话</message>
      <audienceGrp>31aec396,</audienceGrp><audenceprt>,</audenceprt></method>
    <method><methodName>SMS</methodName><message>短信的话</message>
      <audienceGrp>d90a8856,5080d87d,</audienceGrp><audenceprt>,</audenceprt></method>
  </code>
  <secClassification>None</secClassification><note/>
  <references>61030041600000_20250204121842</references>
  <info><language>zh-CN</language><eventType>11B06</eventType><urgency>Unknown</urgency>
    <severity>Blue</severity><certainty>Unknown</certainty>
    <effective>2025-02-05 10:57:42+08:00</effective><onset/><expires/><senderName>值班员</senderName>
    <headline>宝鸡市气象局发布大风蓝色预警[IV级/一般]</headline>
    <description>预计未来24小时阵风6到7级。</description><instruction/><web/>
    <area><areaDesc>宝鸡市,宝鸡市</areaDesc><polygon/><circle/>
      <geocode>610300000000,610300000000</geocode></area>
  </info>
</alert>"""
SENT_AT = datetime(2025, 2, 5, 10, 45, tzinfo=CITY_ZONE)


def converted(old: str = "", new: str = "") -> FromChinese:
    return from_chinese(GALE.replace(old, new).encode() if old else GALE.encode(), KINDS)


def test_it_is_not_valid_cap_and_is_not_taken_for_it():
    with pytest.raises(NotAnAlert):
        read(GALE.encode())


def test_a_real_form_becomes_a_sound_message():
    alert = converted().alert
    assert (alert.sender, alert.sent, alert.msg_type) == ("61030041600000", SENT_AT, MsgType.UPDATE)
    assert errors_of(converted().findings) == ()
    SCHEMA.assertValid(etree.fromstring(write(alert)))


def test_words_go_where_cap_has_them():
    info = converted().alert.infos[0]
    assert (info.categories, info.event) == ((Category.MET,), "大风")
    assert (info.severity, scales_of(info).warning) == (Severity.MINOR, WarningLevel.BLUE)
    assert info.sender_name == "宝鸡市气象局"
    assert info.event_codes == (Named("GB/T 35561", "11B06"),)
    assert info.areas[0].geocodes == (Named("GB/T 2260", "610300000000"),)


def test_what_cap_has_no_place_for_is_kept():
    kept = {pair.name: pair.value for pair in converted().alert.infos[0].parameters}
    assert kept["cn.senderName"] == "值班员"
    assert kept["cn.method.2.SMS"] == "短信的话"
    assert kept["cn.method.2.groups"] == "d90a8856,5080d87d"


def test_what_was_supposed_is_said():
    assert {made.code for made in converted().assumptions} == {
        "category",
        "severity",
        "expires",
        "reference_sent",
    }


def test_a_missing_end_is_the_life_of_its_kind():
    info = converted().alert.infos[0]
    assert info.expires == info.effective + timedelta(hours=24)


ODD = [
    ("11B06", "11B03", "event_recalled", "a name from memory"),
    ("11B06", "12X99", "event_name", "a code nobody listed"),
    ("<certainty>Unknown", "<certainty>VeryLikely", "certainty", "a word CAP gave up"),
    ("<language>zh-CN</language>", "", "language", "no language"),
    (
        "<polygon/>",
        "<polygon>34.3,107.1 34.3,107.2 34.2,107.1 34.3,107.1</polygon>",
        "coordinate_order",
        "an order",
    ),
]


@pytest.mark.parametrize(("old", "new", "code", "because"), ODD, ids=[row[3] for row in ODD])
def test_each_supposition_is_named(old: str, new: str, code: str, because: str):
    assert code in {made.code for made in converted(old, new).assumptions}


def test_a_code_is_understood_by_its_beginning():
    assert converted("11B06", "13X99").alert.infos[0].categories == (Category.HEALTH,)


def test_very_likely_is_likely():
    assert (
        converted("<certainty>Unknown", "<certainty>VeryLikely").alert.infos[0].certainty is Certainty.LIKELY
    )


@pytest.mark.parametrize("pair", ["34.3,107.1", "107.1,34.3"])
def test_a_place_is_found_in_either_order(pair: str):
    circle = converted("<circle/>", f"<circle>{pair} 1500</circle>").alert.infos[0].areas[0].circles[0]
    assert (circle.centre.lat_deg, circle.centre.lon_deg, circle.radius_km) == (34.3, 107.1, 1.5)


def test_divisions_without_a_shape_get_their_outline():
    found = from_chinese(GALE.encode(), KINDS, outlines_of={"610300000000": (SQUARE,)}.__getitem__)
    assert found.alert.infos[0].areas[0].polygons == (SQUARE,)
    assert "geometry" in {made.code for made in found.assumptions}


def test_a_reference_to_what_was_never_received_is_made_of_its_name():
    named = converted().alert.references[0]
    assert (named.sender, named.sent) == (
        "61030041600000",
        datetime(2025, 2, 4, 12, 18, 42, tzinfo=CITY_ZONE),
    )


def test_a_cancel_of_the_first_message_ends_the_whole_event():
    text = GALE.replace("Update", "Alert").replace(">61030041600000_20250204121842<", "><")
    first = from_chinese(text.replace("_20250205105119", "_20250204121842").encode(), KINDS).alert
    first = replace(first, sent=first.sent - timedelta(hours=1))
    known = [first]

    def chain_of(identifier: str) -> tuple[object, ...]:
        return chain_named(known, first.sender, identifier)

    second = from_chinese(GALE.encode(), KINDS, chain_of=chain_of).alert
    assert keep(known, second).is_new
    known.append(second)
    lifted = (
        GALE.replace("Update", "Cancel")
        .replace("_20250205105119", "_20250205125119")
        .replace("10:45", "12:45")
    )
    cancel = from_chinese(lifted.encode(), KINDS, chain_of=chain_of).alert
    assert standing([*known, cancel], second, SENT_AT + timedelta(hours=3)) is Standing.CANCELLED


def test_what_was_read_is_written_back_the_same():
    alert = converted().alert
    made = to_chinese(alert)
    assert from_chinese(made.document, KINDS).alert == alert
    assert made.lost == ()


def test_a_file_is_named_by_issuer_time_event_colour_and_state():
    assert to_chinese(converted().alert).file_name == "61030041600000_20250205104500_11B06_BLUE_UPDATE.XML"


OURS = replace(
    flood(event_codes=(Named("GB/T 35561", "11B03"),), event="暴雨", responses=()),
    sender="61030041600000",
    identifier="61030041600000_20250717004500_0",
)


def test_our_warning_goes_out_and_comes_back():
    back = from_chinese(to_chinese(OURS).document, KINDS).alert
    info, said = back.infos[0], OURS.infos[0]
    assert (back.reference, info.areas, info.severity) == (OURS.reference, said.areas, said.severity)
    assert (info.headline, info.instruction, info.expires) == (said.headline, said.instruction, said.expires)


def test_what_is_lost_on_the_way_is_said():
    asked = replace(OURS, infos=(replace(OURS.infos[0], responses=(Response.EVACUATE,)),))
    assert to_chinese(asked).lost == ("responseType",)


UNSAYABLE = [
    (replace(OURS, status=Status.EXERCISE, note="演练"), "drills stay inside"),
    (replace(OURS, identifier="BJ-1"), "an identifier of another form"),
    (replace(OURS, sender="yjj.baoji.example"), "no code of a unit"),
    (replace(OURS, infos=(replace(FLOOD, language="en-US"),)), "no Chinese"),
]


@pytest.mark.parametrize(("alert", "because"), UNSAYABLE, ids=[row[1] for row in UNSAYABLE])
def test_what_the_profile_has_no_words_for_is_refused(alert, because):
    with pytest.raises(CannotSayInChinese):
        to_chinese(alert)


def test_a_message_of_cap_is_no_chinese_one():
    with pytest.raises(NotChineseAlert):
        from_chinese(write(WARNING), KINDS)


def test_a_message_without_a_sender_is_refused():
    with pytest.raises(NotChineseAlert):
        converted("<senderCode>61030041600000</senderCode>")


def test_entities_are_refused_here_too():
    with pytest.raises(XmlWithDoctype):
        converted("<alert>", "<!DOCTYPE alert><alert>")


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["sendTime", "geocode", "references", "polygon", "circle", "effective", "code"]),
    st.text(
        st.characters(codec="utf-8", exclude_characters="<&", exclude_categories=("Cc", "Cs")), max_size=40
    ),
)
def test_rubbish_in_an_element_is_read_past_or_refused(name: str, words: str):  # fmt: skip
    text = GALE.replace(f"<{name}/>", f"<{name}>{words}</{name}>".replace("]]>", ""))
    found = None
    with suppress(CitygridError):
        found = from_chinese(text.encode(), KINDS)
    assert found is None or found.alert.identifier == "61030041600000_20250205105119"


# The three scales, and the names warnings go by.


def test_yellow_is_moderate_and_the_rest_follows():
    assert [KINDS.severity_of(level) for level in WarningLevel] == [
        Severity.EXTREME, Severity.SEVERE, Severity.MODERATE, Severity.MINOR,
    ]  # fmt: skip
    assert {level: KINDS.severity_of(level) for level in WarningLevel} == SEVERITIES


def test_only_what_was_read_is_called_sourced():
    assert KINDS.severities[WarningLevel.YELLOW].status == "sourced"
    assert KINDS.severities[WarningLevel.RED].status == "recalled"


@pytest.mark.parametrize(
    ("code", "event", "level"),
    [
        ("0501", "大风", WarningLevel.BLUE),
        ("0204", "暴雨", WarningLevel.RED),
        ("0703", "高温", WarningLevel.ORANGE),
    ],
)
def test_codes_of_weather_services(code: str, event: str, level: WarningLevel):
    assert KINDS.weather(code) == (event, level)


def test_a_code_no_weather_service_has():
    assert KINDS.weather("9901") is None


TITLES = [
    (WarningLevel.RED, "宝鸡市气象台发布暴雨红色预警[Ⅰ级/特别严重]"),
    (WarningLevel.ORANGE, "宝鸡市气象台发布暴雨橙色预警[Ⅱ级/严重]"),
    (WarningLevel.YELLOW, "宝鸡市气象台发布暴雨黄色预警[Ⅲ级/较重]"),
    (WarningLevel.BLUE, "宝鸡市气象台发布暴雨蓝色预警[Ⅳ级/一般]"),
]


@pytest.mark.parametrize(("level", "title"), TITLES)
def test_a_title_reads_as_published_ones_do(level: WarningLevel, title: str):
    assert headline("宝鸡市气象台", "暴雨", level) == title


@pytest.mark.parametrize("event", [None, *EventLevel])
@pytest.mark.parametrize("response", [None, *ResponseLevel])
def test_three_scales_stay_three(event: EventLevel | None, response: ResponseLevel | None):
    scales = Scales(WarningLevel.YELLOW, event, response)
    info = read(write(flood(parameters=scales.as_parameters()))).require().infos[0]
    assert scales_of(info) == scales


def test_a_stranger_s_colour_is_none_of_ours():
    info = replace(FLOOD, parameters=(Named("warning-level", "Purple"), Named("event-level", "9")))
    assert scales_of(info) == Scales()


def test_the_national_identifier_has_31_characters():
    name = national_identifier(issuer_code("610300", "416"), SENT, 3)
    assert (name, len(name)) == ("61030041600000_20250717004500_3", 31)


@pytest.mark.parametrize("identifier", ["41000041600000_20200205105119", "41000041600000_20200205105119_0"])
def test_both_lengths_of_national_identifiers_are_read(identifier: str):
    parts = find_national(identifier)
    assert parts is not None
    assert (parts.division_code, parts.entered) == (
        "410000",
        datetime(2020, 2, 5, 10, 51, 19, tzinfo=CITY_ZONE),
    )


@pytest.mark.parametrize("identifier", ["", "41000041600000_20201305105119", "4100004160000X_20200205105119"])
def test_what_is_no_national_identifier(identifier: str):
    assert find_national(identifier) is None


@pytest.mark.parametrize(("issuer", "serial"), [("61030041600000", 10), ("6103", 0)])
def test_an_identifier_that_breaks_the_rule_is_not_made(issuer: str, serial: int):
    with pytest.raises(BadIdentifier):
        national_identifier(issuer, SENT, serial)


def test_an_object_identifier_has_no_leading_zeros():
    name = oid_identifier((0, 610300), SENT, 0)
    assert name == "urn:oid:2.49.0.1.156.0.610300.2025.7.17.0.45.0.0"


@pytest.mark.parametrize("code", sorted(ASSUMPTIONS))
def test_every_supposition_is_a_sentence(code: str):
    assert ASSUMPTIONS[code].endswith("。")
