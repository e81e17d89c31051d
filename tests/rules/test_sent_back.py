"""Why a case came back stays in sight until it no longer matters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from cases.rules.sent_back import last_step_back


@dataclass(frozen=True)
class Step:
    action: str
    from_stage: str | None
    to_stage: str
    body: Mapping[str, Any] = field(default_factory=dict)


REWORK = Step("rework", "rechecked", "dispatched")
ASSIGN = Step("assign", "dispatched", "in_progress")
FINISH = Step("finish", "in_progress", "finished")
RECHECK = Step("reply_recheck", "rechecking", "rechecked")
NOT_FILED = Step("send_back", "accepted", "reported")
AGAIN = Step("accept", "reported", "accepted")
NO_RETURN = Step("refuse_return", "return_pending", "dispatched")
URGE = Step("urge", "dispatched", "dispatched")
CLOSE = Step("close", "rechecked", "closed")


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([ASSIGN, FINISH, RECHECK], None),
        ([REWORK], REWORK),
        ([REWORK, ASSIGN, URGE], REWORK),
        ([REWORK, ASSIGN, FINISH], REWORK),
        ([REWORK, ASSIGN, FINISH, RECHECK], None),
        ([NOT_FILED], NOT_FILED),
        ([NOT_FILED, AGAIN], None),
        ([NO_RETURN, ASSIGN], NO_RETURN),
        ([NO_RETURN, ASSIGN, FINISH], None),
        ([NO_RETURN, REWORK], REWORK),
        ([REWORK, CLOSE], None),
    ],
    ids=[
        "never back", "reworked", "assigned anew and urged", "finished again: looked at at the recheck",
        "rechecked", "not filed", "accepted anew", "a return refused", "then finished", "the last counts",
        "closed",
    ],
)  # fmt: skip
def test_the_last_step_back_is_told_while_it_matters(steps: list[Step], told: Step | None) -> None:
    assert last_step_back(steps) == told
