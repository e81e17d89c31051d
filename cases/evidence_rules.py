"""The city's rules of evidence from the street, read from its data folder."""

from datetime import date
from pathlib import Path
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from cases.rules.angles import AngleRule, IfOff
from cases.rules.field_rules import ASKS_NOTHING, FieldRules
from cases.rules.on_site import Fence, Fences, IfUnknown
from cases.rules.shots import ShotLevel, ShotRule
from grid.city import City, read_data
from grid.dated import DatedValue

EVIDENCE_FILE = "evidence.yaml"
ShotStep = Literal["report", "self_handle", "reply_verification", "reply_recheck", "finish", "make_safe"]
FenceStep = Literal["self_handle", "reply_verification", "reply_recheck", "finish", "make_safe"]
Word = TypeVar("Word", bound=str)
TypeCode = Annotated[str, Field(pattern=r"^\d{2}(\d{3})?$")]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DatedWord(_Data, Generic[Word]):
    """A choice of the city with its source and the days from which it holds."""

    in_force: dict[date, Word] = Field(min_length=1)
    status: str
    source: str

    def word_on(self, on: date) -> Word | None:
        """The word in force on a day; None for days before the first."""
        days = [day for day in self.in_force if day <= on]
        return self.in_force[max(days)] if days else None


class ShotRow(DatedWord[ShotLevel]):
    """For which steps, kinds and types near and far pictures are asked; no types are all of them."""

    name: str
    steps: tuple[ShotStep, ...] = Field(min_length=1)
    kinds: tuple[Literal["component", "matter"], ...] = ("component", "matter")
    types: tuple[TypeCode, ...] = ()


class AngleRows(_Data):
    """How far directions may differ, what becomes of more, and where the needle points."""

    tolerance: DatedValue
    if_off: DatedWord[IfOff]
    declination: DatedValue


class FenceRow(_Data):
    """The fence of a step."""

    within: DatedValue
    if_unknown: DatedWord[IfUnknown]


class FenceRows(_Data):
    """Fences by step, and how accurate a position must be to count."""

    most_accuracy: DatedValue
    steps: dict[FenceStep, FenceRow]


class EvidenceFile(_Data):
    """`evidence.yaml` of a city."""

    version: str
    near_and_far: tuple[ShotRow, ...]
    same_angle: AngleRows
    on_site: FenceRows


def load_field_rules(city: City, on: date) -> FieldRules:
    """The rules in force on a day; a city without the file asks nothing. Raises BadCityData."""
    path = city.folder / EVIDENCE_FILE
    return _rules_on(_read(path), on) if path.is_file() else ASKS_NOTHING


def _read(path: Path) -> EvidenceFile:
    return read_data(path, EvidenceFile)


def _rules_on(data: EvidenceFile, on: date) -> FieldRules:
    angle = data.same_angle
    return FieldRules(
        version=data.version,
        shots=tuple(
            ShotRule(row.steps, row.kinds, row.types, row.word_on(on) or "none") for row in data.near_and_far
        ),
        angle=AngleRule(
            within_deg=angle.tolerance.value_on(on),
            if_off=angle.if_off.word_on(on) or "warn",
            declination_deg=angle.declination.value_on(on),
        ),
        fences=Fences(
            steps={
                step: Fence(row.within.value_on(on), row.if_unknown.word_on(on) or "warn")
                for step, row in data.on_site.steps.items()
            },
            most_accuracy_m=data.on_site.most_accuracy.value_on(on),
        ),
    )
