"""What evaluation counts: every fact of a case turned into marks, so many on a day for whoever answers.

A mark says: on this day, of this case, this deed; who answers for it; whether it was in time. Marks are
made from facts alone and do not hang on when they are made: an obligation that is open counts on the day it
falls due (`…_overdue`) and moves to the day it is met. So every obligation counts exactly once, and any span
of days is the sum of its days. What ended a case that is opened again later did not end it. A late correction
changes the days it is about; what was frozen stays (`cases/evaluation/freezing.py`).

Facts come as columns (numpy), sorted by case and place in its chain, so that a year is counted as one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cases.rules.stages import FINAL_STAGES, STAGE_CLOCK
from cases.rules.worktime import UNIT_SECONDS
from gis_core.clock import city_time

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
FIRST_DAY = date(2000, 1, 1)
"""Days are counted from here, as PostgreSQL's binary form counts them."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that is counted: its name, that of its better part (in time), and where it counts.

    `is_of_place` deeds count for the unit grid of the case and all that lies around it; a department, a post
    and a person count what names them.
    """

    name: str
    title: str
    good_name: str = ""
    good_title: str = ""
    is_of_place: bool = False


DEEDS: tuple[Deed, ...] = (
    Deed("reported", "上报", is_of_place=True),
    Deed("public_verified", "公众举报核实", is_of_place=True),
    Deed("accepted", "受理"),
    Deed("verify_sent", "发核实", "verify_sent_on_time", "按时发核实"),
    Deed("verified", "核实", "verified_on_time", "按时核实"),
    Deed("missed", "漏报"),
    Deed("filed", "立案", "filed_on_time", "按时立案", is_of_place=True),
    Deed("valid", "有效上报"),
    Deed("voided", "立案后作废", is_of_place=True),
    Deed("declined", "不予受理或不予立案", is_of_place=True),
    Deed("dispatched", "派遣", "dispatched_on_time", "按时派遣"),
    Deed("misdispatched", "派遣错误"),
    Deed("disposed", "处置", "disposed_on_time", "按期处置"),
    Deed("disposed_minutes", "处置用时（分）"),
    Deed("late_exempt", "超期免责"),
    Deed("reworked", "返工", is_of_place=True),
    Deed("extended", "延期"),
    Deed("suspended", "挂账"),
    Deed("urged", "催办"),
    Deed("supervised", "督办"),
    Deed("check_sent", "发核查", "check_sent_on_time", "按时发核查"),
    Deed("checked", "核查", "checked_on_time", "按时核查"),
    Deed("closed", "结案", "closed_on_time", "按期结案", is_of_place=True),
    Deed("close_done", "办理结案", "close_done_on_time", "按时办理结案"),
    Deed("self_handled", "自行处置", is_of_place=True),
    Deed("accept_overdue", "超期未受理"),
    Deed("verify_overdue", "超期未核实"),
    Deed("filing_overdue", "超期未立案"),
    Deed("dispatch_overdue", "超期未派遣"),
    Deed("disposal_overdue", "超期未处置"),
    Deed("check_send_overdue", "超期未发核查"),
    Deed("check_overdue", "超期未核查"),
    Deed("close_overdue", "超期未办理结案"),
    Deed("case_overdue", "超期未结案", is_of_place=True),
    Deed("reopened", "重新打开", is_of_place=True),
    Deed("made_safe", "先行处险", "made_safe_on_time", "按时先行处险"),
    Deed("rated", "反映人评价", "satisfied", "反映人满意", is_of_place=True),
)
"""New deeds go to the end: the place of a deed is its number in the database."""
DEED_NO: Mapping[str, int] = {deed.name: n for n, deed in enumerate(DEEDS)}
COUNTERS: Mapping[str, int] = {
    **{deed.name: 2 * n for n, deed in enumerate(DEEDS)},
    **{deed.good_name: 2 * n + 1 for n, deed in enumerate(DEEDS) if deed.good_name},
}
"""Number of each counter: twice the deed's number, and one more for its better part."""
COUNTER_TITLES: Mapping[str, str] = {
    **{deed.name: deed.title for deed in DEEDS},
    **{deed.good_name: deed.good_title for deed in DEEDS if deed.good_name},
}
PLACE_DEEDS = np.array([deed.is_of_place for deed in DEEDS])

POSTS = ("inspector", "operator", "duty_chief", "dispatcher", "crew")
"""Posts that are evaluated, and whose people are."""
ROLES = ("", *POSTS, "department", "leader", "system", "public")
ROLE_NO: Mapping[str, int] = {role: n for n, role in enumerate(ROLES)}
PUBLIC_SOURCES = ("public", "hotline", "hotline_12345", "kiosk", "web")
"""Sources that are the public's own: what they bring and inspectors did not (assumed)."""

ACTIONS = (
    "", "report", "register", "send_verification", "reply_verification", "decline", "accept", "file_case",
    "not_file", "void", "dispatch", "approve_return", "approve_extension", "approve_suspension", "supervise",
    "urge", "finish", "send_recheck", "reply_recheck", "close", "rework", "self_handle", "grant_appeal",
    "send_back", "open_part", "reopen", "unmerge", "make_safe", "rate",
)  # fmt: skip
ACTION_NO: Mapping[str, int] = {action: n for n, action in enumerate(ACTIONS)}
SATISFIED_FROM = 4
"""From which score of five a reporter counts as satisfied (assumed)."""
CLOCK_OF_ACTION: Mapping[str, str] = {
    "send_verification": "accept",
    "accept": "accept",
    "reply_verification": "verify",
    "file_case": "filing",
    "dispatch": "dispatch",
    "finish": "handling",
    "send_recheck": "closing",
    "reply_recheck": "recheck",
    "close": "closing",
    "self_handle": "accept",
}
"""The clock that says whether a step was taken in time. Making safe starts its clock anew, so the fact of it
says by itself whether it came late."""
CASE_CLOCK_ACTIONS = ("close",)


@dataclass(frozen=True, slots=True)
class Steps:
    """Facts as columns, one row a fact, by case and place in its chain.

    `department` is a number of the caller's for the department that a dispatch names, else 0. `good` says of
    the step's own clock, `case_good` of the case's clock: 1 in time, 0 late, -1 no such clock. `result` is an
    inspector's answer, or whether a reporter is satisfied (1 yes, 0 no, -1 none); `is_public` says of a
    case's first fact whether the public brought it; `to_person` who was given a task, else 0.
    """

    case_id: Ints
    seq: Ints
    day: Ints
    action: Ints
    role: Ints
    person: Ints
    department: Ints
    good: Ints
    case_good: Ints
    minutes: Ints
    result: Ints
    is_public: Ints
    to_person: Ints

    def __len__(self) -> int:
        return len(self.case_id)


@dataclass(frozen=True, slots=True)
class Pending:
    """Clocks that run in open cases, one row a clock: what is owed, by the stage the case stands at."""

    case_id: Ints
    owed: Ints
    due_day: Ints


@dataclass(frozen=True, slots=True)
class Marks:
    """What is counted, one row a mark; `department`, `role` and `person` are 0 where nobody is meant.

    `amount` is 1, or minutes for `disposed_minutes`.
    """

    case_id: Ints
    day: Ints
    deed: Ints
    is_good: Ints
    amount: Ints
    department: Ints
    role: Ints
    person: Ints

    def __len__(self) -> int:
        return len(self.case_id)

    def rows(self) -> list[tuple[int, ...]]:
        """The marks as tuples, sorted: two lists are equal when the same is counted."""
        columns = [getattr(self, one.name).tolist() for one in fields(self)]
        return sorted(zip(*columns, strict=True))


OWED_OF_STAGE: Mapping[str, str] = {
    "reported": "accept_overdue",
    "verifying": "verify_overdue",
    "accepted": "filing_overdue",
    "filed": "dispatch_overdue",
    **{stage: "disposal_overdue" for stage, clock in STAGE_CLOCK.items() if clock == "handling"},
    "finished": "check_send_overdue",
    "rechecking": "check_overdue",
    "rechecked": "close_overdue",
}
"""What is owed at a stage while its clock runs."""
_POST_OF_OWED: Mapping[str, str] = {
    "accept_overdue": "operator",
    "verify_overdue": "inspector",
    "filing_overdue": "duty_chief",
    "dispatch_overdue": "dispatcher",
    "check_send_overdue": "operator",
    "check_overdue": "inspector",
    "close_overdue": "duty_chief",
}
_WITH_TASK = ("verify_overdue", "check_overdue")


def day_number(day: date) -> int:
    """A day as columns have it.

    >>> day_number(date(2000, 1, 31))
    30
    """
    return (day - FIRST_DAY).days


def find_marks(steps: Steps, pending: Pending) -> Marks:
    """Every mark of some cases, whose facts must all be there.

    Steps of a case stand together and in order. Cases may be handed in one by one or all at once: the marks
    are the same.
    """
    if len(steps) == 0:
        return _marks([])
    walk = _Walk.over(steps)
    return _marks(
        [
            *_of_intake(steps, walk),
            *_of_work(steps, walk),
            *_of_field(steps, walk),
            *_owed(pending, steps, walk),
        ]
    )


@dataclass(frozen=True, slots=True)
class _Walk:
    """Of every row, where its case begins, and the last row before it or at it where something happened."""

    first: Ints
    dispatched: Ints
    filed: Ints
    finished: Ints
    tasked: Ints
    undone: Bools
    """Whether the case was opened again later: what ended it did not."""

    @classmethod
    def over(cls, steps: Steps) -> "_Walk":
        n = len(steps)
        begins = np.r_[True, steps.case_id[1:] != steps.case_id[:-1]]
        first = np.maximum.accumulate(np.where(begins, np.arange(n), 0))

        def last(happens: Bools) -> Ints:
            found = np.maximum.accumulate(np.where(happens, np.arange(n), -1))
            return np.where(found >= first, found, -1)

        begun_again = last(_is(steps, "reopen", "unmerge"))
        ends = np.r_[np.flatnonzero(begins)[1:], n] - 1
        last_row = ends[np.cumsum(begins) - 1]
        return cls(
            first=first,
            undone=begun_again[last_row] > np.arange(n),
            dispatched=last(_is(steps, "dispatch")),
            filed=last(_is(steps, "file_case")),
            finished=last(_is(steps, "finish")),
            tasked=last(_is(steps, "send_verification", "send_recheck")),
        )


def _is(steps: Steps, *actions: str) -> Bools:
    return np.isin(steps.action, [ACTION_NO[action] for action in actions])


def _at(column: Ints, rows: Ints, missing: int = 0) -> Ints:
    """Values of a column at rows; `missing` where a row is -1."""
    return np.where(rows >= 0, column[np.maximum(rows, 0)], missing)


def _made(
    deed: str,
    steps: Steps,
    rows: Ints,
    *,
    good: Ints | None = None,
    amount: Ints | None = None,
    department: Ints | None = None,
    role: Ints | None = None,
    person: Ints | None = None,
) -> Marks:
    """Marks of one deed at some rows; what is not told is 0, `good` taken from -1 or 1 to yes."""
    none = np.zeros(len(rows), np.int64)
    return Marks(
        case_id=steps.case_id[rows],
        day=steps.day[rows],
        deed=np.full(len(rows), DEED_NO[deed], np.int64),
        is_good=none if good is None else (good != 0).astype(np.int64),
        amount=none + 1 if amount is None else amount,
        department=none if department is None else department,
        role=none if role is None else role,
        person=none if person is None else person,
    )


def _by_actor(deed: str, steps: Steps, rows: Ints, **more: Ints) -> Marks:
    """Marks for the post and person who took the step."""
    return _made(deed, steps, rows, role=steps.role[rows], person=steps.person[rows], **more)


def _of_intake(steps: Steps, walk: _Walk) -> list[Marks]:
    """From the report to the case that is filed, or not."""
    opened = np.flatnonzero(_is(steps, "report", "register"))
    accepted = np.flatnonzero(_is(steps, "accept"))
    sent = np.flatnonzero(_is(steps, "send_verification"))
    ended = np.flatnonzero(_is(steps, "decline", "not_file") & ~walk.undone)
    filed = np.flatnonzero(_is(steps, "file_case"))
    # What a dispatcher parts from a filed case is filed with it; nobody files it once more.
    parted = np.flatnonzero(_is(steps, "open_part") & (steps.role == ROLE_NO["dispatcher"]))
    # Filed again after a step back, a case is no second case.
    before = np.where(filed > 0, walk.filed[np.maximum(filed - 1, 0)], -1)
    filed = filed[(before < walk.first[filed])]
    opener = walk.first[filed]
    is_inspectors = steps.role[opener] == ROLE_NO["inspector"]
    valid, reporter = filed[is_inspectors], opener[is_inspectors]
    voided = np.flatnonzero(_is(steps, "void") & (walk.filed >= 0) & ~walk.undone)
    filer = walk.filed[voided]
    return [
        _by_actor("reported", steps, opened),
        _by_actor("accepted", steps, accepted),
        _by_actor("verify_sent", steps, sent, good=steps.good[sent]),
        _made("declined", steps, ended),
        _by_actor("filed", steps, filed, good=steps.good[filed]),
        _made("filed", steps, parted, good=np.ones(len(parted), np.int64)),
        _made("valid", steps, valid, role=steps.role[reporter], person=steps.person[reporter]),
        _made("voided", steps, voided, role=steps.role[filer], person=steps.person[filer]),
    ]


def _of_work(steps: Steps, walk: _Walk) -> list[Marks]:
    """The departments' part, with the dispatcher's before it and the duty chief's after it."""
    sent = np.flatnonzero(_is(steps, "dispatch"))
    returned = np.flatnonzero(_is(steps, "approve_return") & (walk.dispatched >= 0))
    blamed = walk.dispatched[returned]
    done = np.flatnonzero(_is(steps, "finish"))
    by_crew = np.where(steps.role[done] == ROLE_NO["crew"], steps.role[done], 0)
    crew = np.where(by_crew > 0, steps.person[done], 0)
    team = {"department": _department(steps, walk, done), "role": by_crew, "person": crew}
    safe = np.flatnonzero(_is(steps, "make_safe"))
    ends = np.flatnonzero(_is(steps, "close", "self_handle") & ~walk.undone)
    case_good = np.where(steps.case_good[ends] >= 0, steps.case_good[ends], steps.good[ends])
    closed = np.flatnonzero(_is(steps, "close"))
    alone = np.flatnonzero(_is(steps, "self_handle"))
    opener = walk.first[alone]
    of_inspector = np.where(steps.role[opener] == ROLE_NO["inspector"], steps.role[opener], 0)
    return [
        _by_actor("dispatched", steps, sent, good=steps.good[sent], department=steps.department[sent]),
        _by_actor_at("misdispatched", steps, returned, blamed),
        _made("disposed", steps, done, good=steps.good[done], **team),
        _made("disposed_minutes", steps, done, amount=steps.minutes[done], **team),
        _made("made_safe", steps, safe, good=steps.good[safe], department=_department(steps, walk, safe)),
        _rated(steps, walk),
        _reworked(steps, walk),
        _exempt(steps, walk),
        *(
            _made(deed, steps, rows, department=_department(steps, walk, rows))
            for deed, action in _ALONG.items()
            for rows in (np.flatnonzero(_is(steps, action)),)
        ),
        _made("closed", steps, ends, good=case_good, department=_department(steps, walk, ends)),
        _by_actor("close_done", steps, closed, good=steps.good[closed]),
        _made(
            "self_handled",
            steps,
            alone,
            role=of_inspector,
            person=np.where(of_inspector > 0, steps.person[opener], 0),
        ),
    ]


_ALONG = {
    "extended": "approve_extension",
    "suspended": "approve_suspension",
    "urged": "urge",
    "supervised": "supervise",
    "reopened": "reopen",
}


def _department(steps: Steps, walk: _Walk, rows: Ints) -> Ints:
    """The department that had the case at some rows: the one of the last dispatch."""
    return _at(steps.department, walk.dispatched[rows])


def _by_actor_at(deed: str, steps: Steps, rows: Ints, others: Ints) -> Marks:
    """Marks on the days of some rows for who took another step before."""
    return _made(
        deed,
        steps,
        rows,
        department=steps.department[others],
        role=steps.role[others],
        person=steps.person[others],
    )


def _rated(steps: Steps, walk: _Walk) -> Marks:
    """What reporters say of the result, on the day they say it; for the place and the last department."""
    rows = np.flatnonzero(_is(steps, "rate"))
    return _made("rated", steps, rows, good=steps.result[rows], department=_department(steps, walk, rows))


def _reworked(steps: Steps, walk: _Walk) -> Marks:
    """Reworks, for the department and the crew whose work was not good."""
    again = np.flatnonzero(_is(steps, "rework"))
    last = walk.finished[again]
    is_crew = _at(steps.role, last) == ROLE_NO["crew"]
    return _made(
        "reworked",
        steps,
        again,
        department=_department(steps, walk, again),
        role=np.where(is_crew, ROLE_NO["crew"], 0),
        person=np.where(is_crew, _at(steps.person, last), 0),
    )


def _exempt(steps: Steps, walk: _Walk) -> Marks:
    """Late work that an appeal took out of scoring, on the day of that work; the raw lateness stays."""
    granted = np.flatnonzero(_is(steps, "grant_appeal"))
    last = walk.finished[granted]
    late = np.unique(last[(last >= 0) & (_at(steps.good, last, 1) == 0)])
    is_crew = steps.role[late] == ROLE_NO["crew"]
    return _made(
        "late_exempt",
        steps,
        late,
        department=_department(steps, walk, late),
        role=np.where(is_crew, ROLE_NO["crew"], 0),
        person=np.where(is_crew, steps.person[late], 0),
    )


def _of_field(steps: Steps, walk: _Walk) -> list[Marks]:
    """Tasks of inspectors and of those who send them."""
    verified = np.flatnonzero(_is(steps, "reply_verification"))
    is_missed = (steps.result[verified] == 1) & (steps.is_public[walk.first[verified]] == 1)
    missed = verified[is_missed]
    sent = np.flatnonzero(_is(steps, "send_recheck"))
    checked = np.flatnonzero(_is(steps, "reply_recheck"))
    return [
        _by_actor("verified", steps, verified, good=steps.good[verified]),
        _by_actor("missed", steps, missed),
        _made("public_verified", steps, missed),
        _by_actor("check_sent", steps, sent, good=steps.good[sent]),
        _by_actor("checked", steps, checked, good=steps.good[checked]),
    ]


def _owed(pending: Pending, steps: Steps, walk: _Walk) -> list[Marks]:
    """What is open, on the day it falls due; for the department or the inspector that has it."""
    # Of a case that began while facts were read nothing is known yet; it is counted the next time.
    pending = _only(pending, np.isin(pending.case_id, steps.case_id))
    if len(pending.case_id) == 0:
        return []
    ends = np.r_[steps.case_id[1:] != steps.case_id[:-1], True]
    last_rows = np.flatnonzero(ends)
    rows = last_rows[np.searchsorted(steps.case_id[last_rows], pending.case_id)]
    is_of_department = np.isin(pending.owed, [DEED_NO["disposal_overdue"], DEED_NO["case_overdue"]])
    is_task = np.isin(pending.owed, [DEED_NO[name] for name in _WITH_TASK])
    roles = np.zeros(len(DEEDS), np.int64)
    for owed, post in _POST_OF_OWED.items():
        roles[DEED_NO[owed]] = ROLE_NO[post]
    none = np.zeros(len(rows), np.int64)
    return [
        Marks(
            case_id=pending.case_id,
            day=pending.due_day,
            deed=pending.owed,
            is_good=none,
            amount=none + 1,
            department=np.where(is_of_department, _department(steps, walk, rows), 0),
            role=roles[pending.owed],
            person=np.where(is_task, _at(steps.to_person, walk.tasked[rows]), 0),
        )
    ]


def _only(pending: Pending, chosen: Bools) -> Pending:
    return Pending(*(getattr(pending, one.name)[chosen] for one in fields(Pending)))


def _marks(parts: Sequence[Marks]) -> Marks:
    names = [one.name for one in fields(Marks)]
    if not parts:
        return Marks(*(np.zeros(0, np.int64) for _ in names))
    return Marks(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


# -- facts one by one ----------------------------------------------------------------------------------


class FactLike(Protocol):
    """A fact as counting reads it: `cases.rules.facts.Fact` and what readers answer alike."""

    @property
    def case_id(self) -> int: ...  # noqa: D102
    @property
    def seq(self) -> int: ...  # noqa: D102
    @property
    def at(self) -> datetime: ...  # noqa: D102
    @property
    def by_person_id(self) -> int | None: ...  # noqa: D102
    @property
    def by_role(self) -> str: ...  # noqa: D102
    @property
    def action(self) -> str: ...  # noqa: D102
    @property
    def to_stage(self) -> str: ...  # noqa: D102
    @property
    def body(self) -> Mapping[str, Any]: ...  # noqa: D102


def marks_of(facts: Iterable[FactLike], departments: Mapping[str, int]) -> Marks:
    """The marks of some cases from all their facts, in any order; `departments` numbers them by code.

    This is the definition: what is kept in the database is the same, read by columns.
    """
    told = sorted(facts, key=lambda fact: (fact.case_id, fact.seq))
    rows = [_row(fact, departments) for fact in told]
    table = np.array(rows, np.int64).reshape(-1, len(fields(Steps)))
    return find_marks(Steps(*table.T), _pending_of(told))


def _row(fact: FactLike, departments: Mapping[str, int]) -> tuple[int, ...]:
    body, clocks = fact.body, fact.body.get("clocks") or {}
    own = clocks.get(CLOCK_OF_ACTION.get(fact.action, ""))
    of_case = clocks.get("case") if fact.action in CASE_CLOCK_ACTIONS else None
    return (
        fact.case_id,
        fact.seq,
        day_number(city_time(fact.at).date()),
        ACTION_NO.get(fact.action, 0),
        ROLE_NO.get(fact.by_role, 0),
        fact.by_person_id or 0,
        departments.get(str(body.get("department", "")), 0) if fact.action == "dispatch" else 0,
        int(body.get("is_late") is False) if fact.action == "make_safe" else _in_time(own),
        _in_time(of_case),
        int(own["used_s"] // 60) if own and fact.action == "finish" else 0,
        _answer(fact),
        int(fact.seq == 1 and body.get("source") in PUBLIC_SOURCES),
        int(body.get("to_person_id") or 0),
    )


def _answer(fact: FactLike) -> int:
    """What was found when a case was verified, or whether who rated it is satisfied; -1 for other facts."""
    if fact.action == "rate":
        return int(fact.body["score"] >= SATISFIED_FROM)
    result = fact.body.get("result") if fact.action == "reply_verification" else None
    return int(result) if isinstance(result, bool) else -1


def _in_time(clock: Mapping[str, Any] | None) -> int:
    """1 when less than the whole limit is used, 0 when late, -1 without a clock."""
    if clock is None:
        return -1
    value, unit = clock["limit"]
    return int(clock["used_s"] < value * UNIT_SECONDS[unit])


def _pending_of(told: Sequence[FactLike]) -> Pending:
    """The clocks that run in open cases: of the stage the case stands at, and of the case."""
    last = {fact.case_id: fact for fact in told}
    clocks: dict[int, dict[str, Mapping[str, Any]]] = {}
    for fact in told:
        clocks.setdefault(fact.case_id, {}).update(fact.body.get("clocks") or {})
    rows = []
    for case_id, fact in last.items():
        if fact.to_stage in FINAL_STAGES:
            continue
        for clock, owed in (
            (STAGE_CLOCK[fact.to_stage], OWED_OF_STAGE[fact.to_stage]),
            ("case", "case_overdue"),
        ):
            due_at = (clocks[case_id].get(clock) or {}).get("due_at")
            if due_at:
                day = city_time(datetime.fromisoformat(due_at)).date()
                rows.append((case_id, DEED_NO[owed], day_number(day)))
    table = np.array(rows, np.int64).reshape(-1, 3)
    return Pending(*table.T)
