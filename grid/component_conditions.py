"""A filter of components as SQL over the register, for whoever lists, counts, writes or draws them."""

from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from gis_core.degrees import SPOKEN, in_degrees
from grid.filtering import Box, ComponentFilter
from grid.rules.codes import DISTRICT_DIGITS, unit_grids_of
from grid.rules.register import ALIAS_DIGITS, CODE_DIGITS
from grid.rules.states import CLASS_NAMES, FAULTY, SOUND, STATE_CLASSES
from grid.tables import NAME_SIGNS, ComponentRow

INTACT = "完好"


def conditions_of(wanted: ComponentFilter) -> list[ColumnElement[bool]]:
    """What is wanted, as SQL over the register; the order of the conditions means nothing."""
    equals = {ComponentRow.type_code: wanted.type_code, ComponentRow.owner_code: wanted.owner_code}
    found: list[ColumnElement[bool]] = [name == value for name, value in equals.items() if value is not None]
    if wanted.major is not None:
        found.append(func.left(ComponentRow.type_code, 2) == wanted.major)
    if wanted.states:
        found.append(is_in_state(ComponentRow.state, wanted.states))
        if not {SOUND, INTACT} & {*wanted.states}:
            found.append(ComponentRow.state != INTACT)  # true of them all; `ix_component_state` asks
    if wanted.area_code is not None:
        found.append(ComponentRow.unit_grid_code.between(*unit_grids_of(wanted.area_code)))
    if wanted.text:
        found.extend(_says(wanted))
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


def _says(wanted: ComponentFilter) -> list[ColumnElement[bool]]:
    """Components whose code begins so, whose type the words mean, or whose name has them."""
    if wanted.is_for_code:
        return [or_(code_begins(wanted.text), alias_begins(wanted.text))]
    if wanted.text_types:
        return [ComponentRow.type_code.in_(wanted.text_types)]
    return [*_has_signs(wanted.text), ComponentRow.name.icontains(wanted.text, autoescape=True)]


def code_begins(digits: str) -> ColumnElement[bool]:
    """Whether a code in force begins so, as a range of full ones."""
    if len(digits) > CODE_DIGITS:
        return false()
    return ComponentRow.code.between(digits.ljust(CODE_DIGITS, "0"), digits.ljust(CODE_DIGITS, "9"))


def alias_begins(digits: str) -> ColumnElement[bool]:
    """Whether an older code begins so; asked no more than the district, both codes begin alike."""
    if not DISTRICT_DIGITS < len(digits) <= ALIAS_DIGITS:
        return false()
    return ComponentRow.alias_code.between(digits.ljust(ALIAS_DIGITS, "0"), digits.ljust(ALIAS_DIGITS, "9"))


def _has_signs(words: str) -> list[ColumnElement[bool]]:
    """What lets the index on names find them: every character of the words.

    Letters whose case differs from language to language are left to the comparison itself.
    """
    sure = sorted({sign for sign in words.lower() if sign.isascii() or sign.lower() == sign.upper()})
    return [NAME_SIGNS.contains(sure)] if sure else []


def _inside(box: Box) -> list[ColumnElement[bool]]:
    """A box of degrees as a rough box of the plane for the index, then exactly."""
    west, south = box.south_west.lon_deg, box.south_west.lat_deg
    east, north = box.north_east.lon_deg, box.north_east.lat_deg
    drawn = func.ST_Segmentize(func.ST_MakeEnvelope(west, south, east, north, SPOKEN), 0.02)
    plane = func.ST_Transform(drawn, func.Find_SRID("grid", "component", "geom"))
    # A sub-query is worked out once; the bare expression would be worked out for every row.
    rough = select(func.ST_Expand(plane, 5)).scalar_subquery()
    lon, lat = in_degrees(ComponentRow.geom)
    return [ComponentRow.geom.bool_op("&&")(rough), and_(lon >= west, lon < east, lat > south, lat <= north)]
