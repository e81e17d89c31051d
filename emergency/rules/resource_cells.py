"""How a detail of a resource is written in one cell of a file or field of a form, and read from it again."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

Key = TypeVar("Key", bound=str)
YES, NO = "是", "否"
_YES = {YES, "1", "true", "yes", "y", "on", "有"}
_NO = {NO, "0", "false", "no", "n", "无"}
_BETWEEN_WORDS = re.compile(r"[、，,；;\n]")
_BETWEEN_ROWS = re.compile(r"[；;\n]")


@dataclass(frozen=True, slots=True)
class Choices:
    """A field that holds one of these, or several; files and forms may say the code or the name."""

    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Lines:
    """A field of several rows, the cells of each parted by `|`, in the order of these titles."""

    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DetailField:
    """A detail of a kind: its key, its title with the unit, how it is written, and what it may be."""

    key: str
    title: str
    sort: str  # text number yes_no choice choices words lines
    is_needed: bool
    names: Mapping[str, str]
    columns: Mapping[str, str]


def empty_is_none(value: object) -> object:
    """An empty cell says nothing."""
    return None if isinstance(value, str) and not value.strip() else value


def words_in(value: object) -> object:
    """The words of a cell, parted by 、 or by commas, semicolons, line ends.

    >>> words_in("抽水、破拆; 照明")
    ('抽水', '破拆', '照明')
    """
    if not isinstance(value, str):
        return value
    return tuple(dict.fromkeys(word for part in _BETWEEN_WORDS.split(value) if (word := part.strip())))


def yes_or_no(value: object) -> object:
    """Whether a cell says yes; what is neither stays as it is and is refused."""
    if not isinstance(value, str):
        return value
    said = value.strip().lower()
    return True if said in _YES else False if said in _NO or not said else value


def one_of(names: Mapping[Key, str]) -> Callable[[object], object]:
    """Reads a code by itself or by its name; an empty cell says nothing."""
    codes: dict[str, str] = {name: code for code, name in names.items()}

    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        said = value.strip()
        return codes.get(said, said) or None

    return read


def several_of(names: Mapping[Key, str]) -> Callable[[object], object]:
    """Reads codes by themselves or by their names."""
    codes: dict[str, str] = {name: code for code, name in names.items()}

    def read(value: object) -> object:
        said = words_in(value)
        return tuple(codes.get(str(one), one) for one in said) if isinstance(said, tuple | list) else said

    return read


def rows_in(columns: Mapping[str, str]) -> Callable[[object], object]:
    """Reads rows, their cells parted by `|`.

    >>> rows_in({"name": "品名", "unit": "单位"})("雨衣 | 件；手电")
    ({'name': '雨衣', 'unit': '件'}, {'name': '手电', 'unit': ''})
    """

    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        rows = []
        for line in _BETWEEN_ROWS.split(value):
            cells = [cell.strip() for cell in re.split(r"[|｜]", line)]
            if len(cells) > len(columns):
                raise ValueError(f"“{line.strip()[:40]}”的格数多于 {len(columns)} 格")
            if any(cells):
                rows.append(dict(zip(columns, cells + [""] * (len(columns) - len(cells)), strict=True)))
        return tuple(rows)

    return read


def fields_of(model: type[BaseModel]) -> tuple[DetailField, ...]:
    """The details of a kind, in the order in which they are shown."""
    return tuple(_field(key, info) for key, info in model.model_fields.items())


def written(field: DetailField, value: object, *, between: str = "；") -> str:
    """A value as a cell says it; what reads the cell gets the same value again. None is an empty cell.

    >>> written(DetailField("skills", "专长", "words", True, {}, {}), ("抽水", "破拆"))
    '抽水、破拆'
    """
    if field.sort in ("choices", "words"):
        return "、".join(field.names.get(str(one), str(one)) for one in _items(value))
    if field.sort == "lines":
        return between.join(
            " | ".join(_cell(one, key) for key in field.columns).rstrip(" |") for one in _items(value)
        )
    if field.sort == "yes_no":
        return YES if value else NO
    return field.names.get(str(value), _said(value))


def _items(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, tuple | list) else ()


def _cell(row: object, key: str) -> str:
    value = getattr(row, key)
    named = _choices(type(row).model_fields[key]) if isinstance(row, BaseModel) else None
    return named.names.get(str(value), _said(value)) if named else _said(value)


def _choices(info: FieldInfo) -> Choices | None:
    return next((one for one in info.metadata if isinstance(one, Choices)), None)


def _said(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return value.isoformat() if isinstance(value, date) else str(value)


def _field(key: str, info: FieldInfo) -> DetailField:
    choices = _choices(info)
    lines = next((one for one in info.metadata if isinstance(one, Lines)), None)
    names = choices.names if choices else {}
    columns = lines.columns if lines else {}
    return DetailField(key, info.title or key, _sort(info.annotation, choices, lines), info.is_required(),
                       names, columns)  # fmt: skip


def _sort(annotation: Any, choices: Choices | None, lines: Lines | None) -> str:
    is_several = get_origin(annotation) is tuple
    if lines:
        return "lines"
    if choices:
        return "choices" if is_several else "choice"
    if is_several:
        return "words"
    inside = get_args(annotation) or (annotation,)
    if bool in inside:
        return "yes_no"
    return "number" if int in inside or float in inside else "text"


EMPTY = BeforeValidator(empty_is_none)
WORDS = BeforeValidator(words_in)
YES_NO = BeforeValidator(yes_or_no)
