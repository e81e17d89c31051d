"""A case as its sheet and its page show it: what is known, whose turn it is, what may be done now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from cases.reading import CaseDetail, CasePhoto, get_case
from cases.rules.deadlines import Running, stage_clock, working
from cases.rules.stages import CLOCK_NAMES, STAGE_CLOCK, Transition, moves
from gis_core.errors import CitygridError
from grid.organisations import Organisation, list_organisations
from grid.reading import list_division_names
from grid.rules.criteria import Criterion
from web.accounts.people import Person
from web.accounts.reading import list_people
from web.filters import may_see_contact, need_sight
from web.wiring import Wiring


@dataclass(frozen=True, slots=True)
class ClockShown:
    """The clock of a case's stage and how its deadline comes about."""

    name: str
    clock: Running
    working: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A case and what the person who looks at it may do."""

    detail: CaseDetail
    place_names: tuple[str, ...]
    organisations: Mapping[str, str]
    clock: ClockShown | None
    criterion: Criterion | None
    moves: tuple[Transition, ...]
    criteria: tuple[Criterion, ...]
    departments: tuple[Organisation, ...]
    inspectors: tuple[Person, ...]
    crews: tuple[Person, ...]
    proposal: str
    shows_contact: bool

    @property
    def before(self) -> CasePhoto | None:
        """The first photo of the problem."""
        return next((photo for photo in self.detail.photos if photo.role == "before"), None)

    @property
    def after(self) -> CasePhoto | None:
        """The last photo of the result."""
        shown = [photo for photo in self.detail.photos if photo.role in ("after", "recheck")]
        return shown[-1] if shown else None

    def photos_of(self, seq: int) -> tuple[CasePhoto, ...]:
        """The photos that came with a fact."""
        return tuple(photo for photo in self.detail.photos if photo.fact_seq == seq)


def get_sheet(session: Session, wiring: Wiring, case_no: str, person: Person, at: datetime) -> Sheet:
    """The sheet of a case. Raises CaseNotFound, NotYourCase."""
    detail = get_case(session, case_no, at, types=wiring.cases.types)
    need_sight(person, detail)
    summary = detail.summary
    organisations = list_organisations(session)
    possible = moves_of(person, detail)
    actions = {edge.action for edge in possible}
    needs_inspector = bool(actions & {"send_verification", "send_recheck"})
    return Sheet(
        detail=detail,
        place_names=place_names(session, wiring, summary.unit_grid_code),
        organisations={one.code: one.name for one in organisations},
        clock=_clock_of(wiring, detail),
        criterion=_criterion_of(wiring, detail),
        moves=possible,
        criteria=wiring.catalogue.criteria_of(summary.kind, summary.type_code) if "accept" in actions else (),
        departments=organisations if "dispatch" in actions else (),
        inspectors=list_people(session, "inspector") if needs_inspector else (),
        crews=_crews(session, person) if "assign" in actions else (),
        proposal=_proposal_of(detail),
        shows_contact=may_see_contact(person) and bool(detail.contact_name or detail.contact_phone),
    )


def moves_of(person: Person, detail: CaseDetail) -> tuple[Transition, ...]:
    """The buttons: what the person's posts may do to the case now, tasks only for whoever has them."""
    summary = detail.summary
    found: dict[int, Transition] = {}
    for role in sorted(person.roles):
        if role in ("department", "crew") and summary.department_code != person.organisation_code:
            continue
        if role == "crew" and summary.crew_id not in (None, person.id):
            continue
        if role == "inspector" and summary.inspector_id != person.id:
            continue
        found |= {edge.no: edge for edge in moves(summary.stage, role)}
    return tuple(edge for _, edge in sorted(found.items()) if _makes_sense(edge, detail))


def _makes_sense(edge: Transition, detail: CaseDetail) -> bool:
    """Leave out buttons that a rule is certain to refuse."""
    if edge.action == "self_handle":
        return detail.summary.is_handled_at_once
    if edge.action == "accept":
        return detail.is_verified_true is not False
    if edge.action == "close":
        return bool(detail.is_recheck_passed)
    return True


def place_names(session: Session, wiring: Wiring, grid_code: str) -> tuple[str, ...]:
    """District, street and community of a unit grid, by name."""
    names = _division_names(session, wiring)
    return tuple(names[code] for code in (grid_code[:6], grid_code[:9], grid_code[:12]) if code in names)


def _division_names(session: Session, wiring: Wiring) -> Mapping[str, str]:
    version = wiring.map_facts().version
    cached = _NAMES.get(version)
    if cached is None:
        cached = list_division_names(session)
        _NAMES.clear()
        _NAMES[version] = cached
    return cached


_NAMES: dict[int, Mapping[str, str]] = {}
"""Names of divisions at the newest version of the frame."""


def _clock_of(wiring: Wiring, detail: CaseDetail) -> ClockShown | None:
    stage = detail.summary.stage
    running = stage_clock(stage, detail.clocks)
    if running is None or running.due_at is None:
        return None
    return ClockShown(CLOCK_NAMES[STAGE_CLOCK[stage]], running, _working(wiring, running))


def _working(wiring: Wiring, running: Running) -> str:
    try:
        return working(running.limit, running.started_at, wiring.calendar)
    except CitygridError:
        return str(running.limit)  # the calendar of that year is not there any more


def _criterion_of(wiring: Wiring, detail: CaseDetail) -> Criterion | None:
    try:
        return wiring.catalogue.get_criterion(detail.criterion_code) if detail.criterion_code else None
    except CitygridError:
        return None  # a criterion of an earlier edition: the facts keep its words


def _crews(session: Session, person: Person) -> tuple[Person, ...]:
    return list_people(session, "crew", organisation_code=person.organisation_code)


def _proposal_of(detail: CaseDetail) -> str:
    """The sentence in which the rule of responsibility gave its reason, from the first fact."""
    proposed = detail.facts[0].body.get("proposed") if detail.facts else None
    return proposed.get("reason", "") if proposed else ""
