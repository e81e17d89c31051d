"""What pages and the API do to incidents: from the fields of a form to a command, in the right post."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.datastructures import FormData

from cases.sight import DRILL
from emergency.incidents.operations import Opened
from emergency.rules.commands import (
    REASONED,
    AddCall,
    Call,
    ChangeLevel,
    Command,
    Confirm,
    Correct,
    Decision,
    JoinInto,
    MarkMoment,
    Note,
    NoteToll,
    Open,
    SendReport,
    Step,
)
from emergency.rules.incidents import MARK_NAMES, ROLES, TRANSITIONS, Mark
from emergency.rules.levels import EventLevel, Toll
from emergency.rules.reporting import Channel, Kind
from gis_core.clock import CITY_ZONE
from gis_core.errors import NotFound
from gis_core.places import LonLat
from web.accounts.guards import asking
from web.accounts.people import Person
from web.forms import parse
from web.uploads import Malformed
from web.wiring import Wiring

SEES_INCIDENTS = ("duty_officer", "commander", "leader", "duty_chief", "dispatcher", "operator", "auditor")
"""Posts that may read incidents; who may do what stands in the table of `emergency/rules/incidents.py`."""
OWED_AHEAD = timedelta(hours=24)
"""Reports due within so long are shown on desks and walls."""
TAKES_CALLS = ("duty_officer", "commander", "operator", "duty_chief", "dispatcher")
SOURCE_NAMES: dict[str, str] = {
    "phone": "电话报告",
    "hotline": "热线转来",
    "case": "城管案件转来",
    "department": "部门报告",
    "sensor": "监测设备",
    "warning": "预警信息",
    "patrol": "巡查发现",
    "drill": "演练",
}


def _empty_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _in_city(value: object) -> object:
    """A moment that a form's field gives without a zone is meant in city time."""
    value = _empty_is_none(value)
    if isinstance(value, str):
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            return value
        return read if read.tzinfo else read.replace(tzinfo=CITY_ZONE)
    return value


def _level(value: object) -> object:
    value = None if value == "none" else _empty_is_none(value)
    return int(value) if isinstance(value, str) and value.isdecimal() else value


Number = Annotated[int | None, BeforeValidator(_empty_is_none), Field(ge=-1, le=10**14)]
Moment = Annotated[datetime | None, BeforeValidator(_in_city)]
Degrees = Annotated[
    float | None, BeforeValidator(_empty_is_none), Field(allow_inf_nan=False, ge=-180, le=180)
]
Level = Annotated[Literal[1, 2, 3, 4] | None, BeforeValidator(_level)]


class NoSuchIncidentStep(NotFound):
    """The table of incidents has no such step."""

    code = "no_such_incident_step"


class TollSent(BaseModel):
    """The numbers of an incident; an empty field is not known."""

    model_config = ConfigDict(extra="ignore")

    dead: Number = Field(None, title="死亡")
    missing: Number = Field(None, title="失踪")
    seriously_injured: Number = Field(None, title="重伤")
    injured: Number = Field(None, title="受伤")
    trapped: Number = Field(None, title="被困")
    moved: Number = Field(None, title="转移安置")
    loss_yuan: Number = Field(None, title="直接经济损失")

    def toll(self) -> Toll:
        """The numbers as they are counted."""
        return Toll(**{name: getattr(self, name) for name in TollSent.model_fields})


class CallSent(TollSent):
    """The log of a call and what it tells of."""

    client_id: UUID = Field(title="编号")
    kind_code: str = Field(max_length=24, title="类型")
    words: str = Field("", max_length=4_000, title="事件情况")
    title: str = Field("", max_length=80, title="标题")
    place_text: str = Field("", max_length=400, title="事发地点")
    lon: Degrees = Field(None, title="经度")
    lat: Annotated[Degrees, Field(ge=-90, le=90)] = Field(None, title="纬度")
    occurred_at: Moment = Field(None, title="事发时间")
    received_at: Moment = Field(None, title="接报时间")
    is_sensitive: bool = Field(False, title="敏感")
    sensitive_why: str = Field("", max_length=200, title="敏感的理由")
    source: str = Field("phone", max_length=16, title="来源")
    case_no: str = Field("", max_length=40, title="案卷号")
    is_drill: bool = Field(False, title="演练")
    anyway: bool = Field(False, title="仍登记为新事件")
    caller_name: str = Field("", max_length=80, title="报告人")
    caller_unit: str = Field("", max_length=120, title="单位")
    caller_post: str = Field("", max_length=80, title="职务")
    caller_phone: str = Field("", max_length=40, title="电话")
    told_already: str = Field("", max_length=400, title="已向谁报告")

    def call(self) -> Call:
        """The call in the law's fields."""
        return Call(
            self.caller_name.strip(),
            self.caller_unit.strip(),
            self.caller_post.strip(),
            self.caller_phone.strip(),
            self.told_already.strip(),
            self.words.strip(),
        )

    def place(self) -> LonLat | None:
        """Where it is, EPSG:4490; None where nobody knows."""
        return None if self.lon is None or self.lat is None else LonLat(self.lon, self.lat)


class StepSent(TollSent):
    """The fields of any step; each reads those it knows."""

    revision: int = Field(ge=1, lt=2**31, title="页面版本")
    words: str = Field("", max_length=8_000, title="说明")
    kind_code: str = Field("", max_length=24, title="类型")
    event_level: Level = Field(None, title="事件级别")
    is_sensitive: bool = Field(False, title="敏感")
    sensitive_why: str = Field("", max_length=200, title="敏感的理由")
    happened_at: Moment = Field(None, title="发生时间")
    occurred_at: Moment = Field(None, title="事发时间")
    title: str = Field("", max_length=200, title="标题")
    place_text: str = Field("", max_length=400, title="地点")
    mark: str = Field("", max_length=24, title="节点")
    into: str = Field("", max_length=24, title="并入的事件")
    kind: str = Field("", max_length=12, title="报告类别")
    channel: str = Field("", max_length=8, title="方式")
    receiver: str = Field("", max_length=80, title="报送对象")
    codes: str = Field("", max_length=400, title="报送任务")
    caller_name: str = Field("", max_length=80, title="报告人")
    caller_unit: str = Field("", max_length=120, title="单位")
    caller_post: str = Field("", max_length=80, title="职务")
    caller_phone: str = Field("", max_length=40, title="电话")
    told_already: str = Field("", max_length=400, title="已向谁报告")

    def level(self) -> EventLevel | None:
        """The event level that was chosen; None for no level."""
        return None if self.event_level is None else EventLevel(self.event_level)


class ReportSent(StepSent):
    """A report as a phone sends it: of a page that may be hours old, so its revision says nothing."""

    revision: int = Field(1, ge=1, lt=2**31, title="页面版本")
    client_id: UUID = Field(title="编号")


def open_incident(wiring: Wiring, person: Person, sent: CallSent) -> Opened:
    """Take a first report as the form gives it.

    :raises NoSuchKind, IncidentWordsMissing, BadToll, BadMoment, Malformed: nothing is written then.
    """
    if sent.source not in SOURCE_NAMES:
        raise Malformed("没有这种信息来源，请从列表中选择。")
    is_drill = sent.is_drill or sent.case_no.strip().startswith(DRILL)
    command = Open(
        kind_code=sent.kind_code,
        words=sent.words,
        place_text=sent.place_text,
        title=sent.title,
        occurred_at=sent.occurred_at,
        received_at=sent.received_at,
        toll=sent.toll(),
        is_sensitive=sent.is_sensitive,
        sensitive_why=sent.sensitive_why,
        source="drill" if is_drill else sent.source,
        case_no=sent.case_no.strip() or None,
    )
    who = asking(person, person.acting_as(*TAKES_CALLS), at=wiring.clock.now())
    return wiring.incidents.open(
        command,
        who,
        client_id=sent.client_id,
        place=sent.place(),
        call=sent.call(),
        is_drill=is_drill,
        is_synthetic=is_drill or person.is_demo,
    )


def take_step(wiring: Wiring, person: Person, incident_no: str, action: str, form: FormData) -> Decision:
    """Take a step of an incident as its form gives it.

    :raises NoSuchIncidentStep, Malformed: else what `Incidents.perform` raises.
    """
    sent = parse(StepSent, form)
    who = asking(person, _role_for(person, action), at=wiring.clock.now())
    command = _command(action, sent, incident_no)
    if isinstance(command, Confirm):
        wiring.incidents.book.get_kind(command.kind_code)
    return wiring.incidents.perform(incident_no, command, who, seen_revision=sent.revision)


def report_from_phone(
    wiring: Wiring, person: Person, incident_no: str, rule_code: str, form: FormData
) -> bool:
    """Write down a report that a phone sends under a number of its own; whether it was new."""
    sent = parse(ReportSent, form)
    who = asking(person, _role_for(person, "send_report"), at=wiring.clock.now())
    report = _report(sent)
    command = replace(report, codes=(rule_code, *report.codes), key=sent.client_id)
    return wiring.incidents.report_from_outside(incident_no, command, who)


def _role_for(person: Person, action: str) -> str:
    """The post in which the person takes the step; for other posts the table then says who may."""
    posts = [role for edge in TRANSITIONS if edge.action == action for role in edge.roles]
    held = [role for role in (*ROLES, *posts) if role in posts and role in person.roles]
    return held[0] if held else min(person.roles)


def _command(action: str, sent: StepSent, incident_no: str) -> Command:
    if action in REASONED:
        return Step(action, sent.words)
    if action == "join":
        return JoinInto(sent.into.strip(), incident_no, sent.words)
    if action not in COMMANDS:
        raise NoSuchIncidentStep(f"没有“{action[:24]}”这一步。请刷新页面后重试。")
    return COMMANDS[action](sent)


def _call(sent: StepSent) -> Call:
    return Call(
        sent.caller_name.strip(),
        sent.caller_unit.strip(),
        sent.caller_post.strip(),
        sent.caller_phone.strip(),
        sent.told_already.strip(),
        sent.words.strip(),
    )


def _mark(word: str) -> Mark:
    for known in MARK_NAMES:
        if known == word:
            return known
    raise Malformed("没有这个节点，请从列表中选择。", fields=["mark"])


def _report(sent: StepSent) -> SendReport:
    kinds: tuple[Kind, ...] = ("first", "follow_up", "change", "final")
    channels: tuple[Channel, ...] = ("phone", "written")
    kind = next((one for one in kinds if one == sent.kind), None)
    channel = next((one for one in channels if one == sent.channel), None)
    if kind is None or channel is None:
        raise Malformed("请选择报告类别和报送方式。", fields=["kind", "channel"])
    codes = tuple(code for code in sent.codes.split() if code)
    return SendReport(kind, channel, sent.receiver, codes, sent.title, sent.words)


COMMANDS: dict[str, Callable[[StepSent], Command]] = {
    "confirm": lambda sent: Confirm(
        sent.kind_code, sent.level(), sent.is_sensitive, sent.sensitive_why, sent.words
    ),
    "change_level": lambda sent: ChangeLevel(sent.level(), sent.words),
    "note_toll": lambda sent: NoteToll(sent.toll(), sent.words),
    "note": lambda sent: Note(sent.words, sent.happened_at),
    "mark": lambda sent: MarkMoment(_mark(sent.mark), sent.happened_at, sent.words),
    "correct": lambda sent: Correct(sent.title, sent.place_text, sent.occurred_at, sent.words),
    "add_call": lambda sent: AddCall(_call(sent)),
    "send_report": _report,
}
"""How the fields of each step become its command."""
