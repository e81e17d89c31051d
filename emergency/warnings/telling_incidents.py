"""A warning about an incident as a fact of that incident: its timeline and its replay know what went out."""

from dataclasses import dataclass
from typing import Any, ClassVar

from cases.rules.deciding import Asking
from emergency.cap.messages import Alert, MsgType, Status
from emergency.cap.scales import scales_of
from emergency.rules.commands import Decision, KnownKinds
from emergency.rules.incidents import State, move

ACTIONS = {MsgType.ALERT: "publish", MsgType.UPDATE: "update", MsgType.CANCEL: "cancel"}
ACTION_NAMES = {"publish": "发布预警", "update": "更新预警", "cancel": "解除预警"}


@dataclass(frozen=True, slots=True)
class TellWarning:
    """What went out about an incident; an exercise says so."""

    action: ClassVar[str] = "note"
    alert: Alert

    @property
    def body(self) -> dict[str, Any]:
        """What the fact holds beside its text."""
        info = next(iter(self.alert.infos), None)
        colour = scales_of(info).warning if info else None
        return {
            "identifier": self.alert.identifier,
            "action": ACTIONS[self.alert.msg_type],
            "title": (info.headline or info.event) if info else "",
            "colour": colour.value if colour else "",
        }

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises NoSuchStep, NotYourIncidentStep."""
        edge, body = move(self.action, stage=state.stage, role=asking.role), self.body
        drill = "" if self.alert.status is Status.ACTUAL else "（演练）"
        words = f"{ACTION_NAMES[body['action']]}{drill}：{body['title']}"
        return Decision(state, edge, words, {"changes": {}, "warning": body}, asking.at)
