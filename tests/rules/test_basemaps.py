"""Base maps of other hosts: none unless named, only their hosts, never a key where it does not belong."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from web.basemaps import BadBasemaps, Basemaps, load_basemaps
from web.security import content_policy
from web.settings import load_settings

SECRET = "0123456789abcdef"
TWO_MAPS = """
- id: tianditu
  title: 天地图
  urls:
    - https://t{s}.tiles.example/vec_w/{z}/{x}/{y}?tk={key}
    - https://t{s}.tiles.example/cva_w/{z}/{x}/{y}?tk={key}
  subdomains: ["0", "1"]
  attribution: 天地图
  datum: CGCS2000
- id: streets
  title: 街道图
  title_en: Streets
  urls: ["https://map.example:8443/{z}/{x}/{y}.png"]
  attribution: 某图商
  max_zoom: 19
  datum: GCJ-02
"""
KEYS = {"tianditu": SecretStr(SECRET)}
FIRST = TWO_MAPS.split("- id: streets", maxsplit=1)[0]

WRONG = [
    ("datum: CGCS2000", "datum: BEIJING54", "datum"),
    ("datum: CGCS2000", "", "datum"),
    ("https://t{s}", "ftp://t{s}", "urls"),
    ("https://t{s}.tiles", "https://{key}.tiles", "urls"),
    ("{z}/{x}/{y}?tk", "{z}/{x}?tk", "urls"),
    ("example/vec_w", "example; script-src *", "urls"),
    ('["0", "1"]', "[]", "subdomains"),
    ('["0", "1"]', '["0 *"]', "subdomains"),
    ("id: tianditu", "id: other", "密钥"),
    ("attribution: 天地图", "colour: red", "attribution|colour"),
    ("- id: tianditu", ": : [", "读不出来"),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "basemaps.yaml"
    path.write_text(TWO_MAPS, encoding="utf-8")
    return path


def test_without_a_file_nothing_leaves_the_host():
    assert load_basemaps(None, {}) == Basemaps()
    assert "http" not in content_policy(Basemaps().hosts)


def test_a_page_may_reach_the_hosts_that_were_named_and_no_other(file: Path):
    hosts = load_basemaps(file, KEYS).hosts
    assert hosts == ("https://t0.tiles.example", "https://t1.tiles.example", "https://map.example:8443")
    assert f"connect-src 'self' {' '.join(hosts)}" in content_policy(hosts)


def test_each_sheet_comes_with_its_key_and_subdomains(file: Path):
    first, _ = load_basemaps(file, KEYS).for_pages()
    assert first["sheets"][1] == [
        f"https://t{n}.tiles.example/cva_w/{{z}}/{{x}}/{{y}}?tk={SECRET}" for n in (0, 1)
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "named"), WRONG, ids=[wrong or "nothing" for _, wrong, _ in WRONG]
)
def test_a_wrong_file_is_refused_by_name(file: Path, right: str, wrong: str, named: str):
    file.write_text(FIRST.replace(right, wrong), encoding="utf-8")
    with pytest.raises(BadBasemaps, match=named):
        load_basemaps(file, KEYS)


def test_a_key_is_in_no_message_and_no_listing(file: Path):
    bad = {"tianditu": SecretStr(f"{SECRET} <>")}
    with pytest.raises(BadBasemaps) as refused:
        load_basemaps(file, bad)
    settings = load_settings(basemaps=file, basemap_keys=bad)
    shown = f"{refused.value}{refused.value.__cause__!r}{load_basemaps(file, KEYS)!r}{settings!r}{settings}"
    assert SECRET not in shown


def test_a_map_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(BadBasemaps, match=r"nosuch\.yaml"):
        load_basemaps(tmp_path / "nosuch.yaml", {})
