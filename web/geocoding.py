"""Answers of the geocoding engine as JSON and as rows: degrees, grid codes, reasons."""

from collections.abc import Sequence
from typing import Any

from gis_core.geocoding.answers import LEVEL_NAMES, Answer, Candidate, Suggestion
from gis_core.geocoding.reversing import Described
from gis_core.places import LonLat
from grid.geocoding import CityGeocoder
from grid.rules.locating import Located

COLUMNS = (
    "地点", "结果", "经度", "纬度", "标准地址", "级别", "置信度", "误差范围米", "单元网格", "社区", "读作",
    "依据", "其他可能",
)  # fmt: skip
"""Headings of a batch's answer, behind the columns that came."""
OUTCOME_NAMES = {"found": "已定位", "ambiguous": "多处可能", "not_found": "未找到", "elsewhere": "不在本市"}


def answer_json(geocoder: CityGeocoder, answer: Answer) -> dict[str, Any]:
    """An answer: candidates with place, grid and reasons; what was understood; a sentence for people."""
    reading = answer.readings[0] if answer.readings else None
    return {
        "text": answer.text,
        "outcome": answer.outcome,
        "outcome_name": OUTCOME_NAMES[answer.outcome],
        "message": answer.message,
        "understood": answer.understood,
        "reading": [
            {"start": s.start, "end": s.end, "text": s.text, "label": s.label, "value": s.value}
            for s in (reading.spans if reading else ())
        ],
        "candidates": [_candidate(geocoder, one) for one in answer.candidates],
    }


def suggestion_json(geocoder: CityGeocoder, one: Suggestion) -> dict[str, Any]:
    """A line of an as-you-type list; its grid tells namesakes of one community apart."""
    place, located = geocoder.place_of(one.point), geocoder.locate(one.point)
    return {
        "key": one.key,
        "name": one.name,
        "hint": one.hint,
        "matched": one.matched,
        "level": one.level,
        "level_name": LEVEL_NAMES[one.level],
        "lon": round(place.lon_deg, 7),
        "lat": round(place.lat_deg, 7),
        "unit_grid_code": located.unit_grid_code if located else None,
    }


def described_json(place: LonLat, described: Described, located: Located | None) -> dict[str, Any]:
    """A place in words, with its grid."""
    return {
        "lon": place.lon_deg,
        "lat": place.lat_deg,
        "address": described.address,
        "words": described.words,
        "level": described.level,
        "level_name": LEVEL_NAMES[described.level],
        "street": described.street or None,
        "side": described.side or None,
        "why": described.why,
        "area_code": described.area_code or None,
        **grid_codes(located),
    }


def grid_codes(located: Located | None) -> dict[str, Any]:
    """The codes of the frame at a place; nulls outside it."""
    return {
        "unit_grid_code": located.unit_grid_code if located else None,
        "responsibility_code": located.responsibility_code if located else None,
        "community_code": located.community_code if located else None,
        "zone_code": located.zone_code if located else None,
    }


def answer_row(geocoder: CityGeocoder, answer: Answer) -> list[str]:
    """An answer as a row under `COLUMNS`, for files."""
    best = answer.best
    outcome = OUTCOME_NAMES[answer.outcome]
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


def _candidate(geocoder: CityGeocoder, one: Candidate) -> dict[str, Any]:
    place = geocoder.place_of(one.point)
    return {
        "key": one.key or None,
        "name": one.name,
        "address": one.address,
        "level": one.level,
        "level_name": LEVEL_NAMES[one.level],
        "lon": round(place.lon_deg, 7),
        "lat": round(place.lat_deg, 7),
        "radius_m": one.radius_m,
        "confidence": one.confidence,
        "category": one.category or None,
        "area_code": one.area_code or None,
        "why": list(one.why),
        "lost": one.lost or None,
        **grid_codes(geocoder.locate(one.point)),
    }
