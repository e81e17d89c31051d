"""Readings of other systems: `POST /api/v1/readings` (right `reading`; docs/watch.md)."""

from typing import Annotated, Any

from fastapi import APIRouter, Response

from emergency.measurements.store import Brought
from emergency.rules.readings import REASONS
from web.accounts.keys import FormWithKey, sent_with_key
from web.reading_work import readings_in
from web.wiring import Wired

router = APIRouter(prefix="/api/v1", tags=["emergency"])
YES = ("true", "1", "yes")


@router.post("/readings")
def take_readings(
    response: Response, wiring: Wired, sent: Annotated[FormWithKey, sent_with_key("reading")]
) -> dict[str, Any]:
    """Take a batch in: a JSON list in the field or file `readings`, each with `instrument`, `measure`, `at`,
    `value`, and for rain `since` or `minutes`. What is not believed is answered by its place in the list;
    what was sent before is written once. `drill=true` keeps all of it apart from real readings.

    :raises Malformed: when there is no list.
    """
    brought = Brought(
        wiring.clock.now(), sent.key.name, is_drill=str(sent.fields.get("drill", "")).lower() in YES
    )
    taken = wiring.measurements.take(readings_in(sent.fields.get("readings")), brought)
    response.status_code = 201 if taken.n_new else 200
    return {
        "new": taken.n_new,
        "repeated": taken.n_repeat,
        "refused": [
            {"index": n, "reason": one.reason, "message": REASONS[one.reason]} for n, one in taken.refused
        ],
    }
