"""The phone's queue: photos that come ahead of their forms, in pieces, and the page of what waits."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response

from web.accounts.guards import Checked, requires
from web.accounts.people import Person
from web.faces.inspector.tasks import OUTSIDE, count_tasks
from web.photos_ahead import PhotosAhead, Progress, photos_ahead_of
from web.rendering import page
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/m")
OnThePhone = Annotated[Person, requires(*OUTSIDE)]
PIECE_TYPE = "application/offset+octet-stream"


async def sent_piece(request: Request) -> bytes:
    """The body of a request; its size has the limit of every body that is no form with files."""
    return await request.body()


@router.get("/queue")
def show_queue(request: Request, person: OnThePhone, wiring: Wired) -> Response:
    """What this phone keeps and sends by itself; the list is drawn from the phone's own store."""
    return page(request, "inspector/queue.html", {"n_tasks": count_tasks(wiring, person)})


@router.head("/photos/{number}")
def find_progress(number: UUID, person: OnThePhone, wiring: Wired) -> Response:
    """How much of a photo has come: `Upload-Offset` in bytes, `Upload-Whole` when it is in the store."""
    return _told(_ahead(wiring, person).progress(number))


@router.patch("/photos/{number}", dependencies=[Checked])
def add_piece(
    *,
    number: UUID,
    person: OnThePhone,
    wiring: Wired,
    piece: Annotated[bytes, Depends(sent_piece)],
    upload_offset: Annotated[int, Header()],
    upload_length: Annotated[int, Header()],
) -> Response:
    """Add a piece of at most 256 kB that begins at `Upload-Offset`; the photo has `Upload-Length` bytes."""
    return _told(_ahead(wiring, person).add(number, piece, offset=upload_offset, total=upload_length))


def _ahead(wiring: Wiring, person: Person) -> PhotosAhead:
    return photos_ahead_of(wiring.settings.home, person.id, wiring.photos)


def _told(progress: Progress) -> Response:
    headers: dict[str, Any] = {"Upload-Offset": str(progress.offset), "Cache-Control": "no-store"}
    headers |= {"Upload-Whole": "yes"} if progress.is_whole else {}
    return Response(status_code=204, headers=headers)
