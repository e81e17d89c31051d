"""How quick the machine is just now: the same work in every run, to compare the figures of two runs."""

import json
from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np

from tests.bench.figures import Figure

ROUNDS = 15


def measure() -> list[Figure]:
    """Work of Python alone and of linear algebra, medians of some rounds."""
    python_ms, algebra_ms = (median(_ms(work) for _ in range(ROUNDS)) for work in (_python, _algebra))
    return [
        Figure("machine", "fixed work in Python", python_ms, "ms"),
        Figure("machine", "fixed work in linear algebra", algebra_ms, "ms"),
    ]


def _ms(work: Callable[[], None]) -> float:
    started = perf_counter()
    work()
    return (perf_counter() - started) * 1000


def _python() -> None:
    rows = [{"number": n, "name": f"{n:08d}", "parts": [n % 7, n % 11]} for n in range(5_000)]
    told = json.loads(json.dumps(rows))
    assert sum(row["parts"][0] for row in told) > 0
    assert sorted(told, key=lambda row: row["name"][::-1])[0]["number"] == 0


def _algebra() -> None:
    table = np.arange(90_000, dtype=np.float32).reshape(300, 300) / 90_000
    for _ in range(20):
        table = table @ table
        table /= table.max()
