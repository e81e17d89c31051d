"""Forms of names that people use and no register lists: without an ending, with another ending."""

import re
from collections.abc import Iterator, Mapping

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
_GROUP = re.compile(r"(?P<stem>.{2,})(?P<number>[0-9一二三四五六七八九十]{1,3})组$")
_GROUP_FORMS = ("{}队", "{}小组", "第{}组", "第{}小组", "第{}村民小组", "{}村民小组")
_BRACKET = re.compile(r"[（(].*?[）)]")


def derived_forms(place: GazetteerPlace) -> Iterator[tuple[str, bool]]:
    """Further forms of a place's names, and whether a form is as weak as a bare stem (渭滨)."""
    for name in (place.name, *(one.text for one in place.names)):
        for form in _forms(place, name):
            yield form, False
        if place.kind == PlaceKind.AREA:
            for form in _stems(name):
                yield form, True


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
