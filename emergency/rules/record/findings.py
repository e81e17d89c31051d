"""What was found wrong (问题与改进): stated with owner and day, settled by a version or a reason."""

from dataclasses import dataclass
from datetime import date, timedelta

from emergency.rules.incidents import need_words
from emergency.rules.plans.requirements import PlanRules
from gis_core.errors import BadInput

LONGEST_DAYS = 366 * 3
STATE_NAMES: dict[str, str] = {"open": "待落实", "done": "已落实", "dropped": "不采纳"}
STATES_FINDINGS: tuple[str, ...] = ("duty_officer", "commander", "leader")
SETTLES_FINDINGS: tuple[str, ...] = ("commander", "leader")


class BadFinding(BadInput):
    """A finding lacks something, or its day or its plan cannot be."""

    code = "bad_finding"


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding as somebody states it."""

    plan_code: str
    trigger: str
    found: str
    improvement: str
    owner_code: str
    due_on: date


def checked_finding(finding: Finding, rules: PlanRules, on: date) -> Finding:
    """The same without white space around its words.

    :raises IncidentWordsMissing, BadFinding: for words that are missing, a day before today or too far off,
        or a reason that the rules do not know.
    """
    if finding.trigger not in {one.code for one in rules.review_triggers}:
        raise BadFinding("请从列表中选择修订情形。", field="trigger")
    if not on <= finding.due_on <= on + timedelta(days=LONGEST_DAYS):
        raise BadFinding("完成日期应在今天到三年之内，请检查。", field="due_on")
    if not finding.owner_code:
        raise BadFinding("请选择责任单位。", field="owner_code")
    return Finding(
        finding.plan_code,
        finding.trigger,
        need_words(finding.found, "发现的问题", most=1_000),
        need_words(finding.improvement, "改进措施", most=1_000),
        finding.owner_code,
        finding.due_on,
    )
