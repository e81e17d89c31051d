"""The sketch after which a city is drawn: `sample_plan.yaml` of the city's folder, in plane metres.

Everything in it is placed from memory to look like the city; nothing in it is surveyed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grid.city import read_yaml

Floats = NDArray[np.float64]
ToPlane = Callable[[Floats], Floats]
"""Degrees (n, 2), longitude first, to plane metres (n, 2), easting first."""


@dataclass(frozen=True, slots=True)
class Course:
    """A river or railway: its name, its width in metres (0 for a railway) and its course in the plane."""

    name: str
    width_m: float
    points: Floats
    is_outside: bool = False


@dataclass(frozen=True, slots=True)
class PlannedStreet:
    """A street of the plan.

    `way` says how `points` are meant: `free` in plane metres; `along` and `across` as (distance along
    the axis as easting, distance across it), both in metres.
    """

    name: str
    rank: str
    way: str
    points: Floats


@dataclass(frozen=True, slots=True)
class UseArea:
    """Weights of land use around a place; they fade with distance over `radius_m`."""

    at: Floats
    radius_m: float
    weights: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Park:
    """A named park around a place."""

    name: str
    at: Floats
    radius_m: float


@dataclass(frozen=True, slots=True)
class Landmark:
    """A point of interest that must be there: in a place, or on a street past where another crosses it.

    `along_m` is how far past, eastward; on a street that runs south to north, northward.
    """

    name: str
    category: str
    other_names: tuple[str, ...]
    at: Floats | None
    street: str
    crossing: str
    along_m: float


@dataclass(frozen=True, slots=True)
class NamedZone:
    """An area people have a name for, without borders: about `radius_m` around a place or a division."""

    name: str
    at: Floats | None  # None: in the middle of the division
    radius_m: float
    division_code: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole sketch, in plane metres."""

    main_river: Course
    half_width_m: Floats  # (n, 2): easting, half width
    axis_from_m: float
    axis_to_m: float
    rivers: tuple[Course, ...]
    railways: tuple[Course, ...]
    station: Floats
    frame: Floats
    streets: tuple[PlannedStreet, ...]
    seats: dict[str, Floats]
    hill_seats: dict[str, Floats]
    zone_outline: Floats
    government: Floats
    uses: tuple[UseArea, ...]
    parks: tuple[Park, ...]
    landmarks: tuple[Landmark, ...]
    zones: tuple[NamedZone, ...]
    small_around: Floats


def read_plan(file: Path, to_plane: ToPlane) -> Plan:
    """Read `sample_plan.yaml`; a missing part raises KeyError, for the file belongs to the code."""
    raw: dict[str, Any] = read_yaml(file)

    def plane(points: list[list[float]]) -> Floats:
        return to_plane(np.asarray(points, dtype=np.float64))

    lat_deg = float(raw["main_river"]["course"][0][1])

    def eastings(lons: list[float]) -> Floats:
        return plane([[lon, lat_deg] for lon in lons])[:, 0]

    widths = raw["main_river"]["half_width_m"]
    axis = eastings([raw["axis"]["from_lon"], raw["axis"]["to_lon"]])
    return Plan(
        main_river=Course(raw["main_river"]["name"], 0.0, plane(raw["main_river"]["course"])),
        half_width_m=np.column_stack([eastings([w[0] for w in widths]), [w[1] for w in widths]]),
        axis_from_m=float(axis[0]),
        axis_to_m=float(axis[1]),
        rivers=tuple(
            Course(r["name"], float(r["width_m"]), plane(r["course"]), bool(r.get("outside", False)))
            for r in raw["rivers"]
        ),
        railways=tuple(Course(r["name"], 0.0, plane(r["course"])) for r in raw["railways"]),
        station=plane([raw["station_square"]])[0],
        frame=plane(raw["frame"]),
        streets=(
            *_along(raw["along"], eastings),
            *_across(raw["across"], eastings),
            *_free(raw["free"], plane),
        ),
        seats={code: plane(points) for code, points in raw["seats"].items()},
        hill_seats={code: plane(points) for code, points in raw["hill_seats"].items()},
        zone_outline=plane(raw["zone_outline"]),
        government=plane([raw["government"]])[0],
        uses=tuple(
            UseArea(plane([u["at"]])[0], float(u["radius_m"]), tuple(u["use"].items()))
            for u in raw["districts_of_use"]
        ),
        parks=tuple(Park(p["name"], plane([p["at"]])[0], float(p["radius_m"])) for p in raw["parks"]),
        landmarks=tuple(_landmark(row, plane) for row in raw.get("landmarks", [])),
        zones=tuple(_zone(row, plane) for row in raw.get("zones", [])),
        small_around=plane(raw["small_around"]),
    )


def _landmark(row: dict[str, Any], plane: Callable[[list[list[float]]], Floats]) -> Landmark:
    return Landmark(
        name=row["name"],
        category=row["category"],
        other_names=tuple(row.get("other_names", ())),
        at=plane([row["at"]])[0] if "at" in row else None,
        street=row.get("street", ""),
        crossing=row.get("crossing", ""),
        along_m=float(row.get("along_m", 0.0)),
    )


def _zone(row: dict[str, Any], plane: Callable[[list[list[float]]], Floats]) -> NamedZone:
    at = plane([row["at"]])[0] if "at" in row else None
    return NamedZone(row["name"], at, float(row["radius_m"]), row.get("division", ""))


def _along(rows: list[list[Any]], eastings: Callable[[list[float]], Floats]) -> list[PlannedStreet]:
    ends = eastings([lon for row in rows for lon in row[3:5]]).reshape(-1, 2)
    return [
        PlannedStreet(name, rank, "along", np.array([[start, t], [stop, t]], dtype=np.float64))
        for (name, rank, t, _, _), (start, stop) in zip(rows, ends, strict=True)
    ]


def _across(rows: list[list[Any]], eastings: Callable[[list[float]], Floats]) -> list[PlannedStreet]:
    places = eastings([row[2] for row in rows])
    return [
        PlannedStreet(name, rank, "across", np.array([[x, low], [x, high]], dtype=np.float64))
        for (name, rank, _, low, high), x in zip(rows, places, strict=True)
    ]


def _free(rows: list[list[Any]], plane: Callable[[list[list[float]]], Floats]) -> list[PlannedStreet]:
    return [PlannedStreet(name, rank, "free", plane(points)) for name, rank, points in rows]
