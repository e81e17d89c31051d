"""The divisions and organisations of a city's folder into PostGIS; running it again changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from geoalchemy2 import WKBElement
from shapely import Point
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.shapes import to_ewkb, to_plane
from grid.city import City
from grid.divisions import (
    Division,
    DivisionBoundary,
    read_boundaries,
    read_division_changes,
    read_divisions,
)
from grid.frame import bump
from grid.organisations import OrganisationData, read_organisations
from grid.rules.succession import DivisionChange
from grid.tables import DivisionRow, OrganisationRow

SINCE_UNKNOWN = date(1, 1, 1)
"""Since when a former division was is not on record."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """How many rows the folder holds, and how many of them were new or different."""

    divisions: int
    organisations: int
    changed: int


def seed(sessions: Sessions, city: City, at: datetime) -> Seeded:
    """Write the divisions and organisations of a city's folder, in one transaction.

    Real outlines go in for prefecture, districts and neighbours, in the city's plane system; smaller
    divisions have no shape until one is surveyed or drawn. A division that changed its name, kind or
    parent ends on the day of `at` and begins anew, with the shape it had.
    """
    divisions, boundaries = read_divisions(city), read_boundaries(city)
    organisations = read_organisations(city)
    plane = PlaneSystem(city.plane_crs)
    with sessions.begin() as session:
        desk = _Desk(session, city, plane, city_time(at).date())
        changed = desk.write_divisions(divisions, boundaries) + desk.write_organisations(organisations)
        changed += sum(desk.write_former(change) for change in read_division_changes(city))
        if changed:
            bump(session)
    return Seeded(len(divisions), len(organisations), changed)


@dataclass(frozen=True, slots=True)
class _Desk:
    """One seeding: where it writes, for which city and on which day."""

    session: Session
    city: City
    plane: PlaneSystem
    on: date

    def write_divisions(self, divisions: Iterable[Division], boundaries: dict[str, DivisionBoundary]) -> int:
        """Rows made or changed."""
        rows = self.session.scalars(select(DivisionRow).where(DivisionRow.valid_to.is_(None)))
        standing = {row.code: row for row in rows}
        return sum(
            self._write_division(division, standing.get(division.code), boundaries.get(division.code))
            for division in divisions
        )

    def write_former(self, change: DivisionChange) -> bool:
        """A division that is no more, ended on the day of the change; since when it was is not on record."""
        known = select(DivisionRow.id).where(DivisionRow.code == change.old_code)
        if self.session.execute(known).first() is not None:
            return False
        parent = select(DivisionRow.parent_code, DivisionRow.level).where(
            DivisionRow.code == change.new_code, DivisionRow.valid_to.is_(None)
        )
        row = self.session.execute(parent).one()
        self.session.add(
            DivisionRow(
                code=change.old_code,
                name=change.old_name,
                level=row.level,
                kind="county",
                parent_code=row.parent_code,
                valid_from=SINCE_UNKNOWN,
                valid_to=change.changed_on,
                source=change.source,
                is_synthetic=False,
            )
        )
        return True

    def write_organisations(self, organisations: Iterable[OrganisationData]) -> int:
        """Rows made or changed; an organisation keeps its code for good, so its row is brought up to date."""
        standing = {row.code: row for row in self.session.scalars(select(OrganisationRow))}
        return sum(self._write_organisation(one, standing.get(one.code)) for one in organisations)

    def _write_division(
        self, division: Division, row: DivisionRow | None, boundary: DivisionBoundary | None
    ) -> bool:
        if row is None:
            self._begin(division, self.city.register_of_divisions.as_of, boundary)
            return True
        if (row.name, row.kind, row.parent_code) != (division.name, division.kind, division.parent_code):
            row.valid_to = self.on
            self.session.flush()
            self._begin(division, self.on, boundary, shape_of=row)
            return True
        if row.geom is None and boundary is not None:
            row.geom, row.shape_source = self._stored(boundary.shape), boundary.source
            return True
        return False

    def _begin(
        self,
        division: Division,
        valid_from: date,
        boundary: DivisionBoundary | None,
        *,
        shape_of: DivisionRow | None = None,
    ) -> None:
        row = DivisionRow(
            code=division.code,
            name=division.name,
            level=division.level,
            kind=division.kind,
            parent_code=division.parent_code,
            valid_from=valid_from,
            source=self.city.register_of_divisions.source,
            is_synthetic=False,
        )
        if shape_of is not None:
            row.geom, row.shape_source = shape_of.geom, shape_of.shape_source
            row.is_synthetic = shape_of.is_synthetic
        elif boundary is not None:
            row.geom, row.shape_source = self._stored(boundary.shape), boundary.source
        self.session.add(row)

    def _write_organisation(self, organisation: OrganisationData, row: OrganisationRow | None) -> bool:
        is_new = row is None
        row = row or OrganisationRow(code=organisation.code)
        wanted = {
            "name": organisation.name,
            "short_name": organisation.short_name,
            "kind": organisation.kind,
            "parent_code": organisation.parent,
            "area_codes": list(organisation.areas),
            "duties": organisation.duties,
            "credit_code": organisation.credit_code,
            "source": f"{self.city.files.organisations.name}（{organisation.status}）",
            "is_synthetic": organisation.status == "assumed",
        }
        changed = {name for name, value in wanted.items() if is_new or getattr(row, name) != value}
        for name in changed:
            setattr(row, name, wanted[name])
        if is_new:
            row.seat = self._stored(Point(organisation.seat))
            self.session.add(row)
        return bool(changed)

    def _stored(self, shape: BaseGeometry) -> WKBElement:
        return WKBElement(to_ewkb(to_plane(shape, self.plane), self.plane), extended=True)
