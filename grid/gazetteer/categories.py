"""Categories of points of interest, blocks and zones: `place_categories.csv` of the catalogue.

`words` name the category in files, `spoken` are said of any of its places (邮局, where no name says which).
The list is ours. Its words are what offices write and, where they end in 服务, the classes of a commercial
map's list; its keys of OpenStreetMap are those of that project's wiki.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from grid.city import BadCityData, City
from grid.divisions import read_rows

FILE = "place_categories.csv"
LONGEST_CODE = 24
WEIGHTS_OF_KINDS = {
    "area": 0.6, "zone": 0.6, "block": 0.6, "street": 0.7, "door_plate": 0.3, "poi": 0.4,
}  # fmt: skip
"""How likely people mean a place of a kind without a category, 0 to 1 (ours)."""


@dataclass(frozen=True, slots=True)
class Category:
    """A category: its names, and how likely people mean a place of it, 0 to 1."""

    code: str
    name: str
    name_en: str
    weight: float


@dataclass(frozen=True, slots=True)
class Categories:
    """All categories by code, by words for them, by words said of any of them, by OpenStreetMap's tags."""

    by_code: Mapping[str, Category] = field(default_factory=dict)
    by_word: Mapping[str, str] = field(default_factory=dict)
    by_spoken: Mapping[str, str] = field(default_factory=dict)
    by_tag: Mapping[str, str] = field(default_factory=dict)

    def find(self, words: str) -> str | None:
        """The code of what somebody calls it; of several classes one in the other, the finest known.

        >>> some = Categories(by_word={"银行": "bank", "bank": "bank"})
        >>> some.find("金融保险服务;银行;信用社"), some.find("BANK"), some.find("月球基地")
        ('bank', 'bank', None)
        """
        parts = [_plain(part) for part in re.split(r"[;；|/、,，>]", words)]
        return next((self.by_word[part] for part in reversed(parts) if part in self.by_word), None)

    def name_of(self, code: str, *, is_english: bool = False) -> str:
        """A category's name; a code that is none (any more) stands for itself."""
        found = self.by_code.get(code)
        return code if found is None else found.name_en if is_english else found.name

    def weight_of(self, kind: str, code: str) -> float:
        """How likely people mean a place of this kind and category, 0 to 1."""
        found = self.by_code.get(code)
        return found.weight if found else WEIGHTS_OF_KINDS[kind]


def load_categories(city: City) -> Categories:
    """The categories of the city's catalogue, in its order.

    :raises BadCityData: naming the line at fault.
    """
    by_code: dict[str, Category] = {}
    by_word: dict[str, str] = {}
    by_spoken: dict[str, str] = {}
    by_tag: dict[str, str] = {}
    path = city.catalogue.folder / FILE
    for line, row in read_rows(path):
        try:
            one = Category(row["code"], row["name"], row["name_en"], float(row["weight"]))
            words, spoken, tags = (_listed(row[name]) for name in ("words", "spoken", "osm"))
        except (KeyError, ValueError, TypeError) as problem:
            raise BadCityData(f"{path} 第 {line} 行有误：{problem}。", file=str(path), line=line) from problem
        if not 0 <= one.weight <= 1 or len(one.code) > LONGEST_CODE or one.code in by_code:
            raise BadCityData(f"{path} 第 {line} 行有误：代码重复或过长，或权重不在 0 到 1 之间。")
        by_code[one.code] = one
        for word in (one.code, one.name, *words, one.name_en):
            by_word.setdefault(_plain(word), one.code)
        for word in spoken:
            by_spoken.setdefault(word, one.code)
        for tag in tags:
            by_tag.setdefault(tag, one.code)
    return Categories(by_code, by_word, by_spoken, by_tag)


def _listed(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().casefold()
