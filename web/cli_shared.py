"""What the verbs of the command line share: consoles, the data folder, the database, the city in it."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from gis_core.errors import BadInput
from web.settings import Settings, load_settings

if TYPE_CHECKING:
    from datetime import datetime

    from gis_core.crs import PlaneSystem
    from gis_core.db import Sessions
    from grid.city import City
    from grid.rules.register import Asking

PIPED_WIDTH = 200
"""Columns of what is written where there is no terminal: a log, a file, another program."""


def open_console(stream: TextIO, *, is_error: bool = False) -> Console:
    """A console as wide as its terminal (or COLUMNS); rich would take 80 columns where there is none."""
    has_width = stream.isatty() or bool(os.environ.get("COLUMNS"))
    return Console(stderr=is_error, highlight=False, soft_wrap=True, width=None if has_width else PIPED_WIDTH)


console = open_console(sys.stdout)
errors = open_console(sys.stderr, is_error=True)
DataDir = Annotated[Path | None, typer.Option(help="The city's data folder; default data/baoji.")]


@contextmanager
def database(settings: Settings, command: str) -> Iterator[Settings]:
    """The settings with a database that runs: the embedded one is started for the command when it rests."""
    if not settings.is_embedded:
        yield settings
        return
    from gis_core.cluster import borrowed

    with borrowed(settings.home, command) as url:
        yield settings.model_copy(update={"database_url": url})


def absolute(path: Path | None) -> Path | None:
    """A path from wherever the command was given."""
    return None if path is None else path.absolute()


class BadFieldOption(BadInput):
    """An option --field that does not say FIELD=ATTRIBUTE."""

    code = "bad_field_option"


def read_fields(options: Sequence[str]) -> dict[str, str]:
    """What options --field say: of each field which attribute it is.

    :raises BadFieldOption: when one does not say FIELD=ATTRIBUTE.
    """
    pairs = [option.partition("=") for option in options]
    if wrong := [name for name, sign, value in pairs if not (name and sign and value)]:
        raise BadFieldOption(f"--field 应写成 字段=属性名，如 管理部=管理部件名称；现为“{wrong[0]}”。")
    return {name: value for name, _, value in pairs}


def now() -> "datetime":
    """The moment of the command."""
    from gis_core.clock import SystemClock

    return SystemClock().now()


def asking() -> "Asking":
    """Whoever sits at the command line, as registers know them."""
    from grid.rules.register import Asking

    return Asking(now(), None, "命令行", "system")


@contextmanager
def open_city(data_dir: Path | None, command: str) -> Iterator[tuple["Sessions", "City", "PlaneSystem"]]:
    """The database at its newest version, the city of the data folder and its plane."""
    from gis_core.crs import PlaneSystem
    from grid.city import City
    from web.preparing import migrate_database, open_city_sessions

    with database(load_settings(data_dir=absolute(data_dir)), command) as settings:
        migrate_database(settings)
        city = City.load(settings.data_dir)
        with open_city_sessions(settings) as sessions:
            yield sessions, city, PlaneSystem(city.plane_crs)


def progress_bar() -> Progress:
    """A bar with a count, the time that went and the time that is left."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    return Progress(SpinnerColumn(), TextColumn("{task.description}"), *columns, console=console)
