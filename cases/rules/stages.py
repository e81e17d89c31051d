"""The life of a report as one table: from which stage, by whom, with what evidence, to which stage.

The rows are those of the published workflow (信息收集 to 综合评价); the number of a row is stored with
every fact. Buttons, the CHECK constraint on stages, `docs/workflow.md` and the tests are derived from
`TRANSITIONS`; nothing else moves a case. Who fixes never closes. Rows from 101 on are ours: answers that the
published table presupposes (an application that is refused or taken back) and marks that move nothing.
"""

from dataclasses import dataclass
from typing import Literal

from gis_core.errors import NotAllowed, Refused

STAGE_NAMES: dict[str, str] = {
    "reported": "待受理",
    "verifying": "核实中",
    "declined": "不予受理",
    "accepted": "待立案",
    "filed": "待派遣",
    "voided": "已作废",
    "dispatched": "待处置",
    "return_pending": "回退待批",
    "in_progress": "处置中",
    "extension_pending": "延期待批",
    "suspension_pending": "挂账待批",
    "suspended": "已挂账",
    "finished": "已处置",
    "rechecking": "核查中",
    "rechecked": "待结案",
    "closed": "已结案",
}
STAGES: tuple[str, ...] = tuple(STAGE_NAMES)
PENDING_STAGES: tuple[str, ...] = ("return_pending", "extension_pending", "suspension_pending")
"""Stages in which an application waits for an answer; the case remembers where it was made."""
WITH_DEPARTMENT: tuple[str, ...] = ("dispatched", "in_progress", *PENDING_STAGES, "suspended")
AFTER_WORK: tuple[str, ...] = ("finished", "rechecking", "rechecked", "closed")
ASKED_FROM = "asked_from"
"""As the end of a row: back to the stage in which the application was made."""
FINAL_STAGES: tuple[str, ...] = ("declined", "voided", "closed")
OPEN_STAGES: tuple[str, ...] = tuple(s for s in STAGES if s not in FINAL_STAGES)

PUBLIC_STAGES: dict[str, str] = {
    **dict.fromkeys(STAGES, "handling"),
    **dict.fromkeys(("reported", "verifying"), "received"),
    **dict.fromkeys(("declined", "voided"), "declined"),
    "closed": "done",
}
"""What a member of the public is told of a stage."""
PUBLIC_STAGE_NAMES: dict[str, str] = {
    "received": "已收到",
    "handling": "办理中",
    "done": "已办结",
    "declined": "不予受理",
}

ROLE_NAMES: dict[str, str] = {
    "inspector": "监督员",
    "operator": "受理员",
    "duty_chief": "值班长",
    "dispatcher": "派遣员",
    "department": "专业部门",
    "crew": "处置人员",
    "leader": "领导",
    "data_officer": "数据管理员",
    "admin": "系统管理员",
    "auditor": "审计员",
    "wall": "大屏",
    "duty_officer": "应急值班员",
    "commander": "指挥长",
    "public": "公众",
    "system": "系统",
}

ClockName = Literal["accept", "verify", "filing", "dispatch", "handling", "recheck", "closing", "case"]
CLOCK_NAMES: dict[ClockName, str] = {
    "accept": "受理",
    "verify": "核实",
    "filing": "立案",
    "dispatch": "派遣",
    "handling": "处置",
    "recheck": "核查",
    "closing": "结案",
    "case": "全案",
}
STAGE_CLOCK: dict[str, ClockName] = {
    "reported": "accept",
    "verifying": "verify",
    "accepted": "filing",
    "filed": "dispatch",
    "dispatched": "handling",
    "return_pending": "handling",
    "in_progress": "handling",
    "extension_pending": "handling",
    "suspension_pending": "handling",
    "suspended": "handling",
    "finished": "closing",
    "rechecking": "recheck",
    "rechecked": "closing",
}
"""The clock whose light a case shows at each open stage."""

ClockDeed = Literal["start", "stop", "pause", "resume", "restart", "extend"]
CLOCK_DEEDS: dict[ClockDeed, str] = {
    "start": "启动",
    "stop": "停止",
    "pause": "暂停",
    "resume": "恢复",
    "restart": "重新计时",
    "extend": "顺延",
}

Evidence = Literal[
    "type", "place", "caller", "text", "reason", "result", "inspector", "criterion", "department",
    "limit", "photo", "photo_before", "photo_after", "until", "answer_date",
]  # fmt: skip
EVIDENCE_NAMES: dict[Evidence, str] = {
    "type": "类别",
    "place": "网格内的位置",
    "caller": "来电（来访）人与地点",
    "text": "文字说明",
    "reason": "理由",
    "result": "结果",
    "inspector": "指定的监督员",
    "criterion": "立案条件",
    "department": "主办部门",
    "limit": "处置时限",
    "photo": "现场照片",
    "photo_before": "问题照片",
    "photo_after": "处置后照片",
    "until": "截止日期",
    "answer_date": "答复日期",
}


@dataclass(frozen=True, slots=True)
class ClockEffect:
    """What a transition does to one clock; `is_assumed` when the published table leaves it open."""

    clock: ClockName
    do: ClockDeed
    is_assumed: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the workflow; `starts` is empty where a case begins, `end` None where it stays.

    `told` are the posts (and the public, meaning the reporter) who hear of it beside those whose turn it is.
    """

    no: int
    group: str
    starts: tuple[str, ...]
    action: str
    label: str
    roles: tuple[str, ...]
    end: str | None
    evidence: tuple[Evidence, ...] = ()
    clocks: tuple[ClockEffect, ...] = ()
    guard: str = ""
    told: tuple[str, ...] = ()
    status: str = "sourced"

    def ends_at(self, start: str | None, asked_from: str | None = None) -> str:
        """The stage reached from `start`; `asked_from` is where the application was made that is answered."""
        if self.end == ASKED_FROM:
            return asked_from or "in_progress"
        return self.end or start or "reported"

    @property
    def is_mark(self) -> bool:
        """Whether the case stays where it is."""
        return self.end is None


def _clocks(text: str) -> tuple[ClockEffect, ...]:
    """Read effects written as `accept:stop filing:start`; `?` marks one that the table leaves open."""
    effects = []
    for word in text.split():
        clock, deed = word.rstrip("?").split(":")
        effects.append(ClockEffect(clock, deed, word.endswith("?")))  # type: ignore[arg-type]  # checked by test
    return tuple(effects)


COLLECT, FILE, SEND, HANDLE = "信息收集", "案件建立", "任务派遣", "任务处理"
ANSWER, CLOSE, EVALUATE = "处理反馈", "核查结案", "综合评价"
OURS = "assumed (ours)"

TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        1, COLLECT, (), "report", "上报", ("inspector",), "reported",
        ("type", "place", "photo_before", "text"), _clocks("accept:start"),
        "类别、网格内位置、照片与说明齐备",
    ),
    Transition(
        2, COLLECT, (), "register", "登记", ("operator", "public", "system"), "reported",
        ("type", "place", "caller"), _clocks("accept:start"),
        "热线、网站、媒体、领导批示、视频、传感器等来源，记录来电人与地点",
    ),
    Transition(
        3, COLLECT, ("reported",), "send_verification", "发核实", ("operator",), "verifying",
        ("inspector",), _clocks("verify:start accept:pause?"),
        "公众反映或情况不清的，交监督员现场核实",
    ),
    Transition(
        4, COLLECT, ("verifying",), "reply_verification", "核实回复", ("inspector",), "reported",
        ("result", "photo"), _clocks("verify:stop accept:resume?"),
        "答复属实或不属实，附现场照片",
    ),
    Transition(
        5, COLLECT, ("reported",), "decline", "不予受理", ("operator",), "declined",
        ("reason",), _clocks("accept:stop"),
        "不在管理范围、不属实或重复",
        ("inspector", "public"),
    ),
    Transition(
        6, COLLECT, ("reported",), "accept", "受理批转", ("operator",), "accepted",
        ("criterion",), _clocks("accept:stop filing:start"),
        "选定该类别的立案条件；核实为不属实的不得受理",
        ("public",),
    ),
    Transition(
        7, FILE, ("accepted",), "file_case", "立案", ("duty_chief",), "filed",
        (), _clocks("filing:stop dispatch:start case:start"),
        "符合立案条件",
        ("public",),
    ),
    Transition(
        8, FILE, ("accepted",), "send_back", "回退", ("duty_chief",), "reported",
        ("reason",), _clocks("filing:stop accept:restart"),
        "须说明理由",
        ("operator",),
    ),
    Transition(
        9, FILE, ("accepted",), "not_file", "不予立案", ("duty_chief",), "declined",
        ("reason",), _clocks("filing:stop case:stop?"),
        "须说明理由",
        ("operator", "inspector", "public"),
    ),
    Transition(
        10, FILE, ("accepted", "filed"), "void", "作废", ("duty_chief",), "voided",
        ("reason",), _clocks("filing:stop dispatch:stop case:stop"),
        "须有申请与理由；不计入准确立案",
        ("operator", "dispatcher", "public"),
    ),
    Transition(
        11, SEND, ("filed",), "dispatch", "派遣", ("dispatcher",), "dispatched",
        ("department", "limit"), _clocks("dispatch:stop handling:start"),
        "确定主办、协办部门与时限",
        ("department", "public"),
    ),
    Transition(
        12, SEND, ("filed",), "send_back", "回退", ("dispatcher",), "accepted",
        ("reason",), _clocks("dispatch:stop case:pause filing:restart?"),
        "须说明理由；先退给立案人",
        ("duty_chief",),
    ),
    Transition(
        13, HANDLE, ("dispatched",), "ask_return", "申请回退", ("department",), "return_pending",
        ("reason",), (),
        "处置前提出；先撤销本部门的指派；批准前处置时钟照走",
        ("dispatcher",),
    ),
    Transition(
        14, HANDLE, ("return_pending",), "approve_return", "批准回退", ("dispatcher",), "filed",
        (), _clocks("handling:stop? dispatch:restart"),
        "计一次派遣错误",
        ("department",),
    ),
    Transition(
        15, HANDLE, ("dispatched",), "assign", "指派", ("department",), "in_progress",
        (), (),
        "交处置人员办理",
        ("crew",),
    ),
    Transition(
        16, HANDLE, ("dispatched", "in_progress"), "ask_extension", "申请延期", ("department", "crew"),
        "extension_pending", ("reason",), (),
        "尚未超期；没有其他未决申请",
        ("department", "dispatcher"),
    ),
    Transition(
        17, HANDLE, ("extension_pending",), "approve_extension", "批准延期", ("dispatcher",),
        "in_progress", (), _clocks("handling:extend"),
        "至多两次，每次增加一个原时限；处置人员的申请先经部门",
        ("department", "crew"), "sourced (one city system)",
    ),
    Transition(
        18, HANDLE, ("dispatched", "in_progress"), "ask_suspension", "申请挂账", ("department",),
        "suspension_pending", ("reason",), (),
        "因季节、大型工程、资金未落实或权责不清，暂时不能处置",
        ("dispatcher", "leader"),
    ),
    Transition(
        19, HANDLE, ("suspension_pending",), "approve_suspension", "批准挂账", ("dispatcher", "leader"),
        "suspended", ("until",), _clocks("handling:pause case:pause?"),
        "限一次；截止日期不超过一年",
        ("department", "crew", "public"), "sourced (one city system)",
    ),
    Transition(
        20, HANDLE, ("suspended",), "resume", "挂账恢复", ("system", "dispatcher"), "in_progress",
        (), _clocks("handling:resume case:resume?"),
        "到期由系统恢复，或由中心恢复",
        ("department", "crew", "public"),
    ),
    Transition(
        21, HANDLE, OPEN_STAGES, "supervise", "督办", ("leader",), None,
        ("text", "answer_date"), (),
        "督查员或领导督办；只作标记，另定答复日期",
        ("dispatcher", "department", "crew"),
    ),
    Transition(
        22, ANSWER, ("in_progress",), "finish", "处置反馈", ("department", "crew"), "finished",
        ("photo_after", "text"), _clocks("handling:stop closing:start?"),
        "处置后照片与说明",
        ("operator",),
    ),
    Transition(
        23, ANSWER, ("finished",), "send_recheck", "发核查", ("operator",), "rechecking",
        ("inspector",), _clocks("recheck:start closing:pause?"),
        "交监督员现场核查",
        ("inspector",),
    ),
    Transition(
        24, CLOSE, ("rechecking",), "reply_recheck", "核查回复", ("inspector",), "rechecked",
        ("result", "photo"), _clocks("recheck:stop closing:resume?"),
        "照片须摄于同一地点",
        ("duty_chief",),
    ),
    Transition(
        25, CLOSE, ("rechecked",), "close", "结案", ("duty_chief",), "closed",
        (), _clocks("closing:stop? case:stop"),
        "符合结案条件：核查通过",
        ("department", "crew", "inspector", "public"),
    ),
    Transition(
        26, CLOSE, ("rechecked",), "rework", "返工", ("duty_chief", "operator", "dispatcher"),
        "dispatched", ("reason",), _clocks("closing:stop? handling:restart"),
        "未办好的，经派遣员退原部门；资料全部保留；返工计次，处置时钟重新计时（本市选择）",
        ("department", "crew"),
    ),
    Transition(
        27, CLOSE, ("reported",), "self_handle", "自行处置结案", ("operator",), "closed",
        ("photo_after",), _clocks("accept:stop?"),
        "小问题，监督员上报时已自行处置并附处置后照片，由受理员审核；不再派遣",
        ("inspector",),
    ),
    Transition(
        28, EVALUATE, ("closed",), "evaluate", "综合评价", ("system",), "closed",
        (), (),
        "计入评价",
    ),
    Transition(
        101, HANDLE, ("in_progress",), "revoke", "撤销指派", ("department",), "dispatched",
        ("reason",), (),
        "本部门收回自己的指派；申请回退须先撤销",
        ("crew",), OURS,
    ),
    Transition(
        102, HANDLE, ("return_pending",), "refuse_return", "驳回回退", ("dispatcher",), ASKED_FROM,
        ("reason",), (),
        "处置时钟一直在走；须说明理由",
        ("department",), OURS,
    ),
    Transition(
        103, HANDLE, ("extension_pending",), "endorse_extension", "同意上报延期", ("department",), None,
        (), (),
        "处置人员的延期申请，部门同意后报派遣员",
        ("dispatcher", "crew"), OURS,
    ),
    Transition(
        104, HANDLE, ("extension_pending",), "refuse_extension", "驳回延期", ("dispatcher", "department"),
        ASKED_FROM, ("reason",), (),
        "处置人员的申请，部门可以先驳回；须说明理由",
        ("department", "crew"), OURS,
    ),
    Transition(
        105, HANDLE, ("suspension_pending",), "refuse_suspension", "驳回挂账", ("dispatcher", "leader"),
        ASKED_FROM, ("reason",), (),
        "须说明理由",
        ("department", "crew"), OURS,
    ),
    Transition(
        106, HANDLE, PENDING_STAGES, "withdraw", "撤回申请", ("department", "crew"), ASKED_FROM,
        (), (),
        "批准之前，谁申请谁可撤回",
        ("dispatcher",), OURS,
    ),
    Transition(
        107, HANDLE, OPEN_STAGES, "urge", "催办", ("operator", "duty_chief", "dispatcher", "leader"), None,
        ("text",), (),
        "只作标记；可定答复日期",
        ("inspector", "dispatcher", "department", "crew"), OURS,
    ),
    Transition(
        108, HANDLE, OPEN_STAGES, "answer", "答复催督办",
        ("operator", "duty_chief", "dispatcher", "department", "crew"), None,
        ("text",), (),
        "有催办或督办等待答复",
        ("leader",), OURS,
    ),
    Transition(
        109, HANDLE, WITH_DEPARTMENT, "report_help", "协办反馈", ("department",), None,
        ("text",), (),
        "协办部门说明做了什么，可附照片",
        ("department", "dispatcher"), OURS,
    ),
    Transition(
        131, HANDLE, WITH_DEPARTMENT, "add_helper", "增派协办", ("dispatcher",), None,
        ("department", "text"), (),
        "派遣之后再请一个部门协办；主办部门和时限不变",
        ("department", "crew"), OURS,
    ),
    Transition(
        132, HANDLE, WITH_DEPARTMENT, "drop_helper", "撤销协办", ("dispatcher",), None,
        ("department", "reason"), (),
        "协办部门不再参与；已做的反馈仍在记录里",
        ("department", "crew"), OURS,
    ),
    Transition(
        110, FILE, ("accepted", "filed"), "ask_void", "申请作废", ("operator", "dispatcher"), None,
        ("reason",), (),
        "由值班长审批；一次只有一项申请",
        ("duty_chief",), OURS,
    ),
    Transition(
        111, EVALUATE, AFTER_WORK, "appeal", "申诉超期", ("department",), None,
        ("reason",), (),
        "处置超期的，主办部门可申诉一次；超期事实不改",
        ("duty_chief", "leader"), OURS,
    ),
    Transition(
        112, EVALUATE, AFTER_WORK, "grant_appeal", "申诉成立", ("leader",), None,
        ("reason",), (),
        "评价时不计该次超期；超期事实仍在记录中",
        ("department",), OURS,
    ),
    Transition(
        113, EVALUATE, AFTER_WORK, "refuse_appeal", "申诉不成立", ("leader",), None,
        ("reason",), (),
        "超期照计",
        ("department",), OURS,
    ),
    Transition(
        114, COLLECT, ("reported",), "correct", "更正", ("operator",), None,
        ("reason",), (),
        "改类别、地点或说明；改前改后都留在记录里；只改不推进",
        (), OURS,
    ),
    Transition(
        115, FILE, ("accepted",), "correct", "更正", ("duty_chief",), None,
        ("reason",), (),
        "改类别、立案条件、地点或说明；改前改后都留在记录里；只改不推进",
        ("operator",), OURS,
    ),
    Transition(
        116, COLLECT, OPEN_STAGES, "join", "并入反映",
        ("operator", "inspector", "public", "system"), None,
        (), (),
        "又有人反映同一问题，或另一案件并入；反映人都得到告知",
        (), OURS,
    ),
    Transition(
        117, COLLECT, STAGES, "part", "移出反映", ("system",), None,
        (), (),
        "并入的案件被撤出时，本案记下",
        (), OURS,
    ),
    Transition(
        118, COLLECT, ("declined", "voided"), "unmerge", "撤销并案", ("operator", "duty_chief"), "reported",
        ("reason",), _clocks("accept:start"),
        "并错的案件重新受理；双方反映人都得到告知",
        ("operator", "inspector", "public"), OURS,
    ),
    Transition(
        119, FILE, ("accepted",), "split", "分案", ("duty_chief",), None,
        ("type", "text"), (),
        "一件里有几个问题的，分出一件另行立案；子案全部结束，母案才能结案",
        (), OURS,
    ),
    Transition(
        120, SEND, ("filed",), "split", "分案", ("dispatcher",), None,
        ("type", "text"), (),
        "一件要几个部门各办一部分的，分出一件另行派遣；子案全部结束，母案才能结案",
        ("duty_chief",), OURS,
    ),
    Transition(
        121, FILE, (), "open_part", "分案登记", ("duty_chief",), "accepted",
        ("type", "place", "criterion"), _clocks("filing:start"),
        "由母案分出，随母案受理",
        (), OURS,
    ),
    Transition(
        122, SEND, (), "open_part", "分案登记", ("dispatcher",), "filed",
        ("type", "place", "criterion"), _clocks("dispatch:start case:start"),
        "由母案分出，随母案立案",
        ("duty_chief",), OURS,
    ),
    Transition(
        123, CLOSE, ("closed",), "reopen", "重新打开", ("public", "operator"), "reported",
        ("reason",), _clocks("accept:start"),
        "结案后 15 天内，反映人说问题没有解决；每案一次",
        ("operator", "duty_chief", "department"), OURS,
    ),
    Transition(
        124, ANSWER, ("in_progress",), "make_safe", "先行处险", ("department", "crew"), "in_progress",
        ("photo_after", "text"), _clocks("handling:restart"),
        "分两步的条件：先排除危险，修复时限自此起算",
        ("dispatcher", "public"), OURS,
    ),
    Transition(
        125, COLLECT, STAGES, "publish", "公开说明", ("operator", "duty_chief", "dispatcher"), None,
        (), (),
        "公众在类型和社区之外看到的话；再写一次即替换，留空即撤下；不写电话",
        ("public",), OURS,
    ),
    Transition(
        133, HANDLE, OPEN_STAGES, "add_evidence", "补充取证",
        ("operator", "duty_chief", "dispatcher", "leader"), None,
        ("photo",), (),
        "席位把视频截图等照片附到未结案件；只作记录，不改变阶段，不影响时钟",
        (), OURS,
    ),
)  # fmt: skip


REMARK = Transition(
    201, "公众参与", STAGES, "remark", "补充说明", ("public", "system"), None,
    ("text",), (),
    "其他系统转来的补充，只作记录：不改变阶段，不影响时钟",
    ("operator",), OURS,
)  # fmt: skip
"""A mark beside the published table: what somebody adds through another system; no button leads to it."""
RATING = Transition(
    202, "公众参与", ("closed",), "rate", "满意度评价", ("public",), None,
    (), (),
    "结案后由反映人打分，每次结案一次：只作记录，不改变阶段",
    (), OURS,
)  # fmt: skip
"""A mark beside the published table: what a reporter says of the result; only its page leads to it."""
_BESIDE = (REMARK, RATING)


class NoSuchMove(Refused):
    """The stage of the case does not allow this action."""

    code = "no_such_move"


class WrongRole(NotAllowed):
    """The action is there, but it is another post's."""

    code = "wrong_role"


def moves(stage: str, role: str) -> tuple[Transition, ...]:
    """What `role` may do to a case at `stage`: the buttons of a page, in the order of the table."""
    return tuple(t for t in TRANSITIONS if stage in t.starts and role in t.roles)


def opening(role: str) -> Transition:
    """The row by which `role` brings a new report into the city.

    Raises WrongRole when the post neither reports nor registers.
    """
    for edge in TRANSITIONS:
        if edge.action in ("report", "register") and role in edge.roles:
            return edge
    raise WrongRole(f"{ROLE_NAMES.get(role, role)}不上报也不登记问题；请由监督员上报或由受理员登记。")


def move(action: str, *, start: str, by: str) -> Transition:
    """The row that lets `by` take `action` at stage `start`.

    Raises NoSuchMove when the stage does not allow it, WrongRole when the post may not; each says in Chinese
    what is possible instead.
    """
    at_stage = [t for t in TRANSITIONS if start in t.starts]
    edges = [t for t in at_stage if t.action == action]
    if not edges:
        raise NoSuchMove(f"案件{STAGE_NAMES[start]}，不能{action_label(action)}。{_instead(start, by)}")
    edge = edges[0]
    if by not in edge.roles:
        who = "、".join(ROLE_NAMES[r] for r in edge.roles)
        raise WrongRole(
            f"{edge.label}由{who}办理，您以{ROLE_NAMES.get(by, by)}身份不能办理。{_instead(start, by)}"
        )
    return edge


def opening_part(role: str) -> Transition:
    """The row by which `role` opens a part of a case that is split."""
    return next(edge for edge in TRANSITIONS if edge.action == "open_part" and role in edge.roles)


def action_label(action: str) -> str:
    """The Chinese word of an action; the code itself when there is no such action."""
    return next((t.label for t in (*TRANSITIONS, *_BESIDE) if t.action == action), f"“{action}”")


def _instead(stage: str, role: str) -> str:
    possible = "、".join(t.label for t in moves(stage, role))
    return f"现在可以：{possible}。" if possible else "现在没有您可办的事项。"


def get_transition(no: int) -> Transition:
    """The row with this number; KeyError for a number that the table does not have."""
    return _BY_NO[no]


_BY_NO = {t.no: t for t in (*TRANSITIONS, *_BESIDE)}
