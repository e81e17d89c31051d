"""Photos of cases, for those who may see the case."""

from typing import Annotated

from fastapi import APIRouter, Response
from starlette.responses import FileResponse

from cases.photos import PhotoNotFound
from cases.reading import find_photo_case_no, get_case
from web.accounts.guards import requires_person
from web.accounts.people import Person
from web.filters import DESKS, need_sight
from web.wiring import Wired, Wiring

router = APIRouter(include_in_schema=False)

# The name is the content's hash: it never changes. `private`, for it was shown to this person only.
KEEP = "private, max-age=31536000, immutable"


@router.get("/photos/{sha256}")
def get_photo(sha256: str, person: Annotated[Person, requires_person()], wiring: Wired) -> Response:
    """The JPEG of a photo; not found for those who may not see its case."""
    path = wiring.photos.path(sha256)
    if not person.may_act_as("inspector", *DESKS):
        _need_sight_of_its_case(wiring, person, sha256)
    if not path.is_file():
        raise PhotoNotFound("没有这张照片。")
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": KEEP})


def _need_sight_of_its_case(wiring: Wiring, person: Person, sha256: str) -> None:
    with wiring.sessions() as session:
        case_no = find_photo_case_no(session, sha256)
        if case_no is None:
            raise PhotoNotFound("没有这张照片。")
        need_sight(person, get_case(session, case_no, wiring.clock.now()))
