"""The life of one sample case: who did what when, decided by the real rules, sealed fact by fact."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from cases.rules.commands import (
    Accept,
    Appeal,
    ApproveExtension,
    ApproveReturn,
    AskExtension,
    AskReturn,
    Assign,
    Close,
    Command,
    Decline,
    Dispatch,
    FileCase,
    Finish,
    GrantAppeal,
    NotFile,
    RefuseAppeal,
    ReplyRecheck,
    ReplyVerification,
    Rework,
    SelfHandle,
    SendRecheck,
    SendVerification,
    Void,
)
from cases.rules.deciding import Asking, Assignee, CaseState, Decision, Known
from cases.rules.evidence import StoredPhoto
from cases.rules.intake import Report, open_case
from cases.rules.worktime import add_working, is_working, total_s
from cases.sample_cases.habits import ANSWERS
from cases.sample_cases.pictures import Eyes, Shows
from cases.sample_cases.tempers import LATELY, late_share, pace_of, temper_of
from gis_core.places import LonLat
from grid.rules.criteria import Criterion, Limit
from grid.rules.locating import Located
from grid.rules.responsibility import Assignment

UNSEEN = (StoredPhoto("0" * 64, 1, 1, 1),)
"""Stands for the pictures that a past case had; `pictures.py` makes those of late ones, others keep none."""
FILED_BY_MISTAKE, WRONGLY_SENT, APPEALED, GRANTED = 0.004, 0.022, 0.3, 0.4
"""Shares of cases: voided after filing, sent to a wrong department, appealed when late, appeals granted."""
SMALL_MATTERS = frozenset({"06010", "06017", "06036", "07001", "09010", "09011", "06042"})


@dataclass(frozen=True, slots=True)
class Start:
    """How a report came in, and what rules said of its place."""

    client_id: UUID
    kind: str
    type_code: str
    words: str
    place: LonLat
    place_text: str
    source: str
    component_code: str | None
    where: Located
    whose: Assignment | None
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class Posts:
    """The people of the demonstration by post; ids are those of their accounts."""

    inspectors: tuple[Assignee, ...]
    operators: tuple[Assignee, ...]
    duty_chiefs: tuple[Assignee, ...]
    dispatchers: tuple[Assignee, ...]
    leaders: tuple[Assignee, ...]
    departments: dict[str, Assignee]  # by organisation; others act without an account

    def inspector_of(self, grid_code: str) -> Assignee:
        """The inspector who walks a unit grid."""
        return self.inspectors[int(grid_code[4:]) // 40 % len(self.inspectors)]


@dataclass(frozen=True, slots=True)
class Step:
    """One decision and who took it when."""

    decision: Decision
    asking: Asking
    from_stage: str | None


class Life:
    """Lives a case up to a moment; each `do` is a decision of the real rules."""

    __slots__ = (
        "_eyes", "_known", "_posts", "_rng", "_until", "inspector", "start", "state", "steps", "time",
    )  # fmt: skip

    def __init__(
        self,
        start: Start,
        known: Known,
        posts: Posts,
        *,
        until: datetime,
        rng: np.random.Generator,
        eyes: Eyes | None = None,
    ) -> None:
        self.start, self._posts, self._until, self._rng = start, posts, until, rng
        self._eyes = eyes if self.is_recent else None
        self.inspector = posts.inspector_of(start.where.unit_grid_code)
        rules = known.field_rules if self._eyes is None else self._eyes.rules
        self._known = replace(known, assignee=self.inspector, field_rules=rules)
        self.time = start.reported_at
        self.steps: list[Step] = []
        self.state = self._open()

    def _open(self) -> CaseState:
        start = self.start
        is_hotline = start.source in ("hotline", "web", "media", "leader", "video")
        by = self._posts.operators[0] if is_hotline else self.inspector
        role = "operator" if is_hotline else start.source
        is_citizen = role == "public"
        asking = Asking(
            self.time,
            None if is_citizen else by.person_id,
            "市民" if is_citizen else by.name,
            role,
            None if is_citizen else by.organisation_code,
        )
        at_once = role == "inspector" and start.type_code in SMALL_MATTERS and self._rng.random() < 0.22
        before = UNSEEN if self._eyes is None else self._eyes.problem(role)
        after = UNSEEN if self._eyes is None else self._eyes.result(before, "result")
        report = Report(
            client_id=start.client_id,
            kind=start.kind,
            type_code=start.type_code,
            place=start.place,
            description=start.words,
            photos=before,
            after_photos=after if at_once else (),
            is_handled_at_once=at_once,
            position_source="component" if start.component_code else "map" if is_hotline else "gps",
            place_text=start.place_text,
            component_code=start.component_code,
            source="" if role != "operator" else start.source,
            contact_name="示意来电人" if is_hotline else "",
            is_synthetic=True,
        )
        decision = open_case(report, asking, self._known, where=start.where, whose=start.whose)
        self._known = replace(self._known, earlier=() if self._eyes is None else before)
        self._keep(decision, asking, None)
        return decision.state

    def _keep(self, decision: Decision, asking: Asking, from_stage: str | None) -> None:
        if self._eyes is None:
            decision = replace(decision, body={**decision.body, "photos": []}, photos=())
        self.steps.append(Step(decision, asking, from_stage))

    def _showing(self, command: Command) -> Command:
        """A command with what it shows of the street, where this case has pictures."""
        if self._eyes is None or getattr(command, "photos", None) != UNSEEN:
            return command
        shows: Shows = "problem" if isinstance(command, ReplyVerification) else "result"
        photos = self._eyes.result(self._known.earlier, shows)
        changes = {"photos": photos, "position": self._eyes.position(self.start.place)}
        return replace(command, **changes)  # type: ignore[type-var]  # all are dataclasses

    def do(self, command: Command, by: Assignee, role: str, when: datetime) -> bool:
        """Take a step at `when`; False when that is not past yet, and nothing happens."""
        if when >= self._until:
            return False
        when = max(when, self.time + timedelta(seconds=5))
        asking = Asking(when, by.person_id or None, by.name, role, by.organisation_code)
        decision = self._showing(command).decide(self.state, asking, self._known)
        self._keep(decision, asking, self.state.stage)
        self.state, self.time = decision.state, when
        return True

    def soon(self, minutes: float, by: Assignee | None = None) -> datetime:
        """A moment about that many minutes from now, sometimes much later; slower people take longer."""
        pace = 1.0 if by is None else pace_of(by.name)
        return self.time + timedelta(minutes=float(minutes * pace * self._rng.lognormal(0, 0.55)))

    @property
    def is_recent(self) -> bool:
        """Whether it was reported so lately that a case may still lie about."""
        return self._until - self.start.reported_at < LATELY

    @property
    def until(self) -> datetime:
        """The moment up to which it is lived."""
        return self._until

    def clerk_of(self, organisation_code: str) -> Assignee:
        """Who acts for an organisation; somebody without a name where nobody has an account here."""
        known = self._posts.departments.get(organisation_code)
        if known is not None:
            return known
        name = f"{self._known.departments.get(organisation_code, organisation_code)}经办员"
        return Assignee(0, name, ("department",), organisation_code)

    def another_department(self, organisation_code: str) -> str:
        """A department that the case is not for."""
        others = sorted(code for code in self._posts.departments if code != organisation_code)
        return others[int(self._rng.integers(len(others)))] if others else organisation_code

    def after_share(self, limit: Limit, since: datetime, share: float) -> datetime:
        """The moment at which a share of a limit is used."""
        seconds = total_s(limit) * share
        if is_working(limit):
            return add_working(self._known.calendar, since, seconds)
        return since + timedelta(seconds=seconds)

    def someone(self, people: tuple[Assignee, ...]) -> Assignee:
        """One of several people of a post."""
        return people[int(self._rng.integers(len(people)))]


def live(  # noqa: PLR0911 - a life ends at many places
    life: Life, criterion: Criterion, department_code: str, rng: np.random.Generator, posts: Posts
) -> None:
    """From the report to its end, or to where it stands now."""
    operator, chief = life.someone(posts.operators), life.someone(posts.duty_chiefs)
    if not _settle_truth(life, operator, rng):
        return
    if life.state.is_handled_at_once:
        life.do(SelfHandle(), operator, "operator", life.soon(9, operator))
        return
    if rng.random() < 0.015:
        life.do(Decline("与已有案件重复"), operator, "operator", life.soon(9, operator))
        return
    if not life.do(Accept(criterion.code), operator, "operator", life.soon(8, operator)):
        return
    lot = rng.random()
    if lot < 0.012:
        command = NotFile("未达到立案条件") if lot < 0.008 else Void("误报，申请作废")
        life.do(command, chief, "duty_chief", life.soon(8, chief))
        return
    dispatcher = life.someone(posts.dispatchers)
    if not life.do(FileCase(), chief, "duty_chief", life.soon(7, chief)):
        return
    if rng.random() < FILED_BY_MISTAKE:
        life.do(Void("", "mistaken"), chief, "duty_chief", life.soon(20, chief))
        return
    is_wrong = rng.random() < WRONGLY_SENT * pace_of(dispatcher.name)
    if not _send(life, department_code, dispatcher, is_wrong_first=is_wrong):
        return
    temper = temper_of(department_code)
    for is_last in (rng.random() > temper.rework, True):
        if not handle(life, criterion.limit, rng, posts, passes=is_last) or is_last:
            break
        if not life.do(Rework("核查发现问题仍未解决"), chief, "duty_chief", life.soon(14, chief)):
            break
    if life.state.stage == "rechecked" and life.state.is_recheck_passed:
        life.do(Close(), chief, "duty_chief", life.soon(16, chief))
        _appeal(life, department_code, rng, posts)


def _send(life: Life, department_code: str, dispatcher: Assignee, *, is_wrong_first: bool) -> bool:
    """To its department, now and then after another that gives it back; False when it still waits there."""
    if is_wrong_first:
        wrong = life.another_department(department_code)
        clerk = life.clerk_of(wrong)
        is_back = (
            life.do(Dispatch(wrong), dispatcher, "dispatcher", life.soon(7, dispatcher))
            and life.do(AskReturn("", "not_our_duty"), clerk, "department", life.soon(20))
            and life.do(ApproveReturn(), dispatcher, "dispatcher", life.soon(15, dispatcher))
        )
        if not is_back:
            return False
    return life.do(Dispatch(department_code), dispatcher, "dispatcher", life.soon(7, dispatcher))


def _appeal(life: Life, department_code: str, rng: np.random.Generator, posts: Posts) -> None:
    """Some departments appeal against a lateness that was not theirs; the leader decides a day later."""
    if not (life.state.is_overdue_handled and posts.leaders and rng.random() < APPEALED):
        return
    if life.do(Appeal("", "weather"), life.clerk_of(department_code), "department", life.soon(300)):
        leader = life.someone(posts.leaders)
        command = (
            GrantAppeal("", "force_majeure") if rng.random() < GRANTED else RefuseAppeal("", "avoidable")
        )
        life.do(command, leader, "leader", life.soon(1200))


def _settle_truth(life: Life, operator: Assignee, rng: np.random.Generator) -> bool:
    """Reports of the public are looked at first; False when the report ends or waits there."""
    if life.start.source in ("inspector", "video") or rng.random() < 0.35:
        return True
    inspector = life.inspector
    if not life.do(SendVerification(inspector.person_id), operator, "operator", life.soon(7, operator)):
        return False
    is_true = bool(rng.random() < 0.9)
    if not life.do(ReplyVerification(is_true, UNSEEN), inspector, "inspector", life.soon(50, inspector)):
        return False
    if not is_true:
        life.do(Decline("经监督员现场核实，情况不属实"), operator, "operator", life.soon(6, operator))
    return is_true


def handle(life: Life, limit: Limit, rng: np.random.Generator, posts: Posts, *, passes: bool) -> bool:
    """The department's work and the recheck; False when the case still waits on the way."""
    code = life.state.department_code or ""
    department = life.clerk_of(code)
    begun = life.time
    if not life.do(Assign(), department, "department", life.soon(25)):
        return False
    if life.is_recent and rng.random() < temper_of(code).left_lying:
        return False
    if rng.random() < temper_of(code).extended and not _extend(life, limit, begun, rng, posts):
        return False
    late = late_share(code, life.start.where.subdistrict_code)
    share = float(rng.uniform(1.02, 1.7) if rng.random() < late else 0.04 + 0.93 * rng.beta(1.6, 2.4))
    done_at = life.after_share(limit, begun, share)
    words = ANSWERS[life.start.type_code[:2]]
    text = words[int(rng.integers(len(words)))]
    if not life.do(Finish(text, UNSEEN), department, "department", done_at):
        return False
    inspector, operator = life.inspector, life.someone(posts.operators)
    if not life.do(SendRecheck(inspector.person_id), operator, "operator", life.soon(14, operator)):
        return False
    return life.do(ReplyRecheck(passes, UNSEEN), inspector, "inspector", life.soon(48, inspector))


def _extend(life: Life, limit: Limit, begun: datetime, rng: np.random.Generator, posts: Posts) -> bool:
    """The department asks for more time before its deadline and gets it; False when it still waits."""
    asked_at = life.after_share(limit, begun, float(rng.uniform(0.55, 0.9)))
    if asked_at <= life.time:
        return True  # too late to ask
    dispatcher = life.someone(posts.dispatchers)
    clerk = life.clerk_of(life.state.department_code or "")
    return life.do(AskExtension("", "materials"), clerk, "department", asked_at) and life.do(
        ApproveExtension(), dispatcher, "dispatcher", life.soon(30, dispatcher)
    )
