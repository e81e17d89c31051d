"""Evaluation on a map that is one file: places coloured by grade, with their figures, without network."""

from collections.abc import Iterator, Mapping
from datetime import date

from shapely.geometry.base import BaseGeometry

from cases.evaluation.formulas import KIND_NAMES
from cases.evaluation.sheets import Sheet, SheetRow
from cases.rules.periods import Period
from gis_core.briefing_map import Layer, Style, briefing_map
from gis_core.geojson import Feature
from grid.city import City
from web.evaluation_work import told_value

Shapes = Mapping[str, tuple[BaseGeometry, bool]]
LABELLED_AT_MOST = 40
BLANK = "#ffffff"


def draw_evaluation(sheet: Sheet, shapes: Shapes, period: Period, *, city: City, on: date, state: str) -> str:
    """The HTML of the map; `state` says whether the figures are frozen, signed, or running.

    :raises NothingToDraw: when no place has a border.
    """
    drawn = [row for row in sheet.rows if row.code in shapes]
    kind = KIND_NAMES[sheet.kind]
    return briefing_map(
        list(_layers(sheet, drawn, shapes)),
        title=f"{city.name}{kind}综合评价",
        subtitle=f"{period.name}（{period.first} 至 {period.last}） · {kind} {len(drawn)} 个 · {state}",
        on=on,
        attribution=f"{city.name}城市管理网格；行政区划：国家统计局、天地图",
        notes=_notes(sheet),
        is_synthetic=any(shapes[row.code][1] for row in drawn),
    )


def _layers(sheet: Sheet, drawn: list[SheetRow], shapes: Shapes) -> Iterator[Layer]:
    indicators = {one.code: one.name for one in sheet.method.families["place"]}
    popup = {"name": "名称", "place": "名次", "total": "总分", **indicators}
    label = "name" if len(drawn) <= LABELLED_AT_MOST else ""
    for grade in sheet.method.grades:
        rows = [row for row in drawn if row.grade == grade.code]
        if rows:
            style = Style("#ffffff", 1.0, fill=grade.colour, fill_opacity=0.6)
            features = [_feature(row, shapes, sheet) for row in rows]
            yield Layer(f"{grade.code} {grade.name}", features, style, popup, label)
    blank = [row for row in drawn if row.grade is None]
    if blank:
        features = [_feature(row, shapes, sheet) for row in blank]
        yield Layer("没有数字", features, Style("#7b8794", 0.6, fill=BLANK), popup, label)


def _feature(row: SheetRow, shapes: Shapes, sheet: Sheet) -> Feature:
    told: dict[str, object] = {
        "name": row.name,
        "place": row.place,
        "total": None if row.total is None else f"{row.total:.1f}{'（小样本）' if row.is_small else ''}",
    }
    for indicator in sheet.method.families["place"]:
        score = row.scores[indicator.code]
        of = f"（{score.numerator}/{score.denominator}）" if score.denominator else ""
        told[indicator.code] = told_value(indicator.unit, score.value, score.numerator) + of
    return Feature(shapes[row.code][0], told)


def _notes(sheet: Sheet) -> list[str]:
    method = sheet.method
    assumed = "、".join(one.name for one in method.families["place"] if one.status != "sourced")
    notes = [
        f"办法：{method.name}（{method.source}），版本 {method.version}；点开一块可见各项指标。",
        "等级：" + "，".join(f"{one.code} {one.name} ≥{one.lower:g}" for one in method.grades) + "。",
    ]
    if assumed:
        notes.append(f"含推得或假定内容的指标：{assumed}。")
    return notes
