"""Organisations, posts and rules of responsibility from the city's folder; organisations on record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis_core.errors import NotFound
from gis_core.places import LonLat
from grid.city import BadCityData, City, read_data
from grid.rules.responsibility import Responsibilities, ResponsibilityRule
from grid.tables import OrganisationRow

OrganisationKind = Literal[
    "supervision_centre",
    "command_centre",
    "zone_authority",
    "department",
    "police",
    "company",
    "subdistrict_office",
    "town_government",
]
TERRITORIAL_KINDS: tuple[OrganisationKind, ...] = ("subdistrict_office", "town_government")
TERRITORY = "territory"


class UnknownOrganisation(NotFound):
    """No such organisation in the city."""

    code = "unknown_organisation"


@dataclass(frozen=True, slots=True)
class Organisation:
    """A body that acts; `area_codes` are the divisions or zones it answers for."""

    code: str
    name: str
    short_name: str
    kind: str
    parent_code: str | None
    area_codes: tuple[str, ...]
    duties: str
    credit_code: str | None = None


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class OrganisationData(_Data):
    """An organisation as `organisations.yaml` states it; `seat` is longitude and latitude (EPSG:4490)."""

    code: str = Field(pattern=r"^[A-Z]{2}-[A-Z0-9]{2,3}$")
    name: str
    short_name: str
    kind: OrganisationKind
    parent: str | None
    areas: tuple[str, ...] = Field(min_length=1)
    duties: str
    seat: tuple[float, float]
    status: Literal["assumed", "register", "adopted"]
    credit_code: str | None = Field(None, pattern=r"^[0-9A-Z]{18}$")

    @property
    def place(self) -> LonLat:
        """The seat, approximate."""
        return LonLat(*self.seat)


class OrganisationsFile(_Data):
    """The whole of `organisations.yaml`."""

    seat_status: str
    organisations: tuple[OrganisationData, ...]


class RoleData(_Data):
    """A post of the platform, its names and where it sits."""

    code: str
    name: str
    name_en: str
    at: OrganisationKind
    duty: str


class RolesFile(_Data):
    """The whole of `roles.yaml`."""

    roles: tuple[RoleData, ...]


class DemoPerson(_Data):
    """An account of the demonstration, named by post."""

    login: str = Field(max_length=40)
    name: str
    roles: tuple[str, ...] = Field(min_length=1)
    organisation: str


class DemoPeopleFile(_Data):
    """The whole of `demo_people.yaml`: one password for all."""

    password: str
    people: tuple[DemoPerson, ...]


class RuleData(_Data):
    """A rule as `responsibility.yaml` states it, with the days it is in force."""

    id: str
    name: str
    kind: Literal["component", "matter"]
    types: frozenset[str] = frozenset()
    majors: frozenset[str] = frozenset()
    to: str
    owner_first: bool = False
    from_on: Annotated[date, Field(alias="from")]
    until: date | None = None

    def is_in_force(self, on: date) -> bool:
        """Whether the rule holds on that day; `until` is the first day on which it no longer does."""
        return self.from_on <= on and (self.until is None or on < self.until)


class ResponsibilityFile(_Data):
    """The whole of `responsibility.yaml`."""

    version: str
    source: str
    status: str
    bodies: Mapping[str, Mapping[str, str]]
    rules: tuple[RuleData, ...]


def read_organisations(city: City) -> tuple[OrganisationData, ...]:
    """Organisations of the city's folder.

    :raises BadCityData: when two share a code or a parent is missing.
    """
    path = city.files.organisations
    organisations = read_data(path, OrganisationsFile).organisations
    codes = [organisation.code for organisation in organisations]
    if twice := {code for code in codes if codes.count(code) > 1}:
        raise BadCityData(f"{path} 中代码重复：{sorted(twice)}。", file=str(path))
    if orphans := {one.parent for one in organisations if one.parent} - set(codes):
        raise BadCityData(f"{path} 中上级单位不存在：{sorted(orphans)}。", file=str(path))
    return organisations


def read_roles(city: City) -> tuple[RoleData, ...]:
    """Posts of the platform."""
    return read_data(city.files.roles, RolesFile).roles


def read_demo_people(city: City) -> DemoPeopleFile:
    """Accounts of the demonstration.

    :raises BadCityData: when one sits in an organisation or a role that does not exist.
    """
    path = city.files.demo_people
    found = read_data(path, DemoPeopleFile)
    roles = {role.code for role in read_roles(city)}
    codes = {organisation.code for organisation in read_organisations(city)}
    for person in found.people:
        if person.organisation not in codes or not roles.issuperset(person.roles):
            raise BadCityData(
                f"{path} 中 {person.login} 的单位或角色不存在。", file=str(path), key=person.login
            )
    return found


def load_responsibilities(city: City, on: date, *, draft: Path | None = None) -> Responsibilities:
    """Rules of responsibility as in force on a day; those of a draft file when one is given.

    :raises BadCityData: when a rule sends to a body or organisation that does not exist.
    """
    path = draft or city.files.responsibility
    data = read_data(path, ResponsibilityFile)
    organisations = read_organisations(city)
    names = {organisation.code: organisation.name for organisation in organisations}
    sent_to = {code for body in data.bodies.values() for code in body.values()}
    if strangers := sent_to - names.keys():
        raise BadCityData(f"{path} 的 bodies 指向不存在的单位：{sorted(strangers)}。", file=str(path))
    if nobody := {rule.to for rule in data.rules} - data.bodies.keys() - {TERRITORY}:
        raise BadCityData(f"{path} 的规则指向不存在的 bodies：{sorted(nobody)}。", file=str(path))
    return Responsibilities(
        version=data.version,
        city_code=city.code,
        rules=tuple(_rule(rule, data.bodies) for rule in data.rules if rule.is_in_force(on)),
        territory={
            code: organisation.code
            for organisation in organisations
            if organisation.kind in TERRITORIAL_KINDS
            for code in organisation.areas
        },
        organisation_names=names,
        zone_names={city.zone.code: city.zone.name} if city.zone else {},
    )


def list_organisations(session: Session) -> tuple[Organisation, ...]:
    """All organisations on record, by code."""
    rows = session.scalars(select(OrganisationRow).order_by(OrganisationRow.code))
    return tuple(_organisation(row) for row in rows)


def find_organisation(session: Session, code: str) -> Organisation | None:
    """The organisation, or None."""
    row = session.get(OrganisationRow, code)
    return None if row is None else _organisation(row)


def get_organisation(session: Session, code: str) -> Organisation:
    """The organisation.

    :raises UnknownOrganisation: when none has that code.
    """
    found = find_organisation(session, code)
    if found is None:
        raise UnknownOrganisation(f"没有代码为 {code} 的单位，请重新选择。")
    return found


def _rule(rule: RuleData, bodies: Mapping[str, Mapping[str, str]]) -> ResponsibilityRule:
    return ResponsibilityRule(
        id=rule.id,
        name=rule.name,
        kind=rule.kind,
        type_codes=rule.types,
        major_codes=rule.majors,
        bodies={} if rule.to == TERRITORY else bodies[rule.to],
        is_owner_first=rule.owner_first,
    )


def _organisation(row: OrganisationRow) -> Organisation:
    return Organisation(
        code=row.code,
        name=row.name,
        short_name=row.short_name,
        kind=row.kind,
        parent_code=row.parent_code,
        area_codes=tuple(row.area_codes),
        duties=row.duties,
        credit_code=row.credit_code,
    )
