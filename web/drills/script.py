"""The script of a drill: injects by time, each with what it rests on."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from emergency.rules.plans.conditions import Status
from emergency.rules.readings import Measure
from gis_core.errors import BadInput
from grid.city import City, read_data

FOLDER = "drills"
NAME = re.compile(r"[a-z0-9_]{1,60}")


class NoSuchDrill(BadInput):
    """There is no script of that name."""

    code = "no_such_drill"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _as_offset(value: object) -> object:
    """How long after the beginning, written as hours and minutes: 26:30."""
    hours, _, minutes = str(value).partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and int(minutes) < 60):  # of an hour
        raise ValueError(f"时刻应写成“时:分”，不是 {value}")
    return timedelta(hours=int(hours), minutes=int(minutes))


Offset = Annotated[timedelta, BeforeValidator(_as_offset)]
Fields = Annotated[
    Mapping[str, str | int | float],
    AfterValidator(lambda fields: {name: str(value) for name, value in fields.items()}),
]
Post = Literal["duty_officer", "commander", "operator"]


class ReadingData(_Data):
    """What an instrument says; rain of so many minutes, said so many minutes ago."""

    instrument: str
    measure: Measure
    value: float | str
    minutes: int | None = None
    ago_min: int = 0


class _Inject(_Data):
    at: Offset
    say: str
    status: Status
    source: str = ""

    @model_validator(mode="after")
    def _names_its_source(self) -> Self:
        if self.status == "sourced" and not self.source:
            raise ValueError(f"“{self.say}”写明有出处，却没有写出处")
        return self


class Readings(_Inject):
    """Instruments speak."""

    do: Literal["readings"]
    readings: tuple[ReadingData, ...] = Field(min_length=1)


class Call(_Inject):
    """Somebody calls: the duty desk opens the incident, or notes another call."""

    do: Literal["call"]
    fields: Fields


class Act(_Inject):
    """A step of the incident on its page."""

    do: Literal["act"]
    by: Post
    action: str
    fields: Fields = {}


class Warn(_Inject):
    """A warning is published as an exercise."""

    do: Literal["warn"]
    fields: Fields


class Report(_Inject):
    """Reports of citizens, flagged as samples."""

    do: Literal["report"]
    type_code: str
    places: tuple[tuple[float, float], ...] = Field(min_length=1)


class Respond(_Inject):
    """Plans are activated, or their levels changed."""

    do: Literal["activate", "change"]
    plans: Mapping[str, Literal[1, 2, 3, 4]]
    fields: Fields


class Tasks(_Inject):
    """Departments take so many steps of their tasks, on their own page or by telephone."""

    do: Literal["tasks"]
    action: Literal["accept", "finish"]
    most: int = Field(ge=1)
    words: str = ""


class Close(_Inject):
    """Roads are closed for some hours: corners of a line or an area, longitude and latitude."""

    do: Literal["close"]
    name: str
    drawn: Literal["line", "area"]
    corners: tuple[tuple[float, float], ...] = Field(min_length=2)
    hours: float = Field(gt=0)


class StandDown(_Inject):
    """The response ends."""

    do: Literal["stand_down"]
    why: str


class Expect(_Inject):
    """What the pages must say by now: which level a plan proposes."""

    do: Literal["expect"]
    plan: str
    level: Literal[1, 2, 3, 4]


Inject = Annotated[
    Readings | Call | Act | Warn | Report | Respond | Tasks | Close | StandDown | Expect,
    Field(discriminator="do"),
]


class Fact(_Data):
    """What the scenario is taken from."""

    text: str
    status: Status
    source: str


class Script(_Data):
    """A drill: its name, its facts, its injects in the order of time."""

    name: str
    version: str
    status: Status
    source: str
    facts: tuple[Fact, ...] = ()
    injects: tuple[Inject, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        times = [one.at for one in self.injects]
        if times != sorted(times):
            raise ValueError("情景应按时间先后排列")
        return self


def load_script(city: City, name: str) -> Script:
    """A script of the city's folder by its name.

    :raises NoSuchDrill: when there is none; BadCityData when it cannot be read.
    """
    path = city.folder / FOLDER / f"{name}.yaml"
    if not NAME.fullmatch(name) or not path.is_file():
        known = "、".join(list_scripts(city.folder / FOLDER)) or "无"
        raise NoSuchDrill(f"没有名为 {name[:60]} 的演练脚本。可用的有：{known}。")
    return read_data(path, Script)


def list_scripts(folder: Path) -> list[str]:
    """The names of the scripts that there are."""
    return sorted(path.stem for path in folder.glob("*.yaml"))
