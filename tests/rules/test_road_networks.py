"""From centre lines to a network: crossings, loose ends, bridges, one-way streets, and what is cut off."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from gis_core.crs import PlaneSystem
from gis_core.file_bounds import BadSpatialFile
from gis_core.places import LonLat
from gis_core.roads.network import BadRoadData, RoadNetwork
from gis_core.roads.noding import CentreLines, build_network
from gis_core.roads.osm import read_centre_lines
from gis_core.roads.routes import NoRoute, find_route
from gis_core.roads.speeds import BadSpeed, SpeedTable
from grid.road_network import RoadRules
from tests.case_city import baoji
from tests.road_town import SPEEDS, opened, spot, town

DRAWN = [
    ([[(0, 0), (100, 0)], [(50, -50), (50, 50)]], 5, 4, "two streets that cross"),
    ([[(0, 0), (100, 0)], [(50, 0), (50, 50)]], 4, 3, "a street that ends on another"),
    ([[(0, 0), (100, 0)], [(50, 1), (50, 50)]], 4, 3, "an end 1 m short of a street"),
    ([[(0, 0), (100, 0)], [(50, -1), (50, 50)]], 4, 3, "an end 1 m past a street"),
    ([[(0, 0), (100, 0)], [(50, 5), (50, 50)]], 4, 2, "an end 5 m short stays loose"),
    ([[(0, 0), (100, 0)], [(101, 0), (200, 0)]], 4, 3, "ends 1 m apart are joined by a stretch of 1 m"),
    ([[(0, 0), (100, 0)], [(0, 0), (100, 0)]], 2, 1, "a street that was drawn twice"),
    ([[(0, 0), (100, 0)], [(40, 0), (60, 0)]], 4, 3, "a street drawn over a part of another"),
    ([[(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]], 1, 1, "a ring"),
    ([[(0, 0), (100, 100), (100, 0), (0, 100)]], 3, 3, "a street that crosses itself"),
]


@pytest.mark.parametrize(("lines", "nodes", "stretches", "because"), DRAWN, ids=[row[3] for row in DRAWN])
def test_streets_meet_where_they_are_drawn_to_meet(lines, nodes, stretches, because):
    network = town(*lines)
    assert (len(network), network.stretch_count) == (nodes, stretches)


def test_a_lane_that_ends_at_the_kerb_meets_the_street():
    lines = [[(0, 0), (100, 0)], [(50, 14), (50, 80)]]
    assert town(*lines, widths_m=[24.0, 6.0]).stretch_count == 3
    assert town(*lines).stretch_count == 2


def test_what_was_mended_and_left_out_is_counted():
    report = town([(0, 0), (100, 0)], [(50, 1), (50, 50)], [(80, -1), (80, 60)], [(7, 7), (7, 7)]).report
    assert (report.lines, report.broken_lines, report.snapped_ends, report.dropped_stubs) == (4, 1, 1, 1)
    assert report.tolerance_m == 2.0


def test_a_bridge_does_not_meet_the_street_beneath_it_but_those_at_its_ends():
    network = town(
        [(-100, 0), (200, 0)],
        [(50, -50), (50, 50)],
        [(-100, 50), (200, 50)],
        layers=[0, 1, 0],
        names=["下", "桥", "岸"],
    )
    roads = opened(network)
    assert find_route(roads, spot(roads, 50, -50), spot(roads, 60, 50)).length_m == pytest.approx(110)
    with pytest.raises(NoRoute, match="不连通"):
        find_route(roads, spot(roads, 0, 0), spot(roads, 50, 30))


def test_one_way_streets_keep_their_direction_after_they_are_cut():
    network = town([(0, 0), (100, 0)], [(30, -50), (30, 50)], [(100, 60), (0, 60)], one_way=[1, 0, -1])
    roads = opened(network)
    assert find_route(roads, spot(roads, 10, 0), spot(roads, 90, 0)).length_m == pytest.approx(80)
    with pytest.raises(NoRoute):
        find_route(roads, spot(roads, 90, 0), spot(roads, 10, 0))
    assert find_route(roads, spot(roads, 10, 60), spot(roads, 90, 60)).length_m == pytest.approx(80)


def test_stretches_are_known_by_the_line_they_are_cut_from():
    network = town([(0, 0), (100, 0)], [(30, -50), (30, 50)], [(60, -50), (60, 50)], keys=["a", "b", "c"])
    assert sorted(network.keys) == ["a/0", "a/1", "a/2", "b/0", "b/1", "c/0", "c/1"]
    assert network.lengths_m[network.positions["a/2"]] == pytest.approx(40)


def test_a_rank_is_driven_at_its_speed_and_no_faster_than_a_limit_on_the_line():
    lines = [[(0, 0), (100, 0)], [(0, 50), (100, 50)], [(0, 90), (100, 90)]]
    network = town(*lines, ranks=["street", "lane", "street"], limits_kmh=[np.nan, np.nan, 9.0])
    assert sorted(network.seconds[:, 0].tolist()) == pytest.approx([10, 20, 40])


def test_what_is_cut_off_is_said_with_names_and_lengths():
    ring = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
    network = town(ring, [(100, 0), (200, 0)], [(400, 0), (450, 0)], names=["环路", "东路", "孤巷"])
    assert [part.words for part in network.cut_off] == ["孤巷等 1 段、50 米与主路网不相连"]
    assert network.main_share == pytest.approx(0.6)


def test_a_street_one_cannot_come_back_from_is_cut_off_because_it_is_one_way():
    network = town(
        [(0, 0), (100, 0), (100, 100), (0, 0)], [(100, 0), (200, 0)], names=["环", "出"], one_way=[0, 1]
    )
    assert [part.words for part in network.cut_off] == ["出等 1 段、100 米因单行，与主路网不能往返"]


def test_whoever_stands_on_a_street_that_is_cut_off_is_told_so():
    roads = opened(town([(0, 0), (100, 0)], [(0, 0), (0, 100)], [(400, 0), (450, 0)]))
    place = spot(roads, 420, 5)
    assert place.words == "所在道路与主路网不连通"
    with pytest.raises(NoRoute, match="目的地所在道路与主路网不连通"):
        find_route(roads, spot(roads, 10, 0), place)


def test_a_city_without_streets_has_no_network():
    with pytest.raises(BadRoadData, match="请先导入街道"):
        town()


def test_points_and_lines_without_length_make_no_network():
    shapes = np.array([shapely.Point(0, 0), shapely.LineString(), None], dtype=object)
    with pytest.raises(BadRoadData):
        build_network(CentreLines(shapes, ["", "", ""], ["street"] * 3), SPEEDS)


def test_a_rank_without_a_speed_is_named():
    with pytest.raises(BadSpeed, match="高架"):
        town([(0, 0), (100, 0)], ranks=["高架"])


def test_lengths_survive_cutting():
    lines = [[(n * 40.3, -10.7), (n * 41.9 + 3, 400.1)] for n in range(9)]
    lines += [[(-20.2, n * 43.7), (420.4, n * 39.1 + 5)] for n in range(9)]
    network = town(*lines, tolerance_m=0.0)
    drawn_m = sum(shapely.LineString(line).length for line in lines)
    assert network.lengths_m.sum() == pytest.approx(drawn_m, abs=0.5)


def test_the_speeds_of_the_city_say_where_they_come_from():
    rules = RoadRules.load(baoji().folder)
    assert isinstance(rules.speed_table, SpeedTable)
    assert {row.status for row in rules.speeds.values()} == {"recalled", "assumed"}
    assert all(row.source for row in rules.speeds.values())
    assert rules.speed_table.lacking(["expressway", "arterial", "collector", "local", "lane"]) == ()


OSM = """<?xml version="1.0"?>
<osm version="0.6" generator="test">
  <node id="1" version="1" lon="107.140" lat="34.370"/><node id="2" version="1" lon="107.142" lat="34.370"/>
  <node id="3" version="1" lon="107.144" lat="34.370"/><node id="4" version="1" lon="107.142" lat="34.372"/>
  <node id="5" version="1" lon="107.143" lat="34.369"/><node id="6" version="1" lon="107.143" lat="34.371"/>
  <way id="10" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/>
    <tag k="highway" v="primary"/><tag k="name" v="经二路"/><tag k="oneway" v="yes"/>
    <tag k="maxspeed" v="30"/></way>
  <way id="11" version="1"><nd ref="2"/><nd ref="4"/><tag k="highway" v="residential"/></way>
  <way id="12" version="1"><nd ref="5"/><nd ref="6"/><tag k="highway" v="trunk"/>
    <tag k="bridge" v="yes"/></way>
  <way id="13" version="1"><nd ref="4"/><nd ref="6"/><tag k="highway" v="footway"/></way>
  <way id="14" version="1"><nd ref="4"/><nd ref="99"/><tag k="highway" v="residential"/></way>
  <relation id="20" version="1"><member type="way" ref="10" role="from"/>
    <member type="way" ref="11" role="to"/>
    <tag k="type" v="restriction"/><tag k="restriction" v="no_left_turn"/></relation>
</osm>
"""


@pytest.fixture
def extract(tmp_path: Path) -> RoadNetwork:
    """A network of a small extract of OpenStreetMap."""
    path = tmp_path / "streets.osm"
    path.write_text(OSM, encoding="utf-8")
    rules = RoadRules.load(baoji().folder)
    return build_network(read_centre_lines(path, PlaneSystem(4545)), rules.speed_table)


def test_an_extract_of_openstreetmap_becomes_a_network(extract: RoadNetwork):
    assert sorted(extract.keys) == ["w10/0", "w10/1", "w11/0", "w12/0"]
    assert np.isinf(extract.seconds[extract.positions["w10/0"], 1])
    assert extract.seconds[extract.positions["w10/1"], 0] == pytest.approx(
        extract.lengths_m[extract.positions["w10/1"]] / 30 * 3.6
    )
    where = PlaneSystem(4545).to_plane(LonLat(107.142, 34.370))
    assert np.hypot(*(extract.points - [where.easting_m, where.northing_m]).T).min() < 0.01


def test_turn_restrictions_of_an_extract_are_counted_for_they_are_not_obeyed(extract: RoadNetwork):
    assert extract.report.turn_restrictions_left_out == 1


def test_what_is_no_extract_is_refused(tmp_path: Path):
    path = tmp_path / "streets.osm.pbf"
    path.write_bytes(b"no extract at all")
    with pytest.raises(BadSpatialFile, match="不是完整的 OSM 文件"):
        read_centre_lines(path, PlaneSystem(4545))
