"""Kinds of events as data (`data/catalogue/warning_events.yaml`): codes, names, categories, lives.

Each says how sure it is: sourced, recalled or assumed. A code that is not listed is still understood by its
beginning.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from emergency.cap.messages import Category, Named, Severity
from emergency.rules.levels import WarningLevel
from grid.city import read_data

EVENTS_FILE: Final = "warning_events.yaml"
CodeStatus = Literal["sourced", "recalled", "assumed"]
Hours = Annotated[int, Field(ge=1, le=720)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EventClass(_Data):
    """What the beginning of a code says."""

    name: str = Field(alias="class")
    category: Category
    status: CodeStatus
    source: str


class EventKind(_Data):
    """A kind of events."""

    name: str
    category: Category
    life_h: Hours
    status: CodeStatus
    source: str


class AssumedHours(_Data):
    """Hours that no source gives."""

    value: Hours
    status: Literal["assumed"]


class WeatherService(_Data):
    """Two-digit codes of weather services."""

    source: str
    status: CodeStatus
    types: Mapping[str, str]
    levels: Mapping[str, WarningLevel]


class ColourSeverity(_Data):
    """The severity of a colour."""

    severity: Severity
    status: CodeStatus
    source: str


class Methods(_Data):
    """Ways of publishing."""

    source: str
    status: CodeStatus
    names: Mapping[str, str]


class EventKinds(_Data):
    """The file."""

    version: str
    code_name: str
    prefixes: Mapping[str, EventClass]
    events: Mapping[str, EventKind]
    default_life_h: AssumedHours
    weather_service: WeatherService
    severities: Mapping[WarningLevel, ColourSeverity]
    methods: Methods

    def kind_of(self, code: str) -> "Understood":
        """What a code means, by itself or by its beginning."""
        kind, beginning = self.events.get(code), self.prefixes.get(code[:2])
        if kind:
            return Understood(kind.name, kind.category, timedelta(hours=kind.life_h), kind.status)
        life = timedelta(hours=self.default_life_h.value)
        if beginning:
            return Understood(beginning.name, beginning.category, life, "assumed")
        return Understood("突发事件", Category.OTHER, life, "assumed")

    def code_of(self, name: str) -> str | None:
        """The code of a kind of events by its name; None for one that is not listed."""
        return next((code for code, kind in self.events.items() if kind.name == name), None)

    def severity_of(self, level: WarningLevel) -> Severity:
        """The severity of CAP for a colour."""
        return self.severities[level].severity

    def event_code(self, code: str) -> Named:
        """The event code of a message."""
        return Named(self.code_name, code)

    def weather(self, code: str) -> tuple[str, WarningLevel] | None:
        """Event and colour of a four-digit code of a weather service; None for what is none."""
        name = self.weather_service.types.get(code[:2])
        level = self.weather_service.levels.get(code[2:])
        return (name, level) if name and level else None


@dataclass(frozen=True, slots=True)
class Understood:
    """What a code means and how sure that is."""

    name: str
    category: Category
    life: timedelta
    status: CodeStatus


def load_event_kinds(folder: Path) -> EventKinds:
    """The kinds of events of a catalogue's folder; raises BadCityData."""
    return read_data(folder / EVENTS_FILE, EventKinds)
