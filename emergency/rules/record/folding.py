"""How an incident stood at a moment of the past, folded from its facts: what rows hold today plays no part.

A moment is when something was *written down*: the board and the map of then showed what was known then. Facts
written at once may carry moments the other way round; the later place in the chain counts, so a moment is
never earlier than its predecessor's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from emergency.rules.facts import Fact
from emergency.rules.incidents import State, state_after
from emergency.rules.plans.posts import organisation_of
from emergency.rules.responding import OPEN_TASKS
from emergency.rules.room.picture import Picture, picture_of

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TaskThen:
    """A task as the board showed it."""

    code: str
    text: str
    post: str
    department: str
    given_at: datetime
    due_at: datetime | None
    state: str
    state_at: datetime
    state_by: str
    words: str

    @property
    def is_open(self) -> bool:
        """It still had to be done."""
        return self.state in OPEN_TASKS


@dataclass(frozen=True, slots=True)
class ResponseThen:
    """The response that was in force: plans with version and level, who commanded, what was stated."""

    plans: tuple[Body, ...]
    commander: str
    since: datetime
    stated: Body


@dataclass(frozen=True, slots=True)
class Kept:
    """What a fact kept under a key: its body, from which fact, since when it stood so."""

    key: str
    body: Body
    seq: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """A message to somebody, and who had confirmed it by then."""

    key: str
    to: str
    text: str
    sent_at: datetime
    receipts: tuple[tuple[str, datetime], ...]


@dataclass(frozen=True, slots=True)
class StoodThen:
    """Everything that board and map showed at a moment."""

    seq: int
    written_at: datetime
    state: State
    response: ResponseThen | None
    tasks: tuple[TaskThen, ...]
    marks: Mapping[str, datetime]
    picture: Picture
    """What the room showed: shapes, closures, resources, weather, areas of effect."""
    messages: tuple[Message, ...]
    warnings: tuple[Kept, ...]
    sheltering: tuple[Kept, ...]
    reports: tuple[Kept, ...]
    """Reports that had gone out, and situation reports that had been written."""


def until(facts: Sequence[Fact], at: datetime) -> int:
    """How many facts had been written by a moment, the moment included."""
    n, last = 0, None
    for fact in facts:
        last = fact.at if last is None else max(last, fact.at)
        if last > at:
            break
        n += 1
    return n


def stood_after(facts: Iterable[Fact]) -> StoodThen:
    """How an incident stood after facts in their order.

    :raises ValueError: when there is none.
    """
    told = list(facts)
    folding = _Folding()
    for fact in told:
        folding.take(fact)
    return folding.done(picture_of(told))


class _Folding:
    """What has been read so far; one fact after the other."""

    def __init__(self) -> None:
        self.last: Fact | None = None
        self.changes: dict[str, Any] = {}
        self.response: ResponseThen | None = None
        self.tasks: dict[str, TaskThen] = {}
        self.marks: dict[str, datetime] = {}
        self.messages: dict[str, Message] = {}
        self.kept: dict[str, dict[str, Kept]] = {name: {} for name in ("warning", "report", "sheltering")}

    def take(self, fact: Fact) -> None:
        self.last = fact
        body = fact.body
        self.changes |= body.get("changes", {})
        if "response" in body:
            self._respond(fact)
        if fact.action == "end":
            self._stand_down(fact)
        if (task := body.get("task")) is not None:
            self._move_task(fact, task)
        if (mark := body.get("mark")) is not None:
            self.marks[mark] = fact.happened_at
        if (message := body.get("message")) is not None:
            key = str(message.get("key", fact.seq))
            self.messages[key] = Message(key, message.get("to", ""), message.get("text", ""), fact.at, ())
        if (receipt := body.get("receipt")) is not None:
            self._confirm(fact, receipt)
        if (warning := body.get("warning")) is not None:
            self._keep("warning", str(warning.get("identifier", fact.seq)), fact)
        for name in ("report", "sheltering", "situation_report"):
            if name in body:
                self._keep(_SAME_LIST.get(name, name), f"{name}-{fact.seq}", fact, name)

    def done(self, picture: Picture) -> StoodThen:
        if self.last is None:
            raise ValueError("an incident has at least the fact that opened it")
        return StoodThen(
            seq=self.last.seq,
            written_at=self.last.at,
            state=state_after([{"changes": self.changes}]),
            response=self.response,
            tasks=tuple(self.tasks.values()),
            marks=self.marks,
            picture=picture,
            messages=tuple(self.messages.values()),
            warnings=tuple(self.kept["warning"].values()),
            sheltering=tuple(self.kept["sheltering"].values()),
            reports=tuple(self.kept["report"].values()),
        )

    def _respond(self, fact: Fact) -> None:
        told = fact.body["response"]
        if fact.action == "activate":
            self.tasks = {}
            self.response = None
        before = self.response
        self.response = ResponseThen(
            tuple(told["plans"]),
            told["commander"],
            before.since if before else fact.at,
            fact.body.get("stated", before.stated if before else {}),
        )
        for code in fact.body.get("tasks_withdrawn", ()):
            self._withdraw(code, fact)
        for task in fact.body.get("tasks", ()):
            held = self.tasks.get(task["code"])
            if held is None or held.state == "withdrawn":
                self.tasks[task["code"]] = _given(task, fact)
        for task in fact.body.get("tasks_changed", ()):
            held = self.tasks.get(task["code"])
            if held is not None and held.is_open:
                due_at = datetime.fromisoformat(task["due_at"])
                self.tasks[held.code] = replace(held, text=task["text"], due_at=due_at)

    def _stand_down(self, fact: Fact) -> None:
        self.response = None
        for code in list(self.tasks):
            self._withdraw(code, fact)

    def _withdraw(self, code: str, fact: Fact) -> None:
        held = self.tasks.get(code)
        if held is not None and held.is_open:
            self.tasks[code] = replace(
                held, state="withdrawn", state_at=fact.at, state_by=fact.by_name, words=""
            )

    def _move_task(self, fact: Fact, task: Body) -> None:
        code, post = str(task["code"]), str(task.get("post", ""))
        held = self.tasks.get(code) or _given({"code": code, "text": "", "post": post}, fact)
        self.tasks[code] = replace(
            held,
            post=post or held.post,
            department=organisation_of(post) if post and post != held.post else held.department,
            state=str(task["state"]),
            state_at=fact.at,
            state_by=fact.by_name,
            words=str(task.get("words", "")),
        )

    def _confirm(self, fact: Fact, receipt: Body) -> None:
        held = self.messages.get(str(receipt.get("key", "")))
        if held is not None:
            told = (str(receipt.get("by", fact.by_name)), fact.at)
            self.messages[held.key] = replace(held, receipts=(*held.receipts, told))

    def _keep(self, name: str, key: str, fact: Fact, body_name: str = "") -> None:
        self.kept[name][key] = Kept(key, fact.body[body_name or name], fact.seq, fact.at)


_SAME_LIST = {"situation_report": "report"}


def _given(task: Body, fact: Fact) -> TaskThen:
    post = str(task.get("post", ""))
    due_at = task.get("due_at")
    return TaskThen(
        code=str(task["code"]),
        text=str(task.get("text", "")),
        post=post,
        department=str(task.get("department") or (organisation_of(post) if post else "")),
        given_at=fact.at,
        due_at=datetime.fromisoformat(due_at) if due_at else None,
        state="given",
        state_at=fact.at,
        state_by=fact.by_name,
        words="",
    )
