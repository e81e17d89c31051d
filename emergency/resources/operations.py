"""What is done to the registers of resources, each in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import hypot

from sqlalchemy.orm import Session

from emergency.resources import store
from emergency.resources.facts import CHANGED, CHECKED, CONFIRMED, REMOVED, RESTORED, differing
from emergency.rules.resource_keeping import need_keeper
from emergency.rules.resources import BadResource, Readiness, Resource, checked
from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.errors import BadInput, Conflict, Refused
from gis_core.places import PlanePoint, to_grain
from grid.organisations import find_organisation
from grid.rules.register import Asking

LONGEST_REASON = 500
SAME_PLACE_M = 0.02


class ResourceReasonMissing(BadInput):
    """A change of a register says why."""

    code = "resource_reason_missing"


class UnchangedResource(BadInput):
    """A change that changes nothing."""

    code = "unchanged_resource"


class ResourceCodeTaken(Conflict):
    """The registers have a resource of that code, or had one."""

    code = "resource_code_taken"


class StaleResource(Conflict):
    """The resource has changed since the person looked at it."""

    code = "stale_resource"


class ResourceRemoved(Refused):
    """The resource was removed, or stands in the register already."""

    code = "resource_removed"


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done to a resource, why, and by whom."""

    action: str
    why: str
    asking: Asking


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """What a file did to a register."""

    added: int
    changed: int
    same: int


@dataclass(frozen=True, slots=True)
class Resources:
    """The operations on one city's registers of resources; safe to share between threads."""

    sessions: Sessions
    plane: PlaneSystem

    def add(self, resource: Resource, *, reason: str, asking: Asking) -> None:
        """Register a resource.

        :raises BadResource: what `checked` refuses, or an organisation that the city does not know.
        :raises NotYourResource, ResourceReasonMissing: ResourceCodeTaken when the code was ever given.
        """
        why, tidy = _need_reason(reason), _tidied(resource, asking)
        with self.sessions.begin() as session:
            self._add(session, tidy, why, asking)

    def change(self, resource: Resource, *, reason: str, seen_revision: int, asking: Asking) -> None:
        """Let the resource of a code be what `resource` says.

        :raises NoSuchResource, NotYourResource: StaleResource, ResourceRemoved, UnchangedResource.
        """
        why, tidy = _need_reason(reason), _tidied(resource, asking)
        with self.sessions.begin() as session:
            held = _hold(session, tidy.code, seen_revision, asking)
            _need_organisation(session, tidy)
            _need_right(tidy, asking)
            after = settled(tidy, held.resource)
            if not differing(held.resource, after):
                raise UnchangedResource("没有任何改动，没有写入。")
            self._note(session, held, after, Deed(CHANGED, why, asking))

    def note_check(
        self, code: str, readiness: Readiness, *, on: date, reason: str, seen_revision: int, asking: Asking
    ) -> None:
        """Write down that somebody looked at a resource on a day, and how ready it is.

        :raises BadResource: for a day ahead; else as `change`.
        """
        with self.sessions.begin() as session:
            held = _hold(session, code, seen_revision, asking)
            before = held.resource
            since = before.readiness_since if readiness == before.readiness else on
            after = _tidied(
                replace(before, readiness=readiness, readiness_since=since, checked_on=on), asking
            )
            self._note(session, held, after, Deed(CHECKED, reason.strip()[:LONGEST_REASON], asking))

    def confirm_contact(self, code: str, *, seen_revision: int, asking: Asking) -> None:
        """Write down that the contact of a resource was reached and is right.

        :raises BadResource: when there is no number; else as `change`.
        """
        with self.sessions.begin() as session:
            held = _hold(session, code, seen_revision, asking)
            contact = held.resource.contact
            if not contact.phone:
                raise BadResource("没有登记联系电话，不能确认。请先填写。", field="contact_phone")
            today = city_time(asking.at).date()
            after = replace(held.resource, contact=replace(contact, confirmed_on=today))
            self._note(session, held, after, Deed(CONFIRMED, "", asking))

    def remove(self, code: str, *, reason: str, seen_revision: int, asking: Asking) -> None:
        """Take a resource out of its register; `restore` undoes it.

        :raises ResourceRemoved: when it is out already; else as `change`.
        """
        why = _need_reason(reason)
        with self.sessions.begin() as session:
            held = _hold(session, code, seen_revision, asking)
            self._note(session, held, held.resource, Deed(REMOVED, why, asking), removed_at=asking.at)

    def restore(self, code: str, *, reason: str, seen_revision: int, asking: Asking) -> None:
        """Take a resource that was removed back into its register.

        :raises ResourceRemoved: when it is in the register; else as `change`.
        """
        why = _need_reason(reason)
        with self.sessions.begin() as session:
            held = _hold(session, code, seen_revision, asking, is_removed=True)
            self._note(session, held, held.resource, Deed(RESTORED, why, asking))

    def bring_in(self, resources: Iterable[Resource], *, reason: str, asking: Asking) -> BroughtIn:
        """Add the resources of a file, and change those that the register has already; all or none.

        One that was removed comes back with the change.

        :raises BadResource, NotYourResource: as `add`; ResourceCodeTaken for a code of another kind.
        """
        why, counts = _need_reason(reason), {"added": 0, "changed": 0, "same": 0}
        with self.sessions.begin() as session:
            store.lock_register(session)
            for resource in resources:
                counts[self._bring_in(session, _tidied(resource, asking), why, asking)] += 1
        return BroughtIn(**counts)

    def _bring_in(self, session: Session, resource: Resource, why: str, asking: Asking) -> str:
        held = store.find_locked(session, resource.code)
        if held is None:
            self._add(session, resource, why, asking)
            return "added"
        if held.resource.kind != resource.kind:
            raise ResourceCodeTaken(f"编号 {resource.code} 已用于另一类资源，每个编号只用一次。请换一个。")
        _need_right(held.resource, asking)
        _need_right(resource, asking)
        _need_organisation(session, resource)
        resource = settled(resource, held.resource)
        if not differing(held.resource, resource) and held.removed_at is None:
            return "same"
        self._note(session, held, resource, Deed(CHANGED, why, asking))
        return "changed"

    def _add(self, session: Session, resource: Resource, why: str, asking: Asking) -> None:
        _need_organisation(session, resource)
        _need_right(resource, asking)
        if store.find_locked(session, resource.code) is not None:
            raise ResourceCodeTaken(f"编号 {resource.code} 已经用过，每个编号只用一次。请换一个。")
        store.add(session, resource, asking=asking, reason=why, srid=self.plane.srid)

    def _note(
        self,
        session: Session,
        held: store.LockedResource,
        after: Resource,
        deed: Deed,
        *,
        removed_at: datetime | None = None,
    ) -> None:
        store.change(
            session,
            held,
            after,
            removed_at=removed_at,
            action=deed.action,
            body=differing(held.resource, after),
            asking=deed.asking,
            reason=deed.why,
            srid=self.plane.srid,
        )


def settled(resource: Resource, before: Resource) -> Resource:
    """The resource where it stood before, when that is its place as forms and files write it: in degrees of
    seven digits."""
    here, there = resource.point, before.point
    if here is None or there is None:
        return resource
    moved_m = hypot(here.easting_m - there.easting_m, here.northing_m - there.northing_m)
    return resource if moved_m > SAME_PLACE_M else replace(resource, point=there)


def _hold(
    session: Session, code: str, seen_revision: int, asking: Asking, *, is_removed: bool = False
) -> store.LockedResource:
    held = store.lock(session, code)
    _need_right(held.resource, asking)
    if held.revision != seen_revision:
        raise StaleResource("这项资源在您打开页面之后有了变动，没有写入。请刷新后再试。")
    if (held.removed_at is not None) != is_removed:
        told = "这项资源没有被移除，不用撤销。" if is_removed else "这项资源已被移除。请先撤销移除。"
        raise ResourceRemoved(told)
    return held


def _tidied(resource: Resource, asking: Asking) -> Resource:
    point = resource.point
    if point is not None:
        point = PlanePoint(to_grain(point.easting_m), to_grain(point.northing_m))
    return replace(checked(resource, today=city_time(asking.at).date()), point=point)


def _need_right(resource: Resource, asking: Asking) -> None:
    need_keeper(asking.role, asking.organisation_code, resource.organisation_code)


def _need_organisation(session: Session, resource: Resource) -> None:
    if find_organisation(session, resource.organisation_code.replace("\x00", "")) is None:
        raise BadResource("没有这个所属单位，请从列表中选择。", field="organisation_code")


def _need_reason(words: str) -> str:
    said = words.strip()
    if not said:
        raise ResourceReasonMissing("请写明理由，它会留在履历里。")
    if len(said) > LONGEST_REASON:
        raise ResourceReasonMissing(f"理由最多 {LONGEST_REASON} 字，请缩短。")
    return said
