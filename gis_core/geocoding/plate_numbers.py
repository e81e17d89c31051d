"""Numbers of door plates and buildings as people write them: 155, 155-1, 155号附1号, 甲155, 3号楼, B座."""

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"([甲乙丙丁新临老]?)(\d{1,5})([a-z甲乙丙丁]?)(?:号?[-之附/](\d{1,4}))?")
_BUILDING = re.compile(r"(\d{1,3}|[a-z]\d{0,2}|\d{1,2}[a-z])(?:号楼|#楼|栋|幢|座|号)?$")
_POST = re.compile(r"k(\d{1,4})(?:[+.](\d{1,3}))?")
_STEMS = {"": 0, "甲": 1, "乙": 2, "丙": 3, "丁": 4, "新": 5, "临": 6, "老": 7}


@dataclass(frozen=True, slots=True)
class PlateNumber:
    """A number plate: its main number, what stands before it (0 for nothing), and the number behind it."""

    main: int
    stem: int = 0
    sub: int = 0

    @property
    def is_odd(self) -> bool:
        """Whether it belongs on the side of odd numbers."""
        return self.main % 2 == 1


def read_plate(key: str) -> PlateNumber | None:
    """The number in a key such as `155号`, `155-1号`, `甲155`, `155号附1号`; None without one.

    >>> read_plate("155号附1号")
    PlateNumber(main=155, stem=0, sub=1)
    >>> read_plate("甲155号"), read_plate("号")
    (PlateNumber(main=155, stem=1, sub=0), None)
    """
    match = _NUMBER.search(key)
    if match is None:
        return None
    before, main, after, sub = match.groups()
    # 155a and 155甲 are further doors of 155.
    stem = _STEMS.get(before, 0) or (_STEMS.get(after, 0) if after in _STEMS else 10 + ord(after) - ord("a"))
    return PlateNumber(int(main), stem, int(sub or 0))


def read_post(key: str) -> PlateNumber | None:
    """A kilometre post as a number: metres from where its road begins.

    >>> read_post("k1234+500")
    PlateNumber(main=1234500, stem=0, sub=0)
    """
    match = _POST.match(key)
    if match is None:
        return None
    return PlateNumber(int(match[1]) * 1000 + int((match[2] or "0").ljust(3, "0")))


def read_building(key: str) -> PlateNumber | None:
    """The number of a building within an estate: `3号楼`, `3栋`, `b座`; letters count from 1001.

    >>> read_building("3号楼"), read_building("b座")
    (PlateNumber(main=3, stem=0, sub=0), PlateNumber(main=1002, stem=0, sub=0))
    """
    match = _BUILDING.search(key)
    if match is None:
        return None
    text = match.group(1)
    if text[0].isalpha():
        return PlateNumber(1001 + ord(text[0]) - ord("a"), 0, int(text[1:] or 0))
    if text[-1].isalpha():
        return PlateNumber(int(text[:-1]), 0, 1 + ord(text[-1]) - ord("a"))
    return PlateNumber(int(text))
