"""A fact: one thing that happened to a case, as the journal seals it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.rules.deciding import Asking, Decision
from gis_core.journal import FIRST, Entry, seal


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened to a case, by whom and why; `seq` counts from 1 within the case."""

    case_id: int
    seq: int
    at: datetime
    by_person_id: int | None
    by_name: str
    by_role: str
    by_organisation_code: str | None
    transition_no: int
    action: str
    from_stage: str | None
    to_stage: str
    reason: str
    body: Mapping[str, Any]

    def content(self) -> dict[str, object]:
        """Everything that the hash covers; the case's number is not part of it, for it comes last."""
        return {
            "case_id": self.case_id,
            "seq": self.seq,
            "at": self.at,
            "by_person_id": self.by_person_id,
            "by_name": self.by_name,
            "by_role": self.by_role,
            "by_organisation_code": self.by_organisation_code,
            "transition_no": self.transition_no,
            "action": self.action,
            "from_stage": self.from_stage,
            "to_stage": self.to_stage,
            "reason": self.reason,
            "body": dict(self.body),
        }

    def sealed(self, prev_hash: bytes = FIRST) -> Entry:
        """The fact as an entry of the case's chain, after the one with `prev_hash`."""
        content = self.content()
        return Entry(self.seq, content, prev_hash, seal(content, prev_hash))


def fact_of(decision: Decision, asking: Asking, *, case_id: int, seq: int, from_stage: str | None) -> Fact:
    """The fact that keeps a decision."""
    return Fact(
        case_id=case_id,
        seq=seq,
        at=asking.at,
        by_person_id=asking.person_id,
        by_name=asking.name,
        by_role=asking.role,
        by_organisation_code=asking.organisation_code,
        transition_no=decision.edge.no,
        action=decision.edge.action,
        from_stage=from_stage,
        to_stage=decision.stage,
        reason=decision.reason,
        body=decision.body,
    )
