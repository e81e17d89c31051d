"""Plots of what a record measures, as SVG: the same on a page without any script and on paper.

Every mark is named and has its number beside it; the table with the same numbers stands beside each plot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

INK, QUIET, LINE, BAR, LATE = "#1c2733", "#5b6874", "#dde2e7", "#1f5fa8", "#c8372d"
WIDTH = 720
LABEL = 168
ROW = 26
WORDS = 210
LEVEL = 22
LETTER = 13.0
"""How wide a Chinese character is at the size of the plots; a Latin one takes six tenths of it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its number in words; `mark` is a second value, drawn as a tick."""

    name: str
    value: float
    words: str
    mark: float | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """A moment with its name, or a number at a moment."""

    at: datetime
    name: str
    value: float = 0.0


def bars(rows: Sequence[Bar], title: str) -> str:
    """Horizontal bars from zero, in the order given."""
    most = max([1.0, *(row.value for row in rows), *(row.mark or 0.0 for row in rows)])
    room = WIDTH - LABEL - WORDS
    drawn = []
    for n, row in enumerate(rows):
        y, length = n * ROW, max(1.0, room * row.value / most)
        colour = LATE if row.is_late else BAR
        drawn.append(
            f'<text x="{LABEL - 8}" y="{y + 17}" text-anchor="end">{escape(_short(row.name, 12))}</text>'
            f'<rect x="{LABEL}" y="{y + 6}" width="{length:.1f}" height="14" fill="{colour}"/>'
        )
        end = length
        if row.mark is not None:
            end = max(length, room * row.mark / most)
            x = LABEL + room * row.mark / most
            whisker = f"M{LABEL + length:.1f} {y + 13}H{x:.1f}M{x:.1f} {y + 7}v12"
            drawn.append(f'<path d="{whisker}" stroke="{QUIET}" fill="none"/>')
        drawn.append(f'<text x="{LABEL + end + 8:.1f}" y="{y + 17}">{escape(row.words)}</text>')
    return _svg("".join(drawn), max(1, len(rows)) * ROW + 4, title)


def line_of_steps(points: Sequence[Point], title: str) -> str:
    """Moments on one line in proportion to time; each name on the lowest level where it covers none."""
    if not points:
        return _svg("", ROW, title)
    first, last = points[0].at, max(one.at for one in points)
    whole = max(1.0, (last - first).total_seconds())
    free_from: list[float] = []  # by level, from the line upwards
    placed = []
    for one in sorted(points, key=lambda one: one.at):
        x = 24 + (WIDTH - 48) * (one.at - first).total_seconds() / whole
        width = _width(one.name)
        left = min(max(x - width / 2, 4.0), WIDTH - 4 - width)
        level = next((n for n, free in enumerate(free_from) if free <= left), len(free_from))
        free_from[level : level + 1] = [left + width + LETTER]
        placed.append((x, left, level, one.name))
    line_y = 20 + LEVEL * len(free_from)
    drawn = [f'<path d="M24 {line_y}H{WIDTH - 24}" stroke="{LINE}" stroke-width="4"/>']
    drawn += [
        f'<path d="M{x:.1f} {line_y}V{line_y - 14 - LEVEL * n}" stroke="{LINE}"/>' for x, _, n, _ in placed
    ]
    for x, left, n, name in placed:
        y = line_y - 18 - LEVEL * n
        drawn.append(
            f'<circle cx="{x:.1f}" cy="{line_y}" r="5" fill="{BAR}"/>'
            f'<rect x="{left - 2:.1f}" y="{y - 13}" width="{_width(name) + 4:.1f}" height="17" fill="#fff"/>'
            f'<text x="{left:.1f}" y="{y}">{escape(name)}</text>'
        )
    return _svg("".join(drawn), line_y + 12, title)


def steps_over_time(points: Sequence[Point], title: str, words: Sequence[str] = ()) -> str:
    """A number that goes on as it is until it is told anew; the first and the last moment are written."""
    if not points:
        return _svg("", ROW, title)
    first, last = points[0].at, points[-1].at
    whole = max(1.0, (last - first).total_seconds())
    most = max([1.0, *(one.value for one in points)])

    def place(one: Point) -> tuple[float, float]:
        x = 48 + (WIDTH - 140) * (one.at - first).total_seconds() / whole
        return x, 132 - 112 * one.value / most

    path = f"M{place(points[0])[0]:.1f} {place(points[0])[1]:.1f}"
    path += "".join(f"H{x:.1f}V{y:.1f}" for x, y in map(place, points[1:]))
    marks = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{BAR}"/>'
        f'<text x="{x + 8:.1f}" y="{y - 5:.1f}">{one.value:g}</text>'
        for one in points
        for x, y in [place(one)]
    )
    axis = f'<path d="M48 132H{WIDTH - 24}" stroke="{LINE}"/>'
    ends = [
        f'<text x="{x:.1f}" y="152" fill="{QUIET}" text-anchor="{anchor}">{escape(said)}</text>'
        for said, x, anchor in zip(words, (48, WIDTH - 92), ("start", "end"), strict=False)
    ]
    body = f'{axis}<path d="{path}" stroke="{BAR}" stroke-width="2.5" fill="none"/>{marks}{"".join(ends)}'
    return _svg(body, 160, title)


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _width(name: str) -> float:
    return sum(LETTER if ord(letter) > 0x2E7F else 0.6 * LETTER for letter in name)


def _svg(body: str, height: float, title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'aria-label="{escape(title)}" font-size="13" fill="{INK}">{body}</svg>'
    )
