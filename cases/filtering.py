"""Which cases somebody wants to see, where a page of them begins, and what light a case shows in SQL."""

import base64
import binascii
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cases.rules.deadlines import LIGHTS
from cases.rules.stages import STAGES
from gis_core.errors import BadInput
from gis_core.journal import moment_text
from gis_core.places import LonLat

LONGEST_TEXT = 100


class BadFilter(BadInput):
    """A filter that names a stage, light or area that does not exist."""

    code = "bad_filter"


class BadCursor(BadInput):
    """A cursor that no page handed out."""

    code = "bad_cursor"


@dataclass(frozen=True, slots=True)
class Box:
    """A box in degrees (EPSG:4490): its south-western and north-eastern corners."""

    south_west: LonLat
    north_east: LonLat


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases are wanted; what is not named does not matter.

    `area_code` is the code of a district, subdistrict, community or unit grid (6, 9, 12 or 15 digits).
    `inspector_id` and `crew_id` are the holders of tasks, `reporter_id` who reported. `text` is looked for
    in number, description and place.
    """

    stages: tuple[str, ...] = ()
    lights: tuple[str, ...] = ()
    area_code: str | None = None
    zone_code: str | None = None
    department_code: str | None = None
    kind: str | None = None
    type_code: str | None = None
    source: str | None = None
    text: str = ""
    box: Box | None = None
    reported_from: datetime | None = None
    reported_until: datetime | None = None
    inspector_id: int | None = None
    reporter_id: int | None = None
    crew_id: int | None = None
    is_open: bool | None = None
    is_synthetic: bool | None = None

    def __post_init__(self) -> None:
        unknown = {*self.stages} - {*STAGES} | {*self.lights} - {*LIGHTS}
        if unknown:
            raise BadFilter(f"筛选条件中没有“{'、'.join(sorted(unknown))}”，请重新选择。")
        if self.area_code is not None and not re.fullmatch(r"\d{6}(\d{3}){0,3}", self.area_code):
            raise BadFilter("区域代码应为 6、9、12 或 15 位数字。")
        if not all(_is_plain(getattr(self, name)) for name in _WORDS):
            raise BadFilter("筛选条件中含有无法识别的字符，请重新选择。")
        if len(self.text) > LONGEST_TEXT:
            raise BadFilter(f"查找的文字最多 {LONGEST_TEXT} 个字。")


_WORDS = ("zone_code", "department_code", "kind", "type_code", "source", "text")


def _is_plain(words: str | None) -> bool:
    """Whether the database can compare the words: no zero characters, no broken surrogates."""
    return words is None or not any(unicodedata.category(c) in ("Cc", "Cs") for c in words)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last case of a page; the next page begins after it."""

    reported_at: datetime
    case_id: int

    def encode(self) -> str:
        """The cursor as a page address carries it."""
        return base64.urlsafe_b64encode(f"{moment_text(self.reported_at)} {self.case_id}".encode()).decode()

    @classmethod
    def decode(cls, words: str) -> "Cursor":
        """The cursor of a page address; BadCursor when it is none.

        >>> Cursor.decode(Cursor(datetime(2026, 9, 18, tzinfo=UTC), 7).encode()).case_id
        7
        """
        try:
            moment, case_id = base64.urlsafe_b64decode(words.encode()).decode().split(" ")
            found = cls(datetime.fromisoformat(moment).astimezone(UTC), int(case_id))
        except (ValueError, binascii.Error, OverflowError):
            raise BadCursor("页码已失效，请从第一页重新查看。") from None
        if not 0 <= found.case_id < 2**63:
            raise BadCursor("页码已失效，请从第一页重新查看。")
        return found


TypeNames = Mapping[tuple[str, str], str]
"""Chinese names of types by kind and code; the catalogue has them, the database does not."""
