"""The briefing map of an area shows what the city knows of it, and refuses what it cannot draw."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from grid.areas import AreaTooLarge, NoSuchArea, get_area
from tests.case_city import COMMUNITY, FRIDAY_MORNING
from web.briefing import draw_area
from web.wiring import Wiring


@pytest.fixture
def bordered(wiring: Wiring) -> Iterator[Session]:
    """The corner of the city, whose community has a border around its nine grids; nothing of it is kept."""
    border = """
        UPDATE grid.division SET geom = (SELECT ST_Multi(ST_Envelope(ST_Collect(geom))) FROM grid.unit_grid)
        WHERE code = :code AND valid_to IS NULL
    """
    with wiring.sessions() as session:
        session.execute(text(border), {"code": COMMUNITY})
        yield session
        session.rollback()


def test_a_briefing_counts_grids_and_is_dated(bordered: Session, wiring: Wiring):
    html = draw_area(bordered, COMMUNITY, city=wiring.city, types=wiring.type_names, at=FRIDAY_MORNING)
    assert "单元网格 9 个 · 办理中案件 0 件" in html
    assert "2026年9月18日" in html
    assert re.search(r"<dt>案件：超期</dt><dd>0</dd>", html)


def test_an_area_has_its_grids_in_degrees(bordered: Session):
    area = get_area(bordered, COMMUNITY)
    west, south, east, north = area.border.shape.bounds
    assert (107 < west < east < 107.3, 34 < south < north < 34.5, len(area.grids)) == (True, True, 9)


@pytest.mark.parametrize("code", ["999999", "61030", "610302' OR 1=1", ""])
def test_an_unknown_area_is_refused(wiring: Wiring, code: str):
    with wiring.sessions() as session, pytest.raises(NoSuchArea):
        get_area(session, code)


def test_an_area_that_fits_no_sheet_is_refused(bordered: Session, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("grid.areas.MOST_GRIDS", 8)
    with pytest.raises(AreaTooLarge, match="街道或社区"):
        get_area(bordered, COMMUNITY)
