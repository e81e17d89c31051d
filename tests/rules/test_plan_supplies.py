"""What warehouses hold of what tasks ask for: name and unit, expiry, reach, the soonest first."""

from dataclasses import dataclass, replace
from datetime import date
from math import inf

import pytest

from emergency.rules.plans.document import ResourceDemand
from emergency.rules.plans.linting import lint
from emergency.rules.plans.supplies import Held, supplies
from tests.plan_maker import AROUND, make_plan, task

ON = date(2026, 9, 18)
BAGS = Held("WZ-1", "防汛物资库", "编织袋", 20_000, "条", seconds=360)


@dataclass(frozen=True)
class Wants:
    """A task that asks for goods."""

    code: str
    resources: tuple[ResourceDemand, ...]


def bags(quantity: float, code: str = "T1") -> Wants:
    return Wants(code, (ResourceDemand(kind="sandbag", name="编织袋", quantity=quantity, unit="条"),))


@pytest.mark.parametrize(
    ("held", "at_hand", "because"),
    [
        (BAGS, 20_000, "it is there, six minutes away"),
        (replace(BAGS, seconds=None), 20_000, "the place of the incident is not known"),
        (replace(BAGS, seconds=3601), None, "it is farther than an hour"),
        (replace(BAGS, seconds=inf), None, "there is no way"),
        (replace(BAGS, unit="包"), None, "bales are not bags"),
        (replace(BAGS, name="麻袋"), None, "it is another thing"),
        (replace(BAGS, expires_on=date(2026, 9, 17)), None, "it expired yesterday"),
        (replace(BAGS, expires_on=ON), 20_000, "it may be used today still"),
    ],
)
def test_goods_are_at_hand(held: Held, at_hand: float | None, because: str) -> None:
    (found,) = supplies([bags(5_000)], [held], on=ON)
    assert found.balance.at_hand == at_hand, because


def test_what_is_short_is_named_first_with_the_soonest_warehouse() -> None:
    water = Wants("T2", (ResourceDemand(kind="water", name="饮用水", quantity=10, unit="箱"),))
    far = replace(BAGS, code="WZ-2", store="山区物资库", quantity=1_000, seconds=2_400)
    near_water = Held("WZ-2", "山区物资库", "饮用水", 500, "箱", seconds=2_400)
    short, enough = supplies([water, bags(15_000), bags(10_000, "T3")], [far, BAGS, near_water], on=ON)
    assert "缺 4000 条" in short.balance.sentence
    assert short.balance.task_ids == ("T1", "T3")
    assert [one.store for one in short.stores] == ["防汛物资库", "山区物资库"]
    assert enough.balance.short == 0


def test_the_linter_names_what_the_highest_level_lacks() -> None:
    wanted = [
        {"kind": "sandbag", "name": "编织袋", "quantity": 30_000, "unit": "条"},
        {"kind": "drone", "name": "无人机", "quantity": 2, "unit": "架"},
    ]
    plan = make_plan(tasks=[task("T1", resources=wanted)])
    found = {one.code: one.sentence for one in lint(plan, replace(AROUND, held=(BAGS,)))}
    assert "缺 10000 条" in found["goods_short"]
    assert "无人机（2 架）" in found["goods_unregistered"]


def test_without_any_warehouse_in_the_registers_nothing_is_said_of_goods() -> None:
    wanted = [{"kind": "sandbag", "name": "编织袋", "quantity": 30_000, "unit": "条"}]
    plan = make_plan(tasks=[task("T1", resources=wanted)])
    assert not {one.code for one in lint(plan, AROUND)} & {"goods_short", "goods_unregistered"}
