"""Effects with exposure: a chlorine plume over 40,000 blocks and 300,000 components, beside geopandas."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time

import numpy as np
import shapely

from emergency.effect_data import EffectData, load_effect_data
from emergency.rules.effects.flood import flood
from emergency.rules.effects.plume import Air, Leak, plume
from emergency.rules.effects.results import Effect
from emergency.rules.effects.stability import Stability
from emergency.rules.effects.substances import thresholds_of
from emergency.rules.exposure import Exposure, expose
from emergency.rules.layers import (
    ComponentLayer,
    LayerFacts,
    Layers,
    PeopleLayer,
    PlaceKind,
    PlaceLayer,
    RoadLayer,
)
from gis_core.places import PlanePoint
from grid.city import City
from grid.sample_city.terrain import draw_terrain
from tests.bench.figures import Figure

_figure = partial(Figure, "emergency")
BAOJI = Path(__file__).parents[2] / "data" / "baoji"
ACROSS, BLOCK_M = 200, 60.0
COMPONENTS, EDGES, PLACES = 300_000, 30_000, 1_000
WEST_M, SOUTH_M = 420_000.0, 3_797_000.0
AT = datetime(2026, 9, 18, 2, 0, tzinfo=UTC)
TIMES = 40
USES = np.array(["residential", "commercial", "industrial", "school"], dtype=object)


def measure() -> list[Figure]:
    """Figures of effects and exposure."""
    data = load_effect_data(City.load(BAOJI))
    started = perf_counter()
    layers = _layers()
    building_s = perf_counter() - started
    effect = _leak(data)
    found = _ask(effect, layers, data)
    plumes, whole = _timed(lambda: _leak(data)), _timed(lambda: _ask(_leak(data), layers, data))
    worked = _timed(lambda: _ask(_leak(data), layers, data), process_time)
    peer_ms, peer_people = _geopandas(effect, layers)
    return [
        _figure("layers checked and built, once a version of the data", building_s, "s"),
        _figure("plume, three isopleths plain and widened, median", median(plumes), "ms"),
        _figure("plume with exposure, median", median(whole), "ms", peer="geopandas overlay and sjoin",
                peer_value=peer_ms),
        _figure("plume with exposure, p95", quantiles(whole, n=20)[-1], "ms", target=300),
        _figure("plume with exposure, processor time, median", median(worked), "ms"),
        _figure("people in the plume that geopandas counts otherwise",
                abs((found.total.people or 0.0) - peer_people), "", target=0.01),
        _figure("flood on 1.3 million cells, median", median(_flooding(data)), "ms"),
    ]  # fmt: skip


def _timed(act: Callable[[], object], clock: Callable[[], float] = perf_counter) -> list[float]:
    """Milliseconds of each try; the first is not counted."""
    act()
    found = []
    for _ in range(TIMES):
        started = clock()
        act()
        found.append((clock() - started) * 1000)
    return found


def _layers() -> Layers:
    rng = np.random.default_rng(7)
    row, column = np.divmod(np.arange(ACROSS * ACROSS), ACROSS)
    west, south = WEST_M + column * BLOCK_M, SOUTH_M + row * BLOCK_M
    codes = np.array([f"G{n:05d}" for n in range(len(row))], dtype=object)
    sides = np.array([f"S{n:02d}" for n in (row // 40) * 5 + column // 40], dtype=object)
    size_m = ACROSS * BLOCK_M
    points = rng.uniform(0, size_m, (COMPONENTS, 2)) + np.array([WEST_M, SOUTH_M])
    block = ((points[:, 1] - SOUTH_M) // BLOCK_M * ACROSS + (points[:, 0] - WEST_M) // BLOCK_M).astype(
        np.int64
    )
    starts = rng.uniform(0, size_m, (EDGES, 2)) + np.array([WEST_M, SOUTH_M])
    ends = starts + rng.normal(0, 80.0, (EDGES, 2))
    lines = shapely.linestrings(np.stack([starts, ends], axis=1))
    edges = np.array([f"R{n}" for n in range(EDGES)], dtype=object)

    def places(kind: PlaceKind) -> PlaceLayer:
        chosen = rng.integers(0, COMPONENTS, PLACES)
        names = np.array([f"{kind}{n}" for n in range(PLACES)], dtype=object)
        return PlaceLayer.of(
            kind, _facts(kind), shapely.points(points[chosen]), codes=names, names=names, sorts=names,
            amounts=rng.integers(0, 2000, PLACES).astype(float), subdistricts=sides[block[chosen]],
            grids=codes[block[chosen]],
        )  # fmt: skip

    return Layers(
        people=PeopleLayer.of(
            _facts("人口"), shapely.box(west, south, west + BLOCK_M, south + BLOCK_M),
            rng.uniform(0, 60, len(row)), workers=rng.uniform(0, 40, len(row)),
            land_uses=USES[rng.integers(0, len(USES), len(row))], subdistricts=sides, grids=codes,
        ),
        components=ComponentLayer.of(
            _facts("部件"), points, classes=rng.integers(101, 250, COMPONENTS).astype(str),
            subdistricts=sides[block], grids=codes[block],
        ),
        targets=places("targets"), hazards=places("hazards"), shelters=places("shelters"),
        roads=RoadLayer.of(_facts("道路"), lines, codes=edges, names=edges),
    )  # fmt: skip


def _facts(name: str) -> LayerFacts:
    return LayerFacts(name=name, source="示意", on=date(2026, 9, 1), is_synthetic=True)


def _leak(data: EffectData) -> Effect:
    """Five kilograms of chlorine a second on a clear night: 2 ppm go beyond the model's 10 km."""
    gas = data.substances.get("chlorine")
    air = Air(wind_mps=2.0, wind_from_deg=225.0, stability=Stability(("F",)))
    at = PlanePoint(WEST_M + 3_000, SOUTH_M + 3_000)
    return plume(Leak(at=at, rate_g_per_s=5_000.0), air, thresholds_of(gas), substance=gas)


def _ask(effect: Effect, layers: Layers, data: EffectData) -> Exposure:
    return expose([effect], layers, at=AT, presence=data.presence, moment="resident", needs=data.needs.needs)


def _geopandas(effect: Effect, layers: Layers) -> tuple[float, float]:
    """Milliseconds for people and components of the three zones, and people in the largest."""
    import geopandas

    people, components = layers.people, layers.components
    assert people is not None
    assert components is not None
    blocks = geopandas.GeoDataFrame({"people": people.residents}, geometry=people.shapes)
    dots = geopandas.GeoDataFrame(
        {"class": components.classes.index}, geometry=shapely.points(components.points)
    )
    counted = 0.0

    def act() -> None:
        nonlocal counted
        for zone in effect.zones:
            frame = geopandas.GeoDataFrame(geometry=[zone.widest])
            parts = geopandas.overlay(blocks, frame, how="intersection")
            counted = float((parts["people"] * parts.area).sum() / BLOCK_M**2)
            dots.sjoin(frame, predicate="intersects").groupby("class").size()

    act()
    started = perf_counter()
    act()
    return (perf_counter() - started) * 1000, counted


def _flooding(data: EffectData) -> list[float]:
    terrain = draw_terrain(City.load(BAOJI))
    middle = np.argmin(np.nan_to_num(terrain.heights_m[:, 700], nan=1e9))
    seed = shapely.Point(
        terrain.west_m + 700.5 * terrain.cell_m, terrain.north_m - (float(middle) + 0.5) * terrain.cell_m
    )
    level = float(terrain.heights_m[middle, 700]) + 8.0
    return _timed(lambda: flood(terrain, level=level, seed=seed, depths=data.depths.depths))
