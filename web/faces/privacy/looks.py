"""Pages for auditors: who looked at whose track, and who watched which camera."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams

from cases.filtering import BadFilter
from cases.rules.stages import ROLE_NAMES
from gis_core.clock import CITY_ZONE, city_time
from grid.cameras.watches import list_watches
from grid.positions.tracks import OWN, PURPOSES, list_looks
from web.accounts.guards import requires
from web.accounts.people import Person
from web.faces.queues import places_of
from web.forms import Day, parse
from web.list_files import MOST_ROWS, Cell, Say, table_response
from web.rendering import page
from web.wiring import Wired, Wiring
from web.words import choose_language

router = APIRouter()
Auditor = Annotated[Person, requires("auditor")]
MOST_LISTED = 100
PURPOSE_NAMES = {**PURPOSES, OWN: "查看自己的轨迹"}


class LooksQuery(BaseModel):
    """The filter of a log in an address; both days included. `key` is a mover, or the code of a camera."""

    model_config = ConfigDict(extra="ignore")

    key: str = Field("", max_length=40, title="编号")
    person: int | None = Field(None, ge=1, lt=2**63, title="人员编号")
    since: Day | None = Field(None, title="起始日期")
    until: Day | None = Field(None, title="截止日期")
    before: int | None = Field(None, ge=1, lt=2**62, title="页码")


@dataclass(frozen=True, slots=True)
class Line:
    """A look as the log shows it: `key` leads to the others at the same, `words` are the last columns."""

    id: int
    at: datetime
    person_id: int
    person_name: str
    role: str
    key: str
    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """A log of looks: where it is, how it is called, its columns after time, name and post."""

    address: str
    title: str
    columns: tuple[str, ...]
    nothing: str
    file_name: str


TRACKS = Log(
    "/privacy/tracks",
    "轨迹查看记录",
    ("谁的轨迹", "哪一段时间", "目的"),
    "没有符合条件的记录。有人查看人员、车辆的轨迹后，会列在这里。",
    "track-looks",
)
VIDEO = Log(
    "/privacy/video",
    "视频观看记录",
    ("哪台摄像机", "由谁上墙"),
    "没有符合条件的记录。有人观看摄像机后，会列在这里。",
    "camera-watches",
)


@router.get("/privacy/tracks")
def show_track_looks(request: Request, person: Auditor, wiring: Wired) -> Response:
    """Who looked at whose track, the newest first."""
    return _log_page(request, person, wiring, TRACKS)


@router.get("/privacy/video")
def show_watches(request: Request, person: Auditor, wiring: Wired) -> Response:
    """Who watched which camera, the newest first."""
    return _log_page(request, person, wiring, VIDEO)


@router.get("/privacy/tracks.csv")
def export_track_looks(request: Request, person: Auditor, wiring: Wired) -> Response:
    """The same list as a file, at most 50,000 rows."""
    return _log_file(request, wiring, TRACKS)


@router.get("/privacy/video.csv")
def export_watches(request: Request, person: Auditor, wiring: Wired) -> Response:
    """The same list as a file, at most 50,000 rows."""
    return _log_file(request, wiring, VIDEO)


def _log_page(request: Request, person: Person, wiring: Wiring, log: Log) -> Response:
    asked = parse(LooksQuery, request.query_params)
    with wiring.sessions() as session:
        found = _lines(session, log, asked, asked.before)
    shown = {
        "log": log,
        "asked": asked,
        "lines": found,
        "next": found[-1].id if len(found) == MOST_LISTED else None,
        "kept": _kept(request.query_params),
        "places": places_of(person),
        "now": wiring.clock.now(),
    }
    return page(request, "privacy/looks.html", shown)


def _log_file(request: Request, wiring: Wiring, log: Log) -> Response:
    asked = parse(LooksQuery, request.query_params)
    say = wiring.words.translator(choose_language(request))
    return table_response(log.file_name, _rows(wiring, log, asked, say))


def _rows(wiring: Wiring, log: Log, asked: LooksQuery, say: Say) -> Iterator[Sequence[Cell]]:
    yield [say(heading) for heading in ("时间", "姓名", "岗位", "编号", *log.columns)]
    before, n = asked.before, 0
    while n < MOST_ROWS:
        with wiring.sessions() as session:
            found = _lines(session, log, asked, before)
        for one in found:
            role, words = say(ROLE_NAMES.get(one.role, one.role)), [say(word) for word in one.words]
            yield (f"{city_time(one.at):%Y-%m-%d %H:%M:%S}", one.person_name, role, one.key, one.name, *words)
        if len(found) < MOST_LISTED:
            return
        before, n = found[-1].id, n + len(found)


def _lines(session: Session, log: Log, asked: LooksQuery, before: int | None) -> tuple[Line, ...]:
    """A page of a log, in one query."""
    wanted: dict[str, Any] = {
        "person_id": asked.person,
        "since": _midnight(asked.since),
        "until": _midnight(asked.until, days=1),
        "before": before,
        "most": MOST_LISTED,
    }
    key = asked.key.replace("\x00", "").strip()
    if log is VIDEO:
        return tuple(
            Line(
                one.id, one.at, one.person_id, one.person_name, one.role,
                one.camera_code, one.camera_name or one.camera_code, (one.called_by_name or "–",),
            )
            for one in list_watches(session, code=key, **wanted)
        )  # fmt: skip
    return tuple(
        Line(
            one.id, one.at, one.person_id, one.person_name, one.role, one.mover_key,
            one.mover_name or one.mover_key,
            (_span(one.since, one.until), PURPOSE_NAMES.get(one.purpose, one.purpose)),
        )
        for one in list_looks(session, key=key, **wanted)
    )  # fmt: skip


def _span(since: datetime, until: datetime) -> str:
    """A span of the city's time, its day told once where both ends share it."""
    begins, ends = city_time(since), city_time(until)
    shape = "%H:%M" if begins.date() == ends.date() else "%Y-%m-%d %H:%M"
    return f"{begins:%Y-%m-%d %H:%M} – {ends.strftime(shape)}"


def _midnight(day: date | None, *, days: int = 0) -> datetime | None:
    if day is None:
        return None
    try:
        return datetime.combine(day, time(), CITY_ZONE) + timedelta(days=days)
    except OverflowError:
        raise BadFilter("日期超出范围，请重新选择。") from None


def _kept(query: QueryParams) -> str:
    """The filter as it goes into the addresses of the file and of the next page."""
    return str(
        QueryParams([(name, query[name]) for name in ("key", "person", "since", "until") if query.get(name)])
    )
