"""Personal data of cases whose time is over: found by age, cleaned in batches, told in numbers.

Facts stay as they are, for their hashes chain; they hold no contact (`cases/rules/intake.py`). Whoever was
merged into another case is told what becomes of it, so a contact waits for the end of that one.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from cases.notices.tables import FollowerRow, RatingRow
from cases.rules.evidence import without_phones
from cases.tables import ContactAccessRow, EveryCase, JoinedRow, PhotoRow, PrivacyDeedRow, WordsOfFactRow
from gis_core.db import Sessions

BATCH = 1_000
SEVEN_DIGITS = r"(\d[^\d\n]{0,3}){6}\d"
"""A first sieve in SQL for words that may hold a telephone number."""


def clean_cases(
    sessions: Sessions, days: Mapping[str, int], *, at: datetime, is_dry: bool = False
) -> dict[str, int]:
    """Clean what is older than the days of each period; answers how many rows. Dry, it only counts."""
    before = {name: at - timedelta(days=n) for name, n in days.items()}
    return {
        "contacts": _clean(sessions, _old_contacts(before["contacts"]), _blank_contacts, is_dry),
        "joined": _clean(sessions, _old_joined(before["contacts"]), _blank_joined, is_dry),
        "followers": _clean(sessions, _old_followers(before["contacts"]), _forget_followers, is_dry),
        "words": _clean_words(sessions, before["words"], is_dry),
        "joined_words": _clean_joined_words(sessions, before["words"], is_dry),
        "rating_words": _clean_rating_words(sessions, before["words"], is_dry),
        "words_of_facts": _clean(sessions, _old_words_of_facts(before["words"]), _forget_words, is_dry),
        "refused_photos": _clean(sessions, _old_photos(before["refused_photos"]), _forget_photos, is_dry),
        "accesses": _clean(
            sessions, _old_accesses(before["accesses"]), _forget_accesses(before["accesses"]), is_dry
        ),
    }


def note_deed(
    session: Session,
    deed: str,
    body: Mapping[str, Any],
    *,
    at: datetime,
    by_name: str,
    by_person_id: int | None = None,
    subject: bytes | None = None,
) -> None:
    """Write down what was done for people's privacy; `subject` is the hash of a number, never the number."""
    session.execute(
        insert(PrivacyDeedRow).values(
            at=at, deed=deed, by_person_id=by_person_id, by_name=by_name, subject=subject, body=dict(body)
        )
    )


def _clean(
    sessions: Sessions, find: Select[Any], clean: Callable[[Session, list[int]], None], is_dry: bool
) -> int:
    """Rows in batches of a transaction each, so that nobody waits long for a lock."""
    if is_dry:
        with sessions() as session:
            return session.execute(select(func.count()).select_from(find.subquery())).scalar_one()
    n = 0
    while True:
        with sessions.begin() as session:
            ids = list(session.scalars(find.limit(BATCH)))
            if ids:
                clean(session, ids)
        n += len(ids)
        if len(ids) < BATCH:
            return n


def _is_over(before: datetime) -> ColumnElement[bool]:
    """Whether a case ended before a moment, and the one it was merged into, too."""
    kept = aliased(EveryCase)
    goes_on = (
        select(kept.id)
        .where(kept.case_no == EveryCase.merged_into, or_(kept.closed_at.is_(None), kept.closed_at >= before))
        .exists()
    )
    return and_(EveryCase.closed_at < before, or_(EveryCase.merged_into.is_(None), ~goes_on))


def _old_contacts(before: datetime) -> Select[Any]:
    has_any = or_(EveryCase.contact_name.is_not(None), EveryCase.contact_phone.is_not(None))
    return select(EveryCase.id).where(_is_over(before), has_any).order_by(EveryCase.closed_at)


def _blank_contacts(session: Session, ids: list[int]) -> None:
    session.execute(
        update(EveryCase).where(EveryCase.id.in_(ids)).values(contact_name=None, contact_phone=None)
    )


def _old_joined(before: datetime) -> Select[Any]:
    has_any = or_(JoinedRow.contact_name != "", JoinedRow.contact_phone != "")
    return (
        select(JoinedRow.id)
        .join(EveryCase, EveryCase.id == JoinedRow.case_id)
        .where(_is_over(before), has_any)
        .order_by(JoinedRow.id)
    )


def _blank_joined(session: Session, ids: list[int]) -> None:
    session.execute(update(JoinedRow).where(JoinedRow.id.in_(ids)).values(contact_name="", contact_phone=""))


def _old_followers(before: datetime) -> Select[Any]:
    query = select(FollowerRow.id).join(EveryCase, EveryCase.id == FollowerRow.case_id)
    return query.where(_is_over(before)).order_by(FollowerRow.id)


def _forget_followers(session: Session, ids: list[int]) -> None:
    """With what was sent to them."""
    session.execute(delete(FollowerRow).where(FollowerRow.id.in_(ids)))


def _old_words_of_facts(before: datetime) -> Select[Any]:
    return (
        select(WordsOfFactRow.case_id)
        .join(EveryCase, EveryCase.id == WordsOfFactRow.case_id)
        .where(_is_over(before))
        .distinct()
    )


def _forget_words(session: Session, ids: list[int]) -> None:
    session.execute(delete(WordsOfFactRow).where(WordsOfFactRow.case_id.in_(ids)))


def _old_photos(before: datetime) -> Select[Any]:
    """Photos of reports that came to nothing; their files go when no case names them (`cases/sweeps.py`)."""
    is_refused = and_(
        EveryCase.stage.in_(("declined", "voided")),
        EveryCase.merged_into.is_(None),
        EveryCase.closed_at < before,
    )
    query = select(PhotoRow.id).join(EveryCase, EveryCase.id == PhotoRow.case_id)
    return query.where(is_refused).order_by(PhotoRow.id)


def _forget_photos(session: Session, ids: list[int]) -> None:
    session.execute(delete(PhotoRow).where(PhotoRow.id.in_(ids)))


def _old_accesses(before: datetime) -> Select[Any]:
    """Looks at contacts and look-ups of callers; they are about people, too: who looked, and what for."""
    return select(ContactAccessRow.id).where(ContactAccessRow.at < before).order_by(ContactAccessRow.id)


def _forget_accesses(before: datetime) -> Callable[[Session, list[int]], None]:
    """The log refuses to lose rows (`data/migrations/sql/privacy_log.sql`), but older ones than this says."""

    def forget(session: Session, ids: list[int]) -> None:
        session.execute(select(func.set_config("citygrid.accesses_kept_from", before.isoformat(), True)))
        session.execute(delete(ContactAccessRow).where(ContactAccessRow.id.in_(ids)))

    return forget


def _clean_words(sessions: Sessions, before: datetime, is_dry: bool) -> int:
    texts = (EveryCase.description, EveryCase.place_text)
    found = select(EveryCase.id, *texts).where(_is_over(before), or_(*map(_may_hold_number, texts)))
    return _blot(sessions, found, EveryCase, is_dry)


def _clean_joined_words(sessions: Sessions, before: datetime, is_dry: bool) -> int:
    found = select(JoinedRow.id, JoinedRow.text).join(EveryCase, EveryCase.id == JoinedRow.case_id)
    return _blot(sessions, found.where(_is_over(before), _may_hold_number(JoinedRow.text)), JoinedRow, is_dry)


def _clean_rating_words(sessions: Sessions, before: datetime, is_dry: bool) -> int:
    """Few say a number there, so they are taken all at once."""
    query = select(RatingRow).join(EveryCase, EveryCase.id == RatingRow.case_id)
    with sessions.begin() as session:
        rows = session.scalars(query.where(_is_over(before), _may_hold_number(RatingRow.words))).all()
        told = [(row, without_phones(row.words)) for row in rows]
        wrong = [(row, words) for row, words in told if words != row.words]
        for row, words in () if is_dry else wrong:
            row.words = words
    return len(wrong)


def _may_hold_number(text: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = text.regexp_match(SEVEN_DIGITS)
    return found


def _blot(sessions: Sessions, found: Any, table: type[EveryCase] | type[JoinedRow], is_dry: bool) -> int:
    """Blot numbers out of the texts of rows; what looked like a number and is none is passed by."""
    n, after = 0, 0
    while True:
        with sessions.begin() as session:
            query = found.where(table.id > after).order_by(table.id).limit(BATCH)
            rows = session.execute(query).mappings().all()
            for row in rows:
                told = {name: text for name, text in row.items() if name != "id"}
                new = {name: without_phones(text) for name, text in told.items()}
                if new != told:
                    n += 1
                    if not is_dry:
                        session.execute(_rewrite(table, row["id"], new))
        if len(rows) < BATCH:
            return n
        after = rows[-1]["id"]


def _rewrite(table: type[EveryCase] | type[JoinedRow], row_id: int, texts: Mapping[str, str]) -> Update:
    return update(table).where(table.id == row_id).values(**texts)
