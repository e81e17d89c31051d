"""A filter in words: one chip for each thing asked for, with the address of the list without it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cases.rules.deadlines import LIGHT_NAMES
from cases.rules.intake import SOURCE_NAMES
from cases.rules.stages import STAGE_NAMES
from grid.catalogue import Catalogue
from web.faces.named_places import NamedPlaces

TITLES: Mapping[str, str] = {
    "stage": "阶段", "light": "亮灯", "q": "查找", "area": "区域", "grid": "单元网格", "zone": "功能区",
    "major": "大类", "type": "小类", "kind": "类别", "criterion": "立案条件", "source": "来源",
    "responsibility": "责任网格", "department": "部门", "helping": "协办部门", "inspector": "监督员",
    "crew": "处置人员", "since": "上报自", "until": "上报至", "filed_since": "立案自",
    "filed_until": "立案至", "closed_since": "办结自", "closed_until": "办结至", "supervised": "督办",
    "urged": "催办", "answer": "待答复", "suspended": "曾挂账", "reworked": "曾返工",
    "extended": "曾延期", "late": "处置超期", "at_once": "自行处置", "photos": "有照片",
    "void_asked": "申请作废", "appeal": "超期申诉", "open": "未结",
    "drill": "演练",
}  # fmt: skip
"""What a filter is called, in the order of its chips; every name that an address of a list may have."""
APPEAL_NAMES: Mapping[str, str] = {
    "none": "没有申诉", "asked": "待处理", "granted": "成立", "refused": "不成立",
}  # fmt: skip
KIND_NAMES: Mapping[str, str] = {"component": "部件", "matter": "事件"}
YES_NO: Mapping[str, str] = {"true": "是", "false": "否"}
CHIP_WORDS = {*TITLES.values(), *APPEAL_NAMES.values(), *KIND_NAMES.values(), *YES_NO.values()}
"""What chips say in the language of the page."""
_CHOICES: Mapping[str, Mapping[str, str]] = {
    "stage": STAGE_NAMES, "light": LIGHT_NAMES, "source": SOURCE_NAMES, "appeal": APPEAL_NAMES,
    "kind": KIND_NAMES,
    **dict.fromkeys(
        ("supervised", "urged", "answer", "suspended", "reworked", "extended", "late", "at_once",
         "photos", "void_asked", "open", "drill"), YES_NO,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing asked for: its title and what it says (`en` where it is no word of the catalogues)."""

    name: str
    title: str
    said: str
    en: str
    without: str


@dataclass(frozen=True, slots=True)
class FilterNames:
    """Where chips find the names of codes."""

    places: NamedPlaces
    organisations: Mapping[str, str]
    people: Mapping[str, str]
    catalogue: Catalogue


def chips_of(
    pairs: list[tuple[str, str]], names: FilterNames, without: Callable[[str, str], str]
) -> tuple[Chip, ...]:
    """The chips of an address's pairs; `without` is the address that lacks one of them."""
    order = list(TITLES)
    chosen = sorted((pair for pair in pairs if pair[0] in TITLES), key=lambda pair: order.index(pair[0]))
    return tuple(
        Chip(name, TITLES[name], *_said(name, value, names), without(name, value)) for name, value in chosen
    )


def _said(name: str, value: str, names: FilterNames) -> tuple[str, str]:
    """What a value is called, in Chinese and, where the catalogue of words has not got it, in English."""
    if name in _CHOICES:
        return _CHOICES[name].get(value, value), ""
    if name in ("type", "major"):
        return _type_said(name, value, names.catalogue)
    known: Mapping[str, Mapping[str, str]] = {
        "area": names.places.divisions,
        "zone": names.places.zones,
        **dict.fromkeys(("department", "helping"), names.organisations),
        **dict.fromkeys(("inspector", "crew"), names.people),
    }
    return known.get(name, {}).get(value, value), ""


def _type_said(name: str, value: str, catalogue: Catalogue) -> tuple[str, str]:
    majors = (*catalogue.majors("component"), *catalogue.majors("matter"))
    found = next((one for one in (majors if name == "major" else catalogue.types) if one.code == value), None)
    return (value, "") if found is None else (found.name, found.name_en)
