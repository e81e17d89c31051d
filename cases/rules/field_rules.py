"""What a city asks of work outside beside the table of steps: near and far, the same angle, being there."""

from dataclasses import dataclass, field

from cases.rules.angles import AngleRule
from cases.rules.on_site import Fence, Fences
from cases.rules.shots import ShotLevel, ShotRule, level_of


@dataclass(frozen=True, slots=True)
class FieldRules:
    """The rules of evidence of a city in force on a day; without any nothing is asked."""

    version: str = ""
    shots: tuple[ShotRule, ...] = ()
    angle: AngleRule | None = None
    fences: Fences = field(default_factory=lambda: Fences({}))

    def asks_of(self, step: str, *, role: str, kind: str, type_code: str) -> "FieldAsk":
        """What a step asks of a post."""
        level = level_of(self.shots, step, role=role, kind=kind, type_code=type_code)
        return FieldAsk(level, self.fences.fence_of(step, role), self.fences.most_accuracy_m)

    def most_asked(self, step: str, role: str) -> "FieldAsk":
        """What a step asks of a post before its type is known: at most to name near and far."""
        levels = [
            level_of((rule,), step, role=role, kind=kind, type_code=next(iter(rule.types), ""))
            for rule in self.shots
            for kind in rule.kinds
        ]
        level: ShotLevel = "none" if {"none"}.issuperset(levels) else "ask"
        return FieldAsk(level, self.fences.fence_of(step, role), self.fences.most_accuracy_m)


@dataclass(frozen=True, slots=True)
class FieldAsk:
    """What one step asks of one post: near and far pictures, and to stand within a fence."""

    shots: ShotLevel = "none"
    fence: Fence | None = None
    most_accuracy_m: float = 0.0


ASKS_NOTHING = FieldRules()
