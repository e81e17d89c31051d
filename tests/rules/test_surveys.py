"""Survey files that lie or leave unclear what is what are found out, with the offset and the names."""

import numpy as np
import pytest
import shapely
from shapely import box

from gis_core.crs import Pairs, PlaneSystem
from gis_core.offset_systems import gcj02_to_bd09_many, wgs84_to_gcj02_many
from grid.rules.labels import LyingLabel, judge_label, need_true_label
from grid.rules.survey_fields import DIVISION, RESPONSIBILITY_GRID, UNIT_GRID, UnclearFields, find_fields

PLANE = PlaneSystem(4545)
CORNER_M = np.array([429_000.0, 3_804_000.0])
SPOTS: Pairs = CORNER_M + np.random.default_rng(1).uniform(0, 800, (400, 2))
DEGREES = PLANE.to_lonlat_many(SPOTS)
HERE = box(*CORNER_M, *(CORNER_M + 800))


def lies_here(points: Pairs) -> np.ndarray:
    return shapely.contains_xy(HERE, points[:, 0], points[:, 1])


LABELS = [
    ("WGS84", DEGREES, "EPSG:4326", False, "the label is right"),
    ("EPSG:4545", SPOTS, "EPSG:4545", False, "a plane is what it says"),
    ("GCJ-02", wgs84_to_gcj02_many(DEGREES), "GCJ-02", False, "GCJ-02 that says so is no lie"),
    ("WGS84", wgs84_to_gcj02_many(DEGREES), "GCJ-02", True, "GCJ-02 called WGS84"),
    ("CGCS2000", gcj02_to_bd09_many(wgs84_to_gcj02_many(DEGREES)), "BD-09", True, "BD-09 called CGCS2000"),
    ("EPSG:4545", PLANE.to_plane_many(wgs84_to_gcj02_many(DEGREES)), "GCJ-02", True, "GCJ-02 projected"),
    ("GCJ-02", DEGREES, "WGS84", True, "WGS84 called GCJ-02"),
    ("EPSG:4545", SPOTS[:, ::-1], "northing_first", True, "the northing comes first"),
    ("WGS84", DEGREES[:, ::-1], "northing_first", True, "the latitude comes first"),
]


@pytest.mark.parametrize(
    ("label", "pairs", "best", "is_lie", "because"), LABELS, ids=[row[-1] for row in LABELS]
)
def test_a_label_is_compared_with_the_known_frame(
    label: str, pairs: Pairs, best: str, is_lie: bool, because: str
) -> None:
    verdict = judge_label(pairs, label, plane=PLANE, fits=lies_here)
    assert (verdict.best.system, verdict.is_lie) == (best, is_lie)


def test_a_lie_is_refused_with_the_offset_found() -> None:
    verdict = judge_label(wgs84_to_gcj02_many(DEGREES), "WGS84", plane=PLANE, fits=lies_here)
    with pytest.raises(LyingLabel, match="--system GCJ-02") as refusal:
        need_true_label(verdict, is_told=False)
    assert 440 < refusal.value.facts["offset_m"] < 480


def test_a_lie_is_taken_when_somebody_insists() -> None:
    verdict = judge_label(wgs84_to_gcj02_many(DEGREES), "WGS84", plane=PLANE, fits=lies_here)
    need_true_label(verdict, is_told=True)


FIELDS = [
    (["单元网格标识码", "单元网格名称"], {"code": 0, "name": 1}, "whole names"),
    (["单元网格标", "单元网格名"], {"code": 0, "name": 1}, "what ten bytes of GBK leave"),
    (["单元网", "责任网"], None, "what ten bytes of UTF-8 leave could be either"),
    (["gridcode", "GRIDNAME"], {"code": 0, "name": 1}, "case means nothing"),
    (["编号", "备注"], None, "no code at all"),
    (["gridCode", "单元网格编码"], None, "two codes"),
]


@pytest.mark.parametrize(("fields", "found", "because"), FIELDS, ids=[row[-1] for row in FIELDS])
def test_columns_are_known_by_their_names(
    fields: list[str], found: dict[str, int] | None, because: str
) -> None:
    if found is None:
        with pytest.raises(UnclearFields, match="。"):
            find_fields(fields, UNIT_GRID)
    else:
        assert find_fields(fields, UNIT_GRID) == {key: fields[place] for key, place in found.items()}


@pytest.mark.parametrize("wanted", [UNIT_GRID, RESPONSIBILITY_GRID, DIVISION])
def test_a_whole_name_is_never_unclear(wanted: tuple[object, ...]) -> None:
    names = [one.name for one in wanted]  # type: ignore[attr-defined]  # Wanted
    assert [*find_fields(names, wanted).values()] == names  # type: ignore[arg-type]  # Wanted
