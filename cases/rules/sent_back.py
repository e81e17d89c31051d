"""Why a case is where it was before: the last step back, until its matter is over.

Whoever has to do something again reads why before anything else; later steps, such as a new assignment, do
not hide it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

from cases.rules.stages import FINAL_STAGES

STEPS_BACK = frozenset(("send_back", "rework", "revoke", "refuse_return"))
"""Steps by which a case comes back to somebody who then has to do something else."""


class Told(Protocol):
    """What is read of a fact."""

    @property
    def action(self) -> str: ...  # noqa: D102
    @property
    def from_stage(self) -> str | None: ...  # noqa: D102
    @property
    def to_stage(self) -> str: ...  # noqa: D102
    @property
    def body(self) -> Mapping[str, Any]: ...  # noqa: D102


Step = TypeVar("Step", bound=Told)


def last_step_back(facts: Iterable[Step]) -> Step | None:
    """The step back that still matters, of facts in their order; None when there is none.

    It matters until the case stands again where it came back from, or is finished; a case that came back from
    a recheck is looked at with it once more when it is finished, until it is rechecked.
    """
    back: Step | None = None
    for fact in facts:
        if fact.action in STEPS_BACK:
            back = fact
        elif back is not None and _is_over(back, fact):
            back = None
    return back


def _is_over(back: Told, later: Told) -> bool:
    if later.to_stage == later.from_stage:
        return False
    is_done = later.to_stage == "finished" and back.action != "rework"
    return later.to_stage == back.from_stage or later.to_stage in FINAL_STAGES or is_done
