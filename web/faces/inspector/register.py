"""The register on the phone: a component and what to say of it; survey tasks: found, missing, new here."""

from types import SimpleNamespace
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gis_core.errors import BadInput, CitygridError, Conflict, NotAllowed, NotFound, Refused
from gis_core.places import LonLat
from grid.component_list import list_components
from grid.filtering import LONGEST_TEXT, ComponentFilter
from grid.reading import list_division_names
from grid.register.operations import Said
from grid.register.reading import get_detail
from grid.register.reviews import list_proposals
from grid.register.surveys import get_survey, list_progress, list_surveys, list_to_find
from grid.rules.register import STATE_CHANGES, STATES
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.errors import wants_json
from web.faces.answers import answer
from web.faces.inspector.tasks import list_tasks
from web.forms import parse
from web.photos_ahead import photos_ahead_of
from web.register_work import asking_of, cases_on, register_of, tell_life
from web.rendering import page
from web.sent_photos import sent_photos, store_photos
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/m")
Inspector = Annotated[Person, requires("inspector")]


class SaidSent(BaseModel):
    """What an inspector says of a component; a place only when it is another one than the register has."""

    model_config = ConfigDict(extra="ignore")

    client_id: UUID = Field(title="编号")
    state: str | None = Field(None, max_length=8, title="状态")
    type: str = Field("", max_length=5, title="类型")
    lon: float | None = Field(None, title="经度")
    lat: float | None = Field(None, title="纬度")
    position_source: str = Field("", max_length=12, title="位置来源")
    note: str = Field("", max_length=500, title="说明")

    @property
    def place(self) -> LonLat | None:
        """The place that was given, if any."""
        return None if self.lon is None or self.lat is None else LonLat(self.lon, self.lat)


@router.get("/components")
def find_component(request: Request, person: Inspector, wiring: Wired, q: str = "") -> Response:
    """Find a component by its code or its kind."""
    wanted = ComponentFilter(text=q.strip()[:LONGEST_TEXT]).understood(wiring.catalogue)
    with wiring.sessions() as session:
        rows = list_components(session, wanted, limit=30).rows if wanted.text else ()
        shown = {"q": wanted.text, "rows": rows, "n_tasks": len(list_tasks(session, wiring, person))}
    return page(request, "inspector/components.html", shown)


@router.get("/components/{code}")
def show_component(request: Request, code: str, person: Inspector, wiring: Wired, said: str = "") -> Response:
    """A component: what the register says, and a form to say that it is otherwise."""
    return _component_page(request, wiring, person, code, said=bool(said))


@router.post("/components/{code}")
def report_change(request: Request, code: str, form: FormSent, person: Inspector, wiring: Wired) -> Response:
    """Send what is otherwise to review; sent twice it is kept once."""
    try:
        said = _said(wiring, form, person, code=code)
        register_of(wiring).propose(said, asking_of(person, "inspector", wiring.clock.now()))
    except (BadInput, Refused, Conflict) as refusal:
        if wants_json(request):
            raise
        return _component_page(request, wiring, person, code, refusal=refusal, form=form)
    return answer(request, f"/m/components/{code}?said=1")


@router.get("/surveys")
def show_surveys(request: Request, person: Inspector, wiring: Wired) -> Response:
    """The person's surveys that are not closed."""
    with wiring.sessions() as session:
        surveys = list_surveys(session, inspector_id=person.id)
        shown = {
            "surveys": [(one, list_progress(session, one)) for one in surveys],
            "names": list_division_names(session),
            "n_tasks": len(list_tasks(session, wiring, person)),
        }
    return page(request, "inspector/surveys.html", shown)


@router.get("/surveys/{survey_id}")
def show_survey(
    request: Request, survey_id: int, person: Inspector, wiring: Wired, grid: str = ""
) -> Response:
    """A survey: its unit grids with what is left, or one grid with what to look for."""
    return _survey_page(request, wiring, person, survey_id, grid)


@router.post("/surveys/{survey_id}")
def note(request: Request, survey_id: int, form: FormSent, person: Inspector, wiring: Wired) -> Response:
    """A component is found or missing, or something new stands there."""
    grid, result = str(form.get("grid") or ""), str(form.get("result") or "")
    code = str(form.get("code") or "")
    register, asking = register_of(wiring), asking_of(person, "inspector", wiring.clock.now())
    try:
        if result == "found":
            register.note_found(survey_id, code, asking)
        elif result == "missing":
            register.note_missing(
                survey_id, _missing(wiring, form, person, code=code, survey_id=survey_id), asking
            )
        elif result == "new":
            register.note_new(survey_id, _said(wiring, form, person, survey_id=survey_id), asking)
        else:
            raise NoAnswer("请选择：找到了、不见了，或有新部件。")
    except (BadInput, Refused, Conflict, NotAllowed, NotFound) as refusal:
        if wants_json(request):
            raise
        return _survey_page(request, wiring, person, survey_id, grid, refusal=refusal, form=form)
    return answer(request, f"/m/surveys/{survey_id}?grid={grid[:15]}")


class NoAnswer(BadInput):
    """A form of a survey that says neither found nor missing nor new."""

    code = "no_survey_answer"


def _missing(wiring: Wiring, form: FormSent, person: Person, *, code: str, survey_id: int) -> Said:
    sent = parse(SaidSent, form)
    return Said(
        client_id=sent.client_id,
        type_code=code[6:11],
        code=code,
        state="丢失",
        note=sent.note or "普查未找到",
        photo_sha256=_photo(wiring, form, person),
        survey_id=survey_id,
    )


def _said(
    wiring: Wiring, form: FormSent, person: Person, *, code: str | None = None, survey_id: int | None = None
) -> Said:
    sent = parse(SaidSent, form)
    type_code = sent.type
    if code is not None:
        with wiring.sessions() as session:
            detail = get_detail(session, code)
        code, type_code = detail.summary.code, detail.summary.type_code
    return Said(
        client_id=sent.client_id,
        type_code=type_code,
        code=code,
        state=sent.state,
        place=sent.place,
        note=sent.note,
        photo_sha256=_photo(wiring, form, person),
        survey_id=survey_id,
    )


def _photo(wiring: Wiring, form: FormSent, person: Person) -> str | None:
    ahead = photos_ahead_of(wiring.settings.home, person.id, wiring.photos)
    stored = store_photos(wiring.photos, sent_photos(form, ahead=ahead)[:1])
    return stored[0].sha256 if stored else None


def _component_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    code: str,
    *,
    said: bool = False,
    refusal: CitygridError | None = None,
    form: FormSent | None = None,
) -> Response:
    with wiring.sessions() as session:
        detail = get_detail(session, code)
        cases = cases_on(session, wiring, person, detail.summary.code)
        shown = {
            "detail": detail,
            "c": detail.summary,
            "life": tell_life(detail, cases),
            "next_states": STATE_CHANGES.get(detail.summary.state, STATES),
            "reviews": list_proposals(session, status="open", code=detail.summary.code, most=5),
            "said": said,
            "refusal": refusal,
            "form": _blank_place(form),
            "given": _given(form),
            "n_tasks": len(list_tasks(session, wiring, person)),
        }
    return page(request, "inspector/component.html", shown, status=422 if refusal else 200)


def _survey_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    survey_id: int,
    grid: str,
    *,
    refusal: CitygridError | None = None,
    form: FormSent | None = None,
) -> Response:
    with wiring.sessions() as session:
        survey = get_survey(session, survey_id)
        progress = list_progress(session, survey)
        here = next((one for one in progress if one.unit_grid_code == grid), None)
        shown: dict[str, Any] = {
            "survey": survey,
            "progress": sorted(progress, key=lambda one: (one.open == 0, one.unit_grid_code)),
            "grid": grid if here or form is not None else "",
            "here": here,
            "to_find": list_to_find(session, survey, grid) if here else (),
            "names": list_division_names(session),
            "types": [wiring.catalogue.find_type("component", one) for one in survey.type_codes],
            "refusal": refusal,
            "form": _blank_place(form),
            "given": _given(form),
            "new_id": lambda: str(uuid4()),
            "n_tasks": len(list_tasks(session, wiring, person)),
        }
    return page(request, "inspector/survey.html", shown, status=422 if refusal else 200)


def _given(form: FormSent | None) -> dict[str, str]:
    typed = {} if form is None else {key: value for key, value in form.items() if isinstance(value, str)}
    return {"client_id": str(uuid4()), "state": "", "note": "", "type": ""} | typed


def _blank_place(form: FormSent | None) -> SimpleNamespace:
    """What the place picker shows: nothing picked, or what was picked before a refusal."""
    blank = {"lon": "", "lat": "", "position_source": "", "accuracy_m": ""}
    kept = {} if form is None else {key: str(form.get(key) or "") for key in blank}
    return SimpleNamespace(values=blank | kept)
