"""Which level is proposed for a plan at a moment, and why; people activate, never this."""

from dataclasses import dataclass
from typing import Literal

from emergency.rules.plans.document import RESPONSE_NAMES, Plan
from emergency.rules.plans.judging import VERDICT_NAMES, Judgement, judge
from emergency.rules.plans.measuring import Alarm
from emergency.rules.plans.situation import Situation

Action = Literal["none", "activate", "raise", "keep", "lower", "consider_end"]
ACTION_NAMES: dict[str, str] = {
    "none": "不建议启动", "activate": "建议启动", "raise": "建议提升", "keep": "建议保持",
    "lower": "建议降低", "consider_end": "可研究终止",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LevelVerdict:
    """How the trigger of a level was judged; None when only a person proposes the level."""

    level: int
    judgement: Judgement | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """The highest level whose trigger holds, None when none does; graver levels that cannot be judged."""

    plan_code: str
    level: int | None
    current: int | None
    action: Action
    verdicts: tuple[LevelVerdict, ...]
    unknown_levels: tuple[int, ...]
    alarms: tuple[Alarm, ...]

    @property
    def sentence(self) -> str:
        """The proposal with its reasons, in Chinese."""
        told = ACTION_NAMES[self.action] + ("为" if self.action in ("raise", "lower") else "")
        aim = self.current if self.action == "keep" else self.level
        if self.action not in ("none", "consider_end") and aim is not None:
            told += RESPONSE_NAMES[aim]
        held = next((one.judgement for one in self.verdicts if one.level == self.level), None)
        why = "；".join(reason.known for reason in held.reasons()) if held else "没有一级的启动条件成立"
        unknown = "、".join(RESPONSE_NAMES[level] for level in self.unknown_levels)
        doubt = f"。{unknown}的条件缺少数据，无法判断，请人工核实" if unknown else ""
        return f"{told}：{why}{doubt}。是否启动由有权人员决定。"

    def lines(self) -> tuple[str, ...]:
        """The whole tree of reasons, level by level."""
        told: list[str] = []
        for one in self.verdicts:
            verdict = VERDICT_NAMES[one.judgement.verdict] if one.judgement else "只能由人提出"
            told.append(f"{RESPONSE_NAMES[one.level]}：{verdict}")
            told.extend(one.judgement.lines(1) if one.judgement else ())
        return tuple(told)


def propose(plan: Plan, now: Situation, current: int | None = None) -> Proposal:
    """The proposal of a plan at a moment; `current` is the level at which it is activated already.

    A level is never proposed to be lowered while one that high or higher cannot be judged.
    """
    verdicts = tuple(
        LevelVerdict(level.level, judge(level.trigger, now) if level.trigger is not None else None)
        for level in sorted(plan.levels, key=lambda one: one.level)
    )
    held = [one.level for one in verdicts if one.judgement and one.judgement.verdict == "held"]
    level = min(held, default=None)
    doubtful = [one.level for one in verdicts if one.judgement and one.judgement.verdict == "unknown"]
    unknown = tuple(one for one in doubtful if level is None or one < level)
    alarms = dict.fromkeys(a for one in verdicts if one.judgement for a in one.judgement.all_alarms())
    action = _action(level, current, is_doubtful=any(one <= (current or 0) for one in unknown))
    return Proposal(plan.code, level, current, action, verdicts, unknown, tuple(alarms))


def _action(level: int | None, current: int | None, *, is_doubtful: bool) -> Action:
    if current is None:
        return "none" if level is None else "activate"
    if level is not None and level < current:
        return "raise"
    if level == current or is_doubtful:
        return "keep"
    return "consider_end" if level is None else "lower"
