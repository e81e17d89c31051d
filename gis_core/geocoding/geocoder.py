"""The engine's face: a text in, an answer with candidates, confidence and reasons out."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from gis_core.geocoding.answers import LEVEL_NAMES, Answer, Candidate, Level, Outcome, Reading, Span
from gis_core.geocoding.calibration import calibrated
from gis_core.geocoding.characters import MOST_CHARACTERS, Keyed, keyed
from gis_core.geocoding.doubting import Trust, doubted, trust_in
from gis_core.geocoding.finds import Find
from gis_core.geocoding.forgiving import list_slips
from gis_core.geocoding.gazetteer import PlaceKind
from gis_core.geocoding.index import KINDS, SHORTHAND, PlaceIndex
from gis_core.geocoding.lattice import Part, best_reading, list_parts
from gis_core.geocoding.meaning import Meaning, interpret
from gis_core.geocoding.ranking import Ranked, rank
from gis_core.geocoding.wording import Sort
from gis_core.places import PlanePoint

ONE_OF_MANY = 0.7
"""A share among namesakes below this is ambiguous."""
MOST_CANDIDATES = 8
CLEAR = 0.8
"""With a first answer as sure as this other readings are not looked for."""
MOST_READINGS, MOST_DOUBTED_NAMES, NEARLY = 3, 4, 3.5
"""How many readings are kept, how many names of the best are doubted, how much worse another may score."""
READING_COST, AS_GOOD = 0.5, 1.0
"""How fast confidence falls with the difference of scores, and up to which a reading may take the lead."""

_AREAS = frozenset({Level.COMMUNITY, Level.SUBDISTRICT, Level.DISTRICT, Level.CITY})
_LABELS = {
    Sort.PLATE: "road_number", Sort.BUILDING: "building", Sort.UNIT: "unit", Sort.FLOOR: "floor",
    Sort.ROOM: "room", Sort.CHAIN: "building", Sort.NUMBER: "road_number", Sort.CROSSING: "relation",
    Sort.MOUTH: "relation", Sort.AND: "relation", Sort.UNTIL: "relation", Sort.BETWEEN: "relation",
    Sort.OFFSET: "relation", Sort.COUNT: "relation", Sort.GRID: "poi", Sort.SIDE: "relation",
    Sort.NEAR: "relation", Sort.GENERIC: "poi",
    Sort.NATION: "city", Sort.NOISE: "redundant", Sort.CORRECTION: "redundant", Sort.STOP: "redundant",
    Sort.STORY: "other", Sort.UNKNOWN: "other",
}  # fmt: skip
_KIND_LABELS = {
    PlaceKind.STREET: "road",
    PlaceKind.BLOCK: "poi",
    PlaceKind.ZONE: "poi",
    PlaceKind.POI: "poi",
    PlaceKind.DOOR_PLATE: "road_number",
}
_AREA_LABELS = {"city": "city", "district": "district", "subdistrict": "town", "zone": "development_zone"}


class _Said(NamedTuple):
    """What a text says, how much of it is explained, and the names in it that nobody knows."""

    meaning: Meaning
    reading: Reading
    trust: Trust


@dataclass(frozen=True, slots=True)
class Geocoder:
    """Answers from one index; safe to share between threads."""

    index: PlaceIndex

    def geocode(self, text: str, *, near: PlanePoint | None = None, most: int = MOST_CANDIDATES) -> Answer:
        """Where a text means, best first, at most `most` candidates.

        `near` (plane) decides between namesakes. Reads the first 200 characters. Never raises for a text.
        """
        said = _without_links(text[:MOST_CHARACTERS])
        key = keyed(said)
        parts = list_parts(self.index, key.text)
        read, score = self._read(key.text, parts)
        first = self._answer(text, key, read, near=near, most=most)
        if first.best is not None and first.best.confidence >= CLEAR:
            return first
        others = [
            (self._answer(text, key, other, near=near, most=most), other_score - score)
            for other, other_score in self._other_readings(key.text, parts, read, score)
        ]
        others += self._as_written(text, said, key, score, near=near, most=most)
        return _merged(first, others, most) if others else first

    def _as_written(
        self, text: str, said: str, key: Keyed, score: float, *, near: PlanePoint | None, most: int
    ) -> list[tuple[Answer, float]]:
        """The reading with numerals as they are written, which may be slips for other characters (十鼓路)."""
        written = keyed(said, by_value=False)
        if written.text == key.text:
            return []
        read, other_score = self._read(written.text, list_parts(self.index, written.text))
        return [(self._answer(text, written, read, near=near, most=most), other_score - score)]

    def _answer(
        self, text: str, key: Keyed, read: list[Part], *, near: PlanePoint | None, most: int
    ) -> Answer:
        """What one reading of a text comes to."""
        meaning = interpret(self.index, key.text, read)
        ranked = rank(self.index, meaning, near)
        reading = self._reading(key, text, meaning)
        said = _Said(meaning, reading, self._trust(meaning, ranked))
        candidates = _no_surer([self._candidate(one, ranked[0], said) for one in ranked[:most]])
        return Answer(
            text,
            _outcome(candidates, ranked),
            candidates,
            (reading,),
            _understood(reading),
            _message(candidates, ranked, said.trust.missing),
            said.trust.missing,
        )

    def _other_readings(
        self, key: str, parts: list[Part], read: list[Part], score: float
    ) -> list[tuple[list[Part], float]]:
        """Readings nearly as good as the best one, each without one of its names; best first."""
        found: list[tuple[list[Part], float]] = []
        for name in [part for part in read if part.sort is Sort.NAME][:MOST_DOUBTED_NAMES]:
            left = [part for part in parts if part != name]
            other, other_score = best_reading(self.index, key, left)
            if score - other_score <= NEARLY and all(other != one for one, _ in found):
                found.append((other, other_score))
        return sorted(found, key=lambda one: -one[1])[: MOST_READINGS - 1]

    def _read(self, key: str, parts: list[Part]) -> tuple[list[Part], float]:
        """The best reading of a key, slips forgiven, and its score."""
        read, score = best_reading(self.index, key, parts)
        slips = [slip for part in doubted(self.index, read) for slip in list_slips(self.index, key, part)]
        return self._forgiven(key, parts, slips) if slips else (read, score)

    def _trust(self, meaning: Meaning, ranked: list[Ranked]) -> Trust:
        """How much of the text is explained; an anchor that led to nothing is not."""
        is_area = not ranked or ranked[0].find.level in _AREAS
        reached = set() if is_area else {one.find.anchor for one in ranked}
        loose = len(meaning.loose) + len(meaning.anchors) - len(reached)
        return trust_in(self.index, meaning.key, meaning.parts, is_area=is_area, loose=loose)

    def _forgiven(self, key: str, parts: list[Part], slips: list[Part]) -> tuple[list[Part], float]:
        """The reading with slips forgiven; one that leaves characters over beside it was no slip (幸福里小区
        is not 福泽小区)."""
        while True:
            read, score = best_reading(self.index, key, [*parts, *slips])
            left_over = (Sort.UNKNOWN, Sort.NUMBER)
            edges = {edge for part in read if part.sort in left_over for edge in (part.start, part.end)}
            edges -= {part.start for part in read if part.sort is Sort.NUMBER}
            false = {part for part in read if part.slip and (part.start in edges or part.end in edges)}
            if not false:
                return read, score
            slips = [slip for slip in slips if slip not in false]

    def _reading(self, key: Keyed, text: str, meaning: Meaning) -> Reading:
        spans = []
        for part in meaning.parts:
            start, end = key.origin(part.start, part.end)
            is_name = part.sort is Sort.NAME
            value = self.index.tries["name"].restore_key(part.name).lstrip(SHORTHAND) if is_name else ""
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
        ranked = Ranked(find._replace(why=why), 0.0, find.quality, 1.0, ())
        said = _Said(Meaning("", (), (), (), (), ()), reading, Trust(1.0, ()))
        return self._candidate(ranked, None, said)

    def _candidate(self, ranked: Ranked, best: Ranked | None, said: _Said) -> Candidate:
        find = ranked.find
        columns = self.index.columns
        anchors = said.meaning.anchors
        near = anchors[find.anchor].near if anchors else None
        why = [*find.why]
        if near is not None:
            why.append(f"所说的“{said.meaning.key[near.start : near.end]}”按该处计")
        why += _withdrawn(said)
        why += [*ranked.against, *(f"“{one}”在地名库中没有" for one in said.trust.missing)]
        area = int(columns.area[find.lies_with]) if find.lies_with >= 0 else -1
        return Candidate(
            key=columns.keys[find.place] if find.place >= 0 else "",
            name=find.name,
            address=self.address(find),
            level=find.level,
            point=find.point,
            radius_m=round(find.radius_m, 1),
            confidence=calibrated(ranked.fit * ranked.share * said.trust.factor),
            category=self.index.categories[columns.category[find.place]] if find.place >= 0 else "",
            area_code=self.index.areas[area].code if area >= 0 else "",
            reading=said.reading,
            why=tuple(why),
            lost="" if best is None or ranked is best else _lost(ranked, best),
        )

    def address(self, find: Find) -> str:
        """The standard address sentence of a find: division, street office, community, then its own name."""
        area = int(self.index.columns.area[find.lies_with]) if find.lies_with >= 0 else -1
        if area < 0:
            return find.name
        above = self.index.area_addresses[area]
        return above if above.endswith(find.name) else above + find.name


def _withdrawn(said: _Said) -> list[str]:
    """What the speaker took back, in the words of the text."""
    parts = zip(said.meaning.parts, said.reading.spans, strict=True) if said.meaning.withdrawn else ()
    words = "".join(span.text for part, span in parts if part in said.meaning.withdrawn)
    return [f"说话人已改口，“{words}”不计"] if words else []


_LINK = re.compile(r"(?:https?://|www\.)[!-~]+", re.IGNORECASE)


def _without_links(text: str) -> str:
    """The text with blanks for the addresses of pages, whose letters and digits name no place."""
    return _LINK.sub(lambda match: " " * len(match.group()), text) if _LINK.search(text) else text


def _merged(first: Answer, others: list[tuple[Answer, float]], most: int) -> Answer:
    """The first reading's answer with the best of the others behind it, or before it where it is surer.

    What only a worse reading says counts for less.
    """
    lead, rivals = first, list[Candidate]()
    for answer, behind in others:
        if answer.best is None:
            continue
        worth = answer.best.confidence * math.exp(READING_COST * min(behind, 0.0))
        rival = replace(answer.best, confidence=round(worth, 4))
        rivals.append(rival)
        if lead.best is None or (behind >= -AS_GOOD and rival.confidence > lead.best.confidence):
            lead = replace(answer, candidates=(rival, *answer.candidates[1:]))
    known = {(one.key, one.name) for one in lead.candidates}
    behind_lead = [*(first.candidates if lead is not first else ()), *rivals]
    further = [one for one in behind_lead if (one.key, one.name) not in known]
    return replace(
        lead,
        candidates=_no_surer((*lead.candidates, *further)[:most]),
        readings=(first.readings[0], *(answer.readings[0] for answer, _ in others)),
    )


def _no_surer(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates, none surer than the first: what a place was looked for around is no better answer."""
    first = candidates[0].confidence if candidates else 0.0
    return tuple(one if one.confidence <= first else replace(one, confidence=first) for one in candidates)


def _outcome(candidates: tuple[Candidate, ...], ranked: list[Ranked]) -> Outcome:
    if not candidates:
        return "not_found"
    if ranked[0].share < ONE_OF_MANY or (ranked[0].find.note and len(ranked) > 1):
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
        what = f"“{missing[0]}”" if missing else ""
        return f"本市地名库中没有找到{what}。请换个说法，或说出附近的路口、门牌、单位。"
    if ranked[0].find.note:
        return f"{ranked[0].find.note}。请核对路名，或补充附近的门牌、单位。"
    if ranked[0].share < ONE_OF_MANY:
        return f"有{len(candidates)}处可能，请选择或补充所在的街道、路口。"
    if missing:
        return f"没有找到“{missing[0]}”，只能定到{LEVEL_NAMES[candidates[0].level]}。"
    return ""
