"""A flood as the duty desk handles it: confirmed, activated, done by departments, raised, stood down."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from emergency.resources.operations import Resources
from emergency.response import store
from emergency.rules.resources import read_details
from gis_core.clock import FixedClock
from tests.case_city import FRIDAY_MORNING
from tests.faces.test_duty_desk import step, take
from tests.faces.test_hostile_words import SCRIPT, is_harmless
from tests.resource_city import register, resource
from tests.response_city import PLANS
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]
STATED = {
    "commander": "leader@BJ-ZH",
    "matter": "渭河洪水",
    "expected_hours": "24",
    "measures": "巡堤查险",
    "evidence": "水文站核实流量二千六百",
}


@pytest.fixture(autouse=True)
def plans(wiring: Wiring) -> dict[str, int]:
    """The sample plans: the version's id by the plan's code."""
    with wiring.sessions.begin() as session:
        ids = {one.code: store.add_version(session, one, by="系统", at=FRIDAY_MORNING) for one in PLANS}
    return {code: number for code, number in ids.items() if number}


@pytest.fixture
def commander(signed_in: SignedIn) -> TestClient:
    return signed_in("commander")


def flood(officer: TestClient, **changes: str) -> str:
    """The number of a flood that an officer took and confirmed."""
    number = take(officer, kind_code="flood", **changes)
    assert step(officer, number, "confirm", kind_code="flood", event_level="3", words="水位上涨快") == 303
    return number


@pytest.fixture
def number(signed_in: SignedIn) -> str:
    return flood(signed_in("duty1"))


def send(who: TestClient, number: str, path: str, **fields: str) -> Response:
    """Send a form of the response's page as it shows it, with the revision that it carries."""
    shown = who.get(f"/incidents/{number}").text
    found = re.search(r'name="revision" value="(\d+)"', shown)
    sent = {"revision": found[1] if found else "1", "csrf": who.headers["x-csrf-token"]} | fields
    return who.post(f"/incidents/{number}/response/{path}", data=sent)


def activate(who: TestClient, number: str, version: int, level: int = 3, **changes: str) -> Response:
    return send(who, number, "activate", **{f"level_{version}": str(level)} | STATED | changes)


def task_id(who: TestClient, words: str) -> str:
    """The number of a task of a department's page."""
    shown = who.get("/department/tasks").text
    found = re.search(rf"{words}.*?/department/tasks/(\d+)/", shown, re.DOTALL)
    assert found, shown
    return found[1]


def do(who: TestClient, number: str, action: str, **fields: str) -> Response:
    sent = {"csrf": who.headers["x-csrf-token"], "state": "given"} | fields
    return who.post(f"/department/tasks/{number}/{action}", data=sent)


def test_a_flood_from_activation_to_the_end(
    signed_in: SignedIn, commander: TestClient, number: str, plans: dict[str, int]
) -> None:
    address, flood_plan = f"/incidents/{number}/response", plans["BJ-FX"]
    proposed = commander.get(address).text
    assert "宝鸡市防汛应急预案" in proposed
    assert "无法判断" in proposed
    checked = commander.get(f"{address}?level_{flood_plan}=3").text
    assert "确认启动" in checked
    assert activate(commander, number, flood_plan).status_code == 303
    assert "响应中：三级响应" in commander.get(address).text

    power, telecom = signed_in("power"), signed_in("telecom")
    supply, mend = task_id(power, "保障指挥部、医院和安置点供电"), task_id(power, "抢修受淹配电设施")
    assert do(power, supply, "accept").status_code == 303
    assert do(power, mend, "decline", words="抢修队都已派出").status_code == 303
    assert "抢修队都已派出" in commander.get(address).text
    given = send(commander, number, f"tasks/{mend}/reassign", state="declined", post="BJ-DX")
    assert given.status_code == 303
    assert task_id(telecom, "抢修受淹配电设施") == mend

    raised = commander.get(f"{address}?level_{flood_plan}=2").text
    assert "由三级响应提升为二级响应" in raised
    levels = {f"level_{flood_plan}": "2", "commander": "leader@BJ-ZH", "why": "流量继续上涨"}
    assert send(commander, number, "change", **levels).status_code == 303
    assert "派出应急通信车" in telecom.get("/department/tasks").text

    assert do(power, supply, "finish", state="accepted", words="发电车四台到位").status_code == 303
    assert step(commander, number, "end", words="险情排除") == 422
    assert send(commander, number, "stand-down", why="流量回落到警戒以下").status_code == 303
    ended = commander.get(address).text
    assert "响应已终止" in ended
    told = commander.get(f"/incidents/{number}").text
    assert all(
        words in told
        for words in (
            "启动响应",
            "接受任务",
            "退回任务",
            "改派任务",
            "完成任务",
            "调整响应级别",
            "终止宝鸡市防汛",
        )
    )
    assert "没有要办的应急任务" in telecom.get("/department/tasks").text


def test_the_second_commander_is_told(commander: TestClient, number: str, plans: dict[str, int]) -> None:
    assert activate(commander, number, plans["BJ-FX"]).status_code == 303
    late = activate(commander, number, plans["BJ-FX"], 2, revision="2")
    assert late.status_code == 409
    assert "stale_incident" in late.text


def test_an_officer_sees_the_proposals_and_does_not_activate(
    signed_in: SignedIn, number: str, plans: dict[str, int]
) -> None:
    officer = signed_in("duty1")
    shown = officer.get(f"/incidents/{number}/response?level_{plans['BJ-FX']}=3").text
    assert "启动和调整由指挥长决定" in shown
    assert activate(officer, number, plans["BJ-FX"]).status_code == 403


@pytest.mark.parametrize(
    ("changes", "status", "because"),
    [
        ({"evidence": " "}, 400, "nobody says on what it rests"),
        ({"matter": ""}, 400, "the law wants the matter"),
        ({"expected_hours": "0"}, 400, "the law wants how long"),
        ({"expected_hours": "abc"}, 400, "no number"),
        ({"commander": "department@BJ-GD"}, 400, "commands none of the plans"),
        ({"level_999": "3"}, 400, "no such plan"),
        ({"level_x": "3"}, 400, "no number of a plan"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_refused_and_nothing_is_activated(
    *,
    commander: TestClient,
    number: str,
    plans: dict[str, int],
    changes: dict[str, str],
    status: int,
    because: str,
) -> None:
    answer = activate(commander, number, plans["BJ-FX"], **changes)
    assert answer.status_code in (status, 404, 422), because
    assert "响应中" not in commander.get(f"/incidents/{number}/response").text


def test_a_department_takes_no_step_of_anothers_task(
    signed_in: SignedIn, commander: TestClient, number: str, plans: dict[str, int]
) -> None:
    activate(commander, number, plans["BJ-FX"])
    power = signed_in("power")
    mine = task_id(power, "保障指挥部、医院和安置点供电")
    assert do(signed_in("telecom"), mine, "accept").status_code == 403
    assert do(power, mine, "decline").status_code == 400
    assert do(power, mine, "accept").status_code == 303
    assert do(power, mine, "accept").status_code == 409
    assert do(power, "999999", "accept").status_code == 404


def test_a_drill_is_marked_on_every_page(
    signed_in: SignedIn, commander: TestClient, plans: dict[str, int]
) -> None:
    number = flood(signed_in("duty1"), is_drill="true")
    assert activate(commander, number, plans["BJ-FX"]).status_code == 303
    pages = (commander.get(f"/incidents/{number}/response"), signed_in("power").get("/department/tasks"))
    assert all("badge-drill" in page.text for page in pages)


def test_a_task_that_is_late_is_marked(
    signed_in: SignedIn, commander: TestClient, number: str, *, plans: dict[str, int], clock: FixedClock
) -> None:
    activate(commander, number, plans["BJ-FX"])
    clock.at = clock.at.replace(hour=clock.at.hour + 5)
    assert "is-overdue" in signed_in("power").get("/department/tasks").text


def test_a_plan_shows_its_text_beside_its_structure(commander: TestClient) -> None:
    shown = commander.get("/duty/plans/BJ-FX").text
    assert all(words in shown for words in ("总则", "抢险救援组", "自测 10/10 通过", "<svg", "示例"))
    assert "宝鸡市地震应急预案" in commander.get("/duty/plans").text
    assert commander.get("/duty/plans/XX").status_code == 404
    assert commander.get("/duty/plans/BJ-FX?version=9").status_code == 404


def upload(who: TestClient, wiring: Wiring, *changes: tuple[str, str]) -> Response:
    told = (wiring.city.folder / "plans" / "flood.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        told = told.replace(old, new, 1)
    sent = {"csrf": who.headers["x-csrf-token"]}
    return who.post("/duty/plans", data=sent, files={"file": ("防汛.yaml", told.encode())})


def test_a_new_version_is_imported_reviewed_and_approved(
    signed_in: SignedIn, commander: TestClient, wiring: Wiring
) -> None:
    officer = signed_in("duty1")
    assert upload(
        officer, wiring, ('"1.0"', '"1.1"'), ("due_offset_min: 240", "due_offset_min: 300")
    ).is_redirect
    assert "与 1.0 版相比" in officer.get("/duty/plans/BJ-FX").text
    csrf = {"csrf": officer.headers["x-csrf-token"]}
    assert officer.post("/duty/plans/BJ-FX/1.1/review", data=csrf).status_code == 303
    assert officer.post("/duty/plans/BJ-FX/1.1/approved", data=csrf).status_code == 422
    csrf = {"csrf": commander.headers["x-csrf-token"]}
    assert commander.post("/duty/plans/BJ-FX/1.1/approved", data=csrf).status_code == 303
    assert "已废止" in commander.get("/duty/plans").text


def test_a_plan_with_faults_is_refused_and_they_are_listed(commander: TestClient, wiring: Wiring) -> None:
    refused = upload(commander, wiring, ('"1.0"', '"1.1"'), ("owner: BJ-SL", "owner: XX-YY"))
    assert (refused.status_code, "单位不在名录" in refused.text) == (422, True)
    head = "{code: FX-101, level_from: 4,"
    cyclic = upload(commander, wiring, (head, f"{head} depends_on: [FX-103],"))
    assert (cyclic.status_code, "FX-103" in cyclic.text) == (422, True)
    assert upload(commander, wiring).status_code == 409


def test_hostile_words_of_a_response_stay_words(
    signed_in: SignedIn, commander: TestClient, number: str, *, plans: dict[str, int], wiring: Wiring
) -> None:
    said = dict.fromkeys(("matter", "measures", "evidence"), SCRIPT)
    assert activate(commander, number, plans["BJ-FX"], **said).status_code == 303
    power = signed_in("power")
    do(power, task_id(power, "保障指挥部、医院和安置点供电"), "decline", words=SCRIPT[:500])
    name = "name: 宝鸡市防汛应急预案（示例）"
    text = "text: 报送书面首报"
    upload(commander, wiring, ('"1.0"', '"1.1"'), (name, f"name: '{SCRIPT}'"), (text, f"text: '{SCRIPT}'"))
    addresses = (f"/incidents/{number}/response", "/duty/plans", "/duty/plans/BJ-FX")
    pages = [commander.get(one).text for one in addresses] + [power.get("/department/tasks").text]
    assert all(is_harmless(page) for page in pages)


def test_plans_for_what_happened_come_first_and_others_of_its_class_are_folded(
    commander: TestClient, number: str
) -> None:
    proposed, _, others = commander.get(f"/incidents/{number}/response").text.partition("其他类别的预案")
    assert ("宝鸡市防汛应急预案" in proposed, "宝鸡市地震应急预案" in proposed) == (True, False)
    assert "宝鸡市地震应急预案" in others


def test_a_department_sees_on_its_own_page_that_emergency_tasks_wait(
    signed_in: SignedIn, commander: TestClient, number: str, plans: dict[str, int]
) -> None:
    power = signed_in("power")
    assert "项要办" not in power.get("/department").text
    activate(commander, number, plans["BJ-FX"])
    assert re.search(r'/department/tasks">应急任务 \d+ 项要办', power.get("/department").text)


def test_an_officer_is_told_who_decides_before_anything_is_checked(signed_in: SignedIn, number: str) -> None:
    assert "启动和调整由指挥长决定；" in signed_in("duty1").get(f"/incidents/{number}/response").text


def warehouse(wiring: Wiring, goods: str) -> None:
    """A warehouse of the registers at the place of the flood."""
    details = read_details("warehouse", {"goods": goods})
    store_of = resource("WZ-1", "warehouse", name="渭滨防汛物资库", details=details)
    register(Resources(wiring.sessions, wiring.plane), store_of)


def goods_of(page: str) -> str:
    found = re.search(r'<section [^>]*aria-labelledby="goods-title">.*?</section>', page, re.DOTALL)
    return found[0] if found else ""


def test_what_tasks_need_is_shown_beside_what_warehouses_hold(
    commander: TestClient, number: str, plans: dict[str, int], wiring: Wiring
) -> None:
    warehouse(wiring, "编织袋 | 15000 | 条；饮用水 | 500 | 升")
    checked = goods_of(commander.get(f"/incidents/{number}/response?level_{plans['BJ-FX']}=2").text)
    assert "编织袋需 50000 条，现有 15000 条，缺 35000 条" in checked
    assert "渭滨防汛物资库 15000 条" in checked
    assert "饮用水需" in checked
    assert "没有以“箱”登记的" in checked
    assert activate(commander, number, plans["BJ-FX"], level=2).status_code == 303
    active = commander.get(f"/incidents/{number}/response").text
    assert "缺 35000 条" in goods_of(active)
    assert "物资：编织袋 · 最近 渭滨防汛物资库 15000 条" in active
    assert "共缺 35000 条" in active


def test_a_plan_says_what_the_warehouses_lack(
    commander: TestClient, plans: dict[str, int], wiring: Wiring
) -> None:
    assert "物资不足" not in commander.get("/duty/plans/BJ-FX").text
    warehouse(wiring, "编织袋 | 15000 | 条")
    assert "编织袋需 50000 条，现有 15000 条，缺 35000 条" in commander.get("/duty/plans/BJ-FX").text


def test_without_a_warehouse_in_the_registers_nothing_is_said_of_goods(
    commander: TestClient, number: str, plans: dict[str, int]
) -> None:
    assert goods_of(commander.get(f"/incidents/{number}/response?level_{plans['BJ-FX']}=2").text) == ""
