"""Pairs of reports, told twice or near each other by chance, and how well `likeness` tells them apart.

`repeats.csv` was written for this project, by situation; no report of a real person is in it. Its halves: on
`tune` weights are chosen, on `report` they are measured. `python -m tests.quality.repeats` prints the table.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cases.rules.duplicates import LIKELY, POSSIBLE, Seen, likeness, reach_m

PAIRS = Path(__file__).parent / "repeats.csv"
NOW = datetime(2026, 9, 18, 1, 30, tzinfo=UTC)
ONE, OTHER = "61030301002000001", "61030301002000002"
KNOWN_CODE = {"": None, "same": ONE, "other": OTHER}
NEW_CODE = {"": None, "same": ONE, "other": ONE}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two reports, how far apart they lie in metres, and whether they are of one problem."""

    situation: str
    half: str
    is_same: bool
    known: Seen
    new: Seen
    distance_m: float

    @property
    def score(self) -> float:
        """How alike the rule takes them to be."""
        reach = reach_m(self.new.kind)
        return likeness(self.new, self.known, distance_m=self.distance_m, reach=reach, at=NOW).score


@dataclass(frozen=True, slots=True)
class Tally:
    """How many pairs were shown as look-alikes, and rightly."""

    same: int
    shown: int
    shown_rightly: int

    @property
    def precision(self) -> float:
        """The share of what is shown that is the same problem."""
        return self.shown_rightly / self.shown

    @property
    def recall(self) -> float:
        """The share of what is the same problem that is shown."""
        return self.shown_rightly / self.same


def read_pairs(path: Path = PAIRS) -> tuple[Pair, ...]:
    """The labelled pairs, in their order."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_pair(row) for row in csv.DictReader(file))


def tally(pairs: Iterable[Pair], threshold: float = POSSIBLE) -> Tally:
    """What is shown from a threshold on."""
    judged = [(pair.is_same, pair.score >= threshold) for pair in pairs]
    return Tally(
        same=sum(same for same, _ in judged),
        shown=sum(shown for _, shown in judged),
        shown_rightly=sum(same and shown for same, shown in judged),
    )


def report(pairs: Iterable[Pair]) -> Iterator[str]:
    """Lines of Markdown: each half at both thresholds, then what the second half gets wrong."""
    by_half = {half: [pair for pair in pairs if pair.half == half] for half in ("tune", "report")}
    yield "| half | pairs | threshold | shown | precision | recall |"
    yield "|---|---:|---:|---:|---:|---:|"
    for half, own in by_half.items():
        for threshold in (POSSIBLE, LIKELY):
            one = tally(own, threshold)
            figures = f"{one.shown} | {one.precision:.1%} | {one.recall:.1%}"
            yield f"| {half} | {len(own)} | {threshold} | {figures} |"
    yield ""
    for pair in by_half["report"]:
        if pair.is_same != (pair.score >= POSSIBLE):
            what = "missed" if pair.is_same else "shown"
            yield f"- {what} {pair.score:.2f} {pair.situation}: {pair.known.words} / {pair.new.words}"


def _pair(row: dict[str, str]) -> Pair:
    ended = row["ended_hours_ago"]
    known = Seen(
        row["kind"],
        row["known_type"],
        KNOWN_CODE[row["component"]],
        row["known_words"],
        NOW - timedelta(hours=float(row["hours_before"])),
        NOW - timedelta(hours=float(ended)) if ended else None,
    )
    new = Seen(row["kind"], row["new_type"], NEW_CODE[row["component"]], row["new_words"], NOW)
    return Pair(row["situation"], row["half"], row["is_same"] == "yes", known, new, float(row["distance_m"]))


if __name__ == "__main__":
    print("\n".join(report(read_pairs())))
