"""`citygrid register`: survey files of components in and out."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from web.cli_shared import DataDir, asking, console, now, open_city, progress_bar, read_fields

if TYPE_CHECKING:
    from grid.register.importing import Importing, ImportReport, Wishes

app = typer.Typer(
    help="The register of components: survey files in, with a report row by row, and out.",
    no_args_is_help=True,
)


@app.command(name="import")
def import_(
    *,
    file: Annotated[
        Path, typer.Argument(help="Shapefile, GeoPackage, GeoJSON, FileGDB, CSV with WKT, or a zip.")
    ],
    layer: Annotated[str | None, typer.Option(help="Which layer, when the file has several.")] = None,
    system: Annotated[str | None, typer.Option(help="System of the coordinates: EPSG:4524, GCJ-02 …")] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of a shapefile's table, such as GBK.")
    ] = None,
    northing_first: Annotated[bool, typer.Option(help="Coordinates have the northing first.")] = False,
    flatten: Annotated[
        bool, typer.Option(help="Drop heights instead of refusing rows that have them.")
    ] = False,
    edition: Annotated[
        Literal["2007", "2013"] | None, typer.Option(help="Edition of 16-digit codes, where numbers differ.")
    ] = None,
    field: Annotated[
        list[str] | None, typer.Option(help="FIELD=ATTRIBUTE, for a name that is cut off.")
    ] = None,
    trust_label: Annotated[
        bool, typer.Option(help="Import though the label of the system looks wrong.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Check and report; write nothing.")] = False,
    keep_good: Annotated[bool, typer.Option(help="Keep the good rows though others are at fault.")] = False,
    report: Annotated[Path | None, typer.Option(help="CSV for the report row by row.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Import surveyed components: all checks row by row, then all rows at once or none.

    Run again with the same file after it was broken off, it goes on after the last batch. Exits with 1 when
    rows are at fault and --keep-good is not given; nothing is written then.
    """
    from grid.register.importing import Wishes
    from grid.register.known import EDITIONS

    wishes = Wishes(
        layer=layer,
        system=system,
        encoding=encoding,
        is_northing_first=northing_first,
        may_be_flattened=flatten,
        edition=EDITIONS[edition] if edition else None,
        fields=read_fields(field or []),
        is_label_trusted=trust_label,
    )
    with _importing(data_dir) as importing:
        done = _check(importing, file, wishes)
        _tell(importing, done)
        if report is not None:
            count = write_report(importing, done.import_id, report)
            console.print(f"逐行报告：{report}（{count:,} 条）", markup=False)
        if dry_run:
            importing.discard(done.import_id, now())
            console.print("试运行：什么都没有写入。")
        else:
            _apply(importing, done.import_id, keep_good=keep_good)


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="The file to write; its ending says the format.")],
    *,
    form: Annotated[
        Literal["shp", "gpkg", "geojson", "csv"] | None,
        typer.Option("--format", help="In place of the ending."),
    ] = None,
    edition: Annotated[Literal["2026", "2007"], typer.Option(help="Whose field names and codes.")] = "2026",
    area: Annotated[
        str | None, typer.Option(help="District, subdistrict, community or unit grid: 6 to 15 digits.")
    ] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Type: 5 digits.")] = None,
    major: Annotated[str | None, typer.Option(help="Class of types: 2 digits.")] = None,
    state: Annotated[
        list[str] | None, typer.Option(help="State, or sound, faulty, retired; may repeat.")
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Code of the owner.")] = None,
    q: Annotated[str, typer.Option(help="Beginning of a code, name of a type, part of a name.")] = "",
    system: Annotated[
        str | None, typer.Option(help="System of the coordinates; default the city's plane.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Write the register under the standard's field names; a shapefile is in GBK with their abbreviations.

    What is written is filtered as the pages and the API are, by the same names.
    """
    from gis_core.clock import city_time
    from grid.catalogue import Catalogue
    from grid.filtering import ComponentFilter
    from grid.register.exporting import edition_named, export_register

    wanted = ComponentFilter(
        area_code=area,
        type_code=type_,
        major=major,
        states=tuple(sorted({*(state or ())})),
        owner_code=owner,
        text=q.strip(),
    )
    with _importing(data_dir) as importing, progress_bar() as bar:
        task = bar.add_task("导出", total=None)
        done = export_register(
            importing.sessions,
            importing.city,
            out,
            form=form,
            edition=edition_named(edition),
            wanted=wanted.understood(Catalogue.load(importing.city, city_time(now()).date())),
            system=system,
            progress=lambda rows: bar.advance(task, rows),
        )
    console.print(f"[green]✓[/] 已导出 {done.rows:,} 个部件：{'、'.join(str(path) for path in done.paths)}")
    if done.cut:
        console.print(f"有 {done.cut:,} 处文字超过 Shapefile 字段的 254 字节，已截断；需要全文请导出 gpkg。")
    for type_code, count in done.without_predecessor.most_common():
        console.print(f"  {count:>9,} 个 {type_code} 类部件在该版中没有对应类型，没有导出", markup=False)


@app.command(name="write-sample")
def write_sample(
    folder: Annotated[Path, typer.Argument(help="Where to write it.")],
    *,
    clean: Annotated[bool, typer.Option(help="Without planted defects.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Write new components as a survey office would, with defects planted, to practise an import."""
    from grid.rules.surveyed import FINDINGS
    from web.register_sample import write_component_survey

    with _importing(data_dir) as importing:
        path, rows, planted = write_component_survey(
            importing.sessions, importing.city, folder, is_clean=clean
        )
    console.print(f"已写入 {path}：{rows:,} 个部件，GBK，EPSG:4524，北坐标在前（示意数据）", markup=False)
    for one in planted:
        console.print(f"  埋下的问题：{FINDINGS[one.kind][0]}　{one.code}　{one.words}", markup=False)


def write_report(importing: "Importing", import_id: int, path: Path) -> int:
    """Every finding of an import as a CSV that spreadsheets open; how many."""
    from grid.register.reports import HEADING, list_report_rows

    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADING)
        with importing.sessions() as session:
            for row in list_report_rows(session, import_id):
                writer.writerow(row)
                count += 1
    return count


def _check(importing: "Importing", file: Path, wishes: "Wishes") -> "ImportReport":
    from gis_core.file_bounds import BadSpatialFile

    if not file.exists():
        raise BadSpatialFile(f"找不到文件 {file.name}。请检查路径。")
    with progress_bar() as bar:
        task = bar.add_task("读取与检查", total=None)
        import_id = importing.begin(file, wishes, asking())
        return importing.check(
            import_id,
            file,
            wishes,
            at=now(),
            progress=lambda what, done, of: bar.update(task, description=what, completed=done, total=of),
        )


def _apply(importing: "Importing", import_id: int, *, keep_good: bool) -> None:
    with progress_bar() as bar:
        task = bar.add_task("写入登记册", total=None, visible=False)  # what is refused has not begun
        moved = importing.apply(
            import_id,
            keep_good=keep_good,
            asking=asking(),
            progress=lambda what, done, of: bar.update(
                task, description=what, completed=done, total=of, visible=True
            ),
        )
    console.print(f"[green]✓[/] 已写入登记册 {moved:,} 个部件（第 {import_id} 次导入）")


def _tell(importing: "Importing", report: "ImportReport") -> None:
    """How many rows, and for each kind of finding how many, with the first row and its reason."""
    from grid.register.import_state import list_findings
    from grid.register.reports import SEVERITIES
    from grid.rules.surveyed import FINDINGS

    console.print(f"共 {report.rows:,} 行，可写入 {report.rows_good:,} 行")
    with importing.sessions() as session:
        for kind, count in report.counts.items():
            name, severity = FINDINGS[kind]
            first = list_findings(session, report.import_id, kind=kind, most=1)[0]
            console.print(
                f"  {SEVERITIES[severity]}  {count:>9,}  {name}（{kind}）：第 {first.row} 行 {first.words}",
                markup=False,
            )


@contextmanager
def _importing(data_dir: Path | None) -> Iterator["Importing"]:
    from grid.register.importing import Importing

    with open_city(data_dir, "citygrid register") as (sessions, city, plane):
        yield Importing(sessions, city, plane)
