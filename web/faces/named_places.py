"""Names of divisions and zones in force, read once for each version of the frame."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from grid.reading import list_division_names, list_zone_names
from web.wiring import Wiring


@dataclass(frozen=True, slots=True)
class NamedPlaces:
    """Divisions and zones by code."""

    divisions: Mapping[str, str]
    zones: Mapping[str, str]


def named_places(session: Session, wiring: Wiring) -> NamedPlaces:
    """The names at the newest version of the frame; no query once they are known."""
    version = wiring.map_facts().version
    known = _KNOWN.get(version)
    if known is None:
        known = NamedPlaces(list_division_names(session), list_zone_names(session))
        _KNOWN.clear()
        _KNOWN[version] = known
    return known


_KNOWN: dict[int, NamedPlaces] = {}
