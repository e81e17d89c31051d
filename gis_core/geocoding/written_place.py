"""What every reader of written coordinates is told, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from math import hypot
from typing import Literal

from gis_core.crs import PlaneSystem
from gis_core.graticule import metres_per_degree
from gis_core.places import LonLat, NotOnEarth

Form = Literal["decimal", "dms", "plane", "link", "plus_code", "beidou"]

LEAST_RADIUS_M = 1.0
"""What is written in degrees is no surer than this: WGS84 and CGCS2000 drift apart by up to 1 m."""

# What people type for the signs of coordinates, character for character.
_SIGNS = {
    "°": "º˚゜度", "'": "′’‘´`ˊ＇分", '"': "″”“ˮ〃＂秒", "-": "−–—‐‑‒﹣－",
    " ": "\u3000\u00a0\u2002\u2003\t\r\n", ",": "，、､", "东": "東", "经": "經", "纬": "緯", "国": "國",
    "县": "縣", "乡": "鄉", "线": "線", "标": "標", "横": "橫", "纵": "縱", "为": "為爲", "处": "處",
    "千": "仟",
}  # fmt: skip
_PLAIN = (
    {code: chr(code - 0xFEE0).lower() for code in range(0xFF01, 0xFF5F)}
    | {code: chr(code).lower() for code in range(ord("A"), ord("Z") + 1)}
    | {ord(one): plain for plain, others in _SIGNS.items() for one in others}
)


@dataclass(frozen=True, slots=True)
class WrittenPlace:
    """A place that a text states by coordinates or by a code.

    `place` is EPSG:4490, `system` the one it was written in, `radius_m` how far the digits leave it open,
    `start` and `end` count characters of the text as it came, `words` say in Chinese what was read and
    what was assumed.
    """

    place: LonLat
    form: Form
    system: str
    radius_m: float
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The city that coordinates are read for: its plane, whether a place lies in it, and its middle."""

    plane: PlaneSystem
    inside: Callable[[LonLat], bool]
    near: LonLat | None = None

    def outside_words(self, place: LonLat) -> str:
        """What to add when a place is not of this city."""
        return "" if self.inside(place) else "；不在本市范围内"


def flattened(text: str) -> str:
    """The text with half-width characters, small letters and one sign each for degree, minute and second.

    Of the same length, so that every character keeps its place. Unlike `characters.folded` it keeps
    colons, and knows signs of coordinates only.

    >>> flattened("东經１０７度１４分１６秒，Ｎ")
    '东经107°14\\'16",n'
    """
    return text.translate(_PLAIN)


def find_place(lon_deg: float, lat_deg: float) -> LonLat | None:
    """The place of two numbers, or None when no place on Earth has them."""
    try:
        return LonLat(lon_deg, lat_deg)
    except NotOnEarth:
        return None


def reach_m(lat_deg: float, lon_step_deg: float, lat_step_deg: float) -> float:
    """How far a place may lie from the one read, when each number is rounded to a step: half a diagonal.

    >>> round(reach_m(34.3633, 0.0001, 0.0001), 1)
    7.2
    """
    lon_m, lat_m = metres_per_degree(lat_deg)
    return max(LEAST_RADIUS_M, hypot(lon_step_deg * lon_m, lat_step_deg * lat_m) / 2)
