"""Tasks have an order, earliest times, a critical path and a place in the picture."""

from dataclasses import dataclass
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.rules.plans.drawing import lay_out, task_graph_svg
from emergency.rules.plans.task_graph import TasksInACircle, UnknownTask, find_cycle, schedule


@dataclass(frozen=True)
class Step:
    code: str
    takes_min: int = 10
    due_offset_min: int = 1000
    depends_on: tuple[str, ...] = ()


BRIDGE = (
    Step("量", 20),
    Step("封", 5),
    Step("运", 30, depends_on=("封",)),
    Step("修", 60, 100, depends_on=("量", "运")),
    Step("通", 10, 110, depends_on=("修",)),
)


def test_tasks_come_after_what_they_wait_for() -> None:
    assert schedule(BRIDGE).order == ("量", "封", "运", "修", "通")


TIMES = [
    ("量", 0, 20, False, "it waits for nothing"),
    ("运", 5, 35, True, "the road is closed first"),
    ("修", 35, 95, True, "the later of two decides"),
    ("通", 95, 105, True, "the last of the chain"),
]


@pytest.mark.parametrize(
    ("code", "start", "finish", "critical", "because"), TIMES, ids=[row[4] for row in TIMES]
)
def test_earliest_times_are_computed(
    code: str, start: int, finish: int, critical: bool, because: str
) -> None:
    timing = schedule(BRIDGE).timings[code]
    assert (timing.start_min, timing.finish_min, timing.is_critical) == (start, finish, critical)


def test_the_critical_path_is_the_longest_chain() -> None:
    planned = schedule(BRIDGE)
    assert planned.critical_path == ("封", "运", "修", "通")
    assert planned.takes_min == 105


def test_slack_looks_at_the_due_times_behind_a_task() -> None:
    timings = schedule(BRIDGE).timings
    assert timings["修"].slack_min == 5
    assert timings["量"].slack_min == 20


def test_layers_grow_to_the_right() -> None:
    assert schedule(BRIDGE).layers == (("量", "封"), ("运",), ("修",), ("通",))


def test_a_circle_has_no_order() -> None:
    with pytest.raises(TasksInACircle, match="甲"):
        schedule((Step("甲", depends_on=("乙",)), Step("乙", depends_on=("甲",))))


def test_a_task_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownTask, match="丙"):
        schedule((Step("甲", depends_on=("丙",)),))


def test_no_tasks_have_an_empty_schedule() -> None:
    planned = schedule(())
    assert (planned.order, planned.critical_path, planned.layers, planned.takes_min) == ((), (), (), 0)


def test_the_picture_is_an_svg_that_can_be_read() -> None:
    svg = task_graph_svg(schedule(BRIDGE), {"封": "封闭<桥>&引道"}, "修桥")
    root = ElementTree.fromstring(svg)
    names = [element.get("data-task") for element in root.iter() if element.get("data-task")]
    assert sorted(names) == sorted(step.code for step in BRIDGE)
    assert "封闭<桥>&引道" in "".join(root.itertext())


@st.composite
def step_lists(draw: st.DrawFn) -> list[Step]:
    """Tasks in an order in which each waits only for earlier ones, then shuffled."""
    count = draw(st.integers(1, 14))
    steps = []
    for number in range(count):
        before = draw(st.sets(st.integers(0, number - 1), max_size=4)) if number else set()
        steps.append(Step(f"T{number}", draw(st.integers(0, 90)), depends_on=tuple(f"T{n}" for n in before)))
    return draw(st.permutations(steps))


@given(step_lists())
@settings(deadline=None)
def test_any_graph_without_a_circle_has_an_order_that_keeps_every_wait(steps: list[Step]) -> None:
    planned = schedule(steps)
    place = {code: number for number, code in enumerate(planned.order)}
    assert sorted(place) == sorted(step.code for step in steps)
    assert all(place[before] < place[step.code] for step in steps for before in step.depends_on)


@given(step_lists())
@settings(deadline=None)
def test_the_critical_path_takes_as_long_as_everything(steps: list[Step]) -> None:
    planned = schedule(steps)
    takes = {step.code: step.takes_min for step in steps}
    waits = {step.code: step.depends_on for step in steps}
    path = planned.critical_path
    assert sum(takes[code] for code in path) == planned.takes_min
    assert all(before in waits[after] for before, after in pairwise(path))


@given(step_lists())
@settings(deadline=None)
def test_every_wait_points_to_the_right_and_no_boxes_overlap(steps: list[Step]) -> None:
    picture = lay_out(schedule(steps), {})
    left = {box.code: box.left for box in picture.boxes}
    assert all(left[line.before] < left[line.after] for line in picture.lines)
    assert len({(box.left, box.top) for box in picture.boxes}) == len(steps)


@given(step_lists(), st.data())
@settings(deadline=None)
def test_any_graph_with_a_circle_is_refused_and_the_circle_is_real(
    steps: list[Step], data: st.DataObject
) -> None:
    planned = schedule(steps)
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(steps) - 1)] * 2)))
    chain = planned.order[start : end + 1]
    waits = {code: (chain[place - 1],) for place, code in enumerate(chain)}
    turned = [Step(step.code, depends_on=(*step.depends_on, *waits.get(step.code, ()))) for step in steps]
    cycle = find_cycle(turned)
    known = {step.code: step.depends_on for step in turned}
    assert cycle
    assert all(after in known[before] for before, after in zip(cycle, (*cycle[1:], cycle[0]), strict=True))
    with pytest.raises(TasksInACircle):
        schedule(turned)
