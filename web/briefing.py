"""The briefing map of an area: its border, unit grids and streets, and its open cases by their light."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from shapely import Point
from sqlalchemy.orm import Session

from cases.filtering import CaseFilter, TypeNames
from cases.listing import list_cases
from cases.rules.stages import STAGE_NAMES
from cases.summaries import CaseSummary
from gis_core.briefing_map import Layer, Style, Symbol, briefing_map
from gis_core.clock import city_time
from gis_core.geojson import Feature
from grid.areas import Area, get_area
from grid.city import City

MOST_CASES = 2_000
LIGHTS: dict[str, tuple[str, str, Symbol]] = {
    "normal": ("正常", "#2b8a57", "circle"),
    "at_risk": ("临期", "#b97700", "triangle"),
    "overdue": ("超期", "#c8372d", "square"),
    "suspended": ("挂账", "#7b8794", "bars"),
}
RANKS = {"expressway": 5.0, "arterial": 4.0, "collector": 2.5, "local": 1.2}
LABELLED_AT_MOST = 40


def draw_area(session: Session, code: str, *, city: City, types: TypeNames, at: datetime) -> str:
    """The HTML of the area's briefing map; raises NoSuchArea or AreaTooLarge."""
    area = get_area(session, code)
    cases = list(_open_cases(session, code, types, at))
    shown, left_out = cases[:MOST_CASES], len(cases) > MOST_CASES
    notes = ["办理中的案件按时限分四种颜色和形状；点开可见案卷号、类型和期限。"]
    if left_out:
        notes.append(f"案件太多，只画出最急的 {MOST_CASES} 件。")
    return briefing_map(
        [*_ground(area, shown), *_lights(shown)],
        title=f"{area.name}城市管理简报",
        subtitle=f"单元网格 {len(area.grids)} 个 · 办理中案件 {len(cases)}{'+' if left_out else ''} 件",
        on=city_time(at).date(),
        attribution=f"{city.name}城市管理网格；行政区划：国家统计局、天地图",
        notes=notes,
        is_synthetic=area.is_synthetic or any(one.is_synthetic for one in cases),
    )


def _open_cases(session: Session, code: str, types: TypeNames, at: datetime) -> Iterator[CaseSummary]:
    """The open cases of the area, the most urgent first, one more than is drawn at most."""
    wanted, after, found = CaseFilter(area_code=code, is_open=True), None, 0
    while found <= MOST_CASES:
        page = list_cases(session, wanted, after, 200, at=at, types=types, order="urgent")
        yield from page.rows
        found, after = found + len(page.rows), page.next_cursor
        if after is None:
            return


def _ground(area: Area, cases: list[CaseSummary]) -> Iterator[Layer]:
    counts = Counter(one.unit_grid_code for one in cases)
    grids = [
        Feature(one.shape, {**one.properties, "cases": counts[one.properties["code"]]}) for one in area.grids
    ]
    yield Layer(
        "单元网格", grids, Style("#9fb1c1", 0.8, fill="#eef3f8"), {"code": "编码", "cases": "办理中案件"}
    )
    for rank, width_px in RANKS.items():
        if rank == "local" and area.level == "district":
            continue
        streets = [one for one in area.streets if one.properties["rank"] == rank]
        if streets:
            yield Layer(_RANK_NAMES[rank], streets, Style("#c8b88a", width_px), {"name": "路名"})
    if area.parts:
        label = "name" if len(area.parts) <= LABELLED_AT_MOST else ""
        yield Layer("下级边界", area.parts, Style("#7d5a99", 1.2, dash="4 3"), label=label)
    yield Layer(f"{area.name}边界", [area.border], Style("#4d3566", 2.5, dash="8 3 2 3"))


_RANK_NAMES = {"expressway": "快速路", "arterial": "主干路", "collector": "次干路", "local": "支路"}


def _lights(cases: list[CaseSummary]) -> Iterator[Layer]:
    popup = {"no": "案卷号", "type": "类型", "stage": "环节", "due": "期限", "department": "办理单位"}
    for light, (name, colour, symbol) in LIGHTS.items():
        features = [_case(one) for one in cases if one.light == light]
        yield Layer(f"案件：{name}", features, Style(colour, symbol=symbol), popup)


def _case(one: CaseSummary) -> Feature:
    due = city_time(one.stage_due_at) if one.stage_due_at else None
    return Feature(
        Point(one.lon, one.lat),
        {
            "no": one.case_no,
            "type": one.type_name,
            "stage": STAGE_NAMES[one.stage],
            "due": f"{due.month}月{due.day}日 {due:%H:%M}" if due else None,
            "department": one.department_name,
        },
    )
