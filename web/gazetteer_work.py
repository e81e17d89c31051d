"""What pages need to work with the gazetteer: its operations, imports, the life of a place in words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from grid.gazetteer.categories import Categories, load_categories
from grid.gazetteer.facts import ACTION_NAMES
from grid.gazetteer.operations import Gazetteer
from grid.gazetteer.reading import PlaceDetail, PlaceFact
from web.wiring import Wiring

if TYPE_CHECKING:
    from grid.gazetteer.importing import PlaceImporting

UPLOADS = "place-imports"
CHECK, APPLY = "gazetteer.check_import", "gazetteer.apply_import"
"""Jobs of the worker, by the names under which pages send for them."""
CHANGED_NAMES = {
    "name": "名称", "category": "类别", "street": "街巷", "number": "门牌号", "names": "别名",
    "shape": "图形", "division_code": "所在区划", "valid_from": "启用日期", "valid_to": "停用日期",
}  # fmt: skip
"""What facts speak of, in the order in which a page tells it."""


@dataclass(frozen=True, slots=True)
class LifeLine:
    """One thing in the life of a place: what was done, by whom, why, and each thing before and after."""

    at: datetime
    title: str
    by: str
    words: str
    is_taken_back: bool
    changes: tuple[tuple[str, str, str], ...]


def gazetteer_of(wiring: Wiring) -> Gazetteer:
    """The operations on the gazetteer."""
    categories = load_categories(wiring.city)
    return Gazetteer(wiring.sessions, wiring.plane, wiring.frame, wiring.city, categories)


def place_importing_of(wiring: Wiring) -> "PlaceImporting":
    """Imports into the gazetteer; the readers of files are loaded only when somebody imports."""
    from grid.gazetteer.importing import PlaceImporting

    return PlaceImporting(wiring.sessions, wiring.city, wiring.plane)


def place_uploads_of(wiring: Wiring) -> Path:
    """Where uploaded files lie until they are in the gazetteer or given up."""
    return wiring.settings.home / UPLOADS


def tell_place_life(detail: PlaceDetail, categories: Categories) -> tuple[LifeLine, ...]:
    """The life of a place, the newest first."""
    undone = {fact.body["undoes"] for fact in detail.facts if "undoes" in fact.body}
    lines = [_line(fact, categories, is_taken_back=fact.seq in undone) for fact in detail.facts]
    return tuple(reversed(lines))


def _line(fact: PlaceFact, categories: Categories, *, is_taken_back: bool) -> LifeLine:
    changes = tuple(
        (name, _said(key, body["before"], categories), _said(key, body["after"], categories))
        for key, name in CHANGED_NAMES.items()
        if isinstance(body := fact.body.get(key), dict)
    )
    return LifeLine(fact.at, ACTION_NAMES[fact.action], fact.by_name, fact.reason, is_taken_back, changes)


def _said(key: str, value: Any, categories: Categories) -> str:
    """A value of a fact in words; shapes by where they are."""
    if not value:
        return "–"
    if key == "names":
        return "、".join(str(one[0]) for one in value)
    if key == "category":
        return categories.name_of(value)
    if key == "shape":
        middle = shapely.from_wkb(value).representative_point()
        return f"{middle.x:.1f}, {middle.y:.1f}"
    return str(value)


def corners_of(geojson: str, *, most: int) -> str:
    """The corners of a plain line or area in degrees, one to a row, as the form of a place has them.

    Empty for points, for what has several parts or holes, and for more than `most` corners.
    """
    shape = json.loads(geojson)
    rings: Sequence[Any] = {"LineString": [shape["coordinates"]], "Polygon": shape["coordinates"]}.get(
        shape["type"], ()
    )
    if len(rings) != 1 or len(rings[0]) > most:
        return ""
    ring = rings[0][:-1] if shape["type"] == "Polygon" else rings[0]
    return "\n".join(f"{lon:.7f}, {lat:.7f}" for lon, lat in ring)
