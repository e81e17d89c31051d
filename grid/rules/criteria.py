"""Filing criteria: on what condition a case is filed, and within what limit it is handled."""

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["component", "matter"]
KINDS: tuple[Kind, ...] = get_args(Kind)
KIND_NAMES: dict[Kind, str] = {"component": "部件", "matter": "事件"}

LimitUnit = Literal["clock_minute", "clock_hour", "clock_day", "working_hour", "working_day", "natural_day"]
LIMIT_UNITS: tuple[LimitUnit, ...] = get_args(LimitUnit)
UNIT_NAMES: dict[LimitUnit, str] = {
    "clock_minute": "紧急分钟",
    "clock_hour": "紧急工作时",
    "clock_day": "紧急工作日",
    "working_hour": "工作时",
    "working_day": "工作日",
    "natural_day": "自然日",
}
STATUS_NAMES = {
    "mapped": "移自外市立案标准，待宝鸡确认",
    "assumed": "假定值，待宝鸡确认",
    "adopted": "本市已发布",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A length of time as a rule states it; clock units run through nights and holidays, working ones do not.

    >>> str(Limit(2, "clock_hour"))
    '2 紧急工作时'
    """

    value: int
    unit: LimitUnit

    def __post_init__(self) -> None:
        if self.value <= 0 or self.unit not in LIMIT_UNITS:
            raise ValueError(f"时限 {self.value} {self.unit} 无效")

    def __str__(self) -> str:
        return f"{self.value} {UNIT_NAMES[self.unit]}"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition for filing a case of a type, with the handling limit and where both come from.

    `then` is the criterion of the second step, where the first only makes safe.
    """

    code: str
    kind: Kind
    type_code: str
    condition: str
    condition_en: str
    limit: Limit
    source: str
    status: str
    then: str = ""

    @property
    def status_name(self) -> str:
        """How far the value may be relied on, in Chinese."""
        return STATUS_NAMES[self.status]
