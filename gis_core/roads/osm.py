"""Centre lines from an extract of OpenStreetMap, for building a network.

Ways are taken whole: those that share a node cross there, so noding by layer finds the same crossings. Turn
restrictions are not obeyed; how many the extract has is counted and reported. Keys and values are those of
the project's wiki.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis_core.crs import PlaneSystem
from gis_core.file_bounds import BadSpatialFile
from gis_core.roads.noding import AGAINST, ALONG, BOTH, CentreLines
from gis_core.shapes import to_plane

RANK_OF_HIGHWAY: Mapping[str, str] = {
    **dict.fromkeys(("motorway", "trunk", "motorway_link", "trunk_link"), "expressway"),
    **dict.fromkeys(("primary", "secondary", "primary_link", "secondary_link"), "arterial"),
    **dict.fromkeys(("tertiary", "tertiary_link"), "collector"),
    **dict.fromkeys(("residential", "unclassified", "living_street", "road"), "local"),
    **dict.fromkeys(("service", "track"), "lane"),
}
"""Classes that vehicles drive on, as ranks of our streets; footways, steps and the like are left out."""
MILE_KM = 1.609344
_LIMIT = re.compile(r"^(\d+(?:\.\d+)?)\s*(mph|km/h|kmh)?$")


@dataclass(slots=True)
class _Found:
    shapes: list[shapely.LineString] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    ranks: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    one_way: list[int] = field(default_factory=list)
    layers: list[int] = field(default_factory=list)
    limits_kmh: list[float] = field(default_factory=list)
    restrictions: int = 0


def read_centre_lines(path: Path, plane: PlaneSystem) -> CentreLines:
    """The roads of an extract (.osm, .osm.pbf) in plane metres.

    :raises BadSpatialFile: when the file is broken or none.
    """
    import osmium

    found = _Found()
    try:
        reader = osmium.FileProcessor(path).with_locations()
        for thing in reader.with_filter(osmium.filter.KeyFilter("highway", "restriction")):
            _take(found, thing)
    except (RuntimeError, ValueError) as problem:
        raise BadSpatialFile(
            f"读不了 {path.name}：不是完整的 OSM 文件（{str(problem)[:120]}）。请重新取得后再导入。"
        ) from problem
    shapes = np.empty(len(found.shapes), dtype=object)
    shapes[:] = [to_plane(shape, plane) for shape in found.shapes]
    return CentreLines(
        shapes=shapes,
        names=found.names,
        ranks=found.ranks,
        keys=found.keys,
        one_way=found.one_way,
        layers=found.layers,
        limits_kmh=found.limits_kmh,
        turn_restrictions_left_out=found.restrictions,
    )


def _take(found: _Found, thing: Any) -> None:
    tags = {tag.k: tag.v for tag in thing.tags}
    if thing.is_relation():
        found.restrictions += tags.get("type") == "restriction"
        return
    if not thing.is_way() or (rank := drivable_rank(tags)) is None:
        return
    # Nodes that the extract leaves out are left out of a way.
    corners = [(node.lon, node.lat) for node in thing.nodes if node.location.valid()]
    if len(set(corners)) < 2:
        return
    found.shapes.append(shapely.LineString(corners))
    found.names.append(tags.get("name:zh") or tags.get("name") or tags.get("ref") or "")
    found.ranks.append(rank)
    found.keys.append(f"w{thing.id}")
    found.one_way.append(one_way_of(tags))
    found.layers.append(layer_of(tags))
    found.limits_kmh.append(limit_kmh_of(tags))


def drivable_rank(tags: Mapping[str, str]) -> str | None:
    """The rank of a way that vehicles may use; None for others.

    >>> drivable_rank({"highway": "primary_link"}), drivable_rank({"highway": "steps"})
    ('arterial', None)
    """
    if tags.get("area") == "yes" or "no" in (tags.get("access"), tags.get("motor_vehicle")):
        return None
    return RANK_OF_HIGHWAY.get(tags.get("highway", ""))


def one_way_of(tags: Mapping[str, str]) -> int:
    """Both ways, along the way as drawn, or against it; roundabouts and motorways are one-way unless told.

    >>> one_way_of({"oneway": "-1"}), one_way_of({"junction": "roundabout"}), one_way_of({"oneway": "no"})
    (-1, 1, 0)
    """
    told = tags.get("oneway")
    if told in ("yes", "true", "1"):
        return ALONG
    if told in ("-1", "reverse"):
        return AGAINST
    is_implied = tags.get("junction") in ("roundabout", "circular") or tags.get("highway") == "motorway"
    return ALONG if told is None and is_implied else BOTH


def layer_of(tags: Mapping[str, str]) -> int:
    """The layer: as told, else a bridge above the ground and a tunnel below.

    >>> layer_of({"bridge": "yes"}), layer_of({"layer": "-2", "tunnel": "yes"}), layer_of({"layer": "up"})
    (1, -2, 0)
    """
    told = tags.get("layer", "")
    if re.fullmatch(r"[+-]?\d", told):
        return int(told)
    if tags.get("bridge", "no") != "no":
        return 1
    return -1 if tags.get("tunnel", "no") not in ("no", "building_passage") else 0


def limit_kmh_of(tags: Mapping[str, str]) -> float:
    """The speed limit told, km/h; NaN where none is, or none that is a number.

    >>> limit_kmh_of({"maxspeed": "40"}), round(limit_kmh_of({"maxspeed": "30 mph"})), limit_kmh_of({})
    (40.0, 48, nan)
    """
    found = _LIMIT.match(tags.get("maxspeed", ""))
    if found is None or float(found[1]) == 0:
        return nan
    return float(found[1]) * (MILE_KM if found[2] == "mph" else 1.0)
