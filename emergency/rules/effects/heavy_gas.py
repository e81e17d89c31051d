"""When a plume is the wrong picture: gases that hug the ground near the leak, and what to say then."""

from dataclasses import dataclass

from emergency.rules.effects.results import Model
from emergency.rules.effects.substances import Substance
from emergency.rules.effects.wording import Say


@dataclass(frozen=True, slots=True)
class Caution:
    """Sentences of warning, and the models to be looked at beside the plume."""

    warnings: tuple[str, ...] = ()
    offers: tuple[Model, ...] = ()


def caution_for(substance: Substance) -> Caution:
    """What has to be said of a substance: heavy ones, cold mists of liquefied ones, and what burns.

    A heavy or liquefied gas offers the first-minutes zone, which was made for it.
    """
    said: list[str] = []
    if substance.is_heavy:
        said.append(Say.HEAVY_GAS.of(substance=substance.name, density=substance.relative_density))
    elif substance.is_liquefied:
        said.append(Say.COLD_GAS.of(substance=substance.name))
    hugs_the_ground = bool(said)
    if hugs_the_ground:
        said.append(Say.LOW_GROUND.of())
    if substance.lower_explosive_pct is not None:
        said.append(Say.FLAMMABLE_GAS.of(substance=substance.name, lel=substance.lower_explosive_pct))
    return Caution(tuple(said), ("first_minutes",) if hugs_the_ground else ())
