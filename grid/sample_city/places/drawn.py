"""All places of a drawing, from plates to zones."""

from itertools import chain

from gis_core.coverage import Shapes
from grid.sample_city.drawing import Areas, Ground, Places, UnitGrids
from grid.sample_city.landscape import Landscape
from grid.sample_city.places import along_streets, by_use
from grid.sample_city.places.communities import community_services, subdistrict_services
from grid.sample_city.places.estates import estate_sites, gates, label_estates, name_blocks
from grid.sample_city.places.named_streets import find_crossings, follow
from grid.sample_city.places.over_water_and_rails import bridges, rail_crossings
from grid.sample_city.places.plates import number_stretches, street_plates
from grid.sample_city.places.sites import as_places, stem_of
from grid.sample_city.places.standing import read_standing
from grid.sample_city.places.zones import zones
from grid.sample_city.streets import Streets


def draw_places(
    scape: Landscape, *, streets: Streets, grids: UnitGrids, ground: Ground, areas: Areas, built_up: Shapes
) -> Places:
    """The gazetteer of the drawn ground: plates, estates, points of interest and zones.

    `built_up` is where the whole city is built up, whether that is drawn or not.
    """
    facts, seed = scape.facts, scape.seed
    names = {division.code: division.name for division in facts.divisions}
    stems = frozenset(stem_of(d.name) for d in facts.divisions if d.level == "community")
    named = follow(streets)
    crossings = find_crossings(named)
    standing = read_standing(ground, grids)
    stretches = number_stretches(named, standing, grids, built_up=built_up, seed=seed)
    labels = label_estates(grids, seed=seed)
    blocks = name_blocks(grids, labels, stretches=stretches, streets=named, communities=names)
    marks = facts.plan.landmarks
    sites = chain(
        zones(scape, areas),
        along_streets.landmarks(marks, stretches, named, crossings),
        street_plates(stretches, named),
        estate_sites(grids, blocks, standing, seed=seed),
        gates(grids, labels, seed=seed),
        along_streets.street_services(stretches, named, stems=stems, marked=marks, seed=seed),
        along_streets.bus_stops(named, crossings),
        along_streets.ways_over_and_under(named, crossings, seed=seed),
        along_streets.toilets(named, grids),
        along_streets.kilometre_posts(named),
        bridges(named, scape),
        rail_crossings(named, scape, seed=seed),
        community_services(grids, standing, names, seed=seed),
        subdistrict_services(facts.divisions, facts.plan.seats, grids=grids, standing=standing),
        by_use.schools(grids, standing, names, seed=seed),
        by_use.factories(grids, standing, names, seed=seed),
        by_use.offices(grids, standing, seed=seed),
        by_use.shops(grids, standing, stretches=stretches, streets=named, seed=seed),
        by_use.parks_and_squares(grids, ground, names),
    )
    return as_places(list(sites), grids, facts.poi_weights)
