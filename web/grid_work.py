"""What `citygrid grid …` does: checks, divides, imports and writes frames; each answers what to print."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from gis_core.clock import SystemClock, city_time
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions, open_engine, open_sessions
from gis_core.errors import Refused
from gis_core.spatial_files import RowProblem, Told, write_layer
from grid.city import City
from grid.dividing import Division, Targets, divide
from grid.frame_history import Editor, NewGrid
from grid.frame_limits import load_frame_limits, load_frame_limits_file
from grid.ground_reading import read_ground
from grid.reading import is_frame_synthetic, read_community_shapes, read_seen_frame
from grid.replacing import Replaced, replace_grids
from grid.rules.quality import KINDS, Defect, FrameReport, SeenGrid, check_frame
from grid.sample_city.survey import Planted, plant_defects
from grid.survey_keeping import Keeping
from grid.survey_layers import AreaSurvey, Kind, put_in_force, read_areas
from grid.surveying import FrameSurvey, Surveyor
from web.settings import Settings

MOST_LISTED = 12
SEVERITIES = {"error": "错误", "warning": "提醒"}
ZONED_SRID = 4524
"""CGCS2000 3-degree Gauss-Kruger zone 36, with the zone number before the easting."""
BY_COMMAND = Editor(None, "命令行")


class FrameNotSound(Refused):
    """The frame has defects of the kind that keep it from coming into force."""

    code = "frame_not_sound"


class NothingToDivide(Refused):
    """No community of the area has an outline and streets."""

    code = "nothing_to_divide"


@dataclass(frozen=True, slots=True)
class Desk:
    """The city of one command, with its database."""

    city: City
    sessions: Sessions
    console: Console
    keeping: Keeping | None = None

    @property
    def plane(self) -> PlaneSystem:
        """The city's plane system."""
        return PlaneSystem(self.city.plane_crs)


@contextmanager
def desk(settings: Settings, console: Console) -> Iterator[Desk]:
    """The city and its database for one command."""
    engine = open_engine(settings.database_url, pool_size=2)
    keeping = Keeping(settings.home / "surveys")
    keeping.sweep(SystemClock().now().timestamp())
    try:
        yield Desk(City.load(settings.data_dir), open_sessions(engine), console, keeping)
    finally:
        engine.dispose()


def check_own_frame(work: Desk, *, map_path: Path | None, as_json: bool, on: date | None) -> FrameReport:
    """Check the frame in force (or of a day), print the report, draw the map when asked."""
    with work.sessions() as session:
        grids, communities = read_seen_frame(session, on), read_community_shapes(session)
        is_synthetic = is_frame_synthetic(session)
    report = check_frame(grids, communities, load_frame_limits(work.city))
    print_report(work.console, report, as_json=as_json)
    draw_defects(work, report, [grid.shape for grid in grids], map_path, is_synthetic=is_synthetic)
    return report


def print_report(console: Console, report: FrameReport, *, as_json: bool) -> None:
    """Counts by kind, the worst of each kind, and how large grids are."""
    if as_json:
        console.print_json(json.dumps(report_as_data(report), ensure_ascii=False))
        return
    table = Table(title=f"网格质量：{report.grids:,} 个单元网格，{report.communities:,} 个社区")
    for heading in ("问题", "程度", "数量", "面积 (m²)", "例"):
        is_number = heading in {"数量", "面积 (m²)"}
        table.add_column(
            heading, justify="right" if is_number else "left", no_wrap=heading != "例", overflow="fold"
        )
    for kind, count in report.counts.items():
        name, severity = KINDS[kind]
        first = next(defect for defect in report.defects if defect.kind == kind)
        where = f"第 {first.row} 行：" if first.row is not None else ""
        light = "[red]错误[/]" if severity == "error" else "[yellow]提醒[/]"
        words = escape(f"{where}{first.words}")
        table.add_row(name, light, f"{count:,}", f"{report.area_of(kind):,.2f}", words)
    if report.counts:
        console.print(table)
    areas = report.areas_m2
    if len(areas):
        low, middle, high = np.percentile(areas, (5, 50, 95))
        console.print(
            f"  面积：中位数 {middle:,.0f} m²，九成在 {low:,.0f} 至 {high:,.0f} m²，"
            f"{report.share_between(5_000, 20_000):.0%} 在 5,000 至 20,000 m² 之间"
        )
    if report.undivided:
        console.print(f"  尚未划分的社区：{len(report.undivided):,} 个（{report.undivided[0]} 等）")
    well = "[green]✓ 没有错误，可以启用[/]" if report.is_sound else "[red]✗ 有错误，不能启用[/]"
    console.print(f"  {well}")


def report_as_data(report: FrameReport) -> dict[str, Any]:
    """The report for programs."""
    return {
        "grids": report.grids,
        "communities": report.communities,
        "undivided": list(report.undivided),
        "counts": report.counts,
        "is_sound": report.is_sound,
        "defects": [
            {
                "kind": defect.kind,
                "severity": defect.severity,
                "codes": list(defect.codes),
                "words": defect.words,
                "area_m2": round(defect.area_m2, 3),
                "row": defect.row,
            }
            for defect in report.defects
        ],
    }


def draw_defects(
    work: Desk, report: FrameReport, shapes: Sequence[Any], path: Path | None, *, is_synthetic: bool = False
) -> None:
    """Write the map of the defects: one file that opens without network."""
    if path is None:
        return
    from web.defect_map import defect_map

    html = defect_map(
        report,
        shapes,
        plane=work.plane,
        city_name=work.city.name,
        on=city_time(SystemClock().now()).date(),
        is_synthetic=is_synthetic,
    )
    path.write_text(html, encoding="utf-8")
    work.console.print(f"  地图：{path}")


def divide_area(
    work: Desk, *, area: str | None, with_hills: bool, out: Path | None, applies: bool, reason: str
) -> Division:
    """Divide communities anew; write the grids to a file, or put them in force."""
    limits = load_frame_limits_file(work.city)
    with work.console.status("读取道路、河流、院落和建筑"), work.sessions() as session:
        ground = read_ground(session, area, with_hills=with_hills)
    if not ground.community_codes:
        raise NothingToDivide(f"没有代码以 {area or '任何数字'} 开头、有界线和道路的社区。请核对区划代码。")
    targets = Targets(
        target_m2=limits.target.value,
        least_m2=limits.usual_least.value,
        most_m2=limits.usual_most.value,
        tiny_m2=limits.least.value,
        large_uses=tuple(limits.large_uses.items()),
    )
    with work.console.status(f"划分 {len(ground.community_codes):,} 个社区"):
        division = divide(ground, targets)
    communities = dict(zip(ground.community_codes, ground.communities.tolist(), strict=True))
    seen = [SeenGrid(code=g.code, shape=g.shape, land_use=g.land_use) for g in division.grids]
    report = check_frame(seen, communities, load_frame_limits(work.city))
    print_report(work.console, report, as_json=False)
    if division.load_spread == division.load_spread:
        work.console.print(f"  每格部件数的变异系数 {division.load_spread:.2f}")
    if out is not None:
        write_grids(work, division, out)
    if applies:
        _need_sound(report)
        grids = [
            NewGrid(
                shape=grid.shape,
                community_code=grid.code[:12],
                responsibility_code=None,
                zone_code=None,
                land_use=grid.land_use or "unknown",
                is_synthetic=True,
            )
            for grid in division.grids
        ]
        done = replace_grids(
            work.sessions, ground.community_codes, grids, kind="divide", by=BY_COMMAND,
            at=SystemClock().now(), reason=reason, source="citygrid grid divide", plane=work.plane,
        )  # fmt: skip
        print_replaced(work.console, done)
    return division


def write_grids(work: Desk, division: Division, out: Path) -> None:
    """Write divided grids in the plane system, fields by the standard's names."""
    write_layer(
        out,
        np.array([grid.shape for grid in division.grids], dtype=object),
        {
            "单元网格标识码": [grid.code for grid in division.grids],
            "用地类型": [grid.land_use for grid in division.grids],
            "面积": [round(grid.shape.area, 2) for grid in division.grids],
            "说明": [grid.reason for grid in division.grids],
        },
        system=f"EPSG:{work.city.plane_crs}",
    )
    work.console.print(f"  已写入 {out}")


def import_frame(
    work: Desk,
    path: Path,
    told: Told,
    *,
    trusts_label: bool,
    is_dry: bool,
    takes_defects: bool,
    map_path: Path | None,
    reason: str,
    report_path: Path | None = None,
) -> FrameSurvey:
    """Read a surveyed frame, say what was found, and put it in force when it is sound."""
    with work.sessions() as session:
        communities = read_community_shapes(session)
    surveyor = Surveyor(
        city=work.city,
        plane=work.plane,
        communities=communities,
        limits=load_frame_limits(work.city),
        keeping=work.keeping,
    )
    with _bar(work.console) as bar:
        tell = _tell(bar, bar.add_task("读取", total=None))
        survey = surveyor.read_unit_grids(path, told, trusts_label=trusts_label, progress=tell)
    head = survey.heading
    _say_resumed(work.console, survey.resumed, is_check_kept=survey.is_check_kept)
    said = f"{head.driver}，{head.system}，{head.encoding or 'UTF-8'}"
    work.console.print(
        f"{head.path.name}（{said}）：在用 {len(survey.grids):,} 个，已终止 {survey.ended:,} 个"
    )
    if survey.verdict is not None:
        work.console.print(f"  {survey.verdict.words}")
    _print_problems(work.console, survey.problems)
    print_report(work.console, survey.report, as_json=False)
    if report_path is not None:
        _write_rows(work.console, report_path, survey.problems, survey.report.defects)
    draw_defects(
        work, survey.report, [grid.shape for grid in survey.grids if grid.shape is not None], map_path
    )
    if is_dry:
        work.console.print("  试运行：没有写入。")
        return survey
    if not survey.is_sound and not takes_defects:
        raise FrameNotSound(
            "网格有错误，没有写入任何内容。请修正文件后重新导入，或加 --with-defects 先启用、再在地图上改正。"
        )
    grids = [
        NewGrid(
            shape=grid.shape,  # type: ignore[arg-type]  # sound grids are polygons
            community_code=grid.code[:12],
            responsibility_code=grid.responsibility_code,
            zone_code=None,
            land_use=grid.land_use or "unknown",
            is_synthetic=False,
            code=grid.code,
        )
        for grid in survey.usable
    ]
    if left_out := len(survey.grids) - len(grids):
        work.console.print(f"  [yellow]{left_out} 行没有可用的编码或图形，未写入；它们的地面成为空地。[/]")
    done = replace_grids(
        work.sessions, survey.communities, grids, kind="import", by=BY_COMMAND, at=SystemClock().now(),
        reason=reason, source=f"普查 {head.path.name}", plane=work.plane,
    )  # fmt: skip
    print_replaced(work.console, done)
    if work.keeping is not None:
        work.keeping.forget()
    return survey


def import_areas(
    work: Desk,
    kind: Kind,
    path: Path,
    told: Told,
    *,
    trusts_label: bool,
    is_dry: bool,
    reason: str,
    organisation: str,
    report_path: Path | None = None,
) -> AreaSurvey:
    """Read responsibility grids, divisions or zones, say what was found, put them in force when sound."""
    with _bar(work.console) as bar:
        survey = read_areas(
            work.sessions,
            work.city,
            work.plane,
            kind=kind,
            path=path,
            told=told,
            trusts_label=trusts_label,
            keeping=work.keeping,
            progress=_tell(bar, bar.add_task("读取", total=None)),
        )
    _say_resumed(work.console, survey.resumed)
    work.console.print(
        f"{path.name}（{survey.system}）：{len(survey.areas):,} 个可用，{len(survey.problems):,} 个问题"
    )
    if survey.verdict is not None:
        work.console.print(f"  {survey.verdict.words}")
    _print_problems(work.console, survey.problems)
    if report_path is not None:
        _write_rows(work.console, report_path, survey.problems)
    if is_dry:
        work.console.print("  试运行：没有写入。")
        return survey
    change = put_in_force(
        work.sessions,
        survey,
        work.plane,
        organisation=organisation,
        by=BY_COMMAND,
        at=SystemClock().now(),
        reason=reason,
    )
    work.console.print(f"[green]·[/] 已启用 {len(survey.areas):,} 个（网格版本 {change.version}）")
    return survey


def _print_problems(console: Console, problems: Sequence[RowProblem]) -> None:
    """The first rows that cannot be taken, with the reason, and how many more there are."""
    for problem in problems[:MOST_LISTED]:
        words = escape(problem.words)
        console.print(f"  [red]第 {problem.row} 行[/] {words} [dim]({problem.code})[/]")
    if len(problems) > MOST_LISTED:
        console.print(f"  另有 {len(problems) - MOST_LISTED:,} 行；逐行报告请加 --report report.csv。")


def _write_rows(
    console: Console, path: Path, problems: Sequence[RowProblem], defects: Sequence[Defect] = ()
) -> None:
    """Everything that was found, row by row, as a table that spreadsheets open."""
    rows = [(p.row, "", "错误", p.code, p.words) for p in problems]
    for defect in defects:
        name, severity = KINDS[defect.kind]
        words = f"{name}：{defect.words}"
        of = " ".join(defect.codes[:MOST_LISTED])
        rows.append((defect.row or 0, of, SEVERITIES[severity], defect.kind, words))
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("行", "编码", "程度", "代码", "说明"))
        writer.writerows((row or "", *rest) for row, *rest in sorted(rows, key=lambda one: (not one[0], one)))
    console.print(f"  逐行报告：{path}（{len(rows):,} 条）", markup=False)


def write_sample_survey(work: Desk, folder: Path, *, is_clean: bool) -> None:
    """Write the frame as a survey office would: GBK shapefile, EPSG:4524, northing first, defects planted."""
    with work.sessions() as session:
        grids = read_seen_frame(session)
    if not grids:
        raise NothingToDivide("数据库里还没有单元网格。请先运行 citygrid demo。")
    planted: list[Planted] = []
    if not is_clean:
        grids, planted = plant_defects(grids, seed=1)
    zoned = PlaneSystem(ZONED_SRID)
    shapes = shapely.transform(
        np.array([grid.shape for grid in grids], dtype=object),
        lambda pairs: zoned.to_plane_many(work.plane.to_lonlat_many(pairs)),
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "单元网格.shp"
    write_layer(
        path,
        shapes,
        {
            "单元网格标识码"[:5]: [grid.code for grid in grids],
            "责任网格标识码"[:5]: [grid.responsibility_code or "" for grid in grids],
            "用地类型": [grid.land_use for grid in grids],
        },
        system=f"EPSG:{ZONED_SRID}",
        encoding="GBK",
        is_northing_first=True,
    )
    how = f"GBK，EPSG:{ZONED_SRID}，北坐标在前"
    work.console.print(f"已写入 {path}：{len(grids):,} 个网格，{how}（示意数据）")
    for one in planted:
        work.console.print(f"  埋下的问题：{KINDS[one.kind][0]}　{one.code}　{one.words}")


def print_replaced(console: Console, done: Replaced) -> None:
    """What came into force."""
    console.print(
        f"[green]·[/] 已启用：新 {done.made:,} 个，终止 {done.ended:,} 个，未变 {done.same:,} 个"
        f"（网格版本 {done.change.version}）"
    )


def _need_sound(report: FrameReport) -> None:
    if not report.is_sound:
        raise FrameNotSound("网格有错误，没有写入任何内容。")


def _bar(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console
    )


def _tell(bar: Progress, task: Any) -> Callable[[int, int], None]:
    def tell(done: int, of: int) -> None:
        bar.update(task, description="读取" if done < of else "检查", completed=done, total=of)

    return tell


def _say_resumed(console: Console, rows: int, *, is_check_kept: bool = False) -> None:
    """Say what an import before had done already."""
    if rows:
        checked = "，也已检查" if is_check_kept else ""
        console.print(f"接着上次：已读 {rows:,} 行{checked}。")
