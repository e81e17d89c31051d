"""Personal data of a response that are destroyed: what there is, and by which rule of the city each goes.

Law, article 85: what is gathered for a response is used for it alone and destroyed afterwards, but what is
kept as evidence or for an inquiry. It gives no number of days; the city's periods do (`retention.yaml`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of personal data: the period of `retention.yaml` that it goes by, and what people call it."""

    period: str
    name: str


OF_INCIDENT: Final[Mapping[str, Kind]] = {
    "callers": Kind("incident_callers", "来电人的姓名、单位、职务、电话"),
    "words": Kind("incident_words", "记录、通知、任务和快报文字里的电话号码"),
    "answers": Kind("incident_answers", "部门答复人、回执人、拍摄人的姓名"),
    "places": Kind("incident_places", "人员拍照时所在的位置"),
    "photos": Kind("incident_photos", "现场照片和任务照片"),
}
"""What goes with an incident, counted from when it was closed or dismissed."""
OF_LISTS: Final[Mapping[str, Kind]] = {
    "receivers": Kind("warning_receivers", "预警接收人的姓名、电话"),
    "receipts": Kind("warning_receipts", "预警回执上的姓名"),
    "removed_contacts": Kind("removed_contacts", "已移除资源的联系人、电话"),
    "stale_contacts": Kind("stale_contacts", "长期未确认的资源联系人、电话"),
}
"""What goes by its own age."""
ALL: Final[Mapping[str, Kind]] = {**OF_INCIDENT, **OF_LISTS}


@dataclass(frozen=True, slots=True)
class Rule:
    """By which rule something is destroyed: after how many days, of which version of the city's data."""

    days: int
    version: str

    def before(self, at: datetime) -> datetime:
        """What is older than this goes at a moment."""
        return at - timedelta(days=self.days)

    def goes_at(self, settled_at: datetime) -> datetime:
        """From when on something goes that was settled at a moment; at that very moment it still stays."""
        return settled_at + timedelta(days=self.days)


def rules_of(days: Mapping[str, int], version: str) -> dict[str, Rule]:
    """The rule of each kind, by the periods in force on a day."""
    return {what: Rule(days[kind.period], version) for what, kind in ALL.items()}
