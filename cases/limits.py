"""The city's calendar and the limits of stages, read from its data folder."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import cast

from pydantic import BaseModel, ConfigDict

from cases.rules.deciding import StageLimits
from cases.rules.stages import CLOCK_NAMES, ClockName
from cases.rules.worktime import Shift, WorkCalendar, read_limit
from gis_core.errors import BadInput
from grid.city import City, list_calendar_years, read_data
from grid.dated import DatedValue
from grid.rules.criteria import Limit

STAGE_LIMITS_FILE = "stage_limits.yaml"


class BadStageLimits(BadInput):
    """The file of stage limits lacks a clock or a value in force."""

    code = "bad_stage_limits"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StageLimitsFile(_Data):
    """`stage_limits.yaml` of a city."""

    version: str
    clocks: dict[str, DatedValue]
    case_allowance: DatedValue
    same_place: DatedValue


def load_calendar(city: City) -> WorkCalendar:
    """The working calendar of the city: every year it has a file for, and its shifts by season."""
    years = list_calendar_years(city)
    return WorkCalendar(
        holidays=frozenset(day for year in years for day in year.holidays),
        make_up_days=frozenset(day for year in years for day in year.make_up_days),
        years=frozenset(year.year for year in years),
        shifts=tuple(
            Shift(_month_day(s.from_day), _month_day(s.to_day), s.hours, s.in_force_from) for s in city.shifts
        ),
        version=" ".join(year.version for year in years),
    )


def _month_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


def load_stage_limits(city: City, on: date) -> StageLimits:
    """The limits of stages in force on a day.

    Raises BadStageLimits when a clock of the workflow has none.
    """
    path = city.folder / STAGE_LIMITS_FILE
    data = read_data(path, StageLimitsFile)
    missing = [name for name in CLOCK_NAMES if name not in {*data.clocks, "handling", "case"}]
    if missing:
        raise BadStageLimits(f"{path} 缺少这些时钟的时限：{'、'.join(missing)}。")
    return StageLimits(
        clocks=_limits_on(data.clocks, on, path),
        case_allowance_h=data.case_allowance.value_on(on),
        same_place_m=data.same_place.value_on(on),
        version=data.version,
    )


def _limits_on(clocks: Mapping[str, DatedValue], on: date, path: Path) -> dict[ClockName, Limit]:
    unknown = [name for name in clocks if name not in CLOCK_NAMES]
    if unknown:
        raise BadStageLimits(f"{path} 中没有这样的时钟：{'、'.join(unknown)}。")
    return {cast(ClockName, name): read_limit(v.value_on(on), v.unit) for name, v in clocks.items()}
