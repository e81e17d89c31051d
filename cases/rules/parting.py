"""分案: a case of several problems, or of several departments' work, is split; the parent ends last."""

from dataclasses import dataclass
from typing import ClassVar

from cases.rules.deciding import Asking, CaseState, Decision, Known, advance
from cases.rules.evidence import clean_text, without_phones
from cases.rules.stages import opening_part
from cases.rules.steps import because, find_edge
from gis_core.errors import Refused
from gis_core.places import LonLat
from grid.rules.locating import Located
from grid.rules.responsibility import Assignment


class PartsOpen(Refused):
    """A case is to be closed whose parts are not over."""

    code = "parts_open"


@dataclass(frozen=True, slots=True)
class Split:
    """分案: one part with its own type, criterion and words, at the parent's place or its own."""

    action: ClassVar[str] = "split"
    kind: str
    type_code: str
    criterion_code: str
    text: str
    place: LonLat | None = None

    @property
    def type(self) -> str:
        """The type, as the table of stages asks for it."""
        return self.type_code

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Note on the parent what is split off."""
        text = clean_text(self.text, "分案说明")
        edge = find_edge(self, state, asking)
        name = known.get_type_name(self.kind, self.type_code)
        known.get_criterion(self.criterion_code, kind=self.kind, type_code=self.type_code)
        return advance(
            state,
            edge,
            asking=asking,
            known=known,
            reason=because(edge, f"分出“{name}”：{text}"),
            body={"kind": self.kind, "type": self.type_code, "text": text},
        )


def open_part(
    split: Split,
    parent_no: str,
    asking: Asking,
    known: Known,
    *,
    state: CaseState,
    where: Located,
    whose: Assignment | None,
) -> Decision:
    """The first decision on a part: at the stage of its parent, whose `state` is given."""
    edge = opening_part(asking.role)
    criterion = known.get_criterion(split.criterion_code, kind=split.kind, type_code=split.type_code)
    text = clean_text(split.text, "分案说明")
    part = CaseState(
        stage=edge.ends_at(None),
        kind=split.kind,
        type_code=split.type_code,
        reported_at=state.reported_at,
        stage_since=asking.at,
        criterion_code=criterion.code,
        reporter_id=state.reporter_id,
        filed_at=asking.at if edge.end == "filed" else None,
    )
    name = known.get_type_name(split.kind, split.type_code)
    return advance(
        part,
        edge,
        asking=asking,
        known=known,
        reason=because(edge, f"由 {parent_no} 分出“{name}”；{where.reason.rstrip('。；')}"),
        body={
            "parent": parent_no,
            "kind": split.kind,
            "type": split.type_code,
            "criterion": criterion.code,
            "description": without_phones(text),
            "unit_grid": where.unit_grid_code,
            "frame_version": where.frame_version,
            "pulled_m": where.pulled_m,
            "proposed": whose
            and {"department": whose.organisation_code, "rule": whose.rule_id, "reason": whose.reason},
        },
    )
