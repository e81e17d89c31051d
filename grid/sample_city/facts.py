"""What is real and may be drawn upon: borders, units of government and street names, in plane metres."""

from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import Transformer
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from grid.city import City
from grid.divisions import Division, read_boundaries, read_divisions, read_places, read_street_names
from grid.gazetteer.categories import load_categories
from grid.sample_city.plan import Floats, NamedZone, Plan, ToPlane, read_plan
from grid.sample_city.valley import to_grain_array

PLACE_RADIUS_M = 450.0
"""How far a populated place reaches around the point that GeoNames has for it: assumed."""


@dataclass(frozen=True, slots=True)
class CityFacts:
    """The real part of a drawing; shapes are plane polygons whose vertices lie on the stored grain."""

    code: str
    name: str
    prefecture: BaseGeometry
    districts: dict[str, Polygon]
    divisions: tuple[Division, ...]
    border_source: str
    street_names: dict[str, str]  # name to status: sourced or recalled
    zone_code: str
    zone_name: str
    zone_organisation_code: str
    zone_touches: tuple[str, ...]
    named_zones: tuple[NamedZone, ...]  # populated places that are no division, and those of the plan
    poi_weights: dict[str, float]  # by category: how likely people mean such a place, 0 to 1
    plan: Plan


def gather(city: City) -> CityFacts:
    """Read what a drawing of this city needs from its folder."""
    to_plane = Transformer.from_crs(city.geographic_crs, city.plane_crs, always_xy=True)

    def plane(points: Floats) -> Floats:
        east, north = to_plane.transform(points[:, 0], points[:, 1])
        return np.column_stack([east, north])

    boundaries = read_boundaries(city)
    shapes = {
        code: shapely.transform(boundary.shape, lambda p: to_grain_array(plane(p)))
        for code, boundary in boundaries.items()
        if code == city.code or code in city.districts
    }
    zone = city.zone
    divisions, plan = read_divisions(city), read_plan(city.folder / "sample_plan.yaml", plane)
    return CityFacts(
        code=city.code,
        name=city.name,
        prefecture=shapes[city.code],
        districts={code: max(shapely.get_parts(shapes[code]), key=shapely.area) for code in city.districts},
        divisions=divisions,
        border_source=boundaries[city.code].source,
        street_names={street.name: street.status for street in read_street_names(city)},
        zone_code=zone.code if zone else "",
        zone_name=zone.name if zone else "",
        zone_organisation_code=zone.organisation_code if zone else "",
        zone_touches=zone.touches if zone else (),
        named_zones=(*_places_without_division(city, divisions, plane), *plan.zones),
        poi_weights={code: one.weight for code, one in load_categories(city).by_code.items()},
        plan=plan,
    )


def _places_without_division(
    city: City, divisions: tuple[Division, ...], plane: ToPlane
) -> tuple[NamedZone, ...]:
    """Populated places of the districts that carry a name no unit of government has."""
    taken = {division.name for division in divisions}
    return tuple(
        NamedZone(one.name, plane(np.array([[one.place.lon_deg, one.place.lat_deg]]))[0], PLACE_RADIUS_M)
        for one in read_places(city)
        if one.county_code in city.districts and one.subdistrict_code is None and one.name not in taken
    )
