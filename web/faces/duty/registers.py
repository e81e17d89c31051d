"""The registers of emergency resources: lists by kind with the map of exactly these, whom to call."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from emergency.rules.resources import KIND_NAMES
from web.accounts.guards import requires
from web.accounts.people import Person
from web.faces.duty.register_parts import FINDING_NAMES, around, names_of
from web.rendering import page
from web.resource_work import (
    SEES_RESOURCES,
    ResourceSeen,
    list_seen,
    looking_of,
    read_query,
    short_details,
)
from web.wiring import Wired
from web.words import choose_language

router = APIRouter(prefix="/duty/registers")
Reader = Annotated[Person, requires(*SEES_RESOURCES)]
MOST_ROWS = 400


@router.get("")
def show_registers(request: Request, person: Reader, wiring: Wired) -> Response:
    """Resources as filtered, how many there are of each kind, what is overdue; the map of exactly these."""
    asked, looking = read_query(request.query_params), looking_of(wiring, person)
    with wiring.sessions() as session:
        found = list_seen(session, looking, asked, kinds=tuple(KIND_NAMES))
        organisations = names_of(session)
    shown = [one for one in found if not asked.kind or one.resource.kind in asked.kind]
    query = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    context = {
        "asked": asked,
        "rows": shown[:MOST_ROWS],
        "n_all": len(shown),
        "kind_counts": Counter(one.resource.kind for one in found),
        "n_of_all": len(found),
        "ready": Counter(one.resource.readiness for one in shown),
        "due": Counter(kind for one in shown for kind in {found.kind for found in one.findings}),
        "finding_names": FINDING_NAMES,
        "details_of": partial(short_details, tell=wiring.words.teller(choose_language(request))),
        "organisations": organisations,
        "is_own": looking.own_code is not None,
        "kind_address": lambda kind: _address(query, kind),
        "file_address": lambda form: f"/duty/registers.{form}?{urlencode(query)}",
        "shapes_address": f"/api/v1/resources?{urlencode(query)}",
        **around(wiring, person),
    }
    return page(request, "duty/registers.html", context)


@router.get("/phones")
def show_phones(request: Request, person: Reader, wiring: Wired) -> Response:
    """Whom to call, by organisation; those whose numbers nobody confirmed for long come first."""
    asked, looking = read_query(request.query_params), looking_of(wiring, person)
    with wiring.sessions() as session:
        found = [one for one in list_seen(session, looking, asked) if one.resource.contact.phone]
        organisations = names_of(session)
    found.sort(key=lambda one: (not _is_stale(one), one.resource.organisation_code, one.resource.code))
    context = {
        "asked": asked,
        "rows": found,
        "n_stale": sum(map(_is_stale, found)),
        "is_stale": _is_stale,
        "rules": looking.rules,
        "organisations": organisations,
        **around(wiring, person),
    }
    return page(request, "duty/registers_phones.html", context)


def _is_stale(one: ResourceSeen) -> bool:
    return any(finding.kind == "contact_stale" for finding in one.findings)


def _address(query: Sequence[tuple[str, str]], kind: str) -> str:
    """The address of the same list for one kind, or for all."""
    rest = [(key, value) for key, value in query if key != "kind"]
    return f"/duty/registers?{urlencode([('kind', kind), *rest] if kind else rest)}"
