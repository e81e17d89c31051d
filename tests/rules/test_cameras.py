"""The register of cameras: what a camera must be, files of cameras, tours, credentials in their own file."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from gis_core.places import LonLat
from grid.cameras.importing import CameraReader, CamerasRead, NotACameraFile
from grid.rules.cameras import BadCamera, checked_camera
from grid.rules.tours import BadTour, Stop, checked_tour
from tests.camera_city import PLANE, SINCE, camera
from web.camera_keys import BadCameraKeys, CameraKeys

REFUSED = [
    ({"code": "井 1"}, "code", "a code is plain letters, digits and signs"),
    ({"code": ""}, "code", "every camera has a code"),
    ({"name": " "}, "name", "every camera has a name"),
    ({"name": "甲\x00"}, "name", "no keyboard writes that"),
    ({"direction_deg": 361.0}, "direction_deg", "more than a turn"),
    ({"direction_deg": float("nan")}, "direction_deg", "no number at all"),
    ({"field_deg": 0.0}, "field_deg", "a camera that sees nothing"),
    ({"range_m": 5_000.0}, "range_m", "no camera is of use so far"),
    ({"protocol": "gopher"}, "protocol", "no protocol of cameras"),
    ({"address": "rtsp://192.0.2.1/x"}, "address", "the address of another protocol"),
    ({"address": "file:///etc/passwd"}, "address", "a file of this machine"),
    ({"address": "http://"}, "address", "no host"),
    ({"address": "http://a b/"}, "address", "a blank within"),
    ({"address": "http://host:99999/"}, "address", "no such port"),
    ({"address": "http://host\\@evil/"}, "address", "browsers read a backslash otherwise"),
    ({"address": "http://user:secret@host/1.m3u8"}, "address", "a password in the address"),
    ({"address": "http://host/1.m3u8?token=secret"}, "address", "a key in the address"),
    ({"hls_address": "http://host/1.m3u8"}, "hls_address", "HLS needs no gateway"),
]


@pytest.mark.parametrize(("changes", "field", "because"), REFUSED, ids=[row[-1] for row in REFUSED])
def test_a_camera_that_cannot_be_is_refused_with_the_field(
    changes: dict[str, object], field: str, because: str
) -> None:
    with pytest.raises(BadCamera) as refusal:
        checked_camera(replace(camera(), **changes))  # type: ignore[arg-type]
    assert refusal.value.facts["field"] == field
    assert "secret" not in refusal.value.message


def test_a_full_turn_is_north() -> None:
    assert checked_camera(camera(direction_deg=360.0)).direction_deg == 0


PLAYED = [
    ({"protocol": "hls"}, "http://192.0.2.10/live/index.m3u8", "HLS is played as it is"),
    ({"protocol": "rtsp", "address": "rtsp://192.0.2.10/1"}, "", "RTSP waits for a gateway"),
    (
        {"protocol": "rtsp", "address": "rtsp://192.0.2.10/1", "hls_address": "http://192.0.2.9/1.m3u8"},
        "http://192.0.2.9/1.m3u8",
        "a gateway makes HLS of it",
    ),
]


@pytest.mark.parametrize(("changes", "played", "because"), PLAYED, ids=[row[-1] for row in PLAYED])
def test_what_is_played_is_hls(changes: dict[str, object], played: str, because: str) -> None:
    assert checked_camera(camera(**changes)).played_address == played


# files

HEADING = "编号,名称,经度,纬度,朝向,视场角,可视距离,协议,地址,权属单位"
GOOD = "SXJ-1,经二路枪机,107.145,34.369,90,60,120,hls,http://192.0.2.1/1.m3u8,宝鸡市公安局"
OWNERS = {"BJ-GA": "BJ-GA", "宝鸡市公安局": "BJ-GA"}


def read(folder: Path, *lines: str, encoding: str = "utf-8") -> CamerasRead:
    path = folder / "cameras.csv"
    path.write_text("\n".join(lines), encoding=encoding)
    return CameraReader(PLANE, OWNERS, LonLat, "cameras.csv", SINCE).read(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_file_of_cameras_is_read_as_spreadsheets_write_it(tmp_path: Path, encoding: str) -> None:
    found = read(tmp_path, HEADING, GOOD, encoding=encoding)
    assert [(one.code, one.name, one.owner_code) for one in found.cameras] == [
        ("SXJ-1", "经二路枪机", "BJ-GA")
    ]


BAD_ROWS = [
    (GOOD.replace("107.145", "107,145"), 2, "a comma within a number shifts the row"),
    (GOOD.replace("107.145", "东经"), 2, "words where a number is"),
    (GOOD.replace("34.369", "134.369"), 2, "no such latitude"),
    (GOOD.replace("宝鸡市公安局", "某单位"), 2, "nobody knows the owner"),
    (GOOD.replace("hls", "p2p"), 2, "no such protocol"),
    (GOOD.replace("//192", "//u:secret@192"), 2, "a password in the address"),
    ('SXJ-9,"没有收尾的引号,107', 2, "a quote that is not closed"),
]


@pytest.mark.parametrize(("line", "number", "because"), BAD_ROWS, ids=[row[-1] for row in BAD_ROWS])
def test_a_bad_row_is_named_and_costs_no_other(tmp_path: Path, line: str, number: int, because: str) -> None:
    found = read(tmp_path, HEADING, line, GOOD.replace("SXJ-1", "SXJ-2"))
    assert [fault.line for fault in found.faults] == [number]
    assert [one.code for one in found.cameras] == ["SXJ-2"]
    assert "secret" not in found.faults[0].words


def test_a_code_that_comes_twice_is_taken_once(tmp_path: Path) -> None:
    found = read(tmp_path, HEADING, GOOD, GOOD)
    assert (len(found.cameras), found.at_fault) == (1, 1)


def test_words_below_a_list_are_no_camera(tmp_path: Path) -> None:
    found = read(tmp_path, HEADING, GOOD, "", "共 1 条。", "示意数据，由程序生成，不是真实情况。")
    assert (len(found.cameras), found.at_fault) == (1, 0)


def test_a_file_without_the_columns_is_refused_with_their_names(tmp_path: Path) -> None:
    with pytest.raises(NotACameraFile) as refusal:
        read(tmp_path, "编号,名称", "1,2")
    assert "经度" in refusal.value.message


def test_what_a_row_does_not_say_the_file_says(tmp_path: Path) -> None:
    found = read(tmp_path, HEADING, GOOD).cameras[0]
    assert (found.source, found.valid_from, found.is_synthetic) == ("cameras.csv", SINCE, False)


# tours

BAD_TOURS = [
    ("", [Stop("A", 10)], "a tour has a name"),
    ("早高峰", [], "a tour has cameras"),
    ("早高峰", [Stop("A", 2)], "nobody sees anything in two seconds"),
    ("早高峰", [Stop("A", 601)], "that is no tour any more"),
    ("早高峰", [Stop("A", 10)] * 26, "a form has no room for more"),
]


@pytest.mark.parametrize(("name", "stops", "because"), BAD_TOURS, ids=[row[-1] for row in BAD_TOURS])
def test_a_tour_that_cannot_be_is_refused(name: str, stops: list[Stop], because: str) -> None:
    with pytest.raises(BadTour):
        checked_tour(name, stops)


# credentials


@pytest.fixture
def keys(tmp_path: Path) -> CameraKeys:
    return CameraKeys(tmp_path / "home" / "camera-keys.json")


def test_credentials_lie_in_a_file_that_nobody_else_reads(keys: CameraKeys) -> None:
    keys.set("SXJ-1", "city", "secret")
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600


def test_credentials_are_found_by_their_camera_alone(keys: CameraKeys) -> None:
    keys.set("SXJ-1", "city", "secret")
    keys.set("SXJ-2", "town", "other")
    keys.clear("SXJ-2")
    assert (keys.find("SXJ-1").user, keys.find("SXJ-2")) == ("city", None)  # type: ignore[union-attr]


def test_credentials_show_in_no_representation(keys: CameraKeys) -> None:
    keys.set("SXJ-1", "city", "secret")
    assert "secret" not in repr(keys.find("SXJ-1")) + repr(keys)


@pytest.mark.parametrize(
    ("user", "password"), [("", "x"), ("a:b", "x"), ("a", "x\r\nHost: evil"), ("a", "x" * 200)]
)
def test_credentials_that_http_cannot_carry_are_refused(keys: CameraKeys, user: str, password: str) -> None:
    with pytest.raises(BadCameraKeys):
        keys.set("SXJ-1", user, password)
