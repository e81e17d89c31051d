"""What a file would do to a register, before anything is written: row by row, with what is odd about it."""

from collections.abc import Callable
from dataclasses import dataclass
from math import hypot
from typing import Literal

from sqlalchemy.orm import Session

from emergency.resources.facts import FIELD_NAMES, differing
from emergency.resources.importing import Fault, ResourceReader, ResourcesRead
from emergency.resources.operations import settled
from emergency.resources.reading import ResourceShown, find_by_codes, list_resources
from emergency.rules.resource_keeping import may_keep
from emergency.rules.resources import KIND_NAMES, Resource
from gis_core.places import LonLat
from grid.rules.register import Asking

NEAR_M = 50.0
"""Two of a kind with one name so near each other are told as perhaps the same (assumed)."""


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What a row would do; `changes` are the titles of what would be different."""

    line: int
    resource: Resource
    action: Literal["add", "change", "same"]
    changes: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do, and why it cannot: with one row at fault nothing of it is written."""

    plans: tuple[RowPlan, ...]
    faults: tuple[Fault, ...]
    at_fault: int

    def count(self, action: str) -> int:
        """How many rows would do something."""
        return sum(one.action == action for one in self.plans)

    @property
    def warned(self) -> int:
        """How many rows have something odd."""
        return sum(bool(one.warnings) for one in self.plans)


@dataclass(frozen=True, slots=True)
class Previewing:
    """Looks at what was read beside what the registers have."""

    session: Session
    reader: ResourceReader
    asking: Asking
    is_inside: Callable[[LonLat], bool]

    def look(self, read: ResourcesRead) -> Preview:
        """What each row would do; rows that may not be written count as faults."""
        known = find_by_codes(self.session, [one.code for _, one in read.resources])
        neighbours: dict[str, list[Resource]] = {}
        for other in list_resources(self.session, (self.reader.kind,)):
            neighbours.setdefault(other.name, []).append(other)
        plans: list[RowPlan] = []
        for line, resource in read.resources:
            before = known.get(resource.code)
            why = self._refused(resource, before)
            if why is not None:
                read.note(Fault(line, resource.code, *why))
            else:
                plans.append(self._plan(line, resource, before, neighbours.get(resource.name, [])))
        return Preview(tuple(plans), tuple(read.faults), read.at_fault)

    def _refused(self, resource: Resource, before: ResourceShown | None) -> tuple[str, str] | None:
        """The column and why a row may not be written; None when it may."""
        if before is not None and before.resource.kind != resource.kind:
            return "编号", f"编号已用于“{KIND_NAMES[before.resource.kind]}”，每个编号只用一次。"
        owners = {resource.organisation_code} | ({before.resource.organisation_code} if before else set())
        if not all(may_keep(self.asking.role, self.asking.organisation_code, owner) for owner in owners):
            return "所属单位", "部门只登记和维护本单位的应急资源。"
        return None

    def _plan(
        self, line: int, resource: Resource, before: ResourceShown | None, same_name: list[Resource]
    ) -> RowPlan:
        warnings = list(self._place_warnings(resource))
        if before is None:
            near = next((one for one in same_name if _is_near(one, resource)), None)
            if near is not None:
                warnings.append(f"登记册里已有同名的 {near.code}，相距不到 {NEAR_M:.0f} 米，可能是同一处。")
            return RowPlan(line, resource, "add", (), tuple(warnings))
        body = differing(before.resource, settled(resource, before.resource))
        details = {f"d_{key}" for key in body.pop("details", {})}
        titles = self.reader.headings()
        changes = (*(FIELD_NAMES[key] for key in body), *(titles[key] for key in titles if key in details))
        if before.removed_at is not None:
            warnings.append("这项资源已被移除，写入后恢复。")
            return RowPlan(line, resource, "change", changes, tuple(warnings))
        return RowPlan(line, resource, "change" if changes else "same", changes, tuple(warnings))

    def _place_warnings(self, resource: Resource) -> tuple[str, ...]:
        if resource.point is None:
            return ()
        place = self.reader.plane.to_lonlat(resource.point)
        return () if self.is_inside(place) else ("位置在地图范围之外，请核对坐标系。",)


def _is_near(one: Resource, other: Resource) -> bool:
    if one.point is None or other.point is None:
        return False
    apart_m = hypot(
        one.point.easting_m - other.point.easting_m, one.point.northing_m - other.point.northing_m
    )
    return apart_m < NEAR_M
