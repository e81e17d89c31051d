"""What is in force of the gazetteer as a file: GeoPackage, GeoJSON or CSV, written in parts.

Its columns have the names that an import knows, so what was written comes in again elsewhere.
"""

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TextIO

import numpy as np
import pyogrio.raw
import shapely
from shapely.geometry import mapping

from gis_core.coverage import Shapes
from gis_core.crs import PlaneSystem, plane_writer, system_named
from gis_core.csv_cells import harmless
from gis_core.db import Sessions
from gis_core.errors import BadInput, Refused
from gis_core.geocoding.gazetteer import KIND_NAMES, NameSort
from gis_core.shapes import pins_of
from grid.city import City
from grid.gazetteer.categories import Categories, load_categories
from grid.gazetteer.reading import PlaceFilter, PlaceSummary, list_parts
from grid.rules.gazetteer import FurtherName

PlaceForm = Literal["gpkg", "geojson", "csv"]
SUFFIXES: Mapping[str, PlaceForm] = {
    ".gpkg": "gpkg",
    ".geojson": "geojson",
    ".json": "geojson",
    ".csv": "csv",
}
PART = 10_000
FIELDS = (
    "编号", "地名类型", "标准名称", "别名", "简称", "曾用名", "类别", "街路巷", "门牌号", "社区代码",
    "所在区划", "启用日期", "停用日期", "来源", "示意数据",
)  # fmt: skip
EVERYTHING = PlaceFilter()
DEGREES = ("EPSG:4490", "EPSG:4326")
Listed = tuple[PlaceSummary, tuple[FurtherName, ...], bytes]


class UnknownPlaceForm(BadInput):
    """The name of the file does not say a format that can be written."""

    code = "unknown_place_form"


class NoPlacesToExport(Refused):
    """The gazetteer has no place that was asked for."""

    code = "no_places_to_export"


@dataclass(slots=True)
class PlacesExported:
    """What was written."""

    path: Path
    rows: int = 0


def export_places(
    sessions: Sessions,
    city: City,
    path: Path,
    *,
    form: PlaceForm | None = None,
    wanted: PlaceFilter = EVERYTHING,
    system: str | None = None,
    progress: Callable[[int], None] = lambda _rows: None,
) -> PlacesExported:
    """Write the places wanted: a GeoPackage in the city's plane, CSV and GeoJSON in EPSG:4490, unless told.

    :raises UnknownPlaceForm: when the name of the file says no format.
    :raises UnknownSystem: when there is no such system of coordinates.
    :raises NoPlacesToExport: when nothing was written.
    """
    form = form or find_form(path)
    plane = PlaneSystem(city.plane_crs)
    target = system_named(system) if system else f"EPSG:{plane.srid}" if form == "gpkg" else "EPSG:4490"
    write = plane_writer(target, plane)
    categories = load_categories(city)
    done = PlacesExported(path)
    writer = WRITERS[form](path, target)
    with sessions() as session:
        for listed in list_parts(session, wanted, size=PART):
            wkbs = np.array([*(wkb for _, _, wkb in listed), None], dtype=object)[:-1]
            shapes = shapely.transform(np.asarray(shapely.from_wkb(wkbs), dtype=object), write)
            writer.write(shapes, [texts_of(one, names, categories) for one, names, _ in listed])
            done.rows += len(listed)
            progress(len(listed))
    writer.close()
    if not done.rows:
        path.unlink(missing_ok=True)
        raise NoPlacesToExport("地名库中没有符合条件的地名，没有写出文件。请核对筛选条件。")
    return done


def find_form(path: Path) -> PlaceForm:
    """The format that a file's name says.

    :raises UnknownPlaceForm: when it says none.
    """
    found = SUFFIXES.get(path.suffix.lower())
    if found is None:
        raise UnknownPlaceForm(f"不能导出为 {path.suffix or path.name}。可用 {'、'.join(SUFFIXES)}。")
    return found


def texts_of(one: PlaceSummary, names: Sequence[FurtherName], categories: Categories) -> list[str]:
    """The cells of a place, in the order of `FIELDS`; names of one sort are parted by semicolons."""
    by_sort = {sort: ";".join(name.text for name in names if name.sort is sort) for sort in NameSort}
    return [
        str(one.id),
        KIND_NAMES[one.kind],
        one.name,
        by_sort[NameSort.ALIAS],
        by_sort[NameSort.SHORT],
        ";".join(former_words(name) for name in names if name.sort is NameSort.FORMER),
        categories.name_of(one.category) if one.category else "",
        one.street,
        one.number,
        one.division_code,
        one.division_name,
        one.valid_from.isoformat() if one.valid_from else "",
        one.valid_to.isoformat() if one.valid_to else "",
        one.source,
        "是" if one.is_synthetic else "",
    ]


def former_words(name: FurtherName) -> str:
    """A former name with its days, as an import reads them."""
    if name.valid_from is None and name.valid_to is None:
        return name.text
    since, until = (day.isoformat() if day else "" for day in (name.valid_from, name.valid_to))
    return f"{name.text}（{since}至{until}）"


class _Writer(ABC):
    """Writes rows to one format; parts come one after another."""

    def __init__(self, path: Path, system: str) -> None:
        self.path, self.system = path, system

    @abstractmethod
    def write(self, shapes: Shapes, rows: Sequence[Sequence[str]]) -> None:
        """Some rows."""

    def close(self) -> None:  # noqa: B027 - most formats have nothing left to write
        """The last row has come."""


class _GeoPackage(_Writer):
    def __init__(self, path: Path, system: str) -> None:
        super().__init__(path, system)
        self.has_begun = False

    def write(self, shapes: Shapes, rows: Sequence[Sequence[str]]) -> None:
        pyogrio.raw.write(
            self.path,
            geometry=np.asarray(shapely.to_wkb(shapes), dtype=object),
            field_data=[np.array(column, dtype=object) for column in zip(*rows, strict=True)],
            fields=list(FIELDS),
            geometry_type="Unknown",
            crs=self.system,
            driver="GPKG",
            append=self.has_begun,
        )
        self.has_begun = True


class _Text(_Writer):
    encoding = "utf-8"

    def __init__(self, path: Path, system: str) -> None:
        super().__init__(path, system)
        self.out: TextIO = path.open("w", encoding=self.encoding, newline="")
        self.precision = 7 if system in DEGREES else 3

    def close(self) -> None:
        self.out.close()


class _Csv(_Text):
    """The pin as two columns, and the whole shape as well-known text where it is more than a point."""

    encoding = "utf-8-sig"

    def __init__(self, path: Path, system: str) -> None:
        super().__init__(path, system)
        axes = ("经度", "纬度") if system in DEGREES else ("东坐标", "北坐标")
        self.table = csv.writer(self.out)
        self.table.writerow(["图形", *FIELDS, *axes])

    def write(self, shapes: Shapes, rows: Sequence[Sequence[str]]) -> None:
        pins = pins_of(shapes).round(self.precision).tolist()
        texts = shapely.to_wkt(shapes, rounding_precision=self.precision)
        for wkt, row, pin in zip(texts, rows, pins, strict=True):
            self.table.writerow([wkt, *map(harmless, row), *pin])


class _GeoJson(_Text):
    def __init__(self, path: Path, system: str) -> None:
        super().__init__(path, system)
        declared = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{system[5:]}"}}
        head = {"type": "FeatureCollection", "name": path.stem, "crs": declared}
        self.out.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [')
        self.rows = 0

    def write(self, shapes: Shapes, rows: Sequence[Sequence[str]]) -> None:
        rounded = shapely.transform(shapes, lambda pairs: pairs.round(self.precision))
        for shape, row in zip(rounded, rows, strict=True):
            properties = dict(zip(FIELDS, row, strict=True))
            feature = {"type": "Feature", "properties": properties, "geometry": mapping(shape)}
            self.out.write((",\n" if self.rows else "\n") + json.dumps(feature, ensure_ascii=False))
            self.rows += 1

    def close(self) -> None:
        self.out.write("\n]}\n")
        super().close()


WRITERS: Mapping[PlaceForm, Callable[[Path, str], Any]] = {
    "gpkg": _GeoPackage,
    "geojson": _GeoJson,
    "csv": _Csv,
}
