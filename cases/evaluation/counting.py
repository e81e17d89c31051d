"""Counts by object and day from marks: every mark counts for all it concerns, and days add up. numpy only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cases.rules.counting import DEED_NO, PLACE_DEEDS, Marks

Ints = NDArray[np.int64]
KINDS = (
    "unit_grid", "responsibility_grid", "community", "subdistrict", "district", "department", "post",
    "person",
)  # fmt: skip
KIND_NO: Mapping[str, int] = {kind: n for n, kind in enumerate(KINDS)}
PLACES = KINDS[:5]
_OBJECT_BITS, _DAY_BITS, _COUNTER_BITS = 24, 16, 8


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom marks concern, by object number, one row a mark; 0 for nobody. `places` has a column for each of
    `PLACES`."""

    places: Ints
    department: Ints
    post: Ints
    person: Ints


@dataclass(frozen=True, slots=True)
class DayCounts:
    """Counts, one row for each object, day and counter that has one."""

    kind: Ints
    day: Ints
    object_id: Ints
    counter: Ints
    n: Ints

    def rows(self) -> list[tuple[int, ...]]:
        """The counts as tuples, sorted."""
        columns = (self.kind, self.day, self.object_id, self.counter, self.n)
        return sorted(zip(*(column.tolist() for column in columns), strict=True))


def count_days(
    marks: Marks, whom: Concerned, *, gone: Marks | None = None, of_gone: Concerned | None = None
) -> DayCounts:
    """The counts of marks; those of `gone` marks are taken off. Rows that come to nothing are left out."""
    found = [*_cells(marks, whom, 1)]
    if gone is not None and of_gone is not None:
        found += _cells(gone, of_gone, -1)
    parts: list[tuple[int, Ints, Ints]] = []
    for kind in range(len(KINDS)):
        mine = [one for one in found if one.kind == kind and len(one.key)]
        if mine:
            parts.append((kind, *_add_up(mine)))
    if not parts:
        return DayCounts(*(np.zeros(0, np.int64) for _ in range(5)))
    key = np.concatenate([each for _, each, _ in parts])
    return DayCounts(
        kind=np.concatenate([np.full(len(each), kind, np.int64) for kind, each, _ in parts]),
        day=key >> _COUNTER_BITS & (1 << _DAY_BITS) - 1,
        object_id=key >> (_COUNTER_BITS + _DAY_BITS),
        counter=key & (1 << _COUNTER_BITS) - 1,
        n=np.concatenate([n for _, _, n in parts]),
    )


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of a kind that marks fall into; each changes by its amount, or by one where there is none."""

    kind: int
    key: Ints
    sign: int
    amount: Ints | None = None


def _cells(marks: Marks, whom: Concerned, sign: int) -> Iterator[_Cells]:
    """For each kind of object the cells that marks fall into, and by how much they change them."""
    is_of_place = PLACE_DEEDS[marks.deed]
    columns = {kind: np.where(is_of_place, whom.places[:, n], 0) for n, kind in enumerate(PLACES)}
    columns |= {"department": whom.department, "post": whom.post, "person": whom.person}
    tail = (marks.day << _COUNTER_BITS) | 2 * marks.deed
    is_amount = marks.deed == DEED_NO["disposed_minutes"]
    for kind, objects in columns.items():
        there = objects > 0
        key = (objects << (_COUNTER_BITS + _DAY_BITS)) | tail
        yield _Cells(KIND_NO[kind], key[there & ~is_amount], sign)
        good = there & (marks.is_good == 1)
        yield _Cells(KIND_NO[kind], key[good] + 1, sign)
        amounts = there & is_amount
        yield _Cells(KIND_NO[kind], key[amounts], sign, marks.amount[amounts])


def _add_up(cells: list[_Cells]) -> tuple[Ints, Ints]:
    """Sums by cell; counts of one are only sorted, which is quicker than adding them."""
    keys, sums = [], []
    for sign in (1, -1):
        ones = [one.key for one in cells if one.amount is None and one.sign == sign]
        if ones:
            found, times = np.unique(np.concatenate(ones), return_counts=True)
            keys.append(found)
            sums.append(sign * times.astype(np.int64))
    for one in cells:
        if one.amount is not None:
            keys.append(one.key)
            sums.append(one.sign * one.amount)
    key, n = np.concatenate(keys), np.concatenate(sums)
    found, where = np.unique(key, return_inverse=True)
    total = np.bincount(where, n, minlength=len(found)).astype(np.int64)
    return found[total != 0], total[total != 0]
