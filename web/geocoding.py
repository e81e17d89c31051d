"""Answers of the geocoding engine as JSON: degrees, grid codes, reasons."""

from collections.abc import Callable
from typing import Any

from gis_core.errors import BadInput
from gis_core.geocoding.answers import LEVEL_NAMES, Answer, Candidate, Reading, Suggestion
from gis_core.geocoding.characters import MOST_CHARACTERS
from gis_core.geocoding.reversing import Described
from gis_core.places import LonLat
from grid.answer_rows import OUTCOME_NAMES, outcome_of
from grid.geocoding import CityGeocoder
from grid.rules.locating import Located

STATED = frozenset({"coordinates", "code", "kilometre_post"})
"""Parts that are looked for in the whole of a text, however long."""
CUT = f"文字超过 {MOST_CHARACTERS} 字，只读了开头的 {MOST_CHARACTERS} 字。"


Tell = Callable[[str], str]


class BadNear(BadInput):
    """The place of the asker cannot be read."""

    code = "bad_near"


def as_it_is(words: str) -> str:
    """In Chinese."""
    return words


def read_near(text: str) -> LonLat | None:
    """Where the asker is, from `longitude,latitude` (EPSG:4490); None for nothing.

    :raises BadNear: for anything else.
    :raises NotOnEarth: for numbers that no place has.
    """
    if not text.strip():
        return None
    try:
        lon, lat = (float(part) for part in text.replace("，", ",").split(","))
    except ValueError:
        raise BadNear(f"“{text[:40]}”不是“经度,纬度”。请写成 107.1405,34.3680。") from None
    return LonLat(lon, lat)


def answer_json(geocoder: CityGeocoder, answer: Answer, tell: Tell = as_it_is) -> dict[str, Any]:
    """An answer: candidates with place, grid and reasons; what was understood; a sentence for people.

    `tell` says its sentences in the language of the asker.
    """
    reading = answer.readings[0] if answer.readings else None
    return {
        "text": answer.text,
        "outcome": answer.outcome,
        "outcome_name": tell(OUTCOME_NAMES[outcome_of(answer)]),
        "message": tell(answer.message),
        "note": tell(note_of(answer)),
        "understood": answer.understood,
        "reading": spans_json(reading),
        "other_readings": [spans_json(one) for one in answer.readings[1:]],
        "candidates": [_candidate(geocoder, one, tell) for one in answer.candidates],
    }


def note_of(answer: Answer) -> str:
    """What the asker should know of how the text was read; empty when all of it was."""
    reading = answer.readings[0] if answer.readings else Reading(())
    is_stated = any(span.label in STATED for span in reading.spans)
    return CUT if len(answer.text) > MOST_CHARACTERS and not is_stated else ""


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


def spans_json(reading: Reading | None) -> list[dict[str, Any]]:
    """The labelled parts of a reading, with offsets in the text as it came."""
    return [
        {"start": s.start, "end": s.end, "text": s.text, "label": s.label, "value": s.value}
        for s in (reading.spans if reading else ())
    ]


def _candidate(geocoder: CityGeocoder, one: Candidate, tell: Tell) -> dict[str, Any]:
    place = geocoder.place_of(one.point)
    return {
        "key": one.key or None,
        "name": one.name,
        "address": one.address,
        "level": one.level,
        "level_name": tell(LEVEL_NAMES[one.level]),
        "lon": round(place.lon_deg, 7),
        "lat": round(place.lat_deg, 7),
        "radius_m": one.radius_m,
        "confidence": one.confidence,
        "category": one.category or None,
        "area_code": one.area_code or None,
        "why": [tell(words) for words in one.why],
        "lost": tell(one.lost) or None,
        **grid_codes(geocoder.locate(one.point)),
    }
