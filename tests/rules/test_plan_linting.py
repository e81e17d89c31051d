"""The linter finds what is wrong with a plan, and says nothing of one that is right."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from emergency.rules.plans.linting import FINDINGS, Surroundings, lint
from emergency.rules.plans.posts import Contact
from tests.plan_maker import AROUND, STAFF, chapters, flow, group, level, make_plan, plan_data, task

LEVELS = [level(number) for number in (4, 3, 2, 1)]


def test_a_plan_that_is_right_has_no_findings() -> None:
    assert lint(make_plan(), AROUND) == ()


def without(code: str) -> list[dict[str, Any]]:
    return [chapter for chapter in chapters() if chapter["code"] != code]


def silenced(code: str, section: str) -> list[dict[str, Any]]:
    """The chapters with one section gone."""
    return [
        chapter | {"sections": [part for part in chapter["sections"] if part["code"] != section]}
        if chapter["code"] == code
        else chapter
        for chapter in chapters()
    ]


def with_level(number: int, **more: Any) -> list[dict[str, Any]]:
    """The four levels with something of one changed."""
    return [one | more if one["level"] == number else one for one in LEVELS]


SPOILT: list[tuple[dict[str, Any], set[str], str]] = [
    ({"owner": None}, {"no_owner"}, "nobody answers for the plan"),
    ({"owner": "XX-YY"}, {"unknown_organisation"}, "an owner that does not exist"),
    ({"owner": "king@BJ-SL"}, {"unknown_role"}, "a role that does not exist"),
    ({"owner": "leader@BJ-SL"}, {"role_unstaffed"}, "a post that nobody holds"),
    ({"parent": None}, {"parent_missing"}, "a special plan under no overall plan"),
    ({"parent": "ZZ"}, {"parent_missing"}, "a parent nobody knows"),
    ({"kind": "overall", "parent": None}, set(), "an overall plan needs no parent"),
    ({"effective_from": None}, {"not_effective"}, "approved but never in force"),
    ({"state": "draft", "effective_from": None}, set(), "a draft need not be in force"),
    ({"review_due": date(2026, 10, 31)}, {"review_overdue"}, "its review is a day late"),
    ({"review_due": date(2026, 11, 1)}, set(), "its review is due today"),
    ({"review_due": None}, {"no_review_due"}, "it is never looked through again"),
    ({"termination": None}, {"no_termination"}, "it never ends"),
    ({"termination": {"condition": "退", "authority": "BJ-SL"}}, {"missing_law_reference"}, "no law ends it"),
    ({"tests": []}, {"no_tests"}, "nobody has tried it"),
    (
        {"tests": [{"name": "错", "given": {}, "expect": {"level": 1}}]},
        {"test_fails"},
        "its own example does not come out",
    ),
    ({"levels": LEVELS[:3]}, {"level_missing"}, "it has no first level"),
    ({"tasks": [task("A", 3), task("B", 3)], "tests": []}, {"level_without_tasks", "no_tests"}, "idle"),
    (
        {"levels": [level(n, trigger=None) for n in (4, 3, 2, 1)], "tests": []},
        {"no_trigger", "no_tests"},
        "nothing ever proposes it",
    ),
    ({"levels": with_level(2, trigger=None)}, set(), "one level may be left to people"),
    (
        {"levels": with_level(2, trigger=flow(3000) | {"less_than": 3000})},
        {"unreachable_level"},
        "a trigger that contradicts itself",
    ),
    ({"levels": with_level(3, trigger=flow(3000))}, {"unreachable_level"}, "shadowed by the level above"),
    ({"levels": with_level(3, trigger=flow(4500))}, {"unreachable_level"}, "the wrong way round"),
    (
        {"levels": with_level(3, trigger={"any": [flow(3500), flow(4500)]})},
        {"unreachable_level"},
        "every way to it leads higher",
    ),
    ({"levels": with_level(3, trigger={"any": [flow(3500), flow(1, "乙")]})}, set(), "one way is free"),
    ({"tasks": [task("A"), task("A")]}, {"duplicate_code"}, "two tasks with one code"),
    (
        {"groups": [group("G1", "water"), group("G1", "fire")]},
        {"duplicate_code"},
        "two groups with one code",
    ),
    (
        {"levels": [*LEVELS, level(4, trigger=flow(1000))]},
        {"duplicate_code", "unreachable_level"},
        "two fourth levels",
    ),
    ({"tasks": [task("A", group="G9")]}, {"unknown_group", "group_without_tasks"}, "no such group"),
    ({"groups": [group("G1", "water"), group("G2", "fire")]}, {"group_without_tasks"}, "an idle group"),
    ({"groups": [group("G1", "water", level_from=3)]}, {"group_not_active"}, "a task before its group"),
    ({"tasks": [task("A", depends_on=["Z"])]}, {"unknown_dependency"}, "waiting for nothing"),
    (
        {"tasks": [task("A", depends_on=["B"]), task("B", depends_on=["A"])]},
        {"cycle"},
        "waiting for each other",
    ),
    (
        {"tasks": [task("A", depends_on=["B"]), task("B", 2)]},
        {"dependency_not_active"},
        "waiting at level 4 for a task of level 2",
    ),
    (
        {"tasks": [task("A"), task("B", depends_on=["A"], due_offset_min=59)]},
        {"due_before_dependency"},
        "due before what it waits for",
    ),
    ({"tasks": [task("A", takes_min=61)]}, {"due_unreachable"}, "due before it can be done"),
    (
        {"tasks": [task("A", takes_min=40), task("B", takes_min=40, depends_on=["A"])]},
        {"due_unreachable"},
        "the chain is longer than the time",
    ),
    ({"tasks": [task("A", law=[])]}, {"missing_law_reference"}, "a task by no law"),
    ({"tasks": [task("A", law=["XYZ:1"])]}, {"unknown_law"}, "a law that is not among the basis"),
    ({"legal_basis": []}, {"missing_law_reference", "unknown_law"}, "a plan by no law"),
    ({"chapters": without("annexes")}, {"missing_chapter"}, "no annexes"),
    ({"chapters": without("safeguards")}, {"missing_chapter", "missing_law_element"}, "no safeguards"),
    (
        {"chapters": silenced("operation", "recovery")},
        {"missing_chapter", "missing_law_element"},
        "not a word on recovery",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("spoilt", "codes", "because"), SPOILT, ids=[row[2] for row in SPOILT])
def test_what_is_wrong_is_found(spoilt: dict[str, Any], codes: set[str], because: str) -> None:
    given = {"tests": []} | spoilt if "tasks" in spoilt else spoilt
    expected = codes | ({"no_tests"} if given.get("tests") == [] else set())
    findings = lint(make_plan(**given), AROUND)
    assert {finding.code for finding in findings} == expected
    assert all(finding.sentence.endswith("。") for finding in findings)


def test_an_expired_contact_is_named_with_its_date() -> None:
    contacts = (*STAFF.contacts[:1], Contact("department@BJ-SL", "联络员乙", date(2026, 10, 31)))
    around = replace(AROUND, staff=replace(STAFF, contacts=contacts))
    (finding,) = lint(make_plan(), around)
    assert finding.code == "expired_contact"
    assert "联络员乙（2026-10-31）" in finding.sentence


def test_a_trigger_that_is_too_branched_is_said_to_be() -> None:
    branches = [{"any": [flow(n, f"甲{n}"), flow(n, f"乙{n}")]} for n in range(16)]
    findings = lint(make_plan(levels=with_level(1, trigger={"all": branches})), AROUND)
    assert {finding.code for finding in findings} == {"trigger_too_branched"}


OF_GOODS = ("goods_short", "goods_unregistered")
"""Looked at in test_plan_supplies.py."""


def test_every_code_of_the_linter_is_shown_by_a_plan() -> None:
    shown = {code for _, codes, _ in SPOILT for code in codes}
    assert set(FINDINGS) == shown | {"expired_contact", "trigger_too_branched", *OF_GOODS}


def test_errors_are_told_from_warnings() -> None:
    findings = lint(make_plan(owner=None, review_due=None), AROUND)
    assert {finding.code: finding.severity for finding in findings} == {
        "no_owner": "error",
        "no_review_due": "warning",
    }


def test_what_the_law_wants_is_named_with_its_article() -> None:
    around: Surroundings = AROUND
    findings = lint(make_plan(**plan_data(chapters=without("organisation"))), around)
    assert "突发事件应对法第28条" in "".join(finding.sentence for finding in findings)
