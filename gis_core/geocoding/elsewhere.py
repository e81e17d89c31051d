"""Which divisions named in a text say that it is about another city, or a part of this one not served."""

import re
from collections.abc import Callable

from gis_core.geocoding.answers import Answer, Level, Span
from gis_core.geocoding.characters import key_of
from gis_core.geocoding.divisions import FoundDivision, NationalDivisions, is_within
from gis_core.geocoding.wording import NAME_ENDING

SURE, HINTED = 0.5, 0.1
"""A place of this city that is as sure as this and named first leaves the text to this city; or less sure,
when what follows only describes it."""
_COARSE = frozenset({Level.STREET, Level.COMMUNITY, Level.SUBDISTRICT, Level.DISTRICT, Level.CITY})
# What people begin with: 你好，我人在上海…, 我爸妈住在汉中….
_LEAD = re.compile(
    r"(?:你好|您好|喂|请问|麻烦|我|你|他|她|咱|俺|们|人|家里|家|单位|公司|爸|妈|父母|老家|老人|孩子|娃|亲戚|朋友|媳妇|儿子|"
    r"现在|目前|刚|就|住|在|到|去|从|是|来自|位于|地址|帮|查询|查|问|一下|下|的|个|[,，。:：!！？?\s])+"
)
_ON_THE_WAY = re.compile(
    r"来|过来|回来|方向|牌|开|到|去|往|籍|口音|人(?!民)|的(?:大?货?车|人|亲戚|朋友|客人|老板|司机|菜|果|苹果|特产)"
)
# Behind the bare name of a city: nothing, or what makes it a place.
_AS_PLACE = re.compile(r"$|[\s,，。;；:：!！？?、）)]|这|那|的|市|城|这边|那边|本地")


def find_elsewhere(
    text: str, answer: Answer, nation: NationalDivisions, *, mine: int, is_served: Callable[[int], bool]
) -> list[FoundDivision]:
    """The divisions named in a text that lie elsewhere; none when the text may be of this city.

    `mine` is the code of the city's prefecture, `is_served` says of a district or town in it whether the
    city serves it. Where every word is explained by this city's names nothing is looked for.
    """
    spans = answer.readings[0].spans
    if not any((span.label == "other" and len(span.text) > 1) or _is_slip(span) for span in spans):
        return []
    begin = next((span.start for span in spans if span.label != "redundant"), len(text))
    lead = _LEAD.match(text)
    begin = max(begin, lead.end() if lead else 0)
    named = nation.find_divisions(text[begin:])
    found: list[FoundDivision] = []
    for number, one in enumerate(named):
        beside = (*found, *named[number + 1 : number + 2])
        if any(is_within(mine, code) for code in one.codes) or _is_some_town(one, found):
            continue
        inner = [code for code in one.codes if is_within(code, mine)]
        if any(is_served(code) for code in inner) and (one.is_full or not found):
            return []
        start, end = begin + one.start, begin + one.end
        is_chained = any(_belong(one, other) for other in beside)
        # 咸阳市场 is a market here, 大庆 beside 太白 a street, when the gazetteer says so.
        reach = end + is_chained
        if any(s.value and s.start <= start and s.end >= reach and not _is_slip(s) for s in spans):
            continue
        if inner or one.level != "town":
            is_first = not number or named[number - 1].end == one.start
            if is_chained or _stands_alone(one, text[end:], nation, mine=mine, is_first=is_first):
                found.append(one)
    if len(found) == 1 and _is_told_before(answer, text[: begin + found[0].start]):
        return []
    return found


def _is_slip(span: Span) -> bool:
    """Whether a name was read that is not written so: 凤县 is not 凤翔."""
    return bool(span.value) and len(span.text) < 4 and span.value not in key_of(span.text)


def _is_some_town(one: FoundDivision, found: list[FoundDivision]) -> bool:
    """Whether a town stands behind a county that has none of its name: 城关镇 is in ten others."""
    return bool(found) and one.level == "town" and one.start == found[-1].end and not _belong(one, found[-1])


def _belong(one: FoundDivision, other: FoundDivision) -> bool:
    """Whether one of two divisions lies in the other."""
    return any(is_within(a, b) or is_within(b, a) for a in one.codes for b in other.codes)


def _stands_alone(
    one: FoundDivision, behind: str, nation: NationalDivisions, *, mine: int, is_first: bool
) -> bool:
    """Whether a name says by itself that its division is meant: in full, or at the beginning and well known.

    Well known are cities, counties of one's own prefecture, and districts of one's province that no other
    is called by.
    """
    code = one.codes[0]
    is_near = is_within(code, int(str(mine)[:2])) and len(one.codes) == 1
    if one.level == "town":
        return is_within(code, mine) and one.is_full
    if one.is_full:
        return True
    is_known = (
        is_near or is_within(code, mine) or one.level != "district" or nation.name_of(code).endswith("市")
    )
    is_place = is_within(code, mine) or _AS_PLACE.match(behind) or NAME_ENDING.match(behind[:14])
    return is_first and is_known and bool(is_place) and not _ON_THE_WAY.match(behind)


def _is_told_before(answer: Answer, before: str) -> bool:
    """Whether a place of this city was told before the name of another: …号旁边的岐山县特产店."""
    best = answer.best
    if best is None or best.level in _COARSE or best.confidence < (HINTED if before[-1:] in "的叫" else SURE):
        return False
    return any(span.value and span.end <= len(before) for span in best.reading.spans)
