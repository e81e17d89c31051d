"""What pages and the API need to work with the registers of resources: who sees what, forms, words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import cast

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, QueryParams

from emergency.resources.facts import starred
from emergency.resources.operations import Resources
from emergency.resources.reading import ResourceFilter, list_resources
from emergency.rules.resource_cells import fields_of, written
from emergency.rules.resource_keeping import (
    KEEPS_ALL,
    KEEPS_OWN,
    SEES_PHONES,
    Finding,
    KeepingRules,
    find_overdue,
    may_keep,
)
from emergency.rules.resources import (
    DETAILS,
    KIND_NAMES,
    STATUS_NAMES,
    BadResource,
    Contact,
    Details,
    Readiness,
    Resource,
    ResourceKind,
    read_details,
)
from emergency.rules.sheltering.shelters import Status
from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from gis_core.places import LonLat, PlanePoint
from grid.city import City, read_data
from grid.rules.register import Asking
from web.accounts.people import Person
from web.forms import Day, parse
from web.incident_work import SEES_INCIDENTS
from web.register_work import asking_of
from web.wiring import Wiring

SEES_RESOURCES = (*SEES_INCIDENTS, *KEEPS_OWN)
"""Posts that read the registers; a department reads what belongs to it."""
KEEPERS = (*KEEPS_ALL, *KEEPS_OWN)
RULES_FILE = "resources.yaml"
MARKS: Mapping[ResourceKind, str] = {
    "team": "队", "vehicle": "车", "warehouse": "物", "hospital": "医", "shelter": "避", "expert": "专",
    "hazard_source": "险", "target": "护", "gauge": "站", "sensor": "感", "helipad": "机",
}  # fmt: skip
"""One sign for each kind, on maps and in lists: colour alone says nothing to many people."""
COLOURS: Mapping[ResourceKind, str] = {
    "team": "#1f5fa8", "vehicle": "#3f7fc4", "warehouse": "#7a5b1e", "hospital": "#b0304f",
    "shelter": "#2b8a57", "expert": "#5b6874", "hazard_source": "#b4530a", "target": "#6a3fa0",
    "gauge": "#0f7c8a", "sensor": "#4c6b1f", "helipad": "#37474f",
}  # fmt: skip


class ResourceQuery(BaseModel):
    """The filter of resources in an address."""

    model_config = ConfigDict(extra="ignore")

    kind: tuple[ResourceKind, ...] = Field((), title="种类")
    q: str = Field("", max_length=60, title="查找")
    org: str = Field("", max_length=24, title="所属单位")
    readiness: str = Field("", pattern="^(available|on_duty|repair|out_of_use)$", title="状态")
    due: bool = Field(False, title="待办")
    removed: bool = Field(False, title="已移除")


@dataclass(frozen=True, slots=True)
class ResourceSeen:
    """A resource as a person sees it: where it is in degrees, what is overdue, a number or stars."""

    resource: Resource
    place: LonLat | None
    findings: tuple[Finding, ...]
    phone: str
    may_keep: bool

    @property
    def mark(self) -> str:
        """The sign of its kind."""
        return MARKS[self.resource.kind]

    @property
    def address(self) -> str:
        """Its page."""
        return f"/duty/registers/{self.resource.kind}/{self.resource.code}"


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks at the registers, on which day, under which rules."""

    person: Person
    plane: PlaneSystem
    rules: KeepingRules
    today: date

    @property
    def own_code(self) -> str | None:
        """The organisation to which the person's view is held; None for posts that see all."""
        return None if self.person.may_act_as(*SEES_INCIDENTS) else self.person.organisation_code or "-"

    def see(self, resource: Resource) -> ResourceSeen:
        """A resource as this person sees it."""
        is_kept = self.may_keep(resource.organisation_code)
        is_shown = is_kept or self.person.may_act_as(*SEES_PHONES)
        phone = resource.contact.phone
        return ResourceSeen(
            resource=resource,
            place=None if resource.point is None else self.plane.to_lonlat(resource.point),
            findings=find_overdue(resource, self.rules, today=self.today),
            phone=phone if is_shown else starred(phone),
            may_keep=is_kept,
        )

    def may_keep(self, organisation_code: str) -> bool:
        """Whether the person may change what belongs to an organisation."""
        own = self.person.organisation_code
        return any(may_keep(role, own, organisation_code) for role in self.person.roles)

    def may_see(self, resource: Resource) -> bool:
        """Whether the person may look at a resource at all."""
        return self.own_code in (None, resource.organisation_code)


@cache
def _rules(path: Path) -> KeepingRules:
    return read_data(path, KeepingRules)


def load_keeping_rules(city: City) -> KeepingRules:
    """The rules of a city's folder, read once a process; raises BadCityData."""
    return _rules(city.folder / RULES_FILE)


def looking_of(wiring: Wiring, person: Person) -> Looking:
    """The person's view of the registers, now."""
    today = city_time(wiring.clock.now()).date()
    return Looking(person, wiring.plane, load_keeping_rules(wiring.city), today)


def resources_of(wiring: Wiring) -> Resources:
    """The operations on the registers."""
    return Resources(wiring.sessions, wiring.plane)


def keeper_of(person: Person, at: datetime) -> Asking:
    """The person as the registers know them; raises WrongPost."""
    return asking_of(person, person.acting_as(*KEEPERS), at)


def read_query(query: QueryParams) -> ResourceQuery:
    """The filter that an address says.

    :raises Malformed: naming what cannot be.
    """
    return parse(ResourceQuery, query)


def list_seen(
    session: Session, looking: Looking, asked: ResourceQuery, *, kinds: tuple[ResourceKind, ...] = ()
) -> list[ResourceSeen]:
    """What a person sees of what an address asks for, in order; `kinds` stand instead of those asked for."""
    wanted = ResourceFilter(
        text=asked.q.strip(),
        organisation_code=looking.own_code or asked.org,
        readiness=asked.readiness,
        is_removed=asked.removed,
    )
    found = list_resources(session, kinds or asked.kind, wanted)
    seen = [looking.see(one) for one in found]
    order = list(KIND_NAMES)
    seen.sort(key=lambda one: (order.index(one.resource.kind), one.resource.code))
    return [one for one in seen if one.findings] if asked.due else seen


def details_told(details: Details, kind: ResourceKind) -> list[tuple[str, str]]:
    """The details in words: title and value, those that are empty left out."""
    told = [(one.title, written(one, getattr(details, one.key))) for one in fields_of(DETAILS[kind])]
    return [(title, value) for title, value in told if value]


def short_details(resource: Resource, tell: Callable[[str], str]) -> str:
    """The first details in a line, for lists; numbers with the unit that their title names."""
    told = details_told(resource.details, resource.kind)[:2]
    return " · ".join(tell(f"{value} {_unit(title)}".strip()) for title, value in told)[:60]


def _unit(title: str) -> str:
    return title.partition("（")[2].removesuffix("）")


class ResourceSent(BaseModel):
    """The form of a resource; degrees are EPSG:4490. Details come beside it, see `details_sent`."""

    model_config = ConfigDict(extra="ignore")

    revision: int = Field(0, ge=0, lt=2**31, title="版本")
    code: str = Field("", max_length=40, title="编号")
    name: str = Field("", max_length=200, title="名称")
    organisation_code: str = Field("", max_length=24, title="所属单位")
    lon: float | None = Field(None, ge=-180, le=180, title="经度")
    lat: float | None = Field(None, ge=-90, le=90, title="纬度")
    place_text: str = Field("", max_length=400, title="地点")
    readiness: str = Field("available", max_length=12, title="状态")
    readiness_since: Day | None = Field(None, title="状态自")
    checked_on: Day | None = Field(None, title="检查日期")
    contact_name: str = Field("", max_length=200, title="联系人")
    contact_phone: str = Field("", max_length=64, title="联系电话")
    contact_confirmed_on: Day | None = Field(None, title="联系方式确认日期")
    source: str = Field("人工录入", max_length=400, title="来源")
    status: str = Field("assumed", max_length=12, title="依据")
    is_synthetic: bool = Field(False, title="示意数据")
    reason: str = Field("", max_length=600, title="理由")


def details_sent(form: FormData, kind: ResourceKind) -> Details:
    """The details of a kind out of a form; several boxes of one name are joined.

    :raises BadResource: naming the detail.
    """
    cells: dict[str, str] = {}
    for key in DETAILS[kind].model_fields:
        if said := [one.strip() for one in form.getlist(f"d_{key}") if isinstance(one, str) and one.strip()]:
            cells[key] = "、".join(said)
    return read_details(kind, cells)


def point_sent(sent: ResourceSent, plane: PlaneSystem) -> PlanePoint | None:
    """The place of a form; None when both fields are empty.

    :raises BadResource: when only one is filled.
    """
    if sent.lon is None and sent.lat is None:
        return None
    if sent.lon is None or sent.lat is None:
        raise BadResource("经度和纬度要么都填，要么都不填。", field="lon")
    return plane.to_plane(LonLat(sent.lon, sent.lat))


def values_told(seen: ResourceSeen) -> dict[str, str]:
    """The fields of a form as they are filled in from what the register has."""
    one, contact, place = seen.resource, seen.resource.contact, seen.place
    told = {
        "code": one.code,
        "name": one.name,
        "organisation_code": one.organisation_code,
        "lon": f"{place.lon_deg:.7f}" if place else "",
        "lat": f"{place.lat_deg:.7f}" if place else "",
        "place_text": one.place_text,
        "readiness": one.readiness,
        "readiness_since": one.readiness_since.isoformat(),
        "checked_on": one.checked_on.isoformat() if one.checked_on else "",
        "contact_name": contact.name,
        "contact_phone": seen.phone,
        "contact_confirmed_on": contact.confirmed_on.isoformat() if contact.confirmed_on else "",
        "source": one.source,
        "status": one.status,
        "is_synthetic": "true" if one.is_synthetic else "",
    }
    details = {
        f"d_{field.key}": written(field, getattr(one.details, field.key), between="\n")
        for field in fields_of(DETAILS[one.kind])
    }
    return told | details


def empty_details(kind: ResourceKind) -> dict[str, str]:
    """The details of a form for a new resource: what holds when nobody says otherwise."""
    defaults = {key: field.default for key, field in DETAILS[kind].model_fields.items()}
    return {
        f"d_{one.key}": "" if one.is_needed else written(one, defaults[one.key])
        for one in fields_of(DETAILS[kind])
    }


def empty_values(person: Person, today: date) -> dict[str, str]:
    """The fields of a form for a new resource."""
    own = "" if person.may_act_as(*KEEPS_ALL) else person.organisation_code or ""
    given = {"organisation_code": own, "readiness": "available", "source": "人工录入", "status": "assumed"}
    blank = dict.fromkeys(ResourceSent.model_fields, "")
    return blank | given | {"readiness_since": today.isoformat(), "checked_on": today.isoformat()}


def resource_sent(form: FormData, wiring: Wiring, kind: ResourceKind, code: str, *, today: date) -> Resource:
    """The resource that a form says; its readiness counts from today when no day is given.

    :raises Malformed, BadResource: naming the field.
    """
    sent = parse(ResourceSent, form)
    return Resource(
        code=code or sent.code,
        kind=kind,
        name=sent.name,
        organisation_code=sent.organisation_code,
        point=point_sent(sent, wiring.plane),
        place_text=sent.place_text,
        readiness=cast(Readiness, sent.readiness),
        readiness_since=sent.readiness_since or today,
        checked_on=sent.checked_on,
        details=details_sent(form, kind),
        contact=Contact(
            name=sent.contact_name, phone=sent.contact_phone, confirmed_on=sent.contact_confirmed_on
        ),
        source=sent.source,
        status=cast(Status, sent.status if sent.status in STATUS_NAMES else "assumed"),
        is_synthetic=sent.is_synthetic,
    )
