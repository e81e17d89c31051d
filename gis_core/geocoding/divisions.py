"""The national list of divisions by name: which province, city, district or town a word may mean.

Codes are the statistical division codes of the National Bureau of Statistics: 2 digits for a province, 4
for a city, 6 for a district or county, 9 for a town or subdistrict. Names are found in full (杭州市),
without their ending (杭州) and, as far as `older_divisions.csv` has them, as they were called before a
change (下城区).
"""

import csv
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import marisa_trie

from gis_core.geocoding.characters import MOST_CHARACTERS, folded

DivisionLevel = Literal["province", "city", "district", "town"]

LEVEL_OF_LENGTH: dict[int, DivisionLevel] = {2: "province", 4: "city", 6: "district", 9: "town"}
LONGEST_NAME = 16

_PEOPLES = (
    "满蒙|蒙古族|蒙古|回族|藏族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族|哈萨克|"
    "傣族|黎族|傈僳族|佤族|畲族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|"
    "毛南族|仡佬族|锡伯族|普米族|塔吉克|怒族|鄂温克族|保安族|裕固族|独龙族|鄂伦春|各族|多民族|民族"
)
# The ending that people leave out, by length of the code.
_ENDINGS = {
    2: re.compile(rf"(?:省|市|特别行政区|(?:{_PEOPLES})?自治区)$"),
    4: re.compile(rf"(?:市|地区|盟|(?:{_PEOPLES})*自治州)$"),
    6: re.compile(rf"(?:林区|特区|新区|区|市|(?:{_PEOPLES})*自治县|自治旗|县|[左右前后中]?旗)$"),
    9: re.compile(rf"(?:街道办事处|街道|地区|(?:{_PEOPLES})*[乡镇]|苏木)$"),
}
_NO_NAMES = re.compile(r"^(?:市辖区|县|(?:省|自治区)直辖县级行政区划)$")
_FORMS = 2  # a code and whether the name is the full one are kept in one number


@dataclass(frozen=True, slots=True)
class NamedDivision:
    """A division that a name may mean."""

    code: int
    is_full: bool  # the name with its ending

    @property
    def level(self) -> DivisionLevel:
        """Province, city, district or town, by the length of the code."""
        return LEVEL_OF_LENGTH[len(str(self.code))]


@dataclass(frozen=True, slots=True)
class FoundDivision:
    """A name of a division in a text; offsets count characters of the text as it came."""

    start: int
    end: int
    text: str
    codes: tuple[int, ...]  # all it may mean beside what was named before it, the highest first
    is_full: bool

    @property
    def level(self) -> DivisionLevel:
        """Of the highest division that is meant."""
        return LEVEL_OF_LENGTH[len(str(self.codes[0]))]


class NationalDivisions:
    """Names of the divisions of the country in a small trie; safe to share between threads."""

    def __init__(self, names: dict[str, set[int]], standard: dict[int, str]) -> None:
        """Of the forms of each name; a form is twice the code, and one more for the full name."""
        self._trie = marisa_trie.Trie(names)
        self._standard = standard
        forms: list[set[int]] = [set()] * len(names)
        for name, its in names.items():
            forms[self._trie[name]] = its
        self._starts = array("I", [0])
        self._forms = array("I")
        for its in forms:
            self._forms.extend(sorted(its))
            self._starts.append(len(self._forms))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `divisions.csv` and `older_divisions.csv` of a folder (data/nation)."""
        names: dict[str, set[int]] = {}
        standard: dict[int, str] = {}
        for code, name in _rows(folder / "divisions.csv"):
            if _NO_NAMES.match(name):
                continue
            standard[int(code)] = name
            _add(names, name, code)
        for name, code, _ in _rows(folder / "older_divisions.csv"):
            standard.setdefault(int(code), name)
            _add(names, name, code)
        return cls(names, standard)

    def __len__(self) -> int:
        """Count the names, short and older ones included."""
        return len(self._starts) - 1

    def name_of(self, code: int) -> str:
        """The standard name of a division; empty for a code that the list does not have.

        A code above a municipality's districts (1101) answers with the municipality.
        """
        return self._standard.get(code) or (self._standard.get(code // 100, "") if code > 1000 else "")

    def names_at(self, text: str, start: int) -> list[tuple[int, int]]:
        """The names that begin at a place of a folded text: their ends, and what to ask `meanings` with."""
        trie = self._trie
        return [(start + len(name), trie[name]) for name in trie.prefixes(text[start : start + LONGEST_NAME])]

    def meanings(self, name_id: int) -> tuple[NamedDivision, ...]:
        """What a name may mean, the highest division first."""
        forms = self._forms[self._starts[name_id] : self._starts[name_id + 1]]
        return tuple(NamedDivision(form // _FORMS, bool(form % _FORMS)) for form in forms)

    def find_divisions(self, text: str) -> tuple[FoundDivision, ...]:
        """The divisions named in a text, from its beginning on, each read in the light of those before it.

        Longest names first; a name without its ending counts only where nothing stands before it but
        other divisions, so the 西安 of 西安路 is found in no street. At most 200 characters are read.

        >>> from pathlib import Path
        >>> nation = NationalDivisions.load(Path("data/nation"))
        >>> [(found.text, found.codes) for found in nation.find_divisions("陕西省西安市雁塔区小寨路街道")]
        [('陕西省', (61,)), ('西安市', (6101,)), ('雁塔区', (610113,)), ('小寨路街道', (610113001,))]
        """
        plain = folded(text[:MOST_CHARACTERS])
        found: list[FoundDivision] = []
        at, is_chain = 0, True
        while at < len(plain):
            named = self._longest_at(plain, at, found, is_chain=is_chain)
            if named:
                found.append(named)
                at = named.end
            else:
                is_chain = is_chain and not plain[at].isalnum()
                at += 1
        return tuple(found)

    def _longest_at(
        self, plain: str, at: int, before: list[FoundDivision], *, is_chain: bool
    ) -> FoundDivision | None:
        for end, name_id in reversed(self.names_at(plain, at)):
            meant = self.meanings(name_id)
            is_full = any(one.is_full for one in meant)
            if not is_full and (not is_chain or plain[end : end + 1] in _CONTINUES):
                continue
            codes = _beside(before, [one.code for one in meant if one.is_full == is_full])
            if codes:
                return FoundDivision(at, end, plain[at:end], codes, is_full)
        return None


_CONTINUES = frozenset("路街道大巷弄里村社东西南北中小")


def _beside(before: list[FoundDivision], codes: list[int]) -> tuple[int, ...]:
    """The codes that lie in what was named before; where none does, all but towns."""
    for upper in reversed(before):
        inside = tuple(code for code in codes if any(is_within(code, other) for other in upper.codes))
        if inside:
            return inside
    return tuple(code for code in codes if code < 10**8 or not before)


def is_within(code: int, upper: int) -> bool:
    """Whether a division is another one or a part of it.

    >>> is_within(610302001, 6103), is_within(61, 6103)
    (True, False)
    """
    return str(code).startswith(str(upper))


def _add(names: dict[str, set[int]], name: str, code: str) -> None:
    form = int(code) * _FORMS
    plain = folded(name)
    names.setdefault(plain, set()).add(form + 1)
    short = _ENDINGS[len(code)].sub("", plain)
    if short != plain and len(short) > 1:
        names.setdefault(short, set()).add(form)


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        yield from rows
