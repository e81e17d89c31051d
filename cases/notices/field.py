"""What is told of people and vehicles in the field: notices of no case, in the words of the city."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from cases.notices.store import Notice, tell
from cases.notices.wording import Language, NoticeBook
from cases.rules.telling import Hearer
from gis_core.clock import city_time

WATCHERS = ("operator", "duty_chief", "dispatcher", "leader")
"""Who hears of a call for help."""
SUPERVISORS = ("duty_chief",)
"""Who hears of somebody astray."""


def hearers_of(occasion: str, *, person_id: int | None = None) -> tuple[Hearer, ...]:
    """Everybody who is told of something in the field; of an answer, whoever called."""
    if occasion == "sos_answered":
        return (Hearer("field", "person", person_id=person_id),) if person_id else ()
    posts = WATCHERS if occasion == "sos" else SUPERVISORS
    return tuple(Hearer("field", "post", post=post) for post in posts)


def tell_field(
    session: Session,
    book: NoticeBook,
    occasion: str,
    hearers: Sequence[Hearer],
    values: Mapping[Language, Mapping[str, str]],
    *,
    seq: int,
    at: datetime,
    by_person_id: int | None = None,
) -> None:
    """Make the notices of one thing in the field, `seq` its row; bells ring when the transaction commits."""
    words = book.words(city_time(at).date(), "field", occasion, values)
    notices = [Notice(None, seq, at, occasion, one, words, by_person_id) for one in hearers]
    tell(session, notices, (), at=at)
