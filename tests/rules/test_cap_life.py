"""The life of warnings: what holds when, what ends what, what is kept, and who is answered."""

from dataclasses import replace
from datetime import timedelta

import pytest

from emergency.cap.checking import check
from emergency.cap.findings import errors_of
from emergency.cap.lifecycle import (
    NotAnswerable,
    Standing,
    WarningOver,
    acknowledge,
    as_exercise,
    cancel,
    chain_named,
    in_force,
    in_force_in_drill,
    infos_in_force,
    keep,
    reject,
    standing,
    unexpired_chain,
    update,
)
from emergency.cap.messages import Alert, MsgType, Response, Scope, Status
from tests.cap.alerts import FLOOD, SENT, WARNING, flood, number

HOUR = timedelta(hours=1)
WORSE = replace(FLOOD, description="水位继续上涨。", expires=SENT + 8 * HOUR)
UPDATED = update([WARNING], WARNING, (WORSE,), identifier=number(2), at=SENT + HOUR)
AGAIN = update([WARNING, UPDATED], UPDATED, (WORSE,), identifier=number(3), at=SENT + 2 * HOUR)
LIFTED = cancel([WARNING, UPDATED], UPDATED, identifier=number(4), at=SENT + 3 * HOUR, note="洪峰已过")
DRILL = as_exercise(WARNING, "清姜河洪水演练")
STRANGE = replace(LIFTED, sender="somebody.example", references=(WARNING.reference,))
DRILLED = replace(LIFTED, status=Status.EXERCISE, references=(WARNING.reference,))
ALL = [WARNING, UPDATED, LIFTED]

STANDINGS = [
    ([WARNING], WARNING, 0, Standing.IN_FORCE, "from the moment it is sent"),
    ([WARNING], WARNING, -1, Standing.NOT_YET, "not before"),
    ([WARNING], WARNING, 6, Standing.EXPIRED, "not at the moment it ends"),
    (
        [flood(effective=SENT + HOUR)],
        flood(effective=SENT + HOUR),
        0,
        Standing.NOT_YET,
        "said to begin later",
    ),
    ([flood(expires=None)], flood(expires=None), 23, Standing.IN_FORCE, "a day when no end is said"),
    ([flood(expires=None)], flood(expires=None), 24, Standing.EXPIRED, "and no longer"),
    (ALL, WARNING, 2, Standing.UPDATED, "its update replaced it"),
    (ALL, WARNING, 4, Standing.CANCELLED, "the cancel names it, too"),
    (ALL, UPDATED, 2, Standing.IN_FORCE, "the update holds instead"),
    (ALL, UPDATED, 4, Standing.CANCELLED, "withdrawn, not gone"),
    (ALL, LIFTED, 4, Standing.NO_WARNING, "a cancel warns of nothing"),
    ([WARNING, STRANGE], WARNING, 4, Standing.IN_FORCE, "a stranger cancels nothing"),
    ([WARNING, DRILLED], WARNING, 4, Standing.IN_FORCE, "a drill cancels nothing"),
    ([LIFTED, WARNING], WARNING, 4, Standing.CANCELLED, "in whatever order they came"),
]


@pytest.mark.parametrize(
    ("known", "alert", "hour", "stands", "because"), STANDINGS, ids=[r[4] for r in STANDINGS]
)
def test_how_a_message_stands(known: list[Alert], alert: Alert, hour: int, stands: Standing, because: str):
    assert standing(known, alert, SENT + hour * HOUR) is stands


def test_the_public_sees_the_latest_of_a_chain():
    assert in_force(ALL, SENT + 2 * HOUR) == [UPDATED]


@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST, Status.SYSTEM, Status.DRAFT])
def test_nothing_but_actual_warnings_reaches_the_public(status: Status):
    assert in_force([replace(WARNING, status=status)], SENT) == []


@pytest.mark.parametrize("scope", [Scope.RESTRICTED, Scope.PRIVATE])
def test_what_is_not_for_everybody_does_not_reach_the_public(scope: Scope):
    assert in_force([replace(WARNING, scope=scope)], SENT) == []


def test_those_in_a_drill_see_its_warnings():
    assert in_force_in_drill([WARNING, DRILL], SENT) == [DRILL]


def test_a_drill_makes_an_exercise_of_anything():
    assert (DRILL.status, DRILL.note) == (Status.EXERCISE, "清姜河洪水演练")


def test_a_drill_is_named_once():
    assert as_exercise(DRILL, "清姜河洪水演练") == DRILL


def test_a_cancel_in_a_drill_is_still_the_drill_s():
    ended = cancel([DRILL], DRILL, identifier=number(5), at=SENT + HOUR, note="演练结束")
    assert (ended.status, ended.note) == (Status.EXERCISE, "清姜河洪水演练；演练结束")


def test_blocks_hold_each_for_itself():
    later = replace(FLOOD, effective=SENT + 2 * HOUR, expires=SENT + 9 * HOUR)
    assert infos_in_force(replace(WARNING, infos=(FLOOD, later)), SENT + 7 * HOUR) == (later,)


def test_an_update_names_every_unexpired_message_of_the_chain():
    assert AGAIN.references == (WARNING.reference, UPDATED.reference)


def test_an_update_does_not_name_what_has_expired():
    chain = unexpired_chain([WARNING, UPDATED], UPDATED, SENT + 7 * HOUR)
    assert chain == (UPDATED.reference,)


def test_an_update_can_be_published():
    assert errors_of(check(AGAIN, SENT + 2 * HOUR, for_publishing=True)) == ()


def test_a_cancel_can_be_published():
    assert errors_of(check(LIFTED, SENT + 3 * HOUR, for_publishing=True)) == ()


def test_a_cancel_says_that_all_is_clear():
    assert LIFTED.infos[0].responses == (Response.ALL_CLEAR,)
    assert LIFTED.infos[0].headline == "宝鸡市防汛抗旱指挥部解除洪水橙色预警[Ⅱ级/严重]"


OVER = [
    (ALL, WARNING, 2, "it was updated"),
    (ALL, UPDATED, 4, "it was cancelled"),
    ([WARNING], WARNING, 6, "it has expired"),
    (ALL, LIFTED, 4, "it is a cancel"),
]


@pytest.mark.parametrize(("known", "alert", "hour", "because"), OVER, ids=[row[3] for row in OVER])
def test_what_is_over_is_not_changed(known: list[Alert], alert: Alert, hour: int, because: str):
    with pytest.raises(WarningOver):
        cancel(known, alert, identifier=number(9), at=SENT + hour * HOUR, note="")


def test_a_message_that_is_known_is_passed_over_in_silence():
    kept = keep([WARNING], WARNING)
    assert (kept.is_new, kept.findings) == (False, ())


def test_a_message_under_a_used_name_is_kept_with_a_warning():
    kept = keep([WARNING], replace(WARNING, sent=SENT + HOUR))
    assert (kept.is_new, [found.code for found in kept.findings]) == (True, ["identifier_reused"])


def test_a_stranger_s_cancel_is_kept_with_a_warning():
    kept = keep([WARNING], STRANGE)
    assert (kept.is_new, [found.code for found in kept.findings]) == (True, ["foreign_update"])


def test_a_receiver_acknowledges_to_the_sender_alone():
    answer = acknowledge(WARNING, identifier="a-1", sender="weibin.example", at=SENT)
    assert (answer.msg_type, answer.scope, answer.addresses) == (
        MsgType.ACK,
        Scope.PRIVATE,
        (WARNING.sender,),
    )
    assert answer.references == (WARNING.reference,)


def test_a_receiver_rejects_with_a_reason():
    answer = reject(WARNING, identifier="a-1", sender="weibin.example", at=SENT, why="没有图形")
    assert (answer.msg_type, answer.note) == (MsgType.ERROR, "没有图形")


def test_an_answer_is_not_answered():
    answer = acknowledge(WARNING, identifier="a-1", sender="weibin.example", at=SENT)
    with pytest.raises(NotAnswerable):
        acknowledge(answer, identifier="a-2", sender=WARNING.sender, at=SENT)


def test_an_answer_changes_nothing():
    answer = reject(WARNING, identifier="a-1", sender="weibin.example", at=SENT, why="没有图形")
    assert in_force([WARNING, answer], SENT) == [WARNING]


def test_a_chain_is_found_by_the_name_of_any_of_it():
    assert chain_named(ALL, WARNING.sender, number(2)) == (WARNING.reference, UPDATED.reference)


def test_an_unknown_name_has_no_chain():
    assert chain_named(ALL, WARNING.sender, "x") == ()
