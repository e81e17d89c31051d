"""Sentences of Baoji with the place they mean, and how many of them an engine gets right.

`sentences.csv` says for each sentence what is expected, in a notation that is worked out from the places and
street lines of a drawn city alone, without any search, ranking or crossing table of the engine:

    经二路155号           the place of this standard name; all places of a name that touch are one
    阳光小区@610302002    among namesakes the one in a division whose code begins so
    107.1405,34.3680     degrees, EPSG:4490, longitude first
    #610302001001001     the unit grid, component or division of a code
    经二路×红旗路         where two streets cross
    经二路[红旗路,文化路]  the middle of a street between two of its crossings
    经二路151号…经二路155号  half-way between two places
    经二路|东             the very end of a street that lies this way
    …>东50               from there 50 m along the street that leads east; of a plate its own street, of a
                         crossing the better of both, of any other place the best of those it stands at
    …^北                 moved to this side of the street it stands on
    ~经二路               nothing finer than this is known: a coarse answer, or little confidence
    ?阳光小区             ambiguous among the places of this name (`?` alone: whatever they are)
    !西安                 in another place, which the answer names
    -                    not found

Everything is in plane metres. An answer is measured against the whole of a place: anywhere in an estate or
along a street is at it.
"""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import shapely
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from gis_core.crs import PlaneSystem
from gis_core.geocoding.answers import LEVEL_NAMES, Answer, Candidate, Level
from gis_core.geocoding.gazetteer import GazetteerPlace, PlaceKind
from gis_core.places import LonLat, PlanePoint

SENTENCES = Path(__file__).with_name("sentences.csv")
COMPONENT = "component"
ONE_PLACE_M = 60.0
"""Records of one name no farther apart are one place: a park of the map and its gazetteer entry."""
MEET_M = 15.0
"""Streets that come this near to each other meet: drawn ones often end at the kerb."""
ONE_CROSSING_M = 60.0
"""Meetings of two streets nearer than this are one crossing."""
AT_STREET_M = 40.0
"""A place so near to streets stands at them: people walk along the one that leads their way."""
SIDE_M = 10.0
"""How far a side of a street lies from its middle."""
FAR_M = 100.0
CONFIDENT = 0.8
"""An answer at least so confident and farther off than `FAR_M` sends a crew to the wrong place."""
DOUBTFUL = 0.5
"""Below this an answer is a hint that nobody acts on unasked."""
WITHIN_M = {
    Level.POINT: 20.0, Level.ROOM: 30.0, Level.BUILDING: 30.0, Level.DOOR_PLATE: 25.0,
    Level.INTERPOLATED: 40.0, Level.POI: 30.0, Level.CROSSING: 30.0, Level.STREET_SECTION: 50.0,
}  # fmt: skip
"""How far off is still right where the sentence does not say; of areas and streets the edge counts."""
AT_EDGE_M = 20.0
_WAYS = {"东": (1.0, 0.0), "西": (-1.0, 0.0), "南": (0.0, -1.0), "北": (0.0, 1.0)}
_MOVE = re.compile(r"(?P<sort>[>^])(?P<way>[东西南北]{1,2})(?P<metres>\d*)")
_SECTION = re.compile(r"(?P<street>[^\[\]]+)\[(?P<one>[^,\]]+),(?P<other>[^\]]+)\]")
_DEGREES = re.compile(r"(\d+\.\d+),(\d+\.\d+)")
_ORDER = {level: number for number, level in enumerate(Level)}

Want = Literal["place", "coarse", "ambiguous", "elsewhere", "not_found"]
Geocode = Callable[[str], Answer]


class NoSuchGoal(LookupError):
    """What a sentence expects is not in this city, or is not one place."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A row of the set; several levels where one is as good as another, none where no place is meant."""

    situation: str
    text: str
    expected: str
    levels: tuple[Level, ...]
    within_m: float


@dataclass(frozen=True, slots=True)
class Goal:
    """What is expected, worked out: where (plane metres), or that no place is answered."""

    want: Want
    shape: BaseGeometry | None = None
    named: str = ""  # what the message must name


@dataclass(frozen=True, slots=True)
class Row:
    """How one sentence was answered; `off_m` is None where no place was answered or none was meant."""

    sentence: Sentence
    goal: Goal
    answer: Answer
    off_m: float | None
    is_right: bool
    is_wrong_and_confident: bool


class Tally(NamedTuple):
    """Sentences of a situation, the right ones, and those that would send a crew to the wrong place."""

    asked: int
    right: int
    wrong_and_confident: int

    @property
    def share(self) -> float:
        """The right ones, 0 to 1."""
        return self.right / self.asked if self.asked else 1.0


def read_sentences(path: Path = SENTENCES) -> list[Sentence]:
    """The labelled sentences in the order of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_sentence(row) for row in csv.DictReader(file)]


def _sentence(row: dict[str, str]) -> Sentence:
    levels = tuple(Level(one) for one in row["level"].split("|") if one)
    within = row["within_m"] or max((WITHIN_M.get(level, AT_EDGE_M) for level in levels), default=AT_EDGE_M)
    return Sentence(row["situation"], row["text"], row["expected"], levels, float(within))


class Ground:
    """The places of a city as the notation sees them."""

    def __init__(self, places: Iterable[GazetteerPlace], plane: PlaneSystem) -> None:
        self._plane = plane
        self._named: dict[str, list[GazetteerPlace]] = defaultdict(list)
        self._by_code: dict[str, GazetteerPlace] = {}
        self._streets: dict[str, BaseGeometry] = {}
        for place in places:
            self._take(place)
        self._street_names = list(self._streets)
        self._tree = shapely.STRtree([self._streets[name] for name in self._street_names])

    def _take(self, place: GazetteerPlace) -> None:
        sort, _, code = place.key.partition(":")
        if sort in ("c", "g", "d", "z"):
            self._by_code[code] = place
        if place.category != COMPONENT:
            self._named[place.name].append(place)
        if place.kind is PlaceKind.STREET and place.shape is not None:
            known = self._streets.get(place.name)
            self._streets[place.name] = place.shape if known is None else shapely.union(known, place.shape)

    def goal_of(self, expected: str) -> Goal:
        """What an expectation comes to; raises NoSuchGoal where this city does not have it."""
        if expected == "-":
            return Goal("not_found")
        sort, rest = expected[:1], expected[1:]
        if sort == "!":
            return Goal("elsewhere", named=rest)
        if sort == "?":
            return Goal("ambiguous", self._namesakes(rest) if rest else None)
        if sort == "~":
            return Goal("coarse", self._shape(rest))
        return Goal("place", self._shape(expected))

    def _shape(self, said: str) -> BaseGeometry:
        moves = list(_MOVE.finditer(said))
        base = said[: moves[0].start()] if moves else said
        shape, streets = self._base(base)
        for move in moves:
            lines = [self._streets[name] for name in streets] or self._streets_at(shape)
            way = _direction(move["way"])
            if move["sort"] == ">":
                shape = _walk(lines, shape, way, float(move["metres"]))
            else:
                shape = _aside(lines, shape, way)
        return shape

    def _base(self, said: str) -> tuple[BaseGeometry, list[str]]:
        """The place without its moves, and the streets to walk along."""
        if said.startswith("#"):
            return self._coded(said[1:]), []
        if degrees := _DEGREES.fullmatch(said):
            at = self._plane.to_plane(LonLat(float(degrees[1]), float(degrees[2])))
            return Point(at.easting_m, at.northing_m), []
        if section := _SECTION.fullmatch(said):
            street = section["street"]
            return self._between(street, section["one"], section["other"]), [street]
        if "…" in said:
            ends = [self._base(end)[0].centroid for end in said.split("…")]
            return LineString(ends).interpolate(0.5, normalized=True), []
        if "|" in said:
            street, way = said.split("|")
            return _tip(self._line(street), _direction(way)), [street]
        if "×" in said:
            one, other = said.split("×")
            return self._crossing(one, other), [one, other]
        places = self._one_place(said)
        own = places[0].name if places[0].kind is PlaceKind.STREET else places[0].street
        return _whole(places), [own] if own in self._streets else []

    def _coded(self, code: str) -> BaseGeometry:
        if code not in self._by_code:
            raise NoSuchGoal(f"no place has the code {code}")
        return _whole([self._by_code[code]])

    def _line(self, street: str) -> BaseGeometry:
        if street not in self._streets:
            raise NoSuchGoal(f"no street is called {street}")
        return self._streets[street]

    def _crossing(self, one: str, other: str) -> Point:
        meetings = _meetings(self._line(one), self._line(other))
        if len(meetings) != 1:
            raise NoSuchGoal(f"{one} and {other} meet {len(meetings)} times")
        return meetings[0]

    def _between(self, street: str, one: str, other: str) -> BaseGeometry:
        line = self._line(street)
        ends = [line.project(self._crossing(street, name)) for name in (one, other)]
        return line.interpolate(sum(ends) / 2)

    def _streets_at(self, shape: BaseGeometry) -> list[BaseGeometry]:
        near = self._tree.query(shape, predicate="dwithin", distance=AT_STREET_M)
        numbers = near if len(near) else [self._tree.nearest(shape)]
        return [self._streets[self._street_names[int(number)]] for number in numbers]

    def _one_place(self, said: str) -> list[GazetteerPlace]:
        places = self._places(said)
        shapes = [_whole([place]) for place in places]
        apart = max((one.distance(other) for one in shapes for other in shapes), default=0.0)
        if not places or apart > ONE_PLACE_M:
            raise NoSuchGoal(f"{said}: {len(places)} places, not one")
        return places

    def _places(self, said: str) -> list[GazetteerPlace]:
        name, _, code = said.partition("@")
        return [place for place in self._named.get(name, ()) if place.area_code.startswith(code)]

    def _namesakes(self, said: str) -> BaseGeometry:
        places = self._places(said)
        whole = _whole(places) if places else Point()
        if len(places) < 2 or shapely.buffer(whole, ONE_PLACE_M / 2).geom_type == "Polygon":
            raise NoSuchGoal(f"{said}: {len(places)} places, not several")
        return whole


def _whole(places: Sequence[GazetteerPlace]) -> BaseGeometry:
    shapes = [place.shape or Point(place.easting_m, place.northing_m) for place in places]
    return shapes[0] if len(shapes) == 1 else shapely.union_all(np.array(shapes, dtype=object))


def _tip(line: BaseGeometry, way: tuple[float, float]) -> Point:
    """The end of a line that lies farthest this way."""
    ends = [Point(part.coords[at]) for part in shapely.get_parts(line).tolist() for at in (0, -1)]
    return max(ends, key=lambda end: float(end.x * way[0] + end.y * way[1]))


def _meetings(one: BaseGeometry, other: BaseGeometry) -> list[Point]:
    """Where two streets meet, each crossing once, in its middle."""
    met = shapely.intersection(one, other)
    if met.is_empty:
        gap = shapely.shortest_line(one, other)
        return [gap.interpolate(0.5, normalized=True)] if gap.length <= MEET_M else []
    zones = shapely.get_parts(shapely.buffer(met, ONE_CROSSING_M / 2))
    return [shapely.intersection(met, zone).centroid for zone in zones]


def _direction(way: str) -> tuple[float, float]:
    east, north = (sum(_WAYS[one][axis] for one in way) for axis in (0, 1))
    size = float(np.hypot(east, north))
    return east / size, north / size


def _walk(lines: list[BaseGeometry], start: BaseGeometry, way: tuple[float, float], metres: float) -> Point:
    """The end of the walk, along the line and in the sense that lead best that way."""
    ends = [end for line in lines for end in _ends_of_walk(line, start.centroid, metres)]
    at = start.centroid
    return max(ends, key=lambda end: (end.x - at.x) * way[0] + (end.y - at.y) * way[1])


def _ends_of_walk(line: BaseGeometry, start: Point, metres: float) -> Iterator[Point]:
    part = min(shapely.get_parts(line), key=start.distance)
    along = part.project(start)
    for end in (along + metres, along - metres):
        if 0.0 <= end <= part.length:
            yield part.interpolate(end)


def _aside(lines: list[BaseGeometry], at: BaseGeometry, way: tuple[float, float]) -> Point:
    """A point of a street moved off its middle; of two streets off the one that runs across the way."""
    here = at.centroid
    sides = [side for line in lines for side in _sides(line, here)]
    return max(sides, key=lambda side: (side.x - here.x) * way[0] + (side.y - here.y) * way[1])


def _sides(line: BaseGeometry, here: Point) -> Iterator[Point]:
    part = min(shapely.get_parts(line), key=here.distance)
    along = part.project(here)
    ahead = LineString([part.interpolate(max(along - 1.0, 0.0)), part.interpolate(along + 1.0)])
    (x, y), (x2, y2) = ahead.coords
    size = float(np.hypot(x2 - x, y2 - y))
    foot = part.interpolate(along)
    for sign in (1.0, -1.0):
        yield Point(foot.x - sign * SIDE_M * (y2 - y) / size, foot.y + sign * SIDE_M * (x2 - x) / size)


def score(sentences: Iterable[Sentence], ground: Ground, geocode: Geocode) -> list[Row]:
    """Ask for every sentence and judge the answers; raises NoSuchGoal for what the city does not have."""
    return [
        _row(sentence, ground.goal_of(sentence.expected), geocode(sentence.text)) for sentence in sentences
    ]


def within(sentences: Iterable[Sentence], ground: Ground) -> list[Sentence]:
    """The sentences whose expectation this city has: a part of the city answers a part of the set."""
    return [sentence for sentence in sentences if _has(ground, sentence.expected)]


def _has(ground: Ground, expected: str) -> bool:
    try:
        ground.goal_of(expected)
    except NoSuchGoal:
        return False
    return True


def _row(sentence: Sentence, goal: Goal, answer: Answer) -> Row:
    best = answer.best
    off_m = None if best is None or goal.shape is None else _off_m(best.point, goal.shape)
    is_right = _is_right(sentence, goal, answer, off_m)
    is_far = off_m is None or off_m > FAR_M or goal.want in ("ambiguous", "coarse")
    is_sure = best is not None and best.confidence >= CONFIDENT
    return Row(sentence, goal, answer, off_m, is_right, is_sure and is_far and not is_right)


def _off_m(point: PlanePoint, shape: BaseGeometry) -> float:
    return float(shape.distance(Point(point.easting_m, point.northing_m)))


def _is_right(sentence: Sentence, goal: Goal, answer: Answer, off_m: float | None) -> bool:
    best = answer.best
    if goal.want == "not_found":
        return answer.outcome == "not_found"
    if goal.want == "elsewhere":
        return answer.outcome == "elsewhere" and goal.named in answer.message
    is_at_place = off_m is not None and off_m <= sentence.within_m
    if goal.want == "ambiguous":
        return answer.outcome == "ambiguous" and (goal.shape is None or is_at_place)
    if goal.want == "coarse":
        return best is None or _is_modest(sentence, best, is_at_place=is_at_place)
    return best is not None and is_at_place and best.level in sentence.levels


def _is_modest(sentence: Sentence, best: Candidate, *, is_at_place: bool) -> bool:
    """A coarse answer that is right, or one that nobody would act on."""
    finest = min(_ORDER[level] for level in sentence.levels)
    return best.confidence < DOUBTFUL or (is_at_place and _ORDER[best.level] >= finest)


def tally(rows: Iterable[Row]) -> dict[str, Tally]:
    """Counts by situation, in the order in which they come, and of all under the empty name."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        for name in (row.sentence.situation, ""):
            counts[name].update(asked=1, right=row.is_right, wrong=row.is_wrong_and_confident)
    whole = counts.pop("", Counter())
    return {name: Tally(c["asked"], c["right"], c["wrong"]) for name, c in [*counts.items(), ("", whole)]}


def told(row: Row) -> str:
    """A row as a line for people: what was said, expected and answered."""
    best = row.answer.best
    off = "" if row.off_m is None else f"，偏 {row.off_m:.0f} 米"
    answered = row.answer.outcome + (f"：{row.answer.message}" if row.answer.message else "")
    if best is not None:
        answered += f"；{best.address}（{LEVEL_NAMES[best.level]}，{best.confidence:.2f}{off}）"
    levels = "、".join(LEVEL_NAMES[level] for level in row.sentence.levels)
    return f"“{row.sentence.text}” 应为 {row.sentence.expected}（{levels}）→ {answered}"
