"""A component's attributes as texts, in the order and the words of the standard, as files hold them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from grid.city import City
from grid.organisations import list_organisations
from grid.reading import list_division_names
from grid.register.known import NEWEST, load_successions
from grid.rules.register import Attribute

_LISTED = text("""
    SELECT code, alias_code, edition, type_code, name, authority_code, owner_code, maintainer_code,
           unit_grid_code, state, first_surveyed_on, changed_on, source, remark, is_synthetic,
           ST_AsGeoJSON(ST_Transform(coalesce(shape, geom), 4490), 7) AS geojson,
           ST_X(ST_Transform(geom, 4490)) AS lon, ST_Y(ST_Transform(geom, 4490)) AS lat
    FROM grid.component WHERE code = ANY(:codes) ORDER BY code
""")


@dataclass(frozen=True, slots=True)
class Lookups:
    """Names for codes, as files spell them out."""

    organisations: Mapping[str, tuple[str, str]]
    divisions: Mapping[str, str]
    older_types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ListedComponent:
    """A component as a file tells it: its texts, the place and the whole shape in degrees (EPSG:4490)."""

    texts: Sequence[str]
    lon: float
    lat: float
    geojson: str
    is_synthetic: bool


def look_up(session: Session, city: City, edition: str = NEWEST) -> Lookups:
    """The names that files of an edition need."""
    return Lookups(
        organisations={
            one.code: (one.credit_code or one.code, one.name) for one in list_organisations(session)
        },
        divisions=list_division_names(session),
        older_types={
            one.type_code: one.code
            for one in load_successions(city)
            if one.edition == edition and one.type_code
        },
    )


def list_for_file(
    session: Session, codes: Sequence[str], attributes: Sequence[Attribute], looked_up: Lookups
) -> list[ListedComponent]:
    """Components by code, as a file of the newest edition tells them, in the order of their codes."""
    rows = session.execute(_LISTED, {"codes": list(codes)}).all()
    texts = [texts_of(row, attributes, looked_up, NEWEST) or [] for row in rows]
    return [
        ListedComponent(told, row.lon, row.lat, row.geojson, row.is_synthetic)
        for row, told in zip(rows, texts, strict=True)
    ]


def texts_of(
    row: Row[Any], attributes: Sequence[Attribute], looked_up: Lookups, edition: str
) -> list[str] | None:
    """The texts of a row in the order of the attributes; None when the edition has no such type."""
    code = row.code
    if edition != NEWEST:
        older = looked_up.older_types.get(row.type_code)
        if older is None:
            return None
        is_own = row.alias_code and row.edition == edition
        code = row.alias_code if is_own else f"{row.code[:6]}{older}{row.code[11:]}"
    grid = row.unit_grid_code
    texts = {
        "code": code,
        "name": row.name,
        "unit_grid_code": grid,
        "state": row.state,
        "first_surveyed_on": f"{row.first_surveyed_on:%Y%m%d}",
        "changed_on": f"{row.changed_on:%Y%m%d}" if row.changed_on else "",
        "source": row.source,
        "remark": row.remark or "",
        "subdistrict_code": grid[:9],
        "subdistrict_name": looked_up.divisions.get(grid[:9], ""),
        "community_code": grid[:12],
        "community_name": looked_up.divisions.get(grid[:12], ""),
    }
    for role in ("authority", "owner", "maintainer"):
        ours = getattr(row, f"{role}_code")
        texts[f"{role}_code"], texts[f"{role}_name"] = looked_up.organisations.get(ours, (ours or "", ""))
    return [texts[one.key] for one in attributes]
