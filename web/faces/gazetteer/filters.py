"""What an address says of which places are wanted; the same for the list, its map and its files."""

import re

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import QueryParams

from gis_core.geocoding.gazetteer import PlaceKind
from grid.gazetteer.reading import STANDINGS, BadPlaceFilter, PlaceFilter
from web.forms import parse

FILTERS = ("q", "kind", "category", "area", "standing", "import")


class PlaceQuery(BaseModel):
    """The filter of places in an address."""

    model_config = ConfigDict(extra="ignore")

    q: str = Field("", max_length=100, title="查找")
    kind: str = Field("", max_length=12, title="地名类型")
    category: str = Field("", max_length=24, title="类别")
    area: str = Field("", max_length=12, title="区域")
    standing: str = Field("in_force", max_length=8, title="状态")
    import_: int | None = Field(None, alias="import", ge=1, lt=2**62, title="导入")


def read_place_filter(query: QueryParams) -> PlaceFilter:
    """The filter of an address: `q`, `kind`, `category`, `area`, `standing`, `import`.

    :raises Malformed: when a value is too long.
    :raises BadPlaceFilter: when it names no kind, area or standing that there is.
    """
    asked = parse(PlaceQuery, query)
    if asked.kind and asked.kind not in set(PlaceKind):
        raise BadPlaceFilter(f"没有“{asked.kind}”这种地名类型。请从列表中选择。")
    if asked.standing not in STANDINGS:
        raise BadPlaceFilter("状态只能是使用中、已停用或全部。")
    if asked.area and not re.fullmatch(r"\d{6}(\d{3}){0,2}|[A-Z]{2}\d{2}", asked.area):
        raise BadPlaceFilter("区域代码应为 6、9 或 12 位数字。请从列表中选择。")
    return PlaceFilter(
        text=asked.q.strip(),
        kind=PlaceKind(asked.kind) if asked.kind else None,
        category=asked.category,
        area_code=asked.area,
        standing=asked.standing,
        import_id=asked.import_,
    )
