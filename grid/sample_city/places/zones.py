"""Areas people have a name for beside the divisions (地片): soft-edged ground around a place."""

from collections.abc import Iterator

import numpy as np
import shapely
from shapely import Polygon

from gis_core.geocoding.gazetteer import PlaceKind
from grid.sample_city.drawing import Areas
from grid.sample_city.landscape import Landscape
from grid.sample_city.places.sites import Site
from grid.sample_city.plan import Floats, NamedZone
from grid.sample_city.valley import Noise, to_grain_array


def zones(scape: Landscape, areas: Areas) -> Iterator[Site]:
    """All zones of the city, in every size: they name ground whether it is divided or not."""
    communities = np.array([len(code) == 12 for code in areas.codes])
    codes, shapes = areas.codes[communities], areas.shapes[communities]
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    noise = Noise.seeded([scape.seed, 600], 700.0)
    for zone in scape.facts.named_zones:
        at = _middle(zone, areas)
        if at is None:
            continue
        ring = at + np.column_stack([np.cos(turn), np.sin(turn)]) * zone.radius_m
        ring = at + (ring - at) * (1 + 0.18 * noise.at(ring))[:, None]
        home = np.flatnonzero(shapely.intersects(shapes, shapely.points(at)))
        if len(home):
            yield Site(
                PlaceKind.ZONE,
                zone.name,
                float(at[0]),
                float(at[1]),
                area=Polygon(to_grain_array(ring)).buffer(0),
                division_code=str(codes[home[0]]),
            )


def _middle(zone: NamedZone, areas: Areas) -> Floats | None:
    if zone.at is not None:
        return zone.at
    home = np.flatnonzero(areas.codes == zone.division_code)
    if len(home) == 0:
        return None
    return np.asarray(np.round(shapely.get_coordinates(shapely.centroid(areas.shapes[home[0]]))[0]))
