"""`citygrid demo`: draw a synthetic city; `citygrid demo live`: let a day happen in it."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gis_core.errors import BadInput
from web.cli_shared import DataDir, absolute, console, database
from web.settings import load_settings

if TYPE_CHECKING:
    from collections import Counter

app = typer.Typer(help="Draw a synthetic city, and let a day happen in it.", invoke_without_command=True)
Size = Literal["small", "city", "million"]


@app.callback()
def demo(
    context: typer.Context,
    size: Annotated[Size, typer.Option(help="How large a city to draw.")] = "city",
    random_seed: Annotated[int, typer.Option("--seed", help="The same number draws the same city.")] = 1,
    data_dir: DataDir = None,
) -> None:
    """Draw a synthetic city inside the real boundaries into an empty database, with cases and accounts."""
    if context.invoked_subcommand is not None:
        return
    from web.preparing import draw_demo, migrate_database, seed_city

    with database(load_settings(data_dir=absolute(data_dir)), "citygrid demo") as ready:
        migrate_database(ready)
        seed_city(ready)
        draw_demo(ready, size=size, seed=random_seed, console=console)


@app.command()
def live(  # noqa: PLR0917  # what typer hands in, by name
    url: Annotated[str, typer.Option(help="Address of the server.")] = "http://127.0.0.1:8000",
    speed: Annotated[
        float, typer.Option(min=1, max=3600, help="Seconds of the day that pass in a second.")
    ] = 60,
    hours: Annotated[str, typer.Option(help="Which hours of the day, as 7-19.")] = "7-19",
    reports: Annotated[int, typer.Option(min=1, max=20_000, help="Reports of the whole day.")] = 500,
    random_seed: Annotated[int, typer.Option("--seed", help="The same number draws the same day.")] = 1,
    data_dir: DataDir = None,
) -> None:
    """Play a believable day against a running server of a demonstration: reports, handling, positions.

    It works through the public interfaces alone, with the accounts of the demonstration, and touches samples
    only. Stop it with Ctrl-C; what has happened stays.
    """
    from web.live_day.staging import play_day

    done, refused = play_day(
        load_settings(data_dir=absolute(data_dir)),
        url=url.rstrip("/"),
        speed=speed,
        hours=_read_hours(hours),
        reports=reports,
        seed=random_seed,
        console=console,
    )
    _tell(done, refused)


class BadHours(BadInput):
    """Hours that are none, or that end before they begin."""

    code = "bad_hours"


def _read_hours(told: str) -> tuple[float, float]:
    """Hours of a day.

    >>> _read_hours("7-19")
    (7.0, 19.0)
    """
    first, _, end = told.partition("-")
    try:
        hours = float(first), float(end)
    except ValueError as fault:
        raise BadHours("小时读不懂。请写成 7-19 这样：从几点到几点。") from fault
    if not 0 <= hours[0] < hours[1] <= 24:
        raise BadHours("小时应在 0 到 24 之间，先早后晚，如 7-19。")
    return hours


def _tell(done: "Counter[str]", refused: "Counter[str]") -> None:
    from cases.rules.stages import STAGE_NAMES

    names = {
        "report": "上报",
        "position": "位置",
        **{key: f"办理“{name}”" for key, name in STAGE_NAMES.items()},
    }
    for what, n in done.most_common():
        console.print(f"{names.get(what, what)}  {n:,}", markup=False)
    for code, n in refused.most_common():
        console.print(f"没有办成（{code}）  {n:,}", markup=False)
