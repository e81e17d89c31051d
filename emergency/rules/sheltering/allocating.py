"""Which block goes to which shelter, how, and who has no place: the one call that pages make."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emergency.rules.ids import require_unique
from emergency.rules.sheltering.blocks import Block, Travel, Way, WayCode, best_ways
from emergency.rules.sheltering.flowing import Flow, Problem, Whole, flow
from emergency.rules.sheltering.sentences import HOW, UNSERVED, Number, plain
from emergency.rules.sheltering.shelters import (
    Capacity,
    Hazard,
    LeftOut,
    Shelter,
    Standard,
    sort_out,
)
from emergency.rules.sheltering.whole_blocks import GAP_REACHED, place_whole
from gis_core.errors import BadInput

DEFAULT_TIME_LIMIT_S = 10.0


class BadAllocating(BadInput):
    """A weight of stability below zero, or no time to search."""

    code = "bad_allocating"


@dataclass(frozen=True, slots=True)
class Assignment:
    """People of one block who go to one shelter one way; `metres` where the way's length is known."""

    block_id: str
    shelter_id: str
    people: int
    way: WayCode
    seconds: int
    metres: float | None = None


@dataclass(frozen=True, slots=True)
class Unserved:
    """People of one block without a place, and why."""

    block_id: str
    people: int
    code: str

    @property
    def why(self) -> str:
        """The reason in Chinese."""
        return UNSERVED[self.code]


@dataclass(frozen=True, slots=True)
class Load:
    """How full a shelter gets; `saving_s` are the person-seconds that one more place in it would save."""

    shelter_id: str
    people: int
    capacity: Capacity
    saving_s: int

    @property
    def free(self) -> int:
        """Places left."""
        return self.capacity.people - self.people


@dataclass(frozen=True, slots=True)
class Allocation:
    """Who goes where, who stays without a place, and how good that is.

    `cost_s` are person-seconds with each unserved person at `unserved_s`; `bound_s` is what no allocation can
    beat. Without whole blocks both are equal: the optimum is proven.
    """

    assignments: tuple[Assignment, ...]
    unserved: tuple[Unserved, ...]
    loads: tuple[Load, ...]
    left_out: tuple[LeftOut, ...]
    blocks: int
    people: int
    cost_s: int
    bound_s: int
    unserved_s: int

    @property
    def served_people(self) -> int:
        """People with a place."""
        return sum(one.people for one in self.assignments)

    @property
    def unserved_people(self) -> int:
        """People without one."""
        return sum(one.people for one in self.unserved)

    @property
    def person_seconds(self) -> int:
        """Time on the way of all who have a place."""
        return sum(one.people * one.seconds for one in self.assignments)

    @property
    def gap(self) -> float:
        """Share of the cost that a better allocation could save at most."""
        return (self.cost_s - self.bound_s) / self.cost_s if self.cost_s else 0.0

    @property
    def is_proven(self) -> bool:
        """Whether no allocation can be better by more than a millionth."""
        return self.gap <= GAP_REACHED

    @property
    def numbers(self) -> tuple[Number, ...]:
        """Every figure of the summary with how it came about."""
        served, places = self.served_people, sum(load.capacity.people for load in self.loads)
        told = {"shelters": str(len(self.loads)), "left_out": str(len(self.left_out))}
        return (
            Number("people", self.people, "人", HOW["people"].format(blocks=self.blocks)),
            Number("places", places, "人", HOW["places"].format(**told)),
            Number("served", served, "人", HOW["served"]),
            Number("unserved", self.unserved_people, "人", HOW["unserved"]),
            Number("person_seconds", self.person_seconds, "人·秒", HOW["person_seconds"]),
            Number("mean_s", self.person_seconds / served if served else 0.0, "秒", HOW["mean_s"]),
            Number(
                "longest_s", max((one.seconds for one in self.assignments), default=0), "秒", HOW["longest_s"]
            ),
            Number("bound", self.bound_s, "人·秒", HOW["bound"]),
            Number("gap", 100 * self.gap, "%", HOW["gap"]),
            Number(
                "unserved_cost",
                self.unserved_s,
                "秒/人",
                HOW["unserved_cost"].format(seconds=plain(self.unserved_s)),
            ),
        )


def allocate(
    blocks: Sequence[Block],
    shelters: Sequence[Shelter],
    ways: Sequence[Way],
    *,
    standard: Standard,
    hazard: Hazard | None = None,
    whole_blocks: bool = False,
    previous: Iterable[Assignment] = (),
    stability_s: int = 0,
    time_limit_s: float = DEFAULT_TIME_LIMIT_S,
) -> Allocation:
    """The allocation with most people placed and, among those, least time on the way.

    Rows of the ways are the blocks, columns all the shelters, in the orders given; shelters that cannot
    serve are left out here, with their reasons. `previous` assignments are kept where that costs nothing, and
    where a move saves less than `stability_s` per person. `time_limit_s` bounds the search of HiGHS for whole
    blocks; what comes before it takes a second or two in a large city.

    :raises IdsTwice, BadTravel, BadAllocating: on input that has no honest answer.
    """
    require_unique([block.id for block in blocks], what="片区")
    require_unique([shelter.id for shelter in shelters], what="避难场所")
    if stability_s < 0 or not time_limit_s > 0:
        raise BadAllocating("稳定性权重不能小于零，求解时限必须大于零。请改正参数。")
    travel = best_ways(ways, blocks=len(blocks), shelters=len(shelters), walk_m=standard.walk_m)
    usable, left_out = sort_out(shelters, standard, hazard)
    columns = np.array([j for j, one in enumerate(shelters) if one.id in usable], dtype=np.int64)
    rows = np.array([i for i, block in enumerate(blocks) if block.people], dtype=np.int64)
    served = _Served(
        [blocks[i] for i in rows], [shelters[j] for j in columns], usable, ways, rows, columns, travel
    )
    problem = served.problem(previous, stability_s)
    split = flow(problem)
    chosen, bound_s = split, split.cost_s(problem)
    if whole_blocks:
        plan = place_whole(problem, split, time_limit_s=time_limit_s)
        chosen, bound_s = _as_flow(plan.shelter, problem, split), plan.bound_s
    return Allocation(
        assignments=tuple(served.assignments(chosen)),
        unserved=tuple(served.unserved(chosen, whole_blocks=whole_blocks)),
        loads=tuple(served.loads(chosen)),
        left_out=left_out,
        blocks=len(blocks),
        people=int(problem.people.sum()),
        cost_s=chosen.cost_s(problem),
        bound_s=bound_s,
        unserved_s=problem.unserved_s,
    )


def _as_flow(shelter: Whole, problem: Problem, split: Flow) -> Flow:
    """A whole plan in the shape of a flow; prices of places stay those of the flow."""
    blocks, shelters = problem.seconds.shape
    people = np.zeros((blocks, shelters + 1), dtype=np.int64)
    people[np.arange(blocks), shelter] = problem.people
    return Flow(people[:, :-1], people[:, -1], split.saving_s)


@dataclass(frozen=True, slots=True)
class _Served:
    """Blocks with people and shelters that take part, with where they stand in the matrices given."""

    blocks: Sequence[Block]
    shelters: Sequence[Shelter]
    capacities: Mapping[str, Capacity]
    ways: Sequence[Way]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    travel: Travel

    def problem(self, previous: Iterable[Assignment], stability_s: int) -> Problem:
        seconds = self.travel.seconds[np.ix_(self.rows, self.columns)]
        may = np.isfinite(seconds)
        return Problem(
            people=np.array([block.people for block in self.blocks], dtype=np.int64),
            places=np.array([self.capacities[one.id].people for one in self.shelters], dtype=np.int64),
            seconds=np.where(may, seconds, 0).astype(np.int64),
            may=may,
            kept=self._kept(previous),
            stability_s=stability_s,
        )

    def _kept(self, previous: Iterable[Assignment]) -> Whole:
        """People by pair who went there before; blocks and shelters that are no longer there do not count."""
        row_of = {block.id: row for row, block in enumerate(self.blocks)}
        column_of = {shelter.id: column for column, shelter in enumerate(self.shelters)}
        kept = np.zeros((len(self.blocks), len(self.shelters)), dtype=np.int64)
        for one in previous:
            if one.block_id in row_of and one.shelter_id in column_of:
                kept[row_of[one.block_id], column_of[one.shelter_id]] += one.people
        return kept

    def assignments(self, chosen: Flow) -> Iterable[Assignment]:
        for row, column in np.argwhere(chosen.people > 0).tolist():
            pair = self.rows[row], self.columns[column]
            way = self.ways[int(self.travel.way[pair])]
            yield Assignment(
                block_id=self.blocks[row].id,
                shelter_id=self.shelters[column].id,
                people=int(chosen.people[row, column]),
                way=way.code,
                seconds=int(self.travel.seconds[pair]),
                metres=None if way.metres is None else float(way.metres[pair]),
            )

    def unserved(self, chosen: Flow, *, whole_blocks: bool) -> Iterable[Unserved]:
        for row in np.flatnonzero(chosen.unserved > 0).tolist():
            people = int(chosen.unserved[row])
            code = self._why_unserved(row, chosen, whole_blocks=whole_blocks)
            yield Unserved(self.blocks[row].id, people, code)

    def _why_unserved(self, row: int, chosen: Flow, *, whole_blocks: bool) -> str:
        reached = np.isfinite(self.travel.seconds[self.rows[row], self.columns])
        if not self.shelters:
            return "no_shelters"
        if not reached.any():
            return "no_way"
        if not whole_blocks:
            return "full"
        places = np.array([self.capacities[one.id].people for one in self.shelters])
        if self.blocks[row].people > places[reached].max():
            return "too_large"
        is_some_left = bool((places - chosen.people.sum(axis=0))[reached].any())
        return "no_room_whole" if is_some_left else "full"

    def loads(self, chosen: Flow) -> Iterable[Load]:
        people = chosen.people.sum(axis=0).tolist()
        for shelter, here, saving in zip(self.shelters, people, chosen.saving_s.tolist(), strict=True):
            yield Load(shelter.id, here, self.capacities[shelter.id], saving)
