"""What the tagger sees of an address at each of its tokens: neighbours, endings ahead, divisions, words.

A token is a character, or a run of digits or of Latin letters. All features are short strings; whatever is
costly is looked up once for the whole address: divisions and communities in their tries, words by one
expression, what ends the part ahead by one walk from the right.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from gis_core.geocoding.community_names import CommunityNames
from gis_core.geocoding.divisions import NationalDivisions
from gis_core.geocoding.tagging_words import CLASS_OF, ENDINGS, words_in

Tokens = list[tuple[int, int]]
Features = list[list[str]]

_TOKEN = re.compile(r"[0-9]+|[a-z]+|\S")
_MUNICIPALITIES = frozenset((11, 12, 31, 50))
_AFTER_COMMUNITY = frozenset("村社路街小新镇乡")
_NAMES_REMEMBERED = 8192


def tokens_of(plain: str) -> Tokens:
    """Where the tokens of a folded text begin and end; blanks belong to none.

    >>> tokens_of("3幢 b座12")
    [(0, 1), (1, 2), (3, 4), (4, 5), (5, 7)]
    """
    return [match.span() for match in _TOKEN.finditer(plain)]


def shape_of(plain: str, tokens: Tokens) -> str:
    """One sign for each token: numbers by their length, words of Latin letters by whether they are long."""
    signs = []
    for start, end in tokens:
        sign = plain[start]
        if "0" <= sign <= "9":
            sign = str(min(end - start, 6))
        elif end - start > 1:
            sign = "L" if end - start > 3 else "M"
        signs.append(sign)
    return "".join(signs)


class _Sense(NamedTuple):
    """What a name may mean on one level of division: the codes, and those of what they lie in."""

    mark: str  # level, and f for the full name or s for the short one
    level: str
    is_full: bool
    codes: frozenset[int]
    uppers: frozenset[int]

    def beside(self, other: "_Sense") -> str:
        """c: may lie in the other; r: is the other, or holds it; x: neither."""
        if not self.uppers.isdisjoint(other.codes):
            return "c"
        return "x" if self.codes.isdisjoint(other.uppers) and self.codes.isdisjoint(other.codes) else "r"


@dataclass(frozen=True, slots=True)
class _Named:
    """The divisions named in an address: what later names are held against, and where full names stand."""

    senses: list[tuple[int, _Sense]]  # with the end of each
    whole: bytearray  # not nought where a full name stands


class AddressFeatures:
    """The features of addresses; safe to share between threads."""

    def __init__(self, nation: NationalDivisions, communities: CommunityNames) -> None:
        """With the names to look for."""
        self._nation, self._communities = nation, communities
        self._senses = lru_cache(_NAMES_REMEMBERED)(self._senses_of)
        self._homes = lru_cache(_NAMES_REMEMBERED)(self._homes_of)
        self._around = lru_cache(_NAMES_REMEMBERED)(self._around_of)

    def __call__(self, plain: str, tokens: Tokens) -> Features:
        """One list of features for each token of a folded text."""
        count = len(tokens)
        features: Features = [[] for _ in range(count)]
        token_at = [-1] * (len(plain) + 1)
        for number, (start, _) in enumerate(tokens):
            token_at[start] = number
        # A part may end before a blank as well as where the next token begins.
        for number, (_, end) in enumerate(tokens, start=1):
            token_at[end] = number
        named = self._divisions(plain, tokens, token_at, features)
        self._community_names(plain, tokens, token_at, features, named)
        words = _words(plain, token_at, features)
        shape = shape_of(plain, tokens)
        classes = shape.translate(_CLASSES)
        _endings(classes, words, features)
        _neighbours(shape, classes, features)
        return features

    def _senses_of(self, name: str) -> tuple[_Sense, ...]:
        """What a name may mean, as a full name first."""
        senses = []
        for codes, form in zip(self._nation.codes_meant(name), "fs", strict=True):
            by_level: dict[str, list[int]] = {}
            for code in codes:
                by_level.setdefault(_level(code), []).append(code)
            senses += [
                _Sense(level + form, level, form == "f", frozenset(its), _uppers(its))
                for level, its in by_level.items()
            ]
        return tuple(senses)

    def _homes_of(self, name: str) -> frozenset[int]:
        return frozenset(self._communities.districts(name))

    def _around_of(self, name: str) -> frozenset[int]:
        """Cities and provinces of a community's districts."""
        return _uppers(self._communities.districts(name))

    def _home(self, name: str, before: "_Before") -> str:
        """d: in the district that was named; y: in another; c, x: so for city, province; n: none named."""
        if before.districts:
            homes = self._homes(name)
            return "y" if all(map(homes.isdisjoint, before.districts)) else "d"
        if before.wider:
            around = self._around(name)
            return "x" if all(map(around.isdisjoint, before.wider)) else "c"
        return "n"

    def _divisions(self, plain: str, tokens: Tokens, token_at: list[int], features: Features) -> _Named:
        named = _Named([], bytearray(len(plain)))
        covered, names_at, senses = 0, self._nation.names_at, self._senses
        beginnings = self._nation.beginnings
        for number, (start, _) in enumerate(tokens):
            if start < covered or plain[start : start + 2] not in beginnings:
                continue
            names = names_at(plain, start)
            if not names:
                continue
            longest = names[-1]
            if senses(longest)[0].is_full:
                # 杭州市 is not 杭州 and something more; what begins within it is no name either.
                names = [longest]
                covered = start + len(longest)
                named.whole[start:covered] = b"1" * (covered - start)
            for name in names:
                stop = token_at[start + len(name)]
                if stop < 0:
                    continue
                shape = "" if name is longest else "p"
                again = "a" if plain.find(name, start + len(name)) >= 0 else ""
                for sense in senses(name):
                    beside = _relation(sense, named.senses)
                    _mark(features, (number, stop), sense.mark + beside, shape, again)
                    if (
                        not shape
                        and sense.level != "T"
                        and (sense.is_full or not named.senses or beside == "c")
                    ):
                        named.senses.append((start + len(name), sense))
        return named

    def _community_names(
        self,
        plain: str,
        tokens: Tokens,
        token_at: list[int],
        features: Features,
        named: _Named,
    ) -> None:
        names_at, home = self._communities.names_at, self._home
        for number, (start, _) in enumerate(tokens):
            if named.whole[start] or plain[start] < "\u3400":
                continue
            names = names_at(plain, start)
            if not names:
                continue
            before = _Before(named.senses, start)
            longest: dict[str, int] = {}
            for name in names:
                end = start + len(name)
                if token_at[end] > 0:
                    longest[home(name, before)] = end
            for beside, end in longest.items():
                stop = token_at[end]
                after = plain[end : end + 1]
                after = after if after in _AFTER_COMMUNITY else "-"
                features[number] += (f"vB{beside}{after}", f"vL{beside}{stop - number}")
                for inside in range(number + 1, stop):
                    features[inside].append("vI" + beside)
                features[stop - 1].append(f"vE{beside}{after}")


def _level(code: int) -> str:
    if code > 999_999:
        return "T"
    if code > 9999:
        return "D"
    if code > 99:
        return "C"
    return "M" if code in _MUNICIPALITIES else "P"


def _uppers(codes: Sequence[int]) -> frozenset[int]:
    """What divisions of one level lie in."""
    if not codes or codes[0] < 100:
        return frozenset()
    if codes[0] < 10_000:
        return frozenset([code // 100 for code in codes])
    districts = codes if codes[0] < 1_000_000 else [code // 1000 for code in codes]
    cities = {code // 100 for code in districts}
    provinces = {code // 100 for code in cities}
    return frozenset(cities | provinces if districts is codes else cities.union(provinces, districts))


def _relation(sense: _Sense, named: list[tuple[int, _Sense]]) -> str:
    relation = "n"
    for _, other in named:
        beside = sense.beside(other)
        if beside == "c":
            return "c"
        if relation == "n":
            relation = beside
    return relation


class _Before:
    """The divisions named before a place, for the communities that may begin there."""

    __slots__ = ("districts", "wider")

    def __init__(self, named: list[tuple[int, _Sense]], start: int) -> None:
        others = [sense for end, sense in named if end <= start]
        self.districts = [sense.codes for sense in others if sense.level == "D"]
        self.wider = [sense.codes for sense in others]


def _mark(features: Features, where: tuple[int, int], mark: str, shape: str, again: str) -> None:
    number, stop = where
    features[number] += (f"dB{mark}{shape}{again}", f"dL{mark}{min(stop - number, 6)}")
    if stop - number > 1:
        inside = f"dI{mark}{shape}"
        for between in range(number + 1, stop - 1):
            features[between].append(inside)
        features[stop - 1].append(f"dE{mark}{shape}")


def _words(plain: str, token_at: list[int], features: Features) -> list[str]:
    """Mark the words, and give the kind of word that ends at each token, or nothing."""
    ends = [""] * len(features)
    for start, end, kind in words_in(plain):
        number, stop = token_at[start], token_at[end]
        if number < 0 or stop <= number:
            continue
        features[number].append("wB" + kind)
        for inside in range(number + 1, stop - 1):
            features[inside].append("wI" + kind)
        features[stop - 1].append("wE" + kind)
        ends[stop - 1] = kind
    return ends


class _Distances(dict[str, tuple[str, ...]]):
    """A feature at each distance from nought to six, put together once."""

    def __missing__(self, feature: str) -> tuple[str, ...]:
        its = self[feature] = tuple(f"{feature}{distance}" for distance in range(7))
        return its


_DISTANCES = _Distances()


def _endings(classes: str, words: list[str], features: Features) -> None:
    """Tell each token what ends the part ahead and how far off, and what ended the parts behind."""
    distances = _DISTANCES
    ahead, far, then, word_far = "$", 0, "", 0
    ending, parts, word = distances["g$"], "h$", distances["W$"]
    aheads: list[str] = []
    for kind, its_word, its in zip(reversed(classes), reversed(words), reversed(features), strict=True):
        far += far < 6
        word_far += word_far < 5
        if kind in ENDINGS:
            ahead, far, then = kind, 0, ahead + then[:1]
            ending, parts = distances["g" + ahead], "h" + ahead + then
        if its_word:
            word, word_far = distances["W" + its_word], 0
        its.extend((word[word_far], ending[far], parts))
        aheads.append(ahead)
    behind, last = "", ""
    passed, since = 0, distances["j"]
    for its, kind, ahead in zip(features, classes, reversed(aheads), strict=True):
        its.extend(("i" + behind + ahead, since[passed]))
        passed += passed < 6
        if kind in ENDINGS or (kind == "0" and last != "0"):
            behind, passed, since = behind[-1:] + kind, 0, distances["j" + kind]
        last = kind


def _neighbours(shape: str, classes: str, features: Features) -> None:
    """The token itself and the next; those further off are seen by the network's layers."""
    for its, sign, kind, following in zip(features, shape, classes, shape[1:] + "$", strict=True):
        its.extend(("0" + sign, "c" + kind, "6" + sign + following))
    if "(" in shape:
        _brackets(shape, features)


def _brackets(shape: str, features: Features) -> None:
    is_within = False
    for its, sign in zip(features, shape, strict=True):
        is_within = is_within or sign == "("
        if is_within:
            its.append("(")
            is_within = sign != ")"


class _Classes(dict[int, str]):
    """The class of each sign, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        kind = CLASS_OF.get(sign) or ("a" if sign < "\x80" else "x")
        self[code] = kind
        return kind


_CLASSES = _Classes()
