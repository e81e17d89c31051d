"""Curves of readings as pictures: pure text of an SVG, small beside a name or large with its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from gis_core.clock import city_time

Point = tuple[datetime, float]
MARGIN_LEFT, MARGIN_RIGHT, MARGIN_BELOW, MARGIN_ABOVE = 56.0, 8.0, 24.0, 12.0
FAR = 3.0
"""A line that is so many times higher than everything measured is not drawn: the curve would lie flat."""
TICKS = 4


@dataclass(frozen=True, slots=True)
class Curve:
    """Values over time with the lines they are held against; `is_bars` is for what falls in intervals."""

    title: str
    unit: str
    points: Sequence[Point]
    lines: Sequence[tuple[str, float]] = ()
    is_bars: bool = False


def sparkline(points: Sequence[Point], since: datetime, until: datetime, *, width: int = 120) -> str:
    """The course of the last hours in a small picture without words; empty for fewer than two values."""
    if len(points) < 2:
        return ""
    height = 28.0
    least, most = min(value for _, value in points), max(value for _, value in points)
    frame = _Frame(0.0, 2.0, float(width), height - 4.0, since, until, least, max(most, least + 1e-9))
    return (
        f'<svg class="sparkline" viewBox="0 0 {width} {height:g}" width="{width}" height="{height:g}"'
        f' aria-hidden="true"><path d="{frame.path(points)}"/></svg>'
    )


def hydrograph(curve: Curve, since: datetime, until: datetime, *, width: int = 760, height: int = 240) -> str:
    """A curve with axes, its lines by name and its last value."""
    values = [value for _, value in curve.points]
    highest = max([*values, 1e-9])
    near = [level for _, level in curve.lines if not values or level <= FAR * highest]
    least = min([0.0 if curve.is_bars else min(values, default=0.0), *near])
    most = max([highest, *near])
    room = (most - least) * 0.08 or 1.0
    frame = _Frame(
        MARGIN_LEFT,
        MARGIN_ABOVE,
        width - MARGIN_LEFT - MARGIN_RIGHT,
        height - MARGIN_ABOVE - MARGIN_BELOW,
        since,
        until,
        least if least == 0 else least - room,
        most + room,
    )
    line = f'<path class="curve" d="{frame.path(curve.points)}"/>'
    parts = [
        f'<svg class="hydrograph" viewBox="0 0 {width} {height}" role="img"',
        f' aria-label="{escape(curve.title)}">',
        *frame.axes(curve.unit),
        *(frame.level(name, level, curve.unit) for name, level in curve.lines if level in near),
        frame.bars(curve.points) if curve.is_bars else line,
        "</svg>",
    ]
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where moments and values lie in the picture, in its pixels."""

    left: float
    top: float
    width: float
    height: float
    since: datetime
    until: datetime
    least: float
    most: float

    def across(self, at: datetime) -> float:
        share = (at - self.since) / (self.until - self.since)
        return self.left + self.width * min(1.0, max(0.0, share))

    def down(self, value: float) -> float:
        return self.top + self.height * (1 - (value - self.least) / (self.most - self.least))

    def path(self, points: Sequence[Point]) -> str:
        spots = [f"{self.across(at):.1f} {self.down(value):.1f}" for at, value in points]
        return f"M{'L'.join(spots)}" if spots else ""

    def bars(self, points: Sequence[Point]) -> str:
        each = max(2.0, self.width / max(len(points), 24) - 1)
        floor = self.down(self.least)
        return "".join(
            f'<rect class="bar" x="{self.across(at) - each:.1f}" y="{self.down(value):.1f}"'
            f' width="{each:.1f}" height="{max(0.0, floor - self.down(value)):.1f}"/>'
            for at, value in points
        )

    def level(self, name: str, value: float, unit: str) -> str:
        down = self.down(value)
        return (
            f'<path class="alert-line" d="M{self.left:g} {down:.1f}H{self.left + self.width:g}"/>'
            f'<text class="alert-name" x="{self.left + self.width:g}" y="{down - 4:.1f}" text-anchor="end">'
            f"{escape(name)} {value:g} {escape(unit)}</text>"
        )

    def axes(self, unit: str) -> list[str]:
        floor = self.top + self.height
        parts = [f'<path class="axis" d="M{self.left:g} {self.top:g}V{floor:g}H{self.left + self.width:g}"/>']
        for value in (self.least, (self.least + self.most) / 2, self.most):
            parts.append(
                f'<text class="tick" x="{self.left - 6:g}" y="{self.down(value) + 4:.1f}" text-anchor="end">'
                f"{value:.4g}</text>"
            )
        parts.append(f'<text class="tick" x="{self.left + 6:g}" y="{self.top + 10:g}">{escape(unit)}</text>')
        hours = (self.until - self.since) / timedelta(hours=1)
        for n in range(TICKS + 1):
            at = self.since + timedelta(hours=hours * n / TICKS)
            anchor = {0: "start", TICKS: "end"}.get(n, "middle")
            parts.append(
                f'<text class="tick" x="{self.across(at):.1f}" y="{floor + 16:g}" text-anchor="{anchor}">'
                f"{city_time(at):%m-%d %H:%M}</text>"
            )
        return parts
