"""The desk of calls offers the components of the type beside the place, the nearest first."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.face_city import report_of
from tests.faces.test_look_alikes import form_of
from tests.register_city import EMPTY_REGISTER, RegisterCity, row, write
from web.wiring import Wiring

NEAR, FARTHER, GONE, FAR = (f"6103030100200000{n}" for n in (1, 2, 3, 4))
HERE = {"type": "component:01002", "lon": str(report_of()["lon"]), "lat": str(report_of()["lat"])}
ADDRESS = "/desk/operator/components"


@pytest.fixture
def covers(wiring: Wiring, tmp_path: Path) -> Iterator[None]:
    """Four covers at a crossing: one here, one 20 m east, one that was removed, one beyond shouting."""
    rows = [row(1, 150, 150), row(2, 170, 150), row(3, 151, 150), row(4, 290, 150)]
    RegisterCity(wiring.sessions).bring_in(write(tmp_path / "covers.gpkg", rows))
    with wiring.sessions.begin() as session:
        session.execute(text("UPDATE grid.component SET state = '移除' WHERE code = :code"), {"code": GONE})
    yield
    with wiring.engine.begin() as connection:
        connection.execute(text(EMPTY_REGISTER))


def offered(part: str) -> list[str]:
    return [code for code in (NEAR, FARTHER, GONE, FAR) if f'value="{code}"' in part]


def test_the_nearest_of_the_type_are_offered_with_code_and_distance(signed_in, covers):
    part = signed_in("operator1").get(ADDRESS, params=HERE).text
    assert offered(part) == [NEAR, FARTHER]
    assert part.index(NEAR) < part.index(FARTHER)
    assert ("就在这里" in part, "东 20 米" in part) == (True, True)


@pytest.mark.parametrize(
    ("changes", "told", "because"),
    [
        ({"type": "matter:06010"}, "", "refuse is no component"),
        ({"type": "component:01001"}, "60 米内没有登记的这类部件", "another type"),
        ({"lon": "0", "lat": "0"}, "60 米内没有登记的这类部件", "the other side of the Earth"),
    ],
)
def test_else_none_is_offered(signed_in, covers, changes, told, because):
    part = signed_in("operator1").get(ADDRESS, params=HERE | changes).text
    assert (offered(part), told in part, bool(part.strip())) == ([], True, bool(told))


@pytest.mark.parametrize("changes", [{"type": "cover"}, {"lon": "nan"}, {"lat": ""}])
def test_nonsense_is_refused(signed_in, covers, changes):
    assert signed_in("operator1").get(ADDRESS, params=HERE | changes).status_code == 400


def test_it_is_for_operators(signed_in, covers):
    assert signed_in("leader").get(ADDRESS, params=HERE).status_code == 403


def test_what_was_chosen_is_the_component_of_the_case(signed_in, covers, wiring):
    desk, address = signed_in("operator1"), "/desk/operator/register"
    sent = form_of(desk, address, component_code=FARTHER, type="component:01002", contact_name="来电人")
    assert desk.post(address, data=sent).status_code == 303
    with wiring.sessions() as session:
        assert session.execute(text('SELECT component_code FROM cases."case"')).scalar_one() == FARTHER
