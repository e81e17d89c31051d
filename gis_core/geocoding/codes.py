"""City codes and kilometre posts in a text.

Lengths and prefixes are told by the caller, because codes are rules of the city's frame.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gis_core.geocoding.written_place import flattened

MOST_CHARACTERS = 10_000
"""Of a text that are read."""

MOST_CODES = 20
"""Of a text that are answered."""

# On the text as it came: most texts have neither.
_SIX_DIGITS = re.compile(r"\d{6}|\d{4}[ -]\d{2,4}")
_KILOMETRE = re.compile(r"[KkＫｋ]|公里|千米")
# A run of digits, whole or in the groups that pages show (610303 01001 000001), or nine digits, R and three.
_CODE = re.compile(
    r"(?<![0-9a-z.])(?:[0-9]{9}r[0-9]{3}"
    r"|[0-9]{4,15}(?:[ -][0-9]{1,8}){1,6}|[0-9]{7,20}|[0-9]{6})"
    r"(?![0-9a-z]|[.-][0-9])"
)
LEAST_GROUPED = 12
"""Digits of a code that may stand in groups; of fewer a number beside a code would make another."""

_HAN_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_HAN_NUMBER = re.compile(
    r"[〇零○一二三四五六七八九]{3}(?=[国省县乡]道)|(?<=[国省县乡]道)[〇零○一二三四五六七八九]{3}"
)
_KINDS = {"国": "G", "省": "S", "县": "X", "乡": "Y", "村": "C"}
# A numbered road, however it is written, or the name of a motorway or highway.
_ROAD = (
    r"(?P<numbered>(?P<letter>(?<![a-z])[gsxyc])(?P<lettered>\d{1,4})(?!\d)(?:[国省县乡]道|线|高速公路|高速)?"
    r"|(?<!\d)(?P<early>\d{1,4})(?P<kind>[国省县乡村])道"
    r"|(?P<late_kind>[国省县乡村])道\s?[gsxyc]?(?P<late>\d{1,4})(?!\d)线?)?"
    r"(?P<name>[\u4e00-\u9fff]{0,10}(?:高速公路|高速|公路|快速路|[国省县乡村]道|线|大道|大街|路|街))?"
)
_MARK = r"\s{0,2}(?:桩号|里程)?\s?[:,(]?\s?"
_WITH_K = re.compile(
    rf"{_ROAD}{_MARK}(?<![a-z])k\s?(?P<km>\d{{1,4}})(?P<part>\.\d{{1,3}})?"
    rf"(?:\s?\+\s?(?P<m>\d{{1,3}}(?:\.\d{{1,3}})?)(?!\d))?(?![\d栋幢座号室单])"
)
_IN_WORDS = re.compile(
    rf"{_ROAD}{_MARK}(?P<km>\d{{1,4}})(?P<part>\.\d{{1,3}})?\s?(?:公里|千米|km)"
    rf"\s?(?:[+加又]?\s?(?P<m>\d{{1,3}})(?!\d)\s?(?P<m_unit>米|m)?)?\s?(?P<place>处|桩|里程碑)?"
)
_BARE_NAMES = frozenset(
    {"", "高速公路", "高速", "公路", "快速路", "国道", "省道", "县道", "乡道", "村道", "线"}
)
# Words before the name of a road, not part of it.
_BEFORE_NAME = re.compile(r"^.*[在从沿到往至由经于了的下离出进走是和与，。]")
# Before a numbered road these speak of a distance: from it, or along it.
_FROM, _ALONG = "离距", "沿走修"


@dataclass(frozen=True, slots=True)
class WrittenCode:
    """A city code in a text: its kind as the caller names it, the code in plain digits without gaps."""

    kind: str
    code: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class KilometrePost:
    """A place along a road: the road as written, its number (`G310`) if it has one, metres from its start."""

    road: str
    road_no: str
    from_start_m: float
    start: int
    end: int


def read_codes(text: str, *, kinds: Mapping[int, str], prefixes: tuple[str, ...]) -> tuple[WrittenCode, ...]:
    """The city codes in a text, in its order: runs of digits of a known length that begin as the city's do.

    `kinds` names what each length is; 13 is nine digits, the letter R and three more. `prefixes` are what
    codes of the city begin with, so that telephone numbers, identity cards of elsewhere and bank accounts
    are none. A run inside a longer number or word is none either.

    >>> kinds = {17: "component", 15: "unit_grid", 12: "community", 6: "district"}
    >>> read_codes("井盖６１０３０３０１００１０００００１坏了", kinds=kinds, prefixes=("6103",))
    (WrittenCode(kind='component', code='61030301001000001', start=2, end=19),)
    >>> read_codes("电话 13991712345", kinds=kinds, prefixes=("6103",))
    ()
    """
    text = text[:MOST_CHARACTERS]
    if _SIX_DIGITS.search(text) is None:
        return ()
    found: list[WrittenCode] = []
    for match in _CODE.finditer(flattened(text)):
        code, end = _code(match, kinds)
        kind = kinds.get(len(code))
        has_letter = "R" in code
        if kind is None or has_letter != (len(code) == 13) or not code.startswith(prefixes):
            continue
        found.append(WrittenCode(kind, code, match.start(), end))
        if len(found) == MOST_CODES:
            break
    return tuple(found)


def _code(match: re.Match[str], kinds: Mapping[int, str]) -> tuple[str, int]:
    """The digits of a run and where they end: of all its groups, or of the first when all are no code."""
    groups = re.split("[ -]", match.group().upper())
    code = "".join(groups)
    if len(groups) == 1 or (len(code) in kinds and len(code) >= LEAST_GROUPED):
        return code, match.end()
    is_code = len(groups[0]) > 6  # of six digits, with a number beside them, nobody knows
    return (groups[0], match.start() + len(groups[0])) if is_code else ("", match.end())


def read_kilometre_post(text: str) -> KilometrePost | None:
    """The first kilometre post in a text, or None: a bare distance (往东 3 公里) or house number is none.

    Knows G310 K1234+500, 310国道1234公里500米处, 国道310线1234公里+500, 宝汉高速K12+300; `K12+300` alone is
    read without a road.

    >>> post = read_kilometre_post("310国道1234公里500米处")
    >>> post.road, post.road_no, post.from_start_m
    ('310国道', 'G310', 1234500.0)
    """
    text = text[:MOST_CHARACTERS]
    if _KILOMETRE.search(text) is None:
        return None
    flat = _HAN_NUMBER.sub(lambda match: match.group().translate(_HAN_DIGITS), flattened(text))
    return next((post for post in _posts(text, flat) if post is not None), None)


def _posts(text: str, flat: str) -> Iterator[KilometrePost | None]:
    if "k" in flat:
        for match in _WITH_K.finditer(flat):
            yield _post(text, match, is_sure=match["m"] is not None)
    if "公里" in flat or "千米" in flat or "km" in flat:
        for match in _IN_WORDS.finditer(flat):
            is_sure = bool(match["m_unit"] or match["place"] or (match["m"] and "+" in match.group()))
            yield _post(text, match, is_sure=is_sure, needs_road=True)


def _post(
    text: str, match: re.Match[str], *, is_sure: bool, needs_road: bool = False
) -> KilometrePost | None:
    start, road, road_no = _road(text, match)
    before = match.string[start - 1] if start else ""
    if (before and before in _FROM) or (not is_sure and before and before in _ALONG):
        return None
    if not road_no and (not is_sure or (needs_road and not road)):
        return None
    from_start_m = 1000 * float(match["km"] + (match["part"] or "")) + float(match["m"] or 0)
    return KilometrePost(road, road_no, from_start_m, start, match.end())


def _road(text: str, match: re.Match[str]) -> tuple[int, str, str]:
    """Where the road begins, the road as written, and its number; without a road, where the post begins."""
    name_start, name_end = match.span("name")
    if match["numbered"]:
        number = match["lettered"] or match["early"] or match["late"]
        letter = match["letter"] or _KINDS[match["kind"] or match["late_kind"]]
        road = text[match.start() : max(name_end, match.end("numbered"))]
        return match.start(), road, f"{letter.upper()}{int(number)}"
    before = _BEFORE_NAME.match(match.string, name_start, name_end) if match["name"] else None
    start = before.end() if before else name_start
    if match["name"] and match.string[start:name_end] not in _BARE_NAMES:
        return start, text[start:name_end], ""
    return match.end() - len(match.string[max(name_end, match.start()) : match.end()].lstrip(" :,(")), "", ""
