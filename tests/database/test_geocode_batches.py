"""Files of addresses are kept, answered by the worker in turns, taken up, swept away after their time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from gis_core.clock import FixedClock, SystemClock
from gis_core.db import Sessions, open_sessions
from gis_core.errors import CitygridError
from grid.frame import bump
from grid.gazetteer.index_reading import get_version
from grid.geocode_batches import answering
from grid.geocode_batches.operations import WORK, Batches, FilesGone, NoResultYet
from grid.geocode_batches.reading import Batch, NoSuchBatch, get_batch, list_batches
from grid.geocode_batches.store import BatchMoved
from grid.rules.register import Asking
from tests.address_town import addresses, read_answers, town_geocoder, write_table
from tests.case_city import FRIDAY_MORNING
from web.geocode_jobs import GeocodeJobs

CLERK, OTHER = (
    Asking(FRIDAY_MORNING, 3, "受理员甲", "operator"),
    Asking(FRIDAY_MORNING, 4, "受理员乙", "operator"),
)
EMPTY = "TRUNCATE grid.geocode_batch RESTART IDENTITY; DELETE FROM procrastinate_jobs"


@dataclass
class Office:
    """An office with files of addresses, and the worker behind it."""

    sessions: Sessions
    folder: Path
    clock: FixedClock = field(default_factory=lambda: FixedClock(FRIDAY_MORNING))
    batches: Batches = field(init=False)
    jobs: GeocodeJobs = field(init=False)

    def __post_init__(self) -> None:
        self.batches = Batches(self.sessions, self.folder / "geocode")
        geocoder = town_geocoder(self.version())
        self.jobs = GeocodeJobs(self.batches, self.clock, lambda: geocoder)

    def version(self) -> str:
        with self.sessions() as session:
            return get_version(session)

    def bring(self, count: int = 20, asking: Asking = CLERK) -> int:
        """A file as it is uploaded."""
        path = write_table(self.batches.arrivals() / "arriving.csv", addresses(count))
        return self.batches.bring(path, "地址.csv", asking)

    def start(self, count: int = 20, asking: Asking = CLERK) -> int:
        """A file that is uploaded and started."""
        return self.batches.start(self.bring(count, asking), (), None, asking)

    def batch(self, number: int, asking: Asking = CLERK) -> Batch:
        with self.sessions() as session:
            return get_batch(session, number, asking.person_id or 0)

    def messages(self) -> int:
        with self.sessions() as session:
            asked = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :name")
            return int(session.execute(asked, {"name": WORK}).scalar_one())


@pytest.fixture
def office(face_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(answering, "SAVE_EVERY_S", 0.0)
    monkeypatch.setattr(answering, "CHUNK", 5)
    yield Office(open_sessions(face_engine), tmp_path)
    with face_engine.begin() as connection:
        connection.execute(text(EMPTY))


def after(rounds: int) -> Callable[[], bool]:
    """A worker that is asked to stop after so many rounds."""
    left = iter([False] * rounds)
    return lambda: next(left, True)


def test_a_file_that_is_brought_waits_until_somebody_starts_it(office: Office) -> None:
    number = office.bring()
    office.jobs.work()
    assert (office.batch(number).status, office.batch(number).rows, office.messages()) == ("draft", 20, 0)
    assert [*office.batches.arrivals().iterdir()] == []


def test_a_file_that_is_no_table_leaves_nothing_behind(office: Office) -> None:
    path = office.batches.arrivals() / "a.csv"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(CitygridError):
        office.batches.bring(path, "a.xlsx", CLERK)
    with office.sessions() as session:
        assert list_batches(session, 3) == ()


def test_a_started_file_is_answered_and_reported(office: Office) -> None:
    number = office.start()
    assert (office.batch(number).status, office.messages()) == ("waiting", 1)
    office.jobs.work()
    batch = office.batch(number)
    assert (batch.status, batch.rows_done, batch.ended_at) == ("done", 20, FRIDAY_MORNING)
    assert (batch.report or {})["outcomes"][0]["rows"] == 18
    assert len(read_answers(office.batches.result(batch))) == 20


def test_a_worker_that_stops_leaves_its_rows_to_the_next(office: Office) -> None:
    number = office.start(60)
    office.jobs.work(after(4))
    assert (office.batch(number).status, office.batch(number).rows_done) == ("running", 20)
    office.jobs.work()
    rows = read_answers(office.batches.result(office.batch(number)))
    assert [row["编号"] for row in rows] == [f"N{n}" for n in range(60)]


def test_a_small_file_does_not_wait_for_a_large_one(office: Office) -> None:
    large, small = office.start(500), office.start(10)
    office.jobs.work(after(5))
    assert (office.batch(large).status, office.batch(small).status) == ("running", "done")


def test_only_one_worker_answers_at_a_time(office: Office) -> None:
    number = office.start()
    with office.jobs._alone():
        office.jobs.work()
    assert office.batch(number).status == "waiting"


def test_the_same_file_with_the_same_settings_is_answered_once(office: Office) -> None:
    first = office.start()
    second = office.start()
    office.jobs.work()
    third = office.start()
    assert (first, second, third, office.messages()) == (first, first, first, 1)
    assert sorted(one.name for one in (office.batches.home / "batches").iterdir()) == [str(first)]


def test_somebody_else_s_same_file_is_another(office: Office) -> None:
    assert office.start() != office.start(asking=OTHER)


def test_when_places_have_changed_the_same_file_is_answered_anew(office: Office) -> None:
    first = office.start()
    office.jobs.work()
    with office.sessions.begin() as session:
        bump(session)
    assert office.start() != first


def test_cancelled_it_stops_and_can_be_taken_up(office: Office) -> None:
    number = office.start(60)
    office.jobs.work(after(3))
    office.batches.cancel(number, CLERK)
    office.jobs.work()
    assert (office.batch(number).status, office.batch(number).rows_done) == ("cancelled", 15)
    with pytest.raises(NoResultYet):
        office.batches.result(office.batch(number))
    office.batches.take_up(number, CLERK)
    office.jobs.work()
    assert len(read_answers(office.batches.result(office.batch(number)))) == 60


def test_the_same_file_sent_again_takes_up_what_was_cancelled(office: Office) -> None:
    number = office.start(60)
    office.batches.cancel(number, CLERK)
    assert (office.start(60), office.batch(number).status) == (number, "waiting")


@pytest.mark.parametrize("act", ["start", "cancel", "take_up", "remove"])
def test_a_file_belongs_to_whoever_brought_it(office: Office, act: str) -> None:
    number = office.bring()
    more = ((), None) if act == "start" else ()
    with pytest.raises(NoSuchBatch):
        getattr(office.batches, act)(number, *more, OTHER)


@pytest.mark.parametrize("act", ["start", "cancel", "take_up"])
def test_what_is_done_is_not_moved_again(office: Office, act: str) -> None:
    number = office.start()
    office.jobs.work()
    more = ((), None) if act == "start" else ()
    with pytest.raises(BatchMoved):
        getattr(office.batches, act)(number, *more, CLERK)


def test_a_file_that_is_removed_is_gone_with_its_answers(office: Office) -> None:
    number = office.start(60)
    office.jobs.work(after(3))
    office.batches.remove(number, CLERK)
    office.jobs.work()
    with pytest.raises(NoSuchBatch):
        office.batch(number)
    assert not office.batches.folder(number).exists()


def test_one_bad_file_keeps_no_other_waiting(office: Office) -> None:
    bad, good = office.start(30), office.start(20)
    (office.batches.folder(bad) / "source.csv").unlink()
    office.jobs.work()
    assert (office.batch(bad).status, office.batch(good).status) == ("refused", "done")
    assert (office.batch(bad).refusal or {})["code"] == "no_address_file"


def test_files_are_kept_for_thirty_days_and_the_report_longer(office: Office) -> None:
    number = office.start()
    office.jobs.work()
    office.batches.sweep(FRIDAY_MORNING + timedelta(days=29))
    assert office.batches.result(office.batch(number)).exists()
    office.batches.sweep(FRIDAY_MORNING + timedelta(days=31))
    batch = office.batch(number)
    assert (batch.has_files, batch.report is not None) == (False, True)
    assert not office.batches.folder(number).exists()
    with pytest.raises(FilesGone):
        office.batches.result(batch)


def test_a_file_nobody_started_goes_after_a_day(office: Office) -> None:
    number = office.bring()
    office.batches.sweep(FRIDAY_MORNING + timedelta(days=2))
    with office.sessions() as session:
        assert list_batches(session, 3) == ()
    assert not office.batches.folder(number).exists()


def test_what_belongs_to_nothing_is_swept(office: Office) -> None:
    number = office.start()
    (office.batches.home / "batches" / "999").mkdir()
    (office.batches.arrivals() / "broken-off.csv").write_text("x")
    office.batches.sweep(SystemClock().now() + timedelta(days=2))
    assert [one.name for one in (office.batches.home / "batches").iterdir()] == [str(number)]
    assert [*office.batches.arrivals().iterdir()] == []
