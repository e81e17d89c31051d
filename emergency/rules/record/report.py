"""The report on how an incident was handled (总结评估报告), drafted from its record; people finish it.

Sections follow law articles 87 (loss and rebuilding), 92 (causes, lessons, improvements) and 93 (audit of
funds and goods). What the record does not know is left as a blank; nothing is made up. A line of `PLOT`
stands for a plot. Versions are kept for ever, so telephone numbers do not come into the draft.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from emergency.rules.facts import Fact
from emergency.rules.forms import BLANK
from emergency.rules.incidents import State
from emergency.rules.levels import TOLL_NAMES
from emergency.rules.record.measures import STEP_NAMES, Measures
from emergency.rules.record.people import blotted
from gis_core.clock import city_time

PLOT = "〔图表：{name}〕"
PLOTS: dict[str, str] = {
    "steps": "各环节用时",
    "accepted": "各部门接受任务用时",
    "reports": "信息报送",
    "moved": "转移人数",
}
MOST_TOLD = 60


@dataclass(frozen=True, slots=True)
class Drafted:
    """A report before anybody has read it."""

    title: str
    words: str


@dataclass(frozen=True, slots=True)
class FindingTold:
    """A finding as the report tells it."""

    found: str
    improvement: str
    plan_name: str
    owner: str
    due: str
    state: str


def draft_after_action(
    state: State,
    facts: Sequence[Fact],
    measures: Measures,
    *,
    kind_name: str,
    findings: Sequence[FindingTold],
    is_drill: bool,
    is_synthetic: bool,
) -> Drafted:
    """The report as the record alone writes it."""
    mark = "【演练】" if is_drill else "【示意数据】" if is_synthetic else ""
    title = f"{mark}{state.title}应对工作总结评估报告"
    level = state.event_level.words if state.event_level else "不分级"
    lines = [
        *((f"本报告据{'演练' if is_drill else '示意'}记录拟成，不反映真实事件。",) if mark else ()),
        "一、基本情况",
        f"事件：{kind_name}，{level}。地点：{state.place_text or BLANK}。",
        f"事发：{_moment(state.occurred_at)}；接报：{_moment(state.received_at)}；"
        f"处置结束：{_moment(state.ended_at)}。",
        f"伤亡损失：{state.toll.words()}。",
        "二、应对经过",
        *_course(facts),
        "三、应对用时（由记录自动算出，没有记录的不估计）",
        *_steps(measures),
        *(PLOT.format(name=name) for name in PLOTS.values()),
        "四、损失评估和恢复重建（突发事件应对法第八十七条）",
        f"记录中的损失：{_losses(state)}。",
        f"损失的调查评估：{BLANK}",
        f"恢复重建计划及上报情况：{BLANK}",
        "五、原因、经验教训和改进措施（突发事件应对法第九十二条）",
        f"原因：{BLANK}",
        *_lessons(facts),
        *_findings(findings),
        "六、应急资金和物资的使用（突发事件应对法第九十三条）",
        *_resources(measures),
        f"资金和物资的筹集、管理、分配、拨付和使用，审计情况：{BLANK}",
    ]
    return Drafted(title, "\n".join(lines))


def _course(facts: Sequence[Fact]) -> list[str]:
    """What moved the incident, without the steps of single tasks; when there is too much, that is said."""
    told = [one for one in facts if "task" not in one.body and "receipt" not in one.body]
    lines = [
        f"（{n}）{_moment(one.happened_at)}，{blotted(one.text).rstrip('。')}。"
        for n, one in enumerate(told[:MOST_TOLD], start=1)
    ]
    left = len(told) - MOST_TOLD
    return [*lines, *([f"此后还有 {left} 条，见记录。"] if left > 0 else [])]


def _steps(measures: Measures) -> list[str]:
    received = measures.find("received")
    lines = []
    for one in measures.milestones:
        after_s = one.after_s(received)
        if one.at is None or after_s is None:
            lines.append(f"{STEP_NAMES[one.code]}：没有记录。")
        else:
            minutes = abs(after_s) / 60
            words = f"接报{'后' if after_s >= 0 else '前'} {minutes:.0f} 分钟"
            facts = "、".join(str(seq) for seq in one.facts)
            lines.append(f"{STEP_NAMES[one.code]}：{_moment(one.at)}，{words}（记录第 {facts} 条）。")
    return lines


def _losses(state: State) -> str:
    known = {name: getattr(state.toll, name) for name in ("dead", "missing", "loss_yuan")}
    told = [
        f"{TOLL_NAMES[name]} {value}{' 元' if name == 'loss_yuan' else ' 人'}"
        for name, value in known.items()
        if value is not None
    ]
    return "，".join(told) or "没有记录"


def _lessons(facts: Sequence[Fact]) -> list[str]:
    closing = [one.text for one in facts if one.action == "close"]
    words = blotted(closing[-1]).partition("：")[2] if closing else ""
    return [f"经验教训：{words or BLANK}"]


def _findings(findings: Sequence[FindingTold]) -> list[str]:
    if not findings:
        return [f"改进措施：{BLANK}"]
    return [
        f"问题{n}：{one.found.rstrip('。')}。改进：{one.improvement.rstrip('。')}（{one.plan_name}，"
        f"{one.owner}，{one.due} 前，{one.state}）。"
        for n, one in enumerate(findings, start=1)
    ]


def _resources(measures: Measures) -> list[str]:
    names = "、".join(one.name for one in measures.resources)
    return [f"记录中投入的资源：{names or '没有记录'}。"]


def _moment(at: datetime | None) -> str:
    return BLANK if at is None else f"{city_time(at):%Y年%m月%d日 %H时%M分}"
