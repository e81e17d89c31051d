"""Shelters and how many people they hold for a stay of a given length."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shapely.geometry.base import BaseGeometry

from emergency.rules.sheltering.sentences import FEATURE_NAMES, HOW, LEFT_OUT, STAY_NAMES, plain
from gis_core.errors import BadInput

Stay = Literal["emergency", "temporary", "short", "medium", "long"]
Feature = Literal["indoor", "outdoor", "quake_resistant", "above_flood", "sealable"]
Status = Literal["sourced", "recalled", "assumed"]


class BadShelter(BadInput):
    """A shelter whose area, limit or occupancy cannot be."""

    code = "bad_shelter"


class BadStandard(BadInput):
    """A standard of a stay with no area per person."""

    code = "bad_shelter_standard"


@dataclass(frozen=True, slots=True)
class Standard:
    """What one person needs in a stay of a length, and how far people may be sent on foot.

    `status` says how sure the figures are: sourced, recalled or assumed; `source` names where they are from.
    """

    stay: Stay
    area_m2_per_person: float
    walk_m: float | None
    status: Status
    source: str

    def __post_init__(self) -> None:
        # The comparison is false for NaN too.
        if not 0 < self.area_m2_per_person < math.inf:
            raise BadStandard("人均有效面积必须大于零。请检查避难标准。", stay=self.stay)
        if self.walk_m is not None and not self.walk_m > 0:
            raise BadStandard("步行距离上限必须大于零。请检查避难标准。", stay=self.stay)

    @property
    def name(self) -> str:
        """The stay in Chinese."""
        return STAY_NAMES[self.stay]


@dataclass(frozen=True, slots=True)
class Shelter:
    """A shelter as registered: `ground` in plane metres, a point or an area.

    `most_people` is a registered limit, `taken` who already lives there; `stays` are the lengths it is kept
    for, none meaning every one. What is not ready says why in `not_ready_why`.
    """

    id: str
    name: str
    effective_area_m2: float
    ground: BaseGeometry | None = None
    features: frozenset[Feature] = frozenset()
    stays: frozenset[Stay] = frozenset()
    most_people: int | None = None
    taken: int = 0
    not_ready_why: str = ""
    contact: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.effective_area_m2 < math.inf:
            raise BadShelter(f"“{self.name}”的有效面积必须是不小于零的数。请改正。", id=self.id)
        if self.taken < 0 or (self.most_people is not None and self.most_people < 0):
            raise BadShelter(f"“{self.name}”的人数不能小于零。请改正。", id=self.id)


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many more people a shelter takes, and how that was worked out."""

    people: int
    how: str


def capacity_of(shelter: Shelter, standard: Standard) -> Capacity:
    """Effective area by the area per person of the stay, rounded down, less who is there already.

    >>> short = Standard("short", 2.0, 1_000.0, "recalled", "GB 51143-2015")
    >>> capacity_of(Shelter("1", "体育场", 3_001.0), short).people
    1500
    """
    per_person = standard.area_m2_per_person
    # Ten decimals take back what 0.3 / 0.1 loses, and no square metre.
    people = by_area = math.floor(round(shelter.effective_area_m2 / per_person, 10))
    told = {"area": plain(shelter.effective_area_m2), "per_person": plain(per_person)}
    how = HOW["capacity"].format(**told, people=f"{by_area:,}")
    if shelter.most_people is not None and shelter.most_people < by_area:
        people = shelter.most_people
        how = HOW["capacity_limited"].format(**told, by_area=f"{by_area:,}", most=f"{people:,}")
    if shelter.taken:
        free = max(0, people - shelter.taken)
        so_far = {"people": f"{people:,}", "taken": f"{shelter.taken:,}", "free": f"{free:,}"}
        return Capacity(free, f"{how}；{HOW['capacity_taken'].format(**so_far)}")
    return Capacity(people, how)


@dataclass(frozen=True, slots=True)
class Hazard:
    """What people flee from: the zone in plane metres, and what a shelter must offer against it.

    The border of the zone counts as inside.
    """

    code: str
    name: str
    zone: BaseGeometry | None = None
    needs: frozenset[Feature] = frozenset()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A shelter that takes no part, with every reason."""

    shelter_id: str
    codes: tuple[str, ...]
    why: str


def find_left_out(shelter: Shelter, standard: Standard, hazard: Hazard | None) -> LeftOut | None:
    """Every reason for which a shelter takes no part, or None when it does."""
    found: dict[str, str] = {}
    if shelter.not_ready_why:
        found["not_ready"] = LEFT_OUT["not_ready"].format(why=shelter.not_ready_why)
    if hazard and hazard.zone is not None and not hazard.zone.is_empty:
        if shelter.ground is None or shelter.ground.is_empty:
            found["place_unknown"] = LEFT_OUT["place_unknown"]
        elif hazard.zone.intersects(shelter.ground):
            found["in_zone"] = LEFT_OUT["in_zone"]
    if hazard and (lacking := hazard.needs - shelter.features):
        named = "、".join(FEATURE_NAMES[one] for one in sorted(lacking))
        found["lacks"] = LEFT_OUT["lacks"].format(lacking=named)
    if shelter.stays and standard.stay not in shelter.stays:
        found["wrong_stay"] = LEFT_OUT["wrong_stay"].format(stay=standard.name)
    if not found and not capacity_of(shelter, standard).people:
        found["no_places"] = LEFT_OUT["no_places"]
    return LeftOut(shelter.id, tuple(found), "；".join(found.values())) if found else None


def sort_out(
    shelters: Sequence[Shelter], standard: Standard, hazard: Hazard | None
) -> tuple[Mapping[str, Capacity], tuple[LeftOut, ...]]:
    """Capacities of the shelters that take part, by id, and those left out, both in the order given."""
    usable: dict[str, Capacity] = {}
    left_out: list[LeftOut] = []
    for shelter in shelters:
        if reason := find_left_out(shelter, standard, hazard):
            left_out.append(reason)
        else:
            usable[shelter.id] = capacity_of(shelter, standard)
    return usable, tuple(left_out)
