"""Notices as pages and streams ask for them: whose they are, and what a bell shows."""

from cases.notices.reading import MOST_COUNTED, Reader
from web.accounts.people import Person


def reader_of(person: Person) -> Reader:
    """Whose notices a person reads."""
    return Reader.of(person.id, person.roles, person.organisation_code)


def unread_words(count: int) -> str:
    """How many notices are unread, as a bell shows it: empty for none, 99+ for many.

    >>> unread_words(0), unread_words(7), unread_words(100)
    ('', '7', '99+')
    """
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")
