"""The report on how an incident was handled: drafted from its record, written in versions, with findings."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData

from emergency.record.operations import Records
from emergency.record.reading import KeptFinding, ReportVersion, list_findings, list_report_versions
from emergency.response.reading import PlanHead, list_heads
from emergency.rules.incidents import ROLES
from emergency.rules.record.findings import (
    SETTLES_FINDINGS,
    STATE_NAMES,
    STATES_FINDINGS,
    Finding,
)
from emergency.rules.record.report import Drafted, FindingTold, draft_after_action
from web.accounts.guards import asking
from web.accounts.people import Person
from web.forms import Day, parse
from web.incident_measures import Measured, read_measured
from web.wiring import Wiring

WRITES_REPORTS = ROLES


class ReportSent(BaseModel):
    """A version of the report as the form gives it; `seen` is the version it was written upon."""

    model_config = ConfigDict(extra="ignore")

    seen: int = Field(0, ge=0, lt=2**31, title="页面版本")
    title: str = Field("", max_length=200, title="标题")
    words: str = Field("", max_length=80_000, title="报告正文")


class FindingSent(BaseModel):
    """A finding as the form gives it."""

    model_config = ConfigDict(extra="ignore")

    plan_code: str = Field("", max_length=40, title="预案")
    trigger: str = Field("", max_length=24, title="修订情形")
    found: str = Field("", max_length=2_000, title="发现的问题")
    improvement: str = Field("", max_length=2_000, title="改进措施")
    owner_code: str = Field("", max_length=24, title="责任单位")
    due_on: Day = Field(title="完成日期")


class SettledSent(BaseModel):
    """How a finding is settled: by a version of its plan, or with a reason."""

    model_config = ConfigDict(extra="ignore")

    version: str = Field("", max_length=24, title="版本")
    words: str = Field("", max_length=1_000, title="理由")


@dataclass(frozen=True, slots=True)
class AfterAction:
    """Everything that the page of a report shows."""

    measured: Measured
    drafted: Drafted
    versions: tuple[ReportVersion, ...]
    findings: tuple[KeptFinding, ...]
    plans: tuple[PlanHead, ...]

    def version(self, number: int | None) -> ReportVersion | None:
        """A version by its number, the newest without; None when there is none."""
        if number is None:
            return self.versions[0] if self.versions else None
        return next((one for one in self.versions if one.version == number), None)


def records_of(wiring: Wiring) -> Records:
    """The operations on what is made of records."""
    return Records(wiring.sessions, wiring.responses.book.rules)


def read_after_action(wiring: Wiring, incident_no: str) -> AfterAction:
    """An incident's report, as it was written and as the record alone would write it now."""
    measured = read_measured(wiring, incident_no)
    incident = measured.incident
    with wiring.sessions() as session:
        versions = tuple(list_report_versions(session, incident.id))
        findings = tuple(list_findings(session, incident_id=incident.id))
        heads = list_heads(session)
    plans: dict[str, PlanHead] = {}
    for head in heads:
        plans.setdefault(head.code, head)
    drafted = draft_after_action(
        incident.state,
        measured.facts,
        measured.measures,
        kind_name=wiring.incidents.book.get_kind(incident.state.kind_code).name,
        findings=_told(findings, plans, measured),
        is_drill=incident.is_drill,
        is_synthetic=incident.is_synthetic,
    )
    return AfterAction(measured, drafted, versions, findings, tuple(plans.values()))


def _told(
    findings: Sequence[KeptFinding], plans: dict[str, PlanHead], measured: Measured
) -> list[FindingTold]:
    return [
        FindingTold(
            one.found,
            one.improvement,
            plans[one.plan_code].name if one.plan_code in plans else one.plan_code,
            measured.department(one.owner_code),
            f"{one.due_on:%Y-%m-%d}",
            STATE_NAMES[one.state],
        )
        for one in findings
    ]


def write_report(wiring: Wiring, person: Person, incident_no: str, form: FormData) -> int:
    """Keep a version as the form gives it. Raises what the operation raises."""
    sent = parse(ReportSent, form)
    who = asking(person, person.acting_as(*WRITES_REPORTS), at=wiring.clock.now())
    return records_of(wiring).write_report(incident_no, sent.title, sent.words, who, seen=sent.seen)


def state_finding(wiring: Wiring, person: Person, incident_no: str, form: FormData) -> int:
    """Keep a finding as the form gives it. Raises what the operation raises."""
    sent = parse(FindingSent, form)
    who = asking(person, person.acting_as(*STATES_FINDINGS), at=wiring.clock.now())
    return records_of(wiring).state_finding(incident_no, Finding(**sent.model_dump()), who)


def settle_finding(wiring: Wiring, person: Person, finding_id: int, form: FormData) -> KeptFinding:
    """Settle a finding as the form gives it. Raises what the operation raises."""
    sent = parse(SettledSent, form)
    who = asking(person, person.acting_as(*SETTLES_FINDINGS), at=wiring.clock.now())
    return records_of(wiring).settle_finding(finding_id, sent.version.strip(), sent.words, who)
