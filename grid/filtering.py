"""Which components somebody wants to see: the same question for the list, the count and the map."""

import re
import unicodedata
from dataclasses import dataclass

from gis_core.errors import BadInput
from gis_core.places import LonLat
from grid.rules.states import CLASS_NAMES, STATE_CLASSES

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
    classes of them (`sound`, `faulty`, `retired`), `unit_grid_code` the 15 digits of a unit grid.
    """

    type_code: str | None = None
    major: str | None = None
    states: tuple[str, ...] = ()
    owner_code: str | None = None
    unit_grid_code: str | None = None
    box: Box | None = None

    def __post_init__(self) -> None:
        if self.type_code is not None and not re.fullmatch(r"[0-9]{5}", self.type_code):
            raise BadComponentFilter("部件小类代码应为 5 位数字，请重新选择。")
        if self.major is not None and not re.fullmatch(r"[0-9]{2}", self.major):
            raise BadComponentFilter("部件大类代码应为 2 位数字，请重新选择。")
        if self.unit_grid_code is not None and not re.fullmatch(r"[0-9]{15}", self.unit_grid_code):
            raise BadComponentFilter("单元网格代码应为 15 位数字，请核对。")
        if self.owner_code is not None and not _CODE.fullmatch(self.owner_code):
            raise BadComponentFilter("权属单位代码只含数字、大写字母和短横线，请重新选择。")
        strangers = [state for state in self.states if not _is_state(state)]
        if strangers or len(self.states) > 8:
            raise BadComponentFilter("部件状态请用 sound、faulty、retired 或登记册中的状态名称，最多 8 个。")

    @property
    def names_exact_states(self) -> bool:
        """Whether words of the register are asked for, rather than classes of them."""
        return any(state not in CLASS_NAMES for state in self.states)

    @property
    def needs_register(self) -> bool:
        """Whether counts by squares cannot answer, which know types, states and owners but no unit grids."""
        return self.unit_grid_code is not None or self.box is not None


def _is_state(words: str) -> bool:
    if words in CLASS_NAMES or words in STATE_CLASSES:
        return True
    return 0 < len(words) <= 8 and all(unicodedata.category(sign) == "Lo" for sign in words)
