"""Repeats, "me too", parts, corrections and cases opened again: what is refused, and what becomes of them."""
# ruff: noqa: E501 - the table of refusals is read by the row

from dataclasses import replace
from datetime import timedelta

import pytest

from cases.rules.commands import (
    Close,
    Command,
    Correct,
    Decline,
    FileCase,
    Join,
    NotFile,
    Part,
    Reopen,
    Split,
    Unmerge,
    Void,
)
from cases.rules.correcting import Said
from cases.rules.deciding import CaseState
from cases.rules.joining import counterpart
from cases.rules.parting import open_part
from gis_core.places import LonLat
from grid.rules.locating import Located
from tests.case_city import COMMUNITY, DEPARTMENT, JINGER_ROAD, RATTLING_COVER
from tests.rules.test_commands import KNOWN, NOW, asking, case, refusal

OTHER = "61030320260918000009"
SAID = Said(JINGER_ROAD, "经二路井盖缺失", "经二路")
HERE = Located(
    unit_grid_code=f"{COMMUNITY}005", community_code=COMMUNITY, subdistrict_code=COMMUNITY[:9],
    district_code=COMMUNITY[:6], frame_version=7, pulled_m=0, reason="在网格 005 内。",
    responsibility_code=None, zone_code=None,
)  # fmt: skip
CLOSED = case("closed", closed_at=NOW, is_recheck_passed=True)
LONG_CLOSED = replace(CLOSED, closed_at=NOW - timedelta(days=15, seconds=1))


def said(*, place: LonLat | None = None, **changes: object) -> Correct:
    return Correct("", "wrong_type", place=place, said=SAID, where=HERE, **changes)  # type: ignore[arg-type]


RATTLES = Split("component", "01002", RATTLING_COVER, "松动")
MOVED = said(description="移位")


@pytest.mark.parametrize(
    ("command", "state", "who", "code", "because"),
    [
        (Decline("", "resolved", into=OTHER), case("reported"), "operator", "bad_merge", "another reason"),
        (Join(), case("closed"), "system", "bad_merge", "what is over takes nobody in"),
        (Join(contact_phone="1"), case("reported"), "public", "bad_phone", "nobody can be told by that"),
        (Join(), case("reported"), "department", "wrong_role", "departments take no reports"),
        (Unmerge("", "not_the_same"), case("declined"), "operator", "nothing_merged", "it ended for itself"),
        (Unmerge("", "not_the_same"), case("closed"), "operator", "no_such_move", "it was handled"),
        (Reopen(""), CLOSED, "public", "no_reason", "why is it not solved"),
        (Reopen("", "partly"), replace(CLOSED, reopen_count=1), "public", "too_late_to_reopen", "once only"),
        (Reopen("", "partly"), LONG_CLOSED, "public", "too_late_to_reopen", "after 15 days"),
        (Reopen("", "partly"), CLOSED, "department", "wrong_role", "the department has had its say"),
        (said(), case("reported"), "operator", "nothing_corrected", "nothing is changed"),
        (said(description=SAID.description), case("reported"), "operator", "nothing_corrected", "the same words"),
        (said(type_code="09999"), case("reported"), "operator", "unknown_type", "there is no such type"),
        (said(type_code="01003"), case("accepted"), "chief", "unknown_criterion", "another type's"),
        (MOVED, case("filed"), "dispatcher", "no_such_move", "the dispatcher sends it back"),
        (MOVED, case("accepted"), "operator", "wrong_role", "the chief has it now"),
        (replace(RATTLES, text=""), case("accepted"), "chief", "evidence_missing", "which part is it"),
        (replace(RATTLES, criterion_code="X"), case("accepted"), "chief", "unknown_criterion", "a part has its criterion"),
        (RATTLES, case("filed"), "chief", "wrong_role", "the dispatcher has it"),
        (RATTLES, case("dispatched"), "dispatcher", "no_such_move", "too late"),
        (Part(OTHER), case("reported"), "operator", "wrong_role", "only undoing a merge does it"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)  # fmt: skip
def test_what_does_not_hold_is_refused(
    command: Command, state: CaseState, who: str, code: str, because: str
) -> None:
    assert refusal(command, state, who) == code


@pytest.mark.parametrize(
    ("command", "stage", "who", "ends"),
    [
        (Decline("", "duplicate", into=OTHER), "reported", "operator", "declined"),
        (NotFile("", "duplicate", into=OTHER), "accepted", "chief", "declined"),
        (Void("", "duplicate", into=OTHER), "filed", "chief", "voided"),
    ],
    ids=["before acceptance", "before filing", "before dispatch"],
)
def test_a_repeat_ends_with_the_number_of_the_case_that_it_repeats(
    command: Command, stage: str, who: str, ends: str
) -> None:
    decision = command.decide(case(stage), asking(who), KNOWN)
    assert (decision.stage, decision.state.merged_into, decision.body["into"]) == (ends, OTHER, OTHER)


def test_merging_is_noted_on_the_other_case_with_all_who_reported() -> None:
    before = case("reported", join_count=2)
    assert counterpart(Decline("", "duplicate", into=OTHER), "1", before) == (OTHER, Join("1", joined=3))


def test_undoing_a_merge_is_noted_there_too() -> None:
    before = case("declined", merged_into=OTHER, join_count=1)
    assert counterpart(Unmerge("", "not_the_same"), "1", before) == (OTHER, Part("1", joined=2))


def test_other_steps_concern_their_own_case_only() -> None:
    assert counterpart(Decline("", "duplicate"), "1", case("reported")) is None


def test_a_report_merged_by_mistake_is_accepted_anew() -> None:
    state = case("voided", merged_into=OTHER, closed_at=NOW, clocks={})
    after = Unmerge("", "not_the_same").decide(state, asking("operator"), KNOWN).state
    assert (after.stage, after.merged_into, after.criterion_code, after.closed_at) == (
        "reported",
        None,
        None,
        None,
    )
    assert (after.closed_at, after.clocks["accept"].is_running) == (None, True)


@pytest.mark.parametrize("who", ["public", "operator", "other inspector"])
def test_me_too_counts_and_moves_nothing(who: str) -> None:
    decision = Join(text="我也看见了").decide(case("in_progress"), asking(who), KNOWN)
    assert (decision.stage, decision.state.join_count) == ("in_progress", 1)
    assert "共 2 次反映" in decision.reason


def test_a_correction_says_what_was_and_what_is() -> None:
    decision = said(description="经二路井盖移位").decide(case("reported"), asking("operator"), KNOWN)
    assert "说明由“经二路井盖缺失”改为“经二路井盖移位”" in decision.reason
    assert (decision.corrected["description"], decision.stage) == ("经二路井盖移位", "reported")


def test_a_new_place_brings_its_grid_and_whose_it_is() -> None:
    moved = said(place=LonLat(107.1452, 34.3691))
    corrected = moved.decide(case("reported"), asking("operator"), KNOWN).corrected
    assert (corrected["unit_grid_code"], corrected["position_source"]) == (HERE.unit_grid_code, "map")
    assert "proposed_department_code" in corrected


def test_the_chief_corrects_the_criterion_and_files_as_ever() -> None:
    corrected = said(criterion_code=RATTLING_COVER).decide(case("accepted"), asking("chief"), KNOWN).state
    assert FileCase().decide(corrected, asking("chief"), KNOWN).state.criterion_code == RATTLING_COVER


@pytest.mark.parametrize(
    ("who", "stage", "clocks"),
    [("chief", "accepted", {"filing"}), ("dispatcher", "filed", {"dispatch", "case"})],
)
def test_a_part_begins_where_its_parent_stands(who: str, stage: str, clocks: set[str]) -> None:
    split = Split("component", "01002", RATTLING_COVER, "旁边一个松动")
    part = open_part(split, OTHER, asking(who), KNOWN, state=case(stage), where=HERE, whose=None).state
    assert (part.stage, {*part.clocks}, part.criterion_code) == (stage, clocks, RATTLING_COVER)


def test_a_parent_is_closed_after_its_parts() -> None:
    known = replace(KNOWN, open_parts=2)
    assert refusal(Close(), case("rechecked", is_recheck_passed=True), "chief", known) == "parts_open"


def test_a_case_opened_again_starts_at_acceptance_and_owes_nothing_of_the_past() -> None:
    state = replace(CLOSED, appeal="granted", is_lateness_exempt=True)
    after = Reopen("还在漏水", "partly").decide(state, asking("public"), KNOWN).state
    assert (after.stage, after.reopen_count, after.closed_at) == ("reported", 1, None)
    assert (after.appeal, after.is_lateness_exempt, after.is_recheck_passed) == (None, False, None)
    assert (after.clocks["accept"].is_running, after.department_code) == (True, DEPARTMENT)
