"""What stations and stores cover: who is reached in time, by one or by more, and what losing one costs."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emergency.rules.siting.problems import BadSiting, Siting


@dataclass(frozen=True, slots=True)
class Reached:
    """The nearest and second nearest station of a demand point; None where there is none."""

    demand_id: str
    weight: float
    nearest_id: str | None
    nearest: float | None
    second_id: str | None
    second: float | None


@dataclass(frozen=True, slots=True)
class WithinLimit:
    """Weight with a station within a limit (included), and with two or more."""

    limit: float
    covered: float
    covered_twice: float
    total: float
    uncovered_ids: tuple[str, ...]

    @property
    def covered_pct(self) -> float | None:
        """Share that is covered; None when there is no weight."""
        return 100 * self.covered / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class StationShare:
    """What a station covers within a limit, and what it alone does: that is lost when it leaves."""

    station_id: str
    limit: float
    covered: float
    only_this: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """The report: by demand point, by limit, and by station and limit."""

    reached: tuple[Reached, ...]
    limits: tuple[WithinLimit, ...]
    stations: tuple[StationShare, ...]


def report_coverage(standing: Siting, limits: Sequence[float]) -> Coverage:
    """Who is covered by stations that stand (the sites), within each limit.

    :raises BadSiting: when a limit is not above zero.
    """
    _require_limits(limits)
    return Coverage(
        reached=tuple(_reached(standing)),
        limits=tuple(_within(standing, limit) for limit in limits),
        stations=tuple(share for limit in limits for share in _shares(standing, limit)),
    )


def lost_without(standing: Siting, leaving: Collection[str], limit: float) -> float:
    """Weight that is covered within the limit now, and no longer when these stations are away.

    :raises BadSiting: when one of them does not stand here.
    """
    _require_limits([limit])
    strangers = sorted(set(leaving) - {site.id for site in standing.sites})
    if strangers:
        raise BadSiting(f"没有这些站点：{'、'.join(strangers[:5])}。请核对编号。", strangers=strangers)
    covers = standing.distances <= limit
    stays = np.array([site.id not in leaving for site in standing.sites], dtype=bool)
    return _weight(standing, _any(covers) & ~_any(covers[:, stays]))


def _require_limits(limits: Sequence[float]) -> None:
    if not all(0 < limit < math.inf for limit in limits):
        raise BadSiting("覆盖时限或距离必须大于零。请改正。")


def _any(covers: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """By demand point, whether a station covers it."""
    return np.asarray(covers.any(axis=1), dtype=np.bool_)


def _weight(standing: Siting, which: NDArray[np.bool_]) -> float:
    return math.fsum(standing.weights[which])


def _reached(standing: Siting) -> Iterable[Reached]:
    order = standing.distances.argsort(axis=1, kind="stable")
    for row, point in enumerate(standing.demand):
        best = [
            (standing.sites[column].id, float(standing.distances[row, column]))
            for column in order[row, :2].tolist()
            if np.isfinite(standing.distances[row, column])
        ]
        (nearest_id, nearest), (second_id, second) = [*best, (None, None), (None, None)][:2]
        yield Reached(point.id, point.weight, nearest_id, nearest, second_id, second)


def _within(standing: Siting, limit: float) -> WithinLimit:
    times = (standing.distances <= limit).sum(axis=1)
    uncovered = np.flatnonzero(times == 0).tolist()
    return WithinLimit(
        limit=limit,
        covered=_weight(standing, times >= 1),
        covered_twice=_weight(standing, times >= 2),
        total=math.fsum(standing.weights),
        uncovered_ids=tuple(standing.demand[row].id for row in uncovered),
    )


def _shares(standing: Siting, limit: float) -> Iterable[StationShare]:
    covers = standing.distances <= limit
    once = covers.sum(axis=1) == 1
    for column, site in enumerate(standing.sites):
        here = covers[:, column]
        yield StationShare(site.id, limit, _weight(standing, here), _weight(standing, here & once))
