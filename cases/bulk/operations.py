"""Taking one step for many cases: each case keeps its own fact, its own transaction and its own refusal."""

import logging
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, cast
from uuid import UUID

from sqlalchemy.orm import Session

from cases.bulk import store
from cases.bulk.reading import BulkRun, get_run, list_open
from cases.bulk.store import Verdict
from cases.filtering import CaseFilter
from cases.listing import count_cases
from cases.operations import Cases, StalePage
from cases.rules.commands import Command, named_person_id
from cases.rules.deciding import Asking, Known
from cases.store import find_assignee, state_of
from gis_core.db import Sessions
from gis_core.errors import CitygridError, Conflict, Refused
from gis_core.jobs import send_named

log = logging.getLogger(__name__)

WORK = "cases.bulk"
"""The job of the worker, by the name under which it is sent for."""
MOST_CASES = 50_000
CHECK_AT_ONCE = 300
"""So many are tried while the page waits: half a second at most."""
TRIED_TOGETHER = 500
TURN_S = 0.5
KEPT = timedelta(days=30)
CHOICES_KEPT = timedelta(days=2)

Build = Callable[[str, Mapping[str, Any], Mapping[str, Any]], Command]
"""The command of a step for one case, from its action, the fields sent and what is known of the case."""


class TooManyCases(Refused):
    """More cases were chosen than one run takes."""

    code = "too_many_cases"


class NothingChosen(Refused):
    """No case was chosen, or none that the person may see."""

    code = "nothing_chosen"


class RunMoved(Conflict):
    """The run is under way or has ended."""

    code = "bulk_run_moved"


class Joining:
    """Hands the session of the transaction under way to operations that open one of their own.

    So a case's fact and the note that it was moved are committed together: a worker that dies in between has
    done both or neither. What is refused is undone to the savepoint.
    """

    def __init__(self) -> None:
        self._session: Session | None = None

    @contextmanager
    def around(self, session: Session) -> Iterator[None]:
        """Operations use this session meanwhile."""
        self._session = session
        try:
            yield
        finally:
            self._session = None

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """What `Sessions.begin` is to them: a savepoint."""
        if self._session is None:
            raise RuntimeError("no transaction is under way")
        with self._session.begin_nested():
            yield self._session


@dataclass(slots=True)
class BulkActs:
    """Operations on many cases, wired once in each process; a worker is one thread."""

    sessions: Sessions
    cases: Cases
    build: Build
    _joining: Joining = field(init=False)
    _joined: Cases = field(init=False)

    def __post_init__(self) -> None:
        self._joining = Joining()
        self._joined = replace(self.cases, sessions=cast(Sessions, self._joining))

    def choose(
        self,
        token: UUID,
        asking: Asking,
        wanted: CaseFilter,
        case_nos: Sequence[str],
        *,
        roles: Sequence[str],
        back: str,
    ) -> int:
        """Keep a choice of cases: those of the filter, or those of these numbers among them.

        The number of the run; the same again when the same page is sent twice.

        :raises TooManyCases: when there are more than `MOST_CASES`; NothingChosen when there are none.
        """
        with self.sessions.begin() as session:
            counted = count_cases(session, wanted, at=asking.at, most=MOST_CASES + 1) if not case_nos else 0
            if max(counted, len(case_nos)) > MOST_CASES:
                raise TooManyCases(f"一次最多办理 {MOST_CASES} 件。请用筛选条件缩小范围，分几次办理。")
            run_id, is_new = store.add_run(session, token, asking, roles=roles, back=back)
            if is_new and not store.add_items(session, run_id, wanted, case_nos, asking.at):
                raise NothingChosen("没有选中案件，或者选中的已不在您的列表中。请回到列表重新选择。")
        return run_id

    def ask(self, run_id: int, asking: Asking, action: str, sent: dict[str, Any]) -> None:
        """Try a step for all of them, without writing anything to a case; many are left to the worker.

        :raises RunMoved: when the step is being taken, or was.
        """
        with self.sessions.begin() as session:
            run = get_run(session, run_id, _person(asking))
            if not store.set_step(session, run, action, asking.role, sent):
                raise RunMoved("这次批量办理已经开始或结束，不能再改。请从列表重新选择案件。")
            if run.rows > CHECK_AT_ONCE:
                send_named(WORK, session)
        if run.rows <= CHECK_AT_ONCE:
            with self.sessions() as session:
                run = get_run(session, run_id, _person(asking))
            for _ in self.check(run, asking.at):
                pass

    def start(self, run_id: int, asking: Asking) -> None:
        """Have the step taken for those that can; sent twice, it is done once.

        :raises RunMoved: when it was not tried yet, or was cancelled.
        """
        with self.sessions.begin() as session:
            run = get_run(session, run_id, _person(asking))
            if store.start(session, run_id):
                send_named(WORK, session)
            elif run.status not in ("running", "done"):
                raise RunMoved("还没有试办完，或者已经取消。请刷新页面后重试。")

    def cancel(self, run_id: int, asking: Asking) -> None:
        """Stop; what was done stays done."""
        with self.sessions.begin() as session:
            get_run(session, run_id, _person(asking))
            store.cancel(session, run_id, asking.at)

    def list_open(self) -> tuple[BulkRun, ...]:
        """What the worker has to do now, the oldest first."""
        with self.sessions() as session:
            return list_open(session)

    def go_on(self, run: BulkRun, now: Callable[[], datetime]) -> None:
        """One turn of a run, about half a second."""
        started = perf_counter()
        steps = self.check(run, now()) if run.status == "checking" else self.take(run, now)
        for _ in steps:
            if perf_counter() - started > TURN_S:
                return

    def check(self, run: BulkRun, at: datetime) -> Generator[int]:
        """Try the step for some more cases at a time; yields how many. Nothing is written to a case."""
        asking, known = self._asking(run, at), None
        while True:
            with self.sessions.begin() as session:
                rows = store.list_chosen(session, run.id, TRIED_TOGETHER)
                if not rows:
                    store.end_check(session, run.id)
                    return
                known = known or self._known(session, run, asking, rows[0])
                store.note_verdicts(session, run.id, [self._verdict(run, row, asking, known) for row in rows])
            yield len(rows)

    def take(self, run: BulkRun, now: Callable[[], datetime]) -> Generator[int]:
        """Take the step for one more case at a time, each in a transaction of its own."""
        while True:
            with self.sessions.begin() as session:
                item = store.next_able(session, run.id)
                if item is None:
                    store.end_run(session, run.id, now())
                    return
                store.note_outcome(session, run.id, self._take_one(session, run, item, now()))
            yield 1

    def _take_one(self, session: Session, run: BulkRun, item: Mapping[str, Any], at: datetime) -> Verdict:
        """Move one case, or say why not; a case that has moved since the dry run is left as it is."""
        place, revision = item["place"], item["revision"]
        try:
            with self._joining.around(session):
                command = self.build(run.action or "", run.sent or {}, item)
                decision = self._joined.perform(item["case_no"], command, self._asking(run, at), revision)
        except StalePage as news:
            return Verdict(place, revision, "moved", news.code, news.message)
        except CitygridError as refusal:
            return Verdict(place, revision, "refused", refusal.code, refusal.message)
        return Verdict(place, revision, "done", None, decision.reason)

    def _verdict(self, run: BulkRun, row: Mapping[str, Any], asking: Asking, known: Known) -> Verdict:
        try:
            self.build(run.action or "", run.sent or {}, row).decide(state_of(cast(Any, row)), asking, known)
        except CitygridError as refusal:
            return Verdict(row["place"], row["revision"], "unable", refusal.code, refusal.message)
        return Verdict(row["place"], row["revision"], "able")

    def _known(self, session: Session, run: BulkRun, asking: Asking, row: Mapping[str, Any]) -> Known:
        """The rules in force, and the person whom the step names."""
        known = self.cases.known_on(asking)
        try:
            person_id = named_person_id(self.build(run.action or "", run.sent or {}, row))
        except CitygridError:
            return known  # said again for each case
        return known if person_id is None else replace(known, assignee=find_assignee(session, person_id))

    def _asking(self, run: BulkRun, at: datetime) -> Asking:
        return Asking(at, run.by_person_id, run.by_name, run.role or "", run.by_organisation_code)


def sweep(session: Session, at: datetime) -> None:
    """Remove lists of results after a month, and choices that came to nothing."""
    store.forget(session, ended_before=at - KEPT, chosen_before=at - CHOICES_KEPT)


def _person(asking: Asking) -> int:
    assert asking.person_id is not None
    return asking.person_id
