"""The registers of resources as files to take away: CSV, XLSX, GeoJSON; an import of one kind knows them."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from emergency.resources.importing import FIELDS
from emergency.rules.resource_cells import YES, DetailField, fields_of, written
from emergency.rules.resources import DETAILS, KIND_NAMES, READINESS_NAMES, STATUS_NAMES, ResourceKind
from gis_core.clock import city_time
from web.accounts.guards import requires
from web.accounts.people import Person
from web.list_files import Form, Line, ListFile, file_response, need_few
from web.resource_work import (
    SEES_RESOURCES,
    ResourceSeen,
    details_told,
    list_seen,
    looking_of,
    read_query,
)
from web.wiring import Wired, Wiring
from web.words import choose_language
from web.workbooks import write_workbook

router = APIRouter(prefix="/duty")
Reader = Annotated[Person, requires(*SEES_RESOURCES)]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/registers.xlsx")
def export_workbook(request: Request, person: Reader, wiring: Wired) -> Response:
    """The list as a workbook."""
    file, say = _file(request, person, wiring), wiring.words.translator(choose_language(request))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "resources.xlsx"
        for _ in write_workbook(path, file, say):
            pass  # all of it: some thousand rows
        content = path.read_bytes()
    named = f'attachment; filename="resources-{city_time(wiring.clock.now()):%Y%m%d-%H%M}.xlsx"'
    headers = {"Content-Disposition": named, "Cache-Control": "no-store"}
    return Response(content, media_type=XLSX, headers=headers)


@router.get("/registers.{form}")
def export_list(request: Request, form: Form, person: Reader, wiring: Wired) -> Response:
    """The list as a file; numbers of telephones as far as the person sees them."""
    say = wiring.words.translator(choose_language(request))
    return file_response(form, _file(request, person, wiring), say=say, at=wiring.clock.now())


def _file(request: Request, person: Person, wiring: Wiring) -> ListFile:
    asked, say = read_query(request.query_params), wiring.words.translator(choose_language(request))
    with wiring.sessions() as session:
        seen = list_seen(session, looking_of(wiring, person), asked)
    need_few(len(seen))
    kind = asked.kind[0] if len(asked.kind) == 1 else None
    fields = fields_of(DETAILS[kind]) if kind else ()
    more = [one.title for one in fields] if kind else ["种类", "详情"]
    return ListFile("resources", say("应急资源"), [*FIELDS.values(), *more], _pages(seen, kind, fields))


def _pages(
    seen: Sequence[ResourceSeen], kind: ResourceKind | None, fields: Sequence[DetailField]
) -> Iterator[list[Line]]:
    yield [_line(one, kind, fields) for one in seen]


def _line(one: ResourceSeen, kind: ResourceKind | None, fields: Sequence[DetailField]) -> Line:
    resource, contact, place = one.resource, one.resource.contact, one.place
    lon, lat = (round(place.lon_deg, 7), round(place.lat_deg, 7)) if place else (None, None)
    told: dict[str, Any] = {
        "code": resource.code,
        "name": resource.name,
        "organisation": resource.organisation_code,
        "lon": lon,
        "lat": lat,
        "place_text": resource.place_text,
        "readiness": READINESS_NAMES[resource.readiness],
        "readiness_since": resource.readiness_since.isoformat(),
        "checked_on": resource.checked_on.isoformat() if resource.checked_on else "",
        "contact_name": contact.name,
        "contact_phone": one.phone,
        "contact_confirmed_on": contact.confirmed_on.isoformat() if contact.confirmed_on else "",
        "source": resource.source,
        "status": STATUS_NAMES[resource.status],
        "is_synthetic": YES if resource.is_synthetic else "",
    }
    if kind:
        told |= {field.key: written(field, getattr(resource.details, field.key)) for field in fields}
    else:
        words = details_told(resource.details, resource.kind)
        told |= {"kind": KIND_NAMES[resource.kind], "details": "；".join(f"{a}：{b}" for a, b in words)}
    geometry = f'{{"type": "Point", "coordinates": [{lon}, {lat}]}}' if place else "null"
    return Line([*told.values()], told, geometry, resource.is_synthetic)
