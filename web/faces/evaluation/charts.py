"""Small lines of totals over periods, as the points of an SVG; plain arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass

from cases.rules.periods import Period


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a line: where it is drawn and what it says."""

    x: float
    y: float
    total: float
    period: Period


@dataclass(frozen=True, slots=True)
class Line:
    """A line over `width` by `height` units: its unbroken stretches, its dots, and how the last step went."""

    width: int
    height: int
    stretches: tuple[str, ...]
    dots: tuple[Dot, ...]
    change: float | None

    def y_of(self, total: float) -> float:
        """Where a total lies."""
        return _y(total, self.height)


def line_of(points: Sequence[tuple[Period, float | None]], *, wide: bool = False) -> Line:
    """The line through the totals that there are; where one is missing it breaks. From 0 to 100, always."""
    width, height = (720, 160) if wide else (96, 24)
    step = (width - 12) / max(1, len(points) - 1)
    stretches: list[list[Dot]] = [[]]
    for n, (period, total) in enumerate(points):
        if total is None:
            stretches.append([])
        else:
            stretches[-1].append(Dot(round(6 + n * step, 1), _y(total, height), total, period))
    dots = tuple(dot for stretch in stretches for dot in stretch)
    last = [total for _, total in points[-2:]]
    change = last[1] - last[0] if len(last) == 2 and last[0] is not None and last[1] is not None else None
    paths = tuple(" ".join(f"{dot.x},{dot.y}" for dot in stretch) for stretch in stretches if stretch)
    return Line(width, height, paths, dots, change)


def _y(total: float, height: int) -> float:
    return round(height - 3 - (height - 6) * total / 100, 1)
