"""What people ask for, one class an action: `decide` says yes with a reason, or refuses in Chinese.

Nothing here touches a database: the state, who asks and the city's rules come in, a decision comes out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from cases.rules.asks import (
    ApproveExtension,
    ApproveReturn,
    ApproveSuspension,
    AskExtension,
    AskReturn,
    AskSuspension,
    EndorseExtension,
    RefuseExtension,
    RefuseReturn,
    RefuseSuspension,
    Resume,
    Revoke,
    Withdraw,
)
from cases.rules.correcting import Correct
from cases.rules.deciding import Asking, CaseState, Decision, Known, NotYours, advance
from cases.rules.evidence import clean_text
from cases.rules.helping import AddHelper, DropHelper
from cases.rules.intake import Report, proposed_body
from cases.rules.joining import Ending, Join, Part, Reopen, Unmerge
from cases.rules.marks import (
    AddEvidence,
    Answer,
    Appeal,
    AskVoid,
    GrantAppeal,
    Publish,
    RefuseAppeal,
    ReportHelp,
    Supervise,
    Urge,
)
from cases.rules.on_site import OwnPosition
from cases.rules.parting import PartsOpen, Split
from cases.rules.stages import move
from cases.rules.steps import (
    Command,
    Photos,
    Reasoned,
    because,
    decide_reasoned,
    find_edge,
    limit_body,
    prove_step,
    task_body,
)
from gis_core.errors import Refused
from grid.rules.criteria import Criterion, Limit
from grid.rules.responsibility import Assignment

__all__ = [
    "COMMANDS",
    "Accept",
    "AddEvidence",
    "AddHelper",
    "Answer",
    "Appeal",
    "ApproveExtension",
    "ApproveReturn",
    "ApproveSuspension",
    "AskExtension",
    "AskReturn",
    "AskSuspension",
    "AskVoid",
    "Asking",
    "Assign",
    "Close",
    "Command",
    "Correct",
    "Decline",
    "Dispatch",
    "DropHelper",
    "EndorseExtension",
    "FileCase",
    "Finish",
    "GrantAppeal",
    "Join",
    "MakeSafe",
    "NotFile",
    "Part",
    "Publish",
    "RefuseAppeal",
    "RefuseExtension",
    "RefuseReturn",
    "RefuseSuspension",
    "Reopen",
    "ReplyRecheck",
    "ReplyVerification",
    "Report",
    "ReportHelp",
    "Resume",
    "Revoke",
    "Rework",
    "SelfHandle",
    "SendBack",
    "SendRecheck",
    "SendVerification",
    "Split",
    "Supervise",
    "Unmerge",
    "Urge",
    "Void",
    "Withdraw",
    "named_person_id",
]


class NotTrue(Refused):
    """The inspector answered that the report is not true."""

    code = "not_true"


class RecheckFailed(Refused):
    """The inspector answered that the work is not done."""

    code = "recheck_failed"


class NotHandledAtOnce(Refused):
    """Nobody handled the problem when it was reported."""

    code = "not_handled_at_once"


class NoSecondStep(Refused):
    """The filing criterion of the case knows one step only, or the first of two is done."""

    code = "no_second_step"


@dataclass(frozen=True, slots=True)
class SendVerification:
    """发核实: an inspector is to look whether the report is true."""

    action: ClassVar[str] = "send_verification"
    inspector_id: int
    note: str = ""

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Give the verification to the inspector named."""
        edge = find_edge(self, state, asking)
        inspector = known.need_assignee("inspector", "监督员")
        return advance(
            replace(state, inspector_id=inspector.person_id, is_verified_true=None),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, f"交{inspector.name}现场核实"),
            body=task_body(inspector, self.note),
        )


@dataclass(frozen=True, slots=True)
class ReplyVerification:
    """核实回复: true or not, with a picture."""

    action: ClassVar[str] = "reply_verification"
    result: bool
    photos: Photos
    note: str = ""
    position: OwnPosition | None = None

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Keep the inspector's answer; the operator goes on from it."""
        edge = find_edge(self, state, asking)
        proof = prove_step(self, edge, state, asking, known)
        return advance(
            replace(state, is_verified_true=self.result),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, "现场核实属实" if self.result else "现场核实不属实"),
            body={"result": self.result, "note": clean_text(self.note, "说明"), **proof.body},
            photos=tuple(("verify", photo) for photo in proof.photos),
        )


@dataclass(frozen=True, slots=True)
class Decline(Ending):
    """不予受理: outside the scope, not true, or known already."""

    action: ClassVar[str] = "decline"


@dataclass(frozen=True, slots=True)
class Accept:
    """受理批转: the report meets a filing criterion and goes to the duty chief."""

    action: ClassVar[str] = "accept"
    criterion_code: str

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Choose the criterion; refused when the inspector found the report not true."""
        edge = find_edge(self, state, asking)
        if state.is_verified_true is False:
            raise NotTrue("监督员核实为不属实，不能受理；请不予受理，或重新发核实。")
        criterion = known.get_criterion(self.criterion_code, kind=state.kind, type_code=state.type_code)
        name = known.get_type_name(state.kind, state.type_code)
        return advance(
            replace(state, criterion_code=criterion.code),
            edge,
            asking=asking,
            known=known,
            reason=because(
                edge,
                f"{name}，立案条件“{criterion.condition}”，处置时限 {criterion.limit}（{criterion.source}）",
            ),
            body={"criterion": criterion.code, "limit": limit_body(criterion.limit)},
        )


@dataclass(frozen=True, slots=True)
class FileCase:
    """立案: the report becomes a case, and the case's clock starts."""

    action: ClassVar[str] = "file_case"
    note: str = ""

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """File under the criterion chosen at acceptance, which must still be in force."""
        edge = find_edge(self, state, asking)
        criterion = known.get_criterion(
            state.criterion_code or "", kind=state.kind, type_code=state.type_code
        )
        return advance(
            replace(state, filed_at=state.filed_at or asking.at),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, f"符合立案条件“{criterion.condition}”（{criterion.source}）"),
            body={"criterion": criterion.code, "note": clean_text(self.note, "说明")},
        )


@dataclass(frozen=True, slots=True)
class SendBack(Reasoned):
    """回退: the duty chief to the operator, or the dispatcher to the duty chief."""

    action: ClassVar[str] = "send_back"

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """One step back with the reason; the table says whose clock runs again."""
        return decide_reasoned(self, state, asking, known)


@dataclass(frozen=True, slots=True)
class NotFile(Ending):
    """不予立案: the filing condition is not met."""

    action: ClassVar[str] = "not_file"


@dataclass(frozen=True, slots=True)
class Void(Ending):
    """作废: filed by mistake; it does not count as accurately filed."""

    action: ClassVar[str] = "void"


@dataclass(frozen=True, slots=True)
class Dispatch:
    """派遣: to a main department and helping ones, with a limit; without one the criterion's holds.

    `whose` is looked up by the operation: who answers as rules and register stand now, `was_proposed` the
    department that was thought to before. With `as_proposed` the case goes to whoever answers now.
    """

    action: ClassVar[str] = "dispatch"
    department_code: str
    limit: Limit | None = None
    helping_codes: tuple[str, ...] = ()
    note: str = ""
    as_proposed: bool = False
    whose: Assignment | None = None
    was_proposed: str | None = None

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Start the department's clock."""
        edge = find_edge(self, state, asking)
        code = self.whose.organisation_code if self.as_proposed and self.whose else self.department_code
        department = known.get_department_name(code)
        helpers = tuple(one for one in dict.fromkeys(self.helping_codes) if one != code)
        helping = [known.get_department_name(one) for one in helpers]
        limit = self.limit or _limit_of_criterion(state, known)
        words = f"派给{department}" + (f"，{'、'.join(helping)}协办" if helping else "")
        decision = advance(
            replace(
                state,
                department_code=code,
                helping_codes=helpers,
                crew_id=None,
                limit=limit,
                dispatched_at=asking.at,
            ),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, words + self._renewed_words(known)),
            body={
                "department": code,
                "helping": list(helpers),
                "limit": limit_body(limit),
                "note": clean_text(self.note, "派遣意见"),
                **({"proposed": proposed_body(self.whose)} if self.whose else {}),
            },
        )
        renewed = {"proposed_department_code": self.whose.organisation_code} if self.whose else {}
        return replace(decision, corrected=renewed) if self._is_renewed else decision

    @property
    def _is_renewed(self) -> bool:
        """Whether rules or register name another department than when they were asked last."""
        return self.whose is not None and self.whose.organisation_code != self.was_proposed

    def _renewed_words(self, known: Known) -> str:
        if self.whose is None or not self._is_renewed:
            return ""
        was = known.departments.get(self.was_proposed or "", self.was_proposed) or "无"
        return f"；原建议：{was}，现按{self.whose.reason.rstrip('。')}"


@dataclass(frozen=True, slots=True)
class Assign:
    """指派: the department takes the case in hand; with a crew, the crew finds it on its phone."""

    action: ClassVar[str] = "assign"
    crew_id: int | None = None
    note: str = ""

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Begin the work; a crew must belong to the department."""
        edge = find_edge(self, state, asking)
        words = "本部门自行办理"
        body: dict[str, object] = {"note": clean_text(self.note, "说明")}
        if self.crew_id is not None:
            crew = known.need_assignee("crew", "处置人员")
            if crew.organisation_code != state.department_code:
                raise NotYours(f"{crew.name}不是本部门的处置人员。")
            words, body = f"指派{crew.name}", task_body(crew, self.note)
        return advance(
            replace(state, crew_id=self.crew_id),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, words),
            body=body,
        )


@dataclass(frozen=True, slots=True)
class Finish:
    """处置反馈: the work is done, with a picture and words."""

    action: ClassVar[str] = "finish"
    text: str
    photos: Photos
    position: OwnPosition | None = None

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Stop the department's clock and keep whether it was late."""
        text = clean_text(self.text, "处置说明")
        edge = find_edge(replace(self, text=text), state, asking)
        proof = prove_step(self, edge, state, asking, known)
        handling = state.clocks.get("handling")
        is_late = handling is not None and handling.is_late(asking.at, known.calendar)
        return advance(
            replace(
                state, finished_at=asking.at, is_overdue_handled=is_late or bool(state.is_overdue_handled)
            ),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, f"{text}（{'超期' if is_late else '按期'}处置）"),
            body={"text": text, "is_late": is_late, **proof.body},
            photos=tuple(("after", photo) for photo in proof.photos),
        )


@dataclass(frozen=True, slots=True)
class MakeSafe:
    """先行处险: the danger is gone, and the repair has its own limit from now on."""

    action: ClassVar[str] = "make_safe"
    text: str
    photos: Photos
    position: OwnPosition | None = None

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """End the first step, late or not, and start the clock of the second."""
        text = clean_text(self.text, "处险说明")
        edge = find_edge(replace(self, text=text), state, asking)
        repair = _second_step(state, known)
        proof = prove_step(self, edge, state, asking, known)
        handling = state.clocks.get("handling")
        is_late = handling is not None and handling.is_late(asking.at, known.calendar)
        after = replace(
            state,
            made_safe_at=asking.at,
            limit=repair.limit,
            is_overdue_handled=is_late or bool(state.is_overdue_handled),
        )
        words = f"{text}（{'超期' if is_late else '按期'}处险），接着“{repair.condition}”"
        return advance(
            after,
            edge,
            asking=asking,
            known=known,
            reason=because(edge, words),
            body={
                "text": text,
                "is_late": is_late,
                "then": repair.code,
                "limit": limit_body(repair.limit),
                **proof.body,
            },
            photos=tuple(("after", photo) for photo in proof.photos),
        )


def _second_step(state: CaseState, known: Known) -> Criterion:
    """The criterion of the repair; refused where there is none, or it runs already."""
    first = known.criteria.get(state.criterion_code or "")
    if first is None or not first.then or state.made_safe_at is not None:
        raise NoSecondStep("该案件不分两步处置，或已先行处险；办好后请直接反馈。")
    return known.criteria[first.then]


@dataclass(frozen=True, slots=True)
class SendRecheck:
    """发核查: an inspector is to look whether the work is done."""

    action: ClassVar[str] = "send_recheck"
    inspector_id: int
    note: str = ""

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Give the recheck to the inspector named."""
        edge = find_edge(self, state, asking)
        inspector = known.need_assignee("inspector", "监督员")
        return advance(
            replace(state, inspector_id=inspector.person_id, is_recheck_passed=None),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, f"交{inspector.name}现场核查"),
            body=task_body(inspector, self.note),
        )


@dataclass(frozen=True, slots=True)
class ReplyRecheck:
    """核查回复: done or not, with a picture from the same place."""

    action: ClassVar[str] = "reply_recheck"
    result: bool
    photos: Photos
    note: str = ""
    position: OwnPosition | None = None

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Keep the inspector's answer; the duty chief closes, or the case is reworked."""
        edge = find_edge(self, state, asking)
        proof = prove_step(self, edge, state, asking, known)
        return advance(
            replace(state, is_recheck_passed=self.result),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, "现场核查通过" if self.result else "现场核查未通过"),
            body={"result": self.result, "note": clean_text(self.note, "说明"), **proof.body},
            photos=tuple(("recheck", photo) for photo in proof.photos),
        )


@dataclass(frozen=True, slots=True)
class Close:
    """结案: the recheck passed."""

    action: ClassVar[str] = "close"
    note: str = ""

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """End the case; refused when the recheck did not pass."""
        edge = find_edge(self, state, asking)
        if not state.is_recheck_passed:
            raise RecheckFailed("核查未通过，不能结案；请返工。")
        if known.open_parts:
            raise PartsOpen(f"还有 {known.open_parts} 件子案没有结束，母案不能先结案。")
        return advance(
            state,
            edge,
            asking=asking,
            known=known,
            reason=because(edge, "核查通过，符合结案条件"),
            body={"note": clean_text(self.note, "说明")},
        )


@dataclass(frozen=True, slots=True)
class Rework(Reasoned):
    """返工: back to the same department, everything kept."""

    action: ClassVar[str] = "rework"

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Count the rework and start the department's clock anew."""
        counted = replace(state, rework_count=state.rework_count + 1, is_recheck_passed=None)
        return decide_reasoned(self, counted, asking, known)


@dataclass(frozen=True, slots=True)
class SelfHandle:
    """自行处置结案: the inspector set a small matter right at once; the operator audits and closes."""

    action: ClassVar[str] = "self_handle"
    note: str = ""

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Close without dispatch; refused unless the report came with an after picture."""
        edge = move(self.action, start=state.stage, by=asking.role)
        if not state.is_handled_at_once:
            raise NotHandledAtOnce("上报时没有注明自行处置并附处置后照片，不能按自行处置结案。")
        return advance(
            replace(state, finished_at=state.reported_at),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, "监督员上报时已自行处置，照片审核通过"),
            body={"note": clean_text(self.note, "说明")},
        )


def _limit_of_criterion(state: CaseState, known: Known) -> Limit:
    criterion = known.get_criterion(state.criterion_code or "", kind=state.kind, type_code=state.type_code)
    return criterion.limit


COMMANDS: Mapping[str, type[Command]] = {
    kind.action: kind
    for kind in (
        SendVerification, ReplyVerification, Decline, Accept, FileCase, SendBack, NotFile, Void, Dispatch,
        Assign, MakeSafe, Finish, SendRecheck, ReplyRecheck, Close, Rework, SelfHandle,
        Revoke, AskReturn, ApproveReturn, RefuseReturn,
        AskExtension, EndorseExtension, ApproveExtension, RefuseExtension,
        AskSuspension, ApproveSuspension, RefuseSuspension, Withdraw, Resume,
        Supervise, Urge, Answer, ReportHelp, AskVoid, Appeal, GrantAppeal, RefuseAppeal,
        Correct, Join, Part, Unmerge, Split, Reopen, Publish, AddHelper, DropHelper,
        AddEvidence,
    )
}  # fmt: skip
"""The class of each action that moves a case; reports begin one."""


def named_person_id(command: Command) -> int | None:
    """The person to whom the command gives a task, if it names one."""
    if isinstance(command, SendVerification | SendRecheck):
        return command.inspector_id
    return command.crew_id if isinstance(command, Assign) else None
