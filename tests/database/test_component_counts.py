"""The pyramid of components stays true while many write at once, and while it is folded."""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.db import Sessions
from grid.layers import layer_version, recount, tidy

ADD = text("""
    INSERT INTO grid.component (code, type_code, name, geom, unit_grid_code, authority_code, owner_code,
        state, first_surveyed_on, source, is_synthetic)
    SELECT lpad((:first + n)::text, 17, '0'), (ARRAY['01002', '01007', '03005'])[1 + n % 3], '部件',
        ST_SetSRID(ST_MakePoint(421000 + (n * 7919 + :first) % 6000, 3805000 + n * 6577 % 6000), 4545),
        '61030300' || n % 4 || '007005', 'BJ-PS',
        CASE WHEN n % 3 = 1 THEN 'BJ-DX' END, '完好', '2026-01-01', 'test', true
    FROM generate_series(1, :many) AS n
""")
MOVE = text("UPDATE grid.component SET geom = ST_Translate(geom, 300, -200) WHERE id % 7 = :n")
REDRAW = text("UPDATE grid.component SET unit_grid_code = '610303005001001' WHERE id % 5 = :n")
BREAK = text("UPDATE grid.component SET state = '破损', type_code = '01002' WHERE id % 11 = :n")
REMOVE = text("DELETE FROM grid.component WHERE id % 13 = :n")
MOVE_OWN = text("UPDATE grid.component SET geom = ST_Translate(geom, 150, 90) WHERE code LIKE :own")
LOSE_OWN = text("UPDATE grid.component SET state = '丢失' WHERE code LIKE :own")
REMOVE_OWN = text("DELETE FROM grid.component WHERE code LIKE :own")
COUNTS = text("""
    SELECT level, cell_column, cell_row, type_code, owner_code, state, subdistrict_code, sum(n)
    FROM grid.component_count GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(n) <> 0
""")
BOTH = text("""
    SELECT (SELECT count(*) FROM grid.component),
        (SELECT coalesce(sum(n), 0) FROM grid.component_count
         WHERE level = 14 AND type_code = '' AND owner_code = '')
""")


def counts_of(sessions: Sessions) -> Counter[tuple[object, ...]]:
    with sessions() as session:
        return Counter({tuple(row[:7]): row[7] for row in session.execute(COUNTS)})


def counts_anew(sessions: Sessions) -> Counter[tuple[object, ...]]:
    with sessions.begin() as session:
        recount(session)
    return counts_of(sessions)


def add(session: Session, *, first: int = 0, many: int = 300) -> None:
    session.execute(ADD, {"first": first, "many": many})


def empty(session: Session) -> None:
    session.execute(text("TRUNCATE grid.component"))


@pytest.mark.parametrize(
    "change",
    [
        lambda session: add(session, first=5000),
        lambda session: session.execute(MOVE, {"n": 3}),
        lambda session: session.execute(REDRAW, {"n": 3}),
        lambda session: session.execute(BREAK, {"n": 3}),
        lambda session: session.execute(REMOVE, {"n": 3}),
        empty,
    ],
    ids=[
        "components come",
        "components are moved",
        "borders move",
        "components break",
        "components go",
        "all are removed",
    ],
)
def test_counts_follow_the_register(sessions: Sessions, change: Callable[[Session], object]) -> None:
    with sessions.begin() as session:
        add(session)
    with sessions.begin() as session:
        change(session)
    assert counts_of(sessions) == counts_anew(sessions)


def test_every_level_counts_every_component(sessions: Sessions) -> None:
    with sessions.begin() as session:
        add(session)
    found: Counter[tuple[object, ...]] = Counter()
    for (level, _, _, type_code, owner_code, *_), n in counts_of(sessions).items():
        found[level, len(str(type_code)), owner_code != ""] += n
    every = {(level, 0, False): 300 for level in range(14, 20)}
    kinds = {(level, digits, False): 300 for level in range(14, 18) for digits in (2, 5)}
    assert dict(found) == every | kinds | {(level, 5, True): 100 for level in range(14, 18)}


def write(sessions: Sessions, writer: int) -> None:
    """Thirty transactions of one writer; some of them are taken back."""
    chance = random.Random(writer)
    for n in range(30):
        with sessions() as session:
            match chance.randrange(4):
                case 0:
                    add(session, first=(writer + 1) * 100_000 + n * 1_000, many=chance.randrange(1, 60))
                case 1:
                    session.execute(MOVE_OWN, {"own": f"%{writer + 1}_____"})
                case 2:
                    session.execute(LOSE_OWN, {"own": f"%{writer + 1}____{n % 10}"})
                case _:
                    session.execute(REMOVE_OWN, {"own": f"%{writer + 1}___{n % 10}_"})
            session.rollback() if chance.random() < 0.2 else session.commit()


def fold_until(sessions: Sessions, over: Event) -> int:
    folds = 0
    while not over.is_set():
        with sessions.begin() as session:
            tidy(session)
        folds += 1
    return folds


def look_until(sessions: Sessions, over: Event) -> set[int]:
    """By how much the counts differed from the register in one snapshot, ever."""
    seen = set()
    while not over.is_set():
        with sessions() as session:
            register, counted = session.execute(BOTH).one()
        seen.add(register - counted)
    return seen


def test_counts_are_those_of_the_register_at_every_moment_while_six_write(
    sessions: Sessions,
) -> None:
    over = Event()
    with ThreadPoolExecutor(8) as pool:
        folding, looking = (pool.submit(act, sessions, over) for act in (fold_until, look_until))
        writing = [pool.submit(write, sessions, writer) for writer in range(6)]
        [done.result() for done in writing]
        over.set()
    assert folding.result() > 0
    assert looking.result() == {0}
    assert counts_of(sessions) == counts_anew(sessions)
    assert sum(counts_of(sessions).values()) > 0


def test_folding_changes_no_count_and_no_version(sessions: Sessions) -> None:
    with sessions.begin() as session:
        add(session)
    with sessions.begin() as session:
        session.execute(MOVE, {"n": 3})
    before = (counts_of(sessions), version(sessions), rows(sessions))
    with sessions.begin() as session:
        tidy(session)
    assert (counts_of(sessions), version(sessions)) == before[:2]
    assert rows(sessions) < before[2]


def version(sessions: Sessions) -> str:
    with sessions() as session:
        return session.scalar(layer_version("components")) or ""


def rows(sessions: Sessions) -> int:
    with sessions() as session:
        return session.execute(text("SELECT count(*) FROM grid.component_count")).scalar_one()


def test_waiting_for_others_is_no_change(sessions: Sessions) -> None:
    """A version read while an older transaction runs is the one read after it has ended without a change."""
    with sessions() as other:
        other.execute(text("SELECT pg_current_xact_id()"))
        add_alone(sessions, 1_000)
        during = version(sessions)
        other.rollback()
    assert version(sessions) == during


def test_forty_changes_beside_a_slow_one_are_forty_versions_and_its_own_one_more(sessions: Sessions) -> None:
    with sessions() as slow:
        add(slow, first=1_000, many=1)
        seen = []
        for n in range(40):
            add_alone(sessions, 2_000 + n)
            seen.append(version(sessions))
        slow.commit()
    assert len({*seen, version(sessions)}) == 41


def test_no_two_states_of_the_register_share_a_version(sessions: Sessions) -> None:
    """Three transactions that overlap in every order: each commit is seen as a version of its own."""
    slow, slower = sessions(), sessions()
    seen = [version(sessions)]
    add(slow, first=1_000, many=1)
    add(slower, first=2_000, many=1)
    alone = (partial(add_alone, sessions, first) for first in (3_000, 4_000))
    for act in (next(alone), slower.commit, next(alone), slow.commit):
        act()
        seen.append(version(sessions))
    assert len(set(seen)) == 5
    [session.close() for session in (slow, slower)]


def add_alone(sessions: Sessions, first: int) -> None:
    with sessions.begin() as session:
        add(session, first=first, many=1)


FACT = text("""
    INSERT INTO cases.fact (case_id, seq, at, by_name, by_role, transition_no, action, to_stage, reason, body,
        prev_hash, hash)
    VALUES (:n, 1, now(), '监督员甲', 'inspector', 1, 'report', 'reported', '上报', '{}', '', '')
""")


def test_a_fact_numbered_first_and_committed_last_is_a_version_of_its_own(sessions: Sessions) -> None:
    def cases_version() -> str:
        with sessions() as session:
            return session.execute(text("SELECT cases.layer_version()")).scalar_one()

    def write_fact(session: Session, n: int) -> None:
        session.execute(text("SET LOCAL session_replication_role = replica"))  # there is no case behind it
        session.execute(FACT, {"n": n})

    seen = [cases_version()]
    with sessions() as slow:
        write_fact(slow, 1)
        with sessions.begin() as session:
            write_fact(session, 2)
        seen.append(cases_version())
        slow.commit()
    assert len({*seen, cases_version()}) == 3


MANY_FACTS = text("""
    INSERT INTO cases.fact (case_id, seq, at, by_name, by_role, transition_no, action, to_stage, reason, body,
        prev_hash, hash)
    SELECT n, 1, now(), '导入员甲', 'data_officer', 1, 'report', 'reported', '导入', '{}', '', ''
    FROM generate_series(100, 5099) AS n
""")
READ_OF_FACTS = text("""
    SELECT coalesce(sum(idx_tup_fetch + seq_tup_read), 0) FROM pg_stat_xact_user_tables WHERE relname = 'fact'
""")


@pytest.mark.parametrize("is_settled", [True, False], ids=["settled", "beside an older transaction"])
def test_a_version_of_cases_does_not_pass_by_all_facts_of_an_import(
    sessions: Sessions, is_settled: bool
) -> None:
    with sessions() as older:
        if not is_settled:
            older.execute(text("SELECT pg_current_xact_id()"))
        with sessions.begin() as session:
            session.execute(text("SET LOCAL session_replication_role = replica"))  # they have no cases
            session.execute(MANY_FACTS)
        with sessions.begin() as session:
            session.execute(text("ANALYZE cases.fact"))
        with sessions() as session:
            before = session.execute(READ_OF_FACTS).scalar_one()
            session.execute(text("SELECT cases.layer_version()"))
            assert session.execute(READ_OF_FACTS).scalar_one() - before < 200


def test_transactions_of_facts_are_told_apart(sessions: Sessions) -> None:
    for first in (1, 10_001, 20_001):
        with sessions.begin() as session:
            session.execute(text("SET LOCAL session_replication_role = replica"))
            for n in range(first, first + 3):
                session.execute(FACT, {"n": n})
    listed = "SELECT array_agg(xact ORDER BY xact) FROM (SELECT DISTINCT xact FROM cases.fact) AS one"
    with sessions() as session:
        every = session.execute(text(listed)).scalar_one()
        newest = session.execute(text("SELECT cases.newest_xacts(:high, 32)"), {"high": every[-1] + 1})
        assert newest.scalar_one() == every[::-1][:32]
        between = text("SELECT cases.xacts_between(:low, :high)")
        found = session.execute(between, {"low": every[-3], "high": every[-1]}).scalar_one()
        assert found == every[-3:-1]
