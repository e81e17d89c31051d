"""Names of the country's communities and villages, each with the districts that have one of that name.

The file is compact and made by `script/train-tagger --communities`: a trie of 266,000 names without their
endings (居委会, 社区, 村 …), then for each name the districts. It tells a community from a point of interest.
"""

import csv
import re
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import marisa_trie

from gis_core.geocoding.characters import folded

LONGEST_NAME = 6

_ENDING = re.compile(r"(?:社区|村)?(?:居民|村民)?(?:居委会|村委会|委员会|委委会|居委)$")
_HEAD = 3  # numbers before the arrays: bytes of the trie, names, districts


class CommunityNames:
    """A trie of names and the districts of each, in arrays; safe to share between threads."""

    def __init__(self, trie: marisa_trie.Trie, starts: "array[int]", districts: "array[int]") -> None:
        """Of the name with number n, the districts are those from `starts[n]` to `starts[n + 1]`."""
        self._trie, self._starts, self._districts = trie, starts, districts

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file that `save` wrote."""
        data = path.read_bytes()
        head = array("I", data[: 4 * _HEAD])
        if sys.byteorder == "big":
            head.byteswap()
        trie_bytes, names, districts = head
        trie = marisa_trie.Trie().frombytes(data[4 * _HEAD : 4 * _HEAD + trie_bytes])
        at = 4 * _HEAD + trie_bytes
        counts, codes = (
            array("H", data[at : at + 2 * names]),
            array("H", data[at + 2 * names :][: 2 * districts]),
        )
        known = array("I", data[at + 2 * (names + districts) :])
        if sys.byteorder == "big":
            for numbers in (counts, codes, known):
                numbers.byteswap()
        starts = array("I", [0])
        for count in counts:
            starts.append(starts[-1] + count)
        return cls(trie, starts, array("I", [known[code] for code in codes]))

    @classmethod
    def read_list(cls, path: Path) -> Self:
        """Take the names from a list of villages (`villages.csv` of china-division: name and areaCode)."""
        names: dict[str, set[int]] = {}
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                name = bare(folded(row["name"].strip()))
                if 1 < len(name) <= LONGEST_NAME:
                    names.setdefault(name, set()).add(int(row["areaCode"]))
        trie = marisa_trie.Trie(names)
        ordered: list[set[int]] = [set()] * len(names)
        for name, codes in names.items():
            ordered[trie[name]] = codes
        starts, districts = array("I", [0]), array("I")
        for codes in ordered:
            districts.extend(sorted(codes))
            starts.append(len(districts))
        return cls(trie, starts, districts)

    def save(self, path: Path) -> None:
        """Write the names, little-endian: head, trie, districts per name, their numbers, their codes."""
        known = sorted(set(self._districts))
        number = {code: n for n, code in enumerate(known)}
        trie = self._trie.tobytes()
        counts = array("H", [end - start for start, end in zip(self._starts, self._starts[1:], strict=False)])
        codes = array("H", [number[code] for code in self._districts])
        parts = [array("I", [len(trie), len(counts), len(codes)]), counts, codes, array("I", known)]
        if sys.byteorder == "big":
            for numbers in parts:
                numbers.byteswap()
        path.write_bytes(
            parts[0].tobytes() + trie + parts[1].tobytes() + parts[2].tobytes() + parts[3].tobytes()
        )

    def __len__(self) -> int:
        """Count the names."""
        return len(self._starts) - 1

    def items(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Each name with the districts that have it."""
        for name in self._trie:
            yield name, self.districts(name)

    def names_at(self, text: str, start: int) -> list[str]:
        """The names that begin at a place of a folded text, the shortest first."""
        names: list[str] = self._trie.prefixes(text[start : start + LONGEST_NAME])
        return names

    def districts(self, name: str) -> tuple[int, ...]:
        """Codes of the districts that have a community of one of the names."""
        name_id = self._trie[name]
        return tuple(self._districts[self._starts[name_id] : self._starts[name_id + 1]])


def bare(name: str) -> str:
    """A community's name without its ending.

    >>> bare("西关社区居委会"), bare("杨家沟村村民委员会"), bare("下洋村")
    ('西关', '杨家沟', '下洋')
    """
    return _ENDING.sub("", name).removesuffix("社区").removesuffix("村")
