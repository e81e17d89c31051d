"""The live stream: `GET /live` as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from web.accounts.guards import requires_person
from web.accounts.people import Person
from web.live import RELOAD_EVENT, Hub, Sees, Viewer, as_event, layers_event, read_changes, read_horizon
from web.notice_work import reader_of
from web.wiring import Wired, Wiring

router = APIRouter(include_in_schema=False)

HEARTBEAT_S = 15.0
LONGEST_S = 15 * 60.0
"""A stream ends then; the browser comes back by itself and is asked again who it is."""

SEES_EVERYTHING = ("operator", "duty_chief", "dispatcher", "leader", "data_officer", "admin", "auditor")


def sight_of(person: Person) -> Sees:
    """Which changes a person may hear of: desks all, a department its own, the street its own tasks."""
    if person.may_act_as(*SEES_EVERYTHING):
        return lambda change: True
    return lambda change: (
        (person.may_act_as("department", "crew") and change.department_code == person.organisation_code)
        or person.id in (change.inspector_id, change.crew_id, change.reporter_id)
    )


@router.get("/live")
async def stream_changes(
    request: Request, person: Annotated[Person, requires_person()], wiring: Wired
) -> StreamingResponse:
    """Changes of cases and of layers as they are committed; `Last-Event-ID` resumes without a gap."""
    viewer = Viewer(sight_of(person), asyncio.get_running_loop(), audiences=reader_of(person).audiences)
    since = request.headers.get("last-event-id", "")
    return StreamingResponse(
        _events(wiring, viewer, int(since) if since.isascii() and since.isdigit() else None),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


async def _events(wiring: Wiring, viewer: Viewer, since: int | None) -> AsyncIterator[bytes]:
    hub: Hub = wiring.hub
    # Join first, read then: what is committed in between is sent twice rather than not at all.
    hub.join(viewer)
    try:
        for event in await run_in_threadpool(_opening, wiring, viewer, since):
            yield event
        ends_at = monotonic() + LONGEST_S
        while monotonic() < ends_at:
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    waiting = await viewer.queue.get()
            except TimeoutError:
                yield KEEPALIVE_COMMENT
                continue
            if waiting is None:
                return
            yield waiting
    finally:
        hub.leave(viewer)


def _opening(wiring: Wiring, viewer: Viewer, since: int | None) -> list[bytes]:
    """What a stream begins with: the versions of layers, what was missed since `since`, then the horizon to
    resume from.

    The new horizon comes last, so that a stream that breaks before it resumes from the old one.
    """
    layers = layers_event(wiring.tile_versions.known())
    if since is None:
        return [layers, _hello(read_horizon(wiring.sessions))]
    batch = read_changes(wiring.sessions, min(since, 2**62))
    if batch.is_cut:
        return [layers, RELOAD_EVENT, _hello(batch.horizon)]
    missed = [as_event(change, since) for change in batch.rows if viewer.sees(change)]
    return [layers, *missed, _hello(batch.horizon)]


def _hello(horizon: int) -> bytes:
    return format_sse_event(event="hello", data_str="{}", id=str(horizon), retry=2000)
