"""Evaluation at a million cases in five years: a year counted anew, what is new, all figures.

Twenty thousand cases are lived by the real rules, each with its nine or so facts; the million are copies of
them, moved to other years.
"""

from datetime import date, timedelta
from time import perf_counter

from sqlalchemy import Engine, text

from cases.evaluation.counting import KINDS
from cases.evaluation.figures import Evaluating
from cases.evaluation.formulas import load_formulas
from cases.evaluation.operations import Counting
from cases.rules.periods import Period
from cases.sample_cases import add_past_cases
from gis_core.clock import SystemClock, city_time
from gis_core.db import Sessions, open_sessions
from grid.bulk import drop_indexes
from grid.city import City
from tests.bench.figures import Figure
from tests.bench.web import BAOJI, drawn_city
from web.accounts.seed import seed_demo_people

LIVED, COPIES, YEARS = 20_000, 50, 5
CASES = LIVED * COPIES
ROUNDS = 3
NEW_FACTS = 500
"""Of a minute at the busiest hour there are fewer: the worker counts every minute."""
STEP = 10_000_000
"""By how much the numbers of a copy's cases lie above those of the copy before."""

OLDEST_FIRST = sorted(range(1, COPIES), key=lambda copy: -(copy % YEARS))
"""Copies in the order of their years: as in life, what happened later lies later in its table."""

COLUMNS = text("""
    SELECT column_name FROM information_schema.columns WHERE (table_schema, table_name) = ('cases', :name)
        AND is_generated = 'NEVER' AND column_name <> 'xact' ORDER BY ordinal_position
""")
MOVED = {
    "id": "id + copy * {step}::bigint",
    "case_id": "case_id + copy * {step}::bigint",
    "case_no": "lpad(((copy + 1) * 1000000000000 + id)::text, 20, '0')",
    "client_id": "gen_random_uuid()",
    "at": "at - copy % {years} * interval '1 year'",
    "reported_at": "reported_at - copy % {years} * interval '1 year'",
    "closed_at": "closed_at - copy % {years} * interval '1 year'",
}
NEW = text("""
    INSERT INTO cases.fact (case_id, seq, at, by_name, by_role, transition_no, action, from_stage, to_stage,
        reason, body, prev_hash, hash)
    SELECT f.case_id, f.seq + 1, :at, '领导', 'leader', 107, 'urge', f.to_stage, f.to_stage, '催办', '{}',
        '\\x00', '\\x00'
    FROM (SELECT DISTINCT ON (case_id) * FROM cases.fact WHERE case_id IN (
        SELECT id FROM cases."case" WHERE closed_at IS NULL ORDER BY id LIMIT :many)
        ORDER BY case_id, seq DESC) f
""")


def measure() -> list[Figure]:
    """Figures of counting; the database shares the cores."""
    with drawn_city() as (engine, _):
        sessions = open_sessions(engine)
        add_a_million(engine, sessions)
        counting, at = Counting(sessions), SystemClock().now()
        today = city_time(at).date()
        year = Period("year", today - timedelta(days=365), today)
        whole = counting.recount(at)
        _settle(engine)
        anew = sorted(
            (counting.recount_days(year.first, year.last, at) for _ in range(ROUNDS)), key=lambda d: d.took_s
        )[ROUNDS // 2]
        figures_s = _figures_s(sessions, year, today)
        with sessions.begin() as session:
            session.execute(text("SET LOCAL session_replication_role = replica"))
            session.execute(NEW, {"at": at, "many": NEW_FACTS})
        new = counting.refresh(at)
        name = f"evaluation of a year of {anew.cases or 0:,} cases, all objects"
        return [
            _figure(f"{name}, counted anew from facts", anew.took_s + figures_s, "s", target=10),
            _figure(f"{name}, {new.cases:,} changed cases counted", new.took_s, "s", target=1),
            _figure(f"{name}, figures alone", figures_s, "s"),
            _figure(f"evaluation of {CASES:,} cases in {YEARS} years, from nothing", whole.took_s, "s"),
            _figure(
                "counts that are kept otherwise than facts say", counting.prove(at).differing, "", target=0
            ),
        ]


def _settle(engine: Engine) -> None:
    """What autovacuum and checkpoints do in the minutes after everything was written anew."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE cases.evaluation_day, cases.evaluation_mark"))
        connection.execute(text("CHECKPOINT"))


def _figure(name: str, value: float, unit: str, target: float | None = None) -> Figure:
    return Figure("cases", name, value, unit, target)


def _figures_s(sessions: Sessions, year: Period, today: date) -> float:
    """What the tables of all kinds of object take."""
    formulas, city = load_formulas(City.load(BAOJI)), City.load(BAOJI)
    started = perf_counter()
    with sessions() as session:
        evaluating = Evaluating.read(session, formulas, city.districts)
        for kind in KINDS:
            evaluating.table(session, kind, year, today=today)
    return perf_counter() - started


def add_a_million(engine: Engine, sessions: Sessions, *, with_words: bool = False) -> None:
    """Fill the city with a million cases and their facts; the index on words takes the longest."""
    city = City.load(BAOJI)
    seed_demo_people(sessions, city)
    add_past_cases(sessions, city=city, size="city", at=SystemClock().now(), count=LIVED)
    with sessions.begin() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
        indexes = drop_indexes(session, "cases", ("case", "fact"))
        for table in ("case", "fact"):
            columns = session.execute(COLUMNS, {"name": table}).scalars().all()
            names = ", ".join(f'"{name}"' for name in columns)
            values = ", ".join(
                MOVED.get(name, f'"{name}"').format(step=STEP, years=YEARS) for name in columns
            )
            copied = text(
                f'INSERT INTO cases."{table}" ({names}) SELECT {values}'
                f' FROM cases."{table}", (SELECT CAST(:copy AS int) AS copy) AS one WHERE id < {STEP}'
            )
            for copy in OLDEST_FIRST:
                session.execute(copied, {"copy": copy})
        for statement in indexes:
            if with_words or "ix_case_words" not in statement:  # evaluation has no use for it
                session.execute(text(statement))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text('VACUUM ANALYZE cases."case", cases.fact'))
