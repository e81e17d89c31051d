"""Positions as they are sent: rows read one by one, so that a bad one never spoils its batch."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite

from gis_core.errors import BadInput
from gis_core.places import LonLat, NotOnEarth

MOVER_KEY = re.compile(r"v[1-9]\d{0,17}", re.ASCII)
"""`v` and the number of a vehicle; persons, `p` and their number, send for themselves."""


class TooManyPositions(BadInput):
    """A batch holds more positions than one may."""

    code = "too_many_positions"


class NoPositions(BadInput):
    """What was sent is no list of positions."""

    code = "no_positions"


@dataclass(frozen=True, slots=True)
class Sample:
    """A position as a phone or a vehicle says it; `n` its place in the batch, `at` by the sender's clock."""

    n: int
    mover: str
    at: datetime
    place: LonLat
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A position that is not taken, and why: `code` for programs, `message` for people."""

    n: int
    code: str
    message: str


BAD_TIME = "bad_time"
BAD_PLACE = "bad_position"
NOT_OWN = "not_own_mover"
NOT_A_VEHICLE = "not_a_vehicle"
UNKNOWN = "unknown_mover"


def read_rows(rows: object, *, own: str | None, most: int) -> tuple[tuple[Sample, ...], tuple[Refusal, ...]]:
    """The rows of a batch: those that can be read, and why the others cannot.

    `own` is the mover of a person who sends for himself or herself; None for a system that names the vehicle
    in each row.

    :raises NoPositions: when `rows` is no list.
    :raises TooManyPositions: for more than `most`.
    """
    if not isinstance(rows, list):
        raise NoPositions("positions 应为位置的列表。没有写入任何内容，请改正后重发。")
    if len(rows) > most:
        raise TooManyPositions(
            f"一批最多 {most} 个位置，这一批有 {len(rows)} 个。没有写入任何内容，请分批重发。"
        )
    read = [_read(n, row, own) for n, row in enumerate(rows)]
    return (
        tuple(one for one in read if isinstance(one, Sample)),
        tuple(one for one in read if isinstance(one, Refusal)),
    )


def _read(n: int, row: object, own: str | None) -> Sample | Refusal:
    if not isinstance(row, Mapping):
        return Refusal(n, BAD_PLACE, "这一行不是位置。请改正后重发。")
    mover = _mover(n, row.get("mover"), own)
    if isinstance(mover, Refusal):
        return mover
    at = read_moment(row.get("at"))
    if at is None:
        return Refusal(n, BAD_TIME, "时刻应写成带时区的 ISO 8601，如 2026-09-18T09:30:00+08:00。")
    place = _place(n, row.get("lon"), row.get("lat"))
    if isinstance(place, Refusal):
        return place
    heading_deg = _number(row.get("heading_deg"), 0.0, 360.0)
    return Sample(
        n,
        mover,
        at,
        place,
        accuracy_m=_number(row.get("accuracy_m"), 0.0, 1e6),
        speed_mps=_number(row.get("speed_mps"), 0.0, 1e3),
        heading_deg=None if heading_deg is None else heading_deg % 360.0,
    )


def _mover(n: int, named: object, own: str | None) -> str | Refusal:
    if own is not None:
        if named in (None, own):
            return own
        return Refusal(n, NOT_OWN, "只能上报自己的位置。请重新登录后再试。")
    if isinstance(named, str) and named.startswith("p"):
        return Refusal(n, NOT_A_VEHICLE, "人员的位置只能由本人登录后上报。请从数据中去掉这一行。")
    if isinstance(named, str) and MOVER_KEY.fullmatch(named):
        return named
    return Refusal(n, UNKNOWN, "没有写明是哪辆车，或编号不对。mover 应为 v 加车辆编号，如 v12。")


def read_moment(said: object) -> datetime | None:
    """A moment as ISO 8601 with its zone, in UTC; None when it is none.

    >>> read_moment("2026-09-18T09:30:00+08:00").isoformat(), read_moment("2026-09-18T09:30:00")
    ('2026-09-18T01:30:00+00:00', None)
    """
    if not isinstance(said, str):
        return None
    try:
        moment = datetime.fromisoformat(said)
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _place(n: int, lon: object, lat: object) -> LonLat | Refusal:
    if not (_is_number(lon) and _is_number(lat)):
        return Refusal(n, BAD_PLACE, "经度、纬度应为数值（EPSG:4490 的度）。请重新定位。")
    try:
        return LonLat(float(lon), float(lat))  # type: ignore[arg-type]  # _is_number has looked
    except NotOnEarth as wrong:
        return Refusal(n, BAD_PLACE, wrong.message)


def _is_number(value: object) -> bool:
    """A finite number that fits a float; JSON may hold NaN, and integers of any length."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _number(value: object, least: float, most: float) -> float | None:
    """A value that a sensor may not know: phones say null, -1 or NaN then."""
    if not _is_number(value):
        return None
    number = float(value)  # type: ignore[arg-type]  # _is_number has looked
    return number if isfinite(number) and least <= number <= most else None
