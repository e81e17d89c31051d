"""Everything that changes an incident, one transaction each; what is owed follows from its facts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cases.notices.wording import NoticeBook
from cases.rules.deciding import Asking
from cases.whose import Frame
from emergency.incident_data import IncidentBook
from emergency.incidents import store
from emergency.incidents.reading import IncidentFact, list_facts, list_facts_with, list_owed_of
from emergency.incidents.telling import LEVEL, OPENED, tell_state
from emergency.rules.commands import (
    AddCall,
    Call,
    Command,
    Decides,
    Decision,
    JoinInto,
    KindOf,
    KnownKinds,
    Note,
    Open,
    SendReport,
)
from emergency.rules.facts import moment_of
from emergency.rules.incidents import LEFT_STAGES
from emergency.rules.levels import EventLevel
from emergency.rules.reporting import Known, Sent, Story, list_owed
from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.errors import Conflict
from gis_core.places import LonLat, PlanePoint, to_grain
from grid.rules.locating import OutsideFrame, locate_place

PREFIX, DRILL_PREFIX = "TF", "YL"


class StaleIncident(Conflict):
    """The incident moved on after the page was drawn."""

    code = "stale_incident"


class ReportedAlready(Conflict):
    """Everything that the report answers has been reported, or need not be."""

    code = "reported_already"


@dataclass(frozen=True, slots=True)
class Opened:
    """A first report that was taken."""

    incident_no: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Incidents:
    """The operations on incidents, wired once; safe to share between threads."""

    sessions: Sessions
    plane: PlaneSystem
    frame: Frame
    book: IncidentBook
    notices: NoticeBook | None = None
    """The words in which people are told; None where nobody is."""
    known: KnownKinds = field(init=False)

    def __post_init__(self) -> None:
        kinds = {
            one.code: KindOf(
                one.code,
                one.name,
                one.class_code,
                self.book.classes[one.class_code].name,
                self.book.classes[one.class_code].has_level,
            )
            for one in self.book.kinds.values()
        }
        object.__setattr__(self, "known", KnownKinds(kinds, self.book.criteria))

    def open(  # one call of the desk: everything that it wrote down
        self,
        command: Open,
        asking: Asking,
        *,
        client_id: UUID,
        place: LonLat | None = None,
        call: Call | None = None,
        is_drill: bool = False,
        is_synthetic: bool = False,
    ) -> Opened:
        """Take a first report, once for each client id; `place` is in EPSG:4490.

        A place outside the city's frame is kept without a grid: an emergency does not stop at a border.
        :raises NoSuchKind, IncidentWordsMissing, BadToll, BadMoment: nothing is written then.
        """
        self.book.get_kind(command.kind_code)
        decision = command.decide(None, asking, self.known)
        point, grid_code, district = self._place(place)
        new = store.NewIncident(
            client_id, point, grid_code, district, command.source, command.case_no, is_drill, is_synthetic
        )
        prefix, on = DRILL_PREFIX if is_drill else PREFIX, city_time(asking.at).date()
        try:
            with self.sessions.begin() as session:
                known_no = store.find_no(session, client_id)
                if known_no is not None:
                    return Opened(known_no, is_new=False)
                number = store.take_number(session, prefix, on)
                held = store.add(session, new, decision, asking, incident_no=number, srid=self.plane.srid)
                if call is not None:
                    store.add_call(session, held, call, asking)
                self._owe(session, held.id)
                self._tell(session, OPENED, held, asking)
        except IntegrityError as problem:
            if "uq_incident_client_id" not in str(problem.orig):
                raise
            with self.sessions() as session:  # the same report came in twice at once, and the other won
                return Opened(store.find_no(session, client_id) or "", is_new=False)
        return Opened(number, is_new=True)

    def perform(
        self, incident_no: str, command: Command, asking: Asking, *, seen_revision: int | None = None
    ) -> Decision:
        """Take a step of an incident; all of it or nothing.

        :raises IncidentNotFound, StaleIncident: when it moved since `seen_revision`; what `decide` raises.
        """
        if not isinstance(command, JoinInto):
            with self.sessions.begin() as session:
                return self.step(session, incident_no, command, asking, seen_revision)
        with self.sessions.begin() as session:
            for number in sorted({incident_no, command.into}):  # in one order: nobody waits in a circle
                store.lock(session, number)
            decision = self.step(session, incident_no, command, asking, seen_revision)
            told = Note(f"{incident_no} 并入本事件：{decision.state.title}。{command.words}".strip())
            self.step(session, command.into, told, asking, None)
        return decision

    def report_from_outside(self, incident_no: str, command: SendReport, asking: Asking) -> bool:
        """Write down a report that a phone sends, maybe late, once for each key; whether it was new.

        :raises ReportedAlready: when somebody else reported all that it answers; what `decide` raises.
        """
        with self.sessions.begin() as session:
            held = store.lock(session, incident_no)
            sent = list_facts_with(session, held.id, "report")
            if any(one.body["report"].get("key") == str(command.key) for one in sent):
                return False
            left = {one.rule_code for one in list_owed_of(session, held.id) if one.is_left(asking.at)}
            if not left & set(command.codes):
                raise ReportedAlready(_who_reported(sent, command.codes))
            self.step(session, incident_no, command, asking, None)
        return True

    def step(
        self,
        session: Session,
        incident_no: str,
        command: Decides,
        asking: Asking,
        seen_revision: int | None,
    ) -> Decision:
        """Take a step within a transaction that does more; the incident stays locked until its end."""
        held = store.lock(session, incident_no)
        need_fresh(session, held, seen_revision)
        decision = command.decide(held.state, asking, self.known)
        now = store.record(session, held, decision, asking, from_stage=held.state.stage)
        if isinstance(command, AddCall):
            store.add_call(session, now, command.call, asking)
        if is_owed_anew(decision, held.state.stage):
            self._owe(session, held.id)
        if {"event_level", "is_level_confirmed"} & set(decision.body["changes"]):
            self._tell(session, LEVEL, now, asking, note=decision.text)
        return decision

    def _tell(
        self,
        session: Session,
        occasion: str,
        held: store.LockedIncident,
        asking: Asking,
        *,
        note: str = "",
    ) -> None:
        if self.notices is None or held.is_drill:
            return
        by, seq = asking.name, (held.id * 100 + held.revision) % 2**31
        tell_state(
            session,
            self.notices,
            occasion,
            held.state,
            seq=seq,
            at=asking.at,
            by=by,
            by_person_id=asking.person_id,
            note=note,
        )

    def _owe(self, session: Session, incident_id: int) -> None:
        facts = list_facts(session, incident_id)
        story = story_of(facts)
        rules = self.book.reporting_on(city_time(story.received_at).date()).rules
        store.write_owed(session, incident_id, list_owed(story, rules))

    def _place(self, place: LonLat | None) -> tuple[PlanePoint | None, str | None, str | None]:
        if place is None:
            return None, None, None
        found = self.plane.to_plane(place)
        point = PlanePoint(to_grain(found.easting_m), to_grain(found.northing_m))
        try:
            where = locate_place(self.frame.locator, self.plane, place)
        except OutsideFrame:
            return point, None, None
        return point, where.unit_grid_code, where.unit_grid_code[:6]


def _who_reported(sent: Sequence[IncidentFact], codes: Sequence[str]) -> str:
    done = [one for one in sent if set(one.body["report"]["codes"]) & set(codes)]
    if not done:
        return "这份报告已不用报，您写的没有写入。请刷新后查看还要报什么。"
    when = f"{city_time(done[-1].at):%m月%d日 %H:%M}"
    return f"这份报告已由{done[-1].by_name}在 {when} 报送，您写的没有写入。有新情况请另报续报。"


def need_fresh(session: Session, held: store.LockedIncident, seen_revision: int | None) -> None:
    """Refuse a form whose page was drawn before the incident moved; notes, strokes and receipts move nothing.

    :raises StaleIncident: when a fact since then changed the incident, its response, a task or an area.
    """
    if seen_revision is None or held.revision == seen_revision:
        return
    if seen_revision > held.revision or store.has_moved(session, held.id, seen_revision):
        raise StaleIncident("这起事件在您打开页面之后有了变化，没有写入。请刷新后再办理。")


def is_owed_anew(decision: Decision, stage: str) -> bool:
    """Whether what is owed may follow differently from the facts after a decision."""
    told = decision.body
    return bool(
        told["changes"] or told.get("is_change") or told.get("report") or decision.state.stage != stage
    )


def story_of(facts: Sequence[IncidentFact]) -> Story:
    """What of an incident's facts matters to reporting."""
    now: dict[str, object] = {}
    known: list[Known] = []
    changes: list[datetime] = []
    sent: list[Sent] = []
    left_at: datetime | None = None
    has_reported = False
    for fact in facts:
        changed = dict(fact.body.get("changes", {}))
        now |= changed
        if {"class_code", "event_level", "is_sensitive", "is_level_confirmed"} & set(changed):
            known.append(_known(now, fact.at))
        if fact.body.get("is_change") and has_reported:
            changes.append(fact.at)
        if fact.action == "open":
            sent.append(Sent(fact.at, frozenset({"log"})))
        if (report := fact.body.get("report")) is not None:
            sent.append(Sent(fact.at, frozenset(report["codes"])))
            has_reported = True
        left_at = fact.at if fact.to_stage in LEFT_STAGES else None
    return Story(
        received_at=moment_of(now["received_at"]) or facts[0].at,
        occurred_at=moment_of(now.get("occurred_at")),
        known=tuple(known),
        changes=tuple(changes),
        sent=tuple(sent),
        ended_at=moment_of(now.get("ended_at")),
        left_at=left_at,
    )


def _known(now: dict[str, object], at: datetime) -> Known:
    level = now.get("event_level")
    return Known(
        at,
        class_code=str(now["class_code"]),
        level=EventLevel(level) if isinstance(level, int) else None,
        is_sensitive=bool(now.get("is_sensitive")),
        is_confirmed=bool(now.get("is_level_confirmed")),
    )
