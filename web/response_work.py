"""What pages do to plans and responses: from the fields of a form to an operation, in the right post."""

import re
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData, UploadFile

from cases.rules.deciding import Asking
from emergency.response.operations import Choice
from emergency.rules.plans.document import NEXT_STATES, PlanState
from emergency.rules.plans.posts import written_in_full
from emergency.rules.responding import WORKS_OUTSIDE, BadResponse, Stated
from gis_core.errors import Refused
from web.accounts.guards import asking
from web.accounts.people import Person
from web.forms import parse
from web.sent_photos import SentPhoto, store_photos
from web.uploads import Malformed
from web.wiring import Wiring

COMMANDS = ("commander", "duty_officer")
"""Posts that see the board's forms; what each may do stands in the tables of the rules."""
KEEPS_PLANS = ("commander", "duty_officer")
APPROVES_PLANS = ("commander",)
LEVEL_FIELD = "level_"
VERSION_ID = re.compile(r"[0-9]{1,18}")
MOST_PLANS = 10
MOST_BYTES = 4_000_000


class NotAPlanFile(Malformed):
    """The form brought neither a file nor words, or a file that is no text."""

    code = "not_a_plan_file"


class CommanderApproves(Refused):
    """Another post approves plans."""

    code = "commander_approves_plans"


class ResponseSent(BaseModel):
    """The fields of activating, changing and standing down."""

    model_config = ConfigDict(extra="ignore")

    revision: int = Field(0, ge=0, lt=2**31, title="页面版本")
    commander: str = Field("", max_length=40, title="总指挥")
    matter: str = Field("", max_length=2_000, title="响应事项")
    expected_hours: float = Field(0, ge=0, le=24 * 365, allow_inf_nan=False, title="预计持续时间")
    measures: str = Field("", max_length=2_000, title="采取的措施")
    evidence: str = Field("", max_length=2_000, title="依据")
    why: str = Field("", max_length=2_000, title="理由")

    def stated(self) -> Stated:
        """What must be stated on activation."""
        return Stated(self.matter, self.expected_hours, self.measures, self.evidence)


class TaskSent(BaseModel):
    """The fields of a step of a task."""

    model_config = ConfigDict(extra="ignore")

    state: str = Field("", max_length=12, title="任务状态")
    words: str = Field("", max_length=1_000, title="说明")
    post: str = Field("", max_length=40, title="改派给")
    client_id: UUID | None = Field(None, title="编号")


def choice_of(fields: Mapping[str, object], commander: str = "") -> Choice:
    """Plans with their levels as a form or an address gives them.

    :raises Malformed: when a field is no version or no level.
    """
    levels: dict[int, int] = {}
    for name, value in fields.items():
        if name.startswith(LEVEL_FIELD) and value:
            number = name.removeprefix(LEVEL_FIELD)
            if not VERSION_ID.fullmatch(number) or value not in ("1", "2", "3", "4"):
                raise Malformed("请从列表中选择预案和响应级别。")
            levels[int(number)] = int(str(value))
    if len(levels) > MOST_PLANS:
        raise Malformed(f"一次最多启动 {MOST_PLANS} 个预案。")
    return Choice(levels, commander or None)


def activate(wiring: Wiring, person: Person, incident_no: str, form: FormData) -> int:
    """Activate plans as the form says; how many tasks were given out."""
    sent = parse(ResponseSent, form)
    return wiring.responses.activate(
        incident_no,
        choice_of(form, sent.commander),
        sent.stated(),
        _as_commander(wiring, person),
        seen_revision=sent.revision,
    )


def change(wiring: Wiring, person: Person, incident_no: str, form: FormData) -> None:
    """Raise, lower, add or end plans as the form says."""
    sent = parse(ResponseSent, form)
    choice = choice_of(form, sent.commander)
    wiring.responses.change(
        incident_no, choice, sent.why, _as_commander(wiring, person), seen_revision=sent.revision
    )


def stand_down(wiring: Wiring, person: Person, incident_no: str, form: FormData) -> None:
    """Stand the response down."""
    sent = parse(ResponseSent, form)
    wiring.responses.stand_down(
        incident_no, sent.why, _as_commander(wiring, person), seen_revision=sent.revision
    )


def take_task_step(wiring: Wiring, person: Person, task_id: int, action: str, form: FormData) -> None:
    """Take a step of a task as its form gives it."""
    sent = parse(TaskSent, form)
    role = person.acting_as(*COMMANDS, *WORKS_OUTSIDE)
    who = asking(person, role, at=wiring.clock.now())
    wiring.responses.take_task(
        task_id, action, sent.words, who, seen_state=sent.state, post=_post(sent.post.strip())
    )


def task_step_of(task_id: int, action: str) -> Callable[[Wiring, Person, str, FormData], None]:
    """A step of one task, as pages of an incident do it."""

    def work(wiring: Wiring, person: Person, _: str, form: FormData) -> None:
        take_task_step(wiring, person, task_id, action, form)

    return work


def take_outside_step(  # noqa: PLR0917  # a step with who took it and what was photographed
    wiring: Wiring,
    person: Person,
    task_id: int,
    action: str,
    form: FormData,
    photos: Sequence[SentPhoto],
) -> None:
    """Take a step that a phone sends, maybe hours later, under a number of its own."""
    sent = parse(TaskSent, form)
    who = asking(person, person.acting_as(*WORKS_OUTSIDE), at=wiring.clock.now())
    kept = store_photos(wiring.photos, photos)
    wiring.responses.take_task(
        task_id, action, sent.words, who, seen_state=None, client_id=sent.client_id, photos=kept
    )


def import_plan(wiring: Wiring, person: Person, form: FormData) -> str:
    """Keep the plan file of a form as a draft; answers its code."""
    file = form.get("file")
    who = asking(person, person.acting_as(*KEEPS_PLANS), at=wiring.clock.now())
    if not isinstance(file, UploadFile) or not file.filename:
        raise NotAPlanFile("请选择要导入的预案文件（YAML）。", fields=["file"])
    try:
        told = file.file.read(MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise NotAPlanFile("预案文件应是 UTF-8 编码的文本。请另存后再导入。", fields=["file"]) from problem
    return wiring.responses.import_plan(told, file.filename[:80], who)


def move_plan(wiring: Wiring, person: Person, code: str, version: str, to: str) -> None:
    """Move a version of a plan to its next state; approving and retiring is the commander's."""
    state: PlanState | None = next((one for one in _STATES if one == to), None)
    if state is None or to not in NEXT_STATES:
        raise Malformed("没有这一步。请刷新页面后重试。")
    if state in ("approved", "retired") and not person.may_act_as(*APPROVES_PLANS):
        raise CommanderApproves("批准和废止预案由指挥长办理，您的岗位不能办理。")
    who = asking(person, person.acting_as(*KEEPS_PLANS), at=wiring.clock.now())
    wiring.responses.move_plan(code, version, state, who)


_STATES: tuple[PlanState, ...] = ("draft", "review", "approved", "retired")


def _as_commander(wiring: Wiring, person: Person) -> Asking:
    return asking(person, person.acting_as(*COMMANDS), at=wiring.clock.now())


def _post(words: str) -> str | None:
    if not words:
        return None
    try:
        return written_in_full(words)
    except ValueError as problem:
        raise BadResponse("请从列表中选择改派给哪个单位。", field="post") from problem
