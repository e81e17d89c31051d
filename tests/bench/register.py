"""A million surveyed components into the register with every check, beside geopandas reading and joining."""

import multiprocessing
import os
import resource
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
import pyogrio
import shapely
from sqlalchemy import Engine, text

from gis_core.crs import PlaneSystem
from gis_core.db import open_engine, open_sessions
from grid.register.importing import Importing, Wishes
from grid.rules.register import Asking
from tests.bench.figures import Figure
from tests.bench.locating import SRID, draw_city
from tests.case_city import FRIDAY_MORNING, RULES_ON, baoji, catalogue
from tests.databases import RUN_FOLDER, Databases, begin_run, end_run, fill_migrated

_figure = partial(Figure, "grid")
ROWS = int(os.environ.get("CITYGRID_BENCH_COMPONENTS", "1000000"))
NEEDED_PER_S = 15_000
MOST_GB = 1.5
ADD_GRID = text("""
    INSERT INTO grid.unit_grid (code, name, community_code, geom, area_m2, land_use, valid_from, source,
        is_synthetic)
    VALUES (CAST(:code AS text), '', left(CAST(:code AS text), 12), ST_GeomFromWKB(:shape, 4545), 10000,
        'street', :on, 'bench', true)
""")


def measure() -> list[Figure]:
    """Figures of importing a million components, and of reading and joining the same file with geopandas."""
    is_ours = RUN_FOLDER not in os.environ
    if is_ours:
        begin_run()
    databases = Databases(Path(os.environ[RUN_FOLDER]))
    template = databases.template("bench_register", fill_migrated)
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            databases.clone(template, "bench_register_run") as engine,
        ):
            shapes = draw_city()
            path = Path(folder) / "components.gpkg"
            codes = fill(engine, shapes)
            write_file(path, shapes, codes)
            address = engine.url.render_as_string(hide_password=False)
            took_s, peak_gb = _alone(import_file, address, str(path))
            peer_s, peer_gb = _alone(join_file, str(path), shapely.to_wkb(np.array(shapes, dtype=object)))
            moved = _count(engine)
    finally:
        if is_ours:
            end_run()
    return [
        _figure("importing surveyed components, every check, committed", moved / took_s, "rows/s",
                NEEDED_PER_S, "more", "geopandas read_file + sjoin", ROWS / peer_s),
        _figure("peak memory of that process", peak_gb, "GB", MOST_GB, "less", "geopandas", peer_gb),
        _figure("components in the register afterwards", float(moved), f"of {ROWS:,}", 0.999 * ROWS, "more"),
    ]  # fmt: skip


def fill(engine: Engine, shapes: list[shapely.Polygon]) -> list[str]:
    """Unit grids and one department in an empty database; the codes of the grids."""
    codes = [f"610303{n // 999 + 1:06d}{n % 999 + 1:03d}" for n in range(len(shapes))]
    rows = [
        {"code": code, "shape": shape.wkb, "on": RULES_ON} for code, shape in zip(codes, shapes, strict=True)
    ]
    with engine.begin() as connection:
        connection.execute(ADD_GRID, rows)
        connection.execute(
            text(
                "INSERT INTO grid.organisation (code, name, short_name, kind, area_codes, duties, source,"
                " is_synthetic) VALUES ('BJ-PS', '排水管理处', '', 'department', '{}', '', '', true)"
            )
        )
    return codes


def write_file(path: Path, shapes: list[shapely.Polygon], codes: list[str]) -> None:
    """A GeoPackage of components in the neighbouring zone (EPSG:4524), fields as the standard names them."""
    random = np.random.default_rng(7)
    grids = random.integers(0, len(shapes), ROWS)
    inside = np.array([shape.representative_point().coords[0] for shape in shapes])[grids]
    points = inside + random.uniform(-8, 8, (ROWS, 2))
    types = np.array([one.code for one in catalogue().types if one.geometry == "point"], dtype=object)
    names = {one.code: one.name for one in catalogue().types if one.geometry == "point"}
    chosen = types[random.integers(0, len(types), ROWS)]
    fields = {
        "GLBJBSM": [f"610303{code}{n % 999_999 + 1:06d}" for n, code in enumerate(chosen)],
        "GLBJMC": [names[code] for code in chosen],
        "ZGBMDM": ["BJ-PS"] * ROWS,
        "ZGBMMC": ["排水管理处"] * ROWS,
        "QSDWDM": ["BJ-PS"] * ROWS,
        "SZDYWGBSM": np.array(codes, dtype=object)[grids],
        "GLBJZT": np.where(random.random(ROWS) < 0.03, "破损", "完好"),
        "CSRQ": ["20240315"] * ROWS,
        "SJLY": ["实测"] * ROWS,
    }
    moved = points + np.array([36_000_000.0, 0.0])
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(shapely.points(moved)),
        field_data=[np.array(column, dtype=object) for column in fields.values()],
        fields=list(fields),
        geometry_type="Point",
        crs="EPSG:4524",
        driver="GPKG",
        SPATIAL_INDEX="NO",
    )


def import_file(address: str, path: str) -> tuple[float, float]:
    """Seconds and peak gigabytes of a whole import in a process of its own."""
    engine = open_engine(address, pool_size=2)
    importing = Importing(open_sessions(engine), baoji(), PlaneSystem(SRID))
    asking = Asking(FRIDAY_MORNING, None, "测量", "system")
    started = perf_counter()
    import_id = importing.begin(Path(path), Wishes(), asking)
    marks = [perf_counter() - started]
    report = importing.check(import_id, Path(path), Wishes(), at=FRIDAY_MORNING)
    marks.append(perf_counter() - started)
    importing.apply(import_id, keep_good=True, asking=asking)
    took_s = perf_counter() - started
    print(f"hash {marks[0]:.1f} s, checked {marks[1]:.1f} s, moved {took_s:.1f} s; {dict(report.counts)}")
    return took_s, _peak_gb()


def join_file(path: str, grids: object) -> tuple[float, float]:
    """Seconds and peak gigabytes of reading the file and joining it to the grids with geopandas."""
    import geopandas

    frame = geopandas.GeoDataFrame(geometry=geopandas.GeoSeries.from_wkb(grids), crs=f"EPSG:{SRID}")
    started = perf_counter()
    geopandas.read_file(path).to_crs(frame.crs).sjoin(frame, predicate="intersects", how="left")
    return perf_counter() - started, _peak_gb()


def _alone(act: object, *words: object) -> tuple[float, float]:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        done: tuple[float, float] = pool.submit(act, *words).result()  # type: ignore[arg-type]  # a function of ours
    return done


def _peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def _count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM grid.component")) or 0)
