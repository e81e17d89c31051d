"""Toxic gases and their limits: rows of `data/catalogue/effects/substances.yaml`; ppm and mg/m³."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from emergency.rules.effects.checks import need
from gis_core.errors import NotFound

MOLAR_LITRES = 24.45
"""Litres of one mole of a gas at 25 °C and 1 atm."""
AIR_G_PER_MOL = 28.96
HEAVY_FROM = 1.1
"""Relative density above which a gas is called heavy here (assumed)."""
LimitKind = Literal["aegl3_60", "idlh", "aegl2_60", "aegl1_60"]
LIMIT_NAMES: dict[LimitKind, str] = {
    "aegl3_60": "AEGL-3（60 分钟，危及生命）",
    "idlh": "IDLH（立即威胁生命或健康）",
    "aegl2_60": "AEGL-2（60 分钟，严重伤害）",
    "aegl1_60": "AEGL-1（60 分钟，不适）",
}
THREE: tuple[LimitKind, ...] = ("aegl3_60", "idlh", "aegl2_60")


class UnknownSubstance(NotFound):
    """The table of substances has no such one, or no such limit of it."""

    code = "unknown_substance"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limit(_Row):
    """One limit of a substance, ppm by volume."""

    ppm: float = Field(gt=0)
    status: Literal["sourced", "recalled", "assumed"]
    source: str


class Substance(_Row):
    """A gas: what it weighs, how it is stored, at which concentration it harms."""

    code: str
    name: str
    un_no: str
    cas_no: str
    molar_mass_g: float = Field(gt=0)
    is_liquefied: bool
    lower_explosive_pct: float | None = None
    limits: dict[LimitKind, Limit] = Field(min_length=1)
    status: Literal["sourced", "recalled", "assumed"]
    source: str

    @property
    def relative_density(self) -> float:
        """Density against air at the same temperature."""
        return self.molar_mass_g / AIR_G_PER_MOL

    @property
    def is_heavy(self) -> bool:
        """Whether the gas itself is clearly heavier than air."""
        return self.relative_density > HEAVY_FROM


class Threshold(_Row):
    """A concentration whose isopleth is drawn."""

    code: str
    name: str
    mg_per_m3: float
    ppm: float | None = None
    status: Literal["given", "sourced", "recalled", "assumed"] = "given"
    source: str = ""


def to_mg_per_m3(ppm: float, molar_mass_g: float) -> float:
    """Milligrams per cubic metre at 25 °C.

    :raises BadEffectNumber: for a negative concentration, or a mass that is none.

    >>> round(to_mg_per_m3(1.0, 70.906), 2), round(to_mg_per_m3(1.0, 17.031), 3)
    (2.9, 0.697)
    """
    need(ppm, "浓度", low=0.0, high=1e6, unit="ppm")
    need(molar_mass_g, "摩尔质量", low=1.0, high=1000.0, unit="克/摩尔")
    return ppm * molar_mass_g / MOLAR_LITRES


def to_ppm(mg_per_m3: float, molar_mass_g: float) -> float:
    """Parts per million by volume at 25 °C; the inverse of `to_mg_per_m3`.

    :raises BadEffectNumber: for a negative concentration, or a mass that is none.
    """
    need(mg_per_m3, "浓度", low=0.0, high=1e8, unit="毫克/立方米")
    need(molar_mass_g, "摩尔质量", low=1.0, high=1000.0, unit="克/摩尔")
    return mg_per_m3 * MOLAR_LITRES / molar_mass_g


def thresholds_of(substance: Substance, kinds: tuple[LimitKind, ...] | None = None) -> tuple[Threshold, ...]:
    """Limits of a substance to be drawn, the highest concentration first; without `kinds` the usual three.

    Of three that a substance lacks, those it has are taken.

    :raises UnknownSubstance: when a limit is asked for by name and not known.
    """
    missing = [kind for kind in kinds or () if kind not in substance.limits]
    if missing:
        raise UnknownSubstance(f"{substance.name}没有 {missing[0]} 限值。请换一个限值，或在物质表中补上。")
    usual = [kind for kind in THREE if kind in substance.limits]
    if len(usual) < len(THREE) and "aegl1_60" in substance.limits:
        usual.append("aegl1_60")
    chosen = kinds or tuple(usual)
    found = [
        Threshold(
            code=kind,
            name=LIMIT_NAMES[kind],
            mg_per_m3=to_mg_per_m3(substance.limits[kind].ppm, substance.molar_mass_g),
            ppm=substance.limits[kind].ppm,
            status=substance.limits[kind].status,
            source=substance.limits[kind].source,
        )
        for kind in chosen
    ]
    return tuple(sorted(found, key=lambda one: -one.mg_per_m3))
