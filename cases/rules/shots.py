"""Near and far: one picture shows the problem itself, another one where it is; who is asked for both."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from gis_core.errors import Refused

Shot = Literal["near", "far"]
SHOT_NAMES: dict[Shot, str] = {"near": "近景", "far": "远景"}
ShotLevel = Literal["none", "ask", "need"]
"""`ask`: what is missing is told, `need`: it is refused."""
_LEVELS: tuple[ShotLevel, ...] = ("none", "ask", "need")
ASKED_AT_MOST: dict[str, ShotLevel] = {"inspector": "need", "department": "ask", "crew": "ask"}
"""How much a post may be asked for: inspectors are trained for it; the public and the desks never are."""


class ShotMissing(Refused):
    """A near and a far picture are asked for, and one of them is not there."""

    code = "shot_missing"


@dataclass(frozen=True, slots=True)
class ShotRule:
    """Steps (`report`, `self_handle`, an action) and types for which both are asked; no types are all."""

    steps: tuple[str, ...]
    kinds: tuple[str, ...]
    types: tuple[str, ...]
    level: ShotLevel

    def fits(self, step: str, kind: str, type_code: str) -> bool:
        """Whether the rule speaks of a step of such a case; a type is named whole or by its major class."""
        is_type = not self.types or type_code in self.types or type_code[:2] in self.types
        return step in self.steps and kind in self.kinds and is_type


def level_of(rules: Iterable[ShotRule], step: str, *, role: str, kind: str, type_code: str) -> ShotLevel:
    """What is asked of a post at a step: the most that any rule asks, never more than the post may be."""
    asked = [rule.level for rule in rules if rule.fits(step, kind, type_code)]
    most: ShotLevel = max(asked, key=_LEVELS.index, default="none")
    bound: ShotLevel = ASKED_AT_MOST.get(role, "none")
    return min(most, bound, key=_LEVELS.index)


def missing_shots(shots: Iterable[Shot | None]) -> tuple[Shot, ...]:
    """Which of the two are not there."""
    have = set(shots)
    return tuple(shot for shot in SHOT_NAMES if shot not in have)


def shot_words(shots: Iterable[Shot]) -> str:
    """Shots by name."""
    return "、".join(SHOT_NAMES[shot] for shot in shots)


def need_shots(missing: tuple[Shot, ...], label: str) -> None:
    """Refuse a step that lacks a near or a far picture.

    :raises ShotMissing: with what to do.
    """
    if missing:
        raise ShotMissing(
            f"{label}须有近景、远景照片各一张，现缺{shot_words(missing)}。"
            "近景拍清问题本身，远景连同周围参照物；请补拍并标明后重新提交。",
            missing=list(missing),
        )
