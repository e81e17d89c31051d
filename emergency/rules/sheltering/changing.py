"""Who moves when an allocation is made again: a shelter fell out, a block grew, a road was closed."""

from collections.abc import Iterable
from dataclasses import dataclass

from emergency.rules.sheltering.allocating import Allocation, Assignment
from emergency.rules.sheltering.sentences import HOW, Number


@dataclass(frozen=True, slots=True)
class Move:
    """People of one block who go elsewhere than before; None stands for "no place"."""

    block_id: str
    people: int
    from_shelter_id: str | None
    to_shelter_id: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """Everyone whose shelter changed, and how many stayed."""

    moves: tuple[Move, ...]
    stayed_people: int

    @property
    def moved(self) -> Number:
        """People who had a shelter and now have another one or none."""
        people = sum(move.people for move in self.moves if move.from_shelter_id is not None)
        return Number("moved", people, "人", HOW["moved"])


def compare(before: Iterable[Assignment], after: Allocation) -> Change:
    """The fewest moves that lead from one allocation to the other, block by block.

    People new in a block come from None; people who are no longer in it are told nowhere.
    """
    was, now = _by_block(before), _by_block(after.assignments)
    unserved = {one.block_id: one.people for one in after.unserved}
    moves: list[Move] = []
    stayed = 0
    for block_id in sorted({*was, *now, *unserved}):
        old, new = was.get(block_id, {}), now.get(block_id, {})
        stayed += sum(min(old[shelter], new.get(shelter, 0)) for shelter in old)
        leaving = _surplus(old, new)
        arriving = [*_surplus(new, old), (None, unserved.get(block_id, 0))]
        moves += _pair(block_id, leaving, arriving)
    return Change(tuple(moves), stayed)


def _by_block(assignments: Iterable[Assignment]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for one in assignments:
        people = found.setdefault(one.block_id, {})
        people[one.shelter_id] = people.get(one.shelter_id, 0) + one.people
    return found


def _surplus(these: dict[str, int], those: dict[str, int]) -> list[tuple[str | None, int]]:
    """What `these` have more than `those`, by shelter."""
    more = [(shelter, people - those.get(shelter, 0)) for shelter, people in sorted(these.items())]
    return [(shelter, people) for shelter, people in more if people > 0]


def _pair(
    block_id: str, leaving: list[tuple[str | None, int]], arriving: list[tuple[str | None, int]]
) -> Iterable[Move]:
    """Those who leave fill what is new; what is still open then is filled by people new in the block."""
    leaving = list(leaving)
    for shelter, wanted in arriving:
        still = wanted
        while still > 0 and leaving:
            origin, people = leaving[0]
            going = min(people, still)
            yield Move(block_id, going, origin, shelter)
            still -= going
            leaving[0] = (origin, people - going)
            if not leaving[0][1]:
                leaving.pop(0)
        if still > 0 and shelter is not None:
            yield Move(block_id, still, None, shelter)
