"""Streets, a register and closures in the corner of the city that tests of faces have."""

import re
from collections.abc import Sequence
from datetime import date
from uuid import uuid4

import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from emergency.resources.operations import Resources
from emergency.rules.resources import Resource, ResourceKind, read_details
from gis_core.crs import PlaneSystem
from gis_core.places import PlanePoint
from grid.rules.register import Asking
from tests.case_city import FRIDAY_MORNING, JINGER_ROAD, baoji
from web.wiring import Wiring

PLANE = PlaneSystem(baoji().plane_crs)
MIDDLE = PLANE.to_plane(JINGER_ROAD)
ADD = text("""
    INSERT INTO grid.street (name, rank, width_m, geom, is_synthetic)
    VALUES (:name, 'arterial', 24, ST_GeomFromText(:wkt, 4545), true)
""")
STEPS = (-400, 0, 400)
EASTWARD = {-400: "滨河路", 0: "经二路", 400: "新建路"}
NORTHWARD = {-400: "汉中路", 0: "红旗路", 400: "火炬路"}
EMPTY = text("DELETE FROM grid.street; DELETE FROM grid.ground")


def draw_streets(engine: Engine) -> None:
    """Three streets eastwards and three northwards, 400 m apart, 1.2 km long."""
    with engine.begin() as connection:
        for n in STEPS:
            for name, line in (
                (EASTWARD[n], [(-600, n), (600, n)]),
                (NORTHWARD[n], [(n, -600), (n, 600)]),
            ):
                places = [(MIDDLE.easting_m + east, MIDDLE.northing_m + north) for east, north in line]
                connection.execute(ADD, {"name": name, "wkt": shapely.LineString(places).wkt})


def at(east_m: float, north_m: float) -> str:
    """A place so many metres from the middle, as forms have it."""
    place = PLANE.to_lonlat(PlanePoint(MIDDLE.easting_m + east_m, MIDDLE.northing_m + north_m))
    return f"{place.lon_deg:.7f},{place.lat_deg:.7f}"


def corners(*places: tuple[float, float]) -> str:
    """Corners as the form of a drawing has them."""
    return "\n".join(at(*one) for one in places)


def square(east_m: float, north_m: float, half_m: float) -> str:
    """The corners of a square around a place."""
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return corners(*((east_m + x * half_m, north_m + y * half_m) for x, y in signs))


def close(who: TestClient, home: str = "/duty/roads", **fields: str | Sequence[str]) -> int:
    """Close the crossing in the middle, unless told otherwise; the status."""
    sent = {
        "csrf": who.headers["x-csrf-token"],
        "client_id": str(uuid4()),
        "name": "经二路口封控",
        "why": "槽车泄漏",
        "drawn": "area",
        "vertices": square(0, 0, 60),
    } | fields
    return who.post(f"{home}/close", data=sent).status_code


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def register(
    wiring: Wiring, kind: ResourceKind, code: str, where: tuple[float, float] | None, **details: object
) -> None:
    """Put a resource into the register."""
    resource = Resource(
        code=code,
        kind=kind,
        name=str(details.pop("name", f"{code}号")),
        organisation_code="BJ-ZH",
        point=None
        if where is None
        else PlanePoint(MIDDLE.easting_m + where[0], MIDDLE.northing_m + where[1]),
        readiness_since=date(2026, 9, 1),
        details=read_details(kind, details),
        source="测试",
        is_synthetic=True,
    )
    keeper = Asking(FRIDAY_MORNING, None, "指挥长甲", "commander", "BJ-ZH")
    Resources(wiring.sessions, wiring.plane).add(resource, reason="测试", asking=keeper)
