"""A case on paper: a long story is cut in the middle and says so; the place is in the middle of its map."""

from base64 import b64decode

import pytest
from weasyprint import HTML

from grid.sketch import Line, Sketch
from web.case_paper import CSS, FIRST_STEPS, MOST_STEPS, map_on_paper, story_on_paper

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


CELLS = "<td>处置</td><td>7 工作日</td><td>9月18日 周五 09:30</td><td>9月18日 15:43</td><td>自 9月18日起</td>"
PAPER_MM, MARGIN_MM, PX_PER_MM = 210, 16, 96 / 25.4


def test_the_clocks_of_a_case_keep_to_the_margin_of_the_paper() -> None:
    heads = "<th>时钟</th><th>时限</th><th>开始</th><th>到期</th><th class='wide'>怎么算的</th>"
    css = CSS.read_text(encoding="utf-8")
    table = f"<style>{css}</style><table class='clocks'><tr>{heads}</tr><tr>{CELLS}</tr></table>"
    boxes = HTML(string=table).render().pages[0]._page_box.descendants()
    right = max(box.position_x + box.margin_width() for box in boxes if box.element_tag in ("td", "th"))
    assert right <= (PAPER_MM - MARGIN_MM) * PX_PER_MM + 0.5
