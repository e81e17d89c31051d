"""What a block is handed, and what its people need."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from emergency.rules.sheltering.allocating import allocate
from emergency.rules.sheltering.blocks import Block, Way
from emergency.rules.sheltering.needs import BadNeeds, needs_of
from emergency.rules.sheltering.orders import Order, Orders, write_orders
from emergency.rules.sheltering.shelters import Shelter
from emergency.shelter_standards import load_shelter_rules
from tests.case_city import baoji

RULES = load_shelter_rules(baoji())
AT = datetime(2026, 7, 16, 22, 0, tzinfo=UTC)
BLOCKS = [
    Block("b1", "河东", 500, impact_in_s=7_200, contact="张三 13800000000"),
    Block("b2", "河西", 800, impact_in_s=1_200),
    Block("b3", "空村", 0),
]
SHELTERS = [Shelter("s1", "体育场", 2_000, contact="李四"), Shelter("s2", "一中", 400)]
WAYS = [
    Way(
        "on_foot",
        np.array([[600.0, 900], [1_500, np.inf], [0, 0]]),
        np.array([[750.0, 990], [1_800, 0], [0, 0]]),
    ),
    Way("bus", np.array([[900.0, 950], [400, np.inf], [0, 0]]), seats=45),
]


def orders() -> Orders:
    allocation = allocate(BLOCKS, SHELTERS, WAYS, standard=RULES.get_standard("short"))
    return write_orders(
        allocation, BLOCKS, SHELTERS, WAYS, at=AT, people_per_s=1.0, rates=RULES.rates, days=7
    )


def order_of(block_id: str) -> Order:
    return next(order for order in orders().orders if order.block.id == block_id)


def test_blocks_leave_by_time_to_impact_and_an_empty_one_gets_no_order():
    assert [(order.turn, order.block.name) for order in orders().orders] == [(1, "河西"), (2, "河东")]


def test_an_order_says_who_goes_where_how_and_when():
    (line,) = order_of("b2").lines
    told = (line.shelter.name, line.people, line.way_name, line.minutes, line.leaves_at, line.arrives_at)
    last = AT + timedelta(seconds=800 + 400)
    assert told == ("体育场", 800, "乘车", 7, AT, last)


def test_the_second_block_leaves_when_the_first_has_left():
    assert {line.leaves_at for line in order_of("b1").lines} == {AT + timedelta(seconds=800)}


def test_an_order_says_who_has_no_place_and_why():
    order = order_of("b1")
    assert (sum(line.people for line in order.lines), order.unserved_people) == (400, 100)
    assert order.unserved_why == "到得了的避难场所都已满员"


def test_an_order_says_whom_to_call():
    order = order_of("b1")
    assert (order.block.contact, order.lines[0].shelter.contact) == ("张三 13800000000", "李四")


def test_an_order_says_whether_all_get_away_in_time():
    assert (order_of("b2").is_in_time, order_of("b1").is_in_time) == (True, True)


def test_the_summary_counts_buses_and_explains_them():
    number = next(number for number in orders().numbers if number.code == "buses")
    assert (number.value, number.how) == (18, "乘车人数 ÷ 每车 45 座，每处避难场所分别向上取整后相加")


def test_the_summary_says_what_all_need():
    needs = {need.rate.code: need.amount for need in orders().needs}
    assert needs == {
        "rice": 3_360,
        "drinking_water": 21_000,
        "washing_water": 80_400,
        "hygiene_kits": 240,
        "toilets": 60,
    }


@pytest.mark.parametrize(
    ("people", "days", "code", "amount", "because"),
    [
        (1, 7, "rice", 2.8, "one person, one week"),
        (1, 7, "drinking_water", 17.5, "one person, one week"),
        (1, 7, "washing_water", 67, "one person, one week"),
        (5, 7, "hygiene_kits", 1, "one kit for five"),
        (20, 1, "toilets", 1, "one for twenty, however long"),
        (21, 1, "toilets", 2, "the twenty-first asks for another"),
        (0, 7, "rice", 0, "nobody needs nothing"),
        (1_289, 3, "rice", 1_546.8, "those moved in July 2024, three days"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_people_need(people: int, days: float, code: str, amount: float, because: str):
    needs = {need.rate.code: need.amount for need in needs_of(people, days, RULES.rates)}
    assert needs[code] == amount


def test_a_need_tells_how_it_was_worked_out():
    rice = needs_of(10, 3, RULES.rates)[0]
    assert rice.how == "10 人 × 每 1 人每周 2.8 千克 × 3 天 ÷ 7，向上取整"


@pytest.mark.parametrize(("people", "days"), [(-1, 3), (10, -1), (10, float("nan"))])
def test_needs_of_nobody_knows_how_many_are_refused(people: int, days: float):
    with pytest.raises(BadNeeds, match="不能小于零"):
        needs_of(people, days, RULES.rates)
