"""What each column of a file of places is, in Chinese and English, and how its cells are read."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date

from gis_core.geocoding.gazetteer import KIND_NAMES, NameSort, PlaceKind
from grid.rules.gazetteer import FurtherName, plain_name
from grid.rules.survey_fields import UnclearFields, Wanted, find_fields

_NAMES = {
    "name": "标准名称 地名名称 名称 地名 name standard_name title MC DMMC BZMC",
    "alias": "别名 俗称 又名 alias aliases alt_name other_names BM",
    "short": "简称 short_name short JC",
    "former": "曾用名 旧名 原名 历史名称 former_name old_name CYM",
    "kind": "地名类型 地名种类 kind place_type place_kind DMLX",
    "category": "类别 兴趣点类别 类型 分类 行业 category type class LB",
    "street": "街路巷 街路巷名称 所在街巷 街巷 道路 路名 所属道路 所属小区 street road addr:street JLX JLXMC",
    "number": "门牌号 门牌号码 门楼牌号 门牌 楼牌号 number house_number housenumber addr:housenumber MPH",
    "community": "社区 所属社区 社区代码 社区名称 村社区 community community_code SQ SQDM",
    "valid_from": "启用日期 命名日期 设立日期 valid_from since QYRQ",
    "source_key": "编号 地名代码 标识码 唯一标识 source_key place_id osm_id id BH DMDM",
}
_IN_WORDS = {
    "name": ("standard name",), "short": ("short names",), "former": ("former names",),
    "kind": ("kind of place",), "valid_from": ("in use since",), "source_key": ("no.",),
}  # fmt: skip
"""As our own files say it in English."""
PLACE = tuple(
    Wanted(key, names.split()[0], (*names.split(), *_IN_WORDS.get(key, ()))) for key, names in _NAMES.items()
)
"""Names that offices and public files of places use; the first is what people call it, capitals are initials
of pinyin (assumed)."""
KIND_WORDS: Mapping[str, PlaceKind] = {
    **{kind.value: kind for kind in PlaceKind},
    **{name: kind for kind, name in KIND_NAMES.items()},
    "门牌": PlaceKind.DOOR_PLATE, "楼牌": PlaceKind.DOOR_PLATE, "门楼牌": PlaceKind.DOOR_PLATE,
    "门(楼)牌": PlaceKind.DOOR_PLATE, "道路": PlaceKind.STREET, "街路巷": PlaceKind.STREET,
    "路": PlaceKind.STREET, "街": PlaceKind.STREET, "巷": PlaceKind.STREET, "小区": PlaceKind.BLOCK,
    "住宅小区": PlaceKind.BLOCK, "院落": PlaceKind.BLOCK, "村庄": PlaceKind.BLOCK, "自然村": PlaceKind.BLOCK,
    "area": PlaceKind.AREA, "zone": PlaceKind.ZONE, "block": PlaceKind.BLOCK, "street": PlaceKind.STREET,
    "door plate": PlaceKind.DOOR_PLATE, "point of interest": PlaceKind.POI, "poi": PlaceKind.POI,
    "标志物": PlaceKind.POI, "建筑物": PlaceKind.POI,
}  # fmt: skip
SEPARATORS = re.compile(r"[;；|、,，]")
_DAY = r"\d{4}(?:[-/.年]\d{1,2}[-/.月]\d{1,2}日?|年)?"
_YEARS = re.compile(rf"^(?P<name>.+?)[（(](?P<from>{_DAY})? *[至~～—–-] *(?P<to>{_DAY})?[)）]$")


def find_place_fields(fields: Sequence[str], told: Mapping[str, str] | None = None) -> dict[str, str]:
    """The file's field for each thing we look for; `told` says of a field what it is, by key or Chinese name.

    :raises UnclearFields: when a field may be two things, or what was told names none.

    >>> find_place_fields(["标准名称", "经度", "MPH"])
    {'name': '标准名称', 'number': 'MPH'}
    >>> find_place_fields(["名称", "类型", "类别"])
    {'kind': '类型', 'name': '名称', 'category': '类别'}
    """
    said: dict[str, str] = {}
    for field, words in (told or {}).items():
        key = next((one.key for one in PLACE if words.strip() in (one.key, one.name, *one.names)), None)
        if key is None:
            known = "、".join(one.name for one in PLACE)
            raise UnclearFields(f"没有名为“{words[:30]}”的内容。可用：{known}。", field=field)
        if field not in fields:
            listed = "、".join(fields[:20]) or "没有字段"
            raise UnclearFields(f"文件中没有字段“{field[:30]}”。有：{listed}。", field=field)
        said[key] = field
    said |= _broader_kind(fields, said)
    rest = [field for field in fields if field not in said.values()]
    return said | find_fields(rest, [one for one in PLACE if one.key not in said])


def _broader_kind(fields: Sequence[str], said: Mapping[str, str]) -> dict[str, str]:
    """Beside a column for the category, one called type is the kind; alone it is the category."""
    by_name = {field.strip().casefold(): field for field in fields if field not in said.values()}
    for broad, fine in (("类型", "类别"), ("type", "category")):
        if broad in by_name and fine in by_name and "kind" not in said:
            return {"kind": by_name[broad]}
    return {}


def read_kind(words: str) -> PlaceKind | None:
    """The kind that a cell says; None when it says none that is known.

    >>> read_kind("门（楼）牌"), read_kind("POI"), read_kind("桥")
    (<PlaceKind.DOOR_PLATE: 'door_plate'>, <PlaceKind.POI: 'poi'>, None)
    """
    plain = unicodedata.normalize("NFKC", words).strip().casefold()
    return _KINDS.get(plain)


_KINDS = {unicodedata.normalize("NFKC", words).casefold(): kind for words, kind in KIND_WORDS.items()}


def infer_kind(dimension: str, *, has_number: bool) -> PlaceKind:
    """The kind of a row that says none: a plate when it has a number, else by how it is drawn.

    >>> infer_kind("line", has_number=False).value, infer_kind("point", has_number=True).value
    ('street', 'door_plate')
    """
    if has_number and dimension == "point":
        return PlaceKind.DOOR_PLATE
    return {"line": PlaceKind.STREET, "area": PlaceKind.BLOCK}.get(dimension, PlaceKind.POI)


def read_names(aliases: str, shorts: str = "", formers: str = "") -> tuple[FurtherName, ...]:
    """Further names from cells; several stand in one, parted by commas or the like.

    A former name may have its years or days behind it, as 育才小学（1956—1998）.

    >>> [(one.text, one.sort.value) for one in read_names("一小;育才", "小一")]
    [('一小', 'alias'), ('育才', 'alias'), ('小一', 'short')]
    >>> read_names("", "", "育才小学（—1998）")[0].valid_to
    datetime.date(1998, 12, 31)
    >>> read_names("", "", "育才小学（1956-09-01至1998-05-01）")[0].valid_from
    datetime.date(1956, 9, 1)
    """
    found = [FurtherName(name) for name in _parts(aliases)]
    found += [FurtherName(name, NameSort.SHORT) for name in _parts(shorts)]
    return (*found, *(_former(name) for name in _parts(formers)))


def _parts(cell: str) -> list[str]:
    return [name for part in SEPARATORS.split(cell) if (name := plain_name(part))]


def _former(words: str) -> FurtherName:
    dated = _YEARS.match(words)
    if dated is None:
        return FurtherName(words, NameSort.FORMER)
    since, until = read_day(dated["from"] or ""), read_day(dated["to"] or "", is_last=True)
    return FurtherName(plain_name(dated["name"]), NameSort.FORMER, since, until)


def read_day(words: str, *, is_last: bool = False) -> date | None:
    """A day from 1998-05-01, 19980501, 1998年5月1日 or a year alone, whose first (or last) day is meant.

    None for anything else.

    >>> read_day("1998年5月1日"), read_day("19980501") == read_day("1998/5/1"), read_day("1998", is_last=True)
    (datetime.date(1998, 5, 1), True, datetime.date(1998, 12, 31))
    """
    plain = re.split(r"[T ]", words.strip(), maxsplit=1)[0]
    if re.fullmatch(r"\d{8}", plain):
        plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
    numbers = [int(one) for one in re.findall(r"\d+", plain)]
    if len(numbers) == 1 and re.fullmatch(r"\d{4}年?", plain):
        numbers += [12, 31] if is_last else [1, 1]
    try:
        year, month, day = numbers
        return date(year, month, day) if 1000 <= year <= 2200 else None
    except ValueError:
        return None
