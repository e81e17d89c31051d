"""What law and practice ask of plans, read from data: chapters, contents, reviews, drills, what follows."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from emergency.rules.plans.conditions import Status
from emergency.rules.plans.document import Key, Line, PlanKind

Months = Annotated[int, Field(gt=0, le=240)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Asked(_Data):
    code: Key
    name: Line
    status: Status
    source: Line


class RequiredPart(_Data):
    """A chapter or section by code and its usual title."""

    code: Key
    name: Line


class RequiredChapter(RequiredPart):
    """A chapter with the sections it must have."""

    sections: tuple[RequiredPart, ...] = ()


class Chapters(_Data):
    """The usual chapters."""

    status: Status
    source: Line
    required: tuple[RequiredChapter, ...]


class LawElement(_Asked):
    """Something the law wants a plan to contain, and the chapters or sections in which it is looked for."""

    found_in: tuple[Key, ...] = Field(min_length=1)


class ReviewTrigger(_Asked):
    """A happening after which a plan must be revised."""


class ReviewCycle(_Asked):
    """A plan is looked through every so many months."""

    every_months: Months


class DrillCycle(_Asked):
    """Plans of these kinds, or of these holders, are practised every so many months."""

    every_months: Months
    kinds: tuple[PlanKind, ...]
    holder: Literal["government", "high_risk_unit"]


class FollowUp(_Asked):
    """Something that must be done after the response has ended."""


class PlanRules(_Data):
    """`plan_rules.yaml`."""

    version: str
    chapters: Chapters
    elements: tuple[LawElement, ...]
    review: ReviewCycle
    review_triggers: tuple[ReviewTrigger, ...]
    drills: tuple[DrillCycle, ...]
    follow_ups: tuple[FollowUp, ...]
