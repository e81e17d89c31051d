"""The register of components as a list: page by page as filtered, how many there are, some by their codes.

Places are answered in degrees (EPSG:4490). Names of types come from the catalogue, so callers look them up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, func, literal, literal_column, select, union_all
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session, aliased

from gis_core.degrees import in_degrees
from grid.component_conditions import alias_begins, code_begins, conditions_of
from grid.filtering import ComponentFilter
from grid.rules.codes import DISTRICT_DIGITS, SUBDISTRICT_DIGITS
from grid.rules.register import CODE_DIGITS
from grid.tables import ComponentRow, OrganisationRow

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class ComponentSummary:
    """A row of the register; its place in degrees."""

    id: int
    code: str
    alias_code: str | None
    type_code: str
    name: str
    state: str
    unit_grid_code: str
    authority_code: str
    authority_name: str | None
    owner_code: str | None
    owner_name: str | None
    maintainer_code: str | None
    lon: float
    lat: float
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class ComponentPage:
    """Some components by code, and the code after which the next page begins; None on the last one."""

    rows: tuple[ComponentSummary, ...]
    next_code: str | None


_Owner = aliased(OrganisationRow)
_Authority = aliased(OrganisationRow)


def select_summaries(*more: Any) -> Select[Any]:
    """Rows of the register with what else is asked for; `summary_of` reads them."""
    lon, lat = in_degrees(ComponentRow.geom)
    columns: tuple[Any, ...] = (
        ComponentRow.id,
        ComponentRow.code,
        ComponentRow.alias_code,
        ComponentRow.type_code,
        ComponentRow.name,
        ComponentRow.state,
        ComponentRow.unit_grid_code,
        ComponentRow.authority_code,
        _Authority.name.label("authority_name"),
        ComponentRow.owner_code,
        _Owner.name.label("owner_name"),
        ComponentRow.maintainer_code,
        lon.label("lon"),
        lat.label("lat"),
        ComponentRow.is_synthetic,
    )
    return (
        select(*columns, *more)
        .outerjoin(_Owner, _Owner.code == ComponentRow.owner_code)
        .outerjoin(_Authority, _Authority.code == ComponentRow.authority_code)
    )


def summary_of(row: Row[Any]) -> ComponentSummary:
    """The component in a row of `select_summaries`."""
    return ComponentSummary(*row[: len(ComponentSummary.__slots__)])


def list_components(
    session: Session, wanted: ComponentFilter, *, after: str = "", limit: int = 50
) -> ComponentPage:
    """The components wanted, by code, `limit` (at most 200) to a page; one query."""
    size = max(1, min(limit, MOST_ROWS))
    query = _in_order(
        select_summaries(), wanted, after=after.replace("\x00", "")[:CODE_DIGITS], most=size + 1
    )
    found = session.execute(query).all()
    rows = tuple(summary_of(row) for row in found[:size])
    return ComponentPage(rows, rows[-1].code if len(found) > size else None)


def list_parts(
    session: Session, wanted: ComponentFilter, columns: Sequence[str], *, size: int
) -> Iterator[Sequence[Row[Any]]]:
    """All components wanted, by code, `size` at a time: columns by name, and shape or else place as `wkb`."""
    shape = func.ST_AsBinary(func.coalesce(ComponentRow.shape, ComponentRow.geom)).label("wkb")
    query = select(ComponentRow.code, *(getattr(ComponentRow, name) for name in columns), shape)
    after = ""
    while rows := session.execute(_in_order(query, wanted, after=after, most=size)).all():
        yield rows
        after = rows[-1].code


def count_components(session: Session, wanted: ComponentFilter, *, most: int | None = None) -> int:
    """How many components are wanted, counted one by one: what the map's squares must add up to.

    Counting stops at `most`.
    """
    found = select(ComponentRow.id).where(*conditions_of(wanted)).limit(most).subquery()
    return session.execute(select(func.count()).select_from(found)).scalar_one()


def list_by_codes(session: Session, codes: Sequence[str]) -> dict[str, ComponentSummary]:
    """Components by code; those that the register does not hold are left out."""
    rows = session.execute(select_summaries().where(ComponentRow.code.in_(codes)))
    return {row.code: summary_of(row) for row in rows}


def _in_order(query: Select[Any], wanted: ComponentFilter, *, after: str, most: int) -> Select[Any]:
    """The first so many components wanted after a code, by code."""
    if wanted.area_code is not None and len(wanted.area_code) >= SUBDISTRICT_DIGITS:
        # Sorted by an expression, so that the area is looked up and sorted: walking all codes until fifty lie
        # in a subdistrict, which the planner takes for short, took 600 ms among a million.
        by_code: ColumnElement[str] = ComponentRow.code.concat("")
        return query.where(*_after(wanted, after)).order_by(by_code).limit(most)
    if wanted.area_code is not None and not wanted.text:
        return query.where(_is_first_of_district(wanted, after, most)).order_by(ComponentRow.code).limit(most)
    if wanted.is_for_code:
        return query.where(_is_first_of_code(wanted, after, most)).order_by(ComponentRow.code).limit(most)
    if wanted.text_types and wanted.type_code is None:
        return query.where(_is_first_of_type(wanted, after, most)).order_by(ComponentRow.code).limit(most)
    return query.where(*_after(wanted, after)).order_by(ComponentRow.code).limit(most)


def _after(wanted: ComponentFilter, after: str) -> list[ColumnElement[bool]]:
    return [*conditions_of(wanted), ComponentRow.code > after]


def _is_first_of_code(wanted: ComponentFilter, after: str, most: int) -> ColumnElement[bool]:
    """Whether a component is among the first so many whose code, or older code, begins so: an index for each.

    Asked both at once, PostgreSQL walks all codes from the first.
    """
    codes = select(ComponentRow.code).where(*_after(wanted, after)).limit(most)
    now = codes.where(code_begins(wanted.text)).order_by(ComponentRow.code)
    before = codes.where(alias_begins(wanted.text)).order_by(ComponentRow.code.concat(""))
    return ComponentRow.code.in_(union_all(now, before))


def _is_first_of_district(wanted: ComponentFilter, after: str, most: int) -> ColumnElement[bool]:
    """Whether a component is among the first so many with a code of the district, or of another one.

    Codes keep the district in which they were given: the index on codes has nearly all of them in one range.
    """
    codes = select(ComponentRow.code).where(*_after(wanted, after)).order_by(ComponentRow.code).limit(most)
    district = func.left(ComponentRow.unit_grid_code, literal_column(str(DISTRICT_DIGITS)))
    given = func.left(ComponentRow.code, literal_column(str(DISTRICT_DIGITS)))
    home = codes.where(code_begins(wanted.area_code or ""))
    return ComponentRow.code.in_(union_all(home, codes.where(given != district)))


def _is_first_of_type(wanted: ComponentFilter, after: str, most: int) -> ColumnElement[bool]:
    """Whether a component is among the first so many of its type: the index of types has each type in order.

    Codes begin with the district and the type, so walking all codes until fifty are of rare types took 670 ms
    among a million.
    """
    types = (
        func.unnest(array(literal(code, Text) for code in wanted.text_types))
        .table_valued("code")
        .render_derived()
    )
    first = (
        select(ComponentRow.code)
        .where(*_after(wanted, after), ComponentRow.type_code == types.c.code)
        .order_by(ComponentRow.code)
        .limit(most)
        .correlate(types)
        .lateral()
    )
    return ComponentRow.code.in_(select(first.c.code).select_from(types.join(first, literal(True))))
