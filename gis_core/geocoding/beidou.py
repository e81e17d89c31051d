"""BeiDou grid location codes in two dimensions (北斗网格位置码, GB/T 39409-2020, clauses 5.1 and 5.2).

Ten levels divide the Earth from 6° × 4° down to 1/2048″ × 1/2048″ (1.5 cm); a code names a cell, and
every beginning of it that ends at a level names the cell around it. The first letter is the hemisphere
N or S, then come sheet column 01-60 and row A-V of the map 1:1,000,000, then column and row of each
level, counted away from the equator and from the prime meridian: the four quarters of the Earth mirror
each other. Levels 3 and 6 have one digit in Z order, the others two of which the first counts eastings.

The text of the standard is not free. Sizes, counts and lengths are as three public implementations
state them (Gvitech-gis/beidou-grid-location-codec, ywx001/BeidouGridCodec, shiluotang/beidou-grid); that
the quarters are mirrored is what the first does and the second came to (its issue 3).

At 88° of latitude and beyond the standard divides otherwise (clause 5.3); such places and codes are
refused. Coordinates are CGCS2000 degrees (EPSG:4490).
"""

from dataclasses import dataclass

from gis_core.errors import BadInput, Refused
from gis_core.graticule import metres_per_degree
from gis_core.places import LonLat

LEVELS = 10
POLAR_LAT_DEG = 88.0

# One unit is the side of a cell of level 10: 1/2048 of a second of arc; all sums are in whole units.
_UNITS_PER_DEG = 3600 * 2048
# A double keeps a degree to some 2e-7 units; what is nearer to the next line than this stands on it.
_ON_LINE_UNITS = 1e-6
# Sizes of a cell in units and how many lie side by side in the cell above: longitude, then latitude.
_SIZES = (
    (6 * _UNITS_PER_DEG, 4 * _UNITS_PER_DEG), (1800 * 2048, 1800 * 2048), (900 * 2048, 600 * 2048),
    (60 * 2048, 60 * 2048), (4 * 2048, 4 * 2048), (2 * 2048, 2 * 2048), (512, 512), (64, 64), (8, 8), (1, 1),
)  # fmt: skip
_COUNTS = ((60, 22), (12, 8), (2, 3), (15, 10), (15, 15), (2, 2), (8, 8), (8, 8), (8, 8), (8, 8))
LENGTHS = (4, 6, 7, 9, 11, 12, 14, 16, 18, 20)
"""Characters of a code of level 1, 2, … 10."""
_Z_ORDER = frozenset({3, 6})
_DIGITS = "0123456789ABCDEF"


class BadBeidouCode(BadInput):
    """A text that is no BeiDou grid location code, or a level that there is not."""

    code = "bad_beidou_code"


class PolarBeidouCode(Refused):
    """A place or code at 88° of latitude or beyond, where the grid is another one."""

    code = "beidou_polar"


@dataclass(frozen=True, slots=True)
class BeidouCell:
    """A cell of the grid, in EPSG:4490 degrees; `level` 1 is the coarsest, 10 the finest.

    >>> cell = decode("N48IA44")
    >>> cell.west_deg, cell.south_deg, round(cell.centre.lat_deg, 4)
    (107.0, 34.333333333333336, 34.4167)
    """

    code: str
    level: int
    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float

    @property
    def centre(self) -> LonLat:
        """The middle of the cell."""
        return LonLat((self.west_deg + self.east_deg) / 2, (self.south_deg + self.north_deg) / 2)

    @property
    def corner(self) -> LonLat:
        """The corner that the code counts from (定位角点): nearest to the equator and the prime meridian."""
        lon_deg = self.west_deg if int(self.code[1:3]) > 30 else self.east_deg
        return LonLat(lon_deg, self.south_deg if self.code[0] == "N" else self.north_deg)

    @property
    def width_m(self) -> float:
        """How far the cell reaches from west to east on the ground, at its middle."""
        return (self.east_deg - self.west_deg) * metres_per_degree(self.centre.lat_deg)[0]

    @property
    def height_m(self) -> float:
        """How far the cell reaches from south to north on the ground, at its middle."""
        return (self.north_deg - self.south_deg) * metres_per_degree(self.centre.lat_deg)[1]


def encode(place: LonLat, level: int = LEVELS) -> str:
    """The code of the cell of a level (1 to 10) that holds a place.

    A place on a line between cells belongs to the one that is farther from the equator and from the
    prime meridian; the equator belongs to the north, both meridians to the east, 180° W to column 01.

    :raises PolarBeidouCode: at 88° of latitude and beyond.
    :raises BadBeidouCode: when there is no such level.

    >>> encode(LonLat(107.2378, 34.3633), 6)
    'N48IA44E14B2'
    >>> encode(LonLat(-58.3816, -34.6037), 2)
    'S21I85'
    """
    if not 1 <= level <= LEVELS:
        raise BadBeidouCode(f"北斗网格位置码没有第 {level} 级。请选第 1 至 {LEVELS} 级。")
    if abs(place.lat_deg) >= POLAR_LAT_DEG:
        raise _polar()
    lon, lat = _units(place.lon_deg, 180), _units(place.lat_deg, int(POLAR_LAT_DEG))
    column, row = lon // _SIZES[0][0], lat // _SIZES[0][1]
    parts = [
        "N" if place.lat_deg >= 0 else "S",
        f"{31 + column if place.lon_deg >= 0 else 30 - column:02d}",
        chr(ord("A") + row),
    ]
    for number in range(2, level + 1):
        (over_lon, over_lat), (size_lon, size_lat) = _SIZES[number - 2], _SIZES[number - 1]
        column, row = lon % over_lon // size_lon, lat % over_lat // size_lat
        parts.append(str(2 * row + column) if number in _Z_ORDER else _DIGITS[column] + _DIGITS[row])
    return "".join(parts)


def decode(code: str) -> BeidouCell:
    """The cell that a code of any level names; small letters will do.

    :raises BadBeidouCode: when the text is no code.
    :raises PolarBeidouCode: for a code of the polar caps.

    >>> cell = decode("N50J47539B8255346152")
    >>> cell.level, round(cell.corner.lon_deg, 6), round(cell.corner.lat_deg, 6)
    (10, 116.312603, 39.993161)
    >>> cell = decode("N48IA44E14B")
    >>> cell.level, round(cell.width_m), round(cell.height_m)
    (5, 102, 123)
    """
    written = code.strip().upper()
    if len(written) not in LENGTHS:
        raise _bad(code, f"应为 {'、'.join(map(str, LENGTHS[:-1]))} 或 {LENGTHS[-1]} 位")
    level = LENGTHS.index(len(written)) + 1
    if written[0] not in "NS":
        raise _bad(code, "第 1 位应为 N 或 S")
    column, row = _first_level(code, written)
    is_east = column > 30
    lon = (column - 31 if is_east else 30 - column) * _SIZES[0][0]
    lat = row * _SIZES[0][1]
    for number in range(2, level + 1):
        column, row = _column_and_row(code, written[LENGTHS[number - 2] : LENGTHS[number - 1]], number)
        lon += column * _SIZES[number - 1][0]
        lat += row * _SIZES[number - 1][1]
    west, east = _edges(lon, lon + _SIZES[level - 1][0], is_east)
    south, north = _edges(lat, lat + _SIZES[level - 1][1], written[0] == "N")
    return BeidouCell(written, level, west, south, east, north)


def _units(angle_deg: float, most_deg: int) -> int:
    """An angle without its sign in whole units, below `most_deg`."""
    return min(int(abs(angle_deg) * _UNITS_PER_DEG + _ON_LINE_UNITS), most_deg * _UNITS_PER_DEG - 1)


def _edges(near: int, far: int, is_positive: bool) -> tuple[float, float]:
    """Lower and upper edge in degrees of what lies so far from the zero line."""
    low, high = (near, far) if is_positive else (-far, -near)
    return low / _UNITS_PER_DEG, high / _UNITS_PER_DEG


def _first_level(code: str, written: str) -> tuple[int, int]:
    """Sheet column 1-60 and row 0-21."""
    column, row = written[1:3], ord(written[3]) - ord("A")
    if not (column.isascii() and column.isdecimal()):
        raise _bad(code, "第 2、3 位应为 01 至 60")
    if column == "00":
        raise _polar()
    if int(column) > _COUNTS[0][0]:
        raise _bad(code, "第 2、3 位应为 01 至 60")
    if not 0 <= row < _COUNTS[0][1]:
        raise _bad(code, "第 4 位应为 A 至 V")
    return int(column), row


def _column_and_row(code: str, part: str, level: int) -> tuple[int, int]:
    """Column and row within the cell above."""
    columns, rows = _COUNTS[level - 1]
    values = [_DIGITS.find(sign) for sign in part]
    if level in _Z_ORDER:
        values = [values[0] % 2, values[0] // 2] if values[0] >= 0 else [-1, -1]
    column, row = values
    if not (0 <= column < columns and 0 <= row < rows):
        raise _bad(code, f"第 {level} 级的“{part}”不在表内")
    return column, row


def _bad(code: str, why: str) -> BadBeidouCode:
    return BadBeidouCode(f"北斗网格位置码“{code[:30]}”有误：{why}。")


def _polar() -> PolarBeidouCode:
    return PolarBeidouCode("纬度 88° 及以上的两极地区另有网格（GB/T 39409-2020 第 5.3 条），本系统不编码。")
