"""A response of 200 tasks for 40 departments is activated, and the wall shows it, on the same cores."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median
from time import perf_counter
from uuid import uuid4

import httpx

from cases.rules.deciding import Asking
from emergency.response import store
from emergency.response.operations import Choice
from emergency.rules.commands import Confirm, Open
from emergency.rules.levels import EventLevel
from emergency.rules.responding import Stated
from gis_core.places import LonLat
from tests.bench.figures import Figure
from tests.bench.web import bench_wiring, drawn_city
from tests.bench.web_load import serving
from tests.plan_maker import group, make_plan, task
from web.accounts.seed import read_demo_people
from web.wiring import Wiring

_figure = partial(Figure, "emergency")
TASKS, DEPARTMENTS, TIMES = 200, 40, 5
JINGER_ROAD = LonLat(107.1450, 34.3690)
STATED = Stated("渭河洪水", 24, "巡堤查险", "水文站核实流量二千六百")


def measure() -> list[Figure]:
    """Figures of activation, the slowest of some."""
    with drawn_city() as (engine, folder):
        wiring = bench_wiring(engine, folder)
        number = _keep_plan(wiring)
        with serving(engine.url.render_as_string(hide_password=False), folder) as port:
            took = [_activate(wiring, port, number) for _ in range(TIMES)]
        wiring.open_data.close()
    written, shown = [one for one, _ in took], [two for _, two in took]
    name = f"activation of {TASKS} tasks for {DEPARTMENTS} departments"
    return [
        _figure(f"{name}, median", median(written), "s"),
        _figure(f"{name}, slowest of {TIMES}", max(written), "s", target=1),
        _figure(f"{name}, until the wall has it, slowest of {TIMES}", max(shown), "s", target=2),
    ]


def _keep_plan(wiring: Wiring) -> int:
    """A plan whose groups are led by 40 departments; answers the number of its version."""
    codes = list(wiring.responses.book.staff.organisations)[:DEPARTMENTS]
    groups = [group(f"G{n}", f"bench{n}", lead=code) for n, code in enumerate(codes)]
    tasks = [task(f"T{n}", group=f"G{n % DEPARTMENTS}") for n in range(TASKS)]
    with wiring.sessions.begin() as session:
        plan = make_plan(code="BENCH", groups=groups, tasks=tasks)
        number = store.add_version(session, plan, by="基准", at=wiring.clock.now())
    if number is None:
        raise RuntimeError("the plan is there already")
    return number


def _activate(wiring: Wiring, port: int, version: int) -> tuple[float, float]:
    """Seconds until the tasks are given, and until a wall that listens has them all."""
    who = Asking(wiring.clock.now(), None, "指挥长甲", "commander", None)
    opened = wiring.incidents.open(
        Open("flood", "渭河水位上涨"), who, client_id=uuid4(), place=JINGER_ROAD, is_drill=True
    )
    confirmed = Confirm("flood", EventLevel(3), words="水位上涨快")
    wiring.incidents.perform(opened.incident_no, confirmed, who)
    with listening(wiring, port) as (wall, events):
        started = perf_counter()
        choice = Choice({version: 4}, "leader@BJ-ZH")
        wiring.responses.activate(opened.incident_no, choice, STATED, who, seen_revision=2)
        written_s = perf_counter() - started
        next(line for line in events if opened.incident_no in line)
        told = wall.get(f"/wall/incidents/{opened.incident_no}").raise_for_status().json()
        if told["tasks"]["given"] != TASKS:
            raise RuntimeError("the wall has not got every task")
        return written_s, perf_counter() - started


@contextmanager
def listening(
    wiring: Wiring, port: int, login: str = "leader"
) -> Iterator[tuple[httpx.Client, Iterator[str]]]:
    """A page of somebody that is open and listens."""
    password = read_demo_people(wiring.city).password
    signed = wiring.doorkeeper.sign_in(
        login, password, address="127.0.0.1", user_agent="bench", at=wiring.clock.now()
    )
    cookies = {"citygrid_session": signed.secret}
    base = f"http://127.0.0.1:{port}"
    with (
        httpx.Client(base_url=base, cookies=cookies, timeout=30) as page,
        page.stream("GET", "/live") as live,
    ):
        events = live.iter_lines()
        next(line for line in events if line == "event: hello")
        yield page, events
