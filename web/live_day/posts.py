"""What each post does with a case that waits for it: the step, and how long people take over it.

Only samples are touched, so that a city in which people try things out is left as they have it.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cases.sample_cases.habits import ANSWERS, choose_criterion
from cases.sample_cases.pictures import sample_picture
from cases.sample_cases.tempers import pace_of, temper_of
from grid.catalogue import Catalogue
from grid.rules.criteria import Criterion
from web.live_day.accounts import Account, Answer

Case = Mapping[str, Any]
MINUTE_S = 60.0
VERIFIED, NOT_TRUE, NOT_MET, RETURNED = 0.35, 0.05, 0.02, 0.015
"""Shares of calls that are verified, of these that are not true, of cases not filed and of those given back.
Assumed."""
ANSWERING = frozenset(("reply_verification", "reply_recheck"))
NOBODY = Answer(404, {"code": "nobody_to_send"})


@dataclass(frozen=True, slots=True)
class Ways:
    """How steps are chosen: the lots, and the city's catalogue."""

    lots: random.Random
    catalogue: Catalogue

    def happens(self, share: float) -> bool:
        """Whether something happens that happens so often."""
        return self.lots.random() < share


Do = Callable[[Ways, Account, Case], Answer]


@dataclass(frozen=True, slots=True)
class Turn:
    """A stage in which a post has to do something, and minutes that it takes on average."""

    role: str
    stage: str
    minutes: float
    do: Do

    def takes_s(self, lots: random.Random, account: Account) -> float:
        """How long this person takes this time; some are slow."""
        return self.minutes * MINUTE_S * lots.uniform(0.3, 1.8) * pace_of(account.login)


def step(account: Account, case: Case, action: str, **sent: object) -> Answer:
    """Take a step without photos."""
    return account.post(f"/api/v1/cases/{case['case_no']}/{action}", {"revision": case["revision"], **sent})


def _step_there(account: Account, case: Case, action: str, **sent: object) -> Answer:
    """Take a step at the place of the case, with a picture from near and one from far."""
    where = {"own_lon": case["lon"], "own_lat": case["lat"], "own_accuracy_m": 8}
    photos = {
        "photos_near": sample_picture("result", "near"),
        "photos_far": sample_picture("result", "far"),
    }
    form = {"revision": case["revision"], **where, **sent}
    return account.post_form(f"/api/v1/cases/{case['case_no']}/{action}/with-photos", form, photos)


def has_answer(account: Account, case: Case) -> bool:
    """Whether it is this person who is to answer the task of a case."""
    told = account.get(f"/api/v1/cases/{case['case_no']}")
    return told.is_well and any(one["action"] in ANSWERING for one in told.body["steps"])


def _accept(ways: Ways, account: Account, case: Case) -> Answer:
    told = account.get(f"/api/v1/cases/{case['case_no']}")
    if not told.is_well:
        return told
    replies = [fact for fact in told.body["facts"] if fact["action"] == "reply_verification"]
    if not replies and case["source"] != "inspector" and ways.happens(VERIFIED):
        return _send(account, case, "send_verification")
    criterion = _criterion_of(ways, case)
    if criterion is None:
        return step(account, case, "decline", reason_code="out_of_scope")
    done = step(account, case, "accept", criterion_code=criterion.code)
    if not done.is_well and replies:  # what was found not to be true cannot be accepted
        return step(account, case, "decline", reason_code="not_true")
    return done


def _criterion_of(ways: Ways, case: Case) -> Criterion | None:
    criteria = ways.catalogue.criteria_of(case["kind"], case["type_code"])
    return choose_criterion(case["description"] or "", criteria) if criteria else None


def _send(account: Account, case: Case, action: str) -> Answer:
    """Give the case to the inspector who is proposed."""
    told = account.get(f"/api/v1/cases/{case['case_no']}/assignees")
    if not told.is_well or not told.body["inspectors"]:
        return told if not told.is_well else NOBODY
    return step(account, case, action, inspector_id=told.body["inspectors"][0]["id"])


def _verify(ways: Ways, account: Account, case: Case) -> Answer:
    is_true = not ways.happens(NOT_TRUE)
    return _step_there(account, case, "reply_verification", result=is_true, note="到现场看过")


def _file(ways: Ways, account: Account, case: Case) -> Answer:
    if ways.happens(NOT_MET):
        return step(account, case, "not_file", reason_code="not_met")
    return step(account, case, "file_case")


def _dispatch(_ways: Ways, account: Account, case: Case) -> Answer:
    told = account.get(f"/api/v1/cases/{case['case_no']}")
    proposal = told.body.get("proposal") if told.is_well else None
    if not proposal:
        return NOBODY
    return step(account, case, "dispatch", department_code=proposal["department_code"])


def _begin(ways: Ways, account: Account, case: Case) -> Answer:
    if not case["rework_count"] and ways.happens(RETURNED):
        return step(account, case, "ask_return", reason_code="other_owner", reason="权属另有单位")
    return step(account, case, "assign")


def _finish(ways: Ways, account: Account, case: Case) -> Answer:
    words = ANSWERS[case["type_code"][:2]]
    return _step_there(account, case, "finish", text=ways.lots.choice(words))


def _recheck(ways: Ways, account: Account, case: Case) -> Answer:
    rework = temper_of(case["department_code"] or "").rework
    passes = bool(case["rework_count"]) or not ways.happens(rework)
    return _step_there(account, case, "reply_recheck", result=passes, note="" if passes else "问题仍在")


def _close(_ways: Ways, account: Account, case: Case) -> Answer:
    done = step(account, case, "close")
    if done.is_well or done.code == "stale_page":
        return done
    return step(account, case, "rework", reason_code="partly", reason="核查发现问题仍未解决")


TURNS: tuple[Turn, ...] = (
    Turn("operator", "reported", 7, _accept),
    Turn("inspector", "verifying", 25, _verify),
    Turn("duty_chief", "accepted", 6, _file),
    Turn("dispatcher", "filed", 6, _dispatch),
    Turn("dispatcher", "return_pending", 10, lambda _, account, case: step(
        account, case, "refuse_return", reason_code="is_their_duty")),
    Turn("dispatcher", "extension_pending", 10, lambda _, account, case: step(
        account, case, "approve_extension")),
    Turn("department", "dispatched", 20, _begin),
    Turn("department", "in_progress", 80, _finish),
    Turn("operator", "finished", 10, lambda _, account, case: _send(account, case, "send_recheck")),
    Turn("inspector", "rechecking", 35, _recheck),
    Turn("duty_chief", "rechecked", 9, _close),
)  # fmt: skip
"""Everything that is done in the course of a day; minutes are assumed."""
