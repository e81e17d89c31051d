"""Everything that changes a case, one transaction each: a report comes in, a case moves."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cases import store
from cases.arriving import Arrival, Joined, Parted, Receipt, new_track_code, on_grain, settle
from cases.conditions import plain
from cases.evidence_rules import load_field_rules
from cases.filtering import TypeNames
from cases.limits import load_stage_limits
from cases.measuring import Measuring
from cases.notices.telling import Subject, Teller
from cases.notices.wording import NoticeBook
from cases.once import Numbered, holds_after, need_new, note_taken
from cases.photos import PhotoStore
from cases.privacy_rules import load_privacy
from cases.reading import (
    CaseFact,
    CaseNotFound,
    Kept,
    get_kept,
    list_due_suspensions,
    list_facts,
    list_photos,
)
from cases.rules.commands import (
    Close,
    Command,
    Correct,
    Dispatch,
    Join,
    Resume,
    Split,
    Unmerge,
    named_person_id,
)
from cases.rules.correcting import Said
from cases.rules.deciding import Asking, Decision, Known, StageLimits
from cases.rules.evidence import StoredPhoto, clean_text
from cases.rules.facts import fact_of
from cases.rules.field_rules import FieldRules
from cases.rules.intake import Report, check_report, open_case
from cases.rules.joining import BadMerge, Ending, counterpart
from cases.rules.parting import open_part
from cases.rules.proof import AFTER_STEPS
from cases.rules.stages import ROLE_NAMES, STAGE_NAMES, action_label
from cases.rules.worktime import WorkCalendar, day_text
from cases.whose import Answering, Frame
from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.errors import BadInput, Conflict, Refused
from gis_core.places import LonLat
from grid.catalogue import Catalogue
from grid.city import City
from grid.rules.locating import Located, locate_place
from grid.rules.responsibility import Assignment, Responsibilities

log = logging.getLogger(__name__)


class StalePage(Conflict):
    """The case moved on after the page was drawn; the message says what happened meanwhile."""

    code = "stale_page"


class PhotoMissing(BadInput):
    """A photo is named that the photo store does not hold."""

    code = "photo_missing"


@dataclass(slots=True)
class Cases:
    """The operations on cases, wired once; safe to share between threads."""

    sessions: Sessions
    frame: Frame
    city: City
    catalogue: Catalogue
    calendar: WorkCalendar
    rules: Responsibilities
    photos: PhotoStore
    plane: PlaneSystem
    types: TypeNames = field(init=False)
    teller: Teller = field(init=False)
    answering: Answering = field(init=False)
    _known: Known = field(init=False)
    _measuring: Measuring = field(init=False)
    _limits_on: Callable[[date], StageLimits] = field(init=False)
    _field_rules_on: Callable[[date], FieldRules] = field(init=False)

    def __post_init__(self) -> None:
        self.types = {(one.kind, one.code): one.name for one in self.catalogue.types}
        self.answering = Answering(self.rules, self.frame, self.plane)
        private = {(one.kind, one.code) for one in load_privacy(self.city).private_types}
        self.teller = Teller.of(
            NoticeBook.load(self.city), self.catalogue, self.rules.organisation_names, private
        )
        self._limits_on = lru_cache(maxsize=64)(lambda on: load_stage_limits(self.city, on))
        self._measuring = Measuring(self.city, self.plane)
        self._field_rules_on = lru_cache(maxsize=64)(lambda on: load_field_rules(self.city, on))
        self._known = Known(
            calendar=self.calendar,
            stage_limits=StageLimits({}, 0, 0, ""),
            types=self.types,
            criteria={
                criterion.code: criterion
                for kind, code in self.types
                for criterion in self.catalogue.criteria_of(kind, code)
            },
            departments=self.rules.organisation_names,
        )

    def known_on(self, asking: Asking) -> Known:
        """The rules of the city in force when somebody asks."""
        on = city_time(asking.at).date()
        return replace(self._known, stage_limits=self._limits_on(on), field_rules=self._field_rules_on(on))

    def field_rules_on(self, at: datetime) -> FieldRules:
        """What the city asks of work outside at a moment."""
        return self._field_rules_on(city_time(at).date())

    def report(self, command: Report, asking: Asking) -> Receipt:
        """Take a report in, once for each client id.

        Raises what `check_report` raises, OutsideFrame with the distance to the nearest grid, PhotoMissing;
        nothing is written then.
        """
        arrival = self.judge(command, asking)
        try:
            with self.sessions.begin() as session:
                case_id, known_id = store.take_case_id(session, command.client_id, is_drill=command.is_drill)
                if known_id is None:
                    case_no, code = self._write(session, arrival, case_id)
        except IntegrityError as problem:
            if "uq_case_client_id" not in str(problem.orig):
                raise
            return self._repeated(command)  # the same report came in twice at once, and the other one won
        if known_id is not None:
            return self._repeated(command)
        return self._receipt(arrival, case_no, code)

    def judge(self, command: Report, asking: Asking) -> Arrival:
        """Decide on a report without writing it; raises what `report` raises."""
        known = self.known_on(asking)
        check_report(command, asking, known)
        self._need_stored((*command.photos, *command.after_photos))
        place = self.city.read_place(command.place, command.system)
        placed = replace(command, place=place, system="EPSG:4490")
        point = on_grain(self.plane.to_plane(placed.place))
        placed = self._measuring.measured(placed, point)
        where = locate_place(self.frame.locator, self.plane, placed.place)
        whose = self._find_department(where, command)
        decision = open_case(placed, asking, known, where=where, whose=whose)
        return Arrival(placed, asking, decision, point, where, whose)

    def perform(
        self,
        case_no: str,
        command: Command,
        asking: Asking,
        seen_revision: int | None,
        client_id: UUID | None = None,
    ) -> Decision:
        """Move a case, or refuse; all of it or nothing. A merge is noted on the other case, too.

        `seen_revision` is that of the page acted on; None for a step that holds whatever has happened since.
        `client_id` is the number that a phone gave the step, under which it is taken once.

        Raises CaseNotFound, TakenBefore for a step sent again, StalePage when the case has moved since
        `seen_revision` in a way that matters to the step, and what the command's `decide` raises.
        """
        with self.sessions.begin() as session:
            held, *others = store.lock_all(session, [case_no, *self._others(session, case_no, command)])
            if any(one.is_drill != held.is_drill for one in others):
                raise BadMerge("演练案件与真实案件不能相互并入。请核对要并入的案卷号。")
            _need_inside(held, asking)
            step = client_id and Numbered(client_id, held.case_id, command.action)
            if step:
                need_new(session, step, asking)
            if seen_revision is not None and held.revision != seen_revision:
                meanwhile = list_facts(session, held.case_id, after=seen_revision)
                if not (step and holds_after(command.action, [fact.action for fact in meanwhile])):
                    raise _stale(command, meanwhile)
            decision = self._step(session, held, command, asking)
            other = counterpart(command, held.case_no, held.state)
            if other is not None and others:
                self._step(session, others[0], other[1], replace(asking, role="system"))
            if step:
                note_taken(session, step, asking, fact_seq=held.revision + 1)
        return decision

    def join(self, case_no: str, command: Join, asking: Asking, client_id: UUID) -> Joined:
        """Note that somebody else reports the same problem, once for each client id; whatever its revision.

        Raises CaseNotFound, BadMerge when the case is over, and what `Join.decide` raises.
        """
        with self.sessions.begin() as session:
            held = store.lock(session, case_no)
            _need_inside(held, asking)
            known = store.find_joined(session, client_id)
            if known is not None:
                return Joined(*known, is_repeat=True)
            self._step(session, held, command, asking)
            new = store.NewJoined(
                case_id=held.case_id,
                fact_seq=held.revision + 1,
                client_id=client_id,
                at=asking.at,
                source=asking.role,
                person_id=asking.person_id,
                contact_name=command.contact_name.strip(),
                contact_phone=command.contact_phone.strip(),
                text=command.text.strip(),
                track_code=new_track_code(),
            )
            store.add_joined(session, new)
        return Joined(held.case_no, new.track_code, is_repeat=False)

    def split(self, case_no: str, command: Split, asking: Asking, seen_revision: int) -> Parted:
        """Split a part off a case; the part is a case of its own at the stage of its parent.

        Raises what `perform` raises, and OutsideFrame for a place of its own outside the frame.
        """
        with self.sessions.begin() as session:
            held = store.lock(session, case_no)
            if held.revision != seen_revision:
                raise _stale(command, list_facts(session, held.case_id, after=seen_revision))
            decision = self._step(session, held, command, asking)
            place = self._place_of(held) if command.place is None else command.place
            arrival = self._judge_part(held, command, asking, place)
            case_id, _ = store.take_case_id(session, arrival.report.client_id, is_drill=held.is_drill)
            case_no, code = self._write(session, arrival, case_id, parent_no=held.case_no)
        return Parted(decision, self._receipt(arrival, case_no, code))

    def _judge_part(self, held: store.Locked, command: Split, asking: Asking, place: LonLat) -> Arrival:
        """The part as a report of its own, with its first decision."""
        where = locate_place(self.frame.locator, self.plane, place)
        report = Report(
            client_id=uuid4(),
            kind=command.kind,
            type_code=command.type_code,
            place=place,
            description=clean_text(command.text, "分案说明"),
            place_text=held.place_text,
            source=held.source,
            is_synthetic=held.is_synthetic,
            is_drill=held.is_drill,
        )
        whose = self._find_department(where, report)
        decision = open_part(
            command, held.case_no, asking, self.known_on(asking), state=held.state, where=where, whose=whose
        )
        return Arrival(report, asking, decision, on_grain(self.plane.to_plane(place)), where, whose)

    def _others(self, session: Session, case_no: str, command: Command) -> list[str]:
        """Numbers of other cases that a command changes, to be locked with its own.

        :raises BadMerge: when a case is to be merged into itself.
        """
        if isinstance(command, Ending) and command.into:
            if plain(command.into) == plain(case_no):
                raise BadMerge("案件不能并入自己，请核对要并入的案卷号。")
            return [command.into]
        if isinstance(command, Unmerge):
            merged_into = store.find_merged_into(session, case_no)
            return [] if merged_into is None else [merged_into]
        return []

    def _step(self, session: Session, held: store.Locked, command: Command, asking: Asking) -> Decision:
        """Decide on a case that this transaction holds, and write the fact, its photos and the row."""
        known = self._known_for(session, held, command, asking)
        looked_up = self._looked_up(session, self._measuring.measured(command, held.point), held)
        decision = looked_up.decide(held.state, asking, known)
        self._need_stored(photo for _, photo in decision.photos)
        seq = held.revision + 1
        fact = fact_of(decision, asking, case_id=held.case_id, seq=seq, from_stage=held.state.stage)
        entry = fact.sealed(held.last_hash)
        store.add_facts(session, [entry])
        found = self._measuring.found(decision.photos)
        store.add_photos(session, found, case_id=held.case_id, seq=seq, srid=self.plane.srid)
        store.move_case(session, held, decision, entry.hash)
        if decision.corrected:
            self._correct(session, held, decision)
        if decision.said:
            store.add_words(session, held.case_id, seq, decision.said)
        subject = Subject(held.case_id, seq, held.place_text, held.unit_grid_code)
        if not held.is_drill:
            self.teller.tell_step(session, subject, held.state, decision, asking)
        return decision

    def _correct(self, session: Session, held: store.Locked, decision: Decision) -> None:
        place = decision.corrected.get("place")
        point = None if place is None else on_grain(self.plane.to_plane(place))
        store.correct_case(session, held.case_id, decision.corrected, point)

    def _looked_up(self, session: Session, command: Command, held: store.Locked) -> Command:
        """A command with what it asks of the frame and of the register."""
        if isinstance(command, Correct):
            return self._with_place(session, command, held)
        return self._with_proposal(session, command, held) if isinstance(command, Dispatch) else command

    def _with_proposal(self, session: Session, command: Dispatch, held: store.Locked) -> Dispatch:
        """A dispatch with whose the case is by rules and register as they are now, and whose it was."""
        state = held.state
        whose = self.answering.find_now(
            session, self._place_of(held), state.kind, state.type_code, held.component_code
        )
        return replace(command, whose=whose, was_proposed=held.proposed_department_code)

    def _with_place(self, session: Session, command: Correct, held: store.Locked) -> Correct:
        """A correction with what the report says now, and whose the place is as corrected."""
        said = Said(self._place_of(held), held.description, held.place_text)
        place = command.place and self.city.read_place(command.place, "EPSG:4490")
        where = locate_place(self.frame.locator, self.plane, place or said.place)
        kind, type_code = command.kind or held.state.kind, command.type_code or held.state.type_code
        whose = self.answering.find(session, where, kind, type_code, held.component_code)
        return replace(command, said=said, place=place, where=where, whose=whose)

    def _place_of(self, held: store.Locked) -> LonLat:
        return self.plane.to_lonlat(held.point)

    def resume_due(self, at: datetime) -> int:
        """Let suspended cases go on whose day has come; answers how many. One that somebody moves waits."""
        with self.sessions() as session:
            due = list_due_suspensions(session, at)
        resumed = 0
        for case_no, revision in due:
            try:
                self.perform(case_no, Resume(), Asking(at, None, "系统", "system"), revision)
            except (Conflict, Refused) as problem:
                log.info("case %s is not resumed: %s", case_no, problem)
            else:
                resumed += 1
        return resumed

    def _write(
        self, session: Session, arrival: Arrival, case_id: int, *, parent_no: str | None = None
    ) -> tuple[str, str]:
        """Fact, photos and, last, the row with its number; answers the number and the track code."""
        decision, srid = arrival.decision, self.plane.srid
        entry, settled = settle(arrival, case_id)
        settled = replace(settled, new=replace(settled.new, parent_no=parent_no))
        store.add_facts(session, [entry])
        store.add_photos(session, self._measuring.found(decision.photos), case_id=case_id, seq=1, srid=srid)
        subject = Subject(case_id, 1, arrival.report.place_text.strip(), arrival.where.unit_grid_code)
        if not arrival.report.is_drill:
            self.teller.tell_step(session, subject, None, decision, arrival.asking)
        day = city_time(arrival.asking.at).date()
        numbers = store.add_cases(session, [settled], on=day, srid=srid)
        return numbers[case_id], settled.new.track_code

    def _receipt(self, arrival: Arrival, case_no: str, track_code: str) -> Receipt:
        return Receipt(
            case_no=case_no,
            track_code=track_code,
            stage=arrival.decision.stage,
            unit_grid_code=arrival.where.unit_grid_code,
            place=arrival.report.place,
            department_name=self._name_of(arrival.proposed_code),
            is_repeat=False,
            explanation=arrival.decision.reason,
        )

    def _repeated(self, command: Report) -> Receipt:
        with self.sessions() as session:
            kept: Kept = get_kept(session, command.client_id)
        return Receipt(
            case_no=kept.case_no,
            track_code=kept.track_code,
            stage=kept.stage,
            unit_grid_code=kept.unit_grid_code,
            place=kept.place,
            department_name=self._name_of(kept.proposed_department_code),
            is_repeat=True,
            explanation=kept.reason,
        )

    def _find_department(self, where: Located, report: Report) -> Assignment | None:
        with self.sessions() as session:  # connects only when the register is asked
            return self.answering.find(session, where, report.kind, report.type_code, report.component_code)

    def _name_of(self, organisation_code: str | None) -> str | None:
        return self.rules.organisation_names.get(organisation_code or "", organisation_code)

    def _known_for(self, session: Session, held: store.Locked, command: Command, asking: Asking) -> Known:
        """The rules in force, the person whom the command names, and what else the command looks at."""
        person_id = named_person_id(command)
        known = self.known_on(asking)
        if isinstance(command, Close):
            return replace(known, open_parts=store.count_open_parts(session, held.case_no))
        if command.action in AFTER_STEPS and known.field_rules.angle is not None:
            return replace(known, earlier=_problem_photos(session, held.case_id))
        if person_id is None:
            return known
        return replace(known, assignee=store.find_assignee(session, person_id))

    def _need_stored(self, photos: Iterable[StoredPhoto]) -> None:
        for photo in photos:
            if not self.photos.has(photo.sha256):
                raise PhotoMissing("照片没有保存成功，请重新上传。", sha256=photo.sha256)


def _need_inside(held: store.Locked, asking: Asking) -> None:
    """Nobody outside takes a step of a drill: for them there is no such case.

    :raises CaseNotFound: when somebody does.
    """
    if held.is_drill and asking.role == "public":
        raise CaseNotFound(f"没有案卷号为“{held.case_no}”的案件，请核对。")


def _problem_photos(session: Session, case_id: int) -> tuple[StoredPhoto, ...]:
    """The pictures of the problem, to compare those of the result with."""
    return tuple(
        StoredPhoto(
            one.sha256, one.width_px, one.height_px, 0, one.taken_at, direction=one.direction, shot=one.shot
        )
        for one in list_photos(session, case_id)
        if one.role in ("before", "verify")
    )


def _who(fact: CaseFact) -> str:
    """Post and name, the post once where the name says it already."""
    post = ROLE_NAMES.get(fact.by_role, fact.by_role)
    return fact.by_name if post in fact.by_name else f"{post}{fact.by_name}"


def _stale(command: Command, meanwhile: tuple[CaseFact, ...]) -> StalePage:
    """What happened since the page was drawn, and by whom."""
    label = action_label(command.action)
    if not meanwhile:
        return StalePage(f"页面已过期，{label}没有办理；请刷新后再试。")
    news = "；".join(f"{day_text(fact.at)} {_who(fact)}已{fact.label}" for fact in meanwhile)
    stage = STAGE_NAMES[meanwhile[-1].to_stage]
    return StalePage(
        f"案件在您打开页面之后有了变化：{news}；现为“{stage}”。{label}没有办理，请刷新后再试。",
        meanwhile=news,
    )
