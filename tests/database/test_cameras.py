"""The register of cameras in PostGIS: lives that stay, cameras that see a place, files, tours."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gis_core.db import Sessions
from gis_core.journal import seal
from gis_core.places import LonLat
from grid.cameras.operations import (
    CameraCodeTaken,
    CameraEnded,
    CameraReasonMissing,
    Cameras,
    StaleCamera,
    UnchangedCamera,
)
from grid.cameras.reading import (
    CameraFilter,
    get_camera,
    get_tour,
    list_cameras,
    list_facts,
    list_seeing,
    views_geojson,
)
from grid.cameras.store import NoSuchCamera, NoSuchTour, TourNameTaken
from grid.rules.cameras import BadCamera
from grid.rules.tours import Stop, Tour
from grid.seed import seed
from tests.camera_city import OFFICER, PLANE, beside, camera, register
from tests.case_city import FRIDAY_MORNING, baoji

TODAY = date(2026, 9, 18)


@pytest.fixture
def cameras(sessions: Sessions) -> Cameras:
    """A register without cameras, in a city that knows its organisations."""
    seed(sessions, baoji(), FRIDAY_MORNING)
    return Cameras(sessions, PLANE)


def codes(cameras: Cameras, wanted: CameraFilter) -> list[str]:
    with cameras.sessions() as session:
        return [one.code for one in list_cameras(session, PLANE, wanted, TODAY).rows]


def seeing(cameras: Cameras, east_m: float, north_m: float = 0.0) -> list[str]:
    with cameras.sessions() as session:
        return [one.shown.code for one in list_seeing(session, PLANE, beside(east_m, north_m), TODAY)]


def test_a_camera_is_kept_as_it_was_registered(cameras: Cameras) -> None:
    register(
        cameras, camera(hls_address="http://192.0.2.9/1.m3u8", protocol="rtsp", address="rtsp://192.0.2.1/1")
    )
    with cameras.sessions() as session:
        kept = get_camera(session, PLANE, "SXJ-1")
    assert (kept.camera.name, kept.camera.field_deg, kept.owner_name) == (
        "经二路路口枪机",
        60,
        "宝鸡市公安局",
    )
    assert kept.camera.played_address == "http://192.0.2.9/1.m3u8"


def test_a_code_is_given_once(cameras: Cameras) -> None:
    register(cameras, camera())
    cameras.end("SXJ-1", reason="拆除", seen_revision=1, asking=OFFICER)
    with pytest.raises(CameraCodeTaken):
        register(cameras, camera())


def test_an_owner_whom_nobody_knows_is_refused(cameras: Cameras) -> None:
    with pytest.raises(BadCamera):
        register(cameras, camera(owner_code="XX-1"))


def test_a_change_says_why_and_what_was_before(cameras: Cameras) -> None:
    register(cameras, camera())
    cameras.change(camera(direction_deg=180.0), reason="转了方向", seen_revision=1, asking=OFFICER)
    with cameras.sessions() as session:
        last = list_facts(session, "SXJ-1")[-1]
    assert (last.action, last.reason) == ("changed", "转了方向")
    assert last.body == {"direction_deg": {"before": 90.0, "after": 180.0}}


REFUSED = [
    ({}, "转了", 1, UnchangedCamera, "nothing is different"),
    ({"name": "新名"}, " ", 1, CameraReasonMissing, "nobody says why"),
    ({"name": "新名"}, "改名", 0, StaleCamera, "somebody else was faster"),
    ({"code": "SXJ-9"}, "改名", 1, NoSuchCamera, "there is none of that code"),
]


@pytest.mark.parametrize(
    ("changes", "reason", "revision", "kind", "because"), REFUSED, ids=[row[-1] for row in REFUSED]
)
def test_a_change_that_cannot_be_is_refused(
    cameras: Cameras, changes: dict[str, str], reason: str, revision: int, kind: type[Exception], because: str
) -> None:
    register(cameras, camera())
    with pytest.raises(kind):
        cameras.change(camera(**changes), reason=reason, seen_revision=revision, asking=OFFICER)


def test_a_camera_out_of_force_can_be_restored_and_nothing_else(cameras: Cameras) -> None:
    register(cameras, camera())
    cameras.end("SXJ-1", reason="检修", seen_revision=1, asking=OFFICER)
    with pytest.raises(CameraEnded):
        cameras.change(camera(name="新名"), reason="改名", seen_revision=2, asking=OFFICER)
    cameras.restore("SXJ-1", reason="修好", seen_revision=2, asking=OFFICER)
    assert codes(cameras, CameraFilter()) == ["SXJ-1"]


def test_the_life_of_a_camera_is_chained(cameras: Cameras) -> None:
    register(cameras, camera())
    cameras.note_keys("SXJ-1", has_keys=True, asking=OFFICER)
    with cameras.sessions() as session:
        first, second = list_facts(session, "SXJ-1")
    assert (seal(first.content, first.prev_hash), second.prev_hash) == (first.hash, first.hash)
    assert seal(second.content, second.prev_hash) == second.hash


def test_nobody_changes_the_life_of_a_camera(cameras: Cameras) -> None:
    register(cameras, camera())
    with pytest.raises(DBAPIError), cameras.sessions.begin() as session:
        session.execute(text("UPDATE grid.camera_fact SET reason = ''"))


FILTERS = [
    (CameraFilter(), ["SXJ-1", "SXJ-2"], "what is in force"),
    (CameraFilter(standing="ended"), ["SXJ-3"], "what is not"),
    (CameraFilter(text="东口"), ["SXJ-2"], "part of a name"),
    (CameraFilter(text="xj-1"), ["SXJ-1"], "part of a code, small or large"),
    (CameraFilter(text="%"), [], "a sign that means anything in SQL means itself"),
    (CameraFilter(protocol="onvif"), ["SXJ-2"], "one protocol"),
    (CameraFilter(owner_code="BJ-JJ"), [], "one owner"),
]


@pytest.mark.parametrize(("wanted", "found", "because"), FILTERS, ids=[row[-1] for row in FILTERS])
def test_cameras_are_listed_as_wanted(
    cameras: Cameras, wanted: CameraFilter, found: list[str], because: str
) -> None:
    onvif = camera("SXJ-2", name="东口球机", protocol="onvif", address="http://192.0.2.1/onvif")
    register(cameras, camera(), onvif, camera("SXJ-3"))
    cameras.end("SXJ-3", reason="拆除", seen_revision=1, asking=OFFICER)
    assert codes(cameras, wanted) == found


def test_the_nearest_and_straightest_camera_of_a_place_comes_first(cameras: Cameras) -> None:
    away = camera("A", place=beside(-100), range_m=200.0)
    aslant = camera("B", place=beside(-60), direction_deg=115.0)
    around = camera("C", place=beside(0, 40), field_deg=360.0)
    register(cameras, away, aslant, around, camera("D"), camera("E", direction_deg=270.0))
    assert seeing(cameras, 0) == ["C", "D", "A", "B"]


def test_a_camera_out_of_force_sees_nothing(cameras: Cameras) -> None:
    register(cameras, camera())
    cameras.end("SXJ-1", reason="拆除", seen_revision=1, asking=OFFICER)
    assert seeing(cameras, 0) == []


def test_a_sector_on_a_map_names_no_address(cameras: Cameras) -> None:
    register(cameras, camera())
    with cameras.sessions() as session:
        views = views_geojson(PLANE, [get_camera(session, PLANE, "SXJ-1")])
    assert [one["properties"]["role"] for one in views["features"]] == ["sector", "camera"]
    assert "192.0.2" not in str(views)


def test_a_file_adds_changes_and_leaves_what_is_the_same(cameras: Cameras) -> None:
    register(cameras, camera("A"), camera("B"))
    done = cameras.bring_in(
        [camera("A"), camera("B", name="新名"), camera("C")], reason="普查", asking=OFFICER
    )
    assert (done.added, done.changed, done.same) == (1, 1, 1)


def test_a_file_goes_in_whole_or_not_at_all(cameras: Cameras) -> None:
    with pytest.raises(BadCamera):
        cameras.bring_in([camera("A"), camera("B", owner_code="XX-1")], reason="普查", asking=OFFICER)
    assert codes(cameras, CameraFilter()) == []


def test_a_tour_keeps_its_order_and_its_seconds(cameras: Cameras) -> None:
    register(cameras, camera("A"), camera("B"))
    number = cameras.keep_tour(Tour("早高峰", (Stop("B", 5), Stop("A", 20), Stop("B", 8))), asking=OFFICER)
    with cameras.sessions() as session:
        tour = get_tour(session, PLANE, number, TODAY)
    assert [(stop.shown.code, stop.seconds) for stop in tour.stops] == [("B", 5), ("A", 20), ("B", 8)]


def test_a_tour_passes_over_a_camera_that_is_out_of_force(cameras: Cameras) -> None:
    register(cameras, camera("A"), camera("B"))
    number = cameras.keep_tour(Tour("早高峰", (Stop("A", 5), Stop("B", 5))), asking=OFFICER)
    cameras.end("A", reason="检修", seen_revision=1, asking=OFFICER)
    with cameras.sessions() as session:
        assert [stop.shown.code for stop in get_tour(session, PLANE, number, TODAY).stops] == ["B"]


def test_two_tours_have_two_names(cameras: Cameras) -> None:
    register(cameras, camera("A"))
    tour = Tour("早高峰", (Stop("A", 5),))
    cameras.keep_tour(tour, asking=OFFICER)
    other = cameras.keep_tour(replace(tour, name="晚高峰"), asking=OFFICER)
    with pytest.raises(TourNameTaken):
        cameras.keep_tour(tour, asking=OFFICER)
    with pytest.raises(TourNameTaken):
        cameras.keep_tour(tour, asking=OFFICER, tour_id=other)


def test_a_tour_of_a_camera_that_is_not_there_is_refused(cameras: Cameras) -> None:
    with pytest.raises(NoSuchCamera):
        cameras.keep_tour(Tour("早高峰", (Stop("A", 5),)), asking=OFFICER)


def test_a_tour_that_is_gone_cannot_be_removed_again(cameras: Cameras) -> None:
    register(cameras, camera("A"))
    number = cameras.keep_tour(Tour("早高峰", (Stop("A", 5),)), asking=OFFICER)
    cameras.remove_tour(number)
    with pytest.raises(NoSuchTour):
        cameras.remove_tour(number)


def test_a_camera_that_was_not_moved_stays_where_it_is_to_the_millimetre(cameras: Cameras) -> None:
    register(cameras, camera())
    written = PLANE.to_plane(LonLat(*(round(one, 7) for one in _degrees(cameras))))
    cameras.change(camera(place=written, name="新名"), reason="改名", seen_revision=1, asking=OFFICER)
    with cameras.sessions() as session:
        assert list(list_facts(session, "SXJ-1")[-1].body) == ["name"]


def _degrees(cameras: Cameras) -> tuple[float, float]:
    with cameras.sessions() as session:
        kept = get_camera(session, PLANE, "SXJ-1")
    return kept.lon, kept.lat
