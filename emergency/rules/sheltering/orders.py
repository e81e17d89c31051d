"""The order a block is handed, and the summary of all, as data that a page prints."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from emergency.rules.sheltering.allocating import Allocation, Assignment, Unserved
from emergency.rules.sheltering.blocks import Block, Way, WayCode
from emergency.rules.sheltering.clearing import Stage, Zone, stage
from emergency.rules.sheltering.needs import Need, Rate, needs_of
from emergency.rules.sheltering.sentences import HOW, WAY_NAMES, Number
from emergency.rules.sheltering.shelters import Shelter


@dataclass(frozen=True, slots=True)
class OrderLine:
    """People of a block who go to one shelter: which way, from when, and there by when at the latest."""

    shelter: Shelter
    people: int
    way: WayCode
    way_name: str
    minutes: int
    metres: float | None
    leaves_at: datetime
    arrives_at: datetime
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """What one block is told: its turn, its lines, and how many have no place and why.

    `is_in_time` says whether the last have left before the hazard is there; None when that is not known.
    """

    turn: int
    block: Block
    lines: tuple[OrderLine, ...]
    unserved_people: int
    unserved_why: str
    is_in_time: bool | None

    @property
    def people(self) -> int:
        """Everyone in the block who is to move."""
        return self.block.people


@dataclass(frozen=True, slots=True)
class Orders:
    """All orders in the turn in which blocks leave, the figures of the whole, and what is needed in all."""

    orders: tuple[Order, ...]
    numbers: tuple[Number, ...]
    needs: tuple[Need, ...]
    needs_days: float


def write_orders(
    allocation: Allocation,
    blocks: Sequence[Block],
    shelters: Sequence[Shelter],
    ways: Sequence[Way],
    *,
    at: datetime,
    people_per_s: float,
    rates: Sequence[Rate],
    days: float,
) -> Orders:
    """Orders of every block with people, leaving from `at` on by time to impact, then population.

    `people_per_s` is what the shared exits let through; `days` is how long supplies must last.
    """
    writer = _Writer(_by_block(allocation), {shelter.id: shelter for shelter in shelters}, at, rates, days)
    by_id = {block.id: block for block in blocks}
    zones = [Zone(block.id, block.people, block.impact_in_s) for block in blocks if block.people]
    stages = stage(zones, people_per_s=people_per_s)
    return Orders(
        tuple(writer.order(by_id[turn.zone_id], turn) for turn in stages),
        (*allocation.numbers, *_buses(allocation, ways)),
        needs_of(allocation.served_people, days, rates),
        days,
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    """What the orders of all blocks share."""

    by_block: Mapping[str, tuple[list[Assignment], Unserved | None]]
    shelters: Mapping[str, Shelter]
    at: datetime
    rates: Sequence[Rate]
    days: float

    def order(self, block: Block, turn: Stage) -> Order:
        going, missing = self.by_block[block.id]
        return Order(
            turn=turn.order,
            block=block,
            lines=tuple(self._line(one, turn) for one in going),
            unserved_people=missing.people if missing else 0,
            unserved_why=missing.why if missing else "",
            is_in_time=turn.is_in_time,
        )

    def _line(self, one: Assignment, turn: Stage) -> OrderLine:
        return OrderLine(
            shelter=self.shelters[one.shelter_id],
            people=one.people,
            way=one.way,
            way_name=WAY_NAMES[one.way],
            minutes=ceil(one.seconds / 60),
            metres=one.metres,
            leaves_at=self.at + timedelta(seconds=turn.leaves_from_s),
            arrives_at=self.at + timedelta(seconds=turn.leaves_until_s + one.seconds),
            needs=needs_of(one.people, self.days, self.rates),
        )


def _by_block(allocation: Allocation) -> dict[str, tuple[list[Assignment], Unserved | None]]:
    going: defaultdict[str, list[Assignment]] = defaultdict(list)
    for one in allocation.assignments:
        going[one.block_id].append(one)
    missing = {one.block_id: one for one in allocation.unserved}
    return {block_id: (going[block_id], missing.get(block_id)) for block_id in [*going, *missing]}


def _buses(allocation: Allocation, ways: Sequence[Way]) -> tuple[Number, ...]:
    """Trips of buses, where people go by bus and the seats of one are known."""
    seats = next((way.seats for way in ways if way.code == "bus" and way.seats), None)
    if seats is None:
        return ()
    riding: dict[str, int] = {}
    for one in allocation.assignments:
        if one.way == "bus":
            riding[one.shelter_id] = riding.get(one.shelter_id, 0) + one.people
    trips = sum(ceil(people / seats) for people in riding.values())
    return (Number("buses", trips, "车次", HOW["buses"].format(seats=seats)),)
