"""Whose a case is by rules and register as they are now: asked at the report, and again until dispatch."""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from cases.reading import CaseDetail
from cases.rules.stages import FINAL_STAGES
from gis_core.crs import PlaneSystem
from gis_core.errors import CitygridError
from gis_core.places import LonLat
from grid.components import find_keeper
from grid.rules.locating import Located, Locator, locate_place
from grid.rules.responsibility import NO_KEEPER, Assignment, NoOneAnswers, Responsibilities, find_department


class Frame(Protocol):
    """Where the locator of the moment is found."""

    @property
    def locator(self) -> Locator:
        """The locator of the current version of the frame."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The department proposed for a case and why, with the rule and the version of the register in words.

    `was_name` is the department proposed before, where rules or register name another one now.
    """

    department_code: str
    department_name: str
    rule_id: str
    reason: str
    was_name: str = ""


@dataclass(frozen=True, slots=True)
class Answering:
    """Finds who answers for a type at a place; safe to share between threads."""

    rules: Responsibilities
    frame: Frame
    plane: PlaneSystem

    def find(
        self, session: Session, where: Located, kind: str, type_code: str, component_code: str | None
    ) -> Assignment | None:
        """Whose it is; of a component that is named, the register is asked who keeps it.

        None where nobody answers: the report stands all the same, and the dispatcher decides.
        """
        keeper = None
        if component_code is not None and kind == "component":
            keeper = find_keeper(session, component_code, type_code)
        try:
            return find_department(self.rules, where, kind, type_code, keeper or NO_KEEPER)
        except NoOneAnswers:
            return None

    def find_now(
        self, session: Session, place: LonLat, kind: str, type_code: str, component_code: str | None
    ) -> Assignment | None:
        """The same for a place in degrees; None also where the frame does not reach any more."""
        try:
            where = locate_place(self.frame.locator, self.plane, place)
        except CitygridError:
            return None
        return self.find(session, where, kind, type_code, component_code)

    def propose(self, session: Session, detail: CaseDetail) -> Proposal | None:
        """Who is proposed for a case: worked out anew until dispatch, then as it is on record."""
        s, kept = detail.summary, _on_record(detail)
        if s.department_code is not None or s.stage in FINAL_STAGES:
            return kept
        place = LonLat(s.lon, s.lat)
        now = self.find_now(session, place, s.kind, s.type_code, detail.component_code)
        if now is None:
            return kept
        code = now.organisation_code
        was = s.proposed_department_code
        return Proposal(
            department_code=code,
            department_name=self.rules.organisation_names.get(code, code),
            rule_id=now.rule_id,
            reason=now.reason,
            was_name="" if was in (None, code) else self.rules.organisation_names.get(was or "", was or ""),
        )


def _on_record(detail: CaseDetail) -> Proposal | None:
    """What the rule of responsibility said when it was asked last."""
    s = detail.summary
    told = [fact.body["proposed"] for fact in detail.facts if "proposed" in fact.body]
    if not told or not told[-1] or s.proposed_department_code is None:
        return None
    name = s.proposed_department_name or s.proposed_department_code
    return Proposal(s.proposed_department_code, name, told[-1]["rule"], told[-1]["reason"])
