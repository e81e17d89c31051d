"""What other systems ask for, read strictly: whatever cannot be answered is refused with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite

import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from gis_core.clock import city_time
from gis_core.crs import GEOGRAPHIC_SRID, PlaneSystem
from gis_core.errors import BadInput
from grid.city import Bounds
from web.api.open_data.collections import CRS84, crs_address

LONGEST_FILTER = 2_000
LONGEST_VALUE = 200
LARGEST_OFFSET = 100_000_000
LARGEST_PLANE_M = 1e8
MARGIN_DEG = 1.0
"""How far beyond the city's box a place may be asked for: there is nothing further out."""
PIECES = 32
"""An edge of a box in degrees is drawn in the plane as so many pieces: it is no straight line there."""

WHICH = ("limit", "offset", "bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs")
HOW = ("f", "lang", "crs", "properties", "skipGeometry", "sortby", "resulttype")
KNOWN = frozenset((*WHICH, *HOW))


class BadQuestion(BadInput):
    """A parameter of a question for features that cannot be read or does not exist."""

    code = "bad_feature_question"


class UnknownCrs(BadInput):
    """A system of reference that the features are not offered in."""

    code = "crs_not_offered"


@dataclass(frozen=True, slots=True)
class Question:
    """A question for features that was understood.

    `window` is in the city's plane, None for everywhere; `days` are the first and last day, each
    None for unbounded; `params` is what the library gets to see.
    """

    params: Mapping[str, str]
    window: BaseGeometry | None
    days: tuple[date | None, date | None] | None


class Reader:
    """Reads questions for one city."""

    def __init__(self, plane: PlaneSystem, bounds: Bounds) -> None:
        self.plane = plane
        self.land = (
            bounds.west_deg - MARGIN_DEG,
            bounds.south_deg - MARGIN_DEG,
            bounds.east_deg + MARGIN_DEG,
            bounds.north_deg + MARGIN_DEG,
        )
        self.systems = (CRS84, crs_address(GEOGRAPHIC_SRID), crs_address(plane.srid))

    def read_items(self, params: Sequence[tuple[str, str]], queryables: frozenset[str]) -> Question:
        """The question of a request for many features.

        :raises BadQuestion: naming the parameter and what it should be.
        :raises UnknownCrs: naming the systems that are offered.
        """
        asked = self._read(params, KNOWN | queryables)
        _need_whole(asked, "limit", least=1, most=None)
        _need_whole(asked, "offset", least=0, most=LARGEST_OFFSET)
        _need_choice(asked, "resulttype", ("results", "hits"))
        _need_choice(asked, "skipGeometry", ("true", "false"))
        _need_choice(asked, "filter-lang", ("cql-text",))
        _need_names(asked, "properties", queryables)
        _need_names(asked, "sortby", queryables)
        if len(asked.get("filter", "")) > LONGEST_FILTER:
            raise BadQuestion(f"filter 太长，最多 {LONGEST_FILTER} 个字符。请缩短条件，或分几次查询。")
        if asked.get("filter-crs", CRS84) != CRS84:
            raise UnknownCrs(f"filter-crs 只能是 {CRS84}。请去掉这个参数，用 bbox 与 bbox-crs 限定范围。")
        return Question(asked, self._read_window(asked), _read_days(asked.get("datetime")))

    def read_one(self, params: Sequence[tuple[str, str]]) -> Question:
        """The question of a request for one feature, or for a description."""
        return Question(self._read(params, frozenset(("f", "lang", "crs"))), None, None)

    def _read(self, params: Sequence[tuple[str, str]], known: frozenset[str]) -> dict[str, str]:
        asked: dict[str, str] = {}
        for name, value in params:
            if name not in known:
                raise BadQuestion(
                    f"没有参数“{name[:40]}”。可用的参数见 /ogc/openapi，可用的属性见 queryables。"
                )
            if name in asked:
                raise BadQuestion(f"参数 {name} 给出了两次。请只给一次。")
            if "\0" in value or (name != "filter" and len(value) > LONGEST_VALUE):
                raise BadQuestion(f"参数 {name} 的值太长或含有无法识别的字符。请检查后重试。")
            asked[name] = value
        _need_choice(asked, "f", ("json",))
        _need_choice(asked, "lang", ("zh-CN", "en-US", "zh", "en"))
        for name in ("crs", "bbox-crs"):
            if asked.get(name, CRS84) not in self.systems:
                raise UnknownCrs(f"{name} 不在提供的坐标系之列。可用: {'、'.join(self.systems)}。")
        return asked

    def _read_window(self, asked: Mapping[str, str]) -> BaseGeometry | None:
        """The box asked for as a shape of the plane; its edges follow the box in its own system."""
        if "bbox" not in asked:
            if "bbox-crs" in asked:
                raise BadQuestion("给了 bbox-crs 却没有 bbox。请同时给出 bbox。")
            return None
        system = asked.get("bbox-crs", CRS84)
        first, second, third, fourth = _read_corners(asked["bbox"])
        if system != CRS84:  # these systems say the northing, or the latitude, first
            first, second, third, fourth = second, first, fourth, third
        if system == crs_address(self.plane.srid):
            if first > third or max(map(abs, (first, second, third, fourth))) > LARGEST_PLANE_M:
                raise BadQuestion("bbox 的平面坐标有误。请按“北,东,北,东”给出以米为单位的最小角与最大角。")
            return shapely.box(first, second, third, fourth)
        if not all(-180 <= lon <= 180 for lon in (first, third)) or max(abs(second), abs(fourth)) > 90:
            raise BadQuestion("bbox 的经纬度超出范围。CRS84 请按“西,南,东,北”，EPSG:4490 请按“南,西,北,东”。")
        spans = [(first, third)] if first <= third else [(first, 180.0), (-180.0, third)]
        return shapely.union_all([self._in_plane(west, second, east, fourth) for west, east in spans])

    def _in_plane(self, west: float, south: float, east: float, north: float) -> BaseGeometry:
        """What of a box in degrees lies near the city, in the plane; perhaps a line or a point."""
        west, east = max(west, self.land[0]), min(east, self.land[2])
        south, north = max(south, self.land[1]), min(north, self.land[3])
        if west > east or south > north:
            return Polygon()
        if west == east or south == north:
            part: BaseGeometry = shapely.LineString([(west, south), (east, north)])
        else:
            part = shapely.box(west, south, east, north)
        if west == east and south == north:
            part = shapely.Point(west, south)
        fine = shapely.segmentize(part, max(east - west, north - south, MARGIN_DEG / PIECES) / PIECES)
        return shapely.transform(fine, self.plane.to_plane_many)


def _read_corners(words: str) -> tuple[float, float, float, float]:
    try:
        numbers = [float(word) for word in words.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (4, 6) or not all(isfinite(number) for number in numbers):
        raise BadQuestion("bbox 应是 4 个（或含高程的 6 个）用逗号隔开的数。请检查后重试。")
    if len(numbers) == 6:
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    if numbers[1] > numbers[3]:
        raise BadQuestion("bbox 的第一个角应小于第二个角。请检查次序。")
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _read_days(words: str | None) -> tuple[date | None, date | None] | None:
    """First and last day of a moment or an interval of RFC 3339, in city time."""
    if words is None:
        return None
    ends = words.split("/")
    if len(ends) > 2:
        raise BadQuestion("datetime 最多有一个“/”。请写成日期、时刻，或“起/止”。")
    days = [_read_day(end) for end in ends]
    if len(days) == 1 and days[0] is None:
        raise BadQuestion("datetime 单独写时不能是“..”。请写日期、时刻，或“起/止”。")
    first, last = days[0], days[-1]
    if first and last and first > last:
        raise BadQuestion("datetime 的起始晚于结束。请检查次序。")
    return first, last


def _read_day(words: str) -> date | None:
    if words in ("", ".."):
        return None
    try:
        if len(words) == 10:
            return date.fromisoformat(words)
        moment = datetime.fromisoformat(words)
        return city_time(moment).date()
    except (ValueError, OverflowError) as problem:
        raise BadQuestion(
            "datetime 读不出日期。请写成 2026-11-26 或 2026-11-26T09:30:00+08:00。"
        ) from problem


def _need_whole(asked: dict[str, str], name: str, *, least: int, most: int | None) -> None:
    if name not in asked:
        return
    words = asked[name]
    if not (words.isascii() and words.isdigit() and len(words) <= 9) or int(words) < least:
        raise BadQuestion(f"{name} 应是不小于 {least} 的整数（最多 9 位）。请检查后重试。")
    if most is not None and int(words) > most:
        raise BadQuestion(f"{name} 最大为 {most}。请用条件缩小范围。")


def _need_choice(asked: Mapping[str, str], name: str, choices: Sequence[str]) -> None:
    if asked.get(name, choices[0]) not in choices:
        raise BadQuestion(f"{name} 只能是 {'、'.join(choices)}。")


def _need_names(asked: Mapping[str, str], name: str, known: frozenset[str]) -> None:
    if name not in asked:
        return
    names = {word.removeprefix("-").removeprefix("+") for word in asked[name].split(",")}
    if not names <= known:
        raise BadQuestion(f"{name} 只能用逗号隔开的属性名: {'、'.join(sorted(known))}。")
