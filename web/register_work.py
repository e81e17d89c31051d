"""What pages and the API need to work with the register: its operations, who asks, a component's story."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from cases.filtering import CaseFilter
from cases.listing import list_cases
from cases.summaries import CaseSummary
from grid.register.facts import ACTION_NAMES
from grid.register.operations import Register
from grid.register.reading import (
    ComponentDetail,
    ComponentFact,
)
from grid.rules.register import Asking
from web.accounts.people import Person
from web.filters import visible_to
from web.wiring import Wiring

if TYPE_CHECKING:
    from grid.register.importing import Importing

MOST_CASES = 200
UPLOADS = "imports"
CHECK, APPLY = "register.check_import", "register.apply_import"
"""Jobs of the worker, by the names under which pages send for them."""


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One thing in the life of a component: a fact of the register, or a case on it."""

    at: datetime
    title: str
    by: str
    words: str
    case: CaseSummary | None
    changes: tuple[tuple[str, str, str], ...]


CHANGED_NAMES = {
    "state": "状态", "position": "位置", "unit_grid_code": "网格", "authority_code": "主管",
    "owner_code": "权属",
    "maintainer_code": "养护", "remark": "备注",
}  # fmt: skip


def register_of(wiring: Wiring) -> Register:
    """The operations on the register."""
    return Register(wiring.sessions, wiring.plane, wiring.frame, wiring.catalogue, wiring.rules)


def importing_of(wiring: Wiring) -> "Importing":
    """Imports into the register; the readers of files are loaded only when somebody imports."""
    from grid.register.importing import Importing

    return Importing(wiring.sessions, wiring.city, wiring.plane)


def uploads_of(wiring: Wiring) -> Path:
    """Where uploaded survey files lie until they are in the register or given up."""
    return wiring.settings.home / UPLOADS


def asking_of(person: Person, role: str, at: datetime) -> Asking:
    """The person, in the role used, as the register knows them."""
    return Asking(at, person.id, person.name, role, person.organisation_code)


def cases_on(session: Session, wiring: Wiring, person: Person, code: str) -> tuple[CaseSummary, ...]:
    """Cases on a component that the person may see, the newest first."""
    wanted = visible_to(person, CaseFilter(component_code=code))
    found = list_cases(session, wanted, limit=MOST_CASES, at=wiring.clock.now(), types=wiring.type_names)
    return found.rows


def tell_life(detail: ComponentDetail, cases: Sequence[CaseSummary]) -> tuple[StoryLine, ...]:
    """The life of a component, the newest first: its facts and every case on it, in one line of time."""
    lines = [_fact_line(fact) for fact in detail.facts]
    lines += [StoryLine(case.reported_at, "案件", "", "", case, ()) for case in cases]
    return tuple(sorted(lines, key=lambda line: line.at, reverse=True))


def _fact_line(fact: ComponentFact) -> StoryLine:
    changes = tuple(
        (CHANGED_NAMES[key], str(value["before"] or "–"), str(value["after"] or "–"))
        for key, value in fact.body.items()
        if key in CHANGED_NAMES and isinstance(value, dict)
    )
    return StoryLine(fact.at, ACTION_NAMES[fact.action], fact.by_name, fact.reason, None, changes)
