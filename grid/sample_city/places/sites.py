"""A place before it is a row: its name, kind and point; lots that depend on names; rows into columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis_core.coverage import Ints
from gis_core.geocoding.gazetteer import NameSort, PlaceKind, PlaceName
from grid.sample_city.drawing import PlaceNames, Places, Texts, UnitGrids
from grid.sample_city.plan import Floats
from grid.sample_city.valley import to_grain_array

WEIGHTS: dict[PlaceKind, float] = {PlaceKind.ZONE: 0.7, PlaceKind.BLOCK: 0.4}
"""How likely people mean a place that is no point of interest, 0 to 1: assumed; plates go by number."""
_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Site:
    """A place of the drawing at a plane point; `area` where it is more than a point.

    `division_code` is empty for whatever stands in a unit grid: it then lies in the grid's community.
    """

    kind: PlaceKind
    name: str
    easting_m: float
    northing_m: float
    category: str = ""
    street: str = ""
    number: str = ""
    other_names: tuple[PlaceName, ...] = ()
    area: BaseGeometry | None = None
    division_code: str = ""


def poi(name: str, category: str, at: Floats, *other_names: PlaceName) -> Site:
    """A point of interest."""
    return Site(PlaceKind.POI, name, float(at[0]), float(at[1]), category, other_names=other_names)


def alias(name: str, ending: str, other: str) -> PlaceName:
    """The same name with another ending, as people say it.

    >>> alias("经二路农贸市场", "农贸市场", "菜市场").text
    '经二路菜市场'
    """
    return PlaceName(name.removesuffix(ending) + other)


def short(text: str) -> PlaceName:
    """A shorter form of a name."""
    return PlaceName(text, NameSort.SHORT)


def former(text: str, until: str) -> PlaceName:
    """A name a place had until a day (ISO), that day not included."""
    return PlaceName(text, NameSort.FORMER, until)


def lots(keys: Iterable[str], seed: int) -> Floats:
    """A number in [0, 1) for each key, the same whenever key and seed are the same."""
    salt = seed.to_bytes(8, "little")
    raw = b"".join(blake2b(key.encode(), digest_size=8, salt=salt).digest() for key in keys)
    return np.frombuffer(raw, dtype="<u8").astype(np.float64) / 2.0**64


def chinese_number(number: int) -> str:
    """A number from 1 to 99 as people write it in names.

    >>> [chinese_number(n) for n in (3, 10, 12, 20, 45)]
    ['三', '十', '十二', '二十', '四十五']
    """
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones or not tens else "")


def stem_of(name: str) -> str:
    """The name of a unit of government without its kind.

    >>> stem_of("经二路街道"), stem_of("马营镇"), stem_of("代家湾社区"), stem_of("小村")
    ('经二路', '马营', '代家湾', '小村')
    """
    for kind in ("街道", "社区", "镇", "村"):
        if name.endswith(kind) and len(name) > len(kind) + 1:
            return name.removesuffix(kind)
    return name


def points_of(sites: Sequence[Site]) -> Floats:
    """Where places stand, (n, 2)."""
    return np.array([(s.easting_m, s.northing_m) for s in sites], dtype=np.float64).reshape(-1, 2)


def grids_at(grids: UnitGrids, points: Floats) -> Ints:
    """The unit grid (the first of several) each plane point lies in, -1 outside the drawn ones."""
    found = np.full(len(points), len(grids), dtype=np.int64)
    point, grid = shapely.STRtree(grids.shapes).query(shapely.points(points), predicate="intersects")
    np.minimum.at(found, point, grid)
    return np.where(found == len(grids), -1, found)


def as_places(sites: Sequence[Site], grids: UnitGrids, poi_weights: dict[str, float]) -> Places:
    """Columns of the places that stand in drawn ground, and of those that name their division themselves."""
    points = to_grain_array(points_of(sites))
    grid = grids_at(grids, points)
    named = np.array([site.division_code for site in sites], dtype=object)
    kept = np.flatnonzero((grid >= 0) | (named != ""))
    sites, points, grid, named = [sites[k] for k in kept.tolist()], points[kept], grid[kept], named[kept]
    shapes = np.asarray(shapely.points(points), dtype=object)
    for index, site in enumerate(sites):
        if site.area is not None:
            shapes[index] = site.area
    return Places(
        kinds=_texts(site.kind.value for site in sites),
        names=_texts(site.name for site in sites),
        categories=_texts(site.category for site in sites),
        shapes=shapes,
        division_codes=np.where(named != "", named, grids.community_codes[grid]).astype(object),
        streets=_texts(site.street for site in sites),
        numbers=_texts(site.number for site in sites),
        weights=np.array([poi_weights.get(s.category, WEIGHTS.get(s.kind, 0.0)) for s in sites]),
        further=_further(sites),
    )


def _further(sites: Sequence[Site]) -> PlaceNames:
    found = [(index, name) for index, site in enumerate(sites) for name in site.other_names]
    return PlaceNames(
        np.array([index for index, _ in found], dtype=np.int64),
        _texts(name.text for _, name in found),
        _texts(name.sort.value for _, name in found),
        _texts(name.until or "" for _, name in found),
    )


def _texts(values: Iterable[str]) -> Texts:
    return np.array(list(values), dtype=object)
