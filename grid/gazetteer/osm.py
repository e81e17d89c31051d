"""Extracts of OpenStreetMap (.osm, .osm.pbf, packed ones too): things with names or addresses, as they come.

The file is walked through twice, the first time for the members of areas. Where its nodes lie is kept in
memory, for large files in a file of their own, so that memory stays bounded.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis_core.crs import PlaneSystem
from gis_core.file_bounds import BadSpatialFile
from grid.city import Bounds
from grid.rules.osm_tags import is_wanted, list_places
from grid.rules.place_fields import PLACE
from grid.rules.seen_places import SeenPlaces

SUFFIXES = (".osm", ".pbf", ".osm.gz", ".osm.bz2")
SOURCE = "OpenStreetMap"
KEYS = (*(one.key for one in PLACE), "width_class")
LARGE_BYTES = 48 * 1024**2
"""From so large a file on nodes are kept on disk; in memory they take some ten times the file."""
NAMED = ("name", "name:zh", "name:zh-Hans", "addr:housenumber")


def is_extract(path: Path) -> bool:
    """Whether a file is an extract of OpenStreetMap, by its name."""
    return path.name.lower().endswith(SUFFIXES)


def read_extract(
    path: Path,
    plane: PlaneSystem,
    bounds: Bounds,
    find_category: Callable[[str], str | None],
    *,
    batch: int,
) -> Iterator[SeenPlaces]:
    """Places of an extract within a box of degrees, `batch` at a time; rows are counted as they are found.

    :raises BadSpatialFile: when the file is broken or none.
    """
    marks: list[str] = []
    shapes: list[BaseGeometry | None] = []
    texts: list[dict[str, str]] = []
    first = 1
    for mark, shape, found in _things(path, find_category, bounds):
        marks.append(mark)
        shapes.append(shape)
        texts.append(found)
        if len(marks) == batch:
            yield _seen(first, marks, shapes, texts, plane)
            first += len(marks)
            marks, shapes, texts = [], [], []
    if marks:
        yield _seen(first, marks, shapes, texts, plane)


def _things(
    path: Path, find_category: Callable[[str], str | None], bounds: Bounds
) -> Iterator[tuple[str, BaseGeometry | None, dict[str, str]]]:
    """Marks, shapes in degrees and texts of all places; a shape is None when it cannot be put together."""
    import osmium

    with tempfile.TemporaryDirectory(prefix="citygrid-") as folder:
        nodes = f"sparse_file_array,{folder}/nodes" if path.stat().st_size > LARGE_BYTES else "flex_mem"
        try:
            reader = osmium.FileProcessor(path).with_locations(nodes).with_areas()
            for thing in reader.with_filter(osmium.filter.KeyFilter(*NAMED)):
                yield from _places_of(thing, find_category, bounds)
        except (RuntimeError, ValueError) as problem:
            raise BadSpatialFile(
                f"读不了 {path.name}：不是完整的 OSM 文件（{str(problem)[:120]}）。请重新取得后再导入。"
            ) from problem


def _places_of(
    thing: Any, find_category: Callable[[str], str | None], bounds: Bounds
) -> Iterator[tuple[str, BaseGeometry | None, dict[str, str]]]:
    tags = {tag.k: tag.v for tag in thing.tags}
    drawn = _drawn(thing, tags)
    if drawn is None or not is_wanted(tags):
        return
    places = list(list_places(tags, drawn, find_category))
    shape = _shape(thing, drawn) if places else None
    if shape is not None and not _is_near(shape, bounds):
        return
    mark = f"n{thing.id}" if thing.is_node() else f"w{thing.id}" if thing.is_way() else _mark_of_area(thing)
    for place in places:
        is_plate = place.texts["kind"] == "door_plate"
        where = shape.representative_point() if is_plate and shape is not None else shape
        key = f"{mark}#{place.texts['number']}" if is_plate else mark
        yield mark, where, dict(place.texts) | {"source_key": key}


def _drawn(thing: Any, tags: dict[str, str]) -> str | None:
    """How a thing is drawn; None for what comes again as an area, and for relations, which come as areas."""
    if thing.is_node():
        return "point"
    if thing.is_way():
        is_closed = len(thing.nodes) > 3 and thing.is_closed()
        return None if is_closed and not ("highway" in tags and tags.get("area") != "yes") else "line"
    if thing.is_area():
        return None if thing.from_way() and "highway" in tags and tags.get("area") != "yes" else "area"
    return None


def _shape(thing: Any, drawn: str) -> BaseGeometry | None:
    """The shape in degrees; nodes that the extract leaves out are left out of a way."""
    import osmium

    if drawn == "point":
        return shapely.Point(thing.location.lon, thing.location.lat) if thing.location.valid() else None
    if drawn == "line":
        corners = [(node.lon, node.lat) for node in thing.nodes if node.location.valid()]
        return shapely.LineString(corners) if len(set(corners)) > 1 else None
    try:
        shape: BaseGeometry = shapely.from_wkb(osmium.geom.WKBFactory().create_multipolygon(thing))
    except RuntimeError:
        return None
    parts: list[BaseGeometry] = shapely.get_parts(shape).tolist()
    return parts[0] if len(parts) == 1 else shape


def _mark_of_area(thing: Any) -> str:
    return f"{'w' if thing.from_way() else 'r'}{thing.orig_id()}"


def _is_near(shape: BaseGeometry, bounds: Bounds) -> bool:
    west, south, east, north = shape.bounds
    return (
        west <= bounds.east_deg
        and east >= bounds.west_deg
        and south <= bounds.north_deg
        and north >= bounds.south_deg
    )


def _seen(
    first: int,
    marks: list[str],
    shapes: list[BaseGeometry | None],
    texts: list[dict[str, str]],
    plane: PlaneSystem,
) -> SeenPlaces:
    degrees = np.array([*shapes, None], dtype=object)[:-1]
    return SeenPlaces(
        rows=list(range(first, first + len(marks))),
        marks=marks,
        shapes=shapely.transform(degrees, plane.to_plane_many),  # WGS84 is taken as CGCS2000
        texts={key: [one.get(key, "") for one in texts] for key in KEYS},
        problems={n: "图形不完整，缺少节点或环没有闭合。" for n, one in enumerate(shapes) if one is None},
    )
