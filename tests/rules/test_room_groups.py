"""Working groups as receivers of messages: everybody on them once, kept as they were when it went out."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from emergency.rules.plans.composing import PlanAtLevel, gather
from emergency.rules.plans.posts import Contact, Staff
from emergency.rules.room.groups import (
    BadReceivers,
    WorkingGroup,
    audience_of,
    receivers_of,
    sent_groups,
    working_groups,
)
from tests.case_city import FRIDAY_MORNING
from tests.response_city import BOOK, PLANS
from tests.rules.test_room_picture import Fact

ON_DUTY = {"leader": ("带班领导甲",), "duty_officer": ("值班员甲", "副班乙")}
ORGANISATIONS = BOOK.staff.organisations


def groups(*codes: str, level: int = 3, staff: Staff = BOOK.staff) -> dict[str, WorkingGroup]:
    """The groups of sample plans at a level, by code."""
    plans = [plan for plan in PLANS if plan.code in codes]
    chosen = [PlanAtLevel(plan, level) for plan in plans]
    command, merged = gather(chosen, on=date(2026, 9, 18), commander="leader@BJ-ZH", names=staff)
    names = {plan.code: plan.name for plan in plans}
    found = working_groups(
        command, merged, staff, plans=names, centre="BJ-ZH", at=FRIDAY_MORNING, on_duty=ON_DUTY
    )
    return {one.code: one for one in found}


def sent(*members: str, key: str = "k") -> Fact:
    told = groups("BJ-FX")["rescue"].told()
    told["members"] = [one for one in told["members"] if one["audience"] in members]
    return Fact(1, {"message": {"key": key, "to": list(members), "text": "会商", "groups": [told]}})


@pytest.mark.parametrize(
    ("post", "audience"),
    [
        pytest.param("leader@BJ-ZH", "post:leader", id="the centre's leader is a post"),
        pytest.param("department@BJ-ZH", "post:duty_officer", id="the centre's desk are its duty officers"),
        pytest.param("department@BJ-GD", "org:BJ-GD", id="an organisation is told as such"),
        pytest.param("leader@JT-001", "org:JT-001", id="another body's leader through that body"),
    ],
)
def test_a_post_is_told_as_who_can_confirm(post: str, audience: str) -> None:
    assert audience_of(post, "BJ-ZH") == audience


def test_the_command_comes_first_with_its_commander_and_who_is_on_duty() -> None:
    first, *_ = groups("BJ-FX").values()
    assert (first.code, first.name) == (".command", "宝鸡市防汛抗旱指挥部")
    assert (first.members[0].audience, first.members[0].on_duty) == ("post:leader", ("带班领导甲",))


def test_a_group_of_several_plans_has_everybody_once() -> None:
    alone, both = groups("BJ-FX")["rescue"], groups("BJ-FX", "BJ-DZ")["rescue"]
    audiences = [one.audience for one in both.members]
    assert len(audiences) == len(set(audiences)) > len(alone.members)
    assert len(both.plans) == 2


def test_the_duty_people_of_an_organisation_are_those_whose_contact_holds() -> None:
    post = "department@BJ-YJ"
    contacts = (
        Contact(post, "在岗甲", date(2027, 1, 1)),
        Contact(post, "休息乙", date(2027, 1, 1), on_duty=False),
        Contact(post, "过期丙", date(2026, 1, 1)),
    )
    rescue = groups("BJ-FX", staff=replace(BOOK.staff, contacts=contacts))["rescue"]
    held = next(one for one in rescue.members if one.audience == "org:BJ-YJ")
    assert (held.name, held.on_duty) == ("市应急局", ("在岗甲",))


def test_a_receiver_of_a_group_and_on_its_own_is_told_once() -> None:
    rescue = groups("BJ-FX")["rescue"]
    first, *_ = rescue.members
    to = receivers_of([rescue.audience, first.audience, "post:leader"], ORGANISATIONS, [rescue])
    assert set(to.names) == {one.audience for one in rescue.members} | {"post:leader"}
    assert to.words() == f"抢险救援组（{len(rescue.members)} 个单位和岗位）、值班领导"


@pytest.mark.parametrize("chosen", [[], ["group:rescue"], ["group:drainage"], ["org:NOWHERE"]])
def test_a_group_that_is_not_in_force_is_no_receiver(chosen: list[str]) -> None:
    with pytest.raises(BadReceivers):
        receivers_of(chosen, ORGANISATIONS, [])


def test_the_record_tells_who_was_on_a_group_when_a_message_went_out() -> None:
    facts: list[Any] = [sent("org:BJ-YJ", key="a"), sent("org:BJ-YJ", "org:BJ-XF", key="b")]
    then = {key: [one.audience for one in held.members] for key, (held,) in sent_groups(facts).items()}
    assert then["a"] == ["org:BJ-YJ"]
    assert set(then["b"]) == {"org:BJ-YJ", "org:BJ-XF"}


def test_what_the_record_keeps_of_a_group_reads_as_the_group() -> None:
    rescue = groups("BJ-FX")["rescue"]
    fact: Any = Fact(1, {"message": {"key": "k", "to": [], "text": "会商", "groups": [rescue.told()]}})
    assert sent_groups([fact]) == {"k": (rescue,)}
