"""What every step goes through: the row of the table, whose the case is, evidence, the reason in words."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

from cases.rules.deciding import (
    Asking,
    Assignee,
    CaseState,
    Decision,
    Known,
    NotYours,
    advance,
)
from cases.rules.evidence import StoredPhoto, check_photos, clean_text, need_evidence, need_same_place
from cases.rules.on_site import OwnPosition
from cases.rules.proof import Proof, Shown, prove
from cases.rules.reasons import OTHER, reason_words
from cases.rules.stages import Transition, move
from grid.rules.criteria import Limit

Photos = tuple[StoredPhoto, ...]


class Command(Protocol):
    """A wish to move a case."""

    action: ClassVar[str]

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """The decision, or a refusal."""


class FieldStep(Command, Protocol):
    """A wish that comes from the street with pictures and, from a phone, with one's own position."""

    @property
    def photos(self) -> Photos:
        """What was photographed."""

    @property
    def position(self) -> OwnPosition | None:
        """Where who takes the step stands."""


def find_edge(command: Command, state: CaseState, asking: Asking) -> Transition:
    """The row of the table for this wish: stage and post first, then whose it is, then the evidence."""
    edge = move(command.action, start=state.stage, by=asking.role)
    _need_own(state, asking)
    need_evidence(edge, command)
    return edge


def _need_own(state: CaseState, asking: Asking) -> None:
    """Refuse people of the field who act on what was not given to them; desks act on everything."""
    if asking.role in ("department", "crew") and asking.organisation_code != state.department_code:
        raise NotYours("该案件没有派给您所在的部门。")
    if asking.role == "crew" and state.crew_id not in (None, asking.person_id):
        raise NotYours("该案件指派给了其他处置人员。")
    if asking.role == "inspector" and state.inspector_id != asking.person_id:
        raise NotYours("该任务没有交给您。")


def prove_step(command: FieldStep, edge: Transition, state: CaseState, asking: Asking, known: Known) -> Proof:
    """The pictures and the position of a step, judged: at the case, near and far, from the same angle.

    Raises TooManyPhotos, PhotoElsewhere, and what `prove` raises.
    """
    photos = check_photos(command.photos)
    need_same_place(photos, known.stage_limits.same_place_m)
    shown = Shown(edge.action, edge.label, photos, command.position, known.earlier)
    asked = known.asks_of(edge.action, role=asking.role, kind=state.kind, type_code=state.type_code)
    return prove(shown, asked, known.field_rules)


def because(edge: Transition, reason: str) -> str:
    """The reason of a decision, begun by what is done."""
    return f"{edge.label}：{reason.rstrip('。；')}"


@dataclass(frozen=True, slots=True)
class Reasoned:
    """A wish that says why: a code of `REASONS` and words, of which `other` needs some."""

    action: ClassVar[str]
    reason: str = ""
    reason_code: str = OTHER

    def explained(self) -> tuple["Reasoned", str]:
        """The wish with its words cleaned, and what its reason says in whole."""
        text = clean_text(self.reason, "理由")
        words = reason_words(self.action, self.reason_code, text)
        return replace(self, reason=words), words

    def check(self, state: CaseState, asking: Asking, known: Known) -> None:
        """Refuse what the table alone cannot see; stage, post and evidence are right already."""

    @property
    def reason_body(self) -> dict[str, Any]:
        """What the fact keeps of the reason."""
        return {"reason": clean_text(self.reason, "理由"), "reason_code": self.reason_code, **self.named()}

    def named(self) -> dict[str, Any]:
        """What else the fact keeps of this wish."""
        return {}


def decide_reasoned(
    command: Reasoned, state: CaseState, asking: Asking, known: Known, **changes: Any
) -> Decision:
    """Decide a wish that needs nothing but its reason; `changes` are those of the state."""
    explained, words = command.explained()
    edge = find_edge(explained, state, asking)  # type: ignore[arg-type]  # its subclasses decide
    command.check(state, asking, known)
    return advance(
        replace(state, **changes),
        edge,
        asking=asking,
        known=known,
        reason=because(edge, words),
        body=command.reason_body,
    )


def task_body(person: Assignee, note: str) -> dict[str, object]:
    """What the fact keeps of a task that is given to somebody."""
    return {"to_person_id": person.person_id, "note": clean_text(note, "说明")}


def limit_body(limit: Limit) -> list[object]:
    """A limit as facts keep it."""
    return [limit.value, limit.unit]
