"""The list of a desk or a department as a file: all cases of the filter, without who reported them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request, Response

from cases.filtering import CaseFilter
from cases.listing import MOST_ROWS, count_cases, list_cases
from cases.rules.deadlines import LIGHT_NAMES
from cases.rules.evidence import without_phones
from cases.rules.intake import SOURCE_NAMES
from cases.rules.stages import FINAL_STAGES, STAGE_NAMES
from cases.summaries import CaseSummary
from gis_core.clock import city_time
from grid.catalogue import Catalogue
from grid.reading import list_division_names, list_zone_names
from web import list_files
from web.accounts.people import Person
from web.faces.queues import Post, read_queue
from web.faces.views import case_no_parts
from web.list_files import Cell, Form, Line, ListFile, Say, file_response, need_few, spaced
from web.wiring import Wiring
from web.words import Words, choose_language

HEADINGS = (
    "案卷号", "阶段", "亮灯", "督办", "类型", "类型代码", "说明", "地点",
    "区县", "街道", "社区", "单元网格", "功能区", "部门", "来源",
    "上报时间", "立案时间", "阶段到期", "案件到期", "返工次数", "经度", "纬度", "示意数据",
)  # fmt: skip
TOLD = (
    "case_no", "stage", "light", "is_supervised", "kind", "type_code", "type_name",
    "unit_grid_code", "zone_code", "department_code", "department_name", "source",
    "reported_at", "filed_at", "stage_due_at", "case_due_at", "rework_count", "is_synthetic",
    "is_drill",
)  # fmt: skip
"""What programs are told as it is, under the names of the API."""


@dataclass(frozen=True, slots=True)
class CaseTelling:
    """What turns a case into a line: the language, and names for codes."""

    say: Say
    is_english: bool
    type_names_en: Mapping[tuple[str, str], str]
    types: dict[tuple[str, str], str]
    divisions: Mapping[str, str]
    zones: Mapping[str, str]

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        words: Words,
        language: str,
        *,
        divisions: Mapping[str, str],
        zones: Mapping[str, str],
    ) -> "CaseTelling":
        """What tells cases in a language."""
        return cls(
            say=words.translator(language),
            is_english=language == "en",
            type_names_en={(one.kind, one.code): one.name_en for one in catalogue.types if one.name_en},
            types={(one.kind, one.code): one.name for one in catalogue.types},
            divisions=divisions,
            zones=zones,
        )


def export_queue(request: Request, post: Post, person: Person, wiring: Wiring, form: Form) -> Response:
    """The cases that the person's list has now, the newest report first, as a file.

    That order holds still while others work on the cases, so that none is told twice or left out.

    :raises ListTooLong: when there are more than a file may have, and what `read_queue` raises.
    """
    at = wiring.clock.now()
    tab, filtered = read_queue(post, person, request.query_params)
    wanted = tab.narrowed(filtered, person)
    telling = _telling(request, wiring)
    with wiring.sessions() as session:
        need_few(count_cases(session, wanted, at=at, most=list_files.MOST_ROWS + 1))
    file = ListFile(
        f"cases-{post.key}-{tab.key}",
        f"{telling.say(post.title)}-{telling.say(tab.name)}",
        [telling.say(heading) for heading in HEADINGS],
        ([tell_case(row, telling) for row in rows] for rows in _pages(wiring, wanted, at)),
    )
    return file_response(form, file, say=telling.say, at=at)


def _pages(wiring: Wiring, wanted: CaseFilter, at: datetime) -> Iterator[Sequence[CaseSummary]]:
    """Pages of cases; no connection is held while one is sent."""
    after, n = None, 0
    while n <= list_files.MOST_ROWS:
        with wiring.sessions() as session:
            page = list_cases(session, wanted, after, MOST_ROWS, at=at, types=wiring.cases.types)
        yield page.rows
        after, n = page.next_cursor, n + len(page.rows)
        if after is None:
            return


def _telling(request: Request, wiring: Wiring) -> CaseTelling:
    language = choose_language(request)
    with wiring.sessions() as session:
        divisions, zones = list_division_names(session), list_zone_names(session)
    return CaseTelling.of(wiring.catalogue, wiring.words, language, divisions=divisions, zones=zones)


def tell_case(row: CaseSummary, telling: CaseTelling) -> Line:
    """A case as a line of a file, without who reported it."""
    words = {"description": without_phones(row.description), "place_text": without_phones(row.place_text)}
    return Line(
        cells=_cells(row, words, telling),
        properties={name: getattr(row, name) for name in TOLD} | words,
        geometry=f'{{"type": "Point", "coordinates": [{row.lon:.7f}, {row.lat:.7f}]}}',
        is_synthetic=row.is_synthetic,
    )


def _cells(row: CaseSummary, words: Mapping[str, str], telling: CaseTelling) -> list[Cell]:
    say, grid = telling.say, row.unit_grid_code
    type_name = telling.type_names_en.get((row.kind, row.type_code)) if telling.is_english else None
    return [
        case_no_parts(row.case_no),
        say(STAGE_NAMES.get(row.stage, row.stage)),
        "" if row.stage in FINAL_STAGES else say(LIGHT_NAMES[row.light]),
        say("是") if row.is_supervised else "",
        type_name or row.type_name,
        row.type_code,
        words["description"],
        words["place_text"],
        *(telling.divisions.get(grid[:digits], "") for digits in (6, 9, 12)),
        spaced(grid, 12),
        telling.zones.get(row.zone_code or "", ""),
        row.department_name or "",
        say(SOURCE_NAMES.get(row.source, row.source)),
        *(_minute(moment) for moment in (row.reported_at, row.filed_at, row.stage_due_at, row.case_due_at)),
        row.rework_count,
        round(row.lon, 7),
        round(row.lat, 7),
        say("是") if row.is_synthetic else "",
    ]


def _minute(moment: datetime | None) -> str:
    """A moment as spreadsheets take it for one, in the city's time."""
    return f"{city_time(moment):%Y-%m-%d %H:%M}" if moment else ""
