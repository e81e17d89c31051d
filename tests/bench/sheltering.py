"""Sheltering and siting at the size of a city, beside HiGHS as the oracle and nearest-first as practice."""

from functools import partial
from statistics import median
from time import perf_counter

from emergency.rules.siting.choosing import cover_most, least_farthest, least_mean
from emergency.rules.siting.problems import DemandPoint, Site, Siting
from tests.bench.figures import Figure
from tests.sheltering import Town, cost_by_highs, cost_nearest_first, draw_town

_figure = partial(Figure, "emergency")
BLOCKS, SHELTERS = 2_000, 60
RUNS = 5


def measure() -> list[Figure]:
    """Figures of 2,000 blocks and 60 shelters."""
    town = draw_town(blocks=BLOCKS, shelters=SHELTERS)
    return [*_split(town), *_whole(town), *_siting(town)]


def _split(town: Town) -> list[Figure]:
    blocks = town.blocks  # made beforehand, as pages have them
    timings = []
    for _ in range(RUNS):
        started = perf_counter()
        allocation = town.allocate()
        timings.append(perf_counter() - started)
    started = perf_counter()
    least = cost_by_highs(town, allocation.unserved_s)
    highs_s = perf_counter() - started
    started = perf_counter()
    by_hand = cost_nearest_first(town, allocation.unserved_s)
    by_hand_s = perf_counter() - started
    name = f"sheltering {len(blocks):,} blocks × {SHELTERS} shelters"
    return [
        _figure(name, median(timings), "s", target=1.0, peer="HiGHS LP", peer_value=highs_s),
        _figure(
            f"{name}, person-seconds above the LP optimum",
            abs(allocation.cost_s - least),
            "s",
            target=0.5,
            peer="nearest first",
            peer_value=by_hand - least,
        ),
        _figure("nearest first costs more than the optimum by", 100 * (by_hand / least - 1), "%"),
        _figure("nearest first, time", by_hand_s, "s"),
    ]


def _whole(town: Town) -> list[Figure]:
    started = perf_counter()
    allocation = town.allocate(whole_blocks=True)
    return [
        _figure("whole blocks of the same town", perf_counter() - started, "s"),
        _figure("whole blocks, at most above the best there is", 100 * allocation.gap, "%"),
    ]


def _siting(town: Town) -> list[Figure]:
    siting = Siting(
        [DemandPoint(block.id, block.people) for block in town.blocks],
        [Site(shelter.id) for shelter in town.shelters],
        town.seconds,
    )
    figures = []
    for name, solve in (
        ("MCLP, 8 of 60 sites, 2,000 demand points", partial(cover_most, siting, 2_400, 8)),
        ("p-median, 8 of 60 sites, 2,000 demand points", partial(least_mean, siting, 8)),
        ("p-center, 8 of 60 sites, 2,000 demand points", partial(least_farthest, siting, 8)),
    ):
        started = perf_counter()
        choice = solve()
        figures.append(_figure(name, perf_counter() - started, "s"))
        figures.append(_figure(f"{name}: gap", 100 * choice.gap, "%"))
    return figures
