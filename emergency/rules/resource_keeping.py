"""Who keeps which resources, who sees telephone numbers, and what is overdue in a register."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from emergency.rules.resources import Resource, ResourceKind, Warehouse
from emergency.rules.sheltering.shelters import Status
from gis_core.errors import NotAllowed

KEEPS_ALL = ("duty_officer", "commander")
KEEPS_OWN = ("department",)
"""Posts that keep the registers: all of them, or what belongs to their own organisation."""
SEES_PHONES = ("duty_officer", "commander", "leader")
"""Posts that are shown the telephone numbers of all; a keeper of its own organisation's sees those too."""
FindingKind = Literal["check_overdue", "contact_stale", "no_contact", "goods_expired", "goods_expiring"]


class NotYourResource(NotAllowed):
    """The resource belongs to another organisation."""

    code = "not_your_resource"


class KeepingRules(BaseModel):
    """`resources.yaml` of a city: how often what is checked, and how long a contact holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    status: Status
    source: str
    check_every_days: Mapping[ResourceKind, int]
    contact_confirmed_within_days: int = Field(ge=1)
    goods_expiring_within_days: int = Field(ge=0)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something of a resource that somebody should look after, in a sentence."""

    kind: FindingKind
    sentence: str


def may_keep(role: str, own_code: str | None, organisation_code: str) -> bool:
    """Whether a post may change what belongs to an organisation."""
    return role in KEEPS_ALL or (role in KEEPS_OWN and own_code == organisation_code)


def need_keeper(role: str, own_code: str | None, organisation_code: str) -> None:
    """Refuse who may not.

    :raises NotYourResource: with who may.
    """
    if not may_keep(role, own_code, organisation_code):
        raise NotYourResource("部门只登记和维护本单位的应急资源，其他单位的请联系应急值班员。")


def find_overdue(resource: Resource, rules: KeepingRules, *, today: date) -> tuple[Finding, ...]:
    """What is overdue of a resource, the check first."""
    return (
        *_checks(resource, rules, today),
        *_contacts(resource, rules, today),
        *_goods(resource, rules, today),
    )


def _checks(resource: Resource, rules: KeepingRules, today: date) -> tuple[Finding, ...]:
    every = rules.check_every_days.get(resource.kind)
    if every is None:
        return ()
    if resource.checked_on is None:
        return (Finding("check_overdue", "从未检查"),)
    late = (today - resource.checked_on).days - every
    return (Finding("check_overdue", f"检查超期 {late} 天（每 {every} 天一次）"),) if late > 0 else ()


def _contacts(resource: Resource, rules: KeepingRules, today: date) -> tuple[Finding, ...]:
    if not resource.contact.phone:
        return (Finding("no_contact", "没有联系电话"),)
    confirmed = resource.contact.confirmed_on
    if confirmed is None:
        return (Finding("contact_stale", "联系方式从未确认"),)
    days = (today - confirmed).days
    if days <= rules.contact_confirmed_within_days:
        return ()
    return (Finding("contact_stale", f"联系方式已有 {days} 天未确认"),)


def _goods(resource: Resource, rules: KeepingRules, today: date) -> tuple[Finding, ...]:
    if not isinstance(resource.details, Warehouse):
        return ()
    found = []
    soon = today + timedelta(days=rules.goods_expiring_within_days)
    for line in resource.details.goods:
        if line.expires_on is None or line.expires_on > soon:
            continue
        if line.expires_on < today:
            found.append(Finding("goods_expired", f"{line.name}已于 {line.expires_on} 过期"))
        else:
            found.append(Finding("goods_expiring", f"{line.name}将于 {line.expires_on} 到期"))
    return tuple(found)
