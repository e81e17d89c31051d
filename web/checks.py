"""`citygrid check`, the doctor: looks at all that can be missing, and says what to do about what is."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass

from rich.console import Console
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from gis_core.clock import Clock, SystemClock
from gis_core.cluster import Cluster, borrowed
from gis_core.db import open_engine, open_sessions
from gis_core.errors import CitygridError
from grid.city import City
from web.checking import Check, Finding, NoDatabase, Subject
from web.checks_of_city import CITY_CHECKS
from web.checks_of_machine import MACHINE_CHECKS
from web.settings import Settings


@dataclass(frozen=True, slots=True)
class Result:
    """A check by its name, with what it found."""

    name: str
    is_well: bool
    finding: str
    hint: str


def run_checks(settings: Settings, *, clock: Clock | None = None) -> list[Result]:
    """Every check, in the order in which things depend on each other; none of them stops the others."""
    at = (clock or SystemClock()).now()
    city, city_finding = _load_city(settings)
    is_up = not settings.is_embedded or Cluster(settings.home).is_held()
    with ExitStack() as held:
        session, database_finding = _connect(settings, held)
        subject = Subject(settings, at, is_up, city, session)
        opened = [_result("数据库连接", database_finding), _result("城市数据", city_finding)]
        return opened + [_examine(check, subject) for check in (*MACHINE_CHECKS, *CITY_CHECKS)]


def print_checks(results: list[Result], *, as_json: bool, console: Console) -> None:
    """A line a check, green or red, with what to do under each red one; or JSON."""
    if as_json:
        console.print_json(json.dumps([asdict(result) for result in results], ensure_ascii=False))
        return
    for result in results:
        mark = "[green]✓[/]" if result.is_well else "[bold red]✗[/]"
        console.print(f"{mark} {result.name}：", end="")
        console.print(result.finding, markup=False)
        if result.hint:
            console.print(f"    → {result.hint}", markup=False, style="yellow")
    red = sum(not result.is_well for result in results)
    console.print(f"[bold red]{red} 项需要处理[/]" if red else "[bold green]一切正常[/]")


def _examine(check: Check, subject: Subject) -> Result:
    if check.needs_city and subject.city is None:
        return Result(check.name, False, "未检查", "先解决“城市数据”。")
    if check.needs_database and subject.session is None:
        return Result(check.name, False, "未检查", "先解决“数据库连接”。")
    try:
        return _result(check.name, check.look(subject))
    except CitygridError as error:
        return Result(check.name, False, error.message, "按提示修正后再检查。")
    except Exception as error:  # noqa: BLE001 - a check that breaks is a finding, and the others go on
        if subject.session is not None:
            subject.session.rollback()
        told = f"检查中断：{type(error).__name__}: {str(error).splitlines()[0]}"
        return Result(check.name, False, told, "运行 citygrid migrate 后再检查。")


def _result(name: str, finding: Finding) -> Result:
    return Result(name, finding.is_well, finding.text, finding.hint)


def _load_city(settings: Settings) -> tuple[City | None, Finding]:
    try:
        city = City.load(settings.data_dir)
    except CitygridError as error:
        return None, Finding(error.message, "修正文件，或用 --data-dir 指向完整的城市数据目录。")
    return city, Finding(f"{city.name}，{settings.data_dir}")


def _connect(settings: Settings, held: ExitStack) -> tuple[Session | None, Finding]:
    """A session on the deployment's database; an embedded one that sleeps is woken for the check."""
    try:
        url = held.enter_context(_database_url(settings))
        engine = open_engine(url, pool_size=1)
        held.callback(engine.dispose)
        session = held.enter_context(open_sessions(engine)())
        session.connection()
    except CitygridError as error:
        return None, Finding(error.message, "按提示处理后再检查。")
    except OperationalError as error:
        hint = "检查 CITYGRID_DATABASE_URL 的地址、账号和网络。"
        return None, Finding(str(error.orig or error).strip().splitlines()[0], hint)
    return session, Finding("内置数据库" if settings.is_embedded else "外部数据库")


@contextmanager
def _database_url(settings: Settings) -> Iterator[str]:
    if not settings.is_embedded:
        yield settings.database_url
        return
    if not (settings.home / "data").exists():
        raise NoDatabase("内置数据库尚未创建。请运行 script/server。")
    with borrowed(settings.home, "citygrid check") as url:
        yield url
