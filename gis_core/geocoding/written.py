"""Places written as coordinates or codes, anywhere in a short text: degrees, plane, links, grid codes.

An ordinary address must never be taken for one: 经二路155号, 12-3-1001, telephone numbers, codes of
components and grids, dates. What is read says in words what it was taken for.
"""

import re
from collections.abc import Callable, Iterator
from math import hypot

from openlocationcode import openlocationcode

from gis_core.crs import PlaneSystem
from gis_core.errors import CitygridError
from gis_core.geocoding.beidou import LENGTHS, decode
from gis_core.geocoding.map_links import LinkWithoutPlace, check_links, read_links
from gis_core.geocoding.written_degrees import read_degrees
from gis_core.geocoding.written_place import Form, Surroundings, WrittenPlace, flattened, reach_m
from gis_core.geocoding.written_plane import read_plane
from gis_core.places import LonLat

__all__ = ["Form", "LinkWithoutPlace", "WrittenPlace", "check_links", "read_written"]

MOST_CHARACTERS = 10_000
"""Of a text that are read."""

MOST_PLACES = 20
"""Of a text that are answered."""

# What every form has, on the text as it came; \d knows full-width digits too. Ordinary addresses end here.
_HINT = re.compile(
    r"\d[.．]\d{2}|^\W{0,3}\d{2,3}[.．]\d\W|[°º˚゜′″]|\d\s?度|[东東西][经經]|[+＋][0-9A-Za-z０-９]{2}|00[+＋]"
    r"|\d{2}[-:：－ 　]\d{1,2}(?:[-:：－ 　]\d{1,2}|[.．]\d)(?!\d)|\d{6}(?:[.．]\d{1,6})?\D{1,12}\d{6}"
    r"|://|[a-z]\.(?:com|cn|org|gl)[/?]|geo:|[NSnsＮＳｎｓ]\d{2}[A-Va-vＡ-Ｖａ-ｖ][0-9A-Fa-f０-９]"
)
_PLUS_CODE = re.compile(
    r"(?<![0-9a-z+])(?:[2-9cfghjmpqrvwx]{8}|[2-9cfghjmpqrvwx]{4,6}0{2,4}|[2-9cfghjmpqrvwx]{4,6})"
    r"\+[2-9cfghjmpqrvwx]{0,7}(?![0-9a-z+])"
)
_LEAST_BEIDOU_LEVEL = 4  # 1.8 km; shorter codes look like parts of other numbers
_BEIDOU = re.compile(r"(?<![0-9a-z])[ns]\d{2}[a-v][0-9a-f]{5,16}(?![0-9a-z])")
_FORM_ORDER: tuple[Form, ...] = ("link", "dms", "plus_code", "beidou", "plane", "decimal")


def read_written(
    text: str,
    *,
    plane: PlaneSystem,
    inside: Callable[[LonLat], bool],
    near: LonLat | None = None,
) -> tuple[WrittenPlace, ...]:
    """The places a text states by coordinates or codes, best first; none is the usual answer.

    Those in the city (`inside`) come first, then what leaves least to assumption, then the text's own
    order. `plane` is the system of 6-digit eastings, `near` what short Plus Codes are completed by;
    without it they are not read. Never raises; `check_links` says what to do about links without place.

    >>> read = read_written("井盖在107.2378,34.3633旁", plane=PlaneSystem(4545), inside=lambda place: True)
    >>> [(found.form, round(found.radius_m), found.start, found.end) for found in read]
    [('decimal', 7, 3, 19)]
    >>> read_written("经二路155号", plane=PlaneSystem(4545), inside=lambda place: True)
    ()
    """
    text = text[:MOST_CHARACTERS]
    if _HINT.search(text) is None:
        return ()
    around = Surroundings(plane, inside, near)
    places: list[WrittenPlace] = []
    for found in _readings(text, around):
        places.append(found)
        if len(places) == MOST_PLACES:
            break
    places.sort(key=lambda found: (not inside(found.place), _FORM_ORDER.index(found.form), found.start))
    return tuple(places)


def _readings(text: str, around: Surroundings) -> Iterator[WrittenPlace]:
    flat = flattened(text)
    for (start, end), places in read_links(text, around):
        yield from places
        # The numbers of a map's link are of the map's system, even where they were not understood.
        flat = flat[:start] + "|" * (end - start) + flat[end:]
    for reader in (_read_plus_codes, _read_beidou, read_degrees, read_plane):
        yield from reader(flat, around)


def _read_plus_codes(flat: str, around: Surroundings) -> Iterator[WrittenPlace]:
    """Plus Codes, full or short; at least one letter, because 2345+678 is a kilometre post."""
    for match in _PLUS_CODE.finditer(flat) if "+" in flat else ():
        code = match.group().upper()
        if code.replace("+", "").isdecimal() or not openlocationcode.isValid(code):
            continue
        full, completed = code, ""
        if not openlocationcode.isFull(code):
            if around.near is None:
                continue
            full = openlocationcode.recoverNearest(code, around.near.lat_deg, around.near.lon_deg)
            completed = f"，短码按本市位置补全为 {full}"
        area = openlocationcode.decode(full)
        place = LonLat(area.longitudeCenter, area.latitudeCenter)
        radius_m = reach_m(
            place.lat_deg, area.longitudeHi - area.longitudeLo, area.latitudeHi - area.latitudeLo
        )
        words = f"按 Plus Code 读作 {code}{completed}，取所在方格的中心{around.outside_words(place)}"
        yield WrittenPlace(place, "plus_code", "WGS84", radius_m, match.start(), match.end(), words)


def _read_beidou(flat: str, around: Surroundings) -> Iterator[WrittenPlace]:
    for match in _BEIDOU.finditer(flat):
        if len(match.group()) not in LENGTHS[_LEAST_BEIDOU_LEVEL - 1 :]:
            continue
        try:
            cell = decode(match.group())
        except CitygridError:
            continue  # a number of another kind
        radius_m = max(hypot(cell.width_m, cell.height_m) / 2, 0.01)
        words = (
            f"按北斗网格位置码（GB/T 39409-2020）第 {cell.level} 级读作 {cell.code}，"
            f"取网格的中心{around.outside_words(cell.centre)}"
        )
        yield WrittenPlace(cell.centre, "beidou", "EPSG:4490", radius_m, match.start(), match.end(), words)
