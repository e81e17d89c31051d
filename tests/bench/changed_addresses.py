"""Labelled addresses changed by chance: the divisions of elsewhere, parts of other addresses, letters lost.

Most of the public set is of one province. Moved through the country, its addresses keep their ways of writing
and the labels that people gave them.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from gis_core.geocoding.divisions import NationalDivisions
from tests.bench.synthetic_addresses import Labelled

MUNICIPALITIES = ("11", "12", "31", "50")

_CODE_LENGTHS = {"prov": 2, "city": 4, "district": 6, "town": 9}
_ENDINGS = {
    "prov": re.compile(r"(?:省|市|(?:壮族|回族|维吾尔)?自治区)$"),
    "city": re.compile(r"(?:市|地区|盟|(?:.{1,3}族)+自治州)$"),
    "district": re.compile(r"(?:区|县|市|(?:.{1,3}族)+自治县)$"),
    "town": re.compile(r"(?:街道|镇|乡)$"),
}
_FULL = "省市区县镇乡道州盟旗"
_SHARE_MOVED = 0.4
_SHARE_SWAPPED = {
    "road": 0.35,
    "poi": 0.35,
    "subpoi": 0.35,
    "person": 0.35,
    "community": 0.35,
    "subroad": 0.3,
    "devzone": 0.3,
    "assist": 0.2,
}
_SHARE_SHORTENED = 0.06
_SHARE_CROSSED = 0.5
_SHARE_BEHEADED = 0.15
_SHARE_FOREWORD = 0.03
_TRIES = 20


class Changer:
    """Draws changed addresses; the same seed draws the same ones."""

    def __init__(self, nation: NationalDivisions, addresses: Sequence[Labelled], seed: int) -> None:
        """With the divisions of the country, and the addresses to change."""
        self._rng = random.Random(seed)
        self._nation, self._addresses = nation, addresses
        self._towns: dict[str, list[str]] = defaultdict(list)
        for code in map(str, nation.codes()):
            if len(code) == 9:
                self._towns[nation.name_of(int(code))[-1]].append(code)
        self._parts: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._texts: dict[str, list[str]] = defaultdict(list)
        for address in addresses:
            for text, label in address:
                self._parts[label, _ending(text)].append(text)
                self._texts[label].append(text)

    def addresses(self, copies: int, *, is_bold: bool = False) -> Iterator[Labelled]:
        """Each address so many times, changed anew; bold changes make new addresses out of two."""
        for _ in range(copies):
            for address in self._addresses:
                yield self.changed(self._boldly(address) if is_bold else address)

    def changed(self, address: Labelled) -> Labelled:
        """One address changed."""
        rng = self._rng
        if rng.random() < _SHARE_MOVED:
            address = self._moved(address)
        address = [(self._other(text, label), label) for text, label in address]
        if rng.random() < _SHARE_BEHEADED:
            address = self._beheaded(address)
        elif rng.random() < _SHARE_FOREWORD:
            address = [(text, "redundant") for text, label in address if label in _CODE_LENGTHS] + address
        return address

    def _boldly(self, address: Labelled) -> Labelled:
        """With the end of another address behind its divisions, and parts of others, however they end."""
        rng = self._rng
        if rng.random() < _SHARE_CROSSED:
            other = rng.choice(self._addresses)
            address = (address[: _behind_divisions(address)] + other[_behind_divisions(other) :]) or other
        return [
            (rng.choice(self._texts[label]) if rng.random() < _SHARE_SWAPPED.get(label, 0) else text, label)
            for text, label in address
        ]

    def _other(self, text: str, label: str) -> str:
        rng = self._rng
        if rng.random() < _SHARE_SWAPPED.get(label, 0):
            like = self._parts[label, _ending(text)]
            if len(like) > 2:
                text = rng.choice(like)
        if label in ("road", "poi", "person") and len(text) > 3 and rng.random() < _SHARE_SHORTENED:
            at = rng.randrange(len(text) - 2)
            text = text[:at] + text[at + 1 :]
        return text

    def _beheaded(self, address: Labelled) -> Labelled:
        first = 0
        while first < len(address) - 2 and address[first][1] in _CODE_LENGTHS and self._rng.random() < 0.7:
            first += 1
        return address[first:] if address[first][1] != "redundant" else address

    def _moved(self, address: Labelled) -> Labelled:
        """The address with the divisions of elsewhere; as it was where it names two of one level."""
        old = {label: text for text, label in address if label in _CODE_LENGTHS}
        if sum(label in _CODE_LENGTHS for _, label in address) != len(old) or not old:
            return address
        repeated = {
            text for text, label in address if label == "redundant" and len(text) > 1 and text[-1] in _FULL
        }
        code = self._elsewhere(old)
        if not code or not repeated <= set(old.values()):
            return address
        new = {label: self._said(code, label, text) for label, text in old.items()}
        instead = {text: new[label] for label, text in old.items()}
        moved = [
            (new[label], label) if label in new else (instead.get(text, text), label)
            for text, label in address
        ]
        return [(text, label) for text, label in moved if text]

    def _elsewhere(self, old: dict[str, str]) -> str:
        """A town whose divisions end like those named, so that 县 stays 县 and 镇 stays 镇."""
        town, district = old.get("town", "镇"), old.get("district", "")
        towns = self._towns.get(town[-1]) or self._towns["镇"]
        for _ in range(_TRIES):
            code = self._rng.choice(towns)
            if _is_of_province(self._nation, code) and "city" in old and "district" not in old:
                continue
            name = self._nation.name_of(int(code[:6]))
            if not district or district[-1] not in "区县市" or name[-1] == district[-1]:
                return code
        return ""

    def _said(self, code: str, label: str, before: str) -> str:
        """What a division is called there, in full or short as the old one was; empty for one that is not."""
        if label == "prov" and code[:2] in MUNICIPALITIES:
            return ""
        if label == "city" and _is_of_province(self._nation, code):
            return ""
        name = self._nation.name_of(int(code[: _CODE_LENGTHS[label]]))
        if before[-1] in _FULL:
            return name
        short = _ENDINGS[label].sub("", name)
        return short if len(short) > 1 else name


def _is_of_province(nation: NationalDivisions, code: str) -> bool:
    """Whether a district lies in no city but straight in its province (仙桃市)."""
    province, city = nation.name_of(int(code[:2])), nation.name_of(int(code[:4]))
    return code[:2] not in MUNICIPALITIES and city in ("", province)


def _behind_divisions(address: Labelled) -> int:
    """How many parts stand before the first that is no division, nor anything between divisions."""
    names = (*_CODE_LENGTHS, "country", "redundant", "devzone")
    return next((number for number, (_, label) in enumerate(address) if label not in names), len(address))


def _ending(text: str) -> str:
    return "a" if text[-1].isascii() else text[-1]
