"""疑似重复: how alike a report and a case are, by place, type, component, time and words.

Weights and reaches are ours (assumed); no standard gives any. Weights were chosen on one half of the pairs in
`tests/quality/repeats.csv` and measured on the other; docs/look-alikes.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

REACH_M: dict[str, float] = {"component": 40.0, "matter": 120.0}
"""How far apart reports of one problem may lie, metres, by kind: components stand still, matters spread."""
LONGEST = timedelta(days=7)
"""How long ago a case may have ended to be offered as the same problem."""
LIKELY, POSSIBLE = 0.75, 0.5
_PLACE, _TYPE, _WORDS = 0.5, 0.3, 0.2
_SAME_MAJOR = 0.2
_ENDED = 0.7
_OTHER_ONE = 0.7


@dataclass(frozen=True, slots=True)
class Seen:
    """What is compared: kind and type, the component named, words, when it was reported and ended (UTC)."""

    kind: str
    type_code: str
    component_code: str | None
    words: str
    reported_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two reports are, 0 to 1, and why in Chinese beside the distance."""

    score: float
    reasons: tuple[str, ...]

    @property
    def is_likely(self) -> bool:
        """Whether it is most probably the same problem."""
        return self.score >= LIKELY


def reach_m(kind: str, accuracy_m: float | None = None) -> float:
    """How far away a case of the same problem may lie, metres; a vague position reaches farther, to twice.

    >>> reach_m("component"), reach_m("component", 25.0), reach_m("matter", 5000.0)
    (40.0, 65.0, 240.0)
    """
    reach = REACH_M[kind]
    return reach + min(accuracy_m or 0.0, reach)


def likeness(new: Seen, known: Seen, *, distance_m: float, reach: float, at: datetime) -> Likeness:
    """How much a report is like a known case; nothing in common but the place is nothing.

    One component is one problem wherever its pins lie; two that are named and differ count less. Else
    distance counts down to nothing at `reach` (metres), the type in whole or by its major class, and the
    words by the pairs of characters they share (Dice 1945). A case that is over counts less, and not at all
    after `LONGEST`.
    """
    if known.ended_at is not None and at - known.ended_at > LONGEST:
        return Likeness(0.0, ())
    is_one = new.component_code is not None and new.component_code == known.component_code
    alike_type = _type_share(new, known)
    if not is_one and (distance_m > reach or not alike_type):
        return Likeness(0.0, ())
    near = 1.0 if is_one else max(0.0, 1 - distance_m / reach)
    words = shared_words(new.words, known.words)
    score = 1.0 if is_one and alike_type == 1 else _PLACE * near + _TYPE * alike_type + _WORDS * words
    if new.component_code is not None and known.component_code is not None and not is_one:
        score *= _OTHER_ONE
    if known.ended_at is not None:
        score *= _ENDED
    return Likeness(round(score, 3), (*_reasons(is_one, alike_type, words),))


def _type_share(new: Seen, known: Seen) -> float:
    if new.kind != known.kind:
        return 0.0
    if new.type_code == known.type_code:
        return 1.0
    return _SAME_MAJOR if new.type_code[:2] == known.type_code[:2] else 0.0


def _reasons(is_one: bool, alike_type: float, words: float) -> Iterable[str]:
    if is_one:
        yield "同一部件"
    yield "类别相同" if alike_type == 1 else "大类相同"
    if words >= 0.3:
        yield "说法相近"


def shared_words(one: str, other: str) -> float:
    """The share of pairs of characters that two texts have in common, 0 to 1 (Dice).

    >>> shared_words("井盖缺失", "井盖缺失"), shared_words("污水井盖缺失", "井盖没了"), shared_words("", "井")
    (1.0, 0.25, 0.0)
    """
    first, second = _pairs(one), _pairs(other)
    return 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0


def _pairs(text: str) -> set[str]:
    signs = [sign for sign in text if sign.isalnum()]
    return {a + b for a, b in pairwise(signs)}
