"""The embedded database: a private PostgreSQL cluster under `.citygrid/`: made, adopted, recovered, stopped.

Only a Unix socket is opened, in a folder that nobody but the cluster's owner (and root) can enter; whoever
can enter it is trusted. Everything is synced to disk: an acknowledged report survives kill -9.
"""

import contextlib
import fcntl
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Literal
from urllib.parse import quote

import psycopg

from gis_core.clock import city_time
from gis_core.errors import CitygridError, Conflict
from gis_core.postgres_binaries import Binaries, get_binaries
from gis_core.postgres_settings import settings_for
from gis_core.unprivileged import Runner

DATABASE = "citygrid"
OWNER = "citygrid"
PORT = 5432
LONGEST_SOCKET_BYTES = 103
"""Unix socket addresses end at 107 bytes on Linux and at 103 elsewhere."""
ELSEWHERE = Path("/var/lib/citygrid")
"""Where the data lies when the project stands in a folder that only root may enter."""
LONGEST_LOG_BYTES = 20_000_000
START_WITHIN_S = 120.0  # crash recovery after a long bulk load reads up to 4 GB of log
STOP_WITHIN_S = 60.0
BURY_WITHIN_S = 10.0

_SERVERS: dict[Path, subprocess.Popen[bytes]] = {}
"""Servers this process started, by data folder: a child that ends must be waited for by its parent."""

Origin = Literal["created", "started", "adopted"]
Say = Callable[[str], None]


class ClusterHeld(Conflict):
    """Another process already runs the city from this folder."""

    code = "cluster_held"


class ClusterFailed(CitygridError):
    """PostgreSQL could not be made, started or reached."""

    code = "cluster_failed"


class Cluster:
    """The private cluster of one folder; `start` brings it up from whatever state it was left in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.origin: Origin = "adopted"
        self._runner: Runner | None = None
        self._hold: IO[str] | None = None

    # -- who holds the folder ---------------------------------------------------------------------

    def hold(self, command: str) -> None:
        """Take the folder for this process until it ends; raises ClusterHeld naming who has it.

        The lock is the kernel's: it goes when its holder dies, however it dies.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "holder.json"
        handle = path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            handle.close()
            raise ClusterHeld(_who_holds(path)) from taken
        handle.truncate(0)
        handle.write(json.dumps({"pid": os.getpid(), "command": command}, ensure_ascii=False))
        handle.flush()
        self._hold = handle

    def is_held(self) -> bool:
        """Whether some process runs the city from this folder."""
        path = self.folder / "holder.json"
        if not path.exists():
            return False
        with path.open(encoding="utf-8") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def release(self) -> None:
        """Let others take the folder."""
        if self._hold is not None:
            self._hold.close()
            self._hold = None

    # -- life ---------------------------------------------------------------------------------------

    def start(self, say: Say = lambda _: None) -> str:
        """Bring the database up and answer its address; `self.origin` tells how it came to run.

        Creates the cluster on the first start, adopts one that runs, recovers one that was killed.
        """
        if self._is_answering():
            self.origin = "adopted"
        elif (self._data / "PG_VERSION").exists():
            self.origin = "started"
            say("启动数据库")
            self._launch(get_binaries(self._major()))
        else:
            self.origin = "created"
            say("创建数据库")
            self._create(get_binaries())
        self._ensure_database()
        return self.url

    def find_url(self) -> str | None:
        """The address when the database is running and answers, else None."""
        return self.url if self._is_answering() else None

    def is_running(self) -> bool:
        """Whether its server process lives, answering or not."""
        return self._find_postmaster() is not None

    def stop(self) -> None:
        """Stop the database in order: sessions are cut off, everything is written, nothing is lost."""
        pid = self._find_postmaster()
        if pid is None:
            return
        for how, patience_s in ((signal.SIGINT, STOP_WITHIN_S), (signal.SIGQUIT, 10.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
            if _wait(lambda: self._reap() or self._find_postmaster() is None, within_s=patience_s):
                self._bury()
                self._forget_short_folder()
                return
        raise ClusterFailed(f"数据库进程 {pid} 没有停下。请查看日志 {self.log}。")

    @property
    def url(self) -> str:
        """The database's address for SQLAlchemy and libpq."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """The address of another database of this cluster."""
        return f"postgresql://{OWNER}@/{quote(database)}?host={self._socket_folder()}&port={PORT}"

    @property
    def log(self) -> Path:
        """What PostgreSQL wrote about itself."""
        return self.folder / "postgres.log"

    @property
    def data(self) -> Path:
        """The folder PostgreSQL keeps its files in."""
        return self._data.resolve()

    # -- making -------------------------------------------------------------------------------------

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _user(self) -> Runner:
        if self._runner is None:
            self._runner = Runner.choose()
        return self._runner

    def _create(self, binaries: Binaries) -> None:
        home = self._choose_home()
        fresh = home / f"fresh-{secrets.token_hex(4)}"
        self._user.own_folder(fresh)
        words = [binaries.path("initdb"), f"--pgdata={fresh}", f"--username={OWNER}", "--auth=trust"]
        done = self._user.run([*words, "--encoding=UTF8", f"--locale={_locale()}", "--no-instructions"])
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise ClusterFailed(f"initdb 失败：{done.stderr.strip() or done.stdout.strip()}")
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\ninclude_if_exists = 'citygrid.conf'\n")
        # Only a finished cluster gets its name: a creation killed half-way is simply done again.
        if self._data.is_symlink():
            self._data.unlink()
        if home == self.folder:
            fresh.rename(self._data)
        else:
            kept = home / secrets.token_hex(8)
            fresh.rename(kept)
            self._data.symlink_to(kept)
        self._launch(binaries)

    def _choose_home(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob("fresh-*"):
            shutil.rmtree(left, ignore_errors=True)
        if self._user.may_reach(self.folder) and self._can_own(self.folder):
            return self.folder
        ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
        return ELSEWHERE

    def _can_own(self, folder: Path) -> bool:
        # Some mounted folders of containers and virtual machines cannot be given to another user.
        probe = folder / f"fresh-{secrets.token_hex(4)}"
        try:
            self._user.own_folder(probe)
        except PermissionError:
            return False
        finally:
            with contextlib.suppress(OSError):
                probe.rmdir()
        return True

    def _ensure_database(self) -> None:
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if found.fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")
        if self.origin == "created":
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")

    # -- starting -----------------------------------------------------------------------------------

    def _launch(self, binaries: Binaries) -> None:
        if self._find_postmaster() is not None:
            self._await_answer()  # it runs but does not answer yet: recovery after a crash
            return
        self._clear_what_was_killed()
        settings = self.data / "citygrid.conf"
        settings.write_text(settings_for(self._socket_folder(), PORT), encoding="utf-8")
        settings.chmod(0o644)
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.log.touch(mode=0o600)
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal reaches us alone, and we stop things in order.
            _SERVERS[self.data] = subprocess.Popen(
                self._user.command([binaries.path("postgres"), "-D", str(self.data)]),
                env=self._user.environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._await_answer()

    def _await_answer(self) -> None:
        if not _wait(lambda: self._reap() or self._is_answering(), within_s=START_WITHIN_S):
            raise ClusterFailed(f"数据库 {START_WITHIN_S:.0f} 秒内没有就绪。请查看日志 {self.log}。")
        if not self._is_answering():
            raise ClusterFailed(f"数据库没有启动。日志 {self.log} 的结尾:\n{_tail(self.log)}")

    def _socket_folder(self) -> Path:
        """Beside the data when its path is short and open to the owner, else a private folder in /tmp."""
        link = self.folder / "socket"
        if link.is_symlink() and self._is_ours(link.readlink()):
            return link.readlink()
        if not link.is_symlink() and self._fits(link):
            self._user.own_folder(link)
            return link
        short = Path("/tmp") / f"citygrid-{secrets.token_hex(8)}"  # noqa: S108 - not guessable, not shared
        self._user.own_folder(short)
        link.unlink(missing_ok=True)
        link.symlink_to(short)
        return short

    def _fits(self, folder: Path) -> bool:
        address = str(folder / f".s.PGSQL.{PORT}")
        is_plain = re.fullmatch(r"[\w./+-]+", address, re.ASCII) and len(address) <= LONGEST_SOCKET_BYTES
        return bool(is_plain) and self._user.may_reach(folder.parent) and self._can_own(folder.parent)

    def _forget_short_folder(self) -> None:
        link = self.folder / "socket"
        if link.is_symlink():
            with contextlib.suppress(OSError):
                link.readlink().rmdir()
            link.unlink()

    def _is_ours(self, folder: Path) -> bool:
        try:
            about = folder.lstat()
        except FileNotFoundError:
            return False
        return about.st_uid == self._user.uid and about.st_mode & 0o77 == 0

    # -- what runs ----------------------------------------------------------------------------------

    def _is_answering(self) -> bool:
        if not (self._data / "postmaster.pid").exists():
            return False
        try:
            psycopg.connect(self.url_of("postgres"), connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True

    def _find_postmaster(self) -> int | None:
        try:
            first = (self._data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0]
        except FileNotFoundError:
            return None
        return int(first) if first.isdigit() and int(first) in _processes_in(self.data) else None

    def _clear_what_was_killed(self) -> None:
        """After a kill -9: end orphaned backends, then take away the dead server's lock files.

        PostgreSQL would refuse to start while a lock file names a living process, and in a container
        that number is soon somebody else's.
        """
        self._reap()
        for how, patience_s in ((signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            for pid in _processes_in(self.data):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, how)
            if _wait(lambda: not _processes_in(self.data), within_s=patience_s):
                break
        self._bury()
        socket = self._socket_folder() / f".s.PGSQL.{PORT}"
        for left in (self._data / "postmaster.pid", socket, socket.with_name(socket.name + ".lock")):
            left.unlink(missing_ok=True)

    def _reap(self) -> bool:
        """Whether the server that this process started has ended."""
        server = _SERVERS.get(self.data)
        return server is not None and server.poll() is not None

    def _bury(self) -> None:
        """Wait for the server that this process started: it leaves its folder before it has ended."""
        server = _SERVERS.get(self.data)
        if server is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(BURY_WITHIN_S)
            del _SERVERS[self.data]

    def _major(self) -> int:
        return int((self._data / "PG_VERSION").read_text(encoding="utf-8").strip())


@contextlib.contextmanager
def borrowed(folder: Path, command: str) -> Iterator[str]:
    """The address of the folder's database while a command needs it; started for it when nobody runs it."""
    cluster = Cluster(folder)
    running = cluster.find_url()
    if running is not None:
        yield running
        return
    cluster.hold(command)
    try:
        yield cluster.start()
    finally:
        cluster.stop()
        cluster.release()


def _who_holds(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        holder = {}
    since = city_time(datetime.fromtimestamp(path.stat().st_mtime, UTC))
    return (
        f"这个目录已由进程 {holder.get('pid', '?')} 使用({holder.get('command', '?')},"
        f"自 {since:%Y-%m-%d %H:%M:%S} 起)。请先停止它，或用另一个目录与端口。"
    )


def _processes_in(data: Path) -> set[int]:
    """Processes whose working directory is the data folder: a postmaster and its children, nobody else."""
    found: set[int] = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if (entry / "cwd").readlink() == data and b"postgres" in (entry / "comm").read_bytes():
                    found.add(int(entry.name))
    return found


def _wait(is_done: Callable[[], bool], *, within_s: float) -> bool:
    end = time.monotonic() + within_s
    while not is_done():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])


def _locale() -> str:
    return "C.UTF-8" if sys.platform == "linux" else "C"
