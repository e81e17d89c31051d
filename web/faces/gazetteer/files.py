"""The filtered list of the gazetteer as a file to take away, which an import knows again."""

from collections.abc import Iterator
from typing import Annotated

import shapely
from fastapi import APIRouter, Request, Response

from gis_core.geocoding.gazetteer import KIND_NAMES, NameSort
from grid.gazetteer.categories import Categories, load_categories
from grid.gazetteer.exporting import former_words
from grid.gazetteer.reading import (
    PlaceFilter,
    PlaceSummary,
    count_places,
    list_geojson,
    list_names,
    list_places,
)
from grid.rules.gazetteer import FurtherName
from web import list_files
from web.accounts.guards import requires
from web.accounts.people import Person
from web.faces.gazetteer.filters import read_place_filter
from web.list_files import Cell, Form, Line, ListFile, Say, file_response, need_few
from web.wiring import Wired, Wiring
from web.words import choose_language

router = APIRouter(prefix="/gazetteer")
PAGE = 200
HEADINGS = (
    "编号", "地名类型", "标准名称", "别名", "简称", "曾用名", "类别", "街路巷", "门牌号", "所在区划",
    "启用日期", "停用日期", "来源", "经度", "纬度", "示意数据", "图形",
)  # fmt: skip


@router.get("/places.{form}")
def export_list(
    request: Request, form: Form, person: Annotated[Person, requires("data_officer")], wiring: Wired
) -> Response:
    """Every place of the list's filter: CSV for people, GeoJSON with whole shapes for programs.

    :raises ListTooLong: when there are more than a file may have.
    """
    wanted = read_place_filter(wiring, request.query_params)
    language = choose_language(request)
    say = wiring.words.translator(language)
    with wiring.sessions() as session:
        need_few(count_places(session, wanted, most=list_files.MOST_ROWS + 1))
    pages = _pages(wiring, wanted, load_categories(wiring.city), say, is_english=language == "en")
    file = ListFile("gazetteer", say("地名库"), [say(name) for name in HEADINGS], pages)
    return file_response(form, file, say=say, at=wiring.clock.now())


def _pages(
    wiring: Wiring, wanted: PlaceFilter, categories: Categories, say: Say, *, is_english: bool
) -> Iterator[list[Line]]:
    """Pages of places; no connection is held while one is sent."""
    after: int | None = 0
    n = 0
    while after is not None and n <= list_files.MOST_ROWS:
        with wiring.sessions() as session:
            found = list_places(session, wanted, after=after, limit=PAGE)
            ids = [one.id for one in found.rows]
            names, shapes = list_names(session, ids), list_geojson(session, ids)
        yield [
            _line(
                one,
                names.get(one.id, ()),
                shapes[one.id],
                kind=say(KIND_NAMES[one.kind]),
                category=categories.name_of(one.category, is_english=is_english) if one.category else "",
                yes=say("是"),
            )
            for one in found.rows
        ]
        after, n = found.next_id, n + len(found.rows)


def _line(
    one: PlaceSummary, names: tuple[FurtherName, ...], geojson: str, *, kind: str, category: str, yes: str
) -> Line:
    by_sort = {sort: [name for name in names if name.sort is sort] for sort in NameSort}
    told = {
        "alias": ";".join(name.text for name in by_sort[NameSort.ALIAS]),
        "short": ";".join(name.text for name in by_sort[NameSort.SHORT]),
        "former": ";".join(former_words(name) for name in by_sort[NameSort.FORMER]),
    }
    days = [day.isoformat() if day else "" for day in (one.valid_from, one.valid_to)]
    cells: list[Cell] = [
        one.id,
        kind,
        one.name,
        *told.values(),
        category,
        one.street,
        one.number,
        one.division_name or one.division_code,
        *days,
        one.source,
        round(one.lon, 7),
        round(one.lat, 7),
        yes if one.is_synthetic else "",
        shapely.to_wkt(shapely.from_geojson(geojson), rounding_precision=7),
    ]
    properties = {
        "id": one.id,
        "kind": one.kind.value,
        "name": one.name,
        **told,
        "category": one.category,
        "street": one.street,
        "number": one.number,
        "division_code": one.division_code,
        "valid_from": days[0] or None,
        "valid_to": days[1] or None,
        "source": one.source,
        "is_synthetic": one.is_synthetic,
    }
    return Line(cells=cells, properties=properties, geometry=geojson, is_synthetic=one.is_synthetic)
