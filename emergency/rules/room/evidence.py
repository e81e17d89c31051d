"""Photos as facts of an incident name them."""

from collections.abc import Sequence
from typing import Any

from cases.rules.evidence import StoredPhoto


def photos_told(photos: Sequence[StoredPhoto]) -> list[dict[str, Any]]:
    """The pictures by their content, with time and place (EPSG:4490) as the camera wrote them."""
    return [
        {"sha256": one.sha256}
        | ({"taken_at": one.taken_at.isoformat()} if one.taken_at else {})
        | ({"lon": round(one.place.lon_deg, 6), "lat": round(one.place.lat_deg, 6)} if one.place else {})
        for one in photos
    ]
