"""What a city says of positions: `positions.yaml` and `vehicles.yaml` of its data folder."""

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from grid.city import City, LatDegrees, LonDegrees, read_data
from grid.dated import DatedValue
from grid.positions.rules.limits import Limits
from grid.positions.rules.visits import VisitRule

RULES_FILE, VEHICLES_FILE = "positions.yaml", "vehicles.yaml"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Consent(_Data):
    """What a person agrees to before going on duty."""

    version: str = Field(max_length=24)
    status: str
    source: str
    text: str
    text_en: str


class LimitsFile(_Data):
    """Limits with their days."""

    clock_tolerance: DatedValue
    oldest: DatedValue
    surroundings: DatedValue
    fastest_person: DatedValue
    fastest_vehicle: DatedValue
    coarsest: DatedValue
    most_in_batch: DatedValue
    stale_after: DatedValue
    stray_after: DatedValue
    line_width: DatedValue
    busy_from: DatedValue
    longest_duty: DatedValue


class VisitFile(_Data):
    """What counts as having walked a unit grid, with its days."""

    positions: DatedValue
    span: DatedValue


class Periods(_Data):
    """Days each kind of data is kept."""

    whole: DatedValue
    thinned: DatedValue
    visits: DatedValue
    duty: DatedValue
    batches: DatedValue
    alarms: DatedValue
    looks: DatedValue


class PositionRules(_Data):
    """`positions.yaml` of a city."""

    version: str
    consent: Consent
    limits: LimitsFile
    visit: VisitFile
    keep: Periods
    skills_status: str
    skills: Mapping[str, tuple[str, ...]]

    def limits_on(self, on: date) -> Limits:
        """The limits in force on a day."""
        said = self.limits
        return Limits(
            clock_tolerance_s=said.clock_tolerance.value_on(on),
            oldest_h=said.oldest.value_on(on),
            surroundings_km=said.surroundings.value_on(on),
            fastest_person_kmh=said.fastest_person.value_on(on),
            fastest_vehicle_kmh=said.fastest_vehicle.value_on(on),
            coarsest_m=said.coarsest.value_on(on),
            most_in_batch=said.most_in_batch.value_on(on),
            stale_after_s=said.stale_after.value_on(on),
            stray_after_min=said.stray_after.value_on(on),
            line_width_m=said.line_width.value_on(on),
            busy_from=said.busy_from.value_on(on),
            longest_duty_h=said.longest_duty.value_on(on),
        )

    def visit_rules(self) -> tuple[VisitRule, ...]:
        """What counted as a walk on which days, without a gap, the oldest first."""
        said = self.visit
        days = sorted({date.min, *said.positions.in_force, *said.span.in_force})
        return tuple(
            VisitRule(since, until, said.positions.value_on(since), said.span.value_on(since))
            for since, until in zip(days, (*days[1:], date.max), strict=True)
        )

    def days_on(self, on: date) -> dict[str, int]:
        """How many days what is kept, as in force on a day."""
        return {name: getattr(self.keep, name).value_on(on) for name in Periods.model_fields}


class VehicleData(_Data):
    """A vehicle of the register; `line` is its planned route, degrees (EPSG:4490)."""

    number: int = Field(ge=1, lt=10**9)
    name: str
    organisation: str
    skills: tuple[str, ...] = ()
    line: tuple[tuple[LonDegrees, LatDegrees], ...] = ()

    @property
    def key(self) -> str:
        """Its key among movers."""
        return f"v{self.number}"


class VehiclesFile(_Data):
    """`vehicles.yaml` of a city."""

    version: str
    status: str
    source: str
    is_synthetic: bool
    vehicles: tuple[VehicleData, ...]


def load_position_rules(city: City) -> PositionRules:
    """The rules of a city's folder; raises BadCityData."""
    return read_data(city.folder / RULES_FILE, PositionRules)


def load_vehicles(city: City) -> VehiclesFile:
    """The vehicles of a city's folder; raises BadCityData."""
    return read_data(city.folder / VEHICLES_FILE, VehiclesFile)
