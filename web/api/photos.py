"""Photos of cases and incidents, for those who may see the case or the incident."""

from typing import Annotated

from fastapi import APIRouter, Response
from starlette.responses import FileResponse

from cases.photos import PhotoNotFound
from cases.reading import get_case, list_photo_case_nos
from emergency.incidents.reading import find_of_case
from emergency.response.reading import list_departments_of
from emergency.room.reading import list_tasks_shown
from emergency.rules.responding import WORKS_OUTSIDE
from web.accounts.guards import requires_person
from web.accounts.people import Person
from web.filters import DESKS, has_sight, need_sight
from web.incident_work import SEES_INCIDENTS
from web.wiring import Wired, Wiring

router = APIRouter(include_in_schema=False)

# The name is the content's hash: it never changes. `private`, for it was shown to this person only.
KEEP = "private, max-age=31536000, immutable"


@router.get("/photos/{sha256}")
def get_photo(sha256: str, person: Annotated[Person, requires_person()], wiring: Wired) -> Response:
    """The JPEG of a photo; not found for those who may not see its case."""
    path = wiring.photos.path(sha256)
    if not person.may_act_as("inspector", *DESKS) and not _is_of_emergency(wiring, person, sha256):
        _need_sight_of_a_case(wiring, person, sha256)
    if not path.is_file():
        raise PhotoNotFound("没有这张照片。")
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": KEEP})


def _is_of_emergency(wiring: Wiring, person: Person, sha256: str) -> bool:
    """Whether it shows an incident this person may see, or work on a task of the own department."""
    with wiring.sessions() as session:
        if person.may_act_as(*SEES_INCIDENTS):
            return bool(list_tasks_shown(session, sha256)) or any(
                find_of_case(session, case_no) for case_no in list_photo_case_nos(session, sha256)
            )
        departments = list_departments_of(session, list_tasks_shown(session, sha256))
    return person.may_act_as(*WORKS_OUTSIDE) and person.organisation_code in departments


def _need_sight_of_a_case(wiring: Wiring, person: Person, sha256: str) -> None:
    at = wiring.clock.now()
    with wiring.sessions() as session:
        details = [get_case(session, case_no, at) for case_no in list_photo_case_nos(session, sha256)]
    if not details:
        raise PhotoNotFound("没有这张照片。")
    if not any(has_sight(person, detail) for detail in details):
        need_sight(person, details[0])
