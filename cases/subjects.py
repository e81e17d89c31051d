"""What the city holds of a telephone number, for its owner: told in whole, or taken out.

Cases stay, for the city answers for them; who reported them goes. Facts cannot be changed, for their hashes
chain: those of before numbers were kept out of them are told by number of case and place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, delete, func, or_, select, update
from sqlalchemy.orm import Session

from cases.notices.tables import FollowerRow, RatingRow
from cases.retention import note_deed
from cases.rules.privacy import number_pattern, without_number
from cases.tables import (
    ContactAccessRow,
    EveryCase,
    FactRow,
    JoinedRow,
    PhotoRow,
    PrivacyDeedRow,
    WordsOfFactRow,
)
from gis_core.db import Sessions

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Held:
    """Everything held of a number. Moments are UTC.

    `reports` came from it, `joined` said "me too" with it, `followers` are told by it or by an address that
    was given with those, `ratings` are what was said of the result, `mentions` have it in their words;
    `photos` came with the reports, `looks` are who looked at these contacts or looked the number up; `facts`
    are those in which it stands.
    """

    reports: Rows
    joined: Rows
    followers: Rows
    ratings: Rows
    mentions: Rows
    photos: Rows
    looks: Rows
    facts: Rows

    @property
    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {name: len(getattr(self, name)) for name in Held.__slots__}


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows a number was taken out of.

    `earlier_at` is when that was done before, `facts` in how many it stays.
    """

    counts: Mapping[str, int]
    earlier_at: datetime | None
    facts: int


def list_held(session: Session, number: str, subject: bytes) -> Held:
    """Everything held of a plain number; `subject` is its hash. Reads whole tables: rare work."""
    reports = _rows(session, select(*_REPORT).where(is_number(EveryCase.contact_phone, number)))
    joined = _rows(
        session,
        select(*_JOINED)
        .join(EveryCase, EveryCase.id == JoinedRow.case_id)
        .where(is_number(JoinedRow.contact_phone, number)),
    )
    followers = _rows(session, _of_cases(_FOLLOWER, FollowerRow).where(_follows(number)))
    ratings = _rows(session, _of_cases(_RATING, RatingRow).where(_holds_code(RatingRow, number)))
    mentions = _rows(session, select(*_MENTION).where(_says(number)))
    case_nos = sorted({row["case_no"] for row in (*reports, *joined, *ratings, *mentions)})
    own = [row["case_no"] for row in reports]
    return Held(
        reports=reports,
        joined=joined,
        followers=followers,
        ratings=ratings,
        mentions=mentions,
        photos=_rows(session, _photos_of(own)),
        looks=_rows(session, _looks_at(own, subject)),
        facts=_facts_with(session, case_nos, number),
    )


def erase(
    sessions: Sessions,
    number: str,
    subject: bytes,
    *,
    at: datetime,
    by: str,
    by_id: int | None,
    elsewhere: Callable[[Session, str], Mapping[str, int]] = lambda session, number: {},
) -> Erased:
    """Take a plain number out of everything but facts, and write down that it was done, under its hash.

    `elsewhere` takes it out of what floors above hold, and counts. Doing it again changes nothing and is not
    written down again.
    """
    with sessions.begin() as session:
        facts = len(list_held(session, number, subject).facts)
        # Followers first: whose they are is told by the contacts.
        counts = {
            "followers": _count(session, _forget_followers(number)),
            "ratings": _blot_ratings(session, number),
            "contacts": _count(session, _blank_contact(number)),
            "joined": _count(session, _blank_joined(number)),
            "words": _blot(session, EveryCase, (EveryCase.description, EveryCase.place_text), number),
            "joined_words": _blot(session, JoinedRow, (JoinedRow.text,), number),
            "words_of_facts": _blot_words_of_facts(session, number),
            **elsewhere(session, number),
        }
        earlier_at = session.scalar(_earlier(subject))
        if earlier_at is None or any(counts.values()):
            note_deed(
                session,
                "erasure",
                {"counts": counts, "facts_left": facts},
                at=at,
                by_name=by,
                by_person_id=by_id,
                subject=subject,
            )
    return Erased(counts, earlier_at, facts)


def _rows(session: Session, query: Any) -> Rows:
    return [dict(row) for row in session.execute(query).mappings()]


def is_number(column: Any, number: str) -> ColumnElement[bool]:
    """Whether a telephone number, as it was written down, is a plain number."""
    digits = func.regexp_replace(column, r"\D", "", "g")
    found: ColumnElement[bool] = func.regexp_replace(digits, r"^(0086|86)(?=1\d{10}$)", "") == number
    return found


def _holds_code(table: Any, number: str) -> ColumnElement[bool]:
    """Whether a row stands under the code of somebody who reported or joined with the number."""
    reported = select(EveryCase.id).where(
        EveryCase.id == table.case_id,
        EveryCase.track_code == table.track_code,
        is_number(EveryCase.contact_phone, number),
    )
    joined = select(JoinedRow.id).where(
        JoinedRow.case_id == table.case_id,
        JoinedRow.track_code == table.track_code,
        is_number(JoinedRow.contact_phone, number),
    )
    return or_(reported.correlate(table).exists(), joined.correlate(table).exists())


def _follows(number: str) -> ColumnElement[bool]:
    by_number = and_(FollowerRow.channel == "sms", is_number(FollowerRow.address, number))
    return or_(by_number, _holds_code(FollowerRow, number))


def _of_cases(columns: Any, table: Any) -> Any:
    return select(*columns).join_from(table, EveryCase, EveryCase.id == table.case_id)


def _says(number: str) -> ColumnElement[bool]:
    """Whether a plain number stands in the words of a case, or in what was added to it."""
    pattern = exactly(number)
    in_joined = select(JoinedRow.id).where(
        JoinedRow.case_id == EveryCase.id, JoinedRow.text.regexp_match(pattern)
    )
    in_added = select(WordsOfFactRow.case_id).where(
        WordsOfFactRow.case_id == EveryCase.id, WordsOfFactRow.text.regexp_match(pattern)
    )
    return or_(
        EveryCase.description.regexp_match(pattern),
        EveryCase.place_text.regexp_match(pattern),
        in_joined.exists(),
        in_added.exists(),
    )


def exactly(number: str) -> str:
    """A pattern of PostgreSQL and of Python for a plain number that is not part of a longer one."""
    return rf"(?<!\d){number_pattern(number)}(?!\d)"


def _photos_of(case_nos: Sequence[str]) -> Any:
    return (
        select(EveryCase.case_no, PhotoRow.role, PhotoRow.sha256, PhotoRow.taken_at, PhotoRow.size_bytes)
        .join(EveryCase, EveryCase.id == PhotoRow.case_id)
        .where(EveryCase.case_no.in_(case_nos), PhotoRow.fact_seq == 1)
        .order_by(PhotoRow.id)
    )


def _looks_at(case_nos: Sequence[str], subject: bytes) -> Any:
    """Looks at the contacts of these cases, and looking the number up; by post, for names are staff's own."""
    looks = ContactAccessRow
    return (
        select(looks.at, looks.role, looks.deed, looks.case_no, looks.purpose)
        .where(or_(looks.case_no.in_(case_nos), looks.subject == subject))
        .order_by(looks.id)
    )


def _facts_with(session: Session, case_nos: Sequence[str], number: str) -> Rows:
    pattern = exactly(number)
    query = (
        select(EveryCase.case_no, FactRow.seq, FactRow.at, FactRow.action)
        .join(EveryCase, EveryCase.id == FactRow.case_id)
        .where(
            EveryCase.case_no.in_(case_nos),
            or_(FactRow.reason.regexp_match(pattern), cast(FactRow.body, Text).regexp_match(pattern)),
        )
        .order_by(FactRow.id)
    )
    return _rows(session, query)


def _count(session: Session, statement: Any) -> int:
    return len(session.execute(statement).all())


def _forget_followers(number: str) -> Any:
    return delete(FollowerRow).where(_follows(number)).returning(FollowerRow.id)


def _blot_ratings(session: Session, number: str) -> int:
    """Blot the number out of what was said of results; the score stays."""
    rows = session.scalars(select(RatingRow).where(RatingRow.words.regexp_match(exactly(number)))).all()
    for row in rows:
        row.words = without_number(row.words, number)
    return len(rows)


def _blank_contact(number: str) -> Any:
    return (
        update(EveryCase)
        .where(is_number(EveryCase.contact_phone, number))
        .values(contact_name=None, contact_phone=None)
        .returning(EveryCase.id)
    )


def _blank_joined(number: str) -> Any:
    return (
        update(JoinedRow)
        .where(is_number(JoinedRow.contact_phone, number), JoinedRow.contact_phone != "")
        .values(contact_name="", contact_phone="")
        .returning(JoinedRow.id)
    )


def _blot(session: Session, table: Any, columns: Sequence[Any], number: str) -> int:
    """Blot a number out of texts; answers how many rows it stood in."""
    pattern = exactly(number)
    query = select(table.id, *columns).where(or_(*(column.regexp_match(pattern) for column in columns)))
    rows = session.execute(query.with_for_update()).mappings().all()
    for row in rows:
        new = {name: without_number(text, number) for name, text in row.items() if name != "id"}
        session.execute(update(table).where(table.id == row["id"]).values(**new))
    return len(rows)


def _blot_words_of_facts(session: Session, number: str) -> int:
    words = WordsOfFactRow
    rows = session.scalars(select(words).where(words.text.regexp_match(exactly(number)))).all()
    for row in rows:
        where = and_(words.case_id == row.case_id, words.fact_seq == row.fact_seq)
        session.execute(update(words).where(where).values(text=without_number(row.text, number)))
    return len(rows)


def _earlier(subject: bytes) -> Any:
    deed = PrivacyDeedRow
    query = select(deed.at).where(deed.subject == subject, deed.deed == "erasure")
    return query.order_by(deed.id.desc()).limit(1)


_REPORT = (
    EveryCase.case_no, EveryCase.stage, EveryCase.kind, EveryCase.type_code, EveryCase.description,
    EveryCase.place_text, EveryCase.source, EveryCase.contact_name, EveryCase.contact_phone,
    EveryCase.reported_at, EveryCase.closed_at,
)  # fmt: skip
_JOINED = (
    EveryCase.case_no, JoinedRow.at, JoinedRow.source, JoinedRow.contact_name, JoinedRow.contact_phone,
    JoinedRow.text,
)  # fmt: skip
_FOLLOWER = (
    EveryCase.case_no, FollowerRow.channel, FollowerRow.address, FollowerRow.language, FollowerRow.chosen_at,
    FollowerRow.stopped_at,
)  # fmt: skip
_RATING = (EveryCase.case_no, RatingRow.score, RatingRow.words, RatingRow.at)
_MENTION = (EveryCase.case_no, EveryCase.description, EveryCase.place_text)
