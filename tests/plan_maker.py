"""A small plan that is right in every way, and its city; tests spoil one thing of it at a time."""

from datetime import date
from pathlib import Path
from typing import Any

from emergency.plan_files import load_plan_rules
from emergency.rules.plans.document import Plan
from emergency.rules.plans.linting import Surroundings
from emergency.rules.plans.posts import Contact, Staff
from grid.city import City

BAOJI = City.load(Path(__file__).parents[1] / "data" / "baoji")
RULES = load_plan_rules(BAOJI)
ON = date(2026, 11, 1)
POSTS = ("leader@BJ-ZH", "department@BJ-SL", "department@BJ-YJ", "department@BJ-GA")
STAFF = Staff(
    organisations={"BJ-ZH": "指挥中心", "BJ-SL": "市水利局", "BJ-YJ": "市应急局", "BJ-GA": "市公安局"},
    roles={"leader": "督办领导", "department": "专业部门"},
    contacts=tuple(Contact(post, f"联络员{number}", date(2027, 12, 31)) for number, post in enumerate(POSTS)),
)
AROUND = Surroundings(RULES, STAFF, ON, {"ZT": "总体预案"})


def flow(at_least: float, gauge: str = "林家村站") -> dict[str, Any]:
    return {"measure": "flow_m3_s", "gauge": gauge, "at_least": at_least}


def task(code: str, level_from: int = 4, **more: Any) -> dict[str, Any]:
    """A task of the water group, done in 10 minutes and due after an hour."""
    given = {
        "code": code,
        "level_from": level_from,
        "group": "G1",
        "text": f"做好 {code}",
        "takes_min": 10,
        "due_offset_min": 60,
        "place": {"at": "incident"},
        "law": ["ERL:73"],
    }
    return given | more


def level(number: int, **more: Any) -> dict[str, Any]:
    given = {
        "level": number,
        "trigger": flow((5 - number) * 1000),
        "activator": "leader@BJ-ZH",
        "report": {"to": ["市政府"], "phone_min": 30},
        "expected_hours": 12,
        "measures": ["巡查"],
    }
    return given | more


def group(code: str, role: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "role": role, "name": f"{role}组", "lead": "BJ-SL", "duties": "按职责行动"} | more


def chapters() -> list[dict[str, Any]]:
    """Every chapter that is asked for, with a sentence in each."""
    return [
        {
            "code": chapter.code,
            "title": chapter.name,
            "text": "本章内容。",
            "sections": [
                {"code": part.code, "title": part.name, "text": "本节内容。"} for part in chapter.sections
            ],
        }
        for chapter in RULES.chapters.required
    ]


def plan_data(**more: Any) -> dict[str, Any]:
    """The plan as its file would say it."""
    given: dict[str, Any] = {
        "code": "FX",
        "name": "防汛预案",
        "kind": "special",
        "classes": ["natural"],
        "hazards": ["洪水"],
        "area": "610300",
        "owner": "BJ-SL",
        "version": "1.0",
        "state": "approved",
        "effective_from": date(2026, 1, 1),
        "review_due": date(2028, 12, 31),
        "parent": "ZT",
        "status": "assumed",
        "source": "测试",
        "legal_basis": [{"key": "ERL", "name": "突发事件应对法", "status": "sourced"}],
        "chapters": chapters(),
        "command": {"name": "指挥部", "commander": "leader@BJ-ZH", "office": "BJ-SL"},
        "levels": [level(number) for number in (4, 3, 2, 1)],
        "groups": [group("G1", "water")],
        "tasks": [task("A"), task("B", depends_on=["A"]), task("C", 3)],
        "termination": {"condition": "水退", "authority": "leader@BJ-ZH", "law": ["ERL:86"]},
        "tests": [
            {
                "name": "小水",
                "given": {"flow_m3_s": {"林家村站": 1000}},
                "expect": {"level": 4, "tasks": ["A"]},
            }
        ],
    }
    return given | more


def make_plan(**more: Any) -> Plan:
    return Plan.model_validate(plan_data(**more))
