"""Responsibility grids from unit grids, and what a draft of the rules of responsibility would change."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from rich.table import Table
from sqlalchemy import text

from cases.listing import PlacedCase, count_by_grid, list_placed
from gis_core.clock import CITY_ZONE, SystemClock, city_time
from gis_core.coverage import Floats, neighbours
from grid.components import list_owners
from grid.frame_history import NewGrid
from grid.organisations import load_responsibilities
from grid.reading import read_seen_frame
from grid.replacing import replace_grids
from grid.rules.codes import ResponsibilityCode
from grid.rules.partition import duty_weights, group_evenly
from grid.rules.quality import SeenGrid
from grid.rules.responsibility import Keeper, NoOneAnswers, Responsibilities, find_department
from web.grid_work import BY_COMMAND, Desk, NothingToDivide, print_replaced

YEAR = timedelta(days=365)
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class DutyPlan:
    """A proposal: the responsibility grid of each unit grid, and how even the work would be."""

    codes: dict[str, str]
    spread_before: float
    spread_after: float


def plan_duty(work: Desk, *, area: str | None, per_inspector: int, applies: bool, reason: str) -> DutyPlan:
    """Group the unit grids of each subdistrict anew, print how even work is, put it in force when asked."""
    at = SystemClock().now()
    with work.sessions() as session:
        grids = [grid for grid in read_seen_frame(session) if grid.code.startswith(area or "")]
        cases = count_by_grid(session, since=at - YEAR)
        walk = _walk_m(session, grids)
    if not grids:
        raise NothingToDivide(f"没有代码以 {area} 开头的单元网格。请核对区划代码。")
    weights = duty_weights(np.array([cases.get(grid.code, 0) for grid in grids]), walk)
    plan: dict[str, str] = {}
    each = weights.sum() / max(1, round(len(grids) / per_inspector))
    for subdistrict in sorted({grid.code[:9] for grid in grids}):
        mine = [n for n, grid in enumerate(grids) if grid.code[:9] == subdistrict]
        plan |= _group(subdistrict, [grids[n] for n in mine], weights[mine], each)
    before = _spread([grid.responsibility_code or "" for grid in grids], weights)
    after = _spread([plan[grid.code] for grid in grids], weights)
    count = len({*plan.values()})
    work.console.print(
        f"{len(grids):,} 个单元网格分为 {count:,} 个责任网格，工作量变异系数 {before:.2f} → {after:.2f}"
        "（近一年案件 60%，道路长度 40%，权重为本项目假定）"
    )
    if applies:
        new = [_with_duty(grid, plan[grid.code]) for grid in grids]
        done = replace_grids(
            work.sessions, sorted({grid.code[:12] for grid in grids}), new, kind="duty", by=BY_COMMAND, at=at,
            reason=reason, source="citygrid grid duty", plane=work.plane,
        )  # fmt: skip
        print_replaced(work.console, done)
    return DutyPlan(plan, before, after)


def _group(subdistrict: str, grids: list[SeenGrid], weights: Floats, each: float) -> dict[str, str]:
    shapes = np.array([grid.shape for grid in grids], dtype=object)
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    count = max(1, round(float(weights.sum()) / each))
    groups = group_evenly(middles, weights, neighbours(shapes), count, seed=[int(subdistrict), count])
    used = np.unique(groups)
    wests = [float(middles[groups == group, 0].mean()) for group in used]
    sequence = {int(used[place]): n for n, place in enumerate(np.argsort(wests, kind="stable"), start=1)}
    return {
        grid.code: str(ResponsibilityCode(subdistrict, sequence[int(group)]))
        for grid, group in zip(grids, groups.tolist(), strict=True)
    }


def _spread(codes: list[str], weights: Floats) -> float:
    _, where = np.unique(np.array(codes), return_inverse=True)
    load = np.bincount(where, weights)
    return float(load.std() / load.mean())


def _with_duty(grid: SeenGrid, responsibility: str) -> NewGrid:
    return NewGrid(
        shape=grid.shape,  # type: ignore[arg-type]  # grids in force are polygons
        community_code=grid.code[:12],
        responsibility_code=responsibility,
        zone_code=None,
        land_use=grid.land_use,
        is_synthetic=True,
        code=grid.code,
    )


def _walk_m(session: Any, grids: list[SeenGrid]) -> Floats:
    """Metres of street in each unit grid."""
    rows = session.execute(text("SELECT ST_AsBinary(geom) AS wkb FROM grid.street")).all()
    if not rows:
        return np.zeros(len(grids))
    texts = np.array([bytes(row.wkb) for row in rows], dtype=object)
    streets = np.asarray(shapely.from_wkb(texts), dtype=object)
    shapes = np.array([grid.shape for grid in grids], dtype=object)
    grid, street = shapely.STRtree(streets).query(shapes, predicate="intersects")
    metres = shapely.length(shapely.intersection(shapes[grid], streets[street]))
    return np.bincount(grid, metres, minlength=len(grids)).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a draft of the rules would have changed."""

    cases: int
    changed: int
    moves: Counter[tuple[str, str, str]]
    examples: tuple[tuple[str, str, str], ...]


def try_rules(work: Desk, draft: Path, *, since: date, until: date) -> Trial:
    """What cases of a period would have become under a draft of the rules; nothing is written."""
    on = city_time(SystemClock().now()).date()
    ours, theirs = load_responsibilities(work.city, on), load_responsibilities(work.city, on, draft=draft)
    first, last = (datetime(d.year, d.month, d.day, tzinfo=CITY_ZONE).astimezone(UTC) for d in (since, until))
    with work.sessions() as session:
        cases = list_placed(session, since=first, until=last)
        owners = list_owners(session, sorted({one.component_code for one in cases if one.component_code}))
    moves: Counter[tuple[str, str, str]] = Counter()
    examples: list[tuple[str, str, str]] = []
    for one in cases:
        before, _ = _answer(ours, one, owners)
        after, why = _answer(theirs, one, owners)
        if before != after:
            moves[one.type_code, before, after] += 1
            examples.append((one.case_no, f"{before} → {after}", why))
    trial = Trial(len(cases), len(examples), moves, tuple(examples[:MOST_SHOWN]))
    _print_trial(work, trial, theirs.version)
    return trial


@dataclass(frozen=True, slots=True)
class _Standing:
    subdistrict_code: str
    district_code: str
    zone_code: str | None


def _answer(rules: Responsibilities, one: PlacedCase, owners: dict[str, str]) -> tuple[str, str]:
    standing = _Standing(one.unit_grid_code[:9], one.unit_grid_code[:6], one.zone_code)
    owner = owners.get(one.component_code or "")
    try:
        found = find_department(rules, standing, one.kind, one.type_code, Keeper(owner))
    except NoOneAnswers as nobody:
        return "无人负责", nobody.message
    return rules.organisation_names[found.organisation_code], found.reason


def _print_trial(work: Desk, trial: Trial, version: str) -> None:
    work.console.print(
        f"规则 {version}：{trial.cases:,} 件案件中 {trial.changed:,} 件会派给另一个单位。没有写入任何内容。"
    )
    if not trial.moves:
        return
    table = Table()
    for heading in ("小类", "现行规则", "新规则", "件数"):
        table.add_column(heading, justify="right" if heading == "件数" else "left")
    for (type_code, before, after), n in trial.moves.most_common(MOST_SHOWN):
        table.add_row(type_code, before, after, f"{n:,}")
    work.console.print(table)
    for case_no, move, why in trial.examples[:5]:
        work.console.print(f"  {case_no}　{move}\n    {why}")
