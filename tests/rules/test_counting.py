"""What a case counts for in evaluation, on which day, for whom; and that counting bit by bit is counting at once."""
# ruff: noqa: E501 - the table is read by the row

from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.evaluation.counting import count_days
from cases.rules.counting import (
    ACTION_NO,
    ACTIONS,
    COUNTERS,
    DEED_NO,
    DEEDS,
    POSTS,
    ROLE_NO,
    Marks,
    day_number,
    marks_of,
)
from cases.rules.facts import Fact
from cases.rules.stages import FINAL_STAGES, OPEN_STAGES, RATING, TRANSITIONS
from tests.case_city import DEPARTMENT
from tests.evaluation_lives import DEPARTMENTS, concerned, counted, tell, walk

FILED = "accept@5 file_case@5 "
SENT = FILED + "dispatch@5 assign@5 "
DONE = SENT + "finish@30 "
CHECKED = DONE + "send_recheck@5 reply_recheck@10 "
LATE = SENT + "finish@200 "  # the limit of the sample case is two clock hours
LATE_CHECKED = LATE + "send_recheck@5 reply_recheck@10 "


@pytest.mark.parametrize(
    ("steps", "expected", "because"),
    [
        ("", "reported=1 accept_overdue=1", "nobody has taken it in: it is owed on the day it falls due"),
        ("decline@5", "reported=1 declined=1", "a report that is declined ends there"),
        ("send_verification@5", "reported=1 verify_sent=1 verify_sent_on_time=1 verify_overdue=1", "the inspector owes an answer"),
        (FILED, "reported=1 accepted=1 filed=1 filed_on_time=1 valid=1 dispatch_overdue=1 case_overdue=1", "an inspector's report that was filed is valid"),
        (FILED + "void@5", "reported=1 accepted=1 filed=1 filed_on_time=1 valid=1 voided=1", "filed by mistake"),
        ("accept@5 void@5", "reported=1 accepted=1", "voided before it was filed is no wrong filing"),
        (SENT, "reported=1 accepted=1 filed=1 filed_on_time=1 valid=1 dispatched=1 dispatched_on_time=1 disposal_overdue=1 case_overdue=1", "the department owes the work"),
        (FILED + "dispatch@5 ask_return@5 approve_return@5", "reported=1 accepted=1 filed=1 filed_on_time=1 valid=1 dispatched=1 dispatched_on_time=1 misdispatched=1 dispatch_overdue=1 case_overdue=1", "a return that is approved was a wrong dispatch"),
        (FILED + "send_back@5 file_case@5", "reported=1 accepted=1 filed=1 filed_on_time=1 valid=1 dispatch_overdue=1 case_overdue=1", "filed again after a step back it is no second case"),
        (CHECKED + "close@5", "reported=1 accepted=1 filed=1 filed_on_time=1 valid=1 dispatched=1 dispatched_on_time=1 disposed=1 disposed_on_time=1 disposed_minutes=35 check_sent=1 check_sent_on_time=1 checked=1 checked_on_time=1 closed=1 closed_on_time=1 close_done=1 close_done_on_time=1", "a life without a fault"),
        (LATE_CHECKED + "close@5", "disposed=1 closed=1 !disposed_on_time", "late work is late though the case is closed"),
        (LATE_CHECKED + "close@5 appeal@5 grant_appeal@5", "disposed=1 late_exempt=1 !disposed_on_time", "an appeal that is granted takes the lateness out, the raw fact stays"),
        (LATE_CHECKED + "close@5 appeal@5 refuse_appeal@5", "disposed=1 !late_exempt !disposed_on_time", "an appeal that is refused changes nothing"),
        (CHECKED + "rework@5", "disposed=1 reworked=1 disposal_overdue=1 case_overdue=1 !closed", "the department owes it once more"),
        (CHECKED + "rework@5 assign@5 finish@20 send_recheck@5 reply_recheck@10 close@5", "disposed=2 disposed_on_time=2 reworked=1 closed=1 !disposal_overdue", "done twice, sent back once, closed once"),
        (SENT + "ask_extension@60 approve_extension@10 finish@100", "disposed=1 disposed_on_time=1 extended=1", "extended, it is in time where it would have been late"),
        (SENT + "ask_suspension@10 approve_suspension@10", "suspended=1 !disposal_overdue !case_overdue", "a suspended case owes nothing"),
        (SENT + "urge@5 urge@5 supervise@5", "urged=2 supervised=1", "marks are counted, and nothing else changes"),
        (CHECKED + "close@5 reopen@60", "reopened=1 close_done=1 accept_overdue=1 !closed", "opened again, it was not closed"),
        (CHECKED + "close@5 reopen@60 " + CHECKED + "close@5", "reopened=1 filed=1 valid=1 disposed=2 closed=1", "filed once, done twice, closed once"),
        (FILED + "split@5", "reported=1 filed=1", "what is parted from it counts by itself"),
        ("self_handle@5", "reported=1 self_handled=1 closed=1 closed_on_time=1", "small matters set right at once are closed without a department"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.count(" ") > 2 and "@" not in value and "=" not in value else "",
)  # fmt: skip
def test_a_case_counts_for(steps: str, expected: str, because: str) -> None:
    found = counted(tell(steps))
    wanted = {name: int(n) for name, _, n in (word.partition("=") for word in expected.split()) if n}
    absent = {word[1:] for word in expected.split() if word.startswith("!")}
    assert (wanted.items() <= found.items(), absent & found.keys()) == (True, set())


def test_what_is_owed_moves_to_the_day_on_which_it_is_done() -> None:
    open_one = marks_of(tell(SENT), DEPARTMENTS)
    done = marks_of(tell(SENT + "finish@4320"), DEPARTMENTS)  # three days later
    owed, met = day_of(open_one, "disposal_overdue"), day_of(done, "disposed")
    assert (owed, met) == (day_number(date(2026, 9, 18)), day_number(date(2026, 9, 21)))


def test_a_department_answers_for_the_case_that_was_sent_to_it_and_its_crew_too() -> None:
    marks = marks_of(tell(DONE), DEPARTMENTS)
    row = np.flatnonzero(marks.deed == DEED_NO["disposed"])[0]
    assert (marks.department[row], marks.role[row]) == (DEPARTMENTS[DEPARTMENT], 0)


def test_the_inspector_who_has_the_task_owes_the_recheck() -> None:
    marks = marks_of(tell(DONE + "send_recheck@5"), DEPARTMENTS)
    row = np.flatnonzero(marks.deed == DEED_NO["check_overdue"])[0]
    assert (marks.role[row], marks.person[row]) == (ROLE_NO["inspector"], 1)


def test_a_merging_that_is_undone_declined_nothing() -> None:
    facts = tell("decline@5")
    undone = replace(facts[-1], seq=3, action="unmerge", from_stage="declined", to_stage="reported")
    assert counted(facts)["declined"] == 1
    assert "declined" not in counted([*facts, undone])


@pytest.mark.parametrize(
    ("action", "body", "expected", "because"),
    [
        (
            "make_safe",
            {"is_late": False},
            {"made_safe": 1, "made_safe_on_time": 1},
            "the danger was gone in time",
        ),
        (
            "make_safe",
            {"is_late": True},
            {"made_safe": 1, "made_safe_on_time": 0},
            "the clock begins anew, lateness stays",
        ),
        ("rate", {"score": 4}, {"rated": 1, "satisfied": 1}, "four of five is satisfied"),
        ("rate", {"score": 3}, {"rated": 1, "satisfied": 0}, "three of five is not"),
    ],
)
def test_what_says_by_itself_how_good_it_was_counts_so(
    action: str, body: dict[str, object], expected: dict[str, int], because: str
) -> None:
    facts = tell(DONE)
    last = replace(facts[-1], seq=facts[-1].seq + 1, action=action, body=body)
    found = counted([*facts, last])
    assert {name: found.get(name, 0) for name in expected} == expected


def day_of(marks: Marks, deed: str) -> int:
    return int(marks.day[marks.deed == DEED_NO[deed]][0])


STEPS = st.lists(st.tuples(st.integers(0, 59), st.integers(0, 900)), max_size=25)
CASES = st.lists(STEPS, min_size=1, max_size=4)


def lives(cases: list[list[tuple[int, int]]]) -> list[list[Fact]]:
    return [walk(steps, n, is_strict=False) for n, steps in enumerate(cases, start=1)]


def all_counts(marks: Marks) -> list[tuple[int, ...]]:
    return count_days(marks, concerned(marks)).rows()


def bit_by_bit(told: list[list[Fact]], cuts: list[int]) -> list[tuple[int, ...]]:
    """Counts kept up to date: now and then cases have new facts, their old marks go and their new ones come."""
    kept: Counter[tuple[int, ...]] = Counter()
    seen = [0] * len(told)
    for cut in [*cuts, 10_000]:
        case = cut % len(told) if cut < 10_000 else None
        chosen = range(len(told)) if case is None else [case]
        old = [fact for n in chosen for fact in told[n][: seen[n]]]
        for n in chosen:
            seen[n] = len(told[n]) if cut == 10_000 else min(len(told[n]), seen[n] + 1 + cut % 5)
        new = marks_of([fact for n in chosen for fact in told[n][: seen[n]]], DEPARTMENTS)
        gone = marks_of(old, DEPARTMENTS)
        change = count_days(new, concerned(new), gone=gone, of_gone=concerned(gone))
        for *cell, n in change.rows():
            kept[tuple(cell)] += n
    return sorted((*cell, n) for cell, n in kept.items() if n)


@given(CASES, st.lists(st.integers(0, 999), max_size=12))
@settings(max_examples=60, deadline=None)
def test_counting_bit_by_bit_is_counting_from_scratch(
    cases: list[list[tuple[int, int]]], cuts: list[int]
) -> None:
    told = lives(cases)
    at_once = marks_of([fact for facts in told for fact in facts], DEPARTMENTS)
    assert bit_by_bit(told, cuts) == all_counts(at_once)


@given(CASES)
@settings(max_examples=40, deadline=None)
def test_cases_count_the_same_alone_and_together_in_any_order(cases: list[list[tuple[int, int]]]) -> None:
    told = lives(cases)
    together = marks_of([fact for facts in reversed(told) for fact in reversed(facts)], DEPARTMENTS).rows()
    alone = sorted(row for facts in told for row in marks_of(facts, DEPARTMENTS).rows())
    assert together == alone


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_a_case_is_filed_once_and_closed_or_owed_once(steps: list[tuple[int, int]]) -> None:
    facts = walk(steps, is_strict=False)
    found, stage = counted(facts), facts[-1].to_stage
    assert (found["reported"], found.get("filed", 0) <= 1) == (1, True)
    assert found.get("closed", 0) + found.get("case_overdue", 0) <= 1
    assert stage in FINAL_STAGES or stage in OPEN_STAGES


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_what_is_in_time_is_never_more_than_what_was_done(steps: list[tuple[int, int]]) -> None:
    found = counted(walk(steps, is_strict=False))
    pairs = [(found.get(one.good_name, 0), found.get(one.name, 0)) for one in DEEDS if one.good_name]
    assert not [pair for pair in pairs if pair[0] > pair[1]]


def test_every_action_that_is_counted_is_one_of_the_published_table() -> None:
    assert set(ACTIONS) - {""} <= {edge.action for edge in (*TRANSITIONS, RATING)}


def test_no_counter_has_the_number_of_another() -> None:
    assert len(set(COUNTERS.values())) == len(COUNTERS)
    assert (len(ACTION_NO), len(ROLE_NO)) == (len(ACTIONS), len(set(ROLE_NO.values())))
    assert set(POSTS) <= set(ROLE_NO)
