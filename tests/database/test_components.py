"""The register of components answers by code and by nearness."""

from datetime import date

import pytest
import shapely
from sqlalchemy.orm import Session

from gis_core.crs import PlaneSystem
from gis_core.places import PlanePoint
from gis_core.shapes import to_ewkb
from grid.components import NoSuchComponent, get_component, list_near
from grid.tables import ComponentRow
from tests.databases import PLANE_CRS

PLANE = PlaneSystem(PLANE_CRS)
HERE = PlanePoint(430_000.0, 3_804_000.0)


def stand(session: Session, serial: int, east_m: float, *, type_code: str = "01001") -> str:
    """A component standing so many metres east of here; its code."""
    row = ComponentRow(
        code=f"610303{type_code}{serial:06d}",
        type_code=type_code,
        name="上水井盖",
        geom=to_ewkb(shapely.Point(HERE.easting_m + east_m, HERE.northing_m), PLANE).hex(),
        unit_grid_code="610303008007001",
        authority_code="GX-GW",
        first_surveyed_on=date(2026, 1, 1),
        source="drawn by a test",
        is_synthetic=True,
    )
    session.add(row)
    session.flush()
    return row.code


def near(session: Session, **wishes: object) -> list[tuple[str, float]]:
    found = list_near(session, HERE, plane=PLANE, **({"within_m": 30.0} | wishes))
    return [(one.component.code, one.distance_m) for one in found]


def test_a_component_is_found_by_its_code(session: Session) -> None:
    code = stand(session, 1, 12.5)
    component = get_component(session, code)
    assert (component.type_code, component.state) == ("01001", "完好")
    assert component.point == PlanePoint(430_012.5, 3_804_000.0)


def test_an_unknown_code_is_refused(session: Session) -> None:
    with pytest.raises(NoSuchComponent, match="请核对编码"):
        get_component(session, "61030301001000009")


def test_the_nearest_component_comes_first_and_far_ones_not_at_all(session: Session) -> None:
    far, near_by, nearest = stand(session, 1, 30.5), stand(session, 2, -30.0), stand(session, 3, 4.0)
    assert near(session) == [(nearest, 4.0), (near_by, 30.0)]
    assert far not in dict(near(session))


def test_only_components_of_the_type_reported_are_offered(session: Session) -> None:
    stand(session, 1, 2.0, type_code="02007")
    cover = stand(session, 2, 9.0)
    assert near(session, type_code="01001") == [(cover, 9.0)]


def test_of_two_equally_near_the_smaller_code_comes_first(session: Session) -> None:
    second, first = stand(session, 2, 5.0), stand(session, 1, -5.0)
    assert [code for code, _ in near(session)] == [first, second]
    assert [code for code, _ in near(session, limit=1)] == [first]
