"""What is known of people, sessions and keys of other systems."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, select, text
from sqlalchemy.orm import Session

from cases.conditions import plain
from cases.notices.reading import unread_of
from web.accounts.people import Person
from web.accounts.tables import ApiKeyRow, ApiReportRow, PersonRow, SessionRow, ThrottleRow

UNREAD = unread_of(PersonRow.id, PersonRow.roles, PersonRow.organisation_code)
"""How many notices of the person are unread, to be asked together with the session."""
IDLE = timedelta(hours=12)
"""A session nobody has used for so long has ended."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session in force and whose it is."""

    person: Person
    csrf_token: str
    seen_at: datetime
    also: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against."""

    person_id: int
    password_hash: str
    is_active: bool
    failed_count: int
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of another system: its name, what it may do, and how often an hour; never the key itself."""

    id: int
    name: str
    scopes: tuple[str, ...]
    per_hour: int
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


def find_open_session(
    session: Session, token_hash: bytes, *, at: datetime, also: Sequence[ColumnElement[Any]] = ()
) -> OpenSession | None:
    """The session in force at `at`, in one query; None when it is unknown, ended, or its person inactive.

    `also` is asked in the same query, of the same snapshot.
    """
    row = session.execute(
        _OPEN.add_columns(*also) if also else _OPEN,
        {"token_hash": token_hash, "at": at, "used_since": at - IDLE},
    ).one_or_none()
    if row is None:
        return None
    told = 2 + len(_PERSON)
    return OpenSession(_person(row[2:told]), row.csrf_token, row.seen_at, tuple(row[told:]))


def find_credentials(session: Session, login: str) -> Credentials | None:
    """What a sign-in under this login is checked against."""
    row = session.execute(
        select(
            PersonRow.id,
            PersonRow.password_hash,
            PersonRow.is_active,
            PersonRow.failed_count,
            PersonRow.locked_until,
        ).where(PersonRow.login == login)
    ).one_or_none()
    return None if row is None else Credentials(*row)


def find_attempts(session: Session, key: str, *, window_at: datetime) -> int:
    """How often something was tried under `key` in the window that began at `window_at`."""
    asked = select(ThrottleRow.count).where(ThrottleRow.key == key, ThrottleRow.window_at == window_at)
    return session.execute(asked).scalar_one_or_none() or 0


def find_person(session: Session, person_id: int) -> Person | None:
    """An active person by number."""
    row = session.execute(
        select(*_PERSON).where(PersonRow.id == person_id, PersonRow.is_active)
    ).one_or_none()
    return None if row is None else _person(row)


def list_people(session: Session, role: str, *, organisation_code: str | None = None) -> tuple[Person, ...]:
    """Active people who hold a role, of one organisation when given: whom to send a task to."""
    asked = select(*_PERSON).where(PersonRow.roles.contains([role]), PersonRow.is_active)
    if organisation_code is not None:
        asked = asked.where(PersonRow.organisation_code == organisation_code)
    return tuple(_person(row) for row in session.execute(asked.order_by(PersonRow.login)))


def list_demo_logins(session: Session) -> tuple[Person, ...]:
    """Demo accounts, for the sign-in page of a demonstration."""
    asked = select(*_PERSON).where(PersonRow.is_demo, PersonRow.is_active).order_by(PersonRow.id)
    return tuple(_person(row) for row in session.execute(asked))


def find_key(session: Session, key_hash: bytes) -> ApiKey | None:
    """The key in force with this hash."""
    asked = select(*_KEY).where(ApiKeyRow.key_hash == key_hash, ApiKeyRow.revoked_at.is_(None))
    row = session.execute(asked).one_or_none()
    return None if row is None else _key(row)


def list_keys(session: Session) -> tuple[ApiKey, ...]:
    """Every key that was ever given out, in that order."""
    return tuple(_key(row) for row in session.execute(select(*_KEY).order_by(ApiKeyRow.id)))


def find_reporting_key(session: Session, case_no: str) -> int | None:
    """The key that reported a case; None when it came another way, or so long ago that nobody knows."""
    return session.execute(_REPORTING_KEY, {"case_no": plain(case_no)}).scalar_one_or_none()


def find_api_report(session: Session, client_id: UUID) -> bytes | None:
    """The SHA-256 of the report with this client id, if a key has sent it."""
    asked = select(ApiReportRow.digest).where(ApiReportRow.client_id == client_id)
    return session.execute(asked).scalar_one_or_none()


_KEY = (
    ApiKeyRow.id,
    ApiKeyRow.name,
    ApiKeyRow.scopes,
    ApiKeyRow.per_hour,
    ApiKeyRow.created_at,
    ApiKeyRow.used_at,
    ApiKeyRow.revoked_at,
)


def _key(row: Sequence[Any]) -> ApiKey:
    number, name, scopes, per_hour, *moments = row
    return ApiKey(number, name, tuple(scopes), per_hour, *moments)


_PERSON = (
    PersonRow.id,
    PersonRow.login,
    PersonRow.name,
    PersonRow.roles,
    PersonRow.organisation_code,
    PersonRow.responsibility_codes,
    PersonRow.is_demo,
)
_OPEN = (
    select(SessionRow.csrf_token, SessionRow.seen_at, *_PERSON)
    .join(PersonRow, PersonRow.id == SessionRow.person_id)
    .where(
        SessionRow.token_hash == bindparam("token_hash"),
        SessionRow.expires_at > bindparam("at"),
        SessionRow.seen_at > bindparam("used_since"),
        PersonRow.is_active,
    )
)
"""The session in force and its person; made once, for every request asks it."""


def _person(row: Sequence[object]) -> Person:
    number, login, name, roles, organisation_code, grids, is_demo = row
    assert isinstance(number, int)
    assert isinstance(roles, list)
    assert isinstance(grids, list)
    return Person(
        number,
        str(login),
        str(name),
        frozenset(roles),
        None if organisation_code is None else str(organisation_code),
        tuple(grids),
        bool(is_demo),
    )


_REPORTING_KEY = text("""
    SELECT r.key_id FROM accounts.api_report r JOIN cases.seen_case c USING (client_id)
    WHERE c.case_no = :case_no
""")
