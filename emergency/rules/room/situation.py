"""Situation reports (情况快报) drafted from the record; people edit and publish them. Nothing is made up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from cases.rules.deciding import Asking
from emergency.rules.commands import Decision, KnownKinds
from emergency.rules.forms import BLANK, Draft, Line, numeral
from emergency.rules.incidents import State, move, need_words
from emergency.rules.room.picture import Picture
from emergency.rules.room.resources import STATE_NAMES
from gis_core.clock import city_time

LONGEST_TITLE, LONGEST_TEXT = 120, 12_000
COUNTED = (("people", "人（估算）"), ("components", "个部件"), ("roads", "条道路"), ("targets", "处防护目标"))


@dataclass(frozen=True, slots=True)
class PublishSituation:
    """A situation report goes into the record as it stands."""

    action: ClassVar[str] = "note"
    n: int
    version: int
    title: str
    text: str

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises what `move` raises."""
        edge = move(self.action, stage=state.stage, role=asking.role)
        told = f"发布情况快报第{numeral(self.n)}期：{self.title}"
        report = {"n": self.n, "version": self.version, "title": self.title, "text": self.text}
        return Decision(state, edge, told, {"changes": {}, "situation_report": report}, asking.at)


def checked(title: str, text: str) -> Draft:
    """A report as somebody edited it. Raises IncidentWordsMissing."""
    return Draft(
        need_words(title, "标题", most=LONGEST_TITLE), need_words(text, "快报内容", most=LONGEST_TEXT)
    )


def draft_situation(  # what the record knows, part by part
    state: State,
    picture: Picture,
    lines: Sequence[Line],
    tasks: Mapping[str, int],
    *,
    n: int,
    at: datetime,
    is_drill: bool,
) -> Draft:
    """The n-th report of an incident at a moment; `lines` are what happened since the one before."""
    mark = "【演练】" if is_drill else ""
    title = f"{mark}{state.title}情况快报（第{numeral(n)}期）"
    level = state.event_level.words if state.event_level else "不分级"
    parts = [
        ("基本情况", [f"{state.place_text or BLANK}，{level}。{state.toll.words()}。"]),
        ("影响范围", [_exposed(picture)]),
        ("任务", [_tasks(tasks)]),
        ("力量", [_resources(picture)]),
        (
            "道路封闭",
            ["、".join(one.name for one in picture.closures if one.name) or "记录中没有封闭的道路。"],
        ),
        ("天气", [_weather(picture)]),
        ("最新进展", _lines(lines)),
        ("下一步工作", [BLANK]),
    ]
    told = [title, f"截至 {_clock(at)}", ""]
    for number, (name, said) in enumerate(parts, start=1):
        told += [f"{numeral(number)}、{name}", *said]
    return Draft(title, "\n".join(told))


def _exposed(picture: Picture) -> str:
    if picture.effect is None:
        return BLANK
    counted = [
        f"{picture.effect.total[name]} {unit}"
        for name, unit in COUNTED
        if picture.effect.total.get(name) is not None
    ]
    return (
        f"{picture.effect.body['title']}（{_clock(picture.effect.at)}记入）：{'，'.join(counted) or BLANK}。"
    )


def _tasks(tasks: Mapping[str, int]) -> str:
    told = [f"{name} {n} 项" for name, n in tasks.items() if n]
    return f"{'，'.join(told)}。" if told else "没有派出任务。"


def _resources(picture: Picture) -> str:
    told = [f"{one.name}{STATE_NAMES[one.state]}（{city_time(one.at):%H:%M}）" for one in picture.resources]
    return f"{'，'.join(told)}。" if told else "没有调派记录。"


def _weather(picture: Picture) -> str:
    if picture.weather is None:
        return BLANK
    return f"{picture.weather.words}（{picture.weather.source}，{_clock(picture.weather.seen_at)}）。"


def _lines(lines: Sequence[Line]) -> list[str]:
    said = [f"{_clock(one.happened_at)}，{one.text.rstrip('。')}。" for one in lines]
    return [f"（{n}）{words}" for n, words in enumerate(said, start=1)] or [BLANK]


def _clock(at: datetime) -> str:
    return f"{city_time(at):%m月%d日 %H:%M}"
