"""Patrol tours: cameras in an order, each with the seconds it is looked at."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from gis_core.errors import BadInput

MOST_STOPS = 25
"""A form of a tour has two fields for each, and forms have sixty (web/uploads.py)."""
LEAST_S, MOST_S = 3, 600
MOST_NAME = 40


class BadTour(BadInput):
    """A tour without a name, without cameras, or with impossible seconds."""

    code = "bad_tour"


@dataclass(frozen=True, slots=True)
class Stop:
    """A camera of a tour and how long it is looked at."""

    camera_code: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Tour:
    """A tour as somebody made it."""

    name: str
    stops: tuple[Stop, ...]


def checked_tour(name: str, stops: Sequence[Stop]) -> Tour:
    """A tour with a tidy name.

    :raises BadTour: for a name of other than 1 to 40 characters, none or more than 25 cameras, or seconds
        outside 3 to 600.
    """
    said = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(said) <= MOST_NAME or any(unicodedata.category(one) in ("Cc", "Cs") for one in said):
        raise BadTour(f"请给巡查路线起一个 1 至 {MOST_NAME} 字的名称。", field="name")
    if not 1 <= len(stops) <= MOST_STOPS:
        raise BadTour(f"巡查路线要有 1 至 {MOST_STOPS} 台摄像机，请勾选。", field="stops")
    if any(not LEAST_S <= one.seconds <= MOST_S for one in stops):
        raise BadTour(f"每台停留 {LEAST_S} 到 {MOST_S} 秒，请改正秒数。", field="seconds")
    return Tour(said, tuple(stops))
