"""What lies on the ground of some communities, read for dividing them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.coverage import Shapes
from grid.dividing.ground import RANKS, Ground

USE_OF = {"park": "park", "green": "park", "hill": "slope", "field": "field"}
"""Uses of the ground by what the base map shows; later ones lie on earlier ones."""

BUILT_UP_M_PER_M2 = 0.002


def read_ground(session: Session, area: str | None = None, *, with_hills: bool = False) -> Ground:
    """Communities (all, or those whose code begins with `area`) with streets, banks and buildings.

    Only built-up ones, which have more than 2 km of streets to the square kilometre (ours), unless
    `with_hills`.
    """
    communities = session.execute(
        text(
            "SELECT code, ST_AsBinary(geom) AS wkb FROM grid.division d WHERE level = 'community'"
            " AND valid_to IS NULL AND geom IS NOT NULL AND code LIKE :area || '%' AND (:with_hills OR"
            " (SELECT sum(ST_Length(ST_Intersection(s.geom, d.geom))) FROM grid.street s"
            " WHERE s.geom && d.geom) > :density * ST_Area(d.geom)) ORDER BY code"
        ),
        {"area": area or "", "with_hills": with_hills, "density": BUILT_UP_M_PER_M2},
    ).all()
    streets = session.execute(
        text("SELECT rank, width_m, ST_AsBinary(geom) AS wkb FROM grid.street ORDER BY id")
    ).all()
    uses = [row for kind in ("hill", "green", "park") for row in _ground(session, [kind])]
    return Ground(
        community_codes=tuple(row.code for row in communities),
        communities=_shapes(communities),
        streets=_shapes(streets),
        widths_m=np.array([row.width_m for row in streets], dtype=np.float64),
        ranks=np.array([RANKS.index(row.rank) for row in streets], dtype=np.int64),
        barriers=_shapes(_ground(session, ["railway", "wall"])),
        waters=_shapes(_ground(session, ["water", "river"])),
        courts=_shapes(_ground(session, ["estate"])),
        buildings=_shapes(_ground(session, ["building"])),
        use_shapes=_shapes(uses),
        uses=tuple(USE_OF[row.kind] for row in uses),
        loads=_components(session),
    )


def _ground(session: Session, kinds: Sequence[str]) -> Sequence[Any]:
    return session.execute(
        text("SELECT kind, ST_AsBinary(geom) AS wkb FROM grid.ground WHERE kind = ANY(:kinds) ORDER BY id"),
        {"kinds": list(kinds)},
    ).all()


def _shapes(rows: Sequence[Any]) -> Shapes:
    texts = np.array([bytes(row.wkb) for row in rows], dtype=object)
    return np.asarray(shapely.from_wkb(texts), dtype=object)


def _components(session: Session) -> Any:
    """Where components stand: what has to be looked after there."""
    rows = session.execute(text("SELECT ST_X(geom) AS east, ST_Y(geom) AS north FROM grid.component")).all()
    return np.array([(row.east, row.north) for row in rows], dtype=np.float64).reshape(-1, 2)
