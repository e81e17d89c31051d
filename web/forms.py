"""Reading a form into a checked model, with the field at fault named in Chinese."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, TypeVar, get_origin

from pydantic import BaseModel, Field, ValidationError
from starlette.datastructures import FormData, QueryParams

from web.uploads import Malformed

Model = TypeVar("Model", bound=BaseModel)
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2199, 12, 31))]
"""A day that people may mean: one at the ends of the calendar has no week before or after it."""


def parse(model: type[Model], sent: FormData | QueryParams) -> Model:
    """The fields of a form or a query as `model`; fields left empty are not sent, tuples take all values.

    :raises Malformed: naming the fields at fault; the fact `fields` lists them.
    """
    values: dict[str, Any] = {key: value for key, value in sent.items() if _is_said(value)}
    for name, field in model.model_fields.items():
        if get_origin(field.annotation) is tuple:
            values |= {name: said} if (said := [one for one in sent.getlist(name) if _is_said(one)]) else {}
    try:
        return model.model_validate(values)
    except ValidationError as problem:
        raise malformed(problem.errors(include_url=False), model) from problem


def _is_said(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def malformed(faults: Sequence[Any], model: type[BaseModel] | None = None) -> Malformed:
    """What is wrong with a form or a JSON document, in words a person can act on."""
    named = []
    for fault in faults:
        place = [str(part) for part in fault["loc"] if part not in ("body", "query", "path")]
        title = _title(model, place[0]) if place else "整体"
        named.append((".".join(place), f"“{title}”{_said(fault)}"))
    said = ";".join(text for _, text in named[:5]) or "格式不对"
    return Malformed(f"填写有误：{said}。请改正后再试。", fields=[name for name, _ in named])


def _title(model: type[BaseModel] | None, name: str) -> str:
    field = model.model_fields.get(name) if model else None
    return (field.title if field else None) or name


_SAID = {
    "missing": "没有填写",
    "string_too_long": "太长",
    "string_too_short": "太短",
    "float_parsing": "应为数字",
    "int_parsing": "应为整数",
    "date_parsing": "应为日期",
    "date_from_datetime_parsing": "应为日期",
    "greater_than_equal": "小于可填的范围",
    "less_than_equal": "大于可填的范围",
    "uuid_parsing": "不是有效的编号",
    "literal_error": "不在可选范围内",
    "json_invalid": "不是有效的 JSON",
    "extra_forbidden": "是不认识的字段",
}


def _said(fault: dict[str, object]) -> str:
    return _SAID.get(str(fault["type"]), "不符合要求")
