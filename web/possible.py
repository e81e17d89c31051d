"""What a person may do to a case now: the buttons of every page, and the steps that the API offers."""

from collections.abc import Callable, Mapping
from datetime import datetime

from cases.reading import CaseDetail
from cases.rules.asks import MOST_EXTENSIONS, MOST_SUSPENSIONS
from cases.rules.joining import MOST_REOPENINGS, REOPENED_WITHIN
from cases.rules.stages import Transition, moves
from web.accounts.people import Person


def moves_of(person: Person, detail: CaseDetail, at: datetime) -> tuple[Transition, ...]:
    """The rows of the table that the person's posts may perform at `at`, in its order.

    Tasks are only for whoever has them, and what a rule is certain to refuse is left out.
    """
    found: dict[int, Transition] = {}
    for role in sorted(person.roles):
        for edge in moves(detail.summary.stage, role):
            if _is_theirs(edge, role, person, detail) and _makes_sense(edge, role, detail, at):
                found[edge.no] = edge
    return tuple(edge for _, edge in sorted(found.items()))


def _is_theirs(edge: Transition, role: str, person: Person, detail: CaseDetail) -> bool:
    """Whether the case or the task was given to the person, where the post asks for that."""
    summary = detail.summary
    if edge.action == "report_help":
        return person.organisation_code in detail.helping_codes
    if role in ("department", "crew") and summary.department_code != person.organisation_code:
        return False
    if role == "crew" and summary.crew_id not in (None, person.id):
        return False
    return role != "inspector" or summary.inspector_id == person.id


def _makes_sense(edge: Transition, role: str, detail: CaseDetail, at: datetime) -> bool:
    says = _SENSE.get(edge.action)
    return says is None or says(detail, role, at)


def _may_extend(detail: CaseDetail, role: str, at: datetime) -> bool:
    due = detail.summary.stage_due_at
    return detail.extension_count < MOST_EXTENSIONS and (due is None or at < due)


def _awaits_answer(detail: CaseDetail, role: str, at: datetime) -> bool:
    return detail.summary.has_open_urge or detail.summary.answer_due_at is not None


def _is_appealed(detail: CaseDetail, role: str, at: datetime) -> bool:
    return detail.summary.appeal == "asked"


def _may_reopen(detail: CaseDetail, role: str, at: datetime) -> bool:
    closed_at = detail.closed_at
    is_soon = closed_at is not None and at <= closed_at + REOPENED_WITHIN
    return is_soon and detail.summary.reopen_count < MOST_REOPENINGS


def _never(detail: CaseDetail, role: str, at: datetime) -> bool:
    """Steps that come with a report or with another step, and have no button of their own."""
    return False


_SENSE: Mapping[str, Callable[[CaseDetail, str, datetime], bool]] = {
    "self_handle": lambda detail, role, at: detail.summary.is_handled_at_once,
    "accept": lambda detail, role, at: detail.is_verified_true is not False,
    "close": lambda detail, role, at: bool(detail.is_recheck_passed),
    "ask_extension": _may_extend,
    "endorse_extension": lambda detail, role, at: not detail.is_ask_endorsed,
    "approve_extension": lambda detail, role, at: bool(detail.is_ask_endorsed),
    "refuse_extension": lambda detail, role, at: role != "department" or not detail.is_ask_endorsed,
    "withdraw": lambda detail, role, at: (
        role != "crew" or (detail.summary.stage == "extension_pending" and not detail.is_ask_endorsed)
    ),
    "ask_suspension": lambda detail, role, at: detail.suspension_count < MOST_SUSPENSIONS,
    "answer": _awaits_answer,
    "ask_void": lambda detail, role, at: not detail.summary.is_void_asked,
    "appeal": lambda detail, role, at: bool(detail.is_overdue_handled) and detail.summary.appeal is None,
    "grant_appeal": _is_appealed,
    "refuse_appeal": _is_appealed,
    "make_safe": lambda detail, role, at: detail.made_safe_at is None,
    "drop_helper": lambda detail, role, at: bool(detail.helping_codes),
    "join": _never,
    "part": _never,
    "unmerge": lambda detail, role, at: detail.summary.merged_into is not None,
    "reopen": _may_reopen,
}
"""Whether an action can succeed at all, by what is known of the case."""
