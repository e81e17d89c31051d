"""What makes a place of the gazetteer sound: its names, its shape, its number, its dates.

The same faults are found in a form, where the first refuses it, and in files, row by row. The six place types
are those of GB/T 30428.3-2016, clauses 3.7 to 3.9; limits without a clause are ours.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import shapely
from shapely.geometry.base import BaseGeometry

from gis_core.errors import BadInput, Refused
from gis_core.geocoding.gazetteer import KIND_NAMES, NameSort, PlaceKind
from gis_core.shapes import snap_to_grain

LONGEST_NAME = 60
LONGEST_NUMBER = 24
MOST_NAMES = 20
DOUBLE_WITHIN_M = 30.0
"""A place of the same kind and name no farther away is taken for the same place."""
SHOWN = 30
SORT_NAMES = {NameSort.ALIAS: "别名", NameSort.SHORT: "简称", NameSort.FORMER: "曾用名"}
SHAPES: Mapping[PlaceKind, tuple[str, ...]] = {
    PlaceKind.AREA: ("area",),
    PlaceKind.ZONE: ("area", "line", "point"),
    PlaceKind.BLOCK: ("area", "point"),
    PlaceKind.STREET: ("line",),
    PlaceKind.DOOR_PLATE: ("point",),
    PlaceKind.POI: ("point", "area"),
}
"""What a place of each kind may be drawn as."""
SHAPE_NAMES = {"point": "点", "line": "线", "area": "面"}
DIMENSIONS = {
    "Point": "point", "LineString": "line", "MultiLineString": "line", "Polygon": "area",
    "MultiPolygon": "area",
}  # fmt: skip
_NUMBER = re.compile(
    r"(?:临|新|旧|副)?[甲乙丙丁戊己庚辛壬癸]?[A-Z]?\d{1,5}[A-Z甲乙丙丁戊己庚辛壬癸]?"
    r"(?:(?:[-~]|附|之|院|号院?)\d{1,4}[A-Z甲乙丙丁]?){0,3}(?:院|号院|号楼|栋|幢|楼|座)?"
)
_PLAIN_SIGNS = frozenset("·•.-—－()（）〔〕[]【】“”‘’\"'《》#＃、，,&＆+＋/／:：~～°@!！?？·%％ ")
"""What else than letters and digits may stand in a name."""


class NoPlaceName(BadInput):
    """A place without a name."""

    code = "no_place_name"


class OverlongPlaceName(BadInput):
    """A name that is no name any more, but a sentence."""

    code = "overlong_place_name"


class GarbledPlaceName(BadInput):
    """A name with characters that nobody can read."""

    code = "garbled_place_name"


class PlateIncomplete(BadInput):
    """A door plate without its street or block, or without its number."""

    code = "plate_incomplete"


class BadPlateNumber(BadInput):
    """What stands as a plate's number is none."""

    code = "bad_plate_number"


class WrongPlaceShape(BadInput):
    """A place of this kind is drawn otherwise."""

    code = "wrong_place_shape"


class BadPlaceDates(BadInput):
    """Days that are the wrong way round."""

    code = "bad_place_dates"


class TooManyNames(BadInput):
    """More further names than a place can have."""

    code = "too_many_place_names"


class OutsideCity(Refused):
    """The place lies outside the city."""

    code = "place_outside_city"


class DoubledPlace(Refused):
    """The gazetteer has the place already."""

    code = "doubled_place"


@dataclass(frozen=True, slots=True)
class FurtherName:
    """A name besides the standard one, and from when until when; days only where they are known."""

    text: str
    sort: NameSort = NameSort.ALIAS
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a place is, in the plane: the values that people state and change."""

    kind: PlaceKind
    name: str
    shape: BaseGeometry
    category: str = ""
    street: str = ""
    number: str = ""
    names: tuple[FurtherName, ...] = ()
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a place: a kind and a Chinese sentence."""

    kind: str
    words: str


REFUSALS: Mapping[str, type[BadInput]] = {
    "no_name": NoPlaceName,
    "overlong_name": OverlongPlaceName,
    "garbled_name": GarbledPlaceName,
    "no_street": PlateIncomplete,
    "no_number": PlateIncomplete,
    "bad_number": BadPlateNumber,
    "wrong_shape": WrongPlaceShape,
    "bad_dates": BadPlaceDates,
    "many_names": TooManyNames,
}
"""Which refusal each fault is; faults that are not here are for people to look at."""


def need_sound(place: Place) -> None:
    """Refuse a place with a fault.

    :raises BadInput: the refusal of its first fault, saying what to do.
    """
    for fault in list_faults(place):
        if fault.kind in REFUSALS:
            raise REFUSALS[fault.kind](fault.words)


def list_faults(place: Place) -> Iterator[Fault]:
    """All that is wrong with a place as it stands by itself.

    >>> from shapely import Point
    >>> [one.kind for one in list_faults(Place(kind=PlaceKind.STREET, name="", shape=Point(0, 0)))]
    ['no_name', 'wrong_shape']
    """
    is_plate = place.kind is PlaceKind.DOOR_PLATE
    if is_plate:
        yield from list_plate_faults(place.street, place.number)
    if not is_plate or (place.street and place.number):  # without these it has no name either
        yield from list_name_faults(place.name)
    yield from list_shape_faults(place.kind, place.shape)
    yield from _list_further_faults(place.names)


def list_name_faults(name: str, what: str = "名称") -> Iterator[Fault]:
    """What is wrong with a name; one with odd signs only is not refused."""
    shown = name if len(name) <= SHOWN else f"{name[:SHOWN]}…"
    if not name.strip():
        yield Fault("no_name", f"没有{what}。请填写。")
    elif len(name) > LONGEST_NAME:
        yield Fault("overlong_name", f"{what}“{shown}”有 {len(name)} 字，最多 {LONGEST_NAME} 字。请缩短。")
    elif garbled := [sign for sign in name if _is_garbled(sign)]:
        words = f"{what}“{_visible(shown)}”含无法显示的字符 U+{ord(garbled[0]):04X}，可能是乱码。请改正。"
        yield Fault("garbled_name", words)
    elif not any(sign.isalnum() for sign in name):
        yield Fault("no_name", f"{what}“{shown}”没有一个文字。请填写。")
    elif odd := [sign for sign in name if not sign.isalnum() and sign not in _PLAIN_SIGNS]:
        yield Fault("odd_name", f"{what}“{shown}”含不常见的符号“{odd[0]}”。请核对。")


def list_plate_faults(street: str, number: str) -> Iterator[Fault]:
    """What a door plate lacks; its number as `plain_number` gives it."""
    if not street:
        yield Fault("no_street", "门牌没有所属的街巷或小区。请填写。")
    if not number:
        yield Fault("no_number", "门牌没有号码。请填写，如 155 或 甲155。")
    elif len(number) > LONGEST_NUMBER or _NUMBER.fullmatch(number) is None:
        yield Fault("bad_number", f"“{number[:SHOWN]}”不像门牌号。应如 155、155-1、甲155、155附1。")


def list_shape_faults(kind: PlaceKind, shape: BaseGeometry) -> Iterator[Fault]:
    """Whether a place of the kind may be drawn so, and whether the shape is whole."""
    drawn = DIMENSIONS.get(shape.geom_type)
    if drawn not in SHAPES[kind]:
        may_be = "或".join(SHAPE_NAMES[one] for one in SHAPES[kind])
        yield Fault(
            "wrong_shape",
            f"{KIND_NAMES[kind]}应画为{may_be}，现为{SHAPE_NAMES.get(drawn or '', '混合图形')}。",
        )
    elif shape.is_empty or not shapely.is_valid(shape):
        yield Fault("wrong_shape", "图形是空的，或自相交。请在制图软件中修正。")


def _list_further_faults(names: Sequence[FurtherName]) -> Iterator[Fault]:
    if len(names) > MOST_NAMES:
        yield Fault("many_names", f"有 {len(names)} 个别名，最多 {MOST_NAMES} 个。请只留下用得着的。")
    for one in names:
        what = SORT_NAMES[one.sort]
        yield from list_name_faults(one.text, what)
        if one.valid_from and one.valid_to and one.valid_to <= one.valid_from:
            words = (
                f"{what}“{one.text[:SHOWN]}”的停用日 {one.valid_to} 不晚于启用日 {one.valid_from}。请改正。"
            )
            yield Fault("bad_dates", words)


def tidied(place: Place) -> Place:
    """A place with its names and number as they are kept; a plate's name follows from street and number."""
    number, street = plain_number(place.number), plain_name(place.street)
    is_plate = place.kind is PlaceKind.DOOR_PLATE
    name = plate_name(street, number) if is_plate and street and number else plain_name(place.name)
    return replace(
        place,
        name=name,
        number=number if is_plate else "",
        street=street if is_plate else "",
        category=place.category.strip(),
        names=_once(place.names, name),
        shape=snap_to_grain(place.shape),
    )


def _once(names: tuple[FurtherName, ...], standard: str) -> tuple[FurtherName, ...]:
    """Further names without empty ones, repeated ones and the standard one."""
    kept: dict[str, FurtherName] = {}
    for one in names:
        words = plain_name(one.text)
        if words and words != standard:
            kept.setdefault(words, replace(one, text=words))
    return tuple(kept.values())


def plain_number(number: str) -> str:
    """A plate's number as it is kept: half width, without blanks and its last 号.

    >>> [plain_number(one) for one in ("１５５号", " 甲155 ", "155—1號", "12号楼", "3＃", "no.5")]
    ['155', '甲155', '155-1', '12号楼', '3', '5']
    """
    plain = unicodedata.normalize("NFKC", number).upper().replace("號", "号")
    plain = re.sub(r"[\s　]", "", plain)
    plain = re.sub(r"[—–－―~～]", "-", plain)
    plain = plain.removeprefix("门牌").removeprefix("NO.").removeprefix("第")
    return re.sub(r"(?<=.)[号#]$", "", plain)


def first_number(number: str) -> int:
    """The number that tells a plate's place and side; 0 when there is none.

    >>> first_number("甲155-1"), first_number("附")
    (155, 0)
    """
    found = re.search(r"\d+", number)
    return int(found[0]) if found else 0


def plate_name(street: str, number: str) -> str:
    """The standard name of a plate: its street or block, its number, and 号 where none stands there.

    >>> plate_name("经二路", "155"), plate_name("阳光小区", "3号楼")
    ('经二路155号', '阳光小区3号楼')
    """
    has_word = number[-1:] in "院楼栋幢座号"
    return f"{street}{number}" if has_word else f"{street}{number}号"


def plain_name(name: str) -> str:
    """A name without what nobody means by it: blanks at its ends and several in a row, zero-width signs.

    >>> plain_name("  人民\\u200b  公园 ")
    '人民 公园'
    """
    visible = "".join(sign for sign in name if unicodedata.category(sign) != "Cf")
    return " ".join(unicodedata.normalize("NFC", visible).split())


def _is_garbled(sign: str) -> bool:
    """Control signs, places of nothing, private use, and what stands for a character that was lost."""
    return unicodedata.category(sign) in ("Cc", "Cn", "Co", "Cs") or sign == "\ufffd"


def _visible(text: str) -> str:
    return "".join("\ufffd" if _is_garbled(sign) else sign for sign in text)
