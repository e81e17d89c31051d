"""The list of components that a filter leaves, page by page, and how many they are."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from grid.components import COLUMNS, Component, component_of
from grid.filtering import Box, ComponentFilter
from grid.rules.states import CLASS_NAMES, FAULTY, STATE_CLASSES
from grid.tables import ComponentRow

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class ComponentPage:
    """Some components by code, and the code after which the next page begins; None on the last one."""

    rows: tuple[Component, ...]
    next_after: str | None


def list_components(
    session: Session, wanted: ComponentFilter, *, after: str = "", limit: int = 50
) -> ComponentPage:
    """The components wanted, by code; at most 200 a page."""
    size = min(limit, MOST_ROWS)
    query = select(*COLUMNS).where(*conditions_of(wanted), ComponentRow.code > after)
    found = session.execute(query.order_by(ComponentRow.code).limit(size + 1)).all()
    rows = tuple(component_of(row) for row in found[:size])
    return ComponentPage(rows, rows[-1].code if len(found) > size else None)


def count_components(session: Session, wanted: ComponentFilter) -> int:
    """How many components are wanted, counted one by one: what the map's squares must add up to."""
    return session.execute(select(func.count()).where(*conditions_of(wanted))).scalar_one()


def conditions_of(wanted: ComponentFilter) -> list[ColumnElement[bool]]:
    """What is wanted, as SQL over the register."""
    equals = {
        ComponentRow.type_code: wanted.type_code,
        ComponentRow.owner_code: wanted.owner_code,
        ComponentRow.unit_grid_code: wanted.unit_grid_code,
    }
    found: list[ColumnElement[bool]] = [name == value for name, value in equals.items() if value is not None]
    if wanted.major is not None:
        found.append(func.left(ComponentRow.type_code, 2) == wanted.major)
    if wanted.states:
        found.append(is_in_state(ComponentRow.state, wanted.states))
    if wanted.box is not None:
        found.extend(_inside(wanted.box))
    return found


def is_in_state(state: Any, wanted: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether the state is one of those named, or of a class named."""
    words = {word for word in wanted if word not in CLASS_NAMES}
    for word, its_class in STATE_CLASSES.items():
        if its_class in wanted:
            words.add(word)
    named: ColumnElement[bool] = state.in_(sorted(words))
    return or_(named, state.not_in(sorted(STATE_CLASSES))) if FAULTY in wanted else named


def _inside(box: Box) -> list[ColumnElement[bool]]:
    """A box of degrees as a rough box of the plane for the index, then exactly."""
    west, south = box.south_west.lon_deg, box.south_west.lat_deg
    east, north = box.north_east.lon_deg, box.north_east.lat_deg
    drawn = func.ST_Segmentize(func.ST_MakeEnvelope(west, south, east, north, 4490), 0.02)
    plane = func.ST_Transform(drawn, func.Find_SRID("grid", "component", "geom"))
    # A sub-query is worked out once; the bare expression would be worked out for every row.
    rough = select(func.ST_Expand(plane, 5)).scalar_subquery()
    place = func.ST_Transform(ComponentRow.geom, 4490)
    lon, lat = func.ST_X(place), func.ST_Y(place)
    return [ComponentRow.geom.bool_op("&&")(rough), and_(lon >= west, lon < east, lat > south, lat <= north)]
