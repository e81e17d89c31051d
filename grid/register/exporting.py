"""The register as a survey file, under the names that the standard gives fields; written in parts."""

import csv
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TextIO

import numpy as np
import pyogrio
import pyogrio.raw
import shapely
from shapely.geometry import mapping

from gis_core.coverage import Shapes
from gis_core.crs import PlaneSystem, plane_writer, system_named
from gis_core.csv_cells import harmless
from gis_core.db import Sessions
from gis_core.errors import BadInput, Refused
from grid.city import City
from grid.component_list import list_parts
from grid.filtering import ComponentFilter
from grid.register.attributes import look_up, texts_of
from grid.register.known import EDITIONS, NEWEST, load_attributes
from grid.rules.register import Attribute

Format = Literal["shp", "gpkg", "geojson", "csv"]
SUFFIXES: Mapping[str, Format] = {
    ".shp": "shp",
    ".gpkg": "gpkg",
    ".geojson": "geojson",
    ".json": "geojson",
    ".csv": "csv",
}
DRIVERS = {"shp": "ESRI Shapefile", "gpkg": "GPKG"}
PART = 20_000
LONGEST_IN_DBF = 254
"""Bytes that a field of a shapefile's table holds."""
EVERYTHING = ComponentFilter()
KINDS = ("point", "line", "polygon")
FAMILY = {0: "point", 1: "line", 3: "polygon", 4: "point", 5: "line", 6: "polygon"}
GEOMETRY = {"point": "Point", "line": "MultiLineString", "polygon": "MultiPolygon"}

Progress = Callable[[int], None]


class UnknownFormat(BadInput):
    """The name of the file does not say a format that can be written."""

    code = "unknown_format"


class NothingToExport(Refused):
    """The register has no component that was asked for."""

    code = "nothing_to_export"


@dataclass(slots=True)
class Exported:
    """What was written: files, rows, texts that a shapefile cut, types that the older edition lacks."""

    paths: list[Path] = field(default_factory=list)
    rows: int = 0
    cut: int = 0
    without_predecessor: Counter[str] = field(default_factory=Counter)


_COLUMNS = (
    "alias_code", "edition", "type_code", "name", "authority_code", "owner_code", "maintainer_code",
    "unit_grid_code", "state", "first_surveyed_on", "changed_on", "source", "remark",
)  # fmt: skip


def export_register(
    sessions: Sessions,
    city: City,
    path: Path,
    *,
    form: Format | None = None,
    edition: str = NEWEST,
    wanted: ComponentFilter = EVERYTHING,
    system: str | None = None,
    progress: Progress = lambda _rows: None,
) -> Exported:
    """Write the register, or the components wanted of it, as a file.

    A shapefile is in GBK with the standard's abbreviations as names; it holds one kind of shape, so lines and
    areas go to files of their own beside it. GeoJSON is in EPSG:4490 unless another system is asked for.

    :raises UnknownFormat: when the name of the file says no format.
    :raises UnknownSystem: when there is no such system of coordinates.
    :raises NothingToExport: when nothing was written.
    """
    form = form or find_format(path)
    plane = PlaneSystem(city.plane_crs)
    target = system_named(system) if system else "EPSG:4490" if form == "geojson" else f"EPSG:{plane.srid}"
    write = plane_writer(target, plane)
    attributes = load_attributes(city, edition)
    done = Exported()
    writer = _writer(form, path, target, attributes, done)
    with sessions() as session:
        looked_up = look_up(session, city, edition)
        for rows in list_parts(session, wanted, _COLUMNS, size=PART):
            shapes = shapely.transform(
                shapely.from_wkb(np.array([bytes(r.wkb) for r in rows], dtype=object)), write
            )
            told = [texts_of(row, attributes, looked_up, edition) for row in rows]
            kept = np.array([one is not None for one in told], dtype=bool)
            for row, is_kept in zip(rows, kept.tolist(), strict=True):
                done.without_predecessor.update([] if is_kept else [row.type_code])
            writer.write(shapes[kept], [one for one in told if one is not None])
            done.rows += int(kept.sum())
            progress(len(rows))
    writer.close()
    if not done.rows:
        raise NothingToExport("登记册中没有符合条件的部件，没有写出文件。请核对筛选条件。")
    return done


def find_format(path: Path) -> Format:
    """The format that a file's name says.

    :raises UnknownFormat: when it says none.
    """
    found = SUFFIXES.get(path.suffix.lower())
    if found is None:
        raise UnknownFormat(
            f"不能导出为 {path.suffix or path.name}。可用 {'、'.join(SUFFIXES)}，或用 --format 指明。"
        )
    return found


class _Writer(ABC):
    """Writes rows to one format; parts come one after another."""

    def __init__(self, path: Path, system: str, attributes: Sequence[Attribute], done: Exported) -> None:
        self.path, self.system, self.done = path, system, done
        self.names = [one.abbr for one in attributes]

    @abstractmethod
    def write(self, shapes: Shapes, rows: Sequence[Sequence[str]]) -> None:
        """Some rows."""

    def close(self) -> None:  # noqa: B027 - most formats have nothing left to write
        """The last row has come."""


class _Ogr(_Writer):
    """Shapefiles, one for each kind of shape, and GeoPackages."""

    def __init__(
        self, form: Format, path: Path, system: str, attributes: Sequence[Attribute], done: Exported
    ) -> None:
        super().__init__(path, system, attributes, done)
        self.form = form

    def write(self, shapes: Shapes, rows: Sequence[Sequence[str]]) -> None:
        """Some rows, each kind of shape to its own file when it is a shapefile."""
        families = np.array(
            [FAMILY.get(kind, "point") for kind in shapely.get_type_id(shapes).tolist()], dtype=object
        )
        if self.form == "gpkg":
            self._append(self.path, shapes, rows, "Unknown")
            return
        self.done.cut += sum(len(one.encode("gb18030")) > LONGEST_IN_DBF for row in rows for one in row)
        for kind in KINDS:
            places = np.flatnonzero(families == kind)
            if len(places):
                path = self.path if kind == "point" else self.path.with_stem(f"{self.path.stem}_{kind}")
                self._append(path, shapes[places], [rows[n] for n in places.tolist()], GEOMETRY[kind])

    def _append(self, path: Path, shapes: Shapes, rows: Sequence[Sequence[str]], kind: str) -> None:
        is_new = path not in self.done.paths
        if not rows:
            return
        columns = [np.array(column, dtype=object) for column in zip(*rows, strict=True)]
        # the longest text decides the width of a DBF column once, so the first part asks for the most
        more: dict[str, Any] = {"encoding": "GBK"} if self.form == "shp" else {}
        pyogrio.raw.write(
            path,
            geometry=np.asarray(shapely.to_wkb(shapes), dtype=object),
            field_data=columns,
            fields=self.names,
            geometry_type=kind,
            crs=self.system,
            driver=DRIVERS[self.form],
            promote_to_multi=kind.startswith("Multi"),
            append=not is_new,
            **more,
        )
        if is_new:
            self.done.paths.append(path)


class _Text(_Writer):
    """CSV with the shape as well-known text, and GeoJSON; written as they come."""

    def __init__(self, path: Path, system: str, attributes: Sequence[Attribute], done: Exported) -> None:
        super().__init__(path, system, attributes, done)
        self.out: TextIO = path.open("w", encoding=self.encoding, newline="")
        done.paths.append(path)

    encoding = "utf-8"

    def close(self) -> None:
        """Close the file; one without rows goes away."""
        self.out.close()
        if not self.done.rows:
            self.path.unlink()


class _Csv(_Text):
    encoding = "utf-8-sig"

    def __init__(self, path: Path, system: str, attributes: Sequence[Attribute], done: Exported) -> None:
        super().__init__(path, system, attributes, done)
        self.table = csv.writer(self.out)
        self.table.writerow(["WKT", *self.names])

    def write(self, shapes: Shapes, rows: Sequence[Sequence[str]]) -> None:
        """Some rows; degrees with 9 decimals, metres with 4."""
        precision = 9 if self.system in ("EPSG:4490", "EPSG:4326") else 4
        texts = shapely.to_wkt(shapes, rounding_precision=precision)
        self.table.writerows([wkt, *map(harmless, row)] for wkt, row in zip(texts, rows, strict=True))


class _GeoJson(_Text):
    def __init__(self, path: Path, system: str, attributes: Sequence[Attribute], done: Exported) -> None:
        super().__init__(path, system, attributes, done)
        declared = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{system[5:]}"}}
        head = {"type": "FeatureCollection", "name": path.stem, "crs": declared}
        self.out.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [')

    def write(self, shapes: Shapes, rows: Sequence[Sequence[str]]) -> None:
        """Some rows; degrees with 9 decimals, metres with 4."""
        precision = 9 if self.system in ("EPSG:4490", "EPSG:4326") else 4
        rounded = shapely.transform(shapes, lambda pairs: pairs.round(precision))
        for n, (shape, row) in enumerate(zip(rounded, rows, strict=True)):
            feature = {
                "type": "Feature",
                "properties": dict(zip(self.names, row, strict=True)),
                "geometry": mapping(shape),
            }
            self.out.write(",\n" if self.done.rows + n else "\n")
            self.out.write(json.dumps(feature, ensure_ascii=False))

    def close(self) -> None:
        """End the collection."""
        self.out.write("\n]}\n")
        super().close()


def _writer(
    form: Format, path: Path, system: str, attributes: Sequence[Attribute], done: Exported
) -> _Writer:
    if form == "csv":
        return _Csv(path, system, attributes, done)
    if form == "geojson":
        return _GeoJson(path, system, attributes, done)
    return _Ogr(form, path, system, attributes, done)


def edition_named(year: str) -> str:
    """The edition that people call by its year."""
    return EDITIONS[year]
