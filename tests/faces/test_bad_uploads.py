"""Survey files that nobody should send, sent through the page: each is answered by name, row and reason."""

import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyogrio.raw
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import text

from gis_core.jobs import open_jobs, run_worker
from tests.face_city import token_in
from tests.register_city import EMPTY_REGISTER, SOUTH_M, WEST_M, many, write
from web.register_jobs import RegisterJobs
from web.register_work import importing_of, uploads_of
from web.wiring import Wiring


@pytest.fixture
def officer(signed_in: Callable[[str], TestClient], wiring: Wiring) -> Iterator[TestClient]:
    yield signed_in("data")
    with wiring.engine.begin() as connection:
        connection.execute(text(EMPTY_REGISTER))


def sent(officer: TestClient, wiring: Wiring, path: Path) -> str:
    """Upload a file, have it checked, and answer the address of its page."""
    token = token_in(officer.get("/register/imports").text)
    with path.open("rb") as file:
        answer = officer.post("/register/imports", data={"csrf": token}, files={"file": (path.name, file)})
    jobs = open_jobs(wiring.engine.url.render_as_string(hide_password=False))
    RegisterJobs(importing_of(wiring), wiring.clock, uploads_of(wiring)).register(jobs)
    run_worker(jobs, until_empty=True)
    return answer.headers["location"]


def zipped(path: Path, *members: Path, **content: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.write(member, member.name)
        for name, data in content.items():
            archive.writestr(name.replace("__", "."), data)
    return path


def shapefile(folder: Path, *, without: str = "", says: str = "") -> Path:
    """A zipped shapefile in GBK, without one of its files, or with another word on its encoding."""
    write(folder / "a.shp", many(5), encoding="GBK")
    if says:
        (folder / "a.cpg").write_text(says)
    parts = sorted(one for one in folder.glob("a.*") if one.suffix != without)
    return zipped(folder / "b.zip", *parts)


def crowded(folder: Path) -> Path:
    ring = "[107.1,34.3]," * 1_100_000
    (folder / "a.geojson").write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
        f'{{"type":"Polygon","coordinates":[[{ring}[107.1,34.3]]]}}}}]}}'
    )
    return folder / "a.geojson"


WHOLE_FILES = [
    pytest.param(lambda f: zipped(f / "a.zip", a__shp=bytes(40_000_000)), "zip_bomb", id="a bomb"),
    pytest.param(
        lambda f: zipped(f / "a.zip", zipped(f / "b.zip", a__shp=bytes(40_000_000))),
        "压缩包里还是压缩包",
        id="a bomb within an archive",
    ),
    pytest.param(lambda f: shapefile(f, without=".prj"), "no_system", id="no word on the system"),
    pytest.param(lambda f: shapefile(f, without=".shx"), "a.shx", id="no index"),
    pytest.param(lambda f: shapefile(f, says="UTF-8"), "“文字编码”选为 GBK", id="another encoding"),
    pytest.param(crowded, "row_too_long", id="a shape of a million vertices"),
]


@pytest.mark.parametrize(("make", "answer"), WHOLE_FILES)
def test_a_file_that_cannot_be_taken_says_why_on_its_page(
    officer: TestClient, wiring: Wiring, tmp_path: Path, make: Callable[[Path], Path], answer: str
) -> None:
    assert answer in officer.get(sent(officer, wiring, make(tmp_path))).text


X, Y = WEST_M + 50, SOUTH_M + 50
ROWS = [
    pytest.param(
        struct.pack("<BIII8d", 1, 3, 1, 4, X, Y, float("nan"), Y, X, Y + 5, X, Y), "无效数值", id="no number"
    ),
    pytest.param(
        struct.pack("<BIIBII10d", 1, 10, 1, 1, 8, 5, X, Y, X + 1, Y + 1, X + 2, Y, X + 1, Y - 1, X, Y),
        "图形含曲线",
        id="a curve",
    ),
    pytest.param(
        shapely.to_wkb(shapely.Polygon([(X, Y), (X + 5, Y + 5), (X + 5, Y), (X, Y + 5)])),
        "自相交",
        id="a knot",
    ),
    pytest.param(shapely.to_wkb(shapely.Polygon()), "空的", id="an empty shape"),
    pytest.param(shapely.to_wkb(shapely.Point(X, Y, 560.0)), "带高程", id="a height"),
]


@pytest.mark.parametrize(("shape", "answer"), ROWS)
def test_a_row_that_cannot_be_taken_is_named_in_the_report(
    officer: TestClient, wiring: Wiring, tmp_path: Path, shape: bytes, answer: str
) -> None:
    rows = many(3)
    pyogrio.raw.write(
        tmp_path / "a.gpkg",
        np.array([*(shapely.to_wkb(one["shape"]) for one in rows[:2]), shape], dtype=object),
        [np.array([one[name] for one in rows], dtype=object) for name in rows[0] if name != "shape"],
        fields=[name for name in rows[0] if name != "shape"],
        crs="EPSG:4545",
        driver="GPKG",
        geometry_type="Unknown",
    )
    report = officer.get(f"{sent(officer, wiring, tmp_path / 'a.gpkg')}/report.csv").text
    (line,) = [line for line in report.splitlines() if answer in line]
    assert line.startswith("3,")
