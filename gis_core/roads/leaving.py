"""Roads for those who leave a zone: out of it by every road, into it or through it by none."""

from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis_core.roads.closures import OpenRoads


def open_outwards(roads: OpenRoads, zone: BaseGeometry) -> OpenRoads:
    """The same roads, where nobody enters the zone (plane metres; its border counts as inside).

    Edges that begin at a crossing inside stay open, so whoever is there gets out; those that lead in, and
    stretches that only pass through, are closed. Ask for goals outside: the last metres along a stretch to
    a place inside are not judged.
    """
    if zone.is_empty:
        return roads
    network = roads.network
    shapely.prepare(zone)
    touched = network.tree.query(zone, predicate="intersects")
    inside = shapely.intersects_xy(zone, network.points[:, 0], network.points[:, 1])
    edges = np.concatenate([2 * touched, 2 * touched + 1])
    closed = roads.closed.copy()
    closed[edges[~inside[network.tails[edges]]]] = True
    return replace(roads, closed=closed)
