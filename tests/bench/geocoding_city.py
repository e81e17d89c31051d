"""A drawn gazetteer of 200,000 places for measuring: streets, plates, estates, landmarks, with namesakes.

Nothing in it is real: names are put together from common syllables by a seeded draw. Plane metres.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from shapely import LineString, box

from gis_core.geocoding.gazetteer import GazetteerArea, GazetteerPlace, NameSort, PlaceKind, PlaceName

SIDE_M = 20_000
CELL_M = 1_250
STREET_STEP_M, STREET_M, PLATE_M = 250, 3_000, 50
LANDMARKS, ESTATES = 60_000, 3_200
_FIRST = (
    "金银铜玉宝文武永长安康泰和顺兴隆富华春秋朝阳东南西北中大新红光明建设胜利"
    "解放青云龙凤麒山河江湖海林森柳桐梅兰竹菊"
)
_LAST = (
    "山川河水泉源阳光明星辰月风云雨霞庆祥瑞福寿禄喜乐平正义仁德信礼智勇诚敬"
    "源鼎盛昌荣茂景苑园林桥门台城坊营寨塬沟坡"
)
_STREETS = ("路", "街", "巷", "大道", "东路", "西路", "南路", "北路", "一路", "二路", "三路", "前街", "后街")
_ESTATES = ("小区", "花园", "家园", "苑", "公寓", "新村", "嘉园", "广场")
_LANDMARKS = {
    "小学": "school", "中学": "school", "幼儿园": "kindergarten", "医院": "hospital", "药店": "pharmacy",
    "超市": "supermarket", "便利店": "supermarket", "饭店": "restaurant", "宾馆": "hotel", "酒店": "hotel",
    "银行": "bank", "邮政所": "post_office", "派出所": "police", "加油站": "fuel", "农贸市场": "market",
    "公厕": "toilet", "公交站": "bus_stop", "写字楼": "office", "机械厂": "factory", "停车场": "parking",
}  # fmt: skip
WORDS = {"邮局": "post_office", "银行": "bank", "学校": "school", "超市": "supermarket", "加油站": "fuel"}


@dataclass(frozen=True)
class Town:
    """The places and areas of the drawn town."""

    places: list[GazetteerPlace]
    areas: list[GazetteerArea]


@cache
def draw_town(seed: int = 4) -> Town:
    """The same town for the same seed."""
    return _Drawer(np.random.default_rng(seed)).draw()


@dataclass
class _Drawer:
    draws: np.random.Generator
    used: set[str] = field(default_factory=set)

    def draw(self) -> Town:
        areas, area_places = self.areas()
        streets = list(self.streets())
        plates = [plate for street in streets for plate in self.plates(street)]
        estates = list(self.estates())
        buildings = [one for estate in estates for one in self.buildings(estate)]
        landmarks = list(self.landmarks(streets))
        places = [*area_places, *streets, *estates, *plates, *buildings, *landmarks]
        return Town(places, areas)

    def word(self) -> str:
        return self.of(_FIRST) + self.of(_LAST)

    def of(self, choices: str | tuple[str, ...]) -> str:
        return str(choices[int(self.draws.integers(len(choices)))])

    def unused(self, endings: tuple[str, ...]) -> str:
        while (name := self.word() + self.of(endings)) in self.used:
            pass
        self.used.add(name)
        return name

    def areas(self) -> tuple[list[GazetteerArea], list[GazetteerPlace]]:
        """Districts of columns of cells, subdistricts of rows, a community a cell."""
        areas = [GazetteerArea("999900", "测量市", "city")]
        places = [self.area(areas[0], box(0, 0, SIDE_M, SIDE_M))]
        count = SIDE_M // CELL_M
        for column in range(count):
            district = f"9999{column // 4 + 1:02d}"
            if column % 4 == 0:
                areas.append(GazetteerArea(district, self.unused(("区",)), "district", ("999900",)))
                places.append(self.area(areas[-1], box(column * CELL_M, 0, (column + 4) * CELL_M, SIDE_M)))
            for row in range(count):
                office = f"{district}{row // 4 + 1:03d}"
                if column % 4 == 0 and row % 4 == 0:
                    areas.append(
                        GazetteerArea(office, self.unused(("街道",)), "subdistrict", (district, "999900"))
                    )
                    places.append(
                        self.area(
                            areas[-1],
                            box(column * CELL_M, row * CELL_M, (column + 4) * CELL_M, (row + 4) * CELL_M),
                        )
                    )
                code = f"{office}{column % 4 * 4 + row % 4 + 1:03d}"
                areas.append(
                    GazetteerArea(code, self.unused(("社区",)), "community", (office, district, "999900"))
                )
                west, south = column * CELL_M, row * CELL_M
                places.append(self.area(areas[-1], box(west, south, west + CELL_M, south + CELL_M)))
        return areas, places

    def area(self, area: GazetteerArea, shape: object) -> GazetteerPlace:
        middle = shape.centroid  # type: ignore[attr-defined]
        return GazetteerPlace(
            f"d:{area.code}",
            PlaceKind.AREA,
            area.name,
            middle.x,
            middle.y,
            category=area.level,
            shape=shape,  # type: ignore[arg-type]
            area_code=area.code,
            is_synthetic=True,
        )

    def streets(self) -> Iterator[GazetteerPlace]:
        """Streets along and across, each some 3 km long; crossing streets meet every 250 m."""
        for across in (False, True):
            for offset in range(STREET_STEP_M, SIDE_M, STREET_STEP_M):
                for start in range(0, SIDE_M, STREET_M):
                    end = min(start + STREET_M + 20, SIDE_M)
                    ends = [(start, offset), (end, offset)]
                    line = LineString([(y, x) for x, y in ends] if across else ends)
                    name = self.unused(_STREETS)
                    middle = line.interpolate(0.5, normalized=True)
                    code = code_at(middle.x, middle.y)
                    yield GazetteerPlace(
                        f"s:{name}", PlaceKind.STREET, name, middle.x, middle.y, shape=line, area_code=code,
                        weight=0.5, is_synthetic=True,
                    )  # fmt: skip

    def plates(self, street: GazetteerPlace) -> Iterator[GazetteerPlace]:
        """Odd and even numbers on two sides, a few left out."""
        line = street.shape
        assert line is not None
        number = 1
        for along in np.arange(15.0, line.length, PLATE_M):
            here = line.interpolate(float(along))
            for side in (1, -1):
                if self.draws.random() < 0.9:
                    is_level = line.bounds[1] == line.bounds[3]
                    east, north = (
                        here.x + (0 if is_level else 12 * side),
                        here.y + (12 * side if is_level else 0),
                    )
                    yield _plate(
                        street.name, f"{number if side == 1 else number + 1}", float(east), float(north)
                    )
            number += 2

    def estates(self) -> Iterator[GazetteerPlace]:
        """One name in ten stands in another community, too."""
        names: list[str] = []
        for number in range(ESTATES):
            name = names[number // 2] if number % 10 == 9 else self.unused(_ESTATES)
            names.append(name)
            east, north = self.spot()
            shape = box(east - 60, north - 60, east + 60, north + 60)
            yield GazetteerPlace(
                f"k:{number}", PlaceKind.BLOCK, name, east, north, shape=shape,
                area_code=code_at(east, north), weight=0.5, is_synthetic=True,
            )  # fmt: skip

    def buildings(self, estate: GazetteerPlace) -> Iterator[GazetteerPlace]:
        for number in range(1, int(self.draws.integers(5, 16))):
            east = estate.easting_m - 50 + number % 4 * 30
            north = estate.northing_m - 50 + number // 4 * 30
            yield _plate(estate.name, f"{number}号楼", east, north)

    def landmarks(self, streets: list[GazetteerPlace]) -> Iterator[GazetteerPlace]:
        """Half of them named after a street (one of each sort a street), half with a word of their own."""
        endings = tuple(_LANDMARKS)
        for number in range(LANDMARKS):
            ending = self.of(endings)
            east, north = self.spot()
            if number % 2:
                street = streets[int(self.draws.integers(len(streets)))]
                name = street.name + ending
                east = street.easting_m + float(self.draws.uniform(-900, 900))
                north = street.northing_m + float(self.draws.uniform(-40, 40))
            else:
                name = self.word() + self.of(_LAST) + ending
            if name in self.used:
                continue
            self.used.add(name)
            alias = (PlaceName(name[:-2] + "菜市场"),) if ending == "农贸市场" else ()
            former = (PlaceName(self.word() + ending, NameSort.FORMER),) if number % 40 == 0 else ()
            yield GazetteerPlace(
                f"p:{number}", PlaceKind.POI, name, east, north, _LANDMARKS[ending], alias + former,
                area_code=code_at(east, north), weight=0.4, is_synthetic=True,
            )  # fmt: skip

    def spot(self) -> tuple[float, float]:
        east, north = self.draws.uniform(100, SIDE_M - 100, 2)
        return float(east), float(north)


def code_at(east: float, north: float) -> str:
    """The community of a point."""
    last = SIDE_M // CELL_M - 1
    column, row = (min(max(int(value // CELL_M), 0), last) for value in (east, north))
    return f"9999{column // 4 + 1:02d}{row // 4 + 1:03d}{column % 4 * 4 + row % 4 + 1:03d}"


def _plate(owner: str, number: str, east: float, north: float) -> GazetteerPlace:
    name = owner + number + ("" if number.endswith("楼") else "号")
    key = f"p:{owner}{number}@{east:.0f},{north:.0f}"
    return GazetteerPlace(
        key, PlaceKind.DOOR_PLATE, name, east, north, area_code=code_at(east, north), street=owner,
        number=number, weight=0.3, is_synthetic=True,
    )  # fmt: skip
