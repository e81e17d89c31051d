"""From places to an index: tries over keys, sounds and gaps, plates by owner, crossings from street lines."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import marisa_trie
import numpy as np
import shapely

from gis_core.geocoding.characters import folded, key_of
from gis_core.geocoding.crossings import Crossings, find_crossings
from gis_core.geocoding.gazetteer import GazetteerArea, GazetteerPlace, NameSort, PlaceKind
from gis_core.geocoding.index import (
    DERIVED,
    KINDS,
    OF_BLOCK,
    OF_ROAD,
    OF_STREET,
    SAID,
    SHORTHAND,
    SORTS,
    Columns,
    PlaceIndex,
    Rows,
    Texts,
)
from gis_core.geocoding.naming import Strength, derived_forms, generic_keys, street_stem
from gis_core.geocoding.plate_numbers import PlateNumber, read_building, read_plate, read_post
from gis_core.geocoding.sounds import sound, syllables

LEAST_GAP_CHARACTERS = 3
"""Of a name that is also found with one character missing or wrong."""
MOST_COMPONENTS_OF_A_NAME = 5
"""Components that share a name with more than these bear their type's name (路灯) and none of their own."""
ONE_PLACE_M = 60.0
"""Records of one name no farther apart than this beyond their extent are one place."""
POST = "kilometre_post"
"""The category whose places count the metres of a road."""
BONUS_OF_DERIVED, BONUS_OF_SAID, BONUS_OF_SHORTHAND = -1.4, -0.15, 0.2
_FORM_SORTS = {
    Strength.SHORT: SORTS.index(NameSort.SHORT), Strength.SAID: SAID, Strength.WEAK: DERIVED,
}  # fmt: skip
_NO_NUMBER = PlateNumber(0)


def build_index(
    places: Iterable[GazetteerPlace],
    areas: Sequence[GazetteerArea],
    *,
    version: str,
    generic_words: Mapping[str, str] | None = None,
) -> PlaceIndex:
    """An index of places (plane metres).

    Door plates whose street is not among the places are kept and found by their own position only.
    """
    draft = _Draft(_without_doubles(list(places)), list(areas))
    names = draft.index_names()
    crossings = draft.cross_streets()
    plates = draft.order_plates()
    keys, key_place = draft.key_trie()
    generic = generic_keys(generic_words or {})
    for category in generic.values():
        draft.category_number(category)
    columns = Columns(
        keys=Texts.of(place.key for place in draft.places),
        names=Texts.of(place.name for place in draft.places),
        numbers=Texts.of(place.number for place in draft.places),
        kind=np.array([KINDS.index(place.kind) for place in draft.places], dtype=np.uint8),
        category=np.array([draft.category_number(p.category) for p in draft.places], dtype=np.uint8),
        easting=np.array([place.easting_m for place in draft.places], dtype=np.float64),
        northing=np.array([place.northing_m for place in draft.places], dtype=np.float64),
        area=np.array([draft.area_number(p.area_code) for p in draft.places], dtype=np.int32),
        zone=draft.zones(),
        owner=draft.owners(),
        weight=np.array([place.weight for place in draft.places], dtype=np.float32),
        extent=np.array([_extent(place) for place in draft.places], dtype=np.float32),
        postings=names.postings,
        post_sort=names.sorts,
        name_bonus=draft.name_bonus(names),
        name_texts=names.texts,
        name_keys=names.keys,
        by_sound=names.by_sound,
        by_gap=names.by_gap,
        by_pinyin=names.by_pinyin,
        by_initials=names.by_initials,
        street_place=np.array(draft.streets, dtype=np.int32),
        street_of=draft.street_of(),
        crossing_a=crossings.first,
        crossing_b=crossings.second,
        crossing_east=crossings.easting,
        crossing_north=crossings.northing,
        crossings_of=crossings.by_street,
        plates_of=plates,
        plate_main=np.array([number.main for number in draft.numbers], dtype=np.int32),
        plate_stem=np.array([min(number.stem, 255) for number in draft.numbers], dtype=np.uint8),
        plate_sub=np.array([number.sub for number in draft.numbers], dtype=np.int32),
        plate_sort=np.array(draft.sorts, dtype=np.uint8),
        generic=draft.generic_places(),
        key_place=key_place,
    )
    meta = {
        "version": version,
        "categories": draft.categories,
        "generic_words": generic,
        "is_synthetic": any(place.is_synthetic for place in draft.places),
    }
    return PlaceIndex(columns, names.tries | {"key": keys}, draft.lines, tuple(areas), meta)


@dataclass(frozen=True, slots=True)
class _Names:
    tries: dict[str, marisa_trie.Trie]
    texts: Texts
    keys: Texts
    postings: Rows
    sorts: "np.ndarray[tuple[int], np.dtype[np.uint8]]"
    by_sound: Rows
    by_gap: Rows
    by_pinyin: Rows
    by_initials: Rows


@dataclass
class _Draft:
    """Places on their way into an index, with what several columns need."""

    places: list[GazetteerPlace]
    areas: list[GazetteerArea]
    categories: list[str] = field(default_factory=lambda: [""])
    streets: list[int] = field(init=False)
    numbers: list[PlateNumber] = field(init=False)
    sorts: list[int] = field(init=False)
    lines: "np.ndarray[tuple[int], np.dtype[np.object_]]" = field(init=False)

    def __post_init__(self) -> None:
        self.streets = [
            n for n, p in enumerate(self.places) if p.kind == PlaceKind.STREET and p.shape is not None
        ]
        self.lines = np.array([self.places[n].shape for n in self.streets], dtype=object)
        named = Counter(place.name for place in self.places if place.category == "component")
        self._type_names = {name for name, count in named.items() if count > MOST_COMPONENTS_OF_A_NAME}
        self._areas = {area.code: number for number, area in enumerate(self.areas)}
        self._owned = self._find_owners()
        self.numbers, self.sorts = [], []
        for place in self.places:
            number, sort = self._number(place)
            self.numbers.append(number)
            self.sorts.append(sort)

    def area_number(self, code: str) -> int:
        """The number of the finest known area a code stands for: 610302001003, else 610302001, …"""
        for length in (len(code), 9, 6):
            if (found := self._areas.get(code[:length])) is not None:
                return found
        return -1

    def category_number(self, category: str) -> int:
        """The number of a category; new ones join the list, of 255 at the most."""
        if category not in self.categories:
            self.categories.append(category)
        return min(self.categories.index(category), 255)

    def index_names(self) -> _Names:
        """Keys of standard names, further names and derived forms, with tries that forgive."""
        found: dict[str, dict[int, int]] = defaultdict(dict)
        registered: dict[str, str] = {}
        pinyin: dict[str, list[str]] = defaultdict(list)
        for number, place in enumerate(self.places):
            if place.kind == PlaceKind.DOOR_PLATE or place.name in self._type_names:
                continue
            for sort, text in ((SORTS.index("standard"), place.name), *self._further(place)):
                key = key_of(text)
                if len(key) < 2:
                    continue
                if sort != DERIVED and key not in registered:
                    registered[key] = text
                    pinyin[" ".join(syllables(folded(text)))].append(key)
                posts = found[key]
                posts[number] = min(posts.get(number, sort), sort)
            if place.kind == PlaceKind.STREET and (stem := key_of(street_stem(place.name))):
                found[SHORTHAND + stem][number] = SORTS.index(NameSort.SHORT)
        trie = marisa_trie.Trie(found)
        ids = {key: trie[key] for key in found}
        by_id = sorted(ids, key=ids.__getitem__)
        sounds = _gather(by_id, lambda key: [] if key.startswith(SHORTHAND) else [sound(key)])
        gaps = _gather(by_id, _gaps)
        sound_trie, by_sound = _trie_of(sounds)
        gap_trie, by_gap = _trie_of(gaps)
        spelt = {one.replace(" ", ""): [ids[key] for key in keys] for one, keys in pinyin.items()}
        short: dict[str, list[int]] = defaultdict(list)
        for one, keys in pinyin.items():
            short["".join(part[0] for part in one.split())].extend(ids[key] for key in keys)
        pinyin_trie, by_pinyin = _trie_of(spelt)
        initials_trie, by_initials = _trie_of(short)
        posted = [sorted(found[key].items(), key=lambda one: one[1]) for key in by_id]
        tries = {"name": trie, "sound": sound_trie, "gap": gap_trie}
        return _Names(
            tries | {"pinyin": pinyin_trie, "initials": initials_trie},
            Texts.of(registered.get(key, key) for key in by_id),
            Texts.of(f"{key}\n" for key in by_id),
            Rows.of([place for place, _ in one] for one in posted),
            np.array([sort for one in posted for _, sort in one], dtype=np.uint8),
            by_sound,
            by_gap,
            by_pinyin,
            by_initials,
        )  # fmt: skip

    def name_bonus(self, names: _Names) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
        """Streets win over landmarks of the same words; a form that no register lists (渭滨) loses."""
        found = np.zeros(len(names.postings), dtype=np.float32)
        for name in range(len(names.postings)):
            places = names.postings[name]
            kinds = {self.places[place].kind for place in places[:8]}
            if (sort := names.sorts[names.postings.starts[name]]) in (DERIVED, SAID):
                found[name] = BONUS_OF_DERIVED if sort == DERIVED else BONUS_OF_SAID
            elif names.keys[name].startswith(SHORTHAND):
                found[name] = BONUS_OF_SHORTHAND
            elif PlaceKind.STREET in kinds:
                found[name] = 0.3
            elif kinds & {PlaceKind.AREA, PlaceKind.BLOCK}:
                found[name] = 0.15
        return found

    def cross_streets(self) -> Crossings:
        """Where streets meet."""
        return find_crossings(self.lines)

    def order_plates(self) -> Rows:
        """The plates of each street and block, in order of number."""
        plates: dict[int, list[int]] = defaultdict(list)
        for number, owner in enumerate(self._owned):
            if owner >= 0:
                plates[owner].append(number)

        def order(n: int) -> tuple[int, int, int]:
            number = self.numbers[n]
            return number.main, number.stem, number.sub

        return Rows.of(sorted(plates.get(n, ()), key=order) for n in range(len(self.places)))

    def owners(self) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
        """Of each plate its street or block."""
        return np.array(self._owned, dtype=np.int32)

    def street_of(self) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
        """Of each place its number among streets."""
        found = np.full(len(self.places), -1, dtype=np.int32)
        found[self.streets] = np.arange(len(self.streets), dtype=np.int32)
        return found

    def zones(self) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
        """The zone each place lies in: zones have codes of their own and lie over divisions."""
        found = np.full(len(self.places), -1, dtype=np.int16)
        points = np.array([(p.easting_m, p.northing_m) for p in self.places]).reshape(-1, 2)
        for place in self.places:
            if place.key.startswith("z:") and place.shape is not None:
                shapely.prepare(place.shape)
                inside = shapely.contains_xy(place.shape, points[:, 0], points[:, 1])
                found[inside] = self.area_number(place.area_code)
        return found

    def generic_places(self) -> Rows:
        """The places of each category."""
        found: list[list[int]] = [[] for _ in self.categories]
        for number, place in enumerate(self.places):
            if place.category:
                found[self.category_number(place.category)].append(number)
        return Rows.of(found)

    def key_trie(self) -> tuple[marisa_trie.Trie, "np.ndarray[tuple[int], np.dtype[np.int32]]"]:
        """Keys of places, and the place of each id."""
        trie = marisa_trie.Trie([key for place in self.places for key in (place.key, *place.other_keys)])
        found = np.zeros(len(trie), dtype=np.int32)
        for number, place in enumerate(self.places):
            for key in (*place.other_keys, place.key):
                found[trie[key]] = number
        return trie, found

    def _further(self, place: GazetteerPlace) -> list[tuple[int, str]]:
        names = [(SORTS.index(name.sort), name.text) for name in place.names]
        return names + [(_FORM_SORTS[strength], form) for form, strength in derived_forms(place)]

    def _find_owners(self) -> list[int]:
        """The street or block of each plate: of those with its name the one that is nearest."""
        owned = [-1] * len(self.places)
        named: dict[str, list[int]] = defaultdict(list)
        for number, place in enumerate(self.places):
            if place.kind in (PlaceKind.STREET, PlaceKind.BLOCK, PlaceKind.AREA, PlaceKind.ZONE):
                named[place.name].append(number)
        waiting: dict[str, list[int]] = defaultdict(list)
        for number, place in enumerate(self.places):
            street = place.street if place.kind == PlaceKind.DOOR_PLATE else _road_of_post(place)
            if street in named:
                waiting[street].append(number)
        for name, plates in waiting.items():
            points = shapely.points([(self.places[n].easting_m, self.places[n].northing_m) for n in plates])
            shapes = np.array([_shape(self.places[owner]) for owner in named[name]], dtype=object)
            nearest = shapely.distance(points[:, None], shapes[None, :]).argmin(axis=1)
            for plate, which in zip(plates, nearest.tolist(), strict=True):
                owned[plate] = named[name][which]
        return owned

    def _number(self, place: GazetteerPlace) -> tuple[PlateNumber, int]:
        """The number of a plate and of which sort it is."""
        if place.category == POST:
            return read_post(
                key_of(place.name).removeprefix(key_of(_road_of_post(place)))
            ) or _NO_NUMBER, OF_ROAD
        if place.kind != PlaceKind.DOOR_PLATE:
            return _NO_NUMBER, OF_STREET
        key = key_of(place.number)
        if key.endswith(("号楼", "栋", "幢", "座", "#楼")):
            return read_building(key) or _NO_NUMBER, OF_BLOCK
        if post := read_post(key):
            return post, OF_ROAD
        return read_plate(key) or _NO_NUMBER, OF_STREET


def _without_doubles(places: list[GazetteerPlace]) -> list[GazetteerPlace]:
    """Places but for what the base map names and the gazetteer has, too: an estate, a park."""
    named: dict[str, list[GazetteerPlace]] = defaultdict(list)
    for place in places:
        if place.key.startswith("p:") and place.kind != PlaceKind.DOOR_PLATE:
            named[place.name].append(place)

    def is_double(place: GazetteerPlace) -> bool:
        reach_m = ONE_PLACE_M + _extent(place)
        return any(
            np.hypot(one.easting_m - place.easting_m, one.northing_m - place.northing_m) <= reach_m
            for one in named.get(place.name, ())
        )

    return [place for place in places if not (place.key.startswith("k:") and is_double(place))]


def _road_of_post(place: GazetteerPlace) -> str:
    """The road of a kilometre post: what stands before its K in 高新大道K5+300."""
    if place.category != POST:
        return ""
    return place.street or re.split(r"[Kk]\d", place.name, maxsplit=1)[0]


def _shape(place: GazetteerPlace) -> shapely.Geometry:
    return place.shape if place.shape is not None else shapely.Point(place.easting_m, place.northing_m)


def _extent(place: GazetteerPlace) -> float:
    if place.shape is None or place.shape.is_empty:
        return 0.0
    west, south, east, north = place.shape.bounds
    return float(np.hypot(east - west, north - south) / 2)


def _gaps(key: str) -> list[str]:
    """The key with each one of its characters left out."""
    if len(key) < LEAST_GAP_CHARACTERS or key.startswith(SHORTHAND):
        return []
    return list({key[:n] + key[n + 1 :] for n in range(len(key))})


def _gather(keys: Sequence[str], forms: Callable[[str], list[str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for number, key in enumerate(keys):
        for form in forms(key):
            found[form].append(number)
    return found


def _trie_of(lists: Mapping[str, list[int]]) -> tuple[marisa_trie.Trie, Rows]:
    trie = marisa_trie.Trie(lists)
    ordered: list[list[int]] = [[] for _ in lists]
    for key, numbers in lists.items():
        ordered[trie[key]] = numbers
    return trie, Rows.of(ordered)
