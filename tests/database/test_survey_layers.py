"""Responsibility grids, divisions and zones that come as files are laid over the unit grids, or refused."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from gis_core.crs import PlaneSystem
from gis_core.db import Sessions, open_sessions
from gis_core.spatial_files import Told, write_layer
from grid.frame_history import Editor
from grid.reading import read_seen_frame
from grid.rules.quality import SeenGrid
from grid.survey_keeping import Keeping
from grid.survey_layers import AreaSurvey, Kind, LayerNotSound, put_in_force, read_areas
from tests.browser.conftest import fill_drawn_city
from tests.case_city import baoji
from tests.databases import Databases

pytestmark = pytest.mark.xdist_group("survey")

PLANE = PlaneSystem(baoji().plane_crs)
AT = datetime(2026, 9, 18, 2, tzinfo=UTC)
BY = Editor(None, "测试")


@pytest.fixture(scope="module")
def sessions(city_databases: Databases, worker_id: str) -> Iterator[Sessions]:
    template = city_databases.template("drawn", fill_drawn_city)
    with city_databases.clone(template, f"layers_{worker_id}") as engine:
        yield open_sessions(engine)


@pytest.fixture(scope="module")
def grids(sessions: Sessions) -> list[SeenGrid]:
    with sessions() as session:
        return read_seen_frame(session)


def read(sessions: Sessions, folder: Path, kind: Kind, rows: Sequence[tuple[str, str, object]]) -> AreaSurvey:
    """Write the rows as an office would (GBK shapefile, EPSG:4524) and read them back."""
    path = folder / "图层.shp"
    columns = {"code": [row[0] for row in rows], "name": [row[1] for row in rows]}
    shapes = np.array([row[2] for row in rows], dtype=object)
    write_layer(path, shapes, columns, system=f"EPSG:{baoji().plane_crs}")
    return read_areas(sessions, baoji(), PLANE, kind=kind, path=path, told=Told(), trusts_label=False)


def together(grids: Sequence[SeenGrid], codes: set[str]) -> object:
    return shapely.union_all([grid.shape for grid in grids if grid.code in codes])


def of_zone(sessions: Sessions, code: str) -> set[str]:
    asked = "SELECT code FROM grid.unit_grid WHERE valid_to IS NULL AND zone_code = :code"
    with sessions() as session:
        return {*session.execute(text(asked), {"code": code}).scalars()}


def troubles(survey: AreaSurvey) -> set[str]:
    return {problem.code for problem in survey.problems}


def two_walks(grids: Sequence[SeenGrid]) -> tuple[dict[str, object], dict[str, str]]:
    """The responsibility grids of the subdistrict that has most of them, and what unit grids they hold."""
    held = {grid.code: grid.responsibility_code for grid in grids if grid.responsibility_code}
    counts: dict[str, set[str]] = {}
    for code in held.values():
        counts.setdefault(code[:9], set()).add(code)
    mine = max(counts.values(), key=len)
    shapes = {
        code: together(grids, {unit for unit, of in held.items() if of == code}) for code in sorted(mine)
    }
    return shapes, {unit: code for unit, code in held.items() if code in mine}


def test_responsibility_grids_of_a_subdistrict_come_from_a_file(
    sessions: Sessions, grids: list[SeenGrid], tmp_path: Path
) -> None:
    shapes, held = two_walks(grids)
    codes = [*shapes]
    swapped = dict(zip(codes, [*codes[1:], codes[0]], strict=True))
    survey = read(
        sessions, tmp_path, "responsibility", [(swapped[code], "甲", shapes[code]) for code in codes]
    )
    assert survey.is_sound, survey.problems[:3]
    change = put_in_force(sessions, survey, PLANE, organisation="", by=BY, at=AT, reason="普查")
    assert change.version > 0
    with sessions() as session:
        now = {grid.code: grid.responsibility_code for grid in read_seen_frame(session)}
    assert {unit: now[unit] for unit in held} == {unit: swapped[code] for unit, code in held.items()}


def test_reading_areas_says_how_far_it_is(sessions: Sessions, grids: list[SeenGrid], tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    shapes = np.array([grid.shape for grid in grids[:7]], dtype=object)
    columns = {"code": [f"Z{n}" for n in range(7)], "name": ["甲"] * 7}
    write_layer(tmp_path / "a.gpkg", shapes, columns, system=f"EPSG:{baoji().plane_crs}")
    read_areas(
        sessions, baoji(), PLANE, kind="zones", path=tmp_path / "a.gpkg", told=Told(), trusts_label=False,
        keeping=Keeping(tmp_path / "kept", batch=3), progress=lambda done, of: heard.append((done, of)),
    )  # fmt: skip
    assert heard == [(0, 7), (3, 7), (6, 7), (7, 7)]


def test_what_cuts_through_unit_grids_is_named_row_by_row(
    sessions: Sessions, grids: list[SeenGrid], tmp_path: Path
) -> None:
    shapes, _ = two_walks(grids)
    code, shape = next(iter(shapes.items()))
    assert isinstance(shape, shapely.Geometry)
    survey = read(sessions, tmp_path, "responsibility", [(code, "缩小", shapely.buffer(shape, -40))])
    assert [problem.row for problem in survey.problems if problem.code == "cuts_unit_grids"] == [1]
    with pytest.raises(LayerNotSound):
        put_in_force(sessions, survey, PLANE, organisation="", by=BY, at=AT, reason="普查")


def test_one_responsibility_grid_over_its_neighbour_is_refused(
    sessions: Sessions, grids: list[SeenGrid], tmp_path: Path
) -> None:
    shapes, _ = two_walks(grids)
    codes = [*shapes][:2]
    both = shapely.union_all([shapes[code] for code in codes])
    assert "overlaps_in_force" in troubles(
        read(sessions, tmp_path, "responsibility", [(codes[0], "吞并", both)])
    )
    inside = [(codes[0], "吞并", both), (codes[1], "原样", shapes[codes[1]])]
    assert "overlap" in troubles(read(sessions, tmp_path, "responsibility", inside))


@pytest.mark.parametrize(
    ("kind", "code", "trouble"),
    [
        ("responsibility", "61", "bad_code"),
        ("responsibility", "999999001R001", "unknown_division"),
        ("divisions", "999999001", "unknown_division"),
        ("divisions", "", "unknown_division"),
        ("zones", "高新区", "bad_code"),
    ],
)
def test_codes_that_cannot_be_are_named(
    sessions: Sessions, grids: list[SeenGrid], tmp_path: Path, kind: Kind, code: str, trouble: str
) -> None:
    shape = together(grids, {grids[0].code})
    assert trouble in troubles(read(sessions, tmp_path, kind, [(code, "甲", shape)]))


def test_a_code_twice_a_line_and_a_knot_are_named(
    sessions: Sessions, grids: list[SeenGrid], tmp_path: Path
) -> None:
    x, y = shapely.get_coordinates(shapely.centroid(grids[0].shape))[0]
    knot = shapely.Polygon([(x, y), (x + 50, y + 50), (x + 50, y), (x, y + 50)])
    far = shapely.box(x, y + 400, x + 20, y + 420)
    rows = [("Z1", "甲", knot), ("Z2", "乙", far), ("Z2", "丙", far)]
    assert {"invalid_ring", "duplicate_code"} <= troubles(read(sessions, tmp_path, "zones", rows))


def test_a_zone_takes_the_grids_in_it_and_lets_go_of_them_when_it_shrinks(
    sessions: Sessions, grids: list[SeenGrid], tmp_path: Path
) -> None:
    with sessions() as session:
        asked = "SELECT code FROM grid.unit_grid WHERE valid_to IS NULL AND zone_code IS NULL ORDER BY code"
        free = [*session.execute(text(asked)).scalars()]
    units = [code for code in free if code.startswith(free[0][:12])]
    wide, narrow = {*units[:6]}, {*units[:2]}
    for n, part in enumerate((wide, narrow)):
        folder = tmp_path / str(n)
        folder.mkdir()
        survey = read(sessions, folder, "zones", [("TEST", "试验区", together(grids, part))])
        assert survey.is_sound, survey.problems[:3]
        put_in_force(sessions, survey, PLANE, organisation="GX-GW", by=BY, at=AT, reason="调整")
        assert of_zone(sessions, "TEST") == part
    with sessions() as session:
        rows = "SELECT count(*), count(valid_to) FROM grid.zone WHERE code = 'TEST'"
        assert session.execute(text(rows)).one() == (2, 1)


def test_a_surveyed_division_keeps_its_place_in_the_register(
    sessions: Sessions, grids: list[SeenGrid], tmp_path: Path
) -> None:
    community = grids[0].code[:12]
    shape = together(grids, {grid.code for grid in grids if grid.code.startswith(community)})
    survey = read(sessions, tmp_path, "divisions", [(community, "", shape)])
    assert survey.is_sound, survey.problems[:3]
    put_in_force(sessions, survey, PLANE, organisation="", by=BY, at=AT, reason="普查")
    with sessions() as session:
        asked = (
            "SELECT name <> '', parent_code = left(code, 9), is_synthetic, shape_source FROM grid.division"
            " WHERE code = :code AND valid_to IS NULL"
        )
        assert session.execute(text(asked), {"code": community}).one() == (True, True, False, "普查")
