"""Everything that counts, one transaction each: what changed since the last time, some days, or all."""

from dataclasses import dataclass
from datetime import date, datetime
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from cases.evaluation import store
from gis_core.clock import Clock
from gis_core.db import Sessions
from gis_core.jobs import Jobs

Ints = NDArray[np.int64]
RATHER_ALL = 20_000
"""When more cases changed than this, counting everything is quicker."""


@dataclass(frozen=True, slots=True)
class Done:
    """What counting did: how many cases were read (None: all), what it came to, how long it took."""

    cases: int | None
    changed: int
    took_s: float


@dataclass(frozen=True, slots=True)
class Proof:
    """What a count from scratch says of what is kept: how many counts there are, how many differ."""

    counts: int
    differing: int
    took_s: float


@dataclass(frozen=True, slots=True)
class Counting:
    """Keeps the counts of days; whoever counts waits for who counts already. Needs two connections."""

    sessions: Sessions

    def refresh(self, at: datetime) -> Done:
        """Count the cases that have new facts since the last time; everything the first time."""
        began = perf_counter()
        with self.sessions.begin() as session:
            store.take_turns(session)
            return self._refresh(session, at, began)

    def _refresh(self, session: Session, at: datetime, began: float) -> Done:
        horizon = _horizon(session)
        state = store.find_state(session)
        is_usable = state is not None and state.rules == store.RULES and state.horizon <= horizon
        changed = _changed_since(session, state.horizon) if state is not None and is_usable else None
        if changed is None or len(changed) > RATHER_ALL:
            return _count_all(session, horizon, at, began)
        return self._count(session, changed, horizon, at, began)

    def _count(self, session: Session, case_ids: Ints, horizon: int, at: datetime, began: float) -> Done:
        changed = 0
        if len(case_ids):
            with self.sessions() as beside:
                changed = store.count_some(session, beside, case_ids)
        store.keep_state(session, horizon, at, has_changed=bool(changed))
        return Done(len(case_ids), changed, perf_counter() - began)

    def recount(self, at: datetime) -> Done:
        """Count everything anew."""
        began = perf_counter()
        with self.sessions.begin() as session:
            store.take_turns(session)
            return _count_all(session, _horizon(session), at, began)

    def recount_days(self, first: date, last: date, at: datetime) -> Done:
        """Count anew the cases that count in some days or had facts in them; and what is new since the last
        time."""
        began = perf_counter()
        with self.sessions.begin() as session:
            store.take_turns(session)
            horizon = _horizon(session)
            state = store.find_state(session)
            if state is None:
                return _count_all(session, horizon, at, began)
            with self.sessions() as beside:
                chosen = store.list_cases_of_days(session, beside, first, last)
            changed = _changed_since(session, min(state.horizon, horizon))
            return self._count(session, np.union1d(chosen, changed), horizon, at, began)

    def prove(self, at: datetime) -> Proof:
        """Count what is new, then all facts from scratch, and compare; both see the same moment.

        Needs two connections: one holds the lock, so that the other's snapshot is taken after it was got.
        """
        began = perf_counter()
        with self.sessions.begin() as guard:
            store.take_turns(guard)
            with self.sessions.begin() as session:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
                self._refresh(session, at, began)
                counts, differing = store.compare_all(session)
            return Proof(counts, differing, perf_counter() - began)

    def register(self, jobs: Jobs, clock: Clock) -> None:
        """Hang counting on the queue's timetable: what changed every minute, everything every night."""

        @jobs.periodic(cron="* * * * *", periodic_id="evaluation")
        @jobs.task(queueing_lock="refresh_evaluation", name="cases.refresh_evaluation")
        def refresh_evaluation(timestamp: int) -> None:
            self.refresh(clock.now())

        @jobs.periodic(cron="40 18 * * *", periodic_id="evaluation_nightly")  # 02:40 in the city
        @jobs.task(queueing_lock="recount_evaluation", name="cases.recount_evaluation")
        def recount_evaluation(timestamp: int) -> None:
            self.recount(clock.now())


_HORIZON = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
_CHANGED = text(
    "SELECT DISTINCT case_id FROM cases.fact WHERE xact >= :since AND case_id >= 0"
    " ORDER BY case_id LIMIT :most"
)


def _horizon(session: Session) -> int:
    """The oldest transaction that still runs: what committed before it is seen from now on."""
    return int(session.execute(_HORIZON).scalar_one())


def _changed_since(session: Session, horizon: int) -> Ints:
    """The numbers of cases with facts since a transaction, in order; of very many only some."""
    found = session.execute(_CHANGED, {"since": horizon, "most": RATHER_ALL + 1})
    return np.array(found.scalars().all(), np.int64)


def _count_all(session: Session, horizon: int, at: datetime, began: float) -> Done:
    marks = store.count_all(session)
    store.keep_state(session, horizon, at, has_changed=True)
    return Done(None, marks, perf_counter() - began)
