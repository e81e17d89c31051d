"""How often an address or a login may try something; counted in the database, so all processes agree."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from gis_core.db import Sessions
from gis_core.errors import NotAllowed
from web.accounts import store
from web.accounts.reading import find_attempts

LONGEST = timedelta(days=1)
"""No window is longer; counts of older ones are forgotten."""


class TooOften(NotAllowed):
    """Tried more often than is allowed; the fact `retry_after_s` says when to come back."""

    code = "too_often"


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many attempts in each window of time."""

    name: str
    attempts: int
    window: timedelta

    def window_at(self, at: datetime) -> datetime:
        """When the window that holds `at` began.

        >>> from datetime import UTC
        >>> a_minute = Allowance("sign_in", 10, timedelta(minutes=1))
        >>> a_minute.window_at(datetime(2026, 9, 18, 9, 30, 59, tzinfo=UTC)).isoformat()
        '2026-09-18T09:30:00+00:00'
        """
        length_s = self.window.total_seconds()
        return at - timedelta(seconds=at.timestamp() % length_s)


WRONG_PASSWORDS_BY_ADDRESS = Allowance("wrong_password", 20, timedelta(minutes=5))
"""Only wrong ones count: a whole shift signs in from one address."""
PUBLIC_REPORTS_BY_ADDRESS = Allowance("public_report", 60, timedelta(hours=1))
"""Many phones share an address of their network."""
LOOK_ALIKES_BY_ADDRESS = Allowance("look_alikes", 600, timedelta(hours=1))
"""A form asks again whenever place or type change."""
FOLLOWS_BY_ADDRESS = Allowance("follow", 20, timedelta(hours=1))
"""Each may send a message to somebody."""
WRONG_CODES_BY_ADDRESS = Allowance("wrong_code", 30, timedelta(minutes=5))
WRONG_KEYS_BY_ADDRESS = Allowance("wrong_key", 30, timedelta(minutes=5))
OPEN311_QUESTIONS_BY_ADDRESS = Allowance("open311_question", 1_200, timedelta(minutes=5))
"""Four a second: FixMyStreet asks every few minutes, and a year is copied in a few hundred pages."""


def spend(sessions: Sessions, allowance: Allowance, subject: str, *, at: datetime) -> None:
    """Count one attempt by `subject`, committed whatever comes of it.

    :raises TooOften: when the allowance of this window is used up.
    """
    window_at = allowance.window_at(at)
    with sessions.begin() as session:
        count = store.count_attempt(session, f"{allowance.name}:{subject}", window_at=window_at)
    if count > allowance.attempts:
        raise _too_often(allowance, at)


def need_left(sessions: Sessions, allowance: Allowance, subject: str, *, at: datetime) -> None:
    """Count nothing, only look.

    :raises TooOften: when the allowance of this window is used up.
    """
    with sessions() as session:
        count = find_attempts(session, f"{allowance.name}:{subject}", window_at=allowance.window_at(at))
    if count >= allowance.attempts:
        raise _too_often(allowance, at)


def _too_often(allowance: Allowance, at: datetime) -> TooOften:
    wait_s = ceil((allowance.window_at(at) + allowance.window - at).total_seconds())
    return TooOften(f"操作过于频繁，请在约 {-(-wait_s // 60)} 分钟后再试。", retry_after_s=wait_s)
