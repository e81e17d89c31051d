"""The city's limits for positions, as in force on one day."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Numbers of `positions.yaml` on a day; each unit stands in the name."""

    clock_tolerance_s: int = 120
    oldest_h: int = 96
    surroundings_km: int = 20
    fastest_person_kmh: int = 120
    fastest_vehicle_kmh: int = 160
    coarsest_m: int = 500
    most_in_batch: int = 1000
    stale_after_s: int = 120
    stray_after_min: int = 15
    line_width_m: int = 80
    busy_from: int = 3
    longest_duty_h: int = 14

    def fastest_kmh(self, kind: str) -> int:
        """How fast a person or a vehicle may have been."""
        return self.fastest_person_kmh if kind == "person" else self.fastest_vehicle_kmh
