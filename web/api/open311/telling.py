"""Requests as other systems are told of them: the public view of a case, never internal words or people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from cases.publishing import PublishedCase, PublishedFilter, PublishedStep, list_published, list_steps
from cases.reading import CaseNotFound
from grid.reading import list_division_names
from web.api.open311.asking import RequestsAsked
from web.api.open311.calls import Call, w3c
from web.api.open311.service_types import get_service, services_of
from web.api.open311.stages import status_notes, status_word, update_word

DECIMALS = 6
"""Of degrees: a tenth of a metre, about what tiles of the public map show."""
LEVELS = (6, 9, 12)
"""Digits of the codes of district, subdistrict and community, of which an address consists here."""


def tell_requests(call: Call, asked: RequestsAsked) -> list[dict[str, Any]]:
    """The requests that are asked for; two queries, three with extensions."""
    with call.wiring.sessions() as session:
        found = list_published(
            session,
            _wanted(call, asked),
            types=call.wiring.type_names,
            offset=asked.page.offset,
            limit=asked.page.size,
        )
        return _tell(session, call, found, has_extensions=asked.has_extensions)


def tell_request(call: Call, case_no: str) -> list[dict[str, Any]]:
    """One request, as a list of one.

    :raises CaseNotFound: when there is none of this number.
    """
    has_extensions = call.query.one("extensions").lower() == "true"
    with call.wiring.sessions() as session:
        wanted = PublishedFilter(case_nos=(case_no,))
        found = list_published(session, wanted, types=call.wiring.type_names, limit=1)
        if not found:
            raise CaseNotFound(f"没有编号为“{case_no[:40]}”的案件，请核对。")
        return _tell(session, call, found, has_extensions=has_extensions)


def tell_step(call: Call, step: PublishedStep) -> dict[str, Any]:
    """A public step as an update of mySociety's extension."""
    return {
        "update_id": str(step.fact_id),
        "service_request_id": step.case_no,
        "status": update_word(step.stage, step.merged_into),
        "updated_datetime": w3c(step.at),
        "description": status_notes(step.stage, step.merged_into, call.say),
    }


def _wanted(call: Call, asked: RequestsAsked) -> PublishedFilter:
    types = tuple(
        (service.type.kind, service.type.code)
        for service in (get_service(call.wiring.catalogue, code) for code in asked.service_codes)
    )
    return PublishedFilter(
        case_nos=asked.ids,
        types=types,
        is_open=asked.is_open,
        reported_from=asked.reported.first,
        reported_until=asked.reported.last,
        changed_from=asked.changed.first,
        changed_until=asked.changed.last,
    )


def _tell(
    session: Session, call: Call, found: Sequence[PublishedCase], *, has_extensions: bool
) -> list[dict[str, Any]]:
    if not found:
        return []
    names = list_division_names(session)
    told = [_as_request(call, one, names) for one in found]
    if has_extensions:
        steps = list_steps(session, [one.id for one in found])
        return [
            request | _extended(call, one, (step for step in steps if step.case_id == one.id))
            for request, one in zip(told, found, strict=True)
        ]
    return told


def _as_request(call: Call, one: PublishedCase, names: Mapping[str, str]) -> dict[str, Any]:
    service = services_of(call.wiring.catalogue).get(one.type_code)
    service_name = service.name(is_english=call.is_english) if service else one.type_name
    address = "".join(names.get(one.grid_code[:digits], "") for digits in LEVELS)
    photo = one.photo_sha and f"{call.endpoint}/media/{one.photo_sha}.jpg"
    return {
        "service_request_id": one.case_no,
        "status": status_word(is_open=one.is_open),
        "status_notes": status_notes(one.stage, one.merged_into, call.say),
        "service_name": service_name,
        "service_code": one.type_code,
        # The reporter's words stay inside; a desk may have written some for everybody.
        "description": one.public_text or (f"{service_name} · {address}" if address else service_name),
        "agency_responsible": one.department_name,
        "requested_datetime": w3c(one.reported_at),
        "updated_datetime": w3c(one.changed_at),
        "expected_datetime": one.due_at and w3c(one.due_at),
        "address": address or None,
        "address_id": one.grid_code,
        "lat": round(one.lat, DECIMALS),
        "long": round(one.lon, DECIMALS),
        "media_url": photo,
    }


def _extended(call: Call, one: PublishedCase, steps: Iterable[PublishedStep]) -> dict[str, Any]:
    return {
        "extended_attributes": {
            "unit_grid_code": one.grid_code,
            "asset_id": one.component_code,
            "kind": one.kind,
            "stage": one.stage,
            "is_synthetic": one.is_synthetic,
            "merged_into": one.merged_into,
        },
        "notes": [
            {
                "datetime": w3c(step.at),
                "description": status_notes(step.stage, step.merged_into, call.say),
                "type": update_word(step.stage, step.merged_into),
            }
            for step in steps
        ],
    }
