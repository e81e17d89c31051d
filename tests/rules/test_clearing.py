"""How long leaving takes, and who leaves first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.rules.ids import IdsTwice
from emergency.rules.sheltering.clearing import (
    BadStages,
    BadStreets,
    Path,
    Street,
    Zone,
    best_paths,
    find_clearance,
    find_quickest,
    most_out,
    most_out_step_by_step,
    people_out,
    stage,
    steps_of,
)

TWO_PATHS = [Path(3, 2), Path(2, 4)]
TWO_STREETS = [Street("家", "桥", 3, 1), Street("桥", "外", 3, 1), Street("家", "外", 2, 4)]
LADDER = [0, 3, 6, 11, 16, 21, 26, 31, 36, 41]


def test_two_paths_bring_out_what_is_published():
    assert [people_out(TWO_PATHS, by_step=step) for step in range(1, 11)] == LADDER


def test_a_network_of_the_same_paths_brings_out_the_same():
    assert [most_out(TWO_STREETS, "家", "外", by_step=step) for step in range(1, 11)] == LADDER


def test_the_network_at_every_step_agrees():
    steps = range(1, 11)
    assert [most_out_step_by_step(TWO_STREETS, "家", "外", by_step=step) for step in steps] == LADDER


def test_twenty_people_are_out_after_six_steps():
    assert find_clearance(TWO_PATHS, 20) == find_quickest(TWO_STREETS, "家", "外", 20) == 6


@st.composite
def networks(draw: st.DrawFn) -> list[Street]:
    crossing = st.sampled_from(["家", "甲", "乙", "丙", "外"])
    street = st.builds(Street, crossing, crossing, st.integers(0, 5), st.integers(1, 4))
    return draw(st.lists(street, max_size=10))


@settings(max_examples=100, deadline=None)
@given(networks(), st.integers(1, 12))
def test_streams_that_repeat_are_as_good_as_any_plan_step_by_step(streets: list[Street], by_step: int):
    repeated = most_out(streets, "家", "外", by_step=by_step)
    assert repeated == most_out_step_by_step(streets, "家", "外", by_step=by_step)


@pytest.mark.parametrize(
    ("people", "step", "because"),
    [
        (0, 0, "nobody has to leave"),
        (1, 2, "the shorter path takes two steps"),
        (3, 2, "three go at once"),
        (4, 3, "the fourth waits for the next"),
        (41, 10, "the last of the ladder"),
        (1_000_000, 200_002, None),
    ],
)
def test_people_are_out_after(people: int, step: int, because: str | None):
    expected = None if because is None else step
    assert find_clearance(TWO_PATHS, people) == expected


def test_without_a_way_out_no_time_is_told():
    assert find_quickest([Street("甲", "外", 5, 1)], "家", "外", 10) is None


def test_a_path_is_no_longer_used_when_it_takes_too_long():
    assert best_paths(TWO_STREETS, "家", "外", by_step=3) == (Path(3, 2),)


@pytest.mark.parametrize(("people", "steps"), [(-1, 1), (1, 0)])
def test_a_street_lets_people_through_and_takes_time(people: int, steps: int):
    with pytest.raises(BadStreets, match="走完至少要一步"):
        Street("家", "外", people, steps)


def test_who_is_out_already_need_not_leave():
    with pytest.raises(BadStreets, match="起点和终点相同"):
        find_quickest(TWO_STREETS, "外", "外", 1)


def test_seconds_without_a_step_are_refused():
    with pytest.raises(BadStreets, match="步长必须大于零"):
        steps_of(60, step_s=0)


# Stages


def test_first_those_the_hazard_reaches_first_then_the_many():
    zones = [
        Zone("远", 900, 7_200),
        Zone("近少", 100, 1_800),
        Zone("近多", 600, 1_800),
        Zone("不知", 5_000),
        Zone("不知少", 10),
    ]
    order = [turn.zone_id for turn in stage(zones, people_per_s=1.0)]
    assert order == ["近多", "近少", "远", "不知", "不知少"]


def test_each_leaves_when_those_before_it_have_left():
    first, second = stage([Zone("甲", 600, 900), Zone("乙", 300, 1_000)], people_per_s=0.5)
    assert (first.leaves_from_s, first.leaves_until_s, first.is_in_time) == (0, 1_200, False)
    assert (second.leaves_from_s, second.leaves_until_s, second.is_in_time) == (1_200, 1_800, False)


@pytest.mark.parametrize(
    ("impact_in_s", "is_in_time", "because"),
    [
        (600, True, "the last leaves as the hazard comes"),
        (599, False, "a second too late"),
        (None, None, "nobody knows when it comes"),
    ],
    ids=["just in time", "too late", "not known"],
)
def test_it_is_told_whether_all_get_away(impact_in_s: float | None, is_in_time: bool | None, because: str):
    assert stage([Zone("甲", 600, impact_in_s)], people_per_s=1.0)[0].is_in_time is is_in_time


@pytest.mark.parametrize("people_per_s", [0.0, -1.0, float("nan"), float("inf")])
def test_an_exit_lets_people_through(people_per_s: float):
    with pytest.raises(BadStages, match="出口每秒通过人数"):
        stage([Zone("甲", 1)], people_per_s=people_per_s)


def test_a_zone_that_stands_twice_is_named():
    with pytest.raises(IdsTwice, match="区域的编号重复：甲"):
        stage([Zone("甲", 1), Zone("甲", 2)], people_per_s=1.0)


def test_a_zone_has_people():
    with pytest.raises(BadStages, match="人数不能小于零"):
        Zone("甲", -1)
