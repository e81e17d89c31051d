"""`citygrid geocode-file`: a table of addresses in, the same table with places and reasons out."""

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
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
from web.cli_shared import DataDir, absolute, console
from web.settings import load_settings

if TYPE_CHECKING:
    from grid.geocode_batches.answering import Order, Run
    from web.wiring import Wiring


class SameFile(BadInput):
    """The answers would be written over the questions."""

    code = "answers_over_questions"


def geocode_file(
    file: Annotated[Path, typer.Argument(help="CSV with a heading: UTF-8 or GB18030; comma, ; or tab.")],
    *,
    out: Annotated[Path, typer.Option(help="The CSV to write: the same columns, and the answers behind.")],
    column: Annotated[
        list[str] | None,
        typer.Option(help="Column of the address, by name or number; repeat, or join them: 区县+街道+地址."),
    ] = None,
    near: Annotated[str, typer.Option(help="Where the asker is: longitude,latitude.")] = "",
    report: Annotated[Path | None, typer.Option(help="JSON for the report.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Geocode a table of addresses row by row, in order, with confidence and reason, and report on it.

    Broken off or killed, the same command goes on where it was; done, it answers at once while the gazetteer
    stays as it is. The file under --out appears whole at the end.
    """
    from grid.geocode_batches.address_file import AddressFile
    from grid.geocode_batches.answering import Order
    from grid.geocode_batches.report import report_of, tell
    from grid.rules.address_columns import choose_columns
    from web.cli_geocoding import open_city
    from web.geocode_work import folder_of_command
    from web.geocoding import read_near

    if file.resolve() == out.resolve():
        raise SameFile(f"结果不能写到输入文件 {out.name} 上。请用 --out 指定另一个文件。")
    table, place = AddressFile.look_through(file), read_near(near)
    columns = choose_columns(table.heading, column or ())
    settings = load_settings(data_dir=absolute(data_dir))
    folder = folder_of_command(settings, out)
    order = Order(file=table, columns=columns, near=place, out=out, folder=folder)
    names = "＋".join(table.heading[n] for n in columns)
    console.print(f"[green]·[/] {table.rows:,} 行，{table.encoding}，地址列：{names}")
    with open_city(settings, "citygrid geocode-file") as city:
        run = _answer(city, order)
    told = report_of(run.tally)
    console.print(tell(told), markup=False)
    if report is not None:
        _write(
            report,
            {"file": file.name, "out": out.name, "columns": [table.heading[n] for n in columns], **told},
        )
    console.print(f"[green]✓[/] 结果：{out}")


def _answer(city: "Wiring", order: "Order") -> "Run":
    """Answer what is left under a bar that begins where the last run ended."""
    from grid.geocode_batches.answering import answer_file

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), *columns, console=console) as bar:
        task = bar.add_task("装入地名索引", total=order.file.rows)
        with closing(answer_file(city.geocoder, order)) as runs:
            try:
                for run in runs:
                    bar.update(task, description="定位", completed=run.rows)
            except KeyboardInterrupt:
                console.print("已停下。已定位的行都保留着，再运行同一条命令会接着做。")
                raise typer.Exit(130) from None
    return run


def _write(path: Path, told: dict[str, Any]) -> None:
    from web.preparing import CannotWrite

    try:
        path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as problem:
        raise CannotWrite(f"报告 {path} 写不进去（{problem.strerror}）。请换一个位置。") from problem
