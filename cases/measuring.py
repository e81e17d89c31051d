"""How far from a case its photos were taken, and whoever sends them stands."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from cases.arriving import on_grain
from cases.rules.evidence import StoredPhoto
from cases.rules.on_site import OwnPosition
from cases.store import PhotoFound
from gis_core.crs import OutsidePlane, PlaneSystem, gcj02_to_wgs84
from gis_core.measure import distance_m
from gis_core.places import LonLat, PlanePoint
from grid.city import City

FAR_AWAY_M = 1e7
"""What is outside the plane system, so that no fence holds it."""
Wish = TypeVar("Wish")
"""A command, or a report."""


@dataclass(frozen=True, slots=True)
class Measuring:
    """Measures in the city's plane system."""

    city: City
    plane: PlaneSystem

    def measured(self, wish: Wish, point: PlanePoint) -> Wish:
        """A command or a report with the distance from the case of whoever sends it, and of each photo whose
        camera wrote its position."""
        changes: dict[str, object] = {
            name: tuple(replace(photo, distance_m=self._distance_m(photo, point)) for photo in photos)
            for name in ("photos", "after_photos")
            if (photos := getattr(wish, name, None))
        }
        position: OwnPosition | None = getattr(wish, "position", None)
        if position is not None:
            place = self.city.read_place(position.place, position.system)
            changes["position"] = replace(position, distance_m=self._away_m(place, point))
        return replace(wish, **changes) if changes else wish  # type: ignore[type-var]  # all are dataclasses

    def found(self, photos: Iterable[tuple[str, StoredPhoto]]) -> list[PhotoFound]:
        """Photos of a fact with their points, where those are known."""
        return [PhotoFound(role, photo, self._point_of(photo)) for role, photo in photos]

    def _distance_m(self, photo: StoredPhoto, point: PlanePoint) -> float | None:
        """How far from `point` a photo was taken, metres; cameras sold here write WGS84 or GCJ-02."""
        if photo.place is None:
            return None
        readings = (photo.place, gcj02_to_wgs84(photo.place))
        return min(self._away_m(place, point) for place in readings)

    def _away_m(self, place: LonLat, point: PlanePoint) -> float:
        try:
            return distance_m(self.plane.to_plane(place), point)
        except OutsidePlane:
            return FAR_AWAY_M

    def _point_of(self, photo: StoredPhoto) -> PlanePoint | None:
        if photo.place is None:
            return None
        try:
            return on_grain(self.plane.to_plane(photo.place))
        except OutsidePlane:
            return None
