"""The names people give a division or a zone, besides the one it stands under.

The register publishes communities with uneven endings (社区居委会, 社区居民委员会, 村委会, 村民委员会);
people say any of them, or leave them out. Which endings there are was counted in the register of 2023.
"""

from collections.abc import Iterable, Iterator

from gis_core.geocoding.gazetteer import NameSort, PlaceName

STREET_ENDINGS = ("路", "街", "巷", "道", "段", "大道", "胡同", "里", "弄")
"""What is left of such a division's name is the name of a street, which it must not be taken for."""
LEAST_LEFT = 2
ENDINGS: dict[str, tuple[str, ...]] = {
    "residents_committee": ("社区", "居委会", "居民委员会", "社区居委会", "社区居民委员会"),
    "villagers_committee": ("村", "村委会", "村民委员会", "村村委会", "村村民委员会"),
    "street_office": ("街道", "街道办事处", "街道办", "街办"),
    "town": ("镇",),
    "township": ("乡",),
    "county": ("县",),
    "district": ("区",),
    "prefecture_city": ("市",),
}
"""By kind of division: the ending its short name has, then the others it may be said with."""
ZONE_WORDS = (
    ("高新技术产业", "高新区"),
    ("经济技术开发", "经开区"),
    ("经济开发", "经开区"),
    ("保税", "保税区"),
    ("工业园", "工业园区"),
)
"""What a zone's long name holds, and what people then call it."""


def names_of_division(name: str, kind: str, published: str = "") -> tuple[PlaceName, ...]:
    """Further names of a division: its published one, every ending of its kind, and what is left without one.

    What is left is no name of it when it is too short or reads as a street.

    >>> [one.text for one in names_of_division("新华村", "villagers_committee", "新华村民委员会")]
    ['新华村民委员会', '新华村委会', '新华村村委会', '新华村村民委员会', '新华']
    >>> [one.text for one in names_of_division("经二路街道", "street_office")]
    ['经二路街道办事处', '经二路街道办', '经二路街办']
    """
    endings = ENDINGS.get(kind, ())
    ending = next((one for one in endings if name.endswith(one)), "")
    left = name.removesuffix(ending)
    said = [PlaceName(text) for text in (published, *(left + other for other in endings if ending))]
    if ending and len(left) >= LEAST_LEFT and not left.endswith(STREET_ENDINGS):
        said.append(PlaceName(left, NameSort.SHORT))
    return tuple(_once(said, name))


def names_of_zone(name: str, short_name: str = "") -> tuple[PlaceName, ...]:
    """Short names of a zone: the one the city gives it, and what people call its sort.

    >>> [one.text for one in names_of_zone("宝鸡高新技术产业开发区")]
    ['高新区']
    """
    called = [short_name, *(short for word, short in ZONE_WORDS if word in name)]
    return tuple(_once([PlaceName(text, NameSort.SHORT) for text in called], name))


def _once(names: Iterable[PlaceName], standard: str) -> Iterator[PlaceName]:
    """Each text once, the first of them; neither nothing nor the standard name."""
    seen = {"", standard}
    for one in names:
        if one.text not in seen:
            seen.add(one.text)
            yield one
