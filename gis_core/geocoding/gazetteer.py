"""What the engine is told of a city: places with their names, as values.

The six place types are those of GB/T 30428.3-2016 (地理编码), clauses 3.7 to 3.9:
区域 地片 区片 街巷 门(楼)牌 兴趣点.
"""

from dataclasses import dataclass
from enum import StrEnum

from shapely.geometry.base import BaseGeometry


class PlaceKind(StrEnum):
    """The six place types of GB/T 30428.3."""

    AREA = "area"  # 区域: division, community, functional zone
    ZONE = "zone"  # 地片: an area that carries a place-name meaning
    BLOCK = "block"  # 区片: estate, campus, market, village group within a settlement
    STREET = "street"  # 街巷: named road centre line
    DOOR_PLATE = "door_plate"  # 门(楼)牌: number plate bound to a street or block
    POI = "poi"  # 兴趣点: building, unit, public facility or shop that serves as a landmark


KIND_NAMES = {
    PlaceKind.AREA: "区域",
    PlaceKind.ZONE: "地片",
    PlaceKind.BLOCK: "区片",
    PlaceKind.STREET: "街巷",
    PlaceKind.DOOR_PLATE: "门（楼）牌",
    PlaceKind.POI: "兴趣点",
}


class NameSort(StrEnum):
    """What a name is to its place."""

    STANDARD = "standard"  # 标准名称
    ALIAS = "alias"  # 别名, 俗称
    SHORT = "short"  # 简称
    FORMER = "former"  # 曾用名


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A name of a place besides its standard one; `until` (ISO day) only for former names that say it."""

    text: str
    sort: NameSort = NameSort.ALIAS
    until: str | None = None


@dataclass(frozen=True, slots=True)
class GazetteerPlace:
    """A place as the index is built from it.

    `key` names the row it comes from and stays the same from build to build: `p:12` a place of the gazetteer,
    `d:610303` a division, `z:…` a zone, `s:经二路` a street of the ground, `g:…` a unit grid, `r:…` a
    responsibility grid, `c:…` a component. `other_keys` lead to the same row.
    `easting_m` and `northing_m` are where a pin goes. `shape` (plane) is there for streets (lines) and areas.
    `area_code` is the finest division it lies in (community where known), `street` the standard name of the
    owning street or block of a door plate and `number` its number as written (`155`, `155-1`, `甲155`).
    """

    key: str
    kind: PlaceKind
    name: str
    easting_m: float
    northing_m: float
    category: str = (
        ""  # of areas their level: city district subdistrict community zone unit_grid responsibility_grid
    )
    names: tuple[PlaceName, ...] = ()
    shape: BaseGeometry | None = None
    area_code: str = ""
    street: str = ""
    number: str = ""
    weight: float = 0.0  # how likely people mean it, 0 to 1, beside others of its name
    is_synthetic: bool = False
    other_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GazetteerArea:
    """A division or zone the places lie in: its code, names and the codes above it, finest first."""

    code: str
    name: str
    level: str  # community subdistrict district city zone
    above: tuple[str, ...] = ()
