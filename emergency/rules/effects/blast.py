"""How far the pressure of an explosion reaches: Sadovsky's formula over open ground (recalled).

ΔP [MPa] = 0.084/Z + 0.27/Z² + 0.7/Z³ with Z = R/W^⅓ in m/kg^⅓, for 1 ≤ Z ≤ 15; W is the mass of TNT.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from scipy.optimize import brentq

from emergency.rules.effects.checks import BadEffectNumber, OutsideModel, need, need_point
from emergency.rules.effects.outlines import circle_at
from emergency.rules.effects.results import Effect, Parameter, Source, Zone, as_area
from emergency.rules.effects.wording import Label, Say, tell
from gis_core.places import PlanePoint

NEAREST_Z, FARTHEST_Z = 1.0, 15.0
TNT_MJ_PER_KG = 4.5
FORMULA = "ΔP = 0.084/Z + 0.27/Z² + 0.7/Z³（兆帕），Z = R/W^⅓"


class Overpressure(BaseModel):
    """A row of `data/catalogue/effects/blast.yaml`: what a pressure does to people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    name: str
    mpa: float = Field(gt=0)
    status: Literal["sourced", "recalled", "assumed"]
    source: str


def overpressure_mpa(distance_m: float, tnt_kg: float) -> float:
    """Peak pressure above the air's at a distance, MPa.

    :raises OutsideModel: where the scaled distance lies outside 1 to 15 m/kg^⅓.
    :raises BadEffectNumber: for a mass that is not above zero, or no number.

    >>> overpressure_mpa(10.0, 1000.0)
    1.054
    """
    need(tnt_kg, Label.TNT.value, low=1e-3, high=1e9, unit="千克")
    need(distance_m, "距离", low=0.0, high=1e6, unit="米")
    scaled = distance_m / tnt_kg ** (1 / 3)
    # The ends themselves belong to the range, however the cube root is rounded.
    if not NEAREST_Z * (1 - 1e-9) <= scaled <= FARTHEST_Z * (1 + 1e-9):
        raise OutsideModel(
            f"比例距离 {tell(scaled)} 不在公式适用的 1 至 15 之内。请换一个距离，或由专业人员另行计算。"
        )
    return float(round(_formula(scaled), 12))


def _recalled(levels: Sequence[Overpressure]) -> tuple[str, ...]:
    """That pressures of levels are from memory."""
    names = [one.name for one in levels if one.status == "recalled"]
    return (Say.LIMITS_RECALLED.of(names="、".join(names)),) if names else ()


def _formula(scaled: float) -> float:
    return float(0.084 / scaled + 0.27 / scaled**2 + 0.7 / scaled**3)


def radius_m(mpa: float, tnt_kg: float) -> float:
    """How far a pressure reaches, metres.

    :raises OutsideModel: for a pressure that the formula has nowhere between Z = 1 and Z = 15.
    """
    need(tnt_kg, Label.TNT.value, low=1e-3, high=1e9, unit="千克")
    most, least = _formula(NEAREST_Z), _formula(FARTHEST_Z)
    if not least <= mpa <= most:
        raise OutsideModel(
            f"超压 {tell(mpa)} 兆帕不在公式适用的 {tell(least)} 至 {tell(most)} 之内。请换一个超压等级。"
        )
    scaled = brentq(lambda z: _formula(z) - mpa, NEAREST_Z, FARTHEST_Z)
    return float(scaled * tnt_kg ** (1 / 3))


def tnt_equivalent_kg(mass_kg: float, heat_mj_per_kg: float, efficiency: float) -> float:
    """TNT with the energy of which a part explodes: η·m·Q/4.5 MJ/kg.

    :raises BadEffectNumber: for numbers that cannot be.

    >>> tnt_equivalent_kg(1000.0, 45.0, 0.04)
    400.0
    """
    need(mass_kg, Label.MASS.value, low=1e-3, high=1e9, unit="千克")
    need(heat_mj_per_kg, Label.HEAT.value, low=0.1, high=200.0, unit="兆焦/千克")
    need(efficiency, Label.EFFICIENCY.value, low=1e-4, high=1.0, unit="")
    return efficiency * mass_kg * heat_mj_per_kg / TNT_MJ_PER_KG


def blast(at: PlanePoint, tnt_kg: float, levels: Sequence[Overpressure]) -> Effect:
    """Circles of pressures, the highest first; one above the formula's range is drawn at Z = 1 and said so.

    :raises OutsideModel: for a pressure below the formula's range.
    :raises BadEffectNumber: for a mass or a place that cannot be, or no levels.
    """
    need_point(at)
    need(tnt_kg, Label.TNT.value, low=1e-3, high=1e9, unit="千克")
    if not levels:
        raise BadEffectNumber("没有要画的超压等级。请至少选一个。", name="levels")
    notes: list[str] = []
    zones: list[Zone] = []
    for level in sorted(levels, key=lambda one: -one.mpa):
        is_near = level.mpa > _formula(NEAREST_Z)
        reach_m = tnt_kg ** (1 / 3) * NEAREST_Z if is_near else radius_m(level.mpa, tnt_kg)
        if is_near:
            notes.append(Say.BLAST_NEAR.of(zone=level.name))
        zones.append(
            Zone(
                code=level.code,
                name=level.name,
                shape=as_area(circle_at(at, reach_m)),
                threshold=f"≥ {tell(level.mpa)} 兆帕",
                status=level.status,
                reach_m=reach_m,
            )
        )
    return Effect(
        model="blast",
        title=Label.BLAST.value,
        formula=FORMULA,
        zones=tuple(zones),
        parameters=(Parameter(Label.TNT.value, tnt_kg, "千克"),),
        warnings=(*notes, *_recalled(levels)),
        limits=(Say.SADOVSKY_RANGE.of(), Say.BLAST_NO_FRAGMENTS.of()),
        sources=(
            Source("萨多夫斯基公式", "recalled"),
            *dict.fromkeys(Source(one.source, one.status) for one in levels),
        ),
    )
