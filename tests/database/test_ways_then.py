"""Where everybody was comes thinned where there is much of it, and no gap is hidden by that."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from grid.positions.partitions import make, month_of
from grid.positions.replaying import Ways, read_ways, step_for
from grid.positions.tracks import Look
from tests.case_city import FRIDAY_MORNING, baoji

LOOK = Look(1, "督办领导甲", "leader", "evaluation")
HOUR = timedelta(hours=1)
MOVER = text("""
    INSERT INTO grid.mover (key, kind, name, skills)
    SELECT key, 'vehicle', key, '{}' FROM CAST(:key AS text) AS key
""")
WALK = text("""
    INSERT INTO grid.position (mover_key, at, easting_m, northing_m, received_at)
    SELECT :key, a.at + s * interval '1 second', 429885 + s, 3804224, a.at
    FROM generate_series(CAST(:first AS int), CAST(:last AS int), 10) AS s, CAST(:at AS timestamptz) AS a(at)
""")


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    """A transaction that is rolled back, its partition with it."""
    with sessions() as made:
        make(made, [month_of(FRIDAY_MORNING)])
        yield made
        made.rollback()


def walk(session: Session, key: str, *parts: tuple[int, int]) -> None:
    """Positions every ten seconds in some parts of the hour."""
    session.execute(MOVER, {"key": key})
    given = [{"key": key, "at": FRIDAY_MORNING, "first": first, "last": last} for first, last in parts]
    session.execute(WALK, given)


def read(session: Session, most: int) -> Ways:
    return read_ways(
        session, PlaneSystem(baoji().plane_crs), LOOK, since=FRIDAY_MORNING, until=FRIDAY_MORNING + HOUR,
        at=FRIDAY_MORNING + HOUR, stale_after_s=120, most=most,
    )  # fmt: skip


def test_all_of_few_positions_are_shown(session: Session) -> None:
    walk(session, "v1", (0, 3600))
    ways = read(session, most=1000)
    assert (ways.counted, ways.step_s, len(ways.ways[0].seconds)) == (361, 0, 361)


def test_of_many_positions_one_in_some_seconds_is_shown(session: Session) -> None:
    walk(session, "v1", (0, 3600))
    walk(session, "v2", (0, 3600))
    ways = read(session, most=300)
    assert (ways.counted, ways.step_s, [len(one.seconds) for one in ways.ways]) == (722, 30, [121, 121])


def test_both_ends_of_a_gap_stay_however_few_are_shown(session: Session) -> None:
    walk(session, "v1", (0, 1010), (1310, 3590))
    [way] = read(session, most=8).ways
    n = way.gaps[0]
    assert (way.seconds[n - 1 : n + 1], len(way.gaps), way.seconds[0], way.seconds[-1]) == (
        (1010, 1310), 1, 0, 3590,
    )  # fmt: skip


def test_a_silence_of_two_minutes_is_no_gap_yet(session: Session) -> None:
    walk(session, "v1", (0, 100), (220, 300))
    assert read(session, most=1000).ways[0].gaps == ()


def test_who_was_heard_of_just_before_the_span_is_there_when_it_begins(session: Session) -> None:
    walk(session, "v1", (-110, -90))
    walk(session, "v2", (-300, -200))
    assert [(one.key, one.seconds) for one in read(session, most=1000).ways] == [("v1", (-110, -100, -90))]


def test_each_way_that_is_shown_is_in_the_log_and_no_other(session: Session) -> None:
    walk(session, "v1", (0, 60))
    walk(session, "v2", (7200, 7260))
    read(session, most=1000)
    found = session.execute(text("SELECT mover_key, purpose, since, until FROM grid.track_look")).all()
    assert [tuple(row) for row in found] == [("v1", "evaluation", FRIDAY_MORNING, FRIDAY_MORNING + HOUR)]


STEPS = [
    (100, 5, 3600, 0, "few enough for all"),
    (180_000, 500, 3600, 20, "an hour of a busy city"),
    (1_440_000, 500, 28_800, 300, "a shift of it"),
    (4_320_000, 500, 86_400, 600, "a day of it: no coarser than ten minutes"),
]


@pytest.mark.parametrize(("counted", "movers", "length", "step", "because"), STEPS, ids=[r[4] for r in STEPS])
def test_how_many_seconds_lie_between(
    counted: int, movers: int, length: int, step: int, because: str
) -> None:
    assert step_for(counted, movers, length, most=100_000) == step
