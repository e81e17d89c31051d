"""What the tiles of the ground hold at each zoom: base map and unit grids."""

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
NAMED_FROM = {"river": 0, "water": 0, "park": 14, "green": 14, "square": 14, "hill": 12, "estate": 15}
GRID_CODES_FROM = 16
GRIDS_FROM = 13


def base_sql(zoom: int) -> str:
    """Ground, streets with names, borders, zones, and each name as one point."""
    layers = (_ground(zoom), _ground_labels(zoom), _streets(zoom), _divisions(zoom), _labels(zoom), _zones())
    return tile_sql(layers)


def grids_sql(zoom: int) -> str | None:
    """Unit grids, from zoom 13; their codes as points where they can be read."""
    if zoom < GRIDS_FROM:
        return None
    rows = (
        f"SELECT code, responsibility_code AS responsibility, zone_code AS zone, {drawn('geom')} AS geom"
        f" FROM grid.unit_grid WHERE geom && {WINDOW_SQL} AND valid_to IS NULL"
    )
    grids = layer_sql("unit_grids", f"SELECT * FROM ({rows}) AS g WHERE geom IS NOT NULL")
    return tile_sql((grids, _grid_labels()) if zoom >= GRID_CODES_FROM else (grids,))


SHAPES: dict[str, Callable[[int], str | None]] = {
    "base": base_sql,
    "grids": grids_sql,
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


def _ground_labels(zoom: int) -> str:
    """The name of each thing once; a river's once in each tile that shows a fair stretch of it."""
    # OFFSET 0 keeps PostgreSQL from cutting each river once for every use of the part
    is_river = "kind IN ('river', 'water')"
    cut = f"CASE WHEN {is_river} THEN ST_ClipByBox2D(geom, {WINDOW_SQL}) ELSE geom END"
    is_long = (
        "greatest(ST_XMax(part) - ST_XMin(part), ST_YMax(part) - ST_YMin(part)) >= (:w_north - :w_south) / 4"
    )
    rows = (
        f"SELECT kind, name, rank, {drawn_point('ST_PointOnSurface(part)', buffer=0)} AS geom FROM ("
        f"SELECT kind, name, rank, {cut} AS part FROM grid.ground"
        f" WHERE geom && {WINDOW_SQL} AND kind IN {_shown(NAMED_FROM, zoom)} AND kind <> 'building'"
        f" AND name <> '' OFFSET 0) AS n WHERE NOT ST_IsEmpty(part) AND ({is_long} OR NOT {is_river})"
    )
    return layer_sql("ground_labels", f"SELECT * FROM ({rows}) AS g WHERE geom IS NOT NULL")


def _grid_labels() -> str:
    rows = (
        f"SELECT code, {drawn_point('ST_PointOnSurface(geom)', buffer=0)} AS geom"
        f" FROM grid.unit_grid WHERE geom && {WINDOW_SQL} AND valid_to IS NULL"
    )
    return layer_sql("unit_grid_labels", f"SELECT * FROM ({rows}) AS g WHERE geom IS NOT NULL")


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
    """Names of divisions, and of zones by the short name people use."""
    point = drawn_point("ST_PointOnSurface(geom)", buffer=0)
    is_here = f"geom && {WINDOW_SQL} AND valid_to IS NULL"
    rows = (
        f"SELECT name, level, {point} AS geom FROM grid.division"
        f" WHERE {is_here} AND level IN {_shown(NAMES_FROM, zoom)} UNION ALL"
        " SELECT coalesce(CAST(:short_names AS jsonb) ->> code, name), 'zone',"
        f" {point} FROM grid.zone WHERE {is_here}"
    )
    return layer_sql("division_labels", f"SELECT * FROM ({rows}) AS d WHERE geom IS NOT NULL")


def _zones() -> str:
    rows = (
        f"SELECT code, name, {drawn('geom')} AS geom FROM grid.zone"
        f" WHERE geom && {WINDOW_SQL} AND valid_to IS NULL"
    )
    return layer_sql("zones", f"SELECT * FROM ({rows}) AS z WHERE geom IS NOT NULL")
