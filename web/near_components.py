"""The components of a type beside a place: what somebody who is told of one chooses from."""

from dataclasses import dataclass
from math import atan2, degrees
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gis_core.crs import OutsidePlane
from gis_core.places import LonLat, PlanePoint
from grid.components import REMOVED, Component, list_near
from web.wiring import Wiring

WITHIN_M, MOST = 60.0, 6
"""As far as "here" reaches, as in the history of a place; and no more than can be read out."""


class NearAsked(BaseModel):
    """A place and what is said to be broken there."""

    model_config = ConfigDict(extra="ignore")

    type: str = Field(pattern=r"^(component|matter):\d{5}$", title="类别")
    lon: Annotated[float, Field(allow_inf_nan=False, title="经度")]
    lat: Annotated[float, Field(allow_inf_nan=False, title="纬度")]
    position_source: Literal["gps", "map", "component"] = Field("map", title="定位方式")


@dataclass(frozen=True, slots=True)
class Choice:
    """A component that may be meant: how far from the place, metres, and in which direction, degrees."""

    component: Component
    distance_m: float
    direction_deg: float


def find_choices(wiring: Wiring, asked: NearAsked) -> tuple[Choice, ...]:
    """The nearest of the type, removed ones left out; none for matters and outside the plane.

    :raises BadPlace: for degrees that are none.
    """
    kind, _, type_code = asked.type.partition(":")
    if kind != "component":
        return ()
    system = "WGS84" if asked.position_source == "gps" else "EPSG:4490"
    try:
        point = wiring.plane.to_plane(wiring.city.read_place(LonLat(asked.lon, asked.lat), system))
    except OutsidePlane:
        return ()
    with wiring.sessions() as session:
        found = list_near(
            session, point, plane=wiring.plane, within_m=WITHIN_M, type_code=type_code, limit=2 * MOST
        )
    return tuple(
        Choice(one.component, one.distance_m, _direction_deg(point, one.component.point))
        for one in found
        if one.component.state != REMOVED
    )[:MOST]


def _direction_deg(here: PlanePoint, there: PlanePoint) -> float:
    """Degrees clockwise from grid north; 0 for the place itself."""
    return degrees(atan2(there.easting_m - here.easting_m, there.northing_m - here.northing_m)) % 360
