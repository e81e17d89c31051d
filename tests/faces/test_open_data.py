"""Open data as other systems read them: the same counts as the database, in every system of reference."""

import json
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from cases.rules.commands import Asking, Report
from gis_core.places import LonLat
from tests.case_city import FRIDAY_MORNING, JINGER_ROAD
from web.api.open_data.collections import BY_NAME, CRS84, crs_address
from web.wiring import Wiring

PLANE, DEGREES = crs_address(4545), crs_address(4490)
A_CORNER = LonLat(107.14495, 34.36897)
SECRET_WORDS = "王先生电话 13800000000，门口井盖缺失"


@pytest.fixture
def ask(browser: TestClient, wiring: Wiring) -> Iterator[Callable[..., dict]]:
    """Asks the service as a program does and yields its JSON."""

    def one(path: str, status: int = 200, **params: object) -> dict:
        answer = browser.get(f"/ogc{path}", params={key.replace("_", "-"): value for key, value in params.items()})
        assert answer.status_code == status, answer.text
        return answer.json()

    yield one
    wiring.open_data.close()


@pytest.fixture
def a_report(wiring: Wiring) -> None:
    """Somebody has reported a cover on 经二路, with a name and a number in the words."""
    asking = Asking(FRIDAY_MORNING, None, "公众", "public", None)
    report = Report(
        uuid4(), "matter", "06013", A_CORNER, SECRET_WORDS, (),
        place_text="某小区 3 号楼", contact_name="王某", contact_phone="13800000000",
    )  # fmt: skip
    wiring.cases.report(report, asking)


def count(wiring: Wiring, table: str) -> int:
    with wiring.sessions() as session:
        return session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


@pytest.mark.parametrize("name", list(BY_NAME))
def test_every_layer_has_as_many_features_as_its_view(ask: Callable[..., dict], wiring: Wiring, name: str):
    told = ask(f"/collections/{name}/items", limit=1)
    assert told["numberMatched"] == count(wiring, f"open_data.{name}")


def test_pages_follow_each_other_to_the_last_grid(ask: Callable[..., dict], browser: TestClient):
    seen, told = [], ask("/collections/unit_grids/items", limit=4)
    seen += [one["id"] for one in told["features"]]
    for _ in range(2):
        address = next(link["href"] for link in told["links"] if link["rel"] == "next")
        told = browser.get(address).json()
        seen += [one["id"] for one in told["features"]]
    assert len(seen) == len(set(seen)) == told["numberMatched"] == 9
