"""The parts of addresses of any city: sentences written here, not taken from any labelled set."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis_core.geocoding.characters import MOST_CHARACTERS
from gis_core.geocoding.tagging import LABELS, Tagger, marks_of, spans_of
from tests.bench.training import evaluate, read_labelled

NATION = Path(__file__).parents[2] / "data" / "nation"
QUALITY = Path(__file__).parents[1] / "quality"


@cache
def tagger() -> Tagger:
    return Tagger.load(NATION)


def parts(text: str) -> list[str]:
    return [f"{span.text}/{span.label}" for span in tagger().tag(text).spans]


# fmt: off
ADDRESSES = [
    ("陕西省/province 宝鸡市/city 金台区/district 中山东路街道/town", "all four levels of divisions"),
    ("宝鸡/city 渭滨区/district 经二路/road 155号/road_number", "a city without its ending, no province"),
    ("金台区/district 陈仓镇/town 东岭村/community 3组/road", "a village and its group"),
    ("陈仓区/district 虢镇街道/town 西街/road 12号/road_number", "a short street name"),
    ("渭滨区/district 清姜路/road 阳光小区/poi 3号楼/building 2单元/unit 501室/room", "down to the room"),
    ("四川省/province 成都市/city 武侯区/district 桂溪街道/town 天府大道/road 1388号/road_number", "Chengdu"),
    ("新疆维吾尔自治区/province 昌吉回族自治州/city 昌吉市/district 延安北路/road", "Xinjiang"),
    ("内蒙古/province 呼和浩特市/city 赛罕区/district 新华东街/road 26号/road_number", "Inner Mongolia"),
    ("广东省/province 深圳市/city 南山区/district 粤海街道/town 科技园/poi 9栋/building", "a park's block"),
    ("西湖区/district 文三路/road 478号/road_number 华星大厦/poi 12楼/floor 1203室/room", "an office"),
    ("翠苑花园/poi 12/building -/redundant 3/unit -/redundant 1001/room", "numbers parted by strokes"),
    ("人民路/road 与/relation 解放路/sub_road 交叉口/relation", "a crossing"),
    ("渭滨区/district 公园路/road 22号/road_number 人民医院/poi 对面/relation", "a relation word"),
    ("金台区/district 宏文路/road 8号/road_number 电联/redundant", "a word that says nothing"),
    ("重庆市/city 渝北区/district 龙山路/road 66号附8号/road_number", "a door beside a numbered one"),
    ("长沙市/city 高新区/development_zone 文轩路/road 27号/road_number", "a development zone"),
    ("武进区/district 湖塘镇/town 花园街/road 8号/road_number 电话13900000000/redundant", "a phone"),
    ("大理白族自治州/city 剑川县/district 沙溪镇/town 寺登村/community 12组/road", "a prefecture"),
    ("河西区/district 友谊路/road 46号/road_number 银河购物中心/poi 负一层/floor", "below the ground"),
    ("眉县/district 首善街道/town 美阳街/road 与/relation 平阳街/sub_road 十字/relation", "十字"),
]
# fmt: on


@pytest.mark.parametrize(("address", "because"), ADDRESSES, ids=[because for _, because in ADDRESSES])
def test_the_parts_of_an_address_are_told_apart(address: str, because: str) -> None:
    expected = address.split(" ")
    text = "".join(part.rpartition("/")[0] for part in expected)
    assert parts(text) == expected, because


def test_addresses_of_all_provinces_are_labelled_as_by_hand() -> None:
    total, *_ = evaluate(tagger(), read_labelled(QUALITY / "addresses.txt"))
    assert total.f1 >= 0.94


def test_width_and_traditional_characters_make_no_difference() -> None:
    assert parts("寶雞市渭濱區經二路１５５號") == [
        "寶雞市/city",
        "渭濱區/district",
        "經二路/road",
        "１５５號/road_number",
    ]


def test_a_part_tells_how_it_is_spelled_plainly() -> None:
    assert tagger().tag("寶雞市渭濱區經二路１５５號").spans[-1].value == "155号"


def test_blanks_between_parts_belong_to_none() -> None:
    assert parts(" 陕西省 宝鸡市\t金台区\n") == ["陕西省/province", "宝鸡市/city", "金台区/district"]


@pytest.mark.parametrize("text", ["", "   ", "\n", "　"])
def test_nothing_said_has_no_parts(text: str) -> None:
    assert parts(text) == []


@pytest.mark.parametrize("text", ["😀👍🏽", "'; DROP TABLE places; --", "1", "a", "\x00", "-" * 50, "𠮷野家"])
def test_nonsense_is_labelled_somehow_without_complaint(text: str) -> None:
    assert {span.label for span in tagger().tag(text).spans} <= set(LABELS)


def test_no_more_than_two_hundred_characters_are_read() -> None:
    spans = tagger().tag("金台区经二路" * 2000).spans
    assert max(span.end for span in spans) == MOST_CHARACTERS


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.sampled_from("陕西省宝鸡市金台區路１5号-幢a Ｂ😀\n与旁()（"), max_size=40)
    | st.text(max_size=60)
)
def test_parts_stand_in_order_and_say_what_stands_there(text: str) -> None:
    spans = tagger().tag(text).spans
    bounds = [bound for span in spans for bound in (span.start, span.end)]
    assert bounds == sorted(bounds)
    assert all(span.text == text[span.start : span.end] and span.text for span in spans)
    assert sum(span.end - span.start for span in spans) >= len("".join(text.split()))


def test_threads_share_one_tagger() -> None:
    texts = [address.replace(" ", "") for address, _ in ADDRESSES] * 8
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(parts, texts)) == [parts(text) for text in texts]


def test_marks_and_parts_are_two_ways_to_say_one_thing() -> None:
    labels = [("road", False), ("road", True), ("building", True), ("redundant", True), ("room", True)]
    tokens = [(0, 1), (1, 2), (2, 4), (4, 5), (5, 8)]
    expected = [(0, 2, "road"), (2, 4, "building"), (4, 5, "redundant"), (5, 8, "room")]
    assert spans_of(tokens, marks_of(labels)) == expected
