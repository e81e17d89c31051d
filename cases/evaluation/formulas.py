"""The city's formulas of evaluation, read from `evaluation.yaml` in its data folder."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from cases.rules.counting import COUNTERS, POSTS
from cases.rules.scoring import Band, FormulaSet, Grade, Indicator, Kind, Per, Term, in_force
from gis_core.digests import digest
from gis_core.errors import BadInput
from grid.city import City, read_data
from grid.dated import DatedValue

FILE = "evaluation.yaml"
FAMILIES = ("place", "department", *POSTS)
PLACE_KINDS = ("unit_grid", "responsibility_grid", "community", "subdistrict", "district")
KIND_NAMES: Mapping[str, str] = {
    "district": "区",
    "subdistrict": "街道（镇）",
    "community": "社区（村）",
    "responsibility_grid": "责任网格",
    "unit_grid": "单元网格",
    "department": "部门",
    "post": "岗位",
    "person": "人员",
}
"""Kinds of object, as pages list them."""


class BadFormulas(BadInput):
    """The file of formulas names a counter that nothing counts, or lacks a family or a band."""

    code = "bad_formulas"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _GradeData(_Data):
    code: str
    lower: float
    name: str
    name_en: str
    colour: str = Field(pattern="^#[0-9a-f]{6}$")


class _GradesData(_Data):
    source: str
    status: str
    bands: tuple[_GradeData, ...]


class _ClassesData(_Data):
    first_land_uses: tuple[str, ...]
    status: str
    source: str


class _IndicatorData(_Data):
    code: str
    name: str
    name_en: str
    kind: Kind
    numerator: tuple[str, ...]
    denominator: tuple[str, ...] = ()
    weight_pct: float = Field(ge=0, le=100)
    status: str
    source: str
    per: Per = "period"
    bands: dict[str, tuple[tuple[float | None, float], ...]] = Field(default_factory=dict)


class _SetData(_Data):
    code: str
    name: str
    name_en: str
    in_force_from: date
    status: str
    source: str
    is_draft: bool = False
    like: str | None = None
    families: dict[str, tuple[_IndicatorData, ...]] = Field(default_factory=dict)
    weights: dict[str, dict[str, float]] = Field(default_factory=dict)


class _FormulasData(_Data):
    version: str
    small_sample: DatedValue
    least_weight: DatedValue
    grades: _GradesData
    grid_classes: _ClassesData
    sets: tuple[_SetData, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Formulas:
    """All sets of formulas of a city, and which land uses make a unit grid one of class 1.

    `version` names the file and a digest of what it says, so that figures can be told apart by it.
    """

    version: str
    sets: tuple[FormulaSet, ...]
    first_land_uses: frozenset[str]
    notes: tuple[tuple[str, str, str, str], ...]

    def in_force(self, on: date) -> FormulaSet:
        """The set in force on a day."""
        return in_force(self.sets, on)


def family_of(kind: str, code: str) -> str:
    """The family of formulas of an object: of places, departments, or of the post.

    >>> family_of("person", "inspector:12"), family_of("community", "610303008007")
    ('inspector', 'place')
    """
    if kind in PLACE_KINDS:
        return "place"
    return "department" if kind == "department" else code.partition(":")[0]


def load_formulas(city: City) -> Formulas:
    """The formulas of the city.

    :raises BadCityData: when the file cannot be read; BadFormulas when it contradicts itself.
    """
    path = city.folder / FILE
    data = read_data(path, _FormulasData)
    version = f"{data.version}+{digest(path.read_bytes())[:8]}"
    found: dict[str, FormulaSet] = {}
    for one in data.sets:
        found[one.code] = _set(path, data, one, found.get(one.like or ""), version)
    if all(one.is_draft for one in found.values()):
        raise BadFormulas(f"{path} 中没有一套正式的评价办法，请补充。")
    return Formulas(
        version=version,
        sets=tuple(found.values()),
        first_land_uses=frozenset(data.grid_classes.first_land_uses),
        notes=(
            *(
                (one.name, f"{next(reversed(one.in_force.values()))} {one.unit} · ", one.source, one.status)
                for one in (data.small_sample, data.least_weight)
            ),
            ("等级", "", data.grades.source, data.grades.status),
            ("网格分类", "", data.grid_classes.source, data.grid_classes.status),
        ),
    )


def _set(path: Path, data: _FormulasData, one: _SetData, like: FormulaSet | None, version: str) -> FormulaSet:
    families: dict[str, tuple[Indicator, ...]] = dict(like.families) if like else {}
    for family, indicators in one.families.items():
        families[family] = tuple(_indicator(path, each) for each in indicators)
    if missing := [family for family in FAMILIES if not families.get(family)]:
        raise BadFormulas(f"{path} 的“{one.name}”缺少这些对象的指标：{'、'.join(missing)}。")
    made = FormulaSet(
        code=one.code,
        name=one.name,
        name_en=one.name_en,
        in_force_from=one.in_force_from,
        source=one.source,
        status=one.status,
        is_draft=one.is_draft,
        families=families,
        grades=tuple(Grade(**grade.model_dump()) for grade in data.grades.bands),
        small_sample=data.small_sample.value_on(one.in_force_from),
        least_weight_pct=data.least_weight.value_on(one.in_force_from),
        version=version,
    )
    for family, weights in one.weights.items():
        made = replace(made.with_weights(family, weights), is_draft=one.is_draft)
    for family, found in made.families.items():
        if round(sum(each.weight_pct for each in found), 6) != 100:
            raise BadFormulas(f"{path} 的“{one.name}”中 {family} 的权重合计不是 100，请改正。")
    if min(grade.lower for grade in made.grades) > 0:
        raise BadFormulas(f"{path} 的等级没有覆盖 0 分，请补充。")
    return made


def _indicator(path: Path, one: _IndicatorData) -> Indicator:
    bands = {name: tuple(Band(*pair) for pair in pairs) for name, pairs in one.bands.items()}
    if (one.kind == "bands") != bool(bands) or any(steps[-1].most is not None for steps in bands.values()):
        raise BadFormulas(f"{path} 的指标“{one.name}”的分档不完整：最后一档应没有上限。")
    values: dict[str, Any] = one.model_dump(exclude={"numerator", "denominator", "bands"})
    return Indicator(
        **values,
        numerator=tuple(_term(path, word) for word in one.numerator),
        denominator=tuple(_term(path, word) for word in one.denominator),
        bands=bands or None,
    )


def _term(path: Path, word: str) -> Term:
    counter = word.removeprefix("-")
    if counter not in COUNTERS:
        raise BadFormulas(f"{path} 用到了没有统计的数“{counter}”，请核对。")
    return Term(counter, -1 if word.startswith("-") else 1)
