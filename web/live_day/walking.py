"""Inspectors on their rounds through their own grids: where they are, told every few seconds."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from gis_core.clock import Clock
from web.live_day.accounts import Account

METRES_PER_DEGREE = 111_320.0
FASTEST_MPS = 12.0
"""However fast the day goes: nobody on a round is taken for a car."""
EVERY_S = 8.0

Degrees = tuple[float, float]  # longitude, latitude (EPSG:4490)


@dataclass(slots=True)
class Walker:
    """Somebody on a round between places near each other."""

    account: Account
    places: Sequence[Degrees]
    lots: random.Random
    speed_mps: float
    clock: Clock
    at: Degrees = field(init=False)
    to: Degrees = field(init=False)
    heading_deg: float = 0.0

    def __post_init__(self) -> None:
        self.at = self.to = self.lots.choice(self.places)

    def walk(self, seconds: float) -> None:
        """Go on for some time, on to the next place where one is reached."""
        left_m = min(self.speed_mps, FASTEST_MPS) * seconds
        while left_m > 0:
            east_m, north_m = _metres(self.at, self.to)
            away_m = math.hypot(east_m, north_m)
            if away_m > left_m:
                self.heading_deg = math.degrees(math.atan2(east_m, north_m)) % 360
                share = left_m / away_m
                self.at = tuple(a + (b - a) * share for a, b in zip(self.at, self.to, strict=True))  # type: ignore[assignment]
                return
            self.at, left_m = self.to, left_m - away_m
            self.to = self._next()
            if self.to == self.at:  # there is nowhere else to go
                return

    def _next(self) -> Degrees:
        """One of some places, the nearest: a round is no zigzag through the city."""
        some = [self.lots.choice(self.places) for _ in range(6)]
        return min(some, key=lambda place: math.hypot(*_metres(self.at, place)) or math.inf)

    def position(self) -> dict[str, object]:
        """Where the walker is now, as the server takes it."""
        return {
            "at": self.clock.now().isoformat(),
            "lon": round(self.at[0], 6),
            "lat": round(self.at[1], 6),
            "accuracy_m": round(self.lots.uniform(4, 15), 1),
            "speed_mps": round(min(self.speed_mps, FASTEST_MPS), 1),
            "heading_deg": round(self.heading_deg, 1),
        }

    def go_on_duty(self) -> bool:
        """Begin the shift; False where the server knows nothing of positions."""
        state = self.account.get("/api/v1/duty")
        if not state.is_well:
            return False
        sent = {"consent_version": state.body.get("consent_version")}
        return self.account.post("/api/v1/duty/start", sent).is_well or bool(state.body.get("is_on_duty"))

    def tell(self) -> None:
        """Send the position of the moment."""
        sent = {"client_batch": str(uuid4()), "positions": [self.position()]}
        self.account.post("/api/v1/positions", sent)


def own_grids(account: Account) -> frozenset[str] | None:
    """The responsibility grids of somebody's rounds; None where the server knows nothing of positions."""
    state = account.get("/api/v1/duty")
    if not state.is_well:
        return None
    return frozenset(one["code"] for one in state.body.get("responsibility_grids", ()))


def _metres(one: Degrees, other: Degrees) -> tuple[float, float]:
    """East and north from one place to another nearby."""
    east = (other[0] - one[0]) * METRES_PER_DEGREE * math.cos(math.radians(one[1]))
    return east, (other[1] - one[1]) * METRES_PER_DEGREE
