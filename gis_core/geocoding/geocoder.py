"""The engine's face: a text in, an answer with candidates, confidence and reasons out."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from gis_core.geocoding.answers import LEVEL_NAMES, Answer, Candidate, Outcome, Reading, Span
from gis_core.geocoding.characters import MOST_CHARACTERS, Keyed, keyed
from gis_core.geocoding.finding import Find
from gis_core.geocoding.forgiving import list_slips
from gis_core.geocoding.gazetteer import PlaceKind
from gis_core.geocoding.index import KINDS, PlaceIndex
from gis_core.geocoding.lattice import Part, best_reading, list_parts
from gis_core.geocoding.meaning import Meaning, interpret
from gis_core.geocoding.ranking import Ranked, rank
from gis_core.geocoding.wording import NAME_ENDING, Sort
from gis_core.places import PlanePoint

SURE = 0.5
"""Below this confidence an answer is not called found."""
ONE_OF_MANY = 0.7
"""A share among namesakes below this is ambiguous."""
MOST_CANDIDATES = 8

_LABELS = {
    Sort.PLATE: "road_number", Sort.BUILDING: "building", Sort.UNIT: "unit", Sort.FLOOR: "floor",
    Sort.ROOM: "room", Sort.CHAIN: "building", Sort.NUMBER: "road_number", Sort.CROSSING: "relation",
    Sort.MOUTH: "relation", Sort.AND: "relation", Sort.UNTIL: "relation", Sort.BETWEEN: "relation",
    Sort.OFFSET: "relation", Sort.SIDE: "relation", Sort.NEAR: "relation", Sort.GENERIC: "poi",
    Sort.NATION: "city", Sort.NOISE: "redundant", Sort.STOP: "redundant", Sort.UNKNOWN: "other",
}  # fmt: skip
_KIND_LABELS = {
    PlaceKind.STREET: "road",
    PlaceKind.BLOCK: "poi",
    PlaceKind.ZONE: "poi",
    PlaceKind.POI: "poi",
    PlaceKind.DOOR_PLATE: "road_number",
}
_AREA_LABELS = {"city": "city", "district": "district", "subdistrict": "town", "zone": "development_zone"}
_COMMON = re.compile(
    r"马路|路面|道路|公里|这里|那里|家里|夜里|路上|路边|街上|楼上|院子|小区里|垃圾站|工地|公厕|路灯"
)


class _Said(NamedTuple):
    """What a text says, how much of it is explained, and the names in it that nobody knows."""

    meaning: Meaning
    reading: Reading
    coverage: float
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Geocoder:
    """Answers from one index; safe to share between threads."""

    index: PlaceIndex

    def geocode(self, text: str, *, near: PlanePoint | None = None, most: int = MOST_CANDIDATES) -> Answer:
        """Where a text means, best first, at most `most` candidates.

        `near` (plane) decides between namesakes. Reads the first 200 characters. Never raises for a text.
        """
        key = keyed(text[:MOST_CHARACTERS])
        meaning = self._read(key)
        ranked = rank(self.index, meaning, near)
        reading = self._reading(key, text, meaning)
        said = _Said(meaning, reading, *_coverage(meaning))
        candidates = tuple(self._candidate(one, ranked[0], said) for one in ranked[:most])
        return Answer(
            text,
            _outcome(candidates, ranked),
            candidates,
            (reading,),
            _understood(reading),
            _message(candidates, ranked, said.missing),
            said.missing,
        )

    def _read(self, key: Keyed) -> Meaning:
        index = self.index
        parts = list_parts(index, key.text)
        read, _ = best_reading(index, key.text, parts)
        slips = [slip for part in _doubtful(read) for slip in list_slips(index, key.text, part)]
        if slips:
            read = self._forgiven(key.text, read, parts, slips)
        return interpret(index, key.text, read)

    def _forgiven(self, key: str, read: list[Part], parts: list[Part], slips: list[Part]) -> list[Part]:
        """The reading with slips forgiven; one that leaves characters over beside it was no slip (幸福里小区
        is not 福泽小区)."""
        while slips:
            read, _ = best_reading(self.index, key, [*parts, *slips])
            edges = {edge for part in read if part.sort is Sort.UNKNOWN for edge in (part.start, part.end)}
            false = {part for part in read if part.slip and (part.start in edges or part.end in edges)}
            if not false:
                return read
            slips = [slip for slip in slips if slip not in false]
        return best_reading(self.index, key, parts)[0] if not slips else read

    def _reading(self, key: Keyed, text: str, meaning: Meaning) -> Reading:
        spans = []
        for part in meaning.parts:
            start, end = key.origin(part.start, part.end)
            value = self.index.tries["name"].restore_key(part.name) if part.sort is Sort.NAME else ""
            spans.append(Span(start, end, text[start:end], self._label(part), value))
        return Reading(tuple(spans))

    def _label(self, part: Part) -> str:
        if part.sort is not Sort.NAME:
            return _LABELS[part.sort]
        columns = self.index.columns
        place = int(columns.postings.items[columns.postings.starts[part.name]])
        kind = KINDS[columns.kind[place]]
        if kind is not PlaceKind.AREA:
            return _KIND_LABELS[kind]
        return _AREA_LABELS.get(self.index.categories[columns.category[place]], "community")

    def candidate(self, find: Find, *, reading: Reading, why: tuple[str, ...]) -> Candidate:
        """A place that was found without words, as an answer has it."""
        ranked = Ranked(find, 0.0, find.quality, 1.0, ())
        meaning = Meaning("", (), (), (), (), ())
        return self._candidate(
            ranked._replace(find=find._replace(why=why)), None, _Said(meaning, reading, 1.0, ())
        )

    def _candidate(self, ranked: Ranked, best: Ranked | None, said: _Said) -> Candidate:
        find = ranked.find
        columns = self.index.columns
        anchors = said.meaning.anchors
        near = anchors[find.anchor].near if anchors else None
        why = [*find.why]
        if near is not None:
            why.append(f"所说的“{said.meaning.key[near.start : near.end]}”按该处计")
        why += [*ranked.against, *(f"“{one}”在地名库中没有" for one in said.missing)]
        area = int(columns.area[find.place]) if find.place >= 0 else -1
        return Candidate(
            key=columns.keys[find.place] if find.place >= 0 else "",
            name=find.name,
            address=self.address(find),
            level=find.level,
            point=find.point,
            radius_m=round(find.radius_m, 1),
            confidence=round(ranked.fit * ranked.share * said.coverage, 4),
            category=self.index.categories[columns.category[find.place]] if find.place >= 0 else "",
            area_code=self.index.areas[area].code if area >= 0 else "",
            reading=said.reading,
            why=tuple(why),
            lost="" if best is None or ranked is best else _lost(ranked, best),
        )

    def address(self, find: Find) -> str:
        """The standard address sentence of a find: division, street office, community, then its own name."""
        area = int(self.index.columns.area[find.place]) if find.place >= 0 else -1
        if area < 0:
            return find.name
        above = self.index.area_addresses[area]
        return above if above.endswith(find.name) else above + find.name


def _doubtful(read: list[Part]) -> list[Part]:
    """Unknown runs that may hide a name: not the story that is told after a place was named."""
    found: list[Part] = []
    names = 0
    after_stop = False
    for part in read:
        if part.sort is Sort.NAME or part.sort is Sort.GENERIC:
            names += 1
        after_stop = after_stop or (names > 0 and part.sort is Sort.STOP)
        if part.sort is Sort.UNKNOWN and not (after_stop and names):
            found.append(part)
    return found


def _coverage(meaning: Meaning) -> tuple[float, tuple[str, ...]]:
    """How much of what was said is explained: names nobody knows make every answer doubtful."""
    missing: list[str] = []
    run, named, is_after_stop = "", False, False
    for part in (*meaning.parts, None):
        text = meaning.key[part.start : part.end] if part else ""
        if part and (
            part.sort in (Sort.UNKNOWN, Sort.NOISE) or (run and part.sort is Sort.NEAR and len(text) == 1)
        ):
            run += text
            continue
        match = NAME_ENDING.match(run) if run and not (named and is_after_stop) else None
        if match is not None and not _COMMON.search(match.group()):
            missing.append(match.group())
        run = ""
        named = named or (part is not None and part.sort in (Sort.NAME, Sort.GENERIC))
        is_after_stop = is_after_stop or (named and part is not None and part.sort is Sort.STOP)
    return 0.55 ** len(missing[:2]) * (0.9 if meaning.loose else 1.0), tuple(missing)


def _outcome(candidates: tuple[Candidate, ...], ranked: list[Ranked]) -> Outcome:
    if not candidates:
        return "not_found"
    if ranked[0].share < ONE_OF_MANY:
        return "ambiguous"
    return "found"


def _lost(ranked: Ranked, best: Ranked) -> str:
    if ranked.against:
        return "；".join(ranked.against)
    if ranked.find.name == best.find.name:
        return "同名，没有别的依据可以区分"
    if ranked.find.radius_m > best.find.radius_m:
        return f"只到{LEVEL_NAMES[ranked.find.level]}一级，较粗"
    return "与所说不如第一个贴合"


def _understood(reading: Reading) -> str:
    shown = [span for span in reading.spans if span.label not in ("redundant", "other")]
    return " · ".join(span.text for span in shown)


def _message(candidates: tuple[Candidate, ...], ranked: list[Ranked], missing: tuple[str, ...]) -> str:
    if not candidates:
        return "本市地名库中没有找到。请换个说法，或说出附近的路口、门牌、单位。"
    if ranked[0].share < ONE_OF_MANY:
        return f"有{len(candidates)}处可能，请选择或补充所在的街道、路口。"
    if missing:
        return f"没有找到“{missing[0]}”，只能定到{LEVEL_NAMES[candidates[0].level]}。"
    return ""
