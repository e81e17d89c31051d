"""A form that was sent from a page of an incident: taken in one way, answered one way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response
from starlette.datastructures import FormData

from gis_core.errors import BadInput, CitygridError, Conflict, NotAllowed, NotFound, Refused
from web.accounts.guards import FormSent
from web.accounts.people import Person
from web.rendering import see_other
from web.wiring import Wired, Wiring

REFUSALS = (BadInput, Refused, Conflict, NotAllowed, NotFound)
"""What a page tells beside what was typed; anything else has a page of its own."""
Work = Callable[[Wiring, Person, str, FormData], object]


@dataclass(frozen=True, slots=True)
class IncidentForm:
    """What was sent, about which incident."""

    request: Request
    wiring: Wiring
    incident_no: str
    form: FormData

    @property
    def typed(self) -> dict[str, str]:
        """The fields as they were typed, without the token and without files."""
        return {key: value for key, value in self.form.items() if isinstance(value, str) and key != "csrf"}

    def answer(
        self, person: Person, work: Work, refused: Callable[[CitygridError], Response], *, to: str
    ) -> Response:
        """Do it and go on to a page of the incident; refused, the page has what was typed."""
        try:
            work(self.wiring, person, self.incident_no, self.form)
        except REFUSALS as refusal:
            return refused(refusal)
        return see_other(f"/incidents/{self.incident_no}{to}")


def incident_form(request: Request, incident_no: str, form: FormSent, wiring: Wired) -> IncidentForm:
    """What was sent, its token and limits checked."""
    return IncidentForm(request, wiring, incident_no, form)


SentForm = Annotated[IncidentForm, Depends(incident_form)]
