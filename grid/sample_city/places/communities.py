"""What every community and every subdistrict has: its office, a clinic, police, a kindergarten, a green."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gis_core.coverage import Ints
from gis_core.geocoding.gazetteer import PlaceName
from grid.divisions import Division
from grid.sample_city.drawing import UnitGrids
from grid.sample_city.places.sites import Site, alias, former, grids_at, lots, poi, points_of, short, stem_of
from grid.sample_city.places.standing import Standing
from grid.sample_city.plan import Floats

BUILT_UP = ("residential", "courtyard", "commercial")
AROUND_SEAT_M = 130.0
FIRE_STATION_EVERY = 3
"""One subdistrict in so many has a fire station."""


@dataclass(frozen=True, slots=True)
class CommunityService:
    """A kind of place that communities (`社区`) or villages (`村`) have one of, some of them or all."""

    category: str
    where: str  # 社区, 村 or empty for both
    ending: str
    share: float = 1.0
    keeps_kind: bool = False  # whether the name says 社区 or 村
    other_ending: str = ""


SERVICES: tuple[CommunityService, ...] = (
    CommunityService("community_centre", "社区", "居民委员会", keeps_kind=True, other_ending="居委会"),
    CommunityService("community_centre", "村", "村民委员会", keeps_kind=True, other_ending="委会"),
    CommunityService("clinic", "社区", "卫生服务站", keeps_kind=True, other_ending="卫生站"),
    CommunityService("clinic", "村", "卫生室", keeps_kind=True),
    CommunityService("kindergarten", "", "幼儿园", 0.6),
    CommunityService("police", "", "警务室", 0.6, keeps_kind=True),
    CommunityService("supermarket", "", "便民超市", 0.8, other_ending="超市"),
    CommunityService("toilet", "", "公厕", 0.7),
    CommunityService("market", "社区", "便民市场", 0.35, other_ending="早市"),
    CommunityService("culture", "村", "农家书屋", 0.5),
    CommunityService("sports", "社区", "文体活动中心", 0.4),
    CommunityService("religious", "村", "庙", 0.6),
    CommunityService("sight", "村", "纪念亭", 0.25),
)


def community_services(
    grids: UnitGrids, standing: Standing, names: dict[str, str], *, seed: int
) -> Iterator[Site]:
    """Each community's places, in grids and at buildings of it that the lot chooses."""
    built = np.isin(grids.land_uses.astype(str), BUILT_UP) & (np.diff(standing.starts) > 0)
    order = np.argsort(grids.community_codes.astype(str), kind="stable")
    order = order[built[order]]
    codes, starts = np.unique(grids.community_codes[order].astype(str), return_index=True)
    for code, mine in zip(codes.tolist(), np.split(order, starts[1:]), strict=True):
        chances = lots((f"{code}/{service.ending}" for service in SERVICES), seed + 550)
        for service, chance in zip(SERVICES, chances, strict=True):
            if chance >= service.share or not names[code].endswith(service.where or names[code][-1]):
                continue
            at = _where(service.ending, mine, grids, standing, seed)
            yield _community_site(names[code], service, at)


def _where(
    ending: str,
    mine: Ints,
    grids: UnitGrids,
    standing: Standing,
    seed: int,
) -> Floats:
    lot = lots((f"{grids.codes[k]}/{ending}" for k in mine), seed + 551)
    grid = int(mine[lot.argmin()])
    buildings = standing.of_grid(grid)
    place = int(lots([f"{grids.codes[grid]}/{ending}"], seed + 552)[0] * len(buildings))
    return np.asarray(standing.middles[buildings[place]])


def _community_site(name: str, service: CommunityService, at: Floats) -> Site:
    head = name if service.keeps_kind else stem_of(name)
    if service.category == "religious" and head.endswith(("寺", "庙")):
        return poi(head, "religious", at)
    full = f"{head}{service.ending}"
    others = [alias(full, service.ending, service.other_ending)] if service.other_ending else []
    return poi(full, service.category, at, *others)


def subdistrict_services(
    divisions: tuple[Division, ...],
    seats: dict[str, Floats],
    *,
    grids: UnitGrids,
    standing: Standing,
) -> Iterator[Site]:
    """Office, police station, hospital, culture and fire station: at buildings near a subdistrict's seat."""
    named = {division.code: division.name for division in divisions}
    wanted = [
        site
        for number, (code, places) in enumerate(sorted(seats.items()))
        for site in _around(places, named[code], named[code[:6]], number)
    ]
    points = points_of(wanted)
    for site, at, grid in zip(wanted, points, grids_at(grids, points).tolist(), strict=True):
        if grid >= 0 and grids.land_uses[grid] != "water":
            east, north = _nearest_building(at, standing, grid)
            yield replace(site, easting_m=float(east), northing_m=float(north))


def _around(seats: Floats, name: str, district: str, number: int) -> Iterator[Site]:
    stem = stem_of(name)
    sketches = [
        _office(name, stem),
        _police(district, stem),
        _hospital(stem),
        (f"{stem}文化站", "culture", ()),
    ]
    if number % FIRE_STATION_EVERY == 0:
        sketches.append((f"{stem}消防救援站", "fire_station", (short(f"{stem}消防站"),)))
    for turn, (full, category, others) in enumerate(sketches):
        angle = 2.4 * turn + number
        step = AROUND_SEAT_M * (turn > 0) * np.array([np.cos(angle), np.sin(angle)])
        yield poi(full, category, seats[turn % len(seats)] + step, *others)


_Sketch = tuple[str, str, tuple[PlaceName, ...]]


def _office(name: str, stem: str) -> _Sketch:
    if name.endswith("街道"):
        return f"{name}办事处", "government", (short(f"{stem}办事处"), short(f"{stem}街道办"))
    return f"{name}人民政府", "government", (short(f"{name}政府"),)


def _police(district: str, stem: str) -> _Sketch:
    full = f"{district}公安分局{stem}派出所"
    return full, "police", (short(f"{stem}派出所"), PlaceName(f"{district}公安局{stem}派出所"))


def _hospital(stem: str) -> _Sketch:
    return f"{stem}医院", "hospital", (former(f"{stem}卫生院", "2009-01-01"),)


def _nearest_building(at: Floats, standing: Standing, grid: int) -> Floats:
    """The nearest building of a unit grid, the place itself where none stands."""
    middles = standing.middles[list(standing.of_grid(grid))]
    return np.asarray(middles[np.hypot(*(middles - at).T).argmin()]) if len(middles) else at
