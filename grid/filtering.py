"""Which components somebody wants to see: one question for lists, counts, exports and maps."""

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Self

from gis_core.errors import BadInput
from gis_core.places import LonLat
from grid.catalogue import Catalogue
from grid.rules.codes import SUBDISTRICT_DIGITS, is_area_code
from grid.rules.states import CLASS_NAMES, STATE_CLASSES

LONGEST_TEXT = 60
MOST_STATES = 8
_CODE = re.compile(r"[0-9A-Z-]{1,24}", re.ASCII)


class BadComponentFilter(BadInput):
    """A filter of components that cannot be read or names nothing."""

    code = "bad_component_filter"


@dataclass(frozen=True, slots=True)
class Box:
    """A box in degrees (EPSG:4490): western and northern edges belong to it, eastern and southern do not.

    So the boxes of neighbouring tiles share no component.
    """

    south_west: LonLat
    north_east: LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentFilter:
    """Which components are wanted; what is not named does not matter.

    `major` is a class (two digits), `type_code` one type (five digits), `states` words of the register or
    classes of them (`sound`, `faulty`, `retired`), `area_code` the code of a district, subdistrict, community
    or unit grid (6, 9, 12 or 15 digits).

    `text` is the beginning of a code in force or, from its seventh digit on, of an older one (the district is
    the same in both), or part of a name. Where its words mean types of the catalogue (`understood`),
    `text_types` has them, and their components are wanted whatever their name.
    """

    type_code: str | None = None
    major: str | None = None
    states: tuple[str, ...] = ()
    owner_code: str | None = None
    area_code: str | None = None
    text: str = ""
    text_types: tuple[str, ...] = ()
    box: Box | None = None

    def __post_init__(self) -> None:
        if self.type_code is not None and not re.fullmatch(r"[0-9]{5}", self.type_code):
            raise BadComponentFilter("部件小类代码应为 5 位数字，请重新选择。")
        if self.major is not None and not re.fullmatch(r"[0-9]{2}", self.major):
            raise BadComponentFilter("部件大类代码应为 2 位数字，请重新选择。")
        if self.area_code is not None and not is_area_code(self.area_code):
            raise BadComponentFilter("区域代码应为 6、9、12 或 15 位数字，请核对。")
        if self.owner_code is not None and not _CODE.fullmatch(self.owner_code):
            raise BadComponentFilter("权属单位代码只含数字、大写字母和短横线，请重新选择。")
        if not all(map(_is_state, self.states)) or len(self.states) > MOST_STATES:
            raise BadComponentFilter(
                f"部件状态请用 sound、faulty、retired 或登记册中的状态名称，最多 {MOST_STATES} 个。"
            )
        if len(self.text) > LONGEST_TEXT:
            raise BadComponentFilter(f"查找的文字最多 {LONGEST_TEXT} 个字。")
        if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in self.text):
            raise BadComponentFilter("查找的文字中含有无法识别的字符，请重新填写。")

    def understood(self, catalogue: Catalogue) -> Self:
        """The same filter, knowing the types that its words mean."""
        if not self.text or self.is_for_code:
            return self
        meant = catalogue.search(self.text, kind="component", limit=len(catalogue.types))
        return replace(self, text_types=tuple(sorted(one.code for one in meant)))

    @property
    def is_empty(self) -> bool:
        """Whether it leaves nothing out."""
        return self == ComponentFilter()

    @property
    def is_for_code(self) -> bool:
        """Whether its text is the beginning of a code."""
        return self.text.isascii() and self.text.isdecimal()

    @property
    def names_exact_states(self) -> bool:
        """Whether words of the register are asked for, rather than classes of them."""
        return any(state not in CLASS_NAMES for state in self.states)

    @property
    def needs_register(self) -> bool:
        """Whether counts by squares cannot answer.

        They know types, states, owners and subdistricts, but neither smaller areas nor codes and names.
        """
        has_words = bool(self.text) and not self.text_types
        is_small = self.area_code is not None and len(self.area_code) > SUBDISTRICT_DIGITS
        return has_words or is_small or self.box is not None


def _is_state(words: str) -> bool:
    if words in CLASS_NAMES or words in STATE_CLASSES:
        return True
    return 0 < len(words) <= 8 and all(unicodedata.category(sign) == "Lo" for sign in words)
