"""The filtered list of the register as a file, under the names that the standard gives its 18 attributes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Request, Response

from grid.component_list import MOST_ROWS, count_components, list_components
from grid.filtering import ComponentFilter
from grid.register.attributes import ListedComponent, Lookups, list_for_file, look_up
from grid.register.known import load_attributes
from grid.rules.register import Attribute
from web import list_files
from web.accounts.guards import requires
from web.accounts.people import Person
from web.filters import read_component_filter
from web.list_files import Cell, Form, Line, ListFile, file_response, need_few, spaced
from web.wiring import Wired, Wiring
from web.words import choose_language

router = APIRouter(prefix="/register")
MORE = ("经度", "纬度", "示意数据")
CUTS = {"code": (6, 11), "unit_grid_code": (12,)}
"""Where codes too long for a spreadsheet's numbers are parted."""


@router.get("/components.{form}")
def export_components(
    request: Request, form: Form, person: Annotated[Person, requires("data_officer")], wiring: Wired
) -> Response:
    """Every component of the list's filter, by code: CSV for people, GeoJSON with whole shapes for programs.

    :raises ListTooLong: when there are more than a file may have.
    """
    wanted = replace(read_component_filter(request.query_params, wiring.catalogue), box=None)
    language = choose_language(request)
    say = wiring.words.translator(language)
    attributes = load_attributes(wiring.city)
    with wiring.sessions() as session:
        need_few(count_components(session, wanted, most=list_files.MOST_ROWS + 1))
        looked_up = look_up(session, wiring.city)
    names = [one.name_en if language == "en" else one.name for one in attributes]
    file = ListFile(
        "components",
        say("部件登记册"),
        [*names, *(say(name) for name in MORE)],
        (
            [_line(one, attributes, say("是")) for one in page]
            for page in _pages(wiring, wanted, attributes, looked_up)
        ),
    )
    return file_response(form, file, say=say, at=wiring.clock.now())


def _pages(
    wiring: Wiring, wanted: ComponentFilter, attributes: Sequence[Attribute], looked_up: Lookups
) -> Iterator[list[ListedComponent]]:
    """Pages of components; no connection is held while one is sent."""
    after: str | None = ""
    n = 0
    while after is not None and n <= list_files.MOST_ROWS:
        with wiring.sessions() as session:
            page = list_components(session, wanted, after=after, limit=MOST_ROWS)
            listed = list_for_file(session, [one.code for one in page.rows], attributes, looked_up)
        yield listed
        after, n = page.next_code, n + len(listed)


def _line(one: ListedComponent, attributes: Sequence[Attribute], yes: str) -> Line:
    named = list(zip(attributes, one.texts, strict=True))
    cells: list[Cell] = [spaced(text, *CUTS.get(attribute.key, ())) for attribute, text in named]
    return Line(
        cells=[*cells, round(one.lon, 7), round(one.lat, 7), yes if one.is_synthetic else ""],
        properties={attribute.abbr: text for attribute, text in named} | {"is_synthetic": one.is_synthetic},
        geometry=one.geojson,
        is_synthetic=one.is_synthetic,
    )
