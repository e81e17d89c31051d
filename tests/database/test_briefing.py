"""The briefing map of an area shows what the city knows of it, and refuses what it cannot draw."""

import re

import pytest
from sqlalchemy import text

from grid.areas import AreaTooLarge, NoSuchArea, get_area
from tests.case_city import COMMUNITY, FRIDAY_MORNING
from web.briefing import draw_area
from web.wiring import Wiring


@pytest.fixture
def bordered(wiring: Wiring) -> Wiring:
    """The corner of the city, whose community has a border around its nine grids."""
    border = """
        UPDATE grid.division SET geom = (SELECT ST_Multi(ST_Envelope(ST_Collect(geom))) FROM grid.unit_grid)
        WHERE code = :code AND valid_to IS NULL
    """
    with wiring.sessions.begin() as session:
        session.execute(text(border), {"code": COMMUNITY})
    return wiring


def test_a_briefing_counts_grids_and_is_dated(bordered: Wiring):
    with bordered.sessions() as session:
        html = draw_area(session, COMMUNITY, city=bordered.city, types=bordered.type_names, at=FRIDAY_MORNING)
    assert "单元网格 9 个 · 办理中案件 0 件" in html
    assert "2026年9月18日" in html
    assert re.search(r"<dt>案件：超期</dt><dd>0</dd>", html)


def test_an_area_has_its_grids_in_degrees(bordered: Wiring):
    with bordered.sessions() as session:
        area = get_area(session, COMMUNITY)
    west, south, east, north = area.border.shape.bounds
    assert (107 < west < east < 107.3, 34 < south < north < 34.5, len(area.grids)) == (True, True, 9)


@pytest.mark.parametrize("code", ["999999", "61030", "610302' OR 1=1", ""])
def test_an_unknown_area_is_refused(wiring: Wiring, code: str):
    with wiring.sessions() as session, pytest.raises(NoSuchArea):
        get_area(session, code)


def test_an_area_that_fits_no_sheet_is_refused(bordered: Wiring, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("grid.areas.MOST_GRIDS", 8)
    with bordered.sessions() as session, pytest.raises(AreaTooLarge, match="街道或社区"):
        get_area(session, COMMUNITY)
