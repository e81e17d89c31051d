"""`citygrid grid …`: look after the frame of unit grids."""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from web.cli_shared import DataDir, absolute, console, database
from web.settings import load_settings

app = typer.Typer(help="Look after the unit grids: check, divide, import.", no_args_is_help=True)

MapPath = Annotated[Path | None, typer.Option("--map", help="Write a map of the defects to this HTML file.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the change.")]


@app.command()
def check(
    map_path: MapPath = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    on: Annotated[str, typer.Option(help="Check the frame of a day, such as 2026-01-31.")] = "",
    strict: Annotated[bool, typer.Option(help="Exit with 1 for warnings too.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Check the frame: gaps, overlaps, slivers, codes, numbering, sizes; exits with 1 when it has errors."""
    from web.grid_work import check_own_frame, desk

    day = _day(on)
    with (
        database(load_settings(data_dir=absolute(data_dir)), "citygrid grid check") as ready,
        desk(ready, console) as work,
    ):
        report = check_own_frame(work, map_path=map_path, as_json=as_json, on=day)
    if not report.is_sound or (strict and report.defects):
        raise typer.Exit(1)


@app.command()
def divide(  # noqa: PLR0917  # options of one command
    area: Annotated[str, typer.Option(help="Code of an area to divide; default all communities.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write the grids to a .gpkg, .geojson or .shp.")] = None,
    with_hills: Annotated[bool, typer.Option(help="Also communities with hardly any streets.")] = False,
    apply: Annotated[bool, typer.Option(help="Put the new grids in force.")] = False,
    reason: Reason = "按道路、河流和院落重新划分",
    data_dir: DataDir = None,
) -> None:
    """Divide communities into unit grids along roads, rivers, railways and courtyards."""
    from web.grid_work import desk, divide_area

    with (
        database(load_settings(data_dir=absolute(data_dir)), "citygrid grid divide") as ready,
        desk(ready, console) as work,
    ):
        divide_area(work, area=area or None, with_hills=with_hills, out=out, applies=apply, reason=reason)


@app.command(name="import")
def import_(  # noqa: PLR0917  # options of one command
    file: Annotated[Path, typer.Argument(help="A .shp, .gpkg, .geojson, .gdb, .csv with WKT, or a .zip.")],
    kind: Annotated[
        Literal["unit-grids", "responsibility", "divisions", "zones"],
        typer.Option(help="What the file holds."),
    ] = "unit-grids",
    organisation: Annotated[str, typer.Option(help="Who runs the zones of the file.")] = "GX-GW",
    layer: Annotated[str, typer.Option(help="Which layer, when there are several.")] = "",
    system: Annotated[str, typer.Option(help="System of reference, such as EPSG:4524 or GCJ-02.")] = "",
    encoding: Annotated[str, typer.Option(help="Encoding of a shapefile's table, such as GBK.")] = "",
    northing_first: Annotated[bool, typer.Option(help="Coordinates list the northing first.")] = False,
    flatten: Annotated[bool, typer.Option(help="Drop heights.")] = False,
    trust_label: Annotated[
        bool, typer.Option(help="Take the declared system though it seems wrong.")
    ] = False,
    with_defects: Annotated[bool, typer.Option(help="Put it in force to be mended on the map.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Read and check, write nothing.")] = False,
    map_path: MapPath = None,
    report: Annotated[Path | None, typer.Option(help="CSV for the report row by row.")] = None,
    reason: Reason = "导入普查成果",
    data_dir: DataDir = None,
) -> None:
    """Import surveyed unit grids or areas laid over them: checked first, put in force all at once or not."""
    from gis_core.spatial_files import Told
    from web.grid_work import desk, import_areas, import_frame

    told = Told(
        layer=layer or None,
        system=system or None,
        encoding=encoding or None,
        is_northing_first=northing_first,
        may_be_flattened=flatten,
    )
    with (
        database(load_settings(data_dir=absolute(data_dir)), "citygrid grid import") as ready,
        desk(ready, console) as work,
    ):
        if kind != "unit-grids":
            areas = import_areas(
                work,
                kind,
                file,
                told,
                trusts_label=trust_label,
                is_dry=dry_run,
                reason=reason,
                organisation=organisation,
                report_path=report,
            )
            raise typer.Exit(0 if areas.is_sound else 1)
        survey = import_frame(
            work,
            file,
            told,
            trusts_label=trust_label,
            is_dry=dry_run,
            takes_defects=with_defects,
            map_path=map_path,
            reason=reason,
            report_path=report,
        )
    if not survey.is_sound:
        raise typer.Exit(1)


@app.command(name="write-sample")
def write_sample(
    folder: Annotated[Path, typer.Argument(help="Where to write it.")],
    clean: Annotated[bool, typer.Option(help="Without planted defects.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Write the frame as a survey office would hand it over, with defects planted, to practise an import."""
    from web.grid_work import desk, write_sample_survey

    with (
        database(load_settings(data_dir=absolute(data_dir)), "citygrid grid write-sample") as ready,
        desk(ready, console) as work,
    ):
        write_sample_survey(work, folder, is_clean=clean)


@app.command()
def duty(
    area: Annotated[str, typer.Option(help="Code of an area; default the whole city.")] = "",
    per_inspector: Annotated[int, typer.Option(min=2, max=500, help="Unit grids to one inspector.")] = 32,
    apply: Annotated[bool, typer.Option(help="Put the responsibility grids in force.")] = False,
    reason: Reason = "按案件和道路长度均衡责任网格",
    data_dir: DataDir = None,
) -> None:
    """Make responsibility grids of unit grids: connected, and even in past cases and metres to walk."""
    from web.duty_work import plan_duty
    from web.grid_work import desk

    with (
        database(load_settings(data_dir=absolute(data_dir)), "citygrid grid duty") as ready,
        desk(ready, console) as work,
    ):
        plan_duty(work, area=area or None, per_inspector=per_inspector, applies=apply, reason=reason)


@app.command(name="try-rules")
def try_rules(
    draft: Annotated[Path, typer.Argument(help="A draft of the rules (YAML).", exists=True, dir_okay=False)],
    since: Annotated[str, typer.Option(help="First day; default 31 days ago.")] = "",
    until: Annotated[str, typer.Option(help="The day after the last; default tomorrow.")] = "",
    data_dir: DataDir = None,
) -> None:
    """What would past cases have become under this draft of the rules? Nothing is written."""
    from gis_core.clock import SystemClock, city_time
    from web.duty_work import try_rules as run_trial
    from web.grid_work import desk

    today = city_time(SystemClock().now()).date()
    first, last = _day(since) or today - timedelta(days=31), _day(until) or today + timedelta(days=1)
    with (
        database(load_settings(data_dir=absolute(data_dir)), "citygrid grid try-rules") as ready,
        desk(ready, console) as work,
    ):
        run_trial(work, draft, since=first, until=last)


def _day(words: str) -> date | None:
    """A day as written on the command line; nothing for nothing."""
    if not words:
        return None
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise typer.BadParameter("日期应写成 2026-01-31。") from None
