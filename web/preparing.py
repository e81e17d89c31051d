"""What the verbs of the command line do to a database: migrate, seed, draw, import, tell."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from sqlalchemy import text

from gis_core.clock import SystemClock, city_time
from gis_core.db import Sessions, open_engine, open_sessions
from gis_core.errors import BadInput
from gis_core.migrating import list_heads, migrate
from grid.city import City
from web.settings import Settings

if TYPE_CHECKING:
    from emergency.record.story import Story
    from grid.sample_city import Drawing, Size

STEP_NAMES = {
    "divisions": "社区界线",
    "unit_grids": "单元网格",
    "streets": "道路",
    "ground": "底图",
    "components": "部件",
    "places": "地名",
    "cameras": "摄像机",
    "indexes": "建立索引",
    "cases": "案件",
    "evaluation": "综合评价",
    "done": "完成",
}


class CannotWrite(BadInput):
    """A file that was asked for cannot be written where it was asked for."""

    code = "cannot_write_file"


SEED = 1
"""The seed of the drawn city that a new database is given."""


def begin_drawing(settings: Settings, size: "Size") -> "Future[Drawing]":
    """Draw the sample city on another thread, while the database is made; errors come with its result."""
    drawing: Future[Drawing] = Future()

    def work() -> None:
        from grid.sample_city import draw

        try:
            drawing.set_result(draw(City.load(settings.data_dir), size, SEED))
        except Exception as problem:  # noqa: BLE001 - whoever asks for the result is told
            drawing.set_exception(problem)

    Thread(target=work, name="drawing", daemon=True).start()
    return drawing


def prepare(
    settings: Settings, *, size: "Size", console: Console, drawn: "Future[Drawing] | None" = None
) -> None:
    """Bring a database to where the city can run: shape, reference data, a drawn city when it is empty.

    `drawn` is the city when somebody has begun to draw it already.
    """
    migrate_database(settings)
    seed_city(settings)
    if is_empty(settings):
        draw_demo(settings, size=size, seed=SEED, console=console, drawn=drawn)


def migrate_database(settings: Settings) -> str:
    """Bring the database to the newest shape; answers its revision."""
    migrate(settings.database_url, srid=City.load(settings.data_dir).plane_crs)
    return list_heads()[0]


def seed_city(settings: Settings) -> str:
    """Write the city's reference data; answers in a sentence what was there and what was new."""
    from cases.privacy_rules import load_privacy, seed_private_types
    from emergency.resources.sample import draw_resources
    from emergency.response.operations import seed_plans
    from grid.positions.operations import seed_vehicles
    from grid.seed import seed
    from grid.standing import get_drawn_from

    city = City.load(settings.data_dir)
    with open_city_sessions(settings) as sessions:
        done = seed(sessions, city, SystemClock().now())
        with sessions.begin() as session:
            seed_private_types(session, load_privacy(city))
        seed_vehicles(sessions, city)
        seed_plans(sessions, city, SystemClock().now())
        with sessions() as session:
            is_drawn = get_drawn_from(session) is not None
        if is_drawn:  # by an earlier version, which had no such registers
            draw_resources(sessions, city, at=SystemClock().now())
    return f"区划 {done.divisions} 个，单位 {done.organisations} 个，新增或更新 {done.changed} 个"


def is_empty(settings: Settings) -> bool:
    """Whether the database has no unit grid yet."""
    with open_city_sessions(settings) as sessions, sessions() as session:
        return not session.scalar(text("SELECT EXISTS (SELECT FROM grid.unit_grid)"))


def draw_demo(
    settings: Settings,
    *,
    size: "Size",
    seed: int,
    console: Console,
    drawn: "Future[Drawing] | None" = None,
) -> None:
    """Draw the synthetic city, its past cases and its accounts; the bar shows how far it is."""
    from cases.evaluation.operations import Counting
    from cases.photos import PhotoStore
    from cases.rules.deciding import Asking
    from cases.sample_cases import add_past_cases
    from emergency.measurements.sample import continue_sample
    from emergency.receivers.operations import draw_receivers
    from emergency.resources.sample import draw_resources
    from emergency.warning_data import load_warning_rules
    from grid.sample_city import draw, load
    from web.accounts.seed import give_demo_grids, seed_demo_people

    city, at, photos = City.load(settings.data_dir), SystemClock().now(), PhotoStore(settings.photos)
    with open_city_sessions(settings) as sessions, _bar(console) as bar:
        task = bar.add_task("绘制城市", total=None)

        def tell(what: str, done: int, of: int) -> None:
            bar.update(task, description=STEP_NAMES.get(what, what), completed=done, total=of)

        drawing = draw(city, size, seed) if drawn is None else drawn.result()
        loaded = load(sessions, drawing, city=city, at=at, progress=tell)
        resources = draw_resources(sessions, city, at=at)
        samples = load_warning_rules(city).sample_receivers
        draw_receivers(sessions, samples, Asking(at, None, "citygrid demo", "system"))
        continue_sample(sessions, at)
        people = seed_demo_people(sessions, city)
        give_demo_grids(sessions, city)
        cases = add_past_cases(sessions, city=city, size=size, seed=seed, at=at, progress=tell, photos=photos)
        tell("evaluation", 0, 1)
        Counting(sessions).recount(at)
    console.print(
        f"[green]·[/] 示意城市：单元网格 {loaded.counts['unit_grids']:,} 个，"
        f"部件 {loaded.counts['components']:,} 个，地名 {loaded.counts['places']:,} 个，"
        f"应急资源 {resources:,} 项，案件 {cases:,} 件，账号 {people} 个（均为合成数据）"
    )


def import_file(
    settings: Settings, *, file: Path, mapping: Path, refused: Path | None, console: Console
) -> None:
    """File another system's reports; refused rows go to a CSV beside the file, counted here by code."""
    from cases.importing import import_reports
    from web.wiring import build_wiring

    wiring = build_wiring(settings)
    try:
        with _counting_bar(console) as bar:
            task = bar.add_task("导入", total=_count_lines(file) - 1)
            outcome = import_reports(
                wiring.cases,
                file,
                mapping,
                refused_path=refused or file.with_suffix(".refused.csv"),
                at=wiring.clock.now(),
                progress=lambda rows: bar.advance(task, rows),
            )
            bar.update(task, total=bar.tasks[0].completed)
    finally:
        wiring.engine.dispose()
    console.print(
        f"已登记 {outcome.filed:,} 件，已有 {outcome.known:,} 件，拒收 {outcome.refused_count:,} 行"
    )
    for code, count in outcome.refused.most_common():
        console.print(f"  {code:<24}{count:>8,}")
    if outcome.refused_count:
        console.print(f"拒收的每一行及原因：{outcome.refused_path}")


def tell_story(settings: Settings, case_no: str) -> str:
    """A case's story in Chinese."""
    from cases.explain import story
    from cases.limits import load_calendar
    from grid.catalogue import Catalogue

    at = SystemClock().now()
    city = City.load(settings.data_dir)
    catalogue = Catalogue.load(city, city_time(at).date())
    types: dict[tuple[str, str], str] = {(one.kind, one.code): one.name for one in catalogue.types}
    with open_city_sessions(settings) as sessions, sessions() as session:
        return story(session, case_no, at, types=types, calendar=load_calendar(city))


def tell_incident(settings: Settings, incident_no: str) -> "Story":
    """An incident's story in Chinese, with what its chain says."""
    from emergency.record.story import story
    from gis_core.crs import PlaneSystem

    plane = PlaneSystem(City.load(settings.data_dir).plane_crs)
    with open_city_sessions(settings) as sessions, sessions() as session:
        return story(session, plane, incident_no)


def write_briefing(settings: Settings, *, area: str, out: Path) -> None:
    """Write the briefing map of an area to a file; raises CannotWrite when the file cannot be written."""
    from grid.catalogue import Catalogue
    from web.briefing import draw_area

    at, city = SystemClock().now(), City.load(settings.data_dir)
    catalogue = Catalogue.load(city, city_time(at).date())
    types: dict[tuple[str, str], str] = {(one.kind, one.code): one.name for one in catalogue.types}
    with open_city_sessions(settings) as sessions, sessions() as session:
        html = draw_area(session, area, city=city, types=types, at=at)
    try:
        out.write_text(html, encoding="utf-8")
    except OSError as problem:
        raise CannotWrite(f"文件 {out} 写不进去（{problem.strerror}）。请换一个位置。") from problem


@contextmanager
def open_city_sessions(settings: Settings) -> Iterator[Sessions]:
    """Sessions on the city's database, for one verb of the command line."""
    engine = open_engine(settings.database_url, pool_size=2)
    try:
        yield open_sessions(engine)
    finally:
        engine.dispose()


def _count_lines(file: Path) -> int:
    """About as many as there are rows: a text of several lines counts as several."""
    with file.open("rb") as raw:
        return sum(part.count(b"\n") for part in iter(lambda: raw.read(1 << 20), b""))


def _counting_bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(SpinnerColumn(), *columns, console=console)


def _bar(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console
    )
