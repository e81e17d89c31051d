"""The register of cameras as a file to take away, which an import knows again."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from grid.cameras.importing import FIELDS
from grid.cameras.reading import CameraFilter, CameraShown, count_cameras, list_cameras
from web import list_files
from web.accounts.guards import requires
from web.accounts.people import Person
from web.camera_work import read_camera_filter, today
from web.list_files import Form, Line, ListFile, file_response, need_few
from web.wiring import Wired, Wiring
from web.words import choose_language

router = APIRouter()
Officer = Annotated[Person, requires("data_officer")]


@router.get("/cameras.{form}")
def export_cameras(request: Request, form: Form, person: Officer, wiring: Wired) -> Response:
    """The list as a file that an import knows again; no credentials are in it."""
    wanted, on = read_camera_filter(request.query_params), today(wiring)
    say = wiring.words.translator(choose_language(request))
    with wiring.sessions() as session:
        need_few(count_cameras(session, wanted, on))
    headings = [*FIELDS.values()]
    file = ListFile("cameras", say("摄像机"), headings, _lines(wiring, wanted, on))
    return file_response(form, file, say=say, at=wiring.clock.now())


def _lines(wiring: Wiring, wanted: CameraFilter, on: date) -> Iterator[list[Line]]:
    """Pages of cameras; no connection is held while one is sent."""
    after: str | None = ""
    n = 0
    while after is not None and n <= list_files.MOST_ROWS:
        with wiring.sessions() as session:
            found = list_cameras(session, wiring.plane, wanted, on, after=after)
        yield [_line(one) for one in found.rows]
        after, n = found.next_code, n + len(found.rows)


def _line(one: CameraShown) -> Line:
    camera = one.camera
    lon, lat = round(one.lon, 7), round(one.lat, 7)
    told: dict[str, Any] = {
        "code": camera.code,
        "name": camera.name,
        "lon": lon,
        "lat": lat,
        "direction_deg": camera.direction_deg,
        "field_deg": camera.field_deg,
        "range_m": camera.range_m,
        "protocol": camera.protocol,
        "address": camera.address,
        "hls_address": camera.hls_address,
        "owner": camera.owner_code,
        "source": camera.source,
        "valid_from": camera.valid_from.isoformat(),
        "is_synthetic": "是" if camera.is_synthetic else "",
    }
    geometry = f'{{"type": "Point", "coordinates": [{lon}, {lat}]}}'
    properties = told | {"is_synthetic": camera.is_synthetic}
    return Line([*told.values()], properties, geometry, camera.is_synthetic)
