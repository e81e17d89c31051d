"""Which cases somebody wants to see, where a page of them begins, and what light a case shows in SQL."""

import base64
import binascii
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, cast, get_args

from cases.rules.deadlines import LIGHTS
from cases.rules.stages import STAGES
from gis_core.errors import BadInput
from gis_core.journal import moment_text
from gis_core.places import LonLat
from grid.rules.codes import is_area_code

LONGEST_TEXT = 100
START_AGAIN = "页码已失效，请从第一页重新查看。"

Order = Literal["newest", "urgent"]
"""How a list is sorted: by when cases were reported, the last first, or by when their stage is due."""


class BadFilter(BadInput):
    """A filter that names a stage, light or area that does not exist."""

    code = "bad_filter"


class BadCursor(BadInput):
    """A cursor that no page handed out."""

    code = "bad_cursor"


class CursorOfOtherOrder(BadInput):
    """A cursor of a list that was sorted otherwise."""

    code = "cursor_of_other_order"


def read_order(words: str) -> Order:
    """The order an address names; BadFilter when there is none of that name.

    >>> read_order("urgent")
    'urgent'
    """
    if words not in get_args(Order):
        raise BadFilter("排序只能是 urgent（先到期在前）或 newest（最新在前），请重新选择。")
    return cast("Order", words)


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
    in number, description and place. `major` is the first two digits of a type, `helping_code` a department
    that helps, `appeal` is asked, granted, refused or none, `is_late` whether handling ended after its
    deadline, `awaits_answer` whether urging or supervising waits for an answer, `was_suspended` whether it
    was ever suspended, `is_handled_at_once` whether who reported it put it right. `is_drill` asks for cases
    of drills and no others; without it there are none of them.
    """

    stages: tuple[str, ...] = ()
    lights: tuple[str, ...] = ()
    area_code: str | None = None
    zone_code: str | None = None
    department_code: str | None = None
    kind: str | None = None
    type_code: str | None = None
    component_code: str | None = None
    source: str | None = None
    text: str = ""
    box: Box | None = None
    reported_from: datetime | None = None
    reported_until: datetime | None = None
    filed_from: datetime | None = None
    filed_until: datetime | None = None
    inspector_id: int | None = None
    reporter_id: int | None = None
    crew_id: int | None = None
    is_open: bool | None = None
    is_synthetic: bool | None = None
    major: str | None = None
    criterion_code: str | None = None
    responsibility_code: str | None = None
    helping_code: str | None = None
    closed_from: datetime | None = None
    closed_until: datetime | None = None
    is_supervised: bool | None = None
    is_urged: bool | None = None
    awaits_answer: bool | None = None
    is_void_asked: bool | None = None
    appeal: str | None = None
    is_reworked: bool | None = None
    is_extended: bool | None = None
    is_late: bool | None = None
    was_suspended: bool | None = None
    is_handled_at_once: bool | None = None
    has_photos: bool | None = None
    is_drill: bool = False

    def __post_init__(self) -> None:
        unknown = {*self.stages} - {*STAGES} | {*self.lights} - {*LIGHTS}
        if unknown:
            raise BadFilter(f"筛选条件中没有“{'、'.join(sorted(unknown))}”，请重新选择。")
        if self.area_code is not None and not is_area_code(self.area_code):
            raise BadFilter("区域代码应为 6、9、12 或 15 位数字。")
        if not all(_is_plain(getattr(self, name)) for name in _WORDS):
            raise BadFilter("筛选条件中含有无法识别的字符，请重新选择。")
        if len(self.text) > LONGEST_TEXT:
            raise BadFilter(f"查找的文字最多 {LONGEST_TEXT} 个字。")

    def in_stages(self, stages: tuple[str, ...]) -> "CaseFilter":
        """The same filter for other stages; none means all."""
        return replace(self, stages=stages)

    def for_nothing(self) -> "CaseFilter":
        """The same filter asking for what cannot be: an ended case at the first stage."""
        return replace(self, stages=("reported",), is_open=False)


_WORDS = (
    "zone_code", "department_code", "kind", "type_code", "component_code", "source", "text", "major",
    "criterion_code", "responsibility_code", "helping_code", "appeal",
)  # fmt: skip


def _is_plain(words: str | None) -> bool:
    """Whether the database can compare the words: no zero characters, no broken surrogates."""
    return words is None or not any(unicodedata.category(c) in ("Cc", "Cs") for c in words)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last case of a page of one order; the next page begins after it.

    `moment` is when it was reported (newest) or when its stage is due (urgent; None when it has no deadline).
    """

    order: Order
    moment: datetime | None
    case_id: int

    def encode(self) -> str:
        """The cursor as a page address carries it."""
        moment = "" if self.moment is None else moment_text(self.moment)
        return base64.urlsafe_b64encode(f"{self.order} {moment} {self.case_id}".encode()).decode()

    @classmethod
    def decode(cls, words: str) -> "Cursor":
        """The cursor of a page address; BadCursor when it is none.

        >>> Cursor.decode(Cursor("newest", datetime(2026, 9, 18, tzinfo=UTC), 7).encode()).case_id
        7
        """
        try:
            order, moment, case_id = base64.urlsafe_b64decode(words.encode()).decode().split(" ")
            at = datetime.fromisoformat(moment).astimezone(UTC) if moment else None
            found = cls(read_order(order), at, int(case_id))
        except (ValueError, binascii.Error, OverflowError, BadFilter):
            raise BadCursor(START_AGAIN) from None
        is_complete = found.moment is not None or found.order == "urgent"
        if not is_complete or not 0 <= found.case_id < 2**63:
            raise BadCursor(START_AGAIN)
        return found


TypeNames = Mapping[tuple[str, str], str]
"""Chinese names of types by kind and code; the catalogue has them, the database does not."""
