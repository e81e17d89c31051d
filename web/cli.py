"""The command `citygrid`: a function per verb; its docstring is its help."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gis_core.errors import CitygridError
from web import (
    cli_demo,
    cli_evaluation,
    cli_gazetteer,
    cli_geocode_file,
    cli_geocoding,
    cli_grid,
    cli_heights,
    cli_notices,
    cli_open311,
    cli_privacy,
    cli_register,
)
from web.cli_shared import DataDir, absolute, console, database, errors
from web.settings import Settings, load_settings

if TYPE_CHECKING:
    from concurrent.futures import Future

    from grid.sample_city import Drawing

app = typer.Typer(
    help="City management on the unit grid: run it, look after it, ask it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

app.add_typer(cli_grid.app, name="grid")
app.add_typer(cli_heights.app, name="heights")
app.add_typer(cli_register.app, name="register")
app.add_typer(cli_demo.app, name="demo")
app.command()(cli_evaluation.evaluate)
app.command()(cli_geocoding.geocode)
app.command()(cli_geocode_file.geocode_file)
app.command()(cli_geocoding.index_places)
app.add_typer(cli_gazetteer.app, name="gazetteer")
app.add_typer(cli_open311.app, name="open311")
app.add_typer(cli_notices.app, name="notices")
app.add_typer(cli_privacy.app, name="privacy")

Size = Literal["small", "city", "million"]

UntilClosed = Annotated[int | None, typer.Option(hidden=True)]


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="Port of the web server; default 8000.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 for phones nearby.")] = None,
    size: Annotated[Size, typer.Option(help="Size of the city drawn when the database is empty.")] = "city",
    data_dir: DataDir = None,
    processes: Annotated[int, typer.Option(min=1, help="Number of web processes.")] = 1,
) -> None:
    """Run everything: database, migrations, reference data, demonstration if empty, web server and worker.

    Prints the address and the demonstration's accounts when the first page answers. Ctrl-C stops everything
    in order; starting again takes up where it stopped, also after kill -9.
    """
    from web.demo_accounts import list_demo_accounts
    from web.running import run_city

    settings = load_settings(port=port, host=host, data_dir=absolute(data_dir))
    run_city(
        settings,
        command="citygrid " + " ".join(sys.argv[1:]),
        processes=processes,
        prepare=_preparation(settings, size),
        compose=lambda: list_demo_accounts(settings),
        greet=_greet,
        say=_say,
    )


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="Port of the web server; default 8000.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    data_dir: DataDir = None,
    listener: Annotated[int | None, typer.Option(hidden=True)] = None,
    until_closed: UntilClosed = None,
) -> None:
    """Run one web process on the database of CITYGRID_DATABASE_URL, or on the embedded one."""
    from web.serving import serve_pages

    settings = load_settings(port=port, host=host, data_dir=absolute(data_dir))
    with database(settings, "citygrid serve") as ready:
        serve_pages(ready, listener_fd=listener, until_closed_fd=until_closed)


@app.command()
def worker(data_dir: DataDir = None, until_closed: UntilClosed = None) -> None:
    """Run the jobs: sweeps of clocks, notifications, imports and exports."""
    from web.serving import work

    with database(load_settings(data_dir=absolute(data_dir)), "citygrid worker") as ready:
        work(ready, until_closed_fd=until_closed)


@app.command()
def migrate(data_dir: DataDir = None) -> None:
    """Bring the database to the newest shape; running it again changes nothing."""
    from web.preparing import migrate_database

    with database(load_settings(data_dir=absolute(data_dir)), "citygrid migrate") as ready:
        _say(f"数据库结构：{migrate_database(ready)}")


@app.command()
def seed(data_dir: DataDir = None) -> None:
    """Write the city's divisions and organisations from its data folder; running it again changes nothing."""
    from web.preparing import migrate_database, seed_city

    with database(load_settings(data_dir=absolute(data_dir)), "citygrid seed") as ready:
        migrate_database(ready)
        _say(seed_city(ready))


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file of reports.", exists=True, dir_okay=False)],
    mapping: Annotated[Path, typer.Option(help="YAML: which column is what.", exists=True, dir_okay=False)],
    refused: Annotated[Path | None, typer.Option(help="Write refused rows with reasons to this CSV.")] = None,
    data_dir: DataDir = None,
) -> None:
    """File the reports of another system; every row that cannot be filed is listed with its reason."""
    from web.preparing import import_file

    with database(load_settings(data_dir=absolute(data_dir)), "citygrid import") as ready:
        import_file(ready, file=file, mapping=mapping, refused=refused, console=console)


@app.command()
def check(
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    data_dir: DataDir = None,
) -> None:
    """The doctor: look at everything that can be missing and say what to do; exits with 1 if anything is."""
    from web.checks import print_checks, run_checks

    results = run_checks(load_settings(data_dir=absolute(data_dir)))
    print_checks(results, as_json=as_json, console=console)
    if not all(result.is_well for result in results):
        raise typer.Exit(1)


@app.command()
def explain(
    case_no: Annotated[str, typer.Argument(help="The case's number, 20 digits.")], data_dir: DataDir = None
) -> None:
    """Tell a case's story: what happened, by whom, by which rule and until when."""
    from web.preparing import tell_story

    with database(load_settings(data_dir=absolute(data_dir)), "citygrid explain") as ready:
        console.print(tell_story(ready, case_no), markup=False)


@app.command()
def incident(
    incident_no: Annotated[str, typer.Argument(help="The incident's number, as TF20260918001.")],
    data_dir: DataDir = None,
) -> None:
    """Tell an incident's story and verify its chain; exits with 1 when the chain does not hold."""
    from web.preparing import tell_incident

    with database(load_settings(data_dir=absolute(data_dir)), "citygrid incident") as ready:
        told = tell_incident(ready, incident_no)
    console.print("\n".join(told.lines), markup=False)
    if not told.is_whole:
        raise typer.Exit(1)


@app.command()
def briefing(
    area: Annotated[
        str, typer.Option(help="Code of a district, subdistrict or community: 6, 9 or 12 digits.")
    ],
    out: Annotated[Path, typer.Option(help="The HTML file to write.", dir_okay=False)],
    data_dir: DataDir = None,
) -> None:
    """Write the briefing map of an area as one file that opens without network and prints on one sheet."""
    from web.preparing import write_briefing

    with database(load_settings(data_dir=absolute(data_dir)), "citygrid briefing") as ready:
        write_briefing(ready, area=area, out=out)
        _say(f"简报地图已写入 {out}")


@app.command()
def drill(
    name: Annotated[str, typer.Argument(help="Name of the script in the city's folder `drills`.")],
    url: Annotated[str, typer.Option(help="Address of the server.")] = "http://127.0.0.1:8000",
    speed: Annotated[
        float, typer.Option(min=1, max=3600, help="Seconds of the drill that pass in a second.")
    ] = 60,
    data_dir: DataDir = None,
) -> None:
    """Play a scripted drill against a running server of a demonstration, through its pages alone.

    Everything of it is marked as a drill, and nobody outside is told.
    """
    from web.drills.staging import play_drill

    settings = load_settings(data_dir=absolute(data_dir))
    number = play_drill(settings, name, url=url.rstrip("/"), speed=speed, console=console)
    _say(f"演练结束：{number}")


def main() -> None:
    """Run the command line; an error that a person can act on is one sentence, not a trace."""
    try:
        app()
    except CitygridError as error:
        errors.print(f"[bold red]✗[/] {error.message}  [dim]({error.code})[/]")
        raise SystemExit(1) from None


def _say(text: str) -> None:
    console.print(f"[green]·[/] {text}")


def _preparation(settings: Settings, size: Size) -> Callable[[Settings], None]:
    """How the database is prepared; where none was made yet, its city is drawn from now on."""
    is_new = settings.is_embedded and not (settings.home / "data").exists()
    if not is_new:
        return lambda ready: _prepare(ready, size, None)
    from web.preparing import begin_drawing

    drawn = begin_drawing(settings, size)
    return lambda ready: _prepare(ready, size, drawn)


def _prepare(settings: Settings, size: Size, drawn: "Future[Drawing] | None") -> None:
    from web.preparing import prepare

    prepare(settings, size=size, console=console, drawn=drawn)


def _greet(address: str, lines: list[str]) -> None:
    console.print(f"\n[bold green]✓ 城市已运行[/]  [bold]{address}[/]")
    for line in lines:
        console.print(f"  {line}")
    console.print("  按 Ctrl-C 停止。\n")


if __name__ == "__main__":
    main()
