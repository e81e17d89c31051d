"""An incident at any moment of its past, read from its facts. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from emergency.incident_data import IncidentBook
from emergency.incidents.operations import story_of
from emergency.incidents.reading import IncidentFact
from emergency.rules.record.folding import StoodThen, stood_after, until
from emergency.rules.reporting import Owed, list_owed
from gis_core.clock import city_time
from gis_core.errors import NotFound


class NothingKnownYet(NotFound):
    """The moment lies before the first fact of the incident."""

    code = "incident_nothing_known_yet"


@dataclass(frozen=True, slots=True)
class Moment:
    """How an incident stood at a moment, with the reports that were owed then."""

    at: datetime
    stood: StoodThen
    owed: tuple[Owed, ...]


def state_at(facts: Sequence[IncidentFact], at: datetime, book: IncidentBook) -> Moment:
    """How an incident stood at a moment, from its facts alone.

    Reports are owed by the rules that were in force on the day on which it was reported.
    :raises NothingKnownYet: before the first fact.
    """
    known = facts[: until(facts, at)]
    if not known:
        raise NothingKnownYet("这个时刻还没有任何记录。请选择首次接报之后的时刻。")
    story = story_of(known)
    rules = book.reporting_on(city_time(story.received_at).date()).rules
    return Moment(at, stood_after(known), list_owed(story, rules))
