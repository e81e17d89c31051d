"""What a reading says: areas, anchors (street and number, crossing, landmark, estate), steps from them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gis_core.geocoding.characters import key_of
from gis_core.geocoding.correcting import list_withdrawn
from gis_core.geocoding.gazetteer import PlaceKind
from gis_core.geocoding.index import KINDS, PlaceIndex
from gis_core.geocoding.lattice import Part
from gis_core.geocoding.plate_numbers import PlateNumber, read_building, read_plate
from gis_core.geocoding.wording import Sort, read_count, read_offset, read_side

MOST_NAMESAKES = 40
"""Places of one name that are looked at."""


class AnchorSort(StrEnum):
    """What an anchor is."""

    STREET = "street"
    PLATE = "plate"
    CROSSING = "crossing"
    MOUTH = "mouth"  # a crossing of a street, with which is not said
    SECTION = "section"
    PLACE = "place"  # landmark, estate, quarter, village
    GENERIC = "generic"
    BETWEEN = "between"  # half-way between two places


@dataclass(frozen=True, slots=True)
class Step:
    """A move from an anchor: a unit vector (east, north), metres, and whether people only guessed them.

    With a `count` it goes that many crossings on along the street instead, -1 to the last; without a
    direction (往前) nobody can tell which way.
    """

    direction: tuple[float, float] | None
    metres: float
    is_vague: bool
    count: int = 0


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place a text leans on. `names` are ids of names: the street and those it meets, or the landmark."""

    sort: AnchorSort
    names: tuple[int, ...]
    parts: tuple[Part, ...]
    number: PlateNumber | None = None
    is_building: bool = False
    category: int = -1
    steps: tuple[Step, ...] = ()
    side: tuple[float, float] | None = None
    near: Part | None = None
    inner: tuple[Part, ...] = ()  # unit, floor, room
    stretch: tuple[float, float] | None = None  # 东段: the third of the street that lies this way
    tip: tuple[float, float] | None = None  # 东头: the very end
    is_mouth: bool = False  # 红旗路口: a crossing is meant
    ends: tuple["Anchor", ...] = ()  # of BETWEEN

    @property
    def slip(self) -> float:
        """How far the spelling of its names is from the gazetteer's."""
        return max((part.slip for part in self.parts), default=0.0)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A reading, understood: `areas` are names of divisions and zones, `unknown` runs nobody could read."""

    key: str
    parts: tuple[Part, ...]
    areas: tuple[Part, ...]
    anchors: tuple[Anchor, ...]
    unknown: tuple[Part, ...]
    loose: tuple[Part, ...]  # numbers without an owner
    withdrawn: tuple[Part, ...] = ()  # taken back by the speaker


_GROUND = re.compile(r"的?(?:管?辖区|辖内|管辖|地界|片区|范围)")
_INNER = frozenset({Sort.UNIT, Sort.FLOOR, Sort.ROOM})
_JOINS = frozenset({Sort.AND, Sort.UNTIL})
_MOUTHS = (Sort.CROSSING, Sort.MOUTH)
_NUMBERED = (Sort.PLATE, Sort.CHAIN, Sort.NUMBER, Sort.BUILDING)
_TIPS = "头端口"
_SKIPPED = frozenset({Sort.NOISE, Sort.STOP, Sort.STORY, Sort.CORRECTION})


def interpret(index: PlaceIndex, key: str, parts: Sequence[Part]) -> Meaning:
    """Put the parts of a reading together."""
    withdrawn = list_withdrawn(index, key, parts)
    counted = [part for part in parts if part.sort not in _SKIPPED and part not in withdrawn]
    meaning = _Interpreter(index, key, counted).run(parts)
    return replace(meaning, withdrawn=tuple(withdrawn)) if withdrawn else meaning


def joined_streets(anchors: Sequence[Anchor]) -> list[Anchor]:
    """Two whole streets that are told apart by other words (经二路北侧，红旗路口) make a crossing."""
    found: list[Anchor] = []
    for anchor in anchors:
        before = found[-1] if found else None
        if (
            before is not None
            and before.sort is AnchorSort.STREET is anchor.sort
            and before.names != anchor.names
            and not before.steps
            and len([one for one in anchors if one.sort is AnchorSort.STREET]) == 2
        ):
            found[-1] = replace(
                anchor,
                sort=AnchorSort.CROSSING,
                names=before.names + anchor.names,
                parts=before.parts + anchor.parts,
                side=before.side or anchor.side,
            )
        else:
            found.append(anchor)
    return found


def _lone_mouth(anchors: list[Anchor]) -> list[Anchor]:
    """A crossing of one street, where nothing else says which."""
    if len(anchors) != 1 or anchors[0].sort is not AnchorSort.STREET or not anchors[0].is_mouth:
        return anchors
    return [replace(anchors[0], sort=AnchorSort.MOUTH)]


@dataclass
class _Interpreter:
    index: PlaceIndex
    key: str
    parts: list[Part]
    at: int = 0
    areas: list[Part] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)
    unknown: list[Part] = field(default_factory=list)
    loose: list[Part] = field(default_factory=list)
    grids: list[Part] = field(default_factory=list)

    def run(self, read: Sequence[Part]) -> Meaning:
        while (part := self.peek()) is not None:
            self.at += 1
            if part.sort is Sort.NAME:
                self.name(part)
            elif part.sort is Sort.GENERIC:
                self.anchors.append(Anchor(AnchorSort.GENERIC, (), (part,), category=part.category))
            elif part.sort is Sort.GRID:
                self.grid(part)
            elif part.sort in (Sort.OFFSET, Sort.COUNT, Sort.SIDE, Sort.NEAR):
                self.move(part)
            elif part.sort is Sort.BETWEEN:
                self.between(part)
            elif part.sort is Sort.UNKNOWN:
                self.unknown.append(part)
            elif part.sort in (Sort.PLATE, Sort.BUILDING, Sort.CHAIN, Sort.NUMBER):
                self.number(part)
            elif part.sort in _INNER:
                self.inner(part)
        self.areas.extend(self.numbered_grids())
        return Meaning(
            self.key,
            tuple(read),
            tuple(self.areas),
            tuple(_lone_mouth(joined_streets(self.anchors))),
            tuple(self.unknown),
            tuple(self.loose),
        )

    def peek(self, ahead: int = 0) -> Part | None:
        return self.parts[self.at + ahead] if self.at + ahead < len(self.parts) else None

    def sort_at(self, ahead: int) -> Sort | None:
        part = self.peek(ahead)
        return part.sort if part else None

    def kinds(self, part: Part) -> set[PlaceKind]:
        columns = self.index.columns
        places = columns.postings[part.name][:MOST_NAMESAKES]
        return {KINDS[columns.kind[place]] for place in places}

    def is_street(self, part: Part | None) -> bool:
        return part is not None and part.sort is Sort.NAME and PlaceKind.STREET in self.kinds(part)

    def name(self, part: Part) -> None:
        kinds = self.kinds(part)
        if PlaceKind.STREET in kinds:
            self.street(part)
        elif self.is_area(part, kinds) and not self.is_numbered():
            self.areas.append(part)
        else:
            self.anchors.append(Anchor(AnchorSort.PLACE, (part.name,), (part,)))

    def is_area(self, part: Part, kinds: set[PlaceKind]) -> bool:
        """Whether a name is an area's, or stands for one although its office has it too.

        So it does before 辖区, and right before another area: 卧龙寺街道办事处代家湾社区居委会辖区.
        """
        if PlaceKind.AREA not in kinds or len(kinds) == 1:
            return kinds <= {PlaceKind.AREA}
        after = self.peek()
        is_before = after is not None and after.start == part.end and after.sort is Sort.NAME
        is_chained = is_before and after is not None and PlaceKind.AREA in self.kinds(after)
        return is_chained or bool(_GROUND.match(self.key, part.end))

    def is_numbered(self) -> bool:
        """Whether a number follows: villages have plates of their own."""
        return self.sort_at(0) in (Sort.PLATE, Sort.CHAIN)

    def street(self, part: Part) -> None:
        """A street alone, with a number, with another street, or between two."""
        joined = 1 if self.sort_at(0) in _JOINS else 0
        other = self.peek(joined)
        if other is not None and self.is_street(other) and other.name != part.name:
            self.at += joined + 1
            self.two_streets(part, other, is_until=joined == 1 and self.is_until(joined))
            return
        is_mouth = self.sort_at(0) in _MOUTHS
        self.at += is_mouth
        self.anchors.append(Anchor(AnchorSort.STREET, (part.name,), (part,), is_mouth=is_mouth))
        if self.loose and self.loose[-1].end <= part.start and self.sort_at(0) not in _NUMBERED:
            self.number(self.loose.pop())  # 155号，经二路

    def is_until(self, joined: int) -> bool:
        return self.parts[self.at - joined - 1].sort is Sort.UNTIL

    def two_streets(self, part: Part, other: Part, *, is_until: bool) -> None:
        # 经一路红旗路口到文化路口: the mouth of the first crossing stands before the join.
        mouth = 1 if self.sort_at(0) in _MOUTHS and self.sort_at(1) in _JOINS else 0
        join = mouth + (1 if self.sort_at(mouth) in _JOINS else 0)
        third = self.peek(join)
        if is_until or self.sort_at(0) is Sort.BETWEEN:
            self.until(part, other)
            self.street_between(part, other)
        elif self.is_street(third) and third is not None and third.name not in (part.name, other.name):
            # 经二路红旗路至文化路: the first street, between two others.
            self.at += join + 1
            if self.sort_at(0) in _MOUTHS:
                self.at += 1
            names = (part.name, other.name, third.name)
            self.anchors.append(Anchor(AnchorSort.SECTION, names, (part, other, third)))
        elif self.sort_at(0) in (Sort.PLATE, Sort.CHAIN, Sort.NUMBER):
            # 江南大道创业大道288号: the number belongs to the second.
            self.anchors.append(Anchor(AnchorSort.STREET, (part.name,), (part,)))
            self.anchors.append(Anchor(AnchorSort.STREET, (other.name,), (other,)))
        else:
            if self.sort_at(0) in _MOUTHS:
                self.at += 1
            self.anchors.append(Anchor(AnchorSort.CROSSING, (part.name, other.name), (part, other)))

    def until(self, part: Part, other: Part) -> None:
        """A street named before, from one street to another; without it, a crossing is as near as we get."""
        before = self.anchors[-1] if self.anchors else None
        if before is not None and before.sort is AnchorSort.STREET:
            names = (*before.names, part.name, other.name)
            self.anchors[-1] = Anchor(AnchorSort.SECTION, names, (*before.parts, part, other))
        else:
            self.anchors.append(Anchor(AnchorSort.CROSSING, (part.name, other.name), (part, other)))

    def street_between(self, part: Part, other: Part) -> None:
        """The street that is named behind both: 经一路和经二路之间的红旗路."""
        behind = 1 if self.sort_at(0) is Sort.BETWEEN else 0
        street = self.peek(behind)
        if self.anchors[-1].sort is not AnchorSort.CROSSING or street is None or not self.is_street(street):
            return
        if street.name not in (part.name, other.name):
            self.at += behind + 1
            names = (street.name, part.name, other.name)
            self.anchors[-1] = Anchor(AnchorSort.SECTION, names, (part, other, street))

    def number(self, part: Part) -> None:
        """A number belongs to the street, estate or village before it."""
        before = self.anchors[-1] if self.anchors else None
        text = self.key[part.start : part.end]
        if (
            before is None
            or before.number is not None
            or before.sort not in (AnchorSort.STREET, AnchorSort.PLACE)
        ):
            if part.sort is not Sort.NUMBER:
                self.loose.append(part)
            return
        if before.sort is AnchorSort.STREET:
            number, is_building = read_plate(text), False
        else:
            is_building = part.sort in (Sort.BUILDING, Sort.CHAIN)
            number = read_building(text.split("-")[0]) if is_building else read_plate(text)
        sort = AnchorSort.PLATE if before.sort is AnchorSort.STREET else before.sort
        self.anchors[-1] = replace(
            before, sort=sort, number=number, is_building=is_building, parts=(*before.parts, part)
        )

    def between(self, part: Part) -> None:
        """Two places and 之间: half-way."""
        if len(self.anchors) < 2:
            return
        ends = tuple(self.anchors[-2:])
        if all(end.sort in (AnchorSort.PLACE, AnchorSort.PLATE, AnchorSort.CROSSING) for end in ends):
            parts = (*ends[0].parts, *ends[1].parts, part)
            self.anchors[-2:] = [Anchor(AnchorSort.BETWEEN, (), parts, ends=ends)]

    def grid(self, part: Part) -> None:
        """A grid that is told by its number, its community elsewhere: 第27网格，宝福路西社区那个."""
        self.grids.append(part)

    def numbered_grids(self) -> Iterator[Part]:
        trie, columns = self.index.tries["name"], self.index.columns
        for grid in self.grids:
            number = "".join(sign for sign in self.key[grid.start : grid.end] if sign.isdigit())
            for area in self.areas:
                for place in columns.postings[area.name][:MOST_NAMESAKES]:
                    name = f"{key_of(columns.names[place])}第{number}网格"
                    if name in trie:
                        yield Part(grid.start, grid.end, Sort.NAME, trie[name])

    def inner(self, part: Part) -> None:
        if self.anchors:
            self.anchors[-1] = replace(self.anchors[-1], inner=(*self.anchors[-1].inner, part))

    def move(self, part: Part) -> None:
        """A step, side or nearness belongs to the anchor before it."""
        if not self.anchors:
            return
        before, text = self.anchors[-1], self.key[part.start : part.end]
        if part.sort is Sort.OFFSET and (read := read_offset(text)):
            step = Step(*read)
            self.anchors[-1] = replace(before, steps=(*before.steps, step))
        elif part.sort is Sort.COUNT and (counted := read_count(text)):
            # 再往前: the way of the step before.
            way = counted.way or (before.steps[-1].direction if before.steps else None)
            step = Step(way, 0.0, False, counted.nth)
            self.anchors[-1] = replace(before, steps=(*before.steps, step))
        elif part.sort is Sort.SIDE and "段" in text:
            self.anchors[-1] = replace(before, stretch=read_side(text))
        elif part.sort is Sort.SIDE and text[-1] in _TIPS and before.sort is AnchorSort.STREET:
            self.anchors[-1] = replace(before, tip=read_side(text))
        elif part.sort is Sort.SIDE:
            self.anchors[-1] = replace(before, side=read_side(text))
        elif part.sort is Sort.NEAR:
            self.anchors[-1] = replace(before, near=part)
