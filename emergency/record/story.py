"""The story of an incident in Chinese, as the command line prints it, with what its chain says."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from emergency.incidents.reading import Incident, IncidentFact, broken_at, get_incident, list_facts
from emergency.rules.incidents import STAGE_NAMES, TRANSITIONS
from gis_core.clock import city_time
from gis_core.crs import PlaneSystem


@dataclass(frozen=True, slots=True)
class Story:
    """What happened, in lines, and whether the chain holds."""

    lines: tuple[str, ...]
    is_whole: bool


LABELS = {edge.no: edge for edge in TRANSITIONS}


def story(session: Session, plane: PlaneSystem, incident_no: str) -> Story:
    """What happened to an incident, by whom and under which law, then what its chain says.

    :raises IncidentNotFound: when there is none of that number.
    """
    incident = get_incident(session, plane, incident_no)
    facts = list_facts(session, incident.id)
    broken = broken_at(session, incident)
    lines = (_head(incident), *(_step(one) for one in facts), _chain(facts, broken))
    return Story(lines, broken is None)


def _chain(facts: list[IncidentFact], broken: int | None) -> str:
    if broken is not None:
        return f"✗ 记录链在第 {broken} 条断开：这一条之后的记录可能被改动过，请报告审计员。"
    return f"✓ {len(facts)} 条记录的链完整，末条校验 {facts[-1].hash.hex()}"


def _head(incident: Incident) -> str:
    state = incident.state
    level = state.event_level.words if state.event_level else "不分级"
    marks = "（演练）" if incident.is_drill else "（示意数据）" if incident.is_synthetic else ""
    return f"{incident.incident_no}{marks} {state.title} · {level} · {STAGE_NAMES[state.stage]}"


def _step(fact: IncidentFact) -> str:
    edge = LABELS[fact.transition_no]
    written = "" if fact.at == fact.happened_at else f"（记于 {_moment(fact.at)}）"
    law = f" 依据 {edge.law}" if edge.law else ""
    return (
        f"{fact.seq:>4}  {_moment(fact.happened_at)}{written} {edge.label}：{fact.text} "
        f"— {fact.by_name}{law} [{fact.hash.hex()[:12]}]"
    )


def _moment(at: datetime) -> str:
    return f"{city_time(at):%Y-%m-%d %H:%M:%S}"
