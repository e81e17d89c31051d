"""The gazetteer in memory: tries over names and columns of numbers, from files that processes share.

Everything lies in one folder, is mapped into memory and never changed: processes on a machine share the
pages. `index_building.py` makes it. Coordinates are plane metres.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import marisa_trie
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis_core.geocoding.gazetteer import GazetteerArea, NameSort, PlaceKind

FORMAT = 1
KINDS = tuple(PlaceKind)
SORTS = (*NameSort, "derived", "said")
"""How a name is to its place, in the order of the column `post_sort`."""
DERIVED, SAID = SORTS.index("derived"), SORTS.index("said")
"""Forms that no register lists: bare stems, which are weak, and what people say instead (六小)."""
SHORTHAND = "~"
"""Before the key of a street without its ending (经二), which is a street only beside another or a number."""

OF_STREET, OF_BLOCK, OF_ROAD = range(3)
"""What a plate counts: doors along a street, buildings of a block, metres of a road (kilometre posts)."""

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Lists of numbers behind one another: the items of `n` are `items[starts[n]:starts[n + 1]]`."""

    starts: Ints
    items: Ints

    @staticmethod
    def of(lists: Iterable[Iterable[int]]) -> "Rows":
        """The lists, joined."""
        starts, items = [0], list[int]()
        for one in lists:
            items.extend(one)
            starts.append(len(items))
        return Rows(np.array(starts, dtype=np.int32), np.array(items, dtype=np.int32))

    def __getitem__(self, n: int) -> list[int]:
        found: list[int] = self.items[self.starts[n] : self.starts[n + 1]].tolist()
        return found

    def __len__(self) -> int:
        return len(self.starts) - 1


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts behind one another in one blob."""

    starts: Ints
    blob: NDArray[np.uint8]

    @staticmethod
    def of(texts: Iterable[str]) -> "Texts":
        """The texts, joined."""
        parts = [text.encode() for text in texts]
        lengths = np.fromiter(map(len, parts), dtype=np.int32, count=len(parts))
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        return Texts(starts, np.frombuffer(b"".join(parts), dtype=np.uint8))

    def __getitem__(self, n: int) -> str:
        return self.blob[self.starts[n] : self.starts[n + 1]].tobytes().decode()

    def __len__(self) -> int:
        return len(self.starts) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What is stored: a field a file. The first dimension of place columns is the place's number here."""

    # of places
    keys: Texts
    names: Texts
    numbers: Texts  # of plates as written
    kind: NDArray[np.uint8]
    category: NDArray[np.uint8]
    easting: Floats
    northing: Floats
    area: Ints  # -1 where none
    zone: NDArray[np.int16]  # -1 where none
    owner: Ints  # of plates: the street or block; -1 where none
    weight: NDArray[np.float32]
    extent: NDArray[np.float32]  # metres from the pin to the far end, 0 of points
    # of names: what each id of the trie of names stands for
    postings: Rows
    post_sort: NDArray[np.uint8]  # beside postings.items
    name_bonus: NDArray[np.float32]  # what the best reading adds for what a name stands for
    name_texts: Texts  # by id of the trie of names, as first written
    name_keys: Texts  # by id of the trie of names, for parts of names
    by_sound: Rows  # id of the trie of sounds to ids of names
    by_gap: Rows  # id of the trie of names with one character left out to ids of names
    by_pinyin: Rows
    by_initials: Rows
    # of streets: numbered by street, which is a place
    street_place: Ints
    street_of: Ints  # place to street, -1 for others
    crossing_a: Ints
    crossing_b: Ints
    crossing_east: Floats
    crossing_north: Floats
    crossings_of: Rows  # street to crossings
    # of plates: numbered by place of the owner
    plates_of: Rows  # place to its plates, in order of number
    plate_main: Ints
    plate_stem: NDArray[np.uint8]
    plate_sub: Ints
    plate_sort: NDArray[np.uint8]  # OF_STREET, OF_BLOCK, OF_ROAD
    generic: Rows  # category to its places
    key_place: Ints  # id of the trie of keys to the place


TRIES = ("name", "sound", "gap", "pinyin", "initials", "key")


@dataclass(frozen=True)
class PlaceIndex:
    """A gazetteer that answers; safe to share between threads."""

    columns: Columns
    tries: dict[str, "marisa_trie.Trie"]
    lines: NDArray[np.object_]  # shapely lines by street
    areas: tuple[GazetteerArea, ...]
    meta: dict[str, Any]

    @property
    def version(self) -> str:
        """Of the gazetteer it was built from."""
        return str(self.meta["version"])

    def __len__(self) -> int:
        return len(self.columns.kind)

    @cached_property
    def area_numbers(self) -> dict[str, int]:
        """Code of an area to its number here."""
        return {area.code: number for number, area in enumerate(self.areas)}

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """Category by number."""
        return tuple(self.meta["categories"])

    @cached_property
    def generic_words(self) -> dict[str, int]:
        """Key of a word for any place of a category (邮局) to the category's number."""
        return {key: self.categories.index(one) for key, one in self.meta["generic_words"].items()}

    @cached_property
    def name_blob(self) -> bytes:
        """All keys of names, a line each, for finding a part of a name."""
        return self.columns.name_keys.blob.tobytes()

    @cached_property
    def generic_pattern(self) -> re.Pattern[str]:
        """Finds generic words in a key, long ones first."""
        words = sorted(self.generic_words, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, words)) or r"(?!)")

    @cached_property
    def area_addresses(self) -> tuple[str, ...]:
        """Of each area the names from the district down to itself."""
        return tuple(
            "".join(
                self.areas[n].name
                for n in sorted(self.area_sets[number], key=lambda n: len(self.areas[n].code))
                if self.areas[n].level != "city"
            )
            for number in range(len(self.areas))
        )

    @cached_property
    def street_tree(self) -> shapely.STRtree:
        """Over the lines of streets."""
        return shapely.STRtree(self.lines)

    @cached_property
    def placed(self) -> tuple[cKDTree | None, NDArray[np.int64]]:
        """A tree over the places that lie in an area (plane metres), and their numbers."""
        columns = self.columns
        numbers = np.flatnonzero(columns.area >= 0)
        spots = np.column_stack([columns.easting[numbers], columns.northing[numbers]])
        return (cKDTree(spots) if len(numbers) else None), numbers

    @cached_property
    def crossing_pairs(self) -> dict[tuple[int, int], list[int]]:
        """Two streets to where they cross."""
        pairs: dict[tuple[int, int], list[int]] = {}
        columns = self.columns
        for number, pair in enumerate(
            zip(columns.crossing_a.tolist(), columns.crossing_b.tolist(), strict=True)
        ):
            pairs.setdefault(pair, []).append(number)
        return pairs

    @cached_property
    def area_sets(self) -> tuple[frozenset[int], ...]:
        """Of each area: its own number and those of all above it."""
        numbers = self.area_numbers
        return tuple(
            frozenset({number, *(numbers[code] for code in area.above if code in numbers)})
            for number, area in enumerate(self.areas)
        )

    def save(self, folder: Path) -> None:
        """Write everything; the description comes last, so a folder without one is not whole."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, column in _flat(self.columns).items():
            np.save(folder / f"{name}.npy", column)
        for name, trie in self.tries.items():
            trie.save(str(folder / f"{name}.marisa"))
        (folder / "lines.wkb").write_bytes(_pack(shapely.to_wkb(self.lines).tolist()))
        described = self.meta | {
            "areas": [[a.code, a.name, a.level, list(a.above)] for a in self.areas],
            "format": FORMAT,
        }
        (folder / "index.json").write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Map an index into memory.

        :raises OSError: when a file is missing.
        :raises ValueError: when it was written by another release.
        """
        meta = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        if meta.pop("format") != FORMAT:
            raise ValueError(f"{folder.name}: written by another release")
        tries = {name: marisa_trie.Trie().mmap(str(folder / f"{name}.marisa")) for name in TRIES}
        lines = shapely.from_wkb(np.array(_unpack((folder / "lines.wkb").read_bytes()), dtype=object))
        areas = tuple(
            GazetteerArea(code, name, level, tuple(above)) for code, name, level, above in meta.pop("areas")
        )
        return cls(_columns(folder), tries, np.atleast_1d(lines), areas, meta)

    @property
    def size_bytes(self) -> int:
        """Of columns and tries, as they lie in memory and on disk."""
        columns = sum(column.nbytes for column in _flat(self.columns).values())
        return columns + sum(len(trie.tobytes()) for trie in self.tries.values())


def _flat(columns: Columns) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {}
    for name in Columns.__dataclass_fields__:
        column = getattr(columns, name)
        if isinstance(column, Rows):
            found |= {f"{name}.starts": column.starts, f"{name}.items": column.items}
        elif isinstance(column, Texts):
            found |= {f"{name}.starts": column.starts, f"{name}.blob": column.blob}
        else:
            found[name] = column
    return found


def _columns(folder: Path) -> Columns:
    def load(name: str) -> NDArray[Any]:
        path = folder / f"{name}.npy"
        # A plain view: the class of mapped arrays makes every access ten times slower.
        column: NDArray[Any]
        try:
            column = np.load(path, mmap_mode="r").view(np.ndarray)
        except ValueError:  # an empty column cannot be mapped
            column = np.load(path)
        return column

    values: dict[str, Any] = {}
    for name, field in Columns.__dataclass_fields__.items():
        if field.type is Rows:
            values[name] = Rows(load(f"{name}.starts"), load(f"{name}.items"))
        elif field.type is Texts:
            values[name] = Texts(load(f"{name}.starts"), load(f"{name}.blob"))
        else:
            values[name] = load(name)
    return Columns(**values)


def _pack(parts: list[bytes]) -> bytes:
    lengths = np.array([len(parts), *map(len, parts)], dtype="<u4")
    return lengths.tobytes() + b"".join(parts)


def _unpack(packed: bytes) -> list[bytes]:
    count = int(np.frombuffer(packed, dtype="<u4", count=1)[0])
    lengths = np.frombuffer(packed, dtype="<u4", count=count, offset=4)
    ends = np.cumsum(lengths) + 4 * (count + 1)
    return [packed[end - length : end] for length, end in zip(lengths.tolist(), ends.tolist(), strict=True)]
