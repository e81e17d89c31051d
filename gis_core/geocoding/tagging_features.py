"""What the tagger sees of an address at each of its tokens: neighbours, endings ahead, divisions, words.

A token is a character, or a run of digits or of Latin letters. All features are short strings; whatever is
costly is looked up once for the whole address: divisions and communities in their tries, words by one
expression, what ends the part ahead by one walk from the right.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from gis_core.geocoding.community_names import CommunityNames
from gis_core.geocoding.divisions import NationalDivisions
from gis_core.geocoding.tagging_words import CLASS_OF, ENDINGS, words_in

Tokens = list[tuple[int, int]]
Features = list[list[str]]

_TOKEN = re.compile(r"[0-9]+|[a-z]+|\S")
_LETTERS = {2: "P", 4: "C", 6: "D", 9: "T"}
_MUNICIPALITIES = frozenset(("11", "12", "31", "50"))
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


@dataclass(frozen=True, slots=True)
class _Sense:
    """What a name may mean on one level of division: the codes, and those of what they lie in."""

    mark: str  # level, and f for the full name or s for the short one
    level: str
    is_full: bool
    codes: frozenset[str]
    uppers: frozenset[str]

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
        classes = "".join(map(_class_of, shape))
        _endings(classes, words, features)
        _neighbours(shape, classes, features)
        return features

    def _senses_of(self, name: str) -> tuple[_Sense, ...]:
        """What a name may mean, as a full name first."""
        by_kind: dict[tuple[str, bool], set[str]] = {}
        for meant in self._nation.meanings(name):
            code = str(meant.code)
            level = "M" if code in _MUNICIPALITIES else _LETTERS[len(code)]
            by_kind.setdefault((level, meant.is_full), set()).add(code)
        return tuple(
            _Sense(
                level + ("f" if is_full else "s"),
                level,
                is_full,
                frozenset(codes),
                frozenset(up for code in codes for up in _uppers(code)),
            )
            for (level, is_full), codes in sorted(by_kind.items(), key=lambda kind: not kind[0][1])
        )

    def _homes_of(self, name: str) -> tuple[frozenset[str], frozenset[str]]:
        codes = frozenset(map(str, self._communities.districts(name)))
        return codes, frozenset(up for code in codes for up in _uppers(code))

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
        names_at, homes = self._communities.names_at, self._homes
        for number, (start, _) in enumerate(tokens):
            if named.whole[start] or plain[start] < "\u3400":
                continue
            longest: dict[str, int] = {}
            for name in names_at(plain, start):
                end = start + len(name)
                if token_at[end] > 0:
                    districts, uppers = homes(name)
                    longest[_home(districts, uppers, named.senses, start)] = end
            for beside, end in longest.items():
                stop = token_at[end]
                after = plain[end : end + 1]
                after = after if after in _AFTER_COMMUNITY else "-"
                features[number] += (f"vB{beside}{after}", f"vL{beside}{stop - number}")
                for inside in range(number + 1, stop):
                    features[inside].append("vI" + beside)
                features[stop - 1].append(f"vE{beside}{after}")


def _uppers(code: str) -> list[str]:
    return [code[:length] for length in (2, 4, 6) if length < len(code)]


def _relation(sense: _Sense, named: list[tuple[int, _Sense]]) -> str:
    relation = "n"
    for _, other in named:
        beside = sense.beside(other)
        if beside == "c":
            return "c"
        if relation == "n":
            relation = beside
    return relation


def _home(
    districts: frozenset[str], uppers: frozenset[str], named: list[tuple[int, _Sense]], start: int
) -> str:
    """d: in the district that was named; y: in another; c, x: the same for city, province; n: none named."""
    home = "n"
    for end, other in named:
        if end > start:
            continue
        if other.mark[0] == "D":
            if not districts.isdisjoint(other.codes):
                return "d"
            home = "y"
        elif home in "nx":
            home = "x" if uppers.isdisjoint(other.codes) else "c"
    return home


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


def _endings(classes: str, words: list[str], features: Features) -> None:
    """Tell each token what ends the part ahead and how far off, and what ended the parts behind."""
    ahead, far, then, word, word_far = "$", 0, "", "$", 0
    aheads: list[tuple[str, int, str]] = []
    for number in range(len(features) - 1, -1, -1):
        far += 1
        word_far += 1
        if classes[number] in ENDINGS:
            ahead, far, then = classes[number], 0, ahead + then[:1]
        if words[number]:
            word, word_far = words[number], 0
        aheads.append((ahead, far, then))
        features[number].append(f"W{word}{min(word_far, 5)}")
    behind, passed, last = "", 0, ""
    for number, (ahead, far, then) in enumerate(reversed(aheads)):
        features[number] += (
            f"g{ahead}{min(far, 6)}",
            "h" + ahead + then,
            "i" + behind[-2:] + ahead,
            f"j{behind[-1:]}{min(passed, 6)}",
        )
        passed += 1
        kind = classes[number]
        if kind in ENDINGS or (kind == "0" and last != "0"):
            behind, passed = behind + kind, 0
        last = kind


def _neighbours(shape: str, classes: str, features: Features) -> None:
    """The token itself and the next; those further off are seen by the network's layers."""
    pairs = map("".join, zip(shape, shape[1:] + "$", strict=True))
    for its, sign, kind, pair in zip(features, shape, classes, pairs, strict=True):
        its.extend(("0" + sign, "c" + kind, "6" + pair))
    if "(" in shape:
        _brackets(shape, features)


def _brackets(shape: str, features: Features) -> None:
    is_within = False
    for its, sign in zip(features, shape, strict=True):
        is_within = is_within or sign == "("
        if is_within:
            its.append("(")
            is_within = sign != ")"


def _class_of(sign: str) -> str:
    return CLASS_OF.get(sign) or ("a" if sign < "\x80" else "x")
