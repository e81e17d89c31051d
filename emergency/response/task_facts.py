"""Tasks as an incident's facts keep them, so that a board of any moment can be folded from facts alone."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from emergency.response.reading import GivenTask
from emergency.rules.plans.merging import MergedTask
from emergency.rules.plans.posts import organisation_of
from emergency.rules.responding import Stated


def given_of(tasks: Iterable[MergedTask], at: datetime) -> dict[str, Any]:
    """The tasks that an activation or a change gives out."""
    return {"tasks": [_told(one, given_at=at) for one in tasks]}


def changed_of(pairs: Iterable[tuple[GivenTask, MergedTask]]) -> list[dict[str, Any]]:
    """Tasks that go on with other words or times; they stay with whom they were given to."""
    return [
        {name: value for name, value in _told(task, given_at=held.given_at).items() if name in ONLY_CHANGED}
        for held, task in pairs
    ]


ONLY_CHANGED = ("code", "text", "due_at")


def stated_of(stated: Stated) -> dict[str, Any]:
    """What law Art. 72 wants stated."""
    return {
        "matter": stated.matter,
        "expected_hours": f"{stated.expected_hours:g}",
        "measures": stated.measures,
        "evidence": stated.evidence,
    }


def _told(task: MergedTask, *, given_at: datetime) -> dict[str, Any]:
    return {
        "code": task.id,
        "text": task.text,
        "post": task.posts[0],
        "department": organisation_of(task.posts[0]),
        "due_at": (given_at + timedelta(minutes=task.due_offset_min)).isoformat(),
    }
