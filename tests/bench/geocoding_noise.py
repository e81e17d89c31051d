"""What happens to an address on its way to the desk: twenty-three kinds of noise over a gazetteer.

Every noised address keeps enough to be found: where a slip makes another name of the gazetteer out of one, or
leaves two names equally near, the address is drawn anew.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import opencc

from gis_core.geocoding.characters import key_of
from gis_core.geocoding.forgiving import one_off
from gis_core.geocoding.gazetteer import GazetteerArea, GazetteerPlace, NameSort, PlaceKind
from gis_core.geocoding.index import PlaceIndex
from gis_core.geocoding.sounds import sound, sound_of

_HAN_DIGITS = "零一二三四五六七八九"
_NUMERALS = frozenset("零一二三四五六七八九十百0123456789")
_SLIPS = frozenset({"同音字", "错字", "漏字", "多字", "颠倒", "别名", "空格"})
"""One of these at the most: a name with two slips is another name."""
_APART = frozenset({"缺号字", "井号", "单元房间", "汉字数字"})
_COMMON = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过"
    "子说产种面而方后多定行学法所民得经"
)
_STORIES = (
    "井盖没了",
    "路灯不亮",
    "垃圾没人清",
    "污水外溢",
    "占道经营",
    "有人乱贴小广告",
    "树倒了",
    "路面塌了个坑",
)
_FILLERS = ("你好，我在", "喂，", "麻烦来看下，", "地址是", "我们这边", "位于")


@dataclass(frozen=True, slots=True)
class Said:
    """An address as parts, and the place it means."""

    area: str
    name: str  # of the street, estate, landmark
    tail: str  # number, building, crossing
    easting_m: float
    northing_m: float
    sort: str  # plate building landmark crossing
    lead: str = ""
    story: str = ""
    kinds: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As it reaches the desk."""
        return f"{self.lead}{self.area}{self.name}{self.tail}{self.story}"


class Impossible(Exception):
    """This noise does not fit this address; another is drawn."""


@dataclass
class Noise:
    """Draws addresses of a gazetteer and noises them; the same seed draws the same ones."""

    places: Sequence[GazetteerPlace]
    areas: Sequence[GazetteerArea]
    index: PlaceIndex
    draws: np.random.Generator

    def __post_init__(self) -> None:
        self.by_code = {area.code: area for area in self.areas}
        self.plates = [p for p in self.places if p.kind is PlaceKind.DOOR_PLATE]
        self.landmarks = [
            p
            for p in self.places
            if p.kind is PlaceKind.POI and p.category != "component" and len(p.name) >= 3
        ]
        self.named = Counter(key_of(p.name) for p in self.places if p.kind is not PlaceKind.DOOR_PLATE)
        self.blocks = {p.name for p in self.places if p.kind is PlaceKind.BLOCK}
        self.others = {
            p.name: [one for one in p.names if one.sort is not NameSort.STANDARD]
            for p in self.places
            if p.names
        }
        self.homophones: dict[str, list[str]] = defaultdict(list)
        for sign in {sign for p in self.places for sign in p.name if "\u4e00" <= sign <= "\u9fff"}:
            self.homophones[sound_of(sign)].append(sign)
        self.to_traditional = opencc.OpenCC("s2t")
        self.kinds: dict[str, Callable[[Said], Said]] = {
            "全角数字": self.full_width,
            "繁体字": self.traditional,
            "汉字数字": self.han_numbers,
            "缺号字": self.without_sign,
            "井号": self.hash_sign,
            "省市重复": self.repeated,
            "缺区划": self.bare,
            "街道办": self.office,
            "社区居委会": self.community,
            "冗余词": self.redundant,
            "分隔符": self.separated,
            "括号": self.bracketed,
            "同音字": self.homophone,
            "错字": self.wrong,
            "漏字": self.missing,
            "多字": self.extra,
            "颠倒": self.swapped,
            "单元房间": self.room,
            "事由": self.story,
            "开场白": self.filler,
            "方位词": self.relation,
            "别名": self.alias,
            "空格": self.blanks,
        }

    def clean(self, count: int) -> list[Said]:
        """Addresses as the gazetteer writes them, with the area where a name stands for several places."""
        return [self._draw() for _ in range(count)]

    def noised(self, count: int, *, most: int = 3) -> list[Said]:
        """Addresses with one to `most` kinds of noise each."""
        found: list[Said] = []
        names = list(self.kinds)
        while len(found) < count:
            said = self._draw()
            chosen = self.draws.permutation(len(names))[: int(self.draws.integers(1, most + 1))]
            kinds = {names[int(number)] for number in chosen}
            if len(kinds & _SLIPS) > 1 or len(kinds & _APART) > 1:
                continue
            try:
                for name in kinds:
                    said = replace(self.kinds[name](said), kinds=(*said.kinds, name))
            except Impossible:
                continue
            found.append(said)
        return found

    # what is said

    def _draw(self) -> Said:
        lot = self.draws.random()
        if lot < 0.5:
            place = self.plates[int(self.draws.integers(len(self.plates)))]
            sort = "building" if place.street in self.blocks else "plate"
            tail = place.number + ("" if place.number[-1] in "楼栋幢座" else "号")
            said = Said("", place.street, tail, place.easting_m, place.northing_m, sort)
            return self._with_area(said, place, must=self.named[key_of(place.street)] > 1)
        if lot < 0.85:
            place = self.landmarks[int(self.draws.integers(len(self.landmarks)))]
            said = Said("", place.name, "", place.easting_m, place.northing_m, "landmark")
            return self._with_area(said, place, must=self.named[key_of(place.name)] > 1)
        return self._crossing()

    def _crossing(self) -> Said:
        columns = self.index.columns
        number = int(self.draws.integers(len(columns.crossing_a)))
        one, other = (
            columns.names[int(columns.street_place[int(ends[number])])]
            for ends in (columns.crossing_a, columns.crossing_b)
        )
        pair = (int(columns.crossing_a[number]), int(columns.crossing_b[number]))
        if (
            len(self.index.crossing_pairs[pair]) > 1
            or self.named[key_of(one)] > 1
            or self.named[key_of(other)] > 1
        ):
            return self._draw()
        joint = ("与", "和", "", "、")[int(self.draws.integers(4))]
        mouth = ("路口", "十字", "交叉口", "交汇处")[int(self.draws.integers(4))]
        east, north = float(columns.crossing_east[number]), float(columns.crossing_north[number])
        return Said("", one, f"{joint}{other}{mouth}", east, north, "crossing")

    def _with_area(self, said: Said, place: GazetteerPlace, *, must: bool) -> Said:
        area = self.by_code.get(place.area_code)
        chain = (
            [self.by_code[code].name for code in reversed(area.above) if code in self.by_code] if area else []
        )
        finest = area.name if area else ""
        if must:
            doubles = [
                one
                for one in self.places
                if one.name == said.name
                and one.area_code == place.area_code
                and one.kind is not PlaceKind.DOOR_PLATE
            ]
            if len(doubles) > 1 or not finest:
                return self._draw()
            return replace(said, area="".join([*chain[1:], finest]))
        if self.draws.random() < 0.4:
            return said
        return replace(said, area="".join(chain[1 : 2 + int(self.draws.integers(2))]))

    # kinds of noise

    def full_width(self, said: Said) -> Said:
        return self._numbers(
            said, lambda text: text.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
        )

    def han_numbers(self, said: Said) -> Said:
        return self._numbers(
            said, lambda text: "".join(_HAN_DIGITS[int(s)] if s.isdigit() else s for s in text)
        )

    def _numbers(self, said: Said, change: Callable[[str], str]) -> Said:
        if not any(sign.isdigit() for sign in said.tail):
            raise Impossible
        return replace(said, tail=change(said.tail))

    def traditional(self, said: Said) -> Said:
        turned = self.to_traditional.convert(said.name)
        if turned == said.name:
            raise Impossible
        return replace(said, name=turned)

    def without_sign(self, said: Said) -> Said:
        if said.sort != "plate" or not said.tail.endswith("号"):
            raise Impossible
        return replace(said, tail=said.tail[:-1])

    def hash_sign(self, said: Said) -> Said:
        return replace(self.without_sign(said), tail=said.tail[:-1] + "#")

    def repeated(self, said: Said) -> Said:
        city = next(area.name for area in self.areas if area.level == "city")
        return replace(said, area=f"{city}{said.area}" if said.area else city, lead=said.lead or f"{city}")

    def bare(self, said: Said) -> Said:
        if not said.area or self.named[key_of(said.name)] > 1:
            raise Impossible
        return replace(said, area="")

    def office(self, said: Said) -> Said:
        if "街道" not in said.area:
            raise Impossible
        return replace(said, area=said.area.replace("街道", "街道办事处", 1))

    def community(self, said: Said) -> Said:
        if not said.area.endswith("社区"):
            raise Impossible
        endings = ("社区居委会", "居委会", "社区居民委员会")
        return replace(said, area=said.area[:-2] + endings[int(self.draws.integers(3))])

    def redundant(self, said: Said) -> Said:
        return replace(
            said, story=said.story + ("电联", "null", "(电联)", "附近")[int(self.draws.integers(4))]
        )

    def separated(self, said: Said) -> Said:
        sign = ("，", " ", "_", "-", "/")[int(self.draws.integers(5))]
        return replace(said, area=f"{said.area}{sign}") if said.area else replace(said, lead=said.lead + sign)

    def bracketed(self, said: Said) -> Said:
        return replace(said, story=said.story + "（东门进）")

    def blanks(self, said: Said) -> Said:
        return replace(said, name=" ".join(said.name), tail=f" {said.tail}")

    def homophone(self, said: Said) -> Said:
        return self._slip(said, self._other_of_sound)

    def wrong(self, said: Said) -> Said:
        return self._slip(said, lambda _sign: self._any_sign(), least=4)

    def missing(self, said: Said) -> Said:
        return self._slip(said, lambda _sign: "", least=5)

    def extra(self, said: Said) -> Said:
        return self._slip(said, lambda sign: sign + self._any_sign(), least=4)

    def swapped(self, said: Said) -> Said:
        name = said.name
        at = int(self.draws.integers(len(name) - 2)) if len(name) >= 4 else -1
        if at < 0 or set(name[at : at + 2]) & _NUMERALS:
            raise Impossible
        turned = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
        return self._checked(said, turned)

    def room(self, said: Said) -> Said:
        if said.sort not in ("plate", "building"):
            raise Impossible
        unit, floor = (int(self.draws.integers(1, most)) for most in (5, 7))
        return replace(said, tail=f"{said.tail}{unit}单元{floor}0{unit}室")

    def story(self, said: Said) -> Said:
        return replace(said, story=f"{said.story}，{_STORIES[int(self.draws.integers(len(_STORIES)))]}")

    def filler(self, said: Said) -> Said:
        return replace(said, lead=_FILLERS[int(self.draws.integers(len(_FILLERS)))] + said.lead)

    def relation(self, said: Said) -> Said:
        words = ("门口", "旁边", "对面", "附近", "斜对面")
        return replace(said, tail=said.tail + words[int(self.draws.integers(len(words)))])

    def alias(self, said: Said) -> Said:
        others = [one.text for one in self.others.get(said.name, ()) if self.named[key_of(one.text)] == 0]
        if not others or said.sort != "landmark":
            raise Impossible
        holders = sum(1 for name, ones in self.others.items() if any(one.text == others[0] for one in ones))
        if holders > 1:
            raise Impossible
        return replace(said, name=others[0])

    def _slip(self, said: Said, change: Callable[[str], str], *, least: int = 3) -> Said:
        """One character of the name goes wrong, the last one never: people know a road from a lane."""
        if len(said.name) < least or said.sort == "crossing":
            raise Impossible
        at = int(self.draws.integers(len(said.name) - 1))
        if said.name[at] in _NUMERALS:
            raise Impossible
        turned = said.name[:at] + change(said.name[at]) + said.name[at + 1 :]
        return self._checked(said, turned)

    def _checked(self, said: Said, turned: str) -> Said:
        """Refuses slips after which nobody could tell which name was meant."""
        key = key_of(turned)
        if turned == said.name or key in self.index.tries["name"]:
            raise Impossible
        near = {key_of(said.name)} | {
            self.index.tries["name"].restore_key(n) for n in one_off(self.index, key)
        }
        sounds = self.index.tries["sound"]
        spoken = sound(key)
        if spoken in sounds:
            alike = self.index.columns.by_sound[sounds[spoken]]
            if {self.index.tries["name"].restore_key(n) for n in alike} - {key_of(said.name)}:
                raise Impossible
        elif len(near) > 1:
            raise Impossible
        if any(
            key[n:m] in self.index.tries["name"] for n in range(len(key)) for m in range(n + 3, len(key) + 1)
        ):
            raise Impossible  # it holds another name whole
        return replace(said, name=turned)

    def _other_of_sound(self, sign: str) -> str:
        others = [one for one in self.homophones[sound_of(sign)] if one != sign]
        if not others:
            raise Impossible
        return others[int(self.draws.integers(len(others)))]

    def _any_sign(self) -> str:
        return _COMMON[int(self.draws.integers(len(_COMMON)))]


def off_m(said: Said, easting_m: float, northing_m: float) -> float:
    """How far an answer lies from what was meant, metres."""
    return math.dist((said.easting_m, said.northing_m), (easting_m, northing_m))
