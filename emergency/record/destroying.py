"""Destroying personal data of responses by the city's rules, each a line of a log that nobody can change."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy.orm import Session

from emergency.incidents import store as incident_store
from emergency.receivers import store as receiver_store
from emergency.record import store
from emergency.record.reading import list_due_for_destroying, list_held_numbers
from emergency.resources import store as resource_store
from emergency.response import store as response_store
from emergency.room import store as room_store
from emergency.rules.record.destroying import OF_INCIDENT, Rule
from gis_core.db import Sessions


def destroy_personal_data(
    sessions: Sessions, rules: Mapping[str, Rule], *, at: datetime, is_dry: bool = False
) -> dict[str, int]:
    """Destroy what is over its time and log it; how much of each kind. Dry, it only counts.

    A transaction for each kind of each incident; running it again finds nothing. What a hold keeps stays, be
    it decided a moment before.
    """
    counts = {what: _of_incidents(sessions, what, rules[what], at, is_dry) for what in OF_INCIDENT}
    for what, destroy in _OF_LISTS.items():
        with _transaction(sessions, is_dry=is_dry) as session:
            n = counts[what] = destroy(session, rules[what], at)
            if n:
                store.note_destroyed(session, what, n, rules[what], at=at)
    return counts


def _of_incidents(sessions: Sessions, what: str, rule: Rule, at: datetime, is_dry: bool) -> int:
    before, n = rule.before(at), 0
    with sessions() as session:
        due = list_due_for_destroying(session, what, before)
    for one in due:
        with _transaction(sessions, is_dry=is_dry) as session:
            held = incident_store.lock(session, one.incident_no)
            if not list_due_for_destroying(session, what, before, incident_id=held.id):
                continue  # taken up again, or held, since the list was made
            found = _DESTROYS[what](session, held.id)
            if found:
                store.note_destroyed(
                    session, what, found, rule, at=at, incident_id=held.id, settled_at=one.settled_at
                )
            store.note_cleaned(session, held.id, what, revision=held.revision, at=at)
            n += found
    return n


@contextmanager
def _transaction(sessions: Sessions, *, is_dry: bool) -> Iterator[Session]:
    """A transaction, undone at its end when it is only to count."""
    with sessions() as session:
        yield session
        if not is_dry:
            session.commit()


def _words(session: Session, incident_id: int) -> int:
    return (
        incident_store.empty_words(session, incident_id)
        + room_store.empty_words(session, incident_id)
        + response_store.empty_words(session, incident_id)
    )


def _answers(session: Session, incident_id: int) -> int:
    names = incident_store.list_answering(session, incident_id)
    return (
        room_store.empty_answers(session, incident_id, names)
        + response_store.empty_answers(session, incident_id, names)
        + incident_store.empty_answers(session, incident_id)
    )


def _receivers(session: Session, rule: Rule, at: datetime) -> int:
    return receiver_store.destroy_people(session, rule.before(at), held=list_held_numbers(session))


def _receipts(session: Session, rule: Rule, at: datetime) -> int:
    return receiver_store.destroy_receipts(session, rule.before(at), held=list_held_numbers(session))


def _removed_contacts(session: Session, rule: Rule, at: datetime) -> int:
    return resource_store.destroy_removed_contacts(session, rule.before(at), at=at)


def _stale_contacts(session: Session, rule: Rule, at: datetime) -> int:
    return resource_store.destroy_stale_contacts(session, rule.before(at), at=at)


_DESTROYS: Mapping[str, Callable[[Session, int], int]] = {
    "callers": incident_store.empty_calls,
    "words": _words,
    "answers": _answers,
    "places": incident_store.empty_places,
    "photos": room_store.remove_photos,
}
_OF_LISTS: Mapping[str, Callable[[Session, Rule, datetime], int]] = {
    "receivers": _receivers,
    "receipts": _receipts,
    "removed_contacts": _removed_contacts,
    "stale_contacts": _stale_contacts,
}
