"""The heights of the city on their page: looked at first, brought in, taken back, by those who may."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from tests.faces.test_duty_desk import take
from tests.faces.test_hostile_words import ESCAPED, SCRIPT, is_harmless
from tests.heights import bomb, trench, write

SignedIn = Callable[[str], TestClient]
TOLD = {"source": "市自然资源局机载激光雷达", "vertical": "1985 国家高程基准", "surveyed_on": "2024-05-01",
        "accuracy_m": "0.3"}  # fmt: skip


@pytest.fixture
def officer(signed_in: SignedIn) -> TestClient:
    return signed_in("data")


def check(officer: TestClient, path: Path, **told: str) -> tuple[int, str]:
    fields = {"csrf": officer.headers["x-csrf-token"]} | TOLD | told
    sent = officer.post("/duty/heights", data=fields, files={"file": (path.name, path.read_bytes())})
    return sent.status_code, sent.text


def bring_in(officer: TestClient, path: Path, **told: str) -> int:
    _, shown = check(officer, path, **told)
    key = re.search(r'name="file_key" value="(\w+)"', shown)
    assert key
    fields = {"csrf": officer.headers["x-csrf-token"], "file_key": key[1]} | TOLD | told
    return officer.post("/duty/heights/apply", data=fields).status_code


def change(officer: TestClient, **fields: str) -> int:
    sent = {"csrf": officer.headers["x-csrf-token"], "why": "新版有误", "seen": "1"} | fields
    return officer.post("/duty/heights/take", data=sent).status_code


def test_a_file_is_looked_at_with_its_relief_before_anything_is_written(
    officer: TestClient, tmp_path: Path
) -> None:
    status, shown = check(officer, write(tmp_path / "a.tif"))
    wanted = ["data:image/png;base64,", "590.0", "602.0", "没有盖住全市", "导入并启用", "还没有高程"]
    assert (status, [words for words in wanted if words not in shown]) == (200, [])
    assert "全部版本" not in officer.get("/duty/heights").text


def test_what_was_brought_in_is_shown_where_a_flood_is_worked_out(
    officer: TestClient, signed_in: SignedIn, tmp_path: Path
) -> None:
    assert bring_in(officer, write(tmp_path / "a.tif")) == 303
    duty = signed_in("duty1")
    query = urlencode({"run": "1", "model": "flood", "seed": "breach"})
    number = take(duty)
    page = duty.get(f"/incidents/{number}/effects?{query}").text
    wanted = ["市自然资源局机载激光雷达（2024-05-01）", "±0.3 米", "1985 国家高程基准"]
    assert [words for words in wanted if words not in page] == []
    sheet = duty.get(f"/incidents/{number}/effects.csv?{query}").text
    assert [words for words in wanted if words not in sheet] == []


def test_the_former_version_is_taken_again_and_the_page_tells_who_did(
    officer: TestClient, tmp_path: Path
) -> None:
    bring_in(officer, write(tmp_path / "a.tif"))
    bring_in(officer, write(tmp_path / "b.tif", trench() + 5))
    assert "第 2 版" in officer.get("/duty/heights").text
    assert change(officer, version="1", seen="2") == 303
    shown = officer.get("/duty/heights").text
    assert ("<strong>第 1 版</strong>" in shown, "新版有误" in shown) == (True, True)
    assert change(officer, version="0", seen="3") == 303
    assert "还没有高程" in officer.get("/duty/heights").text


@pytest.mark.parametrize(
    ("fields", "status", "because"),
    [
        ({"version": "1"}, 409, "it is in force"),
        ({"version": "9"}, 404, "there is none of this number"),
        ({"version": "0", "seen": "0"}, 409, "the page is old"),
        ({"version": "0", "why": " "}, 400, "nobody says why"),
        ({"version": "first"}, 400, "no number"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_change_that_cannot_be_comes_back_on_the_page(
    officer: TestClient, tmp_path: Path, fields: dict[str, str], status: int, because: str
) -> None:
    bring_in(officer, write(tmp_path / "a.tif"))
    assert change(officer, **fields) == status
    assert "<strong>第 1 版</strong>" in officer.get("/duty/heights").text


@pytest.mark.parametrize(
    ("told", "code", "because"),
    [
        ({"source": ""}, "malformed", "nobody says whence"),
        ({"surveyed_on": "last year"}, "malformed", "no day"),
        ({"accuracy_m": "-1"}, "bad_heights_facts", "surer than sure"),
        ({"cell_m": "0.0001"}, "bad_heights_facts", "cells like sand"),
        ({"system": "EPSG:4524"}, "bad_terrain", "form and file name two systems"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_is_wrong_comes_back_on_the_form_and_what_was_typed_stays(
    officer: TestClient, tmp_path: Path, told: dict[str, str], code: str, because: str
) -> None:
    status, shown = check(officer, write(tmp_path / "a.tif"), **told)
    assert (status, f"({code})" in shown, "1985 国家高程基准" in shown) == (400, True, True)


def test_a_bomb_of_a_file_is_refused_on_the_page(officer: TestClient, tmp_path: Path) -> None:
    status, shown = check(officer, bomb(tmp_path / "a.asc"), system="EPSG:4545")
    assert (status, "terrain_too_large" in shown) == (400, True)


def test_a_file_of_another_kind_is_refused(officer: TestClient, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK")
    status, shown = check(officer, tmp_path / "a.zip")
    assert (status, "no_heights_file" in shown) == (400, True)


def test_a_file_that_is_gone_must_be_looked_at_again(officer: TestClient) -> None:
    fields = {"csrf": officer.headers["x-csrf-token"], "file_key": "0" * 64} | TOLD
    sent = officer.post("/duty/heights/apply", data=fields)
    assert (sent.status_code, "heights_file_gone" in sent.text) == (409, True)


def test_the_duty_desk_reads_and_does_not_change_them(signed_in: SignedIn, tmp_path: Path) -> None:
    duty = signed_in("duty1")
    shown = duty.get("/duty/heights")
    assert (shown.status_code, "导入高程" in shown.text) == (200, False)
    assert check(duty, write(tmp_path / "a.tif"))[0] == 403
    assert signed_in("water").get("/duty/heights").status_code == 403


def test_what_is_told_of_heights_runs_no_script(officer: TestClient, tmp_path: Path) -> None:
    words = {"source": SCRIPT[:190], "vertical": SCRIPT[:190]}
    seen = check(officer, write(tmp_path / "a.tif"), **words)[1]
    bring_in(officer, write(tmp_path / "a.tif"), **words)
    change(officer, version="0", why=SCRIPT[:190])
    pages = seen, officer.get("/duty/heights").text
    assert [(ESCAPED in page, is_harmless(page)) for page in pages] == [(True, True)] * 2
