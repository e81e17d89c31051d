"""Writing evaluation: marks and counts of days, whole or for some cases; frozen figures. Under one lock."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from cases.counted_facts import numbered
from cases.evaluation.counting import KIND_NO, KINDS, PLACES, Concerned, DayCounts, count_days
from cases.evaluation.tables import EvaluationFactRow, EvaluationFigureRow, EvaluationStateRow
from cases.rules.counting import (
    DEED_NO,
    OWED_OF_STAGE,
    POSTS,
    ROLES,
    Marks,
    Pending,
    Steps,
    find_marks,
)
from cases.rules.stages import STAGE_CLOCK
from gis_core.binary_copy import Runs, read_columns, write_columns
from gis_core.clock import CITY_ZONE
from gis_core.journal import FIRST

Ints = NDArray[np.int64]
RULES = 2
"""Edition of the counting rules; when it changes everything is counted anew."""
LOCK = 7_310_610_301
"""Key of the advisory lock: one counts at a time."""
MARK_TYPES = ("int8", "date", "int2", "int2", "int4", "int4", "int4", "int4", "int4")
MARK_COLUMNS = (
    'case_id, "on", deed, is_good, amount, department_id, person_id, unit_grid_id, responsibility_grid_id'
)
MARKS = f"cases.evaluation_mark ({MARK_COLUMNS})"
DAY_TYPES = ("int2", "date", "int4", "int2", "int4")
DAYS = 'cases.evaluation_day (kind, "on", object_id, counter, n)'


def take_turns(session: Session) -> None:
    """Wait until nobody else counts; the lock goes with the transaction."""
    session.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))


# -- reading facts by columns -----------------------------------------------------------------------------


STEP_TYPES = (
    "int8", "int4", "int4", "int2", "int2", "int8", "int4", "int2", "int2", "int4", "int2", "int2", "int8",
)  # fmt: skip
STEPS = f"""
    SELECT f.case_id, f.seq, (f.at AT TIME ZONE '{CITY_ZONE.key}')::date - DATE '2000-01-01',
        f.action_no, f.role_no, coalesce(f.by_person_id, 0), coalesce(o.id, 0), f.in_time, f.case_in_time,
        f.used_min, f.answer, f.is_public, coalesce(f.given_to, 0)
    FROM cases.fact f
    LEFT JOIN cases.evaluated_object o ON o.kind = 'department' AND o.code = f.given_department
    WHERE f.case_id BETWEEN r.low AND r.high
"""  # noqa: S608 - words of our own
_OWED = {stage: DEED_NO[owed] for stage, owed in OWED_OF_STAGE.items()}
PENDING = f"""
    WITH open_case AS (
        SELECT id FROM cases.seen_case c WHERE c.closed_at IS NULL AND c.id BETWEEN r.low AND r.high),
    stood AS (
        SELECT DISTINCT ON (f.case_id) f.case_id, f.to_stage
        FROM open_case JOIN cases.fact f ON f.case_id = open_case.id ORDER BY f.case_id, f.seq DESC),
    clock AS (
        SELECT DISTINCT ON (f.case_id, k.key) f.case_id, k.key, (k.value ->> 'due_at')::timestamptz AS due_at
        FROM open_case JOIN cases.fact f ON f.case_id = open_case.id
        CROSS JOIN LATERAL jsonb_each(f.body -> 'clocks') k ORDER BY f.case_id, k.key, f.seq DESC)
    SELECT clock.case_id,
        CASE WHEN clock.key = 'case' THEN {DEED_NO["case_overdue"]}::int2
            ELSE {numbered("stood.to_stage", _OWED)} END,
        (clock.due_at AT TIME ZONE '{CITY_ZONE.key}')::date - DATE '2000-01-01'
    FROM clock JOIN stood USING (case_id)
    WHERE clock.due_at IS NOT NULL AND (clock.key = 'case' OR clock.key = CASE stood.to_stage
        {" ".join(f"WHEN '{stage}' THEN '{clock}'" for stage, clock in STAGE_CLOCK.items())} END)
"""  # noqa: S608 - words of our own


def read_steps(session: Session, case_ids: Ints) -> tuple[Steps, Pending]:
    """The facts of some cases (numbers in order), as columns; and what is open in them."""
    runs = Runs.of(case_ids)
    columns = _chosen(read_columns(session, STEPS, STEP_TYPES, runs), case_ids)
    order = np.argsort((columns[0] << 16) | columns[1], kind="stable")
    owed = _chosen(read_columns(session, PENDING, ("int8", "int2", "int4"), runs), case_ids)
    return Steps(*(column[order] for column in columns)), Pending(*owed)


def _chosen(columns: Sequence[Ints], case_ids: Ints) -> list[Ints]:
    """The rows of chosen cases alone, by the first column: runs hold others between them."""
    place = np.minimum(np.searchsorted(case_ids, columns[0]), len(case_ids) - 1)
    wanted = case_ids[place] == columns[0]
    return [column[wanted] for column in columns]


def list_cases(session: Session) -> Ints:
    """The numbers of all cases, in order."""
    return np.sort(read_columns(session, "SELECT id FROM cases.seen_case", ("int8",))[0])


_MARKED = """
    SELECT DISTINCT case_id FROM cases.evaluation_mark WHERE "on" BETWEEN %(first)s AND %(last)s
"""
_HAPPENED = f"""
    SELECT DISTINCT case_id FROM cases.fact
    WHERE at >= CAST(%(first)s AS date)::timestamp AT TIME ZONE '{CITY_ZONE.key}'
        AND at < (CAST(%(last)s AS date) + 1)::timestamp AT TIME ZONE '{CITY_ZONE.key}'
        AND case_id >= 0
"""  # noqa: S608 - words of our own


def list_cases_of_days(session: Session, beside: Session, first: date, last: date) -> Ints:
    """The numbers of the cases that count in some days or have facts in them, in order.

    What counts is asked through `beside`, a session of another connection, at the same time.
    """
    with ThreadPoolExecutor(max_workers=1) as reader:
        marked = reader.submit(_cases_of, beside, _MARKED, first, last)
        return np.union1d(_cases_of(session, _HAPPENED, first, last), marked.result())


def _cases_of(session: Session, query: str, first: date, last: date) -> Ints:
    return read_columns(session, query, ("int8",), first=first, last=last)[0]


# -- objects -----------------------------------------------------------------------------------------------

_PLACES_OF_CASES = {
    "unit_grid": "unit_grid_code",
    "community": "left(unit_grid_code, 12)",
    "subdistrict": "left(unit_grid_code, 9)",
    "district": "left(unit_grid_code, 6)",
    "responsibility_grid": "responsibility_code",
}


def number_objects(session: Session, runs: Runs) -> None:
    """Give a number to every place of the cases, every department on record and every post."""
    lines = ", ".join(f"('{kind}', {code})" for kind, code in _PLACES_OF_CASES.items())
    ends: dict[str, object] = {"lows": list(runs.lows), "highs": list(runs.highs)}
    session.execute(text(_NUMBER.format(source=_PLACED.format(lines=lines))), ends)
    session.execute(text(_NUMBER.format(source="SELECT 'department', code FROM grid.organisation")))
    _number(session, [("post", post) for post in POSTS])


_PLACED = """
    SELECT DISTINCT line.kind, line.code FROM
        (SELECT DISTINCT unit_grid_code, responsibility_code FROM
            unnest(CAST(:lows AS int8[]), CAST(:highs AS int8[])) AS r (low, high)
            JOIN cases.seen_case ON id BETWEEN r.low AND r.high) AS c,
        LATERAL (VALUES {lines}) AS line (kind, code) WHERE line.code IS NOT NULL
"""
_NUMBER = """
    INSERT INTO cases.evaluated_object (kind, code) SELECT n.kind, n.code FROM ({source}) AS n (kind, code)
    WHERE NOT EXISTS (SELECT FROM cases.evaluated_object o WHERE (o.kind, o.code) = (n.kind, n.code))
    ORDER BY 1, 2
"""


def _number(session: Session, named: Sequence[tuple[str, str]]) -> None:
    kinds, codes = [kind for kind, _ in named], [code for _, code in named]
    source = "SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:codes AS text[]))"
    session.execute(text(_NUMBER.format(source=source)), {"kinds": kinds, "codes": codes})


def _objects(session: Session, *kinds: str) -> dict[tuple[str, str], int]:
    rows = session.execute(
        text("SELECT kind, code, id FROM cases.evaluated_object WHERE kind = ANY(:kinds)"),
        {"kinds": list(kinds)},
    )
    return {(row.kind, row.code): row.id for row in rows}


def people_objects(session: Session, marks: Marks) -> Ints:
    """The object of each mark's person, or of the post where no person is known; 0 for nobody."""
    pair = (marks.role << 48) | marks.person
    pairs, where = np.unique(pair, return_inverse=True)
    named = [_person_object(int(one) >> 48, int(one) & (1 << 48) - 1) for one in pairs]
    _number(session, sorted({one for one in named if one is not None}))
    known = _objects(session, "post", "person")
    ids = np.array([0 if one is None else known[one] for one in named], np.int64)
    return ids[where] if len(ids) else np.zeros(0, np.int64)


def _person_object(role: int, person: int) -> tuple[str, str] | None:
    name = ROLES[role]
    if name not in POSTS:
        return None
    return ("person", f"{name}:{person}") if person else ("post", name)


@dataclass(frozen=True, slots=True)
class Directory:
    """Which objects stand above others: of each unit grid its divisions, of each person the post."""

    above: Ints
    post_of: Ints

    def concerned(self, kept: "KeptMarks") -> Concerned:
        """Whom marks concern."""
        grid, person = kept.unit_grid, kept.person
        places = [grid, kept.responsibility_grid, *(level[grid] for level in self.above)]
        return Concerned(
            places=np.column_stack(places),
            department=kept.marks.department,
            post=self.post_of[person],
            person=np.where(self.post_of[person] != person, person, 0),
        )


@dataclass(frozen=True, slots=True)
class KeptMarks:
    """Marks with the objects they are kept under; 0 for nobody."""

    marks: Marks
    person: Ints
    unit_grid: Ints
    responsibility_grid: Ints

    def columns(self) -> list[Ints]:
        """As the table has them."""
        one = self.marks
        kept = [one.case_id, one.day, one.deed, one.is_good, one.amount, one.department]
        return [*kept, self.person, self.unit_grid, self.responsibility_grid]

    def only(self, chosen: NDArray[np.bool_]) -> "KeptMarks":
        """Some of them."""
        return _kept_of([column[chosen] for column in self.columns()])

    def by_case(self) -> "KeptMarks":
        """The same, those of a case side by side: so they are found again with few pages read."""
        order = np.argsort(self.marks.case_id, kind="stable")
        return _kept_of([column[order] for column in self.columns()])


def _kept_of(columns: Sequence[Ints]) -> KeptMarks:
    case_id, day, deed, is_good, amount, department, person, unit_grid, responsibility_grid = columns
    none = np.zeros(len(case_id), np.int64)
    marks = Marks(case_id, day, deed, is_good, amount, department, none, none)
    return KeptMarks(marks, person, unit_grid, responsibility_grid)


def read_directory(session: Session) -> Directory:
    """The divisions of grids and the posts of people, by number."""
    known = _objects(session, *PLACES, "post", "person")
    size = max(known.values(), default=0) + 1
    above = np.zeros((3, size), np.int64)
    post_of = np.zeros(size, np.int64)
    for (kind, code), number in known.items():
        if kind == "unit_grid":
            for n, (level, digits) in enumerate((("community", 12), ("subdistrict", 9), ("district", 6))):
                above[n, number] = known[(level, code[:digits])]
        elif kind in ("post", "person"):
            post_of[number] = known[("post", code.partition(":")[0])]
    return Directory(above, post_of)


_PLACES = """
    SELECT c.id, coalesce(g.id, 0), coalesce(d.id, 0) FROM cases.seen_case c
    LEFT JOIN cases.evaluated_object g ON g.kind = 'unit_grid' AND g.code = c.unit_grid_code
    LEFT JOIN cases.evaluated_object d ON d.kind = 'responsibility_grid' AND d.code = c.responsibility_code
    WHERE c.id BETWEEN r.low AND r.high
"""


def find_kept(session: Session, case_ids: Ints) -> KeptMarks:
    """The marks of some cases (numbers in order), from their facts, with whom each is for."""
    runs = Runs.of(case_ids)
    number_objects(session, runs)
    marks = find_marks(*read_steps(session, case_ids))
    ids, grid, duty = read_columns(session, _PLACES, ("int8", "int4", "int4"), runs)
    order = np.argsort(ids)
    rows = order[np.searchsorted(ids, marks.case_id, sorter=order)]
    return KeptMarks(marks, people_objects(session, marks), grid[rows], duty[rows])


# -- writing -----------------------------------------------------------------------------------------------


def count_all(session: Session) -> int:
    """Count every case anew; answers how many marks there are.

    What readers see stays until the end: tables are emptied only when everything is known.
    """
    kept = find_kept(session, list_cases(session))
    counts = count_days(kept.marks, read_directory(session).concerned(kept))
    session.execute(text("TRUNCATE cases.evaluation_mark, cases.evaluation_day"))
    for index in _INDEXES:
        session.execute(text(f"DROP INDEX cases.{index}"))
    write_columns(session, MARKS, MARK_TYPES, kept.by_case().columns())
    write_columns(
        session, DAYS, DAY_TYPES, (counts.kind, counts.day, counts.object_id, counts.counter, counts.n)
    )
    session.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
    for statement in _INDEXES.values():
        session.execute(text(statement))
    session.execute(text("ANALYZE cases.evaluation_day, cases.evaluation_mark"))
    return len(kept.marks)


def compare_all(session: Session) -> tuple[int, int]:
    """How many counts the facts come to from scratch, and how many of them are kept otherwise."""
    found = find_kept(session, list_cases(session))
    counts = count_days(found.marks, read_directory(session).concerned(found))
    days = Runs([*range(len(KINDS))], [*range(len(KINDS))])
    kept = DayCounts(*read_columns(session, _DAYS_OF_KIND, DAY_TYPES, days))
    return len(counts.n), len({*counts.rows()} ^ {*kept.rows()})


_DAYS_OF_KIND = """
    SELECT kind, "on", object_id, counter, n FROM cases.evaluation_day WHERE kind BETWEEN r.low AND r.high
"""
_INDEXES = {
    "ix_evaluation_mark_case": "CREATE INDEX ix_evaluation_mark_case ON cases.evaluation_mark (case_id)",
    "ix_evaluation_mark_deed": 'CREATE INDEX ix_evaluation_mark_deed ON cases.evaluation_mark (deed, "on")',
    "uq_evaluation_day": "CREATE UNIQUE INDEX uq_evaluation_day ON cases.evaluation_day"
    ' (kind, "on", object_id, counter)',
    "ix_evaluation_day_object": "CREATE INDEX ix_evaluation_day_object ON cases.evaluation_day"
    ' (object_id, "on")',
}


def count_some(session: Session, beside: Session, case_ids: Ints) -> int:
    """Count some cases (numbers in order) anew; answers how many counts of days changed.

    Cases that count as they did before are left alone. How they counted is read through `beside`, a session
    of another connection, while their facts are: nobody writes marks but who holds the lock.
    """
    with ThreadPoolExecutor(max_workers=1) as reader:
        before = reader.submit(_read_kept, beside, case_ids)
        found = find_kept(session, case_ids)
        gone = before.result()
    changed = _differing(found, gone)
    if len(changed) == 0:
        return 0
    found, gone = (one.only(np.isin(one.marks.case_id, changed)) for one in (found, gone))
    directory = read_directory(session)
    whom, of_gone = directory.concerned(found), directory.concerned(gone)
    counts = count_days(found.marks, whom, gone=gone.marks, of_gone=of_gone)
    session.execute(
        text("DELETE FROM cases.evaluation_mark WHERE case_id = ANY(:ids)"), {"ids": changed.tolist()}
    )
    write_columns(session, MARKS, MARK_TYPES, found.columns())
    _add_counts(session, counts)
    return len(counts.n)


def _read_kept(session: Session, case_ids: Ints) -> KeptMarks:
    """The marks that some cases have."""
    query = f"SELECT {MARK_COLUMNS} FROM cases.evaluation_mark WHERE case_id BETWEEN r.low AND r.high"  # noqa: S608 - our own
    return _kept_of(_chosen(read_columns(session, query, MARK_TYPES, Runs.of(case_ids)), case_ids))


def _differing(new: KeptMarks, old: KeptMarks) -> Ints:
    """The cases whose marks are not the same: rows are mixed into numbers, and these added up by case."""
    case_ids = np.unique(np.concatenate([new.marks.case_id, old.marks.case_id]))
    sums = []
    for one in (new, old):
        total = np.zeros(len(case_ids), np.uint64)
        np.add.at(total, np.searchsorted(case_ids, one.marks.case_id), _mixed(one.columns()))
        sums.append(total)
    differing: Ints = case_ids[sums[0] != sums[1]]
    return differing


def _mixed(columns: Sequence[Ints]) -> NDArray[np.uint64]:
    """Rows as numbers of 64 bits, as good as different for different rows."""
    mixed: NDArray[np.uint64] = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        product: NDArray[np.uint64] = (mixed ^ column.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed = product ^ (product >> np.uint64(29))
    return mixed


def _add_counts(session: Session, counts: DayCounts) -> None:
    session.execute(text("CREATE TEMPORARY TABLE counted (LIKE cases.evaluation_day) ON COMMIT DROP"))
    columns = (counts.kind, counts.day, counts.object_id, counts.counter, counts.n)
    write_columns(session, 'counted (kind, "on", object_id, counter, n)', DAY_TYPES, columns)
    session.execute(
        text(
            f'INSERT INTO {DAYS} SELECT kind, "on", object_id, counter, n FROM counted'  # noqa: S608 - our own
            ' ON CONFLICT (kind, "on", object_id, counter) DO UPDATE SET n = evaluation_day.n + excluded.n'
        )
    )
    session.execute(
        text(
            "DELETE FROM cases.evaluation_day d USING counted c WHERE d.n = 0 AND (d.kind, d.on, d.object_id,"
            " d.counter) = (c.kind, c.on, c.object_id, c.counter)"
        )
    )
    session.execute(text("DROP TABLE counted"))


def keep_state(session: Session, horizon: int, at: datetime, *, has_changed: bool) -> None:
    """Keep up to where facts are counted."""
    session.execute(
        text(
            "INSERT INTO cases.evaluation_state (id, horizon, revision, counted_at, rules)"
            " VALUES (1, :horizon, 1, :at, :rules) ON CONFLICT (id) DO UPDATE SET horizon = excluded.horizon,"
            " revision = evaluation_state.revision + :step, counted_at = excluded.counted_at,"
            " rules = excluded.rules"
        ),
        {"horizon": horizon, "at": at, "rules": RULES, "step": int(has_changed)},
    )


def find_state(session: Session) -> EvaluationStateRow | None:
    """Up to where facts are counted; None when they never were."""
    return session.get(EvaluationStateRow, 1)


# -- frozen figures ------------------------------------------------------------------------------------------


def last_link(session: Session) -> tuple[int, bytes]:
    """Place and hash of the last fact of the chain; 0 and the first predecessor when there is none."""
    query = (
        select(EvaluationFactRow.seq, EvaluationFactRow.hash).order_by(EvaluationFactRow.seq.desc()).limit(1)
    )
    row = session.execute(query).one_or_none()
    return (0, FIRST) if row is None else (row.seq, bytes(row.hash))


def add_fact(session: Session, row: dict[str, object], figures: Sequence[dict[str, object]] = ()) -> None:
    """Add a fact to the chain, with the figures that it froze."""
    session.execute(insert(EvaluationFactRow), [row])
    if figures:
        session.execute(insert(EvaluationFigureRow), list(figures))


__all__ = [
    "KIND_NO", "add_fact", "count_all", "count_some", "find_state", "keep_state", "last_link", "read_steps",
    "take_turns",
]  # fmt: skip
