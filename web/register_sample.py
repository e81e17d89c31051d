"""New components written as a survey office hands them over, to practise an import."""

from pathlib import Path

import numpy as np
import shapely

from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.spatial_files import write_layer
from grid.city import City
from grid.register.exporting import NothingToExport
from grid.register.known import load_attributes
from grid.sample_city.component_survey import draw_new_components, plant_component_defects
from grid.sample_city.survey import Planted
from web.grid_work import ZONED_SRID

FEWEST_SAMPLES = 100


def write_component_survey(
    sessions: Sessions, city: City, folder: Path, *, is_clean: bool
) -> tuple[Path, int, list[Planted]]:
    """Write new components beside those of the register as a survey office would: GBK shapefile, EPSG:4524,
    northing first, under the abbreviations of the standard, with defects planted.

    :raises NothingToExport: when the register has too few components to draw from.
    """
    plane, zoned = PlaneSystem(city.plane_crs), PlaneSystem(ZONED_SRID)
    with sessions() as session:
        rows = draw_new_components(session)
    if len(rows) < FEWEST_SAMPLES:
        raise NothingToExport("登记册里的部件太少，写不出示例。请先运行 citygrid demo。")
    planted: list[Planted] = []
    if not is_clean:
        rows, planted = plant_component_defects(rows)
    points = np.array([row.point for row in rows], dtype=object)
    shapes = shapely.transform(points, lambda pairs: zoned.to_plane_many(plane.to_lonlat_many(pairs)))
    columns = {
        one.abbr: [row.texts.get(one.key, "") for row in rows]
        for one in load_attributes(city)
        if one.key in rows[0].texts
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "部件.shp"
    write_layer(path, shapes, columns, system=f"EPSG:{ZONED_SRID}", encoding="GBK", is_northing_first=True)
    return path, len(rows), planted
