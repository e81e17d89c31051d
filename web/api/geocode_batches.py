"""Files of addresses over HTTP: sent with a session, asked after, fetched when they are done."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from starlette.responses import JSONResponse

from grid.geocode_batches.reading import Batch, get_batch, list_batches
from web.accounts.guards import Checked, FormSent, requires
from web.accounts.people import Person
from web.geocode_work import ROLES, batch_asking, batch_json, batches_of, receive, result_response
from web.geocoding import read_near
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/api/v1/geocode/batches", tags=["geocoding"])
Clerk = Annotated[Person, requires(*ROLES)]
ACCEPTED = 202


@router.post("", status_code=ACCEPTED)
def begin_batch(form: FormSent, person: Clerk, wiring: Wired) -> Response:
    """Geocode a CSV (`file`, at most 64 MB): `column` by name or number, repeated or joined by `+`; `near`.

    The same file with the same settings is not answered twice: its batch is told again.
    """
    batches, asking = batches_of(wiring), batch_asking(wiring, person)
    told, near = [str(one) for one in form.getlist("column")], read_near(str(form.get("near") or ""))
    number = receive(batches, form, asking)
    try:
        number = batches.start(number, told, near, asking)
    except Exception:
        batches.remove(number, asking)
        raise
    batch = _get(wiring, number, person)
    return JSONResponse(batch_json(batch), ACCEPTED, {"Location": f"/api/v1/geocode/batches/{number}"})


@router.get("")
def show_batches(person: Clerk, wiring: Wired) -> dict[str, Any]:
    """One's own batches, the newest first."""
    with wiring.sessions() as session:
        return {"batches": [batch_json(one) for one in list_batches(session, person.id)]}


@router.get("/{batch_id}")
def show_batch(batch_id: int, person: Clerk, wiring: Wired) -> dict[str, Any]:
    """How far a batch is; its report when it is done."""
    return batch_json(_get(wiring, batch_id, person))


@router.get("/{batch_id}/result")
def get_result(batch_id: int, person: Clerk, wiring: Wired) -> Response:
    """The rows with their answers, CSV in UTF-8 with a byte order mark."""
    return result_response(wiring, _get(wiring, batch_id, person))


@router.post("/{batch_id}/cancel", dependencies=[Checked])
def cancel_batch(batch_id: int, person: Clerk, wiring: Wired) -> dict[str, Any]:
    """Stop answering; sending the same file again takes it up."""
    batches_of(wiring).cancel(batch_id, batch_asking(wiring, person))
    return batch_json(_get(wiring, batch_id, person))


@router.delete("/{batch_id}", dependencies=[Checked], status_code=204)
def remove_batch(batch_id: int, person: Clerk, wiring: Wired) -> None:
    """Remove a batch with its files."""
    batches_of(wiring).remove(batch_id, batch_asking(wiring, person))


def _get(wiring: Wiring, batch_id: int, person: Person) -> Batch:
    with wiring.sessions() as session:
        return get_batch(session, batch_id, person.id)
