"""The register of divisions, boundaries, places and street names, as the city's files hold it."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, cast

from shapely import MultiPolygon, Polygon
from shapely.geometry import shape

from gis_core.places import LonLat
from grid.city import BadCityData, City
from grid.rules.succession import DivisionChange

Level = Literal["prefecture", "district", "subdistrict", "community"]
LEVELS: tuple[Level, ...] = ("prefecture", "district", "subdistrict", "community")


@dataclass(frozen=True, slots=True)
class Division:
    """A unit of government: prefecture, district, subdistrict or town, community or village.

    `published_name` is the name as the register spells it, with its uneven endings; `name` is the
    short one for maps and lists.
    """

    code: str
    name: str
    published_name: str
    level: Level
    kind: str
    parent_code: str


@dataclass(frozen=True, slots=True)
class DivisionBoundary:
    """The real outline of a division in degrees (EPSG:4490), and where its label stands."""

    code: str
    shape: MultiPolygon
    label: LonLat
    source: str


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A populated place; its position is a village or town centre, off by up to a kilometre."""

    name: str
    place: LonLat
    county_code: str
    subdistrict_code: str | None


@dataclass(frozen=True, slots=True)
class StreetName:
    """A real street name and how it is known: sourced or recalled. No source has its line."""

    name: str
    suffix: str
    county_code: str
    status: str
    evidence: str


def read_divisions(city: City) -> tuple[Division, ...]:
    """Divisions of the city's folder, parents before children.

    :raises BadCityData: naming the file and line at fault.
    """
    path = city.files.divisions
    divisions = tuple(_division(path, row, line) for line, row in read_rows(path))
    codes = {division.code for division in divisions} | {city.province.code}
    for division in divisions:
        if division.parent_code not in codes:
            raise BadCityData(f"{path} 中 {division.code} 的上级 {division.parent_code} 不在表里。")
    missing = set(city.districts) - codes
    if missing:
        raise BadCityData(f"{path} 缺少 city.yaml 所列的区 {sorted(missing)}。")
    return tuple(sorted(divisions, key=lambda division: (len(division.code), division.code)))


def read_division_changes(city: City) -> tuple[DivisionChange, ...]:
    """Divisions that became others, from `division_changes.csv`; a city without the file has none.

    :raises BadCityData: naming the line at fault.
    """
    path = city.folder / "division_changes.csv"
    if not path.exists():
        return ()
    return tuple(_change(path, row, line) for line, row in read_rows(path))


def _change(path: Path, row: dict[str, str], line: int) -> DivisionChange:
    try:
        return DivisionChange(**{**row, "changed_on": date.fromisoformat(row["changed_on"])})  # type: ignore[arg-type]  # columns are the fields
    except (KeyError, ValueError, TypeError) as problem:
        raise BadCityData(f"{path} 第 {line} 行有误：{problem}。", file=str(path), line=line) from problem


def read_boundaries(city: City) -> dict[str, DivisionBoundary]:
    """Real outlines by division code; only prefecture, districts and neighbours have one.

    :raises BadCityData: when a shape is missing, invalid or no polygon.
    """
    path = city.files.boundaries
    collection = json.loads(path.read_text(encoding="utf-8"))
    boundaries = {
        boundary.code: boundary
        for feature in collection["features"]
        for boundary in [_boundary(path, feature, source=collection["source"])]
    }
    missing = {city.code, *city.districts, *city.neighbours} - boundaries.keys()
    if missing:
        raise BadCityData(f"{path} 缺少 {sorted(missing)} 的边界。")
    return boundaries


def read_places(city: City) -> tuple[NamedPlace, ...]:
    """Populated places of the districts and their neighbours."""
    return tuple(
        NamedPlace(
            name=row["name"],
            place=LonLat(float(row["lon_deg"]), float(row["lat_deg"])),
            county_code=row["county_code"],
            subdistrict_code=row["subdistrict_code"] or None,
        )
        for _, row in read_rows(city.files.places)
    )


def read_street_names(city: City) -> tuple[StreetName, ...]:
    """Real street names with the evidence for each."""
    return tuple(
        StreetName(
            name=row["name"],
            suffix=row["suffix"],
            county_code=row["county_code"],
            status=row["status"],
            evidence=row["evidence"],
        )
        for _, row in read_rows(city.files.streets)
    )


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a CSV file with their line numbers.

    :raises BadCityData: when the file is missing.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            yield from enumerate(csv.DictReader(file), start=2)
    except OSError as problem:
        raise BadCityData(f"找不到 {path}。请检查数据目录是否完整。", file=str(path)) from problem


def _division(path: Path, row: dict[str, str], line: int) -> Division:
    try:
        division = Division(
            code=row["code"],
            name=row["name"],
            published_name=row["published_name"],
            level=cast(Level, row["level"]),
            kind=row["kind"],
            parent_code=row["parent_code"],
        )
    except KeyError as problem:
        raise BadCityData(f"{path} 缺少列 {problem}。", file=str(path), line=line) from problem
    length = {"prefecture": 6, "district": 6, "subdistrict": 9, "community": 12}.get(division.level)
    if len(division.code) != length:
        raise BadCityData(f"{path} 第 {line} 行: {division.code} 的位数与层级 {division.level} 不符。")
    return division


def _boundary(path: Path, feature: dict[str, dict[str, object]], *, source: str) -> DivisionBoundary:
    properties = feature["properties"]
    code = str(properties["code"])
    outline = shape(feature["geometry"])
    if isinstance(outline, Polygon):
        outline = MultiPolygon([outline])
    if not isinstance(outline, MultiPolygon) or not outline.is_valid or outline.is_empty:
        raise BadCityData(f"{path} 中 {code} 的边界不是有效的面。", file=str(path), key=code)
    label = LonLat(float(str(properties["label_lon_deg"])), float(str(properties["label_lat_deg"])))
    return DivisionBoundary(code=code, shape=outline, label=label, source=source)
