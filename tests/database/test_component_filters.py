"""Whoever asks for components gets the same ones: list, count, export and squares of the map."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.shapes import to_ewkb
from gis_core.tiles import Box, Tile, find_window
from grid.component_list import count_components, list_components, list_parts
from grid.filtering import BadComponentFilter, ComponentFilter
from grid.mapping import draw_components
from grid.rules.states import class_of
from grid.tables import ComponentRow
from tests.case_city import JINGER_ROAD, baoji, catalogue
from tests.databases import PLANE_CRS
from tests.faces.mvt import read_tile
from tests.faces.tile_city import AROUND, tile_of

PLANE = PlaneSystem(PLANE_CRS)
MIDDLE = PLANE.to_plane(JINGER_ROAD)
TYPES = ("01002", "01037", "03005")
NAMES = ("污水井盖", "红旗路灯杆", "100%_电杆 A-7")
STATES = ("完好", "破损", "丢失", "移除", "倾斜")
GRIDS = ("610302001001001", "610303008007001", "610303008007002", "610303008012001", "610303009001001")
OWNERS = (None, "BJ-DX", "BJ-YD")
TEXTS = (
    "", "6", "610302", "61030201002000", "6103020100200", "6103030103000001", "61030303005000031", "99",
    "井盖", "路灯", "红旗", "旗红", "a-7", "%_", "没有",
)  # fmt: skip


@dataclass(frozen=True)
class Stands:
    """A component of the test, as Python knows it."""

    code: str
    alias_code: str | None
    type_code: str
    name: str
    state: str
    grid: str
    owner: str | None


def known() -> Iterator[Stands]:
    for n in range(330):
        district, type_code = ("610302", "610303")[n % 2], TYPES[n % 3]
        yield Stands(
            code=f"{district}{type_code}{n + 1:06d}",
            alias_code=f"{district}{type_code[:2]}{type_code[3:]}{n + 1:06d}" if n % 4 == 0 else None,
            type_code=type_code,
            name=NAMES[n // 3 % 3],
            state=STATES[n * 7 % 5],
            grid=GRIDS[n * 11 % 13 % 5],
            owner=OWNERS[n * 5 % 7 % 3],
        )


EVERY = sorted(known(), key=lambda one: one.code)


@pytest.fixture
def register(sessions: Sessions) -> Sessions:
    """A register of 330 components on eight kilometres."""
    with sessions.begin() as session:
        for n, one in enumerate(EVERY):
            point = shapely.Point(
                MIDDLE.easting_m + n * 7919 % 8009 - 4000, MIDDLE.northing_m + n * 6577 % 7993 - 4000
            )
            session.add(
                ComponentRow(
                    code=one.code, alias_code=one.alias_code, type_code=one.type_code, name=one.name,
                    geom=to_ewkb(point, PLANE).hex(), unit_grid_code=one.grid, authority_code="BJ-PS",
                    owner_code=one.owner, state=one.state, first_surveyed_on=date(2026, 1, 1),
                    source="test", is_synthetic=True,
                )
            )  # fmt: skip
    return sessions


def is_wanted(one: Stands, wanted: ComponentFilter) -> bool:
    """The question as a person would read it."""
    areas = wanted.area_code is None or one.grid.startswith(wanted.area_code)
    kinds = wanted.type_code in (None, one.type_code) and one.type_code.startswith(wanted.major or "")
    states = not wanted.states or {one.state, class_of(one.state)} & {*wanted.states}
    return bool(
        areas and kinds and states and wanted.owner_code in (None, one.owner) and says(one, wanted.text)
    )


def says(one: Stands, words: str) -> bool:
    if words.isdigit():
        return one.code.startswith(words) or (one.alias_code or "").startswith(words)
    meant = {found.code for found in catalogue().search(words, kind="component", limit=200)} if words else ()
    return one.type_code in meant if meant else words.lower() in one.name.lower()


areas = st.sampled_from([code[:digits] for code in GRIDS for digits in (6, 9, 12, 15)])
filters = st.builds(
    ComponentFilter,
    type_code=st.sampled_from((None, None, *TYPES)),
    major=st.sampled_from((None, None, None, "01", "03")),
    states=st.lists(st.sampled_from((*STATES, "sound", "faulty", "retired")), max_size=2).map(tuple),
    owner_code=st.sampled_from((None, *OWNERS)),
    area_code=st.none()
    | st.sampled_from(GRIDS).flatmap(lambda code: st.sampled_from([code[:n] for n in (6, 9, 12, 15)])),
    text=st.sampled_from(TEXTS),
).map(lambda wanted: wanted.understood(catalogue()))


@cache
def bounds() -> Box:
    edges = baoji().bounds
    return Box(edges.west_deg, edges.south_deg, edges.east_deg, edges.north_deg)


def listed(session: Session, wanted: ComponentFilter, *, limit: int) -> list[str]:
    page = list_components(session, wanted, limit=limit)
    codes = [one.code for one in page.rows]
    while page.next_code is not None:
        page = list_components(session, wanted, after=page.next_code, limit=limit)
        codes += [one.code for one in page.rows]
    return codes


def squares(session: Session, wanted: ComponentFilter, zoom: int) -> int:
    """The sum of the squares of the nine tiles that hold every component."""
    x, y = tile_of(zoom)
    tiles = [Tile(zoom, x + column, y + row) for column, row in AROUND]
    windows = [(tile, find_window(tile, PLANE, bounds())) for tile in tiles]
    drawn = [draw_components(session, wanted, tile, window, sight=None) for tile, window in windows if window]
    return sum(one.properties["n"] for tile in drawn for one in read_tile(tile).get("component_density", []))


@example(wanted=ComponentFilter(text="井盖").understood(catalogue()), zoom=9, limit=3)
@example(wanted=ComponentFilter(text="红旗", area_code="610303").understood(catalogue()), zoom=13, limit=3)
@example(
    wanted=ComponentFilter(text="6103030103", area_code="610303008").understood(catalogue()),
    zoom=11,
    limit=50,
)
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=filters, zoom=st.integers(8, 13), limit=st.sampled_from((3, 50, 200)))
def test_list_count_export_and_squares_answer_the_same_question(
    register: Sessions, wanted: ComponentFilter, zoom: int, limit: int
) -> None:
    codes = [one.code for one in EVERY if is_wanted(one, wanted)]
    with register() as session:
        assert listed(session, wanted, limit=limit) == codes
        assert count_components(session, wanted) == len(codes)
        assert [row.code for part in list_parts(session, wanted, (), size=100) for row in part] == codes
        assert squares(session, wanted, zoom) == len(codes)


@pytest.mark.parametrize(
    ("words", "types"),
    [("井盖", True), ("LAMP", True), ("经二路", False), ("610303", False), ("", False)],
    ids=["part of names of types", "in English", "a street", "a code", "nothing"],
)
def test_words_mean_types_where_the_catalogue_knows_them(words: str, types: bool) -> None:
    assert bool(ComponentFilter(text=words).understood(catalogue()).text_types) is types


BAD = [
    ({"area_code": "61030"}, "five digits are no area"),
    ({"area_code": "６１０３０３"}, "full-width digits are other characters"),
    ({"type_code": "0100"}, "a type has five digits"),
    ({"states": ("挺 好",)}, "a state is one word"),
    ({"text": "井" * 61}, "nobody types so much"),
    ({"text": "井\x00盖"}, "no database compares that"),
]


@pytest.mark.parametrize("given", [one[0] for one in BAD], ids=[one[1] for one in BAD])
def test_a_filter_that_cannot_be_read_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(BadComponentFilter):
        ComponentFilter(**given)  # type: ignore[arg-type]


EXPLAIN = text("""
    EXPLAIN SELECT count(*) FROM grid.component
    WHERE string_to_array(lower(name COLLATE "C"), NULL) @> ARRAY['红', '旗'] AND name ILIKE '%红旗%'
""")


def test_part_of_a_name_is_looked_up_and_not_read_through_the_register(register: Sessions) -> None:
    with register() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        assert "ix_component_name_signs" in "".join(row[0] for row in session.execute(EXPLAIN))
