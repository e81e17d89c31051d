"""The graph of tasks as a picture: pure text of an SVG, or the boxes and lines for a page to draw."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

from emergency.rules.plans.task_graph import Schedule

BOX_WIDTH, BOX_HEIGHT, GAP_ACROSS, GAP_DOWN, MARGIN = 220, 56, 64, 20, 16
LONGEST_LINE = 15


@dataclass(frozen=True, slots=True)
class Box:
    """A task as a box, in pixels from the top left corner."""

    code: str
    text: str
    left: int
    top: int
    is_critical: bool
    times: str


@dataclass(frozen=True, slots=True)
class Line:
    """A dependency as a line from the right side of a box to the left side of another."""

    before: str
    after: str
    path: str
    is_critical: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes, lines and the size of everything."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def lay_out(planned: Schedule, texts: Mapping[str, str], tell: Callable[[str], str] = str) -> Picture:
    """Boxes in layers from left to right, each task right of all that it waits for; `tell` translates."""
    spots = planned.spots()
    boxes = {
        code: Box(
            code,
            texts.get(code, ""),
            MARGIN + spots[code].layer * (BOX_WIDTH + GAP_ACROSS),
            MARGIN + spots[code].row * (BOX_HEIGHT + GAP_DOWN),
            timing.is_critical,
            tell(f"{timing.start_min}–{timing.finish_min} 分，限 {timing.due_min} 分"),
        )
        for code, timing in planned.timings.items()
    }
    steps = set(zip(planned.critical_path, planned.critical_path[1:], strict=False))
    lines = tuple(_line(boxes[one], boxes[other], (one, other) in steps) for one, other in planned.edges)
    return Picture(
        max((box.left + BOX_WIDTH for box in boxes.values()), default=0) + MARGIN,
        max((box.top + BOX_HEIGHT for box in boxes.values()), default=0) + MARGIN,
        tuple(boxes.values()),
        lines,
    )


def _line(one: Box, other: Box, is_critical: bool) -> Line:
    begins, ends = one.left + BOX_WIDTH, other.left
    from_top, to_top = one.top + BOX_HEIGHT // 2, other.top + BOX_HEIGHT // 2
    bend = (begins + ends) // 2
    path = f"M{begins} {from_top} C{bend} {from_top} {bend} {to_top} {ends} {to_top}"
    return Line(one.code, other.code, path, is_critical)


def task_graph_svg(
    planned: Schedule, texts: Mapping[str, str], title: str, tell: Callable[[str], str] = str
) -> str:
    """The picture as SVG; colours are classes of the page, with plain ones for a file on its own."""
    picture = lay_out(planned, texts, tell)
    lines = "".join(
        f'<path class="task-line{_critical(line.is_critical)}" d="{line.path}" fill="none" '
        f'stroke="currentColor" stroke-width="{2 if line.is_critical else 1}"/>'
        for line in picture.lines
    )
    boxes = "".join(_box_svg(box) for box in picture.boxes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="task-graph" role="img" '
        f'width="{picture.width}" height="{picture.height}" '
        f'viewBox="0 0 {picture.width} {picture.height}"><title>{escape(title)}</title>{lines}{boxes}</svg>'
    )


def _box_svg(box: Box) -> str:
    short = box.text if len(box.text) <= LONGEST_LINE else box.text[: LONGEST_LINE - 1] + "…"
    rows = (f"{box.code}{' ★' if box.is_critical else ''}", short, box.times)
    words = "".join(
        f'<text x="{box.left + 8}" y="{box.top + 16 + 16 * row}" font-size="12" fill="currentColor">'
        f"{escape(text)}</text>"
        for row, text in enumerate(rows)
    )
    return (
        f'<g class="task-box{_critical(box.is_critical)}" data-task="{escape(box.code)}">'
        f"<title>{escape(f'{box.code} {box.text}（{box.times}）')}</title>"
        f'<rect x="{box.left}" y="{box.top}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6" '
        f'fill="#fff" stroke="currentColor" stroke-width="{2 if box.is_critical else 1}"/>{words}</g>'
    )


def _critical(is_critical: bool) -> str:
    return " is-critical" if is_critical else ""
