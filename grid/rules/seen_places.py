"""Rows of a file as places: what each says, and what is wrong with it by itself.

What only shows among several rows (doubles, plates out of order) is found when all of them are there.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from gis_core.coverage import Shapes
from gis_core.geocoding.gazetteer import PlaceKind
from grid.rules.gazetteer import (
    DIMENSIONS,
    Place,
    list_faults,
    plain_name,
    plain_number,
    plate_name,
    tidied,
)
from grid.rules.place_fields import infer_kind, read_day, read_kind, read_names

Severity = Literal["error", "skip", "warning"]
FINDINGS: Mapping[str, tuple[str, Severity]] = {
    "bad_shape": ("图形有误", "error"),
    "wrong_shape": ("图形与类型不符", "error"),
    "no_name": ("没有名称", "error"),
    "overlong_name": ("名称过长", "error"),
    "garbled_name": ("名称有乱码", "error"),
    "no_street": ("门牌没有街巷", "error"),
    "no_number": ("门牌没有号码", "error"),
    "bad_number": ("门牌号有误", "error"),
    "bad_dates": ("日期有误", "error"),
    "many_names": ("别名过多", "error"),
    "outside_city": ("在本市之外", "error"),
    "beyond_city": ("在本市之外", "skip"),
    "twice_in_file": ("文件内重复", "skip"),
    "known_place": ("地名库已有", "skip"),
    "note_row": ("说明行", "skip"),
    "odd_name": ("名称有不常见符号", "warning"),
    "unknown_kind": ("类型无法识别", "warning"),
    "unknown_category": ("类别无法识别", "warning"),
    "unread_date": ("日期无法识别", "warning"),
    "community_disagrees": ("社区与位置不符", "warning"),
    "unknown_street": ("街巷不在库中", "warning"),
    "wrong_side": ("门牌在街的另一侧", "warning"),
    "number_order": ("门牌号次序有误", "warning"),
    "plate_off_street": ("门牌离街巷太远", "warning"),
    "plate_elsewhere": ("同号门牌在别处", "warning"),
}
"""Kinds of finding: an error keeps the file out, a row to skip is left out, a warning is to be looked at."""
SEVERITIES: Mapping[Severity, str] = {"error": "错误", "skip": "略过", "warning": "提示"}
SHOWN = 30


@dataclass(frozen=True, slots=True)
class SeenPlaces:
    """Rows as a file has them: numbers from 1, what the source calls each, shapes in the plane, texts by key.

    In a table the heading is row 1.

    A shape is None where `problems` says why, by place in these lists.
    """

    rows: Sequence[int]
    marks: Sequence[str]
    shapes: Shapes
    texts: Mapping[str, Sequence[str]]
    problems: Mapping[int, str] = field(default_factory=dict)

    def text(self, key: str, n: int) -> str:
        """A cell; empty when the file has no such column."""
        column = self.texts.get(key)
        return column[n] if column is not None else ""


@dataclass(frozen=True, slots=True)
class PlaceFinding:
    """Something that is wrong or doubtful with a row: its number, its mark, a kind, a Chinese sentence."""

    row: int
    mark: str
    kind: str
    words: str

    @property
    def is_error(self) -> bool:
        """Whether it keeps the row out."""
        return FINDINGS[self.kind][1] == "error"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that can be a place: what it is, and what its source says besides."""

    row: int
    mark: str
    place: Place
    community: str = ""
    source_key: str = ""
    width_class: str = ""


@dataclass(frozen=True, slots=True)
class PlaceReader:
    """Reads rows: the kind of all of them where somebody said it, and how categories are known."""

    kind: PlaceKind | None
    find_category: Callable[[str], str | None]

    def read(self, seen: SeenPlaces) -> tuple[list[Candidate], list[PlaceFinding]]:
        """Rows that can be places, and what is wrong with these and with the others."""
        candidates: list[Candidate] = []
        findings: list[PlaceFinding] = []
        for n in range(len(seen.rows)):
            candidate, found = self._read_row(seen, n)
            findings += found
            if candidate is not None and not any(one.is_error for one in found):
                candidates.append(candidate)
        return candidates, findings

    def _read_row(self, seen: SeenPlaces, n: int) -> tuple[Candidate | None, list[PlaceFinding]]:
        row, mark = seen.rows[n], seen.marks[n] or seen.text("name", n)[:SHOWN]
        if is_note(seen, n):
            return None, [PlaceFinding(row, mark, "note_row", "这一行是文件末尾的说明，不是地名。")]
        if n in seen.problems or seen.shapes[n] is None:
            words = seen.problems.get(n, "没有图形，或坐标没有填写。")
            return None, [PlaceFinding(row, mark, "bad_shape", words)]
        place, doubts = self._place_of(seen, n)
        faults = [(one.kind, one.words) for one in list_faults(place)]
        found = [PlaceFinding(row, mark or place.name[:SHOWN], *one) for one in (*doubts, *faults)]
        candidate = Candidate(
            row,
            mark or place.name[:SHOWN],
            place,
            seen.text("community", n),
            seen.text("source_key", n),
            seen.text("width_class", n),
        )
        return candidate, found

    def _place_of(self, seen: SeenPlaces, n: int) -> tuple[Place, list[tuple[str, str]]]:
        """The place that a row says, with doubts about what it says."""
        doubts: list[tuple[str, str]] = []
        category, stated = seen.text("category", n), seen.text("kind", n)
        kind = read_kind(stated) if stated else None
        if stated and kind is None:
            doubts.append(("unknown_kind", f"没有“{stated[:SHOWN]}”这种地名类型，按图形和门牌号判断。"))
        if not stated and (meant := read_kind(category)) is not None:
            kind, category = meant, ""
        code = self.find_category(category) if category else ""
        if code is None:
            doubts.append(("unknown_category", f"类别“{category[:SHOWN]}”不在类别表中，未记类别。"))
        day = seen.text("valid_from", n)
        since = read_day(day) if day else None
        if day and since is None:
            doubts.append(("unread_date", f"启用日期“{day[:SHOWN]}”不是日期，未记。"))
        names = read_names(seen.text("alias", n), seen.text("short", n), seen.text("former", n))
        place = Place(
            kind=kind or self.kind or self._infer(seen, n),
            name=seen.text("name", n),
            shape=seen.shapes[n],
            category=code or "",
            street=seen.text("street", n),
            number=seen.text("number", n),
            names=names,
            valid_from=since,
        )
        return tidied(place), doubts

    def _infer(self, seen: SeenPlaces, n: int) -> PlaceKind:
        """A plate when it is called by its number alone, else by how it is drawn."""
        street, number = plain_name(seen.text("street", n)), plain_number(seen.text("number", n))
        name = plain_name(seen.text("name", n))
        is_plate = bool(number) and name in ("", number, f"{number}号", plate_name(street, number))
        return infer_kind(DIMENSIONS.get(seen.shapes[n].geom_type, ""), has_number=is_plate)


def in_order(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts of findings in the order of their kinds; kinds without one are left out."""
    return {kind: counts[kind] for kind in FINDINGS if counts.get(kind)}


def list_kinds() -> Iterator[tuple[str, str, Severity]]:
    """Kinds of finding with their names, errors first."""
    for kind, (name, severity) in FINDINGS.items():
        yield kind, name, severity


def is_note(seen: SeenPlaces, n: int) -> bool:
    """Whether a row is a sentence below a table, as our own files end, where a number would stand."""
    said = {key for key in seen.texts if seen.text(key, n)}
    is_bare = seen.shapes[n] is None and said == {"source_key"}
    return is_bare and re.search(r"[\s。.]", seen.text("source_key", n)) is not None
