"""Reports upwards as pages draft them: what is left to report, what one report answers, its words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from emergency.incidents.reading import Incident, IncidentFact, OwedReport
from emergency.rules.forms import Draft, draft_report
from emergency.rules.reporting import Kind
from web.incident_work import SOURCE_NAMES
from web.room_work import lines_of
from web.wiring import Wiring

KINDS: tuple[Kind, ...] = ("first", "follow_up", "change", "final")


@dataclass(frozen=True, slots=True)
class Drafted:
    """A report as its form shows it: what it is, whom it answers, its words from the record."""

    kind: Kind
    channel: str
    receiver: str
    codes: tuple[str, ...]
    draft: Draft


def list_left(owed: Sequence[OwedReport], at: datetime) -> list[OwedReport]:
    """What still has to be reported."""
    return [one for one in owed if one.is_left(at)]


def read_kind(word: str) -> Kind:
    """The kind of a report by its code; a follow-up where there is no such kind."""
    return next((one for one in KINDS if one == word), "follow_up")


def drafted(
    wiring: Wiring,
    incident: Incident,
    facts: Sequence[IncidentFact],
    left: Sequence[OwedReport],
    *,
    chosen: OwedReport | None,
    kind: Kind,
) -> Drafted:
    """A report drafted from the record; one that is chosen answers whatever is owed to its receiver alike."""
    draft = _draft(wiring, incident, facts, kind)
    if chosen is None:
        return Drafted(kind, "written", "", (), draft)
    alike = (chosen.receiver, chosen.channel, chosen.kind)
    codes = tuple(one.rule_code for one in left if (one.receiver, one.channel, one.kind) == alike)
    return Drafted(kind, chosen.channel, chosen.receiver, codes, draft)


def _draft(wiring: Wiring, incident: Incident, facts: Sequence[IncidentFact], kind: Kind) -> Draft:
    sent = [one for one in facts if one.body.get("report")]
    alike = [one for one in sent if one.body["report"]["kind"] == kind]
    effects = [one.body["effect"] for one in facts if one.body.get("effect")]
    return draft_report(
        kind,
        incident.state,
        lines_of(facts),
        kind_name=wiring.incidents.book.get_kind(incident.state.kind_code).name,
        source_name=SOURCE_NAMES.get(incident.source, incident.source),
        affected=f"{effects[-1]['title']}，{effects[-1]['said']}" if effects else "",
        n_before=len(alike),
        last_sent_at=sent[-1].at if sent else None,
        is_drill=incident.is_drill,
    )
