"""What the tiles of the ground hold at each zoom: base map, unit grids, components."""

from collections.abc import Callable

from gis_core.tiles import WINDOW_SQL, drawn, drawn_point, layer_sql, tile_sql

KINDS_FROM = {
    "water": 0,
    "river": 0,
    "hill": 0,
    "railway": 9,
    "park": 10,
    "green": 11,
    "square": 13,
    "estate": 13,
    "building": 15,
}
RANKS_FROM = {"expressway": 0, "arterial": 8, "collector": 11, "local": 12, "lane": 14}
LEVELS_FROM = {"prefecture": 0, "district": 0, "subdistrict": 10, "community": 13}
NAMES_FROM = {"prefecture": 0, "district": 0, "subdistrict": 11, "community": 14}
COMPONENTS_FROM = 13
GRIDS_FROM = 13
# Where dots would touch only one in so many is drawn, without its name; the densest tile stays below 150 ms.
THINNED = {13: 8, 14: 4}


def base_sql(zoom: int) -> str:
    """Ground, streets with names, borders, labels and zones."""
    return tile_sql((_ground(zoom), _streets(zoom), _divisions(zoom), _labels(zoom), _zones()))


def grids_sql(zoom: int) -> str | None:
    """Unit grids, from zoom 13."""
    if zoom < GRIDS_FROM:
        return None
    rows = (
        f"SELECT code, responsibility_code AS responsibility, zone_code AS zone, {drawn('geom')} AS geom"
        f" FROM grid.unit_grid WHERE geom && {WINDOW_SQL} AND valid_to IS NULL"
    )
    return tile_sql((layer_sql("unit_grids", f"SELECT * FROM ({rows}) AS g WHERE geom IS NOT NULL"),))


def components_sql(zoom: int) -> str | None:
    """Components as points, from zoom 13; below, see `web/api/density.py`."""
    if zoom < COMPONENTS_FROM:
        return None
    is_thin = zoom in THINNED
    thin = f" AND id % {THINNED[zoom]} = 0" if is_thin else ""
    named = "" if is_thin else "code, name, "
    rows = (
        f"SELECT {named}type_code, left(type_code, 2) AS major, state,"
        f" {drawn_point('geom')} AS geom FROM grid.component WHERE geom && {WINDOW_SQL}{thin}"
    )
    return tile_sql((layer_sql("components", f"SELECT * FROM ({rows}) AS c WHERE geom IS NOT NULL"),))


SHAPES: dict[str, Callable[[int], str | None]] = {
    "base": base_sql,
    "grids": grids_sql,
    "components": components_sql,
}


def _shown(since: dict[str, int], zoom: int) -> str:
    return "(" + ", ".join(f"'{name}'" for name, first in since.items() if zoom >= first) + ")"


def _ground(zoom: int) -> str:
    """Hills are soft and may be coarse; what is smaller than a few pixels is left out."""
    no_buildings = "" if zoom >= KINDS_FROM["building"] else " AND kind <> 'building'"
    coarser = f"CASE kind WHEN 'hill' THEN {8 if zoom < 10 else 4} ELSE 2 END"
    rows = (
        f"SELECT kind, name, rank, {drawn('geom', coarser=coarser)} AS geom FROM grid.ground"
        f" WHERE geom && {WINDOW_SQL} AND kind IN {_shown(KINDS_FROM, zoom)}"
        f"{no_buildings} AND (ST_Dimension(geom) < 2 OR ST_Area(geom) >= :tolerance_m * :tolerance_m)"
    )
    return layer_sql("ground", f"SELECT * FROM ({rows}) AS g WHERE geom IS NOT NULL")


def _streets(zoom: int) -> str:
    """Stretches of one name and rank as one line, so that labels run along the street."""
    stretches = (
        "SELECT name, rank, ST_LineMerge(ST_Collect(geom)) AS geom FROM grid.street"
        f" WHERE geom && {WINDOW_SQL} AND rank IN {_shown(RANKS_FROM, zoom)} GROUP BY name, rank"
    )
    rows = f"SELECT name, rank, {drawn('geom')} AS geom FROM ({stretches}) AS s"
    return layer_sql("streets", f"SELECT * FROM ({rows}) AS t WHERE geom IS NOT NULL")


def _divisions(zoom: int) -> str:
    rows = (
        f"SELECT code, name, level, {drawn('geom')} AS geom FROM grid.division"
        f" WHERE geom && {WINDOW_SQL} AND valid_to IS NULL AND level IN {_shown(LEVELS_FROM, zoom)}"
    )
    return layer_sql("divisions", f"SELECT * FROM ({rows}) AS d WHERE geom IS NOT NULL")


def _labels(zoom: int) -> str:
    rows = (
        f"SELECT name, level, {drawn_point('ST_PointOnSurface(geom)', buffer=0)} AS geom FROM grid.division"
        f" WHERE geom && {WINDOW_SQL} AND valid_to IS NULL AND level IN {_shown(NAMES_FROM, zoom)}"
    )
    return layer_sql("division_labels", f"SELECT * FROM ({rows}) AS d WHERE geom IS NOT NULL")


def _zones() -> str:
    rows = (
        f"SELECT code, name, {drawn('geom')} AS geom FROM grid.zone"
        f" WHERE geom && {WINDOW_SQL} AND valid_to IS NULL"
    )
    return layer_sql("zones", f"SELECT * FROM ({rows}) AS z WHERE geom IS NOT NULL")
