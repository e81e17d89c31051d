"""Ranges of a number, closed or open at either end, and what is left when they are put together."""

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class Range:
    """All numbers from `low` to `high`; an open end leaves its own number out.

    >>> Range(2500).meet(Range(high=2500, is_high_open=True)).is_empty
    True
    """

    low: float = -inf
    high: float = inf
    is_low_open: bool = False
    is_high_open: bool = False

    @property
    def is_empty(self) -> bool:
        """No number lies in it."""
        return self.low > self.high or (self.low == self.high and (self.is_low_open or self.is_high_open))

    def meet(self, other: "Range") -> "Range":
        """The numbers that lie in both."""
        low = max(self.low, other.low)
        high = min(self.high, other.high)
        return Range(
            low,
            high,
            any(one.is_low_open for one in (self, other) if one.low == low),
            any(one.is_high_open for one in (self, other) if one.high == high),
        )

    def outside(self) -> tuple["Range", ...]:
        """The numbers that do not lie in it, as at most two ranges."""
        below = Range(high=self.low, is_high_open=not self.is_low_open)
        above = Range(low=self.high, is_low_open=not self.is_high_open)
        return tuple(
            part
            for part, bound in ((below, self.low), (above, self.high))
            if abs(bound) != inf and not part.is_empty
        )

    def covers(self, other: "Range") -> bool:
        """Every number of the other one lies in this one, too."""
        return all(part.meet(other).is_empty for part in self.outside())
