"""Kinds and level criteria of incidents and the city's rules of reporting, read from data folders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from emergency.rules.levels import ClassCode, Criterion, EventLevel, Status
from emergency.rules.reporting import (
    Channel,
    Escalation,
    From,
    Kind,
    ReportRule,
    ReportRules,
    in_force_on,
)
from gis_core.errors import BadInput
from grid.city import City, read_data

KINDS_FILE, CRITERIA_FILE, REPORTING_FILE = (
    "incident_kinds.yaml",
    "level_criteria.yaml",
    "incident_reporting.yaml",
)


class NoSuchKind(BadInput):
    """A kind of incident that the data do not know."""

    code = "no_such_incident_kind"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ClassData(_Data):
    """One of the law's four classes."""

    code: ClassCode
    name: str
    name_en: str
    gb_prefix: str
    has_level: bool
    status: Status


class KindData(_Data):
    """A kind of incident under a class."""

    code: str
    class_code: ClassCode = Field(alias="class")
    name: str
    name_en: str
    status: Status
    hazards: tuple[str, ...] = ()
    """What warnings, plans and sensors call it."""


class KindsFile(_Data):
    """`incident_kinds.yaml`."""

    version: str
    source: str
    classes: tuple[ClassData, ...]
    kinds: tuple[KindData, ...]


class CriterionData(_Data):
    """Numbers from which on an incident is of a level."""

    name: str
    classes: tuple[ClassCode, ...]
    source: str
    status: Status
    dead: dict[int, int]
    seriously_injured: dict[int, int]
    loss_yuan: dict[int, int]


class CriteriaFile(_Data):
    """`level_criteria.yaml`."""

    version: str
    criteria: tuple[CriterionData, ...]


class RuleData(_Data):
    """A rule of reporting with the days from which it holds, or no longer."""

    code: str
    name: str
    kind: Kind
    counted_from: From = Field("occurrence", alias="from")
    limit_min: int = Field(0, ge=0)
    every_min: int | None = Field(None, ge=1)
    levels: tuple[Literal[1, 2, 3, 4, "none"], ...]
    sensitive: bool = False
    classes: tuple[ClassCode, ...] = ()
    sender: str
    receiver: str
    channel: Channel
    in_force: dict[date, bool]
    status: Status
    source: str

    def holds_on(self, on: date) -> bool:
        """Whether the rule is in force on a day."""
        return in_force_on(self.in_force, on) and self.in_force[max(d for d in self.in_force if d <= on)]


class EscalationData(_Data):
    """Who is told before a deadline."""

    before_min: int = Field(ge=0)
    roles: tuple[str, ...]
    status: Status
    source: str


class ReportingFile(_Data):
    """`incident_reporting.yaml`."""

    version: str
    rules: tuple[RuleData, ...]
    escalation: tuple[EscalationData, ...]


@dataclass(frozen=True, slots=True)
class IncidentBook:
    """What a city knows of incidents: kinds, criteria, rules of reporting."""

    classes: Mapping[str, ClassData]
    kinds: Mapping[str, KindData]
    criteria: tuple[Criterion, ...]
    _reporting: ReportingFile
    _on: dict[date, ReportRules] = field(default_factory=dict)

    def get_kind(self, code: str) -> KindData:
        """A kind by its code.

        :raises NoSuchKind: when there is none.
        """
        if code not in self.kinds:
            raise NoSuchKind("没有这种突发事件类型，请从列表中选择。", field="kind_code")
        return self.kinds[code]

    def find_kind_of(self, hazard: str) -> str:
        """The code of the kind that warnings, plans or sensors call so; empty when none is known."""
        known = (one for one in self.kinds.values() if hazard == one.name or hazard in one.hazards)
        return next((one.code for one in known), "")

    def reporting_on(self, on: date) -> ReportRules:
        """The rules of reporting in force on a day."""
        if on not in self._on:
            data = self._reporting
            self._on[on] = ReportRules(
                data.version,
                tuple(_rule(one) for one in data.rules if one.holds_on(on)),
                tuple(Escalation(one.before_min, one.roles) for one in data.escalation),
            )
        return self._on[on]


def load_incident_book(city: City, nation: Path) -> IncidentBook:
    """What the nation's folder and the city's say of incidents; `nation` is the folder of the country's data.

    :raises BadCityData: naming file and key.
    """
    folder = nation / "emergency"
    kinds = read_data(folder / KINDS_FILE, KindsFile)
    criteria = read_data(folder / CRITERIA_FILE, CriteriaFile)
    path = city.folder / REPORTING_FILE
    reporting = (
        read_data(path, ReportingFile)
        if path.is_file()
        else ReportingFile(version="none", rules=(), escalation=())
    )
    return IncidentBook(
        classes={one.code: one for one in kinds.classes},
        kinds={one.code: one for one in kinds.kinds},
        criteria=tuple(Criterion(**one.model_dump()) for one in criteria.criteria),
        _reporting=reporting,
    )


def _rule(data: RuleData) -> ReportRule:
    return ReportRule(
        code=data.code,
        name=data.name,
        kind=data.kind,
        counted_from=data.counted_from,
        limit_min=data.limit_min,
        every_min=data.every_min,
        levels=frozenset(None if one == "none" else EventLevel(one) for one in data.levels),
        holds_for_sensitive=data.sensitive,
        classes=frozenset(data.classes),
        sender=data.sender,
        receiver=data.receiver,
        channel=data.channel,
        status=data.status,
        source=data.source,
    )
