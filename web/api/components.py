"""The register of components over HTTP: the list behind the map, with the map's filters."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from grid.component_list import ComponentSummary, count_components, list_components
from grid.register.reading import get_detail
from web.accounts.guards import requires_person
from web.filters import read_component_filter
from web.wiring import Wired

router = APIRouter(prefix="/api/v1", tags=["v1"])


@router.get("/components", dependencies=[requires_person()])
def get_components(
    *,
    request: Request,
    wiring: Wired,
    after: Annotated[str, Query(max_length=17)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    counted: bool = False,
) -> dict[str, Any]:
    """Components by code, filtered as the register and its map are.

    The filter: `type`, `major`, `state`, `owner`, `area`, `q`, and `bbox`: west,south,east,north in degrees
    (EPSG:4490). `next` is the code to ask on from; with `counted` the answer says how many there are in all.
    """
    wanted = read_component_filter(request.query_params, wiring.catalogue)
    with wiring.sessions() as session:
        shown = list_components(session, wanted, after=after, limit=limit)
        n = count_components(session, wanted) if counted else None
    rows = [_as_json(row) for row in shown.rows]
    return {"components": rows, "next": shown.next_code} | ({"count": n} if counted else {})


@router.get("/components/{code}", dependencies=[requires_person()])
def get_component(code: str, wiring: Wired) -> dict[str, Any]:
    """A component with its attributes and its facts; a 16-digit code of an older edition finds it too."""
    with wiring.sessions() as session:
        detail = get_detail(session, code)
    return _as_json(detail.summary) | {
        "maintainer_name": detail.maintainer_name,
        "first_surveyed_on": detail.first_surveyed_on,
        "changed_on": detail.changed_on,
        "source": detail.source,
        "remark": detail.remark,
        "accuracy_class": detail.accuracy_class,
        "revision": detail.revision,
        "facts": [
            {
                "seq": fact.seq,
                "at": fact.at,
                "by": fact.by_name,
                "action": fact.action,
                "reason": fact.reason,
                "body": fact.body,
                "hash": fact.hash.hex(),
            }
            for fact in detail.facts
        ],
    }


def _as_json(row: ComponentSummary) -> dict[str, Any]:
    """A row of the register: every field of it but the internal number."""
    return {name: getattr(row, name) for name in ComponentSummary.__slots__ if name != "id"}
