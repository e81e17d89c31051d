"""A case on paper: a long story is cut in the middle and says so; the place is in the middle of its map."""

from base64 import b64decode

import pytest

from grid.sketch import Line, Sketch
from web.case_paper import FIRST_STEPS, MOST_STEPS, map_on_paper, story_on_paper

STREET = Line("经二路", 20.0, ((-250.0, 0.0), (250.0, 0.0)))


@pytest.mark.parametrize(
    ("steps", "first", "left_out", "last", "because"),
    [
        (1, 1, 0, 0, "a report that was just made"),
        (MOST_STEPS, MOST_STEPS, 0, 0, "as many as fit"),
        (MOST_STEPS + 5, FIRST_STEPS, 5, MOST_STEPS - FIRST_STEPS, "a quarrel of years"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_story_on_paper_keeps_its_beginning_and_its_end(steps, first, left_out, last, because):
    story = story_on_paper(tuple(range(steps)))
    assert (len(story.first), story.left_out, len(story.last)) == (first, left_out, last)
    assert steps == first + left_out + last


def test_a_street_through_the_place_crosses_the_middle_of_the_map():
    drawn = b64decode(map_on_paper(Sketch(250.0, (STREET,), ())).split(",")[1]).decode()
    assert 'points="0.0,200.0 400.0,200.0"' in drawn
    assert '<circle cx="200.0" cy="200.0"' in drawn
