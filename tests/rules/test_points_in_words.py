"""Points told in words: no area is said of a point that lies nowhere near it."""

import pytest

from gis_core.geocoding.reversing import Describer
from tests.geocoding_town import town

DESCRIBER = Describer(town())
COLUMNS = town().columns
EAST, NORTH = float(COLUMNS.easting[0]), float(COLUMNS.northing[0])


@pytest.mark.parametrize(
    ("away_m", "is_told", "because"),
    [
        (0, True, "a known place stands there"),
        (900_000, False, "Beijing is in no district of Baoji"),
        (20_000, False, "twenty kilometres beyond the last known place anything may lie"),
    ],
)
def test_an_area_is_told_of_a_point_when_something_known_is_near(
    away_m: float, is_told: bool, because: str
) -> None:
    told = DESCRIBER.describe(EAST + away_m, NORTH + away_m)
    assert bool(told.area_code) is is_told
