"""The city's rules of sheltering, read from `sheltering.yaml` in its data folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from shapely.geometry.base import BaseGeometry

from emergency.rules.sheltering.needs import Rate
from emergency.rules.sheltering.shelters import Feature, Hazard, Standard, Status, Stay
from emergency.rules.sheltering.streets import StreetRules
from gis_core.errors import NotFound
from grid.city import City, read_data

FILE = "sheltering.yaml"


class UnknownShelterRule(NotFound):
    """No rule says what a shelter must offer against this hazard, or for a stay of this length."""

    code = "unknown_shelter_rule"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _StandardData(_Data):
    stay: Stay
    area_m2_per_person: float = Field(gt=0)
    walk_m: float | None = Field(gt=0)
    status: Status
    source: str


class HazardRule(_Data):
    """What a shelter must offer against a hazard."""

    code: str
    name: str
    needs: tuple[Feature, ...]
    status: Status
    source: str


class _RateData(_Data):
    code: str
    name: str
    unit: str
    amount: float = Field(gt=0)
    people: int = Field(ge=1)
    per: Literal["once", "week"]
    status: Status
    source: str


class _StreetData(_Data):
    walked_share: float = Field(gt=0, le=1)
    narrowest_m: float = Field(gt=0, le=10)
    widths_m: dict[str, float]
    buses_per_min: float = Field(gt=0, le=60)
    status: Status
    source: str


class _ShelteringData(_Data):
    version: str
    standards: tuple[_StandardData, ...]
    hazards: tuple[HazardRule, ...]
    needs: tuple[_RateData, ...]
    streets: _StreetData


@dataclass(frozen=True, slots=True)
class ShelterRules:
    """Standards by stay, rules by hazard, goods per person and what streets carry, with status and source."""

    version: str
    standards: Mapping[Stay, Standard]
    hazards: Mapping[str, HazardRule]
    rates: tuple[Rate, ...]
    streets: StreetRules

    def get_standard(self, stay: Stay) -> Standard:
        """The standard of a stay.

        :raises UnknownShelterRule: when the city's file has none.
        """
        if stay not in self.standards:
            raise UnknownShelterRule(f"没有“{stay}”的避难标准，请在 {FILE} 中补充。", stay=stay)
        return self.standards[stay]

    def get_hazard(self, code: str, zone: BaseGeometry | None = None) -> Hazard:
        """A hazard of a kind with its zone in plane metres.

        :raises UnknownShelterRule: when the city's file has no rule for the kind.
        """
        rule = self.hazards.get(code)
        if rule is None:
            raise UnknownShelterRule(f"没有“{code}”的避难要求，请在 {FILE} 中补充。", code=code)
        return Hazard(code, rule.name, zone, frozenset(rule.needs))


def load_shelter_rules(city: City) -> ShelterRules:
    """The rules in the city's folder.

    :raises BadCityData: naming the key at fault.
    """
    data = read_data(city.folder / FILE, _ShelteringData)
    return ShelterRules(
        version=data.version,
        standards={one.stay: Standard(**one.model_dump()) for one in data.standards},
        hazards={one.code: one for one in data.hazards},
        rates=tuple(Rate(**one.model_dump()) for one in data.needs),
        streets=StreetRules(**data.streets.model_dump()),
    )
