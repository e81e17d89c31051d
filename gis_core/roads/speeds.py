"""How fast each rank of road is travelled: data with a source, never a constant in the search."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from gis_core.errors import BadInput

Status = Literal["sourced", "recalled", "assumed"]
"""Read in the source named · remembered from it and to be checked · our own assumption."""
FASTEST_KMH = 200.0


class BadSpeed(BadInput):
    """A speed that no vehicle travels at, or a rank of road that has none."""

    code = "bad_speed"


@dataclass(frozen=True, slots=True)
class Speed:
    """The speed of one rank of road, in kilometres an hour, and where it comes from."""

    kmh: float
    status: Status
    source: str

    def __post_init__(self) -> None:
        # The comparison is false for NaN too.
        if not 0.0 < self.kmh <= FASTEST_KMH:
            raise BadSpeed(f"速度 {self.kmh} 千米/时不在 0 至 {FASTEST_KMH:.0f} 之间。请更正后重试。")


@dataclass(frozen=True, slots=True)
class SpeedTable:
    """Speeds by rank of road: free of traffic, the same in both directions."""

    speeds: Mapping[str, Speed]

    def __post_init__(self) -> None:
        object.__setattr__(self, "speeds", MappingProxyType(dict(self.speeds)))

    def mps_of(self, rank: str) -> float:
        """The speed on a rank of road, in metres a second.

        :raises BadSpeed: when the table does not know the rank.

        >>> round(SpeedTable({"lane": Speed(18.0, "assumed", "doctest")}).mps_of("lane"), 2)
        5.0
        """
        if (speed := self.speeds.get(rank)) is None:
            known = "、".join(sorted(self.speeds)) or "无"
            raise BadSpeed(f"道路等级“{rank}”没有速度，已知等级：{known}。请补充速度表。")
        return speed.kmh / 3.6

    def lacking(self, ranks: Iterable[str]) -> tuple[str, ...]:
        """Ranks that the table does not know, each once, in order."""
        return tuple(sorted(set(ranks) - set(self.speeds)))

    @property
    def weakest_status(self) -> Status:
        """How far the table as a whole can be relied on: as far as its weakest row."""
        there = {speed.status for speed in self.speeds.values()}
        return "assumed" if "assumed" in there else "recalled" if "recalled" in there else "sourced"
