"""Plots of a record: every mark has its number beside it, names of people's making are only words."""

from datetime import timedelta
from itertools import combinations
from xml.etree import ElementTree

import pytest
from shapely import box

from emergency.rules.record.plots import Bar, Point, bars, line_of_steps, steps_over_time
from tests.rules.test_record_folding import NINE

SVG = "{http://www.w3.org/2000/svg}"


def test_bars_begin_at_zero_and_are_as_long_as_their_values() -> None:
    drawn = ElementTree.fromstring(bars([Bar("水利局", 60, "1 分钟"), Bar("住建局", 120, "2 分钟")], "用时"))
    one, two = (float(rect.attrib["width"]) for rect in drawn.iter(f"{SVG}rect"))
    assert two == pytest.approx(2 * one, abs=0.1)


def test_a_name_with_markup_is_drawn_as_words() -> None:
    drawn = bars([Bar("<script>alert(1)</script>", 1, "<b>")], "<i>")
    assert "<script>" not in drawn
    assert ElementTree.fromstring(drawn).attrib["aria-label"] == "<i>"


def test_steps_stand_in_proportion_to_time() -> None:
    points = [Point(NINE + timedelta(minutes=m), str(m)) for m in (0, 30, 60)]
    xs = [
        float(one.attrib["cx"])
        for one in ElementTree.fromstring(line_of_steps(points, "")).iter(f"{SVG}circle")
    ]
    assert xs[1] == pytest.approx((xs[0] + xs[2]) / 2)


def test_no_name_covers_another_however_close_their_moments() -> None:
    close = [Point(NINE + timedelta(seconds=s), "首支队伍到场") for s in (0, 1, 2, 3, 4, 5, 600)]
    drawn = ElementTree.fromstring(line_of_steps(close, "环节"))
    boxes = [
        box(*(float(one.attrib[name]) for name in ("x", "y")), *_far_corner(one))
        for one in drawn.iter(f"{SVG}rect")
    ]
    assert [a for a, b in combinations(boxes, 2) if a.intersects(b)] == []
    assert all(one.bounds[0] >= 0 and one.bounds[2] <= 720 and one.bounds[1] >= 0 for one in boxes)


def _far_corner(one: ElementTree.Element) -> tuple[float, float]:
    x, y, width, height = (float(one.attrib[name]) for name in ("x", "y", "width", "height"))
    return x + width, y + height


@pytest.mark.parametrize("points", [[], [Point(NINE, "", 0)], [Point(NINE, "", 5), Point(NINE, "", 9)]])
def test_few_numbers_or_none_are_drawn_without_fault(points: list[Point]) -> None:
    assert ElementTree.fromstring(steps_over_time(points, "转移")).tag == f"{SVG}svg"
    assert ElementTree.fromstring(line_of_steps(points, "环节")).tag == f"{SVG}svg"
