"""A surveyed frame, GBK and northing first with planted defects, is found out, mended, and put in force."""

import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely
from rich.console import Console
from sqlalchemy import text

from cases.sample_cases import add_past_cases
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions, open_sessions
from gis_core.offset_systems import wgs84_to_gcj02_many
from gis_core.spatial_files import Told, write_layer
from grid.reading import read_seen_frame
from grid.rules.labels import LyingLabel
from grid.rules.quality import SeenGrid
from grid.sample_city.survey import plant_defects
from grid.survey_keeping import Keeping
from tests.browser.conftest import fill_drawn_city
from tests.case_city import baoji
from tests.databases import Databases
from web.duty_work import plan_duty, try_rules
from web.grid_work import Desk, FrameNotSound, check_own_frame, divide_area, import_frame, write_sample_survey

pytestmark = pytest.mark.xdist_group("survey")

PLANE = PlaneSystem(baoji().plane_crs)
TOLD = Told(is_northing_first=True)


@pytest.fixture(scope="module")
def sessions(city_databases: Databases, worker_id: str) -> Iterator[Sessions]:
    """The small drawn city with cases of a year; the tests of this module tell one story in their order."""
    template = city_databases.template("drawn", fill_drawn_city)
    with city_databases.clone(template, f"survey_{worker_id}") as engine:
        sessions, at = open_sessions(engine), datetime(2026, 9, 18, 2, tzinfo=UTC)
        add_past_cases(sessions, city=baoji(), size="small", seed=1, at=at, count=200)
        yield sessions


@pytest.fixture(scope="module")
def work(sessions: Sessions) -> Desk:
    return Desk(baoji(), sessions, Console(quiet=True))


@pytest.fixture(scope="module")
def survey(work: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the survey office hands over: GBK, EPSG:4524, northing first, seven planted defects."""
    folder = tmp_path_factory.mktemp("survey")
    write_sample_survey(work, folder, is_clean=False)
    return folder / "单元网格.shp"


def take(
    work: Desk, path: Path, told: Told = TOLD, *, is_dry: bool = True, takes_defects: bool = False
) -> dict[str, int]:
    """Import, dry unless told; answers the defects by kind."""
    found = import_frame(
        work, path, told, trusts_label=False, is_dry=is_dry, takes_defects=takes_defects, map_path=None,
        reason="2026 普查",
    )  # fmt: skip
    return found.report.counts


def version(sessions: Sessions) -> int:
    with sessions() as session:
        return int(session.execute(text("SELECT version FROM grid.frame_version")).scalar_one())


def test_every_planted_defect_is_found_under_its_name(work: Desk, survey: Path, sessions: Sessions) -> None:
    with sessions() as session:
        _, planted = plant_defects(read_seen_frame(session), seed=1)
    assert {one.kind for one in planted} - {"uncovered"} <= {*take(work, survey)}


def test_a_northing_that_comes_first_is_found_out(work: Desk, survey: Path) -> None:
    with pytest.raises(LyingLabel, match="--northing-first"):
        take(work, survey, Told())


def test_gcj02_called_wgs84_is_found_out_with_its_offset(
    work: Desk, sessions: Sessions, tmp_path: Path
) -> None:
    with sessions() as session:
        grids = read_seen_frame(session)
    shapes = shapely.transform(
        np.array([grid.shape for grid in grids], dtype=object),
        lambda pairs: wgs84_to_gcj02_many(PLANE.to_lonlat_many(pairs)),
    )
    write_layer(tmp_path / "a.geojson", shapes, {"code": [grid.code for grid in grids]}, system="EPSG:4326")
    with pytest.raises(LyingLabel) as refusal:
        take(work, tmp_path / "a.geojson", Told())
    assert 440 < refusal.value.facts["offset_m"] < 480


def test_a_frame_with_errors_changes_nothing(work: Desk, survey: Path, sessions: Sessions) -> None:
    before = version(sessions)
    with pytest.raises(FrameNotSound):
        take(work, survey, is_dry=False)
    assert version(sessions) == before


KILLED_HALF_WAY = """
import os, signal, sys
from pathlib import Path
from rich.console import Console
from gis_core.db import open_engine, open_sessions
from grid.survey_keeping import Keeping, KeptReading
from tests.case_city import baoji
from tests.database.test_surveys import TOLD, take
from web.grid_work import Desk

keep, kept = KeptReading.keep, []

def keep_some(self, piece):
    keep(self, piece)
    kept.append(piece)
    if len(kept) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

KeptReading.keep = keep_some
sessions = open_sessions(open_engine(sys.argv[1]))
take(Desk(baoji(), sessions, Console(quiet=True), Keeping(Path(sys.argv[2]), batch=50)), Path(sys.argv[3]))
"""


def resumable(sessions: Sessions, folder: Path | None, out: io.StringIO | None = None) -> Desk:
    keeping = Keeping(folder, batch=50) if folder else None
    return Desk(baoji(), sessions, Console(file=out or io.StringIO(), width=200), keeping)


def found_in(work: Desk, path: Path) -> tuple[object, ...]:
    """All that an import says of a file."""
    found = import_frame(
        work, path, TOLD, trusts_label=False, is_dry=True, takes_defects=False, map_path=None, reason=""
    )
    report = found.report
    return found.grids, found.ended, found.problems, found.communities, report.defects, report.counts


def test_an_import_that_was_killed_goes_on_and_finds_the_same(
    sessions: Sessions, survey: Path, tmp_path: Path
) -> None:
    with sessions() as session:
        url = session.get_bind().engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", KILLED_HALF_WAY, url, str(tmp_path / "kept"), str(survey)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    told = io.StringIO()
    resumed = found_in(resumable(sessions, tmp_path / "kept", told), survey)
    assert "接着上次：已读 150 行。" in told.getvalue()
    assert resumed == found_in(resumable(sessions, None), survey)


def test_a_dry_run_is_not_read_or_checked_again(sessions: Sessions, survey: Path, tmp_path: Path) -> None:
    first = found_in(resumable(sessions, tmp_path / "kept"), survey)
    told = io.StringIO()
    assert found_in(resumable(sessions, tmp_path / "kept", told), survey) == first
    assert "行，也已检查。" in told.getvalue()


def test_everything_found_is_written_row_by_row(work: Desk, survey: Path, tmp_path: Path) -> None:
    found = import_frame(
        work, survey, TOLD, trusts_label=False, is_dry=True, takes_defects=False, map_path=None, reason="",
        report_path=tmp_path / "report.csv",
    )  # fmt: skip
    rows = (tmp_path / "report.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0] == "行,编码,程度,代码,说明"
    assert len(rows) == 1 + len(found.problems) + len(found.report.defects)


def test_a_frame_that_is_what_is_there_leaves_every_grid_its_row(
    work: Desk, sessions: Sessions, tmp_path: Path
) -> None:
    write_sample_survey(work, tmp_path, is_clean=True)
    count = "SELECT count(*) FROM grid.unit_grid"
    with sessions() as session:
        before = session.execute(text(count)).scalar_one()
    take(work, tmp_path / "单元网格.shp", is_dry=False)
    with sessions() as session:
        assert session.execute(text(count)).scalar_one() == before


def test_a_frame_may_come_into_force_to_be_mended_on_the_map(work: Desk, survey: Path) -> None:
    take(work, survey, is_dry=False, takes_defects=True)
    assert not check_own_frame(work, map_path=None, as_json=False, on=None).is_sound


def test_the_old_frame_is_there_for_the_days_before(work: Desk) -> None:
    assert check_own_frame(work, map_path=None, as_json=False, on=date(2026, 11, 1)).grids > 0


def test_the_map_of_defects_is_one_file(work: Desk, survey: Path, tmp_path: Path) -> None:
    path = tmp_path / "defects.html"
    check_own_frame(work, map_path=path, as_json=False, on=None)
    html = path.read_text(encoding="utf-8")
    assert "重叠" in html
    assert 'src="http' not in html


def test_a_community_is_divided_anew_with_numbers_never_used(work: Desk, sessions: Sessions) -> None:
    with sessions() as session:
        old = {grid.code for grid in read_seen_frame(session)}
    area = max({code[:12] for code in old}, key=lambda c: sum(code.startswith(c) for code in old))
    divide_area(work, area=area, with_hills=True, out=None, applies=True, reason="重新划分")
    with sessions() as session:
        new = {grid.code for grid in read_seen_frame(session)} - old
    assert new
    assert min(int(code[12:]) for code in new) > max(int(code[12:]) for code in old if code.startswith(area))


def test_responsibility_grids_are_made_even(work: Desk, sessions: Sessions) -> None:
    plan = plan_duty(work, area=None, per_inspector=32, applies=True, reason="均衡")
    assert plan.spread_after < plan.spread_before
    with sessions() as session:
        seen: list[SeenGrid] = read_seen_frame(session)
    assert {grid.code: grid.responsibility_code for grid in seen} == plan.codes


def test_a_draft_of_the_rules_is_tried_on_past_cases(work: Desk, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    rules = baoji().files.responsibility.read_text(encoding="utf-8")
    draft.write_text(rules.replace("to: sanitation", "to: urban_management"), encoding="utf-8")
    trial = try_rules(work, draft, since=date(2026, 1, 1), until=date(2026, 12, 1))
    assert 0 < trial.changed < trial.cases


def test_the_same_rules_change_nothing(work: Desk) -> None:
    trial = try_rules(work, baoji().files.responsibility, since=date(2026, 1, 1), until=date(2026, 12, 1))
    assert trial.changed == 0


def test_a_knot_is_a_knot(sessions: Sessions) -> None:
    with sessions() as session:
        grids, planted = plant_defects(read_seen_frame(session)[:200], seed=2)
    by_code = {one.code: one.kind for one in planted}
    knotted = [grid for grid in grids if by_code.get(grid.code) == "invalid_ring"]
    assert [grid.shape is not None and grid.shape.is_valid for grid in knotted] == [False]
