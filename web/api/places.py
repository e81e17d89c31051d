"""What lies where: one place or many, now or as of a day, and everything that is here."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field

from gis_core.clock import city_time
from gis_core.crs import plane_reader
from gis_core.errors import BadInput
from gis_core.places import LonLat
from grid.components import list_near
from grid.divisions import read_division_changes
from grid.reading import get_division_on, list_division_names, list_zone_names
from grid.rules.locating import Located, Locator, locate_place
from grid.rules.responsibility import find_department
from grid.rules.succession import code_on
from web.accounts.guards import Checked, open_to_all, open_without_visitor
from web.forms import Day
from web.uploads import Malformed
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/api/v1", tags=["places"])
MOST_PLACES = 10_000
NEAR_M = 50.0
MOST_NEAR = 20
FIRST_DAY = date(1990, 1, 1)


class PlacesSent(BaseModel):
    """Places to locate: pairs of longitude and latitude in degrees of `system`; `on` is a day.

    With `responsibility` the answer names responsibility grids, too.
    """

    model_config = ConfigDict(extra="forbid")

    places: list[tuple[float, float]] = Field(min_length=1, max_length=MOST_PLACES, title="位置")
    system: str = Field(default="EPSG:4490", max_length=20, title="坐标系")
    on: Day | None = Field(default=None, title="日期")
    pull_in: bool = Field(default=True, title="就近归入")
    responsibility: bool = Field(default=False, title="责任网格")


@router.get("/locate", dependencies=[open_without_visitor])
def locate(
    *,
    wiring: Wired,
    lon: float,
    lat: float,
    system: Annotated[str, Query(max_length=20)] = "EPSG:4490",
    on: date | None = None,
    kind: Literal["component", "matter"] | None = None,
    type: Annotated[str | None, Query(max_length=5)] = None,
    near: bool = False,
) -> dict[str, Any]:
    """Everything here: unit grid, community, subdistrict, district, zone and responsibility grid; as of a day
    with `on`; with a type also which department; with `near` the components within 50 m."""
    place = wiring.city.read_position(lon, lat, system)
    found = locate_place(locator_of(wiring, on), wiring.plane, place)
    answer = _described(wiring, place, found)
    if kind and type:
        wiring.catalogue.get_type(kind, type)
        answer["department"] = asdict(find_department(wiring.rules, found, kind, type))
    if near:
        answer["components"] = _components(wiring, place)
    return answer


@router.post("/locate/batch", dependencies=[Checked, open_to_all])
def locate_many(wiring: Wired, sent: Annotated[PlacesSent, Body()]) -> dict[str, Any]:
    """Unit grids of up to 10,000 places at once, in their order; null outside every grid."""
    locator = locator_of(wiring, sent.on)
    pairs = np.array(sent.places, dtype=np.float64)
    if not np.isfinite(pairs).all():
        raise Malformed("位置中有无效数值。请检查后重新提交。", fields=["places"])
    points = plane_reader(sent.system, wiring.plane, shift=wiring.city.xian80_shift)(pairs)
    positions = locator.locate_many(points, pulling_in=sent.pull_in).tolist()
    codes = locator.codes
    answer = {
        "frame_version": locator.version,
        "on": sent.on,
        "unit_grid_codes": [codes[n] if n >= 0 else None for n in positions],
    }
    if sent.responsibility:
        answer["responsibility_grid_codes"] = [
            locator.grid_at(n).responsibility_code if n >= 0 else None for n in positions
        ]
    return answer


@router.get("/divisions/{code}", dependencies=[open_without_visitor])
def get_division(wiring: Wired, code: str, on: date | None = None) -> dict[str, Any]:
    """A division as it was on a day, by any code it has had: 610322 and 610305 are one ground."""
    day = on or city_time(wiring.clock.now()).date()
    with wiring.sessions() as session:
        found = get_division_on(session, code_on(read_division_changes(wiring.city), code[:12], day), day)
    return asdict(found) | {"on": day, "asked": code[:12]}


class DayOutOfRange(BadInput):
    """A day for which there is no frame."""

    code = "day_out_of_range"


def locator_of(wiring: Wiring, on: date | None) -> Locator:
    """The frame of now or of a day.

    :raises DayOutOfRange: for days to come, and days before there were unit grids anywhere.
    """
    if on is None:
        return wiring.frame.locator
    if not FIRST_DAY <= on <= city_time(wiring.clock.now()).date():
        raise DayOutOfRange("日期应在 1990-01-01 至今天之间。请重新选择日期。")
    return wiring.frame.as_of(on)


def _described(wiring: Wiring, place: LonLat, found: Located) -> dict[str, Any]:
    with wiring.sessions() as session:
        names, zones = list_division_names(session), list_zone_names(session)
    answer: dict[str, Any] = {
        "lon": place.lon_deg,
        "lat": place.lat_deg,
        "unit_grid_code": found.unit_grid_code,
        "responsibility_code": found.responsibility_code,
        "pulled_m": found.pulled_m,
        "frame_version": found.frame_version,
        "reason": found.reason,
        "zone": found.zone_code and {"code": found.zone_code, "name": zones.get(found.zone_code)},
    }
    for level in ("community", "subdistrict", "district"):
        code = getattr(found, f"{level}_code")
        answer[level] = {"code": code, "name": names.get(code)}
    return answer


def _components(wiring: Wiring, place: LonLat) -> list[dict[str, Any]]:
    point = wiring.plane.to_plane(place)
    with wiring.sessions() as session:
        found = list_near(session, point, plane=wiring.plane, within_m=NEAR_M, limit=MOST_NEAR)
    return [
        {
            "code": one.component.code,
            "type_code": one.component.type_code,
            "name": one.component.name,
            "state": one.component.state,
            "distance_m": round(one.distance_m, 1),
        }
        for one in found
    ]
