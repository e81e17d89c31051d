"""The frame changes and remembers: splits, merges, undoing, as-of lookups, two editors at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
import shapely
from shapely import LineString, MultiPolygon
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.journal import verify
from gis_core.places import PlanePoint
from gis_core.shapes import to_ewkb
from grid import frame_history as history
from grid.frame import LiveFrame
from grid.frame_history import CannotUndo, Editor, FrameMoved, NoSuchGrid
from grid.operations import FrameEdit, FrameEditing, NoEditReason, UnsoundEdit
from grid.reading import read_frame, read_seen_frame
from grid.rules.editing import BadEdit
from grid.rules.quality import FrameLimits, check_frame
from grid.tables import ComponentRow, DivisionRow, UnitGridRow
from tests.databases import PLANE_CRS
from tests.rules.drawing import SOUTH_M, WEST_M, Drawing

PLANE = PlaneSystem(PLANE_CRS)
COMMUNITY = "610303008007"
CITY = Drawing("""
    A Ap A B B B
    A A  A B B B
    A Aq A C C C
    A A  A C C C
""")
SMALL = FrameLimits(least_m2=50, most_m2=2_000, sliver_width_m=1)
DRAWN_ON, AT = date(2026, 1, 1), datetime(2026, 9, 18, 2, tzinfo=UTC)
OFFICER = Editor(7, "数据员甲")
A, B, C, D, E = (f"{COMMUNITY}{n:03d}" for n in range(1, 6))


def line(*points: tuple[float, float]) -> LineString:
    return LineString([(WEST_M + east, SOUTH_M + north) for east, north in points])


ACROSS = line((-5, 20), (35, 20))
SPLIT = FrameEdit(codes=(A,), lines=(ACROSS,))


@pytest.fixture
def editing(sessions: Sessions) -> FrameEditing:
    """Three grids of one community, in force since January."""
    with sessions.begin() as session:
        whole = MultiPolygon([shapely.union_all([CITY.area(letter) for letter in "ABC"])])
        session.add(
            DivisionRow(
                code=COMMUNITY, name="经二路社区", level="community", kind="residents_committee",
                parent_code=COMMUNITY[:9], geom=to_ewkb(whole, PLANE).hex(), valid_from=DRAWN_ON,
                source="drawn by a test", is_synthetic=True,
            )
        )  # fmt: skip
        session.add_all(
            UnitGridRow(
                code=f"{COMMUNITY}{n:03d}", name=letter, community_code=COMMUNITY, land_use="estate",
                geom=to_ewkb(CITY.area(letter), PLANE).hex(), area_m2=CITY.area(letter).area,
                valid_from=DRAWN_ON, source="drawn by a test", is_synthetic=True,
            )
            for n, letter in enumerate("ABC", start=1)
        )  # fmt: skip
        history.bump(session)
    return FrameEditing(sessions, PLANE, SMALL)


def save(editing: FrameEditing, edit: FrameEdit, *, seen: int = 1, at: datetime = AT) -> history.FrameChange:
    return editing.save(edit, seen_version=seen, by=OFFICER, at=at, reason="新修道路")


def in_force(sessions: Sessions, on: date | None = None) -> list[str]:
    with sessions() as session:
        return sorted(grid.code for grid in read_frame(session, PLANE, on).grids)


def test_a_split_ends_one_grid_and_makes_two_after_the_largest_number(
    editing: FrameEditing, sessions: Sessions
) -> None:
    change = save(editing, SPLIT)
    assert (change.kind, in_force(sessions)) == ("split", [B, C, D, E])


def test_a_preview_shows_the_numbers_to_come_and_writes_nothing(
    editing: FrameEditing, sessions: Sessions
) -> None:
    preview = editing.preview(SPLIT)
    assert ([*preview.made], preview.report.is_sound) == ([D, E], True)
    assert in_force(sessions) == [A, B, C]


def test_the_frame_stays_a_coverage_after_a_split(editing: FrameEditing, sessions: Sessions) -> None:
    save(editing, FrameEdit(codes=(A,), lines=(line((-5, 13), (35, 27)),)))
    with sessions() as session:
        seen = read_seen_frame(session)
    assert shapely.coverage_is_valid([grid.shape for grid in seen])
    community = shapely.union_all([CITY.area(letter) for letter in "ABC"])
    assert check_frame(seen, {COMMUNITY: community}, SMALL).counts == {}


def test_before_the_day_of_a_split_a_place_lay_in_the_old_grid(
    editing: FrameEditing, sessions: Sessions
) -> None:
    save(editing, SPLIT)
    frame = LiveFrame(sessions, PLANE)
    place = CITY.mark("q")
    yesterday = (AT - timedelta(days=1)).date()
    assert frame.as_of(yesterday).locate(place).unit_grid_code == A
    assert (
        frame.as_of(AT.date()).locate(place).unit_grid_code == frame.locator.locate(place).unit_grid_code == E
    )


def test_a_merge_makes_one_of_two(editing: FrameEditing, sessions: Sessions) -> None:
    save(editing, FrameEdit(codes=(B, C)))
    assert in_force(sessions) == [A, D]


def test_numbers_are_never_given_again(editing: FrameEditing, sessions: Sessions) -> None:
    first = save(editing, FrameEdit(codes=(B, C)))
    editing.undo(first.id, by=OFFICER, at=AT, reason="")
    save(editing, FrameEdit(codes=(B, C)), seen=3)
    assert in_force(sessions) == [A, E]


def test_an_undone_split_is_as_if_it_had_not_been(editing: FrameEditing, sessions: Sessions) -> None:
    with sessions() as session:
        before = [(grid.code, grid.shape.wkt) for grid in read_seen_frame(session)]
    change = save(editing, SPLIT)
    editing.undo(change.id, by=OFFICER, at=AT, reason="画错了")
    with sessions() as session:
        assert [(grid.code, grid.shape.wkt) for grid in read_seen_frame(session)] == before
        assert [one.kind for one in history.list_changes(session)] == ["undo", "split"]


def test_what_was_undone_is_not_undone_again(editing: FrameEditing) -> None:
    change = save(editing, SPLIT)
    editing.undo(change.id, by=OFFICER, at=AT, reason="")
    with pytest.raises(CannotUndo):
        editing.undo(change.id, by=OFFICER, at=AT, reason="")


def test_what_later_changes_build_on_is_not_undone(editing: FrameEditing) -> None:
    change = save(editing, SPLIT)
    save(editing, FrameEdit(codes=(D, E)), seen=2)
    with pytest.raises(FrameMoved):
        editing.undo(change.id, by=OFFICER, at=AT, reason="")


def test_of_two_editors_of_one_grid_the_second_is_told(editing: FrameEditing) -> None:
    save(editing, FrameEdit(codes=(A, B)))
    with pytest.raises(FrameMoved, match="数据员甲"):
        save(editing, SPLIT)


def test_of_two_editors_at_the_same_moment_one_wins(editing: FrameEditing, sessions: Sessions) -> None:
    def try_to(edit: FrameEdit) -> str:
        try:
            return save(editing, edit).kind
        except FrameMoved:
            return "told"

    with ThreadPoolExecutor(2) as pool:
        told = [*pool.map(try_to, (SPLIT, FrameEdit(codes=(A, B))))]
    assert "told" in told
    assert len(in_force(sessions)) in {2, 4}


def test_editors_of_other_grids_do_not_hinder_each_other(editing: FrameEditing, sessions: Sessions) -> None:
    save(editing, FrameEdit(codes=(C,), lines=(line((45, -5), (45, 25)),)))
    with sessions() as session:
        touched = {*history.list_changes(session)[0].body["touched"]}
    assert A not in touched
    assert save(editing, SPLIT).kind == "split"


def test_an_edit_that_leaves_a_defect_is_not_saved(sessions: Sessions, editing: FrameEditing) -> None:
    with sessions.begin() as session:  # somebody's survey had left an overlap
        shape = to_ewkb(CITY.area("B").buffer(3, join_style="mitre"), PLANE)
        session.execute(
            text("UPDATE grid.unit_grid SET geom = :g WHERE code = :c"), {"g": shape.hex(), "c": B}
        )
    with pytest.raises(UnsoundEdit, match="没有保存"):
        save(editing, SPLIT)


def test_every_edit_says_why(editing: FrameEditing) -> None:
    with pytest.raises(NoEditReason):
        editing.save(SPLIT, seen_version=1, by=OFFICER, at=AT, reason=" ")


def test_a_grid_that_is_no_more_is_not_edited(editing: FrameEditing) -> None:
    save(editing, SPLIT)
    with pytest.raises((NoSuchGrid, FrameMoved)):
        save(editing, SPLIT, seen=2)


def test_an_abolished_grid_leaves_its_ground_open(editing: FrameEditing, sessions: Sessions) -> None:
    save(editing, FrameEdit(codes=(C,), is_abolishing=True))
    assert in_force(sessions) == [A, B]


def test_the_chain_of_changes_holds_and_nobody_rewrites_it(editing: FrameEditing, sessions: Sessions) -> None:
    save(editing, SPLIT)
    save(editing, FrameEdit(codes=(D, E)), seen=2)
    with sessions() as session:
        assert verify(history.list_entries(session)) is None
        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(text("UPDATE grid.frame_change SET reason = ''"))


def test_the_history_of_a_code_is_found(editing: FrameEditing, sessions: Sessions) -> None:
    save(editing, SPLIT)
    save(editing, FrameEdit(codes=(B, C)), seen=2)
    with sessions() as session:
        assert [one.kind for one in history.list_changes(session, code=A)] == ["split"]


def bare_c(sessions: Sessions) -> PlanePoint:
    """Grid C was never surveyed; answers a place in its ground."""
    with sessions.begin() as session:
        session.execute(text("DELETE FROM grid.unit_grid WHERE code = :code"), {"code": C})
    return PlanePoint(WEST_M + 45, SOUTH_M + 10)


def test_bare_ground_becomes_a_grid(editing: FrameEditing, sessions: Sessions) -> None:
    change = save(editing, FrameEdit(codes=(), gap_points=(bare_c(sessions),)))
    assert (change.kind, in_force(sessions)) == ("fill", [A, B, C])


def test_bare_ground_joins_the_grid_beside_it(editing: FrameEditing, sessions: Sessions) -> None:
    save(editing, FrameEdit(codes=(B,), gap_points=(bare_c(sessions),)))
    with sessions() as session:
        areas = {grid.code: grid.shape.area for grid in read_seen_frame(session)}
    assert areas == {A: 1200, C: 1200}


def test_ground_that_is_taken_is_not_bare(editing: FrameEditing) -> None:
    with pytest.raises(BadEdit, match="不是空地"):
        editing.preview(FrameEdit(codes=(A,), gap_points=(CITY.mark("p"),)))


def test_an_overlap_is_mended_by_drawing_the_border_anew(editing: FrameEditing, sessions: Sessions) -> None:
    with sessions.begin() as session:  # B was surveyed two metres too far into A
        wide = shapely.union_all(
            [CITY.area("B"), shapely.box(WEST_M + 28, SOUTH_M + 20, WEST_M + 31, SOUTH_M + 40)]
        )
        grown = text("UPDATE grid.unit_grid SET geom = :shape WHERE code = :code")
        session.execute(grown, {"shape": to_ewkb(wide, PLANE).hex(), "code": B})
    save(editing, FrameEdit(codes=(A, B), lines=(line((30, 45), (30, 15)), line((33, 20), (27, 20)))))
    with sessions() as session:
        assert "overlap" not in check_frame(read_seen_frame(session), {}, SMALL).counts


def test_components_go_with_the_ground_they_stand_on(editing: FrameEditing, sessions: Sessions) -> None:
    point = CITY.mark("q")
    with sessions.begin() as session:
        session.add(
            ComponentRow(
                code="61030301002000001", type_code="01002", name="污水井盖", unit_grid_code=A,
                geom=to_ewkb(shapely.Point(point.easting_m, point.northing_m), PLANE).hex(),
                authority_code="BJ-PS", first_surveyed_on=DRAWN_ON, source="by a test", is_synthetic=True,
            )
        )  # fmt: skip
    where = text("SELECT unit_grid_code FROM grid.component")
    change = save(editing, SPLIT)
    with sessions() as session:
        assert session.execute(where).scalar_one() == E
    editing.undo(change.id, by=OFFICER, at=AT, reason="")
    with sessions() as session:
        assert session.execute(where).scalar_one() == A
