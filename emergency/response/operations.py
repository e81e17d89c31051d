"""Everything that is done to plans and responses, one transaction each.

A response's row, its tasks and the incident's facts are written together: either all of it or nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from cases.rules.evidence import StoredPhoto
from emergency.incidents import store as incident_store
from emergency.incidents.operations import Incidents, need_fresh
from emergency.plan_files import KeptElsewhere, load_kept_elsewhere, load_plan_rules, load_plans, load_staff
from emergency.resources.stock import list_held
from emergency.response import store
from emergency.response.reading import (
    Activation,
    GivenTask,
    PlanHead,
    PlanVersion,
    TaskNotFound,
    get_version,
    get_versions,
    incident_no_of_task,
    list_heads,
    list_versions,
)
from emergency.response.task_facts import changed_of, given_of, stated_of
from emergency.room import store as room_store
from emergency.rules.incidents import need_words
from emergency.rules.plans.approving import move
from emergency.rules.plans.changing import Difference, difference, stand_down
from emergency.rules.plans.composing import Composition, PlanAtLevel, compose
from emergency.rules.plans.document import RESPONSE_NAMES, PlanState
from emergency.rules.plans.linting import Finding, Surroundings, lint
from emergency.rules.plans.posts import Staff, organisation_of
from emergency.rules.plans.reading import parse_plan
from emergency.rules.plans.requirements import PlanRules
from emergency.rules.responding import (
    TASK_STATES,
    Activate,
    BadResponse,
    ChangeResponse,
    EndResponse,
    Stated,
    TaskStepNotNow,
    TellTask,
    task_step,
)
from emergency.rules.room.evidence import photos_told
from gis_core.clock import city_time
from gis_core.db import Sessions
from gis_core.errors import Conflict, NotFound, Refused
from grid.city import City
from grid.divisions import read_divisions

SYSTEM = "系统"


class PlanVersionKnown(Conflict):
    """That version of the plan is kept already."""

    code = "plan_version_known"


class PlanImportRefused(Refused):
    """The linter found errors in a plan that was to be imported."""

    code = "plan_import_refused"

    def __init__(self, message: str, findings: Sequence[Finding]) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class MustBeDecided(Refused):
    """Something is left that a person must decide before the activation."""

    code = "response_must_be_decided"


class NoResponse(NotFound):
    """The incident has no response in force."""

    code = "no_response_in_force"


@dataclass(frozen=True, slots=True)
class PlanBook:
    """What plans are checked against: rules, who staffs the posts, plans that are kept elsewhere."""

    rules: PlanRules
    staff: Staff
    elsewhere: tuple[KeptElsewhere, ...]
    area_names: Mapping[str, str] = field(default_factory=dict)
    """Divisions by code, for conditions as people read them."""

    @classmethod
    def of(cls, city: City) -> "PlanBook":
        """The book of a city's data folder."""
        names = {one.code: one.name for one in read_divisions(city)}
        return cls(load_plan_rules(city), load_staff(city), load_kept_elsewhere(city), names)

    def around(self, session: Session, on: date) -> Surroundings:
        """What a plan is checked against on a day."""
        others = {head.code: head.name for head in list_heads(session)}
        others |= {plan.code: plan.name for plan in self.elsewhere}
        return Surroundings(self.rules, self.staff, on, others, list_held(session))


@dataclass(frozen=True, slots=True)
class Choice:
    """Versions of plans by id with the level each is to have, in order; who commands, where several could."""

    levels: Mapping[int, int]
    commander: str | None = None


def seed_plans(sessions: Sessions, city: City, at: datetime) -> int:
    """Write the city folder's plans into a database that has none; how many were written."""
    with sessions.begin() as session:
        if list_heads(session):
            return 0
        plans = load_plans(city)
        for plan in plans:
            store.add_version(session, plan, by=SYSTEM, at=at)
    return len(plans)


@dataclass(frozen=True, slots=True)
class Responses:
    """The operations on plans and responses, wired once; safe to share between threads."""

    sessions: Sessions
    incidents: Incidents
    book: PlanBook

    def import_plan(self, text: str, name: str, asking: Asking) -> str:
        """Keep a plan file as a draft; answers its code.

        :raises BadPlan, PlanHasCycle, PlanImportRefused, PlanVersionKnown: nothing is written then.
        """
        plan = parse_plan(text, name).model_copy(update={"state": "draft", "effective_from": None})
        with self.sessions.begin() as session:
            findings = lint(plan, self.book.around(session, city_time(asking.at).date()))
            errors = [one for one in findings if one.severity == "error"]
            if errors:
                told = f"{plan.name}没有导入：有 {len(errors)} 处错误，列在下面。请改正后再导入。"
                raise PlanImportRefused(told, findings)
            if store.add_version(session, plan, by=asking.name, at=asking.at) is None:
                told = f"{plan.name} {plan.version} 已经在目录中。修改后的预案请换一个版本号。"
                raise PlanVersionKnown(told)
        return plan.code

    def move_plan(self, code: str, version: str, to: PlanState, asking: Asking) -> None:
        """Move a version to its next state; approved, it takes the place of the one before.

        :raises PlanNotFound, PlanMayNotMove, PlanHasFaults: nothing is written then.
        """
        on = city_time(asking.at).date()
        with self.sessions.begin() as session:
            found = get_version(list_versions(session, code), version)
            findings = lint(found.plan, self.book.around(session, on))
            moved = move(found.plan, to, findings=findings, effective_from=on)
            done = store.move_version(
                session,
                found.head.id,
                was=found.head.state,
                to=moved.state,
                effective_from=moved.effective_from,
                by=asking.name,
                at=asking.at,
            )
            if not done:
                raise PlanVersionKnown("这个版本刚刚被别人改过状态。请刷新后查看。")
            if to == "approved":
                store.retire_others(session, code, but=found.head.id, by=asking.name, at=asking.at)

    def compose(self, session: Session, choice: Choice, on: date, *, is_drill: bool) -> Composition:
        """What a choice comes to. Raises what the rules' `compose` raises, PlanNotFound."""
        versions = get_versions(session, choice.levels.keys())
        chosen = [PlanAtLevel(versions[key].plan, level) for key, level in choice.levels.items()]
        return compose(chosen, on=on, commander=choice.commander, is_drill=is_drill, names=self.book.staff)

    def difference(self, session: Session, active: Activation, choice: Choice, on: date) -> Difference:
        """What a choice would change of a response. Plans in force already may have been retired since."""
        added = {key: level for key, level in choice.levels.items() if key not in levels_of(active)}
        if added:
            self.compose(session, Choice(added), on, is_drill=active.is_drill)
        return difference(
            self.compose(session, Choice(levels_of(active), active.commander), on, is_drill=True),
            self.compose(session, choice, on, is_drill=True),
        )

    def activate(
        self, incident_no: str, choice: Choice, stated: Stated, asking: Asking, *, seen_revision: int
    ) -> int:
        """Activate plans and give all their tasks out; how many tasks.

        :raises StaleIncident: when somebody was there first. MustBeDecided, and what the rules raise.
        """
        stated = stated.checked()
        with self.sessions.begin() as session:
            held = self._lock(session, incident_no, seen_revision)
            composition = self.compose(session, choice, city_time(asking.at).date(), is_drill=held.is_drill)
            _need_decided(composition)
            heads = _heads(session, choice)
            told = (
                f"启动{_plans_told(composition)}，任务 {len(composition.tasks)} 项。事项：{stated.matter}；"
                f"预计 {stated.expected_hours:g} 小时；措施：{stated.measures}。依据：{stated.evidence}"
            )
            body = _body(composition, heads) | given_of(composition.tasks, asking.at)
            body |= {"stated": stated_of(stated)}
            command = Activate(_highest(composition), told, body)
            self.incidents.step(session, incident_no, command, asking, seen_revision)
            number = store.add_activation(
                session, held.id, composition, heads, stated=stated, asking=asking, is_drill=held.is_drill
            )
            store.give_tasks(session, number, composition.tasks, asking)
        return len(composition.tasks)

    def change(
        self, incident_no: str, choice: Choice, why: str, asking: Asking, *, seen_revision: int
    ) -> Difference:
        """Raise, lower, add or end plans with exactly the difference.

        :raises StaleIncident, NoResponse, BadResponse: when nothing would change; what the rules raise.
        """
        why = need_words(why, "调整的理由")
        with self.sessions.begin() as session:
            held = self._lock(session, incident_no, seen_revision)
            active = self._in_force(session, held.id)
            if dict(choice.levels) == levels_of(active):
                raise BadResponse("级别没有变化，没有写入。请选择另一级别。")
            change = self.difference(session, active, choice, city_time(asking.at).date())
            after = self.compose(session, choice, city_time(asking.at).date(), is_drill=True)
            _need_decided(after)
            heads = _heads(session, choice)
            given = {one.code: one for one in store.list_tasks_of(session, active.id)}
            both = [(given[one.after.id], one.after) for one in change.changed if one.after.id in given]
            body = _body(after, heads) | given_of(change.added, asking.at)
            body |= {
                "tasks_withdrawn": [one.id for one in change.withdrawn],
                "tasks_changed": changed_of(both),
            }
            command = ChangeResponse(_highest(after), f"{change.sentence}理由：{why}", body)
            self.incidents.step(session, incident_no, command, asking, seen_revision)
            store.change_activation(session, active.id, after, heads)
            store.withdraw_tasks(session, active.id, [one.id for one in change.withdrawn], why, asking)
            store.give_tasks(session, active.id, change.added, asking)
            store.change_tasks(session, active.id, both, asking)
        return change

    def stand_down(self, incident_no: str, why: str, asking: Asking, *, seen_revision: int) -> str:
        """End the response and with it the handling: open tasks are called off; answers what was told.

        :raises StaleIncident, NoResponse, IncidentWordsMissing: nothing is written then.
        """
        why = need_words(why, "终止的理由（终止条件如何满足）")
        with self.sessions.begin() as session:
            held = self._lock(session, incident_no, seen_revision)
            active = self._in_force(session, held.id)
            choice = Choice(levels_of(active), active.commander)
            composition = self.compose(session, choice, city_time(asking.at).date(), is_drill=True)
            done = {one.code for one in store.list_tasks_of(session, active.id) if one.state == "done"}
            ending = stand_down(composition, done=done, rules=self.book.rules)
            follow_ups = [one.name for one in ending.follow_ups]
            command = EndResponse(f"{ending.sentence}理由：{why}", {"follow_ups": follow_ups})
            self.incidents.step(session, incident_no, command, asking, seen_revision)
            store.withdraw_tasks(session, active.id, None, f"响应终止：{why}", asking)
            store.stand_down(session, active.id, why, asking)
        return ending.sentence

    def take_task(
        self,
        task_id: int,
        action: str,
        words: str,
        asking: Asking,
        *,
        seen_state: str | None,
        post: str | None = None,
        client_id: UUID | None = None,
        photos: Sequence[StoredPhoto] = (),
    ) -> GivenTask:
        """A department accepts, gives back or finishes a task; a commander gives it to another one.

        A phone sends its steps under a `client_id`, which is taken once, and without `seen_state`: what it
        saw is hours old, so the table alone decides.

        :raises TaskNotFound, NotYourTask, TaskStepNotNow, IncidentWordsMissing: nothing is written then.
        """
        with self.sessions.begin() as session:
            number = incident_no_of_task(session, task_id)
            held = incident_store.lock(session, number)
            task = store.lock_task(session, task_id)
            if task is None:
                raise TaskNotFound("没有这项任务。请刷新页面后重试。")
            if client_id and room_store.is_taken(session, client_id, task_id, action, asking):
                return task
            if task.state == "withdrawn":
                raise TaskStepNotNow(_withdrawn(task))
            is_own = task.department == asking.organisation_code
            step = task_step(action, state=task.state, role=asking.role, is_own=is_own)
            if seen_state is not None and task.state != seen_state:
                raise TaskStepNotNow(f"任务刚刚变为“{TASK_STATES[task.state]}”，没有写入。请刷新后查看。")
            said = self._words(action, task, words)
            if action == "reassign":
                self._check_post(post)
            who = self.book.staff.name_of(post or task.post)
            told = f"{step.label}任务 {task.code}（{task.text}）：{who}。{said}"
            now = {"code": task.code, "state": step.end, "post": post or task.post, "words": said}
            body: dict[str, Any] = {"task": now}
            if photos:
                body["photo"] = photos_told(photos)
            self.incidents.step(session, number, TellTask(told, body), asking, None)
            seq = held.revision + 1
            room_store.add_photos(session, held.id, seq, photos, said, asking, task_id=task_id)
            if client_id:
                room_store.note_taken(session, client_id, task_id, action, asking)
            store.move_task(
                session, task_id, step.end, said, asking, post=post if action == "reassign" else None
            )
        return task

    def _check_post(self, post: str | None) -> None:
        if post is None or organisation_of(post) not in self.book.staff.organisations:
            raise BadResponse("请从列表中选择改派给哪个单位。", field="post")

    def _words(self, action: str, task: GivenTask, words: str) -> str:
        if action == "decline":
            return need_words(words, "退回的理由", most=500)
        if action == "finish" and set(task.evidence) - {"none"}:
            return need_words(words, "完成的依据（照片或书面报告说明什么）", most=500)
        return words.strip()[:500]

    def _lock(self, session: Session, incident_no: str, seen: int) -> incident_store.LockedIncident:
        held = incident_store.lock(session, incident_no)
        need_fresh(session, held, seen)
        return held

    def _in_force(self, session: Session, incident_id: int) -> Activation:
        active = store.lock_in_force(session, incident_id)
        if active is None:
            raise NoResponse("这起事件目前没有启动的响应。请刷新后查看。")
        return active


def _withdrawn(task: GivenTask) -> str:
    """Why a step that a phone kept cannot be taken any more."""
    when = f"{city_time(task.state_at):%m月%d日 %H:%M}"
    return f"任务已由{task.state_by}在 {when} 撤回：{task.words}。您写的内容没有写入，如有情况请电话报告。"


def levels_of(active: Activation) -> dict[int, int]:
    """Versions of plans with their level, in the order in which they were composed."""
    return {one.version_id: one.level for one in active.plans}


def fitting_first(
    versions: Sequence[PlanVersion], class_code: str, called: Collection[str]
) -> tuple[list[PlanVersion], list[PlanVersion]]:
    """Plans that name what an incident is `called` first, else those for its class; the others after them."""
    named = [one for one in versions if not set(called).isdisjoint(one.plan.hazards)]
    fitting = named or [one for one in versions if class_code in one.plan.classes]
    return fitting, [one for one in versions if one not in fitting]


def _need_decided(composition: Composition) -> None:
    open_points = [one.sentence for one in composition.standing.undecided if one.must_be_decided]
    if open_points:
        raise MustBeDecided(f"还不能确认：{''.join(open_points)}")


def _highest(composition: Composition) -> int:
    return min(plan.level for plan in composition.standing.plans)


def _plans_told(composition: Composition) -> str:
    return "、".join(f"{one.name}{RESPONSE_NAMES[one.level]}" for one in composition.standing.plans)


def _heads(session: Session, choice: Choice) -> list[PlanHead]:
    versions = get_versions(session, choice.levels.keys())
    return [versions[key].head for key in choice.levels]


def _body(composition: Composition, heads: Sequence[PlanHead]) -> dict[str, object]:
    """What a fact keeps: the versions with the hashes of their kept documents, and who commands."""
    plans = [
        {
            "code": one.code,
            "name": one.name,
            "version": one.version,
            "sha256": head.sha256,
            "level": one.level,
        }
        for one, head in zip(composition.standing.plans, heads, strict=True)
    ]
    return {"response": {"plans": plans, "commander": composition.standing.command.commander}}
