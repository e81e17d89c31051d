"""What tasks ask for beside what is at hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from emergency.rules.plans.document import ResourceDemand


class Asks(Protocol):
    """A task that asks for resources."""

    @property
    def code(self) -> str:
        """Its code, or its id in an activation."""
        ...

    @property
    def resources(self) -> tuple[ResourceDemand, ...]:
        """What it asks for."""
        ...


@dataclass(frozen=True, slots=True)
class Stock:
    """So much of a kind of resource is at hand; several stores of a kind are added."""

    kind: str
    quantity: float
    unit: str


@dataclass(frozen=True, slots=True)
class Balance:
    """Wanted and at hand of a kind in a unit; `at_hand` None: nothing in that unit is known."""

    kind: str
    name: str
    unit: str
    wanted: float
    at_hand: float | None
    task_ids: tuple[str, ...]
    sentence: str

    @property
    def short(self) -> float:
        """How much is missing, 0 when there is enough."""
        return max(0.0, self.wanted - (self.at_hand or 0.0))


def balance(tasks: Iterable[Asks], stocks: Iterable[Stock]) -> tuple[Balance, ...]:
    """Every kind that is asked for, the shortest first; amounts in different units are never added."""
    demands = [(task.code, demand) for task in tasks for demand in task.resources]
    held: dict[tuple[str, str], float] = {}
    for stock in stocks:
        held[stock.kind, stock.unit] = held.get((stock.kind, stock.unit), 0.0) + stock.quantity
    found = []
    for kind, unit in dict.fromkeys((demand.kind, demand.unit) for _, demand in demands):
        mine = [(key, demand) for key, demand in demands if (demand.kind, demand.unit) == (kind, unit)]
        name, wanted = mine[0][1].name, sum(demand.quantity for _, demand in mine)
        at_hand = held.get((kind, unit))
        told = _said(name, unit, wanted, at_hand)
        found.append(Balance(kind, name, unit, wanted, at_hand, tuple(key for key, _ in mine), told))
    return tuple(sorted(found, key=lambda one: (-one.short / one.wanted, one.kind, one.unit)))


def _said(name: str, unit: str, wanted: float, at_hand: float | None) -> str:
    if at_hand is None:
        return f"{name}需 {wanted:g} {unit}，现有数量不明（没有以“{unit}”登记的），请核实。"
    if at_hand < wanted:
        short = f"缺 {wanted - at_hand:g} {unit}，请调拨或申请支援"
        return f"{name}需 {wanted:g} {unit}，现有 {at_hand:g} {unit}，{short}。"
    return f"{name}需 {wanted:g} {unit}，现有 {at_hand:g} {unit}，够用。"
