"""What somebody who is still typing may want: by characters, by pinyin, by initials, by a part of a name.

The text may be the beginning of a sentence: what stands before the last word gives the context (经二路和红…).
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

from gis_core.geocoding.answers import Level, Suggestion
from gis_core.geocoding.characters import MOST_CHARACTERS, folded, keyed
from gis_core.geocoding.finds import CROSSING_RADIUS_M, Find, find_of, level_of
from gis_core.geocoding.gazetteer import PlaceKind
from gis_core.geocoding.index import DERIVED, KINDS, PlaceIndex
from gis_core.geocoding.lattice import Part, best_reading, list_parts
from gis_core.geocoding.sounds import syllables
from gis_core.geocoding.wording import Sort
from gis_core.places import PlanePoint

MOST = 8
_MOST_KEYS = 30_000
_KEPT = 60
_MOST_REMEMBERED = 4_000
_KIND_WEIGHTS = {
    PlaceKind.STREET: 1.0, PlaceKind.AREA: 0.7, PlaceKind.BLOCK: 0.6, PlaceKind.ZONE: 0.6,
    PlaceKind.POI: 0.45, PlaceKind.DOOR_PLATE: 0.2,
}  # fmt: skip


class _Hit(NamedTuple):
    name: int
    score: float


class Suggester:
    """Completes texts from one index; safe to share between threads."""

    def __init__(self, index: PlaceIndex) -> None:
        self._index = index
        # Many names begin with one short beginning; the best of them are gathered once.
        self._remembered: dict[tuple[str, str], list[_Hit]] = {}

    def suggest(self, text: str, *, near: PlanePoint | None = None, most: int = MOST) -> list[Suggestion]:
        """Up to `most` completions, best first; namesakes are told apart by where they lie."""
        key = keyed(text[:MOST_CHARACTERS])
        if not key.text:
            return []
        head, tail_at = self._head(key.text)
        tail = key.text[tail_at:]
        written = text[key.at[tail_at] : MOST_CHARACTERS]
        found = self._of_street(head, tail, written)
        if not found and tail:
            # What was read as a whole name may be the beginning of a longer one (经二路 → 经二路小学).
            hits = self._hits(tail, written)
            found = self._places(hits, head, near)
            if head and len(found) < most:
                found += self._places(self._hits(key.text, text[:MOST_CHARACTERS]), [], near)
        return _unique(found)[:most]

    def _head(self, key: str) -> tuple[list[Part], int]:
        """The parts before the word that is being typed, and where that word begins."""
        read, _ = best_reading(self._index, key, list_parts(self._index, key))
        read = [part for part in read if part.sort is not Sort.NOISE]
        if not read:
            return [], 0
        last = read[-1]
        if last.sort in (Sort.PLATE, Sort.NUMBER) and len(read) > 1:
            return read[:-1], last.start
        if last.sort in (Sort.AND, Sort.STOP, Sort.UNTIL):
            return read, len(key)
        return read[:-1], last.start

    def _of_street(self, head: list[Part], tail: str, written: str) -> list[Suggestion]:
        """Plates and crossings of the street that was just named."""
        named = next((part for part in reversed(head) if part.sort is Sort.NAME), None)
        if named is None:
            return []
        columns = self._index.columns
        streets = [
            int(columns.street_of[place])
            for place in columns.postings[named.name]
            if columns.street_of[place] >= 0
        ]
        if not streets:
            return []
        digits = tail.rstrip("号#")
        if digits.isdigit():
            return self._plates(streets, digits)
        return self._crossings(streets, tail, written)

    def _plates(self, streets: list[int], digits: str) -> list[Suggestion]:
        columns = self._index.columns
        found = []
        for street in streets:
            for plate in columns.plates_of[int(columns.street_place[street])]:
                number = columns.numbers[plate]
                if number.startswith(digits):
                    found.append((len(number), number, self._suggestion(plate)))
        return [one for _, _, one in sorted(found, key=lambda row: row[:2])[:MOST]]

    def _crossings(self, streets: list[int], tail: str, written: str) -> list[Suggestion]:
        columns, found = self._index.columns, []
        said = _spelt(written)
        for street in streets:
            for crossing in columns.crossings_of[street]:
                one, other = int(columns.crossing_a[crossing]), int(columns.crossing_b[crossing])
                name = self._street_name(other if one == street else one)
                if not (keyed(name).text.startswith(tail) or "".join(syllables(name)).startswith(said)):
                    continue
                point = PlanePoint(
                    float(columns.crossing_east[crossing]), float(columns.crossing_north[crossing])
                )
                title = f"{self._street_name(street)}与{name}路口"
                find = Find(-1, Level.CROSSING, point, CROSSING_RADIUS_M, 1.0, title, (one, other))
                found.append(Suggestion("", title, "", find.level, point))
        return found

    def _hits(self, tail: str, written: str) -> list[_Hit]:
        """Names that begin with the tail, sound so, have these initials, or hold it somewhere."""
        spelt = _spelt(written)
        found = [*self._beginning("name", tail, 3.0), *self._beginning("pinyin", spelt, 2.0)]
        if tail.isascii() and tail.isalpha():
            found += self._beginning("initials", tail, 2.2)
        if len(found) < _KEPT and len(tail) >= 2 and not tail.isascii():
            found += self._holding(tail)
        best: dict[int, float] = {}
        for hit in found:
            best[hit.name] = max(best.get(hit.name, -1.0), hit.score)
        return sorted((_Hit(name, score) for name, score in best.items()), key=lambda hit: -hit.score)[:_KEPT]

    def _beginning(self, trie: str, start: str, base: float) -> list[_Hit]:
        if (known := self._remembered.get((trie, start))) is not None:
            return known
        keys, columns = self._index.tries[trie], self._index.columns
        rows = {"pinyin": columns.by_pinyin, "initials": columns.by_initials}.get(trie)
        hits: list[_Hit] = []
        for count, key in enumerate(keys.iterkeys(start)):
            if count >= _MOST_KEYS:
                break
            names = [keys[key]] if rows is None else rows[keys[key]]
            whole = 0.8 if len(key) == len(start) else 0.0
            hits.extend(
                _Hit(name, base + whole + self._weight(name) - 0.04 * (len(key) - len(start)))
                for name in names
            )
        hits = sorted(hits, key=lambda hit: -hit.score)[:_KEPT]
        if len(self._remembered) < _MOST_REMEMBERED:
            self._remembered[trie, start] = hits
        return hits

    def _holding(self, part: str) -> list[_Hit]:
        """Names that hold a part, by one pass over all names."""
        names = self._index.columns.name_keys
        blob, wanted = self._index.name_blob, part.encode()
        found: list[_Hit] = []
        at = blob.find(wanted)
        while at >= 0 and len(found) < _KEPT:
            name = int(names.starts.searchsorted(at, side="right")) - 1
            found.append(_Hit(name, 1.0 + self._weight(name)))
            at = blob.find(wanted, int(names.starts[name + 1]))
        return found

    def _weight(self, name: int) -> float:
        columns = self._index.columns
        start = int(columns.postings.starts[name])
        place = int(columns.postings.items[start])
        weight = _KIND_WEIGHTS[KINDS[columns.kind[place]]] + float(columns.weight[place])
        return weight - (0.5 if columns.post_sort[start] == DERIVED else 0.0)

    def _places(self, hits: Iterable[_Hit], head: list[Part], near: PlanePoint | None) -> list[Suggestion]:
        columns = self._index.columns
        around = near or self._context(head)
        found: list[tuple[float, Suggestion]] = []
        for hit in hits:
            for place in columns.postings[hit.name][:6]:
                score = hit.score
                if around is not None:
                    east = float(columns.easting[place]) - around.easting_m
                    north = float(columns.northing[place]) - around.northing_m
                    score -= min(math.hypot(east, north) / 3000.0, 1.5)
                found.append((score, self._suggestion(place, hit.name)))
        return [one for _, one in sorted(found, key=lambda row: -row[0])]

    def _context(self, head: list[Part]) -> PlanePoint | None:
        named = next((part for part in reversed(head) if part.sort is Sort.NAME), None)
        if named is None:
            return None
        return find_of(self._index, self._index.columns.postings[named.name][0]).point

    def _suggestion(self, place: int, name: int = -1) -> Suggestion:
        columns = self._index.columns
        title = columns.names[place]
        area = int(columns.area[place])
        hint = self._index.area_addresses[area] if area >= 0 else ""
        point = PlanePoint(float(columns.easting[place]), float(columns.northing[place]))
        matched = columns.name_texts[name] if name >= 0 else ""
        shown = "" if matched == title or matched in title else matched
        return Suggestion(
            columns.keys[place], title, hint.removesuffix(title), level_of(self._index, place), point, shown
        )

    def _street_name(self, street: int) -> str:
        return self._index.columns.names[int(self._index.columns.street_place[street])]


def _spelt(text: str) -> str:
    """Pinyin of what was typed, letters as they are: 红qi is hongqi."""
    return "".join(syllables(folded(text))).replace(" ", "")


def _unique(found: list[Suggestion]) -> list[Suggestion]:
    kept: dict[tuple[str, str], Suggestion] = {}
    for one in found:
        kept.setdefault((one.key or one.name, one.name), one)
    return list(kept.values())
