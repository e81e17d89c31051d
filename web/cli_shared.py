"""What the verbs of the command line share: consoles, the data folder, the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from web.settings import Settings

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)
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
