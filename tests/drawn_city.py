"""The small drawn city, drawn once a process: whoever reads it may share it, for nobody can write on it."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache

import numpy as np

from grid.sample_city import Drawing, draw
from tests.case_city import baoji


@cache
def drawn_city() -> Drawing:
    """The first small city of the demonstration."""
    drawing = draw(baoji(), "small", 1)
    for array in _arrays(drawing):
        array.flags.writeable = False
    return drawing


def _arrays(part: object) -> Iterator[np.ndarray]:
    if isinstance(part, np.ndarray):
        yield part
    elif is_dataclass(part):
        for one in fields(part):
            yield from _arrays(getattr(part, one.name))
