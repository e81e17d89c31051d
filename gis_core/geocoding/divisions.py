"""The national list of divisions by name: which province, city, district or town a word may mean.

Codes are the statistical division codes of the National Bureau of Statistics: 2 digits for a province, 4
for a city, 6 for a district or county, 9 for a town or subdistrict. Names are found in full (杭州市),
without their ending (杭州) and, as far as `older_divisions.csv` has them, as they were called before a
change (下城区).
"""

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, chain
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
_NO_NAME = re.compile(r"^(?:市辖区|县|(?:省|自治区)直辖县级行政区划)$")
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

    def __init__(self, names: dict[str, list[int]], standard: dict[int, str]) -> None:
        """Of the forms of each name; a form is twice the code, and one more for the full name."""
        self._trie = trie = marisa_trie.Trie(names)
        self._standard = standard
        self.beginnings = frozenset(name[:2] for name in names)
        ordered: list[list[int]] = [[]] * len(names)
        for name, forms in names.items():
            ordered[trie[name]] = forms
        self._starts = array("I", accumulate(map(len, ordered), initial=0))
        self._forms = array("I", chain.from_iterable(ordered))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `divisions.csv` and `older_divisions.csv` of a folder (data/nation)."""
        names: dict[str, list[int]] = {}
        standard: dict[int, str] = {}
        for (code, name), (_, plain) in _rows(folder / "divisions.csv"):
            if len(code) != 4 or not _NO_NAME.match(plain):
                standard[int(code)] = name
                _add(names, plain, code)
        for (name, code, _), (plain, *_) in _rows(folder / "older_divisions.csv"):
            standard.setdefault(int(code), name)
            _add(names, plain, code)
        return cls(names, standard)

    def __len__(self) -> int:
        """Count the names, short and older ones included."""
        return len(self._starts) - 1

    def codes(self) -> tuple[int, ...]:
        """The codes of all divisions, in their order."""
        return tuple(sorted(self._standard))

    def name_of(self, code: int) -> str:
        """The standard name of a division; empty for a code that the list does not have.

        A code above a municipality's districts (1101) answers with the municipality.
        """
        return self._standard.get(code) or (self._standard.get(code // 100, "") if code > 1000 else "")

    def names_at(self, text: str, start: int) -> list[str]:
        """The names that begin at a place of a folded text, the shortest first."""
        names: list[str] = self._trie.prefixes(text[start : start + LONGEST_NAME])
        return names

    def meanings(self, name: str) -> tuple[NamedDivision, ...]:
        """What one of the names may mean, the highest division first."""
        name_id = self._trie[name]
        forms = self._forms[self._starts[name_id] : self._starts[name_id + 1]]
        return tuple(NamedDivision(form // _FORMS, bool(form % _FORMS)) for form in sorted(forms))

    def codes_meant(self, name: str) -> tuple[list[int], list[int]]:
        """Codes that one of the names may mean, the lowest number first: in full, and shortened."""
        name_id = self._trie[name]
        forms = sorted(self._forms[self._starts[name_id] : self._starts[name_id + 1]])
        return (
            [form // _FORMS for form in forms if form % _FORMS],
            [form // _FORMS for form in forms if not form % _FORMS],
        )

    def find_divisions(self, text: str) -> tuple[FoundDivision, ...]:
        """The divisions named in a text, from its beginning on, each read in the light of those before it.

        Longest names first. A name without its ending counts only where nothing stands before it but other
        divisions, and where no street or house is called by it (西安路, 西安大厦); a town without its
        ending only within a division that was named. At most 200 characters are read.

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
        for name in reversed(self.names_at(plain, at)):
            meant = self.meanings(name)
            end = at + len(name)
            is_full = any(one.is_full for one in meant)
            if not is_full and (not is_chain or _NAMESAKE.match(plain, end) or name[-1] in "路街巷"):
                continue
            codes = _beside(before, [one for one in meant if one.is_full == is_full])
            if not codes and is_full and name[-1] in _STANDS_ALONE:
                codes = tuple(one.code for one in meant if one.is_full)
            if codes:
                return FoundDivision(at, end, plain[at:end], codes, is_full)
        return None


_NAMESAKE = re.compile(
    r"[东西南北中]{0,2}(?:路|街|大道|巷|弄|里|线|桥|村|社区)|新村|小区|花园|家园|公寓|大厦|商厦|广场"
    r"|大?酒店|饭店|饭庄|宾馆|银行|面馆|小吃|菜|站|臊子|擀面|[面凉米]皮|豆花|泡馍|[拉烩扯]面|[挂醪]|醋|酒|特产|风味|人家|牌照|籍"
)

_STANDS_ALONE = frozenset("镇乡道木")  # a town's name that says so; 高新区 and 林场 are towns in places only


def _beside(before: list[FoundDivision], meant: list[NamedDivision]) -> tuple[int, ...]:
    """The codes that lie in what was named before; where none does, other than towns, if full or first."""
    for upper in reversed(before):
        inside = tuple(one.code for one in meant if any(is_within(one.code, other) for other in upper.codes))
        if inside:
            return inside
    return tuple(one.code for one in meant if one.level != "town" and (one.is_full or not before))


def is_within(code: int, upper: int) -> bool:
    """Whether a division is another one or a part of it.

    >>> is_within(610302001, 6103), is_within(61, 6103)
    (True, False)
    """
    return str(code).startswith(str(upper))


def _add(names: dict[str, list[int]], plain: str, code: str) -> None:
    form = int(code) * _FORMS
    names.setdefault(plain, []).append(form + 1)
    short = _ENDINGS[len(code)].sub("", plain)
    if short != plain and len(short) > 1:
        names.setdefault(short, []).append(form)


def _rows(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """The rows of a file as they stand and folded; no cell has a comma in it."""
    text = path.read_text(encoding="utf-8")
    rows = zip(text.splitlines(), folded(text).splitlines(), strict=True)
    next(rows)
    return ((line.split(","), plain.split(",")) for line, plain in rows)
