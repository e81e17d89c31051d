"""How right and how sure the engine is, as tables and plots: `python -m tests.bench.geocoding_report DIR`.

Writes `geocoding-calibration.svg` and `geocoding-noise.svg` into the folder and prints the tables of
docs/geocoding.md. The calibration is measured with one place in four kept from the index.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt

from gis_core.geocoding.gazetteer import PlaceKind
from gis_core.geocoding.geocoder import Geocoder
from gis_core.geocoding.index import PlaceIndex
from gis_core.geocoding.index_building import build_index
from tests.bench.geocoding_city import WORDS, Town, draw_town
from tests.bench.geocoding_noise import Noise, Said, off_m

RIGHT_M, WRONG_M, SURE = 30.0, 100.0, 0.8
KEPT_BACK = 0.25
ADDRESSES = 10_000
ACCENT, QUIET, WARN = "#1f5fa8", "#5b6874", "#b97700"


@dataclass(frozen=True, slots=True)
class Asked:
    """An address that was asked for: how sure the first answer was, and how far off; infinite for none."""

    said: Said
    confidence: float
    away_m: float


def main() -> None:
    """Measure, print, draw."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/figures")
    folder.mkdir(parents=True, exist_ok=True)
    mpl.rcParams["font.sans-serif"] = ["Noto Sans CJK SC", "Source Han Sans SC", "DejaVu Sans"]
    mpl.rcParams["svg.hashsalt"] = "citygrid"
    town = draw_town()
    whole = build_index(town.places, town.areas, version="report", generic_words=WORDS)
    complete = ask(Geocoder(whole), Noise(town.places, town.areas, whole, np.random.default_rng(31)))
    partial = ask(
        Geocoder(_with_gaps(town)), Noise(town.places, town.areas, whole, np.random.default_rng(32))
    )
    _print_summary("the whole gazetteer", complete)
    _print_summary("one place in four kept back", partial)
    _print_kinds(complete)
    draw_calibration(partial, folder / "geocoding-calibration.svg")
    draw_kinds(complete, folder / "geocoding-noise.svg")


def ask(geocoder: Geocoder, noise: Noise) -> list[Asked]:
    """Noised addresses and a few clean ones, each asked once."""
    found = []
    for said in (*noise.noised(ADDRESSES), *noise.clean(ADDRESSES // 5)):
        best = geocoder.geocode(said.text).best
        away_m = off_m(said, best.point.easting_m, best.point.northing_m) if best else np.inf
        found.append(Asked(said, best.confidence if best else 0.0, float(away_m)))
    return found


def _with_gaps(town: Town) -> PlaceIndex:
    draws = np.random.default_rng(33)
    known = [p for p in town.places if p.kind is PlaceKind.AREA or draws.random() > KEPT_BACK]
    return build_index(known, town.areas, version="gaps", generic_words=WORDS)


def bins_of(asked: Sequence[Asked], width: float = 0.1) -> list[tuple[float, float, int]]:
    """Mean confidence, share right, and count, in bins of confidence; empty bins are left out."""
    binned: dict[int, list[Asked]] = defaultdict(list)
    for one in asked:
        binned[min(int(one.confidence / width), round(1 / width) - 1)].append(one)
    return [
        (
            float(np.mean([one.confidence for one in inside])),
            float(np.mean([one.away_m <= RIGHT_M for one in inside])),
            len(inside),
        )
        for _, inside in sorted(binned.items())
    ]


def expected_calibration_error(asked: Sequence[Asked]) -> float:
    """Mean distance of confidence from being right, by tenths of confidence, weighted by count."""
    return sum(abs(mean - right) * count for mean, right, count in bins_of(asked)) / len(asked)


def _print_summary(what: str, asked: Sequence[Asked]) -> None:
    right = np.mean([one.away_m <= 20 for one in asked]) * 100
    wrong = np.mean([one.away_m > WRONG_M and one.confidence >= SURE for one in asked]) * 100
    error = expected_calibration_error(asked)
    print(f"| {what} | {len(asked):,} | {right:.2f} % | {wrong:.3f} % | {error:.3f} |")


def _print_kinds(asked: Sequence[Asked]) -> None:
    for kind, count, right in _kinds(asked):
        print(f"| {kind} | {count:,} | {right * 100:.1f} % |")


def _kinds(asked: Sequence[Asked]) -> list[tuple[str, int, float]]:
    by_kind: dict[str, list[bool]] = defaultdict(list)
    for one in asked:
        for kind in one.said.kinds or ("无",):
            by_kind[kind].append(one.away_m <= 20)
    rows = [(kind, len(oks), float(np.mean(oks))) for kind, oks in by_kind.items()]
    return sorted(rows, key=lambda row: (row[2], row[0]))


def draw_calibration(asked: Sequence[Asked], path: Path) -> None:
    """Confidence against how often it was right; the size of a mark is the number of answers."""
    rows = bins_of(asked)
    figure, axes = plt.subplots(figsize=(5.2, 5.2), constrained_layout=True)
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle="--")
    means, rights, counts = (np.array(column) for column in zip(*rows, strict=True))
    axes.plot(means, rights, color=ACCENT, linewidth=1.5)
    axes.scatter(means, rights, s=12 + 300 * np.sqrt(counts / counts.max()), color=ACCENT, alpha=0.55)
    for mean, right, count in rows:
        axes.annotate(f"n={count:,}", (mean, right), xytext=(8, -12), textcoords="offset points", fontsize=8)
    axes.set(xlim=(0, 1.02), ylim=(0, 1.04), xlabel="confidence told", ylabel=f"share within {RIGHT_M:.0f} m")
    axes.set_title("Calibration: noised addresses, one place in four unknown", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def draw_kinds(asked: Sequence[Asked], path: Path) -> None:
    """Share missed by kind of noise, the hardest on top."""
    rows = _kinds(asked)[::-1]
    figure, axes = plt.subplots(figsize=(6.4, 6.4), constrained_layout=True)
    values = [(1 - right) * 100 for _, _, right in rows]
    axes.barh([f"{kind} (n={count:,})" for kind, count, _ in rows], values, color=ACCENT)
    axes.axvline(2, color=WARN, linewidth=1, linestyle="--")
    axes.set(xlim=(0, 2.5), xlabel="% not within 20 m (dashed: the target, 2 %)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    main()
