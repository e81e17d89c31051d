"""Points of interest that go with what ground is used for: schools, works, offices, shops, parks, squares."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis_core.coverage import Ints
from gis_core.geocoding.gazetteer import PlaceName
from grid.sample_city.drawing import Ground, UnitGrids
from grid.sample_city.places.named_streets import NamedStreets
from grid.sample_city.places.plates import Stretches
from grid.sample_city.places.sites import Site, alias, chinese_number, former, lots, poi, stem_of
from grid.sample_city.places.standing import Standing
from grid.sample_city.places.words import FACTORIES, OFFICES, SHOP_FIRST, SHOPS
from grid.sample_city.plan import Floats

AT_DOORS = {"commercial": 0.55, "residential": 0.35, "courtyard": 0.3, "industrial": 0.1}
"""How many doors on named streets have a shop or the like, by the use of the ground behind."""
INSIDE = {"commercial": 0.7, "residential": 0.05, "courtyard": 0.03}
"""How many other buildings have one."""
BRANCHES = 0.3
WITH_OFFICE = 0.5
WITH_COLLEGE = 0.3


def schools(grids: UnitGrids, standing: Standing, names: dict[str, str], *, seed: int) -> Iterator[Site]:
    """Primary and secondary schools by turns, numbered within their community; now and then a college."""
    lot = lots(grids.codes, seed + 560)
    for k, number in _counted(grids, "school"):
        name, district = names[grids.community_codes[k]], names[grids.community_codes[k][:6]]
        stem, turn = stem_of(name), (number + 1) // 2
        if number == 3 and lot[k] < WITH_COLLEGE and not stem.endswith("学院"):
            yield poi(f"{stem}职业技术学院", "university", _middle_of(k, grids, standing))
            continue
        full = f"{stem}{_ordinal(turn)}{'小学' if number % 2 else '中学'}"
        others = [PlaceName(f"{district}{full}")]
        if number == 1 and name.endswith("村"):
            others.append(former(f"{name}学校", "2003-09-01"))
        yield poi(full, "school", _middle_of(k, grids, standing), *others)


def _ordinal(turn: int) -> str:
    return "" if turn == 1 else f"第{chinese_number(turn)}"


def _counted(grids: UnitGrids, use: str) -> Iterator[tuple[int, int]]:
    """Unit grids of a use, each with its number within its community, from 1."""
    counts: Counter[str] = Counter()
    for k in np.flatnonzero(grids.land_uses == use).tolist():
        counts[grids.community_codes[k]] += 1
        yield k, counts[grids.community_codes[k]]


def _middle_of(grid: int, grids: UnitGrids, standing: Standing) -> Floats:
    """The building in the middle of the reading order; the ground itself where none stands."""
    buildings = standing.of_grid(grid)
    if not buildings:
        return _inside_of(grids.shapes[grid])
    return np.asarray(standing.middles[buildings[len(buildings) // 2]])


def factories(grids: UnitGrids, standing: Standing, names: dict[str, str], *, seed: int) -> Iterator[Site]:
    """Works, each of another trade in its community until the trades run out; some were 国营 once."""
    lot = lots(grids.codes, seed + 570)
    first = dict(zip(names, lots(names, seed + 571), strict=True))
    for k, number in _counted(grids, "industrial"):
        community = grids.community_codes[k]
        trade = FACTORIES[(number + int(first[community] * len(FACTORIES))) % len(FACTORIES)]
        branch = (number - 1) // len(FACTORIES)
        full = f"{stem_of(names[community])}{trade}" + (f"{chinese_number(branch + 1)}分厂" if branch else "")
        others = [former(f"国营{full}", "1994-07-01")] if lot[k] < 0.15 else []
        yield poi(full, "factory", _middle_of(k, grids, standing), *others)


def offices(grids: UnitGrids, standing: Standing, *, seed: int) -> Iterator[Site]:
    """Office buildings on commercial ground, no two of a name in a community."""
    lot, word, ending = (lots(grids.codes, seed + turn) for turn in (580, 581, 582))
    seen: set[tuple[str, str]] = set()
    for k in np.flatnonzero((grids.land_uses == "commercial") & (lot < WITH_OFFICE)).tolist():
        name = SHOP_FIRST[int(word[k] * len(SHOP_FIRST))] + OFFICES[int(ending[k] * len(OFFICES))]
        if (grids.community_codes[k], name) not in seen and standing.of_grid(k):
            seen.add((grids.community_codes[k], name))
            yield poi(name, "office", _middle_of(k, grids, standing))


def shops(
    grids: UnitGrids, standing: Standing, *, stretches: Stretches, streets: NamedStreets, seed: int
) -> Iterator[Site]:
    """Shops, eating places and the like at doors on named streets and in other buildings.

    No two of a name in a community: the second is left out.
    """
    doors = np.flatnonzero(stretches.has_door)
    keys = [f"{streets.names[stretches.street[k]]}{stretches.numbers[k]}" for k in doors]
    chance = np.array([AT_DOORS.get(grids.land_uses[g], 0.0) for g in stretches.grid[doors]])
    taken = lots(keys, seed + 590) < chance
    found: list[tuple[int, Site]] = []
    for k, key in zip(doors[taken].tolist(), [keys[n] for n in np.flatnonzero(taken)], strict=True):
        site = _shop(key, stretches.doors[k], streets.names[stretches.street[k]], seed)
        found.append((int(stretches.grid[k]), site))
    for building in _inside(grids, standing, stretches.building[doors], seed).tolist():
        site = _shop(_key(grids, standing, building), standing.middles[building], "", seed)
        found.append((int(standing.grid[building]), site))
    once = {(grids.community_codes[grid], site.name): site for grid, site in reversed(found)}
    yield from reversed(once.values())


def _inside(grids: UnitGrids, standing: Standing, fronting: Ints, seed: int) -> Ints:
    chance = np.array([INSIDE.get(use, 0.0) for use in grids.land_uses])[standing.grid]
    chance[fronting] = 0.0
    asked = np.flatnonzero(chance > 0)
    lot = lots((_key(grids, standing, building) for building in asked.tolist()), seed + 591)
    return np.asarray(asked[lot < chance[asked]])


def _key(grids: UnitGrids, standing: Standing, building: int) -> str:
    grid = standing.grid[building]
    return f"{grids.codes[grid]}/{building - standing.starts[grid]}"


def _shop(key: str, at: Floats, street: str, seed: int) -> Site:
    word, kind, branch = lots([f"{key}/a", f"{key}/b", f"{key}/c"], seed + 592)
    category, ending = SHOPS[int(kind * len(SHOPS))]
    name = SHOP_FIRST[int(word * len(SHOP_FIRST))] + ending
    if street and branch < BRANCHES:
        return poi(f"{name}（{street}店）", category, at, PlaceName(name))
    return poi(name, category, at)


def parks_and_squares(grids: UnitGrids, ground: Ground, names: dict[str, str]) -> Iterator[Site]:
    """Squares and parks with a name on the map, and one green called after each community that has parks."""
    seen: set[str] = set()
    for kind in ("square", "park"):
        mine = np.flatnonzero(
            (ground.kinds == kind) & (ground.names != "") & ~shapely.is_empty(ground.shapes)
        )
        for k in mine.tolist():
            if ground.names[k] not in seen:
                seen.add(ground.names[k])
                yield poi(ground.names[k], kind, _inside_of(ground.shapes[k]))
    for k, number in _counted(grids, "park"):
        if number == 1:
            full = f"{stem_of(names[grids.community_codes[k]])}口袋公园"
            yield poi(full, "park", _inside_of(grids.shapes[k]), alias(full, "口袋公园", "游园"))


def _inside_of(area: BaseGeometry) -> Floats:
    return np.asarray(shapely.get_coordinates(shapely.point_on_surface(area))[0])
