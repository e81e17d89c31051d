"""A case as its sheet and its page show it: what is known, whose turn it is, what may be done now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from cases.following import Relative, list_relatives
from cases.reading import CaseDetail, CaseFact, CasePhoto, get_case
from cases.rules.asks import LONGEST_SUSPENSION
from cases.rules.deadlines import Running, stage_clock, working_of
from cases.rules.duplicates import Seen
from cases.rules.field_rules import ASKS_NOTHING, FieldAsk, FieldRules
from cases.rules.pairing import Pair, pair_of
from cases.rules.privacy import PURPOSES
from cases.rules.reasons import OTHER, REASONS
from cases.rules.sent_back import last_step_back
from cases.rules.stages import CLOCK_NAMES, STAGE_CLOCK, Transition
from cases.similar import Alike, list_alike
from cases.summaries import CaseSummary
from cases.whose import Proposal
from gis_core.clock import city_time
from gis_core.errors import CitygridError
from gis_core.places import LonLat
from grid.cameras.reading import Seeing
from grid.catalogue import CatalogueType
from grid.organisations import Organisation, list_organisations
from grid.rules.criteria import Criterion
from web.accounts.people import Person
from web.actions import role_for
from web.assignees import InspectorChoice, list_crews, list_inspectors
from web.camera_work import VIEWERS, list_cameras_of_case
from web.contacts import Masked, masked_contact
from web.faces.named_places import named_places
from web.faces.reporting import MajorShown, majors_of
from web.filters import DESKS, need_sight
from web.possible import moves_of
from web.wiring import Wiring


@dataclass(frozen=True, slots=True)
class ClockShown:
    """The clock of a case's stage and how its deadline comes about."""

    name: str
    clock: Running
    working: str


@dataclass(frozen=True, slots=True)
class PartChoice:
    """A type and the criteria under which a part of a case may be filed."""

    type: CatalogueType
    criteria: tuple[Criterion, ...]


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
    inspectors: tuple[InspectorChoice, ...]
    crews: tuple[Person, ...]
    proposal: Proposal | None
    contact: Masked | None
    at: datetime
    alikes: tuple[Alike, ...] = ()
    relatives: tuple[Relative, ...] = ()
    majors: tuple[MajorShown, ...] = ()
    parts: tuple[PartChoice, ...] = ()
    asked: Mapping[str, FieldAsk] = field(default_factory=dict)
    rules: FieldRules = ASKS_NOTHING
    cameras: tuple[Seeing, ...] | None = None

    @property
    def reasons(self) -> Mapping[str, Mapping[str, str]]:
        """Codes of reasons by action."""
        return REASONS

    @property
    def purposes(self) -> Mapping[str, str]:
        """What the contact may be looked at for."""
        return PURPOSES

    @property
    def today(self) -> date:
        """The day of the city on which the sheet is looked at."""
        return city_time(self.at).date()

    @property
    def tomorrow(self) -> date:
        """The day after."""
        return self.today + timedelta(days=1)

    @property
    def in_a_year(self) -> date:
        """The last day to which a case may be suspended."""
        return self.today + LONGEST_SUSPENSION

    @property
    def place(self) -> LonLat:
        """Where the case lies, in degrees."""
        return LonLat(self.detail.summary.lon, self.detail.summary.lat)

    @property
    def helping_names(self) -> tuple[str, ...]:
        """Departments that help."""
        return tuple(self.organisations.get(code, code) for code in self.detail.helping_codes)

    @property
    def step_back(self) -> CaseFact | None:
        """The step by which the case came back, while it matters."""
        return last_step_back(self.detail.facts)

    def reason_of(self, fact: CaseFact) -> tuple[str, str]:
        """Why a step back was taken: the name of its code, and what was written; either may be empty."""
        code = str(fact.body.get("reason_code") or OTHER)
        name = "" if code == OTHER else self.reasons.get(fact.action, {}).get(code, "")
        return name, str(fact.body.get("reason") or "")

    @property
    def pair(self) -> Pair[CasePhoto] | None:
        """A picture of the problem and one of the result, of the last step that has some, that look alike."""
        photos = self.detail.photos
        results = [photo for photo in photos if photo.role in ("after", "recheck")]
        last = [photo for photo in results if photo.fact_seq == results[-1].fact_seq]
        problem = [photo for photo in photos if photo.role == "before"]
        return pair_of(problem, last, 0.0 if self.rules.angle is None else self.rules.angle.declination_deg)


def get_sheet(session: Session, wiring: Wiring, case_no: str, person: Person, at: datetime) -> Sheet:
    """The sheet of a case. Raises CaseNotFound, NotYourCase."""
    detail = get_case(session, case_no, at, types=wiring.cases.types)
    need_sight(person, detail)
    summary = detail.summary
    organisations = list_organisations(session)
    possible = moves_of(person, detail, at)
    if not _has_two_steps(wiring, detail):
        possible = tuple(edge for edge in possible if edge.action != "make_safe")
    is_desk = person.may_act_as(*DESKS)
    actions = {edge.action for edge in possible}
    rules = wiring.cases.field_rules_on(at)
    needs_inspector = bool(actions & {"send_verification", "send_recheck"})
    return Sheet(
        detail=detail,
        place_names=place_names(session, wiring, summary.unit_grid_code),
        organisations={one.code: one.name for one in organisations},
        clock=_clock_of(wiring, detail),
        criterion=_criterion_of(wiring, detail),
        moves=possible,
        criteria=wiring.catalogue.criteria_of(summary.kind, summary.type_code) if "accept" in actions else (),
        departments=organisations if actions & {"dispatch", "add_helper"} else (),
        inspectors=list_inspectors(session, wiring, detail, at) if needs_inspector else (),
        crews=list_crews(session, person) if "assign" in actions else (),
        proposal=wiring.cases.answering.propose(session, detail),
        contact=masked_contact(person, detail),
        at=at,
        alikes=_alikes(session, wiring, detail, at) if actions & {"decline", "not_file", "void"} else (),
        relatives=list_relatives(session, summary, types=wiring.cases.types) if is_desk else (),
        majors=majors_of(wiring.catalogue) if "correct" in actions else (),
        parts=_part_choices(wiring) if "split" in actions else (),
        asked={action: _asked(rules, action, summary, person) for action in actions},
        rules=rules,
        cameras=_cameras(session, wiring, person, summary),
    )


def _cameras(
    session: Session, wiring: Wiring, person: Person, summary: CaseSummary
) -> tuple[Seeing, ...] | None:
    """The cameras that see the case, for posts that watch video; None for others."""
    if not person.may_act_as(*VIEWERS):
        return None
    return list_cameras_of_case(session, wiring, LonLat(summary.lon, summary.lat))


def _asked(rules: FieldRules, action: str, summary: CaseSummary, person: Person) -> FieldAsk:
    """What the city asks of a step of this person beside the table."""
    role = role_for(person, action)
    return rules.asks_of(action, role=role, kind=summary.kind, type_code=summary.type_code)


def _alikes(session: Session, wiring: Wiring, detail: CaseDetail, at: datetime) -> tuple[Alike, ...]:
    """Cases that this one may repeat."""
    s = detail.summary
    new = Seen(s.kind, s.type_code, detail.component_code, s.description, s.reported_at)
    point = wiring.plane.to_plane(LonLat(s.lon, s.lat))
    return list_alike(
        session,
        new,
        point,
        at=at,
        accuracy_m=detail.accuracy_m,
        besides=s.case_no,
        is_drill=s.is_drill,
        types=wiring.cases.types,
    )


def _part_choices(wiring: Wiring) -> tuple[PartChoice, ...]:
    """Every type with its filing criteria: what a part of a case may be."""
    catalogue = wiring.catalogue
    found = ((one, catalogue.criteria_of(one.kind, one.code)) for one in catalogue.types)
    return tuple(PartChoice(one, criteria) for one, criteria in found if criteria)


def place_names(session: Session, wiring: Wiring, grid_code: str) -> tuple[str, ...]:
    """District, street and community of a unit grid, by name."""
    names = named_places(session, wiring).divisions
    return tuple(names[code] for code in (grid_code[:6], grid_code[:9], grid_code[:12]) if code in names)


def _clock_of(wiring: Wiring, detail: CaseDetail) -> ClockShown | None:
    stage = detail.summary.stage
    running = stage_clock(stage, detail.clocks)
    if running is None or running.due_at is None:
        return None
    return ClockShown(CLOCK_NAMES[STAGE_CLOCK[stage]], running, told_working(wiring, running))


def told_working(wiring: Wiring, running: Running) -> str:
    """How a deadline comes about, in words."""
    try:
        return working_of(running, wiring.calendar)
    except CitygridError:
        return str(running.limit)  # the calendar of that year is not there any more


def _criterion_of(wiring: Wiring, detail: CaseDetail) -> Criterion | None:
    try:
        return wiring.catalogue.get_criterion(detail.criterion_code) if detail.criterion_code else None
    except CitygridError:
        return None  # a criterion of an earlier edition: the facts keep its words


def _has_two_steps(wiring: Wiring, detail: CaseDetail) -> bool:
    """Whether the case is to be made safe before it is repaired."""
    criterion = _criterion_of(wiring, detail)
    return criterion is not None and bool(criterion.then) and detail.made_safe_at is None
