"""The register's practice file: what was planted is found, under its name and with its code."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gis_core.crs import PlaneSystem
from gis_core.db import Sessions, open_sessions
from grid.register.importing import Importing, NothingGood, Wishes
from grid.rules.register import Asking
from tests.browser.conftest import fill_drawn_city
from tests.case_city import baoji
from tests.databases import Databases
from web.register_sample import write_component_survey

AT = datetime(2026, 9, 18, 2, tzinfo=UTC)
ASKING = Asking(AT, None, "测试", "system")
WISHES = Wishes(is_northing_first=True)


@pytest.fixture(scope="module")
def sessions(city_databases: Databases, worker_id: str) -> Iterator[Sessions]:
    template = city_databases.template("drawn", fill_drawn_city)
    with city_databases.clone(template, f"component_survey_{worker_id}") as engine:
        yield open_sessions(engine)


@pytest.fixture(scope="module")
def importing(sessions: Sessions) -> Importing:
    return Importing(sessions, baoji(), PlaneSystem(baoji().plane_crs))


def test_every_planted_defect_is_found_and_nothing_else(importing: Importing, tmp_path: Path) -> None:
    path, _, planted = write_component_survey(importing.sessions, baoji(), tmp_path, is_clean=False)
    number = importing.begin(path, WISHES, ASKING)
    report = importing.check(number, path, WISHES, at=AT)
    assert dict(report.counts) == {one.kind: 1 for one in planted}
    with pytest.raises(NothingGood):
        importing.apply(number, keep_good=False, asking=ASKING)
    errors = [one for one in planted if one.kind != "missing_owner"]
    assert importing.apply(number, keep_good=True, asking=ASKING) == report.rows - len(errors)
