"""All filters of a desk on one page, which scripts show as a dialog over the list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request, Response

from cases.rules.deadlines import LIGHT_NAMES
from cases.rules.intake import SOURCE_NAMES
from cases.rules.stages import STAGE_NAMES
from grid.catalogue import CatalogueType, MajorClass
from grid.rules.criteria import Kind
from web.accounts.people import Person
from web.accounts.reading import list_people
from web.faces.chips import APPEAL_NAMES, TITLES, YES_NO
from web.faces.named_places import named_places
from web.faces.queues import DEPARTMENT, Post, places_of, read_queue, served_areas
from web.faces.workbench.posts import at_a_desk, get_post
from web.filters import FILTERS, kept
from web.rendering import page
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/workbench")
KINDS: tuple[Kind, ...] = ("component", "matter")
MARKS = (
    "supervised", "urged", "answer", "suspended", "reworked", "extended", "late", "at_once", "photos",
    "void_asked",
)  # fmt: skip
"""What a case has or has not."""
DAYS = (
    ("since", "until", "上报"),
    ("filed_since", "filed_until", "立案"),
    ("closed_since", "closed_until", "办结"),
)


@dataclass(frozen=True, slots=True)
class MajorOffered:
    """A major class with its types."""

    major: MajorClass
    types: tuple[CatalogueType, ...]


@router.get("/{key}/filter")
def show_filters(request: Request, key: str, person: Annotated[Person, at_a_desk], wiring: Wired) -> Response:
    """Everything that a list can be filtered by, as the address has it now."""
    post = get_post(key, person)
    query = request.query_params
    tab, _ = read_queue(post, person, query)
    asked = kept(query, FILTERS)
    with wiring.sessions() as session:
        places = named_places(session, wiring)
        inspectors = list_people(session, "inspector")
        crews = list_people(session, "crew", organisation_code=_own(post, person))
    shown = {
        "post": post,
        "tab": tab,
        "order": query.get("order", ""),
        "chosen": _chosen(asked),
        "unseen": [pair for pair in asked if pair[0] in ("criterion", "responsibility", "kind", "open")],
        "stages": {stage: STAGE_NAMES[stage] for stage in tab.stages},
        "lights": LIGHT_NAMES,
        "areas": served_areas(places, wiring),
        "zones": places.zones,
        "majors": majors_offered(wiring),
        "sources": SOURCE_NAMES,
        "organisations": {} if post is DEPARTMENT else wiring.rules.organisation_names,
        "helpers": wiring.rules.organisation_names,
        "inspectors": inspectors,
        "crews": crews,
        "days": DAYS,
        "marks": MARKS,
        "titles": TITLES,
        "yes_no": YES_NO,
        "appeals": APPEAL_NAMES,
        "places": places_of(person),
    }
    return page(request, "workbench/filter.html", shown)


def majors_offered(wiring: Wiring) -> tuple[MajorOffered, ...]:
    """Major classes with their types, as a list to choose from."""
    catalogue = wiring.catalogue
    return tuple(
        MajorOffered(major, catalogue.types_of(kind, major.code))
        for kind in KINDS
        for major in catalogue.majors(kind)
    )


def _chosen(asked: Sequence[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    """The values of each name."""
    found: dict[str, list[str]] = {}
    for name, value in asked:
        found.setdefault(name, []).append(value)
    return found


def _own(post: Post, person: Person) -> str | None:
    return person.organisation_code if post is DEPARTMENT else None
