"""From the engine's own weighing to a confidence that means what it says.

The table was fitted to 20,000 noised addresses of a drawn town of 200,000 places of which one in four was
kept from the index, because no gazetteer knows every place people name (`tests/bench/geocoding_report.py`):
a confidence of 0.8 means that four of five such answers lie within 30 m of what was meant.
"""

from bisect import bisect_right

POINTS: tuple[tuple[float, float], ...] = (
    (0.0, 0.0), (0.3, 0.04), (0.5, 0.15), (0.6, 0.45), (0.68, 0.65), (0.77, 0.78), (0.87, 0.88), (0.93, 0.95),
    (0.97, 0.995), (1.0, 1.0),
)  # fmt: skip
"""What the engine weighs, and how often such an answer was right."""
_WEIGHED = tuple(weighed for weighed, _ in POINTS)


def calibrated(weighed: float) -> float:
    """The confidence behind a weight from 0 to 1; never falls while the weight grows.

    >>> calibrated(0.0), calibrated(0.77), calibrated(1.0)
    (0.0, 0.78, 1.0)
    """
    at = min(bisect_right(_WEIGHED, weighed), len(POINTS) - 1)
    (low, low_right), (high, high_right) = POINTS[at - 1], POINTS[at]
    share = (weighed - low) / (high - low)
    return round(low_right + (high_right - low_right) * min(max(share, 0.0), 1.0), 4)
