"""A sheet of figures as a workbook (XLSX) and on paper (PDF)."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jinja2

from cases.evaluation.reading import EvaluationFact
from cases.evaluation.sheets import Sheet, SheetIndicator, SheetRow
from cases.rules.periods import Period
from gis_core.clock import city_time
from web.paper import as_pdf
from web.rendering import STATIC

Say = Callable[..., str]
MOST_ON_PAPER = 300
"""Rows of a printed ranking; longer ones are for the workbook."""
REPORT_CSS = STATIC / "css" / "evaluation-report.css"
CLAUSE_NAMES: Mapping[str, str] = {"sourced": "有出处", "inferred": "推得", "assumed": "假定"}
FAMILY_NAMES: Mapping[str, str] = {
    "place": "区域",
    "department": "部门",
    "inspector": "监督员",
    "operator": "受理员",
    "duty_chief": "值班长",
    "dispatcher": "派遣员",
    "crew": "处置人员",
}
HEADINGS = ("名次", "代码", "名称", "总分", "等级", "小样本")
PARTS = ("值", "得分", "分子", "分母")
METHOD_HEADINGS = ("对象", "指标", "算法", "权重", "状态", "依据")
METHOD_SHEET = "办法"


@dataclass(frozen=True, slots=True)
class Taken:
    """A sheet to take away: its period and language, and whether it is frozen, signed or running."""

    sheet: Sheet
    period: Period
    title: str
    state: str
    say: Say
    is_english: bool

    def named(self, one: SheetIndicator) -> str:
        """An indicator's name in the language asked for."""
        return one.name_en if self.is_english else one.name


def told_state(facts: Sequence[EvaluationFact], counted_at: datetime | None, say: Say) -> str:
    """Whether figures are frozen and signed, by whom and when; or up to when running ones are counted."""
    words = [
        say(_STATES[one.action], moment=f"{city_time(one.at):%Y-%m-%d %H:%M}", name=one.by_name)
        for one in facts
    ]
    if words:
        return " · ".join(words)
    if counted_at is None:
        return say("还没有统计过")
    return say("未冻结，数据截至 {moment}", moment=f"{city_time(counted_at):%Y-%m-%d %H:%M}")


_STATES = {"freeze": "{moment} {name}冻结", "sign": "{moment} {name}签发"}


# -- workbook --------------------------------------------------------------------------------------------


def as_workbook(taken: Taken) -> bytes:
    """The sheet as XLSX: one page for each family, numbers as numbers, and a page about the method.

    Words are written as words: nothing that begins with "=" becomes a formula.
    """
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        looks = {name: book.add_format(look) for name, look in _LOOKS.items()}
        for family, indicators, rows in taken.sheet.families():
            page = book.add_worksheet(taken.say(FAMILY_NAMES[family])[:31])
            _write_family(page, looks, taken, indicators, rows)
        _write_method(book.add_worksheet(taken.say(METHOD_SHEET)), looks, taken)
    return out.getvalue()


_LOOKS: Mapping[str, Mapping[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "quiet": {"font_color": "#5b6874"},
    "heading": {"bold": True, "bottom": 1, "bg_color": "#e9f0f8", "align": "center", "valign": "vcenter",
                "text_wrap": True},
    "total": {"num_format": "0.0", "bold": True},
    "score": {"num_format": "0.0"},
    "pct": {"num_format": "0.0%"},
    "hours": {"num_format": "0.0"},
    "count": {"num_format": "#,##0"},
    "weight": {"num_format": '0.##"%"'},
}  # fmt: skip
_TOP = 3
_NONE = "–"


def _write_family(
    page: Any,
    looks: Mapping[str, Any],
    taken: Taken,
    indicators: Sequence[SheetIndicator],
    rows: Sequence[SheetRow],
) -> None:
    say = taken.say
    page.write_string(0, 0, taken.title, looks["title"])
    page.write_string(1, 0, taken.state, looks["quiet"])
    for n, name in enumerate(HEADINGS):
        page.merge_range(_TOP - 1, n, _TOP, n, say(name), looks["heading"])
    for n, one in enumerate(indicators):
        column = len(HEADINGS) + n * len(PARTS)
        weight = f" {one.weight_pct:g}%" if one.weight_pct else ""
        unit = f"（{say('小时')}）" if one.unit == "hours" else ""
        page.merge_range(
            _TOP - 1,
            column,
            _TOP - 1,
            column + len(PARTS) - 1,
            taken.named(one) + unit + weight,
            looks["heading"],
        )
        for k, part in enumerate(PARTS):
            page.write_string(_TOP, column + k, say(part), looks["heading"])
    for n, row in enumerate(rows, start=_TOP + 1):
        _write_row(page, looks, n, row=row, indicators=indicators, say=say)
    page.freeze_panes(_TOP + 1, 3)
    page.set_column(1, 2, 22)
    page.set_column(len(HEADINGS), len(HEADINGS) + len(indicators) * len(PARTS), 9)
    page.autofilter(_TOP, 0, _TOP + len(rows), len(HEADINGS) + len(indicators) * len(PARTS) - 1)


def _write_row(
    page: Any,
    looks: Mapping[str, Any],
    n: int,
    *,
    row: SheetRow,
    indicators: Sequence[SheetIndicator],
    say: Say,
) -> None:
    _write_number(page, n, 0, row.place, None)
    page.write_string(n, 1, row.code)
    page.write_string(n, 2, row.name)
    _write_number(page, n, 3, row.total, looks["total"])
    page.write_string(n, 4, row.grade or _NONE)
    page.write_string(n, 5, say("是") if row.is_small else "")
    for k, one in enumerate(indicators):
        score, column = row.scores[one.code], len(HEADINGS) + k * len(PARTS)
        value = score.value / 60 if one.unit == "hours" and score.value is not None else score.value
        value = score.numerator if one.unit == "count" else value
        _write_number(page, n, column, value, looks[one.unit])
        _write_number(page, n, column + 1, score.score, looks["score"])
        page.write_number(n, column + 2, score.numerator, looks["count"])
        _write_number(page, n, column + 3, score.denominator, looks["count"])


def _write_number(page: Any, row: int, column: int, value: float | None, look: Any) -> None:
    if value is None:
        page.write_string(row, column, _NONE)
    else:
        page.write_number(row, column, value, look)


def _write_method(page: Any, looks: Mapping[str, Any], taken: Taken) -> None:
    method, say = taken.sheet.method, taken.say
    name = method.name_en if taken.is_english else method.name
    page.write_string(0, 0, name, looks["title"])
    page.write_string(1, 0, f"{method.source} · {method.version} · {method.in_force_from}", looks["quiet"])
    for n, heading in enumerate(METHOD_HEADINGS):
        page.write_string(_TOP, n, say(heading), looks["heading"])
    n = _TOP
    for family, indicators in method.families.items():
        for one in indicators:
            n += 1
            page.write_string(n, 0, say(FAMILY_NAMES[family]))
            page.write_string(n, 1, taken.named(one))
            page.write_string(n, 2, one.formula)
            page.write_number(n, 3, one.weight_pct, looks["weight"])
            page.write_string(n, 4, say(CLAUSE_NAMES[one.status]))
            page.write_string(n, 5, one.source)
    for grade in method.grades:
        n += 1
        page.write_string(n, 0, grade.code)
        page.write_string(n, 1, grade.name_en if taken.is_english else grade.name)
        page.write_number(n, 2, grade.lower, looks["score"])
    page.set_column(0, 1, 18)
    page.set_column(2, 2, 60)
    page.set_column(5, 5, 60)


# -- paper -----------------------------------------------------------------------------------------------


def as_paper(taken: Taken, templates: jinja2.Environment, told: Mapping[str, Any]) -> bytes:
    """The sheet as PDF (A4, lying), the method behind it; `told` is what its template needs beside the sheet.

    :raises PaperMissing: when WeasyPrint or the libraries of the operating system that it needs are missing.
    """
    html = templates.get_template("evaluation/report.html").render(
        {
            **told,
            "taken": taken,
            "css": REPORT_CSS.read_text(encoding="utf-8"),
            "most": MOST_ON_PAPER,
            "family_names": FAMILY_NAMES,
            "clause_names": CLAUSE_NAMES,
        }
    )
    return as_pdf(html)
