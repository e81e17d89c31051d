"""The zone of the first half hour after a leak, as the Emergency Response Guidebook draws it.

A circle of the isolation distance around the spill, and a square as long and wide as the downwind distance,
which starts at the spill and lies along the wind. Distances are data with a mark; none is worked out here.
"""

from collections.abc import Iterable
from math import sqrt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from emergency.rules.effects.checks import need_direction, need_point
from emergency.rules.effects.outlines import circle_at, square_from, wind_to_deg
from emergency.rules.effects.results import Effect, Parameter, Source, Zone, as_area
from emergency.rules.effects.wording import Label, Say, tell
from gis_core.errors import NotFound
from gis_core.places import PlanePoint

Spill = Literal["small", "large"]
TimeOfDay = Literal["day", "night"]
WindWord = Literal["low", "moderate", "high"]
SPILL_NAMES: dict[Spill, Label] = {"small": Label.SMALL, "large": Label.LARGE}
TIME_NAMES: dict[TimeOfDay, Label] = {"day": Label.DAY, "night": Label.NIGHT}
MODERATE_FROM_KMH, HIGH_FROM_KMH = 10.0, 20.0
"""Where winds are low, moderate and high in the guide's table 3 (recalled)."""
FORMULA = "初始隔离区：半径 r 的圆；防护区：自泄漏点起、沿下风向、边长 d 的正方形"


class NoDistances(NotFound):
    """The table has no distances for this substance, spill, time and wind."""

    code = "no_first_minutes_distances"


class Distances(BaseModel):
    """A row of `data/catalogue/effects/first_minutes.yaml`: distances for one case of the guide.

    `is_more` marks a distance that the guide writes with a plus. `is_guide` marks general advice of the
    substance's guide page, not of the table of toxic gases.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    substance: str
    spill: Spill
    container: str = ""
    time: TimeOfDay
    wind: WindWord | None = None
    isolation_m: float = Field(gt=0, le=20_000)
    downwind_m: float = Field(gt=0, le=20_000)
    is_more: bool = False
    is_guide: bool = False
    status: Literal["sourced", "recalled", "assumed"]
    source: str


def wind_word(wind_mps: float) -> WindWord:
    """The guide's word for a wind: below 10 km/h low, up to 20 km/h moderate, above high.

    >>> wind_word(2.0), wind_word(4.0), wind_word(6.0)
    ('low', 'moderate', 'high')
    """
    kmh = wind_mps * 3.6
    return "low" if kmh < MODERATE_FROM_KMH else "moderate" if kmh <= HIGH_FROM_KMH else "high"


def find_distances(
    table: Iterable[Distances],
    *,
    substance: str,
    spill: Spill,
    time: TimeOfDay,
    wind_mps: float | None = None,
    container: str = "",
) -> Distances:
    """The row for a case. Without a container or a wind, where the guide asks for one: the farthest of all.

    :raises NoDistances: when there is none; the sentence says what to do.
    """
    rows = [row for row in table if (row.substance, row.spill, row.time) == (substance, spill, time)]
    rows = [row for row in rows if not container or row.container in ("", container)]
    if wind_mps is not None:
        rows = [row for row in rows if row.wind in (None, wind_word(wind_mps))]
    if not rows:
        raise NoDistances("距离表中没有这种物质和情形。请查《应急响应指南》后补入表中，或先画圆形范围。")
    return max(rows, key=lambda row: (row.downwind_m, row.isolation_m))


def first_minutes(at: PlanePoint, distances: Distances, *, wind_from_deg: float | None) -> Effect:
    """The two zones; without a wind direction a circle of the downwind distance instead of the square.

    :raises BadEffectNumber: for a direction that is none.
    """
    need_point(at)
    isolation = circle_at(at, distances.isolation_m)
    notes: list[str] = []
    if wind_from_deg is None:
        protective, reach_m = circle_at(at, distances.downwind_m), distances.downwind_m
        notes.append(Say.WIND_UNKNOWN.of())
    else:
        towards = wind_to_deg(need_direction(wind_from_deg, Label.WIND_FROM.value))
        protective = square_from(at, distances.downwind_m, towards)
        reach_m = distances.downwind_m * sqrt(1.25)
    if distances.is_more:
        notes.append(Say.DISTANCE_IS_MORE.of(km=distances.downwind_m / 1000))
    if distances.status == "recalled":
        notes.append(Say.DISTANCES_RECALLED.of())
    return Effect(
        model="first_minutes",
        title=Label.FIRST_MINUTES.value,
        formula=FORMULA,
        zones=(
            Zone(
                code="isolation",
                name=Label.ZONE_ISOLATION.value,
                shape=as_area(isolation),
                threshold=f"{tell(distances.isolation_m)} 米",
                status=distances.status,
                reach_m=distances.isolation_m,
            ),
            Zone(
                code="protective",
                name=Label.ZONE_PROTECTIVE.value,
                shape=as_area(isolation.union(protective)),
                threshold=f"{tell(distances.downwind_m)} 米",
                status=distances.status,
                reach_m=max(reach_m, distances.isolation_m),
                is_cut=distances.is_more,
            ),
        ),
        parameters=_parameters(distances, wind_from_deg),
        warnings=tuple(notes),
        limits=(
            Say.FIRST_30.of(),
            *((Say.GUIDE_DISTANCE.of(),) if distances.is_guide else ()),
        ),
        sources=(Source(distances.source, distances.status),),
    )


def _parameters(distances: Distances, wind_from_deg: float | None) -> tuple[Parameter, ...]:
    container = (Parameter(Label.CONTAINER.value, distances.container),) if distances.container else ()
    wind = (Parameter(Label.WIND_FROM.value, wind_from_deg, "度"),) if wind_from_deg is not None else ()
    return (
        Parameter(Label.SPILL.value, SPILL_NAMES[distances.spill].value),
        *container,
        Parameter(Label.TIME_OF_DAY.value, TIME_NAMES[distances.time].value),
        Parameter(Label.ISOLATION.value, distances.isolation_m, "米", distances.status),
        Parameter(Label.DOWNWIND.value, distances.downwind_m, "米", distances.status),
        *wind,
    )
