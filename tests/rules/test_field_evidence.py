"""Photos and positions from the street: near and far, the same angle, standing at the case."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.evidence_rules import load_field_rules
from cases.rules.angles import AngleRule, Direction, between_deg, read_direction
from cases.rules.commands import Asking, Finish, ReplyRecheck, ReplyVerification, Report
from cases.rules.deciding import Known
from cases.rules.evidence import StoredPhoto, check_photos
from cases.rules.field_rules import FieldRules
from cases.rules.findings import SENTENCES, read, say
from cases.rules.intake import check_report
from cases.rules.on_site import Fence, Fences, OwnPosition, read_own_position
from cases.rules.pairing import pair_of
from cases.rules.shots import ShotRule, level_of
from gis_core.errors import CitygridError
from gis_core.places import LonLat
from tests.case_city import DEPARTMENT, JINGER_ROAD, baoji
from tests.rules.test_commands import KNOWN, NOW, PHOTO, asking, case

ALL = ("component", "matter")
NEAR = replace(PHOTO, sha256="b" * 64, shot="near")
FAR = replace(PHOTO, sha256="c" * 64, shot="far")
BOTH = (NEAR, FAR)
NEEDS_BOTH = ShotRule(("report", "reply_recheck", "finish"), ALL, (), "need")
ASKS_BOTH = replace(NEEDS_BOTH, level="ask")
FENCES = Fences({"reply_recheck": Fence(100), "finish": Fence(100)}, most_accuracy_m=200)
NO_FENCES = Fences({})
STRICT = Fences({"reply_recheck": Fence(100, "refuse")}, most_accuracy_m=200)
WARNS, REFUSES = AngleRule(45), AngleRule(45, "refuse")


def known(
    *,
    shots: tuple[ShotRule, ...] = (),
    angle: AngleRule | None = None,
    fences: Fences = NO_FENCES,
    earlier: tuple[StoredPhoto, ...] = (),
) -> Known:
    return replace(KNOWN, field_rules=FieldRules("test", shots, angle, fences), earlier=earlier)


def looking(deg: float | None, photo: StoredPhoto = PHOTO, *, magnetic: bool = False) -> StoredPhoto:
    return replace(photo, direction=None if deg is None else Direction(deg, magnetic))


def stands(distance_m: float, accuracy_m: float = 0) -> OwnPosition:
    return OwnPosition(JINGER_ROAD, accuracy_m, distance_m=distance_m)


def recheck(rules: Known, *photos: StoredPhoto, position: OwnPosition | None = None) -> dict[str, object]:
    """What the fact keeps of a recheck."""
    command = ReplyRecheck(True, photos or (PHOTO,), position=position)
    return dict(command.decide(case("rechecking"), asking("inspector"), rules).body.get("evidence", {}))


def refused(rules: Known, *photos: StoredPhoto, position: OwnPosition | None = None) -> str:
    with pytest.raises(CitygridError, match="请") as caught:
        recheck(rules, *photos, position=position)
    return caught.value.code


def report(role: str, *photos: StoredPhoto) -> None:
    """Check a report of a post."""
    sent = Report(
        uuid4(),
        "component",
        "01002",
        JINGER_ROAD,
        "井盖缺失",
        photos,
        contact_name="某人",
        source={"operator": "hotline"}.get(role, ""),
    )
    check_report(sent, Asking(NOW, 1, role, role), known(shots=(NEEDS_BOTH,)))


# near and far


@pytest.mark.parametrize(
    ("photos", "because"),
    [
        ((PHOTO,), "neither is named"),
        ((NEAR,), "the far one is missing"),
        ((FAR, PHOTO), "the near one is missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_inspector_is_refused_without_near_and_far(photos: tuple[StoredPhoto, ...], because: str) -> None:
    assert refused(known(shots=(NEEDS_BOTH,)), *photos) == "shot_missing"


def test_what_is_missing_is_named_with_what_to_do() -> None:
    with pytest.raises(CitygridError, match="现缺远景。近景拍清问题本身，远景连同周围参照物；请补拍"):
        recheck(known(shots=(NEEDS_BOTH,)), NEAR)


def test_an_inspector_with_both_goes_on_and_the_fact_says_so() -> None:
    kept = recheck(known(shots=(NEEDS_BOTH,)), *BOTH)
    assert (kept["told"], kept["warned"]) == (["处置后近景、远景照片齐"], [])


def test_what_is_only_asked_is_told_and_not_refused() -> None:
    kept = recheck(known(shots=(ASKS_BOTH,)), NEAR)
    assert (kept["warned"], kept["shots"]) == (
        ["处置后照片没有标明远景"],
        {"asked": "ask", "missing": ["far"]},
    )


@pytest.mark.parametrize(
    ("role", "level", "because"),
    [
        ("inspector", "need", "inspectors know how to"),
        ("crew", "ask", "who fixes is asked and not refused"),
        ("department", "ask", "a department as well"),
        ("public", "none", "a citizen does the city a favour"),
        ("operator", "none", "a caller sends no photo"),
        ("system", "none", "other systems have their own rules"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_nobody_is_asked_for_more_than_the_post_can_give(role: str, level: str, because: str) -> None:
    assert level_of((NEEDS_BOTH,), "finish", role=role, kind="matter", type_code="06010") == level


@pytest.mark.parametrize(("role", "photos"), [("public", (PHOTO,)), ("public", ()), ("operator", ())])
def test_the_public_and_the_hotline_never_hear_of_near_and_far(
    role: str, photos: tuple[StoredPhoto, ...]
) -> None:
    report(role, *photos)


def test_an_inspector_s_report_hears_of_it() -> None:
    with pytest.raises(CitygridError, match="近景"):
        report("inspector", PHOTO)


@pytest.mark.parametrize(
    ("rule", "fits", "because"),
    [
        (ShotRule(("report",), ALL, (), "need"), True, "no types are all"),
        (ShotRule(("report",), ALL, ("01002",), "need"), True, "its own type"),
        (ShotRule(("report",), ALL, ("01",), "need"), True, "its major class"),
        (ShotRule(("report",), ALL, ("02", "01003"), "need"), False, "other types"),
        (ShotRule(("report",), ("matter",), (), "need"), False, "another kind"),
        (ShotRule(("finish",), ALL, (), "need"), False, "another step"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_rule_speaks_of_its_types_and_steps(rule: ShotRule, fits: bool, because: str) -> None:
    assert rule.fits("report", "component", "01002") == fits


def test_of_two_rules_the_one_that_asks_more_holds() -> None:
    rules = (NEEDS_BOTH, ASKS_BOTH)
    assert {
        level_of(some, "report", role="inspector", kind="matter", type_code="06010")
        for some in (rules, rules[::-1])
    } == {"need"}


def test_one_picture_is_not_near_and_far_at_once() -> None:
    assert check_photos((NEAR, replace(NEAR, shot="far"), replace(NEAR, shot=None))) == (NEAR,)


# the same angle


@pytest.mark.parametrize(
    ("one", "other", "apart", "because"),
    [
        (Direction(10), Direction(50), 40, "plainly"),
        (Direction(350), Direction(20), 30, "over north"),
        (Direction(0), Direction(180), 180, "behind one's back"),
        (Direction(10), Direction(10, is_magnetic=True), 3, "the needle points 3 degrees west"),
        (Direction(359, is_magnetic=True), Direction(1, is_magnetic=True), 2, "two needles agree"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_directions_are_compared_around_the_circle(
    one: Direction, other: Direction, apart: float, because: str
) -> None:
    assert between_deg(one, other, -3) == pytest.approx(apart)


@given(st.floats(0, 360), st.floats(0, 360), st.floats(-30, 30))
def test_the_angle_between_two_directions_is_the_same_both_ways(
    one: float, other: float, declination: float
) -> None:
    a, b = read_direction(one, is_magnetic=True), read_direction(other, is_magnetic=False)
    apart = between_deg(a, b, declination)
    assert 0 <= apart <= 180
    assert apart == pytest.approx(between_deg(b, a, declination))


@pytest.mark.parametrize("deg", [-0.1, 360.1, float("nan"), float("inf")])
def test_no_camera_looks_there(deg: float) -> None:
    with pytest.raises(CitygridError) as caught:
        read_direction(deg, is_magnetic=False)
    assert caught.value.code == "bad_direction"


def test_a_photo_from_the_same_angle_is_told_with_its_number() -> None:
    kept = recheck(known(angle=WARNS, earlier=(looking(100),)), looking(112))
    assert (kept["told"], kept["angle"]) == (
        ["与处置前照片方向相差 12°（限 45°）"],
        {"off_deg": 12.0, "within_deg": 45},
    )


def test_another_angle_is_warned_of() -> None:
    kept = recheck(known(angle=WARNS, earlier=(looking(100),)), looking(200))
    assert kept["warned"] == ["与处置前照片方向相差 100°（限 45°），请人工比对"]


def test_another_angle_is_refused_where_the_city_says_so() -> None:
    assert refused(known(angle=REFUSES, earlier=(looking(100),)), looking(200)) == "other_angle"


@pytest.mark.parametrize(("before", "after"), [(None, 10), (10, None), (None, None)])
def test_a_missing_direction_is_told_and_never_refused(before: float | None, after: float | None) -> None:
    kept = recheck(known(angle=REFUSES, earlier=(looking(before),)), looking(after))
    assert (kept["told"], kept["warned"]) == (["与处置前照片对比：方向未知，请人工比对"], [])


def test_without_a_photo_of_the_problem_there_is_nothing_to_compare() -> None:
    assert "angle" not in recheck(known(angle=REFUSES), looking(200))


def test_the_best_of_several_photos_counts() -> None:
    turned = looking(200, FAR)
    kept = recheck(known(angle=REFUSES, earlier=(looking(100),)), turned, looking(105))
    assert kept["angle"] == {"off_deg": 5.0, "within_deg": 45}


def test_a_near_photo_is_not_compared_with_a_far_one() -> None:
    earlier = (looking(100, NEAR), looking(200, FAR))
    kept = recheck(known(angle=WARNS, earlier=earlier), looking(200, NEAR))
    assert kept["angle"] == {"off_deg": 100.0, "within_deg": 45}


def test_the_pictures_that_look_most_alike_stand_beside_each_other() -> None:
    before, after = (looking(10, NEAR), looking(20, FAR)), (looking(10, NEAR), looking(60, FAR))
    found = pair_of(before, after, 0)
    assert found is not None
    assert (found.before.shot, found.after.shot, found.off_deg) == ("far", "far", 40)


def test_without_names_and_directions_the_first_and_the_last_stand_beside_each_other() -> None:
    one, two, three = (replace(PHOTO, sha256=sign * 64) for sign in "123")
    found = pair_of((one, two), (two, three), 0)
    assert found is not None
    assert (found.before, found.after, found.off_deg) == (one, three, None)


# at the case


@pytest.mark.parametrize(
    ("position", "because"),
    [
        (stands(100), "on the line"),
        (stands(140, 40), "the circle of the position reaches it"),
        (stands(299, 200), "inaccurate as it is allowed to be"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_stands_at_the_case_goes_on(position: OwnPosition, because: str) -> None:
    kept = recheck(known(fences=FENCES), position=position)
    assert kept["warned"] == []
    assert kept["position"] == {
        "verdict": "on_site",
        "within_m": 100,
        "distance_m": position.distance_m,
        "accuracy_m": position.accuracy_m,
    }


@pytest.mark.parametrize(
    "position",
    [stands(101), stands(141, 40), stands(1e7, 5)],
    ids=["a step too far", "beyond the circle", "in another country"],
)
def test_who_stands_elsewhere_is_refused(position: OwnPosition) -> None:
    assert refused(known(fences=FENCES), position=position) == "not_on_site"


def test_who_is_refused_hears_how_far_off_and_how_near_to_come() -> None:
    with pytest.raises(
        CitygridError, match=r"您距案件 320 米（精度 10 米），核查回复须在 100 米以内。请到现场后再提交。"
    ):
        recheck(known(fences=FENCES), position=stands(320, 10))


@pytest.mark.parametrize(
    ("position", "words"),
    [
        (None, "没有本人位置，未核对是否在案件 100 米内"),
        (stands(5, 201), "本人距案件 5 米（精度 201 米），定位太粗，未核对是否在案件 100 米内"),
        (stands(9000, 201), "本人距案件 9000 米（精度 201 米），定位太粗，未核对是否在案件 100 米内"),
    ],
    ids=["no position", "too rough though near", "too rough to say far"],
)
def test_an_unknown_position_is_kept_in_the_record_and_refused_only_where_the_city_says_so(
    position: OwnPosition | None, words: str
) -> None:
    assert recheck(known(fences=FENCES), position=position)["warned"] == [words]
    assert refused(known(fences=STRICT), position=position) == "no_own_position"


def test_the_record_keeps_no_coordinates_of_who_stood_there() -> None:
    kept = recheck(known(fences=FENCES), position=stands(12, 8))
    assert "107.1" not in repr(kept)


@pytest.mark.parametrize(
    ("who", "held"),
    [("crew", True), ("department", False)],
    ids=["a crew is outside", "a department's desk acts for it"],
)
def test_desks_are_not_asked_where_they_are(who: str, held: bool) -> None:
    command = Finish("修好", (PHOTO,), position=None)
    decision = command.decide(
        case("in_progress", department_code=DEPARTMENT), asking(who), known(fences=FENCES)
    )
    assert ("evidence" in decision.body) == held


def test_a_step_without_a_fence_asks_nobody() -> None:
    decision = ReplyVerification(True, (PHOTO,)).decide(
        case("verifying"), asking("inspector"), known(fences=FENCES)
    )
    assert "evidence" not in decision.body


@pytest.mark.parametrize(
    ("lon", "lat", "accuracy_m", "system", "because"),
    [
        (181, 34, 5, "WGS84", "no such longitude"),
        (107, 91, 5, "WGS84", "no such latitude"),
        (float("nan"), 34, 5, "WGS84", "no number"),
        (107, float("inf"), 5, "WGS84", "nowhere"),
        (107, None, 5, "WGS84", "half a position"),
        (None, None, 5, "WGS84", "an accuracy of nothing"),
        (107, 34, -1, "WGS84", "better than exact"),
        (107, 34, float("nan"), "WGS84", "an accuracy that is no number"),
        (107, 34, 5, "MARS", "no such system"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_nonsense_is_no_position(
    lon: float | None, lat: float | None, accuracy_m: float, system: str, because: str
) -> None:
    with pytest.raises(CitygridError, match="请重新定位后提交") as caught:
        read_own_position(lon, lat, accuracy_m, system)
    assert caught.value.code == "bad_own_position"


def test_no_position_at_all_is_none() -> None:
    assert read_own_position(None, None, None, "WGS84") is None
    assert read_own_position(107.1, 34.3, None, "GCJ-02") == OwnPosition(LonLat(107.1, 34.3), 0.0, "GCJ-02")


# the city's data


def test_the_city_s_rules_ask_and_warn_and_refuse_only_who_stands_elsewhere() -> None:
    rules = load_field_rules(baoji(), date(2026, 9, 18))
    assert {rule.level for rule in rules.shots} == {"ask"}
    assert rules.angle is not None
    assert rules.angle.if_off == "warn"
    assert {fence.if_unknown for fence in rules.fences.steps.values()} == {"warn"}


def test_before_its_first_day_no_rule_asks_for_near_and_far() -> None:
    rules = load_field_rules(baoji(), date(2025, 12, 31))
    assert {rule.level for rule in rules.shots} == {"none"}


# what facts keep in Chinese is said in the language of the page


@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_sentence_of_a_finding_is_read_again_with_its_values(sentence: str) -> None:
    values = {"n": "7", "accuracy": "12", "within": "100", "shots": "近景、远景"}
    told = {name: value for name, value in values.items() if f"{{{name}}}" in sentence}
    assert read(say(sentence, **told)) == (sentence, told)


def test_words_of_no_form_are_left_as_they_are() -> None:
    assert read("本人距案件很近") is None


def test_what_is_judged_is_said_in_sentences_of_the_list() -> None:
    rules = known(shots=(ASKS_BOTH,), angle=WARNS, fences=FENCES, earlier=(looking(10),))
    kept = recheck(rules, looking(100), position=stands(12, 5))
    words = [*kept["told"], *kept["warned"]]  # type: ignore[misc]
    assert (len(words), [one for one in words if read(one) is None]) == (3, [])
