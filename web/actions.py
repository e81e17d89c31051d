"""Steps of a case as forms and the API send them: from fields to a command, performed in the right post."""

from collections.abc import Sequence
from dataclasses import MISSING, fields
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from cases.rules.commands import COMMANDS, Command, Split
from cases.rules.deciding import Decision
from cases.rules.evidence import MOST_DESCRIPTION, StoredPhoto
from cases.rules.stages import TRANSITIONS
from gis_core.errors import NotFound
from gis_core.places import LonLat
from grid.rules.criteria import LIMIT_UNITS, Limit
from web.accounts.guards import asking
from web.accounts.people import Person
from web.forms import Day
from web.own_position import OwnPositionSent
from web.sent_photos import SentPhoto, store_photos
from web.uploads import Malformed
from web.wiring import Wiring

Code = Annotated[str, Field(max_length=24)]


class NoSuchAction(NotFound):
    """The workflow has no such step."""

    code = "no_such_action"


class ActionSent(OwnPositionSent):
    """The fields of any step; a step reads those it knows. `revision` is that of the page acted on."""

    model_config = ConfigDict(extra="ignore")

    revision: int = Field(ge=1, lt=2**31, title="页面版本")
    client_id: UUID | None = Field(None, title="编号")
    note: str = Field("", max_length=2000, title="说明")
    reason: str | None = Field(None, max_length=2000, title="理由")
    reason_code: str | None = Field(None, max_length=24, title="理由类别")
    text: str | None = Field(None, max_length=2000, title="说明")
    result: bool | None = Field(None, title="结果")
    inspector_id: int | None = Field(None, ge=1, lt=2**63, title="监督员")
    crew_id: int | None = Field(None, ge=1, lt=2**63, title="处置人员")
    criterion_code: str | None = Field(None, max_length=48, title="立案条件")
    department_code: str | None = Field(None, max_length=24, title="部门")
    helping_codes: tuple[Code, ...] = Field((), max_length=10, title="协办部门")
    until: Day | None = Field(None, title="截止日期")
    answer_date: Day | None = Field(None, title="答复日期")
    limit_value: int | None = Field(None, ge=1, le=10_000, title="处置时限")
    limit_unit: str | None = Field(None, max_length=16, title="时限单位")
    into: str = Field("", max_length=40, title="并入的案卷号")
    type: str | None = Field(None, max_length=16, pattern=r"^(component|matter):\d{5}$", title="类别")
    lon: Annotated[float, Field(allow_inf_nan=False)] | None = Field(None, title="经度")
    lat: Annotated[float, Field(allow_inf_nan=False)] | None = Field(None, title="纬度")
    place_text: str | None = Field(None, max_length=1000, title="地点描述")
    description: str | None = Field(None, max_length=MOST_DESCRIPTION, title="问题描述")


def perform(
    wiring: Wiring,
    person: Person,
    case_no: str,
    action: str,
    sent: ActionSent,
    *,
    photos: Sequence[SentPhoto] = (),
) -> Decision:
    """Take a step of a case, all of it or nothing; photos are stored before.

    :raises NoSuchAction, Malformed: when the step or a field it needs is missing; else what
        `Cases.perform` raises, TakenBefore for a step that a phone sends again.
    """
    role = role_for(person, action)
    command = build_command(action, _of_criterion(wiring, action, sent), store_photos(wiring.photos, photos))
    who = asking(person, role, at=wiring.clock.now())
    if isinstance(command, Split):
        return wiring.cases.split(case_no, command, who, sent.revision).decision
    return wiring.cases.perform(case_no, command, who, sent.revision, sent.client_id)


def _of_criterion(wiring: Wiring, action: str, sent: ActionSent) -> ActionSent:
    """A part is named by its filing criterion, which is one of a type."""
    if action != "split" or sent.type is not None or not sent.criterion_code:
        return sent
    criterion = wiring.catalogue.get_criterion(sent.criterion_code)
    return sent.model_copy(update={"type": f"{criterion.kind}:{criterion.type_code}"})


def role_for(person: Person, action: str) -> str:
    """The post in which the person takes the step: the first of the table's that the person holds, else the
    person's own, for which the workflow then says who may."""
    posts = [role for edge in TRANSITIONS if edge.action == action for role in edge.roles]
    held = [role for role in posts if role in person.roles]
    return held[0] if held else min(person.roles)


def build_command(action: str, sent: ActionSent, photos: tuple[StoredPhoto, ...]) -> Command:
    """The command of a step from the fields sent with it."""
    kind = COMMANDS.get(action)
    if kind is None:
        raise NoSuchAction(f"没有“{action[:24]}”这一步。请刷新页面后重试。")
    known = sent.model_dump(exclude_none=True) | {"photos": photos, "position": sent.own_position()}
    if sent.type is not None:
        known["kind"], known["type_code"] = sent.type.split(":")
    if sent.lon is not None and sent.lat is not None:
        known["place"] = LonLat(sent.lon, sent.lat)
    if sent.limit_value is not None and sent.limit_unit:
        known["limit"] = _limit(sent.limit_value, sent.limit_unit)
    wanted: Any = kind
    values = {field.name: known[field.name] for field in fields(wanted) if field.name in known}
    missing = [
        field.name for field in fields(wanted) if field.name not in values and field.default is MISSING
    ]
    if missing:
        titles = "、".join(_titles(missing))
        raise Malformed(f"没有填写{titles}。没有写入任何内容，请补充后重新提交。", fields=missing)
    command: Command = wanted(**values)
    return command


def _titles(missing: Sequence[str]) -> list[str]:
    """What missing fields are called; kind and type are chosen as one."""
    names = ["type" if name in ("kind", "type_code") else name for name in missing]
    return [ActionSent.model_fields[name].title or name for name in dict.fromkeys(names)]


def _limit(value: int, unit: str) -> Limit:
    if unit not in LIMIT_UNITS:
        raise Malformed("处置时限的单位不对，请重新选择。")
    return Limit(value, unit)
