"""What the pages about registers of resources share: names, marks, who may."""

from typing import Any

from sqlalchemy.orm import Session

from emergency.rules.resources import KIND_NAMES, READINESS_NAMES, STATUS_NAMES
from gis_core.errors import BadInput, CitygridError, Conflict, NotAllowed, Refused
from grid.organisations import list_organisations
from web.accounts.people import Person
from web.faces.queues import places_of
from web.incident_work import SEES_INCIDENTS
from web.resource_work import COLOURS, KEEPERS, MARKS
from web.wiring import Wiring

REFUSALS = (BadInput, Refused, Conflict, NotAllowed)
FINDING_NAMES = {
    "check_overdue": "检查超期", "contact_stale": "联系方式待确认", "no_contact": "没有联系电话",
    "goods_expired": "物资过期", "goods_expiring": "物资将到期",
}  # fmt: skip
_STATUSES = ((NotAllowed, 403), (Conflict, 409))


def around(wiring: Wiring, person: Person) -> dict[str, Any]:
    """What every page about registers knows."""
    return {
        "places": places_of(person),
        "kind_names": KIND_NAMES,
        "readiness_names": READINESS_NAMES,
        "status_names": STATUS_NAMES,
        "marks": MARKS,
        "colours": COLOURS,
        "bounds": wiring.city.bounds,
        "may_add": person.may_act_as(*KEEPERS),
        "is_on_duty": person.may_act_as(*SEES_INCIDENTS),
        "now": wiring.clock.now(),
    }


def names_of(session: Session) -> dict[str, str]:
    """Names of organisations by code, short where they have a short one."""
    return {one.code: one.short_name or one.name for one in list_organisations(session)}


def status_of(refusal: CitygridError | None) -> int:
    """The HTTP status of a page that shows a refusal beside its form."""
    if refusal is None:
        return 200
    return next((status for kind, status in _STATUSES if isinstance(refusal, kind)), 422)
