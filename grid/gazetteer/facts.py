"""Facts of places: what each says of before and after, in values that JSON keeps without loss."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import shapely

from gis_core.geocoding.gazetteer import NameSort, PlaceKind
from grid.register.facts import content_of, sealed
from grid.rules.gazetteer import FurtherName, Place

__all__ = [
    "ACTION_NAMES",
    "ADDED",
    "CHANGED",
    "ENDED",
    "RESTORED",
    "Values",
    "content_of",
    "differing",
    "place_of",
    "sealed",
    "values_of",
]

ADDED, CHANGED, ENDED, RESTORED = "added", "changed", "ended", "restored"
ACTION_NAMES = {ADDED: "新增", CHANGED: "变更", ENDED: "停用", RESTORED: "恢复"}
Values = dict[str, Any]
"""A place as facts say it: texts, days as ISO, shapes as WKB in hex, further names as lists of four."""


def values_of(place: Place) -> Values:
    """What a place is, as facts say it."""
    return {
        "kind": place.kind.value,
        "name": place.name,
        "category": place.category,
        "street": place.street,
        "number": place.number,
        "names": [
            [one.text, one.sort.value, _iso(one.valid_from), _iso(one.valid_to)] for one in place.names
        ],
        "valid_from": _iso(place.valid_from),
        "shape": shapely.to_wkb(place.shape, hex=True, output_dimension=2),
    }


def place_of(values: Mapping[str, Any]) -> Place:
    """The place that facts speak of.

    >>> from shapely import Point
    >>> here = Place(kind=PlaceKind.POI, name="市第一小学", shape=Point(1, 2), valid_from=date(1998, 5, 1))
    >>> place_of(values_of(here)) == here
    True
    """
    names = tuple(
        FurtherName(words, NameSort(sort), _day(since), _day(until))
        for words, sort, since, until in values["names"]
    )
    return Place(
        kind=PlaceKind(values["kind"]),
        name=values["name"],
        shape=shapely.from_wkb(values["shape"]),
        category=values["category"],
        street=values["street"],
        number=values["number"],
        names=names,
        valid_from=_day(values["valid_from"]),
    )


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Each thing that is different, before and after."""
    return {key: {"before": before[key], "after": after[key]} for key in after if before[key] != after[key]}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
