"""What warehouses hold of what tasks ask for: by name and unit, in date, within reach, the soonest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import inf

from emergency.rules.plans.resources import Asks, Balance, Stock, balance

REACH_S = 3600.0
"""What takes longer to bring is not at hand (assumed)."""


@dataclass(frozen=True, slots=True)
class Held:
    """Goods in a warehouse; `seconds` to the incident, None where not known, infinite without a way."""

    code: str
    store: str
    name: str
    quantity: float
    unit: str
    expires_on: date | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Supply:
    """A kind that is asked for, with the warehouses that hold some of it."""

    balance: Balance
    stores: tuple[Held, ...]


def supplies(
    tasks: Iterable[Asks], held: Iterable[Held], *, on: date, within_s: float = REACH_S
) -> tuple[Supply, ...]:
    """Every kind that is asked for, the shortest first; goods count under the very name and unit asked for.

    What expired before `on` or is farther than `within_s` is not at hand.
    """
    wanted = list(tasks)
    kinds = {(one.name, one.unit): one.kind for task in wanted for one in task.resources}
    usable = [one for one in held if (one.name, one.unit) in kinds and _is_at_hand(one, on, within_s)]
    stocks = [Stock(kinds[one.name, one.unit], one.quantity, one.unit) for one in usable]
    return tuple(
        Supply(
            found,
            tuple(
                sorted(
                    (
                        one
                        for one in usable
                        if (kinds[one.name, one.unit], one.unit) == (found.kind, found.unit)
                    ),
                    key=lambda one: (inf if one.seconds is None else one.seconds, one.store),
                )
            ),
        )
        for found in balance(wanted, stocks)
    )


def _is_at_hand(one: Held, on: date, within_s: float) -> bool:
    if one.expires_on is not None and one.expires_on < on:
        return False
    return one.quantity > 0 and (one.seconds is None or one.seconds <= within_s)
