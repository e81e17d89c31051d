"""Roads: areas reached, the soonest, closures and matrices in a city of 30,000 crossings, beside networkx."""

from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter

import networkx as nx
import numpy as np
import shapely
from shapely import LineString

from gis_core.coverage import Floats
from gis_core.crs import PlaneSystem
from gis_core.places import PlanePoint
from gis_core.roads.blocks import find_blocks
from gis_core.roads.closures import Closure, OpenRoads, open_roads
from gis_core.roads.isochrones import BUFFER_M, draw_isochrones
from gis_core.roads.matrices import measure_matrix
from gis_core.roads.nearest import Resources, list_nearest
from gis_core.roads.network import RoadNetwork
from gis_core.roads.noding import CentreLines, build_network
from gis_core.roads.places import RoadPlace, RoadPlaces, find_place, find_places
from gis_core.roads.routes import find_route
from gis_core.roads.searching import search
from gis_core.roads.speeds import Speed, SpeedTable
from gis_core.roads.timed import find_timed_route
from gis_core.shapes import to_lonlat
from tests.bench.figures import Figure
from tests.bench.road_peer import ask_pandana
from tests.road_town import AT, moment

_figure = partial(Figure, "roads")
PLANE = PlaneSystem(4545)
WEST_M, SOUTH_M = 420_000.0, 3_795_000.0
ACROSS, STEP_M = 175, 100.0
KEPT = 0.88
SPEEDS = SpeedTable({rank: Speed(kmh, "assumed", "bench") for rank, kmh in
                     (("arterial", 40.0), ("collector", 30.0), ("local", 20.0))})  # fmt: skip
SPOTS, UNITS, ORIGINS, BLOCKS = 40, 500, 60, 2_000
BUDGETS_S = (300.0, 600.0, 900.0)
PEER_ROUNDS = 3


def measure() -> list[Figure]:
    """Figures of roads."""
    random = np.random.default_rng(7)
    lines = draw_city(random)
    started = perf_counter()
    network = build_network(lines, SPEEDS)
    _ = network.leaving.rows, network.arriving, network.tree, network.parts, find_blocks(network)
    build_s = perf_counter() - started
    roads, graph = open_roads(network, at=AT), network.to_networkx()
    spots = [_spot(roads, random) for _ in range(SPOTS)]
    edges = int(np.isfinite(network.edge_seconds).sum())
    return [
        _figure(f"building a network of {len(network):,} nodes and {edges:,} edges", build_s, "s"),
        *_searches(roads, graph, spots),
        *_areas(roads, graph, spots),
        *_nearest(roads, graph, spots, random),
        *_closures(network, graph, spots),
        *_matrix(roads, graph, random, spots),
    ]


def draw_city(random: np.random.Generator, across: int = ACROSS) -> CentreLines:
    """Bent streets of unequal rank between jittered crossings; some are missing."""
    number = np.arange(across * across).reshape(across, across)
    row, column = np.divmod(number.ravel(), across)
    points = np.column_stack([column, row]) * STEP_M + random.uniform(-25, 25, (number.size, 2))
    points += [WEST_M, SOUTH_M]
    pairs = np.concatenate([
        np.column_stack([number[:-1].ravel(), number[1:].ravel()]),
        np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
    ])  # fmt: skip
    pairs = pairs[random.random(len(pairs)) < KEPT]
    middles = points[pairs].mean(axis=1) + random.uniform(-6, 6, (len(pairs), 2))
    shapes = np.asarray(
        shapely.linestrings(np.stack([points[pairs[:, 0]], middles, points[pairs[:, 1]]], axis=1))
    )
    ranks = random.choice(["arterial", "collector", "local"], len(pairs), p=[0.15, 0.25, 0.6]).tolist()
    return CentreLines(shapes, [f"{n // 40}号路" for n in range(len(pairs))], ranks, is_synthetic=True)


def _spot(roads: OpenRoads, random: np.random.Generator) -> RoadPlace:
    return find_place(roads, _anywhere(random))


def _anywhere(random: np.random.Generator) -> PlanePoint:
    east_m, north_m = random.uniform(0.25, 0.75, 2) * ACROSS * STEP_M
    return PlanePoint(WEST_M + east_m, SOUTH_M + north_m)


def _ms(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return (perf_counter() - started) * 1000


def _node(roads: OpenRoads, place: RoadPlace) -> int:
    return int(roads.network.starts[place.stretch])


def _searches(roads: OpenRoads, graph: nx.MultiDiGraph, spots: list[RoadPlace]) -> list[Figure]:
    found: list[Figure] = []
    for name, limit_s, target in (("cutoff 600 s", 600.0, 12.0), ("to every node", 1e9, None)):
        ours = median(_ms(partial(search, roads, RoadPlaces.of([spot]), limit_s=limit_s)) for spot in spots)
        peer = median(
            _ms(partial(nx.single_source_dijkstra_path_length, graph, _node(roads, spot), cutoff=limit_s,
                        weight="seconds"))
            for spot in spots[:PEER_ROUNDS]
        )  # fmt: skip
        found.append(_figure(f"search, {name}, p50", ours, "ms", peer="networkx", peer_value=peer))
        found.append(
            _figure(f"search, {name}, times networkx", peer / ours, "×", target=target, better="more")
        )
    return found


def _areas(roads: OpenRoads, graph: nx.MultiDiGraph, spots: list[RoadPlace]) -> list[Figure]:
    def ours(spot: RoadPlace) -> list[str]:
        areas = draw_isochrones(roads, [spot], BUDGETS_S)
        return [shapely.to_geojson(to_lonlat(one.area, PLANE)) for one in areas]

    def peer(spot: RoadPlace) -> list[shapely.Geometry]:
        times = nx.single_source_dijkstra_path_length(
            graph, _node(roads, spot), cutoff=BUDGETS_S[-1], weight="seconds"
        )
        return [_plain_area(roads.network, times, budget_s) for budget_s in BUDGETS_S]

    took = [_ms(partial(ours, spot)) for spot in spots]
    peer_ms = median(_ms(partial(peer, spot)) for spot in spots[:PEER_ROUNDS])
    return [
        _figure("areas of 5, 10 and 15 min as GeoJSON, p50", float(np.percentile(took, 50)), "ms",
                peer="networkx, union of buffered edges", peer_value=peer_ms),
        _figure("areas of 5, 10 and 15 min as GeoJSON, p95", float(np.percentile(took, 95)), "ms", target=150,
                peer="networkx, union of buffered edges", peer_value=peer_ms),
    ]  # fmt: skip


def _plain_area(network: RoadNetwork, times: dict[int, float], budget_s: float) -> shapely.Geometry:
    """What one would write with networkx: buffer every edge between reached nodes and unite them."""
    reached = np.zeros(len(network), dtype=bool)
    reached[[node for node, seconds in times.items() if seconds <= budget_s]] = True
    edges = network.shapes[reached[network.starts] & reached[network.ends]]
    return shapely.union_all(shapely.buffer(edges, BUFFER_M, quad_segs=3))


def _nearest(
    roads: OpenRoads, graph: nx.MultiDiGraph, spots: list[RoadPlace], random: np.random.Generator
) -> list[Figure]:
    points = [_anywhere(random) for _ in range(UNITS)]
    keys = [f"u{n}" for n in range(UNITS)]
    units, reverse = Resources.at(roads, keys, points), graph.reverse()

    def known(spot: RoadPlace) -> float:
        return list_nearest(roads, spot, units, 10).arrivals[-1].seconds

    def anew(spot: RoadPlace) -> float:
        return list_nearest(roads, spot, Resources.at(roads, keys, points), 10).arrivals[-1].seconds

    took, took_anew = ([_ms(partial(work, spot)) for spot in spots] for work in (known, anew))
    # networkx is told beforehand how far it has to search, and at which crossings the units stand.
    peer = median(
        _ms(partial(nx.single_source_dijkstra_path_length, reverse, _node(roads, spot), cutoff=known(spot),
                    weight="seconds"))
        for spot in spots[:PEER_ROUNDS]
    )  # fmt: skip
    name = f"10 nearest of {UNITS}, p50"
    return [
        _figure(name, median(took), "ms", peer="networkx, told how far to search", peer_value=peer),
        _figure(
            f"{name[:-5]}, their places found anew, p95", float(np.percentile(took_anew, 95)), "ms", target=30
        ),
    ]


def _closures(network: RoadNetwork, graph: nx.MultiDiGraph, spots: list[RoadPlace]) -> list[Figure]:
    took, took_timed, peers = [], [], []
    for n, (start, end) in enumerate(zip(spots[::2], spots[1::2], strict=True)):
        closure = _between(start, end, n)
        took.append(_ms(partial(_route_round, network, closure, start, end)))
        timed = open_roads(network, [closure], at=AT)
        took_timed.append(_ms(partial(find_timed_route, timed, start, end)))
        if n < PEER_ROUNDS:
            peers.append(_ms(partial(_peer_round, graph, timed, start, end)))
    mask = [_ms(partial(open_roads, network, [_between(*spots[:2], n)])) for n in range(100, 100 + SPOTS)]
    return [
        _figure("a drawn closure becomes a mask, p95", float(np.percentile(mask, 95)), "ms", target=50),
        _figure("a closure is obeyed: mask and route, p95", float(np.percentile(took, 95)), "ms", target=50,
                peer="networkx, edges removed and route", peer_value=median(peers)),
        _figure("route in time past a closure of 20 min, p95", float(np.percentile(took_timed, 95)), "ms"),
    ]  # fmt: skip


def _between(start: RoadPlace, end: RoadPlace, n: int) -> Closure:
    """A zone of some hundred metres half way between two places, closed for twenty minutes."""
    line = LineString([(p.point.easting_m, p.point.northing_m) for p in (start, end)])
    zone = line.interpolate(0.5, normalized=True).buffer(min(line.length / 4, 600.0) + n / 1000)
    return Closure(f"c{n}", "堤岸封控", zone, begins_at=AT, ends_at=moment(1_200))


def _route_round(network: RoadNetwork, closure: Closure, start: RoadPlace, end: RoadPlace) -> None:
    find_route(open_roads(network, [closure], at=AT), start, end)


def _peer_round(graph: nx.MultiDiGraph, roads: OpenRoads, start: RoadPlace, end: RoadPlace) -> None:
    less = graph.copy()
    shut = np.flatnonzero(roads.closed)
    tails, heads = roads.network.tails[shut].tolist(), roads.network.heads[shut].tolist()
    less.remove_edges_from(zip(tails, heads, shut.tolist(), strict=True))
    nx.bidirectional_dijkstra(less, _node(roads, start), _node(roads, end), weight="seconds")


def _matrix(
    roads: OpenRoads, graph: nx.MultiDiGraph, random: np.random.Generator, spots: list[RoadPlace]
) -> list[Figure]:
    def some(count: int) -> Floats:
        points = [_anywhere(random) for _ in range(count)]
        return np.array([(one.easting_m, one.northing_m) for one in points])

    origins, blocks = find_places(roads.network, some(ORIGINS)), find_places(roads.network, some(BLOCKS))
    ours_s = median(_ms(partial(measure_matrix, roads, origins, blocks)) for _ in range(3)) / 1000
    starts = roads.network.starts
    one_ms = median(
        _ms(partial(nx.single_source_dijkstra_path_length, graph, int(starts[n]), weight="seconds"))
        for n in origins.stretches[:PEER_ROUNDS]
    )
    froms, tos = starts[origins.stretches].tolist(), starts[blocks.stretches].tolist()
    name = f"matrix {ORIGINS} × {BLOCKS:,}"
    return [
        _figure(name, ours_s, "s", target=0.6, peer=f"networkx, {ORIGINS} times one search",
                peer_value=one_ms * ORIGINS / 1000),
        *_beside_pandana(roads, spots, froms, tos, matrix_s=ours_s),
    ]  # fmt: skip


def _beside_pandana(
    roads: OpenRoads, spots: list[RoadPlace], origins: list[int], blocks: list[int], *, matrix_s: float
) -> list[Figure]:
    near = [_node(roads, spot) for spot in spots]
    told = ask_pandana(roads.network, spots=near, origins=origins, blocks=blocks, limit_s=BUDGETS_S[1])
    range_ms = median(
        _ms(partial(search, roads, RoadPlaces.of([spot]), limit_s=BUDGETS_S[1])) for spot in spots
    )
    closure = _between(*spots[:2], 0)
    closed_ms = median(
        _ms(partial(_route_round, roads.network, closure, *spots[:2])) for _ in range(PEER_ROUNDS)
    )
    return [
        _figure("search, cutoff 600 s, p50", range_ms, "ms", peer="pandana, nodes in range",
                peer_value=told["range"] * 1000),
        _figure(f"matrix {ORIGINS} × {BLOCKS:,}", matrix_s, "s", peer="pandana", peer_value=told["matrix"]),
        _figure("a closure is obeyed: mask and route, p50", closed_ms, "ms", peer="pandana, built anew",
                peer_value=told["build"] * 1000),
    ]  # fmt: skip
