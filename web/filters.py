"""Which cases a page, a list or a map asks for, and which of them the person may see."""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import QueryParams

from cases.filtering import BadFilter, CaseFilter
from cases.reading import CaseDetail
from cases.rules.stages import OPEN_STAGES
from gis_core.clock import CITY_ZONE, city_time
from gis_core.errors import BadInput, NotAllowed
from gis_core.places import LonLat
from grid.catalogue import Catalogue
from grid.filtering import BadComponentFilter, ComponentFilter
from grid.filtering import Box as ComponentBox
from web.accounts.people import Person
from web.forms import Day, parse

DESKS = ("operator", "duty_chief", "dispatcher", "leader", "data_officer", "admin", "auditor")
"""Posts that see every case."""
SEES_WALL = ("leader", "duty_chief", "dispatcher", "operator", "admin", "wall", "duty_officer", "commander")
"""Posts that may open the wall; `wall` is that of the machine behind it, which sees nothing else."""
MAY_SEE_CONTACT = ("operator", "duty_chief", "dispatcher")
"""Posts of the two centres; a reporter's name and telephone are for nobody else."""


class NotYourCase(NotAllowed):
    """The case belongs to another department or person."""

    code = "not_yours"


class NotForPublic(NotAllowed):
    """The filter asks by what only staff may know."""

    code = "not_for_public"


class FilterQuery(BaseModel):
    """The filter in a page's or tile's address; the same names everywhere. `stage` and `light` may repeat."""

    model_config = ConfigDict(extra="ignore")

    area: str | None = Field(None, max_length=15, title="区域")
    grid: str | None = Field(None, max_length=20, title="单元网格")
    zone: str | None = Field(None, max_length=12, title="功能区")
    department: str | None = Field(None, max_length=24, title="部门")
    kind: str | None = Field(None, max_length=9, title="大类")
    type: str | None = Field(None, max_length=5, title="小类")
    source: str | None = Field(None, max_length=16, title="来源")
    q: str = Field("", max_length=100, title="查找")
    since: Day | None = Field(None, title="起始日期")
    until: Day | None = Field(None, title="截止日期")
    filed_since: Day | None = Field(None, title="立案起始日期")
    filed_until: Day | None = Field(None, title="立案截止日期")
    open: bool | None = Field(None, title="是否未结")
    major: str | None = Field(None, max_length=2, title="大类代码")
    criterion: str | None = Field(None, max_length=48, title="立案条件")
    responsibility: str | None = Field(None, max_length=13, title="责任网格")
    helping: str | None = Field(None, max_length=24, title="协办部门")
    closed_since: Day | None = Field(None, title="办结起始日期")
    closed_until: Day | None = Field(None, title="办结截止日期")
    supervised: bool | None = Field(None, title="是否督办")
    urged: bool | None = Field(None, title="是否催办")
    answer: bool | None = Field(None, title="是否待答复")
    void_asked: bool | None = Field(None, title="是否申请作废")
    appeal: str | None = Field(None, pattern="^(none|asked|granted|refused)$", title="申诉")
    reworked: bool | None = Field(None, title="是否返工")
    extended: bool | None = Field(None, title="是否延期")
    late: bool | None = Field(None, title="是否超期处置")
    suspended: bool | None = Field(None, title="是否挂账")
    at_once: bool | None = Field(None, title="是否自行处置")
    photos: bool | None = Field(None, title="是否有照片")
    inspector: int | None = Field(None, ge=1, lt=2**63, title="监督员")
    crew: int | None = Field(None, ge=1, lt=2**63, title="处置人员")
    drill: bool = Field(False, title="演练")


FILTERS = frozenset(FilterQuery.model_fields) | {"stage", "light"}
PUBLIC_CASE_FILTERS = frozenset({"kind", "type", "since", "until"})
COMPONENT_FILTERS = ("area", "grid", "major", "owner", "q", "state", "type")
"""What an address may say of components, whether they are listed, counted or drawn."""


def kept(query: QueryParams, names: Collection[str]) -> list[tuple[str, str]]:
    """What an address says under some names, as it goes into other addresses; a name may repeat."""
    return [(name, value) for name, value in query.multi_items() if name in names and value]


class ComponentQuery(BaseModel):
    """The filter of components in an address; `state` may repeat, `grid` is an `area` that is a unit grid."""

    model_config = ConfigDict(extra="ignore")

    type: str | None = Field(None, max_length=5, title="小类")
    major: str | None = Field(None, max_length=2, title="大类")
    owner: str | None = Field(None, max_length=24, title="权属单位")
    area: str | None = Field(None, max_length=15, title="区域")
    grid: str | None = Field(None, max_length=15, title="单元网格")
    q: str = Field("", max_length=100, title="查找")
    bbox: str | None = Field(None, max_length=100, title="范围")


def read_component_filter(query: QueryParams, catalogue: Catalogue) -> ComponentFilter:
    """The filter of components in an address: `type`, `major`, `state`, `owner`, `area`, `grid`, `q`, `bbox`.

    :raises Malformed: when a value is too long; BadComponentFilter when it cannot be read.
    """
    asked = parse(ComponentQuery, query)
    wanted = ComponentFilter(
        type_code=asked.type,
        major=asked.major,
        states=tuple(sorted({state for state in query.getlist("state") if state})),
        owner_code=asked.owner,
        area_code=_read_area(asked.area, asked.grid, BadComponentFilter),
        text=_ungrouped(asked.q.strip()),
        box=_read_box(asked.bbox) if asked.bbox else None,
    )
    return wanted.understood(catalogue)


def _ungrouped(words: str) -> str:
    """Words as they are looked for: a code may be written in groups, as pages and files show it."""
    digits = "".join(words.split())
    return digits if digits.isdecimal() else words


def read_public_component_filter(query: QueryParams, catalogue: Catalogue) -> ComponentFilter:
    """The same for everybody, who may not ask by what public tiles do not tell.

    :raises NotForPublic: when owners, words or the register's own words for states are asked for.
    """
    wanted = read_component_filter(query, catalogue)
    if wanted.owner_code is not None or wanted.text or wanted.names_exact_states:
        raise NotForPublic(
            "公开地图只能按类型、状态类别和区域筛选部件。按权属、登记状态筛选，或按编码、名称查找，请先登录。"
        )
    return replace(wanted, box=None)


def read_public_case_filter(query: QueryParams) -> CaseFilter:
    """The filter of the public map of cases: `kind`, `type`, `since` and `until`.

    :raises NotForPublic: when anything else of a case is asked for.
    """
    if any(query.get(name) for name in FILTERS - PUBLIC_CASE_FILTERS):
        raise NotForPublic("公开地图只能按类型和上报日期筛选案件。其他条件请登录后使用。")
    return read_filter(query)


def _read_area(area: str | None, grid: str | None, refuse: type[BadInput]) -> str | None:
    """The area asked for, or the unit grid in it; its code may be written in groups."""
    if grid is None:
        return area
    digits = "".join(grid.split())
    if not re.fullmatch(r"[0-9]{15}", digits):
        raise refuse("单元网格代码应为 15 位数字，请核对。")
    if not digits.startswith(area or ""):
        raise refuse("所选单元网格不在所选区域内，请只选其中一个。")
    return digits


def _read_box(words: str) -> ComponentBox:
    try:
        west, south, east, north = (float(part) for part in words.split(","))
    except ValueError:
        raise BadComponentFilter("范围应为四个数：西、南、东、北，以逗号分隔，单位为度。") from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise BadComponentFilter("范围的西应小于东、南应小于北，且在经纬度的界限以内。")
    return ComponentBox(LonLat(west, south), LonLat(east, north))


def read_filter(query: QueryParams) -> CaseFilter:
    """The filter of an address.

    Its names are those of `FilterQuery`, `stage` and `light`; days are the city's, both included.

    :raises Malformed: when a value cannot be read; BadFilter when it names nothing.
    """
    asked = parse(FilterQuery, query)
    stages = tuple(stage for stage in query.getlist("stage") if stage)
    return CaseFilter(
        stages=OPEN_STAGES if stages == ("open",) else stages,
        lights=tuple(light for light in query.getlist("light") if light),
        area_code=_read_area(asked.area, asked.grid, BadFilter),
        zone_code=asked.zone,
        department_code=asked.department,
        kind=asked.kind,
        type_code=asked.type,
        source=asked.source,
        text=asked.q,
        reported_from=_midnight(asked.since),
        reported_until=_midnight(asked.until, days=1),
        filed_from=_midnight(asked.filed_since),
        filed_until=_midnight(asked.filed_until, days=1),
        is_open=asked.open,
        major=asked.major,
        criterion_code=asked.criterion,
        responsibility_code=asked.responsibility,
        helping_code=asked.helping,
        closed_from=_midnight(asked.closed_since),
        closed_until=_midnight(asked.closed_until, days=1),
        is_supervised=asked.supervised,
        is_urged=asked.urged,
        awaits_answer=asked.answer,
        is_void_asked=asked.void_asked,
        appeal=asked.appeal,
        is_reworked=asked.reworked,
        is_extended=asked.extended,
        is_late=asked.late,
        was_suspended=asked.suspended,
        is_handled_at_once=asked.at_once,
        has_photos=asked.photos,
        inspector_id=asked.inspector,
        crew_id=asked.crew,
        is_drill=asked.drill,
    )


_WRITTEN = {
    "area": "area_code", "zone": "zone_code", "department": "department_code", "kind": "kind",
    "type": "type_code", "source": "source", "q": "text", "open": "is_open", "major": "major",
    "criterion": "criterion_code", "responsibility": "responsibility_code", "helping": "helping_code",
    "supervised": "is_supervised", "urged": "is_urged", "answer": "awaits_answer",
    "void_asked": "is_void_asked", "appeal": "appeal", "reworked": "is_reworked", "extended": "is_extended",
    "late": "is_late", "suspended": "was_suspended", "at_once": "is_handled_at_once", "photos": "has_photos",
    "inspector": "inspector_id", "crew": "crew_id",
}  # fmt: skip
_FIRST_DAYS = {"since": "reported_from", "filed_since": "filed_from", "closed_since": "closed_from"}
_LAST_DAYS = {"until": "reported_until", "filed_until": "filed_until", "closed_until": "closed_until"}


def write_filter(wanted: CaseFilter) -> list[tuple[str, str]]:
    """What an address says so that `read_filter` reads the same filter again.

    A map asks for the cases of a list by it, and jobs keep it. Components, boxes, reporters and samples have
    no name in addresses and are left out.
    """
    said = {name: getattr(wanted, field) for name, field in _WRITTEN.items()}
    said |= {name: _day(getattr(wanted, field)) for name, field in _FIRST_DAYS.items()}
    said |= {name: _day(getattr(wanted, field), days=-1) for name, field in _LAST_DAYS.items()}
    pairs = [(name, _said(value)) for name, value in said.items() if value not in (None, "")]
    pairs += [("drill", "true")] if wanted.is_drill else []
    pairs += [("stage", stage) for stage in wanted.stages]
    return [*pairs, *(("light", light) for light in wanted.lights)]


def _said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _day(midnight: datetime | None, *, days: int = 0) -> date | None:
    return None if midnight is None else city_time(midnight).date() + timedelta(days=days)


def visible_to(person: Person, wanted: CaseFilter) -> CaseFilter:
    """The filter cut down to what the person may see.

    Desks and inspectors see all, a department its own cases or those it helps with, a crew what it was given.
    """
    if person.may_act_as("inspector", *DESKS):
        return wanted
    own = person.organisation_code or "-"
    if wanted.department_code not in (None, own):
        raise NotYourCase("只能查看派给本部门的案件。")
    if person.may_act_as("department"):
        helps = wanted.helping_code == own and wanted.department_code is None
        return wanted if helps else replace(wanted, department_code=own)
    return replace(wanted, department_code=own, crew_id=person.id)


def has_sight(person: Person, detail: CaseDetail) -> bool:
    """Whether the person may look at this case: centres and inspectors at all, a department at its own.

    A department's own are also those it helps with.
    """
    if person.may_act_as("inspector", *DESKS):
        return True
    return person.organisation_code in (detail.summary.department_code, *detail.helping_codes)


def need_sight(person: Person, detail: CaseDetail) -> None:
    """Refuse a person who may not look at this case.

    :raises NotYourCase: when the case is another department's.
    """
    if not has_sight(person, detail):
        raise NotYourCase("该案件没有派给您所在的部门，不能查看。")


def may_see_contact(person: Person | None) -> bool:
    """Whether the person may see a reporter's name and telephone."""
    return person is not None and person.may_act_as(*MAY_SEE_CONTACT)


def _midnight(day: date | None, *, days: int = 0) -> datetime | None:
    if day is None:
        return None
    try:
        return datetime.combine(date.fromordinal(day.toordinal() + days), time(), CITY_ZONE)
    except ValueError:
        raise BadFilter("日期超出范围，请重新选择。") from None
