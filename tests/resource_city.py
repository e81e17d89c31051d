"""Resources for tests: a shelter in 经二路, a gauge, a team, in registers that are empty at first."""

from datetime import date

from emergency.resources.operations import Resources
from emergency.rules.resources import Contact, Resource, ResourceKind, read_details
from gis_core.crs import PlaneSystem
from grid.rules.register import Asking
from tests.case_city import FRIDAY_MORNING, JINGER_ROAD

PLANE = PlaneSystem(4545)
OFFICER = Asking(FRIDAY_MORNING, 31, "应急值班员甲", "duty_officer", "BJ-ZH")
WATERWORKS = Asking(FRIDAY_MORNING, 6, "供水公司经办员甲", "department", "BJ-GS")
TODAY = date(2026, 9, 18)
CELLS: dict[ResourceKind, dict[str, str]] = {
    "shelter": {"effective_area_m2": "3000", "stays": "紧急避难、短期避难", "features": "室外"},
    "team": {"skills": "供水抢修", "people": "18"},
    "hazard_source": {"substance": "液氯", "amount": "4", "grade": "四级"},
    "target": {"sort": "学校", "people": "620"},
    "warehouse": {"goods": "救生衣 | 800 | 件"},
    "expert": {"fields": "水文"},
    "gauge": {"measures": "流量"},
}
EMPTY_RESOURCES = """
    SET LOCAL session_replication_role = replica;
    DELETE FROM emergency.resource_fact; DELETE FROM emergency.resource;
"""


def resource(code: str = "BN-1", kind: ResourceKind = "shelter", **more: object) -> Resource:
    """A resource of the emergency bureau in 经二路."""
    given: dict[str, object] = {
        "code": code,
        "kind": kind,
        "name": "体育场避难场所",
        "organisation_code": "BJ-YJ",
        "point": PLANE.to_plane(JINGER_ROAD),
        "place_text": "经二路",
        "readiness_since": TODAY,
        "checked_on": TODAY,
        "details": read_details(kind, CELLS[kind]),
        "contact": Contact(name="值班室", phone="0917-0000119", confirmed_on=TODAY),
        "source": "普查",
    }
    return Resource(**(given | more))  # type: ignore[arg-type]


def register(resources: Resources, *several: Resource) -> None:
    """Put resources into the registers."""
    for one in several:
        resources.add(one, reason="普查登记", asking=OFFICER)
