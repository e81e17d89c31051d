"""The report of a batch: as values for programs and pages, and as a short text for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from gis_core.geocoding.answers import LEVEL_NAMES, Level
from grid.answer_rows import OUTCOME_NAMES
from grid.geocode_batches.tally import EMPTY, TENTHS, UNREAD, Tally

MOST_UNKNOWN = 20
MOST_UNKNOWN_TOLD = 10
ALL_OUTCOMES = {**OUTCOME_NAMES, EMPTY: "没有填写", UNREAD: "读不出"}
_BAR = 30


def report_of(tally: Tally) -> dict[str, Any]:
    """Counts, most frequent first (confidence: highest tenth first), with rows a second and seconds."""
    return {
        "rows": tally.rows,
        "seconds": round(tally.seconds, 2),
        "rows_per_s": round(tally.rows / tally.seconds, 1) if tally.seconds else None,
        "outcomes": [
            {"outcome": key, "name": ALL_OUTCOMES[key], "rows": n} for key, n in tally.outcomes.most_common()
        ],
        "levels": [
            {"level": key, "name": LEVEL_NAMES[Level(key)], "rows": n}
            for key, n in tally.levels.most_common()
        ],
        "confidence": [
            {"from": tenth / TENTHS, "to": (tenth + 1) / TENTHS, "rows": tally.confidences[tenth]}
            for tenth in reversed(range(TENTHS))
        ],
        "unknown": [{"name": name, "rows": n} for name, n in tally.unknown.most_common(MOST_UNKNOWN)],
        "gazetteer_versions": tally.versions,
    }


def tell(report: Mapping[str, Any]) -> str:
    """The report in a few lines of Chinese."""
    rows, rate = report["rows"], report["rows_per_s"]
    pace = f"，每秒 {rate:,.0f} 行" if rate else ""
    lines = [f"共 {rows:,} 行，用时 {report['seconds']:,.1f} 秒{pace}。"]
    outcomes = (f"{one['name']} {one['rows']:,}（{share(one['rows'], rows)}）" for one in report["outcomes"])
    lines.append("结果：" + "、".join(outcomes) + "。")
    if report["levels"]:
        levels = (f"{one['name']} {one['rows']:,}" for one in report["levels"])
        lines.append("级别：" + "、".join(levels) + "。")
        lines += ["置信度：", *_bars(report["confidence"])]
    if unknown := report["unknown"][:MOST_UNKNOWN_TOLD]:
        names = "、".join(f"{one['name']}（{one['rows']:,} 次）" for one in unknown)
        lines.append(f"地名库中没有、出现最多的：{names}。")
    if len(report["gazetteer_versions"]) > 1:
        lines.append("定位途中地名库有更新，前后各行所用的版本不同。")
    return "\n".join(lines)


def share(part: int, whole: int) -> str:
    """A part in percent.

    >>> share(461, 500), share(0, 0), share(1, 100_000)
    ('92.2%', '0%', '<0.1%')
    """
    if not part:
        return "0%"
    pct = 100 * part / whole
    return "<0.1%" if pct < 0.1 else f"{pct:.1f}%"


def _bars(tenths: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each tenth of confidence, its bar as long as its share of the largest."""
    most = max(one["rows"] for one in tenths) or 1
    drawn = [f"{'█' * round(_BAR * one['rows'] / most):<{_BAR}} {one['rows']:,}" for one in tenths]
    return [f"  {one['from']:.1f}–{one['to']:.1f} {bar}" for one, bar in zip(tenths, drawn, strict=True)]
