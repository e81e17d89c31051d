"""Resources of the registers as layers of exposure: shelters with their places, targets, hazard sources."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from sqlalchemy.orm import Session

from emergency.resources.reading import list_resources
from emergency.rules.layers import LayerFacts, PlaceLayer
from emergency.rules.resources import Resource, ResourceKind, ShelterDetails, Target
from emergency.rules.sheltering.shelters import Shelter, Standard, capacity_of
from grid.standing import NamedPlace, list_grid_codes

SUBDISTRICT = 9


@dataclass(frozen=True, slots=True)
class Placed:
    """A resource as a place of a layer, and what it holds: places of a shelter, people of a target."""

    place: NamedPlace
    amount: float = 0.0


def shelter_of(resource: Resource) -> Shelter:
    """A shelter of the register as it is reckoned with; one out of use or under repair says so.

    The resource is one of the kind shelter.
    """
    details, point = resource.details, resource.point
    if not isinstance(details, ShelterDetails):
        raise TypeError(f"{resource.code} is no shelter")
    why = {"repair": "维修中", "out_of_use": "已停用"}.get(resource.readiness, "")
    return Shelter(
        id=resource.code,
        name=resource.name,
        effective_area_m2=details.effective_area_m2,
        ground=None if point is None else shapely.Point(point.easting_m, point.northing_m),
        features=frozenset(details.features),
        stays=frozenset(details.stays),
        most_people=details.most_people,
        taken=details.taken,
        not_ready_why=why,
        contact=resource.contact.name,
    )


def placed_resources(session: Session, kind: ResourceKind) -> list[Placed]:
    """Targets or hazard sources of the register that stand somewhere and are in use."""
    found = _in_use(session, kind)
    return [Placed(place, _amount(one)) for one, place in zip(found, _places(session, found), strict=True)]


def shelter_layer(session: Session, standard: Standard) -> PlaceLayer | None:
    """Shelters that are in use, each with the places that are free in it for a stay of a standard.

    One under repair is told too, with no places: there are none to lose. None when none is registered.
    """
    found = _in_use(session, "shelter")
    if not found:
        return None
    shelters = [shelter_of(one) for one in found]
    free = [0 if one.not_ready_why else capacity_of(one, standard).people for one in shelters]
    places = _places(session, found)
    checked = [one.checked_on for one in found]
    facts = LayerFacts(
        name="避难场所",
        source=f"避难场所登记册，容量按{standard.name}人均 {standard.area_m2_per_person:g} 平方米",
        on=_oldest(checked),
        is_synthetic=any(one.is_synthetic for one in found),
    )
    return PlaceLayer.of(
        "shelters",
        facts,
        np.array([one.shape for one in places], dtype=object),
        codes=[one.code for one in places],
        names=[one.name for one in places],
        sorts=[one.category for one in places],
        subdistricts=[one.grid_code[:SUBDISTRICT] for one in places],
        grids=[one.grid_code for one in places],
        amounts=np.array(free, dtype=np.float64),
    )


def _in_use(session: Session, kind: ResourceKind) -> list[Resource]:
    found = list_resources(session, (kind,))
    return [one for one in found if one.point is not None and one.readiness != "out_of_use"]


def _places(session: Session, found: Sequence[Resource]) -> list[NamedPlace]:
    points = [one.point for one in found if one.point is not None]
    return [
        NamedPlace(
            one.code,
            one.name,
            one.kind,
            shapely.Point(point.easting_m, point.northing_m),
            grid,
            one.is_synthetic,
        )
        for one, point, grid in zip(found, points, list_grid_codes(session, points), strict=True)
    ]


def _amount(resource: Resource) -> float:
    return float(resource.details.people or 0) if isinstance(resource.details, Target) else 0.0


def _oldest(days: Sequence[date | None]) -> date | None:
    """The oldest of some days; None when one of them is not known, or there are none."""
    known = [day for day in days if day is not None]
    return min(known) if known and len(known) == len(days) else None
