"""`citygrid up`: database, web processes and worker, started in order, watched, stopped in order."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType

import psycopg

from gis_core.cluster import Cluster
from gis_core.errors import CitygridError, Conflict
from web.preparedness import is_prepared, remember_prepared
from web.settings import Settings

FIRST_PAGE_WITHIN_S = 60.0
STOP_WITHIN_S = 10.0
PORT_FREE_WITHIN_S = 6.0
RECOVERY_REST_S = 5.0
STEADY_AFTER_S = 30.0
"""A process that ends sooner than this after its start waits before it is started again."""

Say = Callable[[str], None]


class PortTaken(Conflict):
    """Another program listens on the port."""

    code = "port_taken"


class NoFirstPage(CitygridError):
    """The web server did not answer in time."""

    code = "no_first_page"


@dataclass(slots=True)
class Child:
    """A process of ours that is started again when it dies."""

    name: str
    words: list[str]
    environment: Mapping[str, str]
    handed_fds: tuple[int, ...]
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    deaths: int = 0
    rest_until_s: float = field(default=0.0)

    def start(self) -> None:
        """Start it, away from the terminal's Ctrl-C: we stop it ourselves."""
        self.started_s = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "web.cli", *self.words],
            env=dict(self.environment),
            pass_fds=self.handed_fds,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def revive(self, say: Say) -> None:
        """Start it again when it died; one that keeps dying is given more and more rest."""
        if self.is_alive():
            return
        now = time.monotonic()
        if self.process is not None:
            is_steady = now - self.started_s > STEADY_AFTER_S
            self.deaths = 1 if is_steady else self.deaths + 1
            self.rest_until_s = now + min(2.0 ** (self.deaths - 1) - 1, 30.0)
            say(f"{self.name}进程退出（{self.process.returncode}），重新启动")
            self.process = None
        if now >= self.rest_until_s:
            self.start()

    def ask_to_stop(self) -> None:
        """Tell it to end."""
        if self.process is not None:
            self.process.terminate()

    def await_end(self) -> None:
        """Wait until it ended, and make it end when it does not."""
        if self.process is None:
            return
        try:
            self.process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def run_city(
    settings: Settings,
    *,
    command: str,
    processes: int,
    prepare: Callable[[Settings], None],
    compose: Callable[[], list[str]],
    greet: Callable[[str, list[str]], None],
    say: Say,
) -> None:
    """Bring everything up, greet when the first page answers, watch until Ctrl-C or SIGTERM, stop."""
    with _stop_asked() as stop_asked, contextlib.ExitStack() as held:
        cluster: Cluster | None = None
        if settings.is_embedded:
            cluster = Cluster(settings.home)
            cluster.hold(command)
            held.callback(cluster.release)
        # A database that runs without a holder was left by a run that was killed: its web process is going.
        patience_s = PORT_FREE_WITHIN_S if cluster is not None and cluster.is_running() else 0.0
        listener = held.enter_context(_listen(settings.host, settings.port, patience_s=patience_s))
        if cluster is not None:
            held.callback(cluster.stop)
            url = cluster.start(say)
            given, settings = settings, settings.model_copy(update={"database_url": url})
            if not is_prepared(given):
                prepare(settings)
                remember_prepared(given)
        else:
            prepare(settings)
        children = list(_children(settings, listener, processes, held))
        held.callback(_stop_all, children)
        for child in children:
            child.start()
        greeting = compose()  # while the web process starts
        _await_first_page(settings, children)
        greet(_address(settings), greeting)
        stop_asked.wait_gently = True
        _watch(children, cluster, stop_asked, say)
        say("正在停止")


def _watch(children: list[Child], cluster: Cluster | None, stop_asked: threading.Event, say: Say) -> None:
    while not stop_asked.wait(0.5):
        if cluster is not None and not cluster.is_running():
            _recover(cluster, stop_asked, say)
        for child in children:
            child.revive(say)


def _recover(cluster: Cluster, stop_asked: threading.Event, say: Say) -> None:
    """Start the database again; while it cannot (a full disk), the city stays and tries on."""
    say("数据库进程退出，正在恢复")
    try:
        cluster.start()
    except (CitygridError, psycopg.Error, OSError) as trouble:
        reason = str(trouble) or type(trouble).__name__
        say(f"数据库没有恢复，{RECOVERY_REST_S:.0f} 秒后再试：{reason}")
        stop_asked.wait(RECOVERY_REST_S)


def _children(
    settings: Settings, listener: socket.socket, processes: int, held: contextlib.ExitStack
) -> Iterator[Child]:
    # Our end of the pipe closes when we die, however we die, and theirs tells them to go.
    theirs, ours = os.pipe()
    held.callback(os.close, theirs)
    held.callback(os.close, ours)
    environment = {**os.environ, **_as_environment(settings)}
    until = ["--until-closed", str(theirs)]
    for number in range(1, processes + 1):
        words = ["serve", "--listener", str(listener.fileno()), *until]
        yield Child(f"网页服务 {number} ", words, environment, (theirs, listener.fileno()))
    yield Child("后台任务", ["worker", *until], environment, (theirs,))


def _as_environment(settings: Settings) -> dict[str, str]:
    # Secrets are masked when they are written down; children read them where we did.
    said = settings.model_dump(mode="json", exclude_none=True, exclude=set(Settings.secret_names()))
    return {f"CITYGRID_{name.upper()}": str(value) for name, value in said.items()}


def _listen(host: str, port: int, *, patience_s: float) -> socket.socket:
    end = time.monotonic() + patience_s
    while True:
        try:
            return _bind(host, port)
        except PortTaken:
            if time.monotonic() > end:
                raise
        time.sleep(0.1)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as taken:
        listener.close()
        raise PortTaken(
            f"{host}:{port} 不能使用（{taken.strerror}）。"
            f"请停止占用它的程序，或换一个端口：--port {port + 1}。"
        ) from taken
    listener.listen(256)
    return listener


def _address(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - compared only
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/"


def _await_first_page(settings: Settings, children: list[Child]) -> None:
    end = time.monotonic() + FIRST_PAGE_WITHIN_S
    while not _answers(settings):
        if not children[0].is_alive():
            raise NoFirstPage("网页服务没有启动，原因见上方输出。请运行 citygrid check 查看缺少什么。")
        if time.monotonic() > end:
            raise NoFirstPage(f"网页服务 {FIRST_PAGE_WITHIN_S:.0f} 秒内没有应答。请运行 citygrid check。")
        time.sleep(0.02)


def _answers(settings: Settings) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared only
    connection = http.client.HTTPConnection(host, settings.port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


class _StopAsked(threading.Event):
    """Set by Ctrl-C and SIGTERM; until it is waited for, KeyboardInterrupt breaks off what is under way."""

    wait_gently = False

    def hear(self, _: int, __: FrameType | None) -> None:
        """The signal came; a second one, while things are being stopped, changes nothing."""
        is_first = not self.is_set()
        self.set()
        if is_first and not self.wait_gently:
            raise KeyboardInterrupt


@contextlib.contextmanager
def _stop_asked() -> Iterator[_StopAsked]:
    asked = _StopAsked()
    before = {number: signal.signal(number, asked.hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop_all(children: list[Child]) -> None:
    for child in reversed(children):
        child.ask_to_stop()
    for child in reversed(children):
        child.await_end()


def end_with_parent(fd: int) -> None:
    """Ask this process to stop as soon as the parent's end of the pipe `fd` closes."""

    def wait() -> None:
        os.read(fd, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="end-with-parent", daemon=True).start()
