"""Codes of the frame and of what stands in it: written, read and checked in one place.

Each kind is a value with `parse` (raises BadCode) and `str`. Lengths and segments follow
GB/T 47678.3 and GB/T 47678.5-2026 (DB11/T 2157-2023 for unit grids); the codes of a responsibility
grid and of a case are ours, because the standards leave them to the city.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Self

from gis_core.errors import BadInput

DISTRICT_DIGITS, SUBDISTRICT_DIGITS, UNIT_GRID_DIGITS = 6, 9, 15


class BadCode(BadInput):
    """A text that is no code of the kind asked for."""

    code = "bad_code"


@dataclass(frozen=True, slots=True)
class UnitGridCode:
    """A unit grid (单元网格), 15 digits: community 12, sequence 001-999 (GB/T 47678.3; DB11/T 2157-2023).

    >>> code = UnitGridCode.parse("610303008007001")
    >>> code.district_code, code.subdistrict_code, code.community_code, code.sequence
    ('610303', '610303008', '610303008007', 1)
    """

    community_code: str
    sequence: int

    def __post_init__(self) -> None:
        _digits(self.community_code, 12, "社区代码")
        _within(self.sequence, 999, "单元网格顺序号")

    def __str__(self) -> str:
        return f"{self.community_code}{self.sequence:03d}"

    @property
    def district_code(self) -> str:
        """The county-level division, 6 digits (GB/T 2260)."""
        return self.community_code[:6]

    @property
    def subdistrict_code(self) -> str:
        """The street or town, 9 digits (GB/T 10114)."""
        return self.community_code[:9]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code.

        :raises BadCode: when it has not 15 digits, or the sequence is 000.
        """
        _digits(text, 15, "单元网格编码")
        return cls(text[:12], int(text[12:]))


@dataclass(frozen=True, slots=True)
class ResponsibilityCode:
    """A responsibility grid (责任网格): subdistrict 9, letter R, sequence 001-999; project proposal.

    The letter keeps it apart from unit grids, whatever the lengths.

    >>> str(ResponsibilityCode("610303008", 1))
    '610303008R001'
    """

    subdistrict_code: str
    sequence: int

    def __post_init__(self) -> None:
        _digits(self.subdistrict_code, 9, "街道（镇）代码")
        _within(self.sequence, 999, "责任网格顺序号")

    def __str__(self) -> str:
        return f"{self.subdistrict_code}R{self.sequence:03d}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code.

        :raises BadCode: when it is not 9 digits, the letter R and 3 digits.
        """
        if not re.fullmatch(r"[0-9]{9}R[0-9]{3}", text):
            raise BadCode(f"责任网格编码“{_short(text)}”有误：应为 9 位数字、字母 R 和 3 位数字。")
        return cls(text[:9], int(text[10:]))


@dataclass(frozen=True, slots=True)
class TypeCode:
    """A type of component or matter within the catalogue, 5 digits: major class 2, minor class 3.

    GB/T 47678.5-2026; the editions before it had two digits for the minor class.

    >>> str(TypeCode("01", "001"))
    '01001'
    """

    major_class: str
    minor_class: str

    def __post_init__(self) -> None:
        _digits(self.major_class, 2, "大类代码")
        _digits(self.minor_class, 3, "小类代码")
        if self.major_class == "00" or self.minor_class == "000":
            raise BadCode(f"类别代码“{self.major_class}{self.minor_class}”有误：大类从 01、小类从 001 起编。")

    def __str__(self) -> str:
        return f"{self.major_class}{self.minor_class}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code.

        :raises BadCode: when it has not 5 digits, or a class is all zeros.
        """
        _digits(text, 5, "类别代码")
        return cls(text[:2], text[2:])


@dataclass(frozen=True, slots=True)
class ComponentCode:
    """One component (部件), 17 digits: district 6, type 5, serial 6 (GB/T 47678.5-2026).

    >>> code = ComponentCode.parse("61030301001000001")
    >>> str(code.type_code), code.serial
    ('01001', 1)
    """

    district_code: str
    type_code: TypeCode
    serial: int

    def __post_init__(self) -> None:
        _digits(self.district_code, 6, "区县代码")
        _within(self.serial, 999_999, "部件顺序号")

    def __str__(self) -> str:
        return f"{self.district_code}{self.type_code}{self.serial:06d}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code.

        :raises BadCode: when it has not 17 digits, or a class or the serial is all zeros.
        """
        _digits(text, 17, "部件编码")
        return cls(text[:6], TypeCode.parse(text[6:11]), int(text[11:]))


@dataclass(frozen=True, slots=True)
class MatterCode:
    """A kind of matter in a district, 11 digits: district 6, type 5 (GB/T 47678.5-2026).

    It names a kind, never an instance: many cases carry the same one.

    >>> str(MatterCode.parse("61030306010").type_code)
    '06010'
    """

    district_code: str
    type_code: TypeCode

    def __post_init__(self) -> None:
        _digits(self.district_code, 6, "区县代码")

    def __str__(self) -> str:
        return f"{self.district_code}{self.type_code}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code.

        :raises BadCode: when it has not 11 digits, or a class is all zeros.
        """
        _digits(text, 11, "事件类别编码")
        return cls(text[:6], TypeCode.parse(text[6:]))


@dataclass(frozen=True, slots=True)
class CaseNo:
    """A case number (案卷号), 20 digits: district 6, day in city time 8, sequence of that day 6; proposal.

    >>> str(CaseNo("610303", date(2026, 8, 1), 123))
    '61030320260801000123'
    """

    district_code: str
    on: date
    sequence: int

    def __post_init__(self) -> None:
        _digits(self.district_code, 6, "区县代码")
        _within(self.sequence, 999_999, "案卷顺序号")

    def __str__(self) -> str:
        # Not %Y: the C library leaves out leading zeros of early years.
        return f"{self.district_code}{self.on.isoformat().replace('-', '')}{self.sequence:06d}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number.

        :raises BadCode: when it has not 20 digits, holds no day, or the sequence is 000000.
        """
        _digits(text, 20, "案卷号")
        try:
            on = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
        except ValueError as problem:
            raise BadCode(f"案卷号“{text}”有误：第 7 至 14 位不是日期。") from problem
        return cls(text[:6], on, int(text[14:]))


def is_area_code(text: str) -> bool:
    """Whether a text is the code of a district, subdistrict, community or unit grid: 6, 9, 12 or 15 digits.

    >>> is_area_code("610303008"), is_area_code("61030300800"), is_area_code("６１０３０３")
    (True, False, False)
    """
    return re.fullmatch(r"[0-9]{6}([0-9]{3}){0,3}", text) is not None


def unit_grids_of(area_code: str) -> tuple[str, str]:
    """The first and the last code that a unit grid of an area can have, to look them up as a range.

    Both are full codes, which sort alike in every collation.

    >>> unit_grids_of("610303008")
    ('610303008000000', '610303008999999')
    """
    return area_code.ljust(UNIT_GRID_DIGITS, "0"), area_code.ljust(UNIT_GRID_DIGITS, "9")


def subdistricts_of(area_code: str) -> tuple[str, str]:
    """The first and the last code that a subdistrict of a district, or the subdistrict itself, can have.

    >>> subdistricts_of("610303")
    ('610303000', '610303999')
    """
    return area_code.ljust(SUBDISTRICT_DIGITS, "0"), area_code.ljust(SUBDISTRICT_DIGITS, "9")


def _digits(text: str, length: int, name: str) -> None:
    # ASCII digits only: a full-width digit would be another code to the database.
    if not re.fullmatch(rf"[0-9]{{{length}}}", text):
        raise BadCode(f"{name}“{_short(text)}”有误：应为 {length} 位数字，{_but(text)}。")


def _but(text: str) -> str:
    """What a text is instead of a number of so many digits."""
    if not text:
        return "现在没有填写"
    if unicodedata.normalize("NFKC", text) != text:
        return "现含全角字符"
    if not (text.isascii() and text.isdigit()):
        return "现含数字以外的字符"
    return f"现有 {len(text)} 位"


def _within(number: int, most: int, name: str) -> None:
    if not 1 <= number <= most:
        raise BadCode(f"{name} {number} 有误：应在 1 至 {most} 之间。")


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:30]}…"
