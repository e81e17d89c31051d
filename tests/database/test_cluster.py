"""The embedded database is made, adopted, recovered and stopped, whatever happened to it before."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gis_core.clock import FixedClock
from gis_core.cluster import Cluster, ClusterHeld, borrowed
from tests.case_city import FRIDAY_MORNING
from web.checks import run_checks
from web.settings import load_settings

HOLD_UNTIL_KILLED = """
import sys, time
from pathlib import Path
from gis_core.cluster import Cluster
cluster = Cluster(Path(sys.argv[1]))
cluster.hold("citygrid up --port 8000")
print("held", flush=True)
time.sleep(60)
"""


pytestmark = pytest.mark.xdist_group("own clusters")  # made by one worker alone


@pytest.fixture(scope="module")
def ground() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="citygrid-test-"))
    folder.chmod(0o755)  # the database's own user walks through it
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def home(ground: Path) -> Iterator[Path]:
    Cluster(ground / "home").start()
    yield ground / "home"
    Cluster(ground / "home").stop()


@pytest.fixture
def holder(ground: Path) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-c", HOLD_UNTIL_KILLED, str(ground / "held")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row and row[0]


def server_pid(home: Path) -> int:
    return int((home / "data" / "postmaster.pid").read_text().split()[0])


def test_a_database_made_from_nothing_has_postgis(home: Path) -> None:
    assert ask(Cluster(home).url, "SELECT postgis_lib_version() >= '3.3'") is True


def test_every_commit_is_on_disk_before_it_is_acknowledged(home: Path) -> None:
    shown = "concat_ws(' ', current_setting('fsync'), current_setting('full_page_writes'))"
    assert ask(Cluster(home).url, f"SELECT {shown}") == "on on"


def test_the_doctor_finds_that_what_was_acknowledged_is_on_disk(home: Path, tmp_path: Path) -> None:
    settings = load_settings(database_url=Cluster(home).url, home=tmp_path)
    results = run_checks(settings, clock=FixedClock(FRIDAY_MORNING))
    assert next(one for one in results if one.name == "落盘保证").hint == ""


def test_nobody_reaches_it_over_the_network(home: Path) -> None:
    assert ask(Cluster(home).url, "SHOW listen_addresses") == ""


def test_strangers_cannot_enter_the_folder_of_its_socket(home: Path) -> None:
    assert (home / "socket").stat().st_mode & 0o077 == 0


def test_a_running_database_is_adopted(home: Path) -> None:
    before, cluster = server_pid(home), Cluster(home)
    cluster.start()
    assert (cluster.origin, server_pid(home)) == ("adopted", before)


def test_a_command_uses_the_running_database_and_leaves_it_running(home: Path) -> None:
    with borrowed(home, "citygrid check") as url:
        assert ask(url, "SELECT 1") == 1
    assert Cluster(home).is_running()


def test_what_was_acknowledged_outlives_a_killed_server(home: Path) -> None:
    with psycopg.connect(Cluster(home).url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS report AS SELECT '井盖缺失' AS text")
    os.kill(server_pid(home), signal.SIGKILL)
    assert ask(Cluster(home).start(), "SELECT text FROM report") == "井盖缺失"


def test_a_stopped_server_is_waited_for(home: Path) -> None:
    Cluster(home).start()
    pid = server_pid(home)
    Cluster(home).stop()
    assert not Path(f"/proc/{pid}").exists()  # a child nobody waits for stays there as a zombie


def test_a_pid_that_now_belongs_to_somebody_else_does_not_keep_it_from_starting(home: Path) -> None:
    Cluster(home).stop()
    lock = home / "data" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{home / 'data'}\n0\n5432\n\n\n0 0\nready\n")
    cluster = Cluster(home)
    cluster.start()
    assert cluster.origin == "started"


def test_a_creation_that_was_cut_short_is_done_again(ground: Path) -> None:
    (ground / "cut" / "fresh-1234" / "base").mkdir(parents=True)
    cluster = Cluster(ground / "cut")
    cluster.start()
    left = list((ground / "cut").glob("fresh-*"))
    cluster.stop()
    assert (cluster.origin, left) == ("created", [])


def test_a_long_path_is_no_hindrance(ground: Path) -> None:
    cluster = Cluster(ground / ("a-very-long-name-" * 8) / "另一层 with a space")
    answer = ask(cluster.start(), "SELECT 1")
    cluster.stop()
    assert answer == 1


def test_the_second_start_says_who_holds_the_folder(ground: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(ClusterHeld, match=rf"进程 {holder.pid} .*citygrid up --port 8000.*自 \d{{4}}-"):
        Cluster(ground / "held").hold("citygrid up")


def test_a_killed_holder_holds_nothing(ground: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    cluster = Cluster(ground / "held")
    cluster.hold("citygrid up")
    cluster.release()
    assert not cluster.is_held()
