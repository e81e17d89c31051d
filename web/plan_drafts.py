"""What pages do to drafts of plans: from the fields of a form to an edit, in the right post."""

import re
from collections.abc import Callable

import yaml
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData

from emergency.response.editing import Renamed
from emergency.rules.plans import trigger_tree
from emergency.rules.plans.document import RESPONSE_NAMES, Plan
from emergency.rules.plans.editing import (
    LISTS,
    PART_KINDS,
    BadPlanPart,
    Place,
    change_trigger,
    put_part,
    remove_part,
    shift_part,
)
from web.accounts.guards import asking
from web.accounts.people import Person
from web.forms import parse
from web.plan_forms import ENTRIES, condition_of, values_of
from web.response_work import KEEPS_PLANS
from web.uploads import Malformed
from web.wiring import Wiring

PLAN_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
JOINS: tuple[trigger_tree.Join, ...] = ("any", "all", "not")


class DraftSent(BaseModel):
    """The fields of beginning a draft."""

    model_config = ConfigDict(extra="ignore")

    new_version: str = Field(max_length=24, pattern=r"^\d+(\.\d+){0,2}$", title="新版本号")
    code: str = Field("", max_length=40, title="新预案编码")
    name: str = Field("", max_length=300, title="新预案名称")


class EditSent(BaseModel):
    """The fields that say which part of which draft is edited, and how."""

    model_config = ConfigDict(extra="ignore")

    sha256: str = Field("", max_length=64, title="页面版本")
    part: str = Field("head", max_length=20, title="部分")
    key: str = Field("", max_length=340, title="编码")
    at: str = Field("", max_length=40, title="条件")
    do: str = Field("save", max_length=20, title="办理")


def begin_draft(wiring: Wiring, person: Person, code: str, version: str, form: FormData) -> tuple[str, str]:
    """Begin a draft with the content of a version; answers code and version of the draft."""
    sent = parse(DraftSent, form)
    copy = None
    if sent.code.strip() or sent.name.strip():
        if not PLAN_CODE.fullmatch(sent.code.strip()) or not sent.name.strip():
            told = "另作一份预案要有新的编码（字母、数字和短横线）和名称。请填写后再试。"
            raise Malformed(told, fields=["code", "name"])
        copy = Renamed(sent.code.strip(), sent.name.strip())
    who = asking(person, person.acting_as(*KEEPS_PLANS), at=wiring.clock.now())
    began = wiring.plan_drafts.begin(code, version, sent.new_version, who, copy=copy)
    return began, sent.new_version


def edit_draft(wiring: Wiring, person: Person, code: str, version: str, form: FormData) -> Place:
    """Edit the part that a form names; answers the part to show next."""
    sent = parse(EditSent, form)
    place = place_of(sent.part, sent.key)
    who = asking(person, person.acting_as(*KEEPS_PLANS), at=wiring.clock.now())
    if sent.do == "take_back":
        wiring.plan_drafts.take_back(code, version, who, seen_sha256=sent.sha256)
        return place
    change, what, shown = _change_of(sent, place, form)
    wiring.plan_drafts.edit(code, version, change, what, who, seen_sha256=sent.sha256)
    return shown


def place_of(part: str, key: str) -> Place:
    """The part of a plan that an address names.

    :raises Malformed: for a kind of part that plans do not have.
    """
    kind = next((one for one in PART_KINDS if one == part), None)
    if kind is None:
        raise Malformed("预案没有这个部分。请从目录中选择。")
    return Place(kind, key)


def next_version(version: str) -> str:
    """The version that usually follows.

    >>> next_version("1.0"), next_version("2")
    ('1.1', '2.1')
    """
    *above, last = version.split(".")
    return ".".join((*above, str(int(last) + 1))) if above else f"{last}.1"


def plan_file(plan: Plan) -> str:
    """A plan as the YAML file from which it could be imported again."""
    told = plan.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    text: str = yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=120)
    return text


def _change_of(sent: EditSent, place: Place, form: FormData) -> tuple[Callable[[Plan], Plan], str, Place]:
    match sent.do:
        case "save":
            values = values_of(form, ENTRIES[place.kind])
            after = _named(place, values)
            what = f"{'增加' if place.is_new else '修改'}{after.words}"
            return lambda plan: put_part(plan, place, values), what, after
        case "remove":
            return lambda plan: remove_part(plan, place), f"删除{place.words}", Place("head")
        case "up" | "down":
            by = -1 if sent.do == "up" else 1
            return lambda plan: shift_part(plan, place, by), f"移动{place.words}", place
        case _:
            change = _trigger_change(sent, form)
            what = f"修改{RESPONSE_NAMES.get(int(place.key), '') if place.key.isdecimal() else ''}启动条件"
            return lambda plan: change_trigger(plan, place.key, change), what, place


def _trigger_change(
    sent: EditSent, form: FormData
) -> Callable[[trigger_tree.Tree | None], trigger_tree.Tree | None]:
    if sent.do == "put":
        return trigger_tree.put(sent.at, condition_of(form))
    if sent.do == "add":
        return trigger_tree.add(sent.at, condition_of(form))
    if sent.do == "drop":
        return trigger_tree.drop(sent.at)
    join = next((one for one in JOINS if sent.do == f"wrap_{one}"), None)
    if join is None:
        raise BadPlanPart("没有这一步。请刷新页面后重试。")
    return trigger_tree.wrap(sent.at, join)


def _named(place: Place, values: object) -> Place:
    """The part under the key that it has after it was saved."""
    if not isinstance(values, dict):
        return place
    if place.kind == "section":
        return Place("section", f"{place.key.partition('/')[0]}/{values['code']}")
    return Place(place.kind, str(values[LISTS[place.kind][1]])) if place.kind in LISTS else place
