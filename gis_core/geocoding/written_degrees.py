"""Pairs of longitude and latitude in a text: decimal degrees, and degrees, minutes and seconds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from gis_core.geocoding.written_place import Form, Surroundings, WrittenPlace, find_place, reach_m
from gis_core.places import LonLat

Axis = Literal["lon", "lat"]

# Every repetition is bounded, so a hostile text costs no more than its length. The text is flattened.
_ANGLE = re.compile(
    r"""(?<![\d.])(?P<sign>(?<![\d°'"])[-+])?(?P<deg>\d{1,3})
    (?: (?P<fraction>\.\d{1,15})(?:\s?°)?
      | \s?°(?:\s?(?P<min>\d{1,2}(?:\.\d{1,12})?)(?![\d.]|\s?°)
               (?:\s?'(?:\s?(?P<sec>\d{1,2}(?:\.\d{1,10})?)(?![\d.]|\s?°)(?:\s?(?:"|''|'(?!')))?)?)?)?
      | (?P<gap>[-:\ ])(?P<gap_min>\d{1,2})
          (?: (?P=gap)(?P<gap_sec>\d{1,2}(?:\.\d{1,10})?)(?:\s?")? | (?P<gap_fraction>\.\d{1,12})(?:\s?')? )
    )(?!\d)(?!\.\d)""",
    re.VERBOSE,
)
# Flattening has made 经度 into 经°.
_WORD = (
    r"经纬°|纬经°|lat[a-z]{0,6}\s?[,/]\s?l(?:on|ng)[a-z]{0,6}|l(?:on|ng)[a-z]{0,6}\s?[,/]\s?lat[a-z]{0,6}"
    r"|东经|西经|北纬|南纬|经°|纬°|longitude|long|lon|lng|latitude|lat|(?<![a-z])[ensw](?![a-z])"
)
_HEAD = re.compile(rf"({_WORD})[\"']?\s?[:=是为]?\s?[(\[]?\s?$")
_BETWEEN = re.compile(
    rf"\s?({_WORD})?[\"']?[\s,;/|&~\"'{{}}()\[\]和与。+-]{{0,4}}({_WORD})?[\"']?\s?[:=是为]?\s?"
)
_TAIL = re.compile(rf"\s?({_WORD})(?![\"']?\s?[:=是为]?\s?\d)")
_HEAD_LENGTH, _BETWEEN_LENGTH = 24, 24
_SIDES: dict[str, tuple[Axis, int]] = {
    "东经": ("lon", 1), "e": ("lon", 1), "西经": ("lon", -1), "w": ("lon", -1),
    "北纬": ("lat", 1), "n": ("lat", 1), "南纬": ("lat", -1), "s": ("lat", -1),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Angle:
    """One number of a pair; `step_deg` is the worth of its last digit."""

    value_deg: float
    step_deg: float
    kind: Literal["decimal", "marked", "hyphens", "blanks"]
    parts: int  # 1 degrees, 2 with minutes, 3 with seconds
    written: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Labels:
    """What stands beside a pair: axis and sign of each number, as far as told, and the span of it all."""

    first: tuple[Axis, int] | None
    second: tuple[Axis, int] | None
    is_in_words: bool
    start: int
    end: int

    @property
    def are_both(self) -> bool:
        return self.first is not None and self.second is not None

    @property
    def are_any(self) -> bool:
        return self.first is not None or self.second is not None


def read_degrees(flat: str, around: Surroundings) -> Iterator[WrittenPlace]:
    """The pairs of angles in a flattened text, in the order of the text.

    A pair without letters or words must look like coordinates: enough digits, or a place in the city.

    >>> from gis_core.crs import PlaneSystem
    >>> city = Surroundings(PlaneSystem(4545), lambda place: 107.0 < place.lon_deg < 107.5)
    >>> [found.words for found in read_degrees("34.3633,107.2378", city)]
    ['按十进制度读作经度 107.2378、纬度 34.3633（CGCS2000）；经纬度次序按落在本市推定']
    """
    used = 0
    for first, second in pairwise(_angles(flat)):
        if first.start < used:
            continue
        labels = _labels(flat, first, second, since=used)
        if labels is None:
            continue
        if labels.are_any:
            found = _told(first, second, labels, around)
        else:
            is_alone = not (flat[: labels.start] + flat[labels.end :]).strip(" ()[],;|")
            found = _untold(first, second, labels, around, is_alone=is_alone)
        if found is not None:
            used = labels.end
            yield found


def _angles(flat: str) -> Iterator[_Angle]:
    for match in _ANGLE.finditer(flat):
        angle = _angle(match)
        if angle is not None:
            yield angle


def _angle(match: re.Match[str]) -> _Angle | None:
    group = match.groupdict()
    gap = group["gap"]
    minutes = group["min"] or (group["gap_min"] + (group["gap_fraction"] or "") if gap else None)
    seconds = group["sec"] or group["gap_sec"]
    degrees = group["deg"] + (group["fraction"] or "")
    if any(float(part or 0) >= 60 for part in (minutes, seconds)):
        return None
    value = float(degrees) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
    finest, worth = (seconds, 3600) if seconds else (minutes, 60) if minutes else (degrees, 1)
    step = 10.0 ** -len(finest.partition(".")[2]) / worth
    sign = "-" if group["sign"] == "-" else ""
    written = f"{sign}{degrees}" + (f"°{minutes}′" if minutes else "") + (f"{seconds}″" if seconds else "")
    kind: Literal["decimal", "marked", "hyphens", "blanks"] = "decimal" if group["fraction"] else "marked"
    if gap:
        kind = "blanks" if gap == " " else "hyphens"
    parts = 3 if seconds else 2 if minutes else 1
    return _Angle(-value if sign else value, step, kind, parts, written, match.start(), match.end())


def _labels(flat: str, first: _Angle, second: _Angle, *, since: int) -> _Labels | None:
    """The labels of two neighbours, or None when something else stands between them.

    What stands before `since` belongs to the pair before.
    """
    if second.start - first.end > _BETWEEN_LENGTH:
        return None
    between = _BETWEEN.fullmatch(flat, first.end, second.start)
    runs_on = first.end == second.start and first.kind == "decimal" and flat[first.end - 1] != "°"
    if between is None or runs_on:
        return None
    head = _HEAD.search(flat[max(since, first.start - _HEAD_LENGTH) : first.start])
    tail = _TAIL.match(flat, second.end)
    words = [head and head[1], between[1], between[2], tail and tail[1]]
    start = first.start - (len(head.string) - head.start() if head else 0)
    one, other = _axes(words)
    is_in_words = any(word is not None and len(word) > 1 for word in words)
    own_tail = tail is not None and other is not None and _side(tail[1]) == other
    end = tail.end() if own_tail and tail is not None else second.end
    return _Labels(one, other, is_in_words, start, end)


def _axes(words: list[str | None]) -> tuple[tuple[Axis, int] | None, tuple[Axis, int] | None]:
    """Which number is which: labels may stand before both numbers, behind both, or around."""
    head, early, late, tail = words
    if head and ("," in head or "/" in head):
        return (("lat", 0), ("lon", 0)) if head.startswith("lat") else (("lon", 0), ("lat", 0))
    if head in ("经纬°", "纬经°"):
        return None, None  # people write either order behind it
    before, behind = _side(head), _side(tail)
    inner = [side for side in (_side(early), _side(late)) if side]
    if len(inner) == 2:
        return before or inner[0], inner[1]
    if not inner:
        return before, behind
    if before and before[0] != inner[0][0]:
        return before, inner[0]
    return (inner[0], behind) if behind and behind[0] != inner[0][0] else (None, None)


def _side(word: str | None) -> tuple[Axis, int] | None:
    if not word:
        return None
    if word in _SIDES:
        return _SIDES[word]
    if word.startswith(("lo", "ln")) or word == "经°":
        return ("lon", 0)
    return ("lat", 0) if word.startswith("la") or word == "纬°" else None


def _told(first: _Angle, second: _Angle, labels: _Labels, around: Surroundings) -> WrittenPlace | None:
    """The place of a pair of which at least one number has its axis beside it."""
    sides = labels.first, labels.second
    axes = [side and side[0] for side in sides]
    if axes[0] == axes[1] or not _is_fine_enough(first, second, labels):
        return None
    first_is_lon = axes[0] == "lon" or axes[1] == "lat"
    values = [
        -abs(angle.value_deg) if side is not None and side[1] < 0 else angle.value_deg
        for angle, side in zip((first, second), sides, strict=True)
    ]
    place = find_place(*(values if first_is_lon else reversed(values)))
    more = ""
    if place is None and labels.are_both:
        first_is_lon, more = not first_is_lon, "；经度、纬度标反了，按纬度不超过 90 度判定"
        place = find_place(*(values if first_is_lon else reversed(values)))
    if place is None:
        return None
    return _written(place, (first, second), first_is_lon, labels, more + around.outside_words(place))


def _is_fine_enough(first: _Angle, second: _Angle, labels: _Labels) -> bool:
    """Whether labelled numbers can be meant as coordinates: 2 号门 E 1.5 is none."""
    kinds = {first.kind, second.kind}
    if "blanks" in kinds:
        return labels.are_both
    return labels.is_in_words or max(first.step_deg, second.step_deg) <= 1 / 60


def _untold(
    first: _Angle, second: _Angle, labels: _Labels, around: Surroundings, *, is_alone: bool
) -> WrittenPlace | None:
    """The place of a pair that says nothing of its order: it is the order that lies in the city."""
    if first.kind != second.kind or first.kind == "blanks":
        return None
    orders = [
        (place, first_is_lon)
        for place, first_is_lon in (
            (find_place(first.value_deg, second.value_deg), True),
            (find_place(second.value_deg, first.value_deg), False),
        )
        if place is not None
    ]
    within = [(place, first_is_lon) for place, first_is_lon in orders if around.inside(place)]
    if not orders or not (
        _looks_meant(first, second, bool(within)) or (is_alone and _are_rough(first, orders))
    ):
        return None
    place, first_is_lon = (within or orders)[0]
    why = _why_this_order(len(orders), len(within))
    outside = "" if within else "；不在本市范围内"
    return _written(place, (first, second), first_is_lon, labels, f"；{why}{outside}")


def _looks_meant(first: _Angle, second: _Angle, is_within: bool) -> bool:
    """Whether bare numbers have the digits of coordinates; fewer will do when they lie in the city."""
    if first.kind == "decimal":
        return max(first.step_deg, second.step_deg) < (2e-2 if is_within else 2e-4)
    if first.kind == "hyphens":
        return is_within and min(first.parts, second.parts) == 3
    return min(first.parts, second.parts) >= (2 if is_within else 3)


def _are_rough(first: _Angle, orders: list[tuple[LonLat, bool]]) -> bool:
    """Whether two decimals that are all of a text lie in the country: 39.9,116.4 without more digits.

    The country is taken as 73 to 136 degrees east and 3 to 54 north.
    """
    return first.kind == "decimal" and any(
        73 <= place.lon_deg <= 136 and 3 <= place.lat_deg <= 54 for place, _ in orders
    )


def _why_this_order(orders: int, within: int) -> str:
    if within == 1:
        return "经纬度次序按落在本市推定"
    if orders == 1:
        return "经纬度次序按纬度不超过 90 度推定"
    return f"两种次序{'都' if within else '都不'}落在本市，按先经度后纬度读"


def _written(
    place: LonLat, angles: tuple[_Angle, _Angle], first_is_lon: bool, labels: _Labels, more: str
) -> WrittenPlace:
    lon, lat = angles if first_is_lon else (angles[1], angles[0])
    is_decimal = lon.parts == lat.parts == 1
    form: Form = "decimal" if is_decimal else "dms"
    radius_m = reach_m(place.lat_deg, lon.step_deg, lat.step_deg)
    if is_decimal:
        named = f"按十进制度读作经度 {_signed(lon, place.lon_deg)}、纬度 {_signed(lat, place.lat_deg)}"
    else:
        east = "东经" if place.lon_deg >= 0 else "西经"
        north = "北纬" if place.lat_deg >= 0 else "南纬"
        named = f"按度分秒读作{east} {lon.written.lstrip('-')}、{north} {lat.written.lstrip('-')}"
    words = f"{named}（CGCS2000）{more}"
    return WrittenPlace(place, form, "EPSG:4490", radius_m, labels.start, labels.end, words)


def _signed(angle: _Angle, value_deg: float) -> str:
    """The number as it was written, with the sign it was read with."""
    return f"{'-' if value_deg < 0 else ''}{angle.written.lstrip('-')}"
