"""The life of a resource in words: what was done, by whom, why, and what was before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emergency.resources.facts import ACTION_NAMES, FIELD_NAMES
from emergency.resources.reading import ResourceFact
from emergency.rules.resource_cells import YES, fields_of, written
from emergency.rules.resources import DETAILS, READINESS_NAMES, STATUS_NAMES, ResourceKind
from gis_core.crs import PlaneSystem
from gis_core.places import PlanePoint

BOTH = ("before", "after")


@dataclass(frozen=True, slots=True)
class ResourceLine:
    """One thing in the life of a resource."""

    at: datetime
    title: str
    by: str
    words: str
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class LifeTeller:
    """Tells lives; `organisations` are names by code."""

    plane: PlaneSystem
    organisations: Mapping[str, str]

    def tell(self, facts: Sequence[ResourceFact], kind: ResourceKind) -> tuple[ResourceLine, ...]:
        """The life of a resource, the newest first."""
        return tuple(self._line(fact, kind) for fact in reversed(facts))

    def _line(self, fact: ResourceFact, kind: ResourceKind) -> ResourceLine:
        changes = [
            (FIELD_NAMES[key], self._value(key, both["before"]), self._value(key, both["after"]))
            for key, both in fact.body.items()
            if key in FIELD_NAMES
        ]
        details = fact.body.get("details", {})
        for field in fields_of(DETAILS[kind]):
            if field.key in details:
                before, after = (_detail(kind, field.key, details[field.key][one]) for one in BOTH)
                changes.append((field.title, before, after))
        title = ACTION_NAMES.get(fact.action, fact.action)
        return ResourceLine(fact.at, title, fact.by_name, fact.reason, tuple(changes))

    def _value(self, key: str, value: Any) -> str:
        if value in (None, "", False):
            return "–"
        if key == "place":
            place = self.plane.to_lonlat(PlanePoint(*value))
            return f"{place.lon_deg:.6f}, {place.lat_deg:.6f}"
        named: Mapping[str, Mapping[Any, str]] = {
            "readiness": READINESS_NAMES,
            "status": STATUS_NAMES,
            "organisation_code": self.organisations,
        }
        return YES if value is True else named.get(key, {}).get(value, str(value))


def _detail(kind: ResourceKind, key: str, value: Any) -> str:
    """A detail of a fact, as its field writes it: it is read alone, for a fact has only what changed."""
    model = DETAILS[kind]
    field = next(one for one in fields_of(model) if one.key == key)
    read = model.__pydantic_validator__.validate_assignment(model.model_construct(), key, value)
    return written(field, getattr(read, key)) or "–"
