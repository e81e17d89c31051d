"""Special surveys: a theme, an area, types, inspectors and days; progress by unit grid, on the map."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from gis_core.clock import city_time
from gis_core.errors import BadInput, CitygridError, NotFound, Refused
from grid.reading import list_division_names
from grid.register.operations import SurveyPlan
from grid.register.surveys import (
    GridProgress,
    get_survey,
    list_grid_shapes,
    list_progress,
    list_surveys,
)
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.accounts.reading import list_people
from web.faces.register.pages import around
from web.forms import Day, parse
from web.register_work import asking_of, register_of
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/register/surveys")
Officer = Annotated[Person, requires("data_officer")]


class SurveySent(BaseModel):
    """The form of a new survey, but for its lists."""

    model_config = ConfigDict(extra="ignore")

    theme: str = Field("", max_length=60, title="主题")
    area: str = Field("", max_length=12, pattern=r"^([0-9]{6}([0-9]{3}){0,2})?$", title="区域")
    from_on: Day = Field(title="开始日期")
    until_on: Day = Field(title="结束日期")
    note: str = Field("", max_length=500, title="说明")


@router.get("")
def show_surveys(request: Request, person: Officer, wiring: Wired) -> Response:
    """All surveys with their progress, and the form of a new one."""
    with wiring.sessions() as session:
        return _surveys_page(request, session, wiring, person)


@router.post("")
def begin_survey(request: Request, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Begin a survey; refused, the form stays as it was filled in."""
    try:
        sent = parse(SurveySent, form)
        plan = SurveyPlan(
            theme=sent.theme,
            area_code=sent.area,
            type_codes=_types(wiring, [str(one) for one in form.getlist("types")]),
            inspector_ids=tuple(int(one) for one in form.getlist("inspectors") if str(one).isdigit()),  # type: ignore[arg-type]  # texts
            from_on=sent.from_on,
            until_on=sent.until_on,
            note=sent.note,
        )
        number = register_of(wiring).begin_survey(plan, asking_of(person, "data_officer", wiring.clock.now()))
    except (BadInput, Refused, NotFound) as refusal:
        with wiring.sessions() as session:
            return _surveys_page(request, session, wiring, person, refusal=refusal, form=form)
    return see_other(f"/register/surveys/{number}")


@router.get("/{survey_id}")
def show_survey(request: Request, survey_id: int, person: Officer, wiring: Wired) -> Response:
    """Progress of a survey by unit grid, beside the map coloured by it."""
    with wiring.sessions() as session:
        survey = get_survey(session, survey_id)
        progress = list_progress(session, survey)
        names = list_division_names(session)
        people = {one.id: one for one in list_people(session, "inspector")}
        shown = {
            "tab": "surveys",
            "survey": survey,
            "progress": sorted(progress, key=lambda one: (one.share, -one.registered, one.unit_grid_code)),
            "total": _total(progress),
            "communities": names,
            "inspectors": [people[one].name for one in survey.inspector_ids if one in people],
            "type_of": lambda code: wiring.catalogue.find_type("component", code),
            **around(session, wiring, person),
        }
    return page(request, "register/survey.html", shown)


@router.post("/{survey_id}/close")
def close_survey(survey_id: int, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """End a survey; its findings stay."""
    register_of(wiring).close_survey(survey_id, asking_of(person, "data_officer", wiring.clock.now()))
    return see_other(f"/register/surveys/{survey_id}")


@router.get("/{survey_id}/shapes")
def get_shapes(survey_id: int, person: Officer, wiring: Wired) -> dict[str, Any]:
    """Unit grids of a survey as GeoJSON with how far each is."""
    with wiring.sessions() as session:
        progress = list_progress(session, get_survey(session, survey_id))
        shapes = list_grid_shapes(session, [one.unit_grid_code for one in progress])
    return {
        "type": "FeatureCollection",
        "features": [_feature(one, shapes) for one in progress if one.unit_grid_code in shapes],
    }


def _feature(one: GridProgress, shapes: dict[str, str]) -> dict[str, Any]:
    label = f"{one.found + one.missing}/{one.registered}" + (f" +{one.new}" if one.new else "")
    return {
        "type": "Feature",
        "properties": {"role": "grid", "tone": tone_of(one), "label": label},
        "geometry": json.loads(shapes[one.unit_grid_code]),
    }


def tone_of(one: GridProgress) -> str:
    """How a grid is coloured: not begun, under way, done, done with something missing."""
    if one.share == 0 and not one.new:
        return "idle"
    if one.share < 1:
        return "going"
    return "missing" if one.missing else "done"


def _total(progress: tuple[GridProgress, ...]) -> GridProgress:
    return GridProgress(
        "",
        sum(one.registered for one in progress),
        sum(one.found for one in progress),
        sum(one.missing for one in progress),
        sum(one.new for one in progress),
    )


def _types(wiring: Wiring, chosen: list[str]) -> tuple[str, ...]:
    """Types chosen one by one, or a whole major class (its two digits)."""
    majors = {one for one in chosen if len(one) == 2}
    every = [one.code for one in wiring.catalogue.types if one.kind == "component"]
    return tuple(code for code in every if code in chosen or code[:2] in majors)


def _surveys_page(
    request: Request,
    session: Session,
    wiring: Wiring,
    person: Person,
    *,
    refusal: CitygridError | None = None,
    form: FormSent | None = None,
) -> Response:
    today = city_time(wiring.clock.now()).date()
    names = list_division_names(session)
    given = {key: form.get(key) for key in form} if form is not None else {}
    shown = {
        "tab": "surveys",
        "surveys": [(one, _total(list_progress(session, one))) for one in list_surveys(session)],
        "inspectors": list_people(session, "inspector"),
        "communities": sorted(
            (code, name)
            for code, name in names.items()
            if len(code) == 12 and code[:6] in wiring.city.districts
        ),
        "names": names,
        "given": given,
        "chosen_types": [str(one) for one in form.getlist("types")] if form is not None else [],
        "chosen_inspectors": [str(one) for one in form.getlist("inspectors")] if form is not None else [],
        "today": today,
        "refusal": refusal,
        **around(session, wiring, person),
    }
    return page(request, "register/surveys.html", shown, status=422 if refusal else 200)
