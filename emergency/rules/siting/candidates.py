"""Places that come into question where nobody named any, spread over the demand; and demand made fewer."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def spread(points: Floats, weights: Floats, count: int) -> Ints:
    """Positions of so many points, far from each other: the heaviest first, then always the farthest away.

    >>> places = np.array([[0.0, 0], [10, 0], [500, 0], [1000, 0]])
    >>> spread(places, np.array([5.0, 9, 1, 1]), 3).tolist()
    [1, 3, 2]
    """
    if not len(points) or count < 1:
        return np.zeros(0, dtype=np.int64)
    chosen = [int(weights.argmax())]
    away = np.full(len(points), np.inf)
    while len(chosen) < min(count, len(points)):
        last = points[chosen[-1]]
        away = np.minimum(away, np.hypot(points[:, 0] - last[0], points[:, 1] - last[1]))
        farthest = int(away.argmax())
        if away[farthest] <= 0:
            break
        chosen.append(farthest)
    return np.array(chosen, dtype=np.int64)


def gather(
    points: Floats, weights: Floats, most: int, *, cell_m: float = 100.0
) -> tuple[Ints, Floats, float]:
    """At most so many points that stand for all, each with the weight of its square; and the square's side.

    The heaviest point of a square stands for it; squares double until there are few enough. Side 0 means
    that nothing had to be gathered.

    >>> places = np.array([[0.0, 0], [10, 0], [500, 0]])
    >>> at, weight, side = gather(places, np.array([1.0, 2, 4]), 2)
    >>> at.tolist(), weight.tolist(), side
    ([1, 2], [3.0, 4.0], 100.0)
    """
    if len(points) <= most:
        return np.arange(len(points)), weights, 0.0
    while True:
        squares = np.floor(points / cell_m).astype(np.int64)
        _, index = np.unique(squares, axis=0, return_inverse=True)
        index = index.ravel()
        if index.max() + 1 <= most:
            break
        cell_m *= 2
    order = np.lexsort((-weights, index))
    first = np.unique(index[order], return_index=True)[1]
    return order[first].astype(np.int64), np.bincount(index, weights=weights).astype(np.float64), cell_m
