"""Travel times between many places and many others, in blocks so that memory stays bounded."""

import numpy as np

from gis_core.coverage import Floats
from gis_core.errors import BadInput
from gis_core.roads.closures import OpenRoads
from gis_core.roads.places import RoadPlaces
from gis_core.roads.searching import ENDLESS_S, between, search

BLOCK = 64
"""Searches at once: their rows are all in memory together."""
MOST_PAIRS = 20_000_000


class TooManyPairs(BadInput):
    """A matrix larger than this machine should be asked for."""

    code = "too_many_pairs"


def measure_matrix(
    roads: OpenRoads, origins: RoadPlaces, places: RoadPlaces, *, limit_s: float = ENDLESS_S
) -> Floats:
    """Seconds from each origin (rows) to each place (columns); infinity where no way is within the limit.

    The shorter side is searched from: a place that is off the roads has infinity throughout.

    :raises TooManyPairs: above 20 million pairs.
    """
    pairs = len(origins) * len(places)
    if pairs > MOST_PAIRS:
        raise TooManyPairs(f"矩阵有 {pairs:,} 对，超过 {MOST_PAIRS:,}。请分批计算。", pairs=pairs)
    towards = len(places) < len(origins)
    near, far = (places, origins) if towards else (origins, places)
    found = np.full((len(near), len(far)), np.inf)
    for first in range(0, len(near), BLOCK):
        block = near.chosen(slice(first, first + BLOCK))
        reach = search(roads, block, towards=towards, limit_s=limit_s)
        found[first : first + BLOCK] = between(roads, reach, block, far, towards=towards)
    found[found > limit_s] = np.inf
    return found.T if towards else found
