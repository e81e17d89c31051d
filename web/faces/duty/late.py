"""The register of reports that went out too late, or never: a page and files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from emergency.incidents.reading import OwedReport, list_late
from emergency.rules.reporting import STANDING_NAMES
from gis_core.clock import CITY_ZONE, city_time
from gis_core.errors import BadInput
from web.accounts.guards import requires
from web.accounts.people import Person
from web.faces.queues import places_of
from web.forms import Day, parse
from web.incident_work import SEES_INCIDENTS
from web.list_files import Cell, Line, ListFile, Say, file_response
from web.rendering import page
from web.wiring import Wired, Wiring
from web.words import choose_language
from web.workbooks import workbook_response

router = APIRouter(prefix="/duty/late")
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]
LATE_DAYS = 30
HEADINGS = (
    "事件编号", "事件", "报告", "报送对象", "应报", "实报", "情况", "迟（秒）", "时限怎么算的", "演练"
)  # fmt: skip


class BadDays(BadInput):
    """The days of the register lie beyond the calendar, or the last comes before the first."""

    code = "bad_late_days"


class DaysAsked(BaseModel):
    """The days of a list."""

    model_config = ConfigDict(extra="ignore")

    since: Day | None = Field(None, title="起始日期")
    until: Day | None = Field(None, title="截止日期")


@dataclass(frozen=True, slots=True)
class Register:
    """Reports of some days that went out too late, or never, as they stand at a moment."""

    since: date
    until: date
    at: datetime
    rows: tuple[OwedReport, ...]


@router.get("")
def show_late(request: Request, person: Reader, wiring: Wired) -> Response:
    """The register of reports that went out too late, or never."""
    found = _read(request, wiring)
    shown = {
        "places": places_of(person),
        "rows": found.rows,
        "since": found.since,
        "until": found.until,
        "standing_names": STANDING_NAMES,
    }
    return page(request, "duty/late.html", shown)


@router.get(".csv")
def export_csv(request: Request, person: Reader, wiring: Wired) -> Response:
    """The same as a table."""
    found, say = _read(request, wiring), wiring.words.translator(choose_language(request))
    return file_response("csv", _file(found, say), say=say, at=found.at)


@router.get(".xlsx")
def export_workbook(request: Request, person: Reader, wiring: Wired) -> Response:
    """The same as a workbook."""
    found, say = _read(request, wiring), wiring.words.translator(choose_language(request))
    return workbook_response(_file(found, say), say=say, at=found.at)


def _read(request: Request, wiring: Wiring) -> Register:
    """The days asked for, the last thirty without a word. Raises BadDays."""
    at = wiring.clock.now()
    asked = parse(DaysAsked, request.query_params)
    until = asked.until or city_time(at).date()
    try:
        since = asked.since or until - timedelta(days=LATE_DAYS)
        begins, ends = _begin(since), _begin(until) + timedelta(days=1)
        in_order = since <= until
    except OverflowError:
        in_order = False
    if not in_order:
        raise BadDays("起止日期不对。请选择先后正确的日期。")
    with wiring.sessions() as session:
        rows = tuple(list_late(session, since=begins, until=ends, at=at))
    return Register(since, until, at, rows)


def _file(found: Register, say: Say) -> ListFile:
    headings = [say(one) for one in HEADINGS]
    return ListFile("late-reports", say("迟报登记"), headings, [_lines(found, say)])


def _lines(found: Register, say: Say) -> Sequence[Line]:
    lines = []
    for one in found.rows:
        late_s = int(((one.met_at or found.at) - one.due_at).total_seconds())
        cells: list[Cell] = [
            one.incident_no, one.title, one.name, one.receiver, _moment(one.due_at),
            _moment(one.met_at) if one.met_at else "", say(STANDING_NAMES[one.standing(found.at)]), late_s,
            one.working, say("是") if one.is_drill else "",
        ]  # fmt: skip
        lines.append(Line(cells, {}, "null", is_synthetic=False))
    return lines


def _moment(at: datetime) -> str:
    return f"{city_time(at):%Y-%m-%d %H:%M:%S}"


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), CITY_ZONE)
