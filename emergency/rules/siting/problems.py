"""What is to be sited: demand with weights, places that come into question, and how far each is from each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from emergency.rules.ids import require_unique
from gis_core.errors import BadInput, Refused

Distances: TypeAlias = NDArray[np.float64]
NAMED_AT_MOST = 5


class BadSiting(BadInput):
    """Distances, weights, capacities or a number of sites that cannot be."""

    code = "bad_siting"


class CannotSite(Refused):
    """No choice of sites does what is asked; `facts` name the demand nobody can serve."""

    code = "cannot_site"


@dataclass(frozen=True, slots=True)
class DemandPoint:
    """A place that is to be served, and how much it counts: people, calls, goods."""

    id: str
    weight: float


@dataclass(frozen=True, slots=True)
class Site:
    """A place for a station or store.

    `is_kept` ones stand already and stay; `is_filled` ones must be used to their capacity when chosen.
    """

    id: str
    capacity: float | None = None
    is_kept: bool = False
    is_filled: bool = False


@dataclass(frozen=True, slots=True)
class Siting:
    """Distances (metres or seconds, as the caller likes) from demand (rows) to sites (columns).

    Infinite where there is no way.
    """

    demand: Sequence[DemandPoint]
    sites: Sequence[Site]
    distances: Distances

    def __post_init__(self) -> None:
        require_unique([point.id for point in self.demand], what="需求点")
        require_unique([site.id for site in self.sites], what="候选点")
        if not self.demand or not self.sites:
            raise BadSiting("没有需求点或候选点，无从选址。请先选定范围。")
        if self.distances.shape != (len(self.demand), len(self.sites)):
            raise BadSiting("距离矩阵的行数和列数应等于需求点数和候选点数。请核对次序。")
        if np.isnan(self.distances).any() or (self.distances < 0).any():
            raise BadSiting("距离必须是不小于零的数；没有路的，请写成无穷大。")
        if not all(0 <= point.weight < math.inf for point in self.demand):
            raise BadSiting("需求点的权重必须是不小于零的数。请改正。")
        if not all(site.capacity is None or 0 <= site.capacity < math.inf for site in self.sites):
            raise BadSiting("候选点的容量必须是不小于零的数，或留空。请改正。")
        if any(site.is_filled and site.capacity is None for site in self.sites):
            raise BadSiting("要求用满的候选点必须有容量。请补充。")

    @property
    def weights(self) -> NDArray[np.float64]:
        """Weights in the order of demand."""
        return np.array([point.weight for point in self.demand], dtype=np.float64)

    def require_number(self, sites: int) -> None:
        """Nothing when so many sites can be chosen.

        :raises BadSiting: when there are fewer, or more stand already.
        """
        kept = sum(site.is_kept for site in self.sites)
        if not max(1, kept) <= sites <= len(self.sites):
            raise BadSiting(
                f"选址数量应在 {max(1, kept)} 和 {len(self.sites)} 之间（现有 {kept} 处必须保留）。请改正。",
                kept=kept,
                sites=len(self.sites),
            )

    def require_reach(self, radius: float) -> None:
        """Nothing when every demand point has a site within the radius (included).

        :raises CannotSite: naming those that have none.
        """
        require_radius(radius)
        self.require_way()
        missing = np.flatnonzero(~(self.distances <= radius).any(axis=1)).tolist()
        if not missing:
            return
        ids = [self.demand[row].id for row in missing]
        named = "、".join(ids[:NAMED_AT_MOST])
        least = math.ceil(self.distances.min(axis=1).max())
        raise CannotSite(
            f"半径 {radius:,.0f} 内，{len(ids)} 个需求点没有候选点：{named}。"
            f"请把半径增大到至少 {least:,}，或在附近补充候选点。",
            uncovered=ids,
            least_radius=least,
        )

    def require_way(self) -> None:
        """Nothing when every demand point has a way to some site.

        :raises CannotSite: naming those that have none.
        """
        missing = np.flatnonzero(~np.isfinite(self.distances).any(axis=1)).tolist()
        if missing:
            ids = [self.demand[row].id for row in missing]
            named = "、".join(ids[:NAMED_AT_MOST])
            raise CannotSite(
                f"{len(ids)} 个需求点没有路通往任何候选点：{named}。请补充候选点。", uncovered=ids
            )


def require_radius(radius: float) -> None:
    """Nothing when the radius is a number of zero or more.

    :raises BadSiting: when it is not.
    """
    if not 0 <= radius < math.inf:
        raise BadSiting("覆盖半径必须是不小于零的数。请改正。")
