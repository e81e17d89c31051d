"""What a step shows of the street is compared with what the case has already."""

from dataclasses import replace
from pathlib import Path

import pytest

from cases.rules.angles import Direction
from cases.rules.commands import Accept, Assign, Dispatch, FileCase, Finish
from cases.rules.evidence import StoredPhoto
from cases.rules.on_site import OwnPosition
from gis_core.clock import FixedClock
from gis_core.db import Sessions
from tests.case_city import DEPARTMENT, JINGER_ROAD, MISSING_COVER, CaseCity


@pytest.fixture
def city(sessions: Sessions, tmp_path: Path, clock: FixedClock) -> CaseCity:
    return CaseCity(sessions, tmp_path, clock)


def looking(city: CaseCity, deg: float, colour: str) -> StoredPhoto:
    return replace(city.photo(colour), direction=Direction(deg), shot="far")


def in_progress(city: CaseCity) -> str:
    """A case whose problem was photographed looking east."""
    case_no = city.report(photos=(looking(city, 90, "grey"),)).case_no
    city.perform(case_no, Accept(MISSING_COVER), "operator")
    city.perform(case_no, FileCase(), "chief")
    city.perform(case_no, Dispatch(DEPARTMENT), "dispatcher")
    city.perform(case_no, Assign(), "department")
    return case_no


@pytest.mark.parametrize(("deg", "off_deg"), [(100, 10), (200, 110)])
def test_the_result_is_compared_with_the_problem_of_the_same_case(
    city: CaseCity, deg: float, off_deg: float
) -> None:
    case_no = in_progress(city)
    decision = city.perform(case_no, Finish("已更换", (looking(city, deg, "green"),)), "department")
    assert decision.body["evidence"]["angle"] == {"off_deg": off_deg, "within_deg": 45}
    assert decision.body["photos"][0]["off_deg"] == off_deg


def test_a_photo_keeps_its_name_and_its_direction(city: CaseCity) -> None:
    photo = city.case(in_progress(city)).photos[0]
    assert (photo.shot, photo.direction) == ("far", Direction(90))


def test_a_crew_is_measured_in_the_plane_of_the_city(city: CaseCity) -> None:
    position = OwnPosition(replace(JINGER_ROAD, lat_deg=JINGER_ROAD.lat_deg + 0.0015), 10)
    done = Finish("已更换", (city.photo("green"),), position)
    kept = city.perform(in_progress(city), done, "crew").body["evidence"]["position"]
    assert kept == {"verdict": "on_site", "within_m": 200, "distance_m": 166.4, "accuracy_m": 10}
