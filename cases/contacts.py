"""A reporter's contact, shown by need: each look is written down first, and there are so many a day."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, insert, or_, select, text
from sqlalchemy.orm import Session

from cases.conditions import plain
from cases.reading import CaseNotFound
from cases.rules.deciding import Asking
from cases.rules.evidence import without_phones
from cases.rules.privacy import TooManyLooks, check_purpose
from cases.tables import ContactAccessRow, EveryCase, FactRow, JoinedRow, WordsOfFactRow
from gis_core.clock import CITY_ZONE, city_time
from gis_core.db import Sessions

REVEAL, LOOKUP = "reveal", "lookup"
CALLING = "call_back"
"""What a caller's earlier reports are looked up for: the call that is being taken down."""
MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Contact:
    """Name and telephone of somebody who reported a case or said "me too", and when.

    `words` are what the public wrote with a telephone number in it, word for word.
    """

    name: str
    phone: str
    at: datetime
    words: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """A look at personal data: who, in which post, when, which case or number, what for."""

    id: int
    at: datetime
    person_id: int
    person_name: str
    role: str
    deed: str
    case_no: str | None
    subject: bytes | None
    purpose: str


@dataclass(frozen=True, slots=True)
class AccessFilter:
    """Which looks are wanted; what is not named does not matter. `until` is not included."""

    person_id: int | None = None
    case_no: str = ""
    since: datetime | None = None
    until: datetime | None = None


def reveal_contacts(
    sessions: Sessions, case_no: str, asking: Asking, purpose: str, *, most_a_day: int
) -> tuple[Contact, ...]:
    """The contacts of a case, the reporter's first; the look is in the log before anything is answered.

    Raises NoPurpose, CaseNotFound, TooManyLooks; nothing is shown then.
    """
    check_purpose(purpose)
    with sessions.begin() as session:
        row = session.execute(_CONTACT.where(EveryCase.case_no == plain(case_no))).one_or_none()
        if row is None:
            raise CaseNotFound(f"没有案卷号为“{case_no[:40]}”的案件，请核对。")
        joined = session.execute(_JOINED.where(JoinedRow.case_id == row.id)).all()
        said = session.execute(_SAID.where(WordsOfFactRow.case_id == row.id)).all()
        _note(session, asking, REVEAL, most_a_day=most_a_day, purpose=purpose, case_no=row.case_no)
    wrote = "\n".join(one for one in (row.description, row.place_text) if without_phones(one) != one)
    found = [
        (row.contact_name, row.contact_phone, row.reported_at),
        *((one.contact_name, one.contact_phone, one.at) for one in joined),
    ]
    contacts = [Contact(name or "", phone or "", at) for name, phone, at in found if name or phone]
    texts = [(row.reported_at, wrote)] if wrote else []
    texts += [(one.at, one.text) for one in joined if without_phones(one.text) != one.text]
    texts += [(one.at, one.text) for one in said]
    return *contacts, *(Contact("", "", at, words) for at, words in texts)


def note_lookup(session: Session, asking: Asking, subject: bytes, *, most_a_day: int) -> None:
    """Write down that a caller's earlier reports are looked at.

    :raises TooManyLooks: when the person has looked up as many callers as a day allows.
    """
    _note(session, asking, LOOKUP, most_a_day=most_a_day, purpose=CALLING, subject=subject)


def list_accesses(
    session: Session, wanted: AccessFilter, *, before_id: int | None = None, limit: int = MOST_LISTED
) -> list[Access]:
    """Looks that are wanted, the newest first; `before_id` is the last one of the page before."""
    query = select(*_ACCESS).where(*_conditions(wanted)).order_by(ContactAccessRow.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(ContactAccessRow.id < before_id)
    return [Access(*row) for row in session.execute(query)]


def _conditions(wanted: AccessFilter) -> list[ColumnElement[bool]]:
    found = []
    if wanted.person_id is not None:
        found.append(ContactAccessRow.person_id == wanted.person_id)
    if wanted.case_no:
        found.append(ContactAccessRow.case_no == plain(wanted.case_no))
    if wanted.since is not None:
        found.append(ContactAccessRow.at >= wanted.since)
    if wanted.until is not None:
        found.append(ContactAccessRow.at < wanted.until)
    return found


def _note(
    session: Session,
    asking: Asking,
    deed: str,
    *,
    most_a_day: int,
    purpose: str,
    case_no: str | None = None,
    subject: bytes | None = None,
) -> None:
    """Count today's looks of this kind under a lock of the person, and add one."""
    midnight = datetime.combine(city_time(asking.at).date(), time(), CITY_ZONE)
    # Two looks of one person at once wait for each other, or both would be the last one allowed.
    session.execute(_ONE_AT_A_TIME, {"person_id": asking.person_id})
    count = session.execute(_looks_since(midnight, asking.person_id, deed)).scalar_one()
    if count >= most_a_day:
        left_h = -(-(midnight + timedelta(days=1) - asking.at) // timedelta(hours=1))
        raise TooManyLooks(
            f"您今天已查看 {count} 次，达到每日上限 {most_a_day} 次，没有显示。"
            f"{left_h} 小时后（次日零时）可再查看；急用请由值班长或其他同事查看。"
        )
    session.execute(
        insert(ContactAccessRow).values(
            at=asking.at,
            person_id=asking.person_id,
            person_name=asking.name,
            role=asking.role,
            deed=deed,
            case_no=case_no,
            subject=subject,
            purpose=purpose,
        )
    )


def _looks_since(since: datetime, person_id: int | None, deed: str) -> Select[int]:
    return select(func.count()).where(
        ContactAccessRow.person_id == person_id, ContactAccessRow.deed == deed, ContactAccessRow.at >= since
    )


_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(73106107, CAST(:person_id % 2147483647 AS int))")
_CONTACT = select(
    EveryCase.id,
    EveryCase.case_no,
    EveryCase.contact_name,
    EveryCase.contact_phone,
    EveryCase.reported_at,
    EveryCase.description,
    EveryCase.place_text,
)
_JOINED = (
    select(JoinedRow.contact_name, JoinedRow.contact_phone, JoinedRow.at, JoinedRow.text)
    .where(or_(JoinedRow.contact_name != "", JoinedRow.contact_phone != "", JoinedRow.text != ""))
    .order_by(JoinedRow.id)
)
_SAID = (
    select(FactRow.at, WordsOfFactRow.text)
    .join(FactRow, and_(FactRow.case_id == WordsOfFactRow.case_id, FactRow.seq == WordsOfFactRow.fact_seq))
    .order_by(FactRow.seq)
)
_ACCESS = tuple(getattr(ContactAccessRow, name) for name in Access.__slots__)
