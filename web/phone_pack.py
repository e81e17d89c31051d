"""The pack that a phone takes along: addresses with versions, so that only what differs is fetched.

It covers the inspector's responsibility grids, or, for who has none, the grids of the tasks and of the place
where the phone is. Sizes told before anything is fetched are estimates (assumed per tile and per page); the
phone tells afterwards what it really took.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import asinh, floor, pi, radians, tan
from typing import Any

from sqlalchemy.orm import Session

from cases.filtering import Box as CaseBox
from cases.filtering import CaseFilter
from cases.listing import MOST_ROWS, list_cases
from cases.reading import list_photos
from cases.rules.stages import OPEN_STAGES
from cases.summaries import CaseSummary
from gis_core.places import LonLat
from gis_core.tiles import Box
from grid.packing import DutyGrid, list_duty_grids, list_packed_components, list_packed_streets
from grid.rules.locating import OutsideFrame
from web.accounts.people import Person
from web.api.tile_layers import standing_name
from web.phone_shell import MAP_LIBRARY, shell_version
from web.wiring import Wiring

MARGIN_DEG = 0.0015
"""How far beyond the grids the pack reaches: about 150 m."""
AROUND_DEG = 0.009
"""Half the width of what is packed around a place without responsibility grid: about 1 km."""
ZOOMS = range(11, 17)
MOST_TILES = 1_500
LAYERS = {"base": 14_000, "grids": 3_000, "staff-components": 9_000, "cases": 1_500}
"""Layers of the phone's map, and about how many bytes one of their tiles has (assumed)."""
PAGE_BYTES = 9_000
PHOTO_BYTES = 300_000
PAGES = ("/m", "/m/tasks", "/m/report", "/m/components", "/m/surveys", "/m/me", "/m/queue", "/m/track")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to be fetched: its address, its version, and about how many bytes it has."""

    url: str
    version: str
    bytes: int


@dataclass(frozen=True, slots=True)
class PackArea:
    """What a pack covers: responsibility grids by name, and the boxes around them."""

    grids: tuple[DutyGrid, ...]
    boxes: tuple[Box, ...]
    is_own: bool


@dataclass(frozen=True, slots=True)
class Pack:
    """The contents of a pack."""

    area: PackArea
    entries: tuple[Entry, ...]
    n_tasks: int
    is_cut: bool = field(default=False)

    def as_json(self, owner: str) -> dict[str, Any]:
        """What the phone is told."""
        return {
            "owner": owner,
            "grids": [{"code": one.code, "name": one.name} for one in self.area.grids],
            "is_own": self.area.is_own,
            "is_cut": self.is_cut,
            "tasks": self.n_tasks,
            "bytes": sum(entry.bytes for entry in self.entries),
            "entries": [{"url": one.url, "version": one.version, "bytes": one.bytes} for one in self.entries],
        }


def find_area(
    session: Session, wiring: Wiring, person: Person, tasks: Sequence[CaseSummary], here: LonLat | None
) -> PackArea:
    """The grids that the pack of a person covers."""
    own = list_duty_grids(session, person.responsibility_codes)
    if own:
        return PackArea(own, tuple(_widened(one.box) for one in own), is_own=True)
    places = [LonLat(one.lon, one.lat) for one in tasks[:20]] + ([here] if here else [])
    found = {code for place in places if (code := _duty_code(wiring, place))}
    grids = list_duty_grids(session, sorted(found))
    boxes = tuple(_widened(one.box) for one in grids) or tuple(_around(place) for place in places)
    return PackArea(grids, boxes, is_own=False)


def _duty_code(wiring: Wiring, place: LonLat) -> str | None:
    try:
        return wiring.frame.locate(place).responsibility_code
    except OutsideFrame:  # it has no grid; the pack goes on without it
        return None


def _widened(box: Box) -> Box:
    more = MARGIN_DEG
    return Box(box.west_deg - more, box.south_deg - more, box.east_deg + more, box.north_deg + more)


def _around(place: LonLat) -> Box:
    lon, lat, half = place.lon_deg, place.lat_deg, AROUND_DEG
    return Box(lon - half, lat - half, lon + half, lat + half)


def build_pack(
    session: Session, wiring: Wiring, area: PackArea, tasks: Sequence[CaseSummary], *, templates: Any
) -> Pack:
    """Everything to be fetched for an area and the tasks of a person."""
    versions = wiring.tile_versions.known()
    tiles = sorted({tile for box in area.boxes for tile in tiles_of(box)})
    kept = tiles[:MOST_TILES]
    entries = [
        *_pages(tasks),
        Entry("/m/pack/area.json", _digest(area_content(session, wiring, area, templates)), 60_000),
        *(Entry(address, shell_version(), size) for address, size in _map_library()),
        *_tiles(kept, versions),
        *_photos(session, tasks),
    ]
    return Pack(area, tuple(entries), len(tasks), is_cut=len(kept) < len(tiles))


def _pages(tasks: Sequence[CaseSummary]) -> Iterator[Entry]:
    of_tasks = [(one.case_no, one.revision) for one in tasks]
    version = _digest([shell_version(), of_tasks])
    yield from (Entry(address, version, PAGE_BYTES) for address in PAGES)
    for case_no, revision in of_tasks:
        yield Entry(f"/m/tasks/{case_no}", f"{revision}-{shell_version()}", PAGE_BYTES)


def _map_library() -> Iterator[tuple[str, int]]:
    yield from MAP_LIBRARY.items()


def _tiles(tiles: Iterable[tuple[int, int, int]], versions: dict[str, str]) -> Iterator[Entry]:
    for layer, size in LAYERS.items():
        version = versions.get(standing_name(layer) or "", "")
        document = "components" if layer == "staff-components" else layer
        yield Entry(f"/tiles/{document}.json", version, 1_500)
        for zoom, x, y in tiles:
            yield Entry(f"/tiles/{layer}/{zoom}/{x}/{y}.mvt?v={version}", version, size)


def _photos(session: Session, tasks: Sequence[CaseSummary]) -> Iterator[Entry]:
    for sha256 in dict.fromkeys(photo.sha256 for one in tasks for photo in list_photos(session, one.id)):
        yield Entry(f"/photos/{sha256}", sha256[:10], PHOTO_BYTES)


def area_content(session: Session, wiring: Wiring, area: PackArea, templates: Any) -> dict[str, Any]:
    """What the phone knows of its area without asking: components, streets, open cases, sentences."""
    at = wiring.clock.now()
    components: dict[str, list[Any]] = {}
    streets: list[list[Any]] = []
    cases: dict[str, dict[str, Any]] = {}
    for box in area.boxes[:12]:
        components |= {row[0]: row for row in list_packed_components(session, box)}
        streets += list_packed_streets(session, box)
        wanted = CaseFilter(stages=OPEN_STAGES, box=_case_box(box))
        found = list_cases(session, wanted, limit=MOST_ROWS, at=at, types=wiring.cases.types).rows
        cases |= {one.case_no: _case(one) for one in found}
    return {
        "components": list(components.values()),
        "streets": streets,
        "cases": list(cases.values()),
        "templates": templates,
    }


def _case_box(box: Box) -> CaseBox:
    return CaseBox(LonLat(box.west_deg, box.south_deg), LonLat(box.east_deg, box.north_deg))


def _case(one: CaseSummary) -> dict[str, Any]:
    return {
        "no": one.case_no,
        "type": f"{one.kind}:{one.type_code}",
        "name": one.type_name,
        "place": one.place_text,
        "lon": round(one.lon, 6),
        "lat": round(one.lat, 6),
        "at": one.reported_at.isoformat(),
    }


def tiles_of(box: Box) -> Iterator[tuple[int, int, int]]:
    """Tiles (zoom, x, y) that a box meets at the pack's zooms.

    >>> [tile for tile in tiles_of(Box(107.14, 34.36, 107.15, 34.37)) if tile[0] == 13]
    [(13, 6534, 3262)]
    """
    for zoom in ZOOMS:
        west, north = _tile_at(box.west_deg, box.north_deg, zoom)
        east, south = _tile_at(box.east_deg, box.south_deg, zoom)
        yield from ((zoom, x, y) for x in range(west, east + 1) for y in range(north, south + 1))


def _tile_at(lon_deg: float, lat_deg: float, zoom: int) -> tuple[int, int]:
    across = 1 << zoom
    x = floor((lon_deg + 180) / 360 * across)
    y = floor((1 - asinh(tan(radians(lat_deg))) / pi) / 2 * across)
    return min(max(x, 0), across - 1), min(max(y, 0), across - 1)


def _digest(content: Any) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
