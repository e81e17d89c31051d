"""Which ground a tile covers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_core.crs import PlaneSystem
from gis_core.places import LonLat
from gis_core.tiles import BadTile, Box, NoSuchTile, Tile, find_window

PLANE = PlaneSystem(4545)
CITY = Box(106.6, 33.9, 107.6, 34.8)


def tile_at(place: LonLat, zoom: int) -> Tile:
    """The tile of a zoom that holds a place, found by halving."""
    column = row = 0
    for level in range(1, zoom + 1):
        column, row = column * 2, row * 2
        middle = Tile(level, column, row)
        edge = 64 / 4096 * (middle.box.east_deg - middle.box.west_deg) / (1 + 2 * 64 / 4096)
        column += place.lon_deg >= middle.box.east_deg - edge
        south = Tile(level, column, row + 1)
        row += place.lat_deg < (middle.box.south_deg + south.box.north_deg) / 2
    return Tile(zoom, column, row)


@given(
    lon=st.floats(106.6, 107.6),
    lat=st.floats(33.9, 34.8),
    zoom=st.integers(0, 18),
)
def test_a_place_lies_in_the_window_of_its_tile(lon, lat, zoom):
    point = PLANE.to_plane(LonLat(lon, lat))
    window = find_window(tile_at(LonLat(lon, lat), zoom), PLANE, CITY)
    assert window is not None
    # A straight edge in degrees bends by less than a metre between the places walked.
    assert window.west_m - 1 <= point.easting_m <= window.east_m + 1
    assert window.south_m - 1 <= point.northing_m <= window.north_m + 1


@pytest.mark.parametrize(
    ("zoom", "column", "row"),
    [(5, 0, 0), (5, 31, 31), (14, 0, 8000)],
    ids=["the far north-west", "the far south-east", "the date line"],
)
def test_a_tile_far_away_shows_nothing_of_the_city(zoom, column, row):
    assert find_window(Tile(zoom, column, row), PLANE, CITY) is None


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        (("23", "0", "0"), NoSuchTile),
        (("2", "4", "0"), NoSuchTile),
        (("2", "0", "4"), NoSuchTile),
        (("-1", "0", "0"), BadTile),
        (("1.5", "0", "0"), BadTile),
        (("٣", "0", "0"), BadTile),
        (("1", "0" * 9, "0"), BadTile),
    ],
    ids=[
        "zoom beyond",
        "column beyond",
        "row beyond",
        "below zero",
        "no whole number",
        "no ASCII",
        "too long",
    ],
)
def test_an_address_of_no_tile_is_refused(parts, kind):
    with pytest.raises(kind):
        Tile.parse(*parts)
