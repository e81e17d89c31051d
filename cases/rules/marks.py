"""What is noted on a case without moving it: urging and supervising, help, applications to void, appeals."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import ClassVar

from cases.rules.asks import need_ahead
from cases.rules.deciding import Asking, CaseState, Decision, Known, NotYours, advance
from cases.rules.evidence import check_photos, clean_text, need_evidence, without_phones
from cases.rules.stages import move
from cases.rules.steps import Photos, Reasoned, because, decide_reasoned, find_edge
from gis_core.errors import Conflict, Refused

LONGEST_ANSWER = timedelta(days=90)
MOST_PUBLIC_TEXT = 300
"""Characters: it stands on a card of the map."""


class NothingToAnswer(Refused):
    """Nobody has urged or supervised the case since it was answered."""

    code = "nothing_to_answer"


class NotLate(Refused):
    """An appeal against a lateness that there is not."""

    code = "not_late"


class PhoneInPublicText(Refused):
    """A text for everybody with a telephone number in it."""

    code = "phone_in_public_text"


class AskedAlready(Conflict):
    """The same application waits for its answer, or has had it."""

    code = "asked_already"


class NothingAsked(Refused):
    """There is no application to answer."""

    code = "nothing_asked"


@dataclass(frozen=True, slots=True)
class Supervise:
    """督办: a leader wants an answer by a day."""

    action: ClassVar[str] = "supervise"
    text: str
    answer_date: date | None = None

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Mark the case; its clocks stay."""
        edge = find_edge(self, state, asking)
        assert self.answer_date is not None  # the row asks for it as evidence
        text = clean_text(self.text, "督办意见")
        return advance(
            replace(
                state,
                is_supervised=True,
                answer_due_at=need_ahead(self.answer_date, asking.at, "答复日期", LONGEST_ANSWER),
            ),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, f"{text}（{self.answer_date:%Y-%m-%d} 前答复）"),
            body={"text": text, "answer_date": self.answer_date.isoformat()},
        )


@dataclass(frozen=True, slots=True)
class Urge:
    """催办: hurry up; with a day, an answer is expected."""

    action: ClassVar[str] = "urge"
    text: str
    answer_date: date | None = None

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Count it; an earlier day for an answer is replaced."""
        edge = find_edge(self, state, asking)
        text, count = clean_text(self.text, "催办意见"), state.urge_count + 1
        due = state.answer_due_at
        if self.answer_date is not None:
            due = need_ahead(self.answer_date, asking.at, "答复日期", LONGEST_ANSWER)
        by = f"（{self.answer_date:%Y-%m-%d} 前答复）" if self.answer_date else ""
        return advance(
            replace(state, urge_count=count, answer_due_at=due, has_open_urge=True),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, f"第 {count} 次，{text}{by}"),
            body={"text": text, "answer_date": self.answer_date and self.answer_date.isoformat()},
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """答复催督办: whoever has the case says how it stands."""

    action: ClassVar[str] = "answer"
    text: str

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Keep the answer; late or in time is told from the facts."""
        edge = find_edge(self, state, asking)
        if state.answer_due_at is None and not state.has_open_urge:
            raise NothingToAnswer("没有等待答复的催办或督办。")
        is_late = state.answer_due_at is not None and asking.at >= state.answer_due_at
        text = clean_text(self.text, "答复")
        return advance(
            replace(state, answer_due_at=None, has_open_urge=False),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, f"{text}{'（逾期答复）' if is_late else ''}"),
            body={"text": text, "is_late": is_late},
        )


@dataclass(frozen=True, slots=True)
class ReportHelp:
    """协办反馈: a helping department says what it did; the main one finishes."""

    action: ClassVar[str] = "report_help"
    text: str
    photos: Photos = ()

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Keep words and pictures; refused from a department that does not help."""
        edge = move(self.action, start=state.stage, by=asking.role)
        if asking.organisation_code not in state.helping_codes:
            raise NotYours("本部门不是该案件的协办部门。")
        need_evidence(edge, self)
        text = clean_text(self.text, "协办情况")
        return advance(
            state,
            edge,
            asking=asking,
            known=known,
            reason=because(edge, text),
            body={"text": text, "department": asking.organisation_code},
            photos=tuple(("help", photo) for photo in check_photos(self.photos)),
        )


@dataclass(frozen=True, slots=True)
class AddEvidence:
    """补充取证: a picture that a desk has of an open case, as from a camera of the city."""

    action: ClassVar[str] = "add_evidence"
    text: str = ""
    photos: Photos = ()

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Keep the pictures and what they show; nothing moves."""
        edge = find_edge(self, state, asking)
        photos = check_photos(self.photos)
        text = clean_text(self.text, "取证说明")
        return advance(
            state,
            edge,
            asking=asking,
            known=known,
            reason=because(edge, text or f"照片 {len(photos)} 张"),
            body={"text": text},
            photos=tuple(("added", photo) for photo in photos),
        )


@dataclass(frozen=True, slots=True)
class Publish:
    """公开说明: what everybody may read of the case beside its type and community; empty takes it back."""

    action: ClassVar[str] = "publish"
    text: str = ""

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Set the words; refused when a telephone number stands in them."""
        edge = find_edge(self, state, asking)
        text = clean_text(self.text, edge.label, most=MOST_PUBLIC_TEXT)
        if without_phones(text) != text:
            raise PhoneInPublicText("公开说明里有电话号码，没有公开。请删去号码后再提交。")
        decision = advance(
            state,
            edge,
            asking=asking,
            known=known,
            reason=because(edge, text or "撤下，公众只看到类型和社区"),
            body={"text": text},
        )
        return replace(decision, corrected={"public_text": text or None})


@dataclass(frozen=True, slots=True)
class AskVoid(Reasoned):
    """申请作废: the duty chief decides."""

    action: ClassVar[str] = "ask_void"

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Mark the case for the duty chief, once."""
        return decide_reasoned(self, state, asking, known, is_void_asked=True)

    def check(self, state: CaseState, asking: Asking, known: Known) -> None:
        """Refuse a second application while the first waits."""
        if state.is_void_asked:
            raise AskedAlready("已有人申请作废，正等待值班长审批。")


@dataclass(frozen=True, slots=True)
class Appeal(Reasoned):
    """申诉超期: the department says why the lateness should not count; once."""

    action: ClassVar[str] = "appeal"

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Ask the leader; the fact of lateness stays as it is."""
        return decide_reasoned(self, state, asking, known, appeal="asked")

    def check(self, state: CaseState, asking: Asking, known: Known) -> None:
        """Refuse where nothing was late, and a second appeal."""
        if not state.is_overdue_handled:
            raise NotLate("该案件没有超期处置，不需要申诉。")
        if state.appeal is not None:
            raise AskedAlready("该案件已申诉过，每个案件只能申诉一次。")


@dataclass(frozen=True, slots=True)
class GrantAppeal(Reasoned):
    """申诉成立: evaluation leaves the lateness out."""

    action: ClassVar[str] = "grant_appeal"

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Set the exempt flag beside the raw fact."""
        return decide_reasoned(self, state, asking, known, appeal="granted", is_lateness_exempt=True)

    def check(self, state: CaseState, asking: Asking, known: Known) -> None:
        """Refuse where no appeal waits."""
        _need_appeal(state)


@dataclass(frozen=True, slots=True)
class RefuseAppeal(Reasoned):
    """申诉不成立: the lateness counts."""

    action: ClassVar[str] = "refuse_appeal"

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Answer the appeal."""
        return decide_reasoned(self, state, asking, known, appeal="refused")

    def check(self, state: CaseState, asking: Asking, known: Known) -> None:
        """Refuse where no appeal waits."""
        _need_appeal(state)


def _need_appeal(state: CaseState) -> None:
    if state.appeal != "asked":
        raise NothingAsked("该案件没有待处理的申诉。")
