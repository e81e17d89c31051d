"""`citygrid heights …`: heights of the city in, and back to a former version."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from web.cli_shared import DataDir, console, now, open_city

if TYPE_CHECKING:
    from cases.rules.deciding import Asking
    from gis_core.db import Sessions

app = typer.Typer(
    help="Heights of the city, on which floods are worked out: a file in, versions, and the way back.",
    no_args_is_help=True,
)
Why = Annotated[str, typer.Option(help="Why; kept with the change.")]


@app.command(name="import")
def import_(
    *,
    file: Annotated[
        Path, typer.Argument(help="A GeoTIFF (.tif) or ASCII grid (.asc) of metres.", exists=True)
    ],
    source: Annotated[str, typer.Option(help="Who surveyed it, and how: shown with every flood.")],
    vertical: Annotated[
        str, typer.Option(help="Height system, such as 1985 国家高程基准; the file's own by default.")
    ] = "",
    system: Annotated[
        str, typer.Option(help="EPSG:4545 …, when the file names none; it is never guessed.")
    ] = "",
    surveyed_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of the survey.")
    ] = None,
    accuracy: Annotated[float | None, typer.Option(help="Standard error of heights in metres.")] = None,
    cell: Annotated[
        float | None, typer.Option(help="Side of a cell in metres; the file's by default.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Look and report; write nothing.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Bring in the heights of the city; they are in force at once, the former version is kept.

    What the file does not say must be said; heights in other units, without a system or beside the city are
    refused, and nothing changes.
    """
    from emergency.heights.looking import look
    from emergency.heights.operations import CityHeights
    from emergency.rules.heights import HeightsFacts
    from gis_core.clock import city_time

    facts = HeightsFacts(
        source=source,
        vertical=vertical,
        surveyed_on=surveyed_on.date() if surveyed_on else None,
        accuracy_m=accuracy,
    )
    with open_city(data_dir, "citygrid heights import") as (sessions, city, plane):
        looked = look(
            file,
            facts,
            plane=plane,
            bounds=city.bounds,
            today=city_time(now()).date(),
            system=system or None,
            cell_m=cell,
        )
        rows, columns = looked.terrain.shape
        span = f"{columns:,} × {rows:,} 个单元，间距 {looked.terrain.cell_m:g} 米"
        high = f"高程 {looked.lowest_m:.1f} 至 {looked.highest_m:.1f} 米"
        share = f"覆盖本市 {looked.city_share:.1%}"
        console.print(f"{looked.file_name}：{looked.system}，{span}，{high}，{share}", markup=False)
        if dry_run:
            console.print("试运行：什么都没有写入。")
            return
        version = CityHeights(sessions).bring_in(looked, _asking())
        console.print(f"[green]✓[/] 已作为第 {version.id} 版导入并启用。")


@app.command(name="list")
def list_(data_dir: DataDir = None) -> None:
    """List the versions with source, day and accuracy; the one in force is marked."""
    from emergency.heights.reading import find_in_force, list_heights

    with _opened(data_dir, "citygrid heights list") as sessions, sessions() as session:
        used = find_in_force(session)
        for one in list_heights(session):
            mark = "●" if used and used.id == one.id else " "
            accuracy = "精度未说明" if one.accuracy_m is None else f"±{one.accuracy_m:g} 米"
            told = f"{one.source}，{one.surveyed_on or '日期未说明'}，{accuracy}，{one.cell_m:g} 米格网"
            console.print(f"{mark} 第 {one.id} 版  {told}（{one.file_name}）", markup=False)
        if used is None:
            console.print("没有启用的版本。")


@app.command()
def use(
    version: Annotated[int, typer.Argument(min=0, help="Number of the version; 0 for none.")],
    why: Why,
    data_dir: DataDir = None,
) -> None:
    """Go back to a former version of the heights, forth to a later one, or to none."""
    from emergency.heights.operations import CityHeights

    with _opened(data_dir, "citygrid heights use") as sessions:
        CityHeights(sessions).take(version or None, why, _asking())
    console.print(f"[green]✓[/] 已启用第 {version} 版。" if version else "[green]✓[/] 已停用高程。")


@contextmanager
def _opened(data_dir: Path | None, command: str) -> "Iterator[Sessions]":
    with open_city(data_dir, command) as (sessions, _, _):
        yield sessions


def _asking() -> "Asking":
    from cases.rules.deciding import Asking

    return Asking(now(), None, "命令行", "system")
