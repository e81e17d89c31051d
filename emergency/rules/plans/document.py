"""The plan document: chapters as officials write them beside the structure that the system works with."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from emergency.rules.plans.conditions import Colour, Condition, SensorStanding, Status
from emergency.rules.plans.posts import written_in_full

PlanKind = Literal["overall", "special", "departmental"]
KIND_NAMES: dict[str, str] = {"overall": "总体预案", "special": "专项预案", "departmental": "部门预案"}

PlanState = Literal["draft", "review", "approved", "retired"]
STATE_NAMES: dict[str, str] = {"draft": "起草", "review": "审查", "approved": "已批准", "retired": "已废止"}
NEXT_STATES: dict[str, tuple[str, ...]] = {
    "draft": ("review",),
    "review": ("draft", "approved"),
    "approved": ("retired",),
    "retired": (),
}
"""A version moves so and no other way; an approved version is changed by a new version only."""

IncidentClass = Literal["natural", "accident", "health", "security"]
CLASS_NAMES: dict[str, str] = {
    "natural": "自然灾害", "accident": "事故灾难", "health": "公共卫生事件", "security": "社会安全事件",
}  # fmt: skip

ResponseLevel = Literal[1, 2, 3, 4]
LEVELS: tuple[ResponseLevel, ...] = (1, 2, 3, 4)
"""Response levels (响应级别, law Art. 71), the highest first."""
RESPONSE_NAMES: dict[int, str] = {1: "一级响应", 2: "二级响应", 3: "三级响应", 4: "四级响应"}

Evidence = Literal["photo", "report", "none"]
EVIDENCE_NAMES: dict[str, str] = {"photo": "现场照片", "report": "书面报告", "none": "不要求"}

PlaceKind = Literal["incident", "effect_area", "affected_areas", "headquarters", "own_seat", "named"]
PLACE_NAMES: dict[str, str] = {
    "incident": "事发现场", "effect_area": "影响范围内", "affected_areas": "受影响的镇街",
    "headquarters": "指挥部", "own_seat": "本单位", "named": "指定地点",
}  # fmt: skip

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
Post = Annotated[str, AfterValidator(written_in_full)]
LawReference = Annotated[str, Field(pattern=r"^[A-Z0-9]+(:[0-9]+)?$")]
"""A key of the plan's legal basis and an article of it: `ERL:73`."""
Minutes = Annotated[int, Field(ge=0, le=60 * 24 * 60)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Sourced(_Data):
    """Something that says how sure it is; without a word of its own it is as sure as the whole plan."""

    status: Status | None = None
    source: str | None = None


class LegalBasis(_Data):
    """A law, rule or plan that the plan rests on."""

    key: str = Field(pattern=r"^[A-Z0-9]+$")
    name: Line
    version: str | None = None
    status: Status
    source: str | None = None


class Section(_Data):
    """A section of a chapter, such as 应急处置 of 运行机制."""

    code: Key
    title: Line
    text: Text


class Chapter(_Data):
    """A chapter with its text, its sections, or both."""

    code: Key
    title: Line
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)] = ""
    sections: tuple[Section, ...] = ()


class Command(_Data):
    """Who leads: the commander, deputies, member bodies and the office that does the daily work."""

    name: Line
    commander: Post
    deputies: tuple[Post, ...] = ()
    office: Post
    members: tuple[Post, ...] = ()


class ReportRule(Sourced):
    """Clocks of reporting upward at a level; None where nothing is fixed."""

    to: tuple[Line, ...] = Field(min_length=1)
    phone_min: Minutes | None = None
    written_min: Minutes | None = None
    follow_up_hours: float | None = Field(default=None, gt=0)
    final_hours: float | None = Field(default=None, gt=0)


class Level(Sourced):
    """A response level: when it is proposed, who activates it, who is told, what is done at once.

    Matter, level, expected duration and measures must be stated on activation (law Art. 72).
    `trigger` None: only a person proposes this level. `commander` None: the plan's commander.
    """

    level: ResponseLevel
    trigger: Condition | None
    activator: Post
    commander: Post | None = None
    notify: tuple[Post, ...] = ()
    inform: tuple[Line, ...] = ()
    report: ReportRule
    expected_hours: float = Field(gt=0, le=24 * 365)
    measures: tuple[Line, ...] = Field(min_length=1)


class Group(_Data):
    """A working group; groups of several plans with the same `role` become one on activation."""

    code: Key
    role: Key
    name: Line
    lead: Post
    members: tuple[Post, ...] = ()
    level_from: ResponseLevel = 4
    duties: Line


class ResourceDemand(_Data):
    """So much of a kind of resource; what is `reusable` comes back, the rest is used up."""

    kind: Key
    name: Line
    quantity: float = Field(gt=0, allow_inf_nan=False)
    unit: Line
    reusable: bool = True


class PlaceRule(_Data):
    """Where a task is done; `named` says which place."""

    at: PlaceKind
    named: Line | None = None
    area: str | None = None


class Task(Sourced):
    """A task: from which level up, by whom, until when, after what, with what, where, proved how.

    `level_from` 3 means at levels 3, 2 and 1. `post` None: the lead of the group. `takes_min` is how
    long it takes once begun, `due_offset_min` when it must be done, both in minutes, the second from
    the activation. Tasks with the same `family` in several plans are one on activation.
    """

    code: Key
    level_from: ResponseLevel
    group: Key
    post: Post | None = None
    text: Line
    takes_min: Minutes
    due_offset_min: Minutes
    depends_on: tuple[Key, ...] = ()
    resources: tuple[ResourceDemand, ...] = ()
    place: PlaceRule
    evidence: Evidence = "report"
    law: tuple[LawReference, ...] = ()
    family: Key | None = None


class Termination(_Data):
    """When the response ends and who says so (law Art. 86)."""

    condition: Line
    authority: Post
    law: tuple[LawReference, ...] = ()


class GivenSensor(_Data):
    """So many sensors of a kind in an area that stand so."""

    kind: Line
    area: str
    standing: SensorStanding = "alarm"
    count: int = Field(default=1, ge=1, le=1000)


class GivenCases(_Data):
    """So many cases of a type in an area, reported so many hours ago."""

    type_code: str
    area: str
    count: int = Field(ge=1, le=10_000)
    hours_ago: float = Field(default=0.5, ge=0)


class Given(_Data):
    """What a plan's own test supposes; what it does not mention is unknown.

    `rain_mm`: area → hours → mm. `warnings` or `cases` left out: not heard; empty: heard, there are none.
    A None as a reading is a gauge that is silent. Without an incident there is no level and no figure of it.
    """

    flow_m3_s: dict[str, float | None] = Field(default_factory=dict)
    stage_m: dict[str, float | None] = Field(default_factory=dict)
    rain_mm: dict[str, dict[float, float]] = Field(default_factory=dict)
    warnings: dict[str, Colour] | None = None
    sensors: tuple[GivenSensor, ...] = ()
    cases: tuple[GivenCases, ...] | None = None
    figures: dict[str, float] = Field(default_factory=dict)
    event_level: Literal[1, 2, 3, 4] | None = None
    has_incident: bool = True


class Expected(_Data):
    """What must come of it; None as the level means that no level is proposed."""

    level: ResponseLevel | None
    tasks: tuple[Key, ...] = ()
    without: tuple[Key, ...] = ()
    unknown: tuple[ResponseLevel, ...] | None = None
    alarms: tuple[str, ...] | None = None


class PlanTest(_Data):
    """An example that the plan must keep: given this, expect that."""

    name: Line
    given: Given
    expect: Expected


class Plan(_Data):
    """A version of a plan. Values without a status of their own have the plan's."""

    code: Key
    name: Line
    kind: PlanKind
    classes: tuple[IncidentClass, ...] = Field(min_length=1)
    hazards: tuple[Line, ...] = Field(min_length=1)
    area: str
    owner: Post | None = None
    version: str = Field(pattern=r"^\d+(\.\d+){0,2}$")
    state: PlanState = "draft"
    effective_from: date | None = None
    review_due: date | None = None
    parent: Key | None = None
    holder: Literal["government", "high_risk_unit"] = "government"
    is_sample: bool = False
    status: Status
    source: Line
    legal_basis: tuple[LegalBasis, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    command: Command
    levels: tuple[Level, ...] = ()
    groups: tuple[Group, ...] = ()
    tasks: tuple[Task, ...] = ()
    termination: Termination | None = None
    tests: tuple[PlanTest, ...] = ()

    def find_level(self, level: int) -> Level | None:
        """The level's structure; None when the plan does not have it."""
        return next((one for one in self.levels if one.level == level), None)

    def tasks_at(self, level: int) -> tuple[Task, ...]:
        """The tasks that are to be done at a level, in the plan's order."""
        return tuple(task for task in self.tasks if level <= task.level_from)

    def law_words(self, reference: str) -> str:
        """A reference as people read it: 突发事件应对法第73条; the key itself when it is not known."""
        key, _, article = reference.partition(":")
        name = next((basis.name for basis in self.legal_basis if basis.key == key), key)
        return f"《{name}》第{article}条" if article else f"《{name}》"
