"""Answers of the geocoding engine as rows of a table: degrees, level, confidence, grid codes, reasons."""

from collections.abc import Sequence

from gis_core.geocoding.answers import LEVEL_NAMES, Answer, Candidate
from grid.geocoding import CityGeocoder

COLUMNS = (
    "地点", "结果", "经度", "纬度", "标准地址", "级别", "置信度", "误差范围米", "单元网格", "社区", "读作",
    "依据", "其他可能",
)  # fmt: skip
"""Headings of a batch's answer, behind the columns that came."""
DOUBTFUL = "doubtful"
OUTCOME_NAMES = {
    "found": "已定位", DOUBTFUL: "请核对", "ambiguous": "多处可能", "not_found": "未找到",
    "elsewhere": "不在本市",
}  # fmt: skip
LEAST_FOUND = 0.5
"""A place that is more likely wrong than right is not called found."""


def outcome_of(answer: Answer) -> str:
    """The outcome of an answer as people are told it: what is found with little confidence is doubtful."""
    best = answer.best
    is_doubtful = answer.outcome == "found" and best is not None and best.confidence < LEAST_FOUND
    return DOUBTFUL if is_doubtful else answer.outcome


def answer_row(geocoder: CityGeocoder, answer: Answer) -> list[str]:
    """An answer as a row under `COLUMNS`, for files."""
    best = answer.best
    outcome = OUTCOME_NAMES[outcome_of(answer)]
    if best is None:
        return [answer.text, outcome, *[""] * 8, answer.understood, answer.message, ""]
    place, located = geocoder.place_of(best.point), geocoder.locate(best.point)
    return [
        answer.text,
        outcome,
        f"{place.lon_deg:.7f}",
        f"{place.lat_deg:.7f}",
        best.address,
        LEVEL_NAMES[best.level],
        f"{best.confidence:.3f}",
        f"{best.radius_m:.0f}",
        located.unit_grid_code if located else "",
        located.community_code if located else "",
        answer.understood,
        "；".join(filter(None, (*best.why, answer.message))),
        _others(answer.candidates[1:4]),
    ]


def _others(candidates: Sequence[Candidate]) -> str:
    return "；".join(f"{one.address}（{one.confidence:.2f}，{one.lost}）" for one in candidates)
