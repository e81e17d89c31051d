"""What counts as having walked a unit grid on a day, as the city says it, dated."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class VisitRule:
    """From `since` to before `until`: at least so many positions inside, the first and last so far apart."""

    since: date
    until: date
    positions: int
    span_s: int
