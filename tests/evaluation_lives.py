"""Lives of cases told as facts, for evaluation: by the names of their steps, or at random."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import numpy as np

from cases.evaluation.counting import Concerned
from cases.rules.commands import Asking
from cases.rules.counting import COUNTERS, DEEDS, Marks, marks_of
from cases.rules.facts import Fact, fact_of
from cases.rules.stages import TRANSITIONS
from gis_core.errors import CitygridError
from tests.case_city import DEPARTMENT, OTHER_DEPARTMENT
from tests.rules.test_commands import NOW
from tests.rules.test_walks import WISHES, act, begin

DEPARTMENTS = {DEPARTMENT: 1, OTHER_DEPARTMENT: 2}
PEOPLE = {"inspector": 1, "crew": 8}


def tell(steps: str, case_id: int = 1) -> list[Fact]:
    """The facts of a life written as `accept@5 file_case@10`: steps and the minutes before each."""
    named = [step.partition("@")[::2] for step in steps.split()]
    return walk([(action, int(minutes)) for action, minutes in named], case_id)


def walk(steps: Sequence[tuple[str | int, int]], case_id: int = 1, *, is_strict: bool = True) -> list[Fact]:
    """The facts of a life; a step is an action, or a number that picks one of those that are possible."""
    opened = begin()
    first = Asking(NOW, 1, "监督员甲", "inspector")
    facts = [fact_of(opened, first, case_id=case_id, seq=1, from_stage=None)]
    state, at = opened.state, NOW
    for wanted, minutes in steps:
        at += timedelta(minutes=minutes)
        edges = [t for t in TRANSITIONS if state.stage in t.starts and t.action in WISHES]
        edges = [t for t in edges if t.action == wanted] if isinstance(wanted, str) else edges
        if not edges:
            assert not is_strict, f"no {wanted} at {state.stage}"
            continue
        edge = edges[wanted % len(edges)] if isinstance(wanted, int) else edges[0]
        with suppress(*(() if is_strict else (CitygridError,))):
            decision = act(state, edge, at)
            by = Asking(at, PEOPLE.get(edge.roles[0], 5), "某岗位", edge.roles[0])
            facts.append(fact_of(decision, by, case_id=case_id, seq=len(facts) + 1, from_stage=state.stage))
            state = decision.state
    return facts


def counted(facts: Sequence[Fact]) -> dict[str, int]:
    """What the facts count for, by counter."""
    return totals(marks_of(facts, DEPARTMENTS))


def totals(marks: Marks) -> dict[str, int]:
    """Marks summed by counter, whoever answers."""
    names = {number: name for name, number in COUNTERS.items()}
    found: Counter[str] = Counter()
    for deed, good, amount in zip(marks.deed, marks.is_good, marks.amount, strict=True):
        found[DEEDS[int(deed)].name] += int(amount)
        if good and 2 * int(deed) + 1 in names:
            found[names[2 * int(deed) + 1]] += 1
    return {name: n for name, n in found.items() if n}


def concerned(marks: Marks) -> Concerned:
    """Objects by simple numbers: every case in one grid of its own, posts by role, people by number."""
    places = np.column_stack(
        [marks.case_id % 3 + 1, marks.case_id % 2 + 1, *[np.ones_like(marks.case_id)] * 3]
    )
    return Concerned(places, marks.department, marks.role, np.where(marks.person > 0, 100 + marks.person, 0))
