"""`citygrid gazetteer`: files of places in and out."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from web.cli_shared import DataDir, asking, console, open_city, progress_bar, read_fields

if TYPE_CHECKING:
    from grid.gazetteer.importing import PlaceImporting, PlaceReport
    from grid.rules.seen_places import PlaceFinding

app = typer.Typer(
    help="The gazetteer: files of places in, with a report row by row, and out.", no_args_is_help=True
)
Kind = Literal["area", "zone", "block", "street", "door_plate", "poi"]


@app.command(name="import")
def import_(
    *,
    file: Annotated[
        Path,
        typer.Argument(help="Shapefile, GeoPackage, GeoJSON, CSV, a zip, or an extract of OpenStreetMap."),
    ],
    kind: Annotated[Kind | None, typer.Option(help="Kind of all places, when the file does not say.")] = None,
    layer: Annotated[str | None, typer.Option(help="Which layer, when the file has several.")] = None,
    system: Annotated[str | None, typer.Option(help="System of the coordinates: EPSG:4524, GCJ-02 …")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the texts, such as GBK.")] = None,
    northing_first: Annotated[bool, typer.Option(help="Coordinates have the northing first.")] = False,
    flatten: Annotated[
        bool, typer.Option(help="Drop heights instead of refusing rows that have them.")
    ] = False,
    field: Annotated[
        list[str] | None, typer.Option(help="FIELD=ATTRIBUTE, for a column that is not recognised.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Where the places are from; default the file.")] = None,
    sample: Annotated[bool, typer.Option(help="The places are samples, not real ones.")] = False,
    trust_label: Annotated[
        bool, typer.Option(help="Import though the label of the system looks wrong.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Check and report; write nothing.")] = False,
    keep_good: Annotated[bool, typer.Option(help="Keep the good rows though others are at fault.")] = False,
    report: Annotated[Path | None, typer.Option(help="CSV for the report row by row.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Import places: every row is looked at, then all of them go in at once or none.

    What the gazetteer has already is left out, so the same file twice brings nothing twice. Exits with 1 when
    rows are at fault and --keep-good is not given; nothing is written then.
    """
    from grid.gazetteer.importing import PlaceWishes

    wishes = PlaceWishes(
        kind=kind,
        layer=layer,
        system=system,
        encoding=encoding,
        is_northing_first=northing_first,
        may_be_flattened=flatten,
        fields=read_fields(field or []),
        source=source,
        is_label_trusted=trust_label,
        is_synthetic=sample,
    )
    told: list[PlaceFinding] = []

    def keep(findings: Iterator["PlaceFinding"]) -> None:
        """The first of each kind to be told, all of them into the file."""
        told.extend(_first_of_kinds(findings, report))

    with _importing(data_dir) as importing, progress_bar() as bar:
        task = bar.add_task("读取与检查", total=None)

        def tell(what: str, done: int, of: int) -> None:
            bar.update(task, description=what, completed=done, total=of or None)

        number = importing.begin(file, wishes, asking())
        if dry_run:
            done = importing.check(number, file, wishes, progress=tell, keep=keep)
        else:
            try:
                done = importing.apply(
                    number, file, wishes, asking=asking(), keep_good=keep_good, progress=tell, keep=keep
                )
            finally:
                _tell_findings(told, report)
    if dry_run:
        _tell_findings(told, report)
    _tell(done, is_dry=dry_run)


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="The file to write: .gpkg, .geojson or .csv.")],
    *,
    kind: Annotated[Kind | None, typer.Option(help="Places of one kind only.")] = None,
    category: Annotated[str, typer.Option(help="Code of a category.")] = "",
    area: Annotated[str, typer.Option(help="District, subdistrict or community: 6 to 12 digits.")] = "",
    q: Annotated[str, typer.Option(help="Part of any name.")] = "",
    system: Annotated[str | None, typer.Option(help="System of the coordinates.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Write the places in force under names that an import knows again."""
    from gis_core.geocoding.gazetteer import PlaceKind
    from grid.gazetteer.exporting import export_places
    from grid.gazetteer.reading import PlaceFilter

    wanted = PlaceFilter(text=q, kind=PlaceKind(kind) if kind else None, category=category, area_code=area)
    with _importing(data_dir) as importing, progress_bar() as bar:
        task = bar.add_task("导出", total=None)
        done = export_places(
            importing.sessions,
            importing.city,
            out,
            wanted=wanted,
            system=system,
            progress=lambda rows: bar.advance(task, rows),
        )
    console.print(f"[green]✓[/] 已导出 {done.rows:,} 个地名：{done.path}")


def _first_of_kinds(findings: Iterator["PlaceFinding"], report: Path | None) -> "list[PlaceFinding]":
    """The first finding of each kind; all of them go into the report when there is to be one."""
    from grid.gazetteer.reports import HEADING, cells_of

    first: dict[str, PlaceFinding] = {}
    if report is None:
        for one in findings:
            first.setdefault(one.kind, one)
        return list(first.values())
    with report.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADING)
        for one in findings:
            first.setdefault(one.kind, one)
            writer.writerow(cells_of(one))
    return list(first.values())


def _tell_findings(first: "list[PlaceFinding]", report: Path | None) -> None:
    """For each kind of finding the first row with its reason."""
    from grid.rules.seen_places import FINDINGS, SEVERITIES

    for one in sorted(first, key=lambda one: list(FINDINGS).index(one.kind)):
        name, severity = FINDINGS[one.kind]
        console.print(
            f"  {SEVERITIES[severity]}  {name}（{one.kind}），如第 {one.row} 行 {one.mark}：{one.words}",
            markup=False,
        )
    if report is not None and report.exists():
        console.print(f"逐行报告：{report}", markup=False)


def _tell(done: "PlaceReport", *, is_dry: bool) -> None:
    """What was found and what came of it, in numbers."""
    from gis_core.geocoding.gazetteer import KIND_NAMES, PlaceKind
    from grid.rules.seen_places import FINDINGS

    kinds = "、".join(f"{KIND_NAMES[PlaceKind(kind)]} {n:,}" for kind, n in done.kinds.items())
    console.print(f"共 {done.rows:,} 行，可写入 {done.good:,} 个地名{f'（{kinds}）' if kinds else ''}")
    for kind, n in done.counts.items():
        console.print(f"  {n:>9,}  {FINDINGS[kind][0]}", markup=False)
    if done.joined:
        console.print(f"  {done.joined:>9,}  段道路并入同名的路")
    if is_dry:
        console.print("试运行：什么都没有写入。")
    else:
        console.print(f"[green]✓[/] 已写入地名库 {done.written:,} 个地名（第 {done.import_id} 次地名导入）")


@contextmanager
def _importing(data_dir: Path | None) -> "Iterator[PlaceImporting]":
    from grid.gazetteer.importing import PlaceImporting

    with open_city(data_dir, "citygrid gazetteer") as (sessions, city, plane):
        yield PlaceImporting(sessions, city, plane)
