"""What lies on the ground where unit grids are to be drawn; everything in plane metres."""

from dataclasses import dataclass, field

import numpy as np
import shapely

from gis_core.coverage import Floats, Ints, Shapes

RANKS = ("lane", "local", "collector", "arterial", "expressway")
"""Streets by how strongly they part a neighbourhood, the weakest first."""


def _none() -> Shapes:
    return np.array([], dtype=object)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Communities to divide and the lines, areas and buildings that borders follow or spare.

    `ranks` are places in `RANKS`. `barriers` are lines such as railways and walls, `waters` areas of rivers
    and ponds. `courts` and `buildings` are kept whole where that can be. `uses` names the use of the ground
    of `use_shapes`, later ones lying on earlier ones. `loads` are places where work arises (components,
    past cases), one row each.
    """

    community_codes: tuple[str, ...]
    communities: Shapes
    streets: Shapes = field(default_factory=_none)
    widths_m: Floats = field(default_factory=lambda: np.array([]))
    ranks: Ints = field(default_factory=lambda: np.array([], dtype=np.int64))
    barriers: Shapes = field(default_factory=_none)
    waters: Shapes = field(default_factory=_none)
    courts: Shapes = field(default_factory=_none)
    buildings: Shapes = field(default_factory=_none)
    use_shapes: Shapes = field(default_factory=_none)
    uses: tuple[str, ...] = ()
    loads: Floats = field(default_factory=lambda: np.empty((0, 2)))

    def near_communities(self) -> "Ground":
        """The same without what lies away from every community to divide."""
        if not len(self.communities):
            return self
        tree = shapely.STRtree(self.communities)

        def near(shapes: Shapes) -> Ints:
            return np.unique(tree.query(shapes, predicate="intersects")[0]) if len(shapes) else _empty()

        streets, uses = near(self.streets), near(self.use_shapes)
        return Ground(
            community_codes=self.community_codes,
            communities=self.communities,
            streets=self.streets[streets],
            widths_m=self.widths_m[streets],
            ranks=self.ranks[streets],
            barriers=self.barriers[near(self.barriers)],
            waters=self.waters[near(self.waters)],
            courts=self.courts[near(self.courts)],
            buildings=self.buildings[near(self.buildings)],
            use_shapes=self.use_shapes[uses],
            uses=tuple(self.uses[n] for n in uses),
            loads=self.loads,
        )


def _empty() -> Ints:
    return np.array([], dtype=np.int64)
