"""The layers of tiles as a contract: what each holds at which zooms, in words, and what its version hangs on.

`/tiles/{layer}.json` tells it to any client; `tests/faces/test_tile_documents.py` holds the tiles to it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement

from cases.mapping import PINS_FROM, cases_version, lights_turned_at, public_left_at
from gis_core.tiles import NoSuchLayer
from grid.layers import layer_version
from grid.mapping import DOTS_FROM, EVERY_ONE_FROM, NAMES_FROM
from web.api.ground_tiles import GRID_CODES_FROM, GRIDS_FROM

EDITION = 4
"""Raised when what tiles hold changes, so that browsers ask again."""
MOST_ZOOM = 16
"""Clients enlarge tiles of this zoom beyond it."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One layer inside a tile: its fields with what they mean, and the zooms that have it."""

    id: str
    about: str
    fields: dict[str, str]
    least_zoom: int
    most_zoom: int = MOST_ZOOM


@dataclass(frozen=True, slots=True)
class TileLayer:
    """A set of tiles under one address."""

    name: str
    about: str
    least_zoom: int
    sheets: tuple[Sheet, ...]
    is_for_staff: bool = False


_NAMED = {"name": "名称"}
_CODED = {"code": "代码", "name": "名称"}
_TYPED = {"type_code": "小类代码，5 位", "major": "大类代码，2 位"}
_CASE = {"kind": "component 部件或 matter 事项", **_TYPED}
_COMPONENT = {**_TYPED, "state_class": "状态类别：sound 完好、faulty 破损或丢失、retired 停用"}
_STAFF_COMPONENT = {
    **_COMPONENT,
    "name": f"名称，自第 {NAMES_FROM} 级",
    "state": "登记册中的状态",
    "code": f"部件编码，17 位，自第 {NAMES_FROM} 级；以下各项同",
    "unit_grid": "单元网格代码，15 位",
    "authority": "主管单位代码",
    "owner": "权属单位代码",
    "maintainer": "养护单位代码",
    "case_no": "涉及该部件的未结案件的案卷号，限本人可查看的",
}
_DENSITY = Sheet(
    "component_density",
    "部件数量，按方格；各方格之和等于同一筛选条件的列表条数",
    {"n": "部件数量", "side_units": "方格边长，瓦片单位（4096 为一幅）"},
    8,
    DOTS_FROM - 1,
)
_SHAPES = Sheet(
    "component_shapes",
    "线状、面状部件的实际形状",
    {"type_code": "小类代码，5 位", "state_class": _COMPONENT["state_class"]},
    EVERY_ONE_FROM,
)
_CLUSTER = {"n": "案件数量"}

TILE_LAYERS = {
    one.name: one
    for one in (
        TileLayer(
            "base",
            "底图：地物、街道、区划、名称",
            8,
            (
                Sheet("ground", "水面、绿地、建筑等", {"kind": "类别", "rank": "等级或层数", **_NAMED}, 8),
                Sheet("ground_labels", "地物名称，各一处", {"kind": "类别", "rank": "等级", **_NAMED}, 8),
                Sheet("streets", "街道中心线", {"rank": "等级", **_NAMED}, 8),
                Sheet("divisions", "行政区划界线", {"level": "级别", **_CODED}, 8),
                Sheet("division_labels", "区划和功能区名称", {"level": "级别", **_NAMED}, 8),
                Sheet("zones", "功能区界线", _CODED, 8),
            ),
        ),
        TileLayer(
            "grids",
            "单元网格",
            GRIDS_FROM,
            (
                Sheet(
                    "unit_grids",
                    "单元网格",
                    {"code": "代码，15 位", "responsibility": "责任网格代码", "zone": "功能区代码"},
                    GRIDS_FROM,
                ),
                Sheet("unit_grid_labels", "单元网格代码，各一处", {"code": "代码"}, GRID_CODES_FROM),
            ),
        ),
        TileLayer(
            "components",
            "部件：近处逐个，远处按方格计数",
            8,
            (
                _DENSITY,
                Sheet("components", "部件", {**_COMPONENT, "name": f"名称，自第 {NAMES_FROM} 级"}, DOTS_FROM),
                _SHAPES,
            ),
        ),
        TileLayer(
            "staff-components",
            "部件（工作人员）：另有权属、主管、养护单位和案卷号",
            8,
            (_DENSITY, Sheet("components", "部件", _STAFF_COMPONENT, DOTS_FROM), _SHAPES),
            is_for_staff=True,
        ),
        TileLayer(
            "cases",
            "案件：近处逐件，远处聚合；数量与列表相同",
            8,
            (
                Sheet(
                    "clusters",
                    "案件聚合",
                    {**_CLUSTER, "light": "其中最紧的灯", "case_no": "只有一件时的案卷号"},
                    8,
                    PINS_FROM - 1,
                ),
                Sheet(
                    "cases",
                    "案件",
                    {
                        "case_no": "案卷号",
                        "stage": "阶段",
                        "light": "灯：normal、at_risk、overdue、suspended",
                        **_CASE,
                        "is_supervised": "是否督办",
                    },
                    PINS_FROM,
                ),
            ),
            is_for_staff=True,
        ),
        TileLayer(
            "wall-cases",
            "未结案件（大屏）：私密类型只到 100 米方格",
            8,
            (
                Sheet("clusters", "未结案件聚合", {**_CLUSTER, "light": "其中最紧的灯"}, 8, PINS_FROM - 1),
                Sheet(
                    "cases",
                    "未结案件",
                    {
                        "light": "灯：normal、at_risk、overdue、suspended",
                        "major": "大类代码，2 位",
                        "is_supervised": "是否督办",
                    },
                    PINS_FROM,
                ),
            ),
            is_for_staff=True,
        ),
        TileLayer(
            "public-cases",
            "公开的案件：位置、类型、进展",
            8,
            (
                Sheet("clusters", "未结案件聚合", _CLUSTER, 8, PINS_FROM - 1),
                Sheet(
                    "cases",
                    "未结和近 7 天办结的案件",
                    {"stage_public": "公开的进展", **_CASE, "public_text": "公开说明，写了才有"},
                    PINS_FROM,
                ),
            ),
        ),
    )
}


def get_layer(name: str) -> TileLayer:
    """The layer of that name.

    :raises NoSuchLayer: when there is none.
    """
    if name not in TILE_LAYERS:
        raise NoSuchLayer(f"没有名为“{name[:40]}”的瓦片图层。现有：{'、'.join(TILE_LAYERS)}。")
    return TILE_LAYERS[name]


STANDING: dict[str, tuple[ColumnElement[Any], ...]] = {
    "base": (layer_version("frame"), layer_version("ground")),
    "grids": (layer_version("frame"),),
    "components": (layer_version("components"),),
}
"""Layers whose version hangs on changes alone, not on the clock: addresses of their tiles carry it."""


def standing_name(name: str) -> str | None:
    """The layer whose version stands in the addresses of a layer's tiles; None when there is none."""
    public = name.removeprefix("staff-")
    return public if public in STANDING else None


def version_parts(name: str, *, at: datetime, zoom: int = MOST_ZOOM) -> tuple[ColumnElement[Any], ...]:
    """What the version of a layer hangs on, as SQL: the changes a snapshot sees and, for cases, the clock."""
    if name in STANDING:
        return STANDING[name]
    match name:
        case "staff-components":
            told = (cases_version(),) if zoom >= NAMES_FROM else ()
            return *STANDING["components"], *told
        case "cases" | "wall-cases":
            return cases_version(), lights_turned_at(at)
        case _:
            return cases_version(), public_left_at(at)


def as_version(parts: tuple[Any, ...]) -> str:
    """The version in addresses and ETags, from what `version_parts` answered."""
    words = [part.strftime("%Y%m%d%H%M%S%f") if isinstance(part, datetime) else str(part) for part in parts]
    return "-".join([str(EDITION), *words])
