"""Systems of reference: the city's plane, CGCS2000, and the foreign ones met at the border, always by name.

Inside, places are CGCS2000 degrees (EPSG:4490, longitude first) or points of the city's plane
system. WGS84 is taken as CGCS2000: the two differ by the drift of the plates since 2000, below
1 m in China, which is less than a phone knows. GCJ-02 and BD-09 live in `gis_core.offset_systems`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import cos, isfinite, radians, sin

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from gis_core.errors import BadInput, Refused
from gis_core.offset_systems import (
    bd09_to_gcj02,
    bd09_to_gcj02_many,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    gcj02_to_wgs84_many,
    wgs84_to_gcj02,
)
from gis_core.places import LonLat, NotOnEarth, PlanePoint

GEOGRAPHIC_SRID = 4490
Pairs = NDArray[np.float64]

__all__ = [
    "GEOGRAPHIC_SRID",
    "GeographicShift",
    "MercatorPoint",
    "OutsidePlane",
    "Pairs",
    "PlaneShift",
    "PlaneSystem",
    "UnknownSystem",
    "UnsettledSystem",
    "bd09_to_gcj02",
    "from_mercator",
    "from_system",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "plane_reader",
    "plane_writer",
    "position_in",
    "system_named",
    "to_mercator",
    "wgs84_to_gcj02",
]


class UnknownSystem(BadInput):
    """A system of reference that is not known here, or not of the kind asked for."""

    code = "unknown_system"


class UnsettledSystem(Refused):
    """A system that cannot be turned into CGCS2000 without parameters that only the survey office has."""

    code = "system_needs_parameters"


class OutsidePlane(Refused):
    """A place so far from the city that its plane system has no number for it."""

    code = "outside_plane_system"


@dataclass(frozen=True, slots=True)
class MercatorPoint:
    """A point of Web Mercator (EPSG:3857): drawn, never measured.

    At Baoji (34.4° N) it stretches lengths 1.21 times and areas 1.47 times.
    """

    easting_m: float
    northing_m: float


@dataclass(frozen=True, slots=True)
class PlaneSystem:
    """A plane system of CGCS2000, in metres, named by its EPSG number.

    Easting comes first, whatever order the EPSG register lists. Safe to share between threads.

    >>> city = PlaneSystem(4545)
    >>> here = city.to_plane(LonLat(107.2378, 34.3633))
    >>> round(here.easting_m), round(here.northing_m)
    (429885, 3804224)
    >>> zoned = PlaneSystem(4524).to_plane(LonLat(107.2378, 34.3633))
    >>> round(zoned.easting_m) - round(here.easting_m)
    36000000
    """

    srid: int

    def __post_init__(self) -> None:
        _check_plane(self.srid)

    def to_plane(self, place: LonLat) -> PlanePoint:
        """The point of a place (EPSG:4490).

        :raises OutsidePlane: when the projection has no number for it, as on the far side of the Earth.
        """
        easting_m, northing_m = _transformer(GEOGRAPHIC_SRID, self.srid).transform(
            place.lon_deg, place.lat_deg
        )
        if not (isfinite(easting_m) and isfinite(northing_m)):
            raise OutsidePlane(
                f"坐标 ({place.lon_deg}, {place.lat_deg}) 远离本市，无法换算为平面坐标。请检查经纬度。"
            )
        return PlanePoint(easting_m, northing_m)

    def to_lonlat(self, point: PlanePoint) -> LonLat:
        """The place (EPSG:4490) of a point.

        :raises NotOnEarth: when no place has that point.
        """
        return _lonlat(*_transformer(self.srid, GEOGRAPHIC_SRID).transform(point.easting_m, point.northing_m))

    def to_plane_many(self, places: Pairs) -> Pairs:
        """Rows of longitude, latitude as rows of easting, northing; infinite where there is no number."""
        return _transform(_transformer(GEOGRAPHIC_SRID, self.srid), places)

    def to_lonlat_many(self, points: Pairs) -> Pairs:
        """Rows of easting, northing as rows of longitude, latitude; infinite where there is no place."""
        return _transform(_transformer(self.srid, GEOGRAPHIC_SRID), points)


@dataclass(frozen=True, slots=True, kw_only=True)
class GeographicShift:
    """Seven parameters from Xi'an 1980 degrees to CGCS2000 (position vector); three when the rest stay 0.

    The three shifts are along the geocentric axes; rotations in seconds of arc, scale in parts per
    million. A survey office hands them out
    for its own area and does not publish them, so none come with this program.
    """

    geocentric_x_m: float
    geocentric_y_m: float
    geocentric_z_m: float
    around_x_arcsec: float = 0.0
    around_y_arcsec: float = 0.0
    around_z_arcsec: float = 0.0
    scale_ppm: float = 0.0

    def apply(self, place: LonLat) -> LonLat:
        """The place in CGCS2000 degrees."""
        return _lonlat(*_helmert(self).transform(place.lon_deg, place.lat_deg))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneShift:
    """Four parameters from a Xi'an 1980 plane to a CGCS2000 plane system (EPSG number `srid`).

    Rotation counter-clockwise in seconds of arc, scale in parts per million.
    """

    srid: int
    east_m: float
    north_m: float
    rotation_arcsec: float
    scale_ppm: float

    def apply(self, point: PlanePoint) -> PlanePoint:
        """The point in the CGCS2000 plane."""
        angle = radians(self.rotation_arcsec / 3600)
        stretch = 1 + self.scale_ppm * 1e-6
        east, north = point.easting_m, point.northing_m
        return PlanePoint(
            self.east_m + stretch * (cos(angle) * east - sin(angle) * north),
            self.north_m + stretch * (sin(angle) * east + cos(angle) * north),
        )


def from_system(
    position: LonLat | PlanePoint | MercatorPoint,
    system: str,
    *,
    shift: GeographicShift | PlaneShift | None = None,
) -> LonLat:
    """A position of a named system as a place in CGCS2000 degrees (EPSG:4490).

    `system` is EPSG:4490 (or CGCS2000), WGS84 (EPSG:4326), GCJ-02, BD-09, EPSG:3857, a CGCS2000
    plane such as EPSG:4545 or EPSG:4524, or XIAN80 with a `shift`.

    :raises UnknownSystem: for any other name, or a position of the wrong kind for it.
    :raises UnsettledSystem: for Xi'an 1980 without parameters.

    >>> from_system(LonLat(107.2, 34.3), "WGS84")
    LonLat(lon_deg=107.2, lat_deg=34.3)
    """
    name = system.strip().upper().replace("_", "-")
    if name in {"XIAN80", "XIAN-80", "XIAN1980", "EPSG:4610"}:
        return _from_xian80(position, shift)
    match position:
        case LonLat():
            return _from_degrees(position, name)
        case MercatorPoint() if name == "EPSG:3857":
            return from_mercator(position)
        case PlanePoint() if name.startswith("EPSG:") and name[5:].isdecimal() and name != "EPSG:3857":
            return PlaneSystem(int(name[5:])).to_lonlat(position)
    raise _unknown(system)


def position_in(system: str, easting: float, northing: float) -> LonLat | PlanePoint | MercatorPoint:
    """Two numbers, easting or longitude first, as a position of a system: metres of a plane, or degrees.

    :raises UnknownSystem: when there is no such system.
    :raises NotOnEarth: for degrees that no place has.

    >>> position_in("EPSG:4524", 36429885.0, 3804224.0)
    PlanePoint(easting_m=36429885.0, northing_m=3804224.0)
    >>> position_in("WGS84", 107.2, 34.3)
    LonLat(lon_deg=107.2, lat_deg=34.3)
    """
    name = system.strip().upper().replace("_", "-")
    number = name.removeprefix("EPSG:")
    if name == "EPSG:3857":
        return MercatorPoint(easting, northing)
    if name in _NAMED:
        return LonLat(easting, northing)
    if number == name or not number.isdecimal() or len(number) > _MOST_DIGITS:
        raise _unknown(system)
    try:
        is_plane = CRS.from_epsg(int(number)).is_projected
    except CRSError as problem:
        raise _unknown(system) from problem
    return PlanePoint(easting, northing) if is_plane else LonLat(easting, northing)


def system_named(words: str) -> str:
    """The name of a system as it is written here: an EPSG number, GCJ-02, BD-09; WGS84 is EPSG:4326.

    Takes EPSG numbers, the names of `from_system`, and well-known text as survey files carry it.

    :raises UnknownSystem: when it is none.

    >>> system_named("gcj02"), system_named("CGCS2000"), system_named("epsg:4524")
    ('GCJ-02', 'EPSG:4490', 'EPSG:4524')
    """
    name = words.strip().upper().replace("_", "-")
    if name in _NAMED:
        return _NAMED[name]
    try:
        system = CRS.from_user_input(words.strip())
    except CRSError as problem:
        raise _unknown(words[:60]) from problem
    number = system.to_epsg(min_confidence=20)
    if number is None:
        raise _unknown(system.name)
    return f"EPSG:{number}"


_NAMED = {
    "CGCS2000": "EPSG:4490", "WGS84": "EPSG:4326", "WGS-84": "EPSG:4326",
    "GCJ02": "GCJ-02", "GCJ-02": "GCJ-02",
    "BD09": "BD-09", "BD-09": "BD-09", "XIAN80": "EPSG:4610", "XIAN-80": "EPSG:4610", "XIAN1980": "EPSG:4610",
}  # fmt: skip
_MOST_DIGITS = 6
_SAME_DATUM = frozenset({4490, 4326, 4979, 4480})


def plane_reader(
    system: str, plane: PlaneSystem, *, shift: GeographicShift | None = None
) -> Callable[[Pairs], Pairs]:
    """A function from rows of a system's coordinates, easting or longitude first, to rows of the plane.

    Knows GCJ-02, BD-09 and every EPSG system over CGCS2000 or WGS84, and over Xi'an 1980 with a `shift`.
    Rows without a number in the plane come out infinite.

    :raises UnknownSystem: for a system over another datum, or one that is none.
    :raises UnsettledSystem: for Xi'an 1980 without parameters.

    >>> read = plane_reader("EPSG:4524", PlaneSystem(4545))
    >>> read(np.array([[36429885.0, 3804224.0]])).round(3).tolist()
    [[429885.0, 3804224.0]]
    """
    name = system_named(system)
    if name == "GCJ-02":
        return lambda pairs: plane.to_plane_many(gcj02_to_wgs84_many(pairs))
    if name == "BD-09":
        return lambda pairs: plane.to_plane_many(gcj02_to_wgs84_many(bd09_to_gcj02_many(pairs)))
    number = int(name.removeprefix("EPSG:"))
    if number == plane.srid:
        return lambda pairs: pairs
    base = CRS.from_epsg(number).geodetic_crs
    datum = base.to_epsg() if base is not None else None
    if datum == 4610:
        return _xian80_reader(number, plane, shift)
    if datum not in _SAME_DATUM:
        raise UnknownSystem(
            f"{name} 的大地基准不是 CGCS2000 或 WGS84，没有可靠的转换。请由测绘部门转为 CGCS2000 后再导入。"
        )
    to_degrees = _transformer(number, int(datum or GEOGRAPHIC_SRID))
    return lambda pairs: plane.to_plane_many(_transform(to_degrees, pairs))


def plane_writer(system: str, plane: PlaneSystem) -> Callable[[Pairs], Pairs]:
    """A function from rows of the plane to rows of an EPSG system over CGCS2000 or WGS84, easting or
    longitude first.

    :raises UnknownSystem: for a system over another datum, and for GCJ-02 and BD-09, which no file can
    declare.

    >>> write = plane_writer("EPSG:4524", PlaneSystem(4545))
    >>> write(np.array([[429885.0, 3804224.0]])).round(3).tolist()
    [[36429885.0, 3804224.0]]
    """
    name = system_named(system)
    if not name.startswith("EPSG:"):
        raise UnknownSystem(
            f"{name} 是偏移坐标，文件无法声明，不能导出。请用 EPSG:4490 或 EPSG:{plane.srid}。"
        )
    number = int(name.removeprefix("EPSG:"))
    if number == plane.srid:
        return lambda pairs: pairs
    base = CRS.from_epsg(number).geodetic_crs
    datum = base.to_epsg() if base is not None else None
    if datum not in _SAME_DATUM:
        raise UnknownSystem(f"{name} 的大地基准不是 CGCS2000 或 WGS84，不能导出。请用 EPSG:{plane.srid}。")
    from_degrees = _transformer(int(datum or GEOGRAPHIC_SRID), number)
    return lambda pairs: _transform(from_degrees, plane.to_lonlat_many(pairs))


def _xian80_reader(
    number: int, plane: PlaneSystem, shift: GeographicShift | None
) -> Callable[[Pairs], Pairs]:
    if shift is None:
        raise _without_parameters()
    to_degrees, moved = _transformer(number, 4610), _helmert(shift)
    return lambda pairs: plane.to_plane_many(_transform(moved, _transform(to_degrees, pairs)))


def to_mercator(place: LonLat) -> MercatorPoint:
    """Where Web Mercator (EPSG:3857) draws a place; lengths there are no lengths on the ground.

    >>> to_mercator(LonLat(0.0, 0.0))
    MercatorPoint(easting_m=0.0, northing_m=0.0)
    """
    easting_m, northing_m = _transformer(4326, 3857).transform(place.lon_deg, place.lat_deg)
    return MercatorPoint(easting_m, 0.0 if place.lat_deg == 0 else northing_m)


def from_mercator(point: MercatorPoint) -> LonLat:
    """The place that Web Mercator draws at a point."""
    return _lonlat(*_transformer(3857, 4326).transform(point.easting_m, point.northing_m))


def _from_degrees(place: LonLat, name: str) -> LonLat:
    match name:
        case "EPSG:4490" | "CGCS2000" | "WGS84" | "WGS-84" | "EPSG:4326":
            return place
        case "GCJ-02" | "GCJ02":
            return gcj02_to_wgs84(place)
        case "BD-09" | "BD09":
            return gcj02_to_wgs84(bd09_to_gcj02(place))
    raise _unknown(name)


def _from_xian80(
    position: LonLat | PlanePoint | MercatorPoint, shift: GeographicShift | PlaneShift | None
) -> LonLat:
    match position, shift:
        case LonLat(), GeographicShift():
            return shift.apply(position)
        case PlanePoint(), PlaneShift():
            return PlaneSystem(shift.srid).to_lonlat(shift.apply(position))
        case _, None:
            raise _without_parameters()
    raise UnsettledSystem("西安80转换参数的种类与坐标不符：经纬度用七参数（三参数），平面坐标用四参数。")


def _without_parameters() -> UnsettledSystem:
    return UnsettledSystem(
        "西安80坐标没有公开的转换参数，不能直接使用。请向测绘部门索取本地七参数（或三、四参数）"
        "并写入城市配置，或改用 CGCS2000 坐标。"
    )


def _unknown(system: str) -> UnknownSystem:
    return UnknownSystem(
        f"不认识坐标系“{system}”，或坐标种类与它不符。"
        "可用: EPSG:4490、WGS84、GCJ-02、BD-09、EPSG:4545、EPSG:4524、EPSG:3857。"
    )


def _lonlat(lon_deg: float, lat_deg: float) -> LonLat:
    if not (isfinite(lon_deg) and isfinite(lat_deg)):
        raise NotOnEarth("这个平面坐标在地球上没有对应的位置。请检查坐标和坐标系。")
    return LonLat(lon_deg, lat_deg)


def _transform(transformer: Transformer, pairs: Pairs) -> Pairs:
    return np.column_stack(transformer.transform(pairs[:, 0], pairs[:, 1]))


@lru_cache(maxsize=32)
def _transformer(source: int, target: int) -> Transformer:
    """A transformer, longitude and easting first; pyproj keeps one context a thread inside it."""
    return Transformer.from_crs(source, target, always_xy=True)


@lru_cache(maxsize=8)
def _helmert(shift: GeographicShift) -> Transformer:
    xian_80 = "+a=6378140 +rf=298.257"
    cgcs2000 = "+a=6378137 +rf=298.257222101"
    return Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad"
        f" +step +proj=cart {xian_80}"
        f" +step +proj=helmert +x={shift.geocentric_x_m} +y={shift.geocentric_y_m} +z={shift.geocentric_z_m}"
        f" +rx={shift.around_x_arcsec} +ry={shift.around_y_arcsec} +rz={shift.around_z_arcsec}"
        f" +s={shift.scale_ppm} +convention=position_vector"
        f" +step +inv +proj=cart {cgcs2000}"
        " +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )


@lru_cache(maxsize=32)
def _check_plane(srid: int) -> None:
    try:
        system = CRS.from_epsg(srid)
    except CRSError as problem:
        raise UnknownSystem(f"没有编号为 EPSG:{srid} 的坐标系。") from problem
    base = system.geodetic_crs
    on_cgcs2000 = base is not None and base.to_epsg() == GEOGRAPHIC_SRID
    if not (system.is_projected and on_cgcs2000):
        raise UnknownSystem(f"EPSG:{srid} 不是以米为单位的 CGCS2000 平面坐标系。")
