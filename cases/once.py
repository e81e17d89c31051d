"""Steps that a phone sends under a number of its own: sent twice, taken once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from cases.tables import TakenStepRow
from gis_core.errors import BadInput, Conflict

OUTSIDE_STEPS = frozenset({"reply_verification", "reply_recheck", "finish", "make_safe", "report_help"})
"""Steps that are taken outside, where the page may be hours old when they are sent."""
SIDE_STEPS = frozenset({"join", "urge", "supervise", "publish"})
"""Steps that change nothing of what somebody outside answers: others joined, urged, or told the public."""


def holds_after(action: str, meanwhile: Sequence[str]) -> bool:
    """Whether a step that a phone kept for hours still holds after what happened meanwhile.

    >>> holds_after("reply_recheck", ["join", "urge"]), holds_after("reply_recheck", ["reply_recheck"])
    (True, False)
    >>> holds_after("finish", []), holds_after("dispatch", ["join"])
    (False, False)
    """
    return action in OUTSIDE_STEPS and bool(meanwhile) and SIDE_STEPS.issuperset(meanwhile)


class TakenBefore(Conflict):
    """The step was taken when it was sent the first time; nothing is to be done."""

    code = "taken_before"


class NumberReused(BadInput):
    """The number of a step belongs to another step."""

    code = "client_id_reused"


@dataclass(frozen=True, slots=True)
class Numbered:
    """The number under which somebody sends a step of a case that this transaction holds."""

    client_id: UUID
    case_id: int
    action: str


def need_new(session: Session, step: Numbered, asking: Asking) -> None:
    """Let a step pass that was not taken yet.

    :raises TakenBefore: when it was; NumberReused when its number is another step's or another person's.
    """
    known = session.execute(
        select(TakenStepRow.case_id, TakenStepRow.action, TakenStepRow.person_id).where(
            TakenStepRow.client_id == step.client_id
        )
    ).one_or_none()
    if known is None:
        return
    if tuple(known) != (step.case_id, step.action, asking.person_id):
        raise NumberReused("这份办理的编号已用于另一件事，没有写入任何内容。请重新填写后提交。")
    raise TakenBefore("这一步在第一次发送时已经办理，不用再发。")


def note_taken(session: Session, step: Numbered, asking: Asking, *, fact_seq: int) -> None:
    """Keep the number of a step in the transaction that takes it."""
    values = {"case_id": step.case_id, "fact_seq": fact_seq, "action": step.action}
    session.execute(
        insert(TakenStepRow).values(
            client_id=step.client_id, person_id=asking.person_id, at=asking.at, **values
        )
    )


def forget_taken(session: Session, before: datetime, *, is_dry: bool = False) -> int:
    """Forget numbers of steps taken before a moment; answers how many; dry, only counts."""
    old = TakenStepRow.at < before
    n = session.scalar(select(func.count()).select_from(TakenStepRow).where(old)) or 0
    if n and not is_dry:
        session.execute(delete(TakenStepRow).where(old))
    return n
