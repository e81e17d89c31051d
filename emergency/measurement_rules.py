"""The city's rules of readings: how long they are kept."""

from pydantic import BaseModel, ConfigDict

from grid.city import City, read_data
from grid.dated import DatedValue

FILE = "measurements.yaml"


class MeasurementRules(BaseModel):
    """`measurements.yaml` of a city."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    keep: DatedValue


def load_measurement_rules(city: City) -> MeasurementRules:
    """The rules of a city's folder; raises BadCityData."""
    return read_data(city.folder / FILE, MeasurementRules)
