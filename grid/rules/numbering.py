"""Numbers for the unit grids of one community: in bands from north to south, in each from west to east.

GB/T 30428.1 and DB11/T 2157-2023 give each community its own sequence 001-999, west to east, then
north to south. What counts as one band they leave open; here grids whose middle lies within half a
typical grid height of the band's first, northernmost grid share its band.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely import Polygon

from gis_core.errors import Refused
from grid.rules.codes import UnitGridCode

MOST_GRIDS = 999


class TooManyGrids(Refused):
    """A community has more unit grids than its three digits can number."""

    code = "too_many_unit_grids"


def number_unit_grids(
    community_code: str, shapes: Sequence[Polygon], *, after: int = 0
) -> tuple[UnitGridCode, ...]:
    """A code for each shape (plane system, metres), in the order given; the order changes no number.

    `after` is the highest sequence ever used in the community: numbers of grids no longer in force
    are not given again.

    :raises TooManyGrids: when the sequence would pass 999.

    >>> from shapely import box
    >>> south, north_east, north_west = box(0, 0, 9, 9), box(10, 10, 19, 19), box(0, 11, 9, 20)
    >>> [code.sequence for code in number_unit_grids("610303008007", [south, north_east, north_west])]
    [3, 2, 1]
    """
    if after + len(shapes) > MOST_GRIDS:
        raise TooManyGrids(
            f"社区 {community_code} 的单元网格编号将超过 {MOST_GRIDS}。请先合并过小的网格或拆分社区。",
            community_code=community_code,
        )
    codes: list[UnitGridCode | None] = [None] * len(shapes)
    for sequence, position in enumerate(reading_order(shapes), start=after + 1):
        codes[position] = UnitGridCode(community_code, sequence)
    return tuple(code for code in codes if code is not None)


def reading_order(shapes: Sequence[Polygon]) -> list[int]:
    """Positions of the shapes as one reads them on a map: in bands from north to south, each to the east."""
    if not shapes:
        return []
    outlines = shapely.normalize(np.array(shapes, dtype=object))
    middles = shapely.get_coordinates(shapely.centroid(outlines))
    bounds = shapely.bounds(outlines)
    half_height_m = float(np.median(bounds[:, 3] - bounds[:, 1])) / 2
    # The outline itself settles ties, so that the order of input never does.
    ties = [outline.wkb for outline in outlines]
    from_north = sorted(
        range(len(shapes)), key=lambda position: (-middles[position, 1], middles[position, 0], ties[position])
    )
    order: list[int] = []
    band: list[int] = []
    for position in from_north:
        if band and middles[band[0], 1] - middles[position, 1] > half_height_m:
            order += sorted(band, key=lambda member: (middles[member, 0], ties[member]))
            band = []
        band.append(position)
    return order + sorted(band, key=lambda member: (middles[member, 0], ties[member]))
