"""What is added to a case beside its table: remarks of other systems, scores of reporters. Facts that move
nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from cases import store
from cases.reading import CaseFact, list_facts
from cases.rules.deciding import Asking
from cases.rules.evidence import EvidenceMissing, clean_text, without_phones
from cases.rules.facts import Fact
from cases.rules.stages import RATING, REMARK, Transition
from gis_core.db import Sessions
from gis_core.errors import BadInput, Refused

Told = tuple[str, Mapping[str, object]]
"""The reason and the body of a fact."""
MOST_REMARKS = 50
"""Of one case."""


class RemarkDiffers(BadInput):
    """The remark with this number was kept before, with other words."""

    code = "remark_differs"


class TooManyRemarks(Refused):
    """The case has as many remarks as a desk can read; more would only bury its story."""

    code = "too_many_remarks"


@dataclass(frozen=True, slots=True)
class Remark:
    """补充说明: words about a case from another system; `remark_id` is made by the sender.

    `status` is what the sender calls the state of the problem; it decides nothing here.
    """

    remark_id: UUID
    case_no: str
    text: str
    status: str = ""
    reference: str = ""


def add_remark(sessions: Sessions, remark: Remark, asking: Asking) -> bool:
    """Keep a remark as a fact of its case; False when it is there already.

    Raises CaseNotFound, EvidenceMissing without words, TextTooLong, BadText, TooManyRemarks, RemarkDiffers
    when the same number brought other words before; nothing is written then.
    """
    said = clean_text(remark.text, REMARK.label)
    words = without_phones(said)  # facts cannot be changed: numbers are kept beside them
    if not words:
        raise EvidenceMissing("补充说明须填写内容。", missing="text")
    with sessions.begin() as session:
        held = store.lock(session, remark.case_no)
        remarks = [fact for fact in list_facts(session, held.case_id) if fact.action == REMARK.action]
        known = _find(remarks, remark.remark_id)
        if known is not None:
            if known.body["text"] != words:
                raise RemarkDiffers("这个编号的补充说明已经收到，内容不同。没有写入任何内容，请换一个编号。")
            return False
        if len(remarks) >= MOST_REMARKS:
            raise TooManyRemarks(f"案件已有 {MOST_REMARKS} 条补充说明，不再接收。请致电城管热线。")
        body = {
            "remark_id": str(remark.remark_id),
            "text": words,
            "status": remark.status,
            "reference": remark.reference,
        }
        seq = _add(session, held, REMARK, asking, (_reason(words, remark.status), body))
        if said != words:
            store.add_words(session, held.case_id, seq, said)
    return True


def add_score(session: Session, case_no: str, own_no: str, score: int, asking: Asking) -> None:
    """Keep as a fact what the reporter of `own_no`, which may be merged into this case, thinks of the result.

    The words beside the score are no part of it: they can be taken out, facts cannot.
    """
    own = f"（案件 {own_no} 的反映人）" if own_no != case_no else ""
    held = store.lock(session, case_no)
    told = f"{RATING.label}{own}：{score} 分", {"score": score, "case_no": own_no}
    _add(session, held, RATING, asking, told)


def _add(
    session: Session,
    held: store.Locked,
    row: Transition,
    asking: Asking,
    told: tuple[str, Mapping[str, object]],
) -> int:
    """Write the fact, its reason and body `told`, at the end of the case's chain; answers its place there."""
    stage = held.state.stage
    fact = Fact(
        case_id=held.case_id,
        seq=held.revision + 1,
        at=asking.at,
        by_person_id=asking.person_id,
        by_name=asking.name,
        by_role=asking.role,
        by_organisation_code=asking.organisation_code,
        transition_no=row.no,
        action=row.action,
        from_stage=stage,
        to_stage=stage,
        reason=told[0],
        body=dict(told[1]),
    )
    entry = fact.sealed(held.last_hash)
    store.add_facts(session, [entry])
    store.note_fact(session, held, entry.hash)
    return fact.seq


def _find(remarks: Iterable[CaseFact], remark_id: UUID) -> CaseFact | None:
    return next((one for one in remarks if one.body.get("remark_id") == str(remark_id)), None)


def _reason(words: str, status: str) -> str:
    said = f"（对方系统的状态：{status}）" if status else ""
    return f"{REMARK.label}{said}：{words}"
