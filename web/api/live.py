"""The live stream: `GET /live` as server-sent events."""

import asyncio
from contextlib import suppress
from time import monotonic
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.sse import format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from emergency.rules.responding import WORKS_OUTSIDE
from web.accounts.guards import requires_person
from web.accounts.people import Person
from web.field_work import opening_events
from web.filters import SEES_WALL
from web.incident_work import SEES_INCIDENTS
from web.live import (
    RELOAD_EVENT,
    Sees,
    Viewer,
    as_event,
    layers_event,
    read_changes,
    read_horizon,
)
from web.movers_told import SEES_MOVERS
from web.notice_work import reader_of
from web.wiring import Wired, Wiring

router = APIRouter(include_in_schema=False)

LONGEST_S = 15 * 60.0
"""A stream ends then; the browser comes back by itself and is asked again who it is."""

SEES_EVERYTHING = (
    "operator", "duty_chief", "dispatcher", "leader", "data_officer", "admin", "auditor", "wall",
)  # fmt: skip


def hearing_of(person: Person) -> frozenset[str]:
    """The further kinds of event a person's stream carries."""
    posts = {
        "scene": SEES_WALL,
        "movers": SEES_MOVERS,
        "incidents": (*SEES_INCIDENTS, *WORKS_OUTSIDE, "wall"),
    }
    return frozenset(kind for kind, roles in posts.items() if person.may_act_as(*roles))


def sight_of(person: Person) -> Sees:
    """Which changes a person may hear of: desks all, a department its own, the street its own tasks.

    A wall hears nothing of drills: it shows the city.
    """
    if person.may_act_as(*SEES_EVERYTHING):
        is_wall = person.may_act_as("wall")
        return lambda change: not (change.is_drill and is_wall)
    return lambda change: (
        (person.may_act_as("department", "crew") and change.department_code == person.organisation_code)
        or person.id in (change.inspector_id, change.crew_id, change.reporter_id)
    )


@router.get("/live")
async def stream_changes(
    request: Request, person: Annotated[Person, requires_person()], wiring: Wired
) -> Response:
    """Changes of cases and of layers as they are committed; `Last-Event-ID` resumes without a gap."""
    viewer = Viewer(
        sight_of(person),
        asyncio.get_running_loop(),
        audiences=reader_of(person).audiences,
        hears=hearing_of(person),
    )
    since = request.headers.get("last-event-id", "")
    return LiveStream(wiring, viewer, int(since) if since.isascii() and since.isdigit() else None)


class LiveStream(Response):
    """A stream of one viewer: whatever waits goes out as one piece, with nothing between it and the socket.

    A thousand of them wake at once for every fact; a generator, a timer and a group of tasks for each
    (`StreamingResponse`) took most of the time from a fact to a wall.
    """

    media_type = "text/event-stream"

    def __init__(self, wiring: Wiring, viewer: Viewer, since: int | None) -> None:
        super().__init__(headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._wiring = wiring
        self._viewer = viewer
        self._since = since

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer until the viewer goes, is too far behind, or has to say again who it is."""
        hub, viewer = self._wiring.hub, self._viewer
        # Join first, read then: what is committed in between is sent twice rather than not at all.
        hub.join(viewer)
        leaving = asyncio.create_task(_close_when_gone(receive, viewer))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            # A server that stops and would not wait cuts the stream: that is an end, too, and no fault.
            with suppress(asyncio.CancelledError):
                await self._tell(send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            hub.leave(viewer)
            leaving.cancel()

    async def _tell(self, send: Send) -> None:
        opening = await run_in_threadpool(_opening, self._wiring, self._viewer, self._since)
        await send(_piece(b"".join(opening)))
        ends_at, is_over = monotonic() + LONGEST_S, False
        while not is_over and monotonic() < ends_at:
            piece, is_over = await self._viewer.take()
            await send(_piece(piece))


def _piece(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


async def _close_when_gone(receive: Receive, viewer: Viewer) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    viewer.close()


def _opening(wiring: Wiring, viewer: Viewer, since: int | None) -> list[bytes]:
    """What a stream begins with, then the horizon to resume from.

    Versions of layers, where movers are, scenes that hold, what was missed since `since`.

    The new horizon comes last, so that a stream that breaks before it resumes from the old one.
    """
    opening = [layers_event(wiring.tile_versions.known())]
    if "movers" in viewer.hears:
        opening += opening_events(wiring)
    if "scene" in viewer.hears:
        opening += wiring.hub.called_scenes(wiring.clock.now())
    if since is None:
        return [*opening, _hello(read_horizon(wiring.sessions))]
    batch = read_changes(wiring.sessions, min(since, 2**62))
    if batch.is_cut:
        return [*opening, RELOAD_EVENT, _hello(batch.horizon)]
    missed = [as_event(change, since) for change in batch.rows if viewer.sees(change)]
    return [*opening, *missed, _hello(batch.horizon)]


def _hello(horizon: int) -> bytes:
    return format_sse_event(event="hello", data_str="{}", id=str(horizon), retry=2000)
