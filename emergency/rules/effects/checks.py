"""What numbers an effect may be asked with; what is refused says its name, its range and what to do."""

from math import isfinite

from emergency.rules.effects.wording import tell
from gis_core.errors import BadInput, Refused
from gis_core.places import PlanePoint

FARTHEST_M = 1e8


class BadEffectNumber(BadInput):
    """A number of an effect is none, or lies outside what can be."""

    code = "effect_number_out_of_range"


class OutsideModel(Refused):
    """The model does not hold there; another one is named."""

    code = "outside_effect_model"


class CalmWind(Refused):
    """A plume needs a wind; in a calm another zone is to be used."""

    code = "calm_wind"


def need(value: float, name: str, *, low: float, high: float, unit: str) -> float:
    """The number itself, when it is one and lies in the range, both ends included.

    :raises BadEffectNumber: otherwise, NaN and infinity included.
    """
    if not isfinite(value) or not low <= value <= high:
        raise BadEffectNumber(
            f"{name}应在 {tell(low)} 到 {tell(high)} {unit}之间，收到的是 {tell(value)}。请核对后重填。",
            name=name,
        )
    return float(value)


def need_direction(value: float, name: str) -> float:
    """A direction in degrees clockwise from north, 0 up to 360 (360 is taken as 0).

    :raises BadEffectNumber: for any other number.
    """
    return need(value, name, low=0.0, high=360.0, unit="度") % 360.0


def need_point(point: PlanePoint) -> PlanePoint:
    """The point itself, when it has two finite coordinates of a plane.

    :raises BadEffectNumber: otherwise.
    """
    need(point.easting_m, "东坐标", low=-FARTHEST_M, high=FARTHEST_M, unit="米")
    need(point.northing_m, "北坐标", low=-FARTHEST_M, high=FARTHEST_M, unit="米")
    return point
