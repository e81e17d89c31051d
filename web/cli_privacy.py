"""`citygrid privacy`: what is kept how long, and what is held of a telephone number."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from web.cli_shared import DataDir, absolute, console, database, now
from web.settings import Settings, load_settings

if TYPE_CHECKING:
    from gis_core.db import Sessions

app = typer.Typer(
    help="Privacy: clean what was kept long enough, tell or erase what is held of a telephone number.",
    no_args_is_help=True,
)
Phone = Annotated[str, typer.Option(prompt="电话号码", help="The number; asked for when it is not given.")]
BY = "命令行"


@app.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be cleaned.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Clean personal data whose time is over, as the worker does every night; periods in retention.yaml."""
    from gis_core.clock import SystemClock
    from grid.city import City
    from web.retaining import COUNTED, Retaining

    with _opened(data_dir, "citygrid privacy retention") as (settings, sessions):
        work = Retaining(sessions, SystemClock(), settings, City.load(settings.data_dir))
        counts = work.clean(by=BY, is_dry=dry_run)
    _print(COUNTED, counts, "要清理" if dry_run else "已清理")


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="The ZIP to write.")], phone: Phone, data_dir: DataDir = None
) -> None:
    """Write everything held of a telephone number to a ZIP of JSON and CSV, for the number's owner."""
    from web.privacy_key import load_subject_key
    from web.subjects import export_held

    with _opened(data_dir, "citygrid privacy export") as (settings, sessions):
        told = export_held(sessions, phone, load_subject_key(settings), at=now(), by=BY)
    out.touch(mode=0o600)
    out.write_bytes(told)
    console.print(f"已写入 {out}。内容是个人信息，请只交给本人。", markup=False)


@app.command()
def erase(
    phone: Phone,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Take a telephone number, and the name beside it, out of all cases, which stay. It cannot be undone."""
    from web.privacy_key import load_subject_key
    from web.subjects import ERASED, erase_held

    if not yes:
        typer.confirm("清除后不能恢复，案件保留。继续吗？", abort=True)
    with _opened(data_dir, "citygrid privacy erase") as (settings, sessions):
        done = erase_held(sessions, phone, load_subject_key(settings), at=now(), by=BY)
    _print(ERASED, done.counts, "已清除")
    if done.facts:
        console.print(f"另有 {done.facts} 条办理记录里有这个号码，记录逐条相扣，不能改动。")


def _print(names: Mapping[str, str], counts: Mapping[str, int], heading: str) -> None:
    from rich.table import Table

    table = Table()
    table.add_column("内容")
    table.add_column(heading, justify="right")
    for name, n in counts.items():
        table.add_row(names[name], f"{n:,}")
    console.print(table)


@contextmanager
def _opened(data_dir: Path | None, command: str) -> "Iterator[tuple[Settings, Sessions]]":
    from web.preparing import migrate_database, open_city_sessions

    with database(load_settings(data_dir=absolute(data_dir)), command) as settings:
        migrate_database(settings)
        with open_city_sessions(settings) as sessions:
            yield settings, sessions
