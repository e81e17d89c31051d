"""The register of cameras for data officers: list, one with its life and its form, credentials."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gis_core.errors import BadInput, CitygridError, Conflict, NotFound, Refused
from gis_core.places import LonLat
from grid.cameras.reading import (
    STANDINGS,
    CameraShown,
    count_cameras,
    get_camera,
    list_cameras,
    list_facts,
)
from grid.organisations import list_organisations
from grid.rules.cameras import MOST_RANGE_M, PROTOCOL_NAMES, Camera, Protocol
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.camera_work import (
    CameraQuery,
    cameras_of,
    is_in_force,
    read_camera_filter,
    tell_camera_life,
    today,
)
from web.faces.queues import places_of
from web.forms import Day, parse
from web.register_work import asking_of
from web.rendering import page, see_other
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/cameras")
Officer = Annotated[Person, requires("data_officer")]
STANDING_NAMES = {"in_force": "使用中", "ended": "已停用", "all": "使用中和已停用"}
BY_HAND = "人工录入"
TYPED = ("code", "name", "lon", "lat", "direction_deg", "field_deg", "range_m", "protocol", "address",
         "hls_address", "owner_code", "source", "valid_from", "is_synthetic", "reason")  # fmt: skip


class NotThatPage(NotFound):
    """A step of a camera that there is not."""

    code = "no_such_camera_step"


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it is filled in."""

    values: Mapping[str, str]


class CameraSent(BaseModel):
    """The form of a camera; degrees are EPSG:4490."""

    model_config = ConfigDict(extra="ignore")

    revision: int = Field(0, ge=0, lt=2**31, title="版本")
    code: str = Field("", max_length=40, title="编号")
    name: str = Field("", max_length=200, title="名称")
    lon: float = Field(ge=-180, le=180, title="经度")
    lat: float = Field(ge=-90, le=90, title="纬度")
    direction_deg: float = Field(allow_inf_nan=False, title="朝向")
    field_deg: float = Field(allow_inf_nan=False, title="视场角")
    range_m: float = Field(allow_inf_nan=False, title="可视距离")
    protocol: str = Field(max_length=10, title="协议")
    address: str = Field("", max_length=1000, title="地址")
    hls_address: str = Field("", max_length=1000, title="HLS 地址")
    owner_code: str = Field("", max_length=24, title="权属单位")
    source: str = Field(BY_HAND, max_length=400, title="来源")
    valid_from: Day | None = Field(None, title="启用日期")
    is_synthetic: bool = Field(False, title="示意数据")
    reason: str = Field("", max_length=500, title="理由")


class StepSent(BaseModel):
    """The form of an end or a restoring."""

    model_config = ConfigDict(extra="ignore")

    revision: int = Field(ge=0, lt=2**31, title="版本")
    reason: str = Field("", max_length=500, title="理由")
    on: Day | None = Field(None, title="停用日期")


@router.get("")
def show_register(request: Request, person: Officer, wiring: Wired, after: str = "") -> Response:
    """Cameras as filtered, with the map of exactly these."""
    wanted = read_camera_filter(request.query_params)
    with wiring.sessions() as session:
        found = list_cameras(session, wiring.plane, wanted, today(wiring), after=after[:32])
        n_all = count_cameras(session, wanted, today(wiring))
        owners = [(one.code, one.name) for one in list_organisations(session)]
    query = _query(request)
    shown = {
        "tab": "list",
        "wanted": wanted,
        "rows": found.rows,
        "n_all": n_all,
        "next_code": found.next_code,
        "owners": owners,
        "protocol_names": PROTOCOL_NAMES,
        "standings": [(one, STANDING_NAMES[one]) for one in STANDINGS],
        "keyed": wiring.streams.keys.list_codes(),
        "views_address": f"/api/v1/cameras?{query}" if query else "/api/v1/cameras",
        "more_address": f"/cameras?{urlencode({**dict(request.query_params), 'after': found.next_code})}",
        "file_address": lambda form: f"/cameras.{form}?{query}",
        **_around(wiring, person),
    }
    return page(request, "cameras/list.html", shown)


@router.get("/new")
def show_new(request: Request, person: Officer, wiring: Wired) -> Response:
    """The form of a new camera; an address may say where it stands."""
    given = {key: request.query_params.get(key, "")[:40] for key in ("lon", "lat")}
    return _new_page(request, wiring, person, _empty(wiring) | given)


@router.post("/new")
def add_camera(request: Request, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Register a camera; refused, the page has the form as it was."""
    asking = asking_of(person, "data_officer", wiring.clock.now())
    try:
        sent = parse(CameraSent, form)
        cameras_of(wiring).add(_camera(sent, wiring, sent.code), reason=sent.reason, asking=asking)
    except (BadInput, Refused, Conflict) as refusal:
        return _new_page(request, wiring, person, _empty(wiring) | _typed(form), refusal=refusal)
    return see_other(f"/cameras/{sent.code.strip()}?done=1")


@router.get("/{code}")
def show_camera(request: Request, code: str, person: Officer, wiring: Wired) -> Response:
    """Everything about a camera on one page, with the form that changes it."""
    return _camera_page(request, wiring, person, code)


@router.post("/{code}/change")
def change_camera(request: Request, code: str, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Change a camera with a reason; refused, the page has the form as it was."""
    asking = asking_of(person, "data_officer", wiring.clock.now())
    try:
        sent = parse(CameraSent, form)
        camera = _camera(sent, wiring, code)
        cameras_of(wiring).change(camera, reason=sent.reason, seen_revision=sent.revision, asking=asking)
    except (BadInput, Refused, Conflict) as refusal:
        return _camera_page(request, wiring, person, code, refusal=refusal, typed=_typed(form))
    return see_other(f"/cameras/{code}?done=1")


@router.post("/{code}/keys")
def set_keys(request: Request, code: str, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Set the name and password that a camera asks for, or forget them (`clear`). They are never shown."""
    asking = asking_of(person, "data_officer", wiring.clock.now())
    with wiring.sessions() as session:
        known = get_camera(session, wiring.plane, code).code
    is_set = form.get("clear") != "true"
    try:
        if is_set:
            wiring.streams.keys.set(known, str(form.get("user") or ""), str(form.get("password") or ""))
        else:
            wiring.streams.keys.clear(known)
    except BadInput as refusal:
        return _camera_page(request, wiring, person, code, refusal=refusal)
    cameras_of(wiring).note_keys(known, has_keys=is_set, asking=asking)
    return see_other(f"/cameras/{known}?done=1")


@router.post("/{code}/{step}")
def take_step(  # noqa: PLR0917  # what FastAPI hands in, by name
    request: Request, code: str, step: str, form: FormSent, person: Officer, wiring: Wired
) -> Response:
    """End a camera, or restore it."""
    asking = asking_of(person, "data_officer", wiring.clock.now())
    cameras = cameras_of(wiring)
    if step not in ("end", "restore"):
        raise NotThatPage("没有这一页。请从摄像机列表重新打开。")
    try:
        sent = parse(StepSent, form)
        if step == "end":
            cameras.end(code, reason=sent.reason, seen_revision=sent.revision, asking=asking, on=sent.on)
        else:
            cameras.restore(code, reason=sent.reason, seen_revision=sent.revision, asking=asking)
    except (BadInput, Refused, Conflict) as refusal:
        return _camera_page(request, wiring, person, code, refusal=refusal)
    return see_other(f"/cameras/{code}?done=1")


def _new_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    values: Mapping[str, str],
    *,
    refusal: CitygridError | None = None,
) -> Response:
    with wiring.sessions() as session:
        owners = [(one.code, one.name) for one in list_organisations(session)]
    shown = {
        "tab": "new",
        "form": Filled(values),
        "owners": owners,
        "refusal": refusal,
        **_around(wiring, person),
    }
    return page(request, "cameras/new.html", shown, status=422 if refusal else 200)


def _camera_page(
    request: Request,
    wiring: Wiring,
    person: Person,
    code: str,
    *,
    refusal: CitygridError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    with wiring.sessions() as session:
        one = get_camera(session, wiring.plane, code)
        facts = list_facts(session, one.code)
        owners = [(body.code, body.name) for body in list_organisations(session)]
    shown = {
        "tab": "list",
        "one": one,
        "is_in_force": is_in_force(one, today(wiring)),
        "life": tell_camera_life(wiring.plane, facts, dict(owners)),
        "has_keys": one.code in wiring.streams.keys.list_codes(),
        "form": Filled(_values(one) | dict(typed or {})),
        "owners": owners,
        "refusal": refusal,
        "done": bool(request.query_params.get("done")),
        **_around(wiring, person),
    }
    return page(request, "cameras/camera.html", shown, status=422 if refusal else 200)


def _around(wiring: Wiring, person: Person) -> dict[str, Any]:
    return {
        "places": places_of(person),
        "protocol_names": PROTOCOL_NAMES,
        "most_range_m": int(MOST_RANGE_M),
        "now": wiring.clock.now(),
    }


def _camera(sent: CameraSent, wiring: Wiring, code: str) -> Camera:
    """The camera that a form says; a box that was not sent leaves it real."""
    return Camera(
        code=code,
        name=sent.name,
        place=wiring.plane.to_plane(LonLat(sent.lon, sent.lat)),
        direction_deg=sent.direction_deg,
        field_deg=sent.field_deg,
        range_m=sent.range_m,
        protocol=cast(Protocol, sent.protocol),
        address=sent.address,
        hls_address=sent.hls_address,
        owner_code=sent.owner_code,
        source=sent.source,
        valid_from=sent.valid_from or today(wiring),
        is_synthetic=sent.is_synthetic,
    )


def _values(one: CameraShown) -> dict[str, str]:
    camera = one.camera
    return {
        "code": camera.code,
        "name": camera.name,
        "lon": f"{one.lon:.7f}",
        "lat": f"{one.lat:.7f}",
        "direction_deg": f"{camera.direction_deg:g}",
        "field_deg": f"{camera.field_deg:g}",
        "range_m": f"{camera.range_m:g}",
        "protocol": camera.protocol,
        "address": camera.address,
        "hls_address": camera.hls_address,
        "owner_code": camera.owner_code,
        "source": camera.source,
        "valid_from": camera.valid_from.isoformat(),
        "is_synthetic": "true" if camera.is_synthetic else "",
        "reason": "",
        "position_source": "map",
        "accuracy_m": "",
    }


def _empty(wiring: Wiring) -> dict[str, str]:
    usual = {"direction_deg": "0", "field_deg": "70", "range_m": "100", "protocol": "hls"}
    more = {"source": BY_HAND, "valid_from": today(wiring).isoformat(), "position_source": "map"}
    return dict.fromkeys((*TYPED, "accuracy_m"), "") | usual | more


def _typed(form: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a form as they were typed; an address with a secret is not shown again."""
    said = {key: value for key in TYPED if isinstance(value := form.get(key), str)}
    return {key: "" if "address" in key and "@" in value else value for key, value in said.items()}


def _query(request: Request) -> str:
    known = [(k, v) for k in CameraQuery.model_fields if (v := request.query_params.get(k))]
    return urlencode(known)
