"""A place that an anchor may mean, and the places of the gazetteer as such."""

from typing import NamedTuple

from gis_core.geocoding.answers import Level
from gis_core.geocoding.gazetteer import PlaceKind
from gis_core.geocoding.index import KINDS, OF_BLOCK, PlaceIndex
from gis_core.places import PlanePoint

CROSSING_RADIUS_M = 20.0

_AREA_LEVELS = {
    "city": Level.CITY,
    "district": Level.DISTRICT,
    "zone": Level.DISTRICT,
    "subdistrict": Level.SUBDISTRICT,
    "community": Level.COMMUNITY,
    "unit_grid": Level.UNIT_GRID,
    "responsibility_grid": Level.RESPONSIBILITY_GRID,
}


class Find(NamedTuple):
    """A place an anchor may mean. `quality` is how sure it is, given that the anchor is meant so."""

    place: int  # -1 for crossings and sections, which are no rows of the gazetteer
    level: Level
    point: PlanePoint
    radius_m: float
    quality: float
    name: str
    streets: tuple[int, ...] = ()
    anchor: int = 0
    why: tuple[str, ...] = ()
    is_generic: bool = False
    note: str = ""
    """What the asker should read before anything else."""
    by: int = -1
    """The place it was worked out from where that is another than `place`: of a number the nearest plate."""

    @property
    def lies_with(self) -> int:
        """The place whose area the find's is; -1 where none is known."""
        return self.by if self.by >= 0 else self.place

    @property
    def is_worked_out(self) -> bool:
        """Whether the point is none of the gazetteer's: a crossing, a number between two plates."""
        return self.place < 0 or self.level is Level.INTERPOLATED


def find_of(index: PlaceIndex, place: int) -> Find:
    """A place of the gazetteer itself."""
    columns = index.columns
    extent = float(columns.extent[place])
    return Find(
        place,
        level_of(index, place),
        PlanePoint(float(columns.easting[place]), float(columns.northing[place])),
        max(extent, 10.0),
        0.97,
        columns.names[place],
        streets=(int(columns.street_of[place]),) if columns.street_of[place] >= 0 else (),
    )


def level_of(index: PlaceIndex, place: int) -> Level:
    """How finely a place answers by itself."""
    columns = index.columns
    kind = KINDS[columns.kind[place]]
    if kind is PlaceKind.AREA:
        return _AREA_LEVELS.get(index.categories[columns.category[place]], Level.COMMUNITY)
    if kind is PlaceKind.DOOR_PLATE:
        return Level.BUILDING if columns.plate_sort[place] == OF_BLOCK else Level.DOOR_PLATE
    return {
        PlaceKind.ZONE: Level.ESTATE,
        PlaceKind.BLOCK: Level.ESTATE,
        PlaceKind.STREET: Level.STREET,
        PlaceKind.POI: Level.POI,
    }[kind]
