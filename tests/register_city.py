"""A register to import into: nine unit grids around 经二路, organisations, and survey files made to order."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from sqlalchemy import text

from gis_core.crs import Pairs, PlaneSystem, plane_writer
from gis_core.db import Sessions
from gis_core.offset_systems import wgs84_to_gcj02_many
from gis_core.places import to_grain
from grid.register.import_state import FoundRow, list_findings
from grid.register.importing import Importing, ImportReport, Wishes
from grid.rules.register import Asking
from tests.case_city import COMMUNITY, FRIDAY_MORNING, JINGER_ROAD, baoji

PLANE = PlaneSystem(4545)
MIDDLE = PLANE.to_plane(JINGER_ROAD)
WEST_M, SOUTH_M = to_grain(MIDDLE.easting_m - 150), to_grain(MIDDLE.northing_m - 150)
GRID_FIELDS = (
    "GLBJBSM",
    "GLBJMC",
    "ZGBMDM",
    "ZGBMMC",
    "QSDWDM",
    "SZDYWGBSM",
    "GLBJZT",
    "CSRQ",
    "BGRQ",
    "SJLY",
    "BZ",
)
ASKING = Asking(FRIDAY_MORNING, 7, "数据员甲", "data_officer", "BJ-JD")


def grid_at(east_m: float, north_m: float) -> str:
    """The code of the grid at so many metres from the south-western corner, for places inside the nine."""
    return f"{COMMUNITY}{3 * int(east_m // 100) + int(north_m // 100) + 1:03d}"


def place(east_m: float, north_m: float) -> shapely.Point:
    """A place so many metres from the south-western corner of the nine grids."""
    return shapely.Point(WEST_M + east_m, SOUTH_M + north_m)


def row(serial: int, east_m: float, north_m: float, **changes: object) -> dict[str, object]:
    """A sewer cover as a surveyor delivers it; `shape` and any field can be another."""
    given: dict[str, object] = {
        "GLBJBSM": f"61030301002{serial:06d}", "GLBJMC": "污水井盖", "ZGBMDM": "BJ-PS",
        "ZGBMMC": "宝鸡市排水管理处",
        "QSDWDM": "BJ-PS", "SZDYWGBSM": grid_at(east_m, north_m), "GLBJZT": "完好",
        "CSRQ": "20240315", "BGRQ": "",
        "SJLY": "实测", "BZ": "", "shape": place(east_m, north_m),
    }  # fmt: skip
    return given | changes


def many(count: int) -> list[dict[str, object]]:
    """So many covers, a metre apart from each other, over all nine grids."""
    places = [(10.0 + 13 * (n % 22), 10.0 + 7 * (n // 22 % 40)) for n in range(count)]
    return [row(n + 1, east, north) for n, (east, north) in enumerate(places)]


def write(
    path: Path, rows: list[dict[str, object]], *, system: str = "EPSG:4545", label: str = "", **more: object
) -> Path:
    """Rows as a survey file; coordinates in `system`, declared as `label` when that is another."""
    shapes = np.array([one["shape"] for one in rows], dtype=object)
    shapes = shapes if system == "EPSG:4545" else shapely.transform(shapes, _to(system))
    names = [name for name in rows[0] if name != "shape"]
    kinds = {shape.geom_type for shape in shapes if shape is not None}
    has_heights = bool(shapely.has_z(shapes).any())
    told: dict[str, object] = {
        "geometry_type": kinds.pop() if len(kinds) == 1 and not has_heights else "Unknown"
    }
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(shapes),
        field_data=[np.array([one[name] for one in rows], dtype=object) for name in names],
        fields=names,
        crs=label or system,
        **(told | more),
    )
    return path


def _to(system: str) -> object:
    if system == "GCJ-02":
        return lambda pairs: wgs84_to_gcj02_many(PLANE.to_lonlat_many(pairs))
    return plane_writer(system, PLANE)


def as_gcj02(pairs: Pairs) -> Pairs:
    """Plane points as GCJ-02 degrees."""
    return wgs84_to_gcj02_many(PLANE.to_lonlat_many(pairs))


@dataclass
class RegisterCity:
    """The corner with its importer, on a database that `fill_city` has filled."""

    sessions: Sessions
    importing: Importing = field(init=False)

    def __post_init__(self) -> None:
        self.importing = Importing(self.sessions, baoji(), PLANE)

    def check(self, path: Path, **wishes: object) -> ImportReport:
        """Begin an import and do all its checks."""
        wanted = Wishes(**wishes)  # type: ignore[arg-type]
        import_id = self.importing.begin(path, wanted, ASKING)
        return self.importing.check(import_id, path, wanted, at=FRIDAY_MORNING)

    def bring_in(self, path: Path, *, keep_good: bool = False, **wishes: object) -> int:
        """Check a file and move it into the register."""
        report = self.check(path, **wishes)
        return self.importing.apply(report.import_id, keep_good=keep_good, asking=ASKING)

    def findings(self, report: ImportReport) -> list[FoundRow]:
        """All findings of an import."""
        with self.sessions() as session:
            return list(list_findings(session, report.import_id))

    def kinds(self, path: Path, **wishes: object) -> list[tuple[int, str]]:
        """Row and kind of every finding of a file."""
        return [(one.row, one.kind) for one in self.findings(self.check(path, **wishes))]

    def value(self, query: str, **values: object) -> object:
        """One value from the database."""
        with self.sessions() as session:
            return session.execute(text(query), values).scalar()


EMPTY_REGISTER = """
    DELETE FROM grid.component;  -- before the triggers rest, so that the squares of the map are counted down
    SET LOCAL session_replication_role = replica;
    DELETE FROM grid.survey_finding; DELETE FROM grid.component_proposal; DELETE FROM grid.survey;
    DELETE FROM grid.component_import_finding; DELETE FROM grid.component_import_batch;
    DELETE FROM grid.component_staged; DELETE FROM grid.component_import; DELETE FROM grid.component_fact;
    DELETE FROM procrastinate_jobs;
"""
