"""Places from words and words for places, with what the city knows: coordinates, codes, posts, grids.

Coordinates and codes in a text are read first, for nothing is finer; then words. Places are answered as
EPSG:4490 degrees by `place_of`, and with the grid they lie in by `locate`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gis_core.crs import PlaneSystem
from gis_core.errors import CitygridError
from gis_core.geocoding.answers import Answer, Candidate, Level, Reading, Span, Suggestion
from gis_core.geocoding.codes import KilometrePost, WrittenCode, read_codes, read_kilometre_post
from gis_core.geocoding.divisions import NationalDivisions
from gis_core.geocoding.elsewhere import find_elsewhere
from gis_core.geocoding.finds import find_of
from gis_core.geocoding.kilometres import find_post
from gis_core.geocoding.reversing import Described
from gis_core.geocoding.written import LinkWithoutPlace, WrittenPlace, check_links, read_written
from gis_core.places import LonLat, PlanePoint
from grid.city import City
from grid.frame import LiveFrame
from grid.gazetteer.live import Engine, LiveGazetteer
from grid.rules.locating import Located

MOST_CANDIDATES = 8
_CODE_KINDS = {
    17: "component", 16: "component", 15: "unit_grid", 13: "responsibility_grid", 12: "community",
    9: "subdistrict", 6: "district",
}  # fmt: skip
_CODE_NAMES = {
    "component": "部件编码", "unit_grid": "单元网格编码", "responsibility_grid": "责任网格编码",
    "community": "社区代码", "subdistrict": "街道代码", "district": "区县代码",
}  # fmt: skip
_CODE_KEYS = {"component": "c", "unit_grid": "g", "responsibility_grid": "r"}
_AREA_KINDS = frozenset({"community", "subdistrict", "district"})
_AREA_LEVELS = frozenset({Level.COMMUNITY, Level.SUBDISTRICT, Level.DISTRICT, Level.CITY})
LEAST_BESIDE_CODE, COARSE_BESIDE_WORDS = 0.25, 0.45
"""Words beside a division's code that are no surer than the first leave the answer to the code, which is then
only as sure as the second: something finer was meant."""
CONTRADICTED = 0.5
"""What is left of the confidence of words and a code that exclude each other."""
SURE_OF_COORDINATES = 0.99
ROUGH_M, UNSURE_OF_ROUGH = 400.0, 0.4
"""Coordinates with so few digits that they tell a place no better than this send nobody there."""
_NOTHING = Reading(())


@dataclass(frozen=True, slots=True)
class CityGeocoder:
    """Answers for one city from its live gazetteer and frame."""

    live: LiveGazetteer
    frame: LiveFrame
    plane: PlaneSystem
    city: City
    nation: Callable[[], NationalDivisions]  # read when it is first needed

    def geocode(self, text: str, *, near: LonLat | None = None, most: int = MOST_CANDIDATES) -> Answer:
        """Where a text means; `near` decides between namesakes and completes short Plus Codes.

        Never raises for a text: what cannot be understood is an answer, too.
        """
        engine = self.live.engine
        if not text.strip():
            return Answer(text, "not_found", (), (), "", "请输入地点，如：经二路155号、红旗路与经二路口。")
        stated = self._stated(engine, text, near)
        if stated is not None:
            return stated
        answer = engine.geocoder.geocode(text, near=self._near(near), most=most)
        other = self._elsewhere(engine, text, answer)
        return other or self._with_addresses(engine, answer)

    def suggest(
        self, text: str, *, near: LonLat | None = None, most: int = MOST_CANDIDATES
    ) -> list[Suggestion]:
        """Completions of a text that is still being typed."""
        engine = self.live.engine
        stated = self._stated(engine, text, near) if text.strip() else None
        if stated is not None:
            return [
                Suggestion(one.key, one.name, one.address, one.level, one.point)
                for one in stated.candidates[:most]
            ]
        return engine.suggester.suggest(text, near=self._near(near), most=most)

    def find_place(self, key: str) -> Candidate | None:
        """The place with a key of the gazetteer, as candidates carry it; None when there is none."""
        engine = self.live.engine
        keys = engine.index.tries["key"]
        if key not in keys:
            return None
        find = find_of(engine.index, int(engine.index.columns.key_place[keys[key]]))
        return engine.geocoder.candidate(find, reading=_NOTHING, why=())

    def describe(self, place: LonLat, *, accuracy_m: float = 0.0) -> tuple[Described, Located | None]:
        """A place in words, no finer than it is exact, and the grid it lies in (None outside the frame)."""
        point = self.plane.to_plane(place)
        located = self._locate(point)
        codes = [located.community_code] if located else None
        points = np.array([[point.easting_m, point.northing_m]])
        described = self.live.engine.describer.describe_many(points, accuracy_m=accuracy_m, area_codes=codes)
        return described[0], located

    def place_of(self, point: PlanePoint) -> LonLat:
        """A point as people and machines say it."""
        return self.plane.to_lonlat(point)

    def locate(self, point: PlanePoint) -> Located | None:
        """The grid a point lies in; None outside the frame."""
        return self._locate(point)

    def _locate(self, point: PlanePoint) -> Located | None:
        try:
            return self.frame.locator.locate(point)
        except CitygridError:
            return None

    def _near(self, near: LonLat | None) -> PlanePoint | None:
        return None if near is None else self.plane.to_plane(near)

    def _stated(self, engine: Engine, text: str, near: LonLat | None) -> Answer | None:
        """What a text states by coordinates, codes or kilometre posts; None when it only has words."""
        centre = LonLat(self.city.centre.lon_deg, self.city.centre.lat_deg)
        written = read_written(text, plane=self.plane, inside=self.city.bounds.contains, near=near or centre)
        if written:
            return self._of_coordinates(engine, text, written)
        codes = read_codes(text, kinds=_CODE_KINDS, prefixes=(self.city.code[:4],))
        if codes and (answer := self._of_code(engine, text, codes[0])):
            return self._beside_code(engine, text, codes[0], answer)
        post = read_kilometre_post(text)
        if post is not None:
            return self._of_post(engine, text, post)
        return _of_link(text)

    def _elsewhere(self, engine: Engine, text: str, answer: Answer) -> Answer | None:
        """The answer to an address in another city, or in a county of this one that the city does not serve.

        It is named. None when the text may be of this city.
        """
        keys = engine.index.tries["key"]
        names = find_elsewhere(
            text,
            answer,
            self.nation(),
            mine=int(self.city.code[:4]),
            is_served=lambda code: f"d:{str(code)[:6]}" in keys,
        )
        if not names:
            return None
        finest = max(names, key=lambda one: len(str(one.codes[0])))
        name = self._named(finest.codes[0])
        if finest.text[:2] not in name:  # 杨凌 is called so whatever the list calls it
            name += f"（{finest.text}）"
        message = f"这是{name}的地址，不在{self.city.name}。请转当地受理，或核对地址。"
        if str(finest.codes[0]).startswith(self.city.code[:4]):
            message = f"这是{name}的地址，不在本系统的服务范围。请转当地受理，或核对地址。"
        return Answer(text, "elsewhere", (), answer.readings, answer.understood or name, message)

    def _named(self, code: int) -> str:
        """A division with those above it: 陕西省西安市雁塔区."""
        digits = str(code)
        lengths = [length for length in (2, 4, 6, 9) if length <= len(digits)]
        chain = [self.nation().name_of(int(digits[:length])) for length in lengths]
        return "".join(dict.fromkeys(filter(None, chain)))

    def _of_coordinates(self, engine: Engine, text: str, written: Sequence[WrittenPlace]) -> Answer:
        inside = [one for one in written if self.city.bounds.contains(one.place)]
        first = written[0]
        reading = Reading((Span(first.start, first.end, text[first.start : first.end], "coordinates"),))
        if not inside:
            read = first.words.removesuffix("；不在本市范围内")
            message = f"坐标不在{self.city.name}范围内：{read}。请检查坐标系和经纬度次序。"
            return Answer(text, "elsewhere", (), (reading,), first.words, message)
        candidates = tuple(
            self._point(engine, one.place, one.words, one.radius_m, share=1.0 / len(inside)) for one in inside
        )
        message = ""
        if inside[0].radius_m >= ROUGH_M:
            message = f"坐标只准到约{inside[0].radius_m / 1000:.1f}公里，请补充小数位。"
        return Answer(text, "found", candidates, (reading,), first.words, message)

    def _point(
        self, engine: Engine, place: LonLat, words: str, radius_m: float, *, share: float
    ) -> Candidate:
        point = self.plane.to_plane(place)
        described, located = self.describe(place, accuracy_m=radius_m)
        return Candidate(
            key="",
            name=f"{place.lon_deg:.6f}, {place.lat_deg:.6f}",
            address=described.address,
            level=Level.POINT,
            point=point,
            radius_m=round(radius_m, 1),
            confidence=round((SURE_OF_COORDINATES if radius_m < ROUGH_M else UNSURE_OF_ROUGH) * share, 4),
            area_code=located.community_code if located else "",
            why=(words,),
        )

    def _of_code(self, engine: Engine, text: str, written: WrittenCode) -> Answer | None:
        key = f"{_CODE_KEYS.get(written.kind, 'd')}:{written.code}"
        reading = Reading((Span(written.start, written.end, text[written.start : written.end], "code"),))
        name = _CODE_NAMES[written.kind]
        keys = engine.index.tries["key"]
        if key not in keys:
            message = f"没有{name}为 {written.code} 的登记。请核对编码。"
            return Answer(text, "not_found", (), (reading,), f"{name} {written.code}", message)
        find = find_of(engine.index, int(engine.index.columns.key_place[keys[key]]))
        is_point = written.kind == "component"
        found = engine.geocoder.candidate(find, reading=reading, why=(f"按{name} {written.code} 查得",))
        level = Level.POINT if is_point else found.level
        return Answer(text, "found", (replace(found, level=level),), (reading,), f"{name} {written.code}")

    def _beside_code(self, engine: Engine, text: str, written: WrittenCode, coded: Answer) -> Answer:
        """Finer words beside a division's code, which only narrows (610303|群众路街道|宝平路社区三组26号).

        Where they are not sure enough the division is answered, with little confidence.
        """
        if written.kind not in _AREA_KINDS or coded.best is None:
            return coded
        blank = " " * (written.end - written.start)
        words = engine.geocoder.geocode(text[: written.start] + blank + text[written.end :])
        inside = [one for one in words.candidates if one.area_code.startswith(written.code)]
        if not inside and words.best and words.best.level not in _AREA_LEVELS:
            # Words and code contradict each other: both are shown, neither is trusted.
            told = [replace(one, confidence=one.confidence * CONTRADICTED) for one in words.candidates]
            both = (*told, replace(coded.best, confidence=coded.best.confidence * CONTRADICTED))
            return replace(words, text=text, candidates=tuple(sorted(both, key=_by_confidence)))
        if not inside or inside[0].level in _AREA_LEVELS:
            return coded
        if inside[0].confidence < LEAST_BESIDE_CODE:
            doubtful = replace(coded.best, confidence=COARSE_BESIDE_WORDS)
            return replace(coded, candidates=(doubtful, *inside))
        others = tuple(one for one in words.candidates if one not in inside)
        return replace(words, text=text, outcome="found", candidates=(*inside, *others))

    def _of_post(self, engine: Engine, text: str, post: KilometrePost) -> Answer | None:
        """A kilometre post of a road whose posts are in the gazetteer; None lets the words speak."""
        find = find_post(engine.index, text, post)
        if find is None:
            return None
        reading = Reading((Span(post.start, post.end, text[post.start : post.end], "kilometre_post"),))
        found = engine.geocoder.candidate(find, reading=reading, why=find.why)
        return Answer(text, "found", (found,), (reading,), f"{post.road} 里程桩")

    def _with_addresses(self, engine: Engine, answer: Answer) -> Answer:
        """Crossings, sections and ends of walks lie in no division by themselves: the frame says which."""
        return replace(
            answer,
            candidates=tuple(
                one if one.area_code else self._placed(engine, one) for one in answer.candidates
            ),
        )

    def _placed(self, engine: Engine, one: Candidate) -> Candidate:
        located = self._locate(one.point)
        number = engine.index.area_numbers.get(located.community_code, -1) if located else -1
        if located is None or number < 0:
            return one
        above = engine.index.area_addresses[number]
        return replace(one, area_code=located.community_code, address=above + one.name)


def _by_confidence(one: Candidate) -> float:
    return -one.confidence


def _of_link(text: str) -> Answer | None:
    try:
        check_links(text)
    except LinkWithoutPlace as problem:
        return Answer(text, "not_found", (), (_NOTHING,), "", problem.message)
    return None
