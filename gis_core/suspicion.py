"""What a wrong coordinate was probably meant to be: swapped axes, 0,0, or an offset system."""

from collections.abc import Callable
from dataclasses import dataclass

from gis_core.offset_systems import bd09_to_gcj02, gcj02_to_wgs84
from gis_core.places import LonLat, NotOnEarth

_NEAR_ZERO_DEG = 1e-3


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A likely mistake: its code, what to do (Chinese), and the place that was probably meant."""

    code: str
    message: str
    meant: LonLat | None


def diagnose(lon_deg: float, lat_deg: float, *, is_inside: Callable[[LonLat], bool]) -> tuple[Suspicion, ...]:
    """Likely mistakes of a position (read as EPSG:4490) that the frame does not hold, likeliest first.

    Takes bare numbers, because a swapped position in China has a latitude no place on Earth has.
    `is_inside` says whether a place lies in the frame: a box, or the locator itself. A place that
    lies inside raises no suspicion; nothing is ever corrected by itself.

    >>> inside = lambda place: 107.0 <= place.lon_deg <= 107.3 and 34.3 <= place.lat_deg <= 34.5
    >>> [suspicion.code for suspicion in diagnose(34.36, 107.23, is_inside=inside)]
    ['swapped_axes']
    >>> [suspicion.code for suspicion in diagnose(0.0, 0.0, is_inside=inside)]
    ['zero_position']
    """
    if abs(lon_deg) < _NEAR_ZERO_DEG and abs(lat_deg) < _NEAR_ZERO_DEG:
        return (Suspicion("zero_position", "坐标为 0,0，设备没有取得定位。请重新定位或在地图上点选。", None),)
    place, swapped = _find_place(lon_deg, lat_deg), _find_place(lat_deg, lon_deg)
    if place is not None and is_inside(place):
        return ()
    suspicions = []
    if swapped is not None and is_inside(swapped):
        suspicions.append(Suspicion("swapped_axes", "经度和纬度写反了。请先写经度，后写纬度。", swapped))
    if place is not None and is_inside(meant := gcj02_to_wgs84(place)):
        message = "坐标可能是 GCJ-02(高德、腾讯等地图所用)。请注明坐标系后重新提交。"
        suspicions.append(Suspicion("maybe_gcj02", message, meant))
    if place is not None and is_inside(meant := gcj02_to_wgs84(bd09_to_gcj02(place))):
        message = "坐标可能是 BD-09(百度地图所用)。请注明坐标系后重新提交。"
        suspicions.append(Suspicion("maybe_bd09", message, meant))
    return tuple(suspicions)


def _find_place(lon_deg: float, lat_deg: float) -> LonLat | None:
    try:
        return LonLat(lon_deg, lat_deg)
    except NotOnEarth:
        return None
