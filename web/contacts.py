"""A reporter's contact shown to the two centres: by need, for a purpose, written down, so often a day."""

from dataclasses import dataclass

from cases.contacts import Contact, note_lookup, reveal_contacts
from cases.reading import CaseDetail
from cases.rules.privacy import NoSuchNumber, mask_name, mask_phone, plain_number, subject_of
from cases.similar import list_of_caller
from cases.summaries import CaseSummary
from gis_core.clock import city_time
from web.accounts.guards import asking
from web.accounts.people import Person
from web.filters import MAY_SEE_CONTACT, may_see_contact
from web.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Masked:
    """A contact as it is shown before anybody says what it is needed for."""

    name: str
    phone: str


def masked_contact(person: Person | None, detail: CaseDetail) -> Masked | None:
    """The contact of a case with stars, for posts that may look at it; None for others or without one."""
    name, phone = detail.contact_name or "", detail.contact_phone or ""
    has_any = bool(name or phone or detail.summary.join_count)
    return Masked(mask_name(name), mask_phone(phone)) if may_see_contact(person) and has_any else None


def reveal(wiring: Wiring, person: Person, case_no: str, purpose: str) -> tuple[Contact, ...]:
    """The contacts of a case in full; who looked, when and what for is in the log by then.

    :raises WrongPost: for other posts; else what `reveal_contacts` raises.
    """
    at = wiring.clock.now()
    who = asking(person, person.acting_as(*MAY_SEE_CONTACT), at=at)
    most = wiring.privacy.reveals_on(city_time(at).date())
    return reveal_contacts(wiring.sessions, case_no, who, purpose, most_a_day=most)


def look_up_caller(wiring: Wiring, person: Person, phone: str) -> tuple[CaseSummary, ...]:
    """What a caller reported in the last year, written down as a look; nothing for what is no number yet.

    :raises TooManyLooks: when the person has looked up as many as a day allows.
    """
    at = wiring.clock.now()
    try:
        subject = subject_of(plain_number(phone), wiring.subject_key())
    except NoSuchNumber:
        return ()  # it is still being typed
    most = wiring.privacy.lookups_on(city_time(at).date())
    with wiring.sessions.begin() as session:
        note_lookup(session, asking(person, "operator", at=at), subject, most_a_day=most)
        return list_of_caller(session, phone, at=at, types=wiring.cases.types)
