"""What rows of a file of places are held against before they are staged: grids, outlines, streets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.coverage import Shapes
from gis_core.crs import Pairs, PlaneSystem
from gis_core.db import Sessions
from grid.city import City
from grid.reading import read_frame
from grid.rules.locating import Locator
from grid.rules.place_names import names_of_division
from grid.rules.within import Divisions

_DIVISIONS = text("""
    SELECT code, name, kind, level, ST_AsBinary(geom) AS wkb FROM grid.division
    WHERE valid_to IS NULL AND level <> 'prefecture' ORDER BY code
""")
_ZONES = text("SELECT ST_AsBinary(geom) AS wkb FROM grid.zone WHERE valid_to IS NULL ORDER BY code")
_STREETS = text("""
    SELECT name, ST_AsBinary(geom) AS wkb FROM grid.street WHERE name IS NOT NULL
    UNION ALL SELECT name, ST_AsBinary(geom) FROM grid.place WHERE kind = 'street' AND valid_to IS NULL
""")


@dataclass(frozen=True, slots=True)
class ImportGround:
    """Where places may lie and what lies there; shapes in the plane."""

    locator: Locator
    served: Divisions  # outlines of the city's districts and of what lies in them
    all_divisions: Divisions
    zones: BaseGeometry
    names: Mapping[str, str]  # of divisions, by code
    codes: Mapping[str, frozenset[str]]  # of communities, by every name and code they go by
    streets: Mapping[str, BaseGeometry]

    def find_divisions(self, points: Pairs) -> list[str]:
        """The finest division of each row (easting, northing); empty where it lies outside the city.

        By unit grids first, then by outlines of the city's districts, and of any division where a zone is.
        """
        if not len(points):
            return []
        found = [""] * len(points)
        is_somewhere = np.isfinite(points).all(axis=1)
        codes = self.locator.codes
        positions = np.full(len(points), -1, dtype=np.int64)
        if codes:
            positions[is_somewhere] = self.locator.locate_many(points[is_somewhere], pulling_in=True)
        for n in np.flatnonzero(positions >= 0).tolist():
            found[n] = codes[int(positions[n])][:12]
        left = np.flatnonzero((positions < 0) & is_somewhere)
        self._fill(found, left, points, self.served)
        dots = np.asarray(shapely.points(points[left]), dtype=object)
        in_zone = left[np.asarray(shapely.intersects(self.zones, dots), dtype=bool)]
        self._fill(
            found, np.array([n for n in in_zone if not found[n]], dtype=np.int64), points, self.all_divisions
        )
        return found

    def _fill(self, found: list[str], places: Any, points: Pairs, divisions: Divisions) -> None:
        for n, code in zip(places.tolist(), divisions.find_codes(points[places]), strict=True):
            found[n] = code

    def knows_community(self, stated: str) -> bool:
        """Whether a community goes by this name or code."""
        return stated in self.codes

    def fits_community(self, stated: str, division: str) -> bool:
        """Whether the division found is, or lies in, what a row states; what is not known fits."""
        known = self.codes.get(stated)
        return known is None or division in known or any(code.startswith(division) for code in known)


def read_import_ground(sessions: Sessions, city: City, plane: PlaneSystem) -> ImportGround:
    """What is in force now, in transactions of its own.

    :raises WrongPlane: when the grids are stored in another plane system.
    """
    with sessions() as session:
        frame = read_frame(session, plane)
    with sessions() as session:
        divisions = session.execute(_DIVISIONS).all()
        zones = _shapes(session.execute(_ZONES).all())
        streets = _streets(session)
    drawn = [row for row in divisions if row.wkb is not None]
    served = [row for row in drawn if row.code[:6] in city.districts]
    codes: dict[str, set[str]] = {}
    for row in (row for row in divisions if row.level == "community"):
        names = (one.text for one in names_of_division(row.name, row.kind))
        for said in (row.code, row.name, *names):
            codes.setdefault(said, set()).add(row.code)
    return ImportGround(
        locator=Locator(frame.grids, version=frame.version, pull_in_m=city.pull_in_m),
        served=Divisions([row.code for row in served], _shapes(served)),
        all_divisions=Divisions([row.code for row in drawn], _shapes(drawn)),
        zones=shapely.union_all(zones),
        names={row.code: row.name for row in divisions},
        codes={said: frozenset(known) for said, known in codes.items()},
        streets=streets,
    )


def _streets(session: Session) -> dict[str, BaseGeometry]:
    lines: dict[str, list[bytes]] = {}
    for row in session.execute(_STREETS):
        lines.setdefault(row.name, []).append(bytes(row.wkb))
    return {
        name: shapely.union_all(shapely.from_wkb(np.array(parts, dtype=object)))
        for name, parts in lines.items()
    }


def _shapes(rows: Sequence[Any]) -> Shapes:
    texts = np.array([*(bytes(row.wkb) for row in rows), None], dtype=object)[:-1]
    return np.asarray(shapely.from_wkb(texts), dtype=object)
