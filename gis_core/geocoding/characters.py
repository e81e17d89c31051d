"""One spelling for each text: width, case, traditional characters and numerals, with the way back.

Names and questions go through the same `keyed`, so `經二路`, `经２路` and `经二路` meet in one key.
"""

import re
from dataclasses import dataclass
from functools import cache

import opencc

MOST_CHARACTERS = 200
"""Of a text that are read; what people say of a place is shorter."""

_SPOKEN = ("零〇○", "一幺", "二两", "三", "四", "五", "六", "七", "八", "九")
_DIGITS = {sign: str(digit) for digit, signs in enumerate(_SPOKEN) for sign in signs}
# Numerals of cheques, only before what they count: 伍 is a name, 陆 is land.
_CHEQUE = re.compile(r"[壹贰叁肆伍陆柒捌玖拾佰仟]+(?=号|栋|幢|座|单元|层|楼|室|米|#)")
_PLAIN = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")
_UNITS = {"十": 10, "百": 100, "千": 1000}
_D, _U = "".join(_DIGITS), "".join(_UNITS)
# Words with a numeral in them that count nothing.
_UNCOUNTED = (
    r"(?<![第十百])一(?:直|些|样|定|般|切|起|边|旦|共|律|向|再|群|堆|片|带|路(?=走|上|往|向|都|全|堵|坑|颠)|半|会|事|案|并|概|贯|致|心|时|"
    r"天到晚|塌糊涂|地(?!块))|[统唯单]一|(?:星期|礼拜|周)[一二三四五六]|十[分足]|千万|四[处周]|两[边侧旁头]|五金|三轮|二手"
)
# A run of numerals; 十 before 字 is a crossing, and 百 or 千 begin a name (千河) rather than a number.
_NUMERAL = re.compile(rf"(?P<word>{_UNCOUNTED})|(?:[{_D}]|十(?!\s*字))(?:\s*(?:[{_D}]|[{_U}](?!\s*字)))*")
_BY_VALUE = re.compile(rf"[{_U}]")
_COUNTED = re.compile(r"\s*[号栋幢座单层楼室组米#\d]")
_DROPPED = re.compile(r"(?<!\d)\.|\.(?!\d)|[\s·・•‧。'\"“”‘’「」『』《》〈〉_*^`~!！?？…]+")
_VARIANTS = {
    "—": "-", "–": "-", "―": "-", "‐": "-", "‑": "-", "−": "-", "﹣": "-", "ー": "-", "～": "-", "~": "-",
    "【": "(", "】": ")", "〔": "(", "〕": ")", "[": "(", "]": ")", "{": "(", "}": ")", "、": "、", "，": ",",
    "；": ",", ";": ",", "：": ",", ":": ",", "　": " ", "﹟": "#", "№": "#", "＃": "#", "衖": "弄",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Keyed:
    """A text in its one spelling; `at[n]` is where its n-th character began in the text as it came."""

    text: str
    at: tuple[int, ...]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of the key stood in the text as it came."""
        return self.at[start], self.at[end]


def folded(text: str) -> str:
    """The text in half width, lower case and simplified characters, of the same length.

    >>> folded("經二路１５５號")
    '经二路155号'
    """
    return text.translate(_table())


def keyed(text: str, *, by_value: bool = True) -> Keyed:
    """The key of a text: folded, numerals in digits, blanks and ornaments dropped.

    With `by_value` off, numerals with units that count nothing stay as written: 十鼓路 is meant for 石鼓路.

    >>> keyed("经二路 一百五十五号").text
    '经2路155号'
    >>> keyed("红旗路十字").text
    '红旗路十字'
    """
    plain = _CHEQUE.sub(lambda match: match.group().translate(_PLAIN), folded(text))
    parts: list[str] = []
    at: list[int] = []
    done = 0
    for match in _NUMERAL.finditer(plain):
        if match["word"] or not (by_value or _is_number(plain, match)):
            continue
        _copy(plain, done, match.start(), parts, at)
        number = numeral("".join(match.group().split()))
        parts.append(number)
        at.extend([match.start()] * len(number))
        done = match.end()
    _copy(plain, done, len(plain), parts, at)
    at.append(len(text))
    return Keyed("".join(parts), tuple(at))


def _is_number(plain: str, match: re.Match[str]) -> bool:
    return not _BY_VALUE.search(match.group()) or bool(_COUNTED.match(plain, match.end()))


def key_of(name: str) -> str:
    """The key of a name, for indexes: without punctuation, too.

    >>> key_of("阳光小区（二期）")
    '阳光小区2期'
    """
    return re.sub(r"[(),、]", "", keyed(name).text)


def numeral(text: str) -> str:
    """Chinese numerals as digits: by value where they have units, digit by digit otherwise.

    >>> numeral("一百五十五"), numeral("二零三"), numeral("十二"), numeral("两千零五"), numeral("七八十")
    ('155', '203', '12', '2005', '75')
    """
    if not any(sign in _UNITS for sign in text):
        return "".join(_DIGITS[sign] for sign in text)
    if len(text) == 3 and text[2] in _UNITS and text[0] in _DIGITS and text[1] in _DIGITS:
        # 七八十 is somewhere between seventy and eighty.
        return str((int(_DIGITS[text[0]]) + int(_DIGITS[text[1]])) * _UNITS[text[2]] // 2)
    total, digit = 0, ""
    for sign in text:
        if sign in _UNITS:
            total += (int(digit) if digit.strip("0") else 1) * _UNITS[sign]
            digit = ""
        else:
            digit += _DIGITS[sign]
    # 一百五 means 150.
    if len(digit) == 1 and len(text) > 2 and text[-2] in "百千":
        return str(total + int(digit) * _UNITS[text[-2]] // 10)
    return str(total + int(digit or 0))


def _copy(plain: str, start: int, end: int, parts: list[str], at: list[int]) -> None:
    while start < end:
        dropped = _DROPPED.search(plain, start, end)
        stop = dropped.start() if dropped else end
        parts.append(plain[start:stop])
        at.extend(range(start, stop))
        start = dropped.end() if dropped else end


@cache
def _table() -> dict[int, str]:
    """Character to character: every step keeps the length of the text."""
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table |= {0x2460 + n: str(n + 1) for n in range(9)}
    table |= {ord(upper): upper.lower() for upper in map(chr, range(ord("A"), ord("Z") + 1))}
    table |= {code + 0xFEE0: chr(code).lower() for code in range(ord("A"), ord("Z") + 1)}
    han = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    plain = opencc.OpenCC("t2s").convert("\n".join(han)).split("\n")
    pairs = zip(han, plain, strict=True)
    table |= {ord(one): other for one, other in pairs if one != other and len(other) == 1}
    return table | {ord(one): other for one, other in _VARIANTS.items()}
