"""What a drawing holds: frozen columns of numpy arrays, in the city's plane system (metres)."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis_core.coverage import Ints, Shapes
from grid.sample_city.plan import Floats
from grid.sample_city.streets import Streets

Size = Literal["small", "city", "million"]
SIZES: tuple[Size, ...] = ("small", "city", "million")
COMPONENTS: dict[Size, int] = {"small": 6_000, "city": 300_000, "million": 1_000_000}
PAST_CASES: dict[Size, int] = {"small": 300, "city": 20_000, "million": 1_000_000}

Texts = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Areas:
    """Divisions with an outline: districts as they are, subdistricts and communities as drawn."""

    codes: Texts
    shapes: Shapes
    is_synthetic: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class UnitGrids:
    """Unit grids by code; `zone_codes` is empty where no zone lies over the grid."""

    codes: Texts
    community_codes: Texts
    responsibility_codes: Texts
    zone_codes: Texts
    land_uses: Texts
    shapes: Shapes

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, slots=True)
class ResponsibilityGrids:
    """Responsibility grids: unions of adjacent unit grids of one subdistrict."""

    codes: Texts
    names: Texts
    shapes: Shapes


@dataclass(frozen=True, slots=True)
class Ground:
    """What the base map shows besides streets; `names` is empty where there is none."""

    kinds: Texts
    names: Texts
    ranks: Ints
    shapes: Shapes

    @staticmethod
    def of(kind: str, shapes: Shapes, *, names: Texts | None = None, ranks: Ints | None = None) -> "Ground":
        """Ground of one kind."""
        count = len(shapes)
        return Ground(
            np.full(count, kind, dtype=object),
            np.full(count, "", dtype=object) if names is None else names,
            np.zeros(count, dtype=np.int64) if ranks is None else ranks,
            shapes,
        )

    @staticmethod
    def joined(parts: "list[Ground]") -> "Ground":
        """All of several kinds, in the order in which a map paints them."""
        return Ground(
            np.concatenate([p.kinds for p in parts]),
            np.concatenate([p.names for p in parts]),
            np.concatenate([p.ranks for p in parts]),
            np.concatenate([p.shapes for p in parts]),
        )


@dataclass(frozen=True, slots=True)
class Components:
    """Components of the register; `grid_index` points into the unit grids."""

    codes: Texts
    type_codes: Texts
    points: Floats
    grid_index: Ints
    ages_days: Ints  # how long before the day of loading it was surveyed
    are_damaged: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, slots=True)
class PlaceNames:
    """Further names of places; `place_index` points into the places, `until` is an ISO day or empty."""

    place_index: Ints
    texts: Texts
    sorts: Texts
    until: Texts

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, slots=True)
class Places:
    """Places of the gazetteer, all of them invented; a text is empty where there is none.

    `kinds` are those of `PlaceKind`, `streets` the owning street or block of a door plate, `weights` how
    likely people mean the place, 0 to 1.
    """

    kinds: Texts
    names: Texts
    categories: Texts
    shapes: Shapes
    division_codes: Texts
    streets: Texts
    numbers: Texts
    weights: Floats
    further: PlaceNames

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True, slots=True)
class Cameras:
    """Cameras, all of them invented; an HLS address is empty where there is no gateway."""

    codes: Texts
    names: Texts
    points: Floats
    directions_deg: Floats
    fields_deg: Floats
    ranges_m: Floats
    protocols: Texts
    addresses: Texts
    hls_addresses: Texts

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawn city: all synthetic but the outlines of the districts, and the names and codes."""

    city_code: str
    size: Size
    seed: int
    areas: Areas
    unit_grids: UnitGrids
    responsibility_grids: ResponsibilityGrids
    zone_code: str
    zone_name: str
    zone_organisation_code: str
    zone_shape: BaseGeometry | None
    streets: Streets
    street_name_status: dict[str, str]
    ground: Ground
    components: Components
    places: Places
    cameras: Cameras
    border_source: str
