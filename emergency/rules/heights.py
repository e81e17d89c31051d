"""What must be said of a file of heights before it becomes the city's: whence, of which day, how sure."""

from dataclasses import dataclass
from datetime import date
from math import isfinite

from gis_core.errors import BadInput

OLDEST = date(1950, 1, 1)
LEAST_ACCURACY_M, MOST_ACCURACY_M = 0.01, 100.0
LONGEST = 200


class BadHeightsFacts(BadInput):
    """The source, the height system, the day or the accuracy of a file of heights is missing or cannot be."""

    code = "bad_heights_facts"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeightsFacts:
    """Who surveyed heights, in which height system, when, and with which error (standard deviation, metres).

    `vertical` is empty when the file itself names it; day and accuracy are None when nobody knows them.
    """

    source: str
    vertical: str
    surveyed_on: date | None
    accuracy_m: float | None

    def checked(self, *, today: date) -> "HeightsFacts":
        """The same, when it can be.

        :raises BadHeightsFacts: otherwise.
        """
        if not self.source.strip():
            raise BadHeightsFacts("请写明高程数据的来源，如“市自然资源局 2023 年机载激光雷达”。")
        if len(self.source) > LONGEST or len(self.vertical) > LONGEST:
            raise BadHeightsFacts(f"来源和高程基准最多各 {LONGEST} 字。请写短些。")
        if self.surveyed_on is not None and not OLDEST <= self.surveyed_on <= today:
            raise BadHeightsFacts("测量日期应在 1950 年之后、今天之前。请改正，不知道的留空。")
        if self.accuracy_m is not None and not (
            isfinite(self.accuracy_m) and LEAST_ACCURACY_M <= self.accuracy_m <= MOST_ACCURACY_M
        ):
            raise BadHeightsFacts("高程精度（中误差）应在 0.01 米至 100 米之间。请改正，不知道的留空。")
        return self
