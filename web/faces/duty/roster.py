"""The duty roster: who is on duty, the week, absences, handing over and taking over."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from emergency.duty.operations import Roster
from emergency.duty.reading import list_handovers, list_shifts
from emergency.rules.incidents import STAGE_NAMES
from emergency.rules.roster import POST_NAMES, BadShift, Post, Shift, find_gaps, on_duty
from gis_core.clock import CITY_ZONE, city_time
from gis_core.errors import BadInput, Conflict, NotFound, Refused
from web.accounts.guards import FormSent, asking, requires
from web.accounts.people import Person
from web.accounts.reading import list_people
from web.faces.queues import places_of
from web.forms import Day, parse
from web.incident_work import SEES_INCIDENTS, Moment
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/duty/roster")
Reader = Annotated[Person, requires(*SEES_INCIDENTS)]
Keeper = Annotated[Person, requires("duty_officer", "commander")]
WEEK = timedelta(days=7)
ROSTERED = ("duty_officer", "commander", "leader")
"""Posts whose people are offered by name; others are written in."""


class WeekAsked(BaseModel):
    """A day of the week that is shown."""

    model_config = ConfigDict(extra="ignore")

    on: Day | None = Field(None, title="日期")


class ShiftSent(BaseModel):
    """The form of a shift: somebody with an account, or a name."""

    model_config = ConfigDict(extra="ignore")

    post: str = Field("duty_officer", max_length=16, title="岗位")
    person: str = Field("", max_length=40, title="人员")
    person_name: str = Field("", max_length=40, title="姓名")
    phone: str = Field("", max_length=30, title="电话")
    starts_at: Moment = Field(None, title="上班")
    ends_at: Moment = Field(None, title="下班")
    why: str = Field("", max_length=200, title="理由")
    words: str = Field("", max_length=2_000, title="内容")
    on: Day | None = Field(None, title="日期")


@router.get("")
def show_roster(request: Request, person: Reader, wiring: Wired) -> Response:
    """Who is on duty now, the week with its gaps, and the last handings over."""
    return _roster_page(request, wiring, person)


@router.post("/add")
def add_shift(request: Request, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Put somebody on duty."""

    def work(sent: ShiftSent, roster: Roster, at: datetime) -> None:
        roster.add(_shift(wiring, sent), asking(person, person.acting_as("duty_officer", "commander"), at=at))

    return _done(request, wiring, person, form, work)


@router.post("/copy")
def copy_week(request: Request, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Copy the week before into the week that is shown."""

    def work(sent: ShiftSent, roster: Roster, at: datetime) -> None:
        who = asking(person, person.acting_as("duty_officer", "commander"), at=at)
        roster.copy_week(_monday(sent.on or city_time(at).date()), who)

    return _done(request, wiring, person, form, work)


@router.post("/give")
def give(request: Request, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Hand over."""

    def work(sent: ShiftSent, roster: Roster, at: datetime) -> None:
        roster.give(sent.words, asking(person, person.acting_as("duty_officer", "commander"), at=at))

    return _done(request, wiring, person, form, work)


@router.post("/take/{handover_id}")
def take(request: Request, handover_id: int, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Take over."""

    def work(sent: ShiftSent, roster: Roster, at: datetime) -> None:
        who = asking(person, person.acting_as("duty_officer", "commander"), at=at)
        roster.take(min(handover_id, 2**62), sent.words, who)

    return _done(request, wiring, person, form, work)


@router.post("/absent/{shift_id}")
def note_absent(request: Request, shift_id: int, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Note that somebody is absent, and who stands in."""

    def work(sent: ShiftSent, roster: Roster, at: datetime) -> None:
        who = asking(person, person.acting_as("duty_officer", "commander"), at=at)
        named = sent.person or sent.person_name.strip()
        stand_in = _named(wiring, sent, starts_at=at, ends_at=at) if named else None
        roster.note_absent(min(shift_id, 2**62), why=sent.why, stand_in=stand_in, asking=who)

    return _done(request, wiring, person, form, work)


def _done(request: Request, wiring: Wiring, person: Person, form: Any, work: Any) -> Response:
    try:
        sent = parse(ShiftSent, form)
        work(sent, Roster(wiring.sessions, wiring.plane), wiring.clock.now())
    except (BadInput, Refused, Conflict, NotFound) as refusal:
        return _roster_page(request, wiring, person, refusal=refusal, typed=dict(form))
    return see_other(f"/duty/roster?done=1{f'&on={sent.on}' if sent.on else ''}")


def _roster_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    *,
    refusal: Exception | None = None,
    typed: dict[str, Any] | None = None,
) -> Response:
    now = wiring.clock.now()
    asked = parse(WeekAsked, request.query_params).on or city_time(now).date()
    monday = _monday(asked)
    with wiring.sessions() as session:
        shifts = list_shifts(session, monday, monday + WEEK)
        today = list_shifts(session, now - timedelta(hours=1), now + timedelta(hours=1))
        handovers = list_handovers(session)
        people = _people(session)
    gaps = [
        gap
        for post in ("duty_officer", "duty_leader")
        for gap in find_gaps(shifts, post, monday, monday + WEEK)
    ]
    shown = {
        "places": places_of(person),
        "monday": monday.astimezone(CITY_ZONE).date(),
        "days": [monday.astimezone(CITY_ZONE).date() + timedelta(days=n) for n in range(7)],
        "before": (monday - WEEK).astimezone(CITY_ZONE).date(),
        "after": (monday + WEEK).astimezone(CITY_ZONE).date(),
        "shifts_on": lambda day: [one for one in shifts if city_time(one.starts_at).date() == day],
        "on_duty": on_duty(today, now),
        "gaps": [gap for gap in gaps if gap.ends_at > now],
        "handovers": handovers,
        "people": people,
        "posts": POST_NAMES,
        "incident_stages": STAGE_NAMES,
        "moment_of": lambda text: datetime.fromisoformat(text).astimezone(UTC),
        "may_keep": person.may_act_as("duty_officer", "commander"),
        "refusal": refusal,
        "typed": typed or {},
        "done": request.query_params.get("done"),
    }
    return page(request, "duty/roster.html", shown, status=200 if refusal is None else 422)


def _people(session: Session) -> list[Person]:
    """Those who may be put on duty by their account, each once."""
    found = {one.id: one for role in ROSTERED for one in list_people(session, role)}
    return sorted(found.values(), key=lambda one: one.login)


def _shift(wiring: Wiring, sent: ShiftSent) -> Shift:
    if sent.starts_at is None or sent.ends_at is None:
        raise BadShift("请填写上班和下班时间。", field="starts_at")
    return _named(wiring, sent, starts_at=sent.starts_at, ends_at=sent.ends_at)


def _named(wiring: Wiring, sent: ShiftSent, *, starts_at: datetime, ends_at: datetime) -> Shift:
    post: Post = next((one for one in POST_NAMES if one == sent.post), "duty_officer")
    person_id, name, is_demo = None, sent.person_name.strip(), False
    if sent.person:
        with wiring.sessions() as session:
            known = next((one for one in _people(session) if str(one.id) == sent.person), None)
        if known is None:
            raise BadShift("没有这个人员，请从列表中选择，或填写姓名。", field="person")
        person_id, name, is_demo = known.id, known.name, known.is_demo
    return Shift(0, post, person_id, name, sent.phone, starts_at, ends_at, is_synthetic=is_demo)


def _monday(day: date) -> datetime:
    return datetime.combine(day - timedelta(days=day.weekday()), time(), CITY_ZONE)
