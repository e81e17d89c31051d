"""Points of interest that are called after the street they stand on, each but once along it."""

from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from gis_core.geocoding.gazetteer import PlaceName
from grid.sample_city.drawing import UnitGrids
from grid.sample_city.places.named_streets import Crossings, NamedStreets
from grid.sample_city.places.plates import Stretches
from grid.sample_city.places.sites import Site, alias, former, grids_at, lots, poi, points_of
from grid.sample_city.plan import Floats, Landmark

TOILET_EVERY_M = 800.0
POST_EVERY_M = 1_000.0
POSTS_FROM_M = 2_000.0
STOP_AFTER_CROSSING_M = 45.0
LANDMARK_LOOKS_M = 14.0
NAMED_FOR_STREET_TOO = ("school", "kindergarten")
"""Kinds that communities have too: a street that lends a community its name has none of its own."""


@dataclass(frozen=True, slots=True)
class StreetService:
    """A kind of place that a street of some ranks (first letters) and at least so long may have one of."""

    category: str
    ending: str
    share: float
    least_m: float = 300.0
    ranks: str = "acl"
    other_ending: str = ""
    former_ending: str = ""
    until: str = ""


SERVICES: tuple[StreetService, ...] = (
    StreetService("post_office", "邮政支局", 0.55, 900.0, "ac", "邮局"),
    StreetService("school", "小学", 0.6, 700.0),
    StreetService("kindergarten", "幼儿园", 0.5, 500.0),
    StreetService("market", "农贸市场", 0.7, 500.0, "acl", "菜市场", "自由市场", "1996-01-01"),
    StreetService("fuel", "加油站", 0.6, 1_200.0, "a", "油站"),
    StreetService("bank", "储蓄所", 0.7),
    StreetService("bank", "信用社", 0.35, 900.0, "ac"),
    StreetService("police", "警务室", 0.4),
    StreetService("pharmacy", "大药房", 0.6, 300.0, "acl", "药店"),
    StreetService("supermarket", "超市", 0.7),
    StreetService("hotel", "宾馆", 0.5),
    StreetService("hotel", "招待所", 0.3),
    StreetService("restaurant", "饭店", 0.5),
    StreetService("clinic", "门诊部", 0.4, 300.0, "acl", "诊所"),
    StreetService("culture", "电影院", 0.3, 900.0, "ac", "影院"),
    StreetService("culture", "城市书房", 0.35, 700.0, "ac", "书房"),
    StreetService("sports", "健身中心", 0.4, 500.0, "acl", "健身房"),
    StreetService("culture", "民俗馆", 0.12, 900.0, "ac"),
)


def street_services(
    stretches: Stretches,
    streets: NamedStreets,
    *,
    stems: frozenset[str],
    marked: tuple[Landmark, ...],
    seed: int,
) -> Iterator[Site]:
    """What each street has one of: on a stretch of built-up ground that the street's lot chooses."""
    plain = np.flatnonzero(stretches.is_built & (stretches.main == np.arange(len(stretches))))
    of_street = np.split(plain, np.searchsorted(stretches.street[plain], np.arange(1, len(streets.names))))
    taken = {(landmark.street, landmark.category) for landmark in marked}
    for street, name in enumerate(streets.names):
        rng = np.random.default_rng([seed, 410, crc32(name.encode())])
        shares = rng.random(len(SERVICES))
        places = rng.permutation(of_street[street]).tolist()
        for service, share, place in zip(SERVICES, shares.tolist(), places, strict=False):
            is_named_twice = service.category in NAMED_FOR_STREET_TOO and name in stems
            if share >= service.share or is_named_twice or (name, service.category) in taken:
                continue
            if _suits(service, streets, street):
                others = _other_names(name, service, shares)
                yield poi(f"{name}{service.ending}", service.category, stretches.doors[place], *others)


def _suits(service: StreetService, streets: NamedStreets, street: int) -> bool:
    return streets.lengths_m[street] >= service.least_m and streets.ranks[street][0] in service.ranks


def _other_names(name: str, service: StreetService, shares: Floats) -> list[PlaceName]:
    found: list[PlaceName] = []
    if service.other_ending:
        found.append(alias(f"{name}{service.ending}", service.ending, service.other_ending))
    if service.former_ending and shares.sum() % 1.0 < 0.4:
        found.append(former(f"{name}{service.former_ending}", service.until))
    return found


def landmarks(
    plan: tuple[Landmark, ...], stretches: Stretches, streets: NamedStreets, crossings: Crossings
) -> Iterator[Site]:
    """The plan's landmarks: where it says, or at the door nearest to so many metres past a crossing."""
    for landmark in plan:
        at = (
            landmark.at
            if landmark.at is not None
            else _past_crossing(landmark, stretches, streets, crossings)
        )
        if at is not None:
            yield poi(landmark.name, landmark.category, at, *map(PlaceName, landmark.other_names))


def _past_crossing(
    landmark: Landmark, stretches: Stretches, streets: NamedStreets, crossings: Crossings
) -> Floats | None:
    street, other = streets.find(landmark.street), streets.find(landmark.crossing)
    if street is None or other is None:
        return None
    met = np.flatnonzero((crossings.street == street) & (crossings.other == other))
    if len(met) == 0:
        return None
    wanted_m = float(crossings.along_m[met[0]]) + landmark.along_m
    doors = np.flatnonzero(stretches.has_door & (stretches.street == street))
    away = np.abs(stretches.along_m[doors] - wanted_m)
    if len(doors) and away.min() <= LANDMARK_LOOKS_M:
        return np.asarray(stretches.doors[doors[away.argmin()]])
    return streets.aside(street, wanted_m, streets.widths_m[street] / 2 + 4.0)


def bus_stops(streets: NamedStreets, crossings: Crossings) -> Iterator[Site]:
    """A stop on each street past each crossing, on the right of those who go the street's way."""
    for street, other, along_m in zip(
        crossings.street.tolist(), crossings.other.tolist(), crossings.along_m.tolist(), strict=True
    ):
        at = streets.aside(street, along_m + STOP_AFTER_CROSSING_M, -(streets.widths_m[street] / 2 + 1.8))
        if at is not None and streets.ranks[street] != "local":
            name = f"{streets.names[street]}{streets.names[other]}口公交站"
            yield poi(name, "bus_stop", at, alias(name, "公交站", "站"))


def ways_over_and_under(streets: NamedStreets, crossings: Crossings, *, seed: int) -> Iterator[Site]:
    """Foot bridges and foot tunnels at some crossings of arterials."""
    lot = lots(
        (
            f"{streets.names[a]}/{streets.names[b]}"
            for a, b in zip(crossings.street, crossings.other, strict=True)
        ),
        seed + 530,
    )
    for street, other, along_m, chance in zip(
        crossings.street.tolist(), crossings.other.tolist(), crossings.along_m.tolist(), lot, strict=True
    ):
        if streets.ranks[street] != "arterial" or street > other or chance >= 0.3:
            continue
        at = streets.aside(street, along_m - 22.0, 0.0)
        names = f"{streets.names[street]}{streets.names[other]}口"
        if at is not None and chance < 0.18:
            yield poi(f"{names}过街天桥", "overpass", at, alias(f"{names}过街天桥", "过街天桥", "天桥"))
        elif at is not None:
            yield poi(f"{names}地下通道", "underpass", at)


def toilets(streets: NamedStreets, grids: UnitGrids) -> Iterator[Site]:
    """A public toilet every so often at the kerb of each street, numbered along it; none over water."""
    found = [
        poi(f"{name}{number}号公厕", "toilet", at)
        for street, name in enumerate(streets.names)
        for number in range(1, int(streets.lengths_m[street] / TOILET_EVERY_M) + 1)
        for offset in [(streets.widths_m[street] / 2 + 4.0) * (1.0 if number % 2 else -1.0)]
        for at in [streets.aside(street, (number - 0.4) * TOILET_EVERY_M, offset)]
        if at is not None
    ]
    for site, grid in zip(found, grids_at(grids, points_of(found)).tolist(), strict=True):
        if grid >= 0 and grids.land_uses[grid] != "water":
            yield site


def kilometre_posts(streets: NamedStreets) -> Iterator[Site]:
    """A post every kilometre of long arterials."""
    for street, name in enumerate(streets.names):
        if streets.ranks[street] != "arterial" or streets.lengths_m[street] < POSTS_FROM_M:
            continue
        for number in range(1, int(streets.lengths_m[street] / POST_EVERY_M) + 1):
            at = streets.aside(street, number * POST_EVERY_M, -(streets.widths_m[street] / 2 + 1.0))
            if at is not None:
                yield poi(f"{name}K{number}+000", "kilometre_post", at, PlaceName(f"{name}{number}公里桩"))
