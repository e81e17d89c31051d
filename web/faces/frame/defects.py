"""The defects of the frame in force, found once for each version of it."""

from functools import lru_cache

from grid.frame_limits import load_frame_limits
from grid.reading import read_community_shapes, read_seen_frame
from grid.rules.quality import FrameReport, check_frame
from web.wiring import Wiring


def find_defects(wiring: Wiring, version: int) -> FrameReport:
    """The report over the frame; about two seconds the first time for a version, then at hand."""
    return _report(_Held(wiring), version)


class _Held:
    """A wiring as a key that does not keep an application alive beyond its reports."""

    __slots__ = ("wiring",)

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring

    def __hash__(self) -> int:
        return id(self.wiring.engine)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.wiring.engine is self.wiring.engine


@lru_cache(maxsize=2)
def _report(held: _Held, version: int) -> FrameReport:
    wiring = held.wiring
    with wiring.sessions() as session:
        grids, communities = read_seen_frame(session), read_community_shapes(session)
    return check_frame(grids, communities, load_frame_limits(wiring.city))
