"""`citygrid check` is red, with what to do, for each thing that can be missing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gis_core.clock import FixedClock
from gis_core.db import Sessions
from grid.city import City
from grid.seed import seed
from tests.case_city import FRIDAY_MORNING
from tests.databases import Databases
from web import checks_of_machine
from web.accounts.seed import seed_demo_people
from web.checking import Finding
from web.checks import Result, run_checks
from web.settings import Settings, load_settings

BAOJI = load_settings().data_dir
NEW_YEARS_EVE = datetime(2026, 12, 31, 4, 0, tzinfo=UTC)


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


def test_next_year_s_calendar_is_asked_for_before_the_year_ends(engine: Engine, tmp_path: Path) -> None:
    results = run_checks(settings_for(engine, tmp_path), clock=FixedClock(NEW_YEARS_EVE))
    calendars = next(result for result in results if result.name == "工作日历")
    assert (calendars.is_well, "cn-2027.yaml" in calendars.finding) == (True, True)


def test_a_year_without_a_calendar_is_red(engine: Engine, tmp_path: Path) -> None:
    results = run_checks(settings_for(engine, tmp_path), clock=FixedClock(NEW_YEARS_EVE + timedelta(days=2)))
    assert "cn-2027.yaml" in next(result for result in results if result.name == "工作日历").hint


@pytest.mark.parametrize(
    ("thing", "missing", "name", "hint"),
    [
        ("VENDOR_FILES", ("maplibre-gl/lost.mjs",), "前端库", "script/bootstrap"),
        ("LEAST_FREE_GB", 10**9, "磁盘空间", "CITYGRID_HOME"),
        ("MOST_SKEW_S", -1.0, "时钟", "NTP"),
        ("OLDEST_POSTGRES", 99, "PostGIS", "升级"),
        ("_is_met", lambda _: False, "Python 程序包", "script/bootstrap"),
    ],
    ids=["no map library", "no room", "clocks apart", "an old database", "packages missing"],
)
def test_what_the_machine_lacks_is_red_with_what_to_do(
    engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    thing: str,
    missing: object,
    name: str,
    hint: str,
) -> None:
    monkeypatch.setattr(checks_of_machine, thing, missing)
    assert hint in examine(settings_for(engine, tmp_path), name).hint


def test_commits_that_are_not_on_disk_are_red(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks_of_machine, "_ask", lambda *_: "off")
    assert "synchronous_commit" in examine(settings_for(engine, tmp_path), "落盘保证").hint


def test_a_photo_folder_that_cannot_be_written_is_red(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(checks_of_machine.tempfile, "TemporaryFile", refuse)
    assert "CITYGRID_PHOTO_DIR" in examine(settings_for(engine, tmp_path), "照片目录").hint


def test_no_chinese_font_is_said_and_is_no_fault(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks_of_machine.shutil, "which", lambda _: None)
    found = examine(settings_for(engine, tmp_path), "中文字体")
    assert (found.is_well, "fonts-noto-cjk" in found.finding) == (True, True)
