"""Who hears of a step: whose turn it is, the posts that the row of the table names, and the reporter.

Nobody hears twice of one step: whoever has the next turn is told that, and not once more for information.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cases.rules.deciding import CaseState
from cases.rules.stages import Transition

Audience = Literal["post", "body", "person", "public"]
"""All who hold a post, a department's own people, one person, or who reported the case."""
Topic = Literal["turn", "told", "urged", "at_risk", "overdue", "field", "incident", "public", "quiet"]

TOPIC_NAMES: dict[str, str] = {
    "turn": "轮到我办",
    "told": "案件进展",
    "urged": "催办与督办",
    "at_risk": "临期",
    "overdue": "超期",
    "field": "外勤求助与离岗",
    "incident": "突发事件",
}
"""What somebody who works on cases chooses channels for."""
TOPICS: tuple[str, ...] = tuple(TOPIC_NAMES)

HOLDERS: dict[str, str] = {
    "reported": "operator",
    "verifying": "inspector",
    "accepted": "duty_chief",
    "filed": "dispatcher",
    "dispatched": "department",
    "return_pending": "dispatcher",
    "in_progress": "crew",
    "extension_pending": "dispatcher",
    "suspension_pending": "dispatcher",
    "finished": "operator",
    "rechecking": "inspector",
    "rechecked": "duty_chief",
}
"""The post whose turn it is at a stage; nobody's while a case is suspended or has ended."""
POSTS_AS_A_WHOLE = ("operator", "duty_chief", "dispatcher", "leader", "duty_officer", "commander")
_URGING = ("urge", "supervise")


@dataclass(frozen=True, slots=True)
class Hearer:
    """Somebody who is told, and why: with the post, the department or the person that it is."""

    topic: Topic
    audience: Audience
    post: str | None = None
    organisation_code: str | None = None
    person_id: int | None = None

    @property
    def who(self) -> tuple[object, ...]:
        """The same for two hearers that are the same people."""
        return (self.audience, self.post, self.organisation_code, self.person_id)


def hearers(edge: Transition, before: CaseState | None, after: CaseState) -> tuple[Hearer, ...]:
    """Everybody who is told of a step, each once; `before` is None for a report."""
    turn = () if edge.is_mark else holders(after)
    found = {one.who: one for one in turn}
    topic: Topic = "urged" if edge.action in _URGING else "told"
    for post in edge.told:
        for one in _behind(post, topic, before or after, after):
            found.setdefault(one.who, one)
    return tuple(found.values())


def holders(state: CaseState, topic: Topic = "turn") -> tuple[Hearer, ...]:
    """Who has the case now: a post, a department, or the person to whom the task was given."""
    post = HOLDERS.get(state.stage)
    if post is None:
        return ()
    if state.stage == "extension_pending" and not state.is_ask_endorsed:
        post = "department"  # its crew asks, and the department agrees first
    if post == "crew" and state.crew_id is None:
        post = "department"
    if post == "inspector":
        return _persons(topic, state.inspector_id)
    return tuple(_behind(post, topic, state, state))


def _behind(post: str, topic: Topic, before: CaseState, after: CaseState) -> Iterator[Hearer]:
    """The people behind a name of the table; a department that loses a case hears of it, too."""
    if post == "public":
        yield Hearer("public", "public")
    elif post in POSTS_AS_A_WHOLE:
        yield Hearer(topic, "post", post=post)
    elif post == "department":
        codes = (
            after.department_code or before.department_code,
            *after.helping_codes,
            *before.helping_codes,  # one that helps no longer hears that it does not
        )
        yield from (Hearer(topic, "body", organisation_code=code) for code in dict.fromkeys(codes) if code)
    elif post == "crew":
        yield from _persons(topic, after.crew_id or before.crew_id)
    elif post == "inspector":
        yield from _persons(topic, after.inspector_id or before.inspector_id, after.reporter_id)


def _persons(topic: Topic, *person_ids: int | None) -> tuple[Hearer, ...]:
    return tuple(Hearer(topic, "person", person_id=one) for one in dict.fromkeys(person_ids) if one)
