"""The draft of a report tells the course without the noise of single tasks, and how much it left out."""

from datetime import timedelta

from emergency.rules.incidents import state_after
from emergency.rules.record.measures import measure
from emergency.rules.record.report import MOST_TOLD, FindingTold, draft_after_action
from tests.rules.test_record_folding import OPENED, Told


def drafted(told: list[Told], findings: tuple[FindingTold, ...] = ()) -> str:
    return draft_after_action(
        state_after([OPENED]), told, measure(told), kind_name="洪水", findings=findings,
        is_drill=False, is_synthetic=False,
    ).words  # fmt: skip


FIRST = Told(1, OPENED, action="open", text="水位上涨")


def test_steps_of_single_tasks_are_left_to_the_record() -> None:
    told = [FIRST, Told(2, {"task": {"code": "t1", "state": "accepted"}}, 1, text="接受任务 t1")]
    assert "接受任务 t1" not in drafted(told)


def test_a_long_course_says_how_much_it_leaves_out() -> None:
    told = [FIRST, *(Told(n, {}, n, text="巡堤") for n in range(2, MOST_TOLD + 12))]
    assert "此后还有 11 条，见记录。" in drafted(told)


def test_a_step_names_its_fact() -> None:
    confirmed = Told(2, {"changes": {"is_level_confirmed": True}}, 12, action="confirm", text="确认")
    words = drafted([FIRST, confirmed])
    assert f"接报后 {timedelta(minutes=12).seconds // 60} 分钟（记录第 2 条）" in words


def test_findings_stand_under_lessons_with_owner_and_day() -> None:
    one = FindingTold("堤防低矮。", "加固", "防汛预案", "市水利局", "2026-12-31", "待落实")
    assert "问题1：堤防低矮。改进：加固（防汛预案，市水利局，2026-12-31 前，待落实）。" in drafted(
        [FIRST], (one,)
    )


def test_no_number_of_a_person_comes_into_a_report_that_is_kept_for_ever() -> None:
    told = [
        FIRST,
        Told(2, {}, 1, text="联系 13800000000"),
        Told(3, {}, 2, action="close", text="归档：找 13800000000"),
    ]
    words = drafted(told)
    assert ("13800000000" in words, "经验教训：找 ***" in words) == (False, True)
