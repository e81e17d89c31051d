"""Survey files as rows of places in the plane: what each column is, whether coordinates are as said."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis_core.coverage import Shapes
from gis_core.crs import Pairs, PlaneSystem, plane_reader
from gis_core.csv_cells import as_meant
from gis_core.spatial_files import Rows, SpatialFile, middles_of, texts_of
from grid.city import City
from grid.gazetteer.import_ground import ImportGround
from grid.rules.labels import MOST_POINTS, judge_label, need_true_label
from grid.rules.place_fields import find_place_fields
from grid.rules.seen_places import SeenPlaces

NEAR_STREET_M = 80.0
"""A plate of a known street, or the street itself, lies no farther from it when coordinates are right."""


@dataclass(frozen=True, slots=True)
class PlaceTable:
    """Reads survey files for one city; `note` hears what a file says of itself, and of its coordinates."""

    city: City
    plane: PlaneSystem
    ground: ImportGround
    note: Callable[[Mapping[str, Any]], None]

    def read(
        self, file: SpatialFile, told: Mapping[str, str], *, batch: int, is_label_trusted: bool
    ) -> Iterator[SeenPlaces]:
        """All rows in order, a batch at a time.

        :raises UnclearFields: when a field may be two things.
        :raises LyingLabel: when the coordinates fit the city much better as those of another system.
        """
        heading = file.heading
        fields = find_place_fields(heading.fields, told)
        read = plane_reader(heading.system, self.plane, shift=self.city.xian80_shift)
        heard = {
            "layer": heading.layer,
            "driver": heading.driver,
            "system": heading.system,
            "encoding": heading.encoding,
            "fields": dict(fields),
        }
        self.note({"heading": heard})
        self._check_label(file, fields, is_trusted=is_label_trusted)
        for rows in file.read(batch=batch):
            yield _seen(rows, fields, read, is_table=heading.driver == "CSV")

    def _check_label(self, file: SpatialFile, fields: Mapping[str, str], *, is_trusted: bool) -> None:
        rows = next(iter(file.read(batch=MOST_POINTS)), None)
        if rows is None:
            return
        texts = {key: texts_of(rows.columns[name]) for key, name in fields.items()}
        verdict = judge_label(
            middles_of(rows.shapes),
            file.heading.system,
            plane=self.plane,
            fits=lambda points: _fitting(points, texts, self.ground),
            shift=self.city.xian80_shift,
        )
        said = {
            "declared": verdict.declared.system,
            "declared_share": round(verdict.declared.share, 4),
            "best": verdict.best.system,
            "best_share": round(verdict.best.share, 4),
            "offset_m": round(verdict.best.offset_m, 1),
        }
        self.note({"label": said})
        need_true_label(verdict, is_told=is_trusted)


def _seen(
    rows: Rows, fields: Mapping[str, str], read: Callable[[Pairs], Pairs], *, is_table: bool
) -> SeenPlaces:
    """A batch in the plane, its fields by what they are; a row without a place in the plane says so.

    Rows of a table are counted as a spreadsheet shows them: the heading is row 1.
    """
    shapes = shapely.transform(rows.shapes, read)
    problems = {one.row - rows.first: one.words for one in rows.problems}
    lost = ~np.isfinite(shapely.bounds(shapes)).all(axis=1) & ~shapely.is_missing(shapes)
    for n in np.flatnonzero(lost).tolist():
        problems[n] = "坐标无法换算到本市平面坐标系。请检查坐标系。"
        shapes[n] = None
    texts = {key: texts_of(rows.columns[name]) for key, name in fields.items()}
    count = len(rows)
    if is_table:
        texts = {key: [as_meant(cell) for cell in column] for key, column in texts.items()}
    first = rows.first + int(is_table)
    numbers = range(first, first + count)
    return SeenPlaces(
        rows=numbers, marks=[""] * count, shapes=_single(shapes), texts=texts, problems=problems
    )


def _single(shapes: Shapes) -> Shapes:
    """Collections of one part as that part: formats that know only collections write each so."""
    kinds = shapely.get_type_id(shapes)
    lone = (kinds >= 4) & (kinds <= 6) & (shapely.get_num_geometries(shapes) == 1)
    shapes[lone] = shapely.get_geometry(shapes[lone], 0)
    return shapes


def _fitting(points: Pairs, texts: Mapping[str, Sequence[str]], ground: ImportGround) -> NDArray[np.bool_]:
    """Which places lie in the city, in the community and near the street that their row states."""
    divisions = ground.find_divisions(points)
    fits: NDArray[np.bool_] = np.array([bool(code) for code in divisions])
    for n, stated in enumerate(texts.get("community", ())):
        if stated and ground.knows_community(stated):
            fits[n] &= ground.fits_community(stated, divisions[n])
    streets = texts.get("street") or texts.get("name", ())
    dots = np.asarray(shapely.points(np.where(np.isfinite(points), points, 0.0)), dtype=object)
    for n, name in enumerate(streets):
        line = ground.streets.get(name)
        if line is not None:
            fits[n] &= bool(line.distance(dots[n]) <= NEAR_STREET_M)
    return fits
