"""Who is told of alarms: duty officers of all, commanders of levels that plans propose."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from cases.notices.store import Notice, tell
from cases.notices.wording import Language, NoticeBook
from cases.rules.telling import Hearer
from emergency.rules.alarms import KIND_NAMES, Alarm
from gis_core.clock import city_time

OCCASION = "alarm_begun"
HEARS: Mapping[str, tuple[str, ...]] = {"proposal": ("duty_officer", "commander")}
HEARS_OTHERWISE: tuple[str, ...] = ("duty_officer",)


def tell_alarms(
    session: Session,
    book: NoticeBook,
    begun: Sequence[tuple[int, Alarm]],
    names: Mapping[str, str],
    *,
    at: datetime,
) -> None:
    """Tell of alarms that began together; instruments that fell silent at once are one notice."""
    silent = [(number, one) for number, one in begun if one.kind == "silent"]
    told: list[tuple[int, str, str, str]] = [
        (number, one.kind, f"{KIND_NAMES[one.kind]} {_short(one, names)}", one.words)
        for number, one in begun
        if one.kind != "silent"
    ]
    if silent:
        who = "、".join(names.get(one.subject, one.subject) for _, one in silent)
        words = silent[0][1].words if len(silent) == 1 else f"{who}没有音讯，请派人查看或电话询问"
        told.append((silent[0][0], "silent", f"{KIND_NAMES['silent']} {len(silent)} 处", words))
    notices = []
    for number, kind, title, note in told:
        said = {"title": title, "note": note}
        values: dict[Language, dict[str, str]] = {"zh": said, "en": said}
        words_of = book.words(city_time(at).date(), "incident", OCCASION, values)
        hearers = [Hearer("incident", "post", post=post) for post in HEARS.get(kind, HEARS_OTHERWISE)]
        notices += [Notice(None, number % 2**31, at, OCCASION, one, words_of) for one in hearers]
    tell(session, notices, (), at=at)


def _short(one: Alarm, names: Mapping[str, str]) -> str:
    return names.get(one.subject, "" if one.kind == "proposal" else one.subject)
