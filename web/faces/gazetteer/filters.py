"""What an address says of which places are wanted; the same for the list, its map and its files."""

import re
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import QueryParams

from gis_core.geocoding.gazetteer import PlaceKind
from grid.gazetteer.categories import load_categories
from grid.gazetteer.reading import STANDINGS, BadPlaceFilter, PlaceFilter
from web.forms import parse
from web.wiring import Wiring

MOST_SOUNDING = 50
IN_LETTERS = re.compile(r"[A-Za-z' ]{2,}$")
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


def read_place_filter(wiring: Wiring, query: QueryParams) -> PlaceFilter:
    """The filter of an address: `q`, `kind`, `category`, `area`, `standing`, `import`.

    Words in letters are pinyin or initials, too: the first 50 places that they begin.

    :raises Malformed: when a value is too long.
    :raises BadPlaceFilter: when it names no kind, category, area or standing that there is.
    """
    asked = parse(PlaceQuery, query)
    if asked.kind and asked.kind not in set(PlaceKind):
        raise BadPlaceFilter(f"没有“{asked.kind}”这种地名类型。请从列表中选择。")
    if asked.standing not in STANDINGS:
        raise BadPlaceFilter("状态只能是使用中、已停用或全部。")
    if asked.area and not re.fullmatch(r"\d{6}(\d{3}){0,2}|[A-Z]{2}\d{2}", asked.area):
        raise BadPlaceFilter("区域代码应为 6、9 或 12 位数字。请从列表中选择。")
    if asked.category and asked.category not in load_categories(wiring.city).by_code:
        raise BadPlaceFilter(f"没有代码为“{asked.category}”的类别。请从列表中选择。")
    wanted = PlaceFilter(
        text=asked.q.strip(),
        kind=PlaceKind(asked.kind) if asked.kind else None,
        category=asked.category,
        area_code=asked.area,
        standing=asked.standing,
        import_id=asked.import_,
    )
    return (
        replace(wanted, sounding=_sounding(wiring, wanted.text)) if IN_LETTERS.match(wanted.text) else wanted
    )


def _sounding(wiring: Wiring, text: str) -> tuple[int | str, ...]:
    """Places whose name begins so in pinyin: numbers, and whole names of streets."""
    found = [one.key.partition(":") for one in wiring.geocoder.suggest(text, most=MOST_SOUNDING)]
    numbers = [int(rest) for sort, _, rest in found if sort == "p" and rest.isdigit()]
    return (*numbers, *(rest for sort, _, rest in found if sort == "s"))
