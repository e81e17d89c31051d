"""How moments, clocks, stages, lights, types and posts are said on pages, in the language of the page.

Each filter takes Jinja's context first, for the language, the moment and the words of the page.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from cases.rules.angles import compass_point
from cases.rules.deadlines import LIGHT_NAMES
from cases.rules.findings import SHOTS, read
from cases.rules.intake import SOURCE_NAMES
from cases.rules.shots import SHOT_NAMES
from cases.rules.stages import (
    FINAL_STAGES,
    PUBLIC_STAGE_NAMES,
    PUBLIC_STAGES,
    ROLE_NAMES,
    STAGE_NAMES,
    action_label,
)
from cases.rules.telling import TOPIC_NAMES
from cases.rules.worktime import WEEKDAYS
from emergency.rules.plans.conditions import with_names
from gis_core.clock import city_time
from web.import_words import on_page

ICONS = Path(__file__).parent.parent / "static" / "icons"
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400

TRACK: tuple[tuple[str, frozenset[str]], ...] = (
    ("信息收集", frozenset({"reported", "verifying"})),
    ("案件建立", frozenset({"accepted"})),
    ("任务派遣", frozenset({"filed", "return_pending"})),
    (
        "任务处理",
        frozenset({"dispatched", "in_progress", "extension_pending", "suspension_pending", "suspended"}),
    ),
    ("处理反馈", frozenset({"finished"})),
    ("核查结案", frozenset({"rechecking", "rechecked", "closed"})),
)
"""The six stages of the published workflow and the states that stand in each."""

PHOTO_ROLES = {
    "before": "处置前",
    "verify": "核实",
    "after": "处置后",
    "help": "协办",
    "join": "再次反映",
    "recheck": "核查",
    "added": "补充取证",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def duration_words(seconds: float, say: Callable[..., str]) -> str:
    """A duration in its two largest units, as `wording.js` says it too.

    >>> duration_words(12_000, lambda text, **v: text.format(**v))
    '3 小时 20 分'
    """
    whole = int(abs(seconds)) // MINUTE_S * MINUTE_S
    if whole < MINUTE_S:
        return say("不到 1 分")
    days, rest = divmod(whole, DAY_S)
    hours, minutes = rest // HOUR_S, rest % HOUR_S // MINUTE_S
    if days:
        return say("{days} 天 {hours} 小时", days=days, hours=hours) if hours else say("{days} 天", days=days)
    if hours:
        if minutes:
            return say("{hours} 小时 {minutes} 分", hours=hours, minutes=minutes)
        return say("{hours} 小时", hours=hours)
    return say("{minutes} 分", minutes=minutes)


@pass_context
def moment(context: Context, value: datetime) -> str:
    """A moment in city time, `11月22日 周日 17:30`; the year only when it is not this one."""
    local = city_time(value)
    other_year = local.year != city_time(context["now"]).year
    if context["lang"] == "en":
        day = f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"
        return f"{day}{f' {local.year}' if other_year else ''}, {local:%H:%M}"
    year = f"{local.year}年" if other_year else ""
    return f"{year}{local.month}月{local.day}日 周{WEEKDAYS[local.weekday()]} {local:%H:%M}"


@pass_context
def duration(context: Context, seconds: float) -> str:
    """A duration in words."""
    return duration_words(seconds, context["_"])


@pass_context
def clock(context: Context, due_at: datetime) -> str:
    """What is left until `due_at`, or by how much it is over."""
    left = (due_at - context["now"]).total_seconds()
    text = duration_words(left, context["_"])
    said: str = context["_"]("还剩 {text}" if left >= 0 else "超期 {text}", text=text)
    return said


@pass_context
def ago(context: Context, since: datetime) -> str:
    """How long ago a moment was."""
    text = duration_words((context["now"] - since).total_seconds(), context["_"])
    said: str = context["_"]("{text}前", text=text)
    return said


def _named(names: Mapping[Any, str]) -> Callable[[Context, str], str]:
    @pass_context
    def name(context: Context, code: str) -> str:
        said: str = context["_"](names.get(code, code))
        return said

    return name


@pass_context
def action_name(context: Context, action: str) -> str:
    """The word of an action."""
    said: str = context["_"](action_label(action))
    return said


@pass_context
def photo_name(context: Context, photo: Any) -> str:
    """What a photo is: when in the case's life, near or far."""
    _ = context["_"]
    words: list[str] = [_(PHOTO_ROLES.get(photo.role, photo.role))]
    return " · ".join([*words, _(SHOT_NAMES[photo.shot])] if photo.shot else words)


@pass_context
def photo_told(context: Context, photo: Any) -> str:
    """How far from the case a photo was taken, and which way it looks, as far as the camera said."""
    _ = context["_"]
    words: list[str] = []
    if photo.distance_m is not None:
        words.append(_("距案件 {n} 米", n=round(photo.distance_m)))
    if photo.direction_deg is not None:
        deg = round(photo.direction_deg) % 360
        words.append(_("朝{point} {deg}°", point=_(compass_point(photo.direction_deg)), deg=deg))
    return " · ".join(words)


@pass_context
def type_name(context: Context, one: Any) -> str:
    """The name of a case's type; in English from the catalogue."""
    catalogue = context["request"].app.state.wiring.catalogue
    code = getattr(one, "type_code", None) or one.code
    found = catalogue.find_type(one.kind, code)
    if found is None:
        return str(getattr(one, "type_name", code))
    return str(found.name_en or found.name if context["lang"] == "en" else found.name)


@lru_cache(maxsize=1)
def _pictures() -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = json.loads((ICONS / "pictograms.json").read_text(encoding="utf-8"))
    return table


def pictogram(type_code: str) -> str:
    """The name of the picture of a type or, without one of its own, of its class.

    >>> pictogram("01037"), pictogram("09"), pictogram("")
    ('lamp', 'shop', 'circle')
    """
    table = _pictures()
    return table["types"].get(type_code) or table["majors"].get(type_code[:2], "circle")


def track_of(stage: str) -> int:
    """The place of a stage in the published six, from 0; a case that was declined stands at the first.

    >>> track_of("reported"), track_of("in_progress"), track_of("closed"), track_of("voided")
    (0, 3, 5, 0)
    """
    return next((place for place, (_, stages) in enumerate(TRACK) if stage in stages), 0)


def case_no_parts(case_no: str) -> str:
    """A case number in groups that people can read out: district, day, number.

    >>> case_no_parts("61030320260801000123")
    '610303 20260801 000123'
    """
    return f"{case_no[:6]} {case_no[6:14]} {case_no[14:]}"


@pass_context
def finding(context: Context, words: str) -> str:
    """What was found of photos or a position, as a fact keeps it in Chinese, in the page's language."""
    found, _ = read(words), context["_"]
    if found is None:
        return words
    sentence, values = found
    if shots := values.get(SHOTS):
        values[SHOTS] = _("、").join(_(name) for name in shots.split("、"))
    said: str = _(sentence, **values)
    return said


@pass_context
def areas(context: Context, words: str) -> str:
    """A sentence of conditions with names of divisions in place of their codes."""
    return with_names(words, context["request"].app.state.wiring.responses.book.area_names)


def isoformat(value: datetime) -> str:
    """A moment for machines, city time with its offset."""
    return city_time(value).isoformat(timespec="seconds")


STATE_LIGHTS = {
    "完好": "normal", "破损": "at_risk", "丢失": "overdue", "废弃": "suspended", "移除": "suspended",
}  # fmt: skip
"""The light of a component's state: a shape of its own beside the word, for rows and pins."""


@pass_context
def _on_page(context: Context, words: str) -> str:
    """A finished sentence of an import in the reader's language, without options of the command line."""
    told: str = context["tell"](words)
    return on_page(told)


TEMPLATE_FILTERS: dict[str, Callable[..., Any]] = {
    "on_page": _on_page,
    "moment": moment,
    "duration": duration,
    "clock": clock,
    "ago": ago,
    "stage_name": _named(STAGE_NAMES),
    "light_name": _named(LIGHT_NAMES),
    "role_name": _named(ROLE_NAMES),
    "source_name": _named(SOURCE_NAMES),
    "public_stage": PUBLIC_STAGES.__getitem__,
    "public_stage_name": _named(PUBLIC_STAGE_NAMES),
    "photo_role": _named(PHOTO_ROLES),
    "photo_name": photo_name,
    "photo_told": photo_told,
    "finding": finding,
    "areas": areas,
    "compass": compass_point,
    "topic_name": _named(TOPIC_NAMES),
    "action_name": action_name,
    "type_name": type_name,
    "pictogram": pictogram,
    "track_of": track_of,
    "state_light": lambda state: STATE_LIGHTS.get(state, "normal"),
    "is_final": lambda stage: stage in FINAL_STAGES,
    "case_no_parts": case_no_parts,
    "isoformat": isoformat,
}
