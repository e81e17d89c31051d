"""Positions of people on duty and of vehicles, and going on and off duty (docs/positions.md)."""

from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from gis_core.clock import city_time
from grid.positions.operations import Batch, Walker
from grid.positions.reading import Duty, find_duty, list_grid_names
from grid.positions.rules.cot import read_cot
from web.accounts.guards import Checked, requires
from web.accounts.people import Person
from web.accounts.senders import ON_THE_STREET, Sender, mover_key, position_sender
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/api/v1", tags=["positions"])
OnTheStreet = Annotated[Person, requires(*ON_THE_STREET)]


class BatchSent(BaseModel):
    """A batch of positions; its rows are read one by one, so that a bad one never spoils the others."""

    model_config = ConfigDict(extra="ignore")

    client_batch: UUID = Field(title="批号")
    positions: Any = Field(None, title="位置")
    sent_at: Any = Field(None, title="发送时刻")


class DutySent(BaseModel):
    """Going on or off duty; `at` is the moment of a phone that had no network then."""

    model_config = ConfigDict(extra="ignore")

    consent_version: str = Field("", max_length=24, title="告知书版本")
    at: AwareDatetime | None = Field(None, title="时刻")


@router.post("/positions")
def take_positions(
    wiring: Wired, sender: Annotated[Sender, position_sender], sent: Annotated[BatchSent, Body()]
) -> dict[str, Any]:
    """Take a batch: `taken`, `known`, and `refused` with number, code, message; the same for the same batch.

    A person sends with cookie and `x-csrf-token`, for herself alone and only while on duty; another system
    sends for vehicles, with `x-api-key` (right `position`) and `mover` in each row.
    """
    batch = Batch(sender.name, sent.client_batch, sent.positions, sender.own, sent.sent_at)
    return wiring.movers.take(batch, at=wiring.clock.now())


@router.post("/positions/cot")
async def take_cot(
    request: Request, wiring: Wired, sender: Annotated[Sender, position_sender]
) -> dict[str, Any]:
    """The same as CoT-like XML: the same bytes get the same answer.

    :raises BadCot: for what is no such document.
    """
    body = await request.body()
    return await run_in_threadpool(_take_cot, wiring, sender, body)


def _take_cot(wiring: Wiring, sender: Sender, body: bytes) -> dict[str, Any]:
    rows, sent_at = read_cot(body)
    batch = Batch(sender.name, UUID(bytes=sha256(body).digest()[:16]), rows, sender.own, sent_at)
    return wiring.movers.take(batch, at=wiring.clock.now())


@router.get("/duty")
def get_duty(person: OnTheStreet, wiring: Wired) -> dict[str, Any]:
    """Whether somebody is on duty, what is agreed to for it, and the person's own responsibility grids."""
    with wiring.sessions() as session:
        duty = find_duty(session, mover_key(person))
    return _duty_as_json(wiring, person, duty)


@router.post("/duty/start", dependencies=[Checked])
def start_duty(person: OnTheStreet, wiring: Wired, sent: Annotated[DutySent, Body()]) -> dict[str, Any]:
    """Go on duty, having agreed to the text of `consent_version`; whoever is on duty stays so.

    :raises ConsentIsOld: when another text is in force. :raises DutyMomentWrong: for an `at` that cannot be.
    """
    who = Walker(mover_key(person), person.name, person.organisation_code, person.responsibility_codes)
    at = wiring.clock.now()
    duty = wiring.movers.start_duty(who, sent.consent_version, at=at, said_at=sent.at)
    return _duty_as_json(wiring, person, duty)


@router.post("/duty/end", dependencies=[Checked])
def end_duty(person: OnTheStreet, wiring: Wired, sent: Annotated[DutySent, Body()]) -> dict[str, Any]:
    """Go off duty; nothing more is taken, and positions after `at` are let go."""
    duty = wiring.movers.end_duty(mover_key(person), at=wiring.clock.now(), said_at=sent.at)
    return _duty_as_json(wiring, person, duty)


def _duty_as_json(wiring: Wiring, person: Person, duty: Duty | None) -> dict[str, Any]:
    consent, limits = wiring.movers.rules.consent, wiring.movers.limits_at(wiring.clock.now())
    with wiring.sessions() as session:
        names = list_grid_names(session, person.responsibility_codes)
    return {
        "mover": mover_key(person),
        "state": "on" if duty is not None and duty.is_on else "off",
        "is_on_duty": duty is not None and duty.is_on,
        "since": _said(duty.started_at if duty else None),
        "ended_at": _said(duty.ended_at if duty else None),
        "is_ended_by_system": duty is not None and duty.is_ended_by_system,
        "agreed_version": duty.consent_version if duty else None,
        "consent_version": consent.version,
        "consent": {
            "version": consent.version, "text": consent.text, "text_en": consent.text_en,
            "status": consent.status,
        },
        "responsibility_grids": [
            {"code": code, "name": names.get(code, code)} for code in person.responsibility_codes
        ],
        "limits": {
            "clock_tolerance_s": limits.clock_tolerance_s,
            "oldest_h": limits.oldest_h,
            "most_in_batch": limits.most_in_batch,
            "stale_after_s": limits.stale_after_s,
            "longest_duty_h": limits.longest_duty_h,
        },
    }  # fmt: skip


def _said(moment: datetime | None) -> str | None:
    return None if moment is None else city_time(moment).isoformat()
