"""Facts of resources: what each says of before and after; names and numbers of contacts with stars."""

from collections.abc import Mapping
from typing import Any

from cases.rules.privacy import mask_name
from emergency.rules.resources import Resource
from grid.register.facts import content_of

__all__ = [
    "ACTION_NAMES", "ADDED", "CHANGED", "CHECKED", "CONFIRMED", "DESTROYED", "FIELD_NAMES", "REMOVED",
    "RESTORED", "content_of", "differing", "starred", "values_of",
]  # fmt: skip

ADDED, CHANGED, CHECKED, CONFIRMED = "added", "changed", "checked", "confirmed"
REMOVED, RESTORED, DESTROYED = "removed", "restored", "destroyed"
ACTION_NAMES: Mapping[str, str] = {
    ADDED: "新增", CHANGED: "变更", CHECKED: "检查", CONFIRMED: "确认联系方式", REMOVED: "移除",
    RESTORED: "撤销移除",
}  # fmt: skip
FIELD_NAMES: Mapping[str, str] = {
    "name": "名称", "organisation_code": "所属单位", "place": "位置", "place_text": "地点",
    "readiness": "状态", "readiness_since": "状态自", "checked_on": "检查日期", "contact_name": "联系人",
    "contact_phone": "联系电话", "contact_confirmed_on": "联系方式确认日期", "source": "来源",
    "status": "依据", "is_synthetic": "示意数据",
}  # fmt: skip
"""What facts say, by the words of pages; details have the titles of their kind."""


def starred(phone: str) -> str:
    """A number of which the last two digits are told.

    >>> starred("0917 3260119"), starred("")
    ('******19', '')
    """
    return f"******{phone[-2:]}" if phone else ""


def values_of(resource: Resource) -> dict[str, Any]:
    """What a resource is, as facts say it: the place in plane metres, days as ISO."""
    contact, point = resource.contact, resource.point
    return {
        "name": resource.name,
        "organisation_code": resource.organisation_code,
        "place": None if point is None else [point.easting_m, point.northing_m],
        "place_text": resource.place_text,
        "readiness": resource.readiness,
        "readiness_since": resource.readiness_since.isoformat(),
        "checked_on": resource.checked_on and resource.checked_on.isoformat(),
        "contact_name": mask_name(contact.name),
        "contact_phone": starred(contact.phone),
        "contact_confirmed_on": contact.confirmed_on and contact.confirmed_on.isoformat(),
        "source": resource.source,
        "status": resource.status,
        "is_synthetic": resource.is_synthetic,
        "details": resource.details.model_dump(mode="json"),
    }


def differing(before: Resource, after: Resource) -> dict[str, dict[str, Any]]:
    """Each thing that is different, before and after; details each by itself."""
    was, now = values_of(before), values_of(after)
    old, new = was.pop("details"), now.pop("details")
    found = {key: {"before": was[key], "after": now[key]} for key in now if was[key] != now[key]}
    for key, is_other in (
        ("contact_name", before.contact.name != after.contact.name),
        ("contact_phone", before.contact.phone != after.contact.phone),
    ):  # stars hide what is different
        if is_other:
            found[key] = {"before": was[key], "after": now[key]}
    details = {key: {"before": old.get(key), "after": new[key]} for key in new if old.get(key) != new[key]}
    return found | ({"details": details} if details else {})
