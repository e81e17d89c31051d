"""Heights of a real city: brought in, flooded on, given up, taken again; a bad file changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from rasterio.transform import from_origin
from sqlalchemy import Engine
from typer.testing import CliRunner

from cases.rules.deciding import Asking
from emergency.city_layers import CityLayers, NoTerrain
from emergency.effect_data import load_effect_data
from emergency.heights.looking import Looked, look
from emergency.heights.operations import (
    CityHeights,
    HeightsInForce,
    HeightsKnown,
    HeightsMoved,
    NoHeightsReason,
)
from emergency.heights.reading import NoSuchHeights, find_in_force, list_choices, list_heights
from emergency.rules.heights import HeightsFacts
from gis_core.db import Sessions, open_sessions
from gis_core.errors import CitygridError
from gis_core.places import PlanePoint
from gis_core.terrain import OffTerrain
from gis_core.terrain_files import write_terrain
from tests import databases
from tests.case_city import FRIDAY_MORNING, JINGER_ROAD, baoji
from tests.databases import Databases
from tests.heights import CELLS, MIDDLE, PLANE, bomb, cut_short, trench, write
from web.cli import app
from web.effect_forms import EffectSent, effect_of

DATA = load_effect_data(baoji())
FLAT = np.zeros((9, 9), dtype=np.float32)
TODAY = FRIDAY_MORNING.date()
FACTS = HeightsFacts(
    source="市自然资源局机载激光雷达",
    vertical="1985 国家高程基准",
    surveyed_on=date(2024, 5, 1),
    accuracy_m=0.3,
)
OFFICER = Asking(FRIDAY_MORNING, None, "数据员甲", "data_officer")
looking = partial(look, plane=PLANE, bounds=baoji().bounds, today=TODAY)


@pytest.fixture
def engine(city_databases: Databases, worker_id: str) -> Iterator[Engine]:
    template = city_databases.template("migrated", databases.fill_migrated)
    with city_databases.clone(template, f"heights_{worker_id}") as engine:
        yield engine


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    return open_sessions(engine)


@pytest.fixture
def heights(sessions: Sessions) -> CityHeights:
    return CityHeights(sessions)


@pytest.fixture
def city(sessions: Sessions) -> CityLayers:
    return CityLayers(sessions, baoji(), PLANE, DATA)


def looked(folder: Path, name: str = "a.tif", lift_m: float = 0.0, **facts: object) -> Looked:
    return looking(write(folder / name, trench() + np.float32(lift_m)), replace(FACTS, **facts))


def flood(city: CityLayers) -> tuple[float, str]:
    effect = effect_of(EffectSent(model="flood", seed="breach"), JINGER_ROAD, city, FRIDAY_MORNING)
    said = [*effect.warnings, *effect.limits, *(one.name for one in effect.sources)]
    return sum(zone.area_m2 for zone in effect.zones), "\n".join(said)


def test_floods_are_worked_out_on_the_heights_that_were_brought_in(
    tmp_path: Path, heights: CityHeights, city: CityLayers
) -> None:
    with pytest.raises(NoTerrain):
        flood(city)
    heights.bring_in(looked(tmp_path), OFFICER)
    wet_m2, said = flood(city)
    assert wet_m2 == 100 * CELLS * 10
    wanted = ["机载激光雷达（2024-05-01）", "±0.3 米", "1985 国家高程基准"]
    assert [words for words in wanted if words not in said] == []
    assert "示意" not in said


AGES = [
    ({"surveyed_on": date(2012, 5, 1)}, "地形测于 2012-05-01，已有 14 年", "old ground"),
    ({"surveyed_on": None}, "地形数据没有测量日期", "ground of no day"),
    ({"accuracy_m": None}, "地形高程精度未说明", "nobody knows how sure"),
]


@pytest.mark.parametrize(("facts", "words", "because"), AGES, ids=[row[-1] for row in AGES])
def test_what_is_doubtful_of_the_ground_is_told_with_the_flood(
    tmp_path: Path, heights: CityHeights, city: CityLayers, facts: dict[str, object], words: str, because: str
) -> None:
    heights.bring_in(looked(tmp_path, **facts), OFFICER)
    assert words in flood(city)[1]


def test_the_former_version_is_taken_again(tmp_path: Path, heights: CityHeights, city: CityLayers) -> None:
    first = heights.bring_in(looked(tmp_path), OFFICER)
    heights.bring_in(looked(tmp_path, "b.tif", lift_m=5.0), OFFICER)
    assert city.terrain_around(MIDDLE, 500).get_height_m(MIDDLE) == pytest.approx(595)
    heights.take(first.id, "新版有误", OFFICER)
    assert city.terrain_around(MIDDLE, 500).get_height_m(MIDDLE) == pytest.approx(590)
    heights.take(None, "全部停用", OFFICER)
    with pytest.raises(NoTerrain):
        city.terrain_around(MIDDLE, 500)
    with heights.sessions() as session:
        assert [one.why for one in list_choices(session)] == ["全部停用", "新版有误", "导入", "导入"]


def test_pieces_joined_are_the_ground_that_was_cut(
    tmp_path: Path, heights: CityHeights, city: CityLayers
) -> None:
    random = np.random.default_rng(3).uniform(500, 700, (1_100, 700)).astype(np.float32)
    random[300:320, :] = np.nan
    kept = heights.bring_in(looking(write(tmp_path / "r.tif", random), FACTS), OFFICER)
    at = PlanePoint(MIDDLE.easting_m + 2_500, MIDDLE.northing_m - 4_000)
    found = city.terrain_around(at, 1_503.0)
    assert found.west_m >= kept.west_m
    top, left = round((kept.north_m - found.north_m) / 10), round((found.west_m - kept.west_m) / 10)
    rows, columns = found.shape
    assert (rows > 250, columns > 250) == (True, True)
    assert np.array_equal(found.heights_m, random[top : top + rows, left : left + columns], equal_nan=True)


def test_a_file_that_says_it_is_a_sample_stays_one(
    tmp_path: Path, heights: CityHeights, city: CityLayers
) -> None:
    ground = replace(looked(tmp_path).terrain, is_synthetic=True)
    write_terrain(ground, tmp_path / "s.tif")
    heights.bring_in(looking(tmp_path / "s.tif", FACTS), OFFICER)
    assert "地形为示意数据" in flood(city)[1]


def test_beside_the_heights_there_are_none(tmp_path: Path, heights: CityHeights, city: CityLayers) -> None:
    heights.bring_in(looked(tmp_path), OFFICER)
    with pytest.raises(OffTerrain):
        city.terrain_around(PlanePoint(MIDDLE.easting_m + 15_000, MIDDLE.northing_m), 500)


def text_of(folder: Path) -> Path:
    (folder / "a.tif").write_text("这不是格网")
    return folder / "a.tif"


def grid_of(folder: Path, rows: str) -> Path:
    corner = f"xllcorner {MIDDLE.easting_m}\nyllcorner {MIDDLE.northing_m}"
    (folder / "a.asc").write_text(f"ncols 2\nnrows 2\n{corner}\ncellsize 10\nNODATA_value -9999\n{rows}\n")
    (folder / "a.prj").write_text("Projection EPSG:4545")
    return folder / "a.asc"


BAD: list[tuple[Callable[[Path], Path], str, str]] = [
    (lambda d: write(d / "a.tif", crs=None), "no_terrain_system", "it names no system"),
    (lambda d: write(d / "a.tif", crs="EPSG:2379"), "system_needs_parameters", "Xi'an 1980"),
    (
        lambda d: write(d / "a.tif", FLAT * np.nan),
        "bad_terrain",
        "nothing but holes",
    ),
    (lambda d: write(d / "a.tif", trench() * 100), "bad_terrain", "centimetres"),
    (lambda d: write(d / "a.tif", trench() - 1_200), "bad_terrain", "below the Dead Sea"),
    (lambda d: write(d / "a.tif", unit="ft"), "bad_terrain", "it says feet"),
    (lambda d: write(d / "a.tif", crs="EPSG:4490+6360"), "bad_terrain", "its height system is in feet"),
    (lambda d: write(d / "a.tif", west_m=600_000), "heights_elsewhere", "another city"),
    (
        lambda d: write(d / "a.tif", FLAT),
        "heights_elsewhere",
        "all at one height",
    ),
    (lambda d: bomb(d / "a.asc"), "terrain_too_large", "a few bytes that promise billions"),
    (lambda d: cut_short(d / "a.tif"), "bad_terrain", "a third did not arrive"),
    (text_of, "bad_terrain", "words"),
    (lambda d: grid_of(d, "600 nan\n601 602"), "bad_terrain", "a word that its reader takes for 0 m"),
    (lambda d: grid_of(d, "600"), "bad_terrain", "an ASCII grid without its last rows"),
    (
        lambda d: write(d / "a.tif", trench().astype(np.complex64), dtype="complex64"),
        "bad_terrain",
        "numbers that are none",
    ),
]


@pytest.mark.parametrize(("make", "code", "because"), BAD, ids=[row[-1] for row in BAD])
def test_a_file_that_cannot_be_the_city_s_heights_changes_nothing(
    tmp_path: Path, heights: CityHeights, make: Callable[[Path], Path], code: str, because: str
) -> None:
    with pytest.raises(CitygridError) as refused:
        heights.bring_in(looking(make(tmp_path), FACTS), OFFICER)
    assert refused.value.code == code
    with heights.sessions() as session:
        assert (list_heights(session), find_in_force(session)) == ([], None)


UNTOLD = [
    ({"source": " "}, "来源", "nobody says whence"),
    ({"vertical": ""}, "高程基准", "neither file nor form names the height system"),
    ({"surveyed_on": date(2031, 1, 1)}, "今天之前", "surveyed in years to come"),
    ({"accuracy_m": float("nan")}, "中误差", "no number"),
    ({"accuracy_m": 500.0}, "中误差", "as sure as a hill is high"),
]


@pytest.mark.parametrize(("facts", "words", "because"), UNTOLD, ids=[row[-1] for row in UNTOLD])
def test_heights_that_nobody_answers_for_are_refused(
    tmp_path: Path, facts: dict[str, object], words: str, because: str
) -> None:
    with pytest.raises(CitygridError, match=words):
        looked(tmp_path, **facts)


def test_a_file_in_degrees_is_laid_over_the_plane_and_its_system_kept(tmp_path: Path) -> None:
    step = 0.0001
    values = np.random.default_rng(1).uniform(590, 600, (200, 200)).astype(np.float32)
    transform = from_origin(JINGER_ROAD.lon_deg - 0.01, JINGER_ROAD.lat_deg + 0.01, step, step)
    found = looking(write(tmp_path / "d.tif", values, crs="EPSG:4326+5773", transform=transform), FACTS)
    assert (found.system, found.terrain.plane) == ("EPSG:4326", PLANE)
    assert 0 < found.city_share < 0.01


def test_the_height_system_that_the_file_names_need_not_be_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", crs="EPSG:4545+5737")
    assert looking(path, replace(FACTS, vertical="")).terrain.vertical == "Yellow Sea 1985 height"


def test_the_same_file_is_not_brought_in_twice(tmp_path: Path, heights: CityHeights) -> None:
    heights.bring_in(looked(tmp_path), OFFICER)
    with pytest.raises(HeightsKnown, match="第 1 版"):
        heights.bring_in(looked(tmp_path), OFFICER)


def test_what_cannot_be_taken_is_told(tmp_path: Path, heights: CityHeights) -> None:
    first = heights.bring_in(looked(tmp_path), OFFICER)
    with pytest.raises(NoSuchHeights):
        heights.take(99, "试试", OFFICER)
    with pytest.raises(HeightsInForce):
        heights.take(first.id, "试试", OFFICER)
    with pytest.raises(NoHeightsReason):
        heights.take(None, "  ", OFFICER)


def test_of_two_who_change_it_at_once_the_second_is_told(tmp_path: Path, heights: CityHeights) -> None:
    heights.bring_in(looked(tmp_path), OFFICER)
    heights.take(None, "第一人", OFFICER, seen_seq=1)
    with pytest.raises(HeightsMoved):
        heights.take(1, "第二人", OFFICER, seen_seq=1)


def test_the_command_brings_heights_in_and_goes_back(
    tmp_path: Path, heights: CityHeights, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYGRID_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    path = str(write(tmp_path / "a.tif"))
    told = ["--source", "机载激光雷达", "--vertical", "1985 国家高程基准", "--surveyed-on", "2024-05-01"]
    runner = CliRunner()
    asked = (
        ["import", path, *told, "--dry-run"],
        ["import", path, *told],
        ["list"],
        ["use", "0", "--why", "试"],
    )
    done = [runner.invoke(app, ["heights", *words]) for words in asked]
    assert [one.exit_code for one in done] == [0, 0, 0, 0]
    with heights.sessions() as session:
        assert (len(list_heights(session)), find_in_force(session)) == (1, None)
    refused = runner.invoke(app, ["heights", "import", str(bomb(tmp_path / "b.asc")), *told])
    assert isinstance(refused.exception, CitygridError)
