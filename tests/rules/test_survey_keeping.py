"""What was read and checked of a survey file is kept whole or not at all, and only for the same question."""

import os
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely import box

from gis_core.spatial_files import Told, write_layer
from grid import survey_keeping
from grid.rules.quality import FrameLimits, SeenGrid
from grid.rules.survey_fields import ZONE
from grid.survey_keeping import Keeping
from grid.survey_reading import HeapedShapes, SurveyRows, TooManyRows, need_map, place, read_survey

SQUARES = np.array([box(n, 0, n + 1, 1) for n in range(7)], dtype=object)


@pytest.fixture
def keeping(tmp_path: Path) -> Keeping:
    return Keeping(tmp_path / "kept", batch=2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    columns = {"功能区代码": [f"Z{n}" for n in range(7)], "功能区名称": ["甲"] * 7}
    write_layer(tmp_path / "a.gpkg", SQUARES, columns, system="EPSG:4545")
    return tmp_path / "a.gpkg"


def read(path: Path, keeping: Keeping | None, told: Told | None = None) -> SurveyRows:
    return read_survey(path, told or Told(), ZONE, most=100, what="功能区", keeping=keeping)


def pieces(keeping: Keeping) -> list[Path]:
    return sorted(keeping.folder.glob("*/0*"))


def test_a_second_reading_takes_what_the_first_read(path: Path, keeping: Keeping) -> None:
    first, second = read(path, keeping), read(path, keeping)
    assert (first.resumed, second.resumed) == (0, 7)
    assert shapely.equals_exact(first.shapes, second.shapes).all()
    assert (first.texts, first.problems) == (second.texts, second.problems)


def test_a_reading_goes_on_after_the_last_piece_that_is_whole(path: Path, keeping: Keeping) -> None:
    read(path, keeping)
    pieces(keeping)[2].write_bytes(pieces(keeping)[2].read_bytes()[:-5])
    found = read(path, keeping)
    assert (found.resumed, found.texts["code"]) == (4, [f"Z{n}" for n in range(7)])


@pytest.mark.parametrize("told", [Told(is_northing_first=True), Told(system="EPSG:4524")])
def test_another_wish_is_another_reading(path: Path, keeping: Keeping, told: Told) -> None:
    read(path, keeping)
    assert read(path, keeping, told).resumed == 0


def test_another_program_reads_anew(path: Path, keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    read(path, keeping)
    monkeypatch.setattr(survey_keeping, "READERS", (survey_keeping,))
    assert read(path, keeping).resumed == 0


def test_a_small_file_is_not_kept(path: Path, tmp_path: Path) -> None:
    keeping = Keeping(tmp_path / "kept", batch=7)
    read(path, keeping)
    assert pieces(keeping) == []


def test_a_folder_that_cannot_be_written_only_means_reading_again(path: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file where the folder should be")
    assert read(path, Keeping(tmp_path / "kept", batch=2)).texts["code"][6] == "Z6"


def test_a_check_of_the_same_grids_is_not_run_twice(keeping: Keeping) -> None:
    grids = [SeenGrid(code="1", shape=box(n, 0, n + 2, 1), row=n) for n in range(4)]
    report, was_kept = keeping.check(grids, {}, FrameLimits())
    again, is_kept = keeping.check(grids, {}, FrameLimits())
    assert (was_kept, is_kept, again.defects) == (False, True, report.defects)
    assert again.areas_m2.tolist() == report.areas_m2.tolist()
    assert not keeping.check(grids[:3], {}, FrameLimits())[1]
    assert not keeping.check(grids, {}, FrameLimits(least_m2=1.0))[1]


def test_what_nobody_came_back_for_is_swept_away(path: Path, keeping: Keeping) -> None:
    read(path, keeping)
    folder = pieces(keeping)[0].parent
    os.utime(folder, (0, 0))
    keeping.sweep(survey_keeping.KEPT_S + 1)
    assert not folder.exists()


def test_a_file_with_far_too_many_rows_is_not_read(path: Path) -> None:
    with pytest.raises(TooManyRows, match="不像功能区"):
        read_survey(path, Told(), ZONE, most=3, what="功能区")


def test_a_shape_without_a_place_in_the_plane_is_named() -> None:
    placed, problems = place(
        SQUARES[:2].copy(), [5, 9], lambda pairs: np.where(pairs[:, :1] > 1, np.inf, pairs)
    )
    assert [(problem.row, problem.code) for problem in problems] == [(9, "no_place")]
    assert placed[0] is not None
    assert placed[1] is None


def test_a_layer_exported_over_itself_again_and_again_is_refused() -> None:
    heap = np.array([box(0, 0, 100, 100)] * 4_000, dtype=object)
    with pytest.raises(HeapedShapes, match="第 1 行"):
        need_map(heap, range(1, 4_001))


def test_a_map_with_one_long_river_is_a_map() -> None:
    squares = [box(n % 60, n // 60, n % 60 + 1, n // 60 + 1) for n in range(3_600)]
    need_map(np.array([*squares, box(0, 0, 60, 60), None], dtype=object), range(1, 3_603))
