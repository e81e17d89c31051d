"""Readings are written once; nonsense is kept apart and poisons nothing."""

import math
from datetime import timedelta
from threading import Barrier, Thread

from emergency.measurements.reading import list_latest, list_refused
from emergency.measurements.store import forget_readings
from gis_core.db import Sessions
from tests.measured_city import NOW, ago, flow, rain, rows, take

COUNT = "SELECT count(*) AS n FROM emergency.reading"
COUNT_REFUSED = "SELECT count(*) AS n FROM emergency.reading_refused"


def test_a_batch_that_comes_twice_is_written_once(sessions: Sessions) -> None:
    batch = [flow(20), flow(21, 10), rain(3)]
    first, again = take(sessions, *batch), take(sessions, *batch)
    assert (first.n_new, first.n_repeat, again.n_new, again.n_repeat) == (3, 0, 0, 3)
    assert rows(sessions, COUNT) == [{"n": 3}]


def test_a_reading_twice_in_one_batch_is_one(sessions: Sessions) -> None:
    taken = take(sessions, flow(20), flow(20))
    assert (taken.n_new, taken.n_repeat, taken.refused) == (1, 1, ())


def test_nonsense_is_kept_apart_and_the_rest_is_written(sessions: Sessions) -> None:
    taken = take(sessions, flow(math.nan), flow(20), flow(-1), flow(1e9), None, flow(5, -60), rain(-2))
    assert (taken.n_new, [n for n, _ in taken.refused]) == (1, [0, 2, 3, 4, 5, 6])
    assert rows(sessions, COUNT_REFUSED) == [{"n": 6}]


def test_the_same_nonsense_sent_again_is_kept_once(sessions: Sessions) -> None:
    take(sessions, flow(-1))
    take(sessions, flow(-1))
    assert rows(sessions, COUNT_REFUSED) == [{"n": 1}]


def test_another_value_for_the_same_moment_changes_nothing_and_is_told(sessions: Sessions) -> None:
    take(sessions, flow(20))
    taken = take(sessions, flow(900))
    assert [one.reason for _, one in taken.refused] == ["contradicts"]
    with sessions() as session:
        assert list_latest(session, ["G-YM"])["G-YM"]["flow_m3_s"].value == 20
        assert [one.reason for one in list_refused(session, "G-YM")] == ["contradicts"]


def test_zero_bytes_and_absurd_words_are_no_fault_of_the_server(sessions: Sessions) -> None:
    taken = take(
        sessions, flow(1, instrument="\x00" * 9), flow("\x00"), flow(1, measure="\ud800"), flow("长" * 9_999)
    )
    assert (taken.n_new, len(taken.refused)) == (0, 4)


def test_the_last_value_of_each_measure_is_found(sessions: Sessions) -> None:
    take(sessions, flow(20, 30), flow(25, 10), flow(500.1, 20, measure="stage_m"))
    with sessions() as session:
        latest = list_latest(session, ["G-YM", "G-QJ"])
    assert {measure: one.value for measure, one in latest["G-YM"].items()} == {
        "flow_m3_s": 25, "stage_m": 500.1,
    }  # fmt: skip
    assert "G-QJ" not in latest


def test_readings_of_drills_stand_beside_the_real_ones(sessions: Sessions) -> None:
    take(sessions, flow(20))
    take(sessions, flow(900), is_drill=True)
    with sessions() as session:
        found = [
            list_latest(session, ["G-YM"], is_drill=one)["G-YM"]["flow_m3_s"].value for one in (False, True)
        ]
    assert found == [20, 900]


def test_two_senders_at_once_write_every_reading_once(sessions: Sessions) -> None:
    batch = [flow(n, n) for n in range(50)]
    begin, taken = Barrier(2), []

    def bring(sent: list[object]) -> None:
        begin.wait()
        taken.append(take(sessions, *sent))

    both = [Thread(target=bring, args=(one,)) for one in (batch, batch[::-1])]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert (sum(one.n_new for one in taken), rows(sessions, COUNT)) == (50, [{"n": 50}])


def test_what_is_old_goes(sessions: Sessions) -> None:
    take(sessions, flow(20, 60 * 24 * 400), flow(21))
    with sessions.begin() as session:
        assert forget_readings(session, NOW - timedelta(days=365)) == 1
    assert rows(sessions, "SELECT at FROM emergency.reading") == [{"at": ago(0)}]
