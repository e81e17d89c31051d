"""What is wrong with a frame, drawn: every kind of defect is found, and a sound frame has none."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Polygon, affinity, box

from grid.rules.quality import KINDS, Defect, FrameLimits, FrameReport, SeenGrid, check_frame
from tests.rules.drawing import Drawing

NORTH, SOUTH = "610303008007", "610303008008"
SMALL = FrameLimits(least_m2=150, most_m2=700, sliver_width_m=3, crossing_m2=1)

CITY = Drawing("""
    A A B B
    A A B B
    C C D D
    C C D D
""")
COMMUNITIES = {NORTH: CITY.area("A").union(CITY.area("B")), SOUTH: CITY.area("C").union(CITY.area("D"))}
CODES = {"A": f"{NORTH}001", "B": f"{NORTH}002", "C": f"{SOUTH}001", "D": f"{SOUTH}002"}


def frame(**changes: dict[str, object]) -> list[SeenGrid]:
    """The four grids of the city, one or more of them as somebody got them wrong."""
    return [
        SeenGrid(**{"code": code, "shape": CITY.area(letter), **changes.get(letter, {})})
        for letter, code in CODES.items()
    ]


def check(*grids: SeenGrid) -> FrameReport:
    return check_frame(grids, COMMUNITIES, SMALL)


def moved(letter: str, east_m: float = 0.0, north_m: float = 0.0) -> Polygon:
    return affinity.translate(CITY.area(letter), east_m, north_m)


def test_a_sound_frame_has_no_defect() -> None:
    report = check(*frame())
    assert (report.counts, report.is_sound, report.undivided) == ({}, True, ())


BOW_TIE = Polygon([(0, 0), (20, 20), (20, 0), (0, 20)])
WRONG = [
    ({"A": {"code": "61030300800700"}}, {"bad_code"}, "a code has 15 digits"),
    ({"A": {"code": "61030300800７001"}}, {"bad_code"}, "a full-width digit is no digit"),
    ({"A": {"code": CODES["B"]}}, {"duplicate_code"}, "two grids cannot have one code"),
    ({"A": {"shape": None}}, {"invalid_ring", "uncovered"}, "a grid without a shape leaves its ground bare"),
    ({"A": {"shape": BOW_TIE}}, {"invalid_ring", "uncovered"}, "a border must not cross itself"),
    ({"A": {"shape": MultiPolygon([box(0, 0, 1, 1), box(2, 0, 3, 1)])}}, {"invalid_ring", "uncovered"},
     "a grid is one piece"),
    ({"A": {"shape": moved("A", 2)}}, {"overlap", "uncovered"}, "moved east it lies over its neighbour"),
    ({"A": {"shape": moved("A", -2)}}, {"crosses_community"}, "moved west it leaves its community"),
    ({"A": {"code": f"{SOUTH}003"}}, {"wrong_prefix"}, "it lies in the northern community"),
    ({"A": {"code": "610303008999001"}}, {"unknown_community"}, "there is no such community"),
    ({"A": {"code": f"{NORTH}009"}}, {"wrong_number"}, "the western one comes first"),
    ({"A": {"responsibility_code": "610303008R001"}, "D": {"responsibility_code": "610303008R001"}},
     {"apart"}, "two corners do not touch"),
    ({"A": {"responsibility_code": "610303009R001"}}, {"wrong_responsibility"}, "another subdistrict has it"),
    ({"A": {"responsibility_code": "610303008-01"}}, {"wrong_responsibility"}, "that is no code"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "kinds", "because"), WRONG, ids=[because for _, _, because in WRONG])
def test_what_is_wrong_is_named(changes: dict[str, dict[str, object]], kinds: set[str], because: str) -> None:
    assert kinds <= {*check(*frame(**changes)).counts}


def test_a_hole_between_grids_is_a_gap_and_the_rim_of_a_community_is_uncovered() -> None:
    bitten = CITY.area("A").difference(box(430_010, 3_804_030, 430_011, 3_804_031))
    report = check(*frame(A={"shape": bitten}))
    assert (report.counts, round(report.area_of("gap"), 3)) == ({"gap": 1}, 1.0)


def test_an_overlap_says_how_much_and_where() -> None:
    grown = CITY.area("A").union(box(430_020, 3_804_020, 430_021, 3_804_040))
    (defect,) = [d for d in check(*frame(A={"shape": grown})).defects if d.kind == "overlap"]
    assert (round(defect.area_m2, 3), set(defect.codes)) == (20.0, {CODES["A"], CODES["B"]})
    assert defect.place is not None
    assert CITY.area("B").contains(defect.place)


def test_a_thin_grid_is_a_sliver_and_no_outlier() -> None:
    thin = box(430_000, 3_804_020, 430_001, 3_804_040)
    rest = CITY.area("A").difference(thin)
    report = check(*frame(A={"shape": rest}), SeenGrid(code=f"{NORTH}003", shape=thin))
    assert report.counts == {"sliver": 1, "wrong_number": 1}


@pytest.mark.parametrize(
    ("land_use", "counts", "because"),
    [("residential", {"too_large": 1}, "houses are divided"), ("park", {}, "a park may stay large")],
    ids=["houses are divided", "a park may stay large"],
)
def test_large_grids_need_a_reason(land_use: str, counts: dict[str, int], because: str) -> None:
    whole = SeenGrid(code=f"{NORTH}001", shape=COMMUNITIES[NORTH], land_use=land_use)
    assert check_frame([whole], {NORTH: COMMUNITIES[NORTH]}, SMALL).counts == counts


def test_a_community_that_nobody_has_divided_yet_is_named_not_blamed() -> None:
    report = check(*frame()[:2])
    assert (report.counts, report.undivided) == ({}, (SOUTH,))


def test_numbers_given_later_follow_no_order() -> None:
    late = frame(A={"code": f"{NORTH}009", "is_first_generation": False})
    assert check(*late).counts == {}


def test_warnings_do_not_keep_a_frame_from_coming_into_force() -> None:
    assert check(*frame(A={"code": f"{NORTH}009"})).is_sound


def test_without_communities_only_enclosed_gaps_are_found() -> None:
    bitten = CITY.area("A").difference(box(430_010, 3_804_030, 430_011, 3_804_031))
    assert check_frame(frame(A={"shape": bitten}), {}, SMALL).counts == {"gap": 1}


def test_a_line_is_no_grid() -> None:
    line: object = LineString([(0, 0), (1, 1)])
    assert "invalid_ring" in check(*frame(A={"shape": line})).counts


def test_every_kind_has_a_name_and_a_weight() -> None:
    assert {severity for _, severity in KINDS.values()} == {"error", "warning"}


@given(st.permutations(range(4)))
def test_the_order_of_grids_means_nothing(order: list[int]) -> None:
    grids = frame(A={"shape": moved("A", 2)})
    first, other = check(*grids), check(*[grids[n] for n in order])
    assert [told(d) for d in first.defects] == [told(d) for d in other.defects]


def told(defect: Defect) -> tuple[str, frozenset[str], float]:
    return defect.kind, frozenset(defect.codes), round(defect.area_m2, 6)


@given(st.integers(2, 9), st.integers(2, 9), st.integers(0, 2**32 - 1))
def test_any_coverage_is_without_gap_and_overlap(columns: int, rows: int, seed: int) -> None:
    xs = np.cumsum(np.random.default_rng(seed).integers(20, 40, columns + 1))
    ys = np.cumsum(np.random.default_rng(seed + 1).integers(20, 40, rows + 1))
    cells = [box(xs[i], ys[j], xs[i + 1], ys[j + 1]) for i in range(columns) for j in range(rows)]
    grids = [SeenGrid(code=f"{NORTH}{n:03d}", shape=cell) for n, cell in enumerate(cells, start=1)]
    report = check_frame(grids, {NORTH: shapely.box(xs[0], ys[0], xs[-1], ys[-1])}, SMALL)
    assert not {"gap", "overlap", "uncovered", "crosses_community"} & {*report.counts}
