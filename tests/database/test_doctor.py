"""`citygrid check` is red, with what to do, for each thing that can be missing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from cases.privacy_rules import load_privacy, seed_private_types
from gis_core import postgres_binaries
from gis_core.clock import FixedClock
from gis_core.db import Sessions, open_sessions
from grid.city import City
from grid.seed import seed
from tests.case_city import FRIDAY_MORNING, baoji
from tests.databases import Databases
from tests.face_city import QUICK, fill_city, report_of
from web import checks_of_machine
from web.accounts.seed import seed_demo_people
from web.app import create_app
from web.checking import Finding, Subject
from web.checks import Result, run_checks
from web.checks_of_city import look_at_open_data
from web.settings import Settings, load_settings
from web.wiring import Wiring, wire

BAOJI = load_settings().data_dir
ONE_UNWATCHED = "UPDATE grid.unit_grid SET responsibility_code = 'R' WHERE code NOT LIKE '%5'"
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
    "name",
    ["区划与单位", "账号", "工作日历", "类型与时限", "责任规则", "数据库结构", "综合评价"],
)
def test_a_city_that_was_prepared_is_well(
    sessions: Sessions, engine: Engine, tmp_path: Path, name: str
) -> None:
    seed(sessions, City.load(BAOJI), FRIDAY_MORNING)
    seed_demo_people(sessions, City.load(BAOJI))
    assert examine(settings_for(engine, tmp_path), name).hint == ""


def test_private_types_that_the_database_does_not_know_are_told(
    sessions: Sessions, engine: Engine, tmp_path: Path
) -> None:
    assert "citygrid seed" in examine(settings_for(engine, tmp_path), "个人信息").hint
    with sessions.begin() as session:
        seed_private_types(session, load_privacy(baoji()))
    assert examine(settings_for(engine, tmp_path), "个人信息").is_well


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


@pytest.fixture
def living_city(
    city_databases: Databases, worker_id: str, clock: FixedClock, tmp_path: Path
) -> Iterator[Wiring]:
    """A city of its own with people, nine grids that nobody calls drawn or surveyed, and one case."""
    template = city_databases.template("faces", fill_city)
    with city_databases.clone(template, f"doctor_{worker_id}") as engine:
        settings = settings_for(engine, tmp_path)
        yield wire(settings, engine=engine, city=baoji(), clock=clock, hasher=QUICK)


@pytest.mark.parametrize(
    ("harm", "name", "hint"),
    [
        ("UPDATE cases.fact SET reason = 'nothing happened'", "案件记录链", "审计员"),
        ("UPDATE grid.unit_grid SET is_synthetic = false", "账号", "停用演示账号"),
        ("UPDATE accounts.person SET is_active = false", "账号", "citygrid demo"),
        (ONE_UNWATCHED, "单元网格", "无责任网格 1 个"),
        ("DELETE FROM grid.organisation WHERE code = 'BJ-PS'", "区划与单位", "citygrid seed"),
    ],
    ids=["a fact was changed", "demo accounts among real data", "nobody can sign in",
         "one grid without an inspector's", "an organisation is gone"],
)  # fmt: skip
def test_harm_done_to_a_living_city_is_red(living_city: Wiring, harm: str, name: str, hint: str) -> None:
    TestClient(create_app(living_city)).post("/api/v1/reports", json=report_of()).raise_for_status()
    with living_city.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(harm))
    assert hint in examine(living_city.settings, name).hint


@pytest.mark.parametrize(
    ("file", "old", "new", "name"),
    [
        ("criteria.csv", "component,01001,", "component,01002,", "类型与时限"),
        ("responsibility.yaml", "to: water_supply", "to: nobody", "责任规则"),
        ("city.yaml", "plane_crs: 4545", "plane_crs: four", "城市数据"),
        ("organisations.yaml", "code: BJ-PS", "code: BJ-", "区划与单位"),
    ],
    ids=["a type without a limit", "a rule that names nobody",
         "no plane system", "a body that others name is gone"],
)  # fmt: skip
def test_a_fault_in_the_city_s_files_is_red_and_names_the_file(
    engine: Engine, tmp_path: Path, file: str, old: str, new: str, name: str
) -> None:
    copytree(BAOJI.parent, tmp_path / "data", ignore=lambda *_: ["migrations"])
    spoilt = tmp_path / "data" / "baoji" / file
    spoilt.write_text(spoilt.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    result = examine(settings_for(engine, tmp_path, data_dir=spoilt.parent), name)
    assert (result.is_well, file in result.finding + result.hint) == (False, True)


def test_a_machine_without_postgis_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_binaries, "USUAL_PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    result = examine(load_settings(home=tmp_path, database_url=""), "数据库程序")
    assert (result.is_well, "script/bootstrap" in result.finding) == (False, True)


def test_open_data_are_on_with_the_private_database(face_engine: Engine, tmp_path: Path) -> None:
    found = examine(settings_for(face_engine, tmp_path), "开放数据")
    assert (found.is_well, found.finding) == (True, "图层 7 个，只读角色 citygrid_reader")


def test_a_reader_that_can_see_too_much_is_named(city_databases: Databases, tmp_path: Path) -> None:
    template = city_databases.template("faces", fill_city)
    with city_databases.clone(template, f"leaky_{tmp_path.name}") as engine:
        with engine.begin() as connection:
            connection.execute(text("GRANT USAGE ON SCHEMA cases TO citygrid_reader"))
            connection.execute(text('GRANT SELECT ON cases."case" TO citygrid_reader'))
        found = examine(settings_for(engine, tmp_path), "开放数据")
    assert 'cases."case"' in found.finding
    assert found.hint.startswith("执行 REVOKE")


def test_a_reader_without_views_is_told_to_migrate(city_databases: Databases, tmp_path: Path) -> None:
    template = city_databases.template("faces", fill_city)
    with city_databases.clone(template, f"bare_{tmp_path.name}") as engine:
        with engine.begin() as connection:
            connection.execute(text("DROP VIEW open_data.streets"))
        found = examine(settings_for(engine, tmp_path), "开放数据")
    assert (found.finding, found.hint) == ("可读图层 6 个，应为 7 个", "运行 citygrid migrate。")


def test_a_database_whose_user_may_make_no_roles_is_told_how(
    face_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.checks_of_city.ROLE", "nobody_of_that_name")
    settings = load_settings(database_url="postgresql://city:secret@db/city", home=tmp_path)
    with open_sessions(face_engine)() as session:
        found = look_at_open_data(Subject(settings, FRIDAY_MORNING, False, None, session))
    assert found.is_well
    assert "CREATE ROLE" in found.text


def test_counts_of_components_that_differ_from_the_register_are_told(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO grid.component_count VALUES (14, 0, 0, '', '', '完好', 1, '610302001')")
        )
    found = examine(settings_for(engine, tmp_path), "部件计数")
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE grid.component_count"))
    assert "count_components_anew" in found.hint
    assert examine(settings_for(engine, tmp_path), "部件计数").is_well


def test_counts_of_ended_cases_that_differ_from_the_register_are_told(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO cases.ended_count VALUES (0, 0, 'closed', '610303008', NULL, NULL, 1, 0, 0)")
        )
    found = examine(settings_for(engine, tmp_path), "案件计数")
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE cases.ended_count"))
    assert "count_ended_anew" in found.hint
    assert examine(settings_for(engine, tmp_path), "案件计数").is_well
