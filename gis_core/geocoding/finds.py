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
