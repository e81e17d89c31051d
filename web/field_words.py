"""What notices of the field name: who, where in words, since when, in both languages."""

from datetime import datetime

from cases.notices.wording import Language
from cases.rules.worktime import day_text
from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from gis_core.places import PlanePoint


def said_of(
    name: str, place: tuple[str, str], *, since: datetime, by: str = "", note: str = ""
) -> dict[Language, dict[str, str]]:
    """What the templates of the field may name, by language."""
    said = {"name": name, "by": by, "note": note}
    return {
        "zh": said | {"place": place[0], "since": day_text(since)},
        "en": said | {"place": place[1], "since": f"{city_time(since):%d %b %H:%M}"},
    }


def place_words(
    plane: PlaneSystem, point: PlanePoint | None, grid_code: str | None, *, is_last_known: bool = False
) -> tuple[str, str]:
    """Where, for people: the unit grid and the degrees; in Chinese and in English."""
    if point is None:
        return "位置不明", "place unknown"
    place = plane.to_lonlat(point)
    where = f"{place.lon_deg:.5f}, {place.lat_deg:.5f}"
    zh, en = where, where
    if grid_code:
        zh, en = f"单元网格 {grid_code}（{where}）", f"unit grid {grid_code} ({where})"
    return (f"最后已知位置：{zh}", f"last known place: {en}") if is_last_known else (zh, en)
