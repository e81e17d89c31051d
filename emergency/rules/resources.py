"""What the city can send, open and watch in an emergency: eleven kinds of resources with their details.

Cameras are in a register of their own (`grid.cameras`). Plane metres; details are typed by kind.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from emergency.rules.resource_cells import (
    EMPTY,
    WORDS,
    YES_NO,
    Choices,
    Lines,
    fields_of,
    one_of,
    rows_in,
    several_of,
)
from emergency.rules.sheltering.sentences import FEATURE_NAMES, STAY_NAMES
from emergency.rules.sheltering.shelters import Feature, Status, Stay
from gis_core.errors import BadInput
from gis_core.places import PlanePoint

ResourceKind = Literal[
    "team", "vehicle", "warehouse", "hospital", "shelter", "expert",
    "hazard_source", "target", "gauge", "sensor", "helipad",
]  # fmt: skip
KIND_NAMES: Mapping[ResourceKind, str] = {
    "team": "救援队伍", "vehicle": "应急车辆", "warehouse": "物资库", "hospital": "医院",
    "shelter": "避难场所", "expert": "专家", "hazard_source": "危险源", "target": "防护目标",
    "gauge": "雨量站和水文站", "sensor": "监测传感器", "helipad": "直升机起降点",
}  # fmt: skip
Readiness = Literal["available", "on_duty", "repair", "out_of_use"]
READINESS_NAMES: Mapping[Readiness, str] = {
    "available": "可用", "on_duty": "执勤中", "repair": "维修", "out_of_use": "停用",
}  # fmt: skip
STATUS_NAMES: Mapping[Status, str] = {"sourced": "有出处", "recalled": "待核对", "assumed": "假定"}
Measure = Literal["rain_mm", "flow_m3_s", "stage_m"]
MEASURE_NAMES: Mapping[Measure, str] = {"rain_mm": "雨量", "flow_m3_s": "流量", "stage_m": "水位"}
MEASURE_UNITS: Mapping[Measure, str] = {"rain_mm": "毫米", "flow_m3_s": "立方米每秒", "stage_m": "米"}
Grade = Literal["1", "2", "3", "4"]
GRADE_NAMES: Mapping[Grade, str] = {"1": "一级", "2": "二级", "3": "三级", "4": "四级"}
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
MOST_NAME, MOST_TEXT, MOST_PHONE = 80, 200, 32
_PHONE = re.compile(r"[0-9+][0-9 ()-]{2,31}")


class BadResource(BadInput):
    """Something of a resource cannot be; the fact `field` names it."""

    code = "bad_resource"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Text = Annotated[str, Field(max_length=MOST_TEXT)]
Words = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=40)], ...], WORDS, Field(max_length=40)]
Count = Annotated[Annotated[int, Field(ge=0, le=10_000_000)] | None, EMPTY]
Amount = Annotated[Annotated[float, Field(ge=0, le=1e9)] | None, EMPTY]
Flag = Annotated[bool, YES_NO]
Measured = Annotated[Measure, BeforeValidator(one_of(MEASURE_NAMES)), Choices(MEASURE_NAMES)]
Grounded = Annotated[Status, BeforeValidator(one_of(STATUS_NAMES)), Choices(STATUS_NAMES)]


class Team(_Data):
    """A rescue team."""

    skills: Words = Field(title="专长")
    people: Count = Field(title="人数（人）")
    equipment: Words = Field((), title="装备")


class Vehicle(_Data):
    """A vehicle; `team` is the code of the team that it belongs to, empty for none."""

    vehicle_type: Text = Field("", title="车型")
    skills: Words = Field(title="用途")
    seats: Count = Field(None, title="座位（个）")
    team: Text = Field("", title="所属队伍编号")


class Goods(_Data):
    """A line of a warehouse's stock; `expires_on` None is what does not expire, or nobody said."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    amount: Annotated[float, Field(ge=0, le=1e9)]
    unit: Annotated[str, Field(min_length=1, max_length=12)]
    expires_on: Annotated[date | None, EMPTY] = None


GOODS_COLUMNS = {"name": "品名", "amount": "数量", "unit": "单位", "expires_on": "有效期至"}
Stock = Annotated[
    tuple[Goods, ...], BeforeValidator(rows_in(GOODS_COLUMNS)), Lines(GOODS_COLUMNS), Field(max_length=500)
]


class Warehouse(_Data):
    """A warehouse of goods."""

    area_m2: Amount = Field(None, title="面积（平方米）")
    goods: Stock = Field((), title="物资")


class Hospital(_Data):
    """A hospital."""

    grade: Text = Field("", title="等级")
    beds: Count = Field(title="床位（张）")
    intensive_beds: Count = Field(None, title="重症床位（张）")
    strengths: Words = Field((), title="专科")


class ShelterDetails(_Data):
    """A shelter (GB 51143): what the sheltering solver asks of it (`emergency.rules.sheltering.shelters`)."""

    effective_area_m2: Annotated[float, Field(gt=0, le=1e7)] = Field(title="有效避难面积（平方米）")
    stays: Annotated[tuple[Stay, ...], BeforeValidator(several_of(STAY_NAMES)), Choices(STAY_NAMES)] = Field(
        (), title="避难时长"
    )
    features: Annotated[
        tuple[Feature, ...], BeforeValidator(several_of(FEATURE_NAMES)), Choices(FEATURE_NAMES)
    ] = Field((), title="条件")
    most_people: Count = Field(None, title="登记容量（人）")
    taken: Annotated[int, Field(ge=0, le=10_000_000)] = Field(0, title="已住（人）")
    floors: Count = Field(None, title="楼层（层）")
    exits: Count = Field(None, title="主要出入口（个）")


class Expert(_Data):
    """An expert."""

    fields: Words = Field(title="专业领域")
    title: Text = Field("", title="职称")


class HazardSource(_Data):
    """A source of hazard; `grade` is that of a major hazard source (GB 18218), None for one without."""

    substance: Annotated[str, Field(min_length=1, max_length=60)] = Field(title="危险物质")
    amount: Amount = Field(None, title="数量")
    unit: Annotated[str, Field(max_length=12)] = Field("吨", title="数量单位")
    grade: Annotated[Grade | None, BeforeValidator(one_of(GRADE_NAMES)), Choices(GRADE_NAMES)] = Field(
        None, title="重大危险源等级"
    )


class Target(_Data):
    """A place to protect: a school, a home for the old, a hospital, a market."""

    sort: Annotated[str, Field(min_length=1, max_length=40)] = Field(title="类别")
    people: Count = Field(None, title="人数（人）")
    grade: Text = Field("", title="防护等级")


class SensibleRange(_Data):
    """Values of a measure outside are nonsense of the instrument."""

    measure: Measured
    lowest: float
    highest: float

    @model_validator(mode="after")
    def _lowest_is_lower(self) -> "SensibleRange":
        if not self.lowest < self.highest:
            raise ValueError("合理范围的下限须小于上限")
        return self


class AlertValue(_Data):
    """A value at which something is due, with where it is from."""

    measure: Measured
    value: float
    name: Annotated[str, Field(min_length=1, max_length=20)]
    status: Grounded = "assumed"
    source: Annotated[str, Field(max_length=200)] = ""


RANGE_COLUMNS = {"measure": "要素", "lowest": "下限", "highest": "上限"}
ALERT_COLUMNS = {"measure": "要素", "value": "值", "name": "名称", "status": "依据", "source": "出处"}


class Gauge(_Data):
    """A rain or river gauge; `areas` are codes of the divisions that it stands for.

    A gauge that was silent for `stale_after_min` is an alarm by itself.
    """

    measures: Annotated[
        tuple[Measure, ...],
        BeforeValidator(several_of(MEASURE_NAMES)),
        Choices(MEASURE_NAMES),
        Field(min_length=1),
    ] = Field(title="监测要素")
    river: Text = Field("", title="河流")
    areas: Words = Field((), title="代表区域编码")
    stale_after_min: Annotated[float, Field(gt=0, le=10_080)] = Field(60.0, title="静默报警（分钟）")
    ranges: Annotated[
        tuple[SensibleRange, ...], BeforeValidator(rows_in(RANGE_COLUMNS)), Lines(RANGE_COLUMNS)
    ] = Field((), title="合理范围")
    alerts: Annotated[
        tuple[AlertValue, ...], BeforeValidator(rows_in(ALERT_COLUMNS)), Lines(ALERT_COLUMNS)
    ] = Field((), title="警戒值")


class Sensor(_Data):
    """A sensor; `what` is its kind as plans name it, and it alarms at `alarm_at` of its unit."""

    what: Annotated[str, Field(min_length=1, max_length=40)] = Field(title="类型")
    unit: Annotated[str, Field(max_length=20)] = Field("", title="单位")
    alarm_at: Annotated[float | None, EMPTY] = Field(None, title="报警值")
    areas: Words = Field((), title="代表区域编码")
    stale_after_min: Annotated[float, Field(gt=0, le=10_080)] = Field(60.0, title="静默报警（分钟）")


class Helipad(_Data):
    """A place where helicopters land."""

    surface: Text = Field("", title="地面")
    diameter_m: Amount = Field(None, title="可用直径（米）")
    most_kg: Amount = Field(None, title="承重（千克）")
    is_lit: Flag = Field(False, title="夜间照明")


Details = (
    Team | Vehicle | Warehouse | Hospital | ShelterDetails | Expert | HazardSource | Target | Gauge | Sensor
    | Helipad
)  # fmt: skip
DETAILS: Mapping[ResourceKind, type[Details]] = {
    "team": Team, "vehicle": Vehicle, "warehouse": Warehouse, "hospital": Hospital, "shelter": ShelterDetails,
    "expert": Expert, "hazard_source": HazardSource, "target": Target, "gauge": Gauge, "sensor": Sensor,
    "helipad": Helipad,
}  # fmt: skip
MAY_LACK_PLACE: tuple[ResourceKind, ...] = ("team", "vehicle", "expert")
"""Kinds that move or sit anywhere; all others stand somewhere on the map."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom to call; `confirmed_on` is the day on which somebody last made sure, None for never."""

    name: str = ""
    phone: str = ""
    confirmed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource as the register has it; `details` is of the class that `DETAILS` has for its kind."""

    code: str
    kind: ResourceKind
    name: str
    organisation_code: str
    point: PlanePoint | None
    place_text: str = ""
    readiness: Readiness = "available"
    readiness_since: date
    checked_on: date | None = None
    details: Details
    contact: Contact = Contact()
    source: str
    status: Status = "assumed"
    is_synthetic: bool = False


def read_details(kind: ResourceKind, values: Mapping[str, Any]) -> Details:
    """The details of a kind, from a form, a file or a row.

    :raises BadResource: in a sentence that names the detail; its key is the fact `field`.
    """
    try:
        return DETAILS[kind].model_validate(dict(values))
    except ValidationError as problem:
        first = problem.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        title = next((one.title for one in fields_of(DETAILS[kind]) if one.key == key), key)
        raise BadResource(f"“{title}”填写有误：{_why(first)}。请改正。", field=key) from None


def checked(resource: Resource, *, today: date) -> Resource:
    """The resource, tidied.

    :raises BadResource: naming the field in `field`.
    """
    code = resource.code.strip()
    if not CODE.fullmatch(code):
        raise BadResource("编号须为 1 至 32 位字母、数字、- 或 _，以字母或数字开头。", field="code")
    if resource.kind not in DETAILS or resource.readiness not in READINESS_NAMES:
        raise BadResource("没有这种资源或状态，请从列表中选择。", field="kind")
    if resource.point is None and resource.kind not in MAY_LACK_PLACE:
        raise BadResource(f"{KIND_NAMES[resource.kind]}须有位置，请填经度和纬度。", field="lon")
    days = {
        "readiness_since": resource.readiness_since,
        "checked_on": resource.checked_on,
        "confirmed_on": resource.contact.confirmed_on,
    }
    late = next((key for key, day in days.items() if day is not None and day > today), None)
    if late is not None:
        raise BadResource("日期在今天之后，请改为今天或以前的日期。", field=late)
    return replace(
        resource,
        code=code,
        name=_text(resource.name, "名称", MOST_NAME, "name", least=1),
        place_text=_text(resource.place_text, "地点", MOST_TEXT, "place_text"),
        source=_text(resource.source, "来源", MOST_TEXT, "source", least=1),
        contact=replace(
            resource.contact,
            name=_text(resource.contact.name, "联系人", MOST_NAME, "contact_name"),
            phone=_phone(resource.contact.phone),
        ),
    )


def _phone(words: str) -> str:
    said = unicodedata.normalize("NFKC", words).strip()
    if said and not _PHONE.fullmatch(said):
        raise BadResource("电话只写数字、空格、括号和 -，可以 + 开头，3 至 32 位。", field="contact_phone")
    return said


def _text(words: str, name: str, most: int, field: str, *, least: int = 0) -> str:
    said = unicodedata.normalize("NFC", words).strip()
    if not least <= len(said) <= most or any(unicodedata.category(sign) in ("Cc", "Cs") for sign in said):
        raise BadResource(f"{name}须为 {least} 至 {most} 字，不含控制字符。", field=field)
    return said


_LIMITS = {
    "greater_than": "须大于", "greater_than_equal": "不能小于", "less_than": "须小于",
    "less_than_equal": "不能大于",
}  # fmt: skip
_LENGTHS = ("string_too_long", "string_too_short", "too_long", "too_short")


def _why(error: Any) -> str:
    kind, given = str(error["type"]), f"“{str(error['input'])[:20]}”"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind in _LIMITS:
        return f"{_LIMITS[kind]} {next(iter(error['ctx'].values())):g}"
    if kind.startswith(("date_", "int_", "float_", "finite_")):
        return f"{given}不是日期，应如 2026-09-18" if kind[0] == "d" else f"{given}不是可用的数"
    return (
        "没有填写"
        if kind == "missing"
        else "太长、太多或没有填"
        if kind in _LENGTHS
        else f"{given}不能这样填"
    )
