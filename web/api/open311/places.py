"""Where a request lies: by coordinates, by the id of a place, or by an address that is sure."""

from dataclasses import dataclass
from math import isfinite

from cases.rules.evidence import MOST_PLACE_TEXT, TextTooLong
from gis_core.errors import BadInput
from gis_core.geocoding.answers import Answer, Candidate, Level
from gis_core.places import LonLat
from grid.geocoding import CityGeocoder
from web.api.open311.asking import BadParameter, Fields

SURE = 0.8
"""The confidence from which desks, too, write a place down unasked (`web/static/js/places/wording.js`)."""
FINE_LEVELS = frozenset(
    {
        Level.POINT, Level.ROOM, Level.BUILDING, Level.DOOR_PLATE, Level.INTERPOLATED, Level.POI,
        Level.CROSSING, Level.STREET_SECTION, Level.ESTATE, Level.UNIT_GRID,
    }
)  # fmt: skip
"""A street or a district is no place that a crew finds."""
MOST_NAMED = 5


class AddressUnsure(BadInput):
    """The address means several places, none, or one that is too large."""

    code = "address_unsure"


class UnknownAddress(BadInput):
    """No place of the city has this id."""

    code = "unknown_address_id"


@dataclass(frozen=True, slots=True)
class RequestPlace:
    """Where a request lies (EPSG:4490 or, as sent, WGS84, which is the same here) and how it was told."""

    place: LonLat
    words: str = ""


def find_place(fields: Fields, geocoder: CityGeocoder) -> RequestPlace:
    """The place of a request; coordinates count before the id of a place, and that before an address.

    :raises BadParameter: when nothing says where, or coordinates cannot be read.
    :raises AddressUnsure: naming the places that may be meant.
    :raises UnknownAddress: for an id that no place has.
    :raises NotOnEarth: for degrees that no place has.
    """
    lat, lon = fields.one("lat"), fields.one("long")
    address, key = fields.one("address_string"), fields.one("address_id")
    if len(address) > MOST_PLACE_TEXT:
        raise TextTooLong(
            f"地址共 {len(address)} 字，最多 {MOST_PLACE_TEXT} 字，请缩短。", most=MOST_PLACE_TEXT
        )
    if lat or lon:
        return RequestPlace(LonLat(_degrees(lon, "long"), _degrees(lat, "lat")), address)
    if key:
        found = _by_key(geocoder, key)
        return RequestPlace(geocoder.place_of(found.point), address or found.address)
    if address:
        return RequestPlace(geocoder.place_of(_sure(geocoder.geocode(address)).point), address)
    raise BadParameter(
        "缺少位置。请给出 lat 和 long，或 address_string，或 address_id。", fields=["lat", "long"]
    )


def _degrees(words: str, name: str) -> float:
    if not words:
        raise BadParameter("lat 和 long 要一起给出。请补充。", fields=[name])
    try:
        number = float(words) if len(words) <= 40 and "_" not in words else float("nan")
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise BadParameter(f"{name} 应为度数，如 107.145；现为“{words[:40]}”。请更正。", fields=[name])
    return number


def _by_key(geocoder: CityGeocoder, key: str) -> Candidate:
    found = geocoder.find_place(key) or _coded(geocoder, key)
    if found is None or found.level not in FINE_LEVELS:
        raise UnknownAddress(
            f"没有编号为“{key[:40]}”的地点，或它不够具体。请核对 address_id，或改用 lat 和 long。"
        )
    return found


def _coded(geocoder: CityGeocoder, code: str) -> Candidate | None:
    """The unit grid or the component of a code, as answers have it in `address_id`."""
    return geocoder.geocode(code).best if code.isascii() and code.isalnum() else None


def _sure(answer: Answer) -> Candidate:
    best = answer.best
    if answer.outcome != "found" or best is None:
        raise AddressUnsure(f"地址“{answer.text[:60]}”不能确定位置：{_told(answer)}")
    if best.level not in FINE_LEVELS or best.confidence < SURE:
        raise AddressUnsure(
            f"地址“{answer.text[:60]}”不够具体，只能定到{best.address or best.name}。"
            "请补充门牌、路口或单位，或改用 lat 和 long。"
        )
    return best


def _told(answer: Answer) -> str:
    names = "、".join(one.address or one.name for one in answer.candidates[:MOST_NAMED])
    if not names:
        return answer.message or "没有找到。请改用 lat 和 long。"
    return f"可能是{names}。请写明是哪一处，或改用 lat 和 long。"
