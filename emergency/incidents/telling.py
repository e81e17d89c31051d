"""Who is told of an incident, in the system and by message; of drills nobody is: they stay on the desk."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from cases.notices.store import Notice, tell
from cases.notices.wording import Language, NoticeBook
from cases.rules.telling import Hearer
from cases.rules.worktime import day_text
from emergency.incidents.reading import OwedReport
from emergency.rules.incidents import State
from gis_core.clock import city_time

OPENED, LEVEL, DUE, OVERDUE = "incident_opened", "incident_level", "report_due", "report_overdue"
TOLD_OF_NEW: tuple[str, ...] = ("duty_officer", "commander", "leader")


def tell_state(
    session: Session,
    book: NoticeBook,
    occasion: str,
    state: State,
    *,
    seq: int,
    at: datetime,
    by: str = "",
    by_person_id: int | None = None,
    note: str = "",
) -> None:
    """Tell duty officers, commanders and leaders of a new incident or of its level."""
    level = state.event_level.words if state.event_level else "不分级"
    said = {"title": state.title, "place": state.place_text, "level": level, "by": by, "note": note}
    values: dict[Language, dict[str, str]] = {"zh": said, "en": said}
    _tell(session, book, occasion, TOLD_OF_NEW, values, seq=seq, at=at, by_person_id=by_person_id)


def tell_owed(
    session: Session, book: NoticeBook, owed: OwedReport, roles: Sequence[str], *, seq: int, at: datetime
) -> None:
    """Tell posts of a report that nothing has gone out for, before its deadline or after it."""
    said = {"title": owed.title, "report": owed.name, "receiver": owed.receiver}
    values: dict[Language, dict[str, str]] = {
        "zh": said | {"due": day_text(owed.due_at)},
        "en": said | {"due": f"{city_time(owed.due_at):%d %b %H:%M}"},
    }
    _tell(session, book, OVERDUE if at >= owed.due_at else DUE, roles, values, seq=seq, at=at)


def _tell(
    session: Session,
    book: NoticeBook,
    occasion: str,
    posts: Sequence[str],
    values: dict[Language, dict[str, str]],
    *,
    seq: int,
    at: datetime,
    by_person_id: int | None = None,
) -> None:
    words = book.words(city_time(at).date(), "incident", occasion, values)
    hearers = [Hearer("incident", "post", post=post) for post in posts]
    tell(session, [Notice(None, seq, at, occasion, one, words, by_person_id) for one in hearers], (), at=at)
