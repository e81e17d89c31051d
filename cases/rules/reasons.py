"""Why a step is taken, in codes that can be counted, by action; `other` is said in words.

Suspension's four are those of the published workflow (row 18: season, big works, no funds, unclear duty); the
rest are ours.
"""

from collections.abc import Mapping

from gis_core.errors import BadInput

OTHER = "other"
_OTHER = {OTHER: "其他"}

REASONS: Mapping[str, Mapping[str, str]] = {
    "decline": {
        "out_of_scope": "不在管理范围",
        "not_true": "核实不属实",
        "duplicate": "重复反映",
        "resolved": "问题已消失",
        "unclear": "情况不清且联系不上",
        **_OTHER,
    },
    "send_back": {
        "wrong_type": "类别不准",
        "wrong_place": "位置不准",
        "lacking_evidence": "证据不足",
        "not_met": "不符合立案条件",
        "duplicate": "与已有案件重复",
        **_OTHER,
    },
    "not_file": {
        "not_met": "不符合立案条件",
        "duplicate": "与已有案件重复",
        "resolved": "问题已消失",
        **_OTHER,
    },
    "void": {"duplicate": "重复立案", "mistaken": "误立", "resolved": "问题已消失", **_OTHER},
    "ask_void": {"duplicate": "重复立案", "mistaken": "误立", "resolved": "问题已消失", **_OTHER},
    "ask_return": {
        "not_our_duty": "不属本部门职责",
        "other_owner": "权属另有单位",
        "wrong_place": "位置不在本部门辖区",
        "duplicate": "与已有案件重复",
        **_OTHER,
    },
    "refuse_return": {"is_their_duty": "属该部门职责", "no_proof": "没有说明依据", **_OTHER},
    "drop_helper": {
        "helped": "协办部分已完成",
        "not_needed": "不再需要协办",
        "wrong_body": "派错了协办部门",
        **_OTHER,
    },
    "revoke": {"other_crew": "另行指派", "not_our_duty": "不属本部门职责", **_OTHER},
    "ask_extension": {
        "weather": "天气",
        "materials": "材料设备未到",
        "big_works": "工程量大",
        "coordination": "需多方协调",
        "permit": "审批未完",
        **_OTHER,
    },
    "refuse_extension": {"not_enough": "理由不充分", "doable": "时限内可以完成", **_OTHER},
    "ask_suspension": {
        "season": "受季节限制",
        "big_works": "工程重大",
        "no_funds": "资金未落实",
        "unclear_duty": "权责不清",
        **_OTHER,
    },
    "refuse_suspension": {"not_enough": "理由不充分", "doable": "现在可以处置", **_OTHER},
    "rework": {
        "not_done": "没有处置",
        "partly": "处置不彻底",
        "back_again": "问题又出现",
        "other_place": "照片不是同一地点",
        **_OTHER,
    },
    "appeal": {
        "weather": "恶劣天气",
        "unfit_limit": "时限不适合该问题",
        "waiting": "等待其他单位",
        "system_fault": "系统故障",
        **_OTHER,
    },
    "grant_appeal": {
        "force_majeure": "不可抗力",
        "unfit_limit": "时限不适合该问题",
        "waiting": "等待其他单位",
        **_OTHER,
    },
    "correct": {
        "wrong_type": "类别不准",
        "wrong_place": "位置不准",
        "unclear_words": "说明不清",
        **_OTHER,
    },
    "unmerge": {"not_the_same": "不是同一问题", **_OTHER},
    "reopen": {
        "not_done": "没有处置",
        "partly": "处置不彻底",
        "back_again": "问题又出现",
        **_OTHER,
    },
    "refuse_appeal": {"not_enough": "理由不充分", "avoidable": "可以避免", **_OTHER},
}


class UnknownReason(BadInput):
    """A code of a reason that the action does not have."""

    code = "unknown_reason"


def reason_words(action: str, code: str, words: str) -> str:
    """What a reason says: the words of its code, and those written beside it; empty when nothing is said.

    :raises UnknownReason: for a code that the action does not have.

    >>> reason_words("ask_suspension", "season", "冻土"), reason_words("void", "other", "")
    ('受季节限制：冻土', '')
    """
    codes = REASONS.get(action, _OTHER)
    if code not in codes:
        raise UnknownReason("没有这样的理由，请从列表中选择。", reason=code)
    if code == OTHER:
        return words
    return f"{codes[code]}：{words}" if words else codes[code]
