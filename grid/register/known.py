"""What the register is measured by: attributes of an edition, limits, and what rows of a file must meet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from grid.catalogue import Catalogue
from grid.city import City, read_data, read_yaml
from grid.divisions import read_rows
from grid.organisations import list_organisations
from grid.reading import FrameInForce
from grid.rules.locating import Locator
from grid.rules.register import Attribute
from grid.rules.surveyed import Known, KnownType, OlderType

LIMITS_FILE = "register_limits.yaml"
ATTRIBUTES_FILE = "component_attributes.csv"
NEWEST = "GB/T 47678.5-2026"
EDITIONS = {"2026": NEWEST, "2013": "GB/T 30428.2-2013", "2007": "CJ/T 214-2007"}
"""Editions by the year people call them."""

Status = Literal["sourced", "recalled", "assumed", "proposal"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AccuracyClass(_Data):
    """How exact a position is: the most that its mean error may be, metres."""

    name: str
    limit_m: float = Field(gt=0)
    status: Status
    source: str


class SamePlace(_Data):
    """How near two components of a type are taken for one, metres."""

    value_m: float = Field(ge=0)
    status: Status
    source: str


class RegisterLimits(_Data):
    """The whole of `register_limits.yaml`."""

    accuracy_classes: Mapping[str, AccuracyClass]
    same_place: SamePlace


@dataclass(frozen=True, slots=True)
class TypeSuccession:
    """A type of an older edition and what became of it; `type_code` is None when nothing did."""

    edition: str
    code: str
    name: str
    type_code: str | None
    basis: str


def load_register_limits(city: City) -> RegisterLimits:
    """Accuracy classes and distances with their sources.

    :raises BadCityData: when the file is wrong.
    """
    return read_data(city.catalogue.folder / LIMITS_FILE, RegisterLimits)


def load_attributes(city: City, edition: str = NEWEST) -> tuple[Attribute, ...]:
    """The attributes that an edition gives a component, in its order; empty when they are not known."""
    path = _folder(city, edition) / ATTRIBUTES_FILE
    if not path.exists():
        return ()
    return tuple(
        Attribute(
            order=int(row["order"]),
            key=row["key"],
            name=row["name"],
            abbr=row["abbr"],
            name_en=row["name_en"],
            type=row["type"],
            length=int(row["length"]) if row["length"] else None,
            requirement=row["requirement"],
            note=row["note"],
            status=row["status"],
        )
        for _, row in read_rows(path)
    )


def load_all_attributes(city: City) -> tuple[Attribute, ...]:
    """The attributes of every edition, the newest first: all names a field may have."""
    return tuple(one for edition in EDITIONS.values() for one in load_attributes(city, edition))


def load_successions(city: City) -> tuple[TypeSuccession, ...]:
    """Every component type of the editions before, with the type in force that it is now."""
    mapped = {
        (row["from_edition"], row["from_code"]): row
        for _, row in read_rows(city.catalogue.folder / "mapping.csv")
        if row["kind"] == "component"
    }
    found = []
    for edition in [name for name in EDITIONS.values() if name != NEWEST]:
        for _, row in read_rows(_folder(city, edition) / "components.csv"):
            now = mapped.get((edition, row["code"]))
            type_code, basis = (now["to_code"], now["basis"]) if now else (None, "")
            found.append(TypeSuccession(edition, row["code"], row["name"], type_code, basis))
    return tuple(found)


def load_known(
    session: Session, city: City, frame: FrameInForce, *, on: date, edition: str | None = None
) -> Known:
    """What surveyed rows are checked by, as in force on a day.

    :raises BadCityData: when a file of the catalogue is wrong.
    """
    limits = load_register_limits(city)
    catalogue = Catalogue.load(city, on)
    older: dict[str, tuple[OlderType, ...]] = {}
    types = {one.code: one for one in catalogue.types if one.kind == "component"}
    for one in load_successions(city):
        if one.type_code in types:
            older[one.code] = (*older.get(one.code, ()), OlderType(one.edition, one.name, one.type_code))
    shapes: dict[str, BaseGeometry] = {grid.code: grid.shape for grid in frame.grids}
    return Known(
        locator=Locator(frame.grids, version=frame.version, pull_in_m=city.pull_in_m),
        grid_shapes=shapes,
        types={
            code: KnownType(one.name, one.aliases, one.geometry, one.accuracy_class)
            for code, one in types.items()
        },
        older=older,
        organisations=_names_of_organisations(session),
        limits_m={name: one.limit_m for name, one in limits.accuracy_classes.items()},
        lengths={one.key: one.length for one in load_attributes(city) if one.length is not None},
        edition=edition,
    )


def _names_of_organisations(session: Session) -> dict[str, str]:
    """Our code for every name of an organisation: its own code, its credit code, its name, its short name.

    A code counts for more than a name, a name for more than a short one.
    """
    every = list_organisations(session)
    names: dict[str, str] = {}
    for kind in ("short_name", "name", "credit_code", "code"):
        names |= {name: one.code for one in every if (name := getattr(one, kind))}
    return names


def _folder(city: City, edition: str) -> Path:
    editions = read_yaml(city.catalogue.folder / "editions.yaml")
    return city.catalogue.folder / str(editions[edition]["folder"])
