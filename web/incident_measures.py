"""What the record of an incident measures, as pages, files and the report tell it; each with its facts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from emergency.incidents.reading import (
    Incident,
    IncidentFact,
    OwedReport,
    get_incident,
    list_facts,
    list_owed_of,
)
from emergency.rules.record.measures import STEP_NAMES, Measures, Milestone, measure
from emergency.rules.record.plots import Bar, Point, bars, line_of_steps, steps_over_time
from emergency.rules.reporting import STANDING_NAMES
from gis_core.clock import city_time
from web.list_files import Cell, Line, ListFile
from web.wiring import Wiring

Say = Callable[..., str]
Facts = Sequence[int]
UNKNOWN = "没有记录"
HEADINGS = ("部分", "名称", "时刻", "用时（秒）", "说明", "依据（第几条记录）", "示意数据")


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step with how long it came after the call, after the event, and after the step before it."""

    milestone: Milestone
    name: str
    after_received_s: int | None
    after_occurred_s: int | None
    after_last_s: int | None


@dataclass(frozen=True, slots=True)
class Measured:
    """An incident with everything that its record measures."""

    incident: Incident
    facts: tuple[IncidentFact, ...]
    measures: Measures
    reports: tuple[OwedReport, ...]
    at: datetime
    departments: dict[str, str]

    @property
    def steps(self) -> list[StepRow]:
        """Every step that is measured; what is not known stays in the list."""
        found = self.measures.find
        received, occurred = found("received"), found("occurred")
        last: Milestone | None = None
        rows = []
        for one in self.measures.milestones:
            after_last = one.after_s(last) if last is not None else None
            rows.append(
                StepRow(one, STEP_NAMES[one.code], one.after_s(received), one.after_s(occurred), after_last)
            )
            last = one if one.at is not None else last
        return rows

    @property
    def counted_reports(self) -> dict[str, int]:
        """How many reports stood how."""
        standings = [one.standing(self.at) for one in self.reports]
        return {name: standings.count(name) for name in STANDING_NAMES}

    def department(self, code: str) -> str:
        """The name of a department."""
        return self.departments.get(code, code)


def read_measured(wiring: Wiring, incident_no: str) -> Measured:
    """An incident with its measures. Raises IncidentNotFound."""
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, incident_no)
        facts = tuple(list_facts(session, incident.id))
        owed = tuple(one for one in list_owed_of(session, incident.id) if one.kind != "log")
    at = wiring.clock.now()
    reports = tuple(one for one in owed if one.standing(at) != "withdrawn")
    names = dict(wiring.responses.book.staff.organisations)
    return Measured(incident, facts, measure(facts), reports, at, names)


def span(seconds: float | None, say: Say) -> str:
    """Seconds in words; below a minute as they are, `–` where nothing is known."""
    if seconds is None:
        return "–"
    if abs(seconds) < 60:
        return say("{n} 秒", n=int(seconds))
    minutes = int(abs(seconds) // 60)
    hours, rest = divmod(minutes, 60)
    words = say("{h} 小时 {m} 分", h=hours, m=rest) if hours else say("{m} 分钟", m=minutes)
    return say("早 {words}", words=words) if seconds < 0 else words


def plots_of(found: Measured, say: Say) -> dict[str, Markup]:
    """The plots by name; a plot without any number is left out."""
    measures = found.measures
    drawn: dict[str, str] = {}
    known = sorted(
        (one for one in measures.milestones if one.at is not None), key=lambda one: one.at or found.at
    )
    if len(known) > 1:
        points = [Point(one.at, say(STEP_NAMES[one.code])) for one in known if one.at]
        drawn["steps"] = line_of_steps(points, say("各环节的时刻"))
    departments = [one for one in measures.departments if one.accepted.median_s is not None]
    if departments:
        rows = [
            Bar(
                found.department(one.department),
                one.accepted.median_s or 0.0,
                say("{m}，九成 {p}", m=span(one.accepted.median_s, say), p=span(one.accepted.p90_s, say)),
                one.accepted.p90_s,
            )
            for one in sorted(departments, key=lambda one: -(one.accepted.median_s or 0))
        ]
        drawn["accepted"] = bars(rows, say("各部门接受任务用时"))
    if measures.moved:
        points = [Point(one.at, "", one.value) for one in measures.moved]
        ends = [f"{city_time(one.at):%m-%d %H:%M}" for one in (points[0], points[-1])]
        drawn["moved"] = steps_over_time(points, say("转移人数"), ends)
    if found.reports:
        rows = [
            Bar(say(one.name), max(0.0, late_s), _late_words(late_s, say), is_late=late_s > 0)
            for one in found.reports
            for late_s in [((one.met_at or found.at) - one.due_at).total_seconds()]
        ]
        drawn["reports"] = bars(rows, say("各份报告迟了多久"))
    return {name: Markup(svg) for name, svg in drawn.items()}  # noqa: S704 - every text is escaped there


def _late_words(late_s: float, say: Say) -> str:
    return say("迟 {words}", words=span(late_s, say)) if late_s > 0 else say("按时")


def file_of(found: Measured, say: Say) -> ListFile:
    """Everything that is measured as one table."""
    headings = [say(one) for one in HEADINGS]
    lines = [
        Line(
            [*row, say("是") if found.incident.is_synthetic else ""], {}, "null", found.incident.is_synthetic
        )
        for row in _rows(found, say)
    ]
    return ListFile("measures", say("用时统计"), headings, [lines])


def _rows(found: Measured, say: Say) -> Sequence[list[Cell]]:
    measures = found.measures
    rows: list[list[Cell]] = []

    def add(  # noqa: PLR0917  # the cells of a row, in their order
        part: str, name: str, at: datetime | None, took_s: float | None, words: str, facts: Facts
    ) -> None:
        rows.append([say(part), name, _moment(at), took_s, words, " ".join(map(str, facts))])

    for step in found.steps:
        words = say(UNKNOWN) if step.milestone.at is None else say("自接报")
        add("环节", say(step.name), step.milestone.at, step.after_received_s, words, step.milestone.facts)
    for one in measures.departments:
        spread = one.accepted
        told = say(
            "任务 {n} 项，接受 {a} 项，九成 {p} 秒，按时 {i}，超时 {l}，未完成 {d}",
            n=one.given, a=spread.n, p="–" if spread.p90_s is None else int(spread.p90_s),
            i=one.in_time, l=one.late, d=one.not_done,
        )  # fmt: skip
        add(
            "部门接受任务（中位数）", found.department(one.department), None, spread.median_s, told, one.facts
        )
    for task in measures.tasks:
        words = say(UNKNOWN) if task.late_s is None else say("与预案时限相差")
        add("任务", f"{task.code} {task.text}", task.done_at, task.late_s, words, task.facts)
    for report in found.reports:
        standing = say(STANDING_NAMES[report.standing(found.at)])
        late_s = int(((report.met_at or found.at) - report.due_at).total_seconds())
        seqs = [one.seq for one in found.facts if report.met_at is not None and one.at == report.met_at]
        add("报送", report.name, report.met_at, late_s, standing, seqs)
    for reading in measures.moved:
        add("转移人数", str(reading.value), reading.at, None, "", (reading.fact,))
    for resource in measures.resources:
        add("资源", resource.name, resource.arrived_at, resource.way_s, say("调派到到场"), resource.facts)
    for at, identifier, action, seq in measures.warnings:
        add("预警", identifier, at, None, action, (seq,))
    return rows


def _moment(at: datetime | None) -> str:
    return "" if at is None else f"{city_time(at):%Y-%m-%d %H:%M:%S}"
