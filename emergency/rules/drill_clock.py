"""The clock of a drill: what time it is in the scenario when it is some time in the city.

Whoever plays a drill tells it; between two tellings it runs on at the drill's speed, never past what comes
next, so that windows of hours hold what they would hold if the drill took hours.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gis_core.errors import BadInput

MOST_SPEED = 100_000.0


class BadDrillClock(BadInput):
    """A clock that runs backwards, or faster than anybody plays."""

    code = "bad_drill_clock"


@dataclass(frozen=True, slots=True)
class ClockTold:
    """From `told_at` on the scenario's clock shows `shows` and runs at `speed`, up to `until`."""

    told_at: datetime
    shows: datetime
    speed: float
    until: datetime | None = None

    def check(self) -> None:
        """Refuse what no clock does.

        :raises BadDrillClock: when it runs backwards, too fast, or ends before it begins.
        """
        if not 0 <= self.speed <= MOST_SPEED or (self.until is not None and self.until < self.shows):
            raise BadDrillClock(f"演练时钟不能倒走，速度应在 0 到 {MOST_SPEED:g} 倍之间。请核对后重试。")

    def at(self, moment: datetime) -> datetime:
        """What it shows at a moment of the city."""
        shown = self.shows + (moment - self.told_at) * self.speed
        return shown if self.until is None else min(shown, self.until)


@dataclass(frozen=True, slots=True)
class DrillClock:
    """All that was told of the clock of the drill being played, in order; where nothing was, the city's."""

    told: Sequence[ClockTold] = ()

    def at(self, moment: datetime) -> datetime:
        """What time it is in the scenario; before the drill began, in the city."""
        n = bisect_right(self.told, moment, key=lambda one: one.told_at)
        return self.told[n - 1].at(moment) if n else moment

    @property
    def began_at(self) -> datetime | None:
        """When the drill began in the city; None where none is played."""
        return self.told[0].told_at if self.told else None
