"""Several reports of one problem: "me too", the end of a report that repeats another case, and its undoing.

A report that repeats a known case ends as the published table says of repeated ones (rows 5, 9 and 10) and
names the case; that case notes it, and its reporters are told of both.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar

from cases.rules.deciding import Asking, CaseState, Decision, Known, advance
from cases.rules.evidence import MOST_NAME, check_phone, check_photos, clean_text, without_phones
from cases.rules.intake import CONSENT_WORDS, consent_body
from cases.rules.stages import FINAL_STAGES, STAGE_NAMES, move
from cases.rules.steps import Photos, Reasoned, because, decide_reasoned, find_edge
from gis_core.errors import Refused

DUPLICATE = "duplicate"
REOPENED_WITHIN = timedelta(days=15)
MOST_REOPENINGS = 1


class BadMerge(Refused):
    """A merge with itself, with a case that is over, or for another reason than that it repeats one."""

    code = "bad_merge"


class NothingMerged(Refused):
    """An undoing of a merge that there was not."""

    code = "nothing_merged"


class TooLateToReopen(Refused):
    """The case was closed too long ago, or was opened again before."""

    code = "too_late_to_reopen"


@dataclass(frozen=True, slots=True)
class Ending(Reasoned):
    """The end of a report before any work; with `into`, because it repeats the case of that number."""

    into: str = ""

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """End it with the reason."""
        return decide_reasoned(self, state, asking, known, merged_into=self.into or None)

    def check(self, state: CaseState, asking: Asking, known: Known) -> None:
        """Refuse a case of reference beside another reason."""
        if self.into and self.reason_code != DUPLICATE:
            raise BadMerge("并入另一案件时，理由应选重复；请改选理由，或不填并入的案卷号。")

    def named(self) -> dict[str, Any]:
        """The case that it repeats."""
        return {"into": self.into} if self.into else {}


@dataclass(frozen=True, slots=True)
class Join:
    """并入反映: somebody else reports the same problem, or another case turns out to be it."""

    action: ClassVar[str] = "join"
    case_no: str = ""
    text: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    consent: str = ""
    photos: Photos = ()
    joined: int = 1

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Count it; the case goes on as it was."""
        if state.stage in FINAL_STAGES:
            raise BadMerge(f"该案件{STAGE_NAMES[state.stage]}，不能再并入；请另行受理。")
        edge = move(self.action, start=state.stage, by=asking.role)  # whoever has the case
        check_phone(self.contact_phone)
        clean_text(self.contact_name, "联系人", most=MOST_NAME)
        text = clean_text(self.text, "说明")
        words = f"案件 {self.case_no} 为同一问题" if self.case_no else "又有人反映同一问题"
        count = state.join_count + self.joined
        agreed = f"；{CONSENT_WORDS[self.consent]}" if self.consent else ""
        return advance(
            replace(state, join_count=count),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, f"{words}，共 {count + 1} 次反映{agreed}"),
            body={"case_no": self.case_no, "text": without_phones(text), **consent_body(self.consent)},
            photos=tuple(("join", photo) for photo in check_photos(self.photos)),
        )


@dataclass(frozen=True, slots=True)
class Part:
    """移出反映: a case that was merged into this one was another problem."""

    action: ClassVar[str] = "part"
    case_no: str
    joined: int = 1

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Count it no more."""
        edge = find_edge(self, state, asking)
        count = max(0, state.join_count - self.joined)
        return advance(
            replace(state, join_count=count),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, f"案件 {self.case_no} 不是同一问题，已撤出"),
            body={"case_no": self.case_no},
        )


@dataclass(frozen=True, slots=True)
class Unmerge(Reasoned):
    """撤销并案: the two were not the same; the report is accepted anew."""

    action: ClassVar[str] = "unmerge"

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Back to acceptance, on a fresh clock."""
        return decide_reasoned(self, state, asking, known, merged_into=None, criterion_code=None)

    def check(self, state: CaseState, asking: Asking, known: Known) -> None:
        """Refuse for a report that ended for itself."""
        if state.merged_into is None:
            raise NothingMerged("该案件没有并入别的案件，不需要撤销并案。")


@dataclass(frozen=True, slots=True)
class Reopen(Reasoned):
    """重新打开: the reporter says that it is not solved, once, soon after the case was closed."""

    action: ClassVar[str] = "reopen"

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Back to acceptance, with everything kept; what was late or excused before stays in the facts."""
        words = clean_text(self.reason, "理由")
        told = replace(self, reason=without_phones(words))
        decision = decide_reasoned(
            told, state, asking, known, reopen_count=state.reopen_count + 1, is_verified_true=None,
            is_recheck_passed=None, is_handled_at_once=False, made_safe_at=None, appeal=None,
            is_lateness_exempt=False,
        )  # fmt: skip
        return replace(decision, said=words if told.reason != words else "")

    def check(self, state: CaseState, asking: Asking, known: Known) -> None:
        """Refuse a second time, and after the days."""
        days = REOPENED_WITHIN.days
        if state.reopen_count >= MOST_REOPENINGS:
            raise TooLateToReopen("该案件已重新打开过一次；如仍有问题，请重新上报。")
        if state.closed_at is not None and asking.at > state.closed_at + REOPENED_WITHIN:
            raise TooLateToReopen(f"结案已超过 {days} 天，不能重新打开；如仍有问题，请重新上报。")


def counterpart(command: object, case_no: str, before: CaseState) -> tuple[str, "Join | Part"] | None:
    """What a step on a case does to another one, by number: merging and its undoing are noted there too."""
    many = 1 + before.join_count
    if isinstance(command, Ending) and command.into:
        return command.into, Join(case_no=case_no, joined=many)
    if isinstance(command, Unmerge) and before.merged_into is not None:
        return before.merged_into, Part(case_no=case_no, joined=many)
    return None
