"""Reports upwards as they are drafted from the record: 首报, 续报, 终报. People read, correct and send them.

Fields of a first report and the titles of follow-ups: a published municipal rule of reporting; what a final
report says is recalled, to be checked. Nothing is made up: what the record does not know is left as a blank
for the officer to fill.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from emergency.rules.incidents import State
from emergency.rules.reporting import Kind
from gis_core.clock import city_time

BLANK = "（待填）"
NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Line:
    """A fact of the timeline as a report tells it."""

    happened_at: datetime
    action: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A report before it is sent."""

    title: str
    text: str


def draft_report(
    kind: Kind,
    state: State,
    lines: Sequence[Line],
    *,
    kind_name: str,
    source_name: str,
    affected: str,
    n_before: int,
    last_sent_at: datetime | None,
    is_drill: bool,
) -> Draft:
    """A report drafted from the record; `n_before` of its kind went out before, `affected` is the area
    of effect that was noted last.

    A follow-up tells only what has happened since the last report.
    """
    title = {
        "log": f"{state.title}值班记录",
        "first": f"关于{state.title}的报告",
        "follow_up": f"{state.title}续报{numeral(n_before + 1)}",
        "change": f"{state.title}情况变化报告",
        "final": f"{state.title}终报",
    }[kind]
    if kind in ("follow_up", "change"):
        told = _progress(state, [one for one in lines if not last_sent_at or one.happened_at > last_sent_at])
    elif kind == "final":
        told = _final(state, lines, kind_name)
    else:
        told = _first(state, lines, kind_name, source_name, affected)
    mark = "【演练】" if is_drill else ""
    return Draft(mark + title, "\n".join((f"{mark}{title}", "", *told)))


def numeral(n: int) -> str:
    """A number of a follow-up as its title says it.

    >>> [numeral(1), numeral(11), numeral(20), numeral(23)]
    ['一', '十一', '二十', '二十三']
    """
    tens, ones = divmod(n, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else f"{NUMERALS[tens - 1]}十")
    return head + (NUMERALS[ones - 1] if ones else "")


def _first(state: State, lines: Sequence[Line], kind_name: str, source_name: str, affected: str) -> list[str]:
    level = state.event_level.words if state.event_level else "不分级"
    sure = "" if state.is_level_confirmed else "（初步判断）"
    return [
        f"接报时间：{_clock(state.received_at)}",
        f"信息来源：{source_name}",
        f"事发时间：{_clock(state.occurred_at) if state.occurred_at else BLANK}",
        f"事发地点：{state.place_text or BLANK}",
        f"事件性质：{kind_name}，{level}{sure}",
        f"影响范围：{affected or BLANK}",
        f"伤亡损失：{state.toll.words()}",
        f"基本情况：{lines[0].text if lines else BLANK}",
        f"发展趋势：{BLANK}",
        f"到场领导：{BLANK}",
        "已采取的措施：",
        *_told(lines[1:]),
        f"建议和请求：{BLANK}",
    ]


def _progress(state: State, lines: Sequence[Line]) -> list[str]:
    return [f"伤亡损失：{state.toll.words()}", "最新进展：", *_told(lines), f"下一步工作：{BLANK}"]


def _final(state: State, lines: Sequence[Line], kind_name: str) -> list[str]:
    level = state.event_level.words if state.event_level else "不分级"
    return [
        f"事件：{kind_name}，{level}，{state.place_text or BLANK}",
        f"起止时间：{_clock(state.occurred_at or state.received_at)}至"
        f"{_clock(state.ended_at) if state.ended_at else BLANK}",
        f"处置结果：{BLANK}",
        f"伤亡损失：{state.toll.words()}",
        "处置经过：",
        *_told(lines),
        f"原因（如已查明）：{BLANK}",
        f"经验教训：{BLANK}",
    ]


def _told(lines: Sequence[Line]) -> list[str]:
    told = [one for one in lines if one.action not in ("send_report", "correct")]
    words = [f"{_clock(one.happened_at)}，{one.text.rstrip('。')}。" for one in told]
    return [f"（{n}）{said}" for n, said in enumerate(words, start=1)] or [BLANK]


def _clock(at: datetime) -> str:
    return f"{city_time(at):%Y年%m月%d日 %H时%M分}"
