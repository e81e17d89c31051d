"""Values that effects and exposure rest on: `data/catalogue/effects/*.yaml`, each with source and status."""

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from emergency.rules.effects.blast import Overpressure
from emergency.rules.effects.first_minutes import Distances
from emergency.rules.effects.flood import DepthClass, need_depths
from emergency.rules.effects.substances import Substance, UnknownSubstance
from emergency.rules.needs import Need
from emergency.rules.presence import Presence
from grid.city import City, read_data

FOLDER = "effects"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SubstancesFile(_Data):
    """`substances.yaml`."""

    version: str
    checked_on: date
    substances: tuple[Substance, ...] = Field(min_length=1)

    def get(self, code: str) -> Substance:
        """The substance of a code.

        :raises UnknownSubstance: when there is none.
        """
        found = next((one for one in self.substances if one.code == code), None)
        if found is None:
            raise UnknownSubstance(f"物质表中没有“{code}”。请从列表中选择，或先在表中补上。")
        return found


class DistancesFile(_Data):
    """`first_minutes.yaml`."""

    version: str
    checked_on: date
    distances: tuple[Distances, ...] = Field(min_length=1)


class TntShare(_Data):
    """Which part of a gas cloud's energy explodes."""

    value: float = Field(gt=0, le=1)
    status: Literal["sourced", "recalled", "assumed"]
    source: str


class BlastFile(_Data):
    """`blast.yaml`."""

    version: str
    checked_on: date
    tnt_share: TntShare
    levels: tuple[Overpressure, ...] = Field(min_length=1)


class DepthsFile(_Data):
    """`depths.yaml`."""

    version: str
    depths: tuple[DepthClass, ...] = Field(min_length=1)


class NeedsFile(_Data):
    """`needs.yaml`."""

    version: str
    needs: tuple[Need, ...] = Field(min_length=1)


class FloorUse(_Data):
    """How much floor one person has in a land use; None where nobody lives, or works, there."""

    m2_per_resident: float | None = Field(default=None, gt=0)
    m2_per_worker: float | None = Field(default=None, gt=0)
    status: Literal["sourced", "recalled", "assumed"]
    source: str


class FloorFile(_Data):
    """`floor_area.yaml`: people estimated after the floor of buildings."""

    version: str
    status: Literal["sourced", "recalled", "assumed"]
    source: str
    uses: dict[str, FloorUse] = Field(min_length=1)


class PlacesFile(_Data):
    """`places.yaml`: which places are targets or hazards, and words of hazardous components."""

    version: str
    status: Literal["sourced", "recalled", "assumed"]
    source: str
    targets: tuple[str, ...]
    hazards: tuple[str, ...]
    hazard_types: tuple[str, ...]


class EffectData(_Data):
    """All of them."""

    substances: SubstancesFile
    first_minutes: DistancesFile
    blast: BlastFile
    depths: DepthsFile
    presence: Presence
    needs: NeedsFile
    floors: FloorFile
    places: PlacesFile


def load_effect_data(city: City) -> EffectData:
    """The files of the city's catalogue.

    :raises BadCityData: naming the file and key at fault.
    :raises BadEffectNumber: when two classes of depth begin at one depth.
    """
    folder: Path = city.catalogue.folder / FOLDER
    data = EffectData(
        substances=read_data(folder / "substances.yaml", SubstancesFile),
        first_minutes=read_data(folder / "first_minutes.yaml", DistancesFile),
        blast=read_data(folder / "blast.yaml", BlastFile),
        depths=read_data(folder / "depths.yaml", DepthsFile),
        presence=read_data(folder / "presence.yaml", Presence),
        needs=read_data(folder / "needs.yaml", NeedsFile),
        floors=read_data(folder / "floor_area.yaml", FloorFile),
        places=read_data(folder / "places.yaml", PlacesFile),
    )
    need_depths(data.depths.depths)
    return data
