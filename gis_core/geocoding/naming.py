"""Forms of names that people use and no register lists: without an ending, with another ending."""

import re
from collections.abc import Iterator, Mapping
from enum import Enum

from gis_core.geocoding.characters import key_of
from gis_core.geocoding.gazetteer import GazetteerPlace, PlaceKind

_COMMUNITY = re.compile(
    r"(?P<stem>.{2,}?)(?P<end>社区居民委员会|社区居委会|社区|居民委员会|居委会|村民委员会|村委会|行政村|村)$"
)
_URBAN = ("社区", "社区居委会", "居委会", "社区居民委员会", "居民委员会")
_RURAL = ("村", "村委会", "村民委员会", "行政村")
_OFFICES = (
    ("街道", ("街道办事处", "街道办", "办事处", "街办")),
    ("镇", ("镇政府", "镇人民政府")),
    ("乡", ("乡政府",)),
)
_SHORT_OF_AREA = re.compile(r"(?P<stem>.{2,}?)(?:街道|镇|乡|区|县|市)$")
# What may be left away behind a landmark's own name.
_LANDMARK = re.compile(
    r"(?P<stem>.{3,}?)(?:有限责任公司|股份有限公司|有限公司|人民医院住院部|分公司|总店|分店|门店)$"
)
_SAID_SHORT = (
    ("立交桥", "立交"),
    ("邮政支局", "邮局"),
    ("邮政所", "邮局"),
    ("农贸市场", "市场"),
    ("公交站", "站牌"),
)
_STREET = re.compile(r"(?P<stem>.{2,}?)(?:大道|大街|路|街|巷|道)$")
_POST = re.compile(r"(?P<road>.+)[Kk](?P<km>\d{1,4})\+000$")
_GATE = re.compile(r"(?P<stem>.+[东南西北])门$")
_GROUP = re.compile(r"(?P<stem>.{2,})(?P<number>[0-9一二三四五六七八九十]{1,3})组$")
_GROUP_FORMS = ("{}队", "{}小组", "第{}组", "第{}小组", "第{}村民小组", "{}村民小组")
_BRACKET = re.compile(r"[（(].*?[）)]")
_BRANCH = re.compile(r"(?P<name>.+?)[（(](?P<branch>.+?)店[）)]$")
_NUMBERED = re.compile(
    r"(?P<stem>.*?)第(?P<number>[一二三四五六七八九十]{1,3}|\d{1,2})"
    r"(?P<sort>(?:实验|中心|完全)?小学|(?:实验|初级|高级)?中学|幼儿园|(?:人民|中医)?医院)$"
)
_SHORT_SORTS = {"小学": "小", "中学": "中", "幼儿园": "幼", "中医医院": "中医院", "医院": "院"}
_SAID_OF = (
    (re.compile(r"人民政府$"), ("政府",)),
    (re.compile(r"^.*?([县区])人民政府$"), (r"\1政府", r"\1人民政府")),
    (re.compile(r"^.*公安(?:局|分局)(?=.{2,}(?:派出所|警务室)$)"), ("",)),
    (re.compile(r"便民市场$"), ("早市", "市场", "菜市场")),
    (re.compile(r"(?<=[路街巷])便民市场$"), ("的早市", "上早市", "上的早市")),
    (re.compile(r"农贸市场$"), ("菜市场", "自由市场")),
    (re.compile(r"社区卫生服务(?:站|中心)$"), ("卫生站", "卫生服务站", "社区卫生站", "社区医院", "卫生室")),
    (re.compile(r"(?<=.{2})社区警务室$"), ("警务室",)),
    (re.compile(r"消防救援站$"), ("消防站", "消防队", "消防救援队")),
    (re.compile(r"职业技术学院$"), ("职院", "职业学院", "技术学院", "职业技术学校")),
    (re.compile(r"妇幼保健院$"), ("妇幼", "妇幼院", "妇保院")),
    (re.compile(r"(?<=.{2})[东南西北]站$"), ("站",)),
    (re.compile(r"铁路桥洞$"), ("铁路桥", "桥洞")),
    (re.compile(r"过街天桥$"), ("天桥",)),
)
"""Endings, and beginnings, that people say otherwise."""


class Strength(Enum):
    """How a form is to the name it was made from."""

    SHORT = "short"  # as good as a short name of the register
    SAID = "said"  # said, and nothing where a place is registered by it
    WEAK = "weak"  # a bare stem: 渭滨


def derived_forms(place: GazetteerPlace) -> Iterator[tuple[str, Strength]]:
    """Further forms of a place's names."""
    for name in (place.name, *(one.text for one in place.names)):
        for form in _forms(place, name):
            yield form, Strength.SHORT
        if place.kind == PlaceKind.POI and place.category != "component":
            for form in _said_forms(name):
                yield form, Strength.SAID
        if place.kind == PlaceKind.AREA:
            for form in _stems(name):
                yield form, Strength.WEAK


def street_stem(name: str) -> str:
    """A street's name without its ending, as inspectors write it beside another: 经二 for 经二路.

    >>> street_stem("经二路"), street_stem("高新大道"), street_stem("里")
    ('经二', '高新', '')
    """
    match = _STREET.match(name)
    return match["stem"] if match else ""


_STREET_IN = re.compile(r"(?<=..)(?:大道|大街|路|街|巷)(?=[东西南北]?$)")


def _said_forms(name: str) -> Iterator[str]:
    """What people say of schools, hospitals, offices, branches: 龙腾路六小, 神农派出所, …西凤路分店."""
    if match := _NUMBERED.match(name):
        stem, number, sort = match.groups()
        end = next(end for end in _SHORT_SORTS if sort.endswith(end))
        for owner in dict.fromkeys((stem, _STREET_IN.sub("", stem))):
            yield from (
                f"{owner}{mark}{number}{said}" for mark in ("", "第") for said in (_SHORT_SORTS[end], end)
            )
        if sort == "人民医院":
            yield stem + sort
    if match := _BRANCH.match(name):
        shop, branch = match.groups()
        yield from (f"{shop}{branch}{end}" for end in ("店", "分店", "门店", ""))
        yield from (f"{branch}{shop}", f"{branch}的{shop}")
    if match := _POST.match(name):
        yield from (f"{match['road']}{match['km']}公里{said}" for said in ("处", "那里", "附近"))
    if match := _GATE.match(name):
        yield match["stem"] + "大门"
    for pattern, words in _SAID_OF:
        if pattern.search(name):
            yield from (pattern.sub(word, name, count=1) for word in words)


def _forms(place: GazetteerPlace, name: str) -> Iterator[str]:
    if "(" in name or "（" in name:
        yield _BRACKET.sub("", name)
    if place.kind == PlaceKind.AREA:
        yield from _area_forms(name)
    elif place.kind == PlaceKind.POI:
        if match := _LANDMARK.match(name):
            yield match["stem"]
        yield from (name.removesuffix(end) + said for end, said in _SAID_SHORT if name.endswith(end))
    elif match := _GROUP.match(name):
        stem, number = match["stem"], match["number"]
        yield from (f"{stem}{form.format(number)}" for form in _GROUP_FORMS)
    elif place.kind == PlaceKind.STREET and name.endswith("大街"):
        yield name[:-2] + "街"


def _area_forms(name: str) -> Iterator[str]:
    if match := _COMMUNITY.match(name):
        is_urban = "社区" in match["end"] or "居" in match["end"]
        yield from (match["stem"] + end for end in (_URBAN if is_urban else _RURAL))
    for ending, offices in _OFFICES:
        if name.endswith(ending):
            yield from (name.removesuffix(ending) + office for office in offices)


def _stems(name: str) -> Iterator[str]:
    if match := _COMMUNITY.match(name):
        stem = match["stem"]
        if len(stem) > 2 or not stem.endswith(("路", "街", "巷")):
            yield stem
    elif match := _SHORT_OF_AREA.match(name):
        yield match["stem"]


def generic_keys(words: Mapping[str, str]) -> dict[str, str]:
    """Words for any place of a category, as keys."""
    return {key_of(word): category for word, category in words.items()}
