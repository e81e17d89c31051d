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
_BRACKET = re.compile(r"[（(].*?[）)]")


def derived_keys(place: GazetteerPlace) -> Iterator[str]:
    """Keys of further forms of a place's names; forms as weak as a bare stem come last."""
    for name in (place.name, *(one.text for one in place.names)):
        for form in _forms(place, name):
            key = key_of(form)
            if len(key) >= 2:
                yield key


def _forms(place: GazetteerPlace, name: str) -> Iterator[str]:
    if "(" in name or "（" in name:
        yield _BRACKET.sub("", name)
    if place.kind == PlaceKind.AREA:
        yield from _area_forms(name)
    elif place.kind == PlaceKind.POI:
        if match := _LANDMARK.match(name):
            yield match["stem"]
    elif place.kind == PlaceKind.STREET and name.endswith("大街"):
        yield name[:-2] + "街"


def _area_forms(name: str) -> Iterator[str]:
    if match := _COMMUNITY.match(name):
        stem = match["stem"]
        yield from (
            stem + end for end in (_URBAN if "社区" in match["end"] or "居" in match["end"] else _RURAL)
        )
        if len(stem) > 2 or not stem.endswith(("路", "街", "巷")):
            yield stem
        return
    for ending, offices in _OFFICES:
        if name.endswith(ending):
            stem = name.removesuffix(ending)
            yield from (stem + office for office in offices)
    if match := _SHORT_OF_AREA.match(name):
        yield match["stem"]


def generic_keys(words: Mapping[str, str]) -> dict[str, str]:
    """Words for any place of a category, as keys."""
    return {key_of(word): category for word, category in words.items()}
