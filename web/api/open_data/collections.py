"""What is published: the views of schema `open_data`, with titles in Chinese and English."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gis_core.crs import GEOGRAPHIC_SRID
from grid.city import City

SCHEMA = "open_data"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
LICENCES = {
    "zh": "本系统编写和绘制的数据以 Apache-2.0 发布；其余来源与许可见 data/LICENSES.md 和 source 属性。",
    "en": "What was written or drawn for this system is under Apache-2.0; for the rest see"
    " data/LICENSES.md and the property source.",
}


@dataclass(frozen=True, slots=True)
class Collection:
    """A view as other systems know it; `day` names the property that `datetime` asks for."""

    name: str
    title: str
    title_en: str
    about: str
    about_en: str
    day: str = ""


COLLECTIONS = (
    Collection(
        "divisions", "行政区划", "Divisions",
        "市、区县、街道和镇、社区和村，现行有效；没有边界的只有名称和代码。",
        "Prefecture, districts, subdistricts, towns, communities and villages in force; some have no border.",
    ),
    Collection(
        "zones", "功能区", "Zones",
        "高新区等跨行政区划的功能区。", "Overlays such as the high-tech zone, which are no divisions.",
    ),
    Collection(
        "unit_grids", "单元网格", "Unit grids",
        "单元网格的 15 位编码、所在社区、责任网格、面积（平方米）和用地。",
        "The smallest units of management: code of 15 characters, community, area in m2, use.",
    ),
    Collection(
        "responsibility_grids", "责任网格", "Responsibility grids",
        "一名监督员巡查的相邻单元网格。", "Adjacent unit grids that one inspector walks.",
    ),
    Collection(
        "streets", "街道中心线", "Streets",
        "道路中心线的名称、等级和宽度（米）。", "Centre lines with name, rank and width in metres.",
    ),
    Collection(
        "components", "部件", "Components",
        "部件的 17 位编码、类型、名称、状态和所在单元网格；不含权属、主管和养护单位。",
        "Registered components: code, type, name, state and unit grid; not who owns or maintains them.",
    ),
    Collection(
        "cases_public", "公开案件", "Public cases",
        "办理中和近七日办结的案件：类型、进度、上报日期、单元网格；位置取整到 100 米，不含编号、"
        "描述和人员，私密类型不含单元网格。",
        "Open cases and those closed in the last seven days: type, progress, day and unit grid; the place is"
        " rounded to 100 m; no number, words or people, no unit grid of private types.",
        day="reported_on",
    ),
)  # fmt: skip
BY_NAME: Mapping[str, Collection] = {one.name: one for one in COLLECTIONS}


def crs_address(srid: int) -> str:
    """The address by which OGC names an EPSG system.

    >>> crs_address(4545)
    'http://www.opengis.net/def/crs/EPSG/0/4545'
    """
    return f"http://www.opengis.net/def/crs/EPSG/0/{srid}"


def describe_service(city: City, *, reader: object, is_synthetic: bool) -> dict[str, Any]:
    """The service as pygeoapi's configuration; `reader` is handed to each provider as it is."""
    bounds = city.bounds
    sample = ("（示意数据）", " (sample data)") if is_synthetic else ("", "")
    box = [bounds.west_deg, bounds.south_deg, bounds.east_deg, bounds.north_deg]
    title = {"zh": f"{city.name}城市管理开放数据{sample[0]}", "en": f"Open data of {city.name_en}{sample[1]}"}
    systems = [CRS84, crs_address(GEOGRAPHIC_SRID), crs_address(city.plane_crs)]
    return {
        "server": {
            "url": "/ogc",
            "languages": ["zh-CN", "en-US"],
            "limits": {"default_items": 100, "max_items": 10_000, "on_exceed": "throttle"},
        },
        "logging": {"level": "CRITICAL"},
        "metadata": {
            "identification": {
                "title": title,
                "description": {
                    "zh": "空间网格、部件与公开案件，OGC API – Features。",
                    "en": "Spatial grid, components and public cases by OGC API – Features.",
                },
                "keywords": ["citygrid", city.name_en],
                "terms_of_service": LICENCES["zh"],
                "url": "/ogc",
            },
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            "provider": {"name": city.name, "url": "/ogc"},
            "contact": {"name": city.name},
        },
        "resources": {
            one.name: {
                "type": "collection",
                "title": {"zh": one.title, "en": one.title_en},
                "description": {
                    "zh": f"{one.about}{LICENCES['zh']}",
                    "en": f"{one.about_en} {LICENCES['en']}",
                },
                "keywords": ["citygrid", one.name],
                "extents": {"spatial": {"bbox": box, "crs": CRS84}},
                "links": [],
                "providers": [
                    {
                        "type": "feature",
                        "name": "web.api.open_data.provider.OpenDataProvider",
                        "data": reader,
                        "table": one.name,
                        "id_field": "id",
                        "geom_field": "geom",
                        "time_field": one.day or None,
                        "storage_crs": crs_address(city.plane_crs),
                        "crs": systems,
                    }
                ],
            }
            for one in COLLECTIONS
        },
    }
