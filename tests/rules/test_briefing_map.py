"""A briefing map is one text that asks nobody for anything."""

import re
from datetime import date

import pytest
import shapely

from gis_core.briefing_map import Layer, NothingToDraw, Style, briefing_map
from gis_core.geojson import Feature

TODAY = date(2026, 11, 26)
WEST = Feature(shapely.box(107.230, 34.360, 107.233, 34.362), {"code": "610302001001001", "cases": 3})
EAST = Feature(shapely.box(107.233, 34.360, 107.236, 34.362), {"code": "610302001001002", "cases": None})
GRIDS = Layer(
    "单元网格", (WEST, EAST), Style(fill="#e9f0f8"), popup={"code": "编码", "cases": "案件数"}, label="cases"
)


def cover(words: str) -> Layer:
    """One case at a cover whose words somebody typed."""
    place = Feature(shapely.Point(107.2315, 34.3611), {"words": words})
    return Layer("超期", (place,), Style(colour="#c8372d", symbol="square"), popup={"words": "描述"})


def test_the_map_names_no_address_to_fetch():
    page = briefing_map([GRIDS], title="经二路社区", on=TODAY)
    assert re.findall(r"<(?:link|img|iframe)\b|<script[^>]+src|url\((?!data:|#)[^)]*\)|@import", page) == []


def test_the_map_says_title_day_and_that_data_are_drawn():
    page = briefing_map([GRIDS], title="经二路社区", on=TODAY, is_synthetic=True)
    assert all(words in page for words in ("经二路社区", "2026年11月26日", "示意数据", "图例", "上方为北"))


def test_surveyed_data_bear_no_mark():
    assert "示意数据" not in briefing_map([GRIDS], title="经二路社区", on=TODAY)


def test_the_same_layers_give_the_same_file():
    first, second = (briefing_map([GRIDS], title="经二路社区", on=TODAY) for _ in range(2))
    assert first == second


def test_words_of_a_citizen_are_not_run_as_a_template():
    page = briefing_map([cover("{{ 1234 * 2 }}")], title="{{ 1234 * 2 }}", on=TODAY)
    assert "2468" not in page


def test_words_of_a_citizen_cannot_end_the_script():
    page = briefing_map([cover("</script><script>alert(1)</script>")], title="经二路", on=TODAY)
    assert "alert(1)</script>" not in page


def test_neighbours_keep_the_border_they_share():
    page = briefing_map([GRIDS], title="经二路社区", on=TODAY, simplify_m=30)
    west, east = (set(re.findall(r"\[107[^\]]+\]", ring)) for ring in page.split('"coordinates"')[1:])
    assert len(west & east) == 2


def test_a_place_without_anything_is_refused():
    with pytest.raises(NothingToDraw, match="没有可以绘制"):
        briefing_map([Layer("案件", ())], title="空地", on=TODAY)
