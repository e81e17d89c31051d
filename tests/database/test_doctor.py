"""`citygrid check` is red, with what to do, for each thing that can be missing."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from gis_core.clock import FixedClock
from gis_core.db import Sessions
from grid.city import City
from grid.seed import seed
from tests.case_city import FRIDAY_MORNING
from tests.databases import Databases
from web.accounts.seed import seed_demo_people
from web.checking import Finding
from web.checks import Result, run_checks
from web.settings import Settings, load_settings

BAOJI = load_settings().data_dir


def settings_for(engine: Engine, home: Path, **given: object) -> Settings:
    url = engine.url.render_as_string(hide_password=False)
    return load_settings(database_url=url, home=home, **given)


def examine(settings: Settings, name: str) -> Result:
    results = run_checks(settings, clock=FixedClock(FRIDAY_MORNING))
    return next(result for result in results if result.name == name)


def test_a_finding_with_a_hint_is_not_well() -> None:
    assert [Finding("好").is_well, Finding("坏", "修好它").is_well] == [True, False]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("单元网格", "citygrid demo"),
        ("区划与单位", "citygrid seed"),
        ("账号", "citygrid demo"),
        ("后台任务", "citygrid worker"),
    ],
    ids=["no grids", "no organisations", "no accounts", "no worker"],
)
def test_an_empty_database_is_told_what_it_lacks(
    engine: Engine, tmp_path: Path, name: str, hint: str
) -> None:
    assert hint in examine(settings_for(engine, tmp_path), name).hint


def test_a_database_without_tables_is_told_to_migrate(
    city_databases: Databases, tmp_path: Path, worker_id: str
) -> None:
    with city_databases.clone("template1", f"bare_{worker_id}") as bare:
        assert "citygrid migrate" in examine(settings_for(bare, tmp_path), "数据库结构").hint


def test_a_database_out_of_reach_is_said_to_be(tmp_path: Path) -> None:
    away = load_settings(database_url="postgresql://nobody@/nothing?host=/nowhere", home=tmp_path)
    assert "CITYGRID_DATABASE_URL" in examine(away, "数据库连接").hint


def test_a_city_never_started_is_told_how_to_start(tmp_path: Path) -> None:
    assert "script/server" in examine(load_settings(home=tmp_path, database_url=""), "数据库连接").finding


def test_a_folder_that_is_no_city_is_named(engine: Engine, tmp_path: Path) -> None:
    result = examine(settings_for(engine, tmp_path, data_dir=tmp_path), "城市数据")
    assert not result.is_well
    assert str(tmp_path) in result.finding


@pytest.mark.parametrize(
    "name", ["区划与单位", "账号", "工作日历", "类型与时限", "责任规则", "数据库结构", "落盘保证"]
)
def test_a_city_that_was_prepared_is_well(
    sessions: Sessions, engine: Engine, tmp_path: Path, name: str
) -> None:
    seed(sessions, City.load(BAOJI), FRIDAY_MORNING)
    seed_demo_people(sessions, City.load(BAOJI))
    assert examine(settings_for(engine, tmp_path), name).hint == ""
