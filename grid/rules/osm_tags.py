"""What a tagged thing of OpenStreetMap is as a place: its kind, category, names, street and number.

Keys and values are those of that project's wiki. Divisions are left out: the city has a register of them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from gis_core.geocoding.gazetteer import PlaceKind

ROADS: Mapping[str, str] = {
    **dict.fromkeys(("motorway", "trunk"), "expressway"),
    **dict.fromkeys(("primary", "secondary"), "arterial"),
    "tertiary": "collector",
    **dict.fromkeys(("residential", "unclassified", "living_street", "pedestrian", "road"), "local"),
    **dict.fromkeys(("service", "footway", "path", "track", "steps", "cycleway"), "lane"),
}
"""Classes of road, as ranks of our streets."""
ZONES = frozenset({"suburb", "quarter", "neighbourhood", "locality", "city_block", "town"})
BLOCKS = frozenset({"village", "hamlet", "isolated_dwelling"})
ESTATES = frozenset({"residential", "industrial", "commercial", "retail"})
KEYS = (
    "amenity", "healthcare", "shop", "craft", "office", "tourism", "historic", "leisure", "railway",
    "public_transport", "highway", "man_made", "power", "place", "landuse", "natural", "waterway",
    "barrier", "entrance", "building",
)  # fmt: skip
"""Keys that say what something is, the one that says most first."""
ALIASES = ("alt_name", "official_name", "loc_name", "name:zh", "name:zh-Hans")
_SEVERAL = re.compile(r"[;,、，；]")
_HAN = re.compile(r"[\u3400-\u9fff]")

Tags = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TaggedPlace:
    """A place that tags speak of: texts by the keys of `grid/rules/place_fields.py`."""

    texts: Mapping[str, str]


def is_wanted(tags: Tags) -> bool:
    """Whether something has a name or an address, and is no division.

    >>> is_wanted({"name": "金台区", "boundary": "administrative"}), is_wanted({"addr:housenumber": "155"})
    (False, True)
    """
    if tags.get("boundary") == "administrative" or tags.get("type") in ("boundary", "route"):
        return False
    return bool(_name(tags)) or "addr:housenumber" in tags


def list_places(tags: Tags, drawn: str, find: Callable[[str], str | None]) -> Iterator[TaggedPlace]:
    """The places in a thing drawn as `point`, `line` or `area`: the thing itself, and its door plates.

    `find` gives the category of `key=value` or `key=*`. A thing whose tags say nothing we know is none.

    >>> here = {"name": "市第一小学", "amenity": "school", "addr:street": "经二路", "addr:housenumber": "155"}
    >>> [one.texts["kind"] for one in list_places(here, "point", {"amenity=school": "school"}.get)]
    ['poi', 'door_plate']
    """
    name = _name(tags)
    found = _kind(tags, drawn, find) if name else None
    if found is not None:
        kind, category = found
        rank = ROADS.get(tags.get("highway", ""), "") if kind is PlaceKind.STREET else ""
        yield TaggedPlace(
            {
                "kind": kind.value,
                "name": name,
                "category": category,
                "alias": ";".join(_aliases(tags, name)),
                "short": tags.get("short_name", ""),
                "former": tags.get("old_name", ""),
                "width_class": rank,
            }
        )
    street = tags.get("addr:street") or tags.get("addr:place") or ""
    if street and drawn != "line":
        for number in filter(None, map(str.strip, _SEVERAL.split(tags.get("addr:housenumber", "")))):
            yield TaggedPlace({"kind": PlaceKind.DOOR_PLATE.value, "street": street, "number": number})


def _name(tags: Tags) -> str:
    """The Chinese name where there is one, else the name."""
    name = tags.get("name", "")
    chinese = tags.get("name:zh") or tags.get("name:zh-Hans") or ""
    return chinese if chinese and not _HAN.search(name) else name or chinese


def _aliases(tags: Tags, name: str) -> Iterator[str]:
    said = [tags[key] for key in ALIASES if key in tags]
    yield from dict.fromkeys(one for one in said if one != name and _HAN.search(one))


def _kind(tags: Tags, drawn: str, find: Callable[[str], str | None]) -> tuple[PlaceKind, str] | None:
    if tags.get("highway") in ROADS and drawn == "line":
        return PlaceKind.STREET, ""
    place, use = tags.get("place"), tags.get("landuse")
    category = _category(tags, find)
    if place in ZONES and drawn != "line":
        return PlaceKind.ZONE, category
    if place in BLOCKS or (use in ESTATES and drawn == "area"):
        return (PlaceKind.BLOCK, category) if drawn != "line" else None
    if "waterway" in tags or tags.get("natural") in ("water", "peak", "hill"):
        return PlaceKind.ZONE, category
    if not category or drawn == "line" or (place and place != "square"):
        return None
    return PlaceKind.POI, category


def _category(tags: Tags, find: Callable[[str], str | None]) -> str:
    exact = (find(f"{key}={tags[key]}") for key in KEYS if key in tags)
    loose = (find(f"{key}=*") for key in KEYS if key in tags)
    return next((code for code in exact if code), None) or next((code for code in loose if code), "")
