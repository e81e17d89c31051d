"""Components spread over some kilometres around 经二路, and where the tiles lie that show them."""

from collections.abc import Iterator
from itertools import product
from math import asinh, atan, degrees, pi, radians, sinh, tan

from fastapi.testclient import TestClient
from sqlalchemy import text

from tests.case_city import JINGER_ROAD
from tests.faces.mvt import Feature, read_tile

AROUND = tuple(product((-1, 0, 1), repeat=2))

ADD_COMPONENTS = text("""
    INSERT INTO grid.component (code, type_code, name, geom, unit_grid_code, authority_code,
        first_surveyed_on, source, is_synthetic)
    SELECT '610303008007' || lpad(n::text, 5, '0'), '01002', '污水井盖',
        ST_Translate(ST_PointOnSurface(g.geom), n % 20, n / 20), g.code, 'BJ-PS', '2026-01-01', 'test', true
    FROM grid.unit_grid AS g, generate_series(1, 400) AS n WHERE g.code = '610303008007005'
""")
"""Four hundred covers on twenty metres."""

SPREAD_COMPONENTS = text("""
    INSERT INTO grid.component (code, type_code, name, geom, unit_grid_code, authority_code, owner_code,
        maintainer_code, state, first_surveyed_on, source, is_synthetic)
    SELECT '610303008007' || lpad(n::text, 5, '0'), (ARRAY['01002', '01007', '02012', '03005'])[1 + n % 4],
        (ARRAY['部件', '红旗路部件', '部件 A-1'])[1 + n % 3],
        ST_Translate(ST_Centroid(g.geom), n * 7919 % 8009 - 4000, n * 6577 % 7993 - 4000),
        (CASE WHEN n % 5 = 0 THEN '61030200100100' ELSE '61030300800700' END) || (1 + n % 9), 'BJ-PS',
        CASE WHEN n % 4 = 1 THEN (ARRAY['BJ-DX', 'BJ-YD'])[1 + n / 4 % 2] END, 'BJ-PS',
        (ARRAY['完好', '完好', '破损', '丢失', '移除', '倾斜'])[1 + n % 6], '2026-01-01', 'test', true
    FROM grid.unit_grid AS g, generate_series(1, 900) AS n WHERE g.code = '610303008007005'
""")
"""Nine hundred components of four types, some owned, in six states and two districts, on eight kilometres."""


def tile_of(zoom: int, place=JINGER_ROAD) -> tuple[int, int]:
    """Column and row of the tile that holds a place."""
    wide = 2**zoom
    column = int((place.lon_deg + 180) / 360 * wide)
    return column, int((1 - asinh(tan(radians(place.lat_deg))) / pi) / 2 * wide)


def address(layer: str, zoom: int, *, column: int = 0, row: int = 0) -> str:
    x, y = tile_of(zoom)
    return f"/tiles/{layer}/{zoom}/{x + column}/{y + row}.mvt"


def box_of(zoom: int, *, column: int = 0, row: int = 0) -> str:
    """The box of a tile without its buffer, as the list takes it."""
    x, y = tile_of(zoom)
    west, east = ((x + column + edge) / 2**zoom * 360 - 180 for edge in (0, 1))
    north, south = (degrees(atan(sinh(pi * (1 - 2 * (y + row + edge) / 2**zoom)))) for edge in (0, 1))
    return f"{west!r},{south!r},{east!r},{north!r}"


def features(client: TestClient, layer: str, zoom: int, sheet: str, query: str = "") -> Iterator[Feature]:
    """What nine tiles around 经二路 show in one sheet, each feature once: buffers are left out."""
    for column, row in AROUND:
        answer = client.get(address(layer, zoom, column=column, row=row) + query)
        assert answer.status_code == 200, answer.text
        found = read_tile(answer.content).get(sheet, [])
        yield from (one for one in found if all(0 <= part < 4096 for part in one.point))
