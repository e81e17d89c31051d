"""What became of the rows of a file, counted while they are answered; small, whatever the file."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Self

from gis_core.geocoding.answers import Answer
from grid.answer_rows import outcome_of

EMPTY, UNREAD = "empty", "unread"
"""Outcomes of rows that the engine was not asked about: no text in the columns, a row that cannot be read."""
TENTHS = 10
MOST_NAMES = 4_000
"""Unknown names that are counted at a time; beyond, those seen least are let go (they may come again)."""
MOST_NAME_CHARACTERS = 30
_LEAST_NAME_CHARACTERS = 2


@dataclass(slots=True)
class Tally:
    """Counts of a batch: outcomes, levels, tenths of confidence, names nobody knows, seconds of work.

    `versions` are those of the gazetteer that answered, in their order: more than one when it changed on the
    way.
    """

    rows: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)
    confidences: list[int] = field(default_factory=lambda: [0] * TENTHS)
    unknown: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    versions: list[str] = field(default_factory=list)

    def count(self, answer: Answer) -> None:
        """Count a row that was answered."""
        self.rows += 1
        self.outcomes[outcome_of(answer)] += 1
        if (best := answer.best) is not None:
            self.levels[best.level] += 1
            self.confidences[min(int(best.confidence * TENTHS), TENTHS - 1)] += 1
        for name in unknown_names(answer):
            self._note(name)

    def count_unanswered(self, outcome: str) -> None:
        """Count a row that the engine was not asked about."""
        self.rows += 1
        self.outcomes[outcome] += 1

    def note_version(self, version: str) -> None:
        """Note which gazetteer answers from now on."""
        if version not in self.versions[-1:]:
            self.versions.append(version)

    def _note(self, name: str) -> None:
        self.unknown[name] += 1
        if len(self.unknown) > MOST_NAMES:
            self.unknown = Counter(dict(self.unknown.most_common(MOST_NAMES // 2)))

    def to_json(self) -> dict[str, Any]:
        """All of it, to be kept beside the rows."""
        return {
            "rows": self.rows,
            "outcomes": dict(self.outcomes),
            "levels": dict(self.levels),
            "confidences": self.confidences,
            "unknown": dict(self.unknown),
            "seconds": self.seconds,
            "versions": self.versions,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """As it was kept."""
        counters = {name: Counter(kept[name]) for name in ("outcomes", "levels", "unknown")}
        return cls(**(dict(kept) | counters))


def unknown_names(answer: Answer) -> tuple[str, ...]:
    """Names in a text that the gazetteer lacks; where nothing was found, the longest part not understood."""
    if answer.missing:
        return tuple(dict.fromkeys(name[:MOST_NAME_CHARACTERS] for name in answer.missing))
    if answer.outcome != "not_found" or not answer.readings:
        return ()
    unread = [span.text.strip() for span in islice(answer.readings[0].of("other"), 20)]
    longest = max(unread, key=len, default="")
    return (longest[:MOST_NAME_CHARACTERS],) if len(longest) >= _LEAST_NAME_CHARACTERS else ()
