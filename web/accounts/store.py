"""Writes to people, sessions, keys and counts of attempts; each belongs to the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.accounts.reading import IDLE
from web.accounts.tables import ApiKeyRow, ApiReportRow, PersonRow, SessionRow, ThrottleRow

LOCK_AFTER = 5
LOCK_FOR = timedelta(minutes=15)
ABSOLUTE = timedelta(days=7)
"""A session ends then however busy it was."""


def open_session(
    session: Session, *, token_hash: bytes, person_id: int, csrf_token: str, at: datetime, user_agent: str
) -> None:
    """Begin a session and forget the sessions that have ended."""
    session.execute(
        insert(SessionRow).values(
            token_hash=token_hash,
            person_id=person_id,
            csrf_token=csrf_token,
            created_at=at,
            seen_at=at,
            expires_at=at + ABSOLUTE,
            user_agent=user_agent[:200],
        )
    )
    ended = (
        select(SessionRow.token_hash)
        .where((SessionRow.expires_at <= at) | (SessionRow.seen_at <= at - IDLE))
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    session.execute(delete(SessionRow).where(SessionRow.token_hash.in_(ended)))


def touch_session(session: Session, token_hash: bytes, *, at: datetime) -> None:
    """Note that a session was used."""
    session.execute(update(SessionRow).where(SessionRow.token_hash == token_hash).values(seen_at=at))


def close_session(session: Session, token_hash: bytes) -> None:
    """End a session at once, in every process."""
    session.execute(delete(SessionRow).where(SessionRow.token_hash == token_hash))


def note_failure(session: Session, person_id: int, *, at: datetime) -> None:
    """Count a wrong password; the fifth in a row locks the login for a quarter of an hour."""
    count = PersonRow.failed_count + 1
    session.execute(
        update(PersonRow)
        .where(PersonRow.id == person_id)
        .values(
            failed_count=case((count >= LOCK_AFTER, 0), else_=count),
            locked_until=case((count >= LOCK_AFTER, at + LOCK_FOR), else_=PersonRow.locked_until),
        )
    )


def note_success(session: Session, person_id: int, *, password_hash: str | None) -> None:
    """Forget earlier wrong passwords; keep the password under today's parameters when a new hash is given."""
    values: dict[str, object] = {"failed_count": 0, "locked_until": None}
    if password_hash is not None:
        values["password_hash"] = password_hash
    session.execute(update(PersonRow).where(PersonRow.id == person_id).values(**values))


def count_attempt(session: Session, key: str, *, window_at: datetime) -> int:
    """Count one attempt under `key` in the window that began at `window_at`; the count with this one."""
    session.execute(delete(ThrottleRow).where(ThrottleRow.key == key, ThrottleRow.window_at < window_at))
    new = insert(ThrottleRow).values(key=key, window_at=window_at, count=1)
    counted = new.on_conflict_do_update(
        index_elements=[ThrottleRow.key, ThrottleRow.window_at], set_={"count": ThrottleRow.count + 1}
    ).returning(ThrottleRow.count)
    return session.execute(counted).scalar_one()


def forget_attempts(session: Session, *, before: datetime) -> None:
    """Remove counts of windows that began before a moment."""
    session.execute(delete(ThrottleRow).where(ThrottleRow.window_at < before))


def save_person(session: Session, **values: object) -> None:
    """Write a person by login: made when new, brought up to date when known."""
    new = insert(PersonRow).values(**values, failed_count=0)
    kept = {name: new.excluded[name] for name in values if name != "login"}
    session.execute(new.on_conflict_do_update(index_elements=[PersonRow.login], set_=kept))


def add_key(
    session: Session, *, name: str, key_hash: bytes, scopes: Sequence[str], per_hour: int, at: datetime
) -> bool:
    """Keep a new key; False when a key in force has that name already."""
    new = insert(ApiKeyRow).values(
        name=name, key_hash=key_hash, scopes=list(scopes), per_hour=per_hour, created_at=at
    )
    kept = new.on_conflict_do_nothing(
        index_elements=[ApiKeyRow.name], index_where=ApiKeyRow.revoked_at.is_(None)
    ).returning(ApiKeyRow.id)
    return session.execute(kept).scalar_one_or_none() is not None


def touch_key(session: Session, key_id: int, *, at: datetime) -> None:
    """Note that a key was used."""
    session.execute(update(ApiKeyRow).where(ApiKeyRow.id == key_id).values(used_at=at))


def revoke_key(session: Session, name: str, *, at: datetime) -> bool:
    """End the key of this name in every process; False when none of it is in force."""
    ended = (
        update(ApiKeyRow)
        .where(ApiKeyRow.name == name, ApiKeyRow.revoked_at.is_(None))
        .values(revoked_at=at)
        .returning(ApiKeyRow.id)
    )
    return session.execute(ended).scalar_one_or_none() is not None


def add_api_report(session: Session, client_id: UUID, *, key_id: int, digest: bytes, at: datetime) -> None:
    """Note which key sent the report with this client id; the first to come stays."""
    new = insert(ApiReportRow).values(client_id=client_id, key_id=key_id, digest=digest, at=at)
    session.execute(new.on_conflict_do_nothing())


def count_api_reports(session: Session, *, before: datetime) -> int:
    """How many reports with a key came before a moment."""
    query = select(func.count()).select_from(ApiReportRow).where(ApiReportRow.at < before)
    return session.execute(query).scalar_one()


def forget_api_reports(session: Session, *, before: datetime) -> None:
    """Forget which key sent what before a moment; the cases stay."""
    session.execute(delete(ApiReportRow).where(ApiReportRow.at < before))
