"""The network behind the tagger: features of tokens in, marks of parts out, in numpy alone.

Each token's features are summed as vectors; a few layers of convolution let it see its neighbours, further
off with each layer; what follows what is weighed by a table of transitions, as in a conditional random field.
Weights are trained by `tests/bench/training_net.py`; the vectors are kept in eight bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import contains
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

MARGIN = 6.0
"""A mark that has so much less for it than the best at its token is not weighed further."""
MOST_PER_TOKEN = 4
"""Marks that are weighed for a token, on average over an address."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A convolution over three tokens that stand `reach` apart, added to what comes in."""

    parts: Matrix  # before, here, after; in; out
    bias: Matrix  # out
    reach: int

    def __call__(self, hidden: Matrix) -> Matrix:
        """What goes out; beyond the ends of the address there is nothing."""
        # Three small products stay on one thread of the linear algebra, one large product would not.
        before, here, after = self.parts
        reach = self.reach
        out: Matrix = hidden @ here
        out += self.bias
        if len(hidden) > reach:
            out[reach:] += hidden[:-reach] @ before
            out[:-reach] += hidden[reach:] @ after
        np.maximum(out, 0, out=out)
        out += hidden
        return out


@dataclass(frozen=True, slots=True)
class Stack:
    """The weights of the network from the features' vectors to the marks."""

    vectors: Matrix  # feature, none first; dimension
    layers: tuple[Layer, ...]
    exit: Matrix  # dimension; mark
    exit_bias: Matrix  # mark

    def __call__(self, numbers: list[int], counts: list[int]) -> Matrix:
        """How much speaks for each mark at each token, which has so many of the numbers in a row."""
        # A product with noughts and ones is quicker, but large enough to be put on several threads.
        starts = [0, *accumulate(counts)][:-1]
        hidden: Matrix = np.add.reduceat(self.vectors.take(numbers, axis=0), starts, axis=0)
        np.tanh(hidden, out=hidden)
        for layer in self.layers:
            hidden = layer(hidden)
        votes: Matrix = hidden @ self.exit
        votes += self.exit_bias
        return votes


class AddressNet:
    """Marks the tokens of addresses; it keeps nothing between calls and is safe to share between threads."""

    def __init__(
        self, marks: Sequence[str], features: Sequence[str], stack: Stack, *, follow: Matrix, first: Matrix
    ) -> None:
        """With the names of marks and features, and how well marks follow each other and begin."""
        self._marks = list(marks)
        self._numbers = {feature: number for number, feature in enumerate(features, start=1)}
        self._stack = stack
        starts, ends, follows = grammar(self._marks)
        self._first = first + starts
        self._last: list[float] = ends.tolist()
        self._begins, self._ends = (frozenset(np.flatnonzero(may == 0).tolist()) for may in (starts, ends))
        self._after = [frozenset(np.flatnonzero(may == 0).tolist()) for may in follows]
        self._into: list[list[float]] = (follow + follows).T.tolist()  # by what follows

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file of weights."""
        with np.load(path, allow_pickle=False) as file:

            def read(name: str) -> Matrix:
                return np.ascontiguousarray(file[name], dtype=np.float32)

            layers = tuple(
                Layer(read(f"layers_{number}"), read(f"biases_{number}"), int(reach))
                for number, reach in enumerate(file["reaches"])
            )
            vectors = read("vectors") * read("vector_scale")
            stack = Stack(vectors, layers, read("exit"), read("exit_bias"))
            marks, features = (str(file[name]).split("\n") for name in ("marks", "features"))
            return cls(marks, features, stack, follow=read("transitions"), first=read("first"))

    def marks(self, features: Sequence[Sequence[str]]) -> list[str]:
        """The best marks for tokens with these features, a mark for each."""
        weights = self.weights(features)
        likeliest = weights.argmax(axis=1).tolist()
        if not self._may_be(likeliest):
            return self._best_path(weights)
        return [self._marks[mark] for mark in likeliest]

    def _may_be(self, marks: list[int]) -> bool:
        """Whether the likeliest marks of tokens make up whole parts, as in two addresses of three they do."""
        return (
            marks[0] in self._begins
            and marks[-1] in self._ends
            and all(map(contains, map(self._after.__getitem__, marks), marks[1:]))
        )

    def weights(self, features: Sequence[Sequence[str]]) -> Matrix:
        """How much speaks for each mark at each token."""
        number_of = self._numbers.get
        numbers = [number_of(feature, 0) for its in features for feature in its]
        return self._stack(numbers, list(map(len, features)))

    def _likely(self, weights: Matrix) -> NDArray[np.bool_]:
        """The marks worth weighing; fewer of each token where there are too many, so that time is bounded."""
        best = weights.max(axis=1, keepdims=True)
        margin = MARGIN
        likely: NDArray[np.bool_] = weights > best - margin
        while np.count_nonzero(likely) > MOST_PER_TOKEN * len(weights):
            margin *= 0.7
            likely = weights > best - margin
        return likely

    def _best_path(self, weights: Matrix) -> list[str]:
        """Viterbi's way through the likeliest marks of each token."""
        weights[0] += self._first
        likely = self._likely(weights)
        choices: list[list[int]] = [[] for _ in weights]
        values: list[list[float]] = [[] for _ in weights]
        where, which = np.nonzero(likely)
        for token, mark, value in zip(where.tolist(), which.tolist(), weights[likely].tolist(), strict=True):
            choices[token].append(mark)
            values[token].append(value)
        before, scores = choices[0], values[0]
        ways: list[list[int]] = []
        for here, its in zip(choices[1:], values[1:], strict=True):
            way, reached = [], []
            for mark, value in zip(here, its, strict=True):
                into = self._into[mark]
                totals = [score + into[other] for score, other in zip(scores, before, strict=True)]
                best = max(totals)
                way.append(totals.index(best))
                reached.append(best + value)
            ways.append(way)
            before, scores = here, reached
        totals = [score + self._last[mark] for score, mark in zip(scores, before, strict=True)]
        at = totals.index(max(totals))
        path = [choices[-1][at]]
        for number in range(len(ways) - 1, -1, -1):
            at = ways[number][at]
            path.append(choices[number][at])
        marks = self._marks
        return [marks[mark] for mark in reversed(path)]


_NEVER = -1e4


def grammar(marks: Sequence[str]) -> tuple[Matrix, Matrix, Matrix]:
    """Which marks may begin, end and follow each other: 0 for what may, a great loss for what may not."""
    begins = np.array([mark[0] in "BS" for mark in marks])
    ends = np.array([mark[0] in "ES" for mark in marks])
    same = np.array([[one[2:] == other[2:] for other in marks] for one in marks])
    follows = np.where(ends[:, None], begins[None, :], ~begins[None, :] & same)
    starts, closes, after = (np.where(may, 0, _NEVER).astype(np.float32) for may in (begins, ends, follows))
    return starts, closes, after
