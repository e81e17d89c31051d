"""Whether a condition holds at a moment: held, not held or unknown, with a tree of reasons in Chinese."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from emergency.rules.plans.conditions import STATUS_NAMES, AllOf, AnyOf, Leaf, Not
from emergency.rules.plans.measuring import Alarm, measure
from emergency.rules.plans.situation import Situation

Verdict = Literal["held", "not_held", "unknown"]
VERDICT_NAMES: dict[str, str] = {"held": "条件成立", "not_held": "条件不成立", "unknown": "无法判断"}
OPPOSITE: dict[Verdict, Verdict] = {"held": "not_held", "not_held": "held", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A node of the tree of reasons: the verdict, what was asked, what is known, and the nodes below."""

    verdict: Verdict
    asked: str
    known: str
    parts: tuple["Judgement", ...] = ()
    alarms: tuple[Alarm, ...] = ()

    @property
    def sentence(self) -> str:
        """One line of the tree."""
        told = f"：{self.known}" if self.known else ""
        return f"{VERDICT_NAMES[self.verdict]}——{self.asked}{told}"

    def lines(self, depth: int = 0) -> Iterator[str]:
        """The whole tree as lines, two spaces further in for every step down."""
        yield "  " * depth + self.sentence
        for part in self.parts:
            yield from part.lines(depth + 1)

    def reasons(self) -> Iterator["Judgement"]:
        """The comparisons that made the verdict what it is, without those that did not matter."""
        if not self.parts:
            yield self
        elif self.asked == NOT:
            yield from self.parts[0].reasons()
        else:
            for part in self.parts:
                if part.verdict == self.verdict:
                    yield from part.reasons()

    def all_alarms(self) -> tuple[Alarm, ...]:
        """Every instrument at fault below, each once."""
        found = [*self.alarms, *(alarm for part in self.parts for alarm in part.all_alarms())]
        return tuple(dict.fromkeys(found))


ALL, ANY, NOT = "以下各项同时成立", "以下至少一项成立", "以下一项不成立"


def judge(condition: AllOf | AnyOf | Not | Leaf, now: Situation) -> Judgement:
    """Judge a condition by what is known.

    All: one member that does not hold decides, else one unknown makes it unknown. Any: one member that
    holds decides, else one unknown makes it unknown. What is missing is unknown, also under a not.
    """
    if isinstance(condition, Not):
        part = judge(condition.member, now)
        return Judgement(OPPOSITE[part.verdict], NOT, "", (part,))
    if isinstance(condition, AllOf):
        parts = tuple(judge(member, now) for member in condition.members)
        return Judgement(_joined(parts, decides="not_held", otherwise="held"), ALL, "", parts)
    if isinstance(condition, AnyOf):
        parts = tuple(judge(member, now) for member in condition.members)
        return Judgement(_joined(parts, decides="held", otherwise="not_held"), ANY, "", parts)
    return _judge_leaf(condition, now)


def _joined(parts: Sequence[Judgement], *, decides: Verdict, otherwise: Verdict) -> Verdict:
    verdicts = {part.verdict for part in parts}
    if decides in verdicts:
        return decides
    return "unknown" if "unknown" in verdicts else otherwise


def _judge_leaf(leaf: Leaf, now: Situation) -> Judgement:
    found = measure(leaf, now)
    verdict: Verdict = "unknown"
    if leaf.asked.covers(found.known):
        verdict = "held"
    elif leaf.asked.meet(found.known).is_empty:
        verdict = "not_held"
    marked = f"（{STATUS_NAMES[leaf.status]}）" if leaf.status in ("assumed", "recalled") else ""
    return Judgement(verdict, leaf.words + marked, found.sentence, alarms=found.alarms)
