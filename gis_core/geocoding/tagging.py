"""The parts of an address of any Chinese city: province to room, relation words, and what says nothing.

A small network over tokens (`tagging_features`, `tagging_net`), trained by `script/train-tagger`; what it was
trained on and how well it does stands in `data/nation/README.md`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from gis_core.geocoding.answers import Reading, Span
from gis_core.geocoding.characters import MOST_CHARACTERS, folded
from gis_core.geocoding.community_names import CommunityNames
from gis_core.geocoding.divisions import NationalDivisions
from gis_core.geocoding.tagging_features import AddressFeatures, Tokens, tokens_of
from gis_core.geocoding.tagging_net import AddressNet

PUBLIC_LABELS = {
    "country": "country",
    "prov": "province",
    "city": "city",
    "district": "district",
    "devzone": "development_zone",
    "town": "town",
    "community": "community",
    "road": "road",
    "roadno": "road_number",
    "subroad": "sub_road",
    "subroadno": "sub_road_number",
    "poi": "poi",
    "subpoi": "sub_poi",
    "houseno": "building",
    "cellno": "unit",
    "floorno": "floor",
    "roomno": "room",
    "person": "occupant",
    "assist": "relation",
    "redundant": "redundant",
    "otherinfo": "other",
}
"""Label names of the public set of Li and Lu (NAACL 2019), and ours."""

LABELS = tuple(PUBLIC_LABELS.values())

MODEL = "address_tagger.npz"
COMMUNITIES = "community_names.bin"


class Tagger:
    """Labels the parts of addresses; safe to share between threads."""

    def __init__(self, nation: NationalDivisions, communities: CommunityNames, net: AddressNet) -> None:
        """With the names to look for and the trained network."""
        self._features = AddressFeatures(nation, communities)
        self._net = net

    @classmethod
    def load(cls, folder: Path, nation: NationalDivisions | None = None) -> Self:
        """Read names and weights of a folder (data/nation); divisions that are loaded may be given."""
        return cls(
            nation or NationalDivisions.load(folder),
            CommunityNames.load(folder / COMMUNITIES),
            AddressNet.load(folder / MODEL),
        )

    def tag(self, text: str) -> Reading:
        """The parts of an address in their order; offsets count characters of the text as it came.

        At most 200 characters are read; blanks belong to no part unless they stand within one. `value` of
        a span is its text in half width, lower case and simplified characters.

        >>> tagger = Tagger.load(Path("data/nation"))
        >>> [(part.text, part.label) for part in tagger.tag("陕西省宝鸡市金台区").spans]
        [('陕西省', 'province'), ('宝鸡市', 'city'), ('金台区', 'district')]
        """
        plain = folded(text[:MOST_CHARACTERS])
        tokens = tokens_of(plain)
        if not tokens:
            return Reading(())
        marks = self._net.marks(self._features(plain, tokens))
        return Reading(
            tuple(
                Span(start, end, text[start:end], label, plain[start:end])
                for start, end, label in spans_of(tokens, marks)
            )
        )


def marks_of(labels: Sequence[tuple[str, bool]]) -> list[str]:
    """The marks that the network learns for tokens, each told by its label and whether its part ends there.

    B begins a part, I goes on, E ends it, S is a part of one token. A redundant token carries the label
    before it, so that 12-8-1305 remembers across its strokes what the 12 was.

    >>> marks_of([("road", False), ("road", True), ("building", True), ("redundant", True)])
    ['B-road', 'E-road', 'S-building', 'S-redundant@building']
    """
    marks, before, is_first = [], "x", True
    for label, is_last in labels:
        mark = ("S-" if is_last else "B-") if is_first else ("E-" if is_last else "I-")
        is_first = is_last
        if label == "redundant":
            marks.append(f"{mark}{label}@{before}")
        else:
            marks.append(mark + label)
            before = label if label in _REMEMBERED else "x"
    return marks


_REMEMBERED = frozenset(
    ("building", "unit", "floor", "room", "road_number", "sub_road_number", "poi", "sub_poi"),
)


def spans_of(tokens: Tokens, marks: Sequence[str]) -> list[tuple[int, int, str]]:
    """The parts that marks of tokens stand for: where each begins and ends, and its label."""
    spans: list[tuple[int, int, str]] = []
    open_name = ""
    for (start, end), mark in zip(tokens, marks, strict=True):
        name = mark[2:]
        if mark[0] in "BS" or name != open_name:
            spans.append((start, end, name.partition("@")[0]))
        else:
            spans[-1] = (spans[-1][0], end, spans[-1][2])
        open_name = "" if mark[0] in "ES" else name
    return spans
