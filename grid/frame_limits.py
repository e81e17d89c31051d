"""What the city asks of a unit grid, read from its data folder."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from grid.city import City, read_data
from grid.rules.quality import FrameLimits

FRAME_LIMITS_FILE = "frame_limits.yaml"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limit(_Data):
    """A number with its unit, its source and how sure it is."""

    name: str
    unit: Literal["m2", "m"]
    value: float = Field(ge=0)
    status: Literal["sourced", "recalled", "assumed", "proposal"]
    source: str


class FrameLimitsFile(_Data):
    """`frame_limits.yaml` of a city."""

    version: str
    target: Limit
    usual_least: Limit
    usual_most: Limit
    least: Limit
    most: Limit
    sliver_width: Limit
    tolerance: Limit
    crossing: Limit
    large_uses: dict[str, str]


def load_frame_limits_file(city: City) -> FrameLimitsFile:
    """The file as it stands, with sources. Raises BadCityData."""
    return read_data(city.folder / FRAME_LIMITS_FILE, FrameLimitsFile)


def load_frame_limits(city: City) -> FrameLimits:
    """What a check of the frame goes by. Raises BadCityData."""
    data = load_frame_limits_file(city)
    return FrameLimits(
        tolerance_m2=data.tolerance.value,
        crossing_m2=data.crossing.value,
        least_m2=data.least.value,
        most_m2=data.most.value,
        sliver_width_m=data.sliver_width.value,
        large_uses=frozenset(data.large_uses),
    )
