"""What a department applies for, and what the command centre answers: return, extension, suspension.

Limits of applications are those of the published workflow, rows 13 to 20 (one city system for 17 and 19).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import ClassVar

from cases.rules.deadlines import Running
from cases.rules.deciding import Asking, CaseState, Decision, Known, NotYours, advance
from cases.rules.evidence import clean_text
from cases.rules.steps import Reasoned, because, decide_reasoned, find_edge
from gis_core.clock import CITY_ZONE
from gis_core.errors import BadInput, Refused

MOST_EXTENSIONS = 2
MOST_SUSPENSIONS = 1
LONGEST_SUSPENSION = timedelta(days=366)


class TooLateToExtend(Refused):
    """An extension is asked for after the deadline."""

    code = "too_late_to_extend"


class NoMoreExtensions(Refused):
    """The case has been extended as often as it may be."""

    code = "no_more_extensions"


class NoMoreSuspensions(Refused):
    """The case was suspended before."""

    code = "no_more_suspensions"


class NotEndorsed(Refused):
    """The department has not yet agreed to what its crew asks for."""

    code = "not_endorsed"


class BadDay(BadInput):
    """A day that lies behind, or too far ahead."""

    code = "bad_day"


def end_of(day: date) -> datetime:
    """The end of a day of the city, UTC aware."""
    return datetime.combine(day + timedelta(days=1), time(), CITY_ZONE)


@dataclass(frozen=True, slots=True)
class Revoke(Reasoned):
    """撤销指派: the department takes the work back from its crew, as it must before it returns a case."""

    action: ClassVar[str] = "revoke"

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Back to the department, nobody assigned; the clock goes on."""
        return decide_reasoned(self, state, asking, known, crew_id=None)


@dataclass(frozen=True, slots=True)
class AskReturn(Reasoned):
    """申请回退: the case is not ours, before any work."""

    action: ClassVar[str] = "ask_return"

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Wait for the dispatcher; the clock of handling goes on."""
        return decide_reasoned(self, state, asking, known)


@dataclass(frozen=True, slots=True)
class ApproveReturn:
    """批准回退: it was dispatched wrongly, which is counted; it is to be dispatched again."""

    action: ClassVar[str] = "approve_return"
    note: str = ""

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Take the case from the department."""
        edge = find_edge(self, state, asking)
        department = known.departments.get(state.department_code or "", state.department_code or "")
        freed = replace(
            state, department_code=None, helping_codes=(), crew_id=None, limit=None, dispatched_at=None
        )
        return advance(
            freed,
            edge,
            asking=asking,
            known=known,
            reason=because(edge, f"{department}的申请成立，计一次派遣错误"),
            body={"note": clean_text(self.note, "说明"), "department": state.department_code},
        )


@dataclass(frozen=True, slots=True)
class RefuseReturn(Reasoned):
    """驳回回退: the department keeps the case."""

    action: ClassVar[str] = "refuse_return"

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Back to where it was asked."""
        return decide_reasoned(self, state, asking, known)


@dataclass(frozen=True, slots=True)
class AskExtension(Reasoned):
    """申请延期: before the deadline, twice at most; a crew's application passes its department first."""

    action: ClassVar[str] = "ask_extension"

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Wait for the dispatcher, or for the department when a crew asks."""
        return decide_reasoned(self, state, asking, known, is_ask_endorsed=asking.role != "crew")

    def check(self, state: CaseState, asking: Asking, known: Known) -> None:
        """Refuse a third one, and one after the deadline."""
        if state.extension_count >= MOST_EXTENSIONS:
            raise NoMoreExtensions(f"该案件已延期 {MOST_EXTENSIONS} 次，不能再延；确有困难可申请挂账。")
        handling = state.clocks.get("handling")
        if handling is not None and handling.is_late(asking.at, known.calendar):
            raise TooLateToExtend("处置时限已过，不能再申请延期。请尽快处置；超期可在结束后申诉。")


@dataclass(frozen=True, slots=True)
class EndorseExtension:
    """同意上报延期: the department agrees to its crew's application."""

    action: ClassVar[str] = "endorse_extension"
    note: str = ""

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Pass it on to the dispatcher."""
        edge = find_edge(self, state, asking)
        if state.is_ask_endorsed:
            raise NotYours("本部门已同意，正等待派遣员审批。")
        return advance(
            replace(state, is_ask_endorsed=True),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, "部门同意处置人员的申请，报派遣员审批"),
            body={"note": clean_text(self.note, "说明")},
        )


@dataclass(frozen=True, slots=True)
class ApproveExtension:
    """批准延期: one original limit more."""

    action: ClassVar[str] = "approve_extension"
    note: str = ""

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Move the deadline by the original limit; what is used stays used."""
        edge = find_edge(self, state, asking)
        if not state.is_ask_endorsed:
            raise NotEndorsed("处置人员的延期申请须先经其部门同意，现在还不能批准。")
        count = state.extension_count + 1
        return advance(
            replace(state, extension_count=count),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, f"第 {count} 次延期，增加一个原时限"),
            body={"note": clean_text(self.note, "说明"), "extension": count},
        )


@dataclass(frozen=True, slots=True)
class RefuseExtension(Reasoned):
    """驳回延期: by the dispatcher, or by the department for its crew."""

    action: ClassVar[str] = "refuse_extension"

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Back to where it was asked; the deadline stays."""
        return decide_reasoned(self, state, asking, known)

    def check(self, state: CaseState, asking: Asking, known: Known) -> None:
        """Refuse a department that would refuse itself."""
        if asking.role == "department" and state.is_ask_endorsed:
            raise NotYours("延期由派遣员审批；本部门如不再需要，请撤回申请。")


@dataclass(frozen=True, slots=True)
class AskSuspension(Reasoned):
    """申请挂账: it cannot be done now, for season, works, funds or unclear duty; once in a case's life."""

    action: ClassVar[str] = "ask_suspension"

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Wait for the command centre; the clock goes on until it says yes."""
        return decide_reasoned(self, state, asking, known)

    def check(self, state: CaseState, asking: Asking, known: Known) -> None:
        """Refuse a second one."""
        if state.suspension_count >= MOST_SUSPENSIONS:
            raise NoMoreSuspensions("该案件已挂账一次，不能再次挂账。")


@dataclass(frozen=True, slots=True)
class ApproveSuspension:
    """批准挂账: until the end of a day, a year at most; it resumes by itself."""

    action: ClassVar[str] = "approve_suspension"
    until: date
    note: str = ""

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Stop the clocks until the end of the day."""
        edge = find_edge(self, state, asking)
        ends = need_ahead(self.until, asking.at, "挂账截止日期", LONGEST_SUSPENSION)
        return advance(
            replace(state, suspension_count=state.suspension_count + 1, suspended_until=ends),
            edge,
            asking=asking,
            known=known,
            reason=because(
                edge, f"挂账至 {self.until:%Y-%m-%d} 当日结束，到期自动恢复，{_left(state, asking, known)}"
            ),
            body={"note": clean_text(self.note, "说明"), "until": self.until.isoformat()},
        )


def _left(state: CaseState, asking: Asking, known: Known) -> str:
    handling = state.clocks.get("handling")
    is_late = isinstance(handling, Running) and handling.is_late(asking.at, known.calendar)
    return "挂账前已超期" if is_late else "处置时钟暂停"


def need_ahead(day: date, at: datetime, name: str, longest: timedelta) -> datetime:
    """The end of a day that must lie ahead, no farther than `longest`.

    :raises BadDay: otherwise.
    """
    ends = end_of(day)
    if not at < ends <= at + longest + timedelta(days=1):
        raise BadDay(f"{name}应在今天之后、{longest.days} 天之内，请重新选择。")
    return ends


@dataclass(frozen=True, slots=True)
class RefuseSuspension(Reasoned):
    """驳回挂账: it can be done now."""

    action: ClassVar[str] = "refuse_suspension"

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Back to where it was asked."""
        return decide_reasoned(self, state, asking, known)


@dataclass(frozen=True, slots=True)
class Withdraw:
    """撤回申请: who asked takes it back before it is answered."""

    action: ClassVar[str] = "withdraw"
    note: str = ""

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Back to where it was asked; a crew may take back only what a crew asked for."""
        edge = find_edge(self, state, asking)
        if asking.role == "crew" and (state.stage != "extension_pending" or state.is_ask_endorsed):
            raise NotYours("这项申请由部门提出或已由部门上报，请由部门撤回。")
        return advance(
            state,
            edge,
            asking=asking,
            known=known,
            reason=because(edge, "申请人撤回，继续处置"),
            body={"note": clean_text(self.note, "说明")},
        )


@dataclass(frozen=True, slots=True)
class Resume:
    """挂账恢复: by the clock at the end of the day, or earlier by the dispatcher."""

    action: ClassVar[str] = "resume"
    note: str = ""

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Let the clocks go on with what was left."""
        edge = find_edge(self, state, asking)
        words = "挂账到期，自动恢复" if asking.role == "system" else "提前恢复"
        return advance(
            replace(state, suspended_until=None),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, words),
            body={"note": clean_text(self.note, "说明")},
        )
