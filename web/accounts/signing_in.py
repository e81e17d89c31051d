"""Signing in and out: argon2id passwords, server-side sessions, the same work for unknown logins."""

import contextlib
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gis_core.db import Sessions
from gis_core.errors import NotAllowed
from web import throttle
from web.accounts import store
from web.accounts.reading import Credentials, find_credentials

# Argon2 takes 64 MiB a check: more than a few at once would take the machine's memory.
_CHECKS_AT_ONCE = BoundedSemaphore(4)


class WrongPassword(NotAllowed):
    """Login and password do not belong together; which of the two is wrong is not told."""

    code = "wrong_password"


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just begun; the secret goes into the cookie and is kept nowhere else."""

    secret: str
    person_id: int


def hash_secret(secret: str) -> bytes:
    """What is kept of a session's secret: its SHA-256 (the secret itself is 32 random bytes)."""
    return hashlib.sha256(secret.encode()).digest()


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Checks passwords and opens sessions; `nobody_hash` keeps unknown logins as slow as known ones."""

    sessions: Sessions
    hasher: PasswordHasher
    nobody_hash: str

    @classmethod
    def at_work(cls, sessions: Sessions, hasher: PasswordHasher | None = None) -> "Doorkeeper":
        """A doorkeeper with today's parameters (RFC 9106, second choice: 64 MiB)."""
        hasher = hasher or PasswordHasher()
        return cls(sessions, hasher, hasher.hash(secrets.token_urlsafe(16)))

    def sign_in(self, login: str, password: str, *, address: str, user_agent: str, at: datetime) -> Opened:
        """Open a session for the right password.

        :raises WrongPassword: for an unknown, inactive or locked login as for a wrong password.
        :raises TooOften: when this address tried too often.
        """
        throttle.need_left(self.sessions, throttle.WRONG_PASSWORDS_BY_ADDRESS, address, at=at)
        with self.sessions() as session:
            known = find_credentials(session, login.strip())
        fits = self._fits(known, password[:200])
        if known is None or not fits or not _may_enter(known, at):
            self._note_failure(known, address, at)
            raise _refusal()
        return self._open(known, password, at=at, user_agent=user_agent)

    def sign_out(self, token_hash: bytes) -> None:
        """End a session in every process."""
        with self.sessions.begin() as session:
            store.close_session(session, token_hash)

    def _fits(self, known: Credentials | None, password: str) -> bool:
        with _CHECKS_AT_ONCE:
            try:
                return self.hasher.verify(known.password_hash if known else self.nobody_hash, password)
            except (VerificationError, InvalidHashError):
                return False

    def _note_failure(self, known: Credentials | None, address: str, at: datetime) -> None:
        """Count against the address, and against the login unless it is locked already."""
        with contextlib.suppress(throttle.TooOften):
            throttle.spend(self.sessions, throttle.WRONG_PASSWORDS_BY_ADDRESS, address, at=at)
        if known is not None and _may_enter(known, at):
            with self.sessions.begin() as session:
                store.note_failure(session, known.person_id, at=at)

    def _open(self, known: Credentials, password: str, *, at: datetime, user_agent: str) -> Opened:
        is_stale = self.hasher.check_needs_rehash(known.password_hash)
        newer = self.hasher.hash(password) if is_stale else None
        secret = secrets.token_urlsafe(32)
        with self.sessions.begin() as session:
            store.note_success(session, known.person_id, password_hash=newer)
            store.forget_attempts(session, before=at - throttle.LONGEST)
            store.open_session(
                session,
                token_hash=hash_secret(secret),
                person_id=known.person_id,
                csrf_token=secrets.token_urlsafe(24),
                at=at,
                user_agent=user_agent,
            )
        return Opened(secret, known.person_id)


def _may_enter(known: Credentials, at: datetime) -> bool:
    return known.is_active and (known.locked_until is None or known.locked_until <= at)


def _refusal() -> WrongPassword:
    return WrongPassword("账号或密码不对，或账号已暂时锁定。请核对后重试；连续输错 5 次将锁定 15 分钟。")
