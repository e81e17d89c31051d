"""What the verbs of the command line share: consoles, the data folder, the database."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.console import Console

from web.settings import Settings

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
