"""Zones as they are published: never smaller than the operational one, few vertices, no holes."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon, box

from emergency.cap.checking import check_content
from emergency.cap.findings import errors_of
from emergency.cap.messages import Area, Circle
from emergency.cap.zones import EmptyZone, ZoneTooComplex, on_the_ground, plane_zone, publish_zone
from gis_core.crs import PlaneSystem
from gis_core.places import LonLat
from gis_core.shapes import PlaneMultiPolygon, PlanePolygon
from tests.cap.alerts import area

CITY = PlaneSystem(4545)
EAST, NORTH = 429_885.0, 3_804_224.0


def star(spikes: int, radius_m: float, wildness: float, seed: int) -> Polygon:
    chance = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, spikes, endpoint=False)
    reach = radius_m * (1 + wildness * chance.uniform(-1, 1, spikes))
    return Polygon(np.column_stack([EAST + reach * np.cos(angle), NORTH + reach * np.sin(angle)]))


ALONG = np.linspace(0, 30_000, 3000)
RIVER = shapely.LineString(np.column_stack([EAST + ALONG, NORTH + 300 * np.sin(ALONG / 500)])).buffer(120)
HOLED = box(EAST, NORTH, EAST + 5000, NORTH + 5000) - shapely.union_all(
    [Point(EAST + x, NORTH + y).buffer(150) for x in range(500, 5000, 1400) for y in range(500, 5000, 1400)]
)
ZONES = [
    (box(EAST, NORTH, EAST + 1, NORTH + 1), 1, "a square metre"),
    (Point(EAST, NORTH).buffer(1000, 64), 1, "a circle of 1 km"),
    (Point(EAST, NORTH).buffer(1000, 64) - Point(EAST, NORTH).buffer(500, 64), 2, "a ring, cut open"),
    (HOLED, 20, "sixteen holes"),
    (RIVER, 10, "30 km of winding river"),
    (box(EAST, NORTH, EAST + 60_000, NORTH + 60_000), 1, "straight in the plane, bent in degrees"),
    (star(2000, 3000, 0.3, 1), 20, "2,000 ragged vertices"),
    (MultiPolygon([box(EAST + n, NORTH, EAST + n + 9, NORTH + 9) for n in (0, 99)]), 2, "two parts"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "most", "because"), ZONES, ids=[row[2] for row in ZONES])
def test_a_published_zone_contains_the_operational_one(zone: Polygon, most: int, because: str):
    published = publish_zone(PlanePolygon(zone), CITY)
    assert on_the_ground(published.rings, CITY).covers(zone)
    assert len(published.rings) <= most
    assert max(len(ring) for ring in published.rings) <= 101
    assert not errors_of(check_content(area(polygons=published.rings)))


def test_a_river_is_published_close_to_its_banks():
    published = publish_zone(PlanePolygon(RIVER), CITY)
    assert published.added_m2 < 0.05 * RIVER.area


def test_the_hole_of_a_ring_stays_open():
    published = publish_zone(PlanePolygon(ZONES[2][0]), CITY)
    assert not on_the_ground(published.rings, CITY).covers(Point(EAST, NORTH))


@settings(max_examples=25, deadline=None)
@given(st.integers(3, 400), st.floats(5, 20_000), st.floats(0, 0.9), st.integers(0, 1000))
def test_any_zone_is_published_whole(spikes: int, radius_m: float, wildness: float, seed: int):
    zone = star(spikes, radius_m, wildness, seed)
    published = publish_zone(PlanePolygon(zone), CITY)
    assert on_the_ground(published.rings, CITY).covers(zone)


def test_a_zone_without_an_inside_is_refused():
    with pytest.raises(EmptyZone):
        publish_zone(PlanePolygon(Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])), CITY)


def test_a_zone_scattered_over_the_province_is_refused():
    scattered = MultiPolygon([box(EAST + n * 9000, NORTH, EAST + n * 9000 + 9, NORTH + 9) for n in range(30)])
    with pytest.raises(ZoneTooComplex):
        publish_zone(PlaneMultiPolygon(scattered), CITY)


def test_a_zone_of_others_is_measured_in_the_plane():
    square = publish_zone(PlanePolygon(box(EAST, NORTH, EAST + 1000, NORTH + 1000)), CITY)
    assert plane_zone(square.as_area("河岸"), CITY).area == pytest.approx(1e6, rel=0.02)


def test_a_polygon_of_others_covers_the_same_either_way_round():
    rings = publish_zone(PlanePolygon(box(EAST, NORTH, EAST + 1000, NORTH + 1000)), CITY).rings
    turned = Area("河岸", polygons=(rings[0][::-1],))
    assert plane_zone(turned, CITY).equals(plane_zone(Area("河岸", polygons=rings), CITY))


def test_a_circle_of_others_has_its_radius_in_kilometres():
    circle = Area("厂区", circles=(Circle(LonLat(107.12, 34.34), 1.0),))
    assert plane_zone(circle, CITY).area == pytest.approx(np.pi * 1e6, rel=0.01)


def test_an_area_of_codes_alone_covers_nothing():
    assert plane_zone(Area("渭滨区"), CITY).is_empty


def test_an_area_is_the_union_of_its_shapes():
    rings = publish_zone(PlanePolygon(box(EAST, NORTH, EAST + 1000, NORTH + 1000)), CITY).rings
    circle = Circle(LonLat(107.12, 34.34), 1.0)
    both = plane_zone(Area("河岸", polygons=(*rings, *rings), circles=(circle,)), CITY)
    parts = plane_zone(Area("河岸", polygons=rings), CITY), plane_zone(Area("厂区", circles=(circle,)), CITY)
    assert both.equals(parts[0].union(parts[1]))
